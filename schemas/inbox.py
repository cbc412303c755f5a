"""The inbox: what lies in it, which files belong together, and what is kept of those that were taken."""

from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

DONE, PROBLEMS = "done", "problems"  # the folders in the inbox to which files are moved
MARK = ".done"  # NAME.done says that NAME is complete


class Entry(NamedTuple):
    """A file in the inbox, or in a folder of it."""

    folder: str  # "" for one that lies in the inbox itself
    name: str
    size: int
    changed_at: float | None  # seconds since 1970 by the clock of the storage, if it tells
    is_plain: bool = True  # no link, pipe or device

    @property
    def path(self) -> str:
        """Where it is in the inbox."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


class FileSet(NamedTuple):
    """Files that are imported in one run."""

    name: str
    files: tuple[Entry, ...]
    others: tuple[Entry, ...] = ()  # that lie in its folder, are not read, and move with it
    is_folder: bool = False  # it leaves the inbox as a folder
    is_marked: bool = False  # somebody says that it is complete
    missing: tuple[str, ...] = ()  # files that belong to it and are not there
    marks: tuple[str, ...] = ()  # the paths of its marks, which are removed with it


class SetState(StrEnum):
    """What became of a file set in one pass over the inbox."""

    CREATED = "created"  # every order is created or was there: in done/
    PROBLEMS = "problems"  # some orders are invalid or rejected, or a person must look at it: in problems/
    UNREADABLE = "unreadable"  # it is no file of orders: in problems/
    SEEN = "seen before"  # skipped, in done/
    IGNORED = "not taken"  # it has no ending of an input, or is a link; still in the inbox, as the following
    INCOMPLETE = "not complete"
    CHANGED = "changed"
    IN_DOUBT = "in doubt"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True)


class TakenFile(_Kept):
    """A file as it was when it was taken."""

    path: str  # in the inbox
    sha256: str
    is_input: bool = True


class TakenSet(_Kept):
    """What is kept of a set, from before it is planned until its files have been moved."""

    run_id: str
    inbox: str
    name: str
    is_folder: bool
    files: list[TakenFile]
    marks: list[str]
    reading: str  # the digest of the target and of the settings by which it is read
    to: str | None = None  # where in the inbox its files go, once that is decided
    state: SetState | None = None  # the same
    message: str = ""


class SeenFile(_Kept):
    """A file of which every row has an answer."""

    name: str
    run_id: str
    at: AwareDatetime


class Passed(_Kept):
    """What became of a file set, as it is told."""

    name: str
    state: SetState
    message: str
    run_id: str | None = None
    orders: dict[str, int] = {}
    moved_to: str | None = None
