"""Recognize whose export a table is by its headers."""

from collections.abc import Mapping, Sequence

from schemas.profile import Profile
from transforms.columns import spell


def recognize(headers: Sequence[str], profiles: Mapping[str, Profile]) -> tuple[str, ...]:
    """The names of the profiles that fit best: none, the one that it is, or several that fit equally well.

    A profile fits if all headers by which it is recognized are there, in whatever case, spaces and punctuation; the
    best one has the most of them.
    """
    present = {spell(header) for header in headers}
    marks = {name: {spell(header) for header in profile.recognize} for name, profile in profiles.items()}
    fits = {name: len(wanted) for name, wanted in marks.items() if wanted and wanted <= present}
    most = max(fits.values(), default=0)
    return tuple(name for name, count in fits.items() if count == most)
