"""What the report of a run gives away of cells: words of them that nothing else on the page has a reason to say."""

import re
from pathlib import Path

import pyarrow.parquet as pq
from report_pages import Page

from adapters.report_page import render
from schemas.problems import MESSAGES, REMEDIES
from schemas.run import RunRecord
from transforms.discreet import discreet, shape

WORD = re.compile(r"[^\W\d_]{4,}")


def given_away(folder: Path) -> set[str]:
    """Words of cells at fault that stand in the report of a run, beside names of files, sheets and columns."""
    record = RunRecord.model_validate_json((folder / "run.json").read_bytes())
    problems = pq.read_table(folder / "problems.parquet").to_pylist()
    values = [row["value"] for row in problems if row["value"] and shape(row["value"]) != row["value"]]
    places = [row[name] for row in problems for name in ("source_file", "source_sheet", "column") if row[name]]
    page = Page((folder / "report.html").read_text()).words
    frame = Page(render(discreet(record), [])).words
    told = " ".join([frame, *places, *MESSAGES.values(), *REMEDIES.values()])
    return {word for value in values for word in WORD.findall(value) if word in page and word not in told}
