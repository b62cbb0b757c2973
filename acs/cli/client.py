"""The REST API from the command line, over the standard library's HTTP client.

Uploads are streamed from disk; errors become ``CommandFailed`` with the exit code that fits.
"""

import json
import secrets
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from acs.cli.outcome import CommandFailed, Exit

CHUNK: Final = 64 * 1024
TIMEOUT: Final = 60.0
"""Seconds for one answer; waking a phone may take half of that."""
_PROBLEM_CODES: Final = {401: Exit.DENIED, 403: Exit.DENIED, 404: Exit.NOT_FOUND}

Query = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    content: bytes

    def json(self) -> Any:
        """The content as JSON; None if there is none."""
        return json.loads(self.content) if self.content else None


class Client:
    """Talks to one server with one token."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CommandFailed(f"{url!r} is no URL of a server: wanted http://HOST:7557", Exit.USAGE)
        try:
            port = parts.port
        except ValueError:
            raise CommandFailed(f"{url!r} has no usable port", Exit.USAGE) from None
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, port
        self._base = parts.path.rstrip("/") + "/api/v1"
        self._token = token

    def get(self, path: str, query: Query | None = None) -> Any:
        """Give the JSON answer of a GET."""
        return self.call("GET", path, query=query).json()

    def pages(self, path: str, query: Query | None = None, *, most: int | None = None) -> Iterator[dict[str, Any]]:
        """Give the items of a list, page by page; at most so many."""
        cursor: str | None = None
        given = 0
        while True:
            limit = 1000 if most is None else min(1000, most - given)
            page = self.get(path, {**(query or {}), "limit": limit, "cursor": cursor})
            yield from page["items"]
            given += len(page["items"])
            cursor = page["next"]
            if cursor is None or (most is not None and given >= most):
                return

    def lines(self, path: str, query: Query | None = None) -> Iterator[Any]:
        """Give the JSON value of each line of an answer that comes line by line, as they come."""
        connection = self._connection()
        try:
            response = self._request(connection, "GET", path, query, None, {})
            if response.status >= 300:
                raise _failure(_answer(response), f"GET {path}")
            while line := self._read(response.readline):
                yield json.loads(line)
        finally:
            connection.close()

    def call(self, method: str, path: str, *, query: Query | None = None, body: Any = None) -> Answer:
        """Call and give the answer.

        Raises:
            CommandFailed: the server said no, or could not be reached.
        """
        data, headers = None, {}
        if body is not None:
            data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        return self._send(method, path, query, data, headers)

    def send(
        self, path: str, data: bytes, *, media: str = "application/octet-stream", query: Query | None = None
    ) -> Any:
        """Send bytes as they are (POST); give the JSON answer."""
        return self._send("POST", path, query, data, {"Content-Type": media}).json()

    def upload(
        self, path: str, fields: Mapping[str, Any], file: Path, *, on_progress: Callable[[int], None] | None = None
    ) -> Any:
        """Send a file as multipart/form-data, streamed; give the JSON answer."""
        boundary = f"acs-{secrets.token_hex(16)}"
        head = b""
        for name, value in fields.items():
            for each in value if isinstance(value, list | tuple) else [value]:
                head += _part(boundary, f'name="{name}"') + str(each).encode() + b"\r\n"
        head += _part(boundary, f'name="file"; filename="{_quoted(file.name)}"', "application/octet-stream")
        tail = f"\r\n--{boundary}--\r\n".encode()
        size = file.stat().st_size

        def chunks() -> Iterator[bytes]:
            yield head
            with file.open("rb") as source:
                while chunk := source.read(CHUNK):
                    yield chunk
                    if on_progress is not None:
                        on_progress(len(chunk))
            yield tail

        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + size + len(tail)),
        }
        return self._send("POST", path, None, chunks(), headers).json()

    def _send(self, method: str, path: str, query: Query | None, data: Any, headers: Mapping[str, str]) -> Answer:
        connection = self._connection()
        try:
            response = self._request(connection, method, path, query, data, headers)
            answer = self._read(lambda: _answer(response))
        finally:
            connection.close()
        if answer.status >= 300:
            raise _failure(answer, f"{method} {path}")
        return answer

    def _request(
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        query: Query | None,
        data: Any,
        headers: Mapping[str, str],
    ) -> HTTPResponse:
        target = self._base + path
        given = {key: value for key, value in (query or {}).items() if value not in (None, "", False)}
        if given:
            target += "?" + urlencode({key: "true" if value is True else value for key, value in given.items()})
        common = {"Accept": "application/json", "Authorization": f"Bearer {self._token}"}

        def send() -> HTTPResponse:
            connection.request(method, target, body=data, headers={**common, **headers})
            return connection.getresponse()

        return self._read(send)

    def _read(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except (OSError, HTTPException, ssl.SSLError) as error:
            raise CommandFailed(
                f"{self.url} cannot be reached: {str(error) or type(error).__name__}. "
                "Is the server running (acs serve)? Another address goes with --url or ACS_API_URL.",
                Exit.UNREACHABLE,
            ) from error

    def _connection(self) -> HTTPConnection:
        if self._secure:
            context = ssl.create_default_context()
            return HTTPSConnection(self._host, self._port, timeout=TIMEOUT, context=context)
        return HTTPConnection(self._host, self._port, timeout=TIMEOUT)


def segment(name: str) -> str:
    """Give a name as one segment of a path."""
    return quote(name, safe="")


def _answer(response: HTTPResponse) -> Answer:
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def _failure(answer: Answer, call: str) -> CommandFailed:
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or "detail" not in problem:
        return CommandFailed(f"{call} was answered with status {answer.status}; is this the API's address?")
    message = str(problem["detail"])
    if answer.status == 401:
        message += (
            " Give one with --token or ACS_ADMIN_TOKEN; the admin token is in the file admin-token of the data folder."
        )
    others = [each for each in problem.get("problems", ())[1:] if isinstance(each, dict)]
    message += "".join(f"\n  {each.get('field')}: {each.get('message')}{_where(each)}" for each in others)
    return CommandFailed(message, _PROBLEM_CODES.get(answer.status, Exit.FAILED), details=problem)


def _where(problem: Mapping[str, Any]) -> str:
    known = [f"in {problem['layer']}"] if problem.get("layer") else []
    known += [f"model {problem['model']}"] if problem.get("model") not in (None, "any") else []
    known += [f"as phone {problem['device']}"] if problem.get("device") else []
    return f" ({', '.join(known)})" if known else ""


def _part(boundary: str, disposition: str, media: str | None = None) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n"
    return (head + (f"Content-Type: {media}\r\n" if media else "") + "\r\n").encode()


def _quoted(name: str) -> str:
    return name.replace("\\", "_").replace('"', "%22").replace("\r", "").replace("\n", "")
