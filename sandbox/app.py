"""The routes of the API, and where in each of them the scripted faults strike."""

import asyncio
import base64
import time
from collections.abc import Callable, Sequence
from email.utils import formatdate
from typing import Annotated, Any, Literal
from uuid import uuid4

import orjson
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from sandbox import faults as fault
from sandbox.connection import Closed, CutShort
from sandbox.contract import NewOrders, Refused, invalid, read_orders, refusal
from sandbox.store import Store, StoredOrder
from schemas.wire import ORDERS_PATH

BASE_PATH = "/v4"
_JSON = "application/json"
_MAX_PAGE = 100
_Faults = Sequence[fault.Fault]
_Payload = dict[str, Any]
_Company = Annotated[int | None, Query(alias="rootfi_company_id[eq]", gt=0, lt=2**63)]
_Sort = Annotated[Literal["ASC", "DESC"], Query(alias="sort[rootfi_created_at]")]
_Limit = Annotated[int, Query(gt=0)]


class Api:
    """The handlers, over a store, with a script of faults."""

    def __init__(self, store: Store, faults: _Faults, *, max_orders: int, max_bytes: int) -> None:
        self._store = store
        self._script = fault.Script(faults)
        self._max_orders = max_orders
        self._max_bytes = max_bytes

    async def create(self, request: Request) -> Response:
        """POST orders. A client that went away does not stop it: its orders are created all the same."""
        body = await request.body()

        def act(faults: _Faults) -> _Payload:
            new = read_orders(body, max_orders=self._max_orders, max_bytes=self._max_bytes)
            self._refuse(new, faults)
            prefix = next((f.prefix for f in faults if isinstance(f, fault.Renumber)), None)
            hidden_for = sum(f.seconds for f in faults if isinstance(f, fault.Hide))
            stored = self._store.add(new.company_id, new.orders, prefix=prefix, hidden_for=hidden_for)
            return {"data": [order.entry for order in stored], "sync_id": stored[0].sync_id}

        return await self._answer(request, "create", act)

    async def listing(  # noqa: PLR0913 - the parameters of the API
        self,
        request: Request,
        *,
        company: _Company = None,
        sort: _Sort = "DESC",
        limit: _Limit = _MAX_PAGE,
        next: str | None = None,  # noqa: A002 - the API's name
        prev: str | None = None,
    ) -> Response:
        """GET orders, a page at a time; what is created meanwhile moves no page."""
        backwards, size = prev is not None, min(limit, _MAX_PAGE)

        def act(_: _Faults) -> _Payload:
            cursor = next if prev is None else prev
            key = _parse_cursor(cursor) if cursor else None
            found = self._store.page(company, size + 1, key, descending=(sort == "DESC") != backwards)
            more, page = len(found) > size, found[:size]
            if backwards:
                page.reverse()
            return {
                "data": [_read(order) for order in page],
                "next": _cursor(page[-1]) if page and (more or backwards) else None,
                "prev": _cursor(page[0]) if page and (more if backwards else key is not None) else None,
                "total_count": self._store.count(company, visible=True),
            }

        return await self._answer(request, "list", act)

    async def read(self, request: Request, order_id: str) -> Response:
        """GET one order by rootfi_id or platform_id."""

        def act(_: _Faults) -> _Payload:
            order = self._store.find(order_id)
            if order is None:
                raise Refused(404, "invalid-params", "Invalid field: id. There is no such order.")
            return _read(order)

        return await self._answer(request, "read", act)

    async def syncs(
        self, request: Request, company_id: int, limit: _Limit = _MAX_PAGE, cursor: str | None = None
    ) -> Response:
        """GET the syncs of a company, newest first; all have succeeded."""

        def act(_: _Faults) -> _Payload:
            if cursor and not cursor.removeprefix("sync_").isdecimal():
                raise invalid("cursor", "It is not the id of a sync.")
            found = self._store.syncs(company_id, min(limit, _MAX_PAGE) + 1, cursor)
            page = found[: min(limit, _MAX_PAGE)]
            entries = [
                {
                    "id": sync.sync_id,
                    "status": "SUCCESS",
                    "jobType": "PUSH",
                    "jobCounts": {"total": sync.orders, "success": sync.orders, "failed": 0},
                    "created_at": sync.created_at,
                }
                for sync in page
            ]
            following = page[-1].sync_id if len(found) > len(page) else None
            return {"data": {"syncs": entries, "count": len(page), "next": following}, "request_id": str(uuid4())}

        return await self._answer(request, "syncs", act)

    async def _answer(self, request: Request, kind: fault.Kind, act: Callable[[_Faults], _Payload]) -> Response:
        faults = self._script.take(kind)
        request.state.headers = {
            name.lower(): value for f in faults if isinstance(f, fault.Headers) for name, value in f.headers.items()
        }
        early = await _strike(faults, stored=False)
        if early is not None:
            return early
        payload = act(faults)
        late = await _strike(faults, stored=True)
        if late is not None:
            return late
        for f in faults:
            if isinstance(f, fault.Reverse):
                payload["data"].reverse()
            elif isinstance(f, fault.Drop):
                del payload["data"][-f.entries :]
        answer = CutShort if any(isinstance(f, fault.Cut) for f in faults) else Response
        return answer(orjson.dumps(payload), media_type=_JSON)

    def _refuse(self, new: NewOrders, faults: _Faults) -> None:
        numbers = [order["order_number"] for order in new.orders if order.get("order_number") is not None]
        for f in faults:
            if isinstance(f, fault.Reject):
                bad = [number for number in numbers if number in f.order_numbers]
                if bad:
                    who = f"Order {bad[0]}" if f.named else "An order"
                    raise Refused(f.status, "invalid-params", f"Invalid field: order_number. {who} was refused.")
            elif isinstance(f, fault.Unique) and self._store.known(new.company_id, numbers):
                message = "Record already exists with given: order_number. Use another one."
                raise Refused(f.status, "record-already-exists", message)


