"""What cannot be read, or is called wrongly, is told in one line that names it and what to do; nothing is sent."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from commands import SAMPLES, SHARED

ORDERS = "company_id,order_number,customer_id,currency_id\n1,A-1,c,EUR\n"
LINES = "order_number,item_id,quantity,unit_amount\nA-1,i,1,2.50\n"
FLAT = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n1,A-1,c,EUR,i,1,2.50\n"

Files = dict[str, Callable[[Path], object]]


def folder(path: Path) -> None:
    path.mkdir()


def text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content)


def headless(path: Path) -> None:
    cells = pd.DataFrame([["Orders of May", None, None], ["order_number", "customer_id", "currency_id"]])
    cells.to_excel(path, engine="xlsxwriter", index=False, header=False)


def copy_of(path: str) -> Callable[[Path], object]:
    return lambda target: shutil.copy(SHARED / path, target)


needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")


@pytest.mark.parametrize(
    ("files", "args", "named", "remedy"),
    [
        ({"oders.csv": text(FLAT)}, ["orders.csv"], "orders.csv does not exist", "Did you mean oders.csv?"),
        ({}, ["nowhere/x.csv"], "nowhere/x.csv does not exist", "Check the path"),
        ({}, ["*.csv"], "No file matches *.csv", "Check the pattern"),
        ({"a.csv": text("")}, ["a.csv"], "a.csv is empty (0 bytes)", "Export it again"),
        ({"a.csv": text("\n \n")}, ["a.csv"], "a.csv has no text", "Export it again"),
        ({"a.csv": text(FLAT.splitlines()[0])}, ["a.csv"], "no rows below the headers of a.csv", "Export"),
        ({"a.csv": text("order_number\n1\n")}, ["a.csv"], "a.csv has only one column", "Set `delimiter`"),
        ({"a.pdf": text(FLAT)}, ["a.pdf"], "a.pdf has an ending that is not supported", "Supported are .xlsx"),
        ({"d": folder}, ["d"], "d has no file that can be read", "Supported are .xlsx"),
        ({"a.xlsx": text("PK\3\4 no")}, ["a.xlsx"], "a.xlsx is not a readable workbook", "save it as .xlsx"),
        ({"a.parquet": text("PAR1 no")}, ["a.parquet"], "a.parquet", "again"),
        ({"a.csv.gz": text("no")}, ["a.csv.gz"], "a.csv.gz is not a complete gzip file", "Compress or copy"),
        (
            {"a.xlsx": headless},
            ["a.xlsx"],
            'a.xlsx, sheet "Sheet1": no column for company_id',
            "or give --company-id N",
        ),
        ({"a.csv": text("x,y\n1,2\n")}, ["a.csv"], "a.csv: the columns are neither", "orderlift columns a.csv --write"),
        ({"a.csv": text(ORDERS)}, ["a.csv"], "no line items in a.csv", "--line-items"),
        ({"a.csv": text(LINES)}, ["a.csv"], "no orders in a.csv", "--orders"),
        (
            {"a.csv": text(FLAT.replace("currency_id", "Currenci"))},
            ["a.csv"],
            "no column for currency_id, which every order needs. Found: company_id, order_number, customer_id,",
            "(close to currency_id). Name the column in a profile",
        ),
        ({"a.csv": text(FLAT), "b.csv": text(FLAT)}, ["a.csv", "b.csv"], "a.csv and b.csv", "Give each file once"),
        ({"a.csv": text(FLAT)}, ["a.csv", "a.csv"], "a.csv and a.csv", "Give each file once"),
        (
            {"a.csv": text(FLAT)},
            ["a.csv", "--profile", "p.toml"],
            "p.toml cannot be read: No such",
            "makes one to edit",
        ),
        (
            {"a.csv": text(FLAT), "p.toml": text("orders = [")},
            ["a.csv", "--profile", "p.toml"],
            "The profile p.toml is not TOML",
            "`orderlift columns FILE --write PROFILE.toml`",
        ),
        (
            {"a.csv": text(FLAT), "p.toml": text("line_item = 1")},
            ["a.csv", "--profile", "p.toml"],
            "The profile p.toml has the unknown key line_item",
            "Closest: line_items",
        ),
        (
            {"a.csv": text(FLAT), "p.toml": text('[orders]\norder_numer = "x"')},
            ["a.csv", "--profile", "p.toml"],
            "The profile names the field order_numer under order",
            "Closest: order_number",
        ),
        (
            {"a.csv": text(FLAT), "p.toml": text('timezone = "Mars/Base"')},
            ["a.csv", "--profile", "p.toml"],
            "The profile p.toml is wrong at timezone",
            "there is no time zone Mars/Base",
        ),
        ({}, ["a.csv", "--timezone", "CEST"], "The setting timezone is wrong", "there is no time zone CEST"),
        ({}, ["a.csv", "--max-orders-per-batch", "0"], "The setting max_orders_per_batch", "greater than 0"),
        ({}, ["a.csv", "--ledger-url", "mysql://x"], "The setting ledger_url", "sqlite:///FILE or postgresql"),
        ({"w": text("")}, ["a.csv", "--workspace", "w"], "The workspace w cannot be used", "Choose another"),
        ({}, [], "No input is given", "orderlift run orders.xlsx"),
        pytest.param(
            {"a.xlsx": copy_of("format_traps/pass_protected.xlsx")},
            ["a.xlsx"],
            "a.xlsx is protected by a password",
            "Save a copy without one",
            marks=needs_shared,
        ),
        (
            {"a.csv": text(FLAT.replace("item_id", "Order-Number"))},
            ["a.csv"],
            'columns "order_number" and "Order-Number" both stand for order_number',
            "Remove one, or list it under `ignore`",
        ),
    ],
)
def test_an_input_that_cannot_be_read_is_named_with_a_remedy(
    in_process: Any, tmp_path: Path, *, files: Files, args: list[str], named: str, remedy: str
) -> None:
    for name, write in files.items():
        write(tmp_path / name)
    ran = in_process("run", *args, "--sandbox")
    assert ran.code == 2, ran.err
    assert named in ran.complaint
    assert remedy in ran.complaint
    assert not list(tmp_path.glob("workspace/runs/*"))
    assert not list(tmp_path.glob("workspace/*.txt"))
    assert not (tmp_path / "workspace" / "sandbox.db").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["run", "a.csv"], ["There is no API key", "ORDERLIFT_API_KEY", "--api-key-file", "--sandbox"]),
        (["run", "a.csv", "--api-key-file", "key"], ["The key file key cannot be read"]),
        (["run", "a.csv", "--base-url", "nonsense"], ["base URL is not an https address", "https://"]),
        (["run", "a.csv", "--base-url", "http://api.example.com"], ["would send the API key in clear", "Use https"]),
        (["plan", "a.csv", "--base-url", "https://u:secret@example.com"], ["base URL must not hold a user"]),
        (["resume"], ["The workspace workspace has no run yet", "--workspace"]),
        (["resume", "20240101T000000000Z-abcd"], ["has no run 20240101T000000000Z-abcd"]),
        (["status", "../x"], ["has no run ../x"]),
        (["status"], ["has no run yet"]),
        (["results"], ["has no run yet"]),
        (["columns", "b.csv"], ["b.csv does not exist", "Did you mean a.csv?"]),
        (["sandbox", "--faults", "f.toml"], ["f.toml cannot be read"]),
    ],
)
def test_a_command_that_cannot_be_done_says_in_one_line_why(
    in_process: Any, tmp_path: Path, args: list[str], said: list[str]
) -> None:
    (tmp_path / "a.csv").write_text(FLAT)
    ran = in_process(*args)
    assert ran.code == 2, ran.err
    assert [words for words in said if words not in ran.complaint] == []
    assert "secret" not in ran.complaint
    assert not list(tmp_path.glob("workspace/runs/*"))


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["run", "--nonsense"], "No such option: --nonsense"),
        (["run", "a.csv", "--company-id", "x"], "Invalid value for '--company-id'"),
        (["runn"], "No such command 'runn'"),
        (["results", "--format"], "requires an argument"),
    ],
)
def test_an_option_that_does_not_exist_is_wrong_usage(in_process: Any, args: list[str], said: str) -> None:
    ran = in_process(*args)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_an_unknown_format_of_results_is_refused(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FLAT)
    assert in_process("plan", "a.csv").code == 0
    ran = in_process("results", "--format", "pdf")
    assert ran.code == 2
    assert "There is no --format pdf. Choose one of parquet, csv, xlsx." in ran.complaint


def test_the_profile_that_columns_writes_replaces_no_file(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FLAT)
    (tmp_path / "p.toml").write_text("# mine")
    ran = in_process("columns", "a.csv", "--write", "p.toml")
    assert ran.code == 2
    assert "p.toml is there already" in ran.err
    assert (tmp_path / "p.toml").read_text() == "# mine"


def test_a_readable_file_is_run_beside_one_sheet_without_a_role(in_process: Any, tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "a.xlsx", engine="xlsxwriter") as book:
        for name, frame in pd.read_excel(SAMPLES / "orders.xlsx", sheet_name=None, engine="calamine").items():
            frame.to_excel(book, sheet_name=name, index=False)
        pd.DataFrame({"note": ["hello"], "by": ["me"]}).to_excel(book, sheet_name="Notes", index=False)
    ran = in_process("plan", "a.xlsx", "--json")
    assert ran.code == 1
    assert 'a.xlsx, sheet "Notes" was not read' in " ".join(ran.err.split())
