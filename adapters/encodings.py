"""Text encodings: what a file is written in, and its text in UTF-8."""

import codecs
import io
import re

import numpy as np
import pyarrow as pa

from adapters.likely_encoding import likely_encoding
from adapters.names import shown
from schemas.errors import InputError

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",  # begins as that of UTF-16 does
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
BLOCK = 4 << 20
SAMPLE = 1 << 16
LINES, LINE = 1_000, 500  # how many lines with other bytes than ASCII are looked at, and how much of each
NEARLY_ALL = 0.8
CONTINUED = bytes(range(0x80, 0xC0))
ENDS = (b"\n", b"\r")
WORD_START, WORD_END = re.compile(r"[^\W_]{0,30}$"), re.compile(r"\W?[^\W_]{0,30}")
REMEDY = "Set `encoding` in the profile, such as cp1252 or utf-16, or save it as UTF-8."


def decode(name: str, data: bytes, told: str | None) -> tuple[bytes, tuple[str, ...]]:
    """Return the text as UTF-8, with a notice of what was found out about its encoding.

    A byte order mark is believed before what is `told`, and that before all else; then come UTF-8, UTF-16 without a
    mark, and the look of the words. Raises InputError for other bytes than the encoding has, and for NUL.
    """
    marked = next((encoding for bom, encoding in BOMS.items() if data.startswith(bom)), None)
    encoding = marked or told or "utf-8"
    is_usual = marked in (None, "utf-8")
    notices: tuple[str, ...] = () if is_usual else (f"{name} is read as {marked}, as its byte order mark says.",)
    if not marked and not told:
        if b"\0" not in data and _is_utf8(data):
            return data, ()
        encoding, notices = _found(name, data)
    text = _as_utf8(name, data, encoding)
    if (nul := text.find(b"\0")) >= 0:
        raise _nul(name, text, nul)
    return text, notices


def _found(name: str, data: bytes) -> tuple[str, tuple[str, ...]]:
    if wide := _wide(data[:SAMPLE]):
        return wide, (f"{name} has no byte order mark: read as {wide}; set encoding in a profile if that is wrong.",)
    if (nul := data.find(b"\0")) >= 0:
        raise _nul(name, data, nul)
    lines = _telling_lines(data)
    if sum(map(_may_be_utf8, lines)) > NEARLY_ALL * len(lines):
        return "utf-8", ()  # which it is not all through: the line that is not will be told
    if likely := likely_encoding(lines):
        return likely, (_notice(name, data, likely),)
    return "utf-8", ()


def _nul(name: str, text: bytes, place: int) -> InputError:
    line = text.count(b"\n", 0, place) + 1
    remedy = f"If it is text: {REMEDY} If not, give it the ending of what it is."
    return InputError(f"{name} is not plain text: line {line} has a NUL byte.", remedy)


def _wide(sample: bytes) -> str | None:
    """Tell UTF-16 without a byte order mark: it has ASCII characters in it, and no NUL, in one order of bytes only."""
    sample = sample[: len(sample) // 2 * 2]
    for encoding in ("utf-16-le", "utf-16-be"):
        text = sample.decode(encoding, "ignore")
        plain = sum(character.isascii() and (character.isprintable() or character in "\t\r\n") for character in text)
        if "\0" not in text and 4 * plain > len(text) and 3 * len(text) > len(sample):
            return encoding
    return None


def _is_utf8(data: bytes) -> bool:
    """Check without a copy: the bytes as the one value of an Arrow array."""
    if data.isascii():
        return True
    _, offsets = pa.array([0, len(data)], pa.int64()).buffers()
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(data)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _may_be_utf8(piece: bytes) -> bool:
    """Check a piece that may begin and end within a character, and holds a whole one beside ASCII."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(piece.lstrip(CONTINUED))
    except UnicodeDecodeError:
        return False
    return not text.isascii()


def _as_utf8(name: str, data: bytes, encoding: str) -> bytes:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding)  # raises for what is no encoding of text, such as hex
        if codecs.lookup(encoding).name == "utf-8" and _is_utf8(data):
            return data.removeprefix(codecs.BOM_UTF8)
        decoder = codecs.getincrementaldecoder(encoding)()
    except (LookupError, ValueError) as error:  # ValueError: a NUL in its name
        raise InputError(f"{name}: there is no text encoding {shown(encoding)}.", REMEDY) from error
    text = io.BytesIO()
    view = memoryview(data)
    try:
        for start in range(0, len(data) + 1, BLOCK):
            text.write(decoder.decode(view[start : start + BLOCK], final=start + BLOCK > len(data)).encode())
    except UnicodeError as error:
        read = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
        line = text.getvalue().count(b"\n") + _count_lines(bytes(read), encoding) + 1
        raise InputError(f"{name} is not {encoding} text: line {line} has other bytes.", REMEDY) from error
    return text.getvalue().removeprefix(codecs.BOM_UTF8)


def _count_lines(read: bytes, encoding: str) -> int:
    try:
        return read.decode(encoding, "replace").count("\n")
    except UnicodeError:  # idna knows no replacement
        return read.count(b"\n")


def _telling_lines(data: bytes) -> list[bytes]:
    """Find lines with other bytes than ASCII, some from each part of the file, or what is around it."""
    codes = np.frombuffer(data, np.uint8)
    blocks = range(0, len(codes), BLOCK)
    found: dict[int, bytes] = {}
    for block in blocks:
        places = np.flatnonzero(codes[block : block + BLOCK] >= 0x80) + block
        for place in places[:: len(places) * len(blocks) // LINES + 1].tolist():
            begin = max(place - LINE, 0, *(data.rfind(end, max(place - LINE, 0), place) + 1 for end in ENDS))
            ends = [data.find(end, place, place + LINE) for end in ENDS]
            found.setdefault(begin, data[begin : min([end for end in ends if end >= 0], default=place + LINE)])
    return list(found.values())


def _notice(name: str, data: bytes, encoding: str) -> str:
    place = next(match.start() for match in re.finditer(rb"[\x80-\xff]", data))
    line = (data.count(b"\n", 0, place) or data.count(b"\r", 0, place)) + 1
    before, behind = data[max(place - LINE, 0) : place], data[place : place + LINE]
    start, end = (
        WORD_START.search(before.decode(encoding, "replace")),
        WORD_END.match(behind.decode(encoding, "replace")),
    )
    word = (start[0] if start else "") + (end[0] if end else "")
    return (
        f'{name} is not UTF-8: read as {encoding} (line {line}: "{word}"); set encoding in a profile if that is wrong.'
    )
