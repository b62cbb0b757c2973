"""How envelopes travel: one HTTP connection per session where the ACS lets it live, cookies, authentication, redirects.

Frame by TR-069 3.4: POST; ``Content-Type: text/xml`` and ``SOAPAction`` with an envelope, neither with the empty POST;
200 with an envelope or 204 comes back, and anything else ends the session.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from acs.errors import AcsError
from acs.simulator.behaviours import Traits
from acs.simulator.cookies import CookieJar
from acs.simulator.digest_client import Authenticator, Credentials, basic
from acs.simulator.http_client import REDIRECTS, Address, Connection, ConnectionLost, Header, Limits, Response, address
from cwmp_schemas.envelope import Envelope, Refused, read


class SessionLost(AcsError):  # noqa: N818 - what happened, in the past tense
    """The exchange cannot go on; the session has failed."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What all transports of a fleet share."""

    make_cnonce: Callable[[], str]
    limits: Limits = field(default_factory=Limits)
    tls: ssl.SSLContext | None = None


class Transport:
    """The HTTP side of one session."""

    __slots__ = (
        "_address",
        "_authenticator",
        "_connection",
        "_cookies",
        "_credentials",
        "_traits",
        "_user_agent",
        "_wire",
    )

    def __init__(self, url: str, credentials: Credentials, *, traits: Traits, user_agent: str, wire: Wire) -> None:
        try:
            self._address: Address = address(url)
        except ValueError as error:
            raise SessionLost(f"the ACS URL is of no use: {error}") from error
        self._credentials = credentials
        self._traits = traits
        self._user_agent = user_agent
        self._wire = wire
        self._cookies = CookieJar()
        self._connection: Connection | None = None
        self._authenticator = self._new_authenticator()

    async def post(self, body: bytes | None) -> Envelope | None:
        """POST an envelope, or nothing; what came back, ``None`` for nothing.

        Raises:
            SessionLost: by TR-069 the session cannot go on after what came back.
        """
        redirects = 0
        while True:
            response = await self._exchange(body)
            for cookie in response.all("set-cookie"):
                self._cookies.take(self._address.host, self._address.target, cookie)
            if response.status == 401 and self._may_answer(response):
                continue
            if response.status in (302, 307) and redirects < REDIRECTS:
                redirects += 1
                self._follow(response.get("location"))
                continue
            return self._envelope(response)

    async def post_and_leave(self, body: bytes | None) -> None:
        """POST and hang up before the answer."""
        try:
            connection = await self._connected()
        except ConnectionLost:
            return
        await connection.send_and_leave("POST", self._address.target, self._headers(body), body or b"")

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
            self._connection = await Connection.open(self._address, self._wire.tls, self._wire.limits)
        return self._connection

    async def _request(self, connection: Connection, body: bytes | None) -> Response:
        return await connection.request(
            "POST",
            self._address.target,
            self._headers(body),
            body or b"",
            chunked=self._traits.chunked,
            expect_continue=self._traits.expect_continue,
        )

    def _headers(self, body: bytes | None) -> list[Header]:
        traits = self._traits
        headers: list[Header] = [("User-Agent", self._user_agent)]
        if body is not None or traits.empty_post_content_type:
            headers.append(("Content-Type", 'text/xml; charset="utf-8"'))
        if body is not None and traits.soap_action is not None:
            headers.append(("SOAPAction", traits.soap_action))
        if traits.cookies and (cookies := self._cookies.header(self._address.host, self._address.target)):
            headers.append(("Cookie", cookies))
        if traits.authentication == "basic-at-once":
            headers.append(("Authorization", basic(self._credentials.username, self._credentials.password)))
        elif authorization := self._authenticator.header("POST", self._address.target):
            headers.append(("Authorization", authorization))
        if traits.connection_per_request:
            headers.append(("Connection", "close"))
        return headers

    def _may_answer(self, response: Response) -> bool:
        if self._traits.authentication != "as-challenged":
            return False
        return self._authenticator.challenged(response.all("www-authenticate"))

    def _new_authenticator(self) -> Authenticator:
        return Authenticator(self._credentials, self._wire.make_cnonce, use_qop=self._traits.digest_qop)

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
            self._authenticator = self._new_authenticator()
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
