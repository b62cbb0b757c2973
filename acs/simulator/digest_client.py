"""HTTP authentication as a phone does it: Digest (RFC 7616, or RFC 2069 where no qop is offered) and Basic.

``Authenticator`` is for a phone that is challenged; ``check`` is for its connection-request listener, which challenges.
"""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

_PARAMETER: Final = re.compile(r'([\w\-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_QUOTED_OR_NEXT: Final = re.compile(
    r'"(?:[^"\\]|\\.)*"|,\s*(?=(?:Digest|Basic|Bearer|Negotiate|NTLM)\s+\w)', re.IGNORECASE
)


def md5(text: str) -> str:
    """Lower-case hexadecimal MD5 of the text in UTF-8. Digest asks for MD5; nothing else here relies on it."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sha256(text: str) -> str:
    """Lower-case hexadecimal SHA-256 of the text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


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


def split(values: Sequence[str]) -> list[str]:
    """Single challenges; some servers put several into one header (RFC 9110 11.6.1)."""
    found = []
    for value in values:
        start = 0
        for each in _QUOTED_OR_NEXT.finditer(value):
            if each[0].startswith(","):
                found.append(value[start : each.start()])
                start = each.end()
        found.append(value[start:])
    return found


def choose(values: Sequence[str], algorithm: str = "") -> Challenge | None:
    """The challenge to answer: the first Digest with that algorithm, else with MD5 or MD5-sess, else Basic, else none.

    The phones do not know SHA-256, except where ``algorithm`` says so.
    """
    challenges = [read(value) for value in split(values)]
    digests = [each for each in challenges if each.scheme == "digest"]
    wanted = [each for each in digests if algorithm and each["algorithm"].upper() == algorithm.upper()]
    known = [each for each in digests if each["algorithm"].upper() in ("", "MD5", "MD5-SESS")]
    basics = [each for each in challenges if each.scheme == "basic"]
    return next(iter([*wanted, *known, *basics]), None)


def basic(username: str, password: str) -> str:
    """An ``Authorization`` value for Basic."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the phone is towards one server."""

    username: str
    password: str


def digest_response(
    challenge: Challenge,
    credentials: Credentials,
    method: str,
    uri: str,
    *,
    nc: str,
    cnonce: str,
    qop: str,
    body: bytes = b"",
) -> str:
    """The digits that prove knowledge of the password. ``qop`` empty: RFC 2069."""
    algorithm = challenge["algorithm"].upper()
    digest = sha256 if algorithm.startswith("SHA-256") else md5
    ha1 = digest(f"{credentials.username}:{challenge['realm']}:{credentials.password}")
    if algorithm.endswith("-SESS"):
        ha1 = digest(f"{ha1}:{challenge['nonce']}:{cnonce}")
    a2 = f"{method}:{uri}"
    if qop == "auth-int":
        whole = hashlib.sha256(body) if digest is sha256 else hashlib.md5(body, usedforsecurity=False)
        a2 += f":{whole.hexdigest()}"
    middle = f"{challenge['nonce']}:{nc}:{cnonce}:{qop}" if qop else challenge["nonce"]
    return digest(f"{ha1}:{middle}:{digest(a2)}")


@dataclass(frozen=True, slots=True)
class Style:
    """How a phone writes its answers, where phones differ. The defaults are RFC 7616."""

    qop: Literal["auth", "auth-int", "none"] = "auth"
    algorithm: Literal["as-offered", "MD5-sess", "SHA-256"] = "as-offered"
    uri: Literal["target", "absolute", "empty", "wrong"] = "target"
    form: str = "usual"
    counted: bool = True
    made_up: bool = False
    gives_up_on_stale: bool = False


MADE_UP: Final = Challenge(
    "digest", {"realm": "IP Phone", "nonce": "00112233445566778899aabbccddeeff", "qop": "auth", "algorithm": "MD5"}
)
"""What a phone believes that was never challenged, or by another server."""


