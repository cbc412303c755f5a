"""Input files: which ones are meant, and the tables that stand in them."""

import difflib
import glob
import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from adapters.parquet_files import read_parquet
from adapters.text_files import read_text
from adapters.workbooks import read_workbook
from schemas.errors import InputError
from schemas.tables import InputFile, ReadOptions, SourceTable

Reader = Callable[[InputFile, bytes, ReadOptions], Iterator[SourceTable]]
READERS: dict[str, Reader] = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"), read_workbook),
    **dict.fromkeys((".csv", ".tsv"), read_text),
    ".parquet": read_parquet,
}
SUPPORTED = f"{', '.join(READERS)}, each also with .gz behind"


def find_inputs(patterns: Sequence[str]) -> list[InputFile]:
    """Return the files that paths, globs and folders mean, in the order given, each with its digest.

    A folder or glob gives its supported files sorted by name, without hidden ones and `~$` lock files; folders are not
    searched further down. Raises InputError for what is missing, unsupported, empty, unreadable or given twice.
    """
    files = [_describe(name) for pattern in patterns for name in _expand(pattern)]
    first: dict[str, InputFile] = {}
    for file in files:
        other = first.setdefault(file.sha256, file)
        if other is not file:
            raise InputError(f"{other.name} and {file.name} have the same content.", "Give each file once.")
    return files


def read_tables(file: InputFile, options: ReadOptions) -> Iterator[SourceTable]:
    """Yield every table of a file, from exactly the bytes that its digest describes.

    Raises InputError where the file changed since it was found, or cannot be read as what its ending says.
    """
    ending = _ending(file.path)
    if ending == ".tsv" and options.delimiter is None:
        options = replace(options, delimiter="\t")
    yield from READERS[ending](file, _content(file), options)


def _expand(pattern: str) -> list[str]:
    path = Path(pattern)
    try:
        if path.is_dir():
            names = sorted((path / member.name).as_posix() for member in path.iterdir())
        elif path.exists():
            return [pattern]
        elif glob.has_magic(pattern):
            names = sorted(Path(match).as_posix() for match in glob.glob(pattern))  # noqa: PTH207 - takes absolute patterns
            if not names:
                raise InputError(f"No file matches {pattern}.", "Check the pattern, or name the files.")
        else:
            raise _missing(path, pattern)
    except OSError as error:
        raise _unreadable(pattern, error) from error
    supported = [name for name in names if _is_member(Path(name))]
    if not supported:
        raise InputError(f"{pattern} has no file that can be read.", f"Supported are {SUPPORTED}.")
    return supported


def _is_member(path: Path) -> bool:
    return path.is_file() and _ending(path) in READERS and not path.name.startswith((".", "~$"))


def _missing(path: Path, name: str) -> InputError:
    if not path.parent.is_dir():
        return InputError(f"{name} does not exist, nor does the folder {path.parent}.", "Check the path.")
    close = difflib.get_close_matches(path.name, [other.name for other in path.parent.iterdir()])
    return InputError(f"{name} does not exist.", f"Did you mean {' or '.join(close)}?" if close else "Check the path.")


def _describe(name: str) -> InputFile:
    path = Path(name)
    if not path.is_file():
        raise InputError(f"{name} is not a file.", "Give files, globs or folders.")
    if _ending(path) not in READERS:
        raise InputError(f"{name} has an ending that is not supported.", f"Supported are {SUPPORTED}.")
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError as error:
        raise _unreadable(name, error) from error
    if not size:
        raise InputError(f"{name} is empty (0 bytes).", "Export it again, or leave it out.")
    return InputFile(path, name, size, digest)


def _content(file: InputFile) -> bytes:
    try:
        data = file.path.read_bytes()
    except OSError as error:
        raise _unreadable(file.name, error) from error
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise InputError(f"{file.name} changed while it was read.", "Start again when nothing writes to it.")
    if file.path.suffix.lower() != ".gz":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{file.name} is not a complete gzip file ({error}).", "Compress or copy it again.") from error


def _ending(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def _unreadable(name: str, error: OSError) -> InputError:
    return InputError(f"{name} cannot be read: {error.strerror or error}.", "Check that you may read it.")
