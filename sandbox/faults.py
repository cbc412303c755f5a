"""Scripted faults: what goes wrong with the n-th requests of a kind, the same in every run.

A file of them is TOML (or JSON of the same shape):

    [[fault]]
    do = "reply"       # the action: one of the classes below
    on = "create"      # create, list, read or syncs
    skip = 2           # the first two requests pass
    times = 1          # one request is hit; or "always"
    status = 504
    stored = true      # the orders are created first

Only requests that pass key and rate limit count. Faults that hit the same request work together: those with
`stored = false` before it is carried out, the others after; delays first, then replies and hang-ups.
"""

import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt, ValidationError

from schemas.errors import UsageError

Kind = Literal["create", "list", "read", "syncs"]


class Fault(BaseModel):
    """Something that happens to `times` requests of a kind, after `skip` of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on: Kind = "create"
    skip: NonNegativeInt = 0
    times: PositiveInt | Literal["always"] = 1

    def hits(self, number: int) -> bool:
        """Whether the request of this number, counted from 0, is hit."""
        return number >= self.skip and (self.times == "always" or number < self.skip + self.times)


class Delay(Fault):
    """Wait before the request is carried out, or before it is answered."""

    do: Literal["delay"] = "delay"
    seconds: NonNegativeFloat
    stored: bool = False


class Reply(Fault):
    """Answer a status and a body of one's own, without or after carrying the request out."""

    do: Literal["reply"] = "reply"
    status: int = Field(ge=200, le=599)
    body: str = '{"error":{"code":"unknown-error","message":"Scripted fault."}}'
    headers: dict[str, str] = {}
    retry_after: NonNegativeInt | None = None  # seconds from now; absent when None
    retry_after_as: Literal["seconds", "date"] = "seconds"
    stored: bool = False


class HangUp(Fault):
    """Close the connection without an answer, without or after carrying the request out."""

    do: Literal["hang_up"] = "hang_up"
    stored: bool = False


class Cut(Fault):
    """Carry the request out, and close the connection in the middle of the body."""

    do: Literal["cut"] = "cut"


class Reverse(Fault):
    """Give the entries of the answer in the opposite order."""

    do: Literal["reverse"] = "reverse"


class Drop(Fault):
    """Leave the last entries out of the answer."""

    do: Literal["drop"] = "drop"
    entries: PositiveInt = 1


class Headers(Fault):
    """Put other headers on the answer, such as a rate limit that is not true; an empty value removes one."""

    do: Literal["headers"] = "headers"
    headers: dict[str, str]


class Renumber(Fault):
    """Create the orders under numbers of the platform's own: the prefix and the rootfi_id."""

    do: Literal["renumber"] = "renumber"
    on: Literal["create"] = "create"
    prefix: str = "R-"


class Hide(Fault):
    """Create the orders, but show them to readers only after some seconds (`inf`: never)."""

    do: Literal["hide"] = "hide"
    on: Literal["create"] = "create"
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=True)]


class Reject(Fault):
    """Refuse the whole batch when it has one of these orders; `named` tells which."""

    do: Literal["reject"] = "reject"
    on: Literal["create"] = "create"
    order_numbers: frozenset[str]
    named: bool = False
    status: Literal[400, 422] = 422


class Unique(Fault):
    """Refuse the whole batch when the platform has one of its order numbers, as some platforms do."""

    do: Literal["unique"] = "unique"
    on: Literal["create"] = "create"
    status: Literal[400, 409, 422] = 409


AnyFault = Delay | Reply | HangUp | Cut | Reverse | Drop | Headers | Renumber | Hide | Reject | Unique


class Script:
    """Counts requests and tells which faults hit each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = tuple(faults)
        self._counts: Counter[Kind] = Counter()

    def take(self, kind: Kind) -> list[Fault]:
        """Count a request, and tell which faults hit it."""
        number = self._counts[kind]
        self._counts[kind] += 1
        return [fault for fault in self._faults if fault.on == kind and fault.hits(number)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    fault: tuple[Annotated[AnyFault, Field(discriminator="do")], ...] = ()


def load_faults(path: Path) -> tuple[Fault, ...]:
    """Load the faults of a TOML or .json file; UsageError says in one line which fault and key is wrong."""
    try:
        content = path.read_bytes()
        data = orjson.loads(content) if path.suffix == ".json" else tomllib.loads(content.decode())
        return _File.model_validate(data).fault
    except OSError as error:
        raise UsageError(f"The file of faults {path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = [f"fault {part + 1}" if isinstance(part, int) else part for part in first["loc"] if part != "fault"]
        raise UsageError(f"{path}: {', '.join(place) or 'file'}: {first['msg']}.") from error
    except ValueError as error:  # not UTF-8, not TOML, not JSON
        raise UsageError(f"{path} is neither TOML nor JSON: {error}.") from error
