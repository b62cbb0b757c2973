"""HTTP authentication, both ways: a server that checks phones, a client that answers a phone's challenge.

RFC 7616 Digest with ``auth``, ``auth-int`` and ``-sess``, RFC 2069 (no ``qop``) and RFC 7617 Basic, as real phones
write them. The server keeps no state: a nonce carries its time and a MAC, so that any node takes it on any connection
(quirk 12). A nonce is 32 characters, because one deployed agent has no room for more (quirk 202).
"""

import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import unquote

from acs.errors import Remote

MAX_AGE: Final = 300.0
"""Seconds for which a nonce is good (RFC 7616 section 3.3 leaves it to the server)."""
MAX_HEADER: Final = 4096
"""Longest Authorization value that is looked at. The longest seen is about 600 characters."""
CLOCK_SKEW: Final = 60.0
"""Seconds by which the clocks of two nodes may differ."""

_OPAQUE: Final = "acs"
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
# The look-behind lets a match begin only where a word begins, so that hostile input costs linear time.
_PARAMETER: Final = re.compile(r"""(?<![\w-])([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s,"']+))""", re.ASCII)
_SCHEME: Final = re.compile(r"\s*(Digest|Basic|[\w-]+)(?:\s+|$)", re.IGNORECASE | re.ASCII)
_HEX_32: Final = re.compile(r"[0-9a-fA-F]{32}(?:[0-9a-fA-F]{32})?\Z")
_NONCE: Final = re.compile(r"[0-9a-f]{32}\Z")
_DUMMY_HA1: Final = "0" * 32


class Basic(NamedTuple):
    """Credentials in the clear (RFC 7617)."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Digest:
    """An ``Authorization: Digest`` value, quotes taken off, otherwise as the client wrote it."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    """32 (MD5) or 64 (SHA-256) hexadecimal digits in either case."""
    qop: str = ""
    """Empty: the client speaks RFC 2069."""
    nc: str = ""
    cnonce: str = ""
    algorithm: str = ""
    """Empty: MD5."""
    opaque: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the credentials are right; if not, whether a fresh nonce would help, and why not for the log."""

    ok: bool
    stale: bool = False
    reason: str = ""


class Unanswerable(Remote):
    """The other side's challenge cannot be answered; the message says why."""


# Server


def ha1(username: str, realm: str, password: str, algorithm: str = "MD5") -> str:
    """Hash of the user's secret for one realm: what a server may keep instead of the password."""
    return _hash(algorithm, f"{username}:{realm}:{password}".encode("utf-8", "surrogateescape"))


def challenge(realm: str, key: bytes, now: float, stale: bool = False) -> str:
    """Give the ``WWW-Authenticate`` value of a 401.

    Args:
        realm: plain printable text without quotes.
        key: server's secret for nonces, the same on every node.
        now: POSIX seconds.
        stale: the credentials were right but their nonce was not; the client need not ask its user.

    Raises:
        ValueError: the realm cannot be written in a header that every phone parses.
    """
    if not realm.isascii() or not realm.isprintable() or '"' in realm or "\\" in realm:
        raise ValueError(f"realm {realm!r} must be printable ASCII without quotes and backslashes")
    return (
        f'Digest realm="{realm}", nonce="{_nonce(int(now), realm, key)}", opaque="{_OPAQUE}", '
        f'qop="auth", algorithm=MD5{", stale=true" if stale else ""}'
    )


def basic_challenge(realm: str) -> str:
    """Give the ``WWW-Authenticate`` value that asks for Basic."""
    return f'Basic realm="{realm}"'


def parse_authorization(header: str | bytes) -> Basic | Digest | None:
    """Read an ``Authorization`` value, however oddly it is written (quirks 13, 163); none if there is no sense in it.

    Give the raw bytes where they are at hand: then a ``uri`` that is not UTF-8 still verifies.
    """
    if len(header) > MAX_HEADER:
        return None
    text = header.decode("utf-8", "surrogateescape") if isinstance(header, bytes) else header
    if "\n" in text:
        text = _FOLD.sub(" ", text)
    found = _SCHEME.match(text)
    if found is None:
        return None
    scheme = found[1].lower()
    if scheme == "digest":
        return _parse_digest(text[found.end() :])
    return _parse_basic(text[found.end() :]) if scheme == "basic" else None


