"""Client certificates: whom they name."""

import base64
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509

from acs.protocols.certificates import Certificate, UnreadableError, digest_of, from_header, read_certificate
from tests.certificates import Authority, Pair


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    authority = Authority(tmp_path_factory.mktemp("ca"))
    return authority.issue(
        "0C383E-00100400FV", x509.DNSName("phone.example.net"), x509.UniformResourceIdentifier("urn:dev:0C383E-X4-SN")
    )


def test_names_and_digest_are_read(pair: Pair) -> None:
    found = read_certificate(pair.der)
    assert found == Certificate(pair.sha256, ("0C383E-00100400FV", "phone.example.net", "urn:dev:0C383E-X4-SN"))


def test_a_certificate_without_names_names_nobody(tmp_path: Path) -> None:
    found = read_certificate(Authority(tmp_path).issue("").der)
    assert found.names == ()
    assert not found.names_some_device
    assert not found.names_device("", "", "")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("0C383E-SN1", True),
        ("0c383e-SN1", True),
        ("0C383E-X4-SN1", True),
        ("0C383E-X%344-SN1", False),
        ("0C383E-X%34-SN1", True),
        ("urn:dev:0C383E-SN1", False),
        ("https://0C383E-SN1", True),
        ("https://0C383E-X4-SN1/", True),
        ("0C383E-SN2", False),
        ("0C383E-sn1", False),
        ("0C383F-SN1", False),
        ("0C383E-X5-SN1", False),
        ("0C383E-", False),
        ("0C383E", False),
        ("SN1", False),
        ("", False),
    ],
)
def test_a_name_is_of_exactly_one_phone(name: str, ours: bool) -> None:
    assert Certificate("0" * 64, (name,)).names_device("0C383E", "X4", "SN1") is ours


def test_a_dash_within_a_part_is_taken_either_way() -> None:
    for name in ("0C383E-IP-Phone-S-1", "0C383E-IP%2DPhone-S%2D1", "0C383E-S-1", "0C383E-S%2D1"):
        assert Certificate("0" * 64, (name,)).names_device("0C383E", "IP-Phone", "S-1"), name
    assert not Certificate("0" * 64, ("0C383E-IP-Phone-S-1",)).names_device("0C383E", "IP", "S-1")


def test_a_proxy_hands_it_on_in_every_form(pair: Pair) -> None:
    plain = base64.b64encode(pair.der).decode()
    for value in (f":{plain}:", plain, quote(pair.pem, safe=""), pair.pem.replace("\n", " "), f" {pair.pem}"):
        assert from_header(value).sha256 == pair.sha256


@pytest.mark.parametrize("value", ["", ":", "::", "nonsense", ":QUJD:", "%ff", "x" * 20_000])
def test_what_is_no_certificate_is_refused(value: str) -> None:
    with pytest.raises(UnreadableError):
        from_header(value)


def test_digests_as_people_write_them() -> None:
    assert digest_of("AB:" * 31 + "ab") == "ab" * 32
    assert digest_of(" " + "0F" * 32 + " ") == "0f" * 32
    assert digest_of("ab" * 31) is None
    assert digest_of("zz" * 32) is None
