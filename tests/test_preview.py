"""Preview: the first orders as they would be sent, the first rows as they are read, and how a mapping is explained."""

import tomllib
from decimal import Decimal

import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning import SHOP, Mapped, drafted, flat, pair

from schemas.fields import FIELDS, Entity
from schemas.mapping import ColumnMap, Origin
from schemas.profile import Profile
from schemas.suggestion import Suggestion
from schemas.tables import SourceTable
from transforms.columns import match
from transforms.explain import explain, remarks
from transforms.preview import Preview, first_values, pretty, preview
from transforms.profiles import profile_text
from transforms.shown import printable, quoted

ORDER, LINE = Entity.ORDER, Entity.LINE_ITEM
WORDS = st.text(st.characters(codec="utf-8"), max_size=80)
JSON = st.recursive(
    st.one_of(WORDS, st.decimals(allow_nan=False, allow_infinity=False, places=2), st.booleans(), st.none()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
)


def previewed(tables: list[Mapped]) -> Preview:
    maps = {(table.file, table.sheet): mapping for table, mapping in tables}
    return preview(drafted(tables), maps, "UTC")


def test_the_first_orders_of_the_file_are_shown_as_the_request_that_would_carry_them() -> None:
    made = previewed(flat({"order_number": "B", "unit_amount": "2.50"}, {"order_number": "C"}, {"order_number": "A"}))
    assert (made.orders, made.shown, made.problems) == (3, 2, 0)
    request = orjson.loads("\n".join(made.body))
    assert request["company_id"] == 1
    assert [order["order_number"] for order in request["data"]] == ["B", "C"]
    assert request["data"][0]["line_items"] == [{"item_id": "i", "quantity": 2, "unit_amount": 2.5}]


def test_a_request_has_orders_of_one_company_only() -> None:
    made = previewed(flat({"order_number": "B", "company_id": "7"}, {"order_number": "A", "company_id": "1"}))
    assert (made.orders, made.shown) == (2, 1)
    assert orjson.loads("\n".join(made.body))["company_id"] == 7


def test_orders_with_a_problem_are_not_shown_and_their_first_problems_are_told() -> None:
    made = previewed(flat({"order_number": "A", "quantity": "0"}, {"order_number": "B"}))
    assert (made.orders, made.shown, made.problems) == (1, 1, 1)
    assert '"order_number": "B"' in "\n".join(made.body)
    assert made.first_problems == [f"{SHOP}, row 2: quantity must be above 0; found 0"]


def test_where_no_order_would_be_sent_there_is_nothing_but_problems() -> None:
    made = previewed(pair([{"currency_id": "Euro"}] * 5, []))
    assert (made.orders, made.shown, made.body) == (0, 0, [])
    assert (len(made.first_problems), made.problems > 3) == (3, True)


def test_json_is_cut_where_it_is_long_and_keeps_its_digits() -> None:
    lines = pretty({"a": "x" * 100, "n": Decimal("2.50"), "l": [1, 2, 3, 4]}, 40)
    assert lines == [
        "{",
        f'  "a": "{"x" * 59}…",',
        '  "n": 2.50,',
        '  "l": [',
        "    1,",
        "    2,",
        "    … 2 more",
        "  ]",
        "}",
    ]


@given(JSON)
def test_json_in_one_line_or_many_can_be_printed(value: object) -> None:
    lines = pretty(value, 40)
    assert all(line.isprintable() for line in lines)
    assert len(pretty(value, 10**6)) <= len(lines)


def test_the_first_rows_are_shown_with_the_fields_that_have_values() -> None:
    rows = pd.DataFrame(
        {"quantity": ["1", None, "3"], "item_id": [None, "b", "c"], "name": [None, None, "d"]}, dtype="str"
    )
    assert first_values(rows, LINE) == [("item_id", ["", "b"]), ("quantity", ["1", ""])]
    assert first_values(rows.iloc[:0], LINE) == []


def explained(mapping: ColumnMap, profile: Profile | None = None, **fixed: object) -> dict[str, tuple[str, str]]:
    return {one.field.qualified: (one.source, one.how) for one in explain(mapping, profile or Profile(), fixed)}


def test_a_mapping_is_explained_with_how_each_column_is_known() -> None:
    profile = Profile.model_validate(
        {
            "orders": {"order_number": "No", "customer_id": "Mail"},
            "line_items": {"unit_amount": {"columns": "Total", "divide_by": "Qty"}, "item_id": "Gone"},
            "lookup": {"customer_id": {"file": "f.csv", "from": "a", "to": "b"}},
        }
    )
    headers = ["No", "Mail", "Currency ID", "order.status", "Qty", "Total"]
    mapping = match("f", headers, profile, {"company_id": 7}, frozenset(Entity))
    assert mapping is not None
    assert explained(mapping, profile, company_id=7) == {
        "orders.company_id": ("always 7", "given"),
        "orders.order_number": ("No", "profile"),
        "orders.customer_id": ("Mail", "lookup customer_id"),
        "orders.currency_id": ("Currency ID", "same name"),
        "orders.status": ("order.status", "similar name"),
        "line_items.company_id": ("always 7", "given"),
        "line_items.order_number": ("No", "profile"),
        "line_items.item_id": ("no Gone", "missing"),
        "line_items.quantity": ("", "missing"),
        "line_items.unit_amount": ("Total / Qty", "profile"),
    }
    named = explain(mapping, profile, {}, "shop")
    assert {one.how for one in named if one.source == "No"} == {"profile shop"}
    assert [one.field.name for one in named if one.is_missing] == ["company_id", "item_id", "quantity"]


def test_what_was_found_around_a_table_is_told_without_its_name() -> None:
    above = pd.DataFrame({0: ["Report", "No"]}, index=[1, 3])
    table = SourceTable(
        "f.xlsx", "May", pd.DataFrame(), above=above, notices=('f.xlsx, sheet "May": row 9 is left out',)
    )
    told = ['f.xlsx, sheet "May" was recognized.', "other.csv: no"]
    assert remarks(table, told) == ["The header is row 3.", "Row 9 is left out", "Was recognized."]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x1b[31mb", r"a\x1b[31mb"), ("a\u202eb", r"a\u202eb"), ("é\tx\n", r"é\tx\n"), ("\ud800", r"\ud800")],
)
def test_characters_that_a_terminal_would_obey_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_quoted_header_is_cut() -> None:
    assert quoted("abcdef", 4) == '"abc…"'
    assert quoted("abcd", 4) == '"abcd"'


@given(WORDS, WORDS, st.sampled_from([(entity, name) for entity in Entity for name in FIELDS[entity]]))
def test_a_written_suggestion_is_a_comment_until_its_first_words_are_removed(
    header: str, other: str, field: tuple[Entity, str]
) -> None:
    one = Suggestion(*field, header, f"{quoted(other, 24)} times it is {quoted(header, 24)}", 0.9)
    mapping = ColumnMap("f", {field[0]: {"status": Origin(("s",))} if field[1] != "status" else {}}, (), ())
    text = profile_text([mapping], {}, None, [one])
    assert field[1] not in tomllib.loads(text)[f"{'orders' if field[0] is ORDER else 'line_items'}"]
    read = tomllib.loads(text.replace("# likely: ", ""))
    assert read[f"{'orders' if field[0] is ORDER else 'line_items'}"][field[1]] == header
