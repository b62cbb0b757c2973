"""Files for phones: upload, look at, fetch, delete."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from acs.edges.api.dependencies import LIMIT, By, Caller, Cursor, Limit, Parts, allow, demand, revealed
from acs.edges.api.schemas import File, Page
from acs.errors import BadRequest, Retriable
from acs.formats import pictures
from acs.services import files
from acs.services.paging import Page as PageOf
from acs.storage.blobs import Blob, stream

router = APIRouter(prefix="/files", tags=["files"])
READ = allow("read")
WRITE = allow("write")

FileId = Annotated[str, Path(max_length=64)]
FIELDS: Final = frozenset({"file", "kind", "name", "version", "models", "width", "height", "fit", "reference"})
MAX_FIELDS: Final = 128
MAX_FIELD: Final = 16 * 1024

_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "title": "FileUpload",
                    "type": "object",
                    "required": ["file", "kind"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "The bytes, with a file name."},
                        "kind": {"type": "string", "enum": list(files.KINDS)},
                        "name": {"type": "string", "maxLength": 128, "description": "Instead of the file's own name."},
                        "version": {
                            "type": "string",
                            "maxLength": 64,
                            "description": "Firmware: what SoftwareVersion says once it runs.",
                        },
                        "models": {
                            "type": "array",
                            "items": {"type": "string"},
                            "description": "Models that it is for; none: any. Repeated, or with commas.",
                        },
                        "width": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": pictures.MAX_SIDE,
                            "description": "Background: pixels to make it of; else those of its models' screens.",
                        },
                        "height": {"type": "integer", "minimum": 1, "maximum": pictures.MAX_SIDE},
                        "fit": {
                            "type": "string",
                            "enum": list(pictures.FITS),
                            "description": "Background: fill the screen, show all of it, or pull it to the size.",
                        },
                        "reference": {
                            "type": "boolean",
                            "description": "Dial peers, access list: a phone's own export, whose columns the files "
                            "for its models must have. The first file for a model is one.",
                        },
                    },
                },
                "encoding": {"file": {"contentType": "application/octet-stream"}},
            }
        },
    }
}


@router.post("", response_model=File, status_code=201, dependencies=[WRITE], openapi_extra=_UPLOAD)
async def upload_file(parts: Parts, request: Request, response: Response) -> dict[str, Any]:
    """Upload a file (multipart/form-data); its bytes go to disk as they come."""
    media = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    if media != "multipart/form-data":
        raise HTTPException(415, "Send multipart/form-data with the fields file and kind.")
    async with request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD) as form:
        upload, spool = _read_form(parts, form)
        try:
            made = await _store(parts, upload, spool)
        except Retriable:  # someone deleted the same bytes meanwhile
            made = await _store(parts, upload, spool)
    response.headers["Location"] = f"/api/v1/files/{made['id']}"
    return made


def _read_form(parts: Parts, form: FormData) -> tuple[files.Upload, UploadFile]:
    for name in form:
        if name not in FIELDS:
            raise BadRequest(f"unknown field {name[:64]!r}; known: {', '.join(sorted(FIELDS))}", field=name[:64])
    spool = form.get("file")
    if not isinstance(spool, UploadFile):
        raise BadRequest("file is required, as a file with a name", field="file")
    upload = files.check_upload(
        kind=_text(form, "kind"),
        name=_text(form, "name") or spool.filename or "",
        version=_text(form, "version"),
        models=[value for value in form.getlist("models") if isinstance(value, str)],
        width=_text(form, "width"),
        height=_text(form, "height"),
        fit=_text(form, "fit"),
        reference=_text(form, "reference"),
        catalogue=parts.context.catalogue,
    )
    return upload, spool


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be text", field=name)
    return value


async def _store(parts: Parts, upload: files.Upload, spool: UploadFile) -> dict[str, Any]:
    def keep() -> tuple[files.Upload, Blob]:
        spool.file.seek(0)
        found = files.check_content(upload, spool.file)
        spool.file.seek(0)
        limit = min(found.max_bytes or parts.max_upload_bytes, parts.max_upload_bytes)
        content = found.content if found.content is not None else spool.file
        return found, parts.context.blobs.put(content, encrypted=found.encrypted, max_bytes=limit)

    found, blob = await asyncio.to_thread(keep)
    return await parts.database.write(lambda uow: files.create_file(uow, parts.context, found, blob))


@router.get("", response_model=Page[File], dependencies=[READ])
async def list_files(
    parts: Parts,
    kind: Annotated[str | None, Query(max_length=32)] = None,
    model: Annotated[str | None, Query(max_length=64, description="Files for this model, or for any.")] = None,
    device_id: Annotated[str | None, Query(max_length=64, description="Files that this phone has sent.")] = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOf:
    """List files, newest first."""
    return await parts.database.read_long(
        lambda uow: files.list_files(
            uow,
            kind=kind,
            model=model,
            device_id=device_id,
            limit=limit,
            cursor=cursor,
            catalogue=parts.context.catalogue,
        )
    )


@router.get("/{file_id}", response_model=File, dependencies=[READ])
async def get_file(parts: Parts, file_id: FileId) -> dict[str, Any]:
    """Give what is known of one file."""
    return await parts.database.read(lambda uow: files.get_file(uow, file_id))


@router.delete("/{file_id}", status_code=204, dependencies=[WRITE])
async def delete_file(parts: Parts, file_id: FileId) -> None:
    """Delete a file that no settings and no open task name."""
    sha256 = await parts.database.write(lambda uow: files.delete_file(uow, file_id))
    await parts.database.write(lambda uow: files.drop_blob(uow, parts.context, sha256))


@router.get(
    "/{file_id}/content",
    dependencies=[READ],
    response_class=Response,
    responses={200: {"description": "The bytes", "content": {"application/octet-stream": {}}}},
)
async def get_content(parts: Parts, caller: Caller, by: By, file_id: FileId) -> Response:
    """Give a file's bytes; those of a configuration or a private key need the permission `secrets`."""
    file = await parts.database.read(lambda uow: files.get_file(uow, file_id))
    if files.is_secret(file):
        demand(caller, "secrets")
    await asyncio.to_thread(parts.context.blobs.size, file["sha256"])  # a missing content is a 404, not half an answer
    if files.is_secret(file):
        await revealed(parts, by, f"files/{file_id}", kind=file["kind"], name=file["name"])
    name = "".join(c if c.isalnum() or c in "._-" else "_" for c in file["name"] if c.isascii())
    return StreamingResponse(
        stream(parts.context.blobs, file["sha256"], 0, file["size"]),
        media_type="application/octet-stream",
        headers={
            "Content-Length": str(file["size"]),
            "Content-Disposition": f'attachment; filename="{name or "file"}"',
            "ETag": f'"{file["sha256"]}"',
        },
    )
