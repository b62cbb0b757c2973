"""How any key becomes the name of an XML element and comes back: what a name cannot hold is written as ``_x0023_``.

The keys of the phones hold letters, digits, hyphens and spaces, with few exceptions (``Busy N/A Line``, ``Dial End With
#``). The escape is the usual one of XML tools; a phone that does not know it passes such an element over.
"""

import re
from functools import lru_cache

_WRONG = re.compile(r"[^A-Za-z0-9._-]|^[0-9.-]|_(?=x[0-9A-F]{4})")
_WRONG_WITH_SPACES = re.compile(r"[^A-Za-z0-9. -]|^[0-9.-]| (?=x[0-9A-F]{4})")
_CODE = re.compile(r"_x[0-9A-F]{4,6}_")
_PLAIN = re.compile(r"[A-Za-z0-9.-]")
_FIRST = frozenset("0123456789.-")
_DOT = "_x002E_"
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SPECIAL = re.compile("[&<>]")


def text(value: str) -> str:
    """A value as the content of an element."""
    return value.translate(_ESCAPES) if _SPECIAL.search(value) else value


@lru_cache(maxsize=8192)
def escaped(name: str, *, dots: bool = False) -> str:
    """A name without spaces as one that XML allows; ``dots`` are escaped too where they part the names of a path."""
    plain = _WRONG.sub(_code, name)
    return plain.replace(".", _DOT) if dots else plain


@lru_cache(maxsize=8192)
def unescaped(name: str, *, dots: bool = False) -> str:
    """The name that `escaped` was given; an escape that it would not have written is none."""
    if "_x" not in name:
        return name
    return _CODE.sub(lambda found: "." if dots and found[0] == _DOT else _character(found), name)


@lru_cache(maxsize=8192)
def underscored(name: str) -> str:
    """A name as one that XML allows, with ``_`` for each of its spaces."""
    return _WRONG_WITH_SPACES.sub(_code, name).replace(" ", "_")


@lru_cache(maxsize=8192)
def spaced_out(name: str) -> str:
    """The name that `underscored` was given: every underscore is a space, unless it belongs to an escape."""
    found: list[str] = []
    end = 0
    for code in _CODE.finditer(name):
        character = _character(code)
        if character != code[0]:
            found += (name[end : code.start()].replace("_", " "), character)
            end = code.end()
    return "".join((*found, name[end:].replace("_", " ")))


def plain_length(name: str) -> int:
    """How long a name is that was written with escapes."""
    return len(_CODE.sub("-", name))


def _code(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def _character(found: re.Match[str]) -> str:
    digits = found[0][2:-1]
    code = int(digits, 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000 or f"{code:04X}" != digits:
        return found[0]
    character = chr(code)
    needed = not _PLAIN.fullmatch(character) or (found.start() == 0 and character in _FIRST)
    return character if needed else found[0]
