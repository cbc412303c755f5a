"""Notify: tell people how a run ended, once for each change of that, in numbers and without what is in its cells."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from adapters.notify import Message, send
from adapters.report_page import STATES, next_steps, word
from adapters.workspace import RunFolder
from flows import prefect_setup
from flows.hidden import NOTIFY_VARIABLE, secret
from flows.settings import Options
from schemas.errors import OrderliftError, UsageError
from schemas.run import RunRecord
from schemas.statuses import Status
from transforms.events import Event, events_of, told_as

SECONDS = 10.0  # that the end of a run waits for receivers, at most
KINDS = {Event.STOPPED: "failure", Event.DOUBT: "warning", Event.PROBLEMS: "warning", Event.COMPLETED: "success"}
MOST_CODES = 5
Warn = Callable[[str], None]


@dataclass(frozen=True)
class Receivers:
    """Whom to tell: apprise URLs, and the name of a Prefect notification block."""

    urls: tuple[SecretStr, ...]
    block: str | None

    def __bool__(self) -> bool:
        return bool(self.urls or self.block)


def receivers(options: Options) -> Receivers:
    """Whom the settings say to tell; raises UsageError, which shows no URL, for what cannot be right."""
    lines = secret(NOTIFY_VARIABLE).split()
    if options.notify_file is not None:
        try:
            lines += [line for line in options.notify_file.read_text().split("\n") if not line.startswith("#")]
        except (OSError, UnicodeDecodeError):
            raise UsageError(
                f"The file of receivers {options.notify_file} cannot be read.", "It has an apprise URL on each line."
            ) from None
    urls = [line.strip() for line in lines if line.strip()]
    if not all("://" in url for url in urls):
        raise UsageError("One of the receivers to notify is not a URL.", "They look like mailto://... or slack://...")
    if options.notify_block is not None and not prefect_setup.is_configured():
        raise UsageError(
            f"The notification block {options.notify_block} is in Prefect, and no Prefect API is set up.",
            f"Set PREFECT_API_URL, or {NOTIFY_VARIABLE}.",
        )
    return Receivers(tuple(map(SecretStr, urls)), options.notify_block)


def tell(folder: RunFolder, options: Options, record: RunRecord, reason: Exception | None, warn: Warn) -> None:
    """Tell how a run ended, unless that was told before; what goes wrong with it is a warning and nothing else."""
    wanted = [event for event in events_of(record, options.notify_problems_above) if event in options.events]
    told = told_as(wanted, type(reason).__name__ if reason else "")
    if not wanted or told == record.told:
        return
    if _send(_message(folder, record, wanted[0], reason), options, warn):
        folder.write_record(record.model_copy(update={"told": told}))


@contextmanager
def crashes_told(folder: RunFolder, options: Options, warn: Warn) -> Iterator[None]:
    """Tell of an error that ends a run without a report, such as an input that cannot be read."""
    try:
        yield
    except Exception as error:
        if Event.STOPPED in options.events:
            _send(_crash(folder, error), options, warn)
        raise


def _send(message: Message, options: Options, warn: Warn) -> bool:
    """Whether anybody was told."""
    try:
        whom = receivers(options)
    except UsageError as error:
        warn(f"Nobody was notified: {error}")
        return False
    answers = send(message, whom.urls, whom.block, SECONDS) if whom else []
    for fault in filter(None, answers):
        warn(f"A receiver was not notified: {fault}.")
    return None in answers


def _message(folder: RunFolder, record: RunRecord, gravest: Event, reason: Exception | None) -> Message:
    count = {status: record.orders.get(status, 0) for status in Status}
    bad = count[Status.INVALID] + count[Status.REJECTED]
    titles = {
        Event.STOPPED: "stopped early",
        Event.DOUBT: f"{count[Status.IN_DOUBT]:,} orders in doubt",
        Event.PROBLEMS: f"{bad:,} of {sum(count.values()):,} orders not created",
        Event.COMPLETED: "complete",
    }
    lines = [
        f"Run {record.run_id} to {record.base_url}: {STATES[record.state]}",
        f"Orders: {', '.join(f'{count[one]:,} {word(one)}' for one in Status if count[one]) or 'none'}.",
    ]
    if record.problem_codes:
        lines.append(f"Problems: {record.problems:,} ({_causes(record.problem_codes)}).")
    if reason is not None:
        lines.append(f"Why: {_why(reason)}")
    lines.append(f"Report: {folder.report.absolute()}")
    lines += [f"Next: {step}" for step in next_steps(record)]
    return _titled(record.run_id, titles[gravest], lines, gravest)


def _crash(folder: RunFolder, error: Exception) -> Message:
    sent = "What was sent is in the ledger." if folder.is_planned else "It has no complete plan: nothing was sent."
    lines = [
        f"Run {folder.run_id} ended with an error. {sent}",
        f"Why: {_why(error)}",
        "Next: look at what the command printed, or at the log of the flow run; both say what to do.",
    ]
    return _titled(folder.run_id, "failed", lines, Event.STOPPED)


def _titled(run_id: str, title: str, lines: Sequence[str], event: Event) -> Message:
    return Message(f"Orderlift run {run_id}: {title}", "\n".join(lines), KINDS[event])  # type: ignore[arg-type]


def _causes(codes: dict[str, int]) -> str:
    """The most frequent problems, by their codes: messages may quote cells."""
    ordered = sorted(codes.items(), key=lambda one: (-one[1], one[0]))
    more = ["..."] if len(ordered) > MOST_CODES else []
    return ", ".join([*(f"{number:,} {word(code)}" for code, number in ordered[:MOST_CODES]), *more])


def _why(reason: Exception) -> str:
    """The kind of an error: what the API or a file said may quote what is nobody else's business."""
    name = type(reason).__name__
    said = type(reason).__doc__ if isinstance(reason, OrderliftError) else None
    return f"{name}. {said.splitlines()[0]}" if said else f"{name}."
