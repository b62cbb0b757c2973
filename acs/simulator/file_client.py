"""How files travel: GET and PUT with Basic or Digest and redirects; every failure becomes TR-069's fault code.

9012 the server wants other credentials     9013 no such protocol here     9015 the server cannot be reached
9016 the server does not give the file      9017 it broke off              9018 it is not what was announced
"""

import zlib
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from acs.errors import AcsError
from acs.simulator.digest_client import Authenticator, Credentials
from acs.simulator.http_client import (
    REDIRECTS,
    Address,
    Connection,
    ConnectionLost,
    Header,
    Response,
    TooLarge,
    address,
)
from acs.simulator.transport import Wire

UPLOADED: Final = (200, 201, 202, 204)


class TransferFailed(AcsError):  # noqa: N818 - what happened, in the past tense
    """A file did not travel; ``code`` is what TransferComplete says of it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


async def fetch(url: str, credentials: Credentials, *, wire: Wire, user_agent: str, size: int = 0) -> bytes:
    """GET a file.

    Args:
        url: where it is; user information in it stands in for empty ``credentials`` (the phones' own URL form).
        credentials: who we are there; an empty user name means nobody.
        wire: limits and TLS.
        user_agent: what the phone calls itself.
        size: what the file is announced to measure in bytes; 0 is unknown.

    Raises:
        TransferFailed: with the fault code.
    """
    response = await _ask("GET", url, credentials, b"", wire=wire, user_agent=user_agent)
    if response.status != 200:
        raise TransferFailed(9016, f"the file server answered {response.status}")
    if size and len(response.body) != size:
        raise TransferFailed(9018, f"the file has {len(response.body)} bytes, {size} were announced")
    return response.body


async def send(
    url: str, credentials: Credentials, data: bytes, *, wire: Wire, user_agent: str, how: str = "put"
) -> None:
    """Send a file to exactly this URL: by ``put``, by ``post``, or as ``multipart`` form.

    Raises:
        TransferFailed: with the fault code.
    """
    media, method = "application/octet-stream", "PUT" if how == "put" else "POST"
    if how == "multipart":
        media, data = _form(data, url.partition("?")[0].rpartition("/")[2])
    response = await _ask(method, url, credentials, data, wire=wire, user_agent=user_agent, media=media)
    if response.status not in UPLOADED:
        raise TransferFailed(9011, f"the file server answered {response.status}")


def _form(data: bytes, name: str) -> tuple[str, bytes]:
    """A form as phones send it, with a field beside the file."""
    mark = f"----------------------------{zlib.crc32(data):012x}"
    lines = (
        f"--{mark}",
        'Content-Disposition: form-data; name="type"',
        "",
        "config",
        f"--{mark}",
        f'Content-Disposition: form-data; name="file"; filename="{name}"',
        "Content-Type: application/octet-stream",
        "",
        "",
    )
    body = "\r\n".join(lines).encode() + data + f"\r\n--{mark}--\r\n".encode()
    return f"multipart/form-data; boundary={mark}", body


async def _ask(
    method: str,
    url: str,
    credentials: Credentials,
    data: bytes,
    *,
    wire: Wire,
    user_agent: str,
    media: str = "application/octet-stream",
) -> Response:
    where, credentials = _where(url, credentials)
    authenticator = Authenticator(credentials, wire.make_cnonce)
    redirects = 0
    connection: Connection | None = None
    try:
        while True:
            headers: list[Header] = [("User-Agent", user_agent)]
            if data:
                headers.append(("Content-Type", media))
            if authorization := authenticator.header(method, where.target):
                headers.append(("Authorization", authorization))
            if connection is None or not connection.reusable:
                connection = await _connect(where, wire)
            response = await _exchange(connection, method, where, headers, data)
            if response.status == 401:
                if credentials.username and authenticator.challenged(response.all("www-authenticate")):
                    continue
                raise TransferFailed(9012, "the file server does not accept the credentials")
            if response.status in (301, 302, 303, 307, 308) and redirects < REDIRECTS:
                redirects += 1
                location = response.get("location")
                base = f"{where.scheme}://{where.authority}"
                new, _ = _where(location if "://" in location else base + location, credentials)
                if new.origin != where.origin:
                    connection.close()
                    connection = None
                    authenticator = Authenticator(credentials, wire.make_cnonce)
                where = new
                continue
            return response
    finally:
        if connection is not None:
            connection.close()


def _where(url: str, credentials: Credentials) -> tuple[Address, Credentials]:
    try:
        parts = urlsplit(url)
        if not credentials.username and parts.username:
            credentials = Credentials(unquote(parts.username), unquote(parts.password or ""))
        return address(url), credentials
    except ValueError as error:
        raise TransferFailed(9013, str(error)) from error


async def _connect(where: Address, wire: Wire) -> Connection:
    try:
        return await Connection.open(where, wire.tls, wire.limits, wire.source)
    except ConnectionLost as lost:
        raise TransferFailed(9015, lost.message) from lost


async def _exchange(
    connection: Connection, method: str, where: Address, headers: Sequence[Header], data: bytes
) -> Response:
    try:
        return await connection.request(method, where.target, headers, data)
    except ConnectionLost as lost:
        raise TransferFailed(9015 if lost.fresh else 9017, lost.message) from lost
    except TooLarge as large:
        raise TransferFailed(9018, large.message) from large
