"""The XMPP login ends when it shall, whatever it is doing; no server is needed for that."""

import asyncio
import contextlib

import pytest

from acs.edges.xmpp.client import XmppClient


async def test_closing_ends_it_even_if_a_cancellation_is_lost_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    async def login(self: XmppClient) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # as wait_for of Python 3.11 does in an unlucky moment
            await asyncio.sleep(60)

    monkeypatch.setattr(XmppClient, "_login", login)
    monkeypatch.setattr("acs.edges.xmpp.client.CLOSE_SECONDS", 0.05)
    client = XmppClient("acs@xmpp.example", "secret")
    client.start()
    await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        await client.close()
    await client.close()  # twice is once
