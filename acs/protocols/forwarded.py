"""What proxies say of the client behind them, believed only of proxies that we were told of (quirk 36).

RFC 7239 ``Forwarded``, ``X-Forwarded-For`` and ``X-Forwarded-Proto``, ``X-Real-IP``; and the client certificate in
``Client-Cert`` (RFC 9440) or ``X-SSL-Client-Cert``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

MAX_HOPS: Final = 16
# The look-behind lets a match begin only where a word begins, so that hostile input costs linear time.
_PAIR: Final = re.compile(r"""(?<![A-Za-z])([A-Za-z]+)\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""")


@dataclass(frozen=True, slots=True)
class Client:
    """Who is behind the connection."""

    address: str
    secure: bool
    certificate: str | None = None
    """The header's value, unread."""


def networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks with commas or spaces between.

    Raises:
        ValueError: one is none.
    """
    return tuple(ip_network(each, strict=False) for each in re.split(r"[,\s]+", text.strip()) if each)


def canonical(address: str) -> str:
    """Give an address without a zone, and one of IPv4 that comes over IPv6 as what it is (quirk 37)."""
    found = _address(address)
    return str(found) if found is not None else address


def behind(
    peer: str, secure: bool, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[Network], certificate: str = ""
) -> Client:
    """Find the client behind a peer.

    Where several headers name different clients, one of them came from the client itself: then none is believed.

    Args:
        peer: address of the other end of the connection.
        secure: the connection is TLS.
        headers: the request's, names in lower case.
        trusted: proxies that are believed.
        certificate: lower-case name of the header in which they hand on a client certificate; empty: they do not.
    """
    if not trusted or not is_among(peer, trusted):
        return Client(peer, secure)
    told: dict[str, str] = {}
    for raw, value in headers:
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        told[name] = f"{told[name]},{text}" if name in told else text
    elements = [
        {name.lower(): quoted or bare for name, quoted, bare in _PAIR.findall(element)}
        for element in told.get("forwarded", "").split(",")
    ]
    hops = {
        "forwarded": [element["for"] for element in elements if "for" in element],
        "x-forwarded-for": told.get("x-forwarded-for", "").split(","),
        "x-real-ip": [told.get("x-real-ip", "")],
    }
    named = {_outermost(hops[name], trusted) or peer for name in hops if name in told}
    address = named.pop() if len(named) == 1 else peer
    proto = elements[-1].get("proto", "") or told.get("x-forwarded-proto", "").rpartition(",")[2].strip()
    given = told.get(certificate) if certificate and told.get("x-ssl-client-verify", "SUCCESS") == "SUCCESS" else None
    return Client(address, proto.lower() == "https" if proto else secure, given or None)


def _outermost(hops: Sequence[str], trusted: Sequence[Network]) -> str | None:
    """Go from us outwards as far as each is one that we trust; give the first who is not."""
    address = None
    for hop in reversed(hops[-MAX_HOPS:]):
        found = _address(hop)
        if found is None:
            break
        address = str(found)
        if not is_among(address, trusted):
            break
    return address


def _address(text: str) -> IPv4Address | IPv6Address | None:
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def is_among(address: str, among: Sequence[Network]) -> bool:
    """Say whether an address is in one of these networks."""
    found = _address(address)
    return found is not None and any(found.version == each.version and found in each for each in among)
