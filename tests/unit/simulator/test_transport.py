import asyncio
import zlib
from typing import Any

import pytest

from acs.simulator.behaviours import Cut, Traits
from acs.simulator.digest_client import Credentials, read
from acs.simulator.http_client import Limits
from acs.simulator.transport import SessionLost, Transport, Wire
from cwmp_schemas.acs_rpcs import InformResponse
from cwmp_schemas.envelope import write
from tests.unit.simulator.scripted_server import CLOSE, Scripted, answer, scripted

WIRE = Wire(make_cnonce=lambda: "cn", limits=Limits(answer=2.0))
ENVELOPE = write(InformResponse(), cwmp_namespace="urn:dslforum-org:cwmp-1-2", id="1")
OK = answer("200 OK", ENVELOPE, "Content-Type: text/xml")
NOTHING = answer("204 No Content").replace(b"Content-Length: 0\r\n", b"")
CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"'
DENIED = answer("401 Unauthorized", b"", CHALLENGE)


def transport(server: Scripted, traits: Traits | None = None, path: str = "/acs") -> Transport:
    return Transport(
        server.url + path, Credentials("u", "p"), traits=traits or Traits(), user_agent="Fanvil X4 1 0c", wire=WIRE
    )


async def test_a_session_by_the_book() -> None:
    cookie = answer("200 OK", ENVELOPE, "Set-Cookie: s=1; Path=/")
    async with scripted(DENIED, cookie, NOTHING) as server:
        phone = transport(server)
        first = await phone.post(b"<inform/>")
        assert first is not None
        assert first.method == "InformResponse"
        assert await phone.post(None) is None
        phone.close()
    (c1, line, h1, b1), (c2, _, h2, b2), (c3, _, h3, b3) = server.requests
    assert (c1, c2, c3) == (1, 1, 1)
    assert line == "POST /acs HTTP/1.1"
    assert (b1, b2, b3) == (b"<inform/>", b"<inform/>", b"")
    assert h1["content-type"] == 'text/xml; charset="utf-8"'
    assert h1["soapaction"] == ""
    assert "authorization" not in h1
    assert read(h2["authorization"])["nc"] == "00000001"
    assert read(h3["authorization"])["nc"] == "00000002"
    assert "cookie" not in h2
    assert h3["cookie"] == "s=1"
    assert "content-type" not in h3
    assert "soapaction" not in h3
    assert h3["user-agent"] == "Fanvil X4 1 0c"


async def test_200_without_a_body_is_nothing_too() -> None:
    async with scripted(answer()) as server:
        phone = transport(server)
        assert await phone.post(None) is None
        phone.close()


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answer("500 Oops", b"x"), "the ACS answered 500"),
        (answer("503 Busy", b"", "Retry-After: 30"), "the ACS answered 503, Retry-After 30"),
        (answer("400 Bad"), "the ACS answered 400"),
        (answer("200 OK", b"<html/>"), "the ACS sent no envelope"),
        (answer("301 Moved", b"", "Location: /x"), "the ACS answered 301"),
        (CLOSE, "closed before an answer"),
    ],
)
async def test_other_answers_end_the_session(reply: bytes, why: str) -> None:
    async with scripted(reply) as server:
        phone = transport(server)
        with pytest.raises(SessionLost, match=why):
            await phone.post(b"<inform/>")
        phone.close()


async def test_credentials_are_tried_once() -> None:
    async with scripted(DENIED, DENIED) as server:
        phone = transport(server)
        with pytest.raises(SessionLost, match="did not accept the credentials"):
            await phone.post(b"<inform/>")
        phone.close()
    assert len(server.requests) == 2


async def test_a_stale_nonce_is_replaced() -> None:
    stale = answer("401 Unauthorized", b"", 'WWW-Authenticate: Digest realm="r", nonce="n2", qop="auth", stale=true')
    async with scripted(DENIED, stale, OK) as server:
        phone = transport(server)
        assert await phone.post(b"<inform/>") is not None
        phone.close()
    assert read(server.requests[2][2]["authorization"])["nonce"] == "n2"


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary Redirect"])
async def test_redirects_take_the_same_request_along(status: str) -> None:
    async with scripted(OK, NOTHING) as target, scripted(answer(status, b"", f"Location: {target.url}/new")) as server:
        phone = transport(server)
        assert await phone.post(b"<inform/>") is not None
        assert await phone.post(None) is None
        phone.close()
    assert [(each[1], each[3]) for each in target.requests] == [
        ("POST /new HTTP/1.1", b"<inform/>"),
        ("POST /new HTTP/1.1", b""),
    ]


async def test_redirects_end_after_five() -> None:
    async with scripted(*[answer("307 Away", b"", "Location: /round")] * 7) as server:
        phone = transport(server)
        with pytest.raises(SessionLost, match="the ACS answered 307"):
            await phone.post(b"<inform/>")
        phone.close()
    assert len(server.requests) == 6


async def test_a_kept_connection_that_was_closed_is_opened_again() -> None:
    async with scripted(OK, CLOSE, NOTHING) as server:
        phone = transport(server)
        await phone.post(b"<inform/>")
        assert await phone.post(None) is None
        phone.close()
    assert [each[0] for each in server.requests] == [1, 1, 2]


