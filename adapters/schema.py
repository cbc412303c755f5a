"""The tables of a ledger: made at its first use, brought to this version later, refused if they are of a later one."""

from sqlalchemy import Connection, func, insert, inspect, select

from schemas.errors import LedgerError
from schemas.ledger import SCHEMA_VERSION, metadata, version
from schemas.upgrades import BOTH, UPGRADES

SCHEMA_LOCK = 0x6F72646572  # any number that only this program uses in the database


def is_current(tx: Connection) -> bool:
    """Whether the ledger has the tables of this version; raises LedgerError if they are of a later one."""
    return inspect(tx).has_table(version.name) and _found(tx) == SCHEMA_VERSION


def bring_up(tx: Connection) -> None:
    """Give the ledger the tables of this version, with all that it knows, once the transaction is committed.

    Of processes that do it at the same time one does it, and the others wait. Raises LedgerError.
    """
    if tx.dialect.name == "postgresql":  # SQLite's write lock does that anyway
        tx.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))
    if not inspect(tx).has_table(version.name):
        metadata.create_all(tx)
        tx.execute(insert(version).values(version=SCHEMA_VERSION))
        return
    found = _found(tx)
    for number in range(found, SCHEMA_VERSION):
        for database, statement in UPGRADES[number]:
            if database in (BOTH, tx.dialect.name):
                tx.exec_driver_sql(statement)
    if found < SCHEMA_VERSION:
        tx.execute(version.update().values(version=SCHEMA_VERSION))


def _found(tx: Connection) -> int:
    found = tx.execute(select(version.c.version)).scalar_one()
    if found not in (*UPGRADES, SCHEMA_VERSION):
        raise LedgerError(
            f"The ledger has schema version {found}; this Orderlift knows versions up to {SCHEMA_VERSION}.",
            "Use the Orderlift that made it, or a later one.",
        )
    return int(found)
