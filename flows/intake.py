"""Read: the input files as tables whose columns are understood."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from adapters.inputs import find_inputs
from adapters.profiles import read_profile
from flows.lookups import read_lookups
from flows.opening import Notices, Opened, open_tables
from flows.settings import Options
from schemas.errors import InputError, ProfileError
from schemas.fields import Entity
from schemas.mapping import ColumnMap
from schemas.profile import Profile
from schemas.rejects import PROBLEM_COLUMN
from schemas.tables import InputFile, SourceTable
from transforms.choices import check_choices
from transforms.columns import LINE_ITEM_MARKS, check_profile, understand
from transforms.intake import Understood
from transforms.lookups import Translation
from transforms.normalization import Normalization
from transforms.suggest import suggest_by_name, told
from transforms.values import Reading

# What becomes of a table that is too large for the memory: its rows are kept elsewhere.
Keep = Callable[[Opened, Understood], Understood]


@dataclass(frozen=True)
class Source:
    """The files of a run, their tables with a role, and what should be known of the others."""

    files: list[InputFile]
    tables: list[Understood]
    originals: list[SourceTable]  # as they stand in the files, where they are kept in memory
    notices: list[str]


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


def find_files(inputs: Sequence[str], options: Options) -> list[InputFile]:
    """The files of a run; raises InputError."""
    given = dict.fromkeys(name for name in (options.orders, options.line_items) if name and name not in inputs)
    return find_inputs([*inputs, *given])


def open_source(
    files: list[InputFile],
    options: Options,
    profile: Profile | None,
    keep: Keep | None = None,
) -> Source:
    """Read every table of every file; raises InputError unless there are orders and line items among them.

    With `keep`, of what can be read part by part only the first rows are read here.
    """
    given = {Entity.ORDER: options.orders, Entity.LINE_ITEM: options.line_items}
    roles: dict[str, frozenset[Entity]] = {}
    for entity, name in given.items():
        for file in find_inputs([name]) if name else ():
            roles[file.sha256] = roles.get(file.sha256, frozenset()) | {entity}
    tables: list[Understood] = []
    originals: list[SourceTable] = []
    has_rows = False
    tell = Notices()
    lookups: dict[str, Mapping[str, Translation]] = {}
    for file in files:
        unknown = []
        here: list[tuple[Opened, Understood]] = []
        for opened in open_tables(file, profile, tell, in_parts=keep is not None):
            has_rows = has_rows or not opened.table.cells.empty
            fixed = fixed_of(options, opened.profile)
            mapping = understand(opened.table.place, opened.headers, opened.profile, fixed, roles.get(file.sha256))
            if mapping is None:
                unknown.append(opened.table)
                continue
            key = opened.recognized or ""
            if key not in lookups:
                lookups[key] = read_lookups(opened.profile)
            how = normalization_of(options, opened.profile, lookups[key])
            tell.tell(*_notices(opened, mapping))
            here.append((opened, Understood(opened.spread, mapping, how)))
        if not here:
            _check_sheets(profile, tell.sheets)
            raise _without_role(file, unknown)
        if profile is None or not profile.sheet:
            # What was rejected before is in sheets of many files.
            check_choices([(one.table, one.mapping) for _, one in here if PROBLEM_COLUMN not in one.table.cells])
        originals += [opened.table for opened, _ in here if keep is None]
        tables += [one if keep is None else keep(opened, one) for opened, one in here]
        tell.tell(*(f"{table.place} was not read: its columns are neither orders nor line items." for table in unknown))
    _check_complete(files, tables, has_rows=has_rows)
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


def _check_sheets(profile: Profile | None, seen: Iterable[str]) -> None:
    """Refuse names of sheets that no workbook has."""
    names = {name.strip().casefold() for name in seen}
    missing = [name for name in (profile.sheet if profile and names else ()) if name.strip().casefold() not in names]
    if missing:
        raise ProfileError(
            f"There is no sheet {' or '.join(missing)}. The sheets are: {', '.join(seen)}.", "Correct `sheet`."
        )


def _check_complete(files: Iterable[InputFile], tables: Sequence[Understood], *, has_rows: bool) -> None:
    names = ", ".join(file.name for file in files)
    if not has_rows:
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
