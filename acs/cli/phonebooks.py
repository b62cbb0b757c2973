"""``acs phonebook``: phone books as data."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from acs.cli.client import Client, segment
from acs.cli.options import AsJson, Most, Token, Url, Yes, confirm, connect
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import console, errors, plain, show_fields, show_json, show_table

app = typer.Typer(help="Phone books: contacts and groups, imported from and exported as files.", no_args_is_help=True)

BOOKS = (("id", "Id"), ("name", "Name"), ("contacts", "Contacts"), ("updated_at", "Changed"))
CONTACTS = (("id", "Id"), ("name", "Name"), ("numbers", "Numbers"), ("ring", "Ring"), ("groups", "Groups"))

Book = Annotated[str, typer.Argument(metavar="BOOK", help="Identifier or name of the phone book.")]
ContactArgument = Annotated[str, typer.Argument(metavar="CONTACT", help="Identifier of the contact.")]
Group = Annotated[list[str] | None, typer.Option("--group", help="Group; may be repeated.")]
Work = Annotated[list[str] | None, typer.Option("--work", help="Number at work; may be repeated.")]
Mobile = Annotated[list[str] | None, typer.Option("--mobile", help="Mobile number; may be repeated.")]
Other = Annotated[list[str] | None, typer.Option("--other", help="Another number; may be repeated.")]
Ring = Annotated[str | None, typer.Option(help="Number or name of the ring tone.")]


@app.command("list")
def list_books(limit: Most = 100, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List phone books."""
    found = list(connect(url, token).pages("/phonebooks", most=limit))
    show_json(found) if as_json else show_table(found, BOOKS, empty="No phone books.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Its name, which is also its title on the phones.")],
    group: Group = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Make an empty phone book."""
    made = connect(url, token).call("POST", "/phonebooks", body={"name": name, "groups": group or []}).json()
    show_json(made) if as_json else console().print(f"Made phone book {made['id']}.")


@app.command()
def show(book: Book, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Show a phone book: its groups, the settings that name it, what each kind of file has no place for."""
    found = connect(url, token).get(_path(book))
    show_json(found) if as_json else show_fields(found)


