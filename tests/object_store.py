"""An S3-compatible object store for tests: a real server on loopback, and a new bucket for whoever asks."""

import itertools
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import httpx
from upath import UPath

SECRET = "loopback-store-secret"  # noqa: S105 - the server takes any, and no file or message may show it


@dataclass(frozen=True)
class ObjectStore:
    """A server that runs; `environment` is what processes need to reach it."""

    environment: Mapping[str, str]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def bucket(self) -> UPath:
        """A new, empty bucket; what other processes put there is seen at once."""
        bucket = UPath(f"s3://test{next(self._numbers)}", protocol=None, use_listings_cache=False)
        bucket.mkdir()
        return bucket

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Meanwhile it takes nobody's credentials."""
        url = f"{self.environment['AWS_ENDPOINT_URL']}/moto-api/reset-auth"
        httpx.post(url, content=b"0").raise_for_status()  # so many requests without a look at who asks
        try:
            yield
        finally:
            httpx.post(url, content=b"inf").raise_for_status()


@contextmanager
def address() -> Iterator[str]:
    """The URL of a server, until the context ends; all servers of this process have the same buckets."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - slow to import, and only some tests need it

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would tell each request on standard error
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def serving() -> Iterator[ObjectStore]:
    """A server that this process, and those that it starts meanwhile, reach through their environment."""
    with address() as url:
        environment = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "loopback-store-id",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        with patch.dict(os.environ, environment):
            yield ObjectStore(environment)
