"""The line items that reading.py measures with, and Orderlift's own way from a file to a table."""

import csv
import datetime as dt
import random
from collections.abc import Iterator

import xlsxwriter

from adapters.inputs import find_inputs, read_grids
from schemas.tables import InputFile, Layout, ReadOptions
from transforms.locate import locate

COLUMNS = ("order_number", "item_id", "name", "quantity", "unit_amount", "tax_amount", "order_date", "note")
START = dt.datetime(2016, 1, 1)  # noqa: DTZ001 - cells of a spreadsheet have no zone
NAMES = ("Mountain-100 Silver, 44", "Sport helmet", "Café tasses, lot de 2", "Water bottle", 'Tyre 26"', "Überzug")


def find(path: str) -> InputFile:
    """Find a file as a run does, with its digest."""
    [file] = find_inputs([path])
    return file


def read(file: InputFile) -> int:
    """Read a file as a run does, up to a table with named columns, its digest checked; the number of its rows."""
    tables = [locate(grid, Layout(), lambda _: True) for grid in read_grids(file, ReadOptions())]
    return sum(len(table.cells) for table in tables if table is not None)


def write(rows: int, text: str, workbook: str) -> None:
    """Write the same line items as .csv and .xlsx."""
    with open(text, "w", newline="") as file:  # noqa: PTH123 - a name from the command line
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([*row[:6], row[6].isoformat(sep=" "), row[7]] for row in line_items(rows))
    with xlsxwriter.Workbook(workbook, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("line items")
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, COLUMNS)
        for number, row in enumerate(line_items(rows), 1):
            for column in (0, 1, 2, 7):
                if row[column]:
                    sheet.write_string(number, column, row[column])
            for column in (3, 4, 5):
                sheet.write_number(number, column, row[column])
            sheet.write_datetime(number, 6, row[6], date)


def line_items(rows: int) -> Iterator[tuple[str, str, str, int, float, float, dt.datetime, str]]:
    """Four line items an order, the same at every call."""
    draw = random.Random(7)  # noqa: S311 - not for secrets
    for number in range(rows):
        price = draw.randrange(100, 200_000) / 100
        yield (
            f"SO-{number // 4:07d}",
            f"SKU-{draw.randrange(5_000):05d}",
            draw.choice(NAMES),
            draw.randrange(1, 9),
            price,
            round(price * 0.19, 2),
            START + dt.timedelta(seconds=draw.randrange(10 * 365 * 86_400)),
            "gift" if number % 50 == 0 else "",
        )
