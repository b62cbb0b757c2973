"""Phone books as vCards, by vobject: written as 3.0 (RFC 2426), read as 2.1, 3.0 and 4.0.

Phones' makers do not say which fields they take; ``FN`` and ``TEL;TYPE=WORK|CELL|HOME`` are taken everywhere, and
``N`` is what RFC 2426 demands besides. The ring has no field of its own and goes into ``X-RING``.
"""

import re
from collections.abc import Iterator
from typing import Any

import vobject
from vobject.base import Component, ContentLine

from acs.errors import BadFile
from acs.formats.fanvil_text import decode
from acs.formats.phonebook.book import Collector, NumberKind, Phonebook, Reading, split_groups

RING = "X-RING"
_TYPES: dict[NumberKind, str] = {"work": "WORK", "mobile": "CELL", "other": "HOME"}
_USED = frozenset({"VERSION", "N", "FN", "TEL", "CATEGORIES", "ORG", "NICKNAME", RING})
_SILENT = frozenset({"PRODID", "UID", "REV", "PROFILE", "SORT-STRING", "X-ABLABEL"})
"""Fields that nobody misses."""
_BOUNDARY = re.compile(r"[ \t]*(?:[A-Za-z0-9-]+\.)?(BEGIN|END)[ \t]*:[ \t]*VCARD[ \t]*", re.IGNORECASE)
_NAMED = re.compile(r"(?:[A-Za-z0-9-]+\.)?(?:FN|N)[;:]", re.IGNORECASE)
_LINE = re.compile(r"(?:[A-Za-z0-9-]{1,64}\.)?([A-Za-z0-9_-]{1,64})(;[^:\n]{0,512})?:", re.ASCII)
_PLAIN = re.compile(r";(?:ENCODING=)?[78]BIT(?=;|$)", re.IGNORECASE)
_QUOTED = re.compile(r"(?<=[;=])QUOTED-PRINTABLE(?=;|$)", re.IGNORECASE)
"""The library knows one spelling of one encoding, and takes any other for Base64."""
MAX_LINE = 4096
MAX_LINES = 200
"""Characters of the longest line and most lines of a card that go to the library: its time grows with their square."""


def write(book: Phonebook) -> bytes:
    """The bytes of a book as vCards 3.0: CRLF, folded at 75 characters."""
    cards = []
    for each in book.contacts:
        card = vobject.vCard()
        card.add("n").value = vobject.vcard.Name(family=each.name)
        card.add("fn").value = each.name
        for number in each.numbers:
            tel = card.add("tel")
            tel.value = number.number
            tel.params["TYPE"] = [_TYPES[number.kind]]
        if each.groups:
            card.add("categories").value = list(each.groups)
        if each.ring:
            card.add(RING.lower()).value = each.ring
        cards.append(str(card.serialize()))
    return "".join(cards).encode()


def cards_of(data: bytes) -> list[tuple[int, str]]:
    """Each card as text, with the number of the line that ends it.

    Raises:
        BadFile: a card does not begin or does not end.
    """
    cards: list[tuple[int, str]] = []
    lines: list[str] = []
    inside = False
    for number, line in enumerate(re.split(r"\r\n|\n|\r", decode(data)), 1):
        mark = _BOUNDARY.fullmatch(line)
        begins = mark is not None and mark[1].upper() == "BEGIN"
        if begins and inside:
            raise BadFile(f"phone book: line {number} begins a vCard inside another")
        if mark is not None and not begins and not inside:
            raise BadFile(f"phone book: the vCard that ends in line {number} has no begin")
        if begins:
            inside, lines = True, []
        elif mark is not None:
            inside = False
            cards.append((number, "\n".join(lines)))
        elif inside:
            lines.append(line)
    if inside:
        raise BadFile("phone book: the last vCard has no END:VCARD")
    return cards


def count(data: bytes) -> int:
    """The number of cards.

    Raises:
        BadFile: a card does not begin, does not end, or has no name.
    """
    cards = cards_of(data)
    for number, card in cards:
        if not any(_NAMED.match(line) for line in card.split("\n")):
            raise BadFile(f"phone book: the vCard that ends in line {number} has no name")
    return len(cards)


