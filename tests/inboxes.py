"""What the tests of the inbox share: small files of orders, what lies in an inbox, and what a pass said."""

from pathlib import Path
from typing import Any

from commands import FAST, Ran
from upath import UPath

HEADER = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n"
ORDERS = "company_id,order_number,customer_id,currency_id\n"
LINES = "company_id,order_number,item_id,quantity,unit_amount\n"
PASS = ("inbox", "--sandbox", "--quiet", 0, "--json", *FAST)


def orders(*numbers: str, currency: str = "EUR") -> str:
    return HEADER + "".join(f"1,{number},c,{currency},p,1,2.50\n" for number in numbers)


def put(folder: Path | UPath, path: str, content: str) -> None:
    if isinstance(folder, Path):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(content)


def lies_in(folder: Path | UPath) -> set[str]:
    """The paths of all files in an inbox."""
    if isinstance(folder, Path):
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name.removeprefix(f"{folder.path.rstrip('/')}/") for name in folder.fs.find(folder.path)}


def states(ran: Ran) -> dict[str, str]:
    return {one["name"]: one["state"] for one in ran.json["sets"]}


def of(ran: Ran, name: str) -> dict[str, Any]:
    (one,) = [one for one in ran.json["sets"] if one["name"] == name]
    result: dict[str, Any] = one
    return result
