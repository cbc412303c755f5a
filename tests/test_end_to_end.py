"""The promise, on real files: every problem is seen, each order is created exactly once, every row gets an answer."""

import csv
import re
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import FAST, PROFILES, SAMPLES, SHARED, Orderlift, Ran

from schemas.results import RESULTS

Cells = dict[str, pd.DataFrame]
ROWS = {"created": 8727, "invalid": 52}
ORDERS = {"created": 1849, "invalid": 11}
RESULT_KEYS = ["run_id", "state", "orders", "rows", "requests", "results", "rejects", "report", "exit_code"]
STATUSES = ["created", "already_created", "invalid", "rejected", "in_doubt", "pending"]


def run_samples(orderlift: Orderlift, *more: object) -> Ran:
    return orderlift("run", "samples", "--sandbox", "--json", *FAST, *more)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Orderlift, Ran]:
    orderlift = Orderlift(tmp_path_factory.mktemp("first"))
    shutil.copytree(SAMPLES, orderlift.folder / "samples")
    return orderlift, run_samples(orderlift)


@pytest.fixture
def again(first: tuple[Orderlift, Ran], tmp_path: Path) -> Orderlift:
    """A copy of all that the first run left behind."""
    shutil.copytree(first[0].folder, tmp_path, dirs_exist_ok=True)
    return Orderlift(tmp_path)


def results_of(orderlift: Orderlift, ran: Ran) -> pd.DataFrame:
    return pd.read_parquet(orderlift.folder / ran.json["results"], dtype_backend="pyarrow")


def planted() -> list[tuple[str, str, int, str, str]]:
    """What the README of the samples says is wrong in them: file, sheet, row, order, code."""
    cells = [line.strip("| ").split(" | ") for line in (SAMPLES / "README.md").read_text().splitlines()]
    found = [line for line in cells if len(line) == 6 and line[1].isdigit()]
    places = [[*line[0].strip("`").split(", "), ""] for line in found]
    assert len(found) == 12
    return [
        (f"samples/{place[0]}", place[1], int(row), order, code.strip("`"))
        for place, (_, row, order, _, _, code) in zip(places, found, strict=True)
    ]


def test_samples_end_as_their_readme_says(first: tuple[Orderlift, Ran]) -> None:
    orderlift, ran = first
    assert ran.code == 1, ran.err
    assert list(ran.json) == RESULT_KEYS
    assert list(ran.json["orders"]) == list(ran.json["rows"]) == STATUSES
    assert {status: n for status, n in ran.json["orders"].items() if n} == ORDERS
    assert {status: n for status, n in ran.json["rows"].items() if n} == ROWS
    assert (ran.json["state"], ran.json["exit_code"]) == ("complete", 1)
    assert all((orderlift.folder / ran.json[name]).is_file() for name in ("results", "rejects", "report"))
    stored = orderlift.stored()
    assert len(stored) == ORDERS["created"]
    totals = {
        (one.company_id, one.currency_id): round(
            sum(
                sum(line["quantity"] * line["unit_amount"] for line in other.content["line_items"])
                for other in stored
                if (other.company_id, other.currency_id) == (one.company_id, one.currency_id)
            ),
            2,
        )
        for one in {(one.company_id, one.currency_id): one for one in stored}.values()
    }
    told = re.findall(r"\| (\d{4}) \| (\w{3}) \| \d+ \| ([\d.]+) \|", (SAMPLES / "README.md").read_text())
    assert totals == {(int(company), currency): float(amount) for company, currency, amount in told}


