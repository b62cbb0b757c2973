import pytest

from acs.domain.phones.server_url import split


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("", ("", "", "")),
        ("http://10.0.0.5", ("http", "http://10.0.0.5", "")),
        ("http://10.0.0.5/", ("http", "http://10.0.0.5", "")),
        ("https://h:8443/a/b", ("https", "https://h:8443/a/b", "")),
        ("https://h:8443/a/b/", ("https", "https://h:8443/a/b", "")),
        ("tftp://h/$mac.cfg", ("tftp", "tftp://h", "$mac.cfg")),
        ("ftp://h/p/name.txt", ("ftp", "ftp://h/p", "name.txt")),
        ("http://h/mac?mac=$mac.cfg", ("http", "http://h", "mac?mac=$mac.cfg")),
    ],
)
def test_split(url: str, parts: tuple[str, str, str]) -> None:
    assert split(url) == parts
