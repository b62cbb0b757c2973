"""Reading typed settings back from a file: what the writers wrote is understood again."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs.domain.phones import codes
from acs.domain.phones.catalogue import GENERIC, MODELS, Model
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import render
from acs.domain.phones.understanding import Understanding
from acs.formats import Dialect

SETTINGS = json.loads((Path(__file__).parents[3] / "golden/phones/settings.json").read_text(encoding="utf-8"))


def understood(layer: dict[str, Any], model: Model, dialect: Dialect) -> dict[str, Any]:
    document = render(resolve([Layer("global", layer)]), model=model, dialect=dialect)
    values = {(module, item.section, item.index, item.key): item.value for module, item in document}
    return Understanding(values, generation=dialect.generation, model=model).layer


@pytest.mark.parametrize(("model", "dialect"), [("X4", Dialect.TEXT1), ("H5", Dialect.TEXT1), ("X6U", Dialect.TEXT2)])
def test_what_was_written_is_understood(model: str, dialect: Dialect) -> None:
    layer = {name: value for name, value in SETTINGS.items() if name not in ("raw", "firmware", "phonebook")}
    found = understood(layer, MODELS[model], dialect)
    # A zone without a city, and names of codecs and keys in one spelling: the same file all the same.
    again = render(resolve([Layer("global", found)]), model=MODELS[model], dialect=dialect)
    assert again.modules == render(resolve([Layer("global", layer)]), model=MODELS[model], dialect=dialect).modules
    assert found["sip"]["lines"]["1"]["user"] == layer["sip"]["lines"]["1"]["user"]


keys = st.fixed_dictionaries(
    {"type": st.sampled_from([kind for kind in codes.KEY_TYPES if kind not in ("none", "line", "key_event")])},
    optional={"line": st.integers(1, 4), "label": st.sampled_from(["", "Anna"])},
).map(lambda key: {**key, "value": "200"})


@given(st.dictionaries(st.integers(1, 27).map(str), keys, max_size=6))
def test_dss_keys_of_every_page(entries: dict[str, Any]) -> None:
    model = MODELS["X4"]
    found = understood({"keys": entries}, model, Dialect.TEXT1).get("keys", {})
    assert {number: key["type"] for number, key in found.items()} == {n: k["type"] for n, k in entries.items()}
    wide = understood({"keys": entries}, MODELS["X6U"], Dialect.TEXT2).get("keys", {})
    assert {number: key["value"] for number, key in wide.items()} == dict.fromkeys(entries, "200")


def test_without_a_model_places_are_no_numbers() -> None:
    assert understood({"keys": {"1": {"type": "line"}}}, GENERIC, Dialect.TEXT2) == {}


@pytest.mark.parametrize(
    ("module", "key", "value"),
    [
        ("SIP CONFIG MODULE", "SIP  Port", "05060"),
        ("SIP CONFIG MODULE", "SIP  Port", "0x10"),
        ("SIP CONFIG MODULE", "SIP  Port", "٣"),
        ("QOS CONFIG MODULE", "Enable VLAN", "2"),
        ("MM CONFIG MODULE", "Select Your Tone", "17"),
        ("PHONE FEATURE MODULE", "DST Type", "x"),
    ],
)
def test_what_nobody_knows_is_left_alone(module: str, key: str, value: str) -> None:
    section = "DateTime Config" if key == "DST Type" else ""
    assert Understanding({(module, section, "", key): value}, generation=2, model=GENERIC).layer == {}


@pytest.mark.parametrize(
    ("offset", "name", "zone"), [("0", "UTC", "UTC"), ("4", "UTC+1", "Etc/GMT-1"), ("4", "CET", None)]
)
def test_time_zones(offset: str, name: str, zone: str | None) -> None:
    assert codes.zone_of(offset, name) == zone
