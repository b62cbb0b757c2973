"""read(write(book)) says the same in each kind of file, and a tour through all three loses nothing."""

import csv
import io
from itertools import pairwise
from typing import Any

import vobject
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from acs.errors import BadFile, BadRequest
from acs.formats import phonebook
from acs.formats.phonebook import Contact, Group, Kind, Number, Phonebook
from acs.formats.phonebook.book import NUMBER_KINDS

characters = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff"
)
hard = st.sampled_from(["a,b", 'say "x"', "A; B", "back\\slash", "\\n", "R&D <x>", "=1+1", "tel:1", "a:b=?", "é" * 80])
names = (st.text(characters, min_size=1, max_size=40) | hard).map(str.strip).filter(bool)
dialled = (
    st.sampled_from(["+46 8 555", "*98", "1000@host", "sip:7@h;x=1", "#31#,,5", "0170;1", "a\\b", "1&2"])
    | st.from_regex(r"[+*#]?[0-9]{1,15}", fullmatch=True)
)  # fmt: skip
numbers = st.tuples(st.sampled_from(NUMBER_KINDS), dialled)
group_names = names.map(lambda name: "".join(c for c in name if c not in ",;|").strip()[:64].strip()).filter(bool)
rings = st.sampled_from(["", "1", "9", "Type 3", "bell.wav"])


@st.composite
def contacts(draw: st.DrawFn) -> Contact:
    return phonebook.contact(
        draw(names),
        draw(st.lists(numbers, min_size=1, max_size=5)),
        draw(rings),
        draw(st.lists(group_names, max_size=3)),
    )


@st.composite
def books(draw: st.DrawFn) -> Phonebook:
    found = tuple(draw(st.lists(contacts(), max_size=6)))
    # Neighbours that differ in their numbers alone are one contact to a table (see the decision record).
    assume(all((a.name, a.ring, a.groups) != (b.name, b.ring, b.groups) for a, b in pairwise(found)))
    used = dict.fromkeys(name for each in found for name in each.groups)
    groups = [Group(name, draw(rings)) for name in used]
    return Phonebook(draw(st.just("") | names), (*groups, *draw(st.just(()) | st.just((Group("nobody's"),)))), found)


kinds = st.sampled_from(phonebook.FORMATS)


@settings(deadline=None, max_examples=40)
@given(books(), kinds)
def test_what_is_written_is_read(book: Phonebook, kind: Kind) -> None:
    data = phonebook.write(book, kind)
    assert data == phonebook.write(book, kind)
    if book.contacts or kind != "vcf":  # no card at all is no file of cards
        assert phonebook.sniff(data) == kind
        found = phonebook.read(data)
        assert (found.book, found.skipped, dict(found.left_out)) == (phonebook.said(book, kind), (), {})


@settings(deadline=None, max_examples=40)
@given(books(), st.permutations(phonebook.FORMATS))
def test_a_tour_through_all_of_them_loses_no_contact(book: Phonebook, tour: list[Kind]) -> None:
    assume(book.contacts)
    wanted = phonebook.said(book, "csv")
    for kind in (*tour, *tour):
        book = phonebook.read(phonebook.write(book, kind)).book
    assert (book.contacts, book.groups) == (wanted.contacts, wanted.groups)


@settings(deadline=None, max_examples=40)
@given(books())
def test_others_read_the_same(book: Phonebook) -> None:
    every = sorted((each.name, *number) for each in book.contacts for number in each.numbers)
    root = etree.fromstring(phonebook.write(book, "xml"))
    tags = {"Telephone": "work", "Mobile": "mobile", "Other": "other"}
    assert every == sorted(
        (entry.findtext("Name") or "", tags[str(leaf.tag)], leaf.text or "")
        for entry in root.iter("DirectoryEntry")
        for leaf in entry
        if leaf.tag in tags and leaf.text
    )
    text = phonebook.write(book, "csv").decode()
    rows = csv.DictReader(io.StringIO(text, newline=""))
    assert every == sorted((row["name"], kind, row[kind]) for row in rows for kind in NUMBER_KINDS if row[kind])
    data = phonebook.write(book, "vcf")
    assert all(len(line) <= 75 for line in data.decode().split("\r\n"))  # RFC 2426 5.8.1: characters
    types = {"WORK": "work", "CELL": "mobile", "HOME": "other"}
    cards: list[Any] = list(vobject.readComponents(data.decode()))
    for card in cards:
        card.validate(raiseException=True)
    assert every == sorted(
        (card.fn.value, types[tel.params["TYPE"][0]], tel.value) for card in cards for tel in card.contents["tel"]
    )


@settings(deadline=None, max_examples=40)
@given(
    st.binary(max_size=300)
    | st.builds(
        lambda head, rest: head + rest,
        st.sampled_from([b"BEGIN:VCARD\n", b"<FanvilIPPhoneDirectory>", b"name,work\n"]),
        st.binary(max_size=300)
        | st.lists(
            st.sampled_from(
                [b"TEL;", b"FN:a\n", b"ENCODING=QUOTED-PRINTABLE:", b"=FF=\n", b"END:VCARD\n", b"BEGIN:VCARD\n",
                 b"N:;;;\n", b"ORG:;\n", b"CHARSET=x;", b"<DirectoryEntry>", b"</DirectoryEntry>", b"<Name>x</Name>",
                 b"</FanvilIPPhoneDirectory>", b'"', b",", b"x,1\n", b"CATEGORIES:a,b\n", b"PHOTO;ENCODING=b:###\n"]
            ),
            max_size=12,
        ).map(b"".join),
    )
)  # fmt: skip
def test_anything_else_is_refused_in_our_words(data: bytes) -> None:
    try:
        found = phonebook.read(data)
    except (BadFile, BadRequest):
        return
    for each in found.book.contacts:
        assert each == phonebook.contact(each.name, each.numbers, each.ring, each.groups)
        assert all(isinstance(number, Number) for number in each.numbers)
