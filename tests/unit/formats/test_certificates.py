"""Certificates and their like: read by suffix, told from what they are not. The files are made by openssl."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from acs.errors import BadFile
from acs.formats import certificates

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the files, and is not here")

OVPN = b"client\ndev tun\nproto udp\nremote vpn.example.net 1194\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key in every form that is wanted."""
    here = tmp_path_factory.mktemp("pki")
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -days 30 -set_serial 4660 -subj /CN=sips.example/O=Carrier -keyout k -out c",
        "x509 -in c -outform DER -out c.der",
        "pkcs8 -topk8 -in k -nocrypt -outform DER -out k.der",
        "pkcs8 -topk8 -in k -passout pass:hush -out k.enc",
        "pkcs8 -topk8 -in k -passout pass:hush -outform DER -out k.enc.der",
        "rsa -in k -traditional -aes128 -passout pass:hush -out k.old",
        "pkcs12 -export -in c -inkey k -passout pass:hush -out c.p12",
        "pkcs12 -export -in c -inkey k -passout pass: -out open.p12",
        "req -new -key k -subj /CN=a -out request",
    ):
        subprocess.run(["openssl", *command.split()], check=True, capture_output=True, cwd=here)
    return here


@needs_openssl
@pytest.mark.parametrize(
    ("name", "made_of", "kind", "private", "passphrase"),
    [
        ("sips.pem", "c", "certificate", False, False),
        ("sips.crt", "c", "certificate", False, False),
        ("sips.cer", "c.der", "certificate", False, False),
        ("SIPS.DER", "c.der", "certificate", False, False),
        ("sips.pem", "k", "private key", True, False),
        ("sips.pem", "k+c", "certificate and private key", True, False),
        ("sips.key", "k", "private key", True, False),
        ("sips.key", "k.der", "private key", True, False),
        ("sips.key", "k.enc", "private key", True, True),
        ("sips.key", "k.enc.der", "private key", True, True),
        ("sips.key", "k.old", "private key", True, True),
        ("sips.der", "k.der", "private key", True, False),
        ("sips.p12", "c.p12", "pkcs12", True, True),
        ("sips.pfx", "open.p12", "pkcs12", True, False),
    ],
)
def test_what_is_in_a_file(folder: Path, name: str, made_of: str, kind: str, private: bool, passphrase: bool) -> None:
    data = b"".join((folder / part).read_bytes() for part in made_of.split("+"))
    found = certificates.read(name, data)
    assert (found.kind, found.private, found.encrypted_key) == (kind, private, passphrase)
    facts = found.facts()
    assert facts.get("private", False) is private
    if "certificate" in kind:
        assert (facts["subject"], facts["issuer"]) == ("O=Carrier,CN=sips.example",) * 2
        assert facts["serial"] == "1234"


@needs_openssl
def test_the_facts_are_those_that_openssl_tells(folder: Path) -> None:
    facts = certificates.read("c.pem", (folder / "c").read_bytes()).facts()
    told = subprocess.run(
        ["openssl", "x509", "-in", "c", "-noout", "-fingerprint", "-sha256", "-enddate", "-dateopt", "iso_8601"],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
    ).stdout
    assert facts["sha256"] in told.replace(":", "").lower()
    assert facts["not_after"].replace("T", " ") in told


@needs_openssl
def test_a_chain_shows_all_and_the_first_on_top(folder: Path) -> None:
    facts = certificates.read("chain.pem", (folder / "c").read_bytes() * 2).facts()
    assert facts["certificates"] == 2
    assert [each["serial"] for each in facts["chain"]] == ["1234", "1234"]
    assert facts["subject"] == facts["chain"][0]["subject"]
    many = (folder / "c").read_bytes() * (certificates.MAX_CERTIFICATES + 1)
    with pytest.raises(BadFile, match="more than 200"):
        certificates.read("chain.pem", many)


@needs_openssl
@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("a.pem", lambda pem: pem[: len(pem) // 2], "neither a whole certificate"),
        ("a.pem", lambda pem: pem.replace(b"MII", b"MIJ", 1), "no certificate that can be read"),
        ("a.pem", lambda pem: pem.replace(b"MII", b"M!I", 1), "not in base64"),
        ("a.crt", lambda pem: b"hello", "no certificate that can be read"),
        ("a.key", lambda pem: pem, "no private key"),
        ("a.p12", lambda pem: pem, "no PKCS#12"),
    ],
)
def test_what_is_broken_is_refused(folder: Path, name: str, change: Callable[[bytes], bytes], says: str) -> None:
    with pytest.raises(BadFile, match=says):
        certificates.read(name, change((folder / "c").read_bytes()))


@needs_openssl
def test_a_version_that_no_certificate_has(folder: Path) -> None:
    # Another kind of error in the library than that of anything else that is broken.
    der = (folder / "c.der").read_bytes()
    broken = der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x15", 1)
    assert broken != der
    with pytest.raises(BadFile, match="no certificate that can be read"):
        certificates.read("sips.der", broken)


@needs_openssl
def test_a_request_is_no_certificate_and_a_broken_key_no_key(folder: Path) -> None:
    with pytest.raises(BadFile, match="request for a certificate"):
        certificates.read("a.pem", (folder / "request").read_bytes())
    lines = (folder / "k").read_bytes().splitlines(keepends=True)
    with pytest.raises(BadFile, match="private key cannot be read"):
        certificates.read("a.key", b"".join([*lines[:3], *lines[5:]]))


def test_vpn_xml_and_binary_files() -> None:
    assert certificates.read("office.ovpn", OVPN).facts() == {"kind": "openvpn", "private": True}
    assert certificates.read("a.xml", b"<?xml version='1.0'?><a><b/></a>").facts() == {"kind": "xml"}
    assert certificates.read("a.bin", b"\x00\x01").facts() == {"kind": "binary", "private": True}
    static = b"-----BEGIN OpenVPN Static key V1-----\n00ff\n-----END OpenVPN Static key V1-----\n"
    assert certificates.read("ta.key", static).facts() == {"kind": "private key", "private": True}


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.txt", b"x", "ends in one of: .bin, .bmp, .crt"),
        ("pem", b"x", "ends in one of"),
        ("a.bin", b"", "empty"),
        ("a.bin", bytes(certificates.MAX_BYTES + 1), "at most"),
        ("a.ovpn", b"dear operator, the client is away\n", "no OpenVPN configuration"),
        ("a.ovpn", OVPN + b"\x00", "no OpenVPN configuration"),
        ("a.bmp", b"BM", "no BMP"),
        ("a.xml", b"<a><b></a>", "not well-formed XML"),
        ("a.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type"),
    ],
)
def test_other_files_are_told_from_what_they_are_not(name: str, data: bytes, says: str) -> None:
    with pytest.raises(BadFile, match=says):
        certificates.read(name, data)


def test_what_repeats_without_an_end_is_read_in_one_pass() -> None:
    began = process_time()
    with pytest.raises(BadFile, match="neither a whole certificate"):
        certificates.read("a.pem", b"-----BEGIN CERTIFICATE-----\n" * 30_000)
    with pytest.raises(BadFile, match="no OpenVPN"):
        certificates.read("a.ovpn", b"\n" * 900_000)
    assert process_time() - began < 2
