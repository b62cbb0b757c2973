"""Phone books as XML."""

import pytest
from lxml import etree

from acs.errors import BadFile
from acs.formats.phonebook import Group, Number, Phonebook, contact, directory

BOOK = Phonebook(
    "R&D",
    (Group("Users"), Group("VIP")),
    (
        contact("Bob <Jones> & Co", [("work", "2001"), ("work", "2002"), ("mobile", "555")], "", ["Users", "VIP"]),
        contact("Anna", [("mobile", "1"), ("mobile", "2"), ("other", "3")], "4"),
    ),
)
WRITTEN = """<?xml version="1.0" encoding="UTF-8"?>
<FanvilIPPhoneDirectory>
  <Title>R&amp;D</Title>
  <DirectoryEntry>
    <Name>Bob &lt;Jones&gt; &amp; Co</Name>
    <Telephone>2001</Telephone>
    <Telephone>2002</Telephone>
    <Mobile>555</Mobile>
    <Other></Other>
    <Ring>0</Ring>
    <Group>Users,VIP</Group>
  </DirectoryEntry>
  <DirectoryEntry>
    <Name>Anna</Name>
    <Telephone></Telephone>
    <Mobile>1</Mobile>
    <Other>3</Other>
    <Ring>4</Ring>
    <Group></Group>
  </DirectoryEntry>
  <DirectoryEntry>
    <Name>Anna</Name>
    <Telephone></Telephone>
    <Mobile>2</Mobile>
    <Other></Other>
    <Ring>4</Ring>
    <Group></Group>
  </DirectoryEntry>
</FanvilIPPhoneDirectory>
"""


def test_written_in_the_shape_that_phones_take() -> None:
    data = directory.write(BOOK)
    assert data.decode() == WRITTEN
    assert len(etree.fromstring(data)) == 4
    found = directory.read(data)
    assert (found.book, found.joined) == (BOOK, 1)


@pytest.mark.parametrize("root", ["FanvilIPPhoneDirectory", "AsteriskIPPhoneDirectory", "YealinkIPPhoneDirectory"])
def test_whoever_wrote_it(root: str) -> None:
    text = f"""<{root} clearlight="true"><Title>  Firm </Title><SoftKeyItem/>
    <DirectoryEntry><Name>
       Bob </Name><Telephone label="Office">1</Telephone><Telephone label="Mobile Phone">2</Telephone><Telephone/>
       <picture>b.bmp</picture><Ring>Default</Ring><Group>a; b</Group><Group>c</Group></DirectoryEntry>
    <DirectoryEntry><Name>Eve</Name><Telephone></Telephone></DirectoryEntry>
    <directoryentry><name>Ann</name><telephone>3</telephone></directoryentry></{root}>"""
    found = directory.read(text.encode("utf-16"))
    assert found.book.title == "Firm"
    assert found.book.contacts[0] == contact("Bob", [Number("work", "1"), Number("mobile", "2")], "", ["a", "b", "c"])
    assert found.book.contacts[1].name == "Ann"
    assert [(each.entry, each.name) for each in found.skipped] == [(2, "Eve")]
    assert found.left_out == {"picture": 1}


def test_line_breaks_in_names_are_told() -> None:
    entry = "<DirectoryEntry><Name>a\nb</Name><Telephone>1</Telephone></DirectoryEntry>"
    (skipped,) = directory.read(f"<XIPPhoneDirectory>{entry}</XIPPhoneDirectory>".encode()).skipped
    assert "line break" in skipped.reason


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY e "x">]><XIPPhoneDirectory><Title>&e;</Title></XIPPhoneDirectory>',
        "<XIPPhoneDirectory>&e;</XIPPhoneDirectory>",
        "<XIPPhoneDirectory><DirectoryEntry></XIPPhoneDirectory>",
        "<Directory/>",
        "<XIPPhoneDirectory><MenuItem><Prompt>a</Prompt></MenuItem></XIPPhoneDirectory>",
    ],
)
def test_what_is_no_directory(text: str) -> None:
    with pytest.raises(BadFile):
        directory.read(text.encode())
