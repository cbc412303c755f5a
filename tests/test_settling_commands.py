"""The commands that settle and prove: reconcile, resolve and verify, against a real sandbox."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from commands import FAST, Orderlift, Ran

from sandbox import faults as fault
from sandbox.server import Sandbox

KEY = "sandbox-key"
HEADER = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
UNANSWERED = fault.Reply(skip=1, times=1, status=504, stored=True)
CANNOT_LIST = fault.Reply(on="list", times=1, status=405)
Serve = Callable[..., Sandbox]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    opened: list[Sandbox] = []

    def start(*faults: fault.Fault) -> Sandbox:
        store = tmp_path.with_name(f"{tmp_path.name}.db")
        opened.append(Sandbox(store, api_key=KEY, requests_per_minute=None, faults=faults).__enter__())
        return opened[-1]

    yield start
    for sandbox in opened:
        sandbox.__exit__()


@pytest.fixture
def run(orderlift: Orderlift) -> Callable[..., Ran]:
    rows = "".join(f"7,A-{number},c,EUR,p{number},2,1.25\n" for number in range(12))
    (orderlift.folder / "orders.csv").write_text(HEADER + rows)

    def go(sandbox: Sandbox, *args: str) -> Ran:
        settings = ("--base-url", sandbox.url, *FAST, "--settle-seconds", "0.2")
        return orderlift("run", "orders.csv", *settings, *args, "--json", ORDERLIFT_API_KEY=KEY)

    return go


def results(orderlift: Orderlift) -> pd.DataFrame:
    rows = pd.read_parquet(orderlift.runs()[-1] / "results.parquet")
    return rows[rows["entity"] == "order"].set_index("order_number")


def record(orderlift: Orderlift) -> dict[str, Any]:
    return json.loads((orderlift.runs()[-1] / "run.json").read_bytes())


def test_reconcile_settles_what_a_run_could_not_read_back(
    orderlift: Orderlift, serve: Serve, run: Callable[..., Ran]
) -> None:
    done = run(serve(UNANSWERED, CANNOT_LIST))
    assert done.code == 4
    assert (done.json["orders"]["created"], done.json["orders"]["in_doubt"]) == (1, 11)
    assert "orderlift reconcile" in done.err
    assert results(orderlift)["error_message"].dropna().str.contains("cannot be read back").all()
    settled = orderlift("reconcile", "--json", ORDERLIFT_API_KEY=KEY)
    assert settled.code == 0, settled.err
    assert settled.json["orders"]["created"] == 12
    assert settled.json["state"] == "complete"
    assert sorted(results(orderlift)["rootfi_id"]) == list(range(1, 13))


def test_resolve_takes_a_persons_word_and_resume_sends_what_was_not_created(
    orderlift: Orderlift, serve: Serve, run: Callable[..., Ran]
) -> None:
    never = CANNOT_LIST.model_copy(update={"times": "always"})
    sandbox = serve(UNANSWERED.model_copy(update={"stored": False}), never)
    assert run(sandbox).code == 4
    doubtful = results(orderlift).query("status == 'in_doubt'").index.tolist()
    said = ("--company-id", "7", "--as")
    one = orderlift("resolve", "--order", doubtful[0], *said, "created")
    assert (one.code, one.out) == (0, f"Order {doubtful[0]} of company 7: created\n")
    assert results(orderlift).loc[doubtful[0], "status"] == "created"
    others = [word for number in doubtful[1:] for word in ("--order", number)]
    assert orderlift("resolve", *others, *said, "not-created").code == 0
    assert results(orderlift)["status"].value_counts().to_dict() == {"created": 2, "pending": 10}
    resumed = orderlift("resume", "--json", ORDERLIFT_API_KEY=KEY)
    assert (resumed.code, resumed.json["orders"]["created"]) == (0, 12)
    assert sandbox.store.count() == 11
    assert sandbox.store.duplicates() == {}


def test_resolve_leaves_the_record_say_why_the_run_stopped(
    orderlift: Orderlift, serve: Serve, run: Callable[..., Ran]
) -> None:
    always = {"times": "always"}
    assert (
        run(serve(UNANSWERED.model_copy(update={"skip": 0, **always}), CANNOT_LIST.model_copy(update=always))).code > 2
    )
    stopped = record(orderlift)
    assert (stopped["state"], stopped["reason"]) == ("stopped", "no_control")
    doubtful = results(orderlift).query("status == 'in_doubt'").index[0]
    assert orderlift("resolve", "--order", doubtful, "--company-id", "7", "--as", "created").code == 0
    assert [record(orderlift)[name] for name in ("reason", "message")] == [stopped["reason"], stopped["message"]]


@pytest.mark.parametrize(("number", "why"), [("A-0", "is created, not in doubt"), ("A-99", "was never sent")])
def test_resolve_refuses_what_is_not_in_doubt(
    orderlift: Orderlift, serve: Serve, run: Callable[..., Ran], number: str, why: str
) -> None:
    run(serve())
    refused = orderlift("resolve", "--order", number, "--company-id", "7", "--as", "created")
    assert refused.code == 2
    assert why in refused.complaint


def test_verify_finds_file_ledger_and_platform_in_agreement(
    orderlift: Orderlift, serve: Serve, run: Callable[..., Ran]
) -> None:
    run(serve())
    verified = orderlift("verify", ORDERLIFT_API_KEY=KEY)
    assert verified.code == 0, verified.err
    assert "The file, the ledger and the platform agree." in verified.out
    (total,) = orderlift("verify", "--json", ORDERLIFT_API_KEY=KEY).json["totals"]
    assert {total[f"{side}_orders"] for side in ("file", "ledger", "platform")} == {12}
    assert {float(total[f"{side}_amount"]) for side in ("file", "ledger", "platform")} == {30.0}


def test_verify_names_every_order_that_is_missing_doubled_or_different(
    orderlift: Orderlift, serve: Serve, run: Callable[..., Ran]
) -> None:
    sandbox = serve()
    run(sandbox)
    lines = [{"item_id": "p", "quantity": 2, "unit_amount": 1.25}]
    again = {"customer_id": "c", "currency_id": "EUR", "order_number": "A-3", "line_items": lines}
    sandbox.store.add(7, [again])
    sandbox.store.remove(7, "A-5")
    verified = orderlift("verify", "--json", ORDERLIFT_API_KEY=KEY)
    assert verified.code == 1
    found = {one["order_number"]: one["finding"] for one in verified.json["findings"]}
    assert found == {"A-3": "doubled", "A-5": "missing"}


def test_verify_sends_no_order_and_needs_a_listing(orderlift: Orderlift, serve: Serve, run: Callable[..., Ran]) -> None:
    sandbox = serve(CANNOT_LIST)
    run(sandbox)
    refused = orderlift("verify", ORDERLIFT_API_KEY=KEY)
    assert refused.code == 3
    assert "cannot be read back" in refused.err
    assert sandbox.store.count() == 12


def test_a_canary_and_skip_existing_are_settings_of_the_command(
    serve: Serve, run: Callable[..., Ran], orderlift: Orderlift
) -> None:
    sandbox = serve(fault.Reject(times="always", order_numbers=frozenset({"A-1"})))
    sandbox.store.add(7, [{"customer_id": "c", "currency_id": "EUR", "order_number": "A-0"}])
    stopped = run(sandbox, "--canary", "3", "--skip-existing")
    assert stopped.code == 3
    assert "1 of the first 3 orders were not created, such as A-1" in " ".join(stopped.err.split())
    counts = {status: count for status, count in stopped.json["orders"].items() if count}
    assert counts == {"already_created": 1, "created": 2, "rejected": 1, "pending": 8}
    existing = results(orderlift).loc["A-0"]
    assert (existing["status"], existing["rootfi_id"]) == ("already_created", 1)
