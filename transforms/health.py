"""Health: one word about a run, for those who are told when it is not well."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.run import State

# A run that lives gets an answer at least so often, unless it was told to wait or waits for orders to settle.
PATIENCE = 120.0
# After the last answer the results are written; for so long nobody is alarmed that no process has the run.
REPORTING = 600.0


class Word(StrEnum):
    """How a run is; other programs read these words."""

    OK = "ok"
    WORKING = "working"
    PLANNED = "planned"
    STALLED = "stalled"
    STOPPED = "stopped"
    DOUBT = "doubt"
    PROBLEMS = "problems"


WELL = (Word.OK, Word.WORKING, Word.PLANNED)


@dataclass(frozen=True)
class Signs:
    """What is known of a run. Times are microseconds since 1970 by the clock of the ledger; None: there was none."""

    state: State
    message: str  # why it stopped
    is_live: bool  # a process has it
    pending: int
    in_doubt: int
    bad: int  # orders that are invalid or rejected
    now: int
    answered_at: int | None
    not_before: int  # the API asked to send nothing earlier
    settle_seconds: float


@dataclass(frozen=True)
class Health:
    """The word, why, and how long ago the API has answered; None if it never has."""

    word: Word
    reason: str
    seconds_since_answer: float | None

    @property
    def ok(self) -> bool:
        """Whether nobody has to do anything."""
        return self.word in WELL


def judge(signs: Signs) -> Health:
    """How a run is."""
    silent = None if signs.answered_at is None else max(0.0, round((signs.now - signs.answered_at) / 1e6, 1))
    word, reason = _live(signs, silent) if signs.is_live else _at_rest(signs, silent)
    return Health(word, reason, silent)


def _live(signs: Signs, silent: float | None) -> tuple[Word, str]:
    if signs.not_before > signs.now:
        return Word.WORKING, f"the API asked to wait {(signs.not_before - signs.now) / 1e6:,.0f} s more"
    if silent is None:
        return Word.WORKING, "a process has the run, and the API has not answered yet"
    if silent > max(PATIENCE, 2 * signs.settle_seconds):
        return Word.STALLED, f"a process has the run, and the API has not answered for {silent:,.0f} s"
    return Word.WORKING, f"{signs.pending:,} orders are still to be sent"


def _at_rest(signs: Signs, silent: float | None) -> tuple[Word, str]:
    is_stopped = signs.state in (State.STOPPED, State.INTERRUPTED)
    is_left = signs.state is State.DELIVERING
    is_reporting = is_left and not signs.pending and silent is not None and silent < REPORTING
    cases = (
        (signs.state is State.PLANNED, Word.PLANNED, f"{signs.pending:,} orders are planned, and nothing was sent"),
        (is_stopped, Word.STOPPED, signs.message or "it was stopped"),
        (is_reporting, Word.WORKING, "everything was sent, and the results are written"),
        (is_left, Word.STOPPED, "its process ended without a word: orderlift resume goes on"),
        (signs.pending, Word.STOPPED, f"{signs.pending:,} orders were not sent: orderlift resume goes on"),
        (
            signs.in_doubt,
            Word.DOUBT,
            f"{signs.in_doubt:,} orders are in doubt: orderlift reconcile reads the API again",
        ),
        (signs.bad, Word.PROBLEMS, f"{signs.bad:,} orders are invalid or rejected: rejects.xlsx has them"),
    )
    found = ((word, reason) for is_so, word, reason in cases if is_so)
    return next(found, (Word.OK, "every order is on the platform"))
