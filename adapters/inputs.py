"""Input files: which ones are meant, and the grids of cells that stand in them."""

import difflib
import glob
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath

from upath import UPath

from adapters.archives import gunzip
from adapters.input_files import opened, unreadable
from adapters.names import shown
from adapters.parquet_files import read_parquet
from adapters.parquet_stream import count_rows, stream_parquet
from adapters.storage import is_file, list_files, match_files, place, using
from adapters.text_files import read_text
from adapters.workbooks import read_workbook
from schemas.errors import InputError
from schemas.places import Place
from schemas.tables import Grid, InputFile, ReadOptions

Reader = Callable[[InputFile, bytes, ReadOptions], Iterator[Grid]]
READERS: dict[str, Reader] = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"), read_workbook),
    **dict.fromkeys((".csv", ".tsv", ".txt"), read_text),
    ".parquet": read_parquet,
}
ROW_BYTES, PACKED = 40, 10  # a row of text or of a workbook has more; gzip makes it shorter by less
SUPPORTED = f"{', '.join(READERS)}, each also with .gz behind"


def find_inputs(patterns: Sequence[str]) -> list[InputFile]:
    """Return the files that paths, URLs, globs and folders mean, in the order given, each with its digest.

    A folder or glob gives its supported files sorted by name, without hidden ones and `~$` lock files; folders are not
    searched further down. Raises InputError for what is missing, unsupported, empty, unreadable or given twice, for
    what is no file (a pipe, a device), and for a link out of the folder that is searched; one that is named itself is
    followed. Names are shown on one line, with what cannot be printed escaped. Raises UsageError for a URL that is
    none, that carries credentials, or whose package is not installed.
    """
    files = [_describe(name) for pattern in patterns for name in _expand(pattern)]
    first: dict[str, InputFile] = {}
    for file in files:
        other = first.setdefault(file.sha256, file)
        if other is not file:
            raise InputError(f"{other.name} and {file.name} have the same content.", "Give each file once.")
    return files


def read_grids(file: InputFile, options: ReadOptions) -> Iterator[Grid]:
    """Yield every sheet of a workbook, or the one grid of another file, from the very bytes that its digest describes.

    Raises InputError where the file changed since it was found, or cannot be read as what its ending says.
    """
    data = _content(file)
    with ThreadPoolExecutor(1) as pool:
        digest = pool.submit(_digest, data)  # meanwhile: hashing does not hold Python's lock
        grids = _grids(file, data, options)
        while True:
            try:
                grid = next(grids, None)
            except InputError:
                _check(file, digest.result())  # that it has changed explains more
                raise
            _check(file, digest.result())
            if grid is None:
                return
            yield grid


def can_stream(file: InputFile) -> bool:
    """Whether `stream_grids` can read a file, a bounded number of rows at a time."""
    return file.path.suffix.lower() == ".parquet"


def stream_grids(file: InputFile, most_rows: int, columns: Mapping[int, str] | None = None) -> Iterator[Grid]:
    """Yield the rows of a file of one grid, as grids of at most so many rows each; `columns` as for `stream_parquet`.

    Raises InputError where it cannot be read. What was made of it may be used only after `check_unchanged`.
    """
    try:
        yield from stream_parquet(file, most_rows, columns)
    except InputError:
        check_unchanged([file])  # that it has changed explains more
        raise


def check_unchanged(files: Iterable[InputFile]) -> None:
    """Raise InputError if one of the files that are streamed is no longer what its digest describes."""
    for file in filter(can_stream, files):
        _check(file, _describe(str(file.path)).sha256)


def is_input(name: str) -> bool:
    """Whether a file is read where its folder is given: by its ending, and unless it is hidden or a lock."""
    return _is_member(PurePath(name))


def estimate_rows(file: InputFile) -> int:
    """About how many rows a file has, rather too many than too few; Parquet files tell it."""
    if can_stream(file):
        return count_rows(file)
    return file.bytes * (PACKED if file.path.suffix.lower() == ".gz" else 1) // ROW_BYTES


