"""Phone books as data: contacts and groups, imported from and exported as the files that phones take."""

import asyncio
from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.datastructures import UploadFile

from acs.edges.api.dependencies import LIMIT, Cursor, JsonObject, Limit, Parts, allow
from acs.edges.api.schemas import (
    Contact,
    ContactBody,
    ContactChanges,
    ContactList,
    Page,
    Phonebook,
    PhonebookBody,
    PhonebookDetails,
    PhonebookGroup,
    PhonebookGroupBody,
    PhonebookImport,
    body,
)
from acs.errors import BadRequest
from acs.formats import phonebook
from acs.services import files, phonebooks
from acs.services.paging import Page as PageOf

router = APIRouter(prefix="/phonebooks", tags=["phone books"])
READ = allow("read")
WRITE = allow("write")

BookId = Annotated[str, Path(max_length=128, description="The book's id, or its name.")]
ContactId = Annotated[str, Path(max_length=64)]
GroupName = Annotated[str, Path(max_length=64)]
MERGE = ("application/merge-patch+json", "application/json")
MEDIA: Final = {"xml": "application/xml", "vcf": "text/vcard; charset=utf-8", "csv": "text/csv; charset=utf-8"}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_IMPORT = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": _BYTES,
            "application/xml": _BYTES,
            "text/vcard": _BYTES,
            "text/csv": _BYTES,
            "multipart/form-data": {
                "schema": {
                    "title": "PhonebookUpload",
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


@router.get("", response_model=Page[Phonebook], dependencies=[READ])
async def list_phonebooks(parts: Parts, limit: Limit = LIMIT, cursor: Cursor = None) -> PageOf:
    """List phone books."""
    return await parts.database.read_long(lambda uow: phonebooks.list_books(uow, limit=limit, cursor=cursor))


@router.post("", response_model=Phonebook, status_code=201, dependencies=[WRITE], openapi_extra=body(PhonebookBody))
async def create_phonebook(parts: Parts, given: JsonObject, response: Response) -> dict[str, Any]:
    """Make an empty phone book; its name is its title on the phone."""
    made = await parts.database.write(lambda uow: phonebooks.create_book(uow, given))
    response.headers["Location"] = f"/api/v1/phonebooks/{made['id']}"
    return made


@router.get("/{book_id}", response_model=PhonebookDetails, dependencies=[READ])
async def get_phonebook(parts: Parts, book_id: BookId) -> dict[str, Any]:
    """Give one phone book: its groups, which settings name it, what a kind of file has no place for."""
    return await parts.database.read_long(lambda uow: phonebooks.get_book(uow, phonebooks.find(uow, book_id)))


@router.patch(
    "/{book_id}",
    response_model=PhonebookDetails,
    dependencies=[WRITE],
    openapi_extra=body(PhonebookBody, media_types=MERGE),
)
async def patch_phonebook(parts: Parts, book_id: BookId, given: JsonObject) -> dict[str, Any]:
    """Rename a phone book, or replace its list of groups."""
    return await parts.database.write(
        lambda uow: phonebooks.change_book(uow, parts.context, phonebooks.find(uow, book_id), given)
    )


@router.delete("/{book_id}", status_code=204, dependencies=[WRITE])
async def delete_phonebook(parts: Parts, book_id: BookId) -> None:
    """Delete a phone book that no settings name, with its contacts."""
    digests = await parts.database.write(lambda uow: phonebooks.delete_book(uow, phonebooks.find(uow, book_id)))
    for sha256 in digests:
        await parts.database.write(partial(files.drop_blob, ctx=parts.context, sha256=sha256))


@router.get("/{book_id}/contacts", response_model=Page[Contact], dependencies=[READ])
async def list_contacts(
    parts: Parts,
    book_id: BookId,
    q: Annotated[str | None, Query(max_length=128, description="Part of a name or of a number.")] = None,
    group: Annotated[str | None, Query(max_length=64, description="Of this group only.")] = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOf:
    """List contacts in the order of the book."""
    return await parts.database.read_long(
        lambda uow: phonebooks.list_contacts(
            uow, phonebooks.find(uow, book_id), q=q, group=group, limit=limit, cursor=cursor
        )
    )


@router.post(
    "/{book_id}/contacts",
    response_model=Contact,
    status_code=201,
    dependencies=[WRITE],
    openapi_extra=body(ContactBody),
)
async def add_contact(parts: Parts, book_id: BookId, given: JsonObject, response: Response) -> dict[str, Any]:
    """Add a contact; groups that the book does not have yet are made."""
    made = await parts.database.write(
        lambda uow: phonebooks.add_contact(uow, parts.context, phonebooks.find(uow, book_id), given)
    )
    response.headers["Location"] = f"/api/v1/phonebooks/{book_id}/contacts/{made['id']}"
    return made


@router.put(
    "/{book_id}/contacts",
    response_model=ContactChanges,
    dependencies=[WRITE],
    openapi_extra=body(ContactList),
)
async def put_contacts(parts: Parts, book_id: BookId, given: JsonObject) -> dict[str, Any]:
    """Replace all contacts."""
    contacts = await asyncio.to_thread(phonebooks.contacts_from, given)
    return await parts.database.write(
        lambda uow: phonebooks.put_contacts(uow, parts.context, phonebooks.find(uow, book_id), contacts)
    )


@router.get("/{book_id}/contacts/{contact_id}", response_model=Contact, dependencies=[READ])
async def get_contact(parts: Parts, book_id: BookId, contact_id: ContactId) -> dict[str, Any]:
    """Give one contact."""
    return await parts.database.read(lambda uow: phonebooks.get_contact(uow, phonebooks.find(uow, book_id), contact_id))


@router.put(
    "/{book_id}/contacts/{contact_id}",
    response_model=Contact,
    dependencies=[WRITE],
    openapi_extra=body(ContactBody),
)
async def put_contact(parts: Parts, book_id: BookId, contact_id: ContactId, given: JsonObject) -> dict[str, Any]:
    """Replace a contact."""
    return await parts.database.write(
        lambda uow: phonebooks.put_contact(uow, parts.context, phonebooks.find(uow, book_id), contact_id, given)
    )


@router.patch(
    "/{book_id}/contacts/{contact_id}",
    response_model=Contact,
    dependencies=[WRITE],
    openapi_extra=body(ContactBody, media_types=MERGE),
)
async def patch_contact(parts: Parts, book_id: BookId, contact_id: ContactId, given: JsonObject) -> dict[str, Any]:
    """Change what is named of a contact; the list of numbers is replaced as a whole."""
    return await parts.database.write(
        lambda uow: phonebooks.patch_contact(uow, parts.context, phonebooks.find(uow, book_id), contact_id, given)
    )


@router.delete("/{book_id}/contacts/{contact_id}", status_code=204, dependencies=[WRITE])
async def delete_contact(parts: Parts, book_id: BookId, contact_id: ContactId) -> None:
    """Delete a contact."""
    await parts.database.write(
        lambda uow: phonebooks.delete_contact(uow, parts.context, phonebooks.find(uow, book_id), contact_id)
    )


@router.get("/{book_id}/groups", response_model=Page[PhonebookGroup], dependencies=[READ])
async def list_phonebook_groups(parts: Parts, book_id: BookId) -> dict[str, Any]:
    """List the groups of a phone book, all at once."""
    return await parts.database.read_long(lambda uow: phonebooks.list_groups(uow, phonebooks.find(uow, book_id)))


@router.post(
    "/{book_id}/groups",
    response_model=PhonebookGroup,
    status_code=201,
    dependencies=[WRITE],
    openapi_extra=body(PhonebookGroupBody),
)
async def add_phonebook_group(parts: Parts, book_id: BookId, given: JsonObject) -> dict[str, Any]:
    """Make a group."""
    return await parts.database.write(
        lambda uow: phonebooks.add_group(uow, parts.context, phonebooks.find(uow, book_id), given)
    )


@router.get("/{book_id}/groups/{name:path}", response_model=PhonebookGroup, dependencies=[READ])
async def get_phonebook_group(parts: Parts, book_id: BookId, name: GroupName) -> dict[str, Any]:
    """Give one group and how many contacts it has."""
    return await parts.database.read_long(lambda uow: phonebooks.get_group(uow, phonebooks.find(uow, book_id), name))


@router.put(
    "/{book_id}/groups/{name:path}",
    response_model=PhonebookGroup,
    dependencies=[WRITE],
    openapi_extra=body(PhonebookGroupBody),
)
async def put_phonebook_group(parts: Parts, book_id: BookId, name: GroupName, given: JsonObject) -> dict[str, Any]:
    """Make a group, or set the ring that its contacts have where they have none of their own."""
    return await parts.database.write(
        lambda uow: phonebooks.put_group(uow, parts.context, phonebooks.find(uow, book_id), name, given)
    )


@router.patch(
    "/{book_id}/groups/{name:path}",
    response_model=PhonebookGroup,
    dependencies=[WRITE],
    openapi_extra=body(PhonebookGroupBody, media_types=MERGE),
)
async def patch_phonebook_group(parts: Parts, book_id: BookId, name: GroupName, given: JsonObject) -> dict[str, Any]:
    """Rename a group (its contacts follow), or change its ring."""
    return await parts.database.write(
        lambda uow: phonebooks.patch_group(uow, parts.context, phonebooks.find(uow, book_id), name, given)
    )


@router.delete("/{book_id}/groups/{name:path}", status_code=204, dependencies=[WRITE])
async def delete_phonebook_group(parts: Parts, book_id: BookId, name: GroupName) -> None:
    """Delete a group; its contacts stay."""
    await parts.database.write(
        lambda uow: phonebooks.delete_group(uow, parts.context, phonebooks.find(uow, book_id), name)
    )


@router.post("/{book_id}/import", response_model=PhonebookImport, dependencies=[WRITE], openapi_extra=_IMPORT)
async def import_phonebook(
    parts: Parts,
    request: Request,
    book_id: BookId,
    mode: Annotated[
        Literal["merge", "replace"], Query(description="`merge` keeps contacts that the file does not name.")
    ] = "merge",
) -> dict[str, Any]:
    """Take in a phone book file: XML, vCards or CSV, told apart by content; the body itself, or multipart `file`."""
    await parts.database.read(lambda uow: phonebooks.find(uow, book_id))
    data = await _content(request)
    found = await asyncio.to_thread(phonebook.read, data)
    return await parts.database.write(
        lambda uow: phonebooks.import_book(uow, parts.context, phonebooks.find(uow, book_id), found, mode=mode)
    )


async def _content(request: Request) -> bytes:
    media = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    if media != "multipart/form-data":
        data = await request.body()
    else:
        async with request.form(max_files=1, max_fields=8) as form:
            spool = form.get("file")
            if not isinstance(spool, UploadFile):
                raise BadRequest("file is required, as a file with a name", field="file")
            data = await spool.read()
    if not data:
        raise BadRequest("the file is empty", field="file")
    return data


@router.get(
    "/{book_id}/export",
    dependencies=[READ],
    response_class=Response,
    responses={200: {"description": "The book", "content": {media: {} for media in MEDIA.values()}}},
)
async def export_phonebook(
    parts: Parts,
    book_id: BookId,
    format: Annotated[Literal["xml", "vcf", "csv"], Query(description="Kind of file.")] = "xml",
) -> Response:
    """Give a phone book as a file: the very bytes that phones get."""
    book = await parts.database.read_long(lambda uow: phonebooks.whole_book(uow, phonebooks.find(uow, book_id)))
    data = await asyncio.to_thread(phonebook.write, book, format)
    name = "".join(c if c.isalnum() or c in "._-" else "_" for c in book.title if c.isascii()) or "phonebook"
    return Response(
        data,
        media_type=MEDIA[format],
        headers={"Content-Disposition": f'attachment; filename="{name}.{format}"'},
    )
