"""Results files: what became of every row, as Parquet and CSV written table by table, and as Excel."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from adapters.excel_values import EXACT, fitting
from adapters.files import ROW_GROUP, replacing, scratch_beside, source
from schemas.errors import UsageError
from schemas.places import Place
from schemas.results import RESULTS

MOST_SHEET_ROWS = 2**20  # of an Excel sheet
FORMULA_SIGNS = pa.array(["=", "+", "-", "@", "\t", "\r"]).cast(pa.binary())  # such a text is run as one from CSV


def write_results(parquet: Place, csv: Place, tables: Iterable[pa.Table]) -> None:
    """Replace both files by the rows of all tables; CSV has an apostrophe before text that looks like a formula."""
    with (
        replacing(csv) as csv_file,
        replacing(parquet) as parquet_file,
        pyarrow.csv.CSVWriter(csv_file, for_csv(RESULTS.empty_table()).schema) as rows,
        # Without dictionaries, which cost a third of the time and save nothing that zstd does not.
        pq.ParquetWriter(parquet_file, RESULTS, compression="zstd", use_dictionary=False) as columns,
        ThreadPoolExecutor(2) as pool,  # Arrow does not hold Python's lock while it writes
    ):
        writing: list[Future[None]] = []
        for table in _of_one_size(tables):  # the next one is made while this one is written
            for one in writing:
                one.result()
            writing = [
                pool.submit(lambda some: rows.write(for_csv(some)), table),
                pool.submit(lambda some: columns.write_table(some.cast(RESULTS)), table),
            ]
        for one in writing:
            one.result()


def write_results_xlsx(xlsx: Place, parquet: Place) -> None:
    """Write results.xlsx: text as text, times as ISO 8601; raises UsageError for more rows than Excel holds."""
    import xlsxwriter  # noqa: PLC0415 - only this needs it

    if (count := pq.read_metadata(source(parquet)).num_rows) >= MOST_SHEET_ROWS:
        raise UsageError(f"Excel cannot hold {count:,} rows.", "Take --format csv or parquet.")
    results = _with_times_as_text(pq.read_table(source(parquet)))
    with (
        scratch_beside(xlsx) as scratch,
        replacing(xlsx) as file,
        xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": scratch}) as book,
    ):
        sheet = book.add_worksheet("results")
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(results.column_names):
            sheet.write_string(0, column, name)
        for row, cells in enumerate(zip(*results.to_pydict().values(), strict=True), 1):
            for column, cell in enumerate(cells):
                if isinstance(cell, int) and abs(cell) < EXACT:
                    sheet.write_number(row, column, cell)
                elif cell is not None:
                    sheet.write_string(row, column, fitting(str(cell)))


def _of_one_size(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of one row group each, so that the files do not depend on how they came."""
    held = RESULTS.empty_table()
    for table in tables:
        held = pa.concat_tables([held, table])
        while len(held) >= ROW_GROUP:
            yield held.slice(0, ROW_GROUP)
            held = held.slice(ROW_GROUP)
    if len(held):
        yield held


def for_csv(table: pa.Table) -> pa.Table:
    """The same table as it goes into CSV: times as text, and no text that a spreadsheet would take for a formula."""
    return _without_formulas(_with_times_as_text(table))


def _with_times_as_text(table: pa.Table) -> pa.Table:
    """The same table with its UTC times as text: pyarrow writes that into CSV ten times as fast as times."""
    for number, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            coded = table.column(number).combine_chunks().dictionary_encode()  # the orders of a batch share their times
            text = coded.dictionary.cast(pa.timestamp(column.type.unit)).cast(pa.string())
            table = table.set_column(
                number, column.name, pc.binary_join_element_wise(text, "Z", "").take(coded.indices)
            )
    return table


def _without_formulas(table: pa.Table) -> pa.Table:
    """The same table with an apostrophe before each text that a spreadsheet program would take for a formula."""
    for number, column in enumerate(table.schema):
        if pa.types.is_string(column.type):
            text = table.column(number)
            risky = pc.is_in(pc.binary_slice(text.cast(pa.binary()), 0, 1), value_set=FORMULA_SIGNS)
            if pc.any(risky).as_py():
                quoted = pc.binary_join_element_wise("'", text, "")
                table = table.set_column(number, column, pc.if_else(risky, quoted, text))
    return table
