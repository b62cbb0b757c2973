"""IP addresses and networks as text: read in every spelling, written in one.

An IPv4 address that comes over IPv6 (``::ffff:192.0.2.1``) is one of IPv4 (quirk 37); a zone is no part of an address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def plain(address: str) -> Address | None:
    """Read an address; none if it is none."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def bracketed(host: str) -> str:
    """Write a host as URLs have it: an IPv6 address in brackets (RFC 3986 section 3.2.2)."""
    return f"[{host}]" if ":" in host else host


@lru_cache(maxsize=8192)
def canonical(address: str) -> str:
    """Write an address in the one way; what is none stays as it is."""
    found = plain(address)
    return address if found is None else str(found)


@lru_cache(maxsize=8192)
def source_of(address: str) -> str:
    """Give who answers for an address: itself, or of IPv6 its /64, for every host there has as many as it likes."""
    found = plain(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found) >> 64 << 64, 64)))
    return canonical(address)


def networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks with commas or spaces between.

    Raises:
        ValueError: one is none, or is an address with a prefix (10.0.0.1/8): that may mean one host or all of them.
    """
    return tuple(ip_network(each) for each in re.split(r"[,\s]+", text.strip()) if each)


def is_among(address: str, among: Sequence[Network]) -> bool:
    """Say whether an address is in one of these networks."""
    found = plain(address)
    return found is not None and any(found.version == each.version and found in each for each in among)
