"""Files that appear whole or not at all, on this machine readable by their owner alone."""

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

from upath import UPath

from adapters.storage import STORES, reaching
from schemas.places import Place

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ROW_GROUP = 100_000
# The columns that may be looked for.
STATISTICS = ["source_row", "company_id", "order_number", "order_date", "status", "code"]
Told = Callable[[], AbstractContextManager[None]]  # turns what a storage raises into an error of ours


class Reported:
    """A file at a URL that raises nothing but errors of ours when it is read or written."""

    def __init__(self, file: BinaryIO, told: Told) -> None:
        self._file = file
        self._told = told

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the file has it
        """All else is the file's own."""
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        """Read as the file does."""
        with self._told():
            return self._file.read(size)

    def readinto(self, buffer: bytearray) -> int:
        """Read as the file does."""
        with self._told():
            return int(cast(BufferedReader, self._file).readinto(buffer))

    def write(self, data: bytes) -> int:
        """Write as the file does."""
        with self._told():
            return self._file.write(data)


@contextmanager
def reported(path: UPath, mode: str, told: Told) -> Iterator[BinaryIO]:
    """A file at a URL, open while the context lasts; whatever its storage raises is told so."""
    with told():
        file = path.open(mode)
    try:
        yield cast(BinaryIO, Reported(cast(BinaryIO, file), told))
    finally:
        with told():
            file.close()


@contextmanager
def scratch_file(path: Place, mode: Literal["rb", "wb"]) -> Iterator[BinaryIO]:
    """A file of what is only needed meanwhile; at a URL, whatever its storage raises is a StorageError."""
    if isinstance(path, Path):
        with open(path, mode, opener=private) as file:
            yield file
    else:
        with reported(path, mode, partial(reaching, path)) as file:
            yield file


def write_parquet(path: Place, table: "pa.Table", schema: "pa.Schema", row_group: int = ROW_GROUP) -> None:
    """Write a table in the types of a schema."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - what only replaces a text does not wait for it

    with replacing(path) as file:
        pq.write_table(
            table.cast(schema),
            file,
            compression="zstd",
            use_dictionary=False,  # they cost a third of the time and save nothing that zstd does not
            write_statistics=STATISTICS,  # of a long text they cost more than they tell
            row_group_size=row_group,
        )


def source(path: Place) -> Path | BinaryIO:
    """What Arrow reads a file from, itself a buffer: to read ahead would fetch each byte many times over."""
    if isinstance(path, Path):
        return path
    with reaching(path):
        return cast(BinaryIO, Reported(path.fs.open(path.path, "rb", cache_type="none"), partial(reaching, path)))


def parquet_file(path: Place, buffer_size: int = 0) -> "pq.ParquetFile":
    """A Parquet file of ours to read; what is read of it row group by row group is fetched so, and not all before."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    return pq.ParquetFile(source(path), buffer_size=buffer_size, pre_buffer=False)


@contextmanager
def scratch_beside(path: Place) -> Iterator[str]:
    """A folder of this machine for what is only needed while a file is written: beside it, if the file is here."""
    folder = path.parent if isinstance(path, Path) else None
    with tempfile.TemporaryDirectory(dir=folder, prefix=".scratch-") as scratch:
        yield scratch


@contextmanager
def at_once() -> Iterator[Callable[..., object]]:
    """A way to call functions at the same time; at its end all have ended, and the error of the first is raised."""
    begun: list[Future[object]] = []
    with ThreadPoolExecutor() as pool:  # Arrow does not hold Python's lock while it writes
        yield lambda function, *values: begun.append(pool.submit(function, *values))
    for one in begun:
        one.result()


@contextmanager
def replacing(path: Place) -> Iterator[BinaryIO]:
    """A file to write that takes the place of the given one at the end; after an error that one is as it was."""
    if isinstance(path, Path):
        temporary = path.with_name(f".{path.name}.tmp")
        with open(temporary, "wb", opener=private) as file:
            try:
                yield file
            except BaseException:
                temporary.unlink()
                raise
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    else:
        yield from _uploading(path)


def private(name: str, flags: int) -> int:
    """Open a file as `open` does, as its `opener`; a new one is its owner's alone."""
    return os.open(name, flags, 0o600)


def _uploading(path: UPath) -> Iterator[BinaryIO]:
    """A file that is there once it is closed, as in a store, or is moved into its place then; one that fails is not."""
    from fsspec.spec import AbstractBufferedFile  # noqa: PLC0415 - not for files of this machine

    is_whole = path.protocol in STORES
    with reaching(path):
        file = path.fs.open(path.path, "wb", autocommit=is_whole)
    try:
        yield cast(BinaryIO, Reported(file, partial(reaching, path)))
        with reaching(path):
            file.close()
    except BaseException:
        with suppress(Exception):  # why it failed says more
            file.discard()
        if isinstance(file, AbstractBufferedFile):
            file.closed = True  # else it is completed when it is forgotten
        raise
    if not is_whole:
        with reaching(path):
            file.commit()
