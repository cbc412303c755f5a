"""The files of an inbox, in a folder and in a bucket: listed, and moved without a loss."""

import hashlib
from pathlib import Path

import pytest
from postgres import Postgres
from upath import UPath

from adapters.inbox_files import InboxFolder
from adapters.inbox_records import InboxRecords
from adapters.pass_lock import only_pass
from schemas.errors import InputError, StorageError, UsageError
from schemas.inbox import SeenFile, TakenFile, TakenSet

ONE = b"one"


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | UPath:
    return tmp_path if request.param == "folder" else request.getfixturevalue("bucket") / "in"


def put(place: Path | UPath, path: str, content: bytes = ONE) -> TakenFile:
    if isinstance(place, Path):
        (place / path).parent.mkdir(parents=True, exist_ok=True)
    (place / path).write_bytes(content)
    return TakenFile(path=path, sha256=hashlib.sha256(content).hexdigest())


def test_all_but_what_was_done_is_listed(place: Path | UPath) -> None:
    for path in ("a.csv", "may/b.csv", "done/c.csv", "problems/d/d.csv", ".git/e.csv", "may/deep/f.csv"):
        put(place, path)
    found = InboxFolder(str(place)).entries()
    assert [(entry.path, entry.size) for entry in found] == [("a.csv", 3), ("may/b.csv", 3)]
    assert all(entry.changed_at and entry.is_plain for entry in found)


def test_links_and_pipes_are_told_from_files(tmp_path: Path) -> None:
    put(tmp_path, "a.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    assert [entry.is_plain for entry in InboxFolder(str(tmp_path)).entries()] == [True, False]


def test_marks_are_read(place: Path | UPath) -> None:
    put(place, "a.csv.done", b"")
    put(place, "day.done", b"\xef\xbb\xbfo.csv\r\n\r\n l.csv \n")
    folder = InboxFolder(str(place))
    assert folder.lists(folder.entries()) == {"a.csv": [], "day": ["o.csv", "l.csv"]}


def test_an_inbox_that_is_not_there_is_told(tmp_path: Path, bucket: UPath) -> None:
    assert InboxFolder(str(bucket / "in")).entries() == []
    for missing in (str(tmp_path / "none"), "s3://no-such-bucket/in"):
        with pytest.raises(InputError, match="There is no folder"):
            InboxFolder(missing).entries()


def test_a_file_is_moved_once(place: Path | UPath) -> None:
    folder, file = InboxFolder(str(place)), put(place, "a.csv")
    assert folder.move(file, "done/a.csv")
    assert not (place / "a.csv").exists()
    assert (place / "done/a.csv").read_bytes() == ONE
    assert folder.move(file, "done/a.csv"), "as a pass does that was killed after the move"
    assert folder.names_in("done") == {"a.csv"}


def test_a_move_that_was_cut_in_the_middle_is_finished(place: Path | UPath) -> None:
    folder, file = InboxFolder(str(place)), put(place, "a.csv")
    put(place, "done/a.csv")
    assert folder.move(file, "done/a.csv")
    assert not (place / "a.csv").exists()


def test_a_move_replaces_nothing(place: Path | UPath) -> None:
    folder, file = InboxFolder(str(place)), put(place, "a.csv")
    put(place, "done/a.csv", b"other")
    with pytest.raises(StorageError, match="is there already"):
        folder.move(file, "done/a.csv")
    assert (place / "a.csv").read_bytes() == ONE
    assert (place / "done/a.csv").read_bytes() == b"other"


def test_a_file_that_changed_stays(place: Path | UPath) -> None:
    folder, file = InboxFolder(str(place)), put(place, "a.csv")
    put(place, "a.csv", b"new")
    assert not folder.move(file, "done/a.csv")
    assert (place / "a.csv").read_bytes() == b"new"
    assert folder.names_in("done") == set()


def test_whoever_may_look_into_the_inbox_may_read_what_is_written_there(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    InboxFolder(str(tmp_path)).write("problems/a/problem.txt", b"x")
    assert (tmp_path / "problems/a/problem.txt").stat().st_mode & 0o777 == 0o640


def test_records_are_kept_and_forgotten(place: Path | UPath) -> None:
    records = InboxRecords(place)
    records.create()
    kept = TakenSet(run_id="r1", inbox="in", name="a", is_folder=False, files=[], marks=[], reading="x")
    records.keep(kept)
    records.keep(kept.model_copy(update={"run_id": "r2", "inbox": "other"}))
    assert records.open_sets("in") == [kept]
    records.forget(kept)
    records.forget(kept)
    assert records.open_sets("in") == []
    seen = SeenFile(name="a", run_id="r1", at="2026-01-02T03:04:05Z")
    records.note_seen("sha", "x", seen)
    assert records.seen("sha", "x") == seen
    assert records.seen("sha", "read otherwise") is None


def test_an_inbox_has_one_pass_at_a_time(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.database()
    with only_pass("in", tmp_path / "one", url):
        with only_pass("other", tmp_path / "one", url):
            pass
        for here in ("one", "another-machine"):
            with pytest.raises(UsageError, match="Another pass"), only_pass("in", tmp_path / here, url):
                pass
    with only_pass("in", tmp_path / "one", url):
        pass
