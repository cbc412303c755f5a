"""The command that shows how a file is understood: the table, the mapping, suggestions, and the first orders."""

import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from commands import SAMPLES, SHARED

ENGLISH = {
    "company_id": [1, 1],
    "Order Number": ["A-1", "A-2"],
    "Customer ID": ["c", "d"],
    "Currency ID": ["EUR", "EUR"],
    "Item ID": ["007", "008"],
    "Quantity": [1, 2],
    "Unit Amount": [2.5, 3],
}
GERMAN = {
    "Bestellnummer": ["A1", "A1", "A2"],
    "Kunde": ["a@b.example", "a@b.example", "c@d.example"],
    "Währung": ["EUR", "EUR", "EUR"],
    "Artikel-Nr": ["007", "008", "007"],
    "Menge": [2, 1, 3],
    "Einzelpreis": [1.5, 2, 1.5],
    "Bemerkung": ["x", None, "y"],
}


def write(path: Path, **sheets: dict[str, list[Any]]) -> None:
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        for name, columns in sheets.items():
            pd.DataFrame(columns).to_excel(book, sheet_name=name, index=False)


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_file_that_is_understood_is_shown_as_it_would_be_sent(in_process: Any, tmp_path: Path) -> None:
    write(tmp_path / "a.xlsx", Orders=ENGLISH)
    ran = in_process("columns", "a.xlsx")
    assert (ran.code, ran.err) == (0, "")
    said = words(ran.out)
    assert 'a.xlsx, sheet "Orders": 2 rows of orders and line items The header is row 1.' in said
    assert "customer_id Customer ID same name" in said
    assert '"company_id": 1, "data": [ { "order_number": "A-1", "customer_id": "c", "currency_id": "EUR",' in said
    assert '{"item_id": "007", "quantity": 1, "unit_amount": 2.5}' in said
    assert "MISSING" not in said
    assert "Suggested" not in said


def test_what_is_missing_is_told_with_suggestions_and_nothing_is_applied(in_process: Any, tmp_path: Path) -> None:
    pd.DataFrame(GERMAN).to_parquet(tmp_path / "a.parquet")
    ran = in_process("columns", "a.parquet", "--company-id", 7)
    said = words(ran.out)
    assert ran.code == 0
    assert "3 rows Its columns are neither those of orders nor those of line items." in said
    for name in ("order_number", "customer_id", "currency_id", "item_id", "quantity", "unit_amount"):
        assert f"{name} MISSING" in said
    assert "company_id always 7 given" in said
    assert "order_number Bestellnummer likely: German for order number" in said
    assert "currency_id Währung likely: German for currency; every value is an ISO 4217 code" in said
    assert "Not sent: Bemerkung." in said
    assert "As it would be sent" not in said


def test_a_written_profile_has_the_suggestions_as_comments_and_works_once_they_are_accepted(
    in_process: Any, tmp_path: Path
) -> None:
    pd.DataFrame(GERMAN).to_parquet(tmp_path / "a.parquet")
    ran = in_process("columns", "a.parquet", "--company-id", 7, "--write", "shop.toml")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "Wrote shop.toml: edit it, then use it with --profile shop.toml")
    text = (tmp_path / "shop.toml").read_text("utf-8")
    profile = tomllib.loads(text)
    assert (profile["orders"], profile["line_items"]) == ({}, {})
    assert in_process("plan", "a.parquet", "--company-id", 7, "--profile", "shop.toml").code == 2
    (tmp_path / "shop.toml").write_text(text.replace("# likely: ", ""), "utf-8")
    planned = in_process("plan", "a.parquet", "--company-id", 7, "--profile", "shop.toml", "--json")
    assert (planned.code, planned.json["orders"]["pending"]) == (0, 2)
    shown = words(in_process("columns", "a.parquet", "--company-id", 7, "--profile", "shop.toml").out)
    assert "quantity Menge profile" in shown
    assert "As it would be sent, 2 of 2 orders:" in shown


def test_the_first_rows_are_shown_where_something_is_missing(in_process: Any, tmp_path: Path) -> None:
    pd.DataFrame({name: cells for name, cells in ENGLISH.items() if name != "Currency ID"}).to_parquet(
        tmp_path / "a.parquet"
    )
    said = words(in_process("columns", "a.parquet").out)
    assert "currency_id MISSING" in said
    assert "as they are read: order field row 1 row 2" in said
    assert "order_number A-1 A-2" in said
    assert "quantity 1 2" in said


