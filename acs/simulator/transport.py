"""How envelopes travel: one HTTP connection per session where the ACS lets it live, cookies, authentication, redirects.

Frame by TR-069 3.4: POST; ``Content-Type: text/xml`` and ``SOAPAction`` with an envelope, neither with the empty POST;
200 with an envelope or 204 comes back, and anything else ends the session.
"""

import re
import ssl
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from acs.errors import AcsError
from acs.simulator.behaviours import Cut, Traits
from acs.simulator.cookies import CookieJar
from acs.simulator.digest_client import Authenticator, Credentials, Style, basic
from acs.simulator.http_client import REDIRECTS, Address, Connection, ConnectionLost, Header, Limits, Response, address
from cwmp_schemas.envelope import Envelope, Refused, read

_WINDOW: Final = {"gzip": 31, "deflate": 15, "raw-deflate": -15}
"""zlib's name for each content coding."""
_AUTHORIZATION: Final = re.compile(rb"(?mi)^authorization: [^\r\n]*")


class SessionLost(AcsError):  # noqa: N818 - what happened, in the past tense
    """The exchange cannot go on; the session has failed."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What all transports of a fleet share."""

    make_cnonce: Callable[[], str]
    limits: Limits = field(default_factory=Limits)
    tls: ssl.SSLContext | None = None
    source: str = ""
    """The address that phones call from; empty: as the machine likes."""