@app.command()
def rename(
    book: Book,
    name: Annotated[str, typer.Argument(help="Its new name.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Give a phone book another name."""
    made = connect(url, token).call("PATCH", _path(book), body={"name": name}).json()
    show_json(made) if as_json else console().print(
        f"Phone book {made['id']} is called {plain(made['name'])}.", markup=False
    )


@app.command()
def delete(book: Book, yes: Yes = False, url: Url = None, token: Token = None) -> None:
    """Delete a phone book that no settings name, with its contacts."""
    client = connect(url, token)
    confirm(f"Delete phone book {book} and its contacts?", yes)
    client.call("DELETE", _path(book))


@app.command()
def contacts(
    book: Book,
    q: Annotated[str | None, typer.Option("--search", help="Part of a name or of a number.")] = None,
    group: Annotated[str | None, typer.Option(help="Of this group only.")] = None,
    limit: Most = 100,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List the contacts of a phone book."""
    found = list(connect(url, token).pages(_path(book, "contacts"), {"q": q, "group": group}, most=limit))
    if as_json:
        show_json(found)
        return
    rows = [{**each, "numbers": [f"{n['number']} ({n['kind']})" for n in each["numbers"]]} for each in found]
    show_table(rows, CONTACTS, empty="No contacts.")


@app.command("add-contact")
def add_contact(
    book: Book,
    name: Annotated[str, typer.Argument(help="Name of the contact.")],
    work: Work = None,
    mobile: Mobile = None,
    other: Other = None,
    ring: Ring = None,
    group: Group = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Add a contact."""
    body: dict[str, Any] = {"name": name, "numbers": _numbers(work, mobile, other), "groups": group or []}
    if ring is not None:
        body["ring"] = ring
    made = connect(url, token).call("POST", _path(book, "contacts"), body=body).json()
    show_json(made) if as_json else console().print(f"Added contact {made['id']}.")


@app.command("change-contact")
def change_contact(
    book: Book,
    contact: ContactArgument,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    work: Work = None,
    mobile: Mobile = None,
    other: Other = None,
    ring: Ring = None,
    group: Group = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Change a contact; numbers that are given replace all it has, and so do groups."""
    numbers = _numbers(work, mobile, other)
    given = {"name": name, "numbers": numbers or None, "ring": ring, "groups": group}
    body = {key: value for key, value in given.items() if value is not None}
    if not body:
        raise CommandFailed("Nothing to change was given.", Exit.USAGE)
    made = connect(url, token).call("PATCH", _path(book, "contacts", contact), body=body).json()
    show_json(made) if as_json else console().print(f"Changed contact {made['id']}.")


@app.command("delete-contact")
def delete_contact(
    book: Book, contact: ContactArgument, yes: Yes = False, url: Url = None, token: Token = None
) -> None:
    """Delete a contact."""
    client = connect(url, token)
    confirm(f"Delete contact {contact}?", yes)
    client.call("DELETE", _path(book, "contacts", contact))


@app.command("import")
def import_book(
    book: Book,
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="XML, vCards or CSV.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Leave only what is in the file; else contacts are merged by name.")
    ] = False,
    create: Annotated[bool, typer.Option("--create", help="Make a phone book of this name if there is none.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Take the contacts of a file into a phone book."""
    client = connect(url, token)
    made = create and _made(client, book)
    mode = "replace" if replace else "merge"
    try:
        report = client.upload(f"{_path(book, 'import')}?mode={mode}", {}, path)
    except CommandFailed:
        if made:
            client.call("DELETE", _path(book))
        raise
    if as_json:
        show_json(report)
        return
    console().print(
        "{format}: {added} added, {changed} changed, {same} as before, {removed} removed, {skipped} skipped; "
        "{contacts} contacts now.".format(**report)
    )
    for each in report["skipped_entries"]:
        named = f"{each['entry']} {plain(each['name'])}".strip()
        errors().print(f"Entry {named}: {plain(each['reason'])}", markup=False)
    for name, count in report["left_out"].items():
        errors().print(f"No place for {plain(name)}, in {count} {'entry' if count == 1 else 'entries'}.", markup=False)


@app.command("export")
def export(
    book: Book,
    to: Annotated[str, typer.Argument(metavar="PATH", help="Where to write it; - for standard output.")],
    format: Annotated[
        str | None, typer.Option("--format", help="xml, vcf or csv; by the name of the file without.")
    ] = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Write a phone book into a file, as phones get it."""
    kind = format or Path(to).suffix.removeprefix(".").lower() or "xml"
    answer = connect(url, token).call("GET", _path(book, "export"), query={"format": kind})
    if to == "-":
        sys.stdout.buffer.write(answer.content)
        return
    try:
        with open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as target:
            target.write(answer.content)
    except OSError as error:
        raise CommandFailed(f"{to}: {error.strerror or error}") from None
    console().print(f"Wrote {len(answer.content)} bytes to {to}.")


@app.command("set-group")
def set_group(
    book: Book,
    group: Annotated[str, typer.Argument(help="Name of the group.")],
    ring: Ring = None,
    name: Annotated[str | None, typer.Option(help="Another name for a group that is there.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Make a group, rename one (its contacts follow), or set its ring."""
    given = {key: value for key, value in (("ring", ring), ("name", name)) if value is not None}
    method = "PUT" if name is None else "PATCH"
    made = connect(url, token).call(method, _path(book, "groups", group), body=given).json()
    show_json(made) if as_json else show_fields(made)


@app.command("delete-group")
def delete_group(
    book: Book,
    group: Annotated[str, typer.Argument(help="Name of the group.")],
    yes: Yes = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Delete a group; its contacts stay."""
    client = connect(url, token)
    confirm(f"Delete group {group}?", yes)
    client.call("DELETE", _path(book, "groups", group))


def _made(client: Client, book: str) -> bool:
    try:
        client.get(_path(book))
    except CommandFailed as error:
        if error.code != Exit.NOT_FOUND:
            raise
        client.call("POST", "/phonebooks", body={"name": book})
        return True
    return False


def _path(book: str, *more: str) -> str:
    return "/phonebooks/" + "/".join(map(segment, (book, *more)))


def _numbers(work: list[str] | None, mobile: list[str] | None, other: list[str] | None) -> list[dict[str, str]]:
    given = (("work", work), ("mobile", mobile), ("other", other))
    return [{"kind": kind, "number": number} for kind, numbers in given for number in numbers or ()]