def test_every_row_has_an_answer_with_the_columns_and_types_of_the_design(first: tuple[Orderlift, Ran]) -> None:
    orderlift, ran = first
    path = orderlift.folder / ran.json["results"]
    assert pq.read_schema(path).remove_metadata() == RESULTS
    results = results_of(orderlift, ran)
    counts = results.groupby(["source_file", "source_sheet", "entity"]).agg({"source_row": ["size", "nunique"]})
    assert {str(key): tuple(map(int, row)) for key, row in zip(counts.index, counts.to_numpy(), strict=True)} == {
        "('samples/line_items.parquet', '', 'line_item')": (6014, 6014),
        "('samples/orders.parquet', '', 'order')": (1501, 1501),
        "('samples/orders.xlsx', 'Line items', 'line_item')": (145, 145),
        "('samples/orders.xlsx', 'Orders', 'order')": (60, 60),
        "('samples/orders_flat.csv', '', 'line_item')": (759, 759),
        "('samples/orders_flat.csv', '', 'order')": (300, 300),
    }
    assert results["status"].value_counts().to_dict() == ROWS
    created = results[results["status"] == "created"]
    answered = ["company_id", "batch_id", "attempts", "http_status", "sync_id", "rootfi_id", "platform_id", "sent_at"]
    assert created[[*answered, "settled_at"]].notna().all(axis=None)
    assert results[results["status"] == "invalid"][["error_code", "error_message"]].notna().all(axis=None)
    stored = {(one.company_id, one.order_number): (one.rootfi_id, one.platform_id) for one in orderlift.stored()}
    said = created.drop_duplicates(["company_id", "order_number"])
    keys = zip(said["company_id"], said["order_number"], strict=True)
    assert dict(zip(keys, zip(said["rootfi_id"], said["platform_id"], strict=True), strict=True)) == stored


