"""Rejects go round: what stood in the file stands at the same place of rejects.xlsx, and only `problem` is added."""

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from reject_files import Cell, comments_of, fills_of, plain, problems, rejected, written
from xlsxwriter.utility import xl_rowcol_to_cell

from schemas.rejects import PROBLEM_COLUMN
from schemas.tables import SourceTable
from transforms.rejects import reject_sheets

# What XML can hold; a text that is xlsxwriter's markup from end to end gets a space, which another test shows.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cn"]), min_size=1, max_size=8).filter(
    lambda text: not (text.startswith("<r>") and text.endswith("</r>"))
)
CELLS = st.one_of(
    st.none(),
    TEXT,
    st.sampled_from(["=1+1", "+1", "-1", "@x", "00123", "_x0041_", "<r>a</r> b", " a ", "\tb", "TRUE"]),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.floats(-1e9, 1e9).map(lambda number: round(number, 3)),
    st.booleans(),
    st.dates(dt.date(1901, 1, 1), dt.date(9999, 12, 31)),
)


Rows = dict[int, list[Cell]]


@st.composite
def sources(draw: st.DrawFn) -> SourceTable:
    """A table with titles, gaps between its columns and rows, and footers."""
    positions = sorted(draw(st.sets(st.integers(0, 8), min_size=1, max_size=5)))
    width = draw(st.integers(positions[-1] + 1, 10))
    names = {position: f"name {position}" for position in positions}
    row = st.lists(CELLS, min_size=width, max_size=width)
    height = draw(st.integers(1, 6))
    above = {number: draw(row) for number in range(1, height) if draw(st.booleans())}
    above[height] = [names.get(position) for position in range(width)]
    numbers = sorted(draw(st.sets(st.integers(height + 1, height + 20), min_size=1, max_size=6)))
    below = {numbers[-1] + number: draw(row) for number in range(1, draw(st.integers(1, 4)))}
    return SourceTable(
        "May.xlsx",
        "May",
        frame({number: [draw(CELLS) for _ in positions] for number in numbers}).set_axis(list(names.values()), axis=1),
        positions=tuple(positions),
        above=frame(above),
        below=frame(below) if below else pd.DataFrame(),
        has_header=draw(st.booleans()),
    )


def frame(rows: Rows) -> pd.DataFrame:
    return pd.DataFrame(list(rows.values()), index=list(rows), dtype=object)


def filled(rows: pd.DataFrame, start: int, positions: Sequence[int]) -> dict[tuple[int, int], tuple[type, Cell]]:
    """The cells that have something in them, by row and position, when the rows begin at `start`."""
    return {
        (row, position): (type(plain(cell)), plain(cell))
        for row, cells in enumerate(rows.itertuples(index=False), start)
        for position, cell in zip(positions, cells, strict=True)
        if cell is not None and position >= 0
    }


@settings(max_examples=150, deadline=None)
@given(sources(), st.data())
def test_every_cell_stands_where_it_stood(table: SourceTable, data: st.DataObject) -> None:
    names = table.cells.columns.tolist()
    bad = sorted(data.draw(st.sets(st.sampled_from(table.cells.index.tolist()), min_size=1)))
    faults = sorted(data.draw(st.sets(st.tuples(st.sampled_from(bad), st.sampled_from(names)))))
    found = problems(*((row, name, f"{name}!") for row, name in faults), file="May.xlsx", sheet="May")

    sheets = reject_sheets([table], rejected(*(("May.xlsx", "May", row, "bad") for row in bad)), found)
    with tempfile.TemporaryDirectory() as folder:
        [rows] = written(Path(folder), sheets).values()
        comments, red = comments_of(Path(folder) / "rejects.xlsx"), fills_of(Path(folder) / "rejects.xlsx")

    height, behind = table.above.index[-1], table.positions[-1] + 1
    start = 0 if table.has_header else table.positions[0]
    positions = [position - start for position in table.positions]
    whole = range(-start, table.above.shape[1] - start)
    expected = filled(table.cells.loc[bad], height, positions)
    for row in table.above.index:
        expected |= filled(table.above.loc[[row]], row - 1, whole)
    if len(table.below):
        expected |= filled(table.below, height + len(bad), whole)
    if table.has_header:
        said = ["; ".join(["bad", *(f"{name}!" for of, name in faults if of == row)]) for row in bad]
        expected |= filled(pd.DataFrame([PROBLEM_COLUMN, *said]), height - 1, [behind])
    at_fault = {
        xl_rowcol_to_cell(height + bad.index(row), positions[names.index(name)]): f"{name}!" for row, name in faults
    }
    assert filled(pd.DataFrame(rows, dtype=object), 0, range(len(rows[0]))) == expected
    assert at_fault.items() <= comments.items()
    if table.has_header:
        assert at_fault == comments
        assert red == {*at_fault, *(xl_rowcol_to_cell(height + number, behind) for number in range(len(bad)))}
    else:
        assert red == at_fault.keys()
        assert sorted(comments.values()) == sorted(
            [*at_fault.values(), *["bad"] * len(set(bad) - {row for row, _ in faults})]
        )
