"""What may be shown of an exchange with a phone: everything but its secrets.

Works on text and not on a parsed tree, because what a trace is wanted for is often what no parser takes. In doubt it
hides: an element that is never closed hides all that follows, a value without a name is hidden.
"""

import html
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from acs.domain.parameters.values import HIDDEN, is_secret

MAX_HEADERS: Final = 64
MAX_HEADER: Final = 512
"""Characters of one header's value."""

_SECRET_NAME: Final = re.compile(
    r"pass(?!ive|through)|pswd|secret|psk|presharedkey|wepkey|privatekey|authkey|user_?name|user_?id|user_?info"
    r"|voucher|token|credential|file_?key|(?:^|[._-])(?:user|pin|key)\Z",
    re.IGNORECASE,
)
"""Names of elements and parameters whose content is not shown; wider than ``is_secret``, for nobody needs it here."""
_SECRET_HEADER: Final = re.compile(r"auth|cookie|token|secret|passw|api-?key|session|credential", re.IGNORECASE)
_CREDENTIAL: Final = re.compile(r"""([A-Za-z][\w-]*)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,"]*)""")
_SHOWN_CREDENTIALS: Final = frozenset({"realm", "algorithm", "qop", "nc", "stale", "charset", "userhash", "uri"})
_COOKIE: Final = re.compile(r"([^=;,\s]+)\s*=\s*(\"[^\"]*\"?|[^;,]*)")
_COOKIE_ATTRIBUTES: Final = frozenset(
    {"path", "domain", "expires", "max-age", "samesite", "$version", "$path", "$domain", "version"}
)

_USER_INFO: Final = re.compile(r"(?<=://)[^\s/@<>\"']{1,512}@")
_SIGNED: Final = re.compile(r"(?<=/)([a-z]{1,8})/[A-Za-z0-9_-]{31,}(?=/)")
"""Our own links: whoever has the path may fetch or send the file."""
_QUERY: Final = re.compile(r"(?<=\?)[^\s<>\"'?]*=[^\s<>\"']*")
_INLINE: Final = re.compile(
    r"(?i)((?:pass(?:word|wd|phrase)|pswd|secret|user(?:name|id))[\w.-]{0,40}(?:&gt;|&#62;|&quot;|&#34;|[=:\"'\s]){1,8})"
    r"([^\s&<>\"',;]+)"
)
"""A secret in running text, such as an envelope within a value, or a line ``password = …``."""
_FILE_KEY: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{64}(?![0-9A-Za-z])")
"""A key of encrypted files, or a digest that nobody misses."""

SHORTEST_SECRET: Final = 4
"""Characters of a secret that is worth hiding in running text; a shorter one is in every second word."""
_OWN_VALUE: Final = re.compile(r"<Name>([^<]*)</Name>\s*<Value[^>]*>([^<]+)</Value>")
_OWN_PASSWORD: Final = re.compile(r"<Password>([^<]+)</Password>")
_FAULT_STRING: Final = re.compile(r"(?is)<(?:[\w.-]+:)?faultstring\b.*?(?=</|\Z)")

