"""Phone books as CSV."""

import pytest

from acs.errors import BadFile
from acs.formats.phonebook import Number, Phonebook, contact, csv_table

BOOK = Phonebook(
    "",
    (),
    (
        contact('Bob "B", Jones', [("work", "2001"), ("work", "2002"), ("mobile", "555")], "", ["Users", "VIP"]),
        contact("Jörg", [("other", "3")], "4"),
    ),
)
WRITTEN = (
    '"name","work","mobile","other","ring","groups"\r\n'
    '"Bob ""B"", Jones","2001","555","","Default","Users,VIP"\r\n'
    '"Bob ""B"", Jones","2002","","","Default","Users,VIP"\r\n'
    '"Jörg","","","3","4",""\r\n'
)


def test_written_in_the_shape_that_phones_take() -> None:
    assert csv_table.write(BOOK).decode() == WRITTEN
    found = csv_table.read(WRITTEN.encode())
    assert (found.book.contacts, found.joined) == (BOOK.contacts, 1)


WANTED = contact("Jörg", [("work", "1"), ("mobile", "2"), ("other", "3")], "5", ["a", "b"])


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("ring,other,mobile,work,name,groups\n5,3,2,1,Jörg,a|b\n", "utf-8"),
        ("Display Name;Office;Mobile Phone;Home;Ringtone;Group\r\nJörg;1;2;3;5;a,b\r\n", "latin-1"),
        ("Name\tTelephone\tCell\tOther Number\tRing\tCategories\nJörg\t1\t2\t3\t5\ta;b\n\n", "utf-8-sig"),
        ('"NAME","Work Number","mobile_number","home2","ring","GROUPS"\r"Jörg","1","2","3","5","a, b"\r', "utf-8"),
        ("First Name,Last Name,Phone,Mobile,Fax,Ring,Group 1,Group 2\n,Jörg,1,2,3,5,a,b\n", "utf-16"),
    ],
)
def test_other_columns_separators_and_encodings(text: str, encoding: str) -> None:
    found = csv_table.read(text.encode(encoding))
    assert found.book.contacts == (WANTED,)


def test_what_a_book_has_no_place_for_is_told() -> None:
    found = csv_table.read(b'name,number,e-mail,room\nAnna,1,a@b,\nBert,,b@c,\nEve,7,,\n"a\nb",1,,\n')
    assert [each.name for each in found.book.contacts] == ["Anna", "Eve"]
    assert [(each.entry, each.reason.partition(" ")[0]) for each in found.skipped] == [(2, "'Bert'"), (4, "name:")]
    assert found.left_out == {"e-mail": 2}


def test_dashes_for_no_number() -> None:
    found = csv_table.read(b"name,work,mobile\nAnna,1,-\nBert,-,--\n")
    assert found.book.contacts == (contact("Anna", [("work", "1")]),)
    assert (found.left_out, [each.name for each in found.skipped]) == ({"what is no number": 1}, ["Bert"])


def test_rows_are_contacts_where_they_do_not_continue_one() -> None:
    found = csv_table.read(b"name,work,mobile\nAnna,1,\nAnna,,2\nAnna,3,\n")
    assert [each.numbers for each in found.book.contacts] == [
        (Number("work", "1"),),
        (Number("mobile", "2"),),
        (Number("work", "3"),),
    ]


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "name,room\nA,1", "name,work\nA,1,2", 'name,work\n"A"x,1', "\x00"])
def test_what_is_no_table(text: str) -> None:
    with pytest.raises(BadFile):
        csv_table.read(text.encode())


def test_cells_and_columns_beyond_all_measure() -> None:
    with pytest.raises(BadFile, match="names no column"):
        csv_table.read(b"name,work" + b",work" * 200 + b"\n")
    with pytest.raises(BadFile, match="CSV"):
        csv_table.read(b"name,work\n" + b"a" * 200_000 + b",1\n")


def test_what_outlook_exports() -> None:
    found = csv_table.read(
        b'"Title","First Name","Last Name","Company","Business Phone","Business Phone 2","Company Main Phone",'
        b'"Home Fax","Mobile Phone","Categories"\r\n'
        b'"Dr.","Anna","Berg","Acme","1001","1002","1000","99","0701","Sales;VIP"\r\n'
        b'"","","","Reception Ltd","","","1000","","",""\r\n'
    )
    numbers = [("work", "1001"), ("work", "1002"), ("work", "1000"), ("other", "99"), ("mobile", "0701")]
    assert found.book.contacts == (
        contact("Anna Berg", numbers, "", ["Sales", "VIP"]),
        contact("Reception Ltd", [("work", "1000")]),
    )
    assert found.left_out == {"Company": 1, "Title": 1}


@pytest.mark.parametrize(
    "text",
    [
        "Name,Given Name,Family Name,Group Membership,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value\n"
        "Carl Dahl,Carl,Dahl,* myContacts ::: Sales,Mobile,+46701 ::: +46702,,555\n",
        "First Name,Last Name,Labels,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
        "Carl,Dahl,Sales ::: * myContacts,* Mobile,+46701 ::: +46702,Work,555\n",
    ],
)
def test_what_google_exports(text: str) -> None:
    found = csv_table.read(text.encode())
    numbers = [("work", "555"), ("mobile", "+46701"), ("mobile", "+46702")]
    assert found.book.contacts == (contact("Carl Dahl", numbers, "", ["Sales"]),)


@pytest.mark.parametrize(("label", "kind"), [("Home", "other"), ("Work Fax", "other"), ("Main", "work"), ("", "work")])
def test_what_google_calls_a_number(label: str, kind: str) -> None:
    found = csv_table.read(f"Organization Name,Phone 1 - Label,Phone 1 - Value\nAcme,{label},5\n".encode())
    assert found.book.contacts == (contact("Acme", [(kind, "5")]),)
