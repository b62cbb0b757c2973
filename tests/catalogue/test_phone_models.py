"""Every model of the catalogue: found by each of its names, rendered in its dialect to its limits, refused beyond."""

import re
from xml.etree import ElementTree  # noqa: TID251 - another parser than the program has

import pytest

from acs import formats
from acs.domain.phones.catalogue import BUILT_IN, MODELS, Model
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import ITEM_KEYS, item_document, render
from acs.errors import BadSettings
from acs.formats import Dialect
from acs.formats.containers import ENCRYPTING
from tests.reference import REFERENCE, needs_reference

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


@needs_reference
def test_the_manuals_own_text_agrees() -> None:
    assert REFERENCE is not None
    text = (REFERENCE / "auto-provision-manual.txt").read_text(encoding="utf-8")
    families = {"low": "", "high": "\na) ", "android": "\nb) ", "xu": "\nc) "}
    table = text[
        text.index("Name of General Configuration File") : text.index("The general configuration file is helpful")
    ]
    bounds = [0, *(table.index(mark) for mark in list(families.values())[1:]), len(table)]
    found = {}
    for family, start, end in zip(families, bounds, bounds[1:], strict=False):
        for name, file in re.findall(r"^ ?([A-Za-z0-9-]+) ([fF]0\S+\.cfg)$", table[start:end], re.MULTILINE):
            model = BUILT_IN.named(name)
            assert model is not None, name
            assert model.general_file == file
            assert model.series in ({family, "industry"} if family == "low" else {family}), (name, model.series)
            found[model.name] = file
    assert found == MANUAL
    access = re.search(r"access control series are (.*?)\)", text, re.DOTALL)
    assert access is not None
    told = {name.casefold() for name in re.findall(r"i\d+\w", access[1], re.IGNORECASE)} | {"i30"}
    assert told == {name.casefold() for name, model in MODELS.items() if "access_list" in model.supports}


@needs_reference
def test_every_general_file_of_the_collected_facts_is_known() -> None:
    assert REFERENCE is not None
    text = (REFERENCE / "fanvil.md").read_text(encoding="utf-8")
    section = text[text.index("### 6.1") : text.index("### 6.2")]
    files = set(re.findall(r"`([fFA]0[A-Za-z0-9.-]+?\.cfg)`", section)) - {"f0C06000000.cfg"}
    assert len(files) > 60
    unknown = {file for file in files if BUILT_IN.of_general_file(file) is None}
    assert not unknown
    in_data = {file for model in MODELS.values() for file in (model.general_file, *model.other_general_files) if file}
    told = {file.casefold() for file in re.findall(r"[fFA]0[A-Za-z0-9.-]+\.cfg", text)}
    # Written there in part only: "f0A22…", "…64…", "i51W/i52W/i53W", "i61" to "i64", and one without its suffix.
    in_part = {"A22", "A25", "V64", "V65", "V66", "i52W", "i53W", "i62", "i63", "i64", "H6W"}
    guessed = {
        file
        for model in MODELS.values()
        for file in (model.general_file, *model.other_general_files)
        if file and file.casefold() not in told and model.name not in in_part
    }
    assert not guessed
    assert len(in_data) >= len(files)


@needs_reference
def test_every_model_of_the_collected_facts_is_known() -> None:
    assert REFERENCE is not None
    text = (REFERENCE / "fanvil.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([A-Z][^|]*?) \|", text[text.index("### 6.3") : text.index("Fanvil list known")], re.MULTILINE
    )
    names = {
        name
        for row in rows
        for name in re.findall(r"(?<![A-Za-z0-9])[A-Zi]\d+[A-Z]*(?![A-Za-z0-9])", row)
        if row != "Model"
    }
    names |= set(re.findall(r"(?<= )(A\d+\w*|FH-S01)(?=,)", text[text.index("Fanvil list known") : text.index("## 7")]))
    assert len(names) > 40
    unknown = {name for name in names if BUILT_IN.named(name) is None}
    assert unknown == {"V61", "V2"}, "V61 G/W are two models, V2 is the end of a name"


def test_names_and_general_files_are_unique() -> None:
    names = [name.casefold() for model in MODELS.values() for name in (model.name, *model.aliases)]
    files = [
        name.casefold()
        for model in MODELS.values()
        for name in (*filter(None, [model.general_file]), *model.other_general_files)
    ]
    assert len(set(names)) == len(names)
    assert len(set(files)) == len(files)


