"""Report: what became of every row, from the plan and the ledger."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from adapters.ledger import Ledger
from adapters.rejects import write_rejects
from adapters.report_page import render
from adapters.storage import place
from adapters.workspace import RunFolder
from flows.intake import Notices, open_tables, profile_of
from flows.plan import count_rows, known
from flows.settings import Options
from schemas.errors import Mend, OrderliftError
from schemas.results import DUPLICATE, Status
from schemas.run import RunRecord, State
from schemas.tables import InputFile
from transforms.rejects import reject_sheets
from transforms.results import as_table, plan_totals, results
from transforms.totals import count_orders, differences, merge

EXAMPLES = 500  # problems that the page is shown


def report(folder: RunFolder, ledger: Ledger, state: State, stopped: OrderliftError | None = None) -> RunRecord:
    """Write results, rejects, report.html and run.json, and check that the control totals agree."""
    planned = folder.record()
    with ThreadPoolExecutor() as pool:
        rows = pool.submit(folder.plan.rows)  # while the ledger is read
        totaled = folder.plan.totals()
        facts = as_table(known(ledger, ledger.target(planned.base_url), totaled), planned.run_id)
    answers = results(rows.result(), facts)
    folder.write_results([answers])
    invalid = [total for total in planned.planned_totals if total.status == Status.INVALID]
    totals = merge([*invalid, *plan_totals(totaled, facts)])
    notices = list(planned.notices)
    if wrong := differences(planned.planned_totals, totals):
        raise AssertionError(f"control totals of run {planned.run_id} differ: {'; '.join(wrong)}")
    rejected = answers.filter(pc.equal(answers["status"], Status.REJECTED.value))
    if len(rejected):
        notices += _write_rejects(folder, planned, answers)
    if doubled := pc.sum(pc.equal(facts["error_code"], DUPLICATE)).as_py():
        notices.append(f"{doubled:,} orders are on the platform more than once: see {DUPLICATE} in results.csv.")
    record = planned.model_copy(
        update={
            "state": state,
            "message": str(stopped or ""),
            "notices": list(dict.fromkeys(notices)),  # each once, however often the run is reported
            "finished_at": datetime.now(UTC),
            "orders": count_orders(totals),
            "rows": count_rows(answers),
            "requests": ledger.counts(planned.run_id).requests,
            "totals": totals,
        }
    )
    folder.write_page(render(record, folder.read_problems().head(EXAMPLES)))
    folder.write_record(record)
    return record


def _write_rejects(folder: RunFolder, record: RunRecord, answers: pa.Table) -> list[str]:
    """Write the rejected rows beside the invalid ones, read again from the input; say so if that has changed."""
    wrong = answers.filter(pc.is_in(answers["status"], pa.array([Status.INVALID.value, Status.REJECTED.value])))
    try:
        profile = profile_of(Options.model_validate(record.settings))
        files = [InputFile(place(one.path), one.name, one.bytes, one.sha256) for one in record.inputs]
        tables = (opened.table for file in files for opened in open_tables(file, profile, Notices()))
        write_rejects(folder.rejects, reject_sheets(tables, wrong.to_pandas(), folder.read_problems()))
    except Mend as error:
        return [f"rejects.xlsx lacks the rows that the API rejected: {error}"]
    return []
