"""Guesses: what a column may stand for, by its values alone."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import permutations

import numpy as np

from schemas.fields import Entity
from schemas.suggestion import Suggestion
from transforms.looks import NEARLY_ALL, Look
from transforms.naming import fold
from transforms.shown import quoted

FEW = 12  # a status has no more words than this
MOST_NUMBERS = 12  # columns of numbers among which a product is looked for
LONG = 24  # characters of a header in a reason
USUAL_QUANTITY, LARGEST_QUANTITY = 20, 10_000
NO_QUANTITY = (
    "id",
    "no",
    "nr",
    "number",
    "nummer",
    "code",
    "year",
    "month",
    "key",
)  # how other whole numbers are called
LOOKUP = ", which a [lookup.customer_id] can translate into a customer"

Looks = Mapping[str, Look]


def by_values(
    looks: Looks, free: Sequence[str], known: Mapping[str, str], carried: Collection[Entity]
) -> list[Suggestion]:
    """The fields that the `free` headers may stand for by the looks of their values.

    `known` gives the header of order_number, quantity and unit_amount, where they are known; `carried` are the entities
    that the table has.
    """
    found = [one for header in free for one in _alone(header, looks[header], carried)]
    number = looks.get(known.get("order_number", ""))
    if number is None:
        found += [one for header in free for one in _order_numbers(header, looks[header], carried)]
    if Entity.LINE_ITEM in carried:
        found += _products(looks, free, known)
    return found + [one for header in free for one in _amounts(header, looks[header], number, carried)]


def _alone(header: str, look: Look, carried: Collection[Entity]) -> Iterator[Suggestion]:
    if Entity.ORDER in carried and look.filled:
        for field, pattern, what, confidence in (
            ("currency_id", "currency", "is an ISO 4217 code", 0.85),
            ("order_date", "date", "is a date", 0.5),
            ("customer_id", "email", f"is an e-mail address{LOOKUP}", 0.45),
            ("shipping_address.country", "country", "is an ISO 3166 country code", 0.5),
        ):
            if look.is_mostly(pattern):
                yield Suggestion(Entity.ORDER, field, header, f"{look.how_many(pattern)} {what}", confidence)
        if look.shares["status"] >= 0.5 and look.distinct <= FEW:
            what = f"{look.distinct} words that tell how far an order is" if look.distinct > 1 else "a status word"
            yield Suggestion(Entity.ORDER, "status", header, f"{what}; [status_words] translates them", 0.6)
    countable = look.filled and look.shares["whole"] == 1 and not fold(header).endswith(NO_QUANTITY)
    if Entity.LINE_ITEM in carried and countable:
        numbers = look.numbers[~np.isnan(look.numbers)]
        is_small = len(numbers) and numbers.max() <= LARGEST_QUANTITY and np.median(numbers) <= USUAL_QUANTITY
        if is_small and numbers.min() >= 1:
            yield Suggestion(Entity.LINE_ITEM, "quantity", header, "small whole numbers", 0.4)


def _order_numbers(header: str, look: Look, carried: Collection[Entity]) -> Iterator[Suggestion]:
    """Ids: each once in a table of orders, some more than once in one of line items."""
    if not look.is_mostly("id") or look.is_mostly("date") or look.shares["fraction"] > 0.5 or look.distinct < 2:
        return
    entity = Entity.ORDER if Entity.ORDER in carried else Entity.LINE_ITEM
    ratio = look.distinct / look.filled
    if Entity.LINE_ITEM not in carried:
        if ratio == 1:
            yield Suggestion(entity, "order_number", header, "an id that no two rows share", 0.5)
    elif 0.1 <= ratio < 1 and not look.is_mostly("country") and not look.is_mostly("currency"):
        changes = np.count_nonzero(np.diff(look.codes[look.codes >= 0])) + 1
        if changes <= look.distinct * 1.2:  # rows of one order are neighbours, in most files
            yield Suggestion(entity, "order_number", header, "an id that neighbouring rows share", 0.5)


def _amounts(header: str, look: Look, number: Look | None, carried: Collection[Entity]) -> Iterator[Suggestion]:
    """Amounts with decimals: of the order where they are the same in all its rows, else of the line item."""
    if (
        not look.is_mostly("number")
        or look.shares["fraction"] < 0.5
        or np.nanmin(look.numbers) < 0
        or look.distinct < 2
    ):
        return
    if Entity.LINE_ITEM not in carried:
        yield Suggestion(Entity.ORDER, "total_amount", header, "amounts with decimals", 0.35)
    elif Entity.ORDER in carried and number is not None and _is_constant(look, number):
        yield Suggestion(Entity.ORDER, "total_amount", header, "one amount for each order", 0.4)
    else:
        yield Suggestion(Entity.LINE_ITEM, "unit_amount", header, "amounts with decimals", 0.35)


def _is_constant(look: Look, number: Look) -> bool:
    """Whether orders, of which some have several rows, have one value each, be it in all of their rows or in one."""
    both = (look.codes >= 0) & (number.codes >= 0)
    mine, orders = look.codes[both].astype("int64"), number.codes[both].astype("int64")
    pairs = len(np.unique(orders * (look.distinct + 1) + mine))
    return number.distinct < number.filled and pairs == len(np.unique(orders))


def _products(looks: Looks, free: Sequence[str], known: Mapping[str, str]) -> Iterator[Suggestion]:
    """Three columns of which one is the product of the others: quantity, unit price and line total."""
    given = [known[name] for name in ("quantity", "unit_amount") if known.get(name) in looks]
    numeric = [header for header in dict.fromkeys([*given, *free]) if looks[header].is_mostly("number")]
    for quantity, price, total in permutations(numeric[:MOST_NUMBERS], 3):
        if known.get("quantity", quantity) != quantity or known.get("unit_amount", price) != price or total in given:
            continue
        told_apart = looks[quantity].shares["whole"] == 1 and looks[price].shares["whole"] < 1
        if told_apart and _multiply(looks[quantity].numbers, looks[price].numbers, looks[total].numbers):
            for field, header, reason in (
                ("quantity", quantity, f"{quoted(price, LONG)} times it is {quoted(total, LONG)}"),
                ("unit_amount", price, f"{quoted(quantity, LONG)} times it is {quoted(total, LONG)}"),
                ("total_amount", total, f"{quoted(quantity, LONG)} times {quoted(price, LONG)}"),
            ):
                if header in free:
                    yield Suggestion(Entity.LINE_ITEM, field, header, reason, 0.8)


def _multiply(quantity: np.ndarray, price: np.ndarray, total: np.ndarray) -> bool:
    there = ~(np.isnan(quantity) | np.isnan(price) | np.isnan(total))
    quantity, price, total = quantity[there], price[there], total[there]
    if len(total) < 3 or not (quantity > 1).any() or not (total != 0).any():
        return False
    return bool(np.mean(np.abs(quantity * price - total) < 0.0051) >= NEARLY_ALL)
