import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs.formats.http_capture import split

ONE = b'<?xml version="1.0"?>\n<s:Envelope><s:Body/></s:Envelope>'
HEAD = b"POST /acs HTTP/1.1\r\nHost: x\r\n"


def test_a_bare_body() -> None:
    (found,) = split(ONE)
    assert (found.body, found.start, found.status) == (ONE, "", None)


def test_nothing() -> None:
    assert [each.body for each in split(b"")] == [b""]
    assert [each.body for each in split(b"\n")] == [b"\n"]


def test_a_request_and_its_answer() -> None:
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(ONE) + ONE
    answer = b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\n\r\n"
    first, second, third = split(request + answer + b"POST /acs HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
    assert (first.body, first.start, first.notes) == (ONE, "POST /acs HTTP/1.1", ())
    assert (second.status, second.body, second.header("set-cookie")) == (204, b"", "a=b")
    assert (third.start, third.body) == ("POST /acs HTTP/1.1", b"")


def test_line_ends_that_an_editor_turned_round() -> None:
    request = (HEAD + b"Content-Length: %d\r\n\r\n" % (len(ONE) + 7) + ONE + b"\r\n").replace(b"\r\n", b"\n")
    first, second = split(request + b"\n" + b"HTTP/1.1 200 OK\n\n" + ONE)
    assert first.body.strip() == second.body == ONE
    assert "Content-Length says" in first.notes[0]


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_chunks(size: int) -> None:
    chunks = b"".join(
        b"%x;x=y\r\n%s\r\n" % (len(part), part) for at in range(0, len(ONE), size) if (part := ONE[at : at + size])
    )
    request = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    first, second = split(request + request[:-5])
    assert (first.body, first.notes) == (ONE, ())
    assert second.body == ONE
    assert "cut off" in second.notes[0]


def test_chunks_that_a_tool_joined_already() -> None:
    (found,) = split(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + ONE)
    assert found.body == ONE


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", gzip.compress(ONE, mtime=0)), ("deflate", zlib.compress(ONE)), ("deflate", zlib.compress(ONE)[2:-4])],
    ids=["gzip", "zlib", "raw deflate"],
)
def test_codings(coding: str, body: bytes) -> None:
    head = HEAD + f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    (found,) = split(head + body)
    assert (found.body, found.notes) == (ONE, ())
    (odd,) = split(head.replace(coding.encode(), b"br") + body)
    assert "not known" in odd.notes[0]
    (cut,) = split(head + body[:-9])
    assert cut.notes


def test_a_file_that_is_compressed_as_a_whole() -> None:
    assert split(gzip.compress(ONE))[0].body == ONE


def test_envelopes_one_after_the_other() -> None:
    assert [each.body.strip() for each in split(ONE + b"\n\n" + ONE + ONE)] == [ONE] * 3


def test_headers_over_several_lines_and_a_head_without_end() -> None:
    (found,) = split(b"POST / HTTP/1.0\r\nA: b\r\n  c\r\nD: e")
    assert found.headers == (("A", "b c"), ("D", "e"))
    assert found.notes == ("the head has no end",)


def test_a_trace_as_text() -> None:
    text = (
        b"Trace of device d: Fanvil X4.\nPasswords are ***.\n"
        b"\n==== 1, refused, a, no credentials\nPOST / HTTP/1.1\nhost: x\n"
        b"\n==== 2, from the phone, a\nPOST / HTTP/1.1\ncontent-length: 9999\n\n" + ONE + b"\n"
        b"\n[cut: the message has 9999 bytes, the first 5 are kept]\n"
        b"\n==== 3, to the phone\nHTTP/1.1 204\nset-cookie: acs=***\n\n2 messages.\n"
    )
    came, went = split(text)
    assert (came.body.strip(), came.start, came.notes) == (ONE, "POST / HTTP/1.1", ())
    assert (went.status, went.body.strip()) == (204, b"")


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([HEAD, ONE, b"\r\n", b"HTTP/1.1 200 OK\r\n", b"5\r\n"])).map(b"".join)
)
def test_whatever_it_is_there_is_an_answer(data: bytes) -> None:
    assert split(data)
