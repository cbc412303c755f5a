"""Opening: the tables of an input file as they stand there, each with the profile that it is read with."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from adapters.inputs import can_stream, read_grids, stream_grids
from adapters.profiles import built_in
from schemas.errors import InputError, NoTable
from schemas.profile import Profile
from schemas.rejects import PROBLEM_COLUMN
from schemas.tables import Grid, InputFile, Layout, ReadOptions, SourceTable
from transforms.columns import known_headers, spell
from transforms.locate import locate
from transforms.naming import means_something
from transforms.recognize import recognize
from transforms.shapes import spread_lines

HEAD, MANY = 1_000, 500_000  # rows by which the columns of a large file are understood
# All rows of a large file, so many at a time, with the columns that are named alone.
More = Callable[[Sequence[str], int], Iterator[SourceTable]]


@dataclass(frozen=True)
class Opened:
    """A table as it stands in its file, and the profile that it is read with, if it was recognized by its name."""

    table: SourceTable
    profile: Profile
    recognized: str | None = None
    more: More | None = None  # of a large file, of which `table` has only the first rows

    @cached_property
    def spread(self) -> SourceTable:
        """The table with a row for each line item."""
        cell = self.profile.lines_in_cell
        return spread_lines(self.table, cell) if cell else self.table

    @property
    def headers(self) -> list[str]:
        """The headers that may stand for a field."""
        return [header for header in map(str, self.spread.cells.columns) if header != PROBLEM_COLUMN]


@dataclass
class Notices:
    """What should be known of the input, each once."""

    told: dict[str, None] = field(default_factory=dict)
    sheets: dict[str, None] = field(default_factory=dict)  # the names of all that were seen

    def tell(self, *notices: str) -> None:
        """Add some."""
        self.told |= dict.fromkeys(notices)


def open_tables(file: InputFile, profile: Profile | None, tell: Notices, *, in_parts: bool = False) -> Iterator[Opened]:
    """Yield every table of a file as it stands there, with its profile: the given one, or a built-in that fits it.

    With `in_parts`, a file that can be read part by part gives a table of its first rows, and a way to get all.
    Raises InputError for what cannot be read, and for an export that has no line items.
    """
    if in_parts and can_stream(file):
        rows = MANY if profile and profile.lines_in_cell else HEAD  # their parts are columns as well
        [opened] = _opened(file, [next(stream_grids(file, rows))], profile, tell)
        if opened.profile.skip_footer:
            message = f"{file.name} is too large to leave out its last rows."
            raise InputError(message, "Remove them, and `skip_footer` from the profile.")
        yield replace(opened, more=partial(_more, file, opened.table))
        return
    yield from _opened(file, read_grids(file, (profile or Profile()).read_options), profile, tell)


def _more(file: InputFile, head: SourceTable, columns: Sequence[str], most_rows: int) -> Iterator[SourceTable]:
    places = dict(zip(head.cells.columns, head.positions, strict=True))
    for grid in stream_grids(file, most_rows, {places[name]: name for name in columns}):
        table = locate(grid, Layout(), lambda _: True)
        if table is not None:
            yield table


def _opened(file: InputFile, grids: Iterable[Grid], profile: Profile | None, tell: Notices) -> Iterator[Opened]:
    given = profile or Profile()
    known = known_headers([given] if profile else built_in().values())
    no_tables: list[NoTable] = []
    has_tables = False
    for grid in grids:
        tell.tell(*grid.notices)
        tell.sheets |= {grid.sheet: None} if grid.sheet else {}
        if grid.is_hidden:
            tell.tell(f"{grid.place} is hidden and was not read.")
            continue
        try:
            table = locate(grid, given.layout, lambda header: spell(header) in known or means_something(header))
        except NoTable as reason:
            no_tables.append(reason)
            continue
        if table is None:
            continue
        has_tables = True
        tell.tell(*table.notices)
        if profile is not None:
            yield Opened(table, profile)
            continue
        fits = recognize([str(header) for header in table.cells.columns], built_in())
        if len(fits) > 1:
            tell.tell(f"{table.place} may be an export of {' or '.join(fits)}: choose one with --profile.")
        yield _recognized(file, grid, table, fits[0], tell) if len(fits) == 1 else Opened(table, given)
    if no_tables and not has_tables:
        raise no_tables[0]
    tell.tell(*map(str, no_tables))  # beside tables, a sheet that is none does no harm


def _recognized(file: InputFile, grid: Grid, table: SourceTable, name: str, tell: Notices) -> Opened:
    """The table as the built-in profile that fits it reads it."""
    profile = built_in()[name]
    if profile.refuse:
        raise InputError(f"{table.place} looks like an export of {name}. {' '.join(profile.refuse.split())}")
    tell.tell(f"{table.place} was recognized and read with the profile {name}; `--profile FILE` replaces it.")
    told_otherwise = profile.read_options != ReadOptions() and not grid.sheet
    if told_otherwise:
        [grid] = read_grids(file, profile.read_options)
    elif profile.layout == Layout():
        return Opened(table, profile, name)
    known = known_headers([profile])
    again = locate(grid, profile.layout, lambda header: spell(header) in known)
    return Opened(table if again is None else again, profile, name)
