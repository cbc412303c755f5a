"""Profiles: read from a name or a file, completed by others, refused with place and closest key, written out."""

import datetime as dt
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.profiles import built_in, read_profile, write_text
from schemas.errors import ProfileError
from schemas.fields import FIELDS, ORDER_STATUSES, Entity
from schemas.mapping import ColumnMap, Origin
from schemas.profile import FieldSource, LinesInCell, Lookup, Only, Profile
from transforms.profiles import profile_text

DOCUMENT = Path(__file__).parents[1] / "docs" / "profiles.md"
PARTS = (FieldSource, LinesInCell, Lookup, Only, Profile)
WORD = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
SEVERAL = st.lists(WORD, min_size=1, max_size=2).map(tuple)
BASE = """
null_words = ["NULL"]
date_format = "%d/%m/%Y"
[orders]
order_number = "No."
status = "State"
[line_items]
unit_amount = { columns = "Total", divide_by = "Qty" }
[fixed]
currency_id = "EUR"
[only.line_items]
Type = ["Item", "Set"]
[lookup.customer_id]
file = "customers.csv"
from = "Email"
to = "id"
"""


def profile(folder: Path, text: str, name: str = "mine.toml") -> Profile:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return read_profile(str(folder / name))


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ProfileError) as caught:
        profile(folder, text)
    return str(caught.value)


@pytest.mark.parametrize("name", list(built_in()))
def test_a_built_in_profile_is_read_by_name_and_is_complete(name: str) -> None:
    one = read_profile(name)
    assert one == built_in()[name]
    assert one.description
    if one.refuse:
        assert not one.orders
        return
    assert {"order_number", "order_date"} <= one.orders.keys() <= FIELDS[Entity.ORDER].keys()
    needed = {"order_number", "item_id", "quantity", "unit_amount"}
    assert needed <= one.line_items.keys() <= FIELDS[Entity.LINE_ITEM].keys()
    assert set(one.status_words.values()) <= set(ORDER_STATUSES)


def test_a_file_with_the_name_of_a_built_in_one_needs_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shopify").write_text("[fixed]\n")
    assert read_profile("shopify").orders
    assert not read_profile("./shopify").orders


def test_a_misspelled_name_is_told_with_the_closest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProfileError, match=r"shopfy cannot be read: No such file.*Closest.*: shopify"):
        read_profile("shopfy")


def test_a_profile_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert profile(tmp_path, '\ufeffdecimal = ","').decimal == ","


def test_an_extending_profile_completes_and_corrects_its_base_key_by_key(tmp_path: Path) -> None:
    profile(tmp_path, BASE, "base.toml")
    one = profile(
        tmp_path,
        """
        extends = "base.toml"
        date_format = "%m/%d/%Y"
        [orders]
        customer_id = "Buyer"
        [line_items]
        unit_amount = { columns = "Price" }
        [only.line_items]
        Kind = "Sale"
        [lookup.customer_id]
        ignore_case = true
        """,
    )
    assert (one.null_words, one.date_format, one.extends) == (["NULL"], "%m/%d/%Y", None)
    assert {name: source.columns for name, source in one.orders.items()} == {
        "order_number": ("No.",),
        "status": ("State",),
        "customer_id": ("Buyer",),
    }
    assert one.line_items["unit_amount"] == FieldSource(columns=("Price",)), "a field's source is replaced as a whole"
    assert one.only.line_items == {"Type": ("Item", "Set"), "Kind": ("Sale",)}
    assert (one.lookup["customer_id"].to, one.lookup["customer_id"].ignore_case) == ("id", True)


def test_an_empty_text_takes_away_what_the_base_has(tmp_path: Path) -> None:
    profile(tmp_path, BASE, "base.toml")
    one = profile(
        tmp_path, 'extends = "base.toml"\n[orders]\nstatus = ""\ncustomer_id = ""\n[fixed]\ncurrency_id = ""\n'
    )
    assert one.orders.keys() == {"order_number"}
    assert one.fixed == {}


