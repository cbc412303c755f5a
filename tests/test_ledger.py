"""The ledger in real databases: what is durable, what a reader sees, and what is known of orders that were sent."""

from pathlib import Path

import pytest
from ledgers import COMPANY, TARGET, Clock, claim, release, sender_of, settle, status_of
from postgres import Postgres
from sqlalchemy import create_engine, select, text

from adapters.ledger import Ledger
from schemas.ledger import Fact, orders, requests
from schemas.results import Status


def test_a_claim_is_seen_by_another_process_once_it_is_committed(ledger: Ledger, ledger_url: str) -> None:
    claim(ledger, sender_of(ledger), "a")
    other = create_engine(ledger_url)
    with other.begin() as connection:
        assert connection.execute(select(orders.c.status, orders.c.order_number)).all() == [("sending", "a")]
        facts = select(requests.c.run_id, requests.c.kind, requests.c.orders, requests.c.finished_at)
        assert connection.execute(facts).all() == [("A", "create", 1, None)]
    other.dispose()


def test_commits_of_sqlite_are_on_the_disk_and_do_not_hold_up_readers(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    for open_ in (ledger.transaction, ledger.reading):
        with open_() as tx:
            pragmas = [tx.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")]
            assert pragmas == ["wal", 2]
    ledger.close()


def test_commits_of_postgresql_are_on_the_disk_and_isolated_whatever_the_database_says(postgres: Postgres) -> None:
    url = postgres.database()
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"))
    admin.dispose()
    ledger = Ledger(url)
    for open_ in (ledger.transaction, ledger.reading):
        with open_() as tx:
            found = [tx.execute(text(f"SHOW {what}")).scalar_one() for what in ("synchronous_commit", "lock_timeout")]
            assert found == ["on", "1min"]
            assert tx.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"
    ledger.close()


def test_a_stricter_durability_of_the_database_is_kept(postgres: Postgres) -> None:
    url = postgres.database()
    ledger = Ledger(f"{url}&options=-csynchronous_commit%3Dremote_apply")
    with ledger.transaction() as tx:
        assert tx.execute(text("SHOW synchronous_commit")).scalar_one() == "remote_apply"
    ledger.close()


def test_an_address_without_a_driver_means_the_one_that_is_installed(postgres: Postgres) -> None:
    ledger = Ledger(postgres.database().replace("postgresql+psycopg", "postgresql"))
    assert not ledger.has_orders(TARGET)
    ledger.close()


def test_reading_waits_for_no_writer_and_sees_the_last_commit(ledger: Ledger) -> None:
    claim(ledger, sender_of(ledger), "a")
    with ledger.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM orders")
        assert status_of(ledger, "a") == ["sending"]


def test_facts_can_be_used_one_by_one_while_something_is_written(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    claim(ledger, sender, "a", "b")
    for number, _ in enumerate(ledger.facts(TARGET, COMPANY, ["a", "b"])):
        claim(ledger, sender, f"new{number}")


def test_an_outcome_is_recorded_with_what_the_answer_gave(ledger: Ledger, clock: Clock) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, "a", "b", "c")
    clock.seconds += 2
    assert settle(ledger, sender, batch_id, a=Status.CREATED, b=Status.REJECTED, c=Status.IN_DOUBT) == set()
    facts = {fact.order_number: fact for fact in ledger.facts(TARGET, COMPANY, ["a", "b", "c"])}
    at = 1_000_000_000_000
    assert facts["a"] == Fact(
        COMPANY, "a", "created", 1, "A", batch_id, 1, at + 2_000_000, 5, "p5", None, None, 200, "sync_1", at
    )
    assert (facts["b"].status, facts["b"].settled_at) == ("rejected", at + 2_000_000)
    assert (facts["c"].status, facts["c"].settled_at) == ("in_doubt", None)
    assert tuple(ledger.counts("A")) == (1, 1, 1, 1, at, at + 2_000_000, 3)


def test_counts_are_whole_numbers_also_before_anything_was_sent(ledger: Ledger) -> None:
    assert tuple(ledger.counts("A")) == (0, 0, 0, 0, None, None, 0)
    claim(ledger, sender_of(ledger), "a")
    assert {type(count) for count in ledger.counts("A")} == {int}


def test_the_control_of_a_company_may_come_from_any_run(ledger: Ledger) -> None:
    sender = sender_of(ledger)
    assert not ledger.has_orders(TARGET)
    batch_id, _ = claim(ledger, sender, "a", "b")
    settle(ledger, sender, batch_id, a=Status.IN_DOUBT)
    assert ledger.has_orders(TARGET)
    assert not ledger.has_control(TARGET, COMPANY)
    settle(ledger, sender, batch_id, b=Status.CREATED)
    release(ledger, sender)
    assert ledger.has_control(TARGET, COMPANY)
    assert not ledger.has_control(TARGET, COMPANY + 1)
    assert not ledger.has_control(TARGET + 1, COMPANY)


def test_facts_are_found_for_more_orders_than_one_query_takes(ledger: Ledger) -> None:
    numbers = [f"n{number}" for number in range(12_000)]
    claim(ledger, sender_of(ledger), *numbers[::2])
    assert sum(1 for _ in ledger.facts(TARGET, COMPANY, numbers)) == 6_000


@pytest.mark.parametrize(
    "number", ["'; DROP TABLE orders; --", "100% (a) %s %(x)s :y ?", '"\\u0041\\', "Ünï 订单 🎁", " "]
)
def test_an_order_number_is_any_text(ledger: Ledger, number: str) -> None:
    sender = sender_of(ledger)
    batch_id, _ = claim(ledger, sender, number, "other")
    assert settle(ledger, sender, batch_id, **{number: Status.CREATED}) == set()
    assert status_of(ledger, number, "other") == ["created", "sending"]


def test_the_clock_of_a_shared_ledger_is_the_databases(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(postgres.database())
    with ledger.transaction() as tx:
        before = ledger.now(tx)
        assert abs(before / 1e6 - tx.execute(text("SELECT extract(epoch FROM now())::float")).scalar_one()) < 10
        monkeypatch.setattr("time.time", lambda: 0.0)
        assert ledger.now(tx) > before
    ledger.close()
