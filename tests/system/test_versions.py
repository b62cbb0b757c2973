"""Whole lives of phones of every CWMP version against a real server; all it says satisfies the official schemas."""

import itertools

import pytest

from tests.system.cpe import Phone
from tests.system.server import Server
from tests.system.test_life import configured

pytestmark = pytest.mark.system

_numbers = itertools.count(0x7A00)
URN = "urn:dslforum-org:cwmp-1-"
TIMEOUT = '<cwmp:SessionTimeout soap:mustUnderstand="0">40</cwmp:SessionTimeout>'
SUPPORTED = '<cwmp:SupportedCWMPVersions soap:mustUnderstand="0">1.0,1.1,1.2,1.3,1.4</cwmp:SupportedCWMPVersions>'


class Versioned(Phone):
    """A phone with further headers in its Inform."""

    extra = ""

    def _envelope(self, id: str, name: str, inner: str) -> bytes:
        plain = super()._envelope(id, name, inner)
        if name != "Inform" or not self.extra:
            return plain
        prefix = plain.split(b":Envelope", 1)[0].rpartition(b"<")[2].decode()
        head, end, rest = plain.partition(f"</{prefix}:Header>".encode())
        assert end, plain[:300]
        return head + self.extra.replace("soap:", f"{prefix}:").encode() + end + rest


@pytest.mark.parametrize(
    ("namespace", "extra", "version"),
    [
        (URN + "0", "", "1.0"),
        (URN + "1", "", "1.1"),
        (URN + "2", "", "1.2"),
        (URN + "2", TIMEOUT, "1.3"),
        (URN + "2", TIMEOUT + SUPPORTED, "1.4"),
        (URN + "3", "", "1.3"),
        (URN + "4", "", "1.4"),
    ],
    ids=["1.0", "1.1", "1.2", "1.3", "1.4", "urn 1-3", "urn 1-4"],
)
def test_a_life_in_every_version(server: Server, namespace: str, extra: str, version: str) -> None:
    phone = Versioned(server, next(_numbers), namespace=namespace)
    phone.extra = extra
    first = len(server.wire)
    phone.call()
    phone.call("2 PERIODIC")
    task = configured(server, phone, "101")
    phone.call("2 PERIODIC")
    server.succeeded(task)
    shown = server.device(phone.serial)
    assert (shown["cwmp_version"], shown["user_agent"], shown["credentials"]) == (version, "judge", "proven")
    said = [each.body for each in server.wire[first:] if each.body]
    assert said
    assert all(namespace.encode() in body for body in said)
    assert any(b"UseCWMPVersion" in body for body in said) == (SUPPORTED in extra)