def read(data: bytes) -> Reading:
    """The book in a file of vCards.

    Raises:
        BadFile: a card does not begin, or does not end.
        BadRequest: it has too many cards.
    """
    collector = Collector("vcf")
    for _, text in cards_of(data):
        try:
            card, others = _card(text)
            name, numbers, ring, groups = _name(card), list(_numbers(card)), _first(card, RING), _groups(card)
        except Exception as error:  # noqa: BLE001 - the library raises whatever its own code stumbles over
            collector.unusable(f"not a readable vCard: {str(error)[:200] or type(error).__name__}")
            continue
        collector.entry(name, numbers, ring, groups)
        collector.no_place_for(others)
    return collector.reading()


def _card(text: str) -> tuple[Component, set[str]]:
    """A card of the fields that a book has a place for, and the names of the others."""
    used: list[str] = []
    others: set[str] = set()
    for line in _unfolded(text):
        head = _LINE.match(line)
        name = head[1].upper().replace("_", "-") if head else ""
        if head is None or (name in _USED and len(line) > MAX_LINE):
            others.add("unreadable lines")
        elif name in _USED:
            parameters = _QUOTED.sub("QUOTED-PRINTABLE", _PLAIN.sub("", head[2] or ""))
            used.append(f"{name}{parameters}:{line[head.end() :]}")
        elif name not in _SILENT and line[head.end() :].strip():
            others.add(name)
    if len(used) > MAX_LINES:
        raise ValueError(f"more than {MAX_LINES} lines")
    whole = "\n".join(["BEGIN:VCARD", *used, "END:VCARD", ""])
    return vobject.readOne(whole, transform=False, allowQP=True), others


def _unfolded(text: str) -> Iterator[str]:
    """The lines that were meant: one that begins with a blank goes on, and so does one of 2.1 that ends in ``=``."""
    pieces: list[str] = []
    soft = False
    for line in text.split("\n"):
        if soft:
            pieces.append(f"\n{line}")
        elif line[:1] in (" ", "\t") and pieces:
            pieces.append(line[1:])
        else:
            if pieces:
                yield "".join(pieces)
            pieces = [line] if line.strip() else []
        soft = bool(pieces) and line.endswith("=") and "QUOTED-PRINTABLE" in pieces[0].partition(":")[0].upper()
    if pieces:
        yield "".join(pieces)


def _lines(card: Component, name: str) -> Iterator[ContentLine]:
    for line in card.lines():
        if line.name == name:
            yield line


def _value(line: ContentLine) -> str:
    value: Any = line.value
    text = ",".join(value) if isinstance(value, list) else str(value)
    return text.strip()


def _first(card: Component, name: str) -> str:
    return next((text for line in _lines(card, name) if (text := _value(line))), "")


def _name(card: Component) -> str:
    if formatted := _first(card, "FN"):
        return formatted
    for line in _lines(card, "N"):
        family, given, middle, prefix, *_ = (*_parts(_value(line)), "", "", "", "")
        if name := " ".join(part for part in (prefix, given, middle, family) if part):
            return name
    organisation = " ".join(part for part in _parts(_first(card, "ORG")) if part)
    return organisation or _first(card, "NICKNAME")


def _parts(text: str) -> list[str]:
    """The fields of a structured value; a backslash takes its meaning from a semicolon."""
    return [
        re.sub(r"\\(.)", lambda found: " " if found[1] in "nN" else found[1], part).strip()
        for part in re.split(r"(?<!\\);", text)
    ]


def _numbers(card: Component) -> Iterator[tuple[NumberKind, str]]:
    for line in _lines(card, "TEL"):
        number = re.sub(r"^tel:", "", _value(line), flags=re.IGNORECASE)
        if number:
            yield _kind(line), number


def _kind(line: ContentLine) -> NumberKind:
    types = {part.strip().upper() for text in line.params.get("TYPE", ()) for part in text.split(",")}
    types |= {text.strip().upper() for text in line.singletonparams}
    if types & {"CELL", "MOBILE", "IPHONE"}:
        return "mobile"
    if types & {"FAX", "PAGER", "MODEM", "BBS", "VIDEO", "TEXTPHONE"}:
        return "other"
    return "other" if types & {"HOME", "OTHER", "CAR"} and "WORK" not in types else "work"


def _groups(card: Component) -> list[str]:
    return [name for line in _lines(card, "CATEGORIES") for name in split_groups(_value(line))]
