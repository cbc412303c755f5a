"""What stays of runs that were pruned: their records, in the folder `pruned` of the workspace."""

from pathlib import Path

from adapters.files import replacing
from adapters.folders import make_folder, remove_folder
from adapters.storage import list_files, place, reaching
from adapters.workspace import RunFolder, Workspace
from schemas.places import Place
from schemas.run import RunRecord


class Pruned:
    """The records of pruned runs; nothing else is known of them but what the ledger says."""

    def __init__(self, workspace: Workspace) -> None:
        self._path = workspace.path / "pruned"

    def records(self) -> dict[str, RunRecord]:
        """The records by run_id, newest first."""
        with reaching(self._path):
            found = [RunRecord.model_validate_json(path.read_bytes()) for path in _files(self._path)]
        return {record.run_id: record for record in sorted(found, key=lambda one: one.run_id, reverse=True)}

    def prune(self, folder: RunFolder, record: RunRecord) -> None:
        """Keep the record, which tells when it was pruned, and remove the folder of the run.

        Raises UsageError if another process has the run. Whatever ends this in the middle, the run is either as it was
        or pruned; `remove` then takes what is left of its folder.
        """
        with folder.lock():
            make_folder(self._path, may_be_there=True)
            with replacing(self._path / f"{folder.run_id}.json") as file:
                file.write(record.model_dump_json(indent=2).encode() + b"\n")
            with reaching(folder.path):
                (folder.path / "run.json").unlink()
            self.remove(folder)

    def remove(self, folder: RunFolder) -> None:
        """Remove the folder of a run whose record is kept here."""
        remove_folder(folder.path)


def size_of(folder: Place) -> int:
    """How many bytes the files of a folder have."""
    if isinstance(folder, Path):
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    with reaching(folder):
        return int(folder.fs.du(folder.path))


def _files(folder: Place) -> list[Place]:
    if isinstance(folder, Path):
        return list(folder.glob("*.json"))
    try:
        return [place(url) for url in list_files(folder) if url.endswith(".json")]
    except FileNotFoundError:
        return []
