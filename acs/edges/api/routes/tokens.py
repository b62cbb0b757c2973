"""API tokens; for callers with the permission ``admin``."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from acs.edges.api.dependencies import LIMIT, Cursor, JsonObject, Limit, Parts, allow
from acs.edges.api.schemas import NewToken, Page, Token, TokenRequest, body
from acs.errors import BadRequest
from acs.services import tokens
from acs.services.paging import Page as PageOf

router = APIRouter(prefix="/tokens", tags=["tokens"], dependencies=[allow("admin")])


@router.get("", response_model=Page[Token])
async def list_tokens(parts: Parts, limit: Limit = LIMIT, cursor: Cursor = None) -> PageOf:
    """List tokens, without what they are."""
    return await parts.database.read(lambda uow: tokens.list_tokens(uow, limit=limit, cursor=cursor))


@router.post("", response_model=NewToken, status_code=201, openapi_extra=body(TokenRequest))
async def create_token(parts: Parts, given: JsonObject) -> dict[str, Any]:
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
    return await parts.database.write(lambda uow: tokens.create_token(uow, name=called, permissions=chosen))


@router.delete("/{token_id}", status_code=204)
async def revoke_token(parts: Parts, token_id: Annotated[str, Path(max_length=64)]) -> None:
    """Revoke a token at once."""
    await parts.database.write(lambda uow: tokens.revoke_token(uow, token_id))