def test_a_file_of_orders_alone_is_shown_in_rows(in_process: Any) -> None:
    ran = in_process("columns", SAMPLES / "orders.parquet")
    assert ran.code == 0
    assert "1,501 rows of orders" in words(ran.out)
    assert "order_number WEB-100167 WEB-101176" in words(ran.out)


def test_orders_with_a_problem_are_told(in_process: Any, tmp_path: Path) -> None:
    pd.DataFrame(ENGLISH | {"Currency ID": ["EUR", "Euro"]}).to_parquet(tmp_path / "a.parquet")
    said = words(in_process("columns", "a.parquet").out)
    assert "As it would be sent, 1 of 1 order:" in said
    assert "Orders with a problem would not be sent. a.parquet, row 2: Currency ID must be" in said


@pytest.mark.parametrize("width", [40, 80, 200])
def test_long_headers_and_values_are_cut_and_control_characters_are_escaped(
    width: int, in_process: Any, tmp_path: Path
) -> None:
    hostile = {
        "Bemerkung" * 30: ["x"] * 2,
        "[red]\x1b[31m\u202e": ["y"] * 2,
        "description": ["\x1b]0;title\x07" + "z" * 300] * 2,
    }
    pd.DataFrame(ENGLISH | hostile).to_parquet(tmp_path / "a.parquet")
    ran = in_process("columns", "a.parquet", COLUMNS=str(width))
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    assert r"[red]\x1b[31m\u202e" in "".join(ran.out.split())
    assert max(map(len, ran.out.splitlines())) <= width
    assert "zzz…" in ran.out or width == 40


def test_sheets_that_could_be_the_same_are_asked_about_and_a_profile_is_written_all_the_same(
    in_process: Any, tmp_path: Path
) -> None:
    write(tmp_path / "a.xlsx", Orders=ENGLISH, Copy=ENGLISH)
    ran = in_process("columns", "a.xlsx", "--write", "p.toml")
    assert ran.code == 0
    assert 'the sheets "Orders" and "Copy" could both be the line items' in words(ran.out)
    profile = (tmp_path / "p.toml").read_text("utf-8")
    (tmp_path / "both.toml").write_text(f'sheet = ["Orders", "Copy"]\n{profile}', "utf-8")
    assert "could both be" not in in_process("columns", "a.xlsx", "--profile", "both.toml").out
    (tmp_path / "p.toml").write_text(f'sheet = "Copy"\n{profile}', "utf-8")
    assert in_process("plan", "a.xlsx", "--profile", "p.toml").code == 0


def test_headers_that_contradict_each_other_are_told_and_suggested(in_process: Any, tmp_path: Path) -> None:
    pd.DataFrame(ENGLISH | {"Currency-ID": ["EUR", "EUR"]}).to_parquet(tmp_path / "a.parquet")
    ran = in_process("columns", "a.parquet")
    said = words(ran.out)
    assert ran.code == 0
    assert 'The columns "Currency ID" and "Currency-ID" both stand for currency_id.' in said
    assert "currency_id Currency ID likely: a usual name; every value is an ISO 4217 code" in said


def test_an_ignored_header_is_not_suggested(in_process: Any, tmp_path: Path) -> None:
    pd.DataFrame(ENGLISH | {"Datum": ["2024-01-02", "2024-01-03"]}).to_parquet(tmp_path / "a.parquet")
    assert "order_date Datum likely" in words(in_process("columns", "a.parquet").out)
    (tmp_path / "p.toml").write_text('ignore = ["Datum"]')
    said = words(in_process("columns", "a.parquet", "--profile", "p.toml").out)
    assert "likely" not in said
    assert "Not sent: Datum." in said


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared files are not here")
def test_an_export_of_a_shop_is_recognized_and_what_it_lacks_is_told(in_process: Any, tmp_path: Path) -> None:
    export = pd.read_csv(SHARED / "shopify" / "shopify_orders_sample.csv", dtype="str")
    export.to_parquet(tmp_path / "shop.parquet")
    said = words(in_process("columns", "shop.parquet").out)
    assert "249 rows of orders and line items" in said
    assert "recognized and read with the profile shopify" in said
    assert "customer_id Email profile shopify" in said
    assert "unit_amount no Lineitem price MISSING" in said
