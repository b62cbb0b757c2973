"""What proxies say of the client behind them, believed only of proxies that we were told of (quirk 36).

RFC 7239 ``Forwarded``, ``X-Forwarded-For`` and ``X-Forwarded-Proto``, ``X-Real-IP``; and the client certificate in
``Client-Cert`` (RFC 9440) or ``X-SSL-Client-Cert``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from acs.protocols.addresses import Address, Network, is_among, plain

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
        found = _hop(hop)
        if found is None:
            break
        address = str(found)
        if not is_among(address, trusted):
            break
    return address


def _hop(text: str) -> Address | None:
    """Read a hop as proxies write it: with a port, in brackets, in quotes."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    return plain(bare)
