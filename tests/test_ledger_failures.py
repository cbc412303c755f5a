"""A ledger that cannot be used says so in one line, and a run that needs it stops before it sends."""

from pathlib import Path

import pytest

from adapters.ledger import Ledger
from schemas.errors import LedgerError, Resume

NOWHERE = "postgresql+psycopg://nobody:secret@127.0.0.1:1/nothing"


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("order_number,amount\n" * 500)
    with pytest.raises(LedgerError, match="file is not a database") as caught:
        Ledger(url_of(tmp_path / "ledger.db"))
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, Resume)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(url_of(path)).close()
    content = bytearray(path.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="malformed"):
        Ledger(url_of(path))


def test_a_read_only_database_can_be_read_but_gives_no_intent(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(url_of(path)).close()
    ledger = Ledger(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert not ledger.has_orders(1)
    with pytest.raises(LedgerError, match="readonly"):
        ledger.target("https://api")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:////no/such/folder/ledger.db", "unable to open"),
        ("no url", "Could not parse"),
        ("oracle+nothing://x", "Can't load plugin"),
        ("mssql+pymssql://x/y", "driver is not installed: pymssql"),
        ("postgresql+pg8000://x/y", "driver is not installed: pg8000. Install orderlift"),
        (NOWHERE, "Connection refused"),
    ],
)
def test_an_address_that_is_none_is_told_in_one_line(url: str, told: str) -> None:
    with pytest.raises(LedgerError, match=told) as caught:
        Ledger(url)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
