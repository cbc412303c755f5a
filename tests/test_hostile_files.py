"""Files made to do harm: each is refused in one line that names it, in bounded memory and time."""

import contextlib
import gzip
import json
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from books import HEADER, MAIN, WORKBOOK, Part, edited, ods_of, read, rows_of, sheet_of, sheet_xml, xlsx_of, zip_of

from adapters import archives
from adapters.workbooks import _death
from schemas.errors import InputError

MEBI = 1 << 20
FAR = '<row r="1048576"><c r="XFD1048576" s="1"{}</row>'
LAUGHS = "".join(f'<!ENTITY {after} "{f"&{name};" * 10}">' for name, after in zip("abcdefgh", "bcdefghi", strict=True))
DOCTYPE = f'<!DOCTYPE a [<!ENTITY a "lol">{LAUGHS}]>'
TOO_MUCH = "unpacks to far more than its size allows"
DIES = "takes more memory than a file of its size should, or makes the reader fail"
# Reads each file in turn, tells what became of it, and how much memory it and its readers took.
SCRIPT = """
import json, resource, sys, time
from adapters.inputs import find_inputs, read_grids
from schemas.errors import InputError
from schemas.tables import ReadOptions
told = {}
for path in sys.argv[1:]:
    start = time.monotonic()
    try:
        told[path] = [sum(len(grid.cells) for grid in read_grids(find_inputs([path])[0], ReadOptions()))]
    except InputError as error:
        told[path] = [str(error)]
    told[path].append(time.monotonic() - start)
# Not ru_maxrss, which counts the process that started this one.
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([told, (own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024]))
"""


