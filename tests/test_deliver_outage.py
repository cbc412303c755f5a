"""An outage: how few orders go into it, and how soon its end is found."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from delivering import COMPANY, content, numbers
from sqlalchemy import Connection

from adapters import claims, leases, request_log
from adapters.group_commit import GroupCommit
from adapters.ledger import Ledger
from flows.deliver import Delivery
from flows.ports import Ports, Progress, Terms
from flows.watch import Watch
from schemas.delivery import Answer, Batch, NoAnswer, SentOrder
from schemas.errors import ApiDown
from schemas.ledger import RateFacts, Sender
from transforms.verdict import judge


class World:
    """Virtual time: pausing is what makes it pass."""

    def __init__(self, path: Path) -> None:
        self.seconds = 1_000_000.0
        self.ledger = Ledger(f"sqlite:///{path / 'ledger.db'}", lambda: self.seconds)
        self.statuses: Iterator[int] = itertools.repeat(503)
        self.sizes: list[int] = []
        self.sender = Sender("A", self.ledger.target("https://api"), "key", "host/1/a")
        prove(self.ledger, self.sender)

    async def pause(self, seconds: float) -> None:
        until = self.seconds + seconds
        await asyncio.sleep(0.1)  # longer than an answer takes
        self.seconds = max(self.seconds, until)

    async def create(self, payload: bytes) -> Answer | NoAnswer:
        self.sizes.append(payload.count(b"order_number"))
        await asyncio.sleep(0.005)
        return Answer(next(self.statuses), {}, payload)  # which names every order

    async def list_orders(self, company_id: int, cursor: str | None, newest_first: bool = True) -> Answer | NoAnswer:  # noqa: ARG002
        return Answer(404, {}, b"{}")  # what is in doubt stays so

    async def deliver(self, orders: list[SentOrder], terms: Terms) -> Progress:
        async with GroupCommit(self.ledger) as journal:
            ports = Ports(
                self.ledger, journal, self, self.sender, lambda: self.seconds, self.pause, lambda _: None, lambda: 1.0
            )
            delivery = Delivery(ports, terms, Watch(ports), Progress(len(orders)))
            async with asyncio.timeout(30):
                await delivery.run([(COMPANY, orders)])
        return delivery.progress


def prove(ledger: Ledger, sender: Sender) -> None:
    """Let an order of the company have been created long ago, so that full batches go out at once."""
    batch = Batch(COMPANY, (SentOrder("control", 0, b"{}"),))
    verdict = judge(batch, Answer(200, {}, b'{"data":[{"order_number":"control"}]}'))
    with ledger.transaction() as tx:
        leases.take(tx, sender)
        long_ago = RateFacts(0, 0, None, 1)
        batch_id = request_log.start(tx, sender, long_ago, "create", COMPANY, orders=["control"])
        claims.claim(tx, sender, batch_id, batch)
        claims.settle(tx, sender, batch_id, COMPANY, verdict, now=0)


def terms(requests_per_minute: int, max_in_flight: int) -> Terms:
    return Terms(
        requests_per_minute, max_in_flight, 100, 10**6, 1.0, give_up_after=600, settle_seconds=0, grace_seconds=9
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.ledger.close()


def some_orders(count: int) -> list[SentOrder]:
    return [SentOrder(number, 0, orjson.dumps(content(COMPANY, number))) for number in numbers(count)]


def test_what_was_out_together_is_one_failure_and_waits_once(world: World) -> None:
    world.statuses = itertools.chain([503] * 9, itertools.repeat(200))
    begin = world.seconds
    progress = asyncio.run(world.deliver(some_orders(1500), terms(10_000, 8)))
    assert (progress.created, progress.in_doubt) == (699, 8 * 100 + 1)
    assert world.seconds - begin <= 0.5 + 1.0  # a ninth failure in a row would wait for a minute


def test_no_batch_that_waits_for_the_limit_goes_into_an_outage_seen_meanwhile(world: World) -> None:
    with pytest.raises(ApiDown):
        asyncio.run(world.deliver(some_orders(1000), terms(1, 8)))
    assert Counter(world.sizes)[100] == 1
    assert set(world.sizes[1:]) == {1}


def test_a_process_that_was_suspended_after_its_claim_sends_nothing_on_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, asleep = claims.claim, iter([3600.0])
    world.statuses = itertools.repeat(200)

    def suspended(tx: Connection, sender: Sender, batch_id: int, batch: Batch) -> set[str]:
        world.seconds += next(asleep, 0.0)
        return claim(tx, sender, batch_id, batch)

    monkeypatch.setattr(claims, "claim", suspended)
    progress = asyncio.run(world.deliver(some_orders(100), terms(1000, 1)))
    assert (progress.created, world.sizes) == (100, [1, 99])
    with world.ledger.reading() as tx:
        requests = [tuple(row) for row in tx.exec_driver_sql("SELECT code, created FROM requests WHERE started_at > 0")]
    assert requests == [("intent_expired", 0), (None, 1), (None, 99)]


def test_it_gives_up_after_nothing_but_failures_for_so_long(world: World) -> None:
    begin = world.seconds
    with pytest.raises(ApiDown, match="Nothing got through for"):
        asyncio.run(world.deliver(some_orders(1000), terms(10_000, 2)))
    assert 600 <= world.seconds - begin <= 600 + 120
    assert len(world.sizes) < 30
