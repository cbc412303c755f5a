"""Fixtures: the command for the end-to-end tests, and a ledger in each kind of database."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import launched
from commands import OFF_THE_RECORD, Orderlift, Ran
from ledgers import Clock
from object_store import ObjectStore
from object_store import serving as serving_objects
from postgres import Postgres, serving
from upath import UPath

from adapters.ledger import Ledger
from flows import cli

if TYPE_CHECKING:
    from playwright.sync_api import Browser

InProcess = Callable[..., Ran]


@pytest.fixture
def orderlift(tmp_path: Path) -> Orderlift:
    """The command in an empty folder."""
    return Orderlift(tmp_path)


@pytest.fixture
def in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> InProcess:
    """The command in an empty folder, called in this process, where only what it says is looked at."""
    for name in os.environ:
        if name.startswith(OFF_THE_RECORD):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def call(*args: object, **environment: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["orderlift", *map(str, args)])
        capfd.readouterr()
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as end:
                cli.main()
        out, err = capfd.readouterr()
        return Ran(int(end.value.code or 0), out, err)

    return call


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, one for all tests of this process."""
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A headless Chromium; a module's, since playwright's loop must not stay for tests that have one of their own."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """An S3-compatible server, one for all tests of this process; subprocesses reach it too."""
    with serving_objects() as server:
        yield server


@pytest.fixture
def bucket(object_store: ObjectStore) -> UPath:
    """A new, empty bucket."""
    return object_store.bucket()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger may be made: a test that asks for it runs once for each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
def clock() -> Clock:
    """The clock of `ledger`."""
    return Clock()


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    """A new ledger."""
    ledger = Ledger(ledger_url, clock)
    yield ledger
    ledger.close()
