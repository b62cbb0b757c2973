from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs.domain.devices import reach
from acs.domain.devices.reach import Ground, Way, Why, seconds_to_next_contact, ways, why_not
from acs.protocols.addresses import plain

OURS = Ground(own_names=frozenset({"192.0.2.100", "acs.example"}), own_ports=frozenset({7547, 7567, 7557}))


def why(address: str, port: int = 80, *networks: str, called_from: str = "10.0.0.5", **more: Any) -> Why | None:
    ground = Ground(tuple(ip_network(each) for each in networks), OURS.own_names, OURS.own_ports)
    there = plain(address)
    assert there is not None
    return why_not(there, port, ground, **{"ours": False, "called_from": called_from, **more})


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.7", "203.0.113.9", "100.64.3.4", "fd12::7", "2a00::7"])
def test_where_phones_are(address: str) -> None:
    assert why(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "::",
        "169.254.1.1",
        "169.254.169.254",
        "fe80::1",
        "224.0.0.1",
        "ff02::1",
        "240.0.0.1",
        "255.255.255.255",
        "100.100.100.200",
        "168.63.129.16",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::7f00:1",
        "::127.0.0.1",
    ],
)
def test_where_no_phone_is(address: str) -> None:
    assert why(address) is not None
    assert why(address, 80, "0.0.0.0/0", "::/0") is not None  # a wide range opens none of them


@pytest.mark.parametrize(
    ("address", "network", "refused"),
    [
        ("127.0.0.1", "127.0.0.0/8", None),
        ("::1", "::1/128", None),
        ("169.254.7.7", "169.254.0.0/16", None),
        ("169.254.169.254", "169.254.0.0/16", Why.NOWHERE),
        ("224.0.0.1", "224.0.0.0/4", Why.NOWHERE),
        ("10.0.0.5", "10.0.0.0/8", None),
        ("192.168.1.1", "10.0.0.0/8", Why.ELSEWHERE),
        ("127.0.0.1", "10.0.0.0/8", Why.ELSEWHERE),
    ],
)
def test_configured_networks(address: str, network: str, refused: Why | None) -> None:
    assert why(address, 80, network) is refused


def test_loopback_is_for_phones_that_call_from_there() -> None:
    assert why("127.0.0.1", 8088, called_from="127.0.0.1", ours=True, caller_is_ours=True) is None
    assert why("127.0.0.2", 8088, called_from="::ffff:127.0.0.1", ours=True) is None
    assert why("127.0.0.1", 8088, called_from="10.0.0.5", ours=True) is Why.LOOPBACK
    assert why("127.0.0.1", 8088, called_from="", ours=True) is Why.LOOPBACK


@pytest.mark.parametrize("port", [7547, 7567, 7557])
def test_quirk_182_our_own_listeners_are_never_asked(port: int) -> None:
    assert why("192.0.2.100", port) is Why.OURS
    assert why("127.0.0.1", port, called_from="127.0.0.1", ours=True, caller_is_ours=True) is Why.OURS
    assert why("192.0.2.100", port, "192.0.2.100/32", ours=True) is Why.OURS


def test_our_own_host_is_for_phones_that_live_on_it() -> None:
    assert why("192.0.2.100", 9000, called_from="10.0.0.5", ours=True) is Why.OUR_HOST
    assert why("192.0.2.100", 9000, called_from="192.0.2.100", ours=True) is None
    assert why("192.0.2.100", 9000, called_from="127.0.0.1", ours=True, caller_is_ours=True) is None
    assert why("192.0.2.100", 9000, "192.0.2.0/24", ours=True) is Why.OUR_HOST
    assert why("192.0.2.100", 9000, "192.0.2.100/32", ours=True) is None


@given(st.integers(0, 2**32 - 1))
def test_an_address_hidden_in_another_is_held_to_the_same(number: int) -> None:
    inner = ip_address(number)
    refused = why(str(inner)) is not None
    packed = inner.packed.hex()
    halves = f"{packed[:4]}:{packed[4:]}"
    for hidden in (f"64:ff9b::{halves}", f"2002:{halves}::1"):
        assert not refused or why(hidden) is not None, (hidden, inner)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"http_host": "10.0.0.5"}, "http"),
        ({"http_host": "10.0.0.5", "udp": True, "xmpp": True}, "http udp xmpp"),
        ({"http_host": "10.0.0.5", "called_from": "203.0.113.9", "udp": True, "xmpp": True}, "udp xmpp http"),
        ({"http_host": "10.0.0.5", "called_from": "203.0.113.9"}, "http"),
        ({"http_host": "100.64.0.9", "called_from": "203.0.113.9", "udp": True}, "udp http"),
        ({"http_host": "fd00::5", "called_from": "2a00::9", "xmpp": True}, "xmpp http"),
        ({"http_host": "203.0.113.9", "called_from": "203.0.113.9", "udp": True}, "http udp"),
        ({"http_host": "203.0.113.9", "nat_detected": True, "udp": True}, "udp http"),
        ({"http_host": "phone.example", "called_from": "203.0.113.9", "udp": True}, "http udp"),
        ({"http_host": None, "udp": True, "xmpp": True}, "udp xmpp"),
        ({"http_host": None}, ""),
    ],
)
def test_the_order_of_ways(facts: dict[str, Any], expected: str) -> None:
    assert ways(**{"called_from": "10.0.0.5", **facts}) == tuple(Way(each) for each in expected.split())


@pytest.mark.parametrize(
    ("enabled", "interval", "last", "expected"),
    [
        (True, 300, 1000.0, 200),
        (True, 300, 700.0, 200),
        (True, 300, 1100.0, 300),
        (True, 60, 1099.9, 60),
        (False, 300, 1000.0, None),
        (True, None, 1000.0, None),
        (True, 0, 1000.0, None),
        (True, 300, None, None),
    ],
)
def test_quirk_184_when_a_phone_calls_by_itself(
    enabled: bool, interval: int | None, last: float | None, expected: int | None
) -> None:
    assert seconds_to_next_contact(enabled=enabled, interval=interval, last_inform_at=last, now=1100.0) == expected


def test_reasons_are_sentences() -> None:
    assert all(str(each).startswith("it is ") for each in reach.Why)
