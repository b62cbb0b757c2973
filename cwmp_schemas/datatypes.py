"""Values of parameters, times and the types they may carry on the wire (TR-106 section 2.2, TR-069 A.2)."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

UNKNOWN_TIME: Final = "0001-01-01T00:00:00Z"
"""Time that is not known (TR-069 section 3.2.1)."""

INFINITE_TIME: Final = "9999-12-31T23:59:59Z"
"""Time that never comes (TR-069 section 3.2.1)."""


class TypedValue(NamedTuple):
    """A parameter's value as text and its type as ``xsd:name`` (or ``soap-enc:base64``)."""

    text: str
    type: str = "xsd:string"


VALUE_TYPES: Final = frozenset(
    {f"xsd:{name}" for name in ("string", "int", "unsignedInt", "long", "unsignedLong", "boolean", "dateTime")}
    | {"xsd:hexBinary", "xsd:base64Binary", "soap-enc:base64", "xsd:anySimpleType", "xsd:anyURI"}
    | {f"xsd:{name}" for name in ("decimal", "float", "double", "integer", "short", "byte", "unsignedShort")}
    | {f"xsd:{name}" for name in ("unsignedByte", "nonNegativeInteger", "positiveInteger", "date", "time", "token")}
)
"""Every type that this codec reads and writes as it stands."""

INTEGER_TYPES: Final = frozenset(
    {"xsd:int", "xsd:unsignedInt", "xsd:long", "xsd:unsignedLong", "xsd:integer", "xsd:short", "xsd:byte"}
    | {"xsd:unsignedShort", "xsd:unsignedByte", "xsd:nonNegativeInteger", "xsd:positiveInteger"}
)

TRIMMED_TYPES: Final = INTEGER_TYPES | {"xsd:boolean", "xsd:dateTime"}
"""Types whose blanks around the text mean nothing (quirk 69)."""

_BY_NAME: Final = {name.partition(":")[2].lower(): name for name in VALUE_TYPES}
_MISSPELT: Final = {
    "signedint": "xsd:int",
    "unsigendint": "xsd:unsignedInt",
    "uint": "xsd:unsignedInt",
    "bool": "xsd:boolean",
    "ui4": "xsd:unsignedInt",
    "i4": "xsd:int",
    "datetime": "xsd:dateTime",
    "base64": "soap-enc:base64",
}

DATE_TIME: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
"""xsd:dateTime, near enough to tell it from garbage."""


@lru_cache(maxsize=512)
def normalise_type(raw: str) -> tuple[str, bool]:
    """The type that an ``xsi:type`` means, and whether it is spelt oddly (quirk 53).

    Prefixes mean nothing here: devices declare any, or none. An unknown type reads as ``xsd:string``.
    """
    spelt = raw.strip()
    prefix, colon, local = spelt.rpartition(":")
    bare = local.partition("(")[0].strip()
    known = _BY_NAME.get(bare.lower()) or _MISSPELT.get(bare.lower())
    if known is None:
        return "xsd:string", True
    odd = spelt != raw or not colon or bare != local or local != known.partition(":")[2]
    if known == "soap-enc:base64" and prefix.lower() in ("xsd", "xs"):
        odd = True  # XML Schema knows base64Binary only
    return known, odd


TRUE_WORDS: Final = frozenset({"1", "true", "yes", "on", "enabled", "enable"})
FALSE_WORDS: Final = frozenset({"0", "false", "no", "off", "disabled", "disable", ""})


def lenient_bool(text: str) -> bool | None:
    """What a boolean's text means (quirk 54), none if it means nothing."""
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    return int(word) != 0 if word.isascii() and word.isdigit() and len(word) < 20 else None
