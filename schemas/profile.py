"""The mapping file: where the table stands, which header is which field, how values are read and translated."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from schemas.fields import ORDER_STATUSES
from schemas.tables import Layout, ReadOptions
from schemas.zones import TimeZone


def _known_status(status: str) -> str:
    if status not in ORDER_STATUSES:
        raise ValueError(f"there is no status {status}; the API has {', '.join(ORDER_STATUSES)}")
    return status


def _as_tuple(given: Any) -> Any:  # noqa: ANN401 - whatever TOML has
    """One value where several may stand."""
    return given if isinstance(given, list | tuple) else (given,)


def _as_source(given: Any) -> Any:  # noqa: ANN401 - whatever TOML has
    """A header, or a list of them, as the longer form."""
    return {"columns": given} if isinstance(given, str | list | tuple) else given


Status = Annotated[str, AfterValidator(_known_status)]
Several = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Header = Annotated[str, Field(min_length=1)]
Headers = Annotated[tuple[Header, ...], BeforeValidator(_as_tuple)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSource(_Part):
    """Where a field comes from; in TOML a header, a list of headers, or a table with these keys."""

    columns: Headers = Field(description="header, or headers whose filled cells are joined", min_length=1)
    join: str | None = Field(None, description='text between joined cells; ", " in addresses, else a space')
    divide_by: Header | None = Field(None, description="header of the column to divide by: a total by its quantity")


class Lookup(_Part):
    """A table that translates the values of a field, or brings in a field by the values of another column."""

    file: str = Field(description="file with the table; a relative path starts at the profile's folder")
    from_: str = Field(alias="from", description="its column with the values of the input")
    to: str = Field(description="its column with the values to send")
    column: str | None = Field(None, description="column of the input to look up; else the field's own")
    ignore_case: bool = Field(default=False, description="whether a@b.c and A@B.C are the same")


class LinesInCell(_Part):
    """A column that has all line items of an order in one cell, such as `name:Tea|quantity:2;name:Cup|quantity:1`.

    Each key becomes a column, `COLUMN.KEY`, which [line_items] may name as any other.
    """

    column: str = Field(description="header of the column")
    lines: str = Field(";", description="text between line items", min_length=1)
    parts: str = Field("|", description="text between the parts of a line item", min_length=1)
    key: str = Field(":", description="text between key and value of a part", min_length=1)


class Only(_Part):
    """Which rows count: header = the values of the rows to take; all others are left out.

    "*" stands for any value, "" for an empty cell.
    """

    orders: dict[str, Several] = Field({}, description="of order fields")
    line_items: dict[str, Several] = Field({}, description="of line items")


Sources = dict[str, Annotated[FieldSource, BeforeValidator(_as_source)]]


class Profile(_Part):
    """A TOML profile, checked; unknown keys are refused. [orders] and [line_items] map a field to the file's header."""

    description: str = Field("", description="which export this is for, and how to make it")
    extends: str | None = Field(None, description="profile (name or file) that this one completes and corrects")
    recognize: Several = Field((), description="headers by which such a file is recognized, all of which it must have")
    refuse: str = Field("", description="why such a file cannot be imported, and which export to take instead")
    sheet: Several = Field((), description="name of the sheet to read, or a list of names")
    header_row: Annotated[tuple[int, ...], BeforeValidator(_as_tuple)] = Field(
        (), description="row of the header as a person counts it, or a list of its rows"
    )
    skip_footer: int = Field(0, ge=0, description="rows at the end of the table that are no data")
    columns: Several = Field((), description="headers of a table that has none, in their order")
    orders: Sources = Field({}, description="order field = header of the file")
    line_items: Sources = Field({}, description="line item field = header of the file")
    only: Only = Field(Only(), description="which rows count, where others stand between them")
    lines_in_cell: LinesInCell | None = Field(None, description="line items that stand in one cell")
    lookup: dict[str, Lookup] = Field({}, description="field = table that translates its values")
    fixed: dict[str, object] = Field({}, description="field = value for every row, such as currency_id")
    status_words: dict[str, str] = Field({}, description="word of the file = status of the API")
    status_if_filled: dict[str, Status] = Field(
        {}, description="header = status of the orders that have a value there; the first counts, before any word"
    )
    null_words: list[str] = Field([], description="cells that mean: no value, such as NULL")
    ignore: list[str] = Field([], description="headers that look like a field but are not to be read")
    timezone: TimeZone | None = Field(None, description="time zone of dates that carry none, such as Europe/Paris")
    date_format: str | None = Field(
        None, description="strptime format of dates, such as %d/%m/%Y; excel or excel1904 for day numbers"
    )
    decimal: Literal[".", ","] | None = Field(None, description="decimal separator of numbers that are text")
    encoding: str | None = Field(None, description="encoding of text files, such as cp1252")
    delimiter: str | None = Field(None, description="separator of text files, of any length", min_length=1)
    quote: str | None = Field(None, description='quote character of text files; "" if there is none', max_length=1)

    @property
    def layout(self) -> Layout:
        """Where the table stands."""
        return Layout(self.sheet, self.header_row, self.skip_footer, self.columns)

    @property
    def read_options(self) -> ReadOptions:
        """How text files are read."""
        return ReadOptions(encoding=self.encoding, delimiter=self.delimiter, quote=self.quote)
