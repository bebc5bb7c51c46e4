"""An S3 server on loopback, made by moto: its buckets are in memory and gone with it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
"""What it asks of a client: anything."""


@contextmanager
def server() -> Iterator[str]:
    """Where it listens, for as long as the context lasts; clients of this process find its credentials."""
    serving = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    serving.start()
    host, port = serving.get_host_and_port()
    with patch.dict(os.environ, CREDENTIALS):
        yield f"http://{host}:{port}"
    serving.stop()


def make_bucket(endpoint: str, name: str) -> str:
    """A bucket there; an address in it."""
    S3FileSystem(endpoint_url=endpoint, use_listings_cache=False).mkdir(name)
    return f"s3://{name}/pages"
