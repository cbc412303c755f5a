"""Any table, wherever it stands in its sheet, is found exactly: names, rows, positions."""

import contextlib
from dataclasses import dataclass
from typing import Any

from grids import FIELDS, known, sheet, values
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError, NoTable
from schemas.tables import Layout
from transforms.locate import locate

TITLES = st.sampled_from(["Orders of May", "printed by Ann", "Nr", "2024-05-01", "status"])
FOOTERS = st.sampled_from(["Total", "Summe:", "12 record(s) downloaded", "Seller ID : x", "* with tax", "Page 1 of 2"])
CELLS = st.one_of(
    st.integers(-5, 10**15),
    st.floats(0.01, 1e6),
    st.sampled_from(["Total Gym", "Summe GmbH", "shipped", "A-1", "05454", "NULL", "1,5", "name", "Orders of May"]),
)


@dataclass(frozen=True)
class Drawn:
    """A sheet and what is to be found in it."""

    rows: dict[int, list[Any]]
    names: list[str]
    positions: tuple[int, ...]
    data: dict[int, list[Any]]
    above: int
    below: list[int]


@st.composite
def sheets(draw: st.DrawFn) -> Drawn:
    """A table of known and unknown columns with empty ones between, and titles, blank rows and footers around it."""
    plain = draw(st.lists(st.sampled_from(FIELDS[:10]), min_size=3, max_size=6, unique=True))
    grouped = ["Billing Street", "Billing City", "Shipping Street", "Shipping City"] * draw(st.booleans())
    unknown = draw(st.sampled_from([[], ["Color"], ["Made  of", "x"]]))
    names = [*plain, *grouped, *unknown]
    gaps = draw(st.lists(st.integers(0, 2), min_size=len(names), max_size=len(names)))
    positions: list[int] = []
    for gap, name in zip(gaps, names, strict=True):
        # An empty column inside of a group is not part of it.
        positions.append((positions[-1] + 1 if positions else 0) + (0 if name in grouped[1:] else gap))
    number = 0
    rows: dict[int, list[Any]] = {}

    def put(cells: dict[int, Any]) -> int:
        nonlocal number
        number += 1 + draw(st.integers(0, 2))
        rows[number] = [cells.get(place) for place in range(positions[-1] + 1)]
        return number

    for title in draw(st.lists(TITLES, max_size=3)):
        put({draw(st.integers(0, positions[-1])): title})
    upper = {place: name.split()[0] if name in grouped else name for place, name in zip(positions, names, strict=True)}
    lower = {place: name.split()[1] for place, name in zip(positions, names, strict=True) if name in grouped}
    for place, name in zip(positions, names, strict=True):
        if name.endswith(" City"):
            del upper[place]
    above = put(upper)
    if grouped:
        above += 1
        number = above
        rows[above] = [lower.get(place) for place in range(positions[-1] + 1)]
    data = {}
    for _ in range(draw(st.integers(1, 8))):
        cells = draw(st.lists(CELLS, min_size=len(names), max_size=len(names)))
        data[put(dict(zip(positions, cells, strict=True)))] = cells
    below = [put({positions[0]: footer}) for footer in draw(st.lists(FOOTERS, max_size=3))]
    return Drawn(rows, [" ".join(name.split()) for name in names], tuple(positions), data, above, below)


@given(sheets())
def test_a_table_is_found_wherever_it_stands(drawn: Drawn) -> None:
    table = locate(sheet(drawn.rows), Layout(), known())
    assert table is not None
    assert (list(table.cells), table.positions) == (drawn.names, drawn.positions)
    assert values(table) == drawn.data
    assert table.above.index.tolist() == [row for row in drawn.rows if row <= drawn.above]
    assert (table.below.index.tolist(), table.malformed) == (drawn.below, {})
    assert len(table.notices) == (len(table.above) > 1) + bool(drawn.below)


@given(sheets())
def test_a_row_is_in_the_table_or_told(drawn: Drawn) -> None:
    """Even if nothing is known of the header, and a row of data is taken for it, no row is lost."""
    with contextlib.suppress(NoTable):
        table = locate(sheet(drawn.rows), Layout(), lambda _: False)
        assert table is not None
        parts = [*table.above.index, *table.cells.index, *table.below.index]
        assert parts == list(drawn.rows)


ANYTHING = st.one_of(
    st.none(),
    st.sampled_from([*FIELDS, "Total", "", " ", "Jan", "2024-01", "a:", "* x", "12 rows", "\0", "=1+1"]),
    st.text(st.characters(codec="utf-8"), max_size=3),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates() | st.datetimes() | st.times() | st.timedeltas(),
)
LAYOUTS = st.builds(
    Layout,
    header_rows=st.lists(st.integers(-1, 9), max_size=2).map(tuple),
    skip_footer=st.integers(0, 9),
    columns=st.lists(st.sampled_from(["a", "b", ""]), max_size=3).map(tuple),
)
ROWS = st.lists(st.lists(ANYTHING, max_size=5), max_size=9)
RAGGED = st.dictionaries(st.integers(0, 9), st.integers(0, 9), max_size=3)
FAULTS = st.dictionaries(st.tuples(st.integers(0, 9), st.integers(0, 4)), st.just("the error #N/A"), max_size=2)


@given(ROWS, LAYOUTS | st.just(Layout()), RAGGED, FAULTS)
def test_whatever_a_sheet_holds_it_is_a_table_or_an_error_for_people(
    rows: list[list[Any]], layout: Layout, ragged: dict[int, int], faults: dict[tuple[int, int], str]
) -> None:
    with contextlib.suppress(InputError):
        table = locate(sheet(rows, ragged=ragged, faults=faults), layout, known())
        if table is not None:
            assert len(set(table.cells.columns)) == len(table.positions) == table.cells.shape[1]
            assert {*table.malformed, *(row for row, _ in table.faults)} <= {*table.cells.index}
            assert {header for _, header in table.faults} <= {*table.cells.columns}
