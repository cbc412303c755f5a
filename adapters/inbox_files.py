"""The files of an inbox, in a folder or at a URL: what lies there, their digests, and moving them without a loss."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from upath import UPath

from adapters.files import replacing
from adapters.folders import make_folder, remove_empty_folder
from adapters.input_files import opened
from adapters.names import shown
from adapters.storage import STORES, place, reason
from schemas.errors import InputError, OrderliftError, StorageError
from schemas.inbox import DONE, MARK, PROBLEMS, Entry, TakenFile
from schemas.places import Place

MOST_LISTED = 100_000  # bytes of a mark that are read


class InboxFolder:
    """The folder in which new files are put; all paths are relative to it, with `/`."""

    def __init__(self, name: str) -> None:
        path = place(name)
        self.path: Place = Path(os.path.abspath(path)) if isinstance(path, Path) else path  # noqa: PTH100 - keeps links
        self.name = str(self.path)

    def entries(self) -> list[Entry]:
        """The files in it and in its folders, but for done/ and problems/; raises InputError if it is not there."""
        with self._reached():
            if not self._is_there():
                raise InputError(f"There is no folder {shown(self.name)}.", "Make it, and put files of orders there.")
            found, folders = self._listed("")
            for folder in folders:
                if folder not in (DONE, PROBLEMS) and not folder.startswith("."):
                    found += self._listed(folder)[0]
        return sorted(found)

    def lists(self, entries: list[Entry]) -> dict[str, list[str]]:
        """What the marks NAME.done in the inbox list, by NAME; nothing for an empty one."""
        marks = [one for one in entries if not one.folder and one.is_plain and one.name.endswith(MARK)]
        with self._reached():
            contents = {one.name.removesuffix(MARK): self._start(one.path) for one in marks}
        lines = {name: content.decode("utf-8-sig", "replace").splitlines() for name, content in contents.items()}
        return {name: [one.strip() for one in some if one.strip()] for name, some in lines.items() if name}

    def digest(self, path: str) -> str:
        """The SHA-256 of a file; raises InputError where it cannot be read."""
        with opened(self.path / path, self.full(path)) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def is_unchanged(self, file: TakenFile) -> bool:
        """Whether a file is there as it was when it was taken."""
        with self._reached():
            return (self.path / file.path).exists() and self.digest(file.path) == file.sha256

    def full(self, path: str) -> str:
        """The path or URL of a file."""
        return str(self.path / path)

    def names_in(self, folder: str) -> set[str]:
        """The names of all that lies in a folder; none if it is not there."""
        with self._reached():
            if not (self.path / folder).is_dir():
                return set()
            found, folders = self._listed(folder)
            return {entry.name for entry in found} | set(folders)

    def move(self, file: TakenFile, to: str) -> bool:
        """Move a file, replacing nothing; False if it is no longer there as it was taken, and stays what it is.

        One that was moved before by a process that died is at its new place already.
        """
        if not self.is_unchanged(file):
            with self._reached():
                return (self.path / to).exists() and self.digest(to) == file.sha256
        with self._reached():
            source, target = self.path / file.path, self.path / to
            self._make(target.parent)
            if target.exists():
                if self.digest(to) != file.sha256:
                    raise StorageError(
                        f"{shown(self.full(to))} is there already.", "Move it away; the next pass goes on."
                    )
                self._remove(source)
            elif isinstance(source, Path) and isinstance(target, Path):
                _rename(source, target)
            elif isinstance(source, UPath) and isinstance(target, UPath):
                source.fs.mv(source.path, target.path)
        return True

    def write(self, path: str, content: bytes) -> None:
        """Replace a file."""
        with self._reached():
            target = self.path / path
            self._make(target.parent)
            with replacing(target) as file:
                file.write(content)
            if isinstance(target, Path):  # whoever may look into the inbox may read it
                target.chmod(self.path.stat().st_mode & 0o666)

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        with self._reached():
            self._remove(self.path / path)

    def remove_folder(self, folder: str) -> None:
        """Remove a folder, unless there is something in it."""
        with suppress(OSError):
            remove_empty_folder(self.path / folder)

    def _is_there(self) -> bool:
        if isinstance(self.path, Path):
            return self.path.is_dir()
        # A folder of an object store is there once something is in it; its bucket must be.
        at = self.path.path.strip("/")
        return bool(self.path.fs.exists(at.partition("/")[0] if self.path.protocol in STORES else self.path.path))

    def _make(self, folder: Place) -> None:
        if isinstance(folder, Path):
            folder.mkdir(parents=True, exist_ok=True)
        else:
            make_folder(folder, may_be_there=True)

    def _listed(self, folder: str) -> tuple[list[Entry], list[str]]:
        """The files and the folders in a folder."""
        path = self.path / folder if folder else self.path
        if isinstance(path, Path):
            with os.scandir(path) as scanned:
                found = list(scanned)
            plain = {one.name: one.stat(follow_symlinks=False) for one in found}
            folders = sorted(name for name, facts in plain.items() if stat.S_ISDIR(facts.st_mode))
            return [
                Entry(folder, name, facts.st_size, facts.st_mtime, stat.S_ISREG(facts.st_mode))
                for name, facts in plain.items()
                if name not in folders
            ], folders
        at = path.path.rstrip("/")
        try:
            listed = [one for one in path.fs.ls(at, detail=True) if one["name"].rstrip("/") != at]
        except FileNotFoundError:  # an object store has no empty folders
            return [], []
        names = {one["name"].rstrip("/").rpartition("/")[2]: one for one in listed}
        files = [
            Entry(folder, name, int(one.get("size") or 0), _changed_at(one))
            for name, one in names.items()
            if one["type"] == "file"
        ]
        return files, sorted(name for name, one in names.items() if one["type"] == "directory")

    def _start(self, path: str) -> bytes:
        with opened(self.path / path, self.full(path)) as stream:
            return stream.read(MOST_LISTED)

    def _remove(self, path: Place) -> None:
        with suppress(FileNotFoundError):
            if isinstance(path, Path):
                path.unlink()
            else:
                path.fs.rm_file(path.path)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except OrderliftError:
            raise
        except Exception as error:
            # Each storage has errors of its own; on this machine there are none but these.
            if isinstance(self.path, Path) and not isinstance(error, OSError):
                raise
            raise StorageError(
                f"The inbox {shown(self.name)} cannot be used: {reason(error)}.",
                "Check it and what grants access to it; the next pass goes on.",
            ) from error


def _rename(source: Path, target: Path) -> None:
    """Rename a file and replace nothing, where the file system has hard links; else nothing that is seen there."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        source.rename(target)
    else:
        source.unlink()


def _changed_at(facts: dict[str, object]) -> float | None:
    """When a file was changed, by what a storage calls it."""
    for name in ("LastModified", "last_modified", "mtime", "updated", "created"):
        told = facts.get(name)
        if hasattr(told, "timestamp"):
            return float(told.timestamp())
        if isinstance(told, (int, float)):
            return float(told)
    return None
