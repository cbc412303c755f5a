"""Hostile files are read or refused with an error for people, in bounded time and memory."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from fuzz.reading import Case, read
from fuzz.seeds import PROFILE, TOP, seeds

from adapters.likely_encoding import PIECES_SIZE, _pieces

ROOT = Path(__file__).parents[1]


def test_a_short_run_of_the_fuzz_finds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", "10", "--save", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


OURS = [name for name, _ in seeds() if len(name.split(".")[0]) == 1 and not name.endswith(".toml")]


@pytest.mark.parametrize("name", OURS)
def test_the_files_that_the_fuzz_begins_with_are_planned(name: str) -> None:
    profile = (TOP + PROFILE).encode() if name == "f.csv" else None
    assert read(Case(name, dict(seeds())[name], profile, is_planned=True), in_process=True) == "planned"


def test_what_is_no_error_for_people_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.inputs.gunzip", lambda _name, _data: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        read(Case("g.csv.gz", dict(seeds())["g.csv.gz"], None, is_planned=False), in_process=True)


def test_an_input_is_the_same_in_every_process() -> None:
    def inputs(hash_seed: int) -> str:
        code = "from tests.fuzz.reading import case_of; print([repr(case_of(seed)) for seed in range(99)])"
        environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    assert inputs(1) == inputs(2)


def test_bytes_that_are_no_text_are_not_taken_for_words_without_end() -> None:
    line = bytes(Random(0).choices(range(0x80, 0x100), k=1000))  # noqa: S311 - an example
    assert sum(map(len, _pieces([line + str(number).encode() for number in range(1000)]))) < 2 * PIECES_SIZE
