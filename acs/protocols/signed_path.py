"""Download paths that prove themselves: ``/t/<token>/<name>``, short, without query, ``@`` or ``&`` (quirk 228).

A token is the reference of what is offered, 8 hexadecimal digits of expiry and a 16-byte HMAC-SHA256 over reference,
expiry and file name, in characters that no phone mangles. Nothing is stored; whoever has the key can check.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from typing import Final
from urllib.parse import quote, unquote

PREFIX: Final = "/t/"
NEVER: Final = 0
"""Expiry on the wire of a token that does not expire."""
MAX_EXPIRES: Final = 0xFFFFFFFF

_MAC: Final = 22  # characters of 16 bytes in base64url without padding
_EXPIRY: Final = 8
_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\Z", re.ASCII)
_TOKEN: Final = re.compile(r"([A-Za-z0-9_-]{1,64})([0-9a-f]{8})([A-Za-z0-9_-]{22})\Z", re.ASCII)


def sign(key: bytes, reference: str, name: str, expires: int | None) -> str:
    """Make a token: 30 characters more than the reference.

    Args:
        key: server's secret for links, the same on every node.
        reference: what the link stands for; 1 to 64 characters of ``[A-Za-z0-9_-]``.
        name: file name at the end of the path, before percent-encoding.
        expires: POSIX seconds from which on the token is worth nothing; none: never.

    Raises:
        ValueError: the reference has other characters, or the expiry does not fit 32 bits.
    """
    if not _REFERENCE.match(reference):
        raise ValueError(f"reference {reference!r} has characters that a token cannot hold")
    if expires is not None and not NEVER < expires <= MAX_EXPIRES:
        raise ValueError(f"expiry {expires} is not a time this century")
    signed = f"{reference}{expires or NEVER:08x}"
    return signed + _mac(key, signed, name)


def open_token(key: bytes, token: str, name: str, now: float) -> str | None:
    """Give the reference of a genuine token that has not expired, for this very file name; else none."""
    found = _TOKEN.match(token)
    if found is None:
        return None
    reference, expiry, mac = found.groups()
    if not hmac.compare_digest(mac, _mac(key, reference + expiry, name)):
        return None
    expires = int(expiry, 16)
    return reference if expires == NEVER or now < expires else None


def path(token: str, name: str) -> str:
    """Write the whole path of a link.

    Raises:
        ValueError: the name is empty, a dot name, or holds a slash.
    """
    if name in ("", ".", "..") or "/" in name:
        raise ValueError(f"{name!r} cannot be the last part of a path")
    return f"{PREFIX}{token}/{quote(name, safe='')}"


def split(path: str) -> tuple[str, str] | None:
    """Token and file name of a path as it stood in the request line; none if it is no such path."""
    if not path.startswith(PREFIX):
        return None
    token, slash, name = path[len(PREFIX) :].partition("/")
    return (token, unquote(name)) if slash and token and name and "/" not in name else None


def _mac(key: bytes, signed: str, name: str) -> str:
    # The reference holds no NUL and the expiry has a fixed width, so no two triples give the same text.
    data = f"download\0{signed}\0{name}".encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(hmac.digest(key, data, "sha256")[:16])[:_MAC].decode("ascii")
