"""Reading the body of an answer of the orders API, whatever bytes it holds: its records, its complaint, its ids.

The fields are those of the orders API's documentation. It does not fix the shape of an error body, so all the shapes
that are known are read: `error.code` and `error.message`, `error_code` and `message`, `detail`, or just text.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import orjson

ALREADY_EXISTS = "record-already-exists"
MESSAGE_LENGTH = 500

_CODE = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")
_CODE_AS_ERROR = re.compile(r"[A-Za-z]+(?:[-_][A-Za-z]+)+")  # {"error": "invalid-params"}, but not "Bad Request"
_PATH = re.compile(r"\bdata[\[./](\d{1,6})\b")  # data[3].customer_id, data.3.customer_id, /data/3/customer_id
_LARGEST_ID = 2**63 - 1
_SHORTEST_NAME = 4  # a shorter order number, such as 5 or 400, occurs in texts that do not speak of the order


class Complaint(NamedTuple):
    """What an API says against a request or a record: its code, if it gives one, and its sentences."""

    code: str | None
    parts: tuple[str, ...]

    @property
    def message(self) -> str:
        """The sentences as one line of at most 500 characters."""
        return plain("; ".join(self.parts))

    @property
    def already_exists(self) -> bool:
        """Whether it says that something is already there, by code or, where a shape has no code, in words."""
        said = (self.code or "").lower().replace("_", "-")
        return said == ALREADY_EXISTS or any("already exists" in part.lower() for part in self.parts)


def parse(body: bytes) -> object:
    """Give the JSON value of a body, None if it is none."""
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return value


def records(document: object) -> list[dict[str, object]] | None:
    """Give the objects of `data[]`, also wrapped in another `data`, or as one bare object; None without it."""
    for _ in range(3):
        if not isinstance(document, dict) or "order_number" in document:
            break
        document = document.get("data")
    if isinstance(document, dict) and "order_number" in document:
        return [document]
    if isinstance(document, list) and all(isinstance(record, dict) for record in document):
        return document
    return None


def member(document: object, name: str) -> object:
    """Give a member that stands beside `data`, also where all is wrapped in another `data`; None without it."""
    for _ in range(3):
        if not isinstance(document, dict):
            break
        if (found := document.get(name)) is not None:
            return found
        document = document.get("data")
    return None


def is_foreign(record: dict[str, object], company_id: int) -> bool:
    """Whether a record says that it is of another company."""
    company = record.get("rootfi_company_id")
    return company != company_id and company is not None and text(company) != str(company_id)


def text(value: object) -> str | None:
    """Give an id or number as text: as it is, or the digits of a JSON integer; None for anything else."""
    if isinstance(value, str):
        return value if "\0" not in value else None  # no database column holds a NUL
    return str(value) if type(value) is int else None


def integer(value: object) -> int | None:
    """Give an id as an integer of 64 bits; None for anything else."""
    if type(value) is not int:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20):
            return None
        value = int(value)
    return value if 0 <= value <= _LARGEST_ID else None


def plain(words: str) -> str:
    """Give a text as one line of at most 500 characters."""
    return " ".join(words[: 20 * MESSAGE_LENGTH].replace("\0", " ").split())[:MESSAGE_LENGTH]


def complaint(document: object, body: bytes = b"") -> Complaint:
    """Give what a body, or one record of it, complains of; the body as text where it has none of the known shapes.

    A page of HTML, which a gateway sends, is no complaint: the numbers in it mean nothing.
    """
    error = _get(document, "error")
    layers = [layer for layer in (error, document) if isinstance(layer, dict)]
    codes = [layer.get(key) for layer in layers for key in ("code", "error_code")]
    if isinstance(error, str) and _CODE_AS_ERROR.fullmatch(error):
        codes.append(error)
    code = next((code for code in codes if isinstance(code, str) and _CODE.fullmatch(code)), None)
    for layer in layers:
        for key in ("message", "detail", "errors", "error"):
            if parts := _parts(layer.get(key)):
                return Complaint(code, parts)
    words = body.decode("utf-8", "replace")
    return Complaint(code, () if words.lstrip().startswith("<") else _parts(words))


def mentioned(message: str, numbers: Sequence[str]) -> set[int]:
    """Give the positions of the sent orders that a message names, by order number or by a path into the sent `data[]`.

    A number counts only as a whole token of at least 4 characters: "2024" is not named by "2024-01-22" or "2024.50".
    """
    found = {int(position) for position in _PATH.findall(message)}
    found = {position for position in found if position < len(numbers)}
    places = {number: at for at, number in enumerate(numbers) if len(number) >= _SHORTEST_NAME and number in message}
    if places:
        longest_first = "|".join(re.escape(number) for number in sorted(places, key=len, reverse=True))
        tokens = re.findall(rf"(?<![\w\-./])(?:{longest_first})(?![\w\-/]|\.\w)", message)
        found.update(places[token] for token in tokens)
    return found


def _get(document: object, key: str) -> object:
    return document.get(key) if isinstance(document, dict) else None


def _parts(value: object) -> tuple[str, ...]:
    """Give the sentences of a message: a text, a list of texts, or FastAPI's list of `{"loc", "msg"}`."""
    if isinstance(value, str):
        return (value,) if value.strip() else ()
    if isinstance(value, list):
        return tuple(part for item in value for part in (_located(item) if isinstance(item, dict) else _parts(item)))
    return (orjson.dumps(value).decode(),) if isinstance(value, dict) and value else ()


def _located(item: dict[str, object]) -> tuple[str, ...]:
    said = item.get("msg") or item.get("message")
    where = item.get("loc")
    if not isinstance(said, str):
        return _parts(dict(item))
    if not isinstance(where, list):
        return (said,)
    path = "".join(f"[{step}]" if type(step) is int else f".{step}" for step in where if step != "body")
    return (f"{path.removeprefix('.')}: {said}",)
