import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

import pytest

from acs.protocols import udp_connection_request as udp


def test_the_known_answer_of_the_reference() -> None:
    assert udp.signature("cr-secret", 1700000000, 1, "cr-user", "0123456789abcdef") == (
        "aeeb60a63af2f58bcdc153681bf06d0bc4472a38"
    )


def test_the_datagram_to_the_letter() -> None:
    made = udp.datagram(
        "203.0.113.9", 30000, username="cr-user", password="cr-secret", ts=1700000000, id=1, cn="0123456789abcdef"
    )
    assert made == (
        b"GET http://203.0.113.9:30000?ts=1700000000&id=1&un=cr-user&cn=0123456789abcdef"
        b"&sig=aeeb60a63af2f58bcdc153681bf06d0bc4472a38 HTTP/1.1\r\nHost: 203.0.113.9:30000\r\n\r\n"
    )


def test_what_is_signed_is_not_escaped() -> None:
    made = udp.datagram("2001:db8::1", 80, username="a&b ü", password="p", ts=5, id=6, cn="c")
    target = made.split(b" ")[1].decode()
    assert target.startswith("http://[2001:db8::1]:80?ts=5&id=6&un=a%26b%20%C3%BC&cn=c&sig=")
    assert b"Host: [2001:db8::1]:80\r\n" in made
    sig = parse_qs(urlsplit(target).query)["sig"][0]
    assert sig == hmac.new(b"p", "56a&b üc".encode(), hashlib.sha1).hexdigest()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9:30000", ("203.0.113.9", 30000)),
        ("phone.example:7547", ("phone.example", 7547)),
        ("[2001:db8::1]:7547", ("2001:db8::1", 7547)),
        (" 203.0.113.9:30000 ", ("203.0.113.9", 30000)),
        ("", None),
        (":7547", None),
        ("203.0.113.9:0", None),
        ("203.0.113.9:99999", None),
        ("203.0.113.9:7547/x", None),
        ("user@203.0.113.9:7547", None),
        ("203.0.113.9 evil", None),
        ("x" * 300, None),
    ],
)
def test_where_a_phone_says_it_listens(address: str, expected: tuple[str, int] | None) -> None:
    assert udp.endpoint(address) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", ("203.0.113.9", 80)),
        ("2001:db8::1", ("2001:db8::1", 80)),
        ("[2001:db8::1]", ("2001:db8::1", 80)),
    ],
)
def test_quirk_153_an_address_without_a_port_means_port_80(address: str, expected: tuple[str, int]) -> None:
    assert udp.endpoint(address) == expected
