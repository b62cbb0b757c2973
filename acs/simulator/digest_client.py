"""HTTP authentication as a phone does it: Digest (RFC 7616 ``auth``, or RFC 2069 where no qop is offered) and Basic.

``answer`` is for a phone that was challenged; ``check`` is for its connection-request listener, which challenges.
"""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_PARAMETER: Final = re.compile(r'([\w\-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


def md5(text: str) -> str:
    """Lower-case hexadecimal MD5 of the text in UTF-8. Digest asks for MD5; nothing else here relies on it."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Challenge:
    """A ``WWW-Authenticate`` value, read. ``scheme`` is in lower case."""

    scheme: str
    parameters: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.parameters.get(name, "")


def read(value: str) -> Challenge:
    """One challenge or one ``Authorization`` value; parameter names in lower case, quotes taken off."""
    scheme, _, rest = value.strip().partition(" ")
    return Challenge(
        scheme.lower(),
        {name.lower(): re.sub(r"\\(.)", r"\1", quoted) or bare for name, quoted, bare in _PARAMETER.findall(rest)},
    )


def choose(values: Sequence[str]) -> Challenge | None:
    """The challenge to answer: the first Digest with MD5 or MD5-sess, else Basic, else none."""
    challenges = [read(value) for value in values]
    for challenge in challenges:
        if challenge.scheme == "digest" and challenge["algorithm"].upper() in ("", "MD5", "MD5-SESS"):
            return challenge
    return next((challenge for challenge in challenges if challenge.scheme == "basic"), None)


def basic(username: str, password: str) -> str:
    """An ``Authorization`` value for Basic."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the phone is towards one server."""

    username: str
    password: str


def digest_response(
    challenge: Challenge, credentials: Credentials, method: str, uri: str, *, nc: str, cnonce: str, qop: str
) -> str:
    """The 32 digits that prove knowledge of the password. ``qop`` empty: RFC 2069."""
    ha1 = md5(f"{credentials.username}:{challenge['realm']}:{credentials.password}")
    if challenge["algorithm"].upper() == "MD5-SESS":
        ha1 = md5(f"{ha1}:{challenge['nonce']}:{cnonce}")
    ha2 = md5(f"{method}:{uri}")
    middle = f"{challenge['nonce']}:{nc}:{cnonce}:{qop}" if qop else challenge["nonce"]
    return md5(f"{ha1}:{middle}:{ha2}")


class Authenticator:
    """Answers one server's challenges for the length of a session, counting uses of its nonce."""

    __slots__ = ("_challenge", "_count", "_credentials", "_make_cnonce", "_qop_wanted")

    def __init__(self, credentials: Credentials, make_cnonce: Callable[[], str], *, use_qop: bool = True) -> None:
        self._credentials = credentials
        self._make_cnonce = make_cnonce
        self._qop_wanted = use_qop
        self._challenge: Challenge | None = None
        self._count = 0

    def challenged(self, values: Sequence[str]) -> bool:
        """A 401 came with these ``WWW-Authenticate`` values; whether it is worth asking again.

        A second challenge to the same credentials means they are wrong, unless the nonce had only grown stale.
        """
        challenge = choose(values)
        if challenge is None:
            return False
        stale = challenge["stale"].lower() == "true"
        again = self._challenge is None or stale
        self._challenge = challenge
        self._count = 0
        return again

    def header(self, method: str, uri: str) -> str | None:
        """An ``Authorization`` value for the next request, once there was a challenge."""
        challenge = self._challenge
        if challenge is None:
            return None
        who = self._credentials
        if challenge.scheme == "basic":
            return basic(who.username, who.password)
        offered = [each.strip().lower() for each in challenge["qop"].split(",")]
        qop = "auth" if "auth" in offered and self._qop_wanted else ""
        self._count += 1
        nc, cnonce = f"{self._count:08x}", self._make_cnonce()
        response = digest_response(challenge, who, method, uri, nc=nc, cnonce=cnonce, qop=qop)
        parts = [
            f"username={_quoted(who.username)}",
            f"realm={_quoted(challenge['realm'])}",
            f"nonce={_quoted(challenge['nonce'])}",
            f"uri={_quoted(uri)}",
            f'response="{response}"',
        ]
        if challenge["algorithm"]:
            parts.append(f"algorithm={challenge['algorithm']}")
        if qop or challenge["algorithm"].upper() == "MD5-SESS":
            parts.append(f'cnonce="{cnonce}"')
        if qop:
            parts += [f"qop={qop}", f"nc={nc}"]
        if "opaque" in challenge.parameters:
            parts.append(f"opaque={_quoted(challenge['opaque'])}")
        return "Digest " + ", ".join(parts)


def check(authorization: str, credentials: Credentials, method: str, nonces: Callable[[str], bool]) -> bool:
    """Whether an ``Authorization`` value proves knowledge of the password for a nonce that ``nonces`` knows."""
    given = read(authorization)
    if given.scheme != "digest" or given["username"] != credentials.username or not nonces(given["nonce"]):
        return False
    expected = digest_response(
        given, credentials, method, given["uri"], nc=given["nc"], cnonce=given["cnonce"], qop=given["qop"]
    )
    return hmac.compare_digest(expected, given["response"].lower())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
