"""The HTTP connection request: a GET that asks a phone to call (TR-069 section 3.2.2, cwmp.md 3.2), without its socket.

``parse_url`` decides whether a reported URL may be used at all. ``ConnectionRequest.first`` gives the bytes to send;
``read_head`` reads what comes back; ``ConnectionRequest.answered`` gives the next bytes or the result. The result
says what the phone said; whether it calls is known only when it does (quirk 149).
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple

from acs.errors import BadRequest
from acs.protocols import digest
from acs.protocols.addresses import bracketed

MAX_HEAD: Final = 8192
"""Bytes of a response that are looked at."""
MAX_URL: Final = 1024
MAX_ROUNDS: Final = 3
"""Requests in one exchange: without credentials, with them, and once more if the nonce was stale."""

_URL: Final = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE)
_AUTHORITY: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{0,5}))?\Z")
_PARTS: Final = re.compile(
    r"(https?://)(\[[^\]/?#]*\]|[^:/?#@\[\]]*)((?::\d*)?(?:[/?#].*)?)\Z", re.IGNORECASE | re.DOTALL
)
_NUMERIC_LABEL: Final = re.compile(r"(?:\d+|0[xX][0-9A-Fa-f]*)\Z")
_STATUS_LINE: Final = re.compile(rb"HTTP/(\d)\.(\d) +(\d{3})(?: |\Z)")


class BadUrl(BadRequest):
    """A connection request URL that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to knock."""

    scheme: str
    """``http`` or ``https``."""
    host: str
    """Name or address to connect to, without brackets."""
    port: int
    request_target: str
    """Path and query, exactly as the phone wrote them (quirk 147)."""

    @property
    def host_header(self) -> str:
        """Value of the Host header."""
        host = bracketed(self.host)
        return host if self.port == _default_port(self.scheme) else f"{host}:{self.port}"


def parse_url(url: str) -> Target:
    """Read a reported ConnectionRequestURL.

    Whether the address may be reached (our own network, loopback) is policy and not decided here.

    Raises:
        BadUrl: not http or https, user-info, a zone id, an odd host or port, an address that is nobody's, or characters
            that cannot stand in a request line (quirk 146).
    """
    if len(url) > MAX_URL:
        raise _bad(f"it is longer than {MAX_URL} characters")
    if not all("!" <= each <= "~" for each in url):
        raise _bad("it holds spaces, control characters or non-ASCII text")
    found = _URL.match(url)
    if found is None:
        raise _bad("it is not an http or https URL")
    scheme, authority, rest = found[1].lower(), found[2], found[3]
    if "@" in authority:
        raise _bad("it holds a user name")
    if "%" in authority:
        raise _bad("its host has a zone id or escapes")
    split = _AUTHORITY.match(authority)
    if split is None:
        raise _bad(f"{authority!r} is no host and port")
    port = int(split[3]) if split[3] else _default_port(scheme)
    if not 0 < port < 65536:
        raise _bad(f"{port} is no port")
    host = _address(split[1]) if split[1] is not None else _host(split[2])
    return Target(scheme, host, port, rest if rest.startswith("/") else "/" + rest)


def _address(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError as error:
        raise _bad(f"{text!r} is no address") from error
    _refuse_nobody(address)
    return str(address)


def _host(name: str) -> str:
    # A resolver reads 0x7f.1 and 2130706433 as addresses, so what looks numeric must be a plain dotted one.
    if _NUMERIC_LABEL.match(name.rstrip(".").rsplit(".", 1)[-1]):
        return _address(name)
    labels = name.removesuffix(".").split(".")
    if len(name) > 253 or not all(0 < len(label) <= 63 for label in labels):
        raise _bad(f"{name[:80]!r} is no host name")
    return name.lower()


def _refuse_nobody(address: IPv4Address | IPv6Address) -> None:
    inner = getattr(address, "ipv4_mapped", None) or address
    if inner.is_unspecified or inner.is_multicast or inner == IPv4Address("255.255.255.255"):
        raise _bad(f"{address} is no phone's address")
    if address.version == 6 and address.is_link_local:
        raise _bad(f"{address} means nothing without a zone id")


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _bad(why: str) -> BadUrl:
    return BadUrl(f"connection request URL: {why}", field="connection_request_url")


def repaired(url: str, called_from: str) -> str:
    """Give a reported URL as it was meant (quirk 146).

    Without a scheme it is http. Where its host is no place at all (``0.0.0.0``, ``[::]``, none, an IPv6 link-local
    address), the phone is asked at the address that it called from.
    """
    url = url.strip()
    if url and "://" not in url[:16]:
        url = "http://" + url.lstrip("/")
    found = _PARTS.match(url)
    if found is None or not called_from:
        return url
    try:
        host = ip_address(found[2].strip("[]").partition("%")[0]) if found[2] else None
    except ValueError:
        return url
    if host is not None and not host.is_unspecified and not (host.version == 6 and host.is_link_local):
        return url
    return found[1] + bracketed(called_from) + found[3]


def moved(target: Target, host: str) -> Target:
    """Give the same door at another address."""
    return replace(target, host=host)


class Head(NamedTuple):
    """The head of a response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in order."""
    length: int
    """Bytes of the input that the head took."""
    http_1_0: bool = False

    def values(self, name: str) -> list[str]:
        """All values of a header."""
        return [value for each, value in self.headers if each == name]


def read_head(data: bytes) -> Head | None:
    """Read a response head as tolerantly as it can be done; none while it is incomplete.

    Raises:
        ValueError: it is no HTTP response, or longer than ``MAX_HEAD``.
    """
    end = re.search(rb"\r?\n\r?\n", data)
    line_end = data.find(b"\n")
    first = data[: line_end if line_end >= 0 else None].rstrip(b"\r")
    status = _STATUS_LINE.match(first)
    if status is None and (line_end >= 0 or not b"HTTP/".startswith(first[:5])):
        raise ValueError("not an HTTP response")
    if end is None or status is None:
        if len(data) > MAX_HEAD:
            raise ValueError(f"no end of the head within {MAX_HEAD} bytes")
        return None
    text = re.sub(r"\r?\n[ \t]+", " ", data[line_end : end.start()].decode("latin-1"))
    headers = []
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name.strip().lower(), value.strip()))
    return Head(int(status[3]), tuple(headers), end.end(), status[1] == b"1" and status[2] == b"0")


class Kind(StrEnum):
    """What the phone said."""

    ACCEPTED = "accepted"
    """200 or 204 (any 2xx): it will call, or so it says."""
    BUSY = "busy"
    """503: it is in a session or limits the rate; try again after some seconds (quirk 226)."""
    AUTH_FAILED = "auth_failed"
    """It does not take our credentials, or wants a scheme that we may not use. Do not loop."""
    REFUSED = "refused"
    """Any other status."""


@dataclass(frozen=True, slots=True)
class Result:
    """The end of the exchange."""

    kind: Kind
    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class Send:
    """The exchange goes on: send ``data`` as ``request`` says."""

    request: "ConnectionRequest"
    data: bytes
    skip: int | None
    """Bytes of the last response's body to read away before sending on the same connection; none: its end cannot be
    told, or the phone closes, so open a new connection (quirk 148)."""


@dataclass(frozen=True, slots=True)
class ConnectionRequest:
    """One exchange with one phone."""

    target: Target
    username: str
    password: str
    cnonce: str
    """Fresh random hexadecimal text."""
    allow_basic: bool = False
    """Send the password in the clear to a phone that wants Basic: by explicit rule only (quirk 152)."""
    new_connection: bool = False
    """Answer the challenge on a new connection (quirk 148)."""
    round: int = 0
    """Requests already answered."""

    def first(self) -> bytes:
        """The first GET, without credentials."""
        return self._get()

    def answered(self, head: Head) -> Send | Result:
        """Say what follows from the head of a response."""
        status = head.status
        if status == 401:
            return self._challenged(head)
        if 200 <= status < 300:
            return Result(Kind.ACCEPTED, status, "")
        if status == 503:
            return Result(Kind.BUSY, status, "busy")
        if status == 403 and self.round:
            return Result(Kind.AUTH_FAILED, status, "the phone forbids it")
        return Result(Kind.REFUSED, status, "")

    def _challenged(self, head: Head) -> Send | Result:
        challenges = head.values("www-authenticate")
        offered = ", ".join(challenges)
        stale = bool(re.search(r'stale\s*=\s*"?true', offered, re.IGNORECASE))
        if self.round and (not stale or self.round + 1 >= MAX_ROUNDS):
            return Result(Kind.AUTH_FAILED, 401, "the phone does not take our credentials")
        if not self.username and not self.password:
            return Result(Kind.AUTH_FAILED, 401, "the phone wants credentials and we know none")
        try:
            authorization = self._authorization(challenges)
        except digest.Unanswerable as error:
            return Result(Kind.AUTH_FAILED, 401, error.message)
        return Send(
            replace(self, round=self.round + 1), self._get(authorization), None if self.new_connection else _skip(head)
        )

    def _authorization(self, challenges: list[str]) -> str:
        reason = digest.Unanswerable("the phone gives no challenge")
        # MD5 comes first: some phones offer SHA-256 and compute it wrongly.
        for header in sorted(challenges, key=lambda each: "sha-" in each.lower()):
            try:
                return digest.respond(
                    header, self.username, self.password, "GET", self.target.request_target, self.cnonce
                )
            except digest.Unanswerable as error:
                reason = error
        if any(re.match(r"\s*Basic\b", each, re.IGNORECASE) for each in challenges):
            if self.allow_basic:
                return digest.respond_basic(self.username, self.password)
            reason = digest.Unanswerable("the phone wants Basic, and no rule allows it for this phone")
        raise reason

    def _get(self, authorization: str | None = None) -> bytes:
        """Write the request: names in canonical case, because phones look for them so (quirk 225)."""
        lines = [f"GET {self.target.request_target} HTTP/1.1", f"Host: {self.target.host_header}"]
        if authorization is not None:
            lines.append(f"Authorization: {authorization}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def _skip(head: Head) -> int | None:
    connection = ", ".join(head.values("connection")).lower()
    if "close" in connection or (head.http_1_0 and "keep-alive" not in connection):
        return None
    lengths = head.values("content-length")
    if head.values("transfer-encoding") or len(lengths) != 1 or not re.fullmatch(r"\d{1,6}", lengths[0], re.ASCII):
        return None
    return int(lengths[0])
