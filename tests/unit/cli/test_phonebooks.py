"""``acs phonebook``."""

from pathlib import Path

from .conftest import Run

BOOK = (
    b'"name","work","mobile","other","ring","groups"\r\n'
    b'"Bob","2001","555","","Default","Users"\r\n'
    b'"Nobody","","","","",""\r\n'
)


def test_a_book_from_a_file_and_back(acs: Run, tmp_path: Path) -> None:
    source = tmp_path / "staff.csv"
    source.write_bytes(BOOK)
    acs("phonebook", "import", "Staff", str(source), code=3)
    told = acs("phonebook", "import", "Staff", str(source), "--create")
    assert told.out.startswith("csv: 1 added, 0 changed, 0 as before, 0 removed, 1 skipped")
    assert "Entry 2 Nobody: 'Nobody' has no number" in told.err
    report = acs("phonebook", "import", "Staff", str(source), "--replace", "--json").json()
    assert (report["same"], report["mode"]) == (1, "replace")
    (book,) = acs("phonebook", "list", "--json").json()
    assert "Staff" in acs("phonebook", "list").out
    for name in ("book.xml", "book.vcf", "book.csv"):
        acs("phonebook", "export", "Staff", str(tmp_path / name))
    assert b"<Name>Bob</Name>" in (tmp_path / "book.xml").read_bytes()
    assert b"TEL;TYPE=CELL:555" in (tmp_path / "book.vcf").read_bytes()
    assert (tmp_path / "book.csv").read_bytes().count(b"\r\n") == 2
    assert acs("phonebook", "export", "Staff", "-", "--format", "vcf").out.startswith("BEGIN:VCARD")
    assert "exists" in acs("phonebook", "export", "Staff", str(tmp_path / "book.xml"), code=1).err
    acs("phonebook", "export", "Staff", "-", "--format", "pdf", code=1)
    acs("phonebook", "rename", "Staff", "Everyone [bold]")
    shown = acs("phonebook", "show", book["id"])
    assert "Everyone [bold]" in shown.out
    acs("phonebook", "delete", book["id"], "--yes")
    acs("phonebook", "show", book["id"], code=3)


def test_contacts_and_groups(acs: Run) -> None:
    book = acs("phonebook", "create", "Sales", "--group", "Users", "--json").json()["id"]
    made = acs(
        "phonebook", "add-contact", book, "Anna", "--work", "1001", "--work", "1002", "--mobile", "+49 171 1",
        "--group", "Users", "--ring", "3", "--json",
    ).json()  # fmt: skip
    assert made["numbers"][1] == {"kind": "work", "number": "1002"}
    assert "1002 (work)" in acs("phonebook", "contacts", book, "--search", "1002").out
    assert acs("phonebook", "contacts", book, "--group", "Others", "--json").json() == []
    changed = acs("phonebook", "change-contact", book, made["id"], "--work", "1003", "--json").json()
    assert (changed["numbers"], changed["name"]) == ([{"kind": "work", "number": "1003"}], "Anna")
    acs("phonebook", "change-contact", book, made["id"], code=2)
    assert "no number" in acs("phonebook", "add-contact", book, "Eve", code=1).err
    assert acs("phonebook", "set-group", book, "Users", "--name", "Team/1", "--json").json()["contacts"] == 1
    assert acs("phonebook", "set-group", book, "Team/1", "--ring", "5", "--json").json()["ring"] == "5"
    acs("phonebook", "delete-group", book, "Team/1", "--yes")
    acs("phonebook", "delete-contact", book, made["id"], "--yes")
    assert acs("phonebook", "contacts", book, "--json").json() == []


def test_no_book_is_left_behind_by_a_file_that_is_none(acs: Run, tmp_path: Path) -> None:
    source = tmp_path / "staff.csv"
    source.write_bytes(b"no phone book")
    acs("phonebook", "import", "Interns", str(source), "--create", code=1)
    acs("phonebook", "show", "Interns", code=3)
    acs("phonebook", "create", "Interns")
    acs("phonebook", "import", "Interns", str(source), "--create", code=1)
    acs("phonebook", "show", "Interns")
