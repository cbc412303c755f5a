"""What a person sees of a table of a file: how its columns are understood, what is missing, and what would be sent."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from schemas.fields import Entity
from schemas.mapping import ColumnMap
from schemas.suggestion import Suggestion
from schemas.tables import SourceTable
from transforms.explain import Explained
from transforms.preview import Preview, printable

FIELD, COLUMN = 29, 22  # characters, of 80
CELL = 15
MANY = 15  # headers that are listed
WHAT = {Entity.ORDER: "order", Entity.LINE_ITEM: "line item"}


def title(table: SourceTable, mapping: ColumnMap | None) -> RenderableType:
    """The table's place, how many rows it has and of what."""
    what = f" of {' and '.join(f'{WHAT[entity]}s' for entity in mapping.fields)}" if mapping else ""
    return Text.assemble((printable(table.place), "bold"), f": {len(table.cells):,} rows{what}")


def says(sentences: Iterable[str]) -> RenderableType:
    """Each sentence as a paragraph."""
    return Group(*(Padding(Text(printable(one)), (0, 0, 0, 2)) for one in sentences))


def mapped(entity: Entity, explained: Sequence[Explained]) -> RenderableType:
    """The fields of one entity, with their columns and how that is known."""
    table = _table(f"{WHAT[entity]} field", "column of the file", "how")
    for one in explained:
        how = Text("MISSING", "bold") if one.is_missing else _cell(one.how)
        table.add_row(_cell(one.field.name), _cell(one.source), how)
    return _below(table)


def perhaps(suggestions: Sequence[Suggestion]) -> RenderableType:
    """What is suggested and not applied."""
    parts: list[RenderableType] = [Padding(Text("Suggested, and not applied:"), (1, 0, 0, 2))]
    for entity in Entity:
        mine = [one for one in suggestions if one.entity is entity]
        table = _table(f"{WHAT[entity]} field", "column of the file", "why")
        for one in mine:
            table.add_row(_cell(one.field), _cell(one.header), _cell(f"{one.likelihood}: {one.reason}"))
        parts += [_below(table)] if mine else []
    return Group(*parts)


def unused(headers: Sequence[str], absent: Sequence[str]) -> RenderableType:
    """The headers that nothing is known of, and those that the profile names in vain."""
    said = []
    if headers:
        said.append(f"Not sent: {_listed(headers)}.")
    if absent:
        said.append(f"The profile names columns that are not there: {_listed(absent)}.")
    return Group(_below(says(said)) if said else Text(), Text())


def values(table: SourceTable, entity: Entity, shown: Sequence[tuple[str, Sequence[str]]]) -> RenderableType:
    """The first rows as they are read, a field in each line."""
    count = max((len(texts) for _, texts in shown), default=0)
    if not count:
        return Text()
    numbers = [f"row {number}" for number in table.cells.index[:count]]
    lines = _table(f"{WHAT[entity]} field", *numbers, width=CELL)
    for name, texts in shown:
        lines.add_row(_cell(name), *map(_cell, texts))
    return Group(Text(f"The first rows of {printable(table.place)} as they are read:"), _below(lines), Text())


def request(made: Preview) -> RenderableType:
    """The first orders as they would be sent, and what is wrong with others."""
    parts: list[RenderableType] = []
    if made.body:
        parts = [
            Text(f"As it would be sent, {made.shown} of {made.orders:,} orders:"),
            Padding(Text("\n".join(made.body), no_wrap=True, overflow="ellipsis"), (1, 0, 1, 2)),
        ]
    if made.problems:
        first = len(made.first_problems)
        which = "" if made.problems == first else f" The first {first} of {made.problems:,}; `orderlift plan` has all."
        parts += [Text(f"Problems, whose orders would not be sent:{which}"), says(made.first_problems)]
    return Group(*parts)


def _below(what: RenderableType) -> RenderableType:
    return Padding(what, (1, 0, 0, 2))


def _table(first: str, second: str, *others: str, width: int | None = None) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    table.add_column(first, width=FIELD, no_wrap=True, overflow="ellipsis")
    table.add_column(second, width=width or COLUMN, no_wrap=True, overflow="ellipsis")
    for other in others:
        table.add_column(other, width=width, no_wrap=width is not None, overflow="ellipsis" if width else "fold")
    return table


def _cell(words: str) -> Text:
    return Text(printable(words))


def _listed(headers: Sequence[str]) -> str:
    shown = [one if len(one) <= 40 else f"{one[:39]}…" for one in headers[:MANY]]
    more = f" and {len(headers) - MANY:,} more" if len(headers) > MANY else ""
    return ", ".join(shown) + more