def _expand(pattern: str) -> list[str]:
    path = place(pattern)
    if not isinstance(path, Path):
        return _expand_url(pattern, path)
    try:
        if path.is_dir():
            folder, names = path, sorted((path / member.name).as_posix() for member in path.iterdir())
        elif path.exists() or path.is_symlink():
            return [pattern]
        elif glob.has_magic(pattern):
            folder = _fixed_part(path)
            names = sorted(Path(match).as_posix() for match in glob.glob(pattern))  # noqa: PTH207 - takes absolute patterns
            if not names:
                raise _no_match(pattern)
        else:
            raise _missing(path, pattern)
        members = [name for name in names if _is_member(Path(name)) and not Path(name).is_dir()]
        for name in members:
            _check_inside(folder, name)
    except (OSError, ValueError) as error:  # ValueError: a NUL in a name
        raise unreadable(pattern, error) from error
    return _not_none(members, pattern)


def _expand_url(pattern: str, url: UPath) -> list[str]:
    with using(pattern):
        kind = is_file(url)
        if kind:
            return [pattern]
        if kind is not None:
            names = list_files(url)
        elif glob.has_magic(pattern):
            names = match_files(url)
            if not names:
                raise _no_match(pattern)
        else:
            raise _missing(url, pattern)
    return _not_none([name for name in names if _is_member(PurePosixPath(name))], pattern)


def _not_none(members: list[str], pattern: str) -> list[str]:
    if not members:
        raise InputError(f"{shown(pattern)} has no file that can be read.", f"Supported are {SUPPORTED}.")
    return members


def _no_match(pattern: str) -> InputError:
    return InputError(f"No file matches {shown(pattern)}.", "Check the pattern, or name the files.")


def _is_member(path: PurePath) -> bool:
    return _ending(path) in READERS and not path.name.startswith((".", "~$"))


def _fixed_part(pattern: Path) -> Path:
    """Return the folder that a glob searches: its parts before the first one with a wildcard."""
    plain = itertools.takewhile(lambda part: not glob.has_magic(part), pattern.parts)
    return Path(*plain)


def _check_inside(folder: Path, name: str) -> None:
    target = Path(name).resolve()
    if not target.is_relative_to(folder.resolve()):
        message = f"{shown(name)} is a link that leads out of the folder {shown(str(folder))}."
        raise InputError(message, "Put the file itself there, or give it by its own name.")


def _missing(path: Place, name: str) -> InputError:
    if not path.parent.is_dir():
        message = f"{shown(name)} does not exist, nor does the folder {shown(str(path.parent))}."
        return InputError(message, "Check the path.")
    close = [shown(n) for n in difflib.get_close_matches(path.name, [other.name for other in path.parent.iterdir()])]
    remedy = f"Did you mean {' or '.join(close)}?" if close else "Check the path."
    return InputError(f"{shown(name)} does not exist.", remedy)


def _describe(name: str) -> InputFile:
    path = place(name)
    if isinstance(path, Path):
        _check_kind(path, name)
    if _ending(path) not in READERS:
        raise InputError(f"{shown(name)} has an ending that is not supported.", f"Supported are {SUPPORTED}.")
    with opened(path, name) as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()  # a piece at a time
        size = stream.tell()
    if not size:
        raise InputError(f"{shown(name)} is empty (0 bytes).", "Export it again, or leave it out.")
    return InputFile(path, shown(name), size, digest)


def _check_kind(path: Path, name: str) -> None:
    if path.is_symlink() and not path.exists():
        raise InputError(f"{shown(name)} is a link to a file that does not exist.", "Put the file itself there.")
    if not path.is_file():
        raise InputError(f"{shown(name)} is not a file.", "Give files, globs or folders.")


def _content(file: InputFile) -> bytes:
    with opened(file.path, file.name) as stream:
        return stream.read()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _check(file: InputFile, digest: str) -> None:
    if digest != file.sha256:
        raise InputError(f"{file.name} changed while it was read.", "Start again when nothing writes to it.")


def _grids(file: InputFile, data: bytes, options: ReadOptions) -> Iterator[Grid]:
    ending = _ending(file.path)
    if ending == ".tsv" and options.delimiter is None:
        options = replace(options, delimiter="\t")
    unpacked = gunzip(file.name, data) if file.path.suffix.lower() == ".gz" else data
    yield from READERS[ending](file, unpacked, options)


def _ending(path: Place | PurePath) -> str:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix
