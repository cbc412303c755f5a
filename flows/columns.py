"""Columns: show how a file is understood, and write a profile to change that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from adapters.inputs import find_inputs
from adapters.profiles import write_text
from flows.intake import Notices, Opened, fixed_of, normalization_of, open_tables, profile_of, read_lookups, timezone_of
from flows.settings import Options
from flows.tables import mapped, perhaps, request, says, title, unused, values
from schemas.errors import InputError
from schemas.fields import Entity
from schemas.mapping import ColumnMap
from schemas.profile import Profile
from schemas.suggestion import Suggestion
from transforms.choices import check_choices
from transforms.columns import match, missing, understand
from transforms.decide import draft
from transforms.explain import explain, remarks
from transforms.headers import base_name
from transforms.intake import Understood, take_in
from transforms.lookups import Translation
from transforms.normalize import normalize
from transforms.preview import first_values, preview
from transforms.profiles import profile_text
from transforms.suggest import suggest


@dataclass(frozen=True)
class Seen:
    """A table as it is understood, which may be not at all: then both entities are without a column."""

    opened: Opened
    mapping: ColumnMap
    fixed: Mapping[str, object]
    fault: str | None  # why it cannot be read as it is
    suggestions: list[Suggestion]

    @property
    def lacks(self) -> list[str]:
        """The required fields that nothing gives."""
        return [name for entity in self.mapping.fields for name in missing(entity, self.mapping, self.fixed)]


def show_columns(file: str, options: Options, write: Path | None) -> None:
    """Print how every table of a file is understood, and `write` it as a profile; raises InputError, ProfileError."""
    profile = profile_of(options)
    console = Console(highlight=False, markup=False, emoji=False)
    every: list[Seen] = []
    for one in find_inputs([file]):
        tell = Notices()
        here = []
        for opened in open_tables(one, profile, tell):
            here.append(_look(opened, options))
            _show(here[-1], console)
        if not here:
            raise InputError(f"{one.name} has no table.", "Name its sheet or its header row in a profile.")
        said = {notice for seen in here for notice in seen.opened.table.notices}
        console.print(says(notice for notice in tell.told if notice not in said))
        _show_orders(here, profile, options, console)
        every += here
    if write is not None:
        _write(every, profile, console, write)


def _look(opened: Opened, options: Options) -> Seen:
    fixed = fixed_of(options, opened.profile)
    place, headers = opened.table.place, opened.headers
    try:
        mapping = match(place, headers, opened.profile, fixed)
        if mapping is None:
            fault: str | None = "Its columns are neither those of orders nor those of line items."
            mapping = match(place, headers, opened.profile, fixed, frozenset(Entity))
        else:
            fault = None
            if not any(missing(entity, mapping, fixed) for entity in mapping.fields):
                understand(place, headers, opened.profile, fixed)
    except InputError as error:
        mapping, fault = None, str(error).removeprefix(f"{place}: ")
    mapping = mapping or ColumnMap(place, {entity: {} for entity in Entity}, tuple(headers), ())
    ignored = opened.profile.ignore
    free = replace(mapping, unused=tuple(one for one in mapping.unused if not {one, base_name(one)} & {*ignored}))
    return Seen(opened, mapping, fixed, fault, suggest(opened.spread, free, fixed, opened.profile.null_words))


def _show(seen: Seen, console: Console) -> None:
    """Print the table found, the mapping and the suggestions."""
    opened, mapping = seen.opened, seen.mapping
    console.print(title(opened.table, mapping if seen.fault is None else None))
    console.print(says([*remarks(opened.table), *filter(None, [seen.fault])]))
    for entity in mapping.fields:
        explained = explain(mapping, opened.profile, seen.fixed, opened.recognized)
        console.print(mapped(entity, [one for one in explained if one.field.entity is entity]))
    if seen.suggestions:
        console.print(perhaps(seen.suggestions))
    suggested = {one.header for one in seen.suggestions}
    console.print(unused([header for header in mapping.unused if header not in suggested], mapping.absent))


def _show_orders(seen: list[Seen], profile: Profile | None, options: Options, console: Console) -> None:
    """Print the first orders as they would be sent, or the first rows where there are no orders to send yet."""
    read = [one for one in seen if one.fault is None]
    lookups: dict[str | None, Mapping[str, Translation]] = {}
    ready = []
    for one in read:
        name = one.opened.recognized
        if name not in lookups:
            lookups[name] = read_lookups(one.opened.profile)
        how = normalization_of(options, one.opened.profile, lookups[name])
        ready.append(Understood(one.opened.spread, one.mapping, how))
    whole = {entity for one in read if not one.lacks for entity in one.mapping.fields} == set(Entity)
    if whole and not any(one.lacks for one in read):
        if not (profile and profile.sheet):
            check_choices([(one.table, one.mapping) for one in ready])
        drafted = draft(take_in(ready), options.max_batch_bytes)
        maps = {(one.table.file, one.table.sheet): one.mapping for one in ready}
        zone = timezone_of(options, profile or Profile())
        console.print(request(preview(drafted, maps, zone, console.width)))
        return
    for understood in ready:
        for entity, normalized in normalize(understood.table, understood.mapping, understood.how).items():
            console.print(values(understood.table, entity, first_values(normalized.rows, entity)))


def _write(seen: Iterable[Seen], profile: Profile | None, console: Console, write: Path) -> None:
    every = list(seen)
    known = profile or next((one.opened.profile for one in every if one.opened.recognized), None)
    suggestions = [suggestion for one in every for suggestion in one.suggestions]
    write_text(write, profile_text([one.mapping for one in every], every[0].fixed, known, suggestions))
    console.print(f"Wrote {write}: edit it, then use it with --profile {write}", soft_wrap=True)
