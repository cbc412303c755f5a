"""Plan: read, normalize, validate, group; a complete plan on disk, and nothing sent.

A large input is split first; each of its partitions is planned alone, and what is known of all of them is put together.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from itertools import chain

import numpy as np

from adapters.inputs import check_unchanged, estimate_rows
from adapters.ledger import Ledger
from adapters.workspace import RunFolder
from flows.intake import find_files, open_source, profile_of, timezone_of
from flows.plan_part import Part, Split, plan_part
from flows.processes import KILLED, Processes
from flows.rejects import read_rejected, write_rejected
from flows.settings import Options
from flows.split import Splitter
from schemas.errors import UsageError
from schemas.places import Place
from schemas.profile import Profile
from schemas.run import InputDigest, RunRecord, State
from schemas.tables import InputFile
from transforms.forecast import forecast
from transforms.normalize import in_words
from transforms.redact import without_titles
from transforms.rejected import put_together
from transforms.totals import count_orders, merge

InParts = Callable[[Callable[[int], Part], Sequence[int]], Iterable[Part]]  # plans partitions, in order or at once
MOST_OF_DISK = 3  # times the size of the input: its partitions, then the plan and what is said of each row
SMALLER = "Give it more memory, or plan again with a smaller number for --partition-rows."
CORES = 2  # that plan at the same time, at most


def plan(  # noqa: PLR0913, PLR0917 - what a plan is made of, and how
    inputs: Sequence[str],
    options: Options,
    target: str,
    ledger: Ledger,
    folder: RunFolder,
    in_parts: InParts | None = None,
) -> RunRecord:
    """Write the plan of a run into its folder and say what it would do; raises Mend errors for unreadable input.

    `in_parts` plans the partitions of a large input; else processes of this machine do.
    """
    files = find_files(inputs, options)
    count = count_parts(files, options)
    if count == 1:
        split = read_inputs(files, options, target, ledger)
        return finish_plan(folder, split, [plan_part(folder, split, options, 0)], options)
    folder.require_space(MOST_OF_DISK * sum(file.bytes for file in files))
    with folder.scratch() as scratch, ExitStack() as stack:
        run = in_parts or stack.enter_context(Processes(UsageError(KILLED, SMALLER)))
        split = split_inputs(files, options, target, ledger, scratch, count)
        checking = stack.enter_context(ThreadPoolExecutor(1)).submit(check_unchanged, files)
        parts = [*run(partial(plan_part, folder, split, options), range(count))]
        checking.result()
        return finish_plan(folder, split, parts, options)


def count_parts(files: Sequence[InputFile], options: Options) -> int:
    """How many partitions the files make: one, or enough for all cores to have `partition_rows` in hand together."""
    large = -(-sum(map(estimate_rows, files)) // options.partition_rows)
    return large * CORES if large > 1 else 1


def read_inputs(files: list[InputFile], options: Options, target: str, ledger: Ledger) -> Split:
    """Read the files into memory; raises Mend errors."""
    profile = profile_of(options)
    source = open_source(files, options, profile)
    return Split(files, source.tables, source.originals, source.notices, 1, *_place(options, profile, target, ledger))


def split_inputs(  # noqa: PLR0913, PLR0917 - what to split, and where to
    files: list[InputFile], options: Options, target: str, ledger: Ledger, scratch: Place, parts: int
) -> Split:
    """Cut the rows of the files into so many partitions, in the folder `scratch`; raises Mend errors."""
    profile = profile_of(options)
    splitter = Splitter(scratch, parts)
    source = open_source(files, options, profile, splitter)
    notices = [*source.notices, *splitter.notices]
    return Split(files, splitter.tables, [], notices, parts, *_place(options, profile, target, ledger))


def _place(options: Options, profile: Profile | None, target: str, ledger: Ledger) -> tuple[str, int | None, str]:
    target_id = ledger.target(target)
    sent = target_id if ledger.has_orders(target_id) else None
    return target, sent, timezone_of(options, profile or Profile())


def finish_plan(folder: RunFolder, split: Split, parts: Sequence[Part], options: Options) -> RunRecord:
    """Put together what the partitions gave: problems, rejects, and the record of the run."""
    folder.plan.finish([file.name for file in split.files])
    notices = [*split.notices, *chain.from_iterable(part.notices for part in parts)]
    notices += in_words(sum((part.counts for part in parts), Counter()))
    rejected = put_together([part.rejected for part in parts])
    originals = split.originals or read_rejected(split.files, profile_of(options), rejected.rows)
    notices += write_rejected(folder, originals, rejected, redact=options.redact)
    undated = sum(part.undated for part in parts)
    if undated:
        notices.append(f"{undated:,} orders have no order_date: the API dates them to the moment they are sent.")
    bodies = np.concatenate([part.bodies for part in parts], axis=1)
    if len(parts) > 1:
        bodies = bodies[:, np.argsort(bodies[0], kind="stable")]
    needed = forecast(bodies, options.max_orders_per_batch, options.max_batch_bytes, options.requests_per_minute)
    totals = merge(chain.from_iterable(part.totals for part in parts))
    codes = sum((part.codes for part in parts), Counter())
    record = RunRecord(
        run_id=folder.run_id,
        state=State.PLANNED,
        base_url=split.target,
        settings=options.model_dump(mode="json"),
        inputs=[
            InputDigest(name=file.name, path=str(file.path.absolute()), bytes=file.bytes, sha256=file.sha256)
            for file in split.files
        ],
        notices=without_titles(notices) if options.redact else notices,
        planned_at=datetime.now(UTC),
        orders=count_orders(totals),
        rows=sum((Counter(part.rows) for part in parts), Counter()),
        line_items=sum(total.line_items for total in totals),
        companies=len({total.company_id for total in totals}),
        problems=codes.total(),
        problem_codes=codes,
        requests_needed=needed.requests,
        least_seconds=needed.seconds,
        totals=totals,
        planned_totals=totals,
    )
    folder.write_record(record)
    return record
