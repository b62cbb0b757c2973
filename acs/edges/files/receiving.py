"""Taking a file that a phone sends to a signed URL: the other half of the Upload RPC.

TR-069 says PUT; some phones POST, the raw bytes or a form (quirk 141), so all are taken. The body is spooled, bounded,
and handed on only when it came whole. Where a phone announces more than it has, a form tells its end by itself.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, BinaryIO, Final

from acs.edges.files.multipart import boundary_of
from acs.services.delivery import MAX_RECEIVED

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

MAX_UPLOAD: Final = MAX_RECEIVED
"""Bytes: a configuration or a log."""
SPOOL: Final = 256 * 1024
STALL_SECONDS: Final = 60.0
"""How long a phone may stay silent in the middle of its file."""


class TooLargeError(Exception):
    """More bytes than a phone may send."""


async def body_of(receive: Receive, declared: str) -> BinaryIO | None:
    """Read a whole body into a spool; None if the phone hung up before its end.

    Args:
        receive: the ASGI channel.
        declared: the Content-Length header, empty if there was none (quirk 141: it may be wrong, and only decides
            whether to begin).

    Raises:
        TooLargeError: the body is larger than a phone may send.
        TimeoutError: the phone fell silent.
    """
    if declared.isdigit() and int(declared) > MAX_UPLOAD:
        raise TooLargeError
    spool: BinaryIO = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # type: ignore[assignment]  # noqa: SIM115
    size = 0
    try:
        while True:
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    message = await receive()
            except TimeoutError:
                if not _is_whole_form(spool, size):
                    raise
                spool.seek(0)
                return spool
            if message["type"] == "http.disconnect":
                if _is_whole_form(spool, size):
                    spool.seek(0)
                    return spool
                spool.close()
                return None
            part = message.get("body", b"")
            size += len(part)
            if size > MAX_UPLOAD:
                raise TooLargeError
            spool.write(part)
            if not message.get("more_body"):
                spool.seek(0)
                return spool
    except BaseException:
        spool.close()
        raise


def _is_whole_form(spool: BinaryIO, size: int) -> bool:
    """Say whether the bytes so far are a form with its last boundary: its phone announced more than it had."""
    boundary = boundary_of(spool, "")
    if boundary is None:
        return False
    spool.seek(max(size - len(boundary) - 64, 0))
    return b"--" + boundary + b"--" in spool.read()