class Authenticator:
    """Answers one server's challenges for the length of a session, counting uses of its nonce."""

    __slots__ = ("_challenge", "_count", "_credentials", "_make_cnonce", "_refused", "_style")

    def __init__(self, credentials: Credentials, make_cnonce: Callable[[], str], style: Style | None = None) -> None:
        self._credentials = credentials
        self._make_cnonce = make_cnonce
        self._style = style or Style()
        self._challenge: Challenge | None = MADE_UP if self._style.made_up else None
        self._refused = self._style.made_up
        self._count = 0

    @property
    def challenged_once(self) -> bool:
        """Whether it will send an answer unasked."""
        return self._challenge is not None

    def new_session(self, credentials: Credentials) -> None:
        """A new session begins with the nonce of the last one: it may have grown old, so one more try is due."""
        self._credentials = credentials
        self._refused = self._challenge is not None and not self._style.gives_up_on_stale

    def challenged(self, values: Sequence[str]) -> bool:
        """A 401 came with these ``WWW-Authenticate`` values; whether it is worth asking again.

        A second challenge to the same credentials means they are wrong, unless the nonce had only grown stale.
        """
        challenge = choose(values, "" if self._style.algorithm == "as-offered" else self._style.algorithm)
        if challenge is None:
            return False
        stale = challenge["stale"].lower() == "true" and not self._style.gives_up_on_stale
        again = self._challenge is None or stale or self._refused
        self._refused = False
        self._challenge = challenge
        self._count = 0
        return again

    def header(self, method: str, uri: str, body: bytes = b"", *, absolute: str = "") -> str | None:
        """An ``Authorization`` value for the next request, once there was a challenge. ``absolute``: its whole URL."""
        challenge, style = self._challenge, self._style
        if challenge is None:
            return None
        who = self._credentials
        if challenge.scheme == "basic":
            return basic(who.username, who.password)
        if style.algorithm == "MD5-sess":
            challenge = Challenge("digest", {**challenge.parameters, "algorithm": "MD5-sess"})
        uri = {"absolute": absolute or uri, "empty": "", "wrong": "/another/place"}.get(style.uri, uri)
        offered = [each.strip().lower() for each in challenge["qop"].split(",")]
        qop = ""
        if style.qop == "auth-int":
            qop = "auth-int"
        elif style.qop == "auth":
            qop = next((each for each in ("auth", "auth-int") if each in offered), "")
        self._count += 1
        number = self._count if style.counted else 1
        nc = f"{number:x}" if style.form == "short-count" else f"{number:08x}"
        cnonce = self._make_cnonce()
        response = digest_response(challenge, who, method, uri, nc=nc, cnonce=cnonce, qop=qop, body=body)
        parts: dict[str, tuple[str, bool]] = {
            "username": (who.username, True),
            "realm": (challenge["realm"], True),
            "nonce": (challenge["nonce"], True),
            "uri": (uri, True),
            "response": (response.upper() if style.form == "capital-hex" else response, True),
        }
        if challenge["algorithm"]:
            parts["algorithm"] = challenge["algorithm"], False
        if qop or challenge["algorithm"].upper().endswith("-SESS"):
            parts["cnonce"] = cnonce, True
        if qop:
            parts |= {"qop": (qop, False), "nc": (nc, False)}
        if "opaque" in challenge.parameters and style.form != "no-opaque":
            parts["opaque"] = challenge["opaque"], True
        scheme = "digest" if style.form == "lower-case-scheme" else "Digest"
        return f"{scheme} " + ", ".join(
            f"{name}={_quoted(text) if _in_quotes(style.form, text, usual=quotes) else text}"
            for name, (text, quotes) in parts.items()
        )


def _in_quotes(form: str, text: str, *, usual: bool) -> bool:
    if form == "all-quoted":
        return True
    return usual and not (form == "unquoted" and re.fullmatch(r"[\w./:@+-]+", text))


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