@every_model
def test_the_row_makes_sense(model: Model) -> None:
    assert model.source == "built-in"
    assert model.container in ENCRYPTING
    assert model.root in ("Device.", "InternetGatewayDevice.")
    assert 0 <= model.side_keys <= model.dss_keys
    if model.page_keys:
        assert (model.dss_keys - model.side_keys) >= model.page_keys
    if model.dialect.generation == 1:
        assert not model.page_keys, "generation 1 has no pages"
    assert re.fullmatch(model.firmware, f"{model.name.lower()}.bin") is None
    if model.firmware_check:
        slug = model.name.lower().replace(" ", "_").replace("-", "_")
        assert re.fullmatch(rf"fanvil_{slug}(_x1sp)?_hwv?[0-9_]+\.txt", model.firmware_check)
    if model.user_agent:
        assert model.user_agent == f"Fanvil {model.name}"
        assert set(model.ouis) == {"0C383E", "00A859"}


@every_model
def test_look_ups(model: Model) -> None:
    for name in (model.name, *model.aliases):
        assert BUILT_IN.named(name) is model
        assert BUILT_IN.of_phone(f"Fanvil {name.upper()}") is model
        assert BUILT_IN.of_phone("VOIP PHONE", user_agent=f"Fanvil {name} 2.12.1 0c383e000001") is model
    if model.general_file:
        assert BUILT_IN.of_general_file(model.general_file.swapcase()) is model
        assert re.fullmatch(r"[fFA]0[A-Za-z0-9.-]+\.cfg", model.general_file)
    for name in model.other_general_files:
        for spelling in (name, name.lower(), name.upper()):
            assert BUILT_IN.of_general_file(f"/prov/{spelling}") is model
    if model.user_agent:
        for agent in (f"{model.user_agent} 2.12.20 0c383e2cd782", f"{model.user_agent} 2.4.5.1 00A859F6A238)"):
            told = re.match(r"^Fanvil (?P<model>.+?) (?P<ver>[0-9][\w.\-]*) (?P<mac>[0-9A-Fa-f]{12})\)?$", agent)
            assert told is not None
            assert BUILT_IN.named(told["model"]) is model
            assert BUILT_IN.of_phone("BCM Serials", user_agent=agent) is model


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

    seen = independently_read(data, model.dialect)
    assert seen.count("1@1/bc") == bool(model.dss_keys)
    for user in range(1001, 1001 + model.lines):
        assert seen.count(str(user)) == 1
    assert len([value for value in seen if value.endswith("@1/bc")]) == model.dss_keys

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


def independently_read(data: bytes, dialect: Dialect) -> list[str]:
    """Every value of a file, by a reading that shares nothing with the program's own."""
    if dialect in (Dialect.SYSCONF, Dialect.XML1):
        root = ElementTree.fromstring(data)
        assert root.tag == {Dialect.SYSCONF: "sysConf", Dialect.XML1: "VOIP_CONFIG_FILE"}[dialect]
        return [element.text or "" for element in root.iter() if not len(element)]
    text = data.decode("utf-8")
    lines = text.split("\r\n")
    assert lines[0].startswith("<<VOIP CONFIG FILE>>Version:")
    assert len(lines[0]) == 62
    assert lines[-2:] == ["<<END OF FILE>>", ""]
    values, module = [], ""
    for line in lines[1:-2]:
        if re.fullmatch(r"<[^<>]+ MODULE>", line):
            module = line
        elif line and not line.startswith("--"):
            assert module
            key, colon, value = line.partition(":")
            assert colon
            assert key.strip()
            values.append(value)
    return values


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
    for name in ("F600", "C600", "C400", "V67", "X7A"):
        assert not MODELS[name].supports & {"background", "mmiset"}, "Android takes neither logo nor mmiset"
    for name, model in MODELS.items():
        is_industry = model.series in ("industry", "industry2")
        assert ("dialpeer" in model.supports) is is_industry, name
        assert is_industry == bool(re.match(r"i\d|iW|PA|EIM", name)), name
    assert all("firmware" in model.supports and "phonebook" in model.supports for model in MODELS.values())
