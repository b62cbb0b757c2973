"""What differs between two files, whatever dialects they are in."""

import pytest

from acs import formats
from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.differences import by_name, differences
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import render
from acs.formats import CODECS, ConfigDocument, Dialect, Item, Module
from acs.formats.document import item_of

SIP = "SIP CONFIG MODULE"
SETTINGS = {
    "sip": {"port": 5060, "lines": {"1": {"user": "1001", "server": "10.0.0.1", "password": "p"}}},
    "network": {"mode": "static", "address": "10.0.0.2", "hostname": "h"},
    "time": {"timezone": "Europe/Berlin", "ntp_server": "10.0.0.3"},
    "keys": {"1": {"type": "blf", "line": 1, "value": "1"}, "9": {"type": "speed_dial", "line": 1, "value": "2"}},
    "web": {"accounts": {"1": {"name": "admin", "password": "p"}}},
    "autoprovision": {"mode": "reboot", "pnp": {"enabled": True}, "server_url": "http://h/p"},
}


def document(*pairs: tuple[str, str], section: str = "", module: str = SIP) -> ConfigDocument:
    return ConfigDocument((Module(module, tuple(item_of(name, value, section=section) for name, value in pairs)),))


def told(
    before: ConfigDocument, after: ConfigDocument, *, cut: bool = False
) -> list[tuple[str, str | None, str | None, str]]:
    return [(each.item.name, each.before, each.after, each.change) for each in differences(before, after, cut=cut)]


def test_added_changed_removed_in_the_order_of_the_later_file() -> None:
    before = document(("SIP1 Phone Number", "1"), ("SIP1 Gone", "x"), ("SIP1 Same", "s"))
    after = document(("SIP1 Same", "s"), ("SIP1 New", "n"), ("SIP1 Phone Number", "2"))
    assert told(before, after) == [
        ("SIP1 New", None, "n", "added"),
        ("SIP1 Phone Number", "1", "2", "changed"),
        ("SIP1 Gone", "x", None, "removed"),
    ]


def test_modules_that_are_gone_come_last() -> None:
    before = document(("A", "1"), module="X MODULE")
    after = document(("B", "1"), module="Y MODULE")
    assert [each.module for each in differences(before, after)] == ["Y MODULE", "X MODULE"]


def test_names_in_any_case_and_without_spaces_are_the_same() -> None:
    before = document(("SIP1 Phone Number", "1"), section="SIP Line List")
    after = document(("SIP1 PhoneNumber", "1"), section="SIPLineList", module="sip config module")
    assert told(before, after) == []


def test_the_section_tells_keys_apart() -> None:
    before = document(("Fkey1 Type", "1"), section="Sidekey Config1")
    after = document(("Fkey1 Type", "1"), section="Dsskey Config1")
    assert [change for *_, change in told(before, after)] == ["added", "removed"]


def test_keys_that_stand_more_than_once_are_compared_one_by_one() -> None:
    before = document(("Rule", "1"), ("Rule", "2"))
    after = document(("Rule", "1"), ("Rule", "3"), ("Rule", "4"))
    assert told(before, after) == [("Rule", "2", "3", "changed"), ("Rule", None, "4", "added")]


def test_an_empty_value_is_not_an_absent_one() -> None:
    assert told(document(), document(("A", ""))) == [("A", None, "", "added")]
    assert told(document(("A", "x")), document(("A", ""))) == [("A", "x", "", "changed")]


def test_masked_secrets_say_nothing() -> None:
    masked = ConfigDocument((Module(SIP, (Item("Register Pswd", "", "", "SIP1", masked=True),)),))
    assert by_name(masked) == {}


def test_long_keys_that_one_file_has_cut() -> None:
    whole = document(("SIP1 Enable Something Long", "1"))
    short = document(("SIP1 Enable Something Long"[:19], "2"))
    assert told(short, whole, cut=True) == [("SIP1 Enable Something Long", "2", "1", "changed")]
    assert [change for *_, change in told(short, whole)] == ["added", "removed"]


@pytest.mark.parametrize("model", ["X4", "X6U"])
@pytest.mark.parametrize("one", list(CODECS))
@pytest.mark.parametrize("other", list(CODECS))
def test_one_content_in_two_dialects_of_a_generation_does_not_differ(model: str, one: Dialect, other: Dialect) -> None:
    resolved = resolve([Layer("global", SETTINGS)])
    files = [
        formats.read(formats.write(render(resolved, model=MODELS[model], dialect=dialect), dialect))
        for dialect in (one, other)
    ]
    found = differences(*files, cut=(one is Dialect.TEXT1) != (other is Dialect.TEXT1))
    assert (not found) == (one.generation == other.generation)
