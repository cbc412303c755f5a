"""Random layouts: in which files, sheets and rows orders stand, and how their values are spelled."""

from dataclasses import dataclass

from hypothesis import strategies as st

FORMATS = ["csv", "csv", "xlsx", "ods", "parquet"]
TITLES = ["Export of May", "Acme Ltd.", "printed by Ann", "orders", "2024"]
FOOTERS = ["Total", "3 record(s) downloaded", "Seller ID : x", "Summe:"]


@dataclass(frozen=True)
class Place:
    """Where a table stands among titles, blank rows and columns, and footers."""

    titles: tuple[str, ...]
    offset: int  # empty columns on the left
    gaps: tuple[int, ...]  # empty columns before some columns, counted from 1
    blank: tuple[int, ...]  # records that a blank row stands before
    after_titles: int  # blank rows above the header
    footers: tuple[int, ...]  # which of FOOTERS stand below
    two_rows: bool  # whether the parts of the address stand in a second row of the header
    padded: bool  # whether rows of text files have all their separators


@dataclass(frozen=True)
class Numbers:
    """How numbers are written; without `is_text`, as numbers."""

    is_text: bool
    decimal: str
    group: str
    mark: str  # "{}" stands for the number, the names for that of its currency
    negative: str


@dataclass(frozen=True)
class Way:
    """A layout."""

    shape: str
    kinds: tuple[str, str]  # of the file of orders, or the only one, and of that of line items
    places: tuple[Place, Place]
    is_scattered: bool
    numbers: Numbers
    dates: str  # typed, iso, zoned, or an strptime format
    is_date_told: bool
    headers: str
    fixed: frozenset[str]  # fields that the profile gives to all rows
    encoding: str
    is_decimal_told: bool
    delimiter: str
    is_delimiter_told: bool
    quotes_all: bool
    line_end: str
    timezone: str | None
    translates_status: bool
    tells_header_row: bool
    skip_footer: bool
    compresses: bool


SHAPES = ["two files", "two sheets", "repeated", "first line", "blank number", "in a cell"]
PLACES = st.builds(
    Place,
    titles=st.lists(st.sampled_from(TITLES), max_size=2).map(tuple),
    offset=st.sampled_from([0, 0, 0, 1, 3]),
    gaps=st.sampled_from([(), (), (2,), (1, 3)]),
    blank=st.sampled_from([(), (), (1,), (2, 3)]),
    after_titles=st.integers(0, 2),
    footers=st.sampled_from([(), (), (0,), (1,), (0, 2), (3,), (1, 2)]),
    two_rows=st.booleans(),
    padded=st.booleans(),
)
NUMBERS = st.one_of(
    st.builds(Numbers, st.just(False), st.just("."), st.just(""), st.just("{}"), st.just("-{}")),
    st.builds(
        lambda separators, mark, negative: Numbers(True, *separators, mark, negative),
        st.sampled_from(
            [(".", ""), (",", ""), (".", ","), (",", "."), (",", "\u00a0"), (".", " "), (",", "\u202f"), (".", "'")]
        ),
        st.sampled_from(["{}", "{}", "{sign} {}", "{sign}{}", "{} {sign}", "{}\u00a0{code}", "{code} {}"]),
        st.sampled_from(["-{}", "({})", "{}-", "\u2212{}"]),
    ),
)
WAYS = st.builds(
    Way,
    shape=st.sampled_from(SHAPES),
    kinds=st.tuples(st.sampled_from(FORMATS), st.sampled_from(FORMATS)),
    places=st.tuples(PLACES, PLACES),
    is_scattered=st.booleans(),
    numbers=NUMBERS,
    dates=st.sampled_from(
        ["typed", "iso", "zoned", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y %H:%M:%S", "%m/%d/%Y %I:%M %p"]
    ),
    is_date_told=st.booleans(),
    headers=st.sampled_from(["snake", "title", "upper", "camel", "qualified", "other"]),
    fixed=st.frozensets(st.sampled_from(["company_id", "currency_id"])),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    is_decimal_told=st.booleans(),
    delimiter=st.sampled_from([",", ",", ";", "\t", "|", "||", "~"]),
    is_delimiter_told=st.booleans(),
    quotes_all=st.booleans(),
    line_end=st.sampled_from(["\r\n", "\n", "\r"]),
    timezone=st.sampled_from([None, None, "Asia/Kolkata"]),
    translates_status=st.booleans(),
    tells_header_row=st.sampled_from([False, False, True]),
    skip_footer=st.sampled_from([False, False, True]),
    compresses=st.sampled_from([False, False, False, True]),
)