class Transport:
    """The HTTP side of one session."""

    __slots__ = (
        "_address",
        "_coding",
        "_connection",
        "_cookies",
        "_credentials",
        "_greeted",
        "_traits",
        "_user_agent",
        "_wire",
        "authenticator",
    )

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        traits: Traits,
        user_agent: str,
        wire: Wire,
        authenticator: Authenticator | None = None,
    ) -> None:
        """A session's connection; ``authenticator`` is that of the session before, where its nonce is kept."""
        try:
            self._address: Address = address(url)
        except ValueError as error:
            raise SessionLost(f"the ACS URL is of no use: {error}") from error
        self._credentials = credentials
        self._traits = traits
        self._user_agent = user_agent
        self._wire = wire
        self._cookies = CookieJar(traits.cookies)
        self._coding = traits.content_coding
        self._connection: Connection | None = None
        self._greeted = not traits.empty_post_first
        if authenticator is not None:
            authenticator.new_session(credentials)
        self.authenticator = authenticator or self._new_authenticator()

    async def post(self, body: bytes | None, *, anew: bool = False) -> Envelope | None:
        """POST an envelope, or nothing; what came back, ``None`` for nothing.

        Args:
            body: the envelope.
            anew: over a new connection, without a cookie, as a phone does that has lost its memory.

        Raises:
            SessionLost: by TR-069 the session cannot go on after what came back.
        """
        if anew:
            self.close()
            self._cookies = CookieJar(self._traits.cookies)
        if not self._greeted:
            self._greeted = True
            greeting = await self._exchange(None)
            if greeting.status == 401:
                self._may_answer(greeting)
        redirects = 0
        while True:
            response = await self._exchange(body)
            for cookie in response.all("set-cookie"):
                self._cookies.take(self._address.host, self._address.target, cookie)
            if response.status == 401 and self._may_answer(response):
                if self._traits.new_connection_to_authenticate:
                    self.close()
                continue
            if response.status == 415 and self._coding and body:
                self._coding = ""
                continue
            if response.status in (302, 307) and redirects < REDIRECTS:
                redirects += 1
                self._follow(response.get("location"))
                continue
            return self._envelope(response)

    async def post_and_leave(self, body: bytes | None, cut: Cut = "sent") -> None:
        """POST and hang up before the answer."""
        try:
            if cut == "challenge" or (cut in ("half", "sent") and not self._may_be_taken()):
                response = await self._exchange(body)
                if response.status != 401 or cut == "challenge" or not self._may_answer(response):
                    return
            connection = await self._connected()
        except (ConnectionLost, SessionLost):
            return
        content = self._content(body)
        await connection.send_and_leave(
            "POST", self._address.target, self._headers(body, content), content, half=cut == "half", dress=self._dress
        )

    def close(self) -> None:
        """End of the session: hang up, forget the cookies."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _exchange(self, body: bytes | None) -> Response:
        """One request and its answer; a kept connection that had been closed meanwhile is opened once more."""
        try:
            connection = await self._connected()
            kept = connection.requests > 0
            try:
                return await self._request(connection, body)
            except ConnectionLost as lost:
                if not (kept and lost.fresh):
                    raise
                self.close()
                return await self._request(await self._connected(), body)
        except AcsError as error:
            raise SessionLost(error.message) from error
        finally:
            if self._traits.connection_per_request:
                self.close()

    async def _connected(self) -> Connection:
        if self._connection is None or not self._connection.reusable:
            self.close()
            self._connection = await Connection.open(
                self._address, self._wire.tls, self._wire.limits, self._wire.source
            )
        return self._connection

    async def _request(self, connection: Connection, body: bytes | None) -> Response:
        content = self._content(body)
        return await connection.request(
            "POST",
            self._address.target,
            self._headers(body, content),
            content,
            chunked=self._traits.chunked and self._traits.http_version == "1.1",
            expect_continue=self._traits.expect_continue,
            dress=self._dress,
        )

    def _content(self, body: bytes | None) -> bytes:
        """The envelope in its content coding."""
        if not body or not self._coding:
            return body or b""
        packer = zlib.compressobj(wbits=_WINDOW[self._coding])
        return packer.compress(body) + packer.flush()

    def _dress(self, head: bytes) -> bytes:
        """The head of a request as this phone writes it."""
        traits = self._traits
        if traits.http_version == "1.0":
            head = head.replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1)
        if traits.digest_form == "folded":
            head = _AUTHORIZATION.sub(lambda found: found[0].replace(b", ", b",\r\n\t"), head)
        return head

    def _may_be_taken(self) -> bool:
        """Whether the next request carries credentials, or none are wanted of it."""
        return self._traits.authentication != "as-challenged" or self.authenticator.challenged_once

    def _headers(self, body: bytes | None, content: bytes) -> list[Header]:
        traits = self._traits
        headers: list[Header] = [("User-Agent", self._user_agent)]
        if body is not None and traits.content_type is not None:
            headers.append(("Content-Type", traits.content_type))
        elif body is None and traits.empty_post_content_type:
            headers.append(("Content-Type", 'text/xml; charset="utf-8"'))
        if content and self._coding:
            headers.append(("Content-Encoding", self._coding.removeprefix("raw-")))
        if body is not None and traits.soap_action is not None:
            headers.append(("SOAPAction", traits.soap_action))
        if cookies := self._cookies.header(self._address.host, self._address.target):
            headers.append(("Cookie", cookies))
        if traits.authentication == "basic-at-once":
            headers.append(("Authorization", basic(self._credentials.username, self._credentials.password)))
        elif traits.authentication != "none" and (authorization := self._authorization(content)):
            headers.append(("Authorization", authorization))
        if traits.connection_per_request:
            headers.append(("Connection", "close"))
        return headers

    def _authorization(self, content: bytes) -> str | None:
        to = self._address
        absolute = f"{to.scheme}://{to.authority}{to.target}"
        return self.authenticator.header("POST", to.target, content, absolute=absolute)

    def _may_answer(self, response: Response) -> bool:
        if self._traits.authentication != "as-challenged":
            return False
        return self.authenticator.challenged(response.all("www-authenticate"))

    def _new_authenticator(self) -> Authenticator:
        traits = self._traits
        style = Style(
            qop=traits.digest_qop,
            algorithm=traits.digest_algorithm,
            uri=traits.digest_uri,
            form=traits.digest_form,
            counted=traits.digest_nonce != "uncounted",
            made_up=traits.digest_nonce == "made-up",
            gives_up_on_stale=traits.gives_up_on_stale,
        )
        return Authenticator(self._credentials, self._wire.make_cnonce, style)

    def _follow(self, location: str) -> None:
        """The same request goes to the new place, for this session only; never from TLS to plain."""
        try:
            new = address(location if "://" in location else self._absolute(location))
        except ValueError as error:
            raise SessionLost(f"redirected to nowhere: {error}") from error
        if self._address.scheme == "https" and new.scheme != "https":
            raise SessionLost("redirected from https to http")
        if new.origin != self._address.origin:
            self.close()
            self.authenticator = self._new_authenticator()
        self._address = new

    def _absolute(self, location: str) -> str:
        path = location if location.startswith("/") else f"/{location}"
        return f"{self._address.scheme}://{self._address.authority}{path}"

    def _envelope(self, response: Response) -> Envelope | None:
        if response.status == 204 or (response.status == 200 and not response.body.strip()):
            return None
        if response.status == 401:
            raise SessionLost("the ACS did not accept the credentials (401)")
        if response.status != 200:
            retry_after = response.get("retry-after")
            raise SessionLost(
                f"the ACS answered {response.status}" + (f", Retry-After {retry_after}" * bool(retry_after))
            )
        try:
            return read(response.body, response.get("content-type"))
        except Refused as refused:
            raise SessionLost(f"the ACS sent no envelope: {refused}") from refused
