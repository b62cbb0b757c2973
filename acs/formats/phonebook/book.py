"""A phone book as a value: contacts with numbers of three kinds, a ring, and groups.

The kinds are what all three kinds of file can say (``<Telephone>``, ``<Mobile>``, ``<Other>`` and the columns of the
CSV). The same name may occur more than once: companies have people of the same name.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, get_args

from acs.errors import BadRequest

Kind = Literal["xml", "vcf", "csv"]
NumberKind = Literal["work", "mobile", "other"]

FORMATS: tuple[Kind, ...] = get_args(Kind)
NUMBER_KINDS: tuple[NumberKind, ...] = get_args(NumberKind)
MAX_CONTACTS = 10_000
MAX_ENTRIES = 50_000
"""Of a file, usable or not."""
MAX_NUMBERS = 20
MAX_GROUPS = 500
MAX_MEMBERSHIPS = 20
MAX_NAME = 128
MAX_NUMBER = 128
MAX_GROUP = 64
MAX_RING = 64
SEPARATORS = re.compile(r"[,;|]")
"""What parts several groups in one cell or element."""
_DEFAULT_RINGS = frozenset({"", "0", "default"})


class Number(NamedTuple):
    """One number of a contact."""

    kind: NumberKind
    number: str
    """As it is dialled or shown: ``+46 8 555``, ``*98``, ``1000@host``."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One entry. Make it with `contact`, which checks it and puts it into its normal form."""

    name: str
    numbers: tuple[Number, ...] = ()
    ring: str = ""
    """Number or name of its ring tone; empty: the phone's default."""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A group; its ring stands for those of its contacts that have none of their own."""

    name: str
    ring: str = ""


@dataclass(frozen=True, slots=True)
class Phonebook:
    """A whole book, in its order."""

    title: str = ""
    groups: tuple[Group, ...] = ()
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry of a file that is no usable contact."""

    entry: int
    """Its place in the file, from 1."""
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a file."""

    kind: Kind
    book: Phonebook
    skipped: tuple[Skipped, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Fields that a book has no place for, and how many entries had something there."""
    joined: int = 0
    """Entries that were taken as further numbers of the contact before them."""


def contact(name: str, numbers: Iterable[tuple[str, str]], ring: str = "", groups: Iterable[str] = ()) -> Contact:
    """A checked contact: blanks trimmed, numbers sorted by kind, nothing twice.

    Raises:
        BadRequest: it would break a phone's file, or is too large; names the field.
    """
    name = _text(name, "name", MAX_NAME)
    if not name:
        raise BadRequest("name is empty", field="name")
    found: dict[Number, None] = {}
    for position, (kind, number) in enumerate(numbers):
        where = f"numbers.{position}"
        if kind not in NUMBER_KINDS:
            raise BadRequest(f"{where}.kind must be one of: {', '.join(NUMBER_KINDS)}", field=f"{where}.kind")
        found[Number(kind, dialled(number, f"{where}.number"))] = None
    if not found:
        raise BadRequest(f"{name!r} has no number", field="numbers")
    if len(found) > MAX_NUMBERS:
        raise BadRequest(f"{name!r} has {len(found)} numbers, more than {MAX_NUMBERS}", field="numbers")
    memberships = tuple(dict.fromkeys(group_name(group, f"groups.{at}") for at, group in enumerate(groups)))
    if len(memberships) > MAX_MEMBERSHIPS:
        raise BadRequest(f"{name!r} is in more than {MAX_MEMBERSHIPS} groups", field="groups")
    ordered = sorted(found, key=lambda number: NUMBER_KINDS.index(number.kind))
    return Contact(name, tuple(ordered), ring_name(ring), memberships)


def dialled(number: str, field: str = "number") -> str:
    """A number that can be dialled: anything that has a letter, a digit, ``*`` or ``#`` in it.

    Raises:
        BadRequest: it is none.
    """
    number = _text(number, field, MAX_NUMBER)
    if not _dialable(number):
        raise BadRequest(f"{field}: {number!r} is no number", field=field)
    return number


