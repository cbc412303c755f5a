"""Read: the input files as tables whose columns are understood."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from adapters.inputs import find_inputs, read_grids
from adapters.profiles import built_in, read_profile
from flows.settings import Options
from schemas.errors import InputError, NoTable, ProfileError
from schemas.fields import Entity
from schemas.mapping import ColumnMap
from schemas.profile import Lookup, Profile
from schemas.rejects import PROBLEM_COLUMN
from schemas.tables import Grid, InputFile, Layout, ReadOptions, SourceTable
from transforms.cells import to_text
from transforms.choices import check_choices
from transforms.columns import LINE_ITEM_MARKS, check_profile, known_headers, spell, understand
from transforms.intake import Understood
from transforms.locate import locate
from transforms.lookups import Translation, translation
from transforms.naming import means_something
from transforms.normalize import Normalization
from transforms.recognize import recognize
from transforms.shapes import spread_lines
from transforms.suggest import suggest_by_name, told
from transforms.values import Reading


@dataclass(frozen=True)
class Opened:
    """A table as it stands in its file, and the profile that it is read with, if it was recognized by its name."""

    table: SourceTable
    profile: Profile
    recognized: str | None = None

    @cached_property
    def spread(self) -> SourceTable:
        """The table with a row for each line item."""
        cell = self.profile.lines_in_cell
        return spread_lines(self.table, cell) if cell else self.table

    @property
    def headers(self) -> list[str]:
        """The headers that may stand for a field."""
        return [header for header in map(str, self.spread.cells.columns) if header != PROBLEM_COLUMN]


@dataclass(frozen=True)
class Source:
    """The files of a run, their tables with a role, and what should be known of the others."""

    files: list[InputFile]
    tables: list[Understood]
    originals: list[SourceTable]  # as they stand in the files
    notices: list[str]


@dataclass
class Notices:
    """What should be known of the input, each once."""

    told: dict[str, None] = field(default_factory=dict)
    sheets: dict[str, None] = field(default_factory=dict)  # the names of all that were seen

    def tell(self, *notices: str) -> None:
        """Add some."""
        self.told |= dict.fromkeys(notices)


def profile_of(options: Options) -> Profile | None:
    """The profile that the options name; raises ProfileError."""
    if options.profile is None:
        return None
    profile = read_profile(options.profile)
    check_profile(profile)
    return profile


def fixed_of(options: Options, profile: Profile) -> dict[str, object]:
    """The fields that are the same for every row."""
    return dict(profile.fixed) | ({"company_id": options.company_id} if options.company_id else {})


def timezone_of(options: Options, profile: Profile) -> str:
    """The time zone of dates that carry none."""
    return options.timezone or profile.timezone or "UTC"


def open_tables(file: InputFile, profile: Profile | None, tell: Notices) -> Iterator[Opened]:
    """Yield every table of a file as it stands there, with its profile: the given one, or a built-in that fits it.

    Raises InputError for what cannot be read, and for an export that has no line items.
    """
    given = profile or Profile()
    known = known_headers([given] if profile else built_in().values())
    no_tables: list[NoTable] = []
    has_tables = False
    for grid in read_grids(file, given.read_options):
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


def open_source(inputs: Sequence[str], options: Options, profile: Profile | None) -> Source:
    """Read every table of every input; raises InputError unless there are orders and line items among them."""
    given = {Entity.ORDER: options.orders, Entity.LINE_ITEM: options.line_items}
    files = find_inputs([*inputs, *dict.fromkeys(name for name in given.values() if name and name not in inputs)])
    roles: dict[str, frozenset[Entity]] = {}
    for entity, name in given.items():
        for file in find_inputs([name]) if name else ():
            roles[file.sha256] = roles.get(file.sha256, frozenset()) | {entity}
    tables: list[Understood] = []
    originals: list[SourceTable] = []
    tell = Notices()
    lookups: dict[str, Mapping[str, Translation]] = {}
    for file in files:
        unknown = []
        here = []
        for opened in open_tables(file, profile, tell):
            fixed = fixed_of(options, opened.profile)
            mapping = understand(opened.table.place, opened.headers, opened.profile, fixed, roles.get(file.sha256))
            if mapping is None:
                unknown.append(opened.table)
                continue
            key = opened.recognized or ""
            if key not in lookups:
                lookups[key] = read_lookups(opened.profile)
            how = normalization_of(options, opened.profile, lookups[key])
            here.append(Understood(opened.spread, mapping, how))
            originals.append(opened.table)
            tell.tell(*_notices(opened, mapping))
        if not here:
            _check_sheets(profile, tell.sheets)
            raise _without_role(file, unknown)
        if profile is None or not profile.sheet:
            # What was rejected before is in sheets of many files.
            check_choices([(one.table, one.mapping) for one in here if PROBLEM_COLUMN not in one.table.cells])
        tables += here
        tell.tell(*(f"{table.place} was not read: its columns are neither orders nor line items." for table in unknown))
    _check_complete(files, tables)
    _check_sheets(profile, tell.sheets)
    return Source(files, tables, originals, list(tell.told))


def normalization_of(options: Options, profile: Profile, lookups: Mapping[str, Translation]) -> Normalization:
    """How cells are read."""
    reading = Reading(
        timezone=timezone_of(options, profile),
        date_format=options.date_format or profile.date_format,
        decimal=profile.decimal,
        status_words=profile.status_words,
    )
    return Normalization(
        reading,
        profile.null_words,
        fixed_of(options, profile),
        profile.only,
        profile.status_if_filled,
        lookups,
    )


def read_lookups(profile: Profile) -> dict[str, Translation]:
    """The tables by which a profile translates values, by the name of their field; raises InputError, ProfileError."""
    translations = {}
    for name, lookup in profile.lookup.items():
        tables = _lookup_tables(lookup)
        columns = [[_column(table, header) for header in (lookup.from_, lookup.to)] for table in tables]
        pairs = [pair for pair in columns if None not in pair]
        if len(pairs) != 1:
            have = "; ".join(", ".join(map(str, table.cells.columns)) for table in tables)
            raise ProfileError(
                f'The lookup for {name} needs one table in {lookup.file} with the columns "{lookup.from_}" and '
                f'"{lookup.to}"; it has: {have}.',
                "Correct `from` and `to` in the profile.",
            )
        keys, values = pairs[0]
        translations[name] = translation(lookup.file, keys, values, ignore_case=lookup.ignore_case)
    return translations


def _lookup_tables(lookup: Lookup) -> list[SourceTable]:
    named = {spell(lookup.from_), spell(lookup.to)}
    [file] = find_inputs([lookup.file])
    grids = (grid for grid in read_grids(file, ReadOptions()) if not grid.is_hidden)
    found = (locate(grid, Layout(), lambda header: spell(header) in named) for grid in grids)
    return [table for table in found if table is not None]


def _column(table: SourceTable, header: str) -> pa.ChunkedArray | None:
    """The text of a lookup's column."""
    match = [one for one in map(str, table.cells.columns) if one == header]
    match = match or [one for one in map(str, table.cells.columns) if spell(one) == spell(header)]
    return to_text(table.cells[match[0]]) if len(match) == 1 else None


