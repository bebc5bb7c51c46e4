"""No request of ours reaches a private address, however it is spelled."""

import socket

import pytest
from aiohttp import ClientConnectorError, ClientSession, web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from pipeline.adapters.guard import PrivateAddressError, guarded_connector, is_public

_PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "192.0.0.8",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
    "localhost",
    "",
]


@pytest.mark.parametrize("address", _PRIVATE)
def test_a_special_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_ordinary_address_is_public(address: str) -> None:
    assert is_public(address)


class _Names(AbstractResolver):
    """Resolves every name to the addresses given, as a hostile name server may."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        return None


async def _ok(_request: web.Request) -> web.Response:
    return web.Response(text="secret")


@pytest.fixture
async def port():
    app = web.Application()
    app.router.add_get("/", _ok)
    async with TestServer(app, host="127.0.0.1") as server:
        yield server.port


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "localhost", "LOCALHOST"])
async def test_a_request_to_a_private_address_is_refused(port: int, host: str) -> None:
    async with ClientSession(connector=guarded_connector(allow_private=False)) as session:
        with pytest.raises(PrivateAddressError, match="private address"):
            await session.get(f"http://{host}:{port}/")


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("127.0.0.1", "::1"), ("::ffff:127.0.0.1", "10.0.0.1", "::1")])
async def test_a_public_looking_name_at_private_addresses_is_refused(port: int, addresses: tuple[str, ...]) -> None:
    connector = guarded_connector(allow_private=False, resolver=_Names(*addresses))
    async with ClientSession(connector=connector) as session:
        with pytest.raises(PrivateAddressError):
            await session.get(f"http://news.example:{port}/")


async def test_an_operator_may_allow_private_addresses(port: int) -> None:
    async with (
        ClientSession(connector=guarded_connector(allow_private=True)) as session,
        session.get(f"http://127.0.0.1:{port}/") as response,
    ):
        assert await response.text() == "secret"


async def test_a_closed_port_is_a_connection_error_and_nothing_else(unused_tcp_port: int) -> None:
    async with ClientSession(connector=guarded_connector(allow_private=True)) as session:
        with pytest.raises(ClientConnectorError):
            await session.get(f"http://127.0.0.1:{unused_tcp_port}/")
