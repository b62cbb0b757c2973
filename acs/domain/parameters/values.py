"""Values on the wire: which xsi:type to write, and whether what reads back is what was written.

Phones normalise what they store (quirk 119), hide passwords (quirk 118) and insist on their own types (quirk 125).
"""

import re

_BOOLEANS = {"1": "1", "true": "1", "yes": "1", "on": "1", "0": "0", "false": "0", "no": "0", "off": "0"}
_NUMERIC = {"xsd:int", "xsd:unsignedInt", "xsd:long", "xsd:unsignedLong"}
_INTEGER = re.compile(r"[+-]?[0-9]{1,64}\Z")  # a phone may show any text; int() refuses thousands of digits
_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}\Z")
_SECRET = re.compile(
    r"(password|passwd|pswd|secret|passphrase|presharedkey|wepkey|privatekey|authkey)\Z", re.IGNORECASE
)
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


def on_wire(text: str, kind: str) -> str:
    """Give a value in the literal form its type wants: booleans as ``1`` and ``0`` (cwmp.md 1.1)."""
    if kind == "xsd:boolean":
        return _BOOLEANS.get(text.strip().lower(), text)
    return text


def is_secret(path: str) -> bool:
    """Say whether a parameter holds a secret, by the last part of its path."""
    return _SECRET.search(path.rsplit(".", 1)[-1]) is not None


def kept(path: str, value: str) -> str:
    """Give a value as it may be kept: not every phone hides the passwords that it holds, so we do."""
    return HIDDEN if value and is_secret(path) else value


def hidden(read: str) -> bool:
    """Say whether a phone shows a secret in place of its value: empty or as asterisks (quirk 118)."""
    return not read or re.fullmatch(r"\*{3,}", read) is not None


def same(written: str, read: str, kind: str) -> bool:
    """Say whether a phone that shows ``read`` holds what was ``written``, spelling aside."""
    if written == read:
        return True
    left, right = written.strip(), read.strip()
    if left == right:
        return True
    if kind == "xsd:boolean":
        return _BOOLEANS.get(left.lower(), left) == _BOOLEANS.get(right.lower(), right)
    if kind in _NUMERIC and _INTEGER.match(left) and _INTEGER.match(right):
        return int(left) == int(right)
    if _MAC.match(left) and _MAC.match(right):
        return re.sub("[:-]", "", left).lower() == re.sub("[:-]", "", right).lower()
    return False
