"""The API as a simulated process reaches it: requests travel, are carried out, or get lost, whoever waits for them."""

import asyncio
from typing import Any

import orjson

from schemas.delivery import Answer, NoAnswer

from .faults import FINE, Done, Fault, Shown
from .platform import Stored
from .process import Process, Step

TRAVEL = (0.005, 0.4)  # seconds from the process to the API: less than the jitter that the limiter allows for
NO_ANSWER = {Shown.SILENCE: "ReadTimeout", Shown.RESET: "ReadError"}


class Post:
    """A request to create orders on its way; goes on without the process that sent it."""

    def __init__(self, process: Process, payload: bytes, fault: Fault) -> None:
        world = process.world
        body = orjson.loads(payload)
        self.company_id: int = body["company_id"]
        self.orders: list[dict[str, Any]] = body["data"]
        self.came: asyncio.Future[Answer | NoAnswer] = world.loop.create_future()
        self._world = world
        self._run_id = process.run_id
        self._size = len(payload)
        self._fault = fault
        self._is_waited_for = True
        self._timer = world.loop.call_later(world.chance.uniform(*TRAVEL), self._arrive)
        self._has_arrived = False

    def leave(self) -> None:
        """Nobody waits any more: what is not carried out soon will never be."""
        chance, loop, habits = self._world.chance, self._world.loop, self._world.platform.habits
        self._is_waited_for = False
        if not self._has_arrived and chance.random() < 0.3:
            self._timer.cancel()  # it never left the machine
        elif self._has_arrived and self._timer.when() > (latest := loop.time() + habits.works_on_for):
            again = not self._timer.cancelled()
            self._timer.cancel()
            if again and chance.random() < 0.8:
                self._timer = loop.call_at(chance.uniform(loop.time(), latest), self._carry_out)

    def _arrive(self) -> None:
        world, chance = self._world, self._world.chance
        now = world.loop.time()
        self._has_arrived = True
        if not world.check_arrival(self._run_id):
            self._reply(world.replies.too_many(now))
            return
        done, shown = self._fault
        if done is Done.NOTHING:
            if shown is not Shown.SILENCE:
                self._reply(world.replies.broken(now, shown, Answer(500, {}, b"")))
            return
        seconds = chance.uniform(0.01, world.platform.habits.answers_within)
        if shown is Shown.SLOW:
            seconds = chance.uniform(0.5, 1.2) * world.scenario.timeout_seconds
        if done is Done.LATE:
            if shown is not Shown.SILENCE:
                self._reply(world.replies.broken(now, shown, Answer(500, {}, b"")))
            seconds = 10 * world.scenario.timeout_seconds if shown is Shown.SILENCE else 0.0
        if not self._is_waited_for or (done is Done.LATE and shown is not Shown.SILENCE):
            seconds = chance.uniform(0, world.platform.habits.works_on_for)
        self._timer = world.loop.call_later(seconds, self._carry_out)

    def _carry_out(self) -> None:
        world = self._world
        with world.as_violation():
            answer = self._answer(world.loop.time())
            if self._fault.done is Done.LATE or not self._is_waited_for:
                world.trace.cover("carried out late", "platform")
            if self._fault.shown not in (Shown.ANSWER, Shown.SLOW):
                answer = world.replies.broken(world.loop.time(), self._fault.shown, answer)
            self._reply(answer)

    def _answer(self, now: float) -> Answer:
        platform, replies, habits = self._world.platform, self._world.replies, self._world.platform.habits
        if habits.most_bytes is not None and self._size > habits.most_bytes:
            return replies.too_large(now)
        keys = {(self.company_id, order["order_number"]): order for order in self.orders}
        good = [key for key in keys if key not in platform.poison and not platform.is_known(key)]
        if len(good) < len(keys) and not habits.answers_by_record:
            known = [key for key in keys if platform.is_known(key)]
            if known:
                return replies.exists(now, known[0][1])
            return replies.refused(now, self.company_id, self.orders)
        if self._fault.done is Done.SOME:
            good = good[: self._world.chance.randrange(len(good))] if good else []
        stored: list[Stored] = platform.create(self.company_id, [keys[key] for key in good])
        return replies.created(now, self.company_id, self.orders, stored)

    def _reply(self, answer: Answer) -> None:
        if self._fault.shown is Shown.SILENCE and answer.status != 429:
            return
        came: Answer | NoAnswer = answer
        if self._fault.shown is Shown.RESET and answer.status != 429:
            came = NoAnswer(NO_ANSWER[Shown.RESET], sent=True)
        self._world.loop.call_later(self._world.chance.uniform(*TRAVEL), self._give, came)

    def _give(self, came: Answer | NoAnswer) -> None:
        if not self.came.done():
            self.came.set_result(came)


