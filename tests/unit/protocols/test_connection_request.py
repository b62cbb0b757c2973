import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs.protocols import digest
from acs.protocols.connection_request import (
    MAX_HEAD,
    BadUrl,
    ConnectionRequest,
    Head,
    Kind,
    Result,
    Send,
    Target,
    parse_url,
    read_head,
)

DIGEST = 'Digest realm="Fanvil", nonce="abc", qop="auth"'


def request(url: str = "http://192.0.2.7:8088/cr?x=1", user: str = "acs", **more: bool) -> ConnectionRequest:
    return ConnectionRequest(parse_url(url), user, "pw" if user else "", "0a4f113b", **more)


def head(status: int, *headers: str) -> Head:
    lines = "".join(f"{each}\r\n" for each in headers)
    found = read_head(f"HTTP/1.1 {status} Reason\r\n{lines}\r\n".encode())
    assert found is not None
    return found


# URLs


@pytest.mark.parametrize(
    ("url", "target", "host_header"),
    [
        ("http://192.0.2.7:8088/", Target("http", "192.0.2.7", 8088, "/"), "192.0.2.7:8088"),
        ("http://192.0.2.7", Target("http", "192.0.2.7", 80, "/"), "192.0.2.7"),
        ("http://192.0.2.7:/", Target("http", "192.0.2.7", 80, "/"), "192.0.2.7"),
        ("HTTPS://Phone.Example:443/a", Target("https", "phone.example", 443, "/a"), "phone.example"),
        ("http://[2001:DB8::1]:7547/x", Target("http", "2001:db8::1", 7547, "/x"), "[2001:db8::1]:7547"),
        ("http://h?a=b", Target("http", "h", 80, "/?a=b"), "h"),
        ("http://h//a/../%41;b?c=d&e#f", Target("http", "h", 80, "//a/../%41;b?c=d&e"), "h"),
        ("http://10.0.0.1.example/", Target("http", "10.0.0.1.example", 80, "/"), "10.0.0.1.example"),
    ],
)
def test_a_url_is_taken_exactly(url: str, target: Target, host_header: str) -> None:
    assert parse_url(url) == target
    assert target.host_header == host_header


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "not an http"),
        ("192.0.2.7:8088/", "not an http"),
        ("ftp://192.0.2.7/", "not an http"),
        ("http:///x", "no host"),
        ("http://user:pw@192.0.2.7/", "user name"),
        ("http://[fe80::1%25eth0]/", "zone"),
        ("http://[fe80::1]/", "zone"),
        ("http://h:0/", "no port"),
        ("http://h:65536/", "no port"),
        ("http://h:123456/", "no host"),
        ("http://h:x/", "no host"),
        ("http://0.0.0.0/", "nobody|no phone"),
        ("http://[::]/", "no phone"),
        ("http://[::ffff:0.0.0.0]/", "no phone"),
        ("http://224.0.0.1/", "no phone"),
        ("http://255.255.255.255/", "no phone"),
        ("http://2130706433/", "no address"),
        ("http://0x7f.1/", "no address"),
        ("http://127.1/", "no address"),
        ("http://1.2.3.4./", "no address"),
        ("http://[1:2]/", "no address"),
        ("http://a..b/", "no host name"),
        ("http://" + "a" * 64 + "/", "no host name"),
        ("http://h/a b", "spaces"),
        ("http://h/\r\nX: y", "spaces"),
        ("http://h/é", "spaces"),
        ("http://h\\@evil/", "user name"),
        ("http://h/" + "a" * 1024, "longer"),
    ],
)
def test_a_url_that_cannot_be_used_says_why(url: str, why: str) -> None:
    with pytest.raises(BadUrl, match=why) as caught:
        parse_url(url)
    assert caught.value.field == "connection_request_url"


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://[", "http://a:"]))
def test_no_url_raises_anything_else(rest: str, start: str) -> None:
    try:
        target = parse_url(start + rest)
    except BadUrl:
        return
    assert target.request_target.startswith("/")
    assert 0 < target.port < 65536


# The exchange


def test_the_usual_exchange() -> None:
    knock = request()
    assert knock.first() == b"GET /cr?x=1 HTTP/1.1\r\nHost: 192.0.2.7:8088\r\n\r\n"
    step = knock.answered(head(401, f"WWW-Authenticate: {DIGEST}", "Content-Length: 12"))
    assert isinstance(step, Send)
    assert step.skip == 12
    authorization = digest.respond(DIGEST, "acs", "pw", "GET", "/cr?x=1", "0a4f113b")
    expected = f"GET /cr?x=1 HTTP/1.1\r\nHost: 192.0.2.7:8088\r\nAuthorization: {authorization}\r\n\r\n"
    assert step.data == expected.encode()
    assert step.request.answered(head(204)) == Result(Kind.ACCEPTED, 204, "")


@pytest.mark.parametrize(
    ("status", "kind"), [(200, Kind.ACCEPTED), (204, Kind.ACCEPTED), (503, Kind.BUSY), (404, Kind.REFUSED)]
)
def test_what_a_status_means(status: int, kind: Kind) -> None:
    result = request().answered(head(status))
    assert isinstance(result, Result)
    assert (result.kind, result.status) == (kind, status)


