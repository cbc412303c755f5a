"""One statement for many rows, without SQLAlchemy's work for each of them, which costs more than the database's."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.engine.interfaces import Dialect


def execute_many(tx: Connection, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> int:
    """Run an insert or update once for each row; the number of rows of the table that it touched.

    The statement must be one that is built once, since its SQL is kept. Values go to the driver as they are: text,
    integers and None.
    """
    compiled = _compiled(statement, tx.dialect)
    constants = {name: value for name, value in compiled.params.items() if name not in rows[0]}
    if not compiled.positional:
        return tx.exec_driver_sql(str(compiled), [{**constants, **row} for row in rows]).rowcount
    pick = itemgetter(*(compiled.positiontup or ()))
    return tx.exec_driver_sql(str(compiled), [pick({**constants, **row}) for row in rows]).rowcount


@lru_cache(maxsize=64)
def _compiled(statement: Executable, dialect: Dialect) -> Any:  # noqa: ANN401 - a Compiled with positiontup
    return statement.compile(dialect=dialect)  # type: ignore[attr-defined]
