"""Tables put in their places, written to files, and the profile that is needed to read them."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from schemas.fields import FIELDS, Entity

from .files import text_of, write_csv, write_ods, write_parquet, write_xlsx
from .orders import Order
from .spelling import STATUS_WORDS, Cell, is_ambiguous, proves_order
from .tables import ITEMS, KEYS, NUMERIC, Table, cell_signs, fixed_fields
from .ways import FOOTERS, Place, Way

PARTS = re.compile(r"(.+)[-_. ](\w+)")


@dataclass
class Sheet:
    """The rows of a file or sheet from row 1 on, and which of them are the header."""

    rows: list[list[Cell]]
    header: list[int]


@dataclass(frozen=True)
class Written:
    """The files in their folder, and the profile to read them with, if one is needed."""

    files: list[str]
    profile: str | None


def write(folder: Path, tables: Sequence[Table], orders: Sequence[Order], way: Way) -> Written:
    """Write the tables, and tell each of them its file, its sheet and the rows of its records."""
    sheets = [_placed(table, place) for table, place in zip(tables, way.places, strict=False)]
    settings = _settings(tables, sheets, orders, way)
    if way.shape == "two sheets":
        name = f"book.{tables[0].kind}"
        titles = ("Orders", "Line Items")
        for table, title in zip(tables, titles, strict=True):
            table.file, table.sheet = name, title
        _write_book(folder / name, tables[0].kind, {t: sheet.rows for t, sheet in zip(titles, sheets, strict=True)})
        files = [name]
    else:
        for table, sheet, stem in zip(tables, sheets, ("orders", "lines"), strict=False):
            table.sheet = "Sheet" if table.kind in {"xlsx", "ods"} else ""
            table.file = _write_file(folder / stem, table, sheet, settings, way)
        files = [table.file for table in tables]
    profile = "\n".join(f"{key} = {_toml(value)}" for key, value in settings.items())
    return Written(files, profile or None)


def _placed(table: Table, place: Place) -> Sheet:
    """Put records among titles, gaps and footers; Parquet has none of them."""
    if table.kind == "parquet":
        table.rows = list(range(1, len(table.records) + 1))
        return Sheet([record.cells for record in table.records], [])
    upper, lower = _header_rows(table, place)
    rows: list[list[Cell]] = [*([title] for title in place.titles), *([] for _ in range(place.after_titles))]
    rows.append(_spread(upper, place))
    header = [len(rows)]
    if any(lower):
        rows.append(_spread(lower, place))
        header.append(len(rows))
    for at, record in enumerate(table.records):
        if at and at in place.blank:
            rows.append([])
        rows.append(_spread(record.cells[: len(table.columns)], place) + record.cells[len(table.columns) :])
        table.rows.append(len(rows))
    for footer in place.footers:
        rows.append([])
        has_sum = footer == 0 and len(table.headers) > 4
        rows.append(_spread([FOOTERS[footer], *[None] * (len(table.headers) - 2), "99" if has_sum else None], place))
    if place.padded:
        width = max(map(len, rows[: header[-1]]))
        rows = [row + [None] * (width - len(row)) for row in rows]
    return Sheet(rows, header)


def _header_rows(table: Table, place: Place) -> tuple[list[Cell], list[Cell]]:
    """The header in one row, or with the parts of the address below it."""
    upper: list[Cell] = list(table.headers)
    lower: list[Cell] = [None] * len(upper)
    parts = [at for at, (_, name) in enumerate(table.columns) if name.startswith("shipping_address.")]
    split = [PARTS.fullmatch(table.headers[at]) for at in parts]
    if place.two_rows and len(parts) == 2 and all(split) and place.gaps == ():
        upper[parts[0]], upper[parts[1]] = split[0][1], None  # type: ignore[index]
        for at, match in zip(parts, split, strict=True):
            lower[at] = match[2]  # type: ignore[index]
    return upper, lower


def _spread(cells: Sequence[Cell], place: Place) -> list[Cell]:
    spread: list[Cell] = [None] * place.offset
    for at, cell in enumerate(cells):
        spread += [None] * (at in place.gaps) + [cell]
    return spread


def _settings(tables: Sequence[Table], sheets: Sequence[Sheet], orders: Sequence[Order], way: Way) -> dict[str, object]:
    """The keys of the profile that tell what no file can."""
    found = _layout(tables, sheets, way) | _mapping(tables, orders, way)
    columns = [
        [record.cells[at] for record in table.records]
        for table in tables
        for at in range(len(table.columns))
        if _is_numeric(table, at)
    ]
    if way.is_decimal_told or way.shape == "in a cell" or any(map(is_ambiguous, columns)):
        found["decimal"] = way.numbers.decimal
    dates = [order.fields.get("order_date") for order in orders]
    if way.dates.startswith("%") and (way.is_date_told or not proves_order(dates, way.dates)):
        found["date_format"] = way.dates
    if way.timezone:
        found["timezone"] = way.timezone
    if way.translates_status:
        found["status_words"] = {word: status for status, word in STATUS_WORDS.items()}
    if fixed := fixed_fields(orders, way):
        found["fixed"] = fixed
    return found


def _layout(tables: Sequence[Table], sheets: Sequence[Sheet], way: Way) -> dict[str, object]:
    """Where the header is, and how many footers there are; said of all tables, so only where there is one."""
    found: dict[str, object] = {}
    if len(tables) == 1 and sheets[0].header:
        if way.tells_header_row:
            found["header_row"] = sheets[0].header
        if way.skip_footer and way.places[0].footers:
            found["skip_footer"] = len(way.places[0].footers)
    return found


def _mapping(tables: Sequence[Table], orders: Sequence[Order], way: Way) -> dict[str, object]:
    """Which header is which field, where that is not plain."""
    named: dict[str, dict[str, str]] = {"orders": {}, "line_items": {}}
    for table in tables:
        for (entity, name), header in zip(table.columns, table.headers, strict=True):
            if header != ITEMS and way.headers == "other":
                named["orders" if entity is Entity.ORDER else "line_items"][name] = header
    in_cells: dict[str, object] = {}
    if way.shape == "in a cell":
        signs = zip(("column", "lines", "parts", "key"), (ITEMS, *cell_signs(orders)), strict=True)
        in_cells["lines_in_cell"] = dict(signs)
        named["line_items"] = {name: f"{ITEMS}.{key}" for name, key in KEYS.items()}
    return in_cells | {name: fields for name, fields in named.items() if fields}


def _is_numeric(table: Table, at: int) -> bool:
    entity, name = table.columns[at]
    return name in FIELDS[entity] and FIELDS[entity][name].kind in NUMERIC


def _write_file(path: Path, table: Table, sheet: Sheet, settings: dict[str, object], way: Way) -> str:
    """Write a table to a file of that name with the ending that it needs, which may need settings; return its name."""
    folder, stem, kind = path.parent, path.name, table.kind
    if kind == "parquet":
        write_parquet(folder / f"{stem}.parquet", table.headers, sheet.rows)
        return f"{stem}.parquet"
    if kind != "csv":
        _write_book(folder / f"{stem}.{kind}", kind, {"Sheet": sheet.rows})
        return f"{stem}.{kind}"
    rows = [[f"{cell:f}" if isinstance(cell, Decimal) else cell for cell in row] for row in sheet.rows]
    text = text_of(rows, way.delimiter, way.line_end, quotes_all=way.quotes_all)
    encoding = settings.get("encoding") or way.encoding
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        encoding = "utf-8-sig"  # its mark counts, whatever the profile says for the other file
    if encoding == "cp1252" and not text.isascii():
        settings["encoding"] = encoding
    if way.is_delimiter_told or len(way.delimiter) > 1:
        settings["delimiter"] = way.delimiter
    name = f"{stem}.{'tsv' if way.delimiter == chr(9) else 'csv'}{'.gz' if way.compresses else ''}"
    write_csv(folder / name, text, str(encoding))
    return name


def _write_book(path: Path, kind: str, sheets: dict[str, list[list[Cell]]]) -> None:
    (write_ods if kind == "ods" else write_xlsx)(path, sheets)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return (
            "{ "
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {_toml(one)}" for key, one in value.items())
            + " }"
        )
    return json.dumps(value, ensure_ascii=False)
