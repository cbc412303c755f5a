"""Many rows as one parameter: a JSON text that the database reads as a table.

One statement then does a whole batch, and the driver holds Python's lock for none of its rows.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, Executable, String, Subquery, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError

ROWS = "rows"  # the name of the parameter
Columns = Mapping[str, Any]  # their SQL types


def table_of(dialect: str, columns: Columns, shared: Columns) -> Subquery:
    """The rows of the parameter `rows` as a table with these columns, and with those that are the same in all rows.

    The latter are parameters under their own names.
    """
    if dialect == "sqlite":
        item = func.json_each(bindparam(ROWS)).table_valued("value").alias("item")
        cells: list[Any] = [func.json_extract(item.c.value, f"$[{place}]") for place in range(len(columns))]
    else:
        item = func.jsonb_array_elements(cast(bindparam(ROWS, type_=String), JSONB)).table_valued("value").alias("item")
        cells = [cast(item.c.value.op("->>")(place), kind) for place, kind in enumerate(columns.values())]
    named = [cell.label(name) for cell, name in zip(cells, columns, strict=True)]
    same = [bindparam(name, type_=kind()).label(name) for name, kind in shared.items()]
    rows = select(*same, *named).select_from(item)
    # SQLite would look for the row of each order, not for the order of each row, if it could see into this.
    return (rows.limit(-1) if dialect == "sqlite" else rows).subquery()


def execute_rows(
    tx: Connection, statement: Executable, rows: Sequence[Sequence[str | int | None]], **others: object
) -> Any:  # noqa: ANN401 - the driver's cursor
    """Run a statement that has the rows of `table_of` in it; `others` are its other parameters.

    It must be one that is built once: its SQL is kept, which SQLAlchemy does not do for an insert that may conflict.
    """
    return execute(tx, statement, {**others, ROWS: orjson.dumps(rows).decode()})


def execute(tx: Connection, statement: Executable, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - the same
    """Run a statement that is built once and has plain parameters; the driver's cursor.

    SQLAlchemy only compiles it: what it does for each execution takes five times as long as the driver.
    """
    sql, names, fixed = _compiled(statement, tx.dialect)
    values = {**fixed, **values}
    cursor = tx.connection.cursor()
    try:
        return cursor.execute(sql, tuple([values[name] for name in names]) if names is not None else values)
    except tx.dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(sql, None, error, tx.dialect.loaded_dbapi.Error, hide_parameters=True) from error


@lru_cache(maxsize=64)
def _compiled(statement: Executable, dialect: Dialect) -> tuple[str, list[str] | None, dict[str, object]]:
    """The SQL, the names of its parameters in order if the driver counts them, and those that are always the same."""
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    return str(compiled), compiled.positiontup if compiled.positional else None, dict(compiled.params)
