"""One input of the fuzz: made from its seed, and read as `orderlift plan` does, up to the workbook of rejects."""

import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from unittest.mock import patch

import pyarrow.compute as pc

from adapters import workbook_reader, workbooks
from adapters.rejects import write_rejects
from adapters.workbook_reader import Done, Message, Refused
from flows.intake import find_files, open_source, profile_of, timezone_of
from flows.settings import Options
from schemas.errors import InputError, Mend
from schemas.profile import Profile
from schemas.results import Status
from transforms.decide import decide, draft
from transforms.intake import take_in
from transforms.normalize import normalize
from transforms.rejects import reject_sheets

from .damage import damage, damage_inside
from .odd import odd_book, odd_parquet, odd_profile, odd_text
from .seeds import CUSTOMERS, IN_CELLS, PROFILE, TOP, packed, seeds

WHOLE = 50  # one of so many inputs is read as it really is, workbooks in a process of their own
PLANNED = 5  # one of so many is planned after it was read; of the others the cells are normalized, which is quicker
BOOKS = (".xlsx", ".xlsm", ".ods", ".xls")


@dataclass(frozen=True)
class Case:
    """A file to read and the profile to read it with."""

    name: str
    data: bytes
    profile: bytes | None
    is_planned: bool


def case_of(seed: int) -> Case:
    """The input that a seed stands for."""
    random = Random(seed)  # noqa: S311 - a fuzz
    name, data, profile = _input(random, odd_profile(random) if random.random() < 0.3 else None)
    return Case(name, data, profile, seed % PLANNED == 0)


def _input(random: Random, profile: bytes | None) -> tuple[str, bytes, bytes | None]:
    kind = random.random()
    if kind < 0.2:
        return (*odd_text(random), profile)
    if kind < 0.25:
        return (*odd_parquet(random), profile)
    if kind < 0.35:
        return "odd.xlsx", _odd_book(random), profile
    name, data = random.choice(seeds())
    if name.endswith(".toml"):
        return "f.csv", IN_CELLS.encode(), damage(random, data)
    inside = name.endswith((*BOOKS, ".gz")) and random.random() < 0.8
    data = damage_inside(random, data) if inside else damage(random, data)
    if name == "f.csv":
        profile = (TOP + PROFILE).encode()
    if random.random() < 0.02:
        name = random.choice(seeds())[0].replace(".toml", ".csv")
    return name, data, profile


def _odd_book(random: Random) -> bytes:
    data = dict(seeds())["h.xlsx"]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = odd_book(random, parts[sheet])
    if random.random() < 0.1:
        parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"<workbookPr ", b'<workbookPr date1904="1" ')
    return packed(parts)


def read(case: Case, *, in_process: bool) -> str:
    """Read a case and say what came of it; whatever is no error for people is raised."""
    with tempfile.TemporaryDirectory() as folder, patch.object(workbooks, "_messages", _here if in_process else _there):
        before = Path.cwd()
        os.chdir(folder)
        try:
            Path(case.name).write_bytes(case.data)
            Path("customers.csv").write_text(CUSTOMERS)
            if case.profile is not None:
                Path("profile.toml").write_bytes(case.profile)
            return _plan(case)
        except Mend as error:
            return type(error).__name__
        finally:
            os.chdir(before)


def _plan(case: Case) -> str:
    options = Options(profile=None if case.profile is None else "profile.toml")
    profile = profile_of(options)
    source = open_source(find_files([case.name], options), options, profile)
    if not case.is_planned:
        for one in source.tables:
            normalize(one.table, one.mapping, one.how)
        return "read"
    drafted = draft(take_in(source.tables), options.max_batch_bytes)
    maps = {(one.table.file, one.table.sheet): one.mapping for one in source.tables}
    decision = decide(drafted, [], maps, timezone_of(options, profile or Profile()))
    invalid = decision.rows.filter(pc.equal(decision.rows["status"], Status.INVALID.value))
    write_rejects(Path("rejects.xlsx"), reject_sheets(source.originals, invalid.to_pandas(), decision.problems))
    if not len(decision.rows):
        raise AssertionError("an input has rows, or is refused")
    return "planned" if len(decision.plan) else "planned, all invalid"


_there = workbooks._messages


def _here(name: str, data: bytes) -> Iterator[Message]:
    """What the process that reads workbooks sends, without the process."""
    try:
        for message in workbook_reader.read(name, data):
            if isinstance(message, Refused):
                raise InputError(message.message, message.remedy)
            if isinstance(message, Done):
                return
            yield message
    except MemoryError:
        raise InputError(f"{name} takes too much memory.") from None
