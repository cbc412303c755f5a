"""A time zone that is told by its name."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"there is no time zone {name}")
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
