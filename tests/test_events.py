"""--log-format json: standard error is one JSON object per line, for a program, and holds nothing that is private."""

import io
import logging
import re
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from commands import FAST, Orderlift, Ran, wait_until
from rich.console import Console

from flows import cli, events
from flows.display import EventDisplay, open_display
from flows.events import EventLog
from flows.ports import Progress
from sandbox.faults import Delay, Reply
from sandbox.server import Sandbox
from schemas.errors import ApiDown, InputError, LedgerError, WrongMapping

HEADER = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
JSON = ("--log-format", "json")
KEY = "sandbox-key"
CUSTOMER = "jane.doe@example.com"
DOC = (Path(__file__).parents[1] / "docs" / "operation.md").read_text()


def told(ran: Ran) -> list[dict[str, Any]]:
    """The events; each line of standard error is one."""
    lines = [orjson.loads(line) for line in ran.err.splitlines()]
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert line["level"] in ("info", "warning", "error")
    return lines


def write_orders(path: Path, count: int, quantity: str = "1") -> None:
    path.write_text(HEADER + "".join(f"1,A-{number},{CUSTOMER},EUR,i,{quantity},2\n" for number in range(count)))


def test_a_run_tells_its_steps_with_counts(in_process: Any, tmp_path: Path) -> None:
    write_orders(tmp_path / "a.csv", 3)
    ran = in_process("run", "a.csv", "--sandbox", *FAST, *JSON, "--json")
    lines = told(ran)
    assert [line["event"] for line in lines] == ["planned", "notice", "progress", "finished"]
    assert {line["run_id"] for line in lines} == {ran.json["run_id"]}
    planned, _, progress, finished = lines
    assert (planned["orders"], planned["line_items"], planned["goes_on"]) == ({"pending": 3}, 3, True)
    assert (progress["orders"], progress["created"], progress["requests"]) == (3, 3, ran.json["requests"])
    assert (finished["state"], finished["orders"], finished["exit_code"]) == ("complete", {"created": 3}, 0)
    assert finished["level"] == "info"
    assert CUSTOMER not in ran.err


def test_it_may_be_asked_for_in_the_environment_and_is_not_kept_for_a_resume(in_process: Any, tmp_path: Path) -> None:
    write_orders(tmp_path / "a.csv", 1)
    planned = in_process("plan", "a.csv", "--sandbox", ORDERLIFT_LOG_FORMAT="json")
    assert [line["event"] for line in told(planned)] == ["planned", "notice"]
    resumed = in_process("resume", *FAST)
    assert resumed.err.startswith("Run ")
    again = in_process("reconcile", *JSON)
    assert [line["event"] for line in told(again)] == ["finished", "notice"]
    verified = in_process("verify", *FAST, *JSON)
    assert [line["event"] for line in told(verified)] == ["notice"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("plan", "none.csv", *JSON), "input_error"),
        (("plan", "a.csv", "--since", "soon", *JSON), "usage_error"),
        (("resume", "none", *JSON), "usage_error"),
    ],
)
def test_what_ends_a_command_is_an_event(in_process: Any, arguments: tuple[str, ...], reason: str) -> None:
    ran = in_process(*arguments)
    [line] = told(ran)
    assert (line["event"], line["level"], line["reason"], line["exit_code"]) == ("error", "error", reason, ran.code)
    assert line["message"]


def test_a_bug_is_one_line_that_does_not_say_what_the_error_says(
    in_process: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError(CUSTOMER)

    monkeypatch.setattr(cli, "_given", fail)
    ran = in_process("plan", "a.csv", *JSON)
    [line] = told(ran)
    assert ran.code == 70
    assert "a bug: KeyError." in line["message"]
    assert CUSTOMER not in ran.err


def test_what_stopped_a_run_is_told_without_what_the_platform_said(in_process: Any, tmp_path: Path) -> None:
    write_orders(tmp_path / "a.csv", 9)
    body = orjson.dumps({"errors": [{"code": "bad", "message": f"no customer {CUSTOMER}"}]}).decode()
    with Sandbox(
        tmp_path / "s.db", requests_per_minute=None, faults=[Reply(times="always", status=422, body=body)]
    ) as sandbox:
        ran = in_process("run", "a.csv", "--base-url", sandbox.url, *FAST, *JSON, ORDERLIFT_API_KEY=KEY)
    assert ran.code == 3
    stopped = next(line for line in told(ran) if line["event"] == "stopped")
    assert (stopped["level"], stopped["reason"], stopped["state"]) == ("error", "wrong_mapping", "stopped")
    assert CUSTOMER not in ran.err
    assert KEY not in ran.err


def test_an_interrupted_run_tells_it(orderlift: Orderlift, tmp_path: Path) -> None:
    write_orders(tmp_path / "a.csv", 50)
    slow = [Delay(times="always", seconds=0.2)]
    with Sandbox(tmp_path / "s.db", requests_per_minute=None, faults=slow) as sandbox:
        few = ("--max-orders-per-batch", 1, "--max-in-flight", 1, "--base-url", sandbox.url)
        with orderlift.start("run", "a.csv", *few, *FAST, *JSON, ORDERLIFT_API_KEY=KEY) as process:
            wait_until(lambda: len(sandbox.requests) > 2)
            process.terminate()
            out, err = process.communicate(timeout=60)
    lines = told(Ran(process.returncode, out, err))
    stopped = next(line for line in lines if line["event"] == "stopped")
    assert (stopped["level"], stopped["reason"], stopped["exit_code"]) == ("warning", "interrupted", 130)


def test_progress_is_told_at_most_every_ten_seconds_and_at_the_end() -> None:
    written, now = io.StringIO(), [1000.0]
    display = EventDisplay(EventLog(written.write), "R", clock=lambda: now[0])
    with display:
        for second in range(26):
            now[0] = 1000.0 + second
            display.tell(Progress(100, created=second))
    created = [orjson.loads(line)["created"] for line in written.getvalue().splitlines()]
    assert created == [0, 10, 20, 25]


def test_only_messages_that_quote_no_platform_are_told() -> None:
    for error, is_told in (
        (InputError("m", "r"), True),
        (LedgerError("m"), True),
        (ApiDown("m"), False),
        (WrongMapping("m"), False),
    ):
        written = io.StringIO()
        EventLog(written.write, lambda: datetime(2024, 1, 31, tzinfo=UTC)).fail(error)
        line = orjson.loads(written.getvalue())
        assert ("message" in line) is is_told
        assert line["time"] == "2024-01-31T00:00:00.000Z"


def test_what_libraries_say_is_an_event_too(capfd: pytest.CaptureFixture[str]) -> None:
    events.start()
    assert isinstance(open_display(Console(stderr=True), 100, "R"), EventDisplay)
    logging.getLogger("some.library").warning("first\nsecond")
    warnings.warn("old", UserWarning, stacklevel=1)
    events.stop()
    logging.getLogger("some.library").info("not this")
    lines = told(Ran(0, "", capfd.readouterr().err))
    assert [(line["event"], line["logger"]) for line in lines] == [("log", "some.library"), ("log", "py.warnings")]
    assert lines[0]["message"] == "first second"


def test_every_event_is_in_the_document() -> None:
    source = "".join((Path(events.__file__).parent / name).read_text() for name in ("events.py", "display.py"))
    named = set(re.findall(r"tell\(\s*\"([a-z]+)\"", source))
    assert named == set(
        re.findall(r"^\| `([a-z]+)` \|", DOC.partition("| event |")[2].partition("###")[0], re.MULTILINE)
    )
