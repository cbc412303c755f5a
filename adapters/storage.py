"""Storage: files on this machine and at any URL that fsspec knows, through the same methods."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from urllib.parse import unquote

from upath import UPath

from adapters.names import shown
from schemas.errors import InputError, OrderliftError, StorageError, UsageError
from schemas.places import Place

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+")
HERE = ("file", "local")
WEB = ("http", "https")
STORES = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az")  # they keep what they have listed, unless told not to


def is_url(name: str) -> bool:
    """Whether a name is an address, and not a path of this machine."""
    return "://" in name


def place(name: str) -> Place:
    """The place that a path or URL names; credentials come from where fsspec's implementation looks for them.

    Raises UsageError, which shows no secret, for a URL that carries credentials, for a scheme that is not known and for
    one whose package is not installed.
    """
    if not is_url(name):
        return Path(name)
    scheme, _, rest = name.partition("://")
    if not SCHEME.fullmatch(scheme):
        raise UsageError(f"{shown(scheme)}://... is not a URL.", "Write it as in s3://bucket/orders.parquet.")
    if scheme in HERE:
        return Path(unquote(rest))
    _check_secrets(scheme, rest)
    try:
        # What a listing shows must be there now: other processes write beside this one.
        found = UPath(name, protocol=None, **({"use_listings_cache": False} if scheme in STORES else {}))
        _ = found.fs  # it is made here, so that what it needs is missed here
    except ImportError as error:
        package = _missing_package(error)
        raise UsageError(
            f"{scheme}:// needs the package {package}, which is not installed.",
            f"pip install {package} (or: uv pip install {package})",
        ) from error
    except ValueError as error:
        raise UsageError(f"{shown(name)} cannot be used: {reason(error)}.", "Check the URL.") from error
    return found


def place_in(folder: Place, name: str) -> Place:
    """The place that a name means to a file in that folder: a URL or absolute path, or else one that begins there."""
    return place(name) if is_url(name) else folder / name


@contextmanager
def using(name: str, kind: type[OrderliftError] = InputError) -> Iterator[None]:
    """Turn whatever an implementation of a storage raises into one line about the place of that name."""
    try:
        yield
    except OrderliftError:
        raise
    except Exception as error:  # each implementation has errors of its own, with nothing in common
        message = f"{shown(name)} cannot be reached: {reason(error)}."
        raise kind(message, "Check the address and what grants access to it.") from error


def reaching(path: Place) -> AbstractContextManager[None]:
    """As `using`, for a file of the workspace: StorageError; what is on this machine keeps its errors."""
    return nullcontext() if isinstance(path, Path) else using(str(path), StorageError)


def is_file(url: UPath) -> bool | None:
    """True for a file, False for a folder, None for what does not exist."""
    try:
        return bool(url.fs.info(url.path.rstrip("/"))["type"] == "file")
    except FileNotFoundError:
        return None


def list_files(url: UPath) -> list[str]:
    """The URLs of the files in a folder, sorted; not of those further down."""
    folder = url.path.rstrip("/")
    found = url.fs.ls(folder, detail=True)  # a store may have an object that stands for the folder itself
    return sorted(
        _url(url, one["name"]) for one in found if one["type"] == "file" and one["name"].rstrip("/") != folder
    )


def match_files(url: UPath) -> list[str]:
    """The URLs of the files that a glob matches, sorted."""
    return sorted(_url(url, name) for name, one in url.fs.glob(url.path, detail=True).items() if one["type"] == "file")


def _url(url: UPath, name: str) -> str:
    return str(url.fs.unstrip_protocol(name))


def reason(error: Exception) -> str:
    """What a person is told of an error of any storage: one line, without a full stop."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(error, FileNotFoundError) and not error.strerror:
        return "it does not exist"
    return " ".join(said.split()).rstrip(".") or type(error).__name__


def _check_secrets(scheme: str, rest: str) -> None:
    """Names of files are kept in run.json and in the results, so there must be no secret in them."""
    server = rest.partition("/")[0]
    user, at, _ = server.rpartition("@")
    keys = ":" in server and not server.startswith("arn:") if scheme in STORES else ":" in user
    if keys or (at and scheme in WEB):
        raise UsageError(
            f"An address {scheme}://... must not carry credentials.",
            "Give them in the environment, or as fsspec's implementation of it says.",
        )
    if "?" in rest and scheme in WEB:
        raise UsageError(
            f"An address {scheme}://... must not carry a query, which may hold a secret.", "Download the file first."
        )


def _missing_package(error: ImportError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ModuleNotFoundError) and cause.name:
            return cause.name.partition(".")[0]
        cause = cause.__cause__ or cause.__context__
    return str(error)
