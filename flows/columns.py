"""Columns: show how a file is understood, and write a profile to change that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console, Group

from adapters.inputs import find_inputs
from adapters.profiles import write_text
from flows.intake import fixed_of, normalization_of, profile_of, timezone_of
from flows.lookups import read_lookups
from flows.opening import Notices, Opened, open_tables
from flows.settings import Options
from flows.tables import mapped, perhaps, request, says, title, unused, values
from schemas.errors import InputError, Mend
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

GIVEN = (
    "company_id may also be given with --company-id N; other values that all rows share, under [fixed] in a profile."
)


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
            if every or len(here) > 1:
                console.print()
            _show(here[-1], tell.told, console)
        if not here:
            raise InputError(f"{one.name} has no table.", "Name its sheet or its header row in a profile.")
        places = tuple(seen.opened.table.place for seen in here)
        others = [notice for notice in tell.told if not notice.startswith(places)]
        if others:
            console.print(Group("", says(others)))
        if not options.redact:
            _show_orders(here, profile or Profile(), options, console)
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
        said = str(error).removeprefix(f"{place}: ")
        mapping, fault = None, said[:1].upper() + said[1:]
    mapping = mapping or ColumnMap(place, {entity: {} for entity in Entity}, tuple(headers), ())
    ignored = opened.profile.ignore
    free = replace(mapping, unused=tuple(one for one in mapping.unused if not {one, base_name(one)} & {*ignored}))
    return Seen(opened, mapping, fixed, fault, suggest(opened.spread, free, fixed, opened.profile.null_words))


def _show(seen: Seen, told: Iterable[str], console: Console) -> None:
    """Print the table found, the mapping and the suggestions."""
    opened, mapping = seen.opened, seen.mapping
    console.print(title(opened.table, mapping if seen.fault is None else None))
    console.print(says([*remarks(opened.table, told), *filter(None, [seen.fault])]))
    for entity in mapping.fields:
        explained = explain(mapping, opened.profile, seen.fixed, opened.recognized)
        console.print(mapped(entity, [one for one in explained if one.field.entity is entity]))
    if seen.suggestions:
        console.print(perhaps(seen.suggestions))
    suggested = {one.header for one in seen.suggestions}
    absent = () if opened.recognized else mapping.absent  # a shop's export may have more or fewer columns
    console.print(unused([header for header in mapping.unused if header not in suggested], absent))
    if "company_id" in seen.lacks:
        console.print(says([GIVEN]))


def _show_orders(seen: Sequence[Seen], profile: Profile, options: Options, console: Console) -> None:
    """Print the first orders as they would be sent, or the first rows where there are no orders to send yet."""
    read = [one for one in seen if one.fault is None]
    try:
        ready = _ready(read, options)
        if any(one.lacks for one in read) or {entity for one in read for entity in one.mapping.fields} != set(Entity):
            for one in ready:
                rows = normalize(one.table, one.mapping, one.how)
                shown = {entity: first_values(normalized.rows, entity) for entity, normalized in rows.items()}
                console.print(values(one.table, shown))
            return
        if not profile.sheet:
            check_choices([(one.table, one.mapping) for one in ready])
        taken = take_in(ready)
        maps = {(one.table.file, one.table.sheet): one.mapping for one in ready}
        made = preview(draft(taken, options.max_batch_bytes), maps, timezone_of(options, profile), console.width - 2)
        console.print(request(made, taken.told))
    except Mend as error:  # a profile to mend it may be written all the same
        console.print(Group("", says([str(error)])))


def _ready(seen: Iterable[Seen], options: Options) -> list[Understood]:
    lookups: dict[str | None, Mapping[str, Translation]] = {}
    ready = []
    for one in seen:
        name, profile = one.opened.recognized, one.opened.profile
        if name not in lookups:
            lookups[name] = read_lookups(profile)
        ready.append(Understood(one.opened.spread, one.mapping, normalization_of(options, profile, lookups[name])))
    return ready


def _write(seen: Sequence[Seen], profile: Profile | None, console: Console, write: Path) -> None:
    known = profile or next((one.opened.profile for one in seen if one.opened.recognized), None)
    suggestions = [suggestion for one in seen for suggestion in one.suggestions]
    write_text(write, profile_text([one.mapping for one in seen], seen[0].fixed, known, suggestions))
    console.print(f"Wrote {write}: edit it, then use it with --profile {write}", soft_wrap=True)
