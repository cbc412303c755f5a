"""The table in a grid: where it begins, what its rows are, and what stands around it."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from grids import TRAPS, found, known, sheet, text, trap, values

from schemas.errors import InputError
from schemas.tables import Grid, Layout
from transforms.locate import locate

HEADER = ["order_number", "customer_id", "status"]
ROWS = [["A1", "C1", "shipped"], ["A2", "C2", "pending"]]
needs_traps = pytest.mark.skipif(not TRAPS.is_dir(), reason="../shared/data is not there")


def test_a_table_that_fills_its_sheet_is_found_without_a_word() -> None:
    table = found(sheet([HEADER, *ROWS]))
    assert values(table) == {2: ROWS[0], 3: ROWS[1]}
    assert (list(table.cells), table.positions, table.notices) == (HEADER, (0, 1, 2), ())
    assert (len(table.above), len(table.below), table.malformed) == (1, 0, {})
    assert table.cells.index.name == "source_row"


def test_titles_above_are_told_and_kept_for_the_rejects() -> None:
    table = found(sheet({1: ["Orders of May"], 3: ["by", "Ann"], 5: HEADER, 6: ROWS[0]}))
    assert values(table) == {6: ROWS[0]}
    assert table.notices == (
        'orders.xlsx, sheet "May": the header is row 5; rows 1 to 4 above it are not read ("Orders of May", "by", ...)',
    )
    assert table.above.index.tolist() == [1, 3, 5]
    assert table.above.loc[1].tolist() == ["Orders of May", None, None]


def test_empty_rows_and_columns_are_left_out_and_positions_are_those_of_the_file() -> None:
    rows = {
        4: ["", "order_number", "", "status"],
        6: ["", "A1", "", "shipped"],
        7: ["", " ", "", "\u00a0"],
        9: ["", "A2"],
    }
    table = found(sheet(rows))
    assert values(table) == {6: ["A1", "shipped"], 9: ["A2", None]}
    assert table.positions == (1, 3)


@pytest.mark.parametrize(
    ("grid", "layout"),
    [
        (sheet([]), Layout()),
        (sheet([[" ", ""], ["", "\t"]]), Layout()),
        (sheet([HEADER, *ROWS], is_hidden=True), Layout()),
        (sheet([HEADER, *ROWS]), Layout(sheets=("June", "July"))),
    ],
    ids=["no cells", "blank text", "hidden", "not asked for"],
)
def test_some_grids_have_no_table(grid: Grid, layout: Layout) -> None:
    assert locate(grid, layout, known()) is None


@pytest.mark.parametrize("grid", [sheet([HEADER, *ROWS]), text("order_number,status\nA1,shipped\n", 2)])
def test_a_named_sheet_is_read_and_so_is_a_file_without_sheets(grid: Grid) -> None:
    assert len(found(grid, Layout(sheets=("may ",))).cells)


def test_the_header_row_of_a_profile_is_taken_even_if_another_row_knows_more() -> None:
    table = found(
        sheet([["order_number", "x", "y"], ROWS[0], ["Nr", "Who", "What"], ROWS[1]]), Layout(header_rows=(3,))
    )
    assert values(table) == {4: ROWS[1]}
    assert list(table.cells) == ["Nr", "Who", "What"]


@pytest.mark.parametrize("row", [2, 9])
def test_a_header_row_that_is_not_there_is_refused(row: int) -> None:
    grid = sheet({1: HEADER, 2: ["", " "], 3: ROWS[0]})
    with pytest.raises(InputError, match=f'orders.xlsx, sheet "May": row {row} is empty'):
        locate(grid, Layout(header_rows=(row,)), known())


def test_header_rows_far_apart_are_joined() -> None:
    rows = {
        1: ["Nr", "Billing", "", "Price"],
        3: ["", "Street", "City", ""],
        5: ["", "", "", "EUR"],
        6: [1, "a", "b", 2],
    }
    table = found(sheet(rows), Layout(header_rows=(1, 3, 5)))
    assert list(table.cells) == ["Nr", "Billing Street", "Billing City", "Price EUR"]
    assert list(table.cells.index) == [6]


@pytest.mark.parametrize(
    ("rows", "names", "positions"),
    [
        ([["A1", "C1"], ["A2", "C2"]], ("a", "b"), (0, 1)),
        ([["", "A1", "", "C1"]], ("a", "b", "c"), (1, 2, 3)),
        ([["", "A1", "C1"]], ("a", "b", "c"), (0, 1, 2)),
    ],
    ids=["from the first", "from the first filled", "with an empty one"],
)
def test_a_table_without_header_is_named_by_the_profile(
    rows: list[list[str]], names: tuple[str, ...], positions: tuple[int, ...]
) -> None:
    table = found(sheet(rows), Layout(columns=names))
    assert (tuple(table.cells), table.positions) == (names, positions)
    assert table.cells.index.tolist() == list(range(1, len(rows) + 1))
    assert table.above.empty


def test_names_that_do_not_fit_the_columns_are_refused() -> None:
    with pytest.raises(InputError, match="`columns` has 2 names, but the rows have 3 cells"):
        locate(sheet(ROWS), Layout(columns=("a", "b")), known())
    with pytest.raises(InputError, match="`header_row` is set"):
        locate(sheet(ROWS), Layout(columns=("a", "b", "c"), header_rows=(1,)), known())


def test_a_repeated_header_is_left_out_and_told() -> None:
    table = found(sheet({1: HEADER, 2: ROWS[0], 4: HEADER, 5: ROWS[1], 6: HEADER}))
    assert values(table) == {2: ROWS[0], 5: ROWS[1]}
    assert table.notices == ('orders.xlsx, sheet "May": rows 4 and 6 repeat the header and are left out',)


def test_a_row_that_repeats_only_part_of_the_header_stays() -> None:
    assert len(found(sheet([HEADER, ["order_number", "customer_id", 5], *ROWS])).cells) == 3


LINES = ["order_number", "item_id", "quantity", "Color", "Size", "Made of"]


@pytest.mark.parametrize(
    "rows",
    [
        {1: HEADER, 2: ROWS[0], 4: LINES, 5: ["A1", "I1", 2, "red"]},
        {1: HEADER, 2: ROWS[0], 3: ["order_number", "item_id", "quantity"], 4: ["A1", "I1", 2]},
        {1: HEADER, **{n: ["A1", "C1", "shipped"] for n in range(2, 300)}, 301: LINES, 302: ["A1", "I1", 2]},
        {1: ["order_number", "status"], 2: ["A1", "shipped"], 4: [*LINES[:3], "name"], 5: ["A1", "I1", 2, "Tea"]},
    ],
    ids=["after a blank row", "without one", "far below", "above the fuller header"],
)
def test_two_tables_in_a_sheet_are_refused(rows: dict[int, list[Any]]) -> None:
    with pytest.raises(InputError, match=r"row \d+ and row \d+ could both be the header"):
        locate(sheet(rows), Layout(), known())


def test_a_second_table_can_be_cut_off() -> None:
    table = found(sheet({1: HEADER, 2: ROWS[0], 4: LINES, 5: ["A1", "I1", 2, "red"]}), Layout(skip_footer=2))
    assert values(table) == {2: ROWS[0]}


def test_labels_with_values_above_the_header_are_no_second_table() -> None:
    rows = {1: ["Customer ID:", "ACME"], 2: ["Order date:", dt.date(2024, 5, 1)], 4: HEADER, 5: ROWS[0]}
    assert values(found(sheet(rows))) == {5: ROWS[0]}


def test_a_row_with_other_fields_than_the_header_is_malformed() -> None:
    table = found(text("order_number,status\nA1,shipped\nA2,pending,x\nA3\nA4,shipped\n", 2))
    assert table.malformed == {3: "the row has 3 fields, the header has 2", 4: "the row has 1 fields, the header has 2"}
    assert table.cells.index.tolist() == [2, 3, 4, 5]


def test_titles_and_footers_of_a_text_file_are_not_malformed() -> None:
    lines = [
        "Orders",
        "sep=,",
        "order_number,status,name",
        "A1,shipped,Tea",
        "A2,shipped,Cup",
        "2 record(s) downloaded",
    ]
    table = found(text("\n".join(lines), 3))
    assert (list(table.cells.index), table.malformed, table.below.index.tolist()) == ([4, 5], {}, [6])


@pytest.mark.parametrize("header", ["order_number,status", "order_number,status,"])
def test_a_header_with_fewer_fields_than_the_rows_is_refused(header: str) -> None:
    with pytest.raises(InputError, match=r"the header in row 1 has \d fields, but most rows have 4"):
        locate(text(f"{header}\n1,A1,shipped,x\n2,A2,shipped,y\n", 4), Layout(), known())


def test_a_header_with_more_fields_than_the_rows_is_refused() -> None:
    with pytest.raises(InputError, match="the header in row 1 has 3 fields, but most rows have 2"):
        locate(text("order_number,status,name\nA1,shipped\nA2,shipped\n", 2), Layout(), known())


def test_the_row_of_groups_above_a_header_may_have_any_number_of_fields() -> None:
    lines = ["order_number,status,Billing", ",,Street,City", "A1,new,a,b", "A2,new,a,b"]
    table = found(text("\n".join(lines), 4))
    assert list(table.cells) == ["order_number", "status", "Billing Street", "Billing City"]


def test_a_header_without_the_last_separators_fits_rows_that_end_with_empty_fields() -> None:
    table = found(text("order_number,status\nA1,shipped,,\nA2,shipped\nA3,shipped,,,x\n", 4))
    assert list(table.cells) == ["order_number", "status"]
    assert table.malformed == {4: "the row has 5 fields, the header has 2"}


def test_faults_keep_their_row_and_column_and_are_refused_in_the_header() -> None:
    grid = sheet([HEADER, *ROWS, []], faults={(2, 2): "the error #N/A", (4, 0): "a formula", (6, 4): "x"})
    table = found(grid)
    assert table.faults == {(2, "status"): "the error #N/A", (4, "order_number"): "a formula", (6, "[E]"): "x"}
    assert (table.cells.index.tolist(), table.positions) == ([2, 3, 4, 6], (0, 1, 2, 4))
    with pytest.raises(InputError, match="cell B1 holds the error #N/A, where a header is expected"):
        locate(sheet([HEADER, *ROWS], faults={(1, 1): "the error #N/A"}), Layout(), known())


def test_the_headers_of_parquet_are_only_named() -> None:
    cells = pd.DataFrame({0: ["order_number", "total"], 1: [None, None], 2: ["x", "y"], 3: [1, 2]}, index=[1, 2])
    table = found(Grid("o.parquet", "", cells, headers=("a", "", "a", " b\nc ")))
    assert (list(table.cells), table.positions) == (["a [A]", "a [C]", "b c"], (0, 2, 3))
    assert (len(table.cells), table.above.empty, table.malformed) == (2, True, {})


def test_columns_of_one_type_become_arrow_and_mixed_ones_stay() -> None:
    noon, day = dt.datetime(2024, 5, 1, 12), dt.date(2024, 5, 1)  # noqa: DTZ001 - as spreadsheets have it
    rows = [
        ["t", "i", "f", "d", "flag", "dates", "big"],
        ["x", 1, 1.5, noon, True, day, 2**70],
        [None, 2, 3, noon, 1.0, noon, 1],
    ]
    cells = found(sheet(rows)).cells
    assert [str(kind) for kind in cells.dtypes] == [
        *("large_string[pyarrow]", "int64[pyarrow]", "double[pyarrow]", "timestamp[us][pyarrow]"),
        *("object", "object", "object"),
    ]
    assert cells["flag"].tolist() == [True, 1.0]
    assert cells["dates"].tolist() == [day, noon]


def test_a_used_range_far_larger_than_the_table_does_no_harm() -> None:
    cells = pd.DataFrame(None, index=pd.RangeIndex(1, 3001), columns=range(2000), dtype=object)
    cells.iloc[9, 5:8], cells.iloc[10, 5:8], cells.iloc[2999, 5] = HEADER, ROWS[0], "A9"
    table = found(Grid("orders.xlsx", "May", cells))
    assert table.positions == (5, 6, 7)
    assert table.cells.index.tolist() == [11, 3000]


@needs_traps
@pytest.mark.parametrize(
    ("name", "names", "rows"),
    [
        ("skip-rows.xlsx", ["A", "B"], [3]),
        ("header-row.xlsx", ["Columns", "Column A", "Column B", "Column C"], [10]),
        ("issue-312.xlsx", ["id", "name [B]", "[C]", "name [D]", "[E]"], [2, 3, 4, 6]),
        ("duplicate-headers.csv", ["id [A]", "name", "id [C]", "age", "id [E]"], [2, 3]),
    ],
)
def test_tables_that_nobody_here_made(name: str, names: list[str], rows: list[int]) -> None:
    table = found(trap(name))
    assert (list(table.cells), table.cells.index.tolist()) == (names, rows)


@needs_traps
def test_a_header_of_three_rows_that_nobody_here_made() -> None:
    table = found(trap("multiline-headers.xlsx"), Layout(header_rows=(1, 4, 5)))
    group = "Cumulative impact of changes on cost of food basket"
    assert list(table.cells) == [
        "Region",
        "Caloric contribution (%)",
        f"{group} from previous quarter",
        f"{group} from baseline (%)",
    ]
    assert list(table.cells.index) == [6]
