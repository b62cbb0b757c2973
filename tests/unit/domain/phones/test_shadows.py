from typing import Any

import pytest

from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.layers import merge
from acs.domain.phones.shadows import uncovered

SIP = "SIP CONFIG MODULE"


@pytest.mark.parametrize(
    ("raw", "patch", "left"),
    [
        ({SIP: {"SIP  Port": "5070", "Other": "1"}}, {"sip": {"port": 5060}}, {SIP: {"SIP  Port": None, "Other": "1"}}),
        ({SIP: {"SIP  Port": "5070"}}, {"sip": {"lines": {"1": {"user": "1"}}}}, {SIP: {"SIP  Port": "5070"}}),
        ({"sip config module": {"sip port": "1"}}, {"sip": {"port": 1}}, {"sip config module": {"sip port": None}}),
        ({SIP: {"SIP  Port": "1"}}, {"sip": {"port": None}}, {SIP: {"SIP  Port": "1"}}),
        ({SIP: {"--X--": {"SIP  Port": "1"}}}, {"sip": {"port": 1}}, {SIP: {"--X--": {"SIP  Port": "1"}}}),
        (
            {SIP: {"--SIP Line List--": {"SIP2 Register TTL": "0"}}},
            {"sip": {"lines": {"2": {"expires": 60}}}},
            {SIP: {"--SIP Line List--": {"SIP2 Register TTL": None}}},
        ),
        (
            {"PHONE CONFIG MODULE": {"--Function Key--": {"Fkey1 Type": "9", "Fkey1 Value": "x", "Fkey1 Title": "t"}}},
            {"keys": {"1": {"type": "dtmf", "value": "1"}}},
            {
                "PHONE CONFIG MODULE": {
                    "--Function Key--": {"Fkey1 Type": None, "Fkey1 Value": None, "Fkey1 Title": "t"}
                }
            },
        ),
        ({SIP: {"SIP  Port": "7"}}, {"sip": {"port": 1}, "raw": {SIP: {"SIP  Port": "7"}}}, {SIP: {"SIP  Port": "7"}}),
        ({SIP: None}, {"sip": {"port": 1}}, {SIP: None}),
    ],
)
def test_what_was_said_last_counts(raw: dict[str, Any], patch: dict[str, Any], left: dict[str, Any]) -> None:
    document = merge({"raw": raw}, patch)
    assert uncovered(document, patch)["raw"] == left
    assert document["raw"] == raw


def test_the_place_of_a_key_is_that_of_the_model() -> None:
    raw = {"DSSKEY CONFIG MODULE": {f"--{name} Config1--": {"Fkey1 Type": "9"} for name in ("Sidekey", "Dsskey")}}
    patch = {"keys": {"1": {"type": "line"}}}
    found = uncovered(merge({"raw": raw}, patch), patch, phones=[(MODELS["X6U"], 2)])
    assert found["raw"]["DSSKEY CONFIG MODULE"]["--Sidekey Config1--"] == {"Fkey1 Type": None}
    assert found["raw"]["DSSKEY CONFIG MODULE"]["--Dsskey Config1--"] == {"Fkey1 Type": "9"}


def test_nothing_said_and_nothing_raw() -> None:
    assert uncovered({"sip": {"port": 1}}, {"sip": {"port": 1}}) == {"sip": {"port": 1}}
    assert uncovered({"raw": {SIP: {"a": "1"}}}, {}) == {"raw": {SIP: {"a": "1"}}}
    off = {"sip": {"port": "x"}, "raw": {SIP: {"SIP  Port": "1"}}}
    assert uncovered(off, {"sip": {"port": "x"}})["raw"] == off["raw"]
