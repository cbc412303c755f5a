"""--redact: what stands in cells is in the plan, which must be sent, and in nothing else that a run writes or says."""

import random
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from commands import FAST, Orderlift, Ran
from corpus import cells, dates, lookups, numbers, shapes, tables_among_others, text_shapes
from corpus.case import Case
from reject_files import read_book
from test_corpus import in_folder

from sandbox.faults import Reply
from sandbox.server import Sandbox
from schemas.problems import HIDDEN, MESSAGES
from transforms.redact import NOTE, NUMBERED

KEY = "sk-live-4f1f0d2c9b"
PLANT = "Zq7xPlanted"
HEADER = (
    "company_id,order_number,customer_id,currency_id,order_date,status,shipping_address.street,item_id,name,quantity"
)
CASES = [
    case
    for module in (cells, dates, numbers, lookups, shapes, tables_among_others, text_shapes)
    for case in random.Random(3).sample(module.CASES, min(5, len(module.CASES)))  # noqa: S311 - a choice of cases
]


def text_of(path: Path) -> str:
    """All that can be read in a file."""
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist())
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "".join(book.read(name).decode() for name in book.namelist())
    return path.read_bytes().decode(errors="replace")


def written(folder: Path) -> dict[str, str]:
    """What a run has written beside its plan, and the ledger."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "plan"]
    return {path.name: text_of(path) for path in files if path.name != "sandbox.db"}


def rows(*rows: Sequence[object]) -> str:
    return "\n".join([f"{HEADER},unit_amount", *(",".join(map(str, row)) for row in rows)]) + "\n"


def planted(number: str, **cells: object) -> list[object]:
    row: dict[str, object] = {name: f"{PLANT} {name}" for name in HEADER.split(",")}
    row |= {"company_id": 1, "order_number": number, "currency_id": "EUR", "order_date": "2024-01-22"}
    row |= {"status": "shipped", "quantity": 2, "unit_amount": "9.50"}
    return list((row | cells).values())


BAD = (
    planted("B-1", currency_id=PLANT),
    planted("B-2", order_date=f"{PLANT} 3"),
    planted("B-3", status=PLANT, quantity=f"{PLANT}9"),
    planted("B-4", unit_amount=f"{PLANT},5"),
    planted("B-5"),
    planted("B-5", customer_id=f"{PLANT} other"),
    [*planted("B-6"), PLANT],
)
GOOD = [planted(f"A-{number}") for number in range(4)]


def nothing_planted_in(ran: Ran, folder: Path) -> None:
    assert PLANT not in ran.out + ran.err
    assert [name for name, text in written(folder).items() if PLANT in text] == []


def test_without_it_values_are_told(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(rows(*GOOD, *BAD))
    assert in_process("plan", "a.csv").code == 1
    told = {name for name, text in written(tmp_path / "workspace").items() if PLANT in text}
    assert told == {
        "problems.parquet",
        "rejects.xlsx",
        "results.csv",
        "results.parquet",
        "part-00000.parquet",
    }


@pytest.mark.parametrize("partition", [(), ("--partition-rows", 3)])
def test_values_are_in_nothing_but_the_plan(orderlift: Orderlift, tmp_path: Path, partition: Sequence[object]) -> None:
    """Also what an API quotes, in the answers of this run and of one that did not leave it out."""
    folder = tmp_path / "w"
    (tmp_path / "a.csv").write_text(rows(*GOOD, *BAD))
    said = f'{{"error":{{"code":"invalid-params","message":"customer {PLANT} of A-0 is unknown"}}}}'
    quoting = Reply(status=400, body=said, times=2)
    with Sandbox(tmp_path.with_name(f"{tmp_path.name}.db"), api_key=KEY, faults=[quoting]) as api:
        call = ("--workspace", "w", "--base-url", api.url, *FAST)
        environment = {"ORDERLIFT_API_KEY": KEY}
        ran = orderlift("run", "a.csv", *call, "--redact", *partition, **environment)
        assert ran.code == 1, ran.err
        nothing_planted_in(ran, folder)
        assert PLANT not in orderlift("status", "--workspace", "w").out
    [run] = (folder / "runs").glob("*")
    answers = pq.read_table(run / "results.parquet").to_pylist()
    refused = [one for one in answers if one["status"] == "rejected" and one["entity"] == "order"]
    assert {one["error_message"] for one in refused} == {
        "HTTP 400; what the API said is left out, since it may quote values"
    }
    assert {one["error_code"] for one in refused} == {"invalid-params"}


def test_rejects_tell_where_the_rows_stand_and_have_no_cells(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(rows(*GOOD, *BAD[:4]))
    ran = in_process("plan", "a.csv", "--redact")
    assert "rejects.xlsx has no cells (redact)" in " ".join(ran.err.split())
    [rejects] = tmp_path.glob("workspace/runs/*/rejects.xlsx")
    [sheet] = read_book(rejects).values()
    assert sheet[0][0] == NOTE
    assert sheet[1] == ["source_file", "source_sheet", "source_row", "columns", "problem"]
    assert sheet[2] == [
        "a.csv",
        None,
        6,
        "currency_id",
        MESSAGES["not_a_currency"].format(column="currency_id", value=HIDDEN),
    ]
    assert [(row[2], row[3]) for row in sheet[3:]] == [(7, "order_date"), (8, "quantity; status"), (9, "unit_amount")]


def test_titles_and_footers_are_not_quoted(in_process: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"Orders of {PLANT}\n\n{rows(*GOOD)}\nTotal {PLANT}\n")
    ran = in_process("plan", "a.csv", "--redact")
    assert ran.code == 0, ran.err
    assert "above it are not read" in ran.err
    nothing_planted_in(ran, tmp_path / "workspace")


@pytest.mark.parametrize("make", CASES)
def test_no_value_of_a_problem_is_told_again(in_process: Any, tmp_path: Path, make: Any) -> None:
    case: Case = make()
    given = in_folder(tmp_path, case)
    assert in_process("plan", *given, "--workspace", "plain").code in (0, 1, 2)
    found = [row for path in tmp_path.glob("plain/runs/*/problems.parquet") for row in pq.read_table(path).to_pylist()]
    names = "".join(str(row["column"]) + row["source_file"] + row["source_sheet"] for row in found)
    values = {
        row["value"]
        for row in found
        if row["value"] and row["code"] not in (*NUMBERED, "malformed_row") and len(row["value"]) > 4
    }
    sums = re.compile(r"\d+\.\d+")  # as control totals have them, which stay
    values = {one for one in values if one not in names + "".join(MESSAGES.values()) and not sums.fullmatch(one)}
    ran = in_process("plan", *given, "--workspace", "redacted", "--redact")
    texts = {**written(tmp_path / "redacted"), "terminal": ran.out + ran.err}
    assert [(name, value) for name, text in texts.items() for value in values if value in text] == []
    again = [
        row for path in tmp_path.glob("redacted/runs/*/problems.parquet") for row in pq.read_table(path).to_pylist()
    ]
    assert [(row["source_row"], row["code"]) for row in again] == [(row["source_row"], row["code"]) for row in found]
