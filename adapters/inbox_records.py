"""What a workspace keeps of an inbox: the sets that were taken and have not left it, and the files that were imported.

Each is a file of its own that appears whole or not at all, so that a pass may be killed between any two of them.
"""

import hashlib
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from adapters.files import replacing
from adapters.folders import make_folder
from adapters.storage import list_files, place, reaching
from schemas.inbox import SeenFile, TakenSet
from schemas.places import Place


class InboxRecords:
    """The folder inbox/ of a workspace."""

    def __init__(self, workspace: Place) -> None:
        self.path = workspace / "inbox"
        self._open, self._seen = self.path / "open", self.path / "seen"

    def create(self) -> None:
        """Make the folders."""
        for folder in (self.path, self._open, self._seen):
            with reaching(folder):
                make_folder(folder, may_be_there=True)

    def open_sets(self, inbox: str) -> list[TakenSet]:
        """The sets of an inbox that were taken and have not left it, oldest first."""
        found = (TakenSet.model_validate_json(path.read_bytes()) for path in self._open_files())
        return [one for one in found if one.inbox == inbox]

    def keep(self, one: TakenSet) -> None:
        """Write down what is known of a set."""
        _write(self._open / f"{one.run_id}.json", one.model_dump_json())

    def forget(self, one: TakenSet) -> None:
        """Let go of a set."""
        path = self._open / f"{one.run_id}.json"
        with suppress(FileNotFoundError), reaching(path):
            if isinstance(path, Path):
                path.unlink()
            else:
                path.fs.rm_file(path.path)

    def seen(self, sha256: str, reading: str) -> SeenFile | None:
        """What is known of a file that was imported before and read in the same way."""
        path = self._seen_file(sha256, reading)
        with reaching(path):
            if not path.exists():
                return None
            with suppress(ValidationError):  # written by no pass: what the file was is not known
                return SeenFile.model_validate_json(path.read_bytes())
        return None

    def note_seen(self, sha256: str, reading: str, seen: SeenFile) -> None:
        """Write down that a file was imported."""
        _write(self._seen_file(sha256, reading), seen.model_dump_json())

    def _seen_file(self, sha256: str, reading: str) -> Place:
        return self._seen / f"{hashlib.sha256(f'{sha256} {reading}'.encode()).hexdigest()}.json"

    def _open_files(self) -> list[Place]:
        with reaching(self._open):
            if isinstance(self._open, Path):
                return sorted(self._open.glob("*.json"))
            with suppress(FileNotFoundError):
                return [place(name) for name in list_files(self._open) if name.endswith(".json")]
        return []


def _write(path: Place, text: str) -> None:
    with replacing(path) as file:
        file.write(text.encode() + b"\n")
