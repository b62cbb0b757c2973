"""Phone books as vCards: as RFC 2426 says, and as it comes."""

import re
import time

import pytest

from acs.errors import BadFile
from acs.formats.phonebook import Number, Phonebook, Reading, contact, vcard

BOOK = Phonebook(
    "",
    (),
    (
        contact("Bob; J,r \\ x", [("work", "2001"), ("mobile", "+46 8;5,5"), ("other", "*98")], "3", ["Users", "VIP"]),
        contact("Jörg", [("work", "1"), ("work", "2")]),
    ),
)
WRITTEN = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nCATEGORIES:Users,VIP\r\nFN:Bob\\; J\\,r \\\\ x\r\nN:Bob\\; J\\,r \\\\ x;;;;\r\n"
    "TEL;TYPE=WORK:2001\r\nTEL;TYPE=CELL:+46 8\\;5\\,5\r\nTEL;TYPE=HOME:*98\r\nX-RING:3\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jörg\r\nN:Jörg;;;;\r\nTEL;TYPE=WORK:1\r\nTEL;TYPE=WORK:2\r\nEND:VCARD\r\n"
)


def test_written_as_3_0() -> None:
    data = vcard.write(BOOK)
    assert data.decode() == WRITTEN
    assert vcard.read(data).book.contacts == BOOK.contacts


def test_the_grammar_of_content_lines() -> None:
    """RFC 2426, 4: name, parameters, a colon, a value without controls; long lines go on after a blank."""
    long = contact("Ä" * 70 + "b" * 50, [("work", "1" * 100)], "", ["g" * 60, "h" * 60])
    text = vcard.write(Phonebook("", (), (*BOOK.contacts, long))).decode()
    assert all(len(line) <= 75 for line in text.split("\r\n"))
    lines = re.sub(r"\r\n[ \t]", "", text).removesuffix("\r\n").split("\r\n")
    for line in lines:
        assert re.fullmatch(r"[A-Z-]+(?:;[A-Z]+=[A-Z]+)*:[^\x00-\x08\x0a-\x1f\x7f]*", line), line
    cards = "\n".join(lines).split("END:VCARD")[:-1]
    for card in cards:
        names = [line.partition(":")[0].partition(";")[0] for line in card.strip().split("\n")]
        assert names[:2] == ["BEGIN", "VERSION"]
        assert (names.count("FN"), names.count("N")) == (1, 1)
        assert all(line.count(";") >= 4 for line in card.split("\n") if line.startswith("N:"))


