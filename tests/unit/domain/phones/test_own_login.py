"""What a file says of the phone's login at this server."""

import pytest

from acs.domain.phones.own_login import keep_login
from acs.formats import ConfigDocument, Item, Module

OURS = "http://192.0.2.1:7547/"
LOGIN = (
    Item("ACS UserName", "admin"),
    Item("ACS Password", "admin"),
    Item("CPE UserName", "dps"),
    Item("CPE Password", "dps"),
)
OTHER = Module("SIP CONFIG MODULE", (Item("SIP  Port", "5060"),))


def keys(document: ConfigDocument) -> list[str]:
    return [item.key for _, item in document]


@pytest.mark.parametrize("url", [None, "", "0.0.0.0", OURS, "http://192.0.2.1:7547/any/path"])
def test_a_phone_that_stays_keeps_its_login(url: str | None) -> None:
    said = () if url is None else (Item("ACS URL", url),)
    document = ConfigDocument((OTHER, Module("TR069 CONFIG MODULE", (*said, *LOGIN))), "2.0003")
    left = keep_login(document, acs_url=OURS)
    assert keys(left) == ["SIP  Port", *(["ACS URL"] if said else [])]
    assert left.version == "2.0003"


@pytest.mark.parametrize("url", ["http://192.0.2.9:7547/", "http://192.0.2.1:80/", "http://["])
def test_a_phone_that_is_sent_elsewhere_takes_the_login_along(url: str) -> None:
    document = ConfigDocument((Module("TR069 CONFIG MODULE", (Item("ACS URL", url), *LOGIN)),))
    assert keep_login(document, acs_url=OURS) == document
