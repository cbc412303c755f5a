"""A pass over an inbox: which file sets are run now, and what becomes of their files; the runs themselves are others'.

Every step is written down before its files are touched, so that the next pass goes on wherever this one is killed.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.folders import remove_folder
from adapters.inbox_files import InboxFolder
from adapters.inbox_records import InboxRecords
from adapters.inputs import is_input
from adapters.names import shown
from adapters.workspace import RunFolder, Workspace
from flows.execute import exit_code
from flows.inbox_words import in_words, problem_text
from schemas.errors import CanaryFailed, InputError, OrderliftError, ProfileError, Resume, TooManyFailures, WrongMapping
from schemas.inbox import DONE, PROBLEMS, FileSet, Passed, SeenFile, SetState, TakenFile, TakenSet
from schemas.run import RunRecord, State
from transforms.file_sets import file_sets, free_name, left_out, stem, why_incomplete

OF_THE_FILES = (InputError, ProfileError)  # why a set cannot be planned, while others may be
# What a person must look at: to go on at the next pass would do again what these keep from being done.
OF_THE_ORDERS = (TooManyFailures, WrongMapping, CanaryFailed)
FINAL = {0: SetState.CREATED, 1: SetState.PROBLEMS}  # the exit codes of a run of which every row has its answer
CODES = {  # the exit code of a pass is that of the first of these that a set has
    SetState.INTERRUPTED: 130,
    SetState.STOPPED: Resume.exit_code,
    SetState.IN_DOUBT: 4,
    SetState.PROBLEMS: 1,
    SetState.UNREADABLE: 1,
}


@dataclass(frozen=True)
class Taken:
    """A set that is to be run now, and the folder of its run."""

    kept: TakenSet
    folder: RunFolder
    inputs: list[str]


@dataclass(frozen=True)
class Ran:
    """What came of running a set: the record of its run if it has a plan, and why it ended early."""

    record: RunRecord | None
    reason: Exception | None = None


@dataclass
class InboxPass:
    """One pass: `sets` gives what to run, one after the other, and `settle` takes what came of each."""

    inbox: InboxFolder
    workspace: Workspace
    reading: str  # the digest of the target and of the settings by which files are read
    quiet_seconds: float
    tell: Callable[[Passed], None] = lambda _: None
    clock: Callable[[], float] = time.time
    passed: list[Passed] = field(default_factory=list)
    is_over: bool = False  # nothing more is to be run in this pass

    def __post_init__(self) -> None:
        self.workspace.create()
        self.records = InboxRecords(self.workspace.path)
        self.records.create()

    @property
    def exit_code(self) -> int:
        """How a command that made this pass ends."""
        states = {one.state for one in self.passed}
        return next((code for state, code in CODES.items() if state in states), 0)

    def sets(self) -> Iterator[Taken]:
        """The sets to run: first those that an earlier pass has begun, then new ones that are complete."""
        self.inbox.entries()  # if it cannot be listed, nothing in it is gone
        for one in self.records.open_sets(self.inbox.name):
            if self.is_over:
                return
            yield from self._go_on(one)
        entries = self.inbox.entries()
        waiting = [file for one in self.records.open_sets(self.inbox.name) for file in one.files]
        for one_set in file_sets(entries, self.inbox.lists(entries), is_input):
            if self.is_over:
                return
            yield from self._begin(one_set, waiting)
        for path in left_out(entries, is_input):
            self._say(path, SetState.IGNORED, "it is a link, or has no ending that is read; it stays")

    def settle(self, taken: Taken, ran: Ran) -> None:
        """Decide what becomes of a set that was run, and do it; raises what is not about this set alone."""
        one, record = taken.kept, ran.record
        if record is None:
            self._not_planned(taken, ran.reason)
            return
        if isinstance(ran.reason, OF_THE_ORDERS):
            self._finish(one, SetState.PROBLEMS, in_words(record), taken.folder)
            return
        code = exit_code(record)
        if code in FINAL:
            self._note_seen(one)
            self._finish(one, FINAL[code], in_words(record), taken.folder)
            return
        state = SetState.IN_DOUBT if code == 4 else SetState.STOPPED
        if record.state is State.INTERRUPTED:
            state = SetState.INTERRUPTED
        self.is_over = record.state in (State.INTERRUPTED, State.STOPPED)
        self._say(one.name, state, in_words(record), one, record)

    def _go_on(self, one: TakenSet) -> Iterator[Taken]:
        """A set of an earlier pass: its files are moved, its run is resumed, or it is forgotten and found anew."""
        folder = RunFolder(self.workspace.path / "runs" / one.run_id)
        if one.to is not None:
            self._move(one, folder)
            return
        if not folder.is_planned:  # nothing was sent for it
            self.records.forget(one)
            return
        taken, record = Taken(one, folder, []), folder.record()
        if record.state is State.COMPLETE and exit_code(record) in (*FINAL, 4):
            self.settle(taken, Ran(record))  # by now: a read-back may have settled what was in doubt
        else:
            yield taken

    def _begin(self, one_set: FileSet, waiting: list[TakenFile]) -> Iterator[Taken]:
        """A set that lies in the inbox: it waits, is known, or is run."""
        if why := why_incomplete(one_set, self.clock(), self.quiet_seconds):
            if {entry.path for entry in one_set.files} <= {file.path for file in waiting}:
                return  # it was told with the run that waits
            self._say(one_set.name, SetState.INCOMPLETE, why)
            return
        try:
            files = [TakenFile(path=entry.path, sha256=self.inbox.digest(entry.path)) for entry in one_set.files]
            others = [
                TakenFile(path=entry.path, sha256=self.inbox.digest(entry.path), is_input=False)
                for entry in one_set.others
            ]
        except InputError as error:  # gone, or not to be read: a later pass may
            self._say(one_set.name, SetState.CHANGED, str(error))
            return
        if {file.sha256 for file in files} <= {file.sha256 for file in waiting}:
            return  # the same
        kept = TakenSet(
            run_id="",
            inbox=self.inbox.name,
            name=one_set.name,
            is_folder=one_set.is_folder,
            files=[*files, *others],
            marks=list(one_set.marks),
            reading=self.reading,
        )
        seen = [self.records.seen(file.sha256, self.reading) for file in files]
        known = [one for one in seen if one is not None]
        if len(known) == len(files):
            first = known[0]
            message = (
                f"imported before, at {first.at:%Y-%m-%d %H:%M} UTC as {first.name} by run {first.run_id}; "
                "`orderlift run` imports it all the same"
            )
            self._finish(kept.model_copy(update={"run_id": f"seen-{files[0].sha256}"}), SetState.SEEN, message, None)
            return
        folder = self.workspace.new_run()
        kept = kept.model_copy(update={"run_id": folder.run_id})
        self.records.keep(kept)
        yield Taken(kept, folder, [self.inbox.full(file.path) for file in files])

    def _not_planned(self, taken: Taken, reason: Exception | None) -> None:
        one = taken.kept
        if isinstance(reason, OrderliftError) and not isinstance(reason, OF_THE_FILES):
            if not isinstance(reason, Resume):  # such as too little room for this set
                self.records.forget(one)
            self._say(one.name, SetState.STOPPED, str(reason), one)
            self.is_over = isinstance(reason, Resume)
        elif not all(self.inbox.is_unchanged(file) for file in one.files):
            remove_folder(taken.folder.path)  # of a plan of something else; nothing was sent
            self.records.forget(one)
            self._say(one.name, SetState.CHANGED, "it changed while it was taken; the next pass looks again")
        else:
            is_known = isinstance(reason, OrderliftError)
            said = str(reason) if is_known else f"a bug: {type(reason).__name__}: {reason}"
            self._finish(one, SetState.UNREADABLE, said, None)  # out of the way of the others, whatever it is
            if reason is not None and not is_known:
                raise reason

    def _note_seen(self, one: TakenSet) -> None:
        for file in one.files:
            if file.is_input:
                seen = SeenFile(name=one.name, run_id=one.run_id, at=datetime.fromtimestamp(self.clock(), UTC))
                self.records.note_seen(file.sha256, one.reading, seen)

    def _finish(self, one: TakenSet, state: SetState, message: str, folder: RunFolder | None) -> None:
        """Choose where the files of a set go, write that down, and move them."""
        goes_to = DONE if state in (SetState.CREATED, SetState.SEEN) else PROBLEMS
        as_folder = one.is_folder or goes_to == PROBLEMS
        name = one.name if one.is_folder or not as_folder else stem(one.name)
        to = f"{goes_to}/{free_name(name, self.inbox.names_in(goes_to), is_folder=as_folder)}"
        decided = one.model_copy(update={"to": to, "state": state, "message": message})
        self.records.keep(decided)
        self._move(decided, folder)

    def _move(self, one: TakenSet, folder: RunFolder | None) -> None:
        """Move the files of a set that is decided, with what a person needs to mend it."""
        to, state = one.to or "", one.state or SetState.CREATED
        as_folder = one.is_folder or to.startswith(PROBLEMS)
        if to.startswith(PROBLEMS):
            self._explain(one, to, folder)
        moved = [self.inbox.move(file, f"{to}/{_name(file)}" if as_folder else to) for file in one.files]
        for mark in one.marks:
            self.inbox.remove(mark)
        if one.is_folder and "/" in one.files[0].path:
            self.inbox.remove_folder(one.files[0].path.partition("/")[0])
        self.records.forget(one)
        gone = [shown(file.path) for file, is_there in zip(one.files, moved, strict=True) if not is_there]
        message = (
            f"{one.message}; {', '.join(gone)} has other content by now and was not moved" if gone else one.message
        )
        is_run = folder is not None and folder.is_planned
        self._say(one.name, state, message, one if is_run else None, folder.record() if folder and is_run else None, to)

    def _explain(self, one: TakenSet, to: str, folder: RunFolder | None) -> None:
        record = folder.record() if folder is not None and folder.is_planned else None
        own = {_name(file) for file in one.files}  # such as rejects of an earlier run that still have problems
        text = problem_text(one.name, one.message, record, str(folder and folder.path))
        self.inbox.write(f"{to}/{free_name('problem.txt', own)}", text)
        for path in (folder.rejects, folder.report) if folder and record else ():
            if path.exists():
                self.inbox.write(f"{to}/{free_name(path.name, own)}", path.read_bytes())

    def _say(  # noqa: PLR0913, PLR0917 - what is told
        self,
        name: str,
        state: SetState,
        message: str,
        one: TakenSet | None = None,
        record: RunRecord | None = None,
        to: str | None = None,
    ) -> None:
        orders = {status.value: count for status, count in record.orders.items() if count} if record else {}
        told = Passed(
            name=shown(name),
            state=state,
            message=message,
            run_id=one.run_id if one else None,
            orders=orders,
            moved_to=to,
        )
        self.passed.append(told)
        self.tell(told)


def _name(file: TakenFile) -> str:
    return file.path.rpartition("/")[2]


def require_same(record: RunRecord, one: TakenSet) -> None:
    """Raise InputError if a plan was made of other content than was taken: nothing of it is sent."""
    if {file.sha256 for file in record.inputs} != {file.sha256 for file in one.files if file.is_input}:
        raise InputError(f"{shown(one.name)} changed while it was taken.", "The next pass looks again.")