def verify(
    auth: Digest,
    *,
    ha1: str | None,
    method: str,
    request_target: str,
    now: float,
    key: bytes,
    realm: str,
    body: bytes = b"",
    max_age: float = MAX_AGE,
) -> Verdict:
    """Check a client's answer. Writes nothing and remembers nothing.

    Args:
        auth: the parsed header.
        ha1: what ``ha1`` gave for ``auth.username`` in this realm; none for an unknown user, which takes as long.
        method: HTTP method of the request.
        request_target: target of the request line; the client's ``uri`` must point at the same path. One deployed
            agent sends an empty ``uri`` (quirk 203), which is taken as it is.
        now: POSIX seconds.
        key: server's secret for nonces.
        realm: our realm.
        body: the request's body, looked at only for ``auth-int``.
        max_age: seconds for which a nonce is good.
    """
    algorithm = auth.algorithm.lower()
    if algorithm not in ("", "md5", "md5-sess", "sha-256", "sha-256-sess"):
        return Verdict(False, reason=f"algorithm {auth.algorithm[:40]!r} is not known")
    if auth.qop.lower() not in ("", "auth", "auth-int"):
        return Verdict(False, reason=f"qop {auth.qop[:40]!r} is not known")
    if auth.realm != realm:
        return Verdict(False, reason=f"realm {auth.realm[:80]!r} is not ours")
    given = auth.response.lower().encode("ascii", "replace")
    secret = ha1 or _DUMMY_HA1
    right = hmac.compare_digest(given, _response(auth, secret, method, body, auth.nc).encode())
    if not right and auth.nc and len(auth.nc) < 8:
        # Some clients write nc without its leading zeros and still hash all eight digits.
        right = hmac.compare_digest(given, _response(auth, secret, method, body, auth.nc.zfill(8)).encode())
    if ha1 is None:
        return Verdict(False, reason="unknown user")
    if not right:
        return Verdict(False, reason="wrong password")
    if not _same_resource(auth.uri, request_target):
        return Verdict(False, reason=f"uri {auth.uri[:200]!r} does not point at {request_target[:200]!r}")
    age = _age(auth.nonce, realm, key, now)
    if age is None:
        return Verdict(False, stale=True, reason="nonce is not ours")
    if not -CLOCK_SKEW <= age <= max_age:
        return Verdict(False, stale=True, reason=f"nonce is {age:.0f} s old")
    return Verdict(True)


def verify_basic(auth: Basic, *, ha1: str | None, realm: str) -> Verdict:
    """Check a user and password in the clear against the same kept hash."""
    algorithm = "SHA-256" if ha1 is not None and len(ha1) == 64 else "MD5"
    given = _ha1(auth.username, realm, auth.password, algorithm)
    right = hmac.compare_digest(given.encode(), (ha1 or _DUMMY_HA1).encode("utf-8", "replace"))
    if ha1 is None:
        return Verdict(False, reason="unknown user")
    return Verdict(True) if right else Verdict(False, reason="wrong password")


# Client


def respond(
    challenge_header: str, username: str, password: str, method: str, uri: str, cnonce: str, nc: int = 1
) -> str:
    """Give the ``Authorization`` value that answers a phone's Digest challenge, for a request without a body.

    The header is built by hand in one canonical order, because phones parse it with ``strstr`` (quirk 225):
    ``algorithm`` and ``opaque`` only if challenged with, and ``algorithm`` quoted just as in the challenge.

    Args:
        challenge_header: the ``WWW-Authenticate`` value; of several challenges the first Digest counts.
        username: user name the phone expects.
        password: the password.
        method: HTTP method of the request.
        uri: target exactly as in the request line.
        cnonce: fresh random text, hexadecimal.
        nc: how often this nonce has been used, this time included.

    Raises:
        Unanswerable: no Digest, no nonce, control characters, or an algorithm or qop that is not known.
    """
    found = re.search(r"(?<![\w-])Digest\s+", challenge_header[:MAX_HEADER], re.IGNORECASE)
    if found is None:
        raise Unanswerable("the challenge offers no Digest")
    raw: dict[str, str] = {}
    quoted_algorithm = False
    rest = _FOLD.sub(" ", challenge_header[found.end() : MAX_HEADER])
    if any(each < " " and each != "\t" for each in rest):
        raise Unanswerable("the challenge holds control characters")  # they would reach our own header
    for name, text, quoted in _parameters(rest):
        if name in raw:
            break  # the next challenge in the same header
        raw[name] = text
        quoted_algorithm |= name == "algorithm" and quoted
    nonce, algorithm = raw.get("nonce", ""), raw.get("algorithm", "")
    if not nonce:
        raise Unanswerable("the challenge has no nonce")
    if algorithm.lower() not in ("", "md5", "md5-sess", "sha-256", "sha-256-sess"):
        raise Unanswerable(f"the challenge wants algorithm {algorithm}")
    offered = [each.strip().lower() for each in raw.get("qop", "").split(",") if each.strip()]
    qop = next((each for each in ("auth", "auth-int") if each in offered), "")
    if offered and not qop:
        raise Unanswerable(f"the challenge wants qop {raw['qop']}")
    realm = raw.get("realm", "")
    auth = Digest(username, _unescape(realm), _unescape(nonce), uri, "", qop, f"{nc:08x}", cnonce, algorithm)
    secret = _ha1(username, auth.realm, password, algorithm)
    parts = [
        f'username="{_escape(username)}"',
        f'realm="{realm}"',  # echoed in the challenge's own escapes
        f'nonce="{nonce}"',
        f'uri="{uri}"',
        f'response="{_response(auth, secret, method, b"", auth.nc)}"',
    ]
    if qop:
        parts += [f"qop={qop}", f"nc={auth.nc}", f'cnonce="{cnonce}"']
    elif algorithm.lower().endswith("-sess"):
        parts.append(f'cnonce="{cnonce}"')
    if algorithm:
        parts.append(f'algorithm="{algorithm}"' if quoted_algorithm else f"algorithm={algorithm}")
    if "opaque" in raw:
        parts.append(f'opaque="{raw["opaque"]}"')
    return "Digest " + ", ".join(parts)


