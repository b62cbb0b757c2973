"""Packages that only the maker can look into."""

import pytest

from acs.errors import BadFile
from acs.formats.packages import check_mmiset


@pytest.mark.parametrize("head", [b"\x1f\x9d\x90", b"\x78\x9c", b"BM is how this one begins", b"\x00"])
def test_whatever_is_in_a_package(head: bytes) -> None:
    check_mmiset("mmiset6_SpanishT20131206171925.z", head)


@pytest.mark.parametrize(
    ("name", "head", "says"),
    [
        ("german.mmiset", b"x", "compress it to .z"),
        ("german.MMISET", b"x", "compress it to .z"),
        ("german.zip", b"x", "compressed to .z"),
        ("german.z", b"", "empty"),
        ("german.z", b"PK\x03\x04", "a ZIP archive"),
        ("german.z", b"\x89PNG\r\n", "a PNG picture"),
        ("german.z", b"\xff\xd8\xff\xe0", "a JPEG picture"),
        ("german.z", b"BM\x00\x10\x00\x00\x00\x00\x00\x00", "a BMP picture"),
        ("german.z", b"<HTML>", "a web page"),
    ],
)
def test_what_is_surely_none_is_refused(name: str, head: bytes, says: str) -> None:
    with pytest.raises(BadFile, match=says):
        check_mmiset(name, head)