def _dialable(number: str) -> bool:
    return any(character.isalnum() or character in "*#" for character in number)


def group_name(name: str, field: str = "name") -> str:
    """A group's name. Files write several groups into one cell, so it holds nothing that parts them.

    Raises:
        BadRequest: it is none.
    """
    name = _text(name, field, MAX_GROUP)
    if not name or SEPARATORS.search(name):
        raise BadRequest(f"{field}: a group has a name without comma, semicolon and |", field=field)
    return name


def ring_name(ring: str, field: str = "ring") -> str:
    """A ring tone's number or name; what phones call their default is empty.

    Raises:
        BadRequest: it is none.
    """
    ring = _text(ring, field, MAX_RING)
    return "" if ring.casefold() in _DEFAULT_RINGS else ring


def title_of(title: str, field: str = "title") -> str:
    """A book's title.

    Raises:
        BadRequest: it is none.
    """
    return _text(title, field, MAX_NAME)


def _text(value: Any, field: str, longest: int) -> str:
    if not isinstance(value, str):
        raise BadRequest(f"{field} must be text", field=field)
    text = value.strip()
    if len(text) > longest:
        raise BadRequest(f"{field} has {len(text)} characters, more than {longest}", field=field)
    if not text.isprintable() and any(map(_breaks, text)):
        raise BadRequest(
            f"{field}: {text!r} holds a line break or another character that breaks a phone's file", field=field
        )
    return text


def _breaks(character: str) -> bool:
    # Spaces of all widths and the invisible marks of scripts and pictures are text; controls, lines, halves are not.
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in "\ufffe\uffff"


def check(book: Phonebook) -> None:
    """Look whether a book can be written.

    Raises:
        BadRequest: a contact would break the file, or there are too many; names it.
    """
    title_of(book.title)
    if len(book.contacts) > MAX_CONTACTS:
        raise too_many(len(book.contacts))
    for position, each in enumerate(book.contacts, 1):
        try:
            contact(each.name, each.numbers, each.ring, each.groups)
        except BadRequest as error:
            raise BadRequest(f"contact {position} ({each.name[:64]!r}): {error.message}", field=error.field) from None


def too_many(entries: int) -> BadRequest:
    """What is said of a book that is too large."""
    return BadRequest(f"{entries} contacts are more than the {MAX_CONTACTS} of one phone book", field="contacts")


def said(book: Phonebook, kind: Kind) -> Phonebook:
    """The book as a kind of file can say it.

    A group lives by its members, and its ring goes to those without their own; only XML has a title.
    """
    rings = {group.name: group.ring for group in book.groups if group.ring}
    contacts = tuple(
        replace(each, ring=each.ring or next((rings[name] for name in each.groups if name in rings), ""))
        for each in book.contacts
    )
    used = dict.fromkeys(name for each in contacts for name in each.groups)
    return Phonebook(book.title if kind == "xml" else "", tuple(map(Group, used)), contacts)


def left_out(book: Phonebook, kind: Kind) -> list[str]:
    """What a kind of file has no place for, in words."""
    used = {name for each in book.contacts for name in each.groups}
    found = [f"group {group.name!r} has no contacts" for group in book.groups if group.name not in used]
    if kind == "vcf" and not book.contacts:
        found.append("vcf cannot say that a book is empty: phones keep the one they have")
    if book.title and kind != "xml":
        found.append(f"{kind} has no title")
    single: Sequence[NumberKind] = {"xml": NUMBER_KINDS[1:], "csv": NUMBER_KINDS, "vcf": ()}[kind]
    for each in book.contacts:
        kinds = [number.kind for number in each.numbers]
        for repeated in (which for which in single if kinds.count(which) > 1):
            found.append(f"{each.name!r} has {kinds.count(repeated)} {repeated} numbers: they take an entry each")
    return found


