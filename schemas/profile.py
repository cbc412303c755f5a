"""The mapping file: which header is which field, what is the same for every row, what the status words mean."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"there is no time zone {name}")
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class Profile(BaseModel):
    """A TOML profile, checked; unknown keys are refused. The tables map a canonical field to the file's own header."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    orders: dict[str, str] = Field({}, description="order field = header of the file")
    line_items: dict[str, str] = Field({}, description="line item field = header of the file")
    fixed: dict[str, object] = Field({}, description="field = value for every row, such as currency_id")
    status_words: dict[str, str] = Field({}, description="word of the file = status of the API")
    null_words: list[str] = Field([], description="cells that mean: no value, such as NULL")
    ignore: list[str] = Field([], description="headers that look like a field but are not to be read")
    timezone: TimeZone | None = Field(None, description="time zone of dates that carry none, such as Europe/Paris")
    date_format: str | None = Field(
        None, description="strptime format of dates that are not ISO 8601, such as %d/%m/%Y"
    )
    encoding: str | None = Field(None, description="encoding of text files, such as cp1252")
    delimiter: str | None = Field(None, description="separator of text files")
