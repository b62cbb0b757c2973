"""What routes are given: the parts chosen by ``acs.app``, who calls, and a JSON body that was really JSON."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Final, Protocol, cast

from fastapi import Depends, Query, Request, Security
from fastapi import Path as InPath
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from acs.errors import BadRequest, Denied
from acs.protocols.addresses import source_of
from acs.services import audit, tokens
from acs.services.audit import Actor
from acs.services.brake import Brake
from acs.services.context import Context
from acs.services.paging import DEFAULT_LIMIT, MAX_LIMIT
from acs.services.tokens import Principal
from acs.services.traces import Tracer
from acs.storage.engine import Database
from acs.telemetry import Counters, counters, spawn

MAX_DEPTH: Final = 64
"""Levels of the deepest JSON body."""
MAX_TOKEN: Final = 512
MAX_DELAYED: Final = 64
"""Most failed calls that wait at the same time; further ones are turned away at once."""


class Waker(Protocol):
    """Asks phones to call."""

    async def wake(self, device_id: str) -> Mapping[str, Any]:
        """Ask one phone; give how it was asked and what came back."""
        ...

    async def wake_for_work(self, device_id: str) -> None:
        """Ask one phone for work that waits, as soon as it may be asked."""
        ...


def installed_version() -> str:
    """Give the version of this program as installed; a plain checkout has none."""
    try:
        return version("open-acs")
    except PackageNotFoundError:
        return "0.0.0"


@dataclass(frozen=True, slots=True)
class ApiDependencies:
    """The parts that the API stands on."""

    database: Database
    context: Context
    waker: Waker
    tracer: Tracer | None = None
    """Traces of phones that this process talks to."""
    data_dir: Path | None = None
    """Folder whose free space is part of being ready."""
    version: str = field(default_factory=installed_version)
    counters: Counters = counters
    max_body_bytes: int = 4 * 1024 * 1024
    max_upload_bytes: int = 1024 * 1024 * 1024
    checks: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """Further readiness checks by name; one that raises is not ready, and its message says why."""
    brake: Brake = field(default_factory=Brake)
    delayed: set[object] = field(default_factory=set)


def dependencies(request: Request) -> ApiDependencies:
    """Give the parts."""
    return cast(ApiDependencies, request.app.state.dependencies)


Parts = Annotated[ApiDependencies, Depends(dependencies)]

_bearer = HTTPBearer(auto_error=False, description="An API token: `acs token create`, or the admin token.")


async def authenticated(
    request: Request,
    parts: Parts,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Principal:
    """Give who calls; else 401, later and later for a source that keeps trying."""
    token = credentials.credentials if credentials is not None else ""
    principal = None
    if 0 < len(token) <= MAX_TOKEN:
        principal = await parts.database.read(lambda uow: tokens.authenticate(uow, token))
    if principal is None:
        if token:
            parts.counters.add("acs_api_denied_total")
            await _slow_down(parts, request)
        raise HTTPException(
            401,
            "This token is not valid: it is unknown or was revoked."
            if token
            else "Send an API token: Authorization: Bearer TOKEN.",
            {"WWW-Authenticate": 'Bearer realm="acs"' + (', error="invalid_token"' if token else "")},
        )
    if principal.touch:
        token_id = principal.token_id
        spawn(parts.database.write(lambda uow: tokens.touch(uow, token_id)), name="token-used")
    return principal


async def _slow_down(parts: ApiDependencies, request: Request) -> None:
    source = source_of(request.client.host) if request.client else ""
    wait = parts.brake.failed(source, time.monotonic())
    if wait <= 0:
        return
    if len(parts.delayed) >= MAX_DELAYED:
        raise HTTPException(429, "Too many calls with bad tokens.", {"Retry-After": "5"})
    mark = object()
    parts.delayed.add(mark)
    try:
        await asyncio.sleep(wait)
    finally:
        parts.delayed.discard(mark)


Caller = Annotated[Principal, Depends(authenticated)]


def allow(permission: str) -> Any:
    """Let only callers with a permission pass."""

    async def check(caller: Caller) -> Principal:
        demand(caller, permission)
        return caller

    check.__name__ = f"allow_{permission}"
    return Depends(check)


def demand(caller: Principal, permission: str) -> None:
    """Raise Denied if a permission is missing."""
    if not caller.may(permission):
        raise Denied(f"Token {caller.name!r} lacks the permission {permission!r}.", permission=permission)


async def acting(request: Request, caller: Caller) -> Actor:
    """Give who calls, as the audit log names them."""
    return Actor(caller.token_id, caller.name, source_of(request.client.host) if request.client else "")


By = Annotated[Actor, Depends(acting)]


async def revealed(parts: ApiDependencies, by: Actor, target: str, **facts: Any) -> None:
    """Write down that secrets are shown. What cannot be written down is not shown: call it before answering."""
    await parts.database.write(lambda uow: audit.record(uow, by, audit.REVEAL, target, **facts))


async def json_object(request: Request) -> dict[str, Any]:
    """Give the body as a JSON object.

    Read here and not by the framework, so that nobody makes us read a body before showing a token, and so that what
    JSON does not have (NaN, lone surrogates) never reaches the database.
    """
    media = request.headers.get("content-type", "application/json").split(";", 1)[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise HTTPException(415, "Send JSON, with Content-Type: application/json.")
    try:
        value = json.loads(await request.body(), parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"The body is not JSON: {_reason(error)}.") from None
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object.")
    if not _shallow(value, MAX_DEPTH):
        raise BadRequest(f"The body is more than {MAX_DEPTH} levels deep.")
    return value


JsonObject = Annotated[dict[str, Any], Depends(json_object)]


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeError):
        return "it is not UTF-8"
    return str(error)[:200] if isinstance(error, ValueError) else "it is nested too deeply"


def _shallow(value: Any, levels: int) -> bool:
    if levels == 0:
        return False
    if isinstance(value, dict):
        return all(_shallow(item, levels - 1) for item in value.values())
    if isinstance(value, list):
        return all(_shallow(item, levels - 1) for item in value)
    return True


Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Most items of one page.")]
Cursor = Annotated[str | None, Query(max_length=1024, description="`next` of the page before.")]
DeviceName = Annotated[str, InPath(max_length=128, description="The phone's id, its MAC address or its serial number.")]
Reveal = Annotated[bool, Query(description="Show secrets instead of `***`; needs the permission `secrets`.")]
LIMIT = DEFAULT_LIMIT
