"""TLS: a server whose certificate cannot be verified gets nothing, and the run stops at once and says why."""

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from commands import FAST
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

FLAT = "company_id,order_number,customer_id,currency_id,item_id,quantity,unit_amount\n1,A-1,c,EUR,i,1,2.50\n"
KEY = "sk-live-4f1f0d2c9b"


def self_signed(folder: Path, host: x509.GeneralName) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([host]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(secret)
    return folder / "cert.pem", folder / "key.pem"


@dataclass
class Server:
    """An HTTPS server that answers 401, and what reached it."""

    url: str
    certificate: Path
    is_own: bool  # whether the certificate is for its address
    seen: list[str] = field(default_factory=list)


@pytest.fixture(params=["its own", "another host's"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    host: x509.GeneralName = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    host = host if request.param == "its own" else x509.DNSName("api.example.com")
    certificate, key = self_signed(tmp_path_factory.mktemp("tls"), host)
    one = Server("", certificate, is_own=request.param == "its own")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            one.seen.append(self.headers["api_key"])
            self.send_response(401)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    https = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    https.handle_error = lambda *_: None  # type: ignore[method-assign] # handshakes that the client breaks off
    https.socket = context.wrap_socket(https.socket, server_side=True)
    one.url = f"https://127.0.0.1:{https.server_address[1]}/v4"
    thread = threading.Thread(target=https.serve_forever, daemon=True)
    thread.start()
    yield one
    https.shutdown()
    https.server_close()
    thread.join()


@pytest.mark.parametrize("more", [(), ("--skip-existing",)], ids=["sending", "reading"])
def test_a_certificate_that_nobody_vouches_for_stops_the_run_before_the_key_is_sent(
    in_process: Any, tmp_path: Path, server: Server, more: tuple[str, ...]
) -> None:
    (tmp_path / "a.csv").write_text(FLAT)
    ran = in_process("run", "a.csv", "--json", "--base-url", server.url, *more, *FAST, ORDERLIFT_API_KEY=KEY)
    assert (ran.code, ran.json["orders"]["pending"], server.seen) == (3, 1, [])
    said = " ".join(ran.err.split())
    assert "certificate" in said
    assert "Check --base-url. A certificate of your own authority is trusted if SSL_CERT_FILE names a file" in said
    assert ran.json["requests"] == 1


def test_one_of_an_own_authority_is_trusted_if_it_is_named(in_process: Any, tmp_path: Path, server: Server) -> None:
    (tmp_path / "a.csv").write_text(FLAT)
    call = ("run", "a.csv", "--base-url", server.url, *FAST)
    ran = in_process(*call, ORDERLIFT_API_KEY=KEY, SSL_CERT_FILE=str(server.certificate))
    assert ran.code == 3
    assert server.seen == ([KEY] if server.is_own else [])
    assert ("is not valid for '127.0.0.1'" in " ".join(ran.err.split())) != server.is_own
