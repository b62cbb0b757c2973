"""Stays logged in at an XMPP server and asks phones to call, one IQ each.

slixmpp is imported at the first start: most installations never need it, and it takes its time. What others do is told
in words, never raised: a phone that is not there, a server that went away, a password that changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from acs.protocols.xmpp_connection_request import Kind, connection_request, result_of
from acs.telemetry import spawn

if TYPE_CHECKING:
    from slixmpp import ClientXMPP

log = logging.getLogger(__name__)

ANSWER_SECONDS = 10.0
RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
"""Pauses between attempts to log in; the last one is repeated."""
LOGIN_SECONDS = 20.0
CLOSE_SECONDS = 2.0


class XmppClient:
    """One login. ``start`` keeps it alive until ``close``."""

    def __init__(self, jid: str, password: str, *, host: str = "", port: int = 5222, tls: bool = True) -> None:
        """Not connected yet.

        Args:
            jid: who we are, with or without a resource.
            password: the account's password.
            host: where to connect to; empty: as the DNS says for the domain of the identifier.
            port: the port there.
            tls: demand TLS with a certificate that the system trusts; without, nothing is encrypted.
        """
        self._jid = jid if "/" in jid else f"{jid}/acs"
        self._password = password
        self._host = host
        self._port = port
        self._tls = tls
        self._client: ClientXMPP | None = None
        self._running: asyncio.Task[None] | None = None
        self._online = asyncio.Event()
        self.trouble = "not connected yet"
        """Why it is not logged in; empty while it is."""

    @property
    def connected(self) -> bool:
        """Whether it is logged in now."""
        return self._online.is_set()

    def start(self) -> None:
        """Log in, and again whenever the connection is lost."""
        self._running = spawn(self._stay(), name="XMPP login")

    async def close(self) -> None:
        """Log out."""
        running, self._running = self._running, None
        while running is not None and not running.done():
            running.cancel()  # again, should something on the way take a cancellation for its own affair
            await asyncio.wait([running], timeout=2 * CLOSE_SECONDS)

    async def online(self, seconds: float) -> bool:
        """Wait until it is logged in."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._online.wait()
        return self.connected

    async def ask(self, jabber_id: str, username: str, password: str) -> tuple[str, str]:
        """Send the connection request; give what came back as a ``Kind`` and in words."""
        from slixmpp.exceptions import IqError, IqTimeout
        from slixmpp.jid import InvalidJID

        client = self._client
        if client is None or not self.connected:
            return Kind.REFUSED, f"we are not logged in: {self.trouble}"
        try:
            iq = client.make_iq_get(ito=jabber_id)
            iq.append(_element(connection_request(username, password)))
            await iq.send(timeout=ANSWER_SECONDS)  # type: ignore[no-untyped-call]
        except InvalidJID:
            return Kind.REFUSED, "its Jabber identifier is malformed"
        except IqTimeout:
            return Kind.REFUSED, f"no answer within {ANSWER_SECONDS:.0f} s"
        except IqError as error:
            return result_of("error", str(error.condition), str(error.text))
        except Exception as error:
            log.exception("XMPP connection request to %s failed", jabber_id)
            return Kind.REFUSED, type(error).__name__
        return result_of("result")

    async def _stay(self) -> None:
        attempt = 0
        while True:
            before = asyncio.get_running_loop().time()
            try:
                await self._login()
            except Exception:
                log.exception("the XMPP login broke; it is tried again")
                self.trouble = "an unexpected error, see the log"
            if asyncio.get_running_loop().time() - before > LOGIN_SECONDS:
                attempt = 0  # it had been logged in
            await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
            attempt += 1

    async def _login(self) -> None:
        """Log in and stay until the connection ends."""
        await asyncio.to_thread(import_module, "slixmpp")  # takes up to a second, which phones must not wait
        from slixmpp import ClientXMPP

        logging.getLogger("slixmpp").setLevel(logging.WARNING)  # below that it writes every stanza, secrets included
        client = ClientXMPP(self._jid, self._password)
        client.enable_direct_tls = False
        client.enable_starttls = self._tls
        client.enable_plaintext = not self._tls
        if not self._tls:
            # Only for a server on loopback: SCRAM alone keeps the password to ourselves there.
            client.plugin["feature_mechanisms"].unencrypted_scram = True
        client.register_plugin("xep_0199", {"keepalive": True, "interval": 60, "timeout": 20})
        over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def end(why: str) -> None:
            if not over.done():
                over.set_result(why)

        def started(_: Any) -> None:
            client.send_presence()  # so that servers deliver answers to this resource
            self.trouble = ""
            self._online.set()
            log.info("logged in to XMPP as %s", client.boundjid)

        client.add_event_handler("session_start", started)
        client.add_event_handler("failed_all_auth", lambda _: end("the XMPP server refuses ACS_XMPP_PASSWORD"))
        client.add_event_handler("connection_failed", lambda why: end(f"the XMPP server cannot be reached: {why}"))
        client.add_event_handler(
            "disconnected", lambda why: end(f"the connection to the XMPP server ended{f': {why}' if why else ''}")
        )
        client.add_event_handler(
            "stream_error", lambda why: end(f"the XMPP server ended the stream: {why['condition']}")
        )
        self._client = client
        try:
            client.connect(self._host, self._port) if self._host else client.connect()
            logged_in = asyncio.ensure_future(self._online.wait())
            first: set[asyncio.Future[Any]] = {logged_in, over}
            await asyncio.wait(first, timeout=LOGIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            logged_in.cancel()
            self.trouble = await over if over.done() or self.connected else "the XMPP server does not let us in in time"
            log.warning("XMPP: %s", self.trouble)
        finally:
            self._online.clear()
            self._client = None
            client.cancel_connection_attempt()
            try:
                # Not wait_for: before Python 3.12 it loses a cancellation that comes as its future is done.
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(CLOSE_SECONDS):
                        await client.disconnect(wait=CLOSE_SECONDS / 2)
            finally:
                client.abort()
                if client._run_out_filters is not None:  # its sender; nothing else ends it
                    client._run_out_filters.cancel()


def _element(xml: bytes) -> Any:
    from slixmpp.xmlstream import ET

    return ET.fromstring(xml)
