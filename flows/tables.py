"""What a person sees of a table of a file: how its columns are understood, what is missing, and what would be sent."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from schemas.fields import Entity
from schemas.mapping import ColumnMap
from schemas.suggestion import Suggestion
from schemas.tables import SourceTable
from transforms.explain import Explained
from transforms.preview import Preview
from transforms.shown import printable

FIELD, COLUMN, BESIDE = 28, 30, 20  # characters, of 80; a column's header beside a sentence has less room
CELL = 24  # a moment in full
MANY = 15  # headers that are listed
WHAT = {Entity.ORDER: "order", Entity.LINE_ITEM: "line item"}


def title(table: SourceTable, mapping: ColumnMap | None) -> RenderableType:
    """The table's place, how many rows it has and of what."""
    what = f" of {' and '.join(f'{WHAT[entity]}s' for entity in mapping.fields)}" if mapping else ""
    return Text.assemble((printable(table.place), "bold"), f": {len(table.cells):,} rows{what}")


def says(sentences: Iterable[str]) -> RenderableType:
    """Each sentence as a paragraph."""
    return Group(*(Padding(Text(printable(one)), (0, 0, 0, 2), expand=False) for one in sentences))


def mapped(entity: Entity, explained: Sequence[Explained]) -> RenderableType:
    """The fields of one entity, with their columns and how that is known."""
    table = _table(f"{WHAT[entity]} field", "column of the file", "how")
    for one in explained:
        how = Text(one.how.upper(), "bold") if one.is_missing else _cell(one.how)
        table.add_row(_cell(one.field.name), _cell(one.source), how)
    return _below(table)


def perhaps(suggestions: Sequence[Suggestion]) -> RenderableType:
    """What is suggested and not applied."""
    parts: list[RenderableType] = [_below(Text("Suggested, and not applied:"))]
    for entity in Entity:
        mine = [one for one in suggestions if one.entity is entity]
        table = _table(f"{WHAT[entity]} field", "column of the file", "why", beside=BESIDE)
        for one in mine:
            table.add_row(_cell(one.field), _cell(one.header), _cell(f"{one.likelihood}: {one.reason}"))
        parts += [_below(table)] if mine else []
    return Group(*parts)


def unused(headers: Sequence[str], absent: Sequence[str]) -> RenderableType:
    """The headers that nothing is known of, and those that the profile names in vain."""
    said = [f"Not sent: {_listed(headers)}."] if headers else []
    said += [f"The profile names columns that are not there: {_listed(absent)}."] if absent else []
    return Padding(says(said), (1, 0, 0, 0), expand=False) if said else Group()


def values(table: SourceTable, shown: Mapping[Entity, Sequence[tuple[str, Sequence[str]]]]) -> RenderableType:
    """The first rows as they are read, a field in each line."""
    parts: list[RenderableType] = []
    for entity, fields in shown.items():
        count = max((len(texts) for _, texts in fields), default=0)
        lines = _table(f"{WHAT[entity]} field", *(f"row {number}" for number in table.cells.index[:count]), width=CELL)
        for name, texts in fields:
            lines.add_row(_cell(name), *map(_cell, texts))
        parts += [_below(lines)] if count else []
    return Group(Text(f"\nThe first rows of {printable(table.place)} as they are read:"), *parts) if parts else Group()


def request(made: Preview, notices: Sequence[str]) -> RenderableType:
    """The first orders as they would be sent, what reading the values has found out, and what is wrong with others."""
    parts: list[RenderableType] = []
    if made.body:
        parts = [
            Text(f"\nAs it would be sent, {made.shown} of {_orders(made.orders)}:"),
            _below(Text("\n".join(made.body), no_wrap=True, overflow="ellipsis")),
        ]
    if notices:
        parts += [Text(), says(notices)]
    if made.problems:
        first = len(made.first_problems)
        which = "" if made.problems == first else f" The first {first} of {made.problems:,}:"
        parts += [Text(f"\nOrders with a problem would not be sent.{which}"), says(made.first_problems)]
    return Group(*parts)


def _orders(count: int) -> str:
    return f"{count:,} orders" if count != 1 else "1 order"


def _below(what: RenderableType) -> RenderableType:
    return Padding(what, (1, 0, 0, 2), expand=False)


def _table(first: str, *others: str, beside: int = COLUMN, width: int | None = None) -> Table:
    """Start a table whose first columns are cut where they are too long; so are the others if they have a width."""
    table = Table(box=None, pad_edge=False, padding=(0, 1 if width else 2, 0, 0), header_style="")
    for number, name in enumerate((first, *others)):
        wide = FIELD if number == 0 else width or (beside if number == 1 else None)
        table.add_column(name, width=wide, no_wrap=wide is not None, overflow="ellipsis" if wide else "fold")
    return table


def _cell(words: str) -> Text:
    return Text(printable(words))


def _listed(headers: Sequence[str]) -> str:
    shown = [one if len(one) <= 40 else f"{one[:39]}…" for one in headers[:MANY]]
    more = f" and {len(headers) - MANY:,} more" if len(headers) > MANY else ""
    return ", ".join(shown) + more
