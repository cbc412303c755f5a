"""Secrets: whatever goes wrong, and at debug level, none is written, printed or inherited."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from commands import COMMAND, FAST, Orderlift, Ran, files_with
from postgres import Postgres
from prefect_processes import processes_of
from receivers import TOKEN, receiving
from sqlalchemy import make_url

from sandbox.faults import Fault, Reply
from sandbox.server import Sandbox

pytestmark = pytest.mark.timeout(300)
KEY = "sk-live-4f1f0d2c9b"
PASSWORD = "pw-7a1c55e0"  # noqa: S105 - of a server that asks for none
SECRETS = (KEY, TOKEN, PASSWORD)
FLAT = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
ROWS = FLAT + "".join(f"1,A-{number},c,EUR,i,1,2.50\n" for number in range(9))
ECHO = {"X-Sent": f"api_key={KEY}"}
REFUSED = Reply(status=401, headers=ECHO, body=f'{{"error":{{"code":"unauthorized","message":"no key {KEY}"}}}}')
SAID = f'{{"error":{{"code":"invalid-params","message":"A-0 with {KEY} is bad"}}}}'
BAD = Reply(status=400, headers=ECHO, body=SAID)


class Watched:
    """The command in an empty folder, its logs, and which of its processes could see the key."""

    def __init__(self, folder: Path, port_of: Path) -> None:
        self.folder = folder
        self.store = port_of
        (folder / "logs").mkdir()
        (folder / "a.csv").write_text(ROWS)
        path = f"{Path(__file__).with_name('eavesdrop')}:{os.environ.get('PYTHONPATH', '')}"
        self.command = Orderlift(folder, PYTHONPATH=path, EAVESDROP=str(folder / "logs"), ORDERLIFT_API_KEY=KEY)
        self.told: list[str] = []
        self.knowing: set[str] = set()

    def __call__(self, *args: object, faults: Sequence[Fault] = (), **environment: str) -> Ran:
        with (
            Sandbox(self.store, api_key=KEY, faults=faults) as api,
            self._looking(),
            receiving() as other,
        ):
            urls = {"ORDERLIFT_NOTIFY_URLS": f"{other.url} json://127.0.0.1:9/{TOKEN}"}
            base = {"ORDERLIFT_BASE_URL": api.url} if args[0] == "run" else {}
            ran = self.command(*args, *FAST, **urls, **base, **environment)
            self.told += [str(message) for message in other.messages]
        self.told += [ran.out, ran.err]
        return ran

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """Look at the processes whose home is the folder: but for the command itself, none has the key."""
        ended = threading.Event()
        command = str(COMMAND).encode()
        mine = f"HOME={self.folder}\0".encode()

        def look() -> None:
            while not ended.wait(0.05):
                for process in Path("/proc").glob("[0-9]*"):
                    with suppress(OSError):
                        environ, line = (process / "environ").read_bytes(), (process / "cmdline").read_bytes()
                        is_command = command in line.split(b"\0")
                        if mine in environ and (KEY.encode() in line or (not is_command and KEY.encode() in environ)):
                            self.knowing.add(line.replace(b"\0", b" ").decode())

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        yield
        ended.set()
        thread.join()

    def check(self) -> None:
        """Nothing that was written or printed has a secret, and no process that need not have one had it."""
        assert [(one, files_with(self.folder, one.encode())) for one in SECRETS] == [(one, []) for one in SECRETS]
        assert [secret for secret in SECRETS if secret in "".join(self.told)] == []
        assert self.knowing == set()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    one = Watched(tmp_path, tmp_path.with_name(f"{tmp_path.name}.db"))
    yield one
    one.check()


def logs(watched: Watched) -> str:
    return "".join(path.read_text() for path in watched.folder.glob("logs/*.log"))


def test_of_a_run_that_is_refused_crashes_and_is_resumed(watched: Watched) -> None:
    refused = watched("run", "a.csv", "--partition-rows", 2, faults=[REFUSED])
    assert refused.code == 3, refused.err
    assert "x-sent" in logs(watched)
    crashed = watched("resume", CRASH="1")
    assert crashed.code == 70, crashed.err


def test_of_a_run_that_crashes(watched: Watched) -> None:
    crashed = watched("run", "a.csv", CRASH="1")
    assert crashed.code == 70, crashed.err
    assert list(watched.folder.glob("workspace/bug-*.txt"))
    assert watched("run", "a.csv", CRASH="1", ORDERLIFT_DEBUG="1").code == 70
    ran = watched("run", "a.csv", "--settle-seconds", 0, "--workspace", "w", faults=[BAD])
    assert ran.code == 1, ran.err


def test_of_a_ledger_with_a_password(watched: Watched, postgres: Postgres) -> None:
    url = make_url(postgres.database()).set(password=PASSWORD)
    ledger = url.render_as_string(hide_password=False)
    ran = watched("run", "a.csv", ORDERLIFT_LEDGER_URL=ledger)
    assert ran.code == 0, ran.err
    assert "sqlalchemy" in logs(watched)
    gone = watched("run", "a.csv", ORDERLIFT_LEDGER_URL=f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:9/orders")
    assert gone.code == 3, gone.err


@pytest.mark.parametrize(("code", "crash"), [(3, {}), (70, {"CRASH": "1"})], ids=["refused", "crashes"])
def test_of_a_prefect_flow_and_its_server(watched: Watched, code: int, crash: dict[str, str]) -> None:
    debug = {
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "httpx,httpcore,sqlalchemy,apprise,urllib3",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "DEBUG",
    }
    ran = watched("run", "a.csv", "--prefect", faults=[REFUSED], **debug, **crash)
    assert ran.code == code, ran.err
    assert ("failed" if crash else "stopped early") in "".join(watched.told[:-2])
    assert files_with(watched.folder / "workspace" / "prefect", b"import-orders")
    assert processes_of(watched.folder / "workspace" / "prefect") == []
