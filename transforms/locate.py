"""Locate the table in a grid: its header, its rows and what stands around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from schemas.errors import InputError
from schemas.tables import Grid, Layout, SourceTable
from transforms.crosstab import refuse_crosstab
from transforms.filled import Row, blank_rows, filled_rows, is_empty, measure, rows_at, to_rows, typed
from transforms.footers import Footers, find_footers, footer_notice
from transforms.headers import cut, find_header, header_texts, joined, letter, rows_text, title_notice, unique_names
from transforms.repeats import find_repeats, second_header

HEAD = 100  # filled rows that are looked at one by one


@dataclass(frozen=True)
class _Found:
    """A table in its grid: `names` by place, the number of fields of a row, and the rows that are no data."""

    body: pd.DataFrame
    names: Sequence[str]
    width: int
    above: int = 0  # rows of the grid down to the header
    footers: Footers = field(default_factory=Footers)
    notices: Sequence[str] = ()
    has_header: bool = True


def locate(grid: Grid, layout: Layout, is_known: Callable[[str], bool]) -> SourceTable | None:
    """Find the one table of a grid, or None if it has none: no cell, hidden, or not among the sheets to read.

    `is_known` says of a header whether it is a field or named by the profile. What is left out (titles, repeated
    headers, footers) is told in the notices. Raises InputError for a layout that does not fit, a second table, a
    header of another width than the rows of a text file, and a cross-tab.
    """
    wanted = {name.strip().casefold() for name in layout.sheets}
    if grid.is_hidden or (wanted and grid.sheet and grid.sheet.strip().casefold() not in wanted):
        return None
    grid = replace(grid, cells=_with_faults(grid))
    if grid.headers is not None:
        return _as_table(grid, _apart(grid, grid.headers, layout.skip_footer))
    head = filled_rows(grid.cells, HEAD)
    if not head:
        return None
    if layout.columns:
        return _as_table(grid, _without_header(grid, layout))
    return _as_table(grid, _with_header(grid, layout, head, is_known))


def _with_faults(grid: Grid) -> pd.DataFrame:
    """The cells of a grid, with the rows and columns in which nothing but a fault stands."""
    cells = grid.cells
    rows = pd.Index([row for row, _ in grid.faults], dtype="int64").unique().difference(cells.index)
    columns = pd.Index([position for _, position in grid.faults], dtype="int64").unique().difference(cells.columns)
    if len(rows) or len(columns):
        return cells.reindex(index=cells.index.append(rows).sort_values(), columns=[*cells.columns, *columns])
    return cells


def _apart(grid: Grid, headers: Sequence[str], skip: int) -> _Found:
    """The table of a file that keeps its headers apart; only footers that are asked for are cut off."""
    names = [" ".join(header.split()) for header in headers]
    footers = find_footers(grid.cells, measure(grid.cells), range(len(names)), skip) if skip else Footers()
    return _Found(grid.cells, names, len(names), footers=footers)


def _without_header(grid: Grid, layout: Layout) -> _Found:
    if layout.header_rows:
        raise InputError(
            f"{grid.place}: `columns` is for a table without a header, but `header_row` is set.", "Remove one of them."
        )
    cells, given = grid.cells, len(layout.columns)
    filled = [at for at in range(cells.shape[1]) if not is_empty(cells.iloc[:, at])]
    spans = [range(filled[0], filled[-1] + 1), range(filled[-1] + 1), range(cells.shape[1])]
    span = next((span for span in spans if len(span) == given), None)
    if span is None:
        raise InputError(
            f"{grid.place}: `columns` has {given} names, but the rows have {len(spans[0])} cells.",
            "Name every column of the file, in its order.",
        )
    names = [""] * cells.shape[1]
    names[span.start : span.stop] = layout.columns
    footers = find_footers(cells, measure(cells), span, layout.skip_footer)
    return _Found(cells, names, given, footers=footers, has_header=False)


def _with_header(grid: Grid, layout: Layout, head: Sequence[Row], is_known: Callable[[str], bool]) -> _Found:
    header = _given_rows(grid, layout) or find_header(head, is_known)
    _refuse_faults(grid, header)
    rows = to_rows(rows_at(grid.cells, grid.cells.index.searchsorted(header)))
    names = joined([header_texts(cells) for cells in rows])
    above = int(grid.cells.index.searchsorted(header[-1], side="right"))
    body = grid.cells.iloc[above:]
    # If nothing is known of the header it may be a row of data, whose likes are not to be lost.
    repeats = find_repeats(body, rows) if layout.header_rows or any(map(is_known, names)) else []
    body = body.drop(index=repeats) if repeats else body
    fill = measure(body)
    footers = find_footers(body, fill, [at for at, name in enumerate(names) if name], layout.skip_footer)
    body = _without(body, footers)
    titles = [] if layout.header_rows else [row for row in head if row[0] < header[0]]
    other = second_header(titles, body, fill, is_known)
    if other is not None:
        raise _two_headers(grid.place, header[-1], other)
    below = [cells for _, cells in filled_rows(body, HEAD)]
    for cells in rows:
        refuse_crosstab(grid.place, cells, below)
    width = _header_width(grid, header, names, body)
    notices = [] if layout.header_rows else [*title_notice(grid.place, header, titles)]
    if repeats:
        are = "repeats the header and is" if len(repeats) == 1 else "repeat the header and are"
        notices.append(f"{grid.place}: {rows_text(repeats)} {are} left out")
    return _Found(body, names, width, above, footers, notices)


def _given_rows(grid: Grid, layout: Layout) -> tuple[int, ...]:
    for row in layout.header_rows:
        if row not in grid.cells.index or blank_rows(grid.cells.loc[[row]]).all():
            where = "`header_row` or `sheet`" if grid.sheet else "`header_row`"
            raise InputError(
                f"{grid.place}: row {row} is empty and cannot be the header.", f"Correct {where} in the profile."
            )
    return tuple(sorted(set(layout.header_rows)))


def _refuse_faults(grid: Grid, header: Sequence[int]) -> None:
    for (row, position), fault in grid.faults.items():
        if row in header:
            raise InputError(
                f"{grid.place}: cell {letter(position)}{row} holds {fault}, where a header is expected.",
                "Mend the cell, or hide the sheet if it is no table.",
            )


def _header_width(grid: Grid, header: Sequence[int], names: Sequence[str], body: pd.DataFrame) -> int:
    """The number of fields that a row of a text file must have: that of its header.

    Raises InputError if the rows have others, so that it is unknown which header belongs to which field.
    """
    width = grid.cells.shape[1]
    fields = [grid.ragged.get(row, width) for row in header]
    if width in fields:
        return width
    named = max((at for at, name in enumerate(names, 1) if name), default=0)
    even = body[~body.index.isin(list(grid.ragged))]
    if max(fields) > width or not all(is_empty(even.iloc[:, at]) for at in range(named, width)):
        raise InputError(
            f"{grid.place}: the header in {rows_text(header)} has {max(fields)} fields, but most rows have {width}.",
            "Give every column a header; it is not known which of them has none.",
        )
    return max(fields)


def _two_headers(place: str, header: int, other: Row) -> InputError:
    upper, lower = sorted((header, other[0]))
    texts = cut(", ".join(filter(None, header_texts(other[1]))))
    return InputError(
        f"{place}: row {upper} and row {lower} could both be the header (row {other[0]}: {texts}).",
        "Put each table into a sheet or file of its own, or set `header_row` and `skip_footer` in a profile.",
    )


def _without(body: pd.DataFrame, footers: Footers) -> pd.DataFrame:
    return body.iloc[: int(body.index.searchsorted(footers.rows[0]))] if footers.rows else body


def _as_table(grid: Grid, found: _Found) -> SourceTable:
    """Give the columns their names, and leave out empty rows, and empty columns without a header."""
    body = typed(_without(found.body, found.footers))
    malformed = _malformed(grid, found)
    wrong = {*malformed, *(row for row, _ in grid.faults)}
    keep = ~blank_rows(body) | (body.index.isin(list(wrong)) if wrong else False)
    body = body if keep.all() else body[keep]
    labels = [int(position) for position in body.columns]
    faulty = {position for row, position in grid.faults if row in body.index}
    kept = [
        at
        for at, position in enumerate(labels)
        if found.names[at] or position in faulty or not is_empty(body.iloc[:, at])
    ]
    positions = tuple(labels[at] for at in kept)
    names, name_notices = unique_names([found.names[at] for at in kept], positions, grid.place)
    cells = (body if len(kept) == len(labels) else body.iloc[:, kept]).set_axis(pd.Index(names, dtype=object), axis=1)
    cells.index = cells.index.set_names("source_row")
    at_position = dict(zip(positions, names, strict=True))
    return SourceTable(
        grid.file,
        grid.sheet,
        cells,
        malformed={row: malformed[row] for row in cells.index.intersection(list(malformed))},
        faults={
            (row, at_position[position]): fault for (row, position), fault in grid.faults.items() if row in cells.index
        },
        positions=positions,
        above=grid.cells.iloc[: found.above],
        below=rows_at(grid.cells, grid.cells.index.searchsorted(found.footers.rows)),
        epoch=grid.epoch,
        has_header=found.has_header,
        notices=(*grid.notices, *found.notices, *name_notices, *footer_notice(grid.place, found.footers)),
    )


def _malformed(grid: Grid, found: _Found) -> dict[int, str]:
    """What is wrong with the shape of rows; those without a filled cell only count if cells of theirs are cut off."""
    if not grid.ragged:
        return dict(found.footers.subtotals)
    malformed = {
        row: f"the row has {fields} fields, the header has {found.width}"
        for row, fields in grid.ragged.items()
        if fields != found.width
    }
    short = found.body.loc[found.body.index.isin([row for row in malformed if grid.ragged[row] <= found.width])]
    for row in short.index[blank_rows(short)]:
        del malformed[row]
    return malformed | dict(found.footers.subtotals)
