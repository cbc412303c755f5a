"""Encode: orders as the JSON that is sent, built column by column; amounts keep the digits they have in the file."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import FIELDS, KEY, Entity, Field, Kind
from transforms.arrow import TEXT, has_byte, text_array

UNQUOTED = frozenset({Kind.AMOUNT, Kind.PRICE, Kind.QUANTITY})
SPECIAL = r'["\\\x00-\x1f]'  # RFC 8259: what a JSON string must escape

# Each member of a JSON object: its name, and the pieces whose concatenation is its value; null if a piece is.
Members = dict[str, list[pa.Array | pa.Scalar]]


def encode(heads: pd.DataFrame, lines: pd.DataFrame, starts: np.ndarray) -> tuple[pa.LargeStringArray, np.ndarray]:
    """Each order as a JSON object with its line items, and a digest of its content: text and int64, one per head.

    The line items of head `i` are the rows of `lines` from `starts[i]` up to `starts[i + 1]`, at least one. Fields
    without a value are left out. The digest does not depend on the order of the line items.
    """
    if not len(heads):
        return pa.array([], TEXT), np.zeros(0, dtype="int64")
    with ThreadPoolExecutor() as pool:  # Arrow does not hold Python's lock while it computes
        head_members = pool.submit(_head_members, heads)
        objects = _object(_members(lines, [one for one in _fields(Entity.LINE_ITEM, lines) if one.name not in KEY]))
        members = head_members.result()
        bodies = pool.submit(_bodies, members, objects, starts)
        digests = _digests(_object(members), objects, starts)
        return bodies.result(), digests


def _bodies(members: Members, objects: pa.LargeStringArray, starts: np.ndarray) -> pa.LargeStringArray:
    return _object(members | {"line_items": [_text("["), _joined(objects, starts), _text("]")]})


def _fields(entity: Entity, rows: pd.DataFrame) -> list[Field]:
    return [field for name, field in FIELDS[entity].items() if name in rows]


def _head_members(heads: pd.DataFrame) -> Members:
    fields = [field for field in _fields(Entity.ORDER, heads) if field.name != "company_id"]
    members = _members(heads, [field for field in fields if "." not in field.name])
    for parent in dict.fromkeys(field.name.split(".")[0] for field in fields if "." in field.name):
        whole = _object(_members(heads, [field for field in fields if field.name.startswith(f"{parent}.")]))
        members[parent] = [pc.if_else(pc.equal(whole, "{}"), _text(None), whole)]
    return members


def _members(rows: pd.DataFrame, fields: Iterable[Field]) -> Members:
    members: Members = {}
    for field in fields:
        text = text_array(rows[field.name])
        value = [text] if field.kind in UNQUOTED else [_text('"'), _escaped(text), _text('"')]
        members[field.name.split(".")[-1]] = value
    return members


def _object(members: Members) -> pa.LargeStringArray:
    """The members as one JSON object, in one pass; members that are null are left out."""
    pieces: list[pa.Array | pa.Scalar] = [_text("{")]
    leading = False  # a first member that may be missing leaves its comma to the next
    for number, (name, value) in enumerate(members.items()):
        optional = any(isinstance(piece, pa.Array) and piece.null_count for piece in value)
        leading |= optional and number == 0
        named = [_text(f'{"," if number or optional else ""}"{name}":'), *value]
        pieces += [pc.binary_join_element_wise(*named, _text(""))] if optional else named
    whole = pc.binary_join_element_wise(*pieces, _text("}"), _text(""), null_handling="skip")
    return pc.replace_substring(whole, pattern="{,", replacement="{", max_replacements=1) if leading else whole


def _escaped(text: pa.LargeStringArray) -> pa.LargeStringArray:
    if _is_plain(text):
        return text
    special = pc.fill_null(pc.match_substring_regex(text, SPECIAL), fill_value=False)
    if not pc.any(special).as_py():
        return text
    escaped = [orjson.dumps(value)[1:-1].decode() for value in text.filter(special).to_pylist()]
    return pc.replace_with_mask(text, special, pa.array(escaped, TEXT))


def _is_plain(text: pa.LargeStringArray) -> bool:
    """Whether no byte of the column is special."""
    written = np.frombuffer(text.buffers()[2] or b"", "uint8")
    return bool(written.min(initial=0x20) >= 0x20) and not has_byte(text, b'"\\')


def _joined(objects: pa.LargeStringArray, starts: np.ndarray) -> pa.LargeStringArray:
    """The objects of each group with commas between: they stand side by side in memory, so only offsets change."""
    first = np.zeros(len(objects), dtype=bool)
    first[starts[:-1]] = True
    parts = pc.binary_join_element_wise(pc.if_else(pa.array(first), _text(""), _text(",")), objects, _text(""))
    offsets = np.frombuffer(parts.buffers()[1], dtype="int64")[parts.offset : parts.offset + len(parts) + 1]
    return pa.LargeStringArray.from_buffers(len(starts) - 1, pa.py_buffer(offsets[starts]), parts.buffers()[2])


def _digests(heads: pa.LargeStringArray, objects: pa.LargeStringArray, starts: np.ndarray) -> np.ndarray:
    """Sums of pandas' hash of text, which is the same on every machine; a test holds it: ledgers outlive versions."""
    lines = np.add.reduceat(_hash(objects), starts[:-1])
    return (_hash(heads) * np.uint64(31) + lines).view("int64")


def _hash(text: pa.LargeStringArray) -> np.ndarray:
    encoded = text.cast(pa.large_binary()).to_numpy(zero_copy_only=False)  # the same hash as of text, in half the time
    return pd.util.hash_array(encoded, categorize=False)


def _text(value: str | None) -> pa.Scalar:
    return pa.scalar(value, TEXT)
