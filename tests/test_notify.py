"""Notifications: one for each change of how a run ended, to a real receiver, and none of its tokens anywhere."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import FAST, Orderlift, ended, files_with, wait_until
from receivers import TOKEN, Receiver, receiving

from adapters.workspace import RunFolder, Workspace
from flows import notify
from sandbox.faults import Delay, Fault, HangUp, Reply
from sandbox.server import Sandbox

FLAT = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
KEY = "sk-live-4f1f0d2c9b"
CUSTOMER = "jane.doe@example.org"
REFUSAL = f'{{"error":{{"code":"unauthorized","message":"not for {CUSTOMER}"}}}}'
DOWN = f"json://127.0.0.1:9/hooks/{TOKEN}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


class World:
    """The command with orders, the API under a script of faults, and a receiver."""

    def __init__(self, call: Any, folder: Path, url: str) -> None:
        self.call = call
        self.folder = folder
        self.url = url
        with socket.socket() as free:  # the same at a resume
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def __call__(self, command: str, *args: object, faults: tuple[Fault, ...] = (), **environment: str) -> Any:
        given = {"ORDERLIFT_NOTIFY_URLS": self.url, "ORDERLIFT_API_KEY": KEY} | environment
        with Sandbox(
            self.folder.with_name(f"{self.folder.name}.db"), api_key=KEY, faults=faults, port=self.port
        ) as api:
            at = ("--base-url", api.url) if command == "run" else ()
            ran = self.call(command, *args, *at, *(FAST if command != "reconcile" else ()), **given)
        assert files_with(self.folder, TOKEN.encode()) == []
        assert TOKEN not in ran.out + ran.err
        return ran

    def orders(self, good: int, bad: int = 0) -> str:
        rows = [f"1,A-{number},{CUSTOMER},EUR,i,1,2.50\n" for number in range(good)]
        rows += [f"1,B-{number},{CUSTOMER},{CUSTOMER},i,1,2.50\n" for number in range(bad)]
        (self.folder / "a.csv").write_text(FLAT + "".join(rows))
        return "a.csv"


@pytest.fixture
def world(in_process: Any, tmp_path: Path, receiver: Receiver) -> World:
    return World(in_process, tmp_path, receiver.url)


def latest() -> RunFolder:
    return Workspace("workspace").run()


def test_a_completed_run_is_told_with_its_counts_its_report_and_what_to_do(world: World, receiver: Receiver) -> None:
    assert world("run", world.orders(good=3)).code == 0
    [message] = receiver.messages
    folder = latest()
    assert message["title"] == f"Orderlift run {folder.run_id}: complete"
    assert message["type"] == "success"
    assert "Orders: 3 created." in message["message"]
    assert f"Report: {folder.report.absolute()}" in message["message"]
    assert "Next: Nothing: every order is on the platform." in message["message"]


@pytest.mark.parametrize(
    ("above", "titles"),
    [
        ("0", ["2 of 5 orders not created"]),
        ("0.3", ["2 of 5 orders not created"]),
        ("1", ["2 of 5 orders not created"]),
        ("0.4", ["complete"]),
        ("2", ["complete"]),
    ],
)
def test_problems_are_told_above_their_threshold(
    world: World, receiver: Receiver, above: str, titles: list[str]
) -> None:
    ran = world("run", world.orders(good=3, bad=2), ORDERLIFT_NOTIFY_PROBLEMS_ABOVE=above)
    assert (ran.code, receiver.titles) == (1, titles)
    assert "Orders: 3 created, 2 invalid." in receiver.messages[0]["message"]
    assert "Problems: 2 (2 not a currency)." in receiver.messages[0]["message"]
    assert CUSTOMER not in str(receiver.messages)


def test_a_stop_is_told_once_and_then_what_became_of_it(world: World, receiver: Receiver) -> None:
    refused = Reply(status=401, body=REFUSAL)
    assert world("run", world.orders(good=3), faults=(refused,)).code == 3
    assert receiver.titles == ["stopped early"]
    assert "Why: KeyRefused. The API does not accept the key, its rights or the address." in str(receiver.messages)
    assert f"orderlift resume {latest().run_id}" in str(receiver.messages)
    assert world("resume", faults=(refused,)).code == 3
    assert receiver.titles == ["stopped early"]
    assert world("resume").code == 0
    assert receiver.titles == ["stopped early", "complete"]
    assert world("resume").code == 0
    assert len(receiver.messages) == 2
    assert CUSTOMER not in str(receiver.messages)


def test_a_stop_for_another_cause_is_told_again(world: World, receiver: Receiver) -> None:
    world("run", world.orders(good=3), faults=(Reply(status=401),))
    again = Reply(status=503, times="always")
    assert world("resume", "--give-up-after", "0", "--settle-seconds", "0", faults=(again,)).code == 3
    assert len(receiver.messages) == 2


def test_doubt_that_is_left_is_told_and_then_that_it_is_settled(world: World, receiver: Receiver) -> None:
    hang, blind = HangUp(stored=True), Reply(on="list", status=200, body='{"data":[]}', times="always")
    ran = world("run", world.orders(good=1), "--settle-seconds", "0", faults=(hang, blind))
    assert ran.code in (3, 4), ran.err
    [first] = receiver.messages
    assert "1 in doubt" in first["message"]
    assert "orderlift reconcile" in first["message"]
    assert world("reconcile").code == 0
    assert receiver.titles[1:] == ["complete"]


def test_an_interruption_is_told(orderlift: Orderlift, tmp_path: Path, receiver: Receiver) -> None:
    (tmp_path / "a.csv").write_text(f"{FLAT}1,A-1,c,EUR,i,1,2.50\n")
    with Sandbox(tmp_path.with_name(f"{tmp_path.name}.db"), api_key=KEY, faults=[Delay(seconds=5)]) as api:
        call = ("run", "a.csv", "--base-url", api.url, "--grace-seconds", 0, *FAST)
        environment = {"ORDERLIFT_API_KEY": KEY, "ORDERLIFT_NOTIFY_URLS": receiver.url}
        with orderlift.start(*call, **environment) as process:
            records = tmp_path.glob
            wait_until(lambda: any(b"delivering" in one.read_bytes() for one in records("workspace/runs/*/run.json")))
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            assert ended(process).code == 130
    assert receiver.titles == ["stopped early"]
    assert "Why: Interrupted. A signal asked the run to stop." in receiver.messages[0]["message"]


def test_what_tells_is_imported_when_there_is_something_to_tell() -> None:
    look = "import sys, flows.show, flows.notify; sys.exit('apprise' in sys.modules or 'prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0


def test_only_what_is_asked_for_is_told(world: World, receiver: Receiver) -> None:
    assert world("run", world.orders(good=1), ORDERLIFT_NOTIFY_ON="stopped, problems").code == 0
    assert receiver.messages == []


def test_a_plan_is_not_told(world: World, receiver: Receiver) -> None:
    assert world("plan", world.orders(good=1)).code == 0
    assert receiver.messages == []


def test_an_input_that_cannot_be_read_is_told_without_its_words(world: World, receiver: Receiver) -> None:
    (world.folder / "a.csv").write_text(f"{CUSTOMER}\n1\n")
    assert world("run", "a.csv").code == 2
    assert receiver.titles == ["failed"]
    assert "nothing was sent" in receiver.messages[0]["message"]
    assert CUSTOMER not in str(receiver.messages)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"status": 403}, "json://... cannot be reached, or refuses the message"),
        ({"seconds": 30}, "json://... cannot be reached, or refuses the message"),
        ({"drips": True}, "json://... did not answer within 1 s"),
    ],
)
def test_a_receiver_that_is_slow_or_refuses_is_a_warning(
    world: World, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], said: str
) -> None:
    if "drips" in how:
        monkeypatch.setattr(notify, "SECONDS", 1.0)
    with receiving(**how) as other:
        began = time.monotonic()
        ran = world("run", world.orders(good=1), ORDERLIFT_NOTIFY_URLS=f"{other.url} {world.url}")
        assert time.monotonic() - began < 25
    assert ran.code == 0
    assert f"A receiver was not notified: {said}" in " ".join(ran.err.split())


def test_one_that_is_down_is_told_when_the_run_ends_so_again(world: World, receiver: Receiver) -> None:
    ran = world("run", world.orders(good=1), ORDERLIFT_NOTIFY_URLS=DOWN)
    assert ran.code == 0
    assert "A receiver was not notified: json://... cannot be reached" in " ".join(ran.err.split())
    assert world("resume").code == 0
    assert receiver.titles == ["complete"]


def test_receivers_may_stand_in_a_file(world: World, receiver: Receiver, tmp_path: Path) -> None:
    file = tmp_path.with_name(f"{tmp_path.name}-receivers")
    file.write_text(f"# the team\n{receiver.url}\n\n")
    assert world("run", world.orders(good=1), "--notify-file", file, ORDERLIFT_NOTIFY_URLS="").code == 0
    assert receiver.titles == ["complete"]


@pytest.mark.parametrize(
    ("args", "environment", "said"),
    [
        ([], {"ORDERLIFT_NOTIFY_URLS": TOKEN}, "One of the receivers to notify is not a URL."),
        (["--notify-file", "none"], {}, "The file of receivers none cannot be read."),
        (["--notify-block", "slack-webhook/x"], {}, "no Prefect API is set up. Set PREFECT_API_URL, or ORDERLIFT_"),
        (["--notify-on", "success"], {}, "notify_on is wrong: success is none of stopped, doubt, problems, completed"),
    ],
)
def test_receivers_that_cannot_be_right_are_refused_before_anything_is_done(
    world: World, args: list[str], environment: dict[str, str], said: str
) -> None:
    ran = world("run", world.orders(good=1), *args, **environment)
    assert ran.code == 2
    assert said in ran.complaint
    assert not (world.folder / "workspace").exists()


def test_receivers_in_orderlift_toml_are_refused_unseen(world: World) -> None:
    (world.folder / "orderlift.toml").write_text('notify_urls = "json://x"\n')
    ran = world("run", world.orders(good=1))
    assert (ran.code, "Receivers do not belong into orderlift.toml" in ran.complaint) == (2, True)
