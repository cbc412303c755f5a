"""Files appear whole or not at all, on this machine and on an object store."""

import gc
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from upath import UPath

from adapters.files import replacing, source, write_parquet
from adapters.storage import list_files, place
from schemas.errors import StorageError
from schemas.places import Place

LARGE = os.urandom(60_000_000)  # more than one part of an upload


@pytest.fixture(params=["here", "store"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return tmp_path if request.param == "here" else request.getfixturevalue("bucket")


def unfinished(folder: Place) -> list[object]:
    """What is left of files that were begun."""
    if isinstance(folder, Path):
        return list(folder.glob(".*"))
    return list(folder.fs.list_multipart_uploads(folder.path.rstrip("/")))


@pytest.mark.parametrize("content", [b"", b"small", LARGE], ids=["empty", "small", "large"])
def test_a_file_is_there_once_it_is_complete(folder: Place, content: bytes) -> None:
    path = folder / "a.bin"
    with replacing(path) as file:
        file.write(content)
        assert not path.exists()
    assert path.read_bytes() == content
    assert unfinished(folder) == []
    if isinstance(path, Path):
        assert path.stat().st_mode & 0o777 == 0o600


def write_and_raise(path: Place, content: bytes, error: BaseException) -> None:
    with replacing(path) as file:
        file.write(content)
        raise error


@pytest.mark.parametrize("content", [b"", b"small", LARGE], ids=["empty", "small", "large"])
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_after_an_error_the_file_is_as_it_was(folder: Place, content: bytes, error: type[BaseException]) -> None:
    path = folder / "a.bin"
    path.write_bytes(b"before")
    with pytest.raises(error):
        write_and_raise(path, content, error())
    gc.collect()  # what is left behind must not be completed when it is forgotten
    assert path.read_bytes() == b"before"
    assert unfinished(folder) == []


def test_arrow_writes_and_reads_parquet_at_any_place(folder: Place) -> None:
    path = folder / "a.parquet"
    table = pa.table({"n": pa.array(range(250_000), pa.int32())})
    write_parquet(path, table, pa.schema([("n", pa.int64())]))
    assert pq.read_table(source(path)).equals(table.cast(pa.schema([("n", pa.int64())])))
    with pq.ParquetFile(source(path)) as file:
        assert file.metadata.num_row_groups == 3


def test_a_file_that_is_not_there_is_told_in_one_line(bucket: UPath) -> None:
    with pytest.raises(StorageError, match=r"/none\.parquet cannot be reached: (it does not exist|No such)"):
        source(bucket / "none.parquet")


def test_a_file_that_vanishes_while_it_is_read_is_told_in_one_line(bucket: UPath) -> None:
    path = bucket / "a.parquet"
    write_parquet(path, pa.table({"n": range(10)}), pa.schema([("n", pa.int64())]))
    with pq.ParquetFile(source(path)) as file:
        path.unlink()
        with pytest.raises(StorageError, match=r"/a\.parquet cannot be reached: "):
            file.read()


def test_a_listing_shows_what_others_have_written_meanwhile(bucket: UPath) -> None:
    seen = place(f"{bucket}plan")
    assert isinstance(seen, UPath)
    assert not seen.exists()
    others = UPath(str(bucket), protocol=None, use_listings_cache=False, skip_instance_cache=True)
    for number in range(3):
        (others / f"plan/part-{number}.parquet").write_bytes(b"x")
        assert len(list(seen.glob("part-*.parquet"))) == len(list_files(seen)) == number + 1
