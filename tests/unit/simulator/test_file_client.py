import pytest

from acs.simulator.digest_client import Credentials, read
from acs.simulator.file_client import TransferFailed, fetch, send
from acs.simulator.http_client import Limits
from acs.simulator.transport import Wire
from tests.unit.simulator.scripted_server import CLOSE, answer, scripted

WIRE = Wire(make_cnonce=lambda: "cn", limits=Limits(answer=2.0, body=1000))
NOBODY = Credentials("", "")
CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"'
DENIED = answer("401 Unauthorized", b"", CHALLENGE)


async def get(url: str, who: Credentials = NOBODY, size: int = 0) -> bytes:
    return await fetch(url, who, wire=WIRE, user_agent="Fanvil X4 1 0c", size=size)


async def test_a_file_of_the_announced_size() -> None:
    async with scripted(answer("200 OK", b"file")) as server:
        assert await get(f"{server.url}/t/abc/0c383e.cfg", size=4) == b"file"
    assert server.requests[0][1] == "GET /t/abc/0c383e.cfg HTTP/1.1"
    assert server.requests[0][2]["user-agent"] == "Fanvil X4 1 0c"


@pytest.mark.parametrize(
    ("reply", "size", "code"),
    [
        (answer("404 Not Found"), 0, 9016),
        (answer("403 Forbidden"), 0, 9016),
        (answer("500 Oops"), 0, 9016),
        (answer("200 OK", b"file"), 5, 9018),
        (answer("200 OK", bytes(1001)), 0, 9018),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nabc", 0, 9017),
        (CLOSE, 0, 9015),
        (DENIED, 0, 9012),
    ],
    ids=["404", "403", "500", "size", "large", "cut", "closed", "401"],
)
async def test_failures_have_the_fault_codes_of_tr069(reply: bytes, size: int, code: int) -> None:
    async with scripted(reply) as server:
        with pytest.raises(TransferFailed) as caught:
            await get(f"{server.url}/a.cfg", size=size)
    assert caught.value.code == code


@pytest.mark.parametrize("url", ["ftp://f.test/a", "tftp://f.test/a", "nonsense"])
async def test_other_protocols_are_9013(url: str) -> None:
    with pytest.raises(TransferFailed) as caught:
        await get(url)
    assert caught.value.code == 9013


async def test_nobody_there_is_9015() -> None:
    async with scripted() as server:
        url = server.url
    with pytest.raises(TransferFailed) as caught:
        await get(f"{url}/a")
    assert caught.value.code == 9015


async def test_digest_and_user_information_in_the_url() -> None:
    async with scripted(DENIED, answer("200 OK", b"file")) as server:
        assert await get(f"http://anna:se%20cret@127.0.0.1:{server.port}/a") == b"file"
    given = read(server.requests[1][2]["authorization"])
    assert (given["username"], given["uri"]) == ("anna", "/a")
    assert server.connections == 1


async def test_basic_where_that_is_asked_for_and_9012_where_it_is_wrong() -> None:
    basic = answer("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="r"')
    async with scripted(basic, answer("200 OK", b"file")) as server:
        assert await get(f"{server.url}/a", Credentials("u", "p")) == b"file"
        assert server.requests[1][2]["authorization"] == "Basic dTpw"
    async with scripted(basic, basic) as server:
        with pytest.raises(TransferFailed) as caught:
            await get(f"{server.url}/a", Credentials("u", "wrong"))
    assert caught.value.code == 9012


async def test_redirects_are_followed() -> None:
    async with (
        scripted(answer("200 OK", b"file")) as target,
        scripted(
            answer("302 Found", b"", f"Location: {target.url}/b"), answer("301 Moved", b"", "Location: /c")
        ) as server,
    ):
        assert await get(f"{server.url}/a") == b"file"
    assert target.requests[0][1] == "GET /b HTTP/1.1"


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "204 No Content"])
async def test_uploads_are_put(status: str) -> None:
    async with scripted(answer(status)) as server:
        await send(f"{server.url}/up", NOBODY, b"backup", wire=WIRE, user_agent="x")
    assert (server.requests[0][1], server.requests[0][3]) == ("PUT /up HTTP/1.1", b"backup")


async def test_refused_uploads_are_9011() -> None:
    async with scripted(answer("403 Forbidden")) as server:
        with pytest.raises(TransferFailed) as caught:
            await send(f"{server.url}/up", NOBODY, b"backup", wire=WIRE, user_agent="x")
    assert caught.value.code == 9011


@pytest.mark.parametrize(("how", "method"), [("put", "PUT"), ("post", "POST"), ("multipart", "POST")])
async def test_quirk_141_a_file_is_sent_as_the_phone_does_it(how: str, method: str) -> None:
    async with scripted(answer("200 OK")) as server:
        await send(f"{server.url}/t/abc/0c.cfg", NOBODY, b"backup", wire=WIRE, user_agent="F", how=how)
    ((_, line, headers, body),) = server.requests
    assert line == f"{method} /t/abc/0c.cfg HTTP/1.1"
    if how != "multipart":
        assert (headers["content-type"], body) == ("application/octet-stream", b"backup")
        return
    media, mark = headers["content-type"].split("; boundary=")
    assert media == "multipart/form-data"
    assert body.startswith(f"--{mark}\r\n".encode())
    assert body.endswith(f"backup\r\n--{mark}--\r\n".encode())
    assert b'filename="0c.cfg"' in body
