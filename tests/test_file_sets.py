"""Which files of an inbox belong to one run, and when they are complete."""

import pytest

from schemas.inbox import Entry, FileSet
from transforms.file_sets import file_sets, free_name, left_out, stem, why_incomplete

NOW, QUIET = 1_000.0, 30.0


def is_input(name: str) -> bool:
    return name.endswith((".csv", ".csv.gz", ".xlsx")) and not name.startswith((".", "~$"))


def entries(*paths: str) -> list[Entry]:
    split = [path.rpartition("/") for path in paths]
    return [Entry(folder, name, 10, 0.0) for folder, _, name in split]


def sets(*paths: str, **lists: list[str]) -> dict[str, list[str]]:
    marks = [f"{name}.done" for name in lists]
    return {
        one.name: [entry.path for entry in one.files] for one in file_sets(entries(*paths, *marks), lists, is_input)
    }


def test_a_file_is_a_set_of_its_own_and_a_folder_is_one_set() -> None:
    assert sets("b.csv", "a.xlsx", "may/orders.csv", "may/lines.csv") == {
        "a.xlsx": ["a.xlsx"],
        "b.csv": ["b.csv"],
        "may": ["may/orders.csv", "may/lines.csv"],
    }


def test_a_list_makes_one_set_of_the_files_that_it_names() -> None:
    assert sets("o.csv", "l.csv", "other.csv", day=["o.csv", "l.csv"]) == {
        "day": ["o.csv", "l.csv"],
        "other.csv": ["other.csv"],
    }


def test_what_is_no_input_is_in_no_set_but_moves_with_its_folder() -> None:
    found = entries("a.pdf", ".hidden.csv", "~$a.xlsx", "x.done", "may/a.csv", "may/note.pdf", "june/b.pdf")
    (one,) = file_sets(found, {"x": []}, is_input)
    assert [entry.path for entry in one.others] == ["may/note.pdf"]
    assert left_out(found, is_input) == ["a.pdf", "june/b.pdf"]


def test_a_link_is_never_taken() -> None:
    link = [Entry("", "a.csv", 10, 0.0, is_plain=False), Entry("may", "b.csv", 10, 0.0, is_plain=False)]
    assert file_sets([*link, *entries("may/c.csv")], {}, is_input)[0].files == tuple(entries("may/c.csv"))
    assert left_out([*link, *entries("may/c.csv")], is_input) == ["a.csv", "may/b.csv"]


@pytest.mark.parametrize(
    ("path", "mark"),
    [("a.csv", "a.csv.done"), ("a.csv", "a.done"), ("a.csv.gz", "a.done"), ("may/a.csv", "may.done")],
)
def test_a_mark_beside_a_file_or_folder_says_that_it_is_complete(path: str, mark: str) -> None:
    found = [Entry(*entry[:3], changed_at=NOW) for entry in entries(path, mark)]
    (one,) = file_sets(found, {mark.removesuffix(".done"): []}, is_input)
    assert (one.is_marked, one.marks) == (True, (mark,))
    assert why_incomplete(one, NOW, QUIET) is None


def test_a_mark_within_a_folder_counts_as_well() -> None:
    (one,) = file_sets(entries("may/a.csv", "may/.done"), {}, is_input)
    assert (one.is_marked, one.marks, one.others) == (True, ("may/.done",), ())


@pytest.mark.parametrize(
    ("changed_at", "reason"),
    [
        (NOW - QUIET, None),
        (NOW - QUIET + 1, "changed 29 s ago"),
        (NOW + 1, "changed in the future"),
        (None, "does not tell when"),
    ],
)
def test_without_a_mark_a_file_is_complete_once_nothing_has_changed_it_for_a_while(
    changed_at: float | None, reason: str | None
) -> None:
    told = why_incomplete(FileSet("a.csv", (Entry("", "a.csv", 10, changed_at),)), NOW, QUIET)
    assert told is None if reason is None else reason in str(told)


def test_a_list_waits_for_the_files_that_it_names() -> None:
    (one,) = file_sets(entries("o.csv", "d.done"), {"d": ["o.csv", "l.csv"]}, is_input)
    assert why_incomplete(one, NOW, QUIET) == "l.csv is not there yet"


@pytest.mark.parametrize(
    ("name", "taken", "free"),
    [
        ("a.csv", set(), "a.csv"),
        ("a.csv", {"a.csv"}, "a-2.csv"),
        ("a.csv.gz", {"a.csv.gz", "a-2.csv.gz"}, "a-3.csv.gz"),
        ("a", {"a"}, "a-2"),
    ],
)
def test_no_name_is_used_twice(name: str, taken: set[str], free: str) -> None:
    assert free_name(name, taken) == free


def test_a_folder_keeps_its_whole_name() -> None:
    assert free_name("2026.11", {"2026.11"}, is_folder=True) == "2026.11-2"
    assert [stem(name) for name in ("a.b.csv.gz", "a", ".csv")] == ["a.b", "a", ".csv"]
