"""Damage to bytes of any kind, and to what is inside of packed ones."""

import gzip
import io
import re
import zipfile
import zlib
from random import Random

from .seeds import packed, seeds

NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
TOKENS = [
    *(b"\0", b'"', b"'", b",", b";", b"\t", b"|", b"\r", b"\n", b"\r\n", b"\\", b'""', b"\xef\xbb\xbf", b"\xff\xfe"),
    *(b"sep=;\n", b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0", b"=1+1", b"\xed\xa0\x80", b"\xc3", b"\x1a"),
    *("\u2028\u200f\u00a0\ufeff\U0001f600".encode(), b"1e999", b"-0", b"NaN", b"99999999999999999999", b"2024-02-30"),
    *(b"&#0;", b"&#xD800;", b"&x;", b"<!DOCTYPE a>", b"]]>", b"<![CDATA[", b"<!--", b"</", b"/>", b"<a:b>"),
]
VALUES = [
    *(b"", b"0", b"-1", b"1", b"65535", b"1048577", b"2147483647", b"4294967296", b"99999999999999999999", b"1e308"),
    *(b"NaN", b"x", b"A1", b"XFD1048576", b"XFE1048577", b"A0", b"A1:XFD1048576", b"s", b"d", b"e", b"b", b"str"),
    *(b"inlineStr", b"date", b"time", b"float", b"boolean", b"hidden", b"veryHidden", b"../../etc/passwd", b"true"),
    *(b"2024-01-01", b"99999-99-99", b"-0001-01-01", b"PT1H", b"PT99999999999H", b"0000-00-00T00:00:00"),
]
ATTRIBUTE, ELEMENT = re.compile(rb'(?<==")[^"<>]*(?=")'), re.compile(rb"<[^<>]*>")
TEXT = re.compile(rb"(?<=>)[^<>]+(?=<)")
LARGEST = 1 << 20


def damage(random: Random, data: bytes) -> bytes:
    """The bytes with one to four faults."""
    for _ in range(random.choice([1, 1, 1, 2, 4])):
        data = random.choice(FAULTS)(random, data)[:LARGEST]
    return data


def damage_inside(random: Random, data: bytes) -> bytes:
    """A packed file whose content, or directory, is damaged; one that is none is damaged as any other."""
    if data.startswith(b"\x1f\x8b"):
        try:
            inside = gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            return damage(random, data)
        return gzip.compress(damage_inside(random, inside), mtime=0)
    if not data.startswith(b"PK"):
        return damage(random, data)
    if random.random() < 0.2:
        return _damaged_directory(random, data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(random.choice([1, 1, 2, 5])):
        names = list(parts)
        likely = [name for name in names if "sheet" in name.lower() or name.startswith(("content", "xl/work", "xl/sh"))]
        name = random.choice(likely if likely and random.random() < 0.8 else names)
        fate = random.random()
        if fate < 0.03:
            del parts[name]
        elif fate < 0.06:
            parts[random.choice([*names, name.upper(), "/" + name, name.replace("/", "\\")])] = parts[name]
        elif fate < 0.15:
            parts[name] = damage(random, parts[name])
        else:
            parts[name] = _damaged_xml(random, parts[name])
        if not parts:
            break
    return packed(parts)


def _damaged_xml(random: Random, xml: bytes) -> bytes:
    pattern = random.choice([ATTRIBUTE, ATTRIBUTE, ELEMENT, TEXT])
    places = list(pattern.finditer(xml))
    if not places:
        return damage(random, xml)
    begin, end = random.choice(places).span()
    other = random.choice(places)[0]
    if pattern is ELEMENT:
        element = xml[begin:end]
        new = random.choice([b"", other, element * 2, element * random.choice([9, 300]), element + other])
    else:
        new = random.choice([other, random.choice(VALUES), random.choice(TOKENS), xml[begin:end] * 9])
    return xml[:begin] + new + xml[end:]


def _damaged_directory(random: Random, data: bytes) -> bytes:
    """Change a field of a local header, of the directory or of its end."""
    marks = [match.start() for match in re.finditer(rb"PK(?:\x01\x02|\x03\x04|\x05\x06)", data)]
    place = random.choice(marks) + random.randrange(4, 46)
    size = random.choice([1, 2, 4])
    return data[:place] + random.choice(NUMBERS).to_bytes(8, "little")[:size] + data[place + size :]


def _flipped(random: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice([1, 1, 3, 20])):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _number(random: Random, data: bytes) -> bytes:
    place, size = random.randrange(len(data) + 1), random.choice([1, 2, 4, 8])
    number = random.choice(NUMBERS).to_bytes(8, random.choice(["little", "big"]))[:size]
    return data[:place] + number + data[place + size :]


def _inserted(random: Random, data: bytes) -> bytes:
    place = random.randrange(len(data) + 1)
    chunk = random.choice([random.choice(TOKENS), random.randbytes(random.randrange(1, 20))])
    return data[:place] + chunk * random.choice([1, 1, 1, 2, 3000]) + data[place:]


def _cut(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _removed(random: Random, data: bytes) -> bytes:
    begin = random.randrange(len(data) + 1)
    return data[:begin] + data[begin + random.randrange(1, 60) :]


def _repeated(random: Random, data: bytes) -> bytes:
    begin = random.randrange(len(data) + 1)
    end = begin + random.randrange(1, 60)
    return data[:end] + data[begin:end] * random.choice([1, 2, 200]) + data[end:]


def _moved(random: Random, data: bytes) -> bytes:
    begin, place = random.randrange(len(data) + 1), random.randrange(len(data) + 1)
    piece = data[begin : begin + random.randrange(1, 60)]
    return data[:place] + piece + data[place + len(piece) :]


def _spliced(random: Random, data: bytes) -> bytes:
    _, other = random.choice(seeds())
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other)) :]


FAULTS = (_flipped, _flipped, _number, _inserted, _inserted, _cut, _removed, _repeated, _moved, _spliced)