def test_a_second_challenge_means_wrong_credentials() -> None:
    again = head(401, f"WWW-Authenticate: {DIGEST}")
    step = request().answered(again)
    assert isinstance(step, Send)
    for answer in (again, head(403)):
        result = step.request.answered(answer)
        assert isinstance(result, Result)
        assert result.kind is Kind.AUTH_FAILED


def test_a_stale_nonce_is_answered_once_more() -> None:
    stale = head(401, f"WWW-Authenticate: {DIGEST}, stale=TRUE")
    first = request().answered(stale)
    assert isinstance(first, Send)
    second = first.request.answered(stale)
    assert isinstance(second, Send)
    third = second.request.answered(stale)
    assert isinstance(third, Result)
    assert third.kind is Kind.AUTH_FAILED


@pytest.mark.parametrize(
    ("headers", "skip"),
    [
        (("Content-Length: 0",), 0),
        ((), None),
        (("Content-Length: 5", "Connection: close"), None),
        (("Content-Length: 5", "Connection: Keep-Alive"), 5),
        (("Transfer-Encoding: chunked",), None),
        (("Content-Length: x",), None),
        (("Content-Length: 5", "Content-Length: 6"), None),
        (("Content-Length: 99999999",), None),
    ],
)
def test_the_connection_is_used_again_only_if_the_body_s_end_is_known(headers: tuple[str, ...], skip: int) -> None:
    step = request().answered(head(401, f"WWW-Authenticate: {DIGEST}", *headers))
    assert isinstance(step, Send)
    assert step.skip == skip


def test_http_1_0_closes_unless_it_says_otherwise() -> None:
    for line, skip in (("", None), ("Connection: keep-alive\r\n", 0)):
        text = f"HTTP/1.0 401 No\r\nWWW-Authenticate: {DIGEST}\r\nContent-Length: 0\r\n{line}\r\n"
        found = read_head(text.encode())
        assert found is not None
        step = request().answered(found)
        assert isinstance(step, Send)
        assert step.skip == skip


def test_basic_only_by_rule() -> None:
    basic = head(401, 'WWW-Authenticate: Basic realm="phone"')
    result = request().answered(basic)
    assert isinstance(result, Result)
    assert result.kind is Kind.AUTH_FAILED
    assert "no rule" in result.detail
    step = request(allow_basic=True).answered(basic)
    assert isinstance(step, Send)
    assert b"Authorization: Basic YWNzOnB3\r\n" in step.data


def test_digest_goes_before_basic_and_md5_before_sha() -> None:
    offers = (
        'WWW-Authenticate: Basic realm="p"',
        'WWW-Authenticate: Digest realm="p", nonce="s", algorithm=SHA-256',
        'WWW-Authenticate: Digest realm="p", nonce="m", algorithm=MD5',
    )
    step = request(allow_basic=True).answered(head(401, *offers))
    assert isinstance(step, Send)
    assert b'nonce="m"' in step.data


@pytest.mark.parametrize(
    ("user", "challenge", "says"),
    [
        ("", f"WWW-Authenticate: {DIGEST}", "know none"),
        ("acs", "X: y", "no challenge"),
        ("acs", 'WWW-Authenticate: Digest realm="p"', "no nonce"),
    ],
)
def test_a_challenge_that_cannot_be_met_is_a_result(user: str, challenge: str, says: str) -> None:
    result = request(user=user).answered(head(401, challenge))
    assert isinstance(result, Result)
    assert result.kind is Kind.AUTH_FAILED
    assert says in result.detail


# Heads


def test_a_head_is_read_when_it_is_complete() -> None:
    whole = b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="a",\r\n nonce="b"\r\nX\r\n\r\nbody'
    for cut in range(whole.index(b"\r\n\r\n")):
        assert read_head(whole[:cut]) is None
    found = read_head(whole)
    assert found is not None
    assert found.values("www-authenticate") == ['Digest realm="a", nonce="b"']
    assert whole[found.length :] == b"body"


def test_bare_line_feeds_and_a_missing_reason_are_read() -> None:
    found = read_head(b"HTTP/1.0 204\nA: b\n\n")
    assert found is not None
    assert found == Head(204, (("a", "b"),), 19, http_1_0=True)


@pytest.mark.parametrize(
    "data", [b"SSH-2.0-x\r\n", b"HTTP/1.1 OK\r\n", b"\r\n\r\n", b"HTTP/1.1 200 " + b"a" * MAX_HEAD]
)
def test_what_is_no_response_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"HTTP response|no end"):
        read_head(data)


@given(st.binary(max_size=100), st.sampled_from([b"", b"HTTP/1.1 401 x\r\n", b"HTTP/1.1 200"]))
def test_no_bytes_raise_anything_else(rest: bytes, start: bytes) -> None:
    try:
        found = read_head(start + rest)
    except ValueError:
        return
    if found is not None:
        assert isinstance(request().answered(found), Send | Result)