def _check_sheets(profile: Profile | None, seen: Iterable[str]) -> None:
    """Refuse names of sheets that no workbook has."""
    names = {name.strip().casefold() for name in seen}
    missing = [name for name in (profile.sheet if profile and names else ()) if name.strip().casefold() not in names]
    if missing:
        raise ProfileError(
            f"There is no sheet {' or '.join(missing)}. The sheets are: {', '.join(seen)}.", "Correct `sheet`."
        )


def _check_complete(files: Iterable[InputFile], tables: Sequence[Understood]) -> None:
    names = ", ".join(file.name for file in files)
    if not any(len(one.table.cells) for one in tables):
        raise InputError(f"There are no rows below the headers of {names}.", "Export it again, or leave it out.")
    carried = {entity for one in tables for entity in one.mapping.fields}
    for entity in Entity:
        if entity not in carried:
            raise InputError(
                f"There are no {entity.value.replace('_', ' ')}s in {names}.",
                f"Give the file that has them, or name it with --{entity.value.replace('_', '-')}s.",
            )


def _notices(opened: Opened, mapping: ColumnMap) -> list[str]:
    notices = []
    if opened.table.cells.empty:
        notices.append(f"{mapping.place} has no rows below its header.")
    if mapping.unused:
        notices.append(f"{mapping.place}: not sent, since they are no fields of an order: {', '.join(mapping.unused)}.")
    if mapping.absent and opened.recognized is None:
        notices.append(f"{mapping.place}: the profile names columns that are not there: {', '.join(mapping.absent)}.")
    return notices


def _without_role(file: InputFile, tables: list[SourceTable]) -> InputError:
    headers = tuple(str(header) for table in tables for header in table.cells.columns)
    nothing = ColumnMap(file.name, {entity: {} for entity in Entity}, headers, ())
    suggestions = suggest_by_name(nothing, {})
    likely = {name: told(suggestions, name) for name in ("order_number", "customer_id", *LINE_ITEM_MARKS)}
    hints = "; ".join(f"{name}: {found}" for name, found in likely.items() if found)
    return InputError(
        f"{file.name}: the columns are neither those of orders nor of line items. Found: {', '.join(headers)}."
        + (f" Perhaps {hints}." if hints else ""),
        f"`orderlift columns {file.name} --write PROFILE.toml` makes a profile to edit.",
    )
