"""Storage that fails while a large input is read or its parts are kept: one clear line, whatever it raises."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from object_store import SECRET, ObjectStore
from upath import UPath

from adapters.answer_files import read_answers, write_answers
from adapters.files import scratch_file
from adapters.inputs import estimate_rows, find_inputs, stream_grids
from adapters.parquet_stream import count_rows, stream_parquet
from adapters.spill import read_partition, write_chunk
from adapters.workspace import RunFolder
from schemas.errors import InputError, StorageError
from schemas.places import Place
from schemas.results import RESULTS
from schemas.tables import InputFile

CELLS = pd.DataFrame({"a": pd.array(["x", "y"], dtype=pd.ArrowDtype(pa.large_string()))}, index=[1, 2])
ANSWERS = RESULTS.empty_table().append_column("place", pa.array([], pa.int32()))
PLACE = ("order", "orders.csv", "")
CONTENT = b"nobody comes so far as to read it"
GONE = "(it does not exist|No such file or directory|The specified bucket does not exist)"
REFUSED = "(Forbidden|The AWS Access Key Id you provided does not exist in our records)"
WAYS = {
    "no-key": GONE,
    "no-bucket": GONE,
    "refused": REFUSED,
    "no-credentials": "Unable to locate credentials",
    "no-server": "Could not connect to the endpoint URL",
}


@pytest.fixture(params=WAYS)
def failing(
    request: pytest.FixtureRequest, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[UPath, str]]:
    """A file that was there a moment ago, and what is to be said of it now."""
    way = request.param
    path = object_store.bucket() / "a.parquet"
    path.write_bytes(CONTENT)
    if way == "no-key":
        path.unlink()
    elif way == "no-bucket":
        path = UPath("s3://no-such-bucket/a.parquet", protocol=None)
    elif way == "no-credentials":
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", "/nonexistent")
        path = UPath(str(path), protocol=None, skip_instance_cache=True)
    elif way == "no-server":
        once = {"retries": {"total_max_attempts": 1}}
        path = UPath(str(path), protocol=None, endpoint_url="http://127.0.0.1:9", config_kwargs=once)
        path.fs.retries = 1
    with object_store.refusing() if way == "refused" else nullcontext():
        yield path, f"^{path} cannot be reached: {WAYS[way]}"


READERS: dict[str, Callable[[UPath], object]] = {
    "read_partition": lambda path: read_partition([path], 0, CELLS),
    "read_answers": lambda path: list(read_answers([path], [[PLACE]], [PLACE])),
}
WRITERS: dict[str, Callable[[Place], object]] = {
    "write_chunk": lambda path: write_chunk(path, CELLS, np.array([0, 1]), 2),
    "write_answers": lambda path: write_answers(path, [ANSWERS], 1),
}


def input_file(path: UPath) -> InputFile:
    return InputFile(path, str(path), len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


INPUTS: dict[str, Callable[[InputFile], object]] = {
    "count_rows": count_rows,
    "estimate_rows": estimate_rows,
    "stream_parquet": lambda file: list(stream_parquet(file, 9)),
    "stream_grids": lambda file: list(stream_grids(file, 9)),
}


@pytest.mark.parametrize("work", INPUTS.values(), ids=INPUTS)
def test_an_input_that_cannot_be_reached_any_more_is_told(
    failing: tuple[UPath, str], work: Callable[[InputFile], object]
) -> None:
    path, says = failing
    with pytest.raises(InputError, match=says) as raised:
        work(input_file(path))
    assert raised.value.remedy
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("work", READERS.values(), ids=READERS)
def test_a_part_that_cannot_be_read_again_is_told(failing: tuple[UPath, str], work: Callable[[UPath], object]) -> None:
    path, says = failing
    with pytest.raises(StorageError, match=says):
        work(path)


@pytest.mark.parametrize("work", WRITERS.values(), ids=WRITERS)
def test_a_part_that_cannot_be_written_is_told(failing: tuple[UPath, str], work: Callable[[Place], object]) -> None:
    path, says = failing
    if says.endswith(GONE):
        path = UPath("s3://no-such-bucket/a.parquet", protocol=None)
        says = f"^{path} cannot be reached: {GONE}"
    with pytest.raises(StorageError, match=says):
        work(path)


def test_a_folder_for_parts_that_cannot_be_made_is_told(failing: tuple[UPath, str]) -> None:
    path, says = failing
    says = says.replace(str(path), str(path.parent / "split"))
    is_told = nullcontext() if says.endswith(GONE) else pytest.raises(StorageError, match=says)
    with is_told, RunFolder(path.parent).scratch():
        pass  # a store has no folders to make


def test_a_store_that_fails_in_the_middle_of_an_input_is_told_as_that_and_not_as_a_bad_file(
    object_store: ObjectStore,
) -> None:
    path = object_store.bucket() / "a.parquet"
    with path.open("wb") as file:
        pq.write_table(pa.table({"a": np.random.default_rng(1).random(3_000_000)}), file, row_group_size=300_000)
    path = UPath(str(path), protocol=None, default_block_size=1_000_000, skip_instance_cache=True)
    [found] = find_inputs([str(path)])
    grids = stream_parquet(InputFile(path, found.name, found.bytes, found.sha256), 300_000)
    assert len(next(grids).cells) == 300_000
    with object_store.refusing(), pytest.raises(InputError, match=f"cannot be reached: {REFUSED}"):
        list(grids)


def test_a_mistake_of_the_work_is_not_told_as_one_of_the_store(bucket: UPath) -> None:
    with pytest.raises(ZeroDivisionError), scratch_file(bucket / "a", "wb") as file:
        file.write(bytes([1 // (file.tell() and 1)]))


def test_parts_are_read_as_they_were_written_at_a_url_and_on_this_machine(bucket: UPath, tmp_path: Path) -> None:
    for folder in (bucket, tmp_path):
        write_chunk(folder / "0.arrow", CELLS, np.array([1, 0]), 2)
        assert read_partition([folder / "0.arrow"], 0, CELLS)["a"].to_dict() == {2: "y"}
        write_answers(folder / "1.arrow", [ANSWERS], 1)
        assert sum(map(len, read_answers([folder / "1.arrow"], [[PLACE]], [PLACE]))) == 0


def test_what_is_on_this_machine_keeps_its_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_partition([tmp_path / "none.arrow"], 0, CELLS)
