"""What the tests of the report page share: a run, its problems and requests, and the page as a reader meets it."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pandas as pd

from schemas.history import Activity, AnswerCount, Bucket, History, SlowBatch
from schemas.problems import MESSAGES, PROBLEMS
from schemas.report import Cause
from schemas.results import Status
from schemas.run import InputDigest, RunRecord, State, Total
from transforms.causes import causes
from transforms.timeline import timeline

VOID = {"meta", "br", "link", "img"}
DRAWN = {"path", "rect"}
NO_PROBLEMS: list[Cause] = []


def record(**changes: Any) -> RunRecord:
    given: dict[str, Any] = {
        "run_id": "20240122T050731",
        "state": State.COMPLETE,
        "base_url": "https://api.example.com/v4",
        "settings": {},
        "inputs": [InputDigest(name="orders.csv", path="orders.csv", bytes=1234, sha256="ab" * 32)],
        "planned_at": datetime(2024, 1, 22, 6, 7, 31, tzinfo=timezone(timedelta(hours=1))),
        "orders": {Status.CREATED: 97_000},
        "rows": {Status.CREATED: 300_000},
    }
    return RunRecord(**given | changes)


def problem(code: str = "not_a_date", row: int = 2, **changes: object) -> dict[str, object]:
    place = {"source_file": "orders.csv", "source_sheet": "May", "source_row": row, "column": "Ordered on"}
    quoted = {"value": "04/05/24", "other": "EUR", "first": "orders.csv, row 1", "entity": "order", "timezone": "UTC"}
    message = MESSAGES[code].format(column="Ordered on", **quoted) if code in MESSAGES else code
    return {**place, "value": "04/05/24", "code": code, "message": message, **changes}


def causes_of(*problems: dict[str, object], **counts: int) -> list[Cause]:
    return causes(counts, pd.DataFrame(problems, columns=PROBLEMS.names))


def activity(allowed: int = 100) -> Activity:
    """Three requests within two seconds: one of them failed, one listed."""
    answers = (
        AnswerCount("create", 200, None, 1, 100, 97, 3, 0, 250_000, 250_000),
        AnswerCount("create", None, "ReadTimeout", 1, 50, 0, 0, 50, 1_500_000, 1_500_000),
        AnswerCount("list", 200, None, 1, 0, 0, 0, 0, 0, 0),
    )
    buckets = (Bucket(0, 2, 150, 97, 3, 50), Bucket(3, 1, 0, 0, 0, 0))
    slowest = (SlowBatch(2, 7, 50, 1_705_903_651_000_000, 1_500_000, None, "ReadTimeout"),)
    history = History(1_705_903_651_000_000, 1_705_903_653_000_000, 500_000, buckets, answers, slowest)
    return Activity(history, timeline(history, allowed), 50)


def total(status: str, orders: int, amount: str, company_id: str = "7", currency_id: str = "EUR") -> Total:
    return Total(
        company_id=company_id,
        currency_id=currency_id,
        status=status,
        orders=orders,
        line_items=2 * orders,
        amount=Decimal(amount),
    )


class Page(HTMLParser):
    """The page as a reader without eyes has it: its elements, its text by element, and whether all are closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.words = ""
        self.titles: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []
        self.ids = {attributes["id"] for _, attributes in self.elements if "id" in attributes}
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID | DRAWN:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in DRAWN:
            return
        assert self.open.pop() == tag
        self.words += " " * (tag not in {"code", "strong", "span", "b"})

    def handle_data(self, data: str) -> None:
        if "title" in self.open:
            self.titles.append(data)
        if "style" not in self.open:
            self.words += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]
