"""Places: where a file or folder is, on this machine or at an address of another storage."""

from pathlib import Path

from upath import UPath

Place = Path | UPath  # both have the methods of pathlib; what is on this machine is always a Path