def times(piece: bytes, count: int) -> Iterator[bytes]:
    block = piece * max(1, MEBI // len(piece))
    for _ in range(count * MEBI // len(block)):
        yield block


def in_a_sheet(start: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield f"<worksheet {MAIN}><sheetData>".encode() + start
    yield from pieces
    yield b"</sheetData></worksheet>"


def cells_without_places(path: Path) -> Path:
    rows = b"<row>" + b"<c><v>1</v></c>" * 16384 + b"</row>" + b"<row><c><v>1</v></c></row>" * 100_000
    return xlsx_of(path, in_a_sheet(rows, iter(())))


def many_faults(path: Path) -> Path:
    cell = (
        '<table:table-cell table:number-columns-repeated="4000000000" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>Err:502</text:p></table:table-cell>'
    )
    return ods_of(path, f'<table:table-row table:number-rows-repeated="4000000000">{cell}</table:table-row>')


def one_text_many_times(path: Path) -> Path:
    cells = (f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>'.encode() for row in range(1, 5000))
    return xlsx_of(path, in_a_sheet(b"", cells), f"<sst {MAIN}><si><t>{'x' * MEBI}</t></si></sst>")


WORKBOOKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "spaces.xlsx": (lambda path: xlsx_of(path, in_a_sheet(b"", times(b" ", 165))), TOO_MUCH),
    "texts.xlsx": (lambda path: xlsx_of(path, sheet_xml(HEADER), times(b"x", 165)), TOO_MUCH),
    "cell.xlsx": (
        lambda path: xlsx_of(path, in_a_sheet(b'<row><c t="str"><v>', times(b"x", 120))),
        "is not a readable workbook",
    ),
    "row.xlsx": (
        lambda path: xlsx_of(path, in_a_sheet(b"<row>", times(b"<c><v>1</v></c>", 60))),
        "more than 16,384 columns",
    ),
    "nested.xlsx": (lambda path: xlsx_of(path, in_a_sheet(b"", times(b"<a>", 20))), "has no visible sheet"),
    "cut.xlsx": (lambda path: xlsx_of(path, in_a_sheet(b"", times(b"<c ", 8))), "is not a readable workbook"),
    "places.xlsx": (cells_without_places, DIES),
    "text.xlsx": (one_text_many_times, DIES),
    "faults.ods": (many_faults, "more than 2,000,000 cells hold errors"),
}
PACKED: dict[str, tuple[Callable[[Path], object], str]] = {
    "zeros.csv.gz": (lambda path: path.write_bytes(gzip.compress(bytes(160 * MEBI), 1)), TOO_MUCH),
    "members.csv.gz": (lambda path: path.write_bytes(gzip.compress(bytes(MEBI), 1) * 200), TOO_MUCH),
}


@pytest.mark.parametrize("bombs", [WORKBOOKS, PACKED])
def test_bombs_are_refused_in_little_memory_and_time(
    tmp_path: Path, bombs: dict[str, tuple[Callable[[Path], object], str]]
) -> None:
    for name, (make, _) in bombs.items():
        make(tmp_path / name)
    paths = [str(tmp_path / name) for name in bombs]
    done = subprocess.run([sys.executable, "-c", SCRIPT, *paths], capture_output=True, check=True, text=True)
    told, peak = json.loads(done.stdout)
    for path, (message, seconds) in told.items():
        assert bombs[Path(path).name][1] in str(message)
        assert path in message
        assert "\n" not in message
        assert seconds < 60, path
    assert peak < 500


def test_a_size_that_the_directory_claims_is_not_believed(tmp_path: Path) -> None:
    path = xlsx_of(tmp_path / "a.xlsx", in_a_sheet(b"", times(b" ", 165)))
    data = bytearray(path.read_bytes())
    for at in range(len(data) - 46):
        if data[at : at + 4] == b"PK\1\2" and b"sheet1" in data[at + 46 : at + 80]:
            data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"{TOO_MUCH}|is not a readable workbook"):
        read(path)


def test_what_was_unpacked_is_counted_over_all_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(archives, "ZIP_FREE", 3 * MEBI)
    path = zip_of(tmp_path / "a.xlsx", {f"xl/{place}.xml": b"x" * 2 * MEBI for place in range(3)})
    archive = archives.Archive("a.xlsx", path.read_bytes())
    assert [len(archive.read(f"xl/{place}.xml")) for place in range(2)] == [2 * MEBI] * 2
    with pytest.raises(InputError, match=TOO_MUCH):
        archive.read("xl/2.xml")


@pytest.mark.parametrize("cell", ["/>", "></c>"])
def test_blank_cells_far_outside_the_table_do_no_harm(tmp_path: Path, cell: str) -> None:
    [grid] = read(xlsx_of(tmp_path / "a.xlsx", sheet_xml(HEADER + FAR.format(cell))))
    assert rows_of(grid) == {1: ["a", "b"]}


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (FAR.format("><v>1</v></c>"), "3 cells are filled, but they reach down to row 1048576 and column 16384"),
        ('<row r="2"><c r="XFE2"><v>1</v></c></row>', "they reach down to row 2 and column 16385"),
        ('<row r="2"><c r="BDWGN2"><v>1</v></c></row>', "they reach down to row 2 and column 1000000"),
        ('<row r="9999999999"><c r="A9999999999"><v>1</v></c></row>', "they reach down to row 9999999999"),
    ],
)
def test_filled_cells_far_outside_the_table_are_refused(tmp_path: Path, rows: str, says: str) -> None:
    with pytest.raises(InputError) as raised:
        read(xlsx_of(tmp_path / "a.xlsx", sheet_xml(HEADER + rows)))
    assert 'a.xlsx, sheet "S": only' in raised.value.message
    assert says in raised.value.message
    assert "Delete what stands far outside" in raised.value.remedy


def test_as_many_columns_as_a_sheet_can_have_are_read(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{row}"><c r="A{row}"><v>1</v></c><c r="XFD{row}"><v>2</v></c></row>' for row in range(1, 99)
    )
    started = time.monotonic()
    [grid] = read(xlsx_of(tmp_path / "a.xlsx", sheet_xml(rows)))
    assert grid.cells.shape == (98, 16384)
    assert grid.cells[16383].tolist() == [2.0] * 98
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("entity", [DOCTYPE, '<!DOCTYPE a [<!ENTITY i SYSTEM "file:///etc/hostname">]>'])
@pytest.mark.parametrize("part", ["workbook", "sheet", "ods"])
def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path, encoding: str, entity: str, part: str) -> None:
    def declared(xml: str) -> bytes:
        return (f'<?xml version="1.0" encoding="{encoding}"?>{entity}' + xml).encode(encoding)

    if part == "workbook":
        path = xlsx_of(tmp_path / "a.xlsx", sheet_xml(HEADER), book=declared(WORKBOOK.replace('"S"', '"&i;"')))
    elif part == "sheet":
        path = xlsx_of(tmp_path / "a.xlsx", declared(sheet_xml(HEADER).replace(">a<", ">&i;<")))
    else:
        with zipfile.ZipFile(ods_of(tmp_path / "b.ods", "")) as archive:
            parts: dict[str, Part] = {name: archive.read(name) for name in archive.namelist()}
            content = archive.read("content.xml").decode().replace('"S"', '"&i;"')
        path = zip_of(tmp_path / "a.ods", {**parts, "content.xml": declared(content)})
    with pytest.raises(InputError, match="is not a readable workbook"):
        read(path)


