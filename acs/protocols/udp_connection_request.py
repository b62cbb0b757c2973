"""The UDP connection request: one signed datagram that asks a phone behind a NAT to call (TR-111 part 2, cwmp.md 3.3).

``endpoint`` reads where a phone says it listens, ``datagram`` writes what is sent there: three times the same, from
the port that the phone's STUN binding goes to. There is no answer; success is the Inform.
"""

import hmac
import re
from typing import Final
from urllib.parse import quote

from acs.protocols.addresses import bracketed

COPIES: Final = 3
"""The same datagram is sent so often, because each may be lost (TR-111 part 2 section 2.2.2.3)."""
DEFAULT_PORT: Final = 80
"""Of an address without one (quirk 153)."""
_ADDRESS: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,253}))(?::(\d{1,5}))?\Z")


def endpoint(address: str) -> tuple[str, int] | None:
    """Read ``UDPConnectionRequestAddress``: ``host:port`` or ``host``; none if there is no sense in it."""
    text = address.strip()
    if text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"  # a bare IPv6 address has no port
    found = _ADDRESS.match(text)
    if found is None:
        return None
    port = int(found[3]) if found[3] else DEFAULT_PORT
    return (found[1] or found[2], port) if 0 < port < 65536 else None


def signature(password: str, ts: int, id: int, un: str, cn: str) -> str:
    """HMAC-SHA1 over ``ts``, ``id``, ``un`` and ``cn`` in a row, as 40 hexadecimal digits."""
    return hmac.digest(password.encode(), f"{ts}{id}{un}{cn}".encode(), "sha1").hex()


def datagram(host: str, port: int, *, username: str, password: str, ts: int, id: int, cn: str) -> bytes:
    """Write the datagram.

    Args:
        host: where it goes.
        port: the port there.
        username: ConnectionRequestUsername.
        password: ConnectionRequestPassword.
        ts: POSIX seconds; a phone wants them to grow.
        id: number of this request; a phone drops the one that it had last.
        cn: fresh random text.
    """
    there = f"{bracketed(host)}:{port}"
    # The signature covers the values as they are; only the URL carries them escaped.
    query = f"ts={ts}&id={id}&un={quote(username, safe='')}&cn={quote(cn, safe='')}"
    sig = signature(password, ts, id, username, cn)
    return f"GET http://{there}?{query}&sig={sig} HTTP/1.1\r\nHost: {there}\r\n\r\n".encode()
