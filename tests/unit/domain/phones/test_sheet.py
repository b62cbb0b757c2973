from time import process_time
from typing import Any

import pytest

from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import render
from acs.formats import ConfigDocument, Dialect


def rendered(
    *layers: tuple[str, dict[str, Any]], model: str = "X6U", dialect: Dialect = Dialect.TEXT2
) -> ConfigDocument:
    resolved = resolve([Layer(scope, document) for scope, document in layers])
    return render(resolved, model=MODELS[model], dialect=dialect)


def typed(value: str) -> dict[str, Any]:
    return {"sip": {"lines": {"1": {"user": value}}}}


def raw(value: str | None, key: str = "SIP1 Phone Number", module: str = "SIP CONFIG MODULE") -> dict[str, Any]:
    return {"raw": {module: {key: value}}}


IN_SECTION = {"raw": {"SIP CONFIG MODULE": {"--SIP Line List--": {"SIP1 Phone Number": "r2"}}}}


@pytest.mark.parametrize(
    ("layers", "wins"),
    [
        ([("global", typed("t")), ("devices/1", raw("r"))], "r"),
        ([("global", raw("r")), ("devices/1", typed("t"))], "t"),
        ([("global", {**raw("r"), **typed("t")})], "r"),
        ([("global", raw("r")), ("groups/a", raw("r2")), ("devices/1", {})], "r2"),
        ([("global", raw("r")), ("groups/a", typed("t")), ("devices/1", raw("r2"))], "r2"),
        ([("global", typed("t")), ("groups/a", raw("r")), ("devices/1", raw(None))], "t"),
        ([("global", raw("r")), ("devices/1", raw("r2", key="sip1 phonenumber"))], "r2"),
        ([("global", raw("r", module="sip")), ("groups/a", typed("t"))], "t"),
        ([("global", raw("r", key="sip1 phonenumber")), ("devices/1", IN_SECTION)], "r2"),
        ([("global", IN_SECTION), ("devices/1", raw("r", key="sip1 phonenumber"))], "r"),
    ],
)
def test_raw_wins_in_its_layer_and_loses_to_a_more_specific_one(
    layers: list[tuple[str, dict[str, Any]]], wins: str
) -> None:
    document = rendered(*layers)
    assert [item.value for _, item in document if item.name.replace(" ", "").casefold() == "sip1phonenumber"] == [wins]


def test_a_raw_key_keeps_the_place_of_the_typed_one() -> None:
    both = {"sip": {"lines": {"1": {"user": "1", "server": "s"}}}, **raw("r")}
    document = rendered(("global", both))
    assert [item.name for _, item in document] == ["SIP1 Phone Number", "SIP1 Register Addr"]


def test_raw_entries_join_their_list() -> None:
    document = rendered(("global", {**typed("1"), **raw("4", "SIP1 Caller Id Type"), "keys": {"1": {"type": "none"}}}))
    assert {item.section for name, item in document if name == "SIP CONFIG MODULE"} == {"SIP Line List"}
    first = rendered(("global", raw("x", "Fkey1 Title", "PHONE CONFIG MODULE")), model="X4", dialect=Dialect.TEXT1)
    assert first.modules[0].items[0].section == "Function Key"


def test_raw_keys_of_a_section() -> None:
    settings = {
        "keys": {"1": {"type": "line"}, "6": {"type": "line"}},
        "raw": {"DSSKEY CONFIG MODULE": {"--Dsskey Config1--": {"Fkey1 Type": "9"}, "--New Section--": {"A": 1}}},
    }
    document = rendered(("global", settings))
    assert document.get("DSSKEY CONFIG MODULE", "Fkey1 Type", section="Sidekey Config1") == "2"
    assert document.get("DSSKEY CONFIG MODULE", "Fkey1 Type", section="Dsskey Config1") == "9"
    assert document.get("DSSKEY CONFIG MODULE", "A", section="New Section") == "1"


def test_a_key_of_several_fields_is_as_specific_as_the_newest_of_them() -> None:
    key = {"keys": {"1": {"type": "blf", "value": "200"}}}
    override = {"raw": {"DSSKEY CONFIG MODULE": {"--Sidekey Config1--": {"Fkey1 Value": "raw"}}}}
    newer = {"keys": {"1": {"value": "300"}}}
    assert rendered(("global", key), ("groups/a", override)).get("DSSKEY CONFIG MODULE", "Fkey1 Value") == "raw"
    found = rendered(("global", key), ("groups/a", override), ("devices/1", newer))
    assert found.get("DSSKEY CONFIG MODULE", "Fkey1 Value") == "300@1/bc"


def test_generation_1_compares_cut_names() -> None:
    settings = {**raw("1", "SIP1 Enable Failback"), "sip": {"port": 5060}}
    more = raw("0", "SIP1 Enable Failbac")
    document = rendered(("global", settings), ("devices/1", more), model="X4", dialect=Dialect.TEXT1)
    assert [item.value for _, item in document] == ["5060", "0"]


def test_raw_keys_of_the_other_generation_are_for_the_other_phones() -> None:
    other = raw("VOIP", "Host Name", "GLOBAL CONFIG MODULE")
    assert rendered(("global", other), ("groups/a", other)).modules == ()
    assert rendered(("global", {}), ("devices/1", other)).get("GLOBAL CONFIG MODULE", "Host Name") == "VOIP"
    assert rendered(("global", other), model="X4", dialect=Dialect.TEXT1).modules != ()


def test_modules_come_in_the_order_of_exports() -> None:
    settings = {
        "tr069": {"enabled": True},
        "raw": {"ZZ MODULE": {"a": "1"}, "NET CONFIG MODULE": {"MTU": 1400}},
        "sip": {"port": 5060},
    }
    names = [module.name for module in rendered(("global", settings)).modules]
    assert names == ["NET CONFIG MODULE", "SIP CONFIG MODULE", "TR069 CONFIG MODULE", "ZZ MODULE"]


def test_thousands_of_modules_or_sub_sections_take_no_longer_than_others() -> None:
    modules = {f"M{number} MODULE": {"K": "v"} for number in range(8000)}
    sections = {"NET CONFIG MODULE": {f"--S{number}--": {"K": "v"} for number in range(8000)}}
    for raw_keys in (modules, sections):
        began = process_time()
        assert sum(1 for _ in rendered(("global", {"raw": raw_keys}))) == 8000
        assert process_time() - began < 1.5
