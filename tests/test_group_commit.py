"""Group commit: a group of works is durable before it is told, and fails only as far as it must."""

import asyncio
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from postgres import Postgres
from sqlalchemy import Connection, create_engine, text

from adapters.group_commit import GroupCommit
from adapters.ledger import Ledger
from schemas.errors import LedgerError


@pytest.fixture(autouse=True)
def _table(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.exec_driver_sql("CREATE TABLE notes (word VARCHAR PRIMARY KEY, count INTEGER DEFAULT 0)")


def note(word: str) -> Callable[[Connection], str]:
    def work(tx: Connection) -> str:
        tx.execute(text("INSERT INTO notes (word) VALUES (:word)"), {"word": word})
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


def test_a_result_is_given_only_after_it_is_durable(ledger: Ledger, ledger_url: str) -> None:
    other = create_engine(ledger_url)

    async def go() -> None:
        async with GroupCommit(ledger) as journal:
            for word in ("one", "two", "three"):
                await journal.commit(note(word))
                with other.connect() as connection:
                    assert word in connection.execute(text("SELECT word FROM notes")).scalars().all()

    asyncio.run(go())
    other.dispose()


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


def test_groups_of_two_processes_that_lock_each_other_out_are_both_committed(postgres: Postgres) -> None:
    url = postgres.database()
    ledgers = [Ledger(url), Ledger(url)]
    with ledgers[0].transaction() as tx:
        tx.execute(text("CREATE TABLE counts (word VARCHAR PRIMARY KEY, count INTEGER)"))
        tx.execute(text("INSERT INTO counts VALUES ('one', 0), ('two', 0)"))
    both_have_one, runs = Barrier(2), []

    def count_up(*words: str) -> Callable[[Connection], None]:
        def work(tx: Connection) -> None:
            runs.append(words)
            for word in words:
                tx.execute(text("UPDATE counts SET count = count + 1 WHERE word = :word"), {"word": word})
                if word == words[0] and runs.count(words) == 1:
                    both_have_one.wait(5)

        return work

    async def commit(ledger: Ledger, *words: str) -> None:
        async with GroupCommit(ledger) as journal:
            await journal.commit(count_up(*words))

    threads = [
        Thread(target=asyncio.run, args=(commit(ledger, *words),))
        for ledger, words in zip(ledgers, [("one", "two"), ("two", "one")], strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with ledgers[0].reading() as tx:
        assert tx.execute(text("SELECT count FROM counts")).scalars().all() == [2, 2]
    assert len(runs) > 2  # the one that was chosen to fail has run again
    for ledger in ledgers:
        ledger.close()
