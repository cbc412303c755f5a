"""Control totals: orders, line items and money per company, currency and status, to the last digit."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.plan import AMOUNT
from schemas.results import Status
from schemas.run import Total
from transforms.arrow import TEXT, text_array
from transforms.group import Groups

MONEY = pa.decimal128(38, 9)
READABLE = r"^-?\d{1,15}(?:\.\d{1,9})?$"
DIGITS = 60  # more than any sum has, so that none is rounded
SUMMED = ("orders", "line_items", "amount")
HELD = 2**63  # what 64 bits hold, with a sign
STEPS = (10**9, 10**7, 10**6, 10**5)  # no decimals, two, three, four
COUNTABLE = r"^\d{1,9}(?:\.\d{1,9})?$"


def read_factors(lines: pd.DataFrame) -> dict[str, pa.Array]:
    """The quantity and unit_amount of each line item as decimals; null where they cannot be read."""
    return {"quantity": _decimal(lines["quantity"], COUNTABLE), "unit_amount": _decimal(lines["unit_amount"], READABLE)}


def line_amounts(quantity: pa.Array, price: pa.Array, order_of: np.ndarray, count: int) -> pa.Array:
    """The sum of quantity x price of each order 0 .. count - 1; a line item without one of them adds nothing."""
    sums = _whole_sums(quantity, price, order_of, count)
    return _exact_sums(quantity, price, order_of, count) if sums is None else sums


def _whole_sums(quantity: pa.Array, price: pa.Array, order_of: np.ndarray, count: int) -> pa.Array | None:
    """The sums by 64-bit numbers, a tenth of the work; None where they may not hold them, or all of their decimals."""
    one, other = _units(quantity), _units(price)
    if one is None or other is None or one[1] + other[1] > AMOUNT.scale:
        return None
    most = [max(int(units.max(initial=0)), -int(units.min(initial=0))) for units, _ in (one, other)]
    if most[0] * most[1] * int(np.bincount(order_of).max(initial=0)) >= HELD:
        return None
    sums = np.zeros(count, dtype="int64")
    np.add.at(sums, order_of, one[0] * other[0])
    words = np.stack([sums, sums >> 63], axis=1)  # as Arrow holds decimals: the lower half, the upper half
    scaled = pa.Array.from_buffers(pa.decimal128(38, one[1] + other[1]), count, [None, pa.py_buffer(words)])
    return scaled.cast(MONEY)


def _units(numbers: pa.Array) -> tuple[np.ndarray, int] | None:
    """Decimals as whole numbers of their smallest unit that occurs, and its decimals; None if 64 bits do not hold them.

    What is null is 0.
    """
    filled = pc.fill_null(numbers, pa.scalar(Decimal(0), numbers.type))
    words = np.frombuffer(filled.buffers()[1], "int64").reshape(-1, 2)[filled.offset : filled.offset + len(filled)]
    units = np.ascontiguousarray(words[:, 0])
    if ((units >> 63) != words[:, 1]).any():
        return None
    decimals = numbers.type.scale
    for step in STEPS:
        fewer = units // step
        if (fewer * step == units).all():
            return fewer, decimals - len(str(step)) + 1
    return units, decimals


def _exact_sums(quantity: pa.Array, price: pa.Array, order_of: np.ndarray, count: int) -> pa.Array:
    quantity, price = (numbers.cast(pa.decimal256(30, 9)) for numbers in (quantity, price))
    product = pc.fill_null(pc.multiply(quantity, price), 0).cast(pa.decimal256(60, 18))
    sums = pa.table({"order": order_of, "amount": product}).group_by("order").aggregate([("amount", "sum")])
    rounded = pc.round(sums["amount_sum"], ndigits=9).cast(MONEY)
    amounts = pa.table({"order": sums["order"], "amount": rounded})
    found = pc.index_in(pa.array(np.arange(count)), value_set=amounts["order"].combine_chunks())
    return pc.fill_null(amounts["amount"].combine_chunks().take(found), pa.scalar(Decimal(0), MONEY))


def totals_of(groups: Groups, status: np.ndarray, amounts: pa.Array) -> list[Total]:
    """The totals of all orders by what planning says of them; `status` and `amounts` have one value per order.

    Line items that belong to no order are counted with their company, and with 0 orders.
    """
    rows = pa.array(groups.head, mask=~groups.known)
    company, currency = (text_array(groups.orders[name]).take(rows) for name in ("company_id", "currency_id"))
    if not groups.known.all():
        lines = np.zeros(groups.count, dtype="int64")
        lines[groups.line_of] = np.arange(len(groups.lines))
        others = text_array(groups.lines["company_id"]).take(pa.array(lines, mask=groups.known))
        company = pc.coalesce(company, others)
    columns = {
        "company_id": company,
        "currency_id": currency,
        "status": pa.array(status, TEXT),
        "orders": groups.known.astype("int64"),
        "line_items": np.bincount(groups.line_of, minlength=groups.count),
        "amount": amounts,
    }
    return sum_up(pa.table(columns))


def sum_up(orders: pa.Table) -> list[Total]:
    """The totals of orders given one by one: company_id, currency_id, status, orders, line_items, amount."""
    by = ["company_id", "currency_id", "status"]
    sums = orders.group_by(by).aggregate([(name, "sum") for name in SUMMED])
    totals = [
        Total(
            **{name: str(row[name] or "") for name in by},
            orders=row["orders_sum"],
            line_items=row["line_items_sum"],
            amount=_shortest(row["amount_sum"]),
        )
        for row in sums.to_pylist()
    ]
    return sorted(totals, key=lambda total: (total.company_id, total.currency_id, total.status))


def _shortest(amount: Decimal) -> Decimal:
    """The same number without zeros at its end; Decimal.normalize would round it to 28 digits."""
    return Decimal(format(amount, "f").rstrip("0").rstrip(".") if amount % 1 else int(amount))


def count_orders(totals: Iterable[Total]) -> dict[Status, int]:
    """How many orders of each status."""
    counts: dict[Status, int] = {}
    for total in totals:
        counts[Status(total.status)] = counts.get(Status(total.status), 0) + total.orders
    return counts


def merge(totals: Iterable[Total]) -> list[Total]:
    """The totals with those of the same company, currency and status added up."""
    merged: dict[tuple[str, str, str], Total] = {}
    with localcontext(prec=DIGITS):
        for one in totals:
            key = (one.company_id, one.currency_id, one.status)
            had = merged.get(key)
            sums = {} if had is None else {name: getattr(had, name) + getattr(one, name) for name in SUMMED}
            merged[key] = one.model_copy(update=sums)
    return [merged[key] for key in sorted(merged)]


def differences(planned: Sequence[Total], reported: Sequence[Total]) -> list[str]:
    """Where two sets of totals differ once the statuses are added up, in words; nothing where they agree."""
    one, two = _whole(planned), _whole(reported)
    return [
        f"company {key[0] or '?'}, {key[1] or '?'}: planned {one.get(key)}, reported {two.get(key)}"
        for key in sorted(one.keys() | two.keys())
        if one.get(key) != two.get(key)
    ]


def _whole(totals: Sequence[Total]) -> dict[tuple[str, str], Total]:
    unified = merge(total.model_copy(update={"status": ""}) for total in totals)
    return {(total.company_id, total.currency_id): total for total in unified}


def _decimal(text: pd.Series, readable: str) -> pa.Array:
    array = text_array(text)
    fits = pc.match_substring_regex(array, readable)
    if not pc.all(fits, skip_nulls=False).as_py():
        array = pc.if_else(fits, array, pa.scalar(None, array.type))
    return array.cast(AMOUNT)
