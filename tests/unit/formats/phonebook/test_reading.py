"""Told apart by content, counted, read; what a phone would drop is refused."""

import pytest

from acs.errors import BadFile
from acs.formats import phonebook

XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<FanvilIPPhoneDirectory clearlight="true"><Title>Company</Title>
<DirectoryEntry><Name>Bob &amp; Co</Name><Telephone>2001</Telephone><Telephone>2002</Telephone></DirectoryEntry>
<DirectoryEntry><Name>Anna</Name><Mobile>555</Mobile></DirectoryEntry></FanvilIPPhoneDirectory>"""
VCF = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob\r\nTEL;TYPE=WORK:2001\r\nEND:VCARD\r\n"
    b"BEGIN:VCARD\r\nitem1.N;X=1:A;B\r\nEND:VCARD\r\n"
)
CSV = b'"name","work","mobile","other","ring","groups"\r\n"Bob","2001","555","","Default","Users"\r\n\r\n'


@pytest.mark.parametrize(("data", "kind", "entries"), [(XML, "xml", 2), (VCF, "vcf", 2), (CSV, "csv", 1)])
def test_books_are_recognised_and_counted(data: bytes, kind: str, entries: int) -> None:
    assert phonebook.sniff(data) == kind
    assert phonebook.count(data) == entries
    assert phonebook.count(b"\xef\xbb\xbf" + data) == entries


@pytest.mark.parametrize("data", [b"", b"hello", b"a,b,c\r\n1,2,3", b"\x00\x01\x02", b"<html></html>"])
def test_other_files_are_none(data: bytes) -> None:
    assert phonebook.sniff(data) is None
    with pytest.raises(BadFile, match="phone book"):
        phonebook.count(data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (XML.replace(b"&amp;", b"&"), "well-formed"),
        (XML.replace(b"FanvilIPPhoneDirectory", b"Directory"), "root is <Directory>"),
        (XML.replace(b"<Name>Anna</Name>", b""), "entry 2 has no name"),
        (XML.replace(b"<FanvilIP", b"<!DOCTYPE a><FanvilIP", 1), "document type"),
        (VCF[:-12], "END:VCARD"),
        (VCF.replace(b"FN:Bob\r\n", b""), "line 4 has no name"),
        (VCF.replace(b"END:VCARD\r\n", b"", 1), "inside another"),
        (b"BEGIN:VCARD\nFN:x\nEND:VCARD\nEND:VCARD\n", "no begin"),
        (CSV + b'"Eve","1"\r\n', "row 3 has 2 columns, the header has 6"),
        (CSV + b'"Eve,1,,,,\r\n', "not CSV"),
    ],
)
def test_what_a_phone_would_drop_is_refused_with_its_reason(data: bytes, why: str) -> None:
    with pytest.raises(BadFile, match=why):
        phonebook.count(data)


@pytest.mark.parametrize(("data", "kind"), [(XML, "xml"), (VCF, "vcf"), (CSV, "csv")])
def test_what_is_read_says_what_it_was(data: bytes, kind: str) -> None:
    found = phonebook.read(data)
    assert found.kind == kind
    assert found.book.contacts[0].name.startswith("Bob")
    with pytest.raises(BadFile, match="not a phone book"):
        phonebook.read(b"hello")


def test_a_search_book_is_counted_but_not_read() -> None:
    data = b"<x><MenuItem><Prompt>Find</Prompt><URI>http://h/</URI></MenuItem></x>".replace(
        b"x>", b"AcmeIPPhoneDirectory>"
    )
    assert phonebook.count(data) == 1
    with pytest.raises(BadFile, match="search book"):
        phonebook.read(data)
