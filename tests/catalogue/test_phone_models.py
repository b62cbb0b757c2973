"""Every model of the catalogue: found by each of its names, rendered in its dialect to its limits, refused beyond."""

import re

import pytest

from acs import formats
from acs.domain.phones.catalogue import BUILT_IN, MODELS, Model
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import ITEM_KEYS, item_document, render
from acs.errors import BadSettings

MANUAL = {
    **{name: f"f0{name}hw1.100.cfg" for name in ("X1", "X2", "X3S", "X4", "H2S", "H3", "H5", "i16V", "i30", "i23S")},
    **{
        name: f"f0{name}hw1.100.cfg"
        for name in ("i31S", "i12", "i18S", "PA2", "i13W", "i32V", "i33V", "iW30", "EIM-01")
    },
    **{"i20S": "f0i20SVhw1.100.cfg", "X5S": "F0V0X5S00000.cfg", "X6": "F0V00X600000.cfg", "X7": "F0V00X700000.cfg"},
    **{"X7C": "F0V0X7C00000.cfg", "X210": "F0VX21000000.cfg", "X210i": "F0VX210i00000.cfg", "F600": "f0F06000000.cfg"},
    **{"C600": "f0C06000000.cfg", "C400": "f0C04000000.cfg", "X3U": "F0V0X3U00000.cfg", "X4U": "F0V0X4U00000.cfg"},
    **{"X5U": "F0V0X5U00000.cfg", "X6U": "F0V0X6U00000.cfg"},
}
"""Section 4.1 of the maker's manual, typed anew."""

every_model = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))


def test_the_manual_is_in_the_catalogue() -> None:
    assert {name: MODELS[name].general_file for name in MANUAL} == MANUAL


def test_names_and_general_files_are_unique() -> None:
    names = [name.casefold() for model in MODELS.values() for name in (model.name, *model.aliases)]
    files = [model.general_file.casefold() for model in MODELS.values() if model.general_file]
    assert len(set(names)) == len(names)
    assert len(set(files)) == len(files)


@every_model
def test_look_ups(model: Model) -> None:
    for name in (model.name, *model.aliases):
        assert BUILT_IN.named(name) is model
        assert BUILT_IN.of_phone(f"Fanvil {name.upper()}") is model
        assert BUILT_IN.of_phone("VOIP PHONE", user_agent=f"Fanvil {name} 2.12.1 0c383e000001") is model
    if model.general_file:
        assert BUILT_IN.of_general_file(model.general_file.swapcase()) is model
        assert re.fullmatch(r"[fF]0[A-Za-z0-9.-]+\.cfg", model.general_file)


@every_model
def test_renders_to_its_limits_and_not_beyond(model: Model) -> None:
    lines = {
        str(n): {"user": str(1000 + n), "server": "pbx.example", "password": "x"} for n in range(1, model.lines + 1)
    }
    keys = {str(n): {"type": "blf", "line": 1, "value": str(n)} for n in range(1, model.dss_keys + 1)}
    document = render(
        resolve([Layer("global", {"sip": {"lines": lines}, "keys": keys})]), model=model, dialect=model.dialect
    )
    data = formats.write(document, model.dialect)
    assert formats.read(data) == document
    values = [item.value for _, item in document if item.key == "Value"]
    assert values == [f"{n}@1/bc" for n in range(1, model.dss_keys + 1)]
    assert document.get("SIP CONFIG MODULE", f"SIP{model.lines} Phone Number") == str(1000 + model.lines)

    one_more = str(model.lines + 1)
    with pytest.raises(BadSettings) as caught:
        render(
            resolve([Layer("groups/sales", {"sip": {"lines": {one_more: {"user": "1"}}}})]),
            model=model,
            dialect=model.dialect,
        )
    assert caught.value.field == f"sip.lines.{one_more}"
    assert caught.value.facts == {"layer": "groups/sales", "model": model.name}
    with pytest.raises(BadSettings, match=rf"keys\.{model.dss_keys + 1}: "):
        render(
            resolve([Layer("global", {"keys": {str(model.dss_keys + 1): {"type": "none"}}})]),
            model=model,
            dialect=model.dialect,
        )


@every_model
def test_items_that_it_takes_and_others(model: Model) -> None:
    for kind, key in ITEM_KEYS.items():
        if kind in model.supports:
            document = item_document(kind, "http://h/x", model=model, dialect=model.dialect)
            data = formats.write(document.with_version("1.1"), model.dialect)
            assert formats.read(data).get("AUTOUPDATE CONFIG MODULE", key) == "http://h/x"
        else:
            with pytest.raises(BadSettings, match=model.name):
                item_document(kind, "http://h/x", model=model, dialect=model.dialect)


def test_who_takes_what() -> None:
    assert {name for name, model in MODELS.items() if "access_list" in model.supports} == {
        "i31S",
        "i30",
        "i23S",
        "i20S",
        "i32V",
        "i33V",
    }
    for name in ("F600", "C600", "C400", "V67"):
        assert not MODELS[name].supports & {"background", "mmiset"}, "Android takes neither logo nor mmiset"
    assert all("firmware" in model.supports and "phonebook" in model.supports for model in MODELS.values())
