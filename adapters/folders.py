"""Folders of any storage, made and removed; those of an object store come and go with what is in them."""

from pathlib import Path
from shutil import rmtree

from adapters.storage import STORES, reaching
from schemas.places import Place


def make_folder(folder: Place, *, may_be_there: bool = False) -> None:
    """Make a folder, and those above it; on this machine only its owner may look into it.

    An object store has nothing to make; it is not asked either, since that would make a bucket that is missing.
    """
    if isinstance(folder, Path):
        folder.mkdir(parents=may_be_there, exist_ok=may_be_there, mode=0o700)
    elif folder.protocol not in STORES:
        folder.fs.makedirs(folder.path, exist_ok=may_be_there)


def subfolders(folder: Place) -> list[str]:
    """The names of the folders in a folder, sorted; none if it is not there."""
    if isinstance(folder, Path):
        return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    try:
        found = folder.fs.ls(folder.path.rstrip("/"), detail=True)
    except FileNotFoundError:
        return []
    return sorted(one["name"].rstrip("/").rpartition("/")[2] for one in found if one["type"] == "directory")


def remove_folder(folder: Place) -> None:
    """Remove a folder with all that is in it, as far as that can be done; at a URL, raises StorageError."""
    if isinstance(folder, Path):
        rmtree(folder, ignore_errors=True)
        return
    with reaching(folder):
        if folder.exists():
            folder.fs.rm(folder.path, recursive=True)


def remove_empty_folder(folder: Place) -> None:
    """Remove a folder; raises OSError if there is something in it."""
    if isinstance(folder, Path):
        folder.rmdir()
    elif folder.protocol not in STORES:
        folder.fs.rmdir(folder.path)