def create_app(api: Api) -> FastAPI:
    """Wire the routes, without key and rate limit; a bug of the sandbox is a 500 that tells it."""
    app = FastAPI(openapi_url=None)
    app.add_api_route(BASE_PATH + ORDERS_PATH, api.create, methods=["POST"])
    app.add_api_route(BASE_PATH + ORDERS_PATH, api.listing)
    app.add_api_route(f"{BASE_PATH}{ORDERS_PATH}/{{order_id}}", api.read)
    app.add_api_route(f"{BASE_PATH}/core/companies/{{company_id}}/syncs", api.syncs)

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        return Response(error.body, error.status, media_type=_JSON)

    @app.exception_handler(RequestValidationError)
    async def wrong_query(request: Request, error: RequestValidationError) -> Response:
        return await refused(request, refusal(error.errors()))

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        return await refused(request, Refused(500, "unknown-error", f"Bug of the sandbox: {error!r}"))

    return app


async def _strike(faults: _Faults, *, stored: bool) -> Response | None:
    now = [f for f in faults if isinstance(f, fault.Delay | fault.Reply | fault.HangUp) and f.stored is stored]
    await asyncio.sleep(sum(f.seconds for f in now if isinstance(f, fault.Delay)))
    for f in now:
        if isinstance(f, fault.HangUp):
            return Closed()
        if isinstance(f, fault.Reply):
            return _reply(f)
    return None


def _reply(reply: fault.Reply) -> Response:
    headers = {"content-type": _JSON} | {name.lower(): value for name, value in reply.headers.items()}
    if reply.retry_after is not None:
        date = formatdate(time.time() + reply.retry_after, usegmt=True)
        headers["retry-after"] = date if reply.retry_after_as == "date" else str(reply.retry_after)
    return Response(b"" if reply.status in (204, 304) else reply.body, reply.status, headers)


def _read(order: StoredOrder) -> _Payload:
    # The API's pages on reading name the customer so, and show the whole order.
    return order.content | order.entry | {"customer_id": order.contact_id}


def _cursor(order: StoredOrder) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([order.created_at, order.rootfi_id])).decode()


def _parse_cursor(cursor: str) -> tuple[str, int]:
    try:
        created_at, rootfi_id = orjson.loads(base64.urlsafe_b64decode(cursor))
        return str(created_at), int(rootfi_id)
    except (ValueError, TypeError) as error:
        raise invalid("next", "It is not a cursor of this API.") from error
