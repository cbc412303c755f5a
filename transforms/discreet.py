"""Discreet: what a page that is passed on may say of the content of cells. Names, addresses and e-mails it must not.

Any cell may hold them, whatever its column is called: where the columns of an export are shifted, a name stands under
Currency. So nothing is shown of a cell but its shape, unless it is plainly a date or an amount.
"""

import re
import unicodedata

from schemas.problems import MESSAGES
from schemas.run import RunRecord, Total
from transforms.totals import merge

LONGEST = 24
UNREADABLE = "unreadable"
# With their separators: a bare number may be a telephone number or a postal code.
DATE = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?Z?)?"
AMOUNT = r"-?\d{1,3}(?:[.,' ]?\d{3})*[.,]\d{1,9} ?%?|-\d{1,9}|\d{1,3} ?%"
PLAIN = re.compile(f"(?:{DATE})|(?:{AMOUNT})", re.ASCII)
HIDDEN = ("value", "other")  # what messages quote of cells
EMAIL = re.compile(r"[^\s\"'(),;:<>]+@[^\s\"'(),;:<>]+")
# Where notices and reasons quote what stands in a file, or what the platform says of an order.
QUOTING = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"(?<= not read \().*(?=\))",
        r"(?<=enclosed in apostrophes, such as ).*(?=; set quote)",
        r"(?<=belongs to the quote, as in ).*(?=\.$)",
        r"(?<=were refused alike: ).*(?=\. That is a wrong mapping)",
    )
)
LOOKED_UP = ("not_in_lookup",)  # here {other} is the name of a table


def shape(text: str) -> str:
    """What a text looks like: x for each letter, 9 for each digit; dates and amounts as they are."""
    text = " ".join(text.split())
    if PLAIN.fullmatch(text):
        return text
    shown = "".join(map(_shape_of, text[:LONGEST]))
    return shown + "…" * (len(text) > LONGEST)


def message(code: str, column: str, said: str) -> str:
    """The message of a problem, with the shapes of what it quotes; without it where that cannot be told apart.

    `column` is what the message calls the column, `said` the message as problems.parquet has it.
    """
    template = MESSAGES.get(code)
    found = template and re.fullmatch(_pattern(template, column), said, re.DOTALL)
    if not template or not found:
        return "see problems.parquet"
    shown = {
        name: shape(text) if name in HIDDEN and not (name == "other" and code in LOOKED_UP) else text
        for name, text in found.groupdict().items()
    }
    return template.format(**shown, column=column)


def notice(said: str) -> str:
    """A notice, or why a run stopped, with the shapes of what it quotes of cells and of e-mail addresses."""
    for quoting in QUOTING:
        said = quoting.sub(lambda found: shape(found.group()), said)
    return EMAIL.sub(lambda found: shape(found.group()), said)


def discreet(record: RunRecord) -> RunRecord:
    """The record of a run as the page shows it. What is no company or currency may be anything: it is added up."""
    return record.model_copy(
        update={
            "message": notice(record.message),
            "notices": [notice(one) for one in record.notices],
            "totals": merge(map(_total, record.totals)),
            "planned_totals": merge(map(_total, record.planned_totals)),
        }
    )


def _total(total: Total) -> Total:
    company, currency = total.company_id, total.currency_id
    is_company = not company or re.fullmatch(r"\d{1,19}", company, re.ASCII)
    is_currency = not currency or re.fullmatch("[A-Z]{3}", currency)
    shown = {
        "company_id": company if is_company else UNREADABLE,
        "currency_id": currency if is_currency else UNREADABLE,
    }
    return total.model_copy(update=shown)


def _pattern(template: str, column: str) -> str:
    """A pattern of all messages of a template; what quotes cells takes as much as it can, so that none is left over."""
    parts = re.split(r"\{(\w+)\}", template)
    pattern, seen = "", set[str]()
    for at, part in enumerate(parts):
        if at % 2 == 0:
            pattern += re.escape(part)
        elif part == "column":
            pattern += re.escape(column)
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            seen.add(part)
            pattern += f"(?P<{part}>.*)" if part in HIDDEN else f"(?P<{part}>.*?)"
    return pattern


def _shape_of(char: str) -> str:
    kind = unicodedata.category(char)
    if kind[0] in "LM":
        return "x"
    if kind[0] == "N":
        return "9"
    return char if char.isascii() or kind == "Sc" else "?"
