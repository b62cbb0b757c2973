import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs.protocols import stun
from acs.protocols.stun import Answer, Message, answer, read, write

CLASSIC = bytes(range(1, 17))
MODERN = stun.COOKIE + bytes(range(1, 13))
MARK = (stun.CONNECTION_REQUEST_BINDING, stun.MARK)
USER = (stun.USERNAME, b"cr-user")
CHANGE = (stun.BINDING_CHANGE, b"")
PHONE = ("198.51.100.7", 40000)
VECTOR = bytes.fromhex(
    "0001003c0102030405060708090a0b0c0d0e0f10c001001464736c666f72756d2e6f72672f54522d313131200006000863722d757365722000"
    "080014d6f1d544d5a0cba5f0122c3a7db724155e97a7d8"
)


def message(data: bytes) -> Message:
    found = read(data)
    assert found is not None
    return found


def asked(*attributes: tuple[int, bytes], id: bytes = CLASSIC, password: str | None = None) -> Message:
    return message(write(stun.BINDING_REQUEST, id, attributes, password=password))


def answered(request: Message, *, challenge: bool = True) -> Answer:
    secrets = {"cr-user": "stun-secret"}
    return answer(request, PHONE, password_of=secrets.get, may_challenge=challenge)


def code(given: Answer) -> int:
    value = message(given.data).get(stun.ERROR_CODE)
    assert value is not None
    return value[2] * 100 + value[3]


def test_the_known_answer_of_the_reference() -> None:
    assert write(stun.BINDING_REQUEST, CLASSIC, [MARK, USER], password="stun-secret") == VECTOR
    request = message(VECTOR)
    assert (request.type, request.transaction_id, request.username) == (stun.BINDING_REQUEST, CLASSIC, "cr-user")
    assert request.marks_connection_requests
    assert stun.is_authentic(request, "stun-secret")
    assert not stun.is_authentic(request, "another secret")


def test_the_known_answer_of_rfc_5769() -> None:
    # RFC 5769 section 2.1: a request of RFC 5389 with a FINGERPRINT after MESSAGE-INTEGRITY
    data = bytes.fromhex(
        "000100582112a442b7e7a701bc34d686fa87dfae"
        "802200105354554e207465737420636c69656e74"
        "002400046e0001ff"
        "80290008932ff9b151263b36"
        "000600096576746a3a68367659202020"
        "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
        "80280004e57a3bcf"
    )
    request = message(data)
    assert request.is_modern
    assert request.username == "evtj:h6vY"
    assert stun.is_authentic(request, "VOkJxbRl1RmTxUk/WvJxBt")
    assert not stun.is_authentic(request, "VOkJxbRl1RmTxUk/WvJxBu")


def test_readings_of_the_signature_that_differ_are_taken() -> None:
    unsigned = write(stun.BINDING_REQUEST, CLASSIC, [MARK, USER])
    for length in (len(unsigned) - 20, len(unsigned) + 4):
        for padded in (True, False):
            covered = unsigned[:2] + length.to_bytes(2, "big") + unsigned[4:]
            value = stun.integrity(covered, "stun-secret", padded=padded)
            header = unsigned[:2] + (len(unsigned) + 4).to_bytes(2, "big") + unsigned[4:]
            assert stun.is_authentic(message(header + b"\0\x08\0\x14" + value), "stun-secret")


def test_a_changed_bit_is_found() -> None:
    for at in (5, 30, 50, 60, len(VECTOR) - 1):
        changed = bytearray(VECTOR)
        changed[at] ^= 1
        request = read(bytes(changed))
        assert request is None or not stun.is_authentic(request, "stun-secret")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\x01\0\0",
        VECTOR[:-1],
        VECTOR + b"\0",
        b"\xff" + VECTOR[1:],
        b"\0\x01\0\x04" + CLASSIC + b"\0\x06\0\x08",
        b"\0\x01\0\x02" + CLASSIC + b"\0\x06",
        b"\0\x01\0\x08" + CLASSIC + b"\0\x08\0\x04abcd",
        b"\0\x01\x05\xdc" + CLASSIC + b"\0" * 1500,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_message_is_none(data: bytes) -> None:
    assert read(data) is None


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_raise_anything(data: bytes, headed: bool) -> None:
    if headed:
        data = b"\0\x01" + len(data).to_bytes(2, "big") + CLASSIC + data
    request = read(data)
    if request is not None:
        given = answered(request)
        assert len(given.data) <= len(data) or given.binding
        assert given.to[0] == PHONE[0]


