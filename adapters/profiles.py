"""Profiles on disk: TOML mapping files, read and written."""

import difflib
import tomllib
from pathlib import Path

from pydantic import ValidationError

from schemas.errors import ProfileError
from schemas.profile import Profile

REMEDY = "`orderlift columns FILE --write PROFILE.toml` makes one to edit."


def read_profile(name: str) -> Profile:
    """The profile in a TOML file; raises ProfileError for what is missing, malformed or unknown."""
    try:
        with Path(name).open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise ProfileError(f"The profile {name} cannot be read: {error.strerror}.", REMEDY) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"The profile {name} is not TOML: {error}.", REMEDY) from error
    try:
        return Profile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, Profile.model_fields, n=1) or list(Profile.model_fields)
            raise ProfileError(
                f"The profile {name} has the unknown key {key}.", f"Closest: {', '.join(near)}."
            ) from None
        why = first["msg"].removeprefix("Value error, ")
        raise ProfileError(f"The profile {name} is wrong at {key}: {why}.", REMEDY) from None


def write_text(path: Path, text: str) -> None:
    """Write a new profile; raises ProfileError if the file is there already or cannot be written."""
    try:
        with path.open("x") as file:
            file.write(text)
    except FileExistsError:
        raise ProfileError(f"{path} is there already.", "Name another file, or remove it.") from None
    except OSError as error:
        raise ProfileError(f"{path} cannot be written: {error.strerror}.") from None
