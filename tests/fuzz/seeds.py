"""Valid files to begin with, the smallest that show the parts of each kind; built here, but for kinds nobody writes."""

import datetime as dt
import gzip
import io
import zipfile
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

TRAPS = Path(__file__).parents[3] / "shared" / "data" / "format_traps"
LARGEST = 60_000  # bytes of a file of others that is worth mutating
HEADER = [
    *("company_id", "order_number", "customer_id", "currency_id", "order_date", "orders.total_amount"),
    *("item_id", "name", "quantity", "unit_amount"),
]
ROWS: list[list[str]] = [
    ["1", "0001", "c-1", "EUR", "2024-01-22", "1,234.50", "tea", "Grüner Tee, 1 kg", "2", "1.50"],
    ["1", "0001", "c-1", "EUR", "2024-01-22", "1,234.50", "cup", 'Cup "blue"', "1", "9"],
    ["1", "#2", "c-2", "USD", "2024-03-04T05:06:07Z", "(3.00)", "=1+1", "Чай\nlong", "0.5", "$ 7.25"],
]
PROFILE = """
[orders]
order_number = "Order"
customer_id = "Buyer"
"shipping_address.street" = { columns = ["Street", "Street 2"], join = ", " }
[line_items]
item_id = "items.sku"
name = "items.name"
quantity = "items.quantity"
unit_amount = { columns = "items.total", divide_by = "items.quantity" }
[lines_in_cell]
column = "items"
[only]
orders = { Kind = ["Order", "*"] }
[status_words]
done = "delivered"
[status_if_filled]
"Cancelled at" = "canceled"
[lookup.customer_id]
file = "customers.csv"
from = "Email"
to = "Id"
[fixed]
company_id = 1
currency_id = "EUR"
"""
TOP = 'null_words = ["NULL"]\nignore = ["Note"]\ntimezone = "Europe/Paris"\ndate_format = "%d/%m/%Y"\ndecimal = ","\n'
IN_CELLS = "Order,Buyer,Kind,items,Note,Street,Street 2,Cancelled at,status\r\n" + "\r\n".join(
    f"{number},a@b.c,Order,sku:t|quantity:2|total:3;sku:u|name:x|quantity:1|total:9,,S 1,b,,done" for number in range(3)
)
CUSTOMERS = "Email,Id\na@b.c,7\n"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"


@cache
def seeds() -> tuple[tuple[str, bytes], ...]:
    """Names, which tell the kind, and contents."""
    text = "\r\n".join(",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in [HEADER, *ROWS])
    semicolons = "\n".join(";".join(row).replace("\n", " ").replace('"', "") for row in [["Export"], HEADER, *ROWS])
    found = [
        ("a.csv", text.encode()),
        ("b.csv", text.encode("utf-8-sig")),
        ("c.csv", text.replace("Чай", "Tee").encode("cp1252")),
        ("d.txt", semicolons.encode("utf-16")),
        ("e.tsv", "\n".join("\t".join(row).replace("\n", " ") for row in [HEADER, *ROWS]).encode()),
        ("f.csv", IN_CELLS.encode()),
        ("g.csv.gz", gzip.compress(text.encode(), mtime=0)),
        ("h.xlsx", book(shared=True)),
        ("i.xlsm", book(shared=False)),
        ("j.ods", ods()),
        ("k.parquet", parquet()),
        ("l.xlsx.gz", gzip.compress(book(shared=True), mtime=0)),
        ("m.toml", (TOP + PROFILE).encode()),
    ]
    if TRAPS.is_dir():
        found += [
            (path.name, path.read_bytes())
            for path in sorted(TRAPS.iterdir())
            if path.suffix in {".xls", ".xlsx", ".ods", ".csv"} and path.stat().st_size < LARGEST
        ]
    return tuple(found)


def book(*, shared: bool) -> bytes:
    """A workbook with types of all kinds, a title, a footer, formulas, an error and a hidden sheet."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True, "constant_memory": not shared})
    workbook.set_properties({"created": dt.datetime(2024, 1, 1)})  # noqa: DTZ001 - the file's zone is nobody's
    date = workbook.add_format({"num_format": "yyyy-mm-dd"})
    sheet = workbook.add_worksheet("Orders")
    sheet.write(0, 1, "Export of May")
    sheet.write_row(2, 1, HEADER)
    for at, row in enumerate(ROWS, 3):
        for place, cell in enumerate(row, 1):
            sheet.write_string(at, place, cell)
    sheet.write_datetime(5, 5, dt.datetime(2024, 3, 4, 5, 6), date)  # noqa: DTZ001
    sheet.write_number(5, 9, 0.5)
    sheet.write_formula(5, 10, "=7+0.25", None, 7.25)
    sheet.write_row(8, 1, ["Total", "", "", "", "", 99])
    lines = workbook.add_worksheet("Other")
    lines.write_row(0, 0, ["a", True, 1e15, "=NA()"])
    workbook.add_worksheet("Hidden").hide()
    workbook.close()
    return stream.getvalue()


def ods() -> bytes:
    """The same as an OpenDocument spreadsheet, with repeated cells and rows."""
    names = " ".join(f'xmlns:{name}="{OFFICE}{name}:1.0"' for name in ("office", "table", "text"))
    rows = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in [HEADER, *ROWS])
    blank = '<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="99"/>'
    typed = (
        '<table:table-row><table:table-cell office:value-type="float" office:value="1.5"/><table:table-cell'
        ' office:value-type="date" office:date-value="2024-01-02T03:04:05"/><table:covered-table-cell/>'
        "</table:table-row>"
    )
    sheet = f'<table:table table:name="S">{rows}{typed}{blank}</table:table-row></table:table>'
    start = f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
    return packed(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"{start}{sheet}</office:spreadsheet></office:body></office:document-content>".encode(),
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{OFFICE}manifest:1.0"/>'.encode(),
        }
    )


def _cell(text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;")
    return f'<table:table-cell office:value-type="string"><text:p>{safe}</text:p></table:table-cell>'


def packed(parts: dict[str, bytes]) -> bytes:
    """A zip file of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def parquet() -> bytes:
    """A Parquet file with the types that exports have."""
    columns: dict[str, pa.Array] = {name: pa.array(cells) for name, *cells in zip(HEADER, *ROWS, strict=True)}
    columns["currency_id"] = columns["currency_id"].dictionary_encode()
    columns["order_date"] = pa.array([dt.date(2024, 1, 22)] * 2 + [None])
    columns["orders.total_amount"] = pa.array(["1234.50", "1234.50", "3.00"]).cast(pa.decimal128(15, 2))
    columns["quantity"] = pa.array([2.0, 1.0, 0.5])
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()
