"""Errors as RFC 9457 problem documents; one table says which family has which status."""

import logging
import math
from collections.abc import Mapping
from http import HTTPStatus
from secrets import token_hex
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from acs.errors import (
    AcsError,
    BadFile,
    BadRequest,
    BadSettings,
    Conflict,
    Denied,
    NeedsOperator,
    NotFound,
    Remote,
    Retriable,
)

MEDIA_TYPE: Final = "application/problem+json"
STATUSES: Final[Mapping[type[AcsError], tuple[int, str, str]]] = {
    BadSettings: (422, "bad-settings", "A settings document is off"),
    BadFile: (422, "bad-file", "A file is not what it claims to be"),
    BadRequest: (422, "bad-request", "The request's words are off"),
    NotFound: (404, "not-found", "No such thing"),
    Conflict: (409, "conflict", "Its state does not allow this"),
    Denied: (403, "denied", "Permission is missing"),
    Remote: (422, "bad-request", "The request cannot be taken"),
    Retriable: (503, "busy", "Try again"),
    NeedsOperator: (500, "needs-operator", "Someone must mend something on the server"),
    AcsError: (500, "internal", "The server failed"),
}
"""Family of ``acs.errors`` to (status, name, title); the nearest base class counts."""

_RESERVED = frozenset({"type", "title", "status", "detail", "instance", "field"})
_log = logging.getLogger(__name__)


def problem(
    status: int,
    name: str | None,
    title: str,
    detail: str,
    *,
    field: str | None = None,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Give an answer that says what was wrong, where, and what to do.

    Without a ``name`` it means no more than its status (RFC 9457, 4.2.1: ``about:blank``).
    """
    kind = f"/docs#problem-{name}" if name else "about:blank"
    content: dict[str, Any] = {key: value for key, value in (facts or {}).items() if key not in _RESERVED}
    content |= {"type": kind, "title": title, "status": status, "detail": detail}
    if field is not None:
        content["field"] = field
    return JSONResponse(content, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def problem_of(error: AcsError) -> JSONResponse:
    """Give the answer for an error of ours."""
    status, name, title = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    headers = {"Retry-After": str(max(1, math.ceil(error.after)))} if isinstance(error, Retriable) else {}
    if isinstance(error, BadFile) and "max_bytes" in error.facts:
        status = 413
    return problem(status, name, title, error.message, field=error.field, facts=error.facts, headers=headers)


def of_status(status: int, detail: str | None = None, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Give the answer for a bare HTTP status."""
    phrase = HTTPStatus(status).phrase
    return problem(status, None, phrase, detail if detail and detail != phrase else phrase + ".", headers=headers)


def install(app: FastAPI) -> None:
    """Make every error of an application a problem document."""

    @app.exception_handler(AcsError)
    async def _ours(request: Request, error: AcsError) -> JSONResponse:
        if isinstance(error, NeedsOperator):
            _log.error("an API call needs an operator", extra={"path": request.url.path, "reason": error.message})
        return problem_of(error)

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:
        return of_status(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    async def _validation(_request: Request, error: RequestValidationError) -> JSONResponse:
        problems = [
            {"field": ".".join(str(part) for part in each["loc"][1:]), "message": str(each["msg"])}
            for each in error.errors()
        ]
        first = problems[0]
        return problem(
            422,
            "bad-request",
            STATUSES[BadRequest][2],
            f"{first['field']}: {first['message']}",
            field=first["field"],
            facts={"problems": problems},
        )

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
        incident = token_hex(4)
        _log.error(
            "an API call failed",
            exc_info=error,
            extra={"incident": incident, "method": request.method, "path": request.url.path},
        )
        return problem(
            500,
            "internal",
            STATUSES[AcsError][2],
            f"This is a fault of the server; its log tells more under incident {incident}.",
            facts={"incident": incident},
        )
