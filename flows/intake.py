"""Read: the input files as tables whose columns are understood."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.inputs import find_inputs, read_tables
from adapters.profiles import read_profile
from flows.settings import Options
from schemas.errors import InputError
from schemas.fields import Entity
from schemas.mapping import ColumnMap
from schemas.profile import Profile
from schemas.rejects import PROBLEM_COLUMN
from schemas.tables import InputFile, ReadOptions, SourceTable
from transforms.columns import check_profile, closest, understand
from transforms.normalize import Normalization
from transforms.values import Reading


@dataclass(frozen=True)
class Source:
    """The files of a run, their tables with a role, and what should be known of the others."""

    files: list[InputFile]
    tables: list[tuple[SourceTable, ColumnMap]]
    notices: list[str]


def profile_of(options: Options) -> Profile:
    """The profile that the options name, or an empty one; raises ProfileError."""
    profile = read_profile(options.profile) if options.profile else Profile()
    check_profile(profile)
    return profile


def read_options(profile: Profile) -> ReadOptions:
    """How text files are read."""
    return ReadOptions(encoding=profile.encoding, delimiter=profile.delimiter)


def timezone_of(options: Options, profile: Profile) -> str:
    """The time zone of dates that carry none."""
    return options.timezone or profile.timezone or "UTC"


def fixed_of(options: Options, profile: Profile) -> dict[str, object]:
    """The fields that are the same for every row."""
    return dict(profile.fixed) | ({"company_id": options.company_id} if options.company_id else {})


def normalization_of(options: Options, profile: Profile) -> Normalization:
    """How cells are read."""
    reading = Reading(
        timezone=timezone_of(options, profile),
        date_format=options.date_format or profile.date_format,
        status_words=profile.status_words,
    )
    return Normalization(reading=reading, null_words=profile.null_words, fixed=fixed_of(options, profile))


def open_source(inputs: Sequence[str], options: Options, profile: Profile) -> Source:
    """Read every table of every input; raises InputError unless there are orders and line items among them."""
    given = {Entity.ORDER: options.orders, Entity.LINE_ITEM: options.line_items}
    files = find_inputs([*inputs, *dict.fromkeys(name for name in given.values() if name and name not in inputs)])
    roles: dict[str, frozenset[Entity]] = {}
    for entity, name in given.items():
        for file in find_inputs([name]) if name else ():
            roles[file.sha256] = roles.get(file.sha256, frozenset()) | {entity}
    fixed = fixed_of(options, profile)
    tables: list[tuple[SourceTable, ColumnMap]] = []
    notices: list[str] = []
    for file in files:
        unknown = []
        before = len(tables)
        for table in read_tables(file, read_options(profile)):
            headers = [header for header in map(str, table.cells.columns) if header != PROBLEM_COLUMN]
            mapping = understand(table.place, headers, profile, fixed, roles.get(file.sha256))
            if mapping is None:
                unknown.append(table)
                continue
            tables.append((table, mapping))
            notices += _notices(table, mapping)
        if len(tables) == before:
            raise _without_role(file, unknown)
        notices += [f"{table.place} was not read: its columns are neither orders nor line items." for table in unknown]
    if not any(len(table.cells) for table, _ in tables):
        names = ", ".join(file.name for file in files)
        raise InputError(f"There are no rows below the headers of {names}.", "Export it again, or leave it out.")
    carried = {entity for _, mapping in tables for entity in mapping.fields}
    for entity in Entity:
        if entity not in carried:
            raise InputError(
                f"There are no {entity.value.replace('_', ' ')}s in {', '.join(file.name for file in files)}.",
                f"Give the file that has them, or name it with --{entity.value.replace('_', '-')}s.",
            )
    return Source(files, tables, notices)


def _notices(table: SourceTable, mapping: ColumnMap) -> list[str]:
    notices = []
    if table.cells.empty:
        notices.append(f"{mapping.place} has no rows below its header.")
    if mapping.unused:
        notices.append(f"{mapping.place}: not sent, since they are no fields of an order: {', '.join(mapping.unused)}.")
    if mapping.absent:
        notices.append(f"{mapping.place}: the profile names columns that are not there: {', '.join(mapping.absent)}.")
    return notices


def _without_role(file: InputFile, tables: list[SourceTable]) -> InputError:
    headers = [str(header) for table in tables for header in table.cells.columns]
    near = {
        name: closest(name, headers) for name in ("order_number", "customer_id", "item_id", "quantity", "unit_amount")
    }
    hints = "; ".join(f"{name}: {', '.join(found)}" for name, found in near.items() if found)
    return InputError(
        f"{file.name}: the columns are neither those of orders nor of line items. Found: {', '.join(headers)}."
        + (f" Closest: {hints}." if hints else ""),
        f"`orderlift columns {file.name} --write PROFILE.toml` makes a profile to edit.",
    )
