"""Addresses behind names, and whether an address is one of this machine."""

import asyncio
import socket

from acs.errors import BadRequest
from acs.protocols.addresses import Address, plain

SECONDS = 2.0
_NOBODYS = ("192.0.2.1", "2001:db8::1")
"""For documentation only (RFC 5737, RFC 3849): a machine that lets us bind to them lets us bind to anything."""


async def resolve(host: str) -> tuple[Address, ...]:
    """Give the addresses of a host. Who connects uses one of them; asked again, the resolver might name another.

    Raises:
        BadRequest: there are none.
    """
    if (literal := plain(host)) is not None:
        return (literal,)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SECONDS):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        words = getattr(error, "strerror", None) or str(error) or "no answer in time"
        raise BadRequest(f"{host} cannot be resolved: {words}") from error
    addresses = tuple(address for item in found if (address := plain(str(item[4][0]))) is not None)
    if not addresses:
        raise BadRequest(f"{host} cannot be resolved: it has no address")
    return addresses


def is_ours(address: Address) -> bool:
    """Whether an address is one of this machine: only those can be bound to. Sends nothing."""
    return _binds(str(address)) and not any(
        _binds(each) for each in _NOBODYS if (":" in each) == (address.version == 6)
    )


def _binds(address: str) -> bool:
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
