from typing import Any

import pytest

from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import render
from acs.domain.phones.writers import WRITERS
from acs.errors import BadSettings
from acs.formats import Dialect

TIME = ("Enable SNTP=0", "SNTP Server=", "Time Zone=22", "Time Zone Name=UTC+5:30")


def lines(settings: dict[str, Any], model: str) -> list[str]:
    chosen = MODELS[model]
    document = render(resolve([Layer("global", settings)]), model=chosen, dialect=chosen.dialect)
    return [f"{module.split()[0]}|{item.section}|{item.name}={item.value}" for module, item in document]


@pytest.mark.parametrize(
    ("settings", "first", "second"),
    [
        (
            {"network": {"mode": "dhcp", "dns": []}},
            ["GLOBAL||WAN Mode=DHCP", "GLOBAL||Enable DHCP=1", "GLOBAL||DHCP Auto DNS=1"],
            ["NET||Enable DHCP=1", "NET||Enable PPPoE=0", "NET||DHCP Auto DNS=1"],
        ),
        (
            {"network": {"mode": "pppoe", "hostname": "a"}},
            ["GLOBAL||WAN Mode=PPPOE", "GLOBAL||Enable DHCP=0", "GLOBAL||Host Name=a"],
            ["NET||Enable DHCP=0", "NET||Enable PPPoE=1", "PHONE|Display Input|Host Name=a"],
        ),
        (
            {"time": {"ntp_server": "", "timezone": "Asia/Kolkata", "dst": "off"}},
            [f"GLOBAL||{key}" for key in (*TIME, "Enable DST=0")],
            [f"PHONE|DateTime Config|{key}" for key in (*TIME, "DST Type=0")],
        ),
        (
            {"locale": {"language": "de", "tone": "US"}},
            ["GLOBAL||Language=16", "DSP||Signal Standard=11"],
            ["MM||Select Your Tone=11", "PHONE|Display Input|Default Language=de"],
        ),
        (
            {"sip": {"lines": {"10": {"user": "b"}, "2": {"user": "a"}}}},
            None,
            ["SIP|SIP Line List|SIP2 Phone Number=a", "SIP|SIP Line List|SIP10 Phone Number=b"],
        ),
        (
            {"autoprovision": {"mode": "off", "server_url": "", "pnp": {"enabled": True}, "dhcp_option": 0}},
            [
                "AUTOUPDATE||Download Server IP=",
                "AUTOUPDATE||Config File Name=",
                "AUTOUPDATE||Download Mode=0",
                "AUTOUPDATE||PNP Enable=1",
                "AUTOUPDATE||DHCP Option=0",
            ],
            [
                "AUTOUPDATE||Flash Server IP=",
                "AUTOUPDATE||Flash File Name=",
                "AUTOUPDATE||Flash Mode=0",
                "AUTOUPDATE|Sip Pnp List|PNP Enable=1",
                "AUTOUPDATE|Net Option|DHCP Option=0",
            ],
        ),
        (
            {"keys": {"1": {"label": "only"}}},
            ["PHONE|Function Key|Fkey1 Title=only"],
            ["DSSKEY|Sidekey Config1|Fkey1 Title=only"],
        ),
        (
            {"keys": {"5": {"type": "line"}, "6": {"type": "none"}, "17": {"type": "none"}, "18": {"type": "none"}}},
            ["PHONE|Function Key|Fkey5 Type=2", "PHONE|Function Key|Fkey5 Value=SIP1"]
            + [f"PHONE|Function Key|Fkey{n} {key}" for n in (6, 17, 18) for key in ("Type=0", "Value=")],
            [
                "DSSKEY|Sidekey Config1|Fkey5 Type=2",
                "DSSKEY|Sidekey Config1|Fkey5 Value=SIP1",
                "DSSKEY|Dsskey Config1|Fkey1 Type=0",
                "DSSKEY|Dsskey Config1|Fkey1 Value=",
                "DSSKEY|Dsskey Config1|Fkey12 Type=0",
                "DSSKEY|Dsskey Config1|Fkey12 Value=",
                "DSSKEY|Dsskey Config2|Fkey1 Type=0",
                "DSSKEY|Dsskey Config2|Fkey1 Value=",
            ],
        ),
        ({"encryption": {"enabled": False}}, [], []),
    ],
)
def test_keys_of_both_generations(settings: dict[str, Any], first: list[str] | None, second: list[str]) -> None:
    if first is not None:
        assert lines(settings, "X4") == first
    assert lines(settings, "X6U") == second


def test_codecs_are_named_as_the_generation_does_and_once() -> None:
    settings = {"sip": {"lines": {"1": {"codecs": ["PCMA/8000", "G711A", "PCMU", "iLBC"]}}}}
    assert lines(settings, "X4") == ["SIP|SIP Line List|SIP1 VoiceCodecMap=G711A,G711U,iLBC"]
    assert lines(settings, "X6U") == ["SIP|SIP Line List|SIP1 VoiceCodecMap=PCMA,PCMU,iLBC"]


@pytest.mark.parametrize(
    ("settings", "field", "why"),
    [
        ({"keys": {"1": {"type": "blf"}}}, "keys.1.value", "wants a value"),
        ({"keys": {"1": {"type": "key_event", "value": ""}}}, "keys.1.value", "wants a value"),
        ({"keys": {"1": {"value": "5"}}}, "keys.1.type", "wants a type"),
        ({"keys": {"1": {"type": "line", "line": 5}}}, "keys.1.line", "4 lines"),
        ({"keys": {"31": {"type": "none"}}}, "keys.31", "30 DSS keys"),
        ({"sip": {"lines": {"9": {"user": "1"}}}}, "sip.lines.9", "4 lines"),
        ({"locale": {"language": "fr"}}, "locale.language", "give the number"),
    ],
)
def test_what_an_x4_cannot_have(settings: dict[str, Any], field: str, why: str) -> None:
    with pytest.raises(BadSettings, match=why) as caught:
        lines(settings, "X4")
    assert caught.value.field == field
    assert caught.value.facts == {"layer": "global", "model": "X4"}
    assert "X4" in caught.value.message


def test_nothing_said_nothing_written() -> None:
    empty: dict[str, Any] = {"sip": {"lines": {"1": {}}}, "network": {"vlan": {}}, "tr069": {"stun": {}}, "web": {}}
    empty |= {"time": {}, "locale": {}, "keys": {"1": {}}, "autoprovision": {"pnp": {}}}
    for model in ("X4", "X6U", "V64"):
        assert lines(empty, model) == []
    assert len(WRITERS) == len(set(WRITERS))
    assert Dialect.SYSCONF is MODELS["V64"].dialect
