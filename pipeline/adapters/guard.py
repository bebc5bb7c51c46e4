"""The connector every request of ours goes through: it refuses private addresses at the moment of connecting.

The check sees the address a socket is about to be connected to, so neither a literal, nor a name that resolves to
something else the second time, nor a redirect gets round it. `trust_env` must stay off: behind a proxy only the
proxy's address would be seen.
"""

import errno
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from aiohttp import ClientConnectorError, ClientRequest, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from pipeline.errors import TocsinError

# IANA IPv4 Special-Purpose Address Registry: what Python 3.11's is_global still lets through.
_SPECIAL_IPV4 = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24")))
# RFC 4291, section 2.4, and IANA's registry: all global unicast so far lies in 2000::/3. Within it, 6to4 (RFC 3056)
# carries any IPv4 address, and 3fff::/20 (RFC 9637) is for documentation.
_GLOBAL_UNICAST = ip_network("2000::/3")
_SPECIAL_IPV6 = tuple(map(ip_network, ("2002::/16", "3fff::/20")))
# RFC 6052, section 2.1: the last 32 bits are the IPv4 address meant.
_NAT64 = ip_network("64:ff9b::/96")


class PrivateAddressError(TocsinError):
    """A host that stands at a loopback, private, link-local or otherwise special address."""


def is_public(address: str) -> bool:
    """The address is an ordinary one of the public internet. False for what is no address at all."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _is_public_ipv4(parsed) if isinstance(parsed, IPv4Address) else _is_public_ipv6(parsed)


def guarded_connector(
    *, allow_private: bool, limit: int = 100, resolver: AbstractResolver | None = None
) -> TCPConnector:
    """A connector whose `connect` raises PrivateAddressError, unless private addresses are allowed.

    `limit` is of connections open at once; 0 means none.
    """
    if allow_private:
        return TCPConnector(limit=limit, resolver=resolver)
    return _GuardedConnector(limit=limit, resolver=resolver, socket_factory=_public_socket)


class _RefusedAddressError(OSError):
    """Raised inside the race of a host's addresses, which takes OSError as "try the next one"."""


class _GuardedConnector(TCPConnector):
    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:
        try:
            return await super().connect(req, traces, timeout)
        except ClientConnectorError as error:
            if isinstance(error.os_error, _RefusedAddressError):
                raise PrivateAddressError(f"{error.host} is at a private address") from error
            raise


def _public_socket(address: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, _, sockaddr = address
    if not is_public(sockaddr[0]):
        # Always the same text: only then does the race hand on this error where every address of a host is refused.
        raise _RefusedAddressError(errno.EACCES, "private address")
    return socket.socket(family, kind, protocol)


def _is_public_ipv4(address: IPv4Address) -> bool:
    is_special = address.is_multicast or address.is_reserved or any(address in network for network in _SPECIAL_IPV4)
    return address.is_global and not is_special


def _is_public_ipv6(address: IPv6Address) -> bool:
    if address.ipv4_mapped is not None:
        return _is_public_ipv4(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public_ipv4(IPv4Address(int(address) & 0xFFFFFFFF))
    is_special = any(address in network for network in _SPECIAL_IPV6)
    return address in _GLOBAL_UNICAST and address.is_global and not is_special
