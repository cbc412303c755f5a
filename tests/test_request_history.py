"""The history of a run's requests: the same sums from each kind of database, however many requests there were."""

import pytest
from ledgers import COMPANY, Clock, sender_of

from adapters import request_log
from adapters.ledger import Ledger
from adapters.request_history import MOST_ANSWERS, SLOWEST, read_history
from schemas.history import AnswerCount, Bucket, History, Timeline
from schemas.ledger import Sender, requests
from transforms.timeline import FEWEST, MOST, stretch, timeline

SECOND = 1_000_000


def add(
    ledger: Ledger, sender: Sender, at: float, took: float | None = 0.5, kind: str = "create", **values: object
) -> int:
    """A request that started at so many seconds, as it stands in the ledger afterwards."""
    with ledger.transaction() as tx:
        facts = request_log.rate(tx, sender, 1_000_000, lambda _: int(at * SECOND))
        number = request_log.start(tx, sender, facts, kind, COMPANY, orders=["A-1"] * 100 if kind == "create" else [])
        finished = None if took is None else int((at + took) * SECOND)
        done = {"finished_at": finished, "http_status": 200, **values}
        tx.execute(requests.update().where(requests.c.id == number).values(done))
    return number


def read(ledger: Ledger, width: float = 1) -> History:
    counts = ledger.counts("A")
    assert counts.first_at is not None
    assert counts.last_at is not None
    return read_history(ledger, "A", counts.first_at, counts.last_at, int(width * SECOND))


def test_requests_are_summed_up_by_time_and_by_answer(ledger: Ledger, clock: Clock) -> None:
    mine, other = sender_of(ledger), sender_of(ledger, "B")
    start = clock.seconds
    add(ledger, mine, start, created=98, rejected=2)
    add(ledger, other, start + 0.1, created=100)
    add(ledger, mine, start + 0.9, took=2, created=100)
    add(ledger, mine, start + 5, took=None, http_status=None)
    add(ledger, mine, start + 5.5, kind="list")
    found = read(ledger)
    assert found.buckets == (Bucket(0, 2, 200, 198, 2, 0), Bucket(5, 2, 100, 0, 0, 0))
    assert found.answers == (
        AnswerCount("create", 200, None, 2, 200, 198, 2, 0, int(2.5 * SECOND), 2 * SECOND),
        *sorted(
            [
                AnswerCount("create", None, None, 1, 100, 0, 0, 0, 0, 0),
                AnswerCount("list", 200, None, 1, 0, 0, 0, 0, SECOND // 2, SECOND // 2),
            ]
        ),
    )
    assert (found.first_at, found.last_at) == (int(start * SECOND), int((start + 6) * SECOND))


def test_the_slowest_batches_come_first_and_only_those_that_ended(ledger: Ledger, clock: Clock) -> None:
    sender = sender_of(ledger)
    numbers = [add(ledger, sender, clock.seconds + at, took=1 + at % 7) for at in range(30)]
    add(ledger, sender, clock.seconds + 40, took=None)
    add(ledger, sender, clock.seconds + 41, took=100, kind="list")
    slowest = read(ledger).slowest
    expected = sorted(range(30), key=lambda at: (-(at % 7), at))[:SLOWEST]
    assert [one.batch_id for one in slowest] == [numbers[at] for at in expected]
    assert slowest[0].took == 7 * SECOND


def test_the_kinds_of_answers_are_bounded(ledger: Ledger, clock: Clock) -> None:
    sender = sender_of(ledger)
    for number in range(MOST_ANSWERS + 5):
        add(ledger, sender, clock.seconds + number, code=f"code-{number}")
    assert len(read(ledger).answers) == MOST_ANSWERS


@pytest.mark.parametrize("seconds", [0, 0.001, 1, 59, 61, 3_600, 86_400, 40 * 86_400, 400 * 86_400])
def test_however_long_a_run_lasts_it_is_cut_into_few_stretches(seconds: float) -> None:
    last = int(seconds * SECOND)
    width = stretch(0, last)
    assert last // width + 1 <= MOST
    assert 60 * SECOND % width == 0 or width % (60 * SECOND) == 0


def drawn(width: float, started: dict[int, int], last: float, allowed: int = 100) -> Timeline:
    buckets = tuple(Bucket(number, count, 0, 0, 0, 0) for number, count in started.items())
    return timeline(History(0, int(last * SECOND), int(width * SECOND), buckets, (), ()), allowed)


def test_below_a_minute_the_requests_of_the_minute_before_are_counted() -> None:
    points = drawn(20, {0: 50, 1: 30, 3: 20, 4: 10}, 99).points
    assert [point.per_minute for point in points][:6] == [50, 80, 80, 50, 30, 30]
    assert [point.requests for point in points][:6] == [50, 30, 0, 20, 10, 0]
    assert [point.seconds for point in points][:2] == [20, 40]


def test_above_a_minute_the_mean_is_drawn() -> None:
    points = drawn(120, {0: 200, 2: 100}, 359).points
    assert [point.per_minute for point in points][:4] == [100, 0, 50, 0]


def test_a_short_run_has_stretches_to_draw_and_a_request_at_the_very_end_is_in_one() -> None:
    assert len(drawn(1, {0: 1}, 0).points) == FEWEST
    assert len(drawn(1, {30: 1}, 29).points) == 31
