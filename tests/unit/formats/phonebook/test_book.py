"""Contacts in their normal form, and what is none."""

import pytest

from acs.errors import BadRequest
from acs.formats import phonebook
from acs.formats.phonebook import Contact, Group, Number, Phonebook, contact, left_out, said
from acs.formats.phonebook.book import Collector, entries, join


def test_the_normal_form() -> None:
    made = contact("  Anna ", [("other", "3"), ("work", " +46 8 555 "), ("work", "+46 8 555"), ("mobile", "*98")], "0")
    assert made == Contact("Anna", (Number("work", "+46 8 555"), Number("mobile", "*98"), Number("other", "3")))
    assert contact("A", [("work", "1000@host")], "Default", ["b", " b ", "a"]).groups == ("b", "a")
    assert contact("Zero\u200dwidth \U0001f469\u200d\U0001f4bb\xa0x", [("work", "1")]).name.startswith("Zero")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("", [("work", "1")]), "name"),
        (("n" * 129, [("work", "1")]), "name"),
        (("a\nb", [("work", "1")]), "name"),
        (("a\u2028b", [("work", "1")]), "name"),
        (("a\x85b", [("work", "1")]), "name"),
        (("a\x00b", [("work", "1")]), "name"),
        (("a\ud800b", [("work", "1")]), "name"),
        (("a\uffffb", [("work", "1")]), "name"),
        ((7, [("work", "1")]), "name"),
        (("A", []), "numbers"),
        (("A", [("work", "  ")]), "numbers.0.number"),
        (("A", [("work", "1"), ("work", "-+-")]), "numbers.1.number"),
        (("A", [("work", "1\r\n2")]), "numbers.0.number"),
        (("A", [("fax", "1")]), "numbers.0.kind"),
        (("A", [("work", str(each)) for each in range(21)]), "numbers"),
        (("A", [("work", "1")], "r\n"), None),
        (("A", [("work", "1")], "r\nr"), "ring"),
        (("A", [("work", "1")], "", ["a,b"]), "groups.0"),
        (("A", [("work", "1")], "", ["a", ""]), "groups.1"),
        (("A", [("work", "1")], "", list("abcdefghijklmnopqrstu")), "groups"),
    ],
)
def test_what_would_break_a_file_is_refused(given: tuple[object, ...], field: str | None) -> None:
    if field is None:
        assert contact(*given).ring == "r"  # type: ignore[arg-type]
        return
    with pytest.raises(BadRequest) as caught:
        contact(*given)  # type: ignore[arg-type]
    assert caught.value.field == field


ANNA = contact("Anna", [("work", "1"), ("work", "2"), ("mobile", "3"), ("mobile", "4")], "", ["a"])
BOOK = Phonebook("Company", (Group("a", "7"), Group("nobody's")), (ANNA, contact("Bob", [("work", "5")], "2", ["a"])))


def test_what_each_kind_of_file_says() -> None:
    assert said(BOOK, "xml").title == "Company"
    assert said(BOOK, "csv") == Phonebook(
        "", (Group("a"),), (contact("Anna", ANNA.numbers, "7", ["a"]), BOOK.contacts[1])
    )
    assert left_out(BOOK, "xml") == [
        'group "nobody\'s" has no contacts',
        "'Anna' has 2 mobile numbers: they take an entry each",
    ]
    assert left_out(BOOK, "vcf") == ['group "nobody\'s" has no contacts', "vcf has no title"]
    assert [text.partition(":")[0] for text in left_out(BOOK, "csv")[2:]] == [
        "'Anna' has 2 work numbers",
        "'Anna' has 2 mobile numbers",
    ]


def test_no_card_at_all() -> None:
    assert phonebook.write(Phonebook(), "vcf") == b""
    assert left_out(Phonebook(), "vcf") == ["vcf cannot say that a book is empty: phones keep the one they have"]
    assert (
        phonebook.count(phonebook.write(Phonebook(), "xml"))
        == phonebook.count(phonebook.write(Phonebook(), "csv"))
        == 0
    )


def test_entries_and_back() -> None:
    rows = list(entries(ANNA, repeatable=frozenset()))
    assert [[number.number for number in row.numbers] for row in rows] == [["1", "3"], ["2", "4"]]
    assert join(rows, repeatable=frozenset()) == ([ANNA], 1)
    rows = list(entries(ANNA, repeatable=frozenset({"work"})))
    assert [[number.number for number in row.numbers] for row in rows] == [["1", "2", "3"], ["4"]]
    assert join(rows, repeatable=frozenset({"work"})) == ([ANNA], 1)


def test_people_of_the_same_name_stay_apart() -> None:
    two = [contact("Anna", [("work", "1")], "", ["sales"]), contact("Anna", [("work", "2")], "", ["it"])]
    assert join(two, repeatable=frozenset()) == (two, 0)
    room = [contact("Anna", [("work", "1")]), contact("Anna", [("mobile", "2")])]
    assert join(room, repeatable=frozenset()) == (room, 0)
    full = [contact("Anna", [("work", str(number))]) for number in range(21)]
    assert [len(each.numbers) for each in join(full, repeatable=frozenset())[0]] == [20, 1]


def test_a_book_that_would_be_broken_is_not_written() -> None:
    bad = Phonebook("x", (), (ANNA, Contact("a\nb", (Number("work", "1"),))))
    for kind in phonebook.FORMATS:
        with pytest.raises(BadRequest, match=r"contact 2 .*line break"):
            phonebook.write(bad, kind)
        with pytest.raises(BadRequest, match="10001 contacts"):
            phonebook.write(Phonebook("", (), (ANNA,) * 10_001), kind)


def test_too_many_entries() -> None:
    collector = Collector("csv")
    for _ in range(10_000):
        collector.entry("A", [("work", "1")], "", [])
    with pytest.raises(BadRequest, match="10001"):
        collector.entry("A", [("work", "1")], "", [])
    useless = Collector("vcf")
    for _ in range(50_000):
        useless.unusable("no card")
    with pytest.raises(BadRequest, match="50000 entries"):
        useless.entry("A", [], "", [])