def entries(each: Contact, *, repeatable: frozenset[NumberKind]) -> Iterator[Contact]:
    """A contact as entries with one number of each kind, or any number of those that are ``repeatable``."""
    waiting = {kind: [number for number in each.numbers if number.kind == kind] for kind in NUMBER_KINDS}
    while any(waiting.values()):
        row: list[Number] = []
        for kind, numbers in waiting.items():
            taken = len(numbers) if kind in repeatable else 1
            row += numbers[:taken]
            waiting[kind] = numbers[taken:]
        yield replace(each, numbers=tuple(row))


def join(rows: Iterable[Contact], *, repeatable: frozenset[NumberKind]) -> tuple[list[Contact], int]:
    """The reverse of `entries`: contacts, and how many entries were joined to the one before.

    An entry continues the one before if all but its numbers is the same, and the one before had no room for them.
    """
    found: list[Contact] = []
    joined = 0
    full: set[str] = set()
    for row in rows:
        kinds = {number.kind for number in row.numbers}
        last = found[-1] if found else None
        if (
            last is not None
            and (last.name, last.ring, last.groups) == (row.name, row.ring, row.groups)
            and kinds <= full
            and not kinds & repeatable
            and len(last.numbers) + len(row.numbers) <= MAX_NUMBERS
        ):
            found[-1] = contact(last.name, (*last.numbers, *row.numbers), last.ring, last.groups)
            joined += 1
        else:
            found.append(row)
        full = set(kinds)
    return found, joined


def split_groups(text: str) -> list[str]:
    """The groups in one cell or element."""
    return [name for part in SEPARATORS.split(text) if (name := part.strip())]


class Collector:
    """Takes the entries of a file, good and bad, and gives the reading."""

    def __init__(self, kind: Kind, *, repeatable: frozenset[NumberKind] = frozenset(NUMBER_KINDS)) -> None:
        self._kind: Kind = kind
        self._repeatable = repeatable
        self._rows: list[Contact] = []
        self._skipped: list[Skipped] = []
        self._left_out: dict[str, int] = {}
        self._seen = 0

    def entry(self, name: str, numbers: Sequence[tuple[str, str]], ring: str, groups: Iterable[str]) -> None:
        """Take in one entry; what stands where a number should be and is none is left out."""
        usable = [each for each in numbers if _dialable(each[1])]
        if len(usable) < len(numbers) and usable:
            self.no_place_for(["what is no number"])
        try:
            row = contact(name, usable, ring, groups)
        except BadRequest as error:
            self.unusable(error.message, name[:MAX_NAME].strip())
            return
        self._count()
        self._rows.append(row)
        if len(self._rows) > MAX_CONTACTS:
            raise too_many(len(self._rows))

    def unusable(self, reason: str, name: str = "") -> None:
        """Take in an entry of which nothing can be made."""
        self._count()
        self._skipped.append(Skipped(self._seen, name, reason))

    def _count(self) -> None:
        self._seen += 1
        if self._seen > MAX_ENTRIES:
            raise BadRequest(f"the file has more than {MAX_ENTRIES} entries", field="file")

    def no_place_for(self, names: Iterable[str]) -> None:
        """Note fields of the entry that a book does not hold."""
        for name in sorted(set(names)):
            if name in self._left_out or len(self._left_out) < 100:
                self._left_out[name] = self._left_out.get(name, 0) + 1

    def reading(self, title: str = "") -> Reading:
        """What came together."""
        contacts, joined = join(self._rows, repeatable=self._repeatable)
        names = dict.fromkeys(name for each in contacts for name in each.groups)
        try:
            title = title_of(title)
        except BadRequest:
            title = ""
        book = Phonebook(title, tuple(map(Group, names)), tuple(contacts))
        return Reading(self._kind, book, tuple(self._skipped), dict(self._left_out), joined)
