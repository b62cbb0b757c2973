"""Who is behind a proxy, and whom we believe."""

import time
from typing import Any

import pytest

from acs.protocols.addresses import networks
from acs.protocols.forwarded import Client, behind

TRUSTED = networks("10.0.0.0/8, 2001:db8::1")


def ask(peer: str, secure: Any = False, certificate: str = "", **headers: str) -> Client:
    given = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return behind(peer, secure, given, TRUSTED, certificate)


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({}, "10.0.0.1"),
        ({"x_forwarded_for": "192.0.2.7"}, "192.0.2.7"),
        ({"x_forwarded_for": "203.0.113.9, 192.0.2.7"}, "192.0.2.7"),
        ({"x_forwarded_for": "203.0.113.9, 192.0.2.7, 10.9.9.9"}, "192.0.2.7"),
        ({"x_forwarded_for": "192.0.2.7:5061"}, "192.0.2.7"),
        ({"x_forwarded_for": "nonsense"}, "10.0.0.1"),
        ({"x_forwarded_for": "10.0.0.2, 10.0.0.3"}, "10.0.0.2"),
        ({"x_real_ip": "192.0.2.7"}, "192.0.2.7"),
        ({"forwarded": 'for="[2001:db8:5::7]:4711";proto=https, for=10.1.1.1'}, "2001:db8:5::7"),
        ({"forwarded": "For=192.0.2.7"}, "192.0.2.7"),
        ({"forwarded": "for=unknown"}, "10.0.0.1"),
        ({"forwarded": "for=192.0.2.8", "x_forwarded_for": "192.0.2.7"}, "10.0.0.1"),  # one came from the client
        ({"x_real_ip": "192.0.2.7", "x_forwarded_for": "192.0.2.7"}, "192.0.2.7"),
    ],
)
def test_quirk_036_proxies_name_the_client_in_three_ways(headers: dict[str, str], address: str) -> None:
    assert ask("10.0.0.1", **headers).address == address
    assert ask("192.0.2.1", **headers) == Client("192.0.2.1", False)  # no proxy of ours


def test_tls_at_the_proxy_counts() -> None:
    assert ask("10.0.0.1", x_forwarded_proto="https").secure
    assert ask("10.0.0.1", forwarded="for=192.0.2.7;proto=https").secure
    assert not ask("10.0.0.1", secure=True, x_forwarded_proto="http").secure
    assert ask("10.0.0.1", secure=True).secure
    assert not ask("192.0.2.1", x_forwarded_proto="https").secure


def test_a_certificate_is_believed_only_of_a_proxy_in_the_named_header_and_if_it_was_verified() -> None:
    assert ask("10.0.0.1", certificate="client-cert", client_cert=":x:").certificate == ":x:"
    assert ask("10.0.0.1", client_cert=":x:").certificate is None
    assert ask("10.0.0.1", certificate="x-ssl-client-cert", client_cert=":x:").certificate is None
    assert ask("192.0.2.1", certificate="client-cert", client_cert=":x:").certificate is None
    for verdict, believed in (("SUCCESS", "p"), ("FAILED:expired", None), ("NONE", None)):
        told = {"x_ssl_client_cert": "p", "x_ssl_client_verify": verdict}
        assert ask("10.0.0.1", certificate="x-ssl-client-cert", **told).certificate == believed


def test_a_header_of_letters_alone_costs_next_to_nothing() -> None:
    begun = time.perf_counter()
    behind("192.0.2.1", False, [(b"forwarded", b"a" * 16_000)], networks("192.0.2.0/24"))
    assert time.perf_counter() - begun < 0.5  # was 5 s