def test_names_of_parts_lead_nowhere(tmp_path: Path) -> None:
    with zipfile.ZipFile(xlsx_of(tmp_path / "a.xlsx", sheet_xml(HEADER)), "a") as archive:
        for name in ("../evil.txt", "../../../../../../tmp/evil.txt", f"{tmp_path}/evil.txt", "C:\\evil.txt"):
            archive.writestr(name, "x")
    assert rows_of(read(tmp_path / "a.xlsx")[0]) == {1: ["a", "b"]}
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]
    out = edited(tmp_path / "a.xlsx", tmp_path / "b.xlsx", b"worksheets/sheet1.xml", b"../../../../../etc/passwd")
    with pytest.raises(InputError):
        read(out)


def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(xlsx_of(tmp_path / "a.xlsx", sheet_xml(HEADER)), "a") as archive:
        archive.writestr("XL\\worksheets/Sheet1.xml", "x")
    with pytest.raises(InputError, match=r"has two parts called xl/worksheets/sheet1\.xml"):
        read(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a,b\n1,2\n", "it is a text file. Give it the ending .csv"),
        (b"\xef\xbb\xbfa;b\n", "it is a text file"),
        (b"\r\n <HTML><table><tr><td>a", "it is an HTML page. Open it in a spreadsheet program"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "XML spreadsheet of",
        ),
        (b"%PDF-1.7\n", "it is a PDF document"),
        (b"PAR1xxxxPAR1", "it is a Parquet file"),
        (gzip.compress(b"x", mtime=0), "it is a gzip file"),
        (bytes(99), "it is something else"),
        (b"PK\x03\x04", "File is not a zip file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is not a readable workbook"),
    ],
)
@pytest.mark.parametrize("ending", ["xlsx", "xls", "xlsb", "ods"])
def test_what_is_no_workbook_is_called_by_its_name(tmp_path: Path, data: bytes, says: str, ending: str) -> None:
    (tmp_path / f"orders.{ending}").write_bytes(data)
    with pytest.raises(InputError) as raised:
        read(tmp_path / f"orders.{ending}")
    assert f"orders.{ending} is not a readable workbook" in raised.value.message
    assert says in str(raised.value)


@pytest.mark.parametrize("part", ["", "xl/workbook.xml", "xl/worksheets/sheet1.xml", "word/document.xml", "readme.txt"])
def test_workbooks_without_their_parts_are_refused(tmp_path: Path, part: str) -> None:
    with pytest.raises(InputError, match="is not a readable workbook"):
        read(zip_of(tmp_path / "a.xlsx", {part: "<a/>"} if part else {}))


def test_random_damage_is_refused_or_harmless(tmp_path: Path) -> None:
    whole = sheet_of(tmp_path / "whole.xlsx", {"A1": ["a", "b"], "A2": [1, 2]}).read_bytes()
    dice = random.Random(7)  # noqa: S311 - the same damage each time
    for _ in range(25):
        data = bytearray(whole)
        for _ in range(20):
            data[dice.randrange(len(data))] = dice.randrange(256)
        (tmp_path / "a.xlsx").write_bytes(data[: dice.choice([len(data), dice.randrange(40, len(data))])])
        with contextlib.suppress(InputError):  # and nothing else
            read(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("code", "stderr", "in_time", "says"),
    [
        (-24, b"", True, "takes too long"),
        (-9, b"", False, "takes too long"),
        (-6, b"memory allocation failed", True, "takes more memory"),
        (1, b"Traceback\nMemoryError\n", True, "takes more memory"),
        (1, b"Traceback\nImportError: no calamine\n", True, "ImportError: no calamine"),
        (3, b"", True, "the reader ended with 3"),
    ],
)
def test_what_the_reader_died_of_is_told(code: int, stderr: bytes, in_time: bool, says: str) -> None:
    assert says in str(_death("a.xlsx", code, stderr, in_time=in_time))
