"""Processes that share work: one that is killed, and Parquet files that are fetched piece by piece."""

import io
import signal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters import files
from flows.processes import Processes
from schemas.errors import Resume


def test_a_killed_process_ends_the_work_with_the_error_that_was_given_for_it() -> None:
    with Processes(Resume("killed", "resume")) as run, pytest.raises(Resume, match="killed resume"):
        list(run(signal.raise_signal, [signal.SIGKILL]))


def test_the_work_is_done_in_other_processes_and_given_in_order() -> None:
    with Processes(Resume("killed")) as run:
        assert list(run(abs, range(-5, 0))) == [5, 4, 3, 2, 1]


class Counted(io.BytesIO):
    fetched = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.fetched += len(data)
        return data


def test_a_parquet_file_is_fetched_row_group_by_row_group(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    noise = pa.table({"a": np.random.default_rng(1).integers(2**60, size=100_000)})
    pq.write_table(noise, written, row_group_size=1_000)
    counted = Counted(written.getvalue())
    monkeypatch.setattr(files, "source", lambda _: counted)
    with files.parquet_file(Path("plan.parquet")) as file:
        next(file.iter_batches(10))
    assert 0 < counted.fetched < len(written.getvalue()) / 4
