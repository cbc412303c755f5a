"""Fixtures of the end-to-end tests."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import OFF_THE_RECORD, Orderlift, Ran

from flows import cli

InProcess = Callable[..., Ran]


@pytest.fixture
def orderlift(tmp_path: Path) -> Orderlift:
    """The command in an empty folder."""
    return Orderlift(tmp_path)


@pytest.fixture
def in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> InProcess:
    """The command in an empty folder, called in this process, where only what it says is looked at."""
    for name in os.environ:
        if name.startswith(OFF_THE_RECORD):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def call(*args: object, **environment: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["orderlift", *map(str, args)])
        capfd.readouterr()
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as end:
                cli.main()
        out, err = capfd.readouterr()
        return Ran(int(end.value.code or 0), out, err)

    return call
