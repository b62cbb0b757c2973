import pytest

from acs.errors import BadRequest
from acs.formats.containers import CONTAINERS, container


def test_plain_is_the_very_bytes() -> None:
    plain = container("plain")
    assert not plain.encrypts
    assert plain.open(plain.seal(b"\x00file")) == b"\x00file"


def test_plain_is_not_for_phones_with_a_key() -> None:
    with pytest.raises(BadRequest):
        container("plain").seal(b"x", key=b"k" * 32)


def test_containers_are_found_by_name() -> None:
    assert all(container(name).name == name for name in CONTAINERS)
    with pytest.raises(BadRequest, match="aes"):
        container("aes-unheard-of")