@pytest.mark.parametrize(
    ("traits", "header", "expected"),
    [
        (Traits(cookies="none"), "cookie", None),
        (Traits(soap_action=None), "soapaction", None),
        (Traits(soap_action='""'), "soapaction", '""'),
        (Traits(authentication="basic-at-once"), "authorization", "Basic dTpw"),
        (Traits(connection_per_request=True), "connection", "close"),
        (Traits(chunked=True), "transfer-encoding", "chunked"),
    ],
    ids=["cookies", "no soapaction", "soapaction", "basic", "close", "chunked"],
)
async def test_traits_show_on_the_wire(traits: Traits, header: str, expected: str | None) -> None:
    cookie = answer("200 OK", ENVELOPE, "Set-Cookie: s=1; Path=/")
    async with scripted(cookie, OK) as server:
        phone = transport(server, traits)
        await phone.post(b"<a/>")
        await phone.post(b"<b/>")
        phone.close()
    assert [each[3] for each in server.requests] == [b"<a/>", b"<b/>"]
    assert server.requests[1][2].get(header) == expected
    assert server.connections == (2 if traits.connection_per_request else 1)


async def test_a_phone_without_authentication_gives_up_at_once() -> None:
    async with scripted(DENIED) as server:
        phone = transport(server, Traits(authentication="none"))
        with pytest.raises(SessionLost):
            await phone.post(b"<a/>")
        phone.close()


async def test_hanging_up_before_the_answer() -> None:
    async with scripted(OK) as server:
        phone = transport(server)
        await phone.post_and_leave(b"<a/>")
        phone.close()


def test_an_acs_url_must_be_one() -> None:
    with pytest.raises(SessionLost, match="of no use"):
        Transport("nowhere", Credentials("", ""), traits=Traits(), user_agent="", wire=WIRE)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw-deflate"])
async def test_envelopes_are_compressed_until_the_server_knows_no_such_thing(coding: Any) -> None:
    async with scripted(OK, answer("415 What"), OK, OK) as server:
        phone = transport(server, Traits(content_coding=coding))
        for _ in range(3):
            await phone.post(b"<inform/>")
        phone.close()
    first, refused, plain, later = server.requests
    assert first[2]["content-encoding"] == refused[2]["content-encoding"] == coding.removeprefix("raw-")
    bits = {"gzip": 31, "deflate": 15, "raw-deflate": -15}[coding]
    assert zlib.decompress(first[3], bits) == b"<inform/>"
    assert plain[3] == later[3] == b"<inform/>"
    assert "content-encoding" not in plain[2]


async def test_heads_are_written_by_hand_where_a_library_would_refuse() -> None:
    async with scripted(DENIED, OK) as server:
        phone = transport(server, Traits(http_version="1.0", digest_form="folded"))
        await phone.post(b"<inform/>")
        phone.close()
    assert [each[1] for each in server.requests] == ["POST /acs HTTP/1.0"] * 2
    assert server.folded == 1


async def test_an_empty_post_fetches_the_challenge() -> None:
    async with scripted(DENIED, OK) as server:
        phone = transport(server, Traits(empty_post_first=True))
        await phone.post(b"<inform/>")
        phone.close()
    (_, _, h1, b1), (_, _, h2, b2) = server.requests
    assert (b1, b2) == (b"", b"<inform/>")
    assert "authorization" not in h1
    assert read(h2["authorization"])["nonce"] == "n1"


async def test_a_challenge_is_answered_over_a_new_connection() -> None:
    async with scripted(DENIED, OK) as server:
        phone = transport(server, Traits(new_connection_to_authenticate=True))
        await phone.post(b"<inform/>")
        phone.close()
    assert [each[0] for each in server.requests] == [1, 2]


async def test_beginning_anew_forgets_connection_and_cookie() -> None:
    cookie = answer("200 OK", ENVELOPE, "Set-Cookie: s=1; Path=/")
    async with scripted(cookie, OK, OK) as server:
        phone = transport(server)
        await phone.post(b"<inform/>")
        await phone.post(b"<inform/>", anew=True)
        await phone.post(None)
        phone.close()
    assert [each[0] for each in server.requests] == [1, 2, 2]
    assert all("cookie" not in each[2] for each in server.requests)


@pytest.mark.parametrize(("cut", "requests", "body"), [("first-post", 1, 9), ("challenge", 1, 9), ("sent", 2, 9)])
async def test_the_connection_is_lost_where_it_is_said(cut: Cut, requests: int, body: int) -> None:
    async with scripted(DENIED, OK) as server:
        phone = transport(server)
        await phone.post_and_leave(b"<inform/>", cut)
        phone.close()
        await asyncio.sleep(0.05)
    assert len(server.requests) == requests
    assert len(server.requests[-1][3]) == body
    assert ("authorization" in server.requests[-1][2]) == (cut == "sent")


async def test_half_a_body_is_sent() -> None:
    async with scripted(DENIED, OK) as server:
        phone = transport(server)
        await phone.post_and_leave(b"<inform/>", "half")
        phone.close()
        await asyncio.sleep(0.05)
    assert len(server.requests) == 1  # the second never became whole
    assert server.broken_off == b"<inf"


async def test_a_nonce_may_be_kept_for_the_next_session() -> None:
    async with scripted(DENIED, OK, OK) as server:
        first = transport(server)
        await first.post(b"<inform/>")
        first.close()
        second = Transport(
            server.url + "/acs",
            Credentials("u", "p"),
            traits=Traits(),
            user_agent="",
            wire=WIRE,
            authenticator=first.authenticator,
        )
        await second.post(b"<inform/>")
        second.close()
    assert read(server.requests[2][2]["authorization"])["nc"] == "00000002"