def test_a_chain_ends_with_the_first_that_says_it_and_may_start_at_a_built_in_one(tmp_path: Path) -> None:
    profile(tmp_path, 'extends = "ebay"\n[fixed]\ncurrency_id = "USD"\n', "shared/us.toml")
    one = profile(tmp_path, 'extends = "shared/us.toml"\ntimezone = "America/New_York"\n')
    assert (one.date_format, one.fixed, one.timezone) == ("%b-%d-%y", {"currency_id": "USD"}, "America/New_York")
    assert one.recognize == built_in()["ebay"].recognize


@pytest.mark.parametrize(("a", "b"), [("a.toml", "b.toml"), ("b.toml", "./a.toml"), ("b.toml", "c/../a.toml")])
def test_profiles_that_extend_themselves_are_refused(tmp_path: Path, a: str, b: str) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "b.toml").write_text(f'extends = "{b}"')
    (tmp_path / "a.toml").write_text(f'extends = "{a}"')
    with pytest.raises(ProfileError, match=r"extends itself, by way of .*a\.toml"):
        read_profile(str(tmp_path / "a.toml"))


def test_a_relative_lookup_starts_at_the_folder_of_the_profile_that_names_it(tmp_path: Path) -> None:
    profile(tmp_path, BASE, "shared/base.toml")
    one = profile(tmp_path, 'extends = "shared/base.toml"\n[lookup.item_id]\nfile = "i.csv"\nfrom = "a"\nto = "b"\n')
    assert one.lookup["customer_id"].file == str(tmp_path / "shared" / "customers.csv")
    assert one.lookup["item_id"].file == str(tmp_path / "i.csv")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("null_word = []", r"unknown key null_word\. Closest: null_words\."),
        ("[lookup.customer_id]\nform = 'a'\nfile = 'b'\nto = 'c'", r"key lookup\.customer_id\.form\. Closest: from\."),
        ("[only]\nline_item = {}", r"unknown key only\.line_item\. Closest: line_items\."),
        ("[lines_in_cell]\ncolumn = 'a'\nline = ';'", r"unknown key lines_in_cell\.line\. Closest: lines\."),
        (
            "[orders]\nstatus = { columns = 'a', xyz = 'b' }",
            r"key orders\.status\.xyz\. Closest: columns, join, divide_by",
        ),
        ("[line_items]\nname = { columns = 'a', divideby = 'b' }", r"Closest: divide_by\."),
        ("[lookup.customer_id]\nfile = 'b'\nto = 'c'", r"wrong at lookup\.customer_id\.from: Field required"),
        ("[lookup]\ncustomer_id = 'c.csv'", r"wrong at lookup\.customer_id: "),
        ("[orders]\nstatus = ''", r"wrong at orders\.status\.columns\.0: String should have at least 1 character"),
        (
            "[status_if_filled]\nx = 'gone'",
            r"wrong at status_if_filled\.x: there is no status gone; the API has pending",
        ),
        ("timezone = 'Mars/North'", r"wrong at timezone: there is no time zone Mars/North"),
        ("extends = 3", r"wrong at extends: it must be a text"),
        ("extends = 'no.toml'", r"The profile no\.toml cannot be read: No such file"),
        ("a = ", r"mine\.toml is not TOML: Invalid value \(at end of document\)"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_the_closest_key(tmp_path: Path, text: str, told: str) -> None:
    assert re.search(told, refused(tmp_path, text))


def test_a_mistake_in_a_base_is_told_of_the_base(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("decimals = '.'")
    assert "The profile base.toml has the unknown key decimals" in refused(tmp_path, 'extends = "base.toml"')


def test_a_new_profile_is_never_written_over_another(tmp_path: Path) -> None:
    write_text(tmp_path / "mine.toml", '[orders]\nstatus = "Zustand ü"\n')
    assert read_profile(str(tmp_path / "mine.toml")).orders["status"].columns == ("Zustand ü",)
    with pytest.raises(ProfileError, match="is there already"):
        write_text(tmp_path / "mine.toml", "")


def read_back(mappings: list[ColumnMap], one: Profile) -> Profile:
    return Profile.model_validate(tomllib.loads(profile_text(mappings, {}, one)))


@pytest.mark.parametrize("name", list(built_in()))
def test_a_built_in_profile_reads_back_as_it_was_written(name: str) -> None:
    assert read_back([], built_in()[name]) == built_in()[name]


FIELD_SOURCES = st.builds(FieldSource, columns=SEVERAL, join=st.none() | WORD, divide_by=st.none() | WORD)
LOOKUPS = st.fixed_dictionaries(
    {"file": WORD, "from": WORD, "to": WORD}, optional={"column": WORD, "ignore_case": st.booleans()}
).map(Lookup.model_validate)
PROFILES = st.builds(
    Profile,
    description=WORD | st.just('two\nlines \\n """ of\r\nit\n'),
    refuse=st.just("") | WORD,
    recognize=st.just(()) | SEVERAL,
    sheet=st.just(()) | SEVERAL,
    header_row=st.sampled_from([(), (3,), (3, 4)]),
    skip_footer=st.integers(0, 2),
    columns=st.just(()) | SEVERAL,
    orders=st.dictionaries(st.sampled_from(list(FIELDS[Entity.ORDER])), FIELD_SOURCES, max_size=3),
    line_items=st.dictionaries(st.sampled_from(list(FIELDS[Entity.LINE_ITEM])), FIELD_SOURCES, max_size=3),
    only=st.builds(
        Only,
        orders=st.dictionaries(WORD, SEVERAL, max_size=1),
        line_items=st.dictionaries(WORD, SEVERAL, max_size=1),
    ),
    lines_in_cell=st.none() | st.builds(LinesInCell, column=WORD, lines=WORD, parts=WORD, key=WORD),
    lookup=st.dictionaries(WORD, LOOKUPS, max_size=2),
    fixed=st.dictionaries(
        WORD,
        WORD
        | st.booleans()
        | st.integers(-9, 2**60)
        | st.floats(allow_nan=False)
        | st.dates()
        | st.just(dt.time(5, 7)),
        max_size=3,
    ),
    status_words=st.dictionaries(WORD, st.sampled_from(ORDER_STATUSES), max_size=2),
    status_if_filled=st.dictionaries(WORD, st.sampled_from(ORDER_STATUSES), max_size=2),
    null_words=st.lists(WORD, max_size=2),
    ignore=st.lists(WORD, max_size=2),
    timezone=st.sampled_from([None, "Europe/Paris"]),
    date_format=st.none() | WORD,
    decimal=st.sampled_from([None, ".", ","]),
    encoding=st.none() | WORD,
    delimiter=st.none() | WORD,
    quote=st.sampled_from([None, "", "'"]),
)


@given(PROFILES)
def test_any_profile_reads_back_as_it_was_written(one: Profile) -> None:
    assert read_back([], one) == one


def test_what_is_understood_of_a_table_is_added_to_the_profile() -> None:
    given_ = Profile(
        orders={
            "order_number": FieldSource(columns=("No.", "Suffix")),
            "status": FieldSource(columns=("State",)),
            "customer_id": FieldSource(columns=("Gone",)),
        },
        lookup={"customer_id": Lookup.model_validate({"file": "c.csv", "from": "a", "to": "b"})},
    )
    origins = {
        "order_number": Origin(("No.",)),  # the file has one of the two
        "customer_id": Origin(("Customer ID",), lookup="customer_id"),
        "shipping_address.street": Origin(("a", "b"), joint=", "),
        "total_amount": Origin(("Sum",), divide_by="Count"),
    }
    one = read_back([ColumnMap("f.csv", {Entity.ORDER: origins}, (), ())], given_)
    assert one.orders == {
        "order_number": FieldSource(columns=("No.", "Suffix")),
        "customer_id": FieldSource(columns=("Customer ID",)),
        "status": FieldSource(columns=("State",)),
        "shipping_address.street": FieldSource(columns=("a", "b"), join=", "),
        "total_amount": FieldSource(columns=("Sum",), divide_by="Count"),
    }
    assert one.lookup == given_.lookup


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_is_documented(part: type[Profile]) -> None:
    told = set(re.findall(r"\b[a-z_]+\b", DOCUMENT.read_text()))
    assert {field.alias or name for name, field in part.model_fields.items()} <= told


def test_every_built_in_profile_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|", DOCUMENT.read_text(), re.MULTILINE)
    assert rows == list(built_in())


def test_every_example_of_the_document_is_a_profile(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert examples
    for at, example in enumerate(examples):
        profile(tmp_path, example, f"{at}.toml")
