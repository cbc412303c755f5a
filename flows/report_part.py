"""Report part: what became of every row of one part of a plan, kept on disk until all parts are put together."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from adapters.answer_files import write_answers
from adapters.workspace import RunFolder
from flows.endpoint import open_ledger
from flows.plan_part import count_rows, known
from flows.rejects import MOST_REJECTS
from flows.settings import Options
from schemas.fields import SOURCE
from schemas.places import Place
from schemas.problems import PROBLEMS
from schemas.results import DUPLICATE, RESULTS, SourcePlace, Status
from schemas.run import RunRecord, Total
from transforms.places import places
from transforms.redact import without_words_of_others
from transforms.rejected import Rejected, reject
from transforms.results import as_table, plan_totals, results

WRONG = pa.array([Status.INVALID.value, Status.REJECTED.value])
TOLD = [*SOURCE, "company_id", "order_number", "error_code", "error_message"]
NO_PROBLEMS = PROBLEMS.empty_table().to_pandas()  # they are looked up once it is known which rows are shown


@dataclass
class Answers:
    """What is known of a part whose rows are answered."""

    totals: list[Total]  # of the plan's orders
    doubled: int  # orders that are on the platform more than once
    resent: int = 0  # orders that were sent more than once
    rows: Counter[Status] = field(default_factory=Counter)
    places: list[SourcePlace] = field(default_factory=list)  # in which its rows stand, in their order
    rejected: Rejected = field(default_factory=lambda: Rejected(NO_PROBLEMS, NO_PROBLEMS))


def answer_part(folder: RunFolder, record: RunRecord, options: Options, scratch: Place, number: int) -> Answers:
    """Answer all rows of a part, into a file of this number."""
    answers, tables = answer(folder, record, options, number)
    write_answers(scratch / f"{number}.arrow", tables, folder.plan.parts)
    return answers


def answer(folder: RunFolder, record: RunRecord, options: Options, number: int) -> tuple[Answers, Iterator[pa.Table]]:
    """All rows of a part with their answers, a bounded number at a time; what is known of them once they are read."""
    plan = folder.plan.totals(number)
    with open_ledger(options) as ledger:
        facts = as_table(known(ledger, ledger.target(record.base_url), plan), record.run_id)
    if record.settings.get("redact"):
        facts = without_words_of_others(facts, record.run_id)
    doubled = pc.sum(pc.equal(facts["error_code"], DUPLICATE)).as_py() or 0
    resent = pc.sum(pc.greater(facts["attempts"], 1)).as_py() or 0
    answers = Answers(plan_totals(plan, facts), doubled, resent)
    return answers, _answer(folder, facts, answers, number, MOST_REJECTS // folder.plan.parts)


def _answer(folder: RunFolder, facts: pa.Table, answers: Answers, number: int, most: int) -> Iterator[pa.Table]:
    """Give the answers a bounded number at a time, and note what is known of them."""
    numbers: dict[SourcePlace, int] = {}
    wrong = [RESULTS.empty_table().select(TOLD)]
    for rows in folder.plan.rows(number):
        answered = results(rows, facts)
        answers.rows += Counter(count_rows(answered))
        found, codes = places(answered)
        mapped = pa.array([numbers.setdefault(place, len(numbers)) for place in found], pa.int32())
        wrong.append(answered.select(TOLD).filter(pc.is_in(answered["status"], WRONG)))
        yield answered.append_column("place", mapped.take(codes))
    answers.places = list(numbers)
    answers.rejected = reject(pa.concat_tables(wrong), NO_PROBLEMS, most)