def read(*lines: str, encoding: str = "utf-8", end: str = "\r\n") -> Reading:
    return vcard.read(end.join(("BEGIN:VCARD", *lines, "END:VCARD", "")).encode(encoding))


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_version_2_1(end: str) -> None:
    found = read(
        "VERSION:2.1",
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=",
        "=B6rg;;Dr.;",
        "TEL;WORK;VOICE;PREF:1",
        "TEL;CELL:2",
        "TEL;HOME:3",
        "TEL;FAX;WORK:4",
        "TEL:5",
        "PHOTO;ENCODING=BASE64;JPEG:",
        " AAAA",
        " BBBB",
        "",
        end=end,
    )
    wanted = [("work", "1"), ("mobile", "2"), ("other", "3"), ("other", "4"), ("work", "5")]
    assert found.book.contacts == (contact("Dr. Jörg Müller", wanted),)
    assert found.left_out == {"PHOTO": 1}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:J=F6rg", "Jörg"),
        ("FN;charset=iso-8859-1;encoding=quoted-printable:J=F6rg", "Jörg"),
        ("FN;quoted-printable:J=C3=B6rg", "Jörg"),
        ("fn:Jörg", "Jörg"),
        ("FN:Jörg\\;8bit:x", "Jörg;8bit:x"),
        ("FN;ENCODING=8BIT;CHARSET=UTF-8:Jörg", "Jörg"),
        ("PHOTO;ENCODING=b:###\r\nFN:Jörg", "Jörg"),
        ("FN:J\r\n ö\r\n\trg", "Jörg"),
        ("item1.FN:Jörg", "Jörg"),
        ("N:Müller\\;x;Jörg", "Jörg Müller;x"),
        ("FN:\r\nORG:Firm;Sales", "Firm Sales"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_names_in_every_spelling(line: str, name: str, encoding: str) -> None:
    found = read("VERSION:2.1", line, "TEL:1", encoding=encoding)
    assert [each.name for each in found.book.contacts] == [name]


def test_version_4_0_and_groups_of_properties() -> None:
    found = read(
        "VERSION:4.0",
        "FN:Anna",
        'TEL;VALUE=uri;TYPE="voice,work";PREF=1:tel:+1-555;ext=5',
        "item1.TEL;TYPE=cell,voice:2",
        "item1.X-ABLabel:private",
        "TEL;TYPE=HOME;TYPE=pref:3",
        "TEL;TYPE=text:",
        "CATEGORIES:a,b\\,c",
        "EMAIL:a@b",
        "NOTE:",
    )
    wanted = [Number("work", "+1-555;ext=5"), Number("mobile", "2"), Number("other", "3")]
    assert found.book.contacts == (contact("Anna", wanted, "", ["a", "b", "c"]),)
    assert found.left_out == {"EMAIL": 1}


def test_cards_that_are_no_contacts_are_told() -> None:
    text = "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}\r\nEND:VCARD\r\n"
        for lines in (
            "FN:No number",
            "FN:Good\r\nTEL:1\r\nthis is no line",
            "TEL:1",
            "FN:Two\\nlines\r\nTEL:1",
            "FN;ENCODING=QUOTED-PRINTABLE;CHARSET=klingon:A\r\nTEL:1",
            "FN:Many\r\n" + "TEL:1\r\n" * 200,
        )
    )
    found = vcard.read(text.encode())
    assert [each.name for each in found.book.contacts] == ["Good"]
    assert [each.entry for each in found.skipped] == [1, 3, 4, 5, 6]
    reasons = [each.reason for each in found.skipped]
    for reason, words in zip(reasons, ("no number", "name is empty", "line break", "klingon", "lines"), strict=True):
        assert words in reason
    assert found.left_out == {"unreadable lines": 1}


@pytest.mark.parametrize("text", ["BEGIN:VCARD\nFN:a\n", "END:VCARD\n", "BEGIN:VCARD\nBEGIN:VCARD\nEND:VCARD\n"])
def test_what_is_no_file_of_cards(text: str) -> None:
    with pytest.raises(BadFile):
        vcard.read(text.encode())


@pytest.mark.parametrize(
    "line",
    [
        "TEL" + ";A=B" * 50_000,
        "TEL;" + "a" * 200_000,
        'TEL;A="' + '";B="' * 40_000 + ":1",
        "TEL;A=" + "a," * 100_000 + ":1",
        "a." * 100_000,
        "FN:" + "\\;" * 100_000,
        "FN:a" + "\n b" * 100_000,
        "FN;ENCODING=QUOTED-PRINTABLE:" + "=\n" * 100_000,
        "QUOTED-PRINTABLE" * 20_000,
        "N" + ";8BIT" * 50_000 + ":x",
        "PHOTO;ENCODING=b:" + "\n " + "A" * 1_000_000,
    ],
    ids=lambda line: line[:12],
)
def test_what_would_take_the_library_hours_does_not_reach_it(line: str) -> None:
    began = time.monotonic()
    found = vcard.read(f"BEGIN:VCARD\nFN:Anna\nTEL:1\n{line}\nEND:VCARD\n".encode())
    assert [each.name for each in found.book.contacts] == ["Anna"]
    assert time.monotonic() - began < 5.0


def test_a_fold_within_blanks() -> None:
    book = Phonebook("", (), (contact(f"a{' ' * 120}b", [("work", "1")]),))
    assert vcard.read(vcard.write(book)).book == book


def test_a_card_at_the_limits_is_quick() -> None:
    began = time.monotonic()
    lines = "".join(f"TEL;TYPE={'a,' * 250};X={'b' * 10}:{'1' * 3500}\n" for _ in range(190))
    assert vcard.read(f"BEGIN:VCARD\nFN:Anna\n{lines}END:VCARD\n".encode()).skipped
    assert time.monotonic() - began < 5.0
