"""Survey: what the whole columns of a table prove of how their texts are to be read, gathered part by part."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd
import pyarrow as pa

from schemas.fields import FIELDS, Entity, Field, Kind
from schemas.mapping import ColumnMap, Origin
from schemas.tables import SourceTable
from transforms.cells import is_text
from transforms.dates import date_marks, date_notice
from transforms.ids import NOTICE, OTHER, WHOLE, id_marks
from transforms.normalization import IDS, Normalization, Texts
from transforms.numbers import number_marks, number_notice
from transforms.reading import Marks, Reading, only
from transforms.texts import divisor_key, texts_key, texts_of
from transforms.values import NUMBERS

Survey = Mapping[Texts, Marks]  # each mark with the source_row of the first text that has it


def survey(table: SourceTable, mapping: ColumnMap, how: Normalization) -> Survey:
    """The marks of the columns of one part of a table that may have any."""
    rows = table.cells.index
    found: dict[Texts, Marks] = {}
    reading = replace(how.reading, epoch=table.epoch)
    for key, origin in _columns(mapping).items():
        if not _proves(table.cells, origin, key):
            continue
        text, written, _ = texts_of(table.cells, origin, how)
        if key[2] == IDS:
            marks = id_marks(text, written)
        elif key[2] in NUMBERS:
            marks = number_marks(text, written)
        else:
            marks = date_marks(text, reading, written)
        found[key] = {mark: int(rows[position]) for mark, position in marks.items()}
    return found


def merged(one: Survey, other: Survey) -> Survey:
    """What two parts of a table prove together, the rows of `one` standing above those of `other`."""
    return {key: {**other.get(key, {}), **one.get(key, {})} for key in {**one, **other}}


def survey_notices(table: SourceTable, mapping: ColumnMap, how: Normalization, found: Survey) -> Iterator[str]:
    """What whole columns have proved and a person should know, in the words of a table that is read at once."""
    for entity, one, origin in _fields(mapping):
        reading = replace(how.reading, epoch=table.epoch)
        notice, row = _notice(found.get(texts_key(origin, one), {}), one, reading)
        if notice:
            yield f"{table.place}, {mapping.header(entity, one.name)}: {notice} (row {row})."


def _notice(marks: Marks, one: Field, reading: Reading) -> tuple[str, int | None]:
    if texts_key(Origin(()), one)[2] == IDS:
        return (NOTICE, marks[WHOLE]) if only(marks, (WHOLE, OTHER)) == WHOLE else ("", None)
    if one.kind in NUMBERS:
        return ("", None) if reading.decimal else number_notice(marks)
    return date_notice(marks, reading)


def _proves(cells: pd.DataFrame, origin: Origin, key: Texts) -> bool:
    """Whether a look at the cells may show anything; what has a type says itself what it is, but for day numbers."""
    if len(origin.headers) > 1 or origin.lookup is not None:
        return True
    column = cells[origin.headers[0]]
    written = is_text(column)
    has_text = written is None or bool(written.any())
    is_time = isinstance(column.dtype, pd.ArrowDtype) and pa.types.is_temporal(column.dtype.pyarrow_dtype)
    return has_text or (key[2] == Kind.DATE and not is_time)


def _columns(mapping: ColumnMap) -> dict[Texts, Origin]:
    columns = {texts_key(origin, one): origin for _, one, origin in _fields(mapping)}
    divisors = (origin.divide_by for _, _, origin in _fields(mapping) if origin.divide_by is not None)
    return columns | {divisor_key(header): Origin((header,)) for header in divisors}


def _fields(mapping: ColumnMap) -> Iterator[tuple[Entity, Field, Origin]]:
    """The fields whose spelling the whole column decides."""
    for entity, origins in mapping.fields.items():
        for name, origin in origins.items():
            one = FIELDS[entity][name]
            kind = texts_key(origin, one)[2]
            if kind == IDS or kind in NUMBERS or kind == Kind.DATE:
                yield entity, one, origin
