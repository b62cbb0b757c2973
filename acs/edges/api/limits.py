"""Limits on what a stranger sends, before anything reads it: the size of bodies; and headers on every answer."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from starlette.exceptions import HTTPException

from acs.edges.api.problems import of_status
from acs.telemetry import Counters

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

UPLOADS: Final = "/api/v1/files"
FORM_OVERHEAD: Final = 64 * 1024
"""Bytes of an upload's other fields and boundaries."""
_HEADERS: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]


class Limits:
    """Refuses bodies that are too large, by their declared size at once, by their real one as they come."""

    def __init__(self, app: ASGIApp, *, max_body: int, max_upload: int, counters: Counters) -> None:
        self._app = app
        self._max_body = max_body
        self._max_upload = max_upload
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is within the limits."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        upload = scope["method"] == "POST" and scope["path"] == UPLOADS
        limit = self._max_upload + FORM_OVERHEAD if upload else self._max_body
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413, _too_large(limit))
            return message

        async def described(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                known = {name.lower() for name, _ in headers}
                headers += [(name, value) for name, value in _HEADERS if name not in known]
                if b"cache-control" not in known:
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = headers
                self._counters.add("acs_api_requests_total", method=_method(scope), status=str(message["status"]))
            await send(message)

        declared = next((value for name, value in scope["headers"] if name.lower() == b"content-length"), b"")
        if declared.isdigit() and int(declared[:20]) > limit:
            answer = of_status(413, _too_large(limit), {"Connection": "close"})
            await answer(scope, receive, described)
            return
        await self._app(scope, counted, described)


def _too_large(limit: int) -> str:
    return f"The body is larger than the {limit} bytes allowed here."


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