def test_results_csv_says_the_same_as_the_parquet_file(first: tuple[Orderlift, Ran]) -> None:
    orderlift, ran = first
    results = results_of(orderlift, ran)
    with (orderlift.folder / ran.json["results"]).with_suffix(".csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == RESULTS.names
    assert len(rows) == len(results)
    for name, cells in zip(header, zip(*rows, strict=True), strict=True):
        if pa.types.is_timestamp(RESULTS.field(name).type):
            assert all(cell == "" or cell.endswith("Z") for cell in cells)
            same = pd.to_datetime(pd.Series(cells).replace("", None), format="ISO8601").astype("int64")
            assert same.tolist() == pd.to_datetime(results[name]).astype("int64").tolist()
        else:
            assert list(cells) == ["" if pd.isna(cell) else str(cell) for cell in results[name]], name


def test_every_planted_problem_is_found_in_its_row(first: tuple[Orderlift, Ran]) -> None:
    orderlift, ran = first
    found = pd.read_parquet((orderlift.folder / ran.json["results"]).with_name("problems.parquet"))
    places = set(found[["source_file", "source_sheet", "source_row", "code"]].itertuples(index=False, name=None))
    assert {(file, sheet, row, code) for file, sheet, row, _, code in planted()} <= places
    assert len(places) == 12 + 3, "the date of POS-5033 stands in four rows"
    results = results_of(orderlift, ran)
    invalid = set(results[results["status"] == "invalid"]["order_number"])
    assert invalid == {order for _, _, _, order, _ in planted()}


def sheets_of(path: Path) -> Cells:
    return pd.read_excel(path, sheet_name=None, dtype=object, engine="calamine")


def test_rejects_hold_exactly_the_rows_of_invalid_orders_with_all_their_columns(first: tuple[Orderlift, Ran]) -> None:
    orderlift, ran = first
    samples, rejects = orderlift.folder / "samples", sheets_of(orderlift.folder / ran.json["rejects"])
    wrong = {order for _, _, _, order, _ in planted()}
    originals = {
        "line_items": pd.read_parquet(samples / "line_items.parquet"),
        "orders": pd.read_parquet(samples / "orders.parquet"),
        "orders_flat": pd.read_csv(samples / "orders_flat.csv", dtype=str),
        **sheets_of(samples / "orders.xlsx"),
    }
    originals["orders (2)"] = originals.pop("orders")  # Excel takes names of sheets that differ in case for one
    assert rejects.keys() == originals.keys()
    for name, original in originals.items():
        number = next(column for column in original if re.sub(r"\W|_", "", column).casefold() == "ordernumber")
        expected = original[original[number].isin(wrong)]
        assert list(rejects[name]) == [*original, "problem"]
        assert rejects[name][number].tolist() == expected[number].tolist()
        assert rejects[name]["problem"].str.len().gt(10).all()


def mend(cells: Cells) -> None:
    """What a person would do in a spreadsheet program."""

    def put(sheet: str, order: str, column: str, value: object, wrong: object = None) -> None:
        frame = cells[sheet]
        rows = frame.iloc[:, 0] == order
        if wrong is not None:
            rows &= frame[column].astype(str) == str(wrong)
        assert rows.any(), order
        frame.loc[rows, column] = value

    put("Orders", "ORD-2024-007", "Currency ID", "EUR")
    put("Orders", "ORD-2024-015", "Order Date", "2024-04-03")
    put("Orders", "ORD-2024-023", "Status", "pending")
    put("Orders", "ORD-2024-038", "Customer-ID", "cus_1")
    put("Line items", "ORD-2024-051", "Unit Amount", 49.90, wrong="49.90 each")
    put("line_items", "WEB-100212", "quantity", 1, wrong="0")
    put("orders_flat", "POS-5033", "order_date", "2024-02-29")
    put("orders_flat", "POS-5120", "status", "canceled")
    put("orders_flat", "POS-5241", "unit_amount", "15", wrong="-15.00")
    cells["orders (2)"] = cells["orders (2)"].drop_duplicates("order_number")
    lines = cells["line_items"]
    lines.loc[lines["order_number"] == "WEB-109999", ["order_number", "company_id"]] = ["WEB-100405", 1090]


def test_mended_rejects_create_exactly_the_missing_orders(again: Orderlift) -> None:
    cells = sheets_of(next(again.folder.glob("workspace/runs/*/rejects.xlsx")))
    mend(cells)
    with pd.ExcelWriter(again.folder / "mended.xlsx", engine="xlsxwriter") as book:
        for name, frame in cells.items():
            frame.to_excel(book, sheet_name=name, index=False)
    before = {one.order_number for one in again.stored()}
    ran = again("run", "mended.xlsx", "--sandbox", "--json", *FAST)
    assert ran.code == 0, ran.err
    assert {status: n for status, n in ran.json["orders"].items() if n} == {"created": 11}
    assert ran.json["rejects"] is None
    after = {one.order_number: one.content for one in again.stored()}
    assert after.keys() - before == {order for _, _, _, order, _ in planted()} - {"WEB-109999"}
    assert after["ORD-2024-015"]["order_date"].startswith("2024-04-03T00:00:00")
    assert 49.9 in [line["unit_amount"] for line in after["ORD-2024-051"]["line_items"]]
    assert len(after["WEB-100405"]["line_items"]) == 1


def test_the_same_run_again_sends_nothing(again: Orderlift) -> None:
    before = again.stored()
    ran = run_samples(again)
    assert ran.code == 1
    assert ran.json["requests"] == 0
    assert {status: n for status, n in ran.json["orders"].items() if n} == {"already_created": 1849, "invalid": 11}
    assert again.stored() == before


def test_an_order_that_was_changed_since_it_was_created_is_not_sent(again: Orderlift) -> None:
    before = again.stored()
    path = again.folder / "samples" / "orders_flat.csv"
    text = path.read_text()
    (line,) = re.findall(r"^POS-5001,.*\n", text, re.MULTILINE)[:1]
    path.write_text(text.replace(line, re.sub(r"[\d.]+\n$", "77.77\n", line), 1))
    ran = again("run", "samples/orders_flat.csv", "--sandbox", "--json", *FAST)
    assert ran.code == 1
    assert ran.json["requests"] == 0
    assert {status: n for status, n in ran.json["orders"].items() if n} == {"already_created": 296, "invalid": 4}
    results = results_of(again, ran)
    changed = results[results["error_code"] == "changed_since_created"]
    assert set(changed["order_number"]) == {"POS-5001"}
    assert again.stored() == before


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")
@pytest.mark.parametrize(
    ("files", "profile", "orders", "lines"),
    [
        (("northwind/orders.csv", "northwind/order_details.csv"), "northwind.toml", 830, 2155),
        (("ms_sales/sales.csv",), "ms_sales.toml", 16_459, 32_718),
    ],
)
def test_files_of_others_are_created_whole_and_never_again(
    orderlift: Orderlift, files: tuple[str, ...], profile: str, orders: int, lines: int
) -> None:
    given = [SHARED / file for file in files]
    call = ("run", *given, "--profile", PROFILES / profile, "--company-id", 7, "--sandbox", "--json", *FAST)
    ran = orderlift(*call)
    assert ran.code == 0, ran.err
    assert ran.json["orders"]["created"] == sum(ran.json["orders"].values()) == orders
    assert ran.json["rows"]["created"] == orders + lines
    stored = orderlift.stored()
    assert len(stored) == orders
    assert sum(len(one.content["line_items"]) for one in stored) == lines
    ran = orderlift(*call)
    assert (ran.code, ran.json["requests"], ran.json["orders"]["already_created"]) == (0, 0, orders)
    assert len(orderlift.stored()) == orders
