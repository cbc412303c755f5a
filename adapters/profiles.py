"""Profiles on disk: the TOML files that say how an export is read, those that come along and those of the user."""

import difflib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from adapters.names import shown
from adapters.storage import is_url, place_in, reason
from schemas.errors import ProfileError
from schemas.places import Place
from schemas.profile import FieldSource, LinesInCell, Lookup, Only, Profile

REMEDY = "`orderlift columns FILE --write PROFILE.toml` makes one to edit."
ENDING = ".toml"
SOURCES = ("orders", "line_items")  # their values may be tables, which are one value all the same
REMOVABLE = (*SOURCES, "fixed", "status_words", "status_if_filled")  # an empty text takes away what the base has
PARTS: dict[str, type[BaseModel]] = {"only": Only, "lines_in_cell": LinesInCell}
ENTRIES: dict[str, type[BaseModel]] = {"lookup": Lookup} | dict.fromkeys(SOURCES, FieldSource)


def read_profile(name: str) -> Profile:
    """The built-in profile of that name, else the profile in that file or at that URL, with all that it extends.

    A table of the base is completed and corrected key by key. The paths of lookups are absolute. Raises ProfileError
    for what is missing, malformed or unknown, UsageError for a URL that cannot be used.
    """
    return Profile.model_validate(_content(name, Path(), ()))


@cache
def built_in() -> Mapping[str, Profile]:
    """All profiles that come along, by name."""
    return MappingProxyType({name: read_profile(name) for name in _built_in_files()})


def write_text(path: Path, text: str) -> None:
    """Write a new profile; raises ProfileError if the file is there already or cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ProfileError(f"{path} is there already.", "Name another file, or remove it.") from None
    except OSError as error:
        raise ProfileError(f"{path} cannot be written: {error.strerror}.") from None


@cache
def _built_in_files() -> dict[str, bytes]:
    folder = resources.files("schemas") / "profiles"
    files = {file.name: file for file in folder.iterdir() if file.name.endswith(ENDING)}
    return {name: files[name + ENDING].read_bytes() for name in sorted(name.removesuffix(ENDING) for name in files)}


def _content(name: str, folder: Place, extended_by: tuple[str, ...]) -> dict[str, Any]:
    """The keys of a profile and of those that it extends, checked; a relative file is looked for in `folder`."""
    if "\0" in name:
        raise ProfileError(f"The profile {shown(name)} cannot be read: it has a NUL in its name.", REMEDY)
    is_built_in = name in _built_in_files()
    path = place_in(folder, name)
    identity = name if is_built_in else str(path.resolve())
    if identity in extended_by:
        circle = ", ".join(extended_by[extended_by.index(identity) :])
        raise ProfileError(f"The profile {name} extends itself, by way of {circle}.", "Remove one `extends`.")
    content = _parsed(name, _built_in_files()[name] if is_built_in else _bytes(name, path))
    base = content.pop("extends", None)
    home = None if is_built_in else path.parent
    for lookup in _tables(content.get("lookup")):
        if isinstance(lookup.get("file"), str):
            lookup["file"] = _placed(lookup["file"], name, home)
    if base is not None:
        if not isinstance(base, str):
            raise ProfileError(
                f"The profile {name} is wrong at extends: it must be a text.", "Name a profile or a file."
            )
        content = _merged(_content(base, home or Path(), (*extended_by, identity)), content)
        for table in REMOVABLE:
            if isinstance(content.get(table), dict):
                content[table] = {key: value for key, value in content[table].items() if value != ""}
    _check(name, content)
    return content


def _bytes(name: str, path: Place) -> bytes:
    try:
        return path.read_bytes()
    except Exception as error:  # each storage has errors of its own
        near = difflib.get_close_matches(name, _built_in_files(), n=3)
        known = f"Closest of those that come along: {', '.join(near)}." if near else REMEDY
        raise ProfileError(f"The profile {name} cannot be read: {reason(error)}.", known) from error


def _parsed(name: str, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"The profile {name} is not TOML: {error}.", REMEDY) from error


def _tables(value: object) -> list[dict[str, Any]]:
    return [one for one in value.values() if isinstance(one, dict)] if isinstance(value, dict) else []


def _placed(file: str, name: str, home: Place | None) -> str:
    if home is None and not is_url(file) and not Path(file).is_absolute():
        raise ProfileError(
            f"The built-in profile {name} looks up {file}.", "Name the file in a profile that extends it."
        )
    return str(place_in(home or Path(), file).absolute())


def _merged(base: Mapping[str, Any], over: Mapping[str, Any], *, whole: bool = False) -> dict[str, Any]:
    """The keys of both; tables in both are merged as well, unless each value is to be replaced as a `whole`."""
    merged = dict(base)
    for key, value in over.items():
        both = not whole and isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value, whole=key in SOURCES) if both else value
    return merged


def _check(name: str, content: Mapping[str, Any]) -> None:
    try:
        Profile.model_validate(content)
    except ValidationError as error:
        # A key that is misspelled is missing as well: the first is what to mend.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        place = [str(part) for part in first["loc"]]
        key = ".".join(place)
        if first["type"] == "extra_forbidden":
            known = _known_keys(place)
            near = difflib.get_close_matches(place[-1], known, n=1) or known
            raise ProfileError(
                f"The profile {name} has the unknown key {key}.", f"Closest: {', '.join(near)}."
            ) from None
        why = first["msg"].removeprefix("Value error, ")
        raise ProfileError(f"The profile {name} is wrong at {key}: {why}.", REMEDY) from None


def _known_keys(place: list[str]) -> list[str]:
    """The keys that may stand where an unknown one does."""
    table = place[0]
    parent = Profile if len(place) == 1 else PARTS[table] if table in PARTS else ENTRIES[table]
    return [field.alias or name for name, field in parent.model_fields.items()]
