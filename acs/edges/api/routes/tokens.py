"""API tokens; for callers with the permission ``admin``."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from acs.edges.api.dependencies import LIMIT, By, Cursor, JsonObject, Limit, Parts, allow
from acs.edges.api.schemas import NewToken, Page, Token, TokenRequest, body
from acs.errors import BadRequest
from acs.services import audit, tokens
from acs.services.paging import Page as PageOf
from acs.storage.unit_of_work import UnitOfWork

router = APIRouter(prefix="/tokens", tags=["tokens"], dependencies=[allow("admin")])


@router.get("", response_model=Page[Token])
async def list_tokens(parts: Parts, limit: Limit = LIMIT, cursor: Cursor = None) -> PageOf:
    """List tokens, without what they are."""
    return await parts.database.read(lambda uow: tokens.list_tokens(uow, limit=limit, cursor=cursor))


@router.post("", response_model=NewToken, status_code=201, openapi_extra=body(TokenRequest))
async def create_token(parts: Parts, by: By, given: JsonObject) -> dict[str, Any]:
    """Make a token; this answer is the only place where it is shown."""
    for field in given:
        if field not in ("name", "permissions"):
            raise BadRequest(f"unknown field {field[:64]!r}; known: name, permissions", field=field[:64])
    name, permissions = given.get("name"), given.get("permissions")
    if not isinstance(name, str):
        raise BadRequest("name must be a string", field="name")
    if not isinstance(permissions, list) or not all(isinstance(item, str) for item in permissions):
        raise BadRequest("permissions must be a list of strings", field="permissions")
    called: str = name
    chosen: list[str] = permissions

    def make(uow: UnitOfWork) -> dict[str, Any]:
        made = tokens.create_token(uow, name=called, permissions=chosen)
        audit.record(uow, by, "token.create", f"tokens/{made['id']}", name=called, permissions=made["permissions"])
        return made

    return await parts.database.write(make)


@router.delete("/{token_id}", status_code=204)
async def revoke_token(parts: Parts, by: By, token_id: Annotated[str, Path(max_length=64)]) -> None:
    """Revoke a token at once."""

    def revoke(uow: UnitOfWork) -> None:
        gone = tokens.revoke_token(uow, token_id)
        audit.record(uow, by, "token.revoke", f"tokens/{token_id}", name=gone["name"])

    await parts.database.write(revoke)