_TAG: Final = (
    r"<(?P<end>/?)(?P<name>[^\s<>/!?\"'=]+)"
    r"(?P<rest>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*'|[\"'])*?)(?P<empty>/?)(?:>|(?=<)|\Z)"
)
_READINGS: Final = (
    re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|" + _TAG, re.DOTALL),
    re.compile(_TAG),
)
"""Tags as XML has them, and tags wherever something looks like one: a comment may be a mistake that hides them."""
_ATTRIBUTE: Final = re.compile(r"(?<![\w:.-])([\w:.-]{1,100})\s{0,9}=\s{0,9}(?:\"([^\"]*)\"?|'([^']*)'?|([^\s\"'>]+))")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\u200b-\u200f\u202a-\u202e]")
_CHARSET: Final = re.compile(r"""(?:charset|encoding)\s*=\s*['"]?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)


def headers(given: Iterable[tuple[bytes, bytes]]) -> list[list[str]]:
    """Give headers as they may be shown, in their order."""
    shown = []
    for number, (name_bytes, value_bytes) in enumerate(given):
        if number == MAX_HEADERS:
            shown.append(["...", "more headers are not shown"])
            break
        name = _UNSEEN.sub("", name_bytes.decode("latin-1"))[:64]
        value = _UNSEEN.sub("", value_bytes[: 4 * MAX_HEADER].decode("latin-1"))
        shown.append([name, _header(name.lower(), value)[:MAX_HEADER]])
    return shown


def _header(name: str, value: str) -> str:
    if name in ("authorization", "www-authenticate", "proxy-authorization", "proxy-authenticate"):
        scheme, _, rest = value.strip().partition(" ")
        known = scheme if scheme.lower() in ("digest", "basic", "bearer") else HIDDEN
        if scheme.lower() != "digest" and not name.endswith("authenticate"):
            return f"{known} {HIDDEN}"
        pairs = [
            f"{key}={part if key.lower() in _SHOWN_CREDENTIALS else HIDDEN}" for key, part in _CREDENTIAL.findall(rest)
        ]
        return target(f"{known} {', '.join(pairs)}".strip())
    if name in ("cookie", "set-cookie", "cookie2", "set-cookie2"):
        pairs = [
            f"{key}={part.strip() if key.lower() in _COOKIE_ATTRIBUTES else HIDDEN}"
            for key, part in _COOKIE.findall(value)
        ]
        return "; ".join(pairs) or HIDDEN
    return HIDDEN if _SECRET_HEADER.search(name) else target(value)


def target(text: str) -> str:
    """Give a URL, a request target or text with such in it, without what opens doors."""
    text = _USER_INFO.sub(f"{HIDDEN}@", text)
    return _QUERY.sub(HIDDEN, _SIGNED.sub(rf"\1/{HIDDEN}", text))


def decoded(body: bytes, content_type: str = "") -> str:
    """Give bytes as text, whatever they are; characters that play with terminals, databases or this module go."""
    charset = "utf-8"
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        charset = "utf-16"
    elif body[:1] == b"<" and body[1:2] == b"\0":
        charset = "utf-16-le"
    elif body[:2] == b"\0<":
        charset = "utf-16-be"
    else:
        found = _CHARSET.search(content_type) or _CHARSET.search(body[:200].decode("latin-1"))
        if found is not None and found.group(1).lower() in ("iso-8859-1", "latin1", "windows-1252", "gb2312", "gbk"):
            charset = found.group(1)
    return _UNSEEN.sub("", body.decode(charset, "replace")).lstrip("\ufeff")


def envelope(text: str) -> str:
    """Give a message, well-formed or not, with the content of secret elements and parameters replaced."""
    cuts = sorted({span for reading in _READINGS for span in _secret_spans(text, reading)})
    parts, at = [], 0
    for start, end in cuts:
        if end <= at or start == end:
            continue
        start = max(start, at)
        parts += [_plain(text[at:start]), HIDDEN]
        at = end
    parts.append(_plain(text[at:]))
    return "".join(parts)


def secrets_asked(text: str) -> frozenset[str]:
    """Give the secrets that a message of ours writes into a phone, or tells it for a file server."""
    found = {html.unescape(value) for name, value in _OWN_VALUE.findall(text) if is_secret(name)}
    found |= {html.unescape(value) for value in _OWN_PASSWORD.findall(text)}
    return frozenset(value for value in found if len(value) >= SHORTEST_SECRET)


def complaint(text: str, secrets: Iterable[str]) -> str:
    """Give a message whose words on what went wrong do not repeat what it was asked to keep secret."""
    spellings = sorted({form for each in secrets for form in (each, html.escape(each), html.escape(each, False))})
    if not spellings or "faultstring" not in text.lower():
        return text
    pattern = re.compile("|".join(map(re.escape, sorted(spellings, key=len, reverse=True))))
    return _FAULT_STRING.sub(lambda found: pattern.sub(HIDDEN, found[0]), text)


def _plain(text: str) -> str:
    return _FILE_KEY.sub(HIDDEN, _INLINE.sub(lambda found: found.group(1) + HIDDEN, target(text)))


def _folded(name: str) -> str:
    """Devices spell names in other cases."""
    return name.capitalize() if name.lower() in ("name", "value") else name


class _Span(NamedTuple):
    """Content of one element, or of what is left of it."""

    start: int
    end: int


def _secret_spans(text: str, tags: re.Pattern[str]) -> Iterator[_Span]:
    """Find what is to be hidden: from the end of a start tag to its end tag, or to the end of all."""
    group = _Group()
    inside = ""  # the element that we are in, of those that matter
    depth = start = 0
    for token in tags.finditer(text):
        name = _folded((token["name"] or "").rpartition(":")[2])
        if not name:
            continue
        if token["rest"] and not token["end"]:
            yield from _secret_attributes(token)
        if inside:
            if name == inside:
                if token["end"]:
                    depth -= 1
                elif not token["empty"]:
                    depth += 1
            if depth == 0:
                yield from group.ended(inside, _Span(start, token.start()), text)
                inside = ""
            elif (inside == "Name" and name != "Name") or (
                inside == "Value" and name in ("Name", "Value")
            ):  # not closed
                yield from group.ended(inside, _Span(start, token.start()), text)
                inside, depth = "", 0
            else:
                continue
        if token["end"] or token["empty"]:
            if name not in ("Name", "Value"):
                yield from group.closed()
            continue
        if name in ("Name", "Value") or _SECRET_NAME.search(name):
            inside, depth, start = name, 1, token.end()
        else:
            yield from group.closed()
    if inside:
        yield from group.ended(inside, _Span(start, len(text)), text)
    yield from group.closed()


def _secret_attributes(token: re.Match[str]) -> Iterator[_Span]:
    for found in _ATTRIBUTE.finditer(token["rest"]):
        local = found.group(1).rpartition(":")[2]
        if _SECRET_NAME.search(local) and not found.group(1).lower().startswith("xmlns"):
            which = next((number for number in (2, 3, 4) if found.group(number)), 0)
            if which:
                yield _Span(token.start("rest") + found.start(which), token.start("rest") + found.end(which))


class _Group:
    """Names and values that stand together; in sound messages one of each."""

    def __init__(self) -> None:
        self.secret = False
        self.named = False
        self.values: list[_Span] = []

    def ended(self, element: str, span: _Span, text: str) -> Iterator[_Span]:
        """An element that matters is over."""
        if element == "Value":
            self.values.append(span)
        elif element == "Name":
            name = html.unescape(re.sub(r"<!\[CDATA\[|\]\]>|<!--.*?-->|<[^>]*>|\s", "", text[span.start : span.end]))
            self.named = True
            self.secret = self.secret or _SECRET_NAME.search(name) is not None
        else:
            yield span

    def closed(self) -> Iterator[_Span]:
        """Their structure is over: say which values must not be seen, and begin anew."""
        if self.secret or not self.named:
            yield from self.values
        self.secret = self.named = False
        self.values = []
