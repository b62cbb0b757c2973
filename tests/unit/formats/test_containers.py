"""Containers: what they wrap comes back, ``openssl`` agrees with every one of them, wrong keys are told."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs.errors import BadFile, BadRequest
from acs.formats.containers import CONTAINERS, DEFAULT, ENCRYPTING, Container, container, read_key

KEY = bytes(range(32))
NONCE = bytes(range(100, 116))
FILE = b"<<VOIP CONFIG FILE>>Version:2.0002\r\n\r\n<<END OF FILE>>\r\n"

encrypting = pytest.mark.parametrize("name", ENCRYPTING)
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def iv_of(name: str, key: bytes) -> bytes:
    """The vector by the container's name, worked out apart from the code under test."""
    return NONCE if name.endswith("iv-prefix") else key[:16] if "key-iv" in name else bytes(16)


def openssl(name: str, way: str, data: bytes, iv: bytes) -> bytes:
    mode = "-aes-256-ecb" if "ecb" in name else "-aes-256-cbc"
    command = ["openssl", "enc", way, mode, "-K", KEY.hex()]
    if "cbc" in name:
        command += ["-iv", iv.hex()]
    if name.endswith("zero-padding"):
        command += ["-nopad"]
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=20).stdout


def test_plain_is_the_very_bytes() -> None:
    plain = container("plain")
    assert not plain.encrypts
    assert plain.open(plain.seal(b"\x00file")) == b"\x00file"


def test_plain_is_not_for_phones_with_a_key() -> None:
    with pytest.raises(BadRequest):
        container("plain").seal(b"x", key=b"k" * 32)


def test_containers_are_found_by_name() -> None:
    assert all(container(name).name == name for name in CONTAINERS)
    assert len({each.about for each in CONTAINERS.values()}) == len(CONTAINERS)
    with pytest.raises(BadRequest, match="aes"):
        container("aes-unheard-of")


def test_the_default_is_as_documented() -> None:
    assert DEFAULT == "aes-256-cbc-iv-prefix"
    sealed = container(DEFAULT).seal(FILE, key=KEY, nonce=NONCE)
    assert sealed[:16] == NONCE
    assert len(sealed) == 16 + (len(FILE) // 16 + 1) * 16


@needs_openssl
@encrypting
@pytest.mark.parametrize("data", [b"", b"x", FILE, b"y" * 16, b"z" * 4096])
def test_openssl_takes_apart_what_is_sealed(name: str, data: bytes) -> None:
    sealed = container(name).seal(data, key=KEY, nonce=NONCE)
    iv, body = (sealed[:16], sealed[16:]) if name == DEFAULT else (iv_of(name, KEY), sealed)
    assert openssl(name, "-d", body, iv).rstrip(b"\0" if name.endswith("zero-padding") else b"") == data


@needs_openssl
@encrypting
def test_what_openssl_seals_is_opened(name: str) -> None:
    iv = iv_of(name, KEY)
    data = FILE + bytes(-len(FILE) % 16) if name.endswith("zero-padding") else FILE
    body = openssl(name, "-e", data, iv)
    assert container(name).open((iv if name == DEFAULT else b"") + body, key=KEY) == FILE


@encrypting
@given(data=st.binary(max_size=200), key=st.binary(min_size=32, max_size=32))
def test_there_and_back(name: str, data: bytes, key: bytes) -> None:
    each = container(name)
    opened = each.open(each.seal(data, key=key, nonce=NONCE), key=key)
    assert opened == (data.rstrip(b"\0") if name.endswith("zero-padding") else data)


@encrypting
def test_equal_input_gives_equal_bytes_and_no_plain_ones(name: str) -> None:
    each = container(name)
    sealed = each.seal(FILE, key=KEY, nonce=NONCE)
    assert sealed == each.seal(FILE, key=KEY, nonce=NONCE)
    assert b"VOIP" not in sealed
    assert b"END" not in sealed


@pytest.mark.parametrize("name", [name for name in ENCRYPTING if not name.endswith("zero-padding")])
def test_a_wrong_key_is_told(name: str) -> None:
    each = container(name)
    with pytest.raises(BadFile, match="key does not fit"):
        each.open(each.seal(FILE, key=KEY, nonce=NONCE), key=bytes(32))


@encrypting
@pytest.mark.parametrize("data", [b"x", FILE[:33], b"\x00" * 15])
def test_what_is_no_whole_number_of_blocks_is_told(name: str, data: bytes) -> None:
    with pytest.raises(BadFile, match="not a whole number of blocks"):
        container(name).open(data, key=KEY)


def test_nothing_is_no_file_of_the_default() -> None:
    for data in (b"", NONCE):
        with pytest.raises(BadFile, match="blocks"):
            container(DEFAULT).open(data, key=KEY)


@encrypting
def test_keys_and_nonces_have_their_length(name: str) -> None:
    each: Container = container(name)
    for call in (each.seal, each.open):
        with pytest.raises(BadRequest, match="32 bytes"):
            call(FILE[:32], key=b"short")
    if each.needs_nonce:
        with pytest.raises(BadRequest, match="16 bytes"):
            each.seal(FILE, key=KEY, nonce=b"short")


def test_keys_as_people_write_them() -> None:
    assert read_key(f" {KEY.hex().upper()}\n") == KEY
    for text in ("", "ab", "g" * 64, KEY.hex() + "0"):
        with pytest.raises(BadRequest, match="64 hexadecimal") as caught:
            read_key(text)
        assert caught.value.field == "key"
        assert not text or text not in caught.value.message
