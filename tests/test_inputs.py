"""Inputs: which files are meant, what is refused before it is read, and how packed files are unpacked."""

import gzip
import hashlib
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from adapters.archives import gunzip
from adapters.inputs import find_inputs, read_grids
from schemas.errors import InputError
from schemas.tables import ReadOptions


def test_a_folder_gives_its_supported_files_by_name_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "in"
    (folder / "deeper.csv").mkdir(parents=True)
    for name in ("b.csv", "a.csv.gz", "C.XLSX", ".hidden.csv", "~$C.xlsx", "notes.pdf", "deeper.csv/x.csv"):
        (folder / name).write_text(name)
    assert [file.name for file in find_inputs(["in/"])] == ["in/C.XLSX", "in/a.csv.gz", "in/b.csv"]
    assert [file.name for file in find_inputs(["in/*.csv"])] == ["in/b.csv"]
    assert [file.name for file in find_inputs(["./in/b.csv", "in/*.gz"])] == ["./in/b.csv", "in/a.csv.gz"]


def test_a_file_is_described_by_size_and_digest(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n")
    [file] = find_inputs([str(tmp_path / "a.csv")])
    assert (file.bytes, file.sha256) == (4, hashlib.sha256(b"a,b\n").hexdigest())


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("order.csv", "order.csv does not exist. Did you mean orders.csv?"),
        ("zzz", "zzz does not exist. Check the path."),
        ("nowhere/orders.csv", "nor does the folder nowhere"),
        ("*.xlsx", "No file matches *.xlsx"),
        ("bare", "bare has no file that can be read. Supported are .xlsx, "),
        ("bare/*", "bare/* has no file that can be read"),
        ("bare/notes.pdf", "bare/notes.pdf has an ending that is not supported. Supported are .xlsx, "),
        ("empty.csv", "empty.csv is empty (0 bytes)"),
        ("*.csv*", "empty.csv is empty"),
        ("orders.csv copy.csv", "orders.csv and copy.csv have the same content"),
    ],
)
def test_inputs_that_cannot_be_meant_are_refused_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare/notes.pdf").write_text("x")
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n")
    (tmp_path / "copy.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").touch()
    with pytest.raises(InputError) as raised:
        find_inputs(pattern.split())
    assert says in str(raised.value)
    assert raised.value.remedy


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")

    def refuse(*_args: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(InputError, match=r"a\.csv cannot be read: Permission denied"):
        find_inputs([str(tmp_path / "a.csv")])


def test_a_file_that_changed_since_it_was_found_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    [file] = find_inputs([str(path)])
    path.write_text("a,b\n1,3\n")
    with pytest.raises(InputError, match="changed while it was read"):
        list(read_grids(file, ReadOptions()))


def test_a_file_that_vanished_since_it_was_found_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    [file] = find_inputs([str(tmp_path / "a.csv")])
    file.path.unlink()
    os.mkfifo(file.path)
    with pytest.raises(InputError, match="cannot be read: it is no regular file"):
        list(read_grids(file, ReadOptions()))
    file.path.unlink()
    with pytest.raises(InputError, match="cannot be read: No such file"):
        list(read_grids(file, ReadOptions()))


@pytest.mark.parametrize("pattern", ["in", "in/*.csv", "*/a.csv", "./in/../in", "link*/a.csv"])
def test_links_that_lead_out_of_the_folder_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    (tmp_path / "top/in").mkdir(parents=True)
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    monkeypatch.chdir(tmp_path / "top")
    Path("in/a.csv").symlink_to(tmp_path / "a.csv")
    Path("linked").symlink_to(tmp_path)
    with pytest.raises(InputError, match=r"(in|linked)/a\.csv is a link that leads out of the folder"):
        find_inputs([pattern])


def test_links_that_stay_inside_or_are_named_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    (tmp_path / "in/inside").write_text("a,b\n3,4\n")
    (tmp_path / "in/b.csv").symlink_to("inside")
    assert [file.name for file in find_inputs(["in"])] == ["in/b.csv"]
    (tmp_path / "in/a.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "linked").symlink_to("in")
    assert [file.name for file in find_inputs(["in/a.csv", "linked/b.csv"])] == ["in/a.csv", "linked/b.csv"]
    (tmp_path / "in/a.csv").unlink()
    assert [file.name for file in find_inputs(["linked"])] == ["linked/b.csv"]


def test_what_is_no_file_does_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.csv")
    (tmp_path / "device.csv").symlink_to("/dev/zero")
    (tmp_path / "broken.csv").symlink_to("nothing")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.csv")
        for name in ("pipe.csv", "device.csv", "socket.csv"):
            with pytest.raises(InputError, match=f"{name} is not a file"):
                find_inputs([name])
    for name in ("broken.csv", "loop.csv"):
        with pytest.raises(InputError, match=f"{name} (is a link to a file that does not exist|cannot be read)"):
            find_inputs([name])
    with pytest.raises(InputError, match=r"(is not a file|is a link|cannot be read)"):
        find_inputs(["."])


@pytest.mark.parametrize(
    ("name", "shows"), [("a\nb\x1b[31m.csv", r"a\nb\x1b[31m.csv"), ("a\udcff.csv", r"a\udcff.csv")]
)
def test_names_are_shown_on_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, shows: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("a,b\n1,2\n")
    [file] = find_inputs(["."])
    assert (file.name, file.path.read_text()) == (shows, "a,b\n1,2\n")
    (tmp_path / name).write_text("")
    with pytest.raises(InputError) as raised:
        find_inputs([name])
    assert str(raised.value).startswith(f"{shows} is empty")


def test_a_name_with_a_nul_is_refused() -> None:
    with pytest.raises(InputError, match=r"cannot be read|does not exist"):
        find_inputs(["a\0.csv"])


@pytest.mark.parametrize(
    ("start", "stop", "other"), [(0, -9, b""), (0, 20, b""), (5, None, b""), (0, 10, b"\xff" * 99), (0, None, b"more")]
)
def test_a_damaged_gz_is_refused(start: int, stop: int | None, other: bytes) -> None:
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 99, mtime=0)
    with pytest.raises(InputError, match=r"b\.csv\.gz is not a complete gzip file"):
        gunzip("b.csv.gz", packed[start:stop] + other)


def test_all_members_of_a_gz_are_read_and_zeros_behind_them_are_not(tmp_path: Path) -> None:
    rows = b"".join(os.urandom(50).hex().encode() + b",x\n" for _ in range(50_000))
    packed = gzip.compress(b"a,b\n", mtime=0) + gzip.compress(rows, mtime=0) + gzip.compress(b"", mtime=0)
    assert gunzip("a.csv.gz", packed + bytes(512)) == b"a,b\n" + rows
    (tmp_path / "a.csv.gz").write_bytes(packed)
    [grid] = read_grids(find_inputs([str(tmp_path / "a.csv.gz")])[0], ReadOptions())
    assert [len(grid.cells), grid.cells.iloc[-1, 1]] == [50_001, "x"]


def test_a_gz_that_is_small_may_be_packed_as_tightly_as_it_can() -> None:
    data = b"1,2\n" * 10_000_000
    assert gunzip("a.csv.gz", gzip.compress(data, 9)) == data
