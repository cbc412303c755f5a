"""Files that appear whole or not at all, readable by their owner alone."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 100_000


def write_parquet(path: Path, table: pa.Table, schema: pa.Schema, row_group: int = ROW_GROUP) -> None:
    """Write a table in the types of a schema."""
    with replacing(path) as temporary:
        # Without dictionaries, which cost a third of the time and save nothing that zstd does not.
        pq.write_table(
            table.cast(schema), temporary, compression="zstd", use_dictionary=False, row_group_size=row_group
        )


@contextmanager
def at_once() -> Iterator[Callable[..., object]]:
    """A way to call functions at the same time; at its end all have ended, and the error of the first is raised."""
    begun: list[Future[object]] = []
    with ThreadPoolExecutor() as pool:  # Arrow does not hold Python's lock while it writes
        yield lambda function, *values: begun.append(pool.submit(function, *values))
    for one in begun:
        one.result()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path that takes the place of the given one once it is written and on the disk."""
    temporary = path.with_name(f".{path.name}.tmp")
    yield temporary
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.chmod(0o600)
    temporary.replace(path)
