"""Addresses and networks as text."""

from ipaddress import ip_address

import pytest

from acs.protocols.addresses import bracketed, canonical, is_among, networks, plain, source_of


@pytest.mark.parametrize(
    ("written", "once"),
    [("::ffff:192.0.2.7", "192.0.2.7"), ("fe80::1%eth0", "fe80::1"), ("192.0.2.7", "192.0.2.7"), ("", ""), ("x", "x")],
)
def test_addresses_have_one_spelling(written: str, once: str) -> None:
    assert canonical(written) == once


def test_quirk_037_a_mapped_address_is_its_ipv4_address() -> None:
    assert plain("::ffff:10.0.0.5") == ip_address("10.0.0.5")
    assert plain("fe80::1%eth0") == ip_address("fe80::1")
    assert plain("rubbish") is None
    assert plain("") is None


@pytest.mark.parametrize(
    ("host", "written"),
    [("2001:db8::1", "[2001:db8::1]"), ("192.0.2.7", "192.0.2.7"), ("phone.example", "phone.example")],
)
def test_a_host_stands_in_brackets_where_it_has_colons(host: str, written: str) -> None:
    assert bracketed(host) == written


def test_networks() -> None:
    assert networks("") == ()
    assert is_among("::ffff:10.1.2.3", networks("10.0.0.0/8"))
    assert not is_among("10.1.2.3", networks("2001:db8::/32"))
    assert not is_among("nobody", networks("10.0.0.0/8"))
    for text, told in (("x", "x"), ("10.0.0.1/8", "host bits")):
        with pytest.raises(ValueError, match=told):
            networks(text)


def test_who_has_a_network_of_addresses_is_one_source() -> None:
    assert source_of("192.0.2.7") == source_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert source_of("2001:db8:0:1::1") == source_of("2001:db8:0:1:ffff::2%eth0") == "2001:db8:0:1::/64"
    assert source_of("2001:db8:0:2::1") != source_of("2001:db8:0:1::1")
    assert source_of("x") == "x"
