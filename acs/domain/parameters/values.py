"""Values on the wire: which xsi:type to write, and whether what reads back is what was written.

Phones normalise what they store (quirk 119), hide passwords (quirk 118) and insist on their own types (quirk 125).
"""

import re
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

_BOOLEANS = {"1": "1", "true": "1", "yes": "1", "on": "1", "0": "0", "false": "0", "no": "0", "off": "0"}
_NUMERIC = {"xsd:int", "xsd:unsignedInt", "xsd:long", "xsd:unsignedLong"}
_INTEGER = re.compile(r"[+-]?[0-9]{1,64}\Z")  # a phone may show any text; int() refuses thousands of digits
_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}\Z")
_SECRET = re.compile(
    r"(password|passwd|pswd|secret|passphrase|presharedkey|wepkey|privatekey|authkey|filekey)\Z", re.IGNORECASE
)
_LOGICAL_ID = re.compile(r"X_[\w-]{1,32}_UserInfo\.(userid|password)\Z", re.IGNORECASE)
"""Carriers call the password of a logical identifier ``UserId`` (cwmp.md 5.2)."""
HIDDEN = "***"
"""Stands for a secret wherever values are kept or told."""
KNOWN_TYPES = frozenset(
    {
        "xsd:string",
        "xsd:int",
        "xsd:unsignedInt",
        "xsd:long",
        "xsd:unsignedLong",
        "xsd:boolean",
        "xsd:dateTime",
        "xsd:base64Binary",
        "soap-enc:base64",
        "xsd:hexBinary",
        "xsd:decimal",
    }
)


def to_text(value: object) -> str:
    """Give an operator's JSON value as it goes on the wire."""
    if value is True:
        return "1"
    if value is False:
        return "0"
    return "" if value is None else str(value)


def guess_type(value: object) -> str:
    """Give the xsi:type for a value when the phone has not told its own."""
    if isinstance(value, bool):
        return "xsd:boolean"
    if isinstance(value, int):
        return "xsd:int" if value < 0 else "xsd:unsignedInt"
    return "xsd:string"


def qualified_type(name: str) -> str:
    """Give ``name`` with its prefix; TR-106's base64 is SOAP's, for XML Schema knows none of that name."""
    if name in ("base64", "xsd:base64"):
        return "soap-enc:base64"
    return name if ":" in name else f"xsd:{name}"


def on_wire(text: str, kind: str, *, words: bool = False) -> str:
    """Give a value in the literal form its type wants.

    Booleans as ``1`` and ``0`` (cwmp.md 1.1), or as words for a phone that takes nothing else (quirk 55); times as ISO
    8601 in UTC, also where a number of seconds was given: some phones refuse anything else (quirk 167).
    """
    if kind == "xsd:boolean":
        digit = _BOOLEANS.get(text.strip().lower(), text)
        return _WORDS.get(digit, digit) if words else digit
    if kind == "xsd:dateTime":
        return _iso(text)
    return text


_WORDS = {"1": "true", "0": "false"}


def _iso(text: str) -> str:
    moment = _moment(text)
    return text if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year >= 1000 else text


def _moment(text: str) -> datetime | None:
    """Give the moment that a text means; without a zone it is UTC. None: it means none, or the unknown time."""
    bare = text.strip()
    try:
        if re.fullmatch(r"[0-9]{1,11}", bare):
            return datetime.fromtimestamp(int(bare), UTC)
        moment = datetime.fromisoformat(re.sub(r"[zZ]\Z", "+00:00", bare))
    except (ValueError, OverflowError, OSError):
        return None
    if moment.year < 1000:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def is_secret(path: str) -> bool:
    """Say whether a parameter holds a secret, by the last part of its path."""
    if _SECRET.search(path.rsplit(".", 1)[-1]) is not None:
        return True
    return "_" in path and _LOGICAL_ID.search(path) is not None


def kept(path: str, value: str) -> str:
    """Give a value as it may be kept: not every phone hides the passwords that it holds, so we do."""
    return HIDDEN if value and is_secret(path) else value


def hidden(read: str) -> bool:
    """Say whether a phone shows a secret in place of its value: empty or as asterisks (quirk 118)."""
    return not read or re.fullmatch(r"\*{3,}", read) is not None


def same(written: str, read: str, kind: str) -> bool:
    """Say whether a phone that shows ``read`` holds what was ``written``, spelling aside (quirk 119).

    Blanks around it, quotes around it, blanks after commas; numbers, times, MAC and IP addresses in any spelling; host
    names in any case and with a dot at the end. Never the unit: 12 V is not 12000 (quirk 170).
    """
    if written == read:
        return True
    left, right = written.strip(), read.strip()
    if left == right:
        return True
    if kind == "xsd:boolean":
        return _BOOLEANS.get(left.lower(), left) == _BOOLEANS.get(right.lower(), right)
    if _INTEGER.match(left) and _INTEGER.match(right):
        return kind in _NUMERIC and int(left) == int(right)
    if kind == "xsd:dateTime":
        moment = _moment(left)
        return moment is not None and moment == _moment(right)
    if kind == "xsd:hexBinary":
        return left.lower() == right.lower()
    if _MAC.match(left) and _MAC.match(right):
        return re.sub("[:-]", "", left).lower() == re.sub("[:-]", "", right).lower()
    if kind in _FRACTIONAL and _DECIMAL.match(left) and _DECIMAL.match(right):
        return float(left) == float(right)
    left, right = _bare(left), _bare(right)
    if left == right:
        return True
    ours, theirs = _address(left), _address(right)
    if ours is not None or theirs is not None:
        return ours == theirs
    if _HOST.match(left) and _HOST.match(right):
        return left.rstrip(".").lower() == right.rstrip(".").lower()
    return False


_FRACTIONAL = {"xsd:decimal", "xsd:float", "xsd:double"}
_DECIMAL = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?\Z")
_HOST = re.compile(r"(?=.{1,255}\Z)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})+\.?\Z")


def _bare(text: str) -> str:
    """Give a text without the quotes around it and the blanks in its list."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return re.sub(r"\s*,\s*", ",", text).strip()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None