def respond_basic(username: str, password: str) -> str:
    """Give the ``Authorization`` value that answers a Basic challenge."""
    return "Basic " + binascii.b2a_base64(f"{username}:{password}".encode(), newline=False).decode()


# Inside


_ha1 = ha1  # for the functions whose argument has the same name


def _hash(algorithm: str, data: bytes) -> str:
    if algorithm[:7].lower() == "sha-256":
        return hashlib.sha256(data).hexdigest()
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _nonce(issued: int, realm: str, key: bytes) -> str:
    """8 hexadecimal digits of time, 24 of MAC."""
    time = f"{issued & 0xFFFFFFFF:08x}"
    return time + hmac.digest(key, f"{time}|{realm}".encode(), "sha256")[:12].hex()


def _age(nonce: str, realm: str, key: bytes, now: float) -> float | None:
    """Seconds since we gave out that nonce; none if we never did."""
    lower = nonce.lower()
    if not _NONCE.match(lower):
        return None
    issued = int(lower[:8], 16)
    if not hmac.compare_digest(lower, _nonce(issued, realm, key)):
        return None
    return now - issued


def _response(auth: Digest, secret: str, method: str, body: bytes, nc: str) -> str:
    """RFC 7616 section 3.4.1: what ``response`` must be for the given HA1."""
    algorithm, qop = auth.algorithm, auth.qop
    if algorithm[-5:].lower() == "-sess":
        secret = _hash(algorithm, _bytes(f"{secret}:{auth.nonce}:{auth.cnonce}"))
    a2 = _bytes(f"{method}:{auth.uri}")
    if qop.lower() == "auth-int":
        a2 += b":" + _hash(algorithm, body).encode()
    middle = f"{auth.nonce}:{nc}:{auth.cnonce}:{qop}" if qop else auth.nonce
    return _hash(algorithm, _bytes(f"{secret}:{middle}:{_hash(algorithm, a2)}"))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _parse_digest(text: str) -> Digest | None:
    values: dict[str, str] = {}
    for name, double, single, bare in _PARAMETER.findall(text):
        # The first one counts: two values for one name must not mean two things to two readers.
        values.setdefault(name.lower(), _unescape(double) or single or bare)
    get = values.get
    nonce, response, username = get("nonce", ""), get("response", ""), get("username")
    if username is None or not nonce or not _HEX_32.match(response):
        return None
    return Digest(
        username=_readable(username),
        realm=get("realm", ""),
        nonce=nonce,
        uri=get("uri", ""),
        response=response,
        qop=get("qop", ""),
        nc=get("nc", ""),
        cnonce=get("cnonce", ""),
        algorithm=get("algorithm", ""),
        opaque=get("opaque", ""),
    )


def _parse_basic(text: str) -> Basic | None:
    token = "".join(text.split()).strip("\"'").rstrip("=")
    try:
        raw = binascii.a2b_base64(token + "=" * (-len(token) % 4), strict_mode=True)
    except ValueError:  # includes binascii.Error and characters beyond ASCII
        return None
    username, colon, password = raw.decode("utf-8", "surrogateescape").partition(":")
    return Basic(_readable(username), _readable(password)) if colon else None


def _parameters(text: str) -> Iterator[tuple[str, str, bool]]:
    """Names in lower case, values with their escapes still on, and whether they stood in quotes."""
    for name, double, single, bare in _PARAMETER.findall(text):
        yield name.lower(), double or single or bare, not bare


def _readable(text: str) -> str:
    """Text that may be kept and shown: what was not UTF-8 is read as latin-1."""
    if text.isascii() or not any("\udc80" <= each <= "\udcff" for each in text):
        return text
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _unescape(text: str) -> str:
    r"""Undo only ``\"`` and ``\\``: phones send ``DOMAIN\user`` unescaped."""
    return text if "\\" not in text else re.sub(r'\\(["\\])', r"\1", text)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _same_resource(uri: str, target: str) -> bool:
    """Whether the client's ``uri`` names the resource of the request line, absolute forms and queries aside."""
    if uri in ("", target):
        return True
    return _path(uri) == _path(target)


def _path(uri: str) -> str:
    if not uri.startswith("/"):
        _, slashes, rest = uri.partition("://")
        if slashes:
            slash = rest.find("/")
            uri = rest[slash:] if slash >= 0 else "/"
        else:
            uri = f"/{uri}"  # as the listener takes such a target
    return unquote(uri.partition("?")[0], errors="surrogateescape") or "/"
