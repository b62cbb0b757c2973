import pytest

from acs.simulator.http_client import Connection, ConnectionLost, Limits, TooLarge, address
from tests.unit.simulator.scripted_server import CLOSE, answer, scripted

QUICK = Limits(connect=2.0, answer=2.0, body=100)


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "authority"),
    [
        ("http://acs.test", "acs.test", 80, "/", "acs.test"),
        ("http://acs.test:7547/a/b?c=d", "acs.test", 7547, "/a/b?c=d", "acs.test:7547"),
        ("https://u:p@acs.test/x y", "acs.test", 443, "/x%20y", "acs.test"),
        ("http://[2001:db8::1]:81/", "2001:db8::1", 81, "/", "[2001:db8::1]:81"),
    ],
)
def test_addresses(url: str, host: str, port: int, target: str, authority: str) -> None:
    found = address(url)
    assert (found.host, found.port, found.target, found.authority) == (host, port, target, authority)


@pytest.mark.parametrize("url", ["ftp://f.test/", "http://", "acs.test:7547", "http://h:port/"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        address(url)


async def test_one_connection_carries_several_requests() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    async with scripted(answer("200 OK", b"one", "X-A: 1", "X-A: 2"), chunked, answer("204 No Content")) as server:
        connection = await Connection.open(address(server.url), None, QUICK)
        first = await connection.request("POST", "/a", [("X", "y")], b"body")
        assert (first.status, first.body, first.all("x-a"), first.get("none")) == (200, b"one", ["1", "2"], "")
        assert (await connection.request("POST", "/b", [], b"")).body == b"abc"
        assert connection.reusable
        assert (await connection.request("GET", "/c", [])).status == 204
        connection.close()
    assert [(each[0], each[1]) for each in server.requests] == [
        (1, "POST /a HTTP/1.1"),
        (1, "POST /b HTTP/1.1"),
        (1, "GET /c HTTP/1.1"),
    ]
    assert server.requests[0][2]["host"] == f"127.0.0.1:{server.port}"
    assert server.requests[1][2]["content-length"] == "0"
    assert "content-length" not in server.requests[2][2]


async def test_chunked_requests_arrive_whole() -> None:
    async with scripted(answer()) as server:
        connection = await Connection.open(address(server.url), None, QUICK)
        await connection.request("POST", "/", [], b"<envelope/>", chunked=True)
        connection.close()
    assert server.requests[0][3] == b"<envelope/>"


async def test_a_closing_peer_ends_reuse() -> None:
    async with scripted(answer("200 OK", b"", "Connection: close")) as server:
        connection = await Connection.open(address(server.url), None, QUICK)
        await connection.request("GET", "/", [])
        assert not connection.reusable


@pytest.mark.parametrize(
    ("reply", "fresh"),
    [
        (CLOSE, True),
        (b"SSH-2.0-OpenSSH\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nabc", False),
    ],
    ids=["nothing", "no http", "cut"],
)
async def test_broken_answers_are_lost_connections(reply: bytes, fresh: bool) -> None:
    async with scripted(reply) as server:
        connection = await Connection.open(address(server.url), None, QUICK)
        with pytest.raises(ConnectionLost) as caught:
            await connection.request("GET", "/", [])
    assert caught.value.fresh is fresh


async def test_long_answers_and_slow_ones_are_given_up() -> None:
    async with scripted(answer("200 OK", bytes(101))) as server:
        connection = await Connection.open(address(server.url), None, QUICK)
        with pytest.raises(TooLarge):
            await connection.request("GET", "/", [])
    async with scripted(b"HTTP/1.1 200 OK\r\n") as server:
        connection = await Connection.open(address(server.url), None, Limits(answer=0.05))
        with pytest.raises(ConnectionLost, match=r"no answer within 0.05 s"):
            await connection.request("GET", "/", [])


async def test_nobody_there() -> None:
    async with scripted() as server:
        port = server.port
    with pytest.raises(ConnectionLost, match=f"cannot connect to 127.0.0.1:{port}"):
        await Connection.open(address(f"http://127.0.0.1:{port}/"), None, QUICK)
