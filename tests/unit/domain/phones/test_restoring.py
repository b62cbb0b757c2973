"""The layer that brings former settings back, for any layers; and that the file is the same again."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.explaining import unused_raw
from acs.domain.phones.layers import Layer, merge, resolve, validate
from acs.domain.phones.render import render, render_traced
from acs.domain.phones.restoring import Change, changes, own_layers, patch_between
from acs.formats import Dialect

MODEL = MODELS["X6U"]
SIP = "SIP CONFIG MODULE"

values = st.one_of(st.booleans(), st.integers(0, 3), st.sampled_from(["a", "b", ""]), st.lists(st.integers(0, 2)))
names = st.sampled_from(["a", "b", "c"])
plain = st.recursive(
    st.dictionaries(names, values, max_size=3), lambda below: st.dictionaries(names, values | below, max_size=3)
)


@given(plain, plain)
def test_a_patch_makes_the_one_of_the_other(now: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert merge(now, patch_between(now, wanted)) == wanted
    assert patch_between(wanted, wanted) == {}


def test_a_patch_says_only_what_differs() -> None:
    now = {"a": {"b": 1, "c": [1, 2]}, "d": 1, "e": True}
    assert patch_between(now, now) == {}
    assert patch_between(now, {"a": {"b": 1, "c": [1]}, "e": 1}) == {"a": {"c": [1]}, "d": None, "e": 1}


def optional(**fields: Any) -> Any:
    return st.fixed_dictionaries({}, optional={name: st.none() | value for name, value in fields.items()})


lines = optional(
    user=st.sampled_from(["1001", "1002"]),
    server=st.sampled_from(["10.0.0.1", "10.0.0.2"]),
    codecs=st.sampled_from([["PCMA/8000"], ["PCMU/8000", "PCMA/8000"]]),
)
raws = optional(
    **{
        "SIP1 Register Addr": st.sampled_from(["10.9.9.1", "10.9.9.2"]),
        "SIP1 Phone Number": st.sampled_from(["77", "78"]),
        "sip1 phonenumber": st.just("79"),
        "Other": st.integers(0, 2),
    }
)
documents = optional(
    sip=optional(lines=optional(**{"1": lines, "2": lines})),
    locale=optional(language=st.sampled_from(["de", "en"])),
    keys=optional(**{"1": optional(label=st.sampled_from(["x", "y"]))}),
    raw=optional(**{SIP: raws, "GLOBAL CONFIG MODULE": optional(Any=st.just("1"))}),
)
scopes = ("global", "groups/a", "models/X6U", "devices/1")
stacks = st.lists(documents, min_size=4, max_size=4)


@settings(max_examples=300)
@given(stacks, stacks)
def test_any_settings_come_back_over_any_other_layers(then: list[dict[str, Any]], now: list[dict[str, Any]]) -> None:
    former = [Layer(scope, document) for scope, document in zip(scopes, then, strict=True)]
    resolved = resolve(former)
    document, sheet = render_traced(resolved, model=MODEL, dialect=Dialect.TEXT2)
    lower = [Layer(scope, each) for scope, each in zip(scopes[:3], now[:3], strict=True)]
    offered = list(own_layers(resolve(lower).document, resolved.document, former=then[3], unused_raw=unused_raw(sheet)))
    assert resolve([*lower, Layer("devices/1", offered[0])]).document == resolved.document
    same = []
    for own in offered:
        validate(own, scope="devices/1")
        again = render(resolve([*lower, Layer("devices/1", own)]), model=MODEL, dialect=Dialect.TEXT2)
        same.append({(module, item) for module, item in again} == {(module, item) for module, item in document})
    assert any(same)


def test_the_former_layer_comes_back_where_nothing_else_moved() -> None:
    lower, former = {"locale": {"language": "de"}}, {"locale": {"language": "de"}, "network": None}
    wanted = merge(lower, former)
    found = list(own_layers(lower, wanted, former=former))
    assert found[0] == {}
    assert former in found


def test_raw_keys_that_won_win_again() -> None:
    lower = {"sip": {"lines": {"1": {"server": "10.0.0.9"}}}, "raw": {SIP: {"SIP1 Register Addr": "raw"}}}
    wanted = {"sip": {"lines": {"1": {"server": "10.0.0.1"}}}, "raw": {SIP: {"SIP1 Register Addr": "raw"}}}
    *_, pinned = own_layers(lower, wanted, former={})
    assert pinned["raw"] == {SIP: {"SIP1 Register Addr": "raw"}}
    *_, lost = own_layers(lower, wanted, former={}, unused_raw=[("raw", SIP, "SIP1 Register Addr")])
    assert lost["raw"] == {SIP: {"SIP1 Register Addr": None}}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({}, {}, ()),
        ({"a": 1}, {"a": 1}, ()),
        ({"a": 1}, {"a": True}, (Change(("a",), 1, True, True, True),)),
        (
            {"a": {"b": None}},
            {"a": {}},
            (Change(("a",), None, {}, False, True), Change(("a", "b"), None, None, True, False)),
        ),
        ({}, {"a": {"b": None}}, (Change(("a", "b"), None, None, False, True),)),
        ({"a": [1, {"x": 1}]}, {"a": [1, {"x": True}]}, (Change(("a",), [1, {"x": 1}], [1, {"x": True}], True, True),)),
    ],
)
def test_changes_of_a_layer(before: dict[str, Any], after: dict[str, Any], found: tuple[Change, ...]) -> None:
    assert changes(before, after) == found