def test_a_marked_request_is_answered_with_where_it_came_from() -> None:
    given = answered(asked(MARK))
    reply = message(given.data)
    assert (reply.type, reply.transaction_id) == (stun.BINDING_RESPONSE, CLASSIC)
    assert stun.endpoint_of(reply.get(stun.MAPPED_ADDRESS) or b"") == PHONE
    assert (given.to, given.binding, given.challenged) == (PHONE, "", False)


def test_clients_of_rfc_5389_are_answered_in_their_way() -> None:
    reply = message(answered(asked(MARK, id=MODERN)).data)
    value = reply.get(stun.XOR_MAPPED_ADDRESS) or b""
    assert stun.endpoint_of(value, MODERN) == PHONE
    assert stun.endpoint_of(value) != PHONE
    assert reply.get(stun.MAPPED_ADDRESS) is None


def test_an_answer_to_a_stranger_is_never_larger_than_the_request() -> None:
    assert answered(asked()).data == b""
    assert answered(asked((0x0003, b"\0\0\0\0"))).data == b""
    assert len(answered(asked((0x0003, b"\0\0\0\0"), (0x0003, b""))).data) == 32
    assert len(answered(asked(MARK)).data) == 32


def test_a_new_binding_is_asked_to_prove_itself_and_is_then_believed() -> None:
    challenged = answered(asked(MARK, USER, CHANGE))
    assert (code(challenged), challenged.challenged, challenged.binding) == (401, True, "")
    proven = answered(asked(MARK, USER, CHANGE, password="stun-secret"))
    assert proven.binding == "cr-user"
    assert stun.is_authentic(message(proven.data), "stun-secret")


def test_whoever_names_nobody_of_ours_or_was_asked_just_now_is_not_asked() -> None:
    assert not answered(asked(MARK, CHANGE)).challenged
    assert not answered(asked(MARK, CHANGE, (stun.USERNAME, b"set by hand"))).challenged
    settled = answered(asked(MARK, USER, CHANGE), challenge=False)
    assert message(settled.data).type == stun.BINDING_RESPONSE
    assert settled.binding == ""


@pytest.mark.parametrize(
    ("attributes", "password", "expected"),
    [
        ((MARK, USER), "wrong", 431),
        ((MARK, (stun.USERNAME, b"nobody")), "stun-secret", 431),
        ((MARK,), "stun-secret", 432),
    ],
    ids=["wrong password", "unknown user", "no user"],
)
def test_what_proves_nothing_is_refused(
    attributes: tuple[tuple[int, bytes], ...], password: str, expected: int
) -> None:
    given = answered(asked(*attributes, password=password))
    assert (code(given), given.binding) == (expected, "")


def test_an_authenticated_request_without_the_mark_is_no_binding_for_connection_requests() -> None:
    assert answered(asked(USER, password="stun-secret")).binding == ""


def test_an_answer_goes_to_another_port_of_the_same_address_only() -> None:
    same = (stun.RESPONSE_ADDRESS, stun.address_value((PHONE[0], 50000)))
    other = (stun.RESPONSE_ADDRESS, stun.address_value(("203.0.113.9", 50000)))
    assert answered(asked(MARK, same)).to == (PHONE[0], 50000)
    assert answered(asked(MARK, other)) == Answer(b"", PHONE)
    assert answered(asked(MARK, (stun.RESPONSE_ADDRESS, b"\0\x01\0"))).data == b""
    # From the second port nothing is learnt about the first one.
    assert answered(asked(MARK, USER, same, password="stun-secret")).binding == ""


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"])
@pytest.mark.parametrize("mask", [b"", MODERN])
def test_addresses_of_both_families(host: str, mask: bytes) -> None:
    value = stun.address_value((host, 3478), mask)
    assert stun.endpoint_of(value, mask) == (host.removeprefix("::ffff:"), 3478)
    assert stun.endpoint_of(value[:-1], mask) is None
