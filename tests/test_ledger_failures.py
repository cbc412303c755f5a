"""A ledger that cannot be used says so in one line; and a group of works fails only as far as it must."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from adapters.group_commit import GroupCommit
from adapters.ledger import Ledger
from schemas.errors import LedgerError, Resume


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("order_number,amount\n" * 500)
    with pytest.raises(LedgerError, match="file is not a database") as caught:
        Ledger(url_of(tmp_path / "ledger.db"))
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, Resume)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(url_of(path)).close()
    content = bytearray(path.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="malformed"):
        Ledger(url_of(path))


def test_a_read_only_database_can_be_read_but_gives_no_intent(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(url_of(path)).close()
    ledger = Ledger(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert not ledger.has_orders(1)
    with pytest.raises(LedgerError, match="readonly"):
        ledger.target("https://api")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:////no/such/folder/ledger.db", "unable to open"),
        ("no url", "Could not parse"),
        ("oracle+nothing://x", "Can't load plugin"),
        ("mssql+pymssql://x/y", "driver is not installed: pymssql"),
    ],
)
def test_an_address_that_is_none_is_told_in_one_line(url: str, told: str) -> None:
    with pytest.raises(LedgerError, match=told) as caught:
        Ledger(url)
    assert "\n" not in str(caught.value)


def test_a_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(url_of(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    connection.close()
    with pytest.raises(LedgerError, match="version 99"):
        Ledger(url_of(path))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(url_of(tmp_path / "ledger.db"))
    with ledger.transaction() as tx:
        tx.exec_driver_sql("CREATE TABLE notes (word TEXT)")
    return ledger


def note(word: str) -> Callable[[Connection], str]:
    def work(tx: Connection) -> str:
        tx.exec_driver_sql("INSERT INTO notes VALUES (?)", (word,))
        if word == "refused":
            raise LedgerError("refused")
        if word == "broken":
            tx.exec_driver_sql("SELECT * FROM no_such_table")
        return word

    return work


def notes(ledger: Ledger) -> list[str]:
    with ledger.reading() as tx:
        return list(tx.exec_driver_sql("SELECT word FROM notes").scalars())


def commit_all(ledger: Ledger, *words: str) -> list[str | BaseException]:
    """Commit works that wait at the same time."""

    async def go() -> list[str | BaseException]:
        with ledger.transaction():  # the thread waits for this, and all works wait for the thread
            journal = GroupCommit(ledger)
            await journal.__aenter__()
            first = asyncio.create_task(journal.commit(note("first")))
            await asyncio.sleep(0.05)
            rest = [asyncio.create_task(journal.commit(note(word))) for word in words]
            await asyncio.sleep(0.05)
        results = await asyncio.gather(first, *rest, return_exceptions=True)
        await journal.__aexit__(None, None, None)
        return results[1:]

    return asyncio.run(go())


def test_a_work_that_is_refused_is_undone_alone(ledger: Ledger) -> None:
    one, refused, two = commit_all(ledger, "one", "refused", "two")
    assert (one, two) == ("one", "two")
    assert isinstance(refused, LedgerError)
    assert notes(ledger) == ["first", "one", "two"]


def test_a_failure_of_the_database_fails_the_whole_group(ledger: Ledger) -> None:
    results = commit_all(ledger, "one", "broken", "two")
    assert [type(one) for one in results] == [LedgerError] * 3
    assert notes(ledger) == ["first"]


def test_a_result_is_given_only_after_it_is_durable(ledger: Ledger, tmp_path: Path) -> None:
    async def go() -> None:
        async with GroupCommit(ledger) as journal:
            for word in ("one", "two", "three"):
                await journal.commit(note(word))
                other = sqlite3.connect(tmp_path / "ledger.db")
                assert word in {row[0] for row in other.execute("SELECT word FROM notes")}
                other.close()

    asyncio.run(go())


def test_a_work_whose_caller_is_cancelled_is_done_before_the_journal_ends(ledger: Ledger) -> None:
    async def go() -> None:
        async with GroupCommit(ledger) as journal:
            with ledger.transaction():
                waiting = asyncio.create_task(journal.commit(note("late")))
                await asyncio.sleep(0.05)
                waiting.cancel()
                await asyncio.sleep(0)

    asyncio.run(go())
    assert notes(ledger) == ["late"]
