"""XMPP connection requests through a real server: the phone's side is written here, after Annex K."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from acs.edges.xmpp import client as module
from acs.edges.xmpp.client import XmppClient
from tests.prosody import DOMAIN, needs_prosody, prosody

pytestmark = needs_prosody
SPACE = "{urn:broadband-forum-org:cwmp:xmppConnReq-1-0}"
PHONE = f"phone@{DOMAIN}/cwmp"
ACCOUNTS = {"acs": "acs secret", "phone": "phone secret"}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with prosody(tmp_path_factory.mktemp("prosody"), ACCOUNTS) as started:
        yield started


@dataclass
class Phone:
    """A phone that is logged in: takes one pair, or answers as told."""

    port: int
    answer: str = ""
    """Condition of the error that it answers; empty: as the credentials deserve. ``silence``: nothing."""
    pair: tuple[str, str] = ("cr-user", "cr-secret")
    woken: Callable[[], None] = lambda: None
    """Called when it was asked by someone who may."""
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    """Sender, user name and password of each."""

    @asynccontextmanager
    async def online(self) -> AsyncIterator[None]:
        from slixmpp import ClientXMPP
        from slixmpp.xmlstream.handler import Callback
        from slixmpp.xmlstream.matcher import MatchXPath

        client = ClientXMPP(PHONE, ACCOUNTS["phone"])
        client.enable_direct_tls = client.enable_starttls = False
        client.enable_plaintext = True
        client.plugin["feature_mechanisms"].unencrypted_scram = True
        ready = asyncio.Event()

        def started(_: Any) -> None:
            client.send_presence()
            ready.set()

        client.add_event_handler("session_start", started)
        client.register_handler(Callback("cr", MatchXPath(f"{{jabber:client}}iq/{SPACE}connectionRequest"), self.asked))
        client.connect("127.0.0.1", self.port)
        try:
            await asyncio.wait_for(ready.wait(), 10)
            yield
        finally:
            await client.disconnect(wait=0.5)
            if client._run_out_filters is not None:
                client._run_out_filters.cancel()

    def asked(self, iq: Any) -> None:
        element = iq.xml.find(f"{SPACE}connectionRequest")
        username, password = (element.findtext(f"{SPACE}{name}") for name in ("username", "password"))
        self.requests.append((str(iq["from"]), username, password))
        assert iq["type"] == "get"
        if self.answer == "silence":
            return
        reply = iq.reply()
        condition = self.answer or ("" if (username, password) == self.pair else "not-authorized")
        if condition:
            reply["type"] = "error"
            reply["error"]["type"] = "cancel"
            reply["error"]["condition"] = condition
        else:
            self.woken()
        reply.send()


@asynccontextmanager
async def server(port: int, *, password: str = ACCOUNTS["acs"], **more: Any) -> AsyncIterator[XmppClient]:
    client = XmppClient(f"acs@{DOMAIN}", password, host="127.0.0.1", port=port, **{"tls": False, **more})
    client.start()
    try:
        yield client
    finally:
        await client.close()


async def says(client: XmppClient, words: str) -> bool:
    """Wait until a login has failed, and with these words."""
    async with asyncio.timeout(20):
        while client.trouble in ("", "not connected yet"):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)
    return client.trouble.startswith(words)


async def test_a_phone_is_asked_and_accepts(port: int) -> None:
    phone = Phone(port)
    async with server(port) as client, phone.online():
        assert await client.online(10)
        assert client.trouble == ""
        assert await client.ask(PHONE, "cr-user", "cr-secret") == ("accepted", "")
    assert phone.requests == [(f"acs@{DOMAIN}/acs", "cr-user", "cr-secret")]
    assert not client.connected


async def test_secrets_are_written_as_text_whatever_they_hold(port: int) -> None:
    phone = Phone(port)
    async with server(port) as client, phone.online():
        assert await client.online(10)
        await client.ask(PHONE, "</username><x>", 'a&b"<é')
    assert [pair[1:] for pair in phone.requests] == [("</username><x>", 'a&b"<é')]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ("", "auth_failed", "does not take our credentials"),
        ("service-unavailable", "busy", "busy, not logged in, or does not know us"),
        ("feature-not-implemented", "refused", "feature-not-implemented"),
    ],
)
async def test_a_phone_that_refuses_says_why(port: int, answer: str, kind: str, words: str) -> None:
    phone = Phone(port, answer)
    async with server(port) as client, phone.online():
        assert await client.online(10)
        told = await client.ask(PHONE, "cr-user", "wrong")
    assert told[0] == kind
    assert words in told[1]
    assert len(phone.requests) == 1


async def test_a_phone_that_is_not_logged_in(port: int) -> None:
    async with server(port) as client:
        assert await client.online(10)
        kind, words = await client.ask(PHONE, "cr-user", "cr-secret")
    assert kind == "busy"
    assert "not logged in" in words


async def test_a_silent_phone_and_a_malformed_identifier(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.2)
    phone = Phone(port, "silence")
    async with server(port) as client, phone.online():
        assert await client.online(10)
        assert (await client.ask(PHONE, "u", "p"))[1] == "no answer within 0 s"
        assert await client.ask("a@b@c/@", "u", "p") == ("refused", "its Jabber identifier is malformed")


async def test_a_wrong_password_is_told(port: int) -> None:
    async with server(port, password="wrong") as client:
        assert await says(client, "the XMPP server refuses")
        kind, words = await client.ask(PHONE, "u", "p")
    assert (kind, words) == ("refused", "we are not logged in: the XMPP server refuses ACS_XMPP_PASSWORD")


async def test_nobody_listens(unused_tcp_port: int) -> None:
    async with server(unused_tcp_port) as client:
        assert await says(client, "the XMPP server cannot be reached")
        assert not client.connected


async def test_it_logs_in_again_when_the_server_was_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", (0.1,))
    (tmp_path / "one").mkdir()
    with prosody(tmp_path / "one", ACCOUNTS) as first:
        async with server(first) as client:
            assert await client.online(10)
            lost = client._client
            assert lost is not None
            lost.abort()  # what a server that dies looks like from here
            while client.connected:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
            assert await client.online(10)
            assert (await client.ask(PHONE, "u", "p"))[0] == "busy"


async def test_tls_with_a_trusted_certificate_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with prosody(tmp_path, ACCOUNTS, encrypted=True) as port:
        async with server(port, tls=True) as client:
            assert await says(client, "the connection to the XMPP server ended: ")
            assert "self-signed certificate" in client.trouble
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        async with server(port, tls=True) as client:
            assert await client.online(10)
            assert (await client.ask(PHONE, "u", "p"))[0] == "busy"
