"""Report: what became of every row, from the plan and the ledger; part by part, then put together."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain

import pyarrow as pa

from adapters.answer_files import read_answers
from adapters.ledger import Ledger
from adapters.report_page import render
from adapters.request_history import read_history
from adapters.storage import place
from adapters.workspace import RunFolder
from flows.intake import profile_of
from flows.processes import KILLED, Processes
from flows.rejects import read_rejected, write_rejected
from flows.report_part import Answers, answer, answer_part
from flows.settings import Options
from schemas.errors import Mend, OrderliftError, Resume
from schemas.history import Activity
from schemas.ledger import RunCounts
from schemas.places import Place
from schemas.results import DUPLICATE, RESULTS, Status
from schemas.run import RunRecord, State
from schemas.tables import InputFile
from transforms.causes import EXAMPLES, causes
from transforms.discreet import discreet
from transforms.places import order_places
from transforms.rejected import Rejected, put_together
from transforms.timeline import stretch, timeline
from transforms.totals import count_orders, differences, merge

MORE_MEMORY = "Give it more memory, then `orderlift resume`: every answer that came is in the ledger."


def report(
    folder: RunFolder, options: Options, ledger: Ledger, state: State, stopped: OrderliftError | None = None
) -> RunRecord:
    """Write results, rejects, report.html and run.json, and check that the control totals agree."""
    planned = folder.record()
    parts = _write_results(folder, planned, options)
    invalid = [total for total in planned.planned_totals if total.status == Status.INVALID]
    totals = merge(chain(invalid, *(part.totals for part in parts)))
    notices = list(planned.notices)
    if wrong := differences(planned.planned_totals, totals):
        raise AssertionError(f"control totals of run {planned.run_id} differ: {'; '.join(wrong)}")
    rows = sum((part.rows for part in parts), Counter[Status]())
    if rows[Status.REJECTED]:
        notices += _write_rejects(folder, planned, put_together([part.rejected for part in parts]))
    if doubled := sum(part.doubled for part in parts):
        notices.append(f"{doubled:,} orders are on the platform more than once: see {DUPLICATE} in results.csv.")
    counts = ledger.counts(planned.run_id)
    record = planned.model_copy(
        update={
            "state": state,
            "message": str(stopped) if stopped else planned.message if state is planned.state else "",
            "reason": stopped.reason if stopped else planned.reason if state is planned.state else "",
            "notices": list(dict.fromkeys(notices)),  # each once, however often the run is reported
            "finished_at": datetime.now(UTC),
            "orders": count_orders(totals),
            "rows": dict(rows),
            "requests": counts.requests,
            "totals": totals,
        }
    )
    activity = activity_of(ledger, planned.run_id, counts, options, sum(part.resent for part in parts))
    found = causes(record.problem_codes, folder.plan.examples(record.problem_codes, EXAMPLES))
    folder.write_page(render(discreet(record), found, activity))
    folder.write_record(record)
    return record


def activity_of(ledger: Ledger, run_id: str, counts: RunCounts, options: Options, resent: int) -> Activity | None:
    """What the run's requests came to over time; nothing before the first one."""
    if counts.first_at is None or counts.last_at is None:
        return None
    width = stretch(counts.first_at, counts.last_at)
    history = read_history(ledger, run_id, counts.first_at, counts.last_at, width)
    return Activity(history, timeline(history, options.requests_per_minute), resent)


def _write_results(folder: RunFolder, record: RunRecord, options: Options) -> list[Answers]:
    """Answer one part here, several in as many processes as there are cores, and write all in source order."""
    with folder.scratch() as scratch:
        if folder.plan.parts == 1:
            answers, tables = answer(folder, record, options, 0)
            folder.write_results(table.select(RESULTS.names) for table in tables)
            return [answers]
        with Processes(Resume(KILLED, MORE_MEMORY)) as run:
            parts = [*run(partial(answer_part, folder, record, options, scratch), range(folder.plan.parts))]
        folder.write_results(_in_source_order(parts, record, scratch))
        return parts


def _in_source_order(parts: Sequence[Answers], record: RunRecord, scratch: Place) -> Iterator[pa.Table]:
    ordered = order_places([part.places for part in parts], [file.name for file in record.inputs])
    paths = [scratch / f"{number}.arrow" for number in range(len(parts))]
    return read_answers(paths, [part.places for part in parts], ordered)


def _write_rejects(folder: RunFolder, record: RunRecord, rejected: Rejected) -> list[str]:
    """Write the rejected rows beside the invalid ones, read again from the input; say so if that has changed."""
    try:
        profile = profile_of(Options.model_validate(record.settings))
        files = [InputFile(place(one.path), one.name, one.bytes, one.sha256) for one in record.inputs]
        rejected = replace(rejected, problems=folder.plan.problems_of(rejected.rows))
        tables = read_rejected(files, profile, rejected.rows)
        return write_rejected(folder, tables, rejected, redact=bool(record.settings.get("redact")))
    except Mend as error:
        return [f"rejects.xlsx lacks the rows that the API rejected: {error}"]
