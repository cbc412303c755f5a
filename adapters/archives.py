"""Packed files, unpacked with limits: what a few bytes could blow up to is found out by unpacking, never believed."""

import io
import zipfile
import zlib
from collections.abc import Iterator

from schemas.errors import InputError

CHUNK = 4 << 20
MEBI = 1 << 20
# Orders pack to a fifth or a tenth, the XML of formatted blank cells to a hundredth, and bombs to a thousandth.
GZIP_FREE, GZIP_RATIO = 128 * MEBI, 40
ZIP_FREE, ZIP_RATIO = 128 * MEBI, 200
MOST_UNPACKED = 4 << 30
GZIP_MAGIC = b"\x1f\x8b"
BOMB_REMEDY = "Open it in a program that you trust and save it anew."


def gunzip(name: str, data: bytes) -> bytes:
    """Unpack a gzip file of one or more members; zeros behind the last one are allowed, as gzip allows them.

    Raises InputError for what is damaged, cut, has something else behind it, or unpacks to more than 4 GiB or, beyond
    128 MiB, to more than 40 times its size.
    """
    parts: list[bytes] = []
    start = unpacked = 0
    while start < len(data) and (start == 0 or data.startswith(GZIP_MAGIC, start)):
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        while not member.eof:
            step = data[start : start + CHUNK]
            try:
                parts.append(member.decompress(step, 8 * CHUNK))
            except zlib.error as error:
                raise _cut(name, str(error)) from error
            if not step and not parts[-1]:
                raise _cut(name, "it ends too early")
            start += len(step) - len(member.unconsumed_tail) - len(member.unused_data)
            unpacked += len(parts[-1])
            if unpacked > min(MOST_UNPACKED, GZIP_FREE + GZIP_RATIO * start):
                raise _bomb(name, unpacked, start)
    if data[start:].strip(b"\0"):
        raise _cut(name, f"something else is behind it, from byte {start} on")
    return b"".join(parts)


def _cut(name: str, reason: str) -> InputError:
    return InputError(f"{name} is not a complete gzip file ({reason}).", "Compress or copy it again.")


class Archive:
    """The parts of a zip file by their names (small letters, `/` between folders), unpacked within one common limit.

    Names lead nowhere but to parts of the archive itself; nothing is written to disk. Raises InputError for what
    is no zip file or has two parts of one name.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self._name = name
        self.packed = len(data)
        self._unpacked = 0
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise damaged(name, error) from error
        self.parts: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            part = info.filename.replace("\\", "/").lstrip("/").lower()
            if part in self.parts and not info.is_dir():
                raise damaged(name, f"it has two parts called {part}")
            self.parts[part] = info

    def chunks(self, part: str) -> Iterator[bytes]:
        """Yield the bytes of a part; raises InputError when the archive unpacks to more than its size allows."""
        info = self.parts[part]
        info.file_size = MOST_UNPACKED  # zipfile stops at the size that the directory claims; calamine does not
        try:
            with self._zip.open(info) as stream:
                while chunk := stream.read(CHUNK):
                    self._unpacked += len(chunk)
                    if self._unpacked > min(MOST_UNPACKED, ZIP_FREE + ZIP_RATIO * self.packed):
                        raise _bomb(self._name, self._unpacked, self.packed)
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
            raise damaged(self._name, f"{part}: {str(error) or 'it ends too early'}") from error

    def read(self, part: str, most: int = 16 * MEBI) -> bytes:
        """Return a part as a whole; raises InputError where it has more than so many bytes."""
        found = bytearray()
        for chunk in self.chunks(part):
            found += chunk
            if len(found) > most:
                raise _bomb(self._name, len(found), self.parts[part].compress_size)
        return bytes(found)


def damaged(name: str, reason: object) -> InputError:
    """The error of a workbook that cannot be read, with the first line of the reason."""
    text = str(reason).partition("\n")[0].rstrip(".")
    remedy = "Open it in a spreadsheet program and save it as .xlsx; text files end in .csv or .tsv."
    return InputError(f"{name} is not a readable workbook: {text}.", remedy)


def _bomb(name: str, unpacked: int, packed: int) -> InputError:
    size = f"{unpacked // MEBI:,} MiB or more from {max(packed // 1024, 1):,} KiB"
    return InputError(f"{name} unpacks to far more than its size allows ({size}).", BOMB_REMEDY)