class SimApi:
    """The orders API for one process: an answer, none, or the end of the process on the way."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._world = process.world

    async def create(self, payload: bytes) -> Answer | NoAnswer:
        """Post a batch."""
        process, world = self._process, self._world
        process.step(Step.IS_ABOUT_TO_POST)
        world.check_post(process, payload)
        fault = world.weather.of_create(world.loop.time()) if world.faulty else FINE
        if fault.shown is Shown.NO_CONNECTION:
            return await self._no_connection()
        if fault != FINE:
            world.trace.cover(f"post: {fault}", process.name)
        post = Post(process, payload, fault)
        try:
            process.step(Step.HAS_POSTED, f"{post.company_id} {[order['order_number'] for order in post.orders]}")
            await asyncio.wait([post.came], timeout=world.scenario.timeout_seconds)
        finally:
            post.leave()
        came = post.came.result() if post.came.done() else NoAnswer(NO_ANSWER[Shown.SILENCE], sent=True)
        came = await self._arrived(Step.HAS_AN_ANSWER, came)
        for number in _named(post, came):
            world.checks.after_answer(process, (post.company_id, number))
        return came

    async def list_orders(
        self, company_id: int, cursor: str | None, newest_first: bool = True, limit: int = 100
    ) -> Answer | NoAnswer:
        """Get one page of a company's orders."""
        process, world = self._process, self._world
        process.step(Step.IS_ABOUT_TO_LIST, (company_id, cursor))
        world.trace.covered["pages asked for"] += 1
        world.check_request()
        fault = FINE
        if world.faulty:
            fault = world.weather.of_list(world.loop.time(), reader=process.name, is_first=cursor is None)
        if fault.shown is Shown.NO_CONNECTION:
            return await self._no_connection()
        if fault != FINE:
            world.trace.cover(f"list: {fault.shown}", process.name)
        await asyncio.sleep(world.chance.uniform(*TRAVEL))
        process.check()
        now = world.loop.time()
        answer = world.replies.page(now, company_id, cursor, newest_first, limit)
        if not world.check_arrival(process.run_id):
            answer = world.replies.too_many(now)
        elif fault.shown is not Shown.SLOW:
            answer = world.replies.broken(now, fault.shown, answer)
        timeout = world.scenario.timeout_seconds
        wait = timeout if fault.shown in (Shown.SILENCE, Shown.SLOW) else world.chance.uniform(*TRAVEL)
        await asyncio.sleep(wait)
        came: Answer | NoAnswer = answer
        if fault.shown in NO_ANSWER and answer.status != 429:
            came = NoAnswer(NO_ANSWER[fault.shown], sent=True)
        return await self._arrived(Step.HAS_A_PAGE, came)

    async def _no_connection(self) -> NoAnswer:
        error, seconds = self._world.chance.choice(
            [("ConnectError", 0.0), ("ConnectTimeout", 3.0), ("PoolTimeout", 3.0)]
        )
        self._world.trace.cover(f"no connection: {error}", self._process.name)
        await asyncio.sleep(seconds)
        return await self._arrived(Step.HAS_AN_ANSWER, NoAnswer(error, sent=False))  # type: ignore[return-value]

    async def _arrived(self, step: Step, came: Answer | NoAnswer) -> Answer | NoAnswer:
        await self._process.awake()
        self._process.step(step, came.status if isinstance(came, Answer) else came.error)
        return came


def _named(post: Post, came: Answer | NoAnswer) -> set[str]:
    """The numbers of the orders that an answer names as created, by the API's documentation."""
    if isinstance(came, NoAnswer) or not 200 <= came.status < 300:
        return set()
    try:
        records = orjson.loads(came.body)["data"] or []
    except (ValueError, TypeError, KeyError):
        return set()
    named = {one["order_number"] for one in records if "rootfi_id" in one}
    return named & {order["order_number"] for order in post.orders}
