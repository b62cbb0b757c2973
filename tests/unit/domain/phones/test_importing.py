"""Exports of real phones' key lists become layers, and come out as they went in."""

import json
from typing import Any

import pytest

from acs import formats
from acs.domain.phones.catalogue import GENERIC, MODELS, Model
from acs.domain.phones.importing import Imported, Target, differences, import_document, marked, onto
from acs.domain.phones.layers import Layer, resolve, validate
from acs.domain.phones.render import render
from acs.domain.phones.secrets import join_secrets, split_secrets
from acs.errors import BadFile
from acs.formats import CODECS, ConfigDocument, Dialect, Item, Module
from tests import exports

OF = {"h5": "H5", "c58": "C58", "x3u": "X3U"}
FILES = [(name, dialect) for name in OF for dialect in CODECS if dialect.generation == (2 if name == "x3u" else 1)]


def file(name: str, dialect: Dialect) -> bytes:
    text = exports.text(name)
    return text if formats.detect(text) is dialect else formats.write(formats.read(text), dialect)


def imported(data: bytes, model: Model, *, scope: str = "devices/1", targets: Any = None, **options: Any) -> Imported:
    dialect = formats.detect(data)
    assert dialect is not None
    chosen = [Target(model, dialect)] if targets is None else targets
    return import_document(formats.read(data), dialect=dialect, targets=chosen, scope=scope, model=model, **options)


def rendered(layer: Any, model: Model, dialect: Dialect, version: str | None = None, scope: str = "devices/1") -> bytes:
    document = render(resolve([Layer(scope, layer)]), model=model, dialect=dialect)
    return formats.write(document.with_version(version), dialect)


def unmasked(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\r\n") if not line.startswith(b"###")]


@pytest.mark.parametrize(("name", "dialect"), FILES)
@pytest.mark.parametrize("scope", ["devices/1", "models/M", "groups/g", "global"])
def test_an_export_comes_out_byte_by_byte(name: str, dialect: Dialect, scope: str) -> None:
    data, model = file(name, dialect), MODELS.get(OF[name], GENERIC)
    found = imported(data, model, scope=scope)
    assert found.refused == ()
    validate(found.layer)
    stored = json.loads(json.dumps(join_secrets(*split_secrets(found.layer))))
    back = rendered(stored, model, dialect, formats.read(data).version, scope)
    # What a dialect's own writer makes of the file is what can be hoped for: columns, and loose keys before entries.
    assert back.split(b"\r\n") == unmasked(formats.write(marked(formats.read(data), dialect), dialect))
    assert differences(formats.read(data), found, stored, dialect=dialect, model=model) == []


@pytest.mark.parametrize(("name", "dialect"), FILES)
def test_what_can_be_changed_and_edited_afterwards(name: str, dialect: Dialect) -> None:
    data, model = file(name, dialect), MODELS.get(OF[name], GENERIC)
    layer = json.loads(json.dumps(imported(data, model).layer))
    before = rendered(layer, model, dialect)
    layer["sip"]["port"] = 5099
    after = rendered(layer, model, dialect)
    changed = [(old, new) for old, new in zip(before.split(b"\n"), after.split(b"\n"), strict=True) if old != new]
    assert len(changed) == 1
    assert (b"5060" in changed[0][0], b"5099" in changed[0][1]) == (True, True)


def test_what_is_modelled_is_typed() -> None:
    found = imported(exports.text("h5"), MODELS["H5"])
    layer = dict(found.layer)
    line = layer["sip"]["lines"]["1"]
    assert (line["user"], line["password"], line["codecs"]) == ("1001", "s:e#c=r<e>t", ["PCMA", "PCMU", "G722"])
    assert layer["keys"]["5"] == {
        **{"type": "blf_attended_transfer", "line": 1, "value": "200", "pickup": "*8200", "label": "Pick <up>"}
    }
    assert layer["time"] == {"ntp_server": "0.pool.ntp.org", "timezone": "Etc/GMT-8", "dst": "manual"}
    assert layer["locale"] == {"language": "en", "tone": "US"}
    assert layer["raw"]["SIP CONFIG MODULE"]["SIP  Port"] is None
    assert layer["raw"]["PHONE CONFIG MODULE"]["LCD Title"] == "  VoIP PHONE "
    assert "expires" not in layer["sip"]["lines"]["2"]
    assert layer["raw"]["SIP CONFIG MODULE"]["--SIP Line List--"]["SIP2 Register TTL"] == "0"
    settings = {".".join(note.path) for note in found.understood}
    assert {"sip.lines.1.user", "keys.5", "network.mode", "autoprovision.dhcp_option"} <= settings


def test_a_hand_written_file_without_markers_is_understood() -> None:
    data = (
        b"<<VOIP CONFIG FILE>>Version:2.0\n<NET CONFIG MODULE>\nMTU Length:1500\n"
        b"<SIP CONFIG MODULE>\nSIP1 Phone Number :1001\nSIP1 Caller Id Type:4\n"
        b"<PHONE FEATURE MODULE>\nHost Name:x6\n<AUTOUPDATE CONFIG MODULE>\nDHCP Option:66\n"
    )
    found = imported(data, MODELS["X6U"])
    layer = {name: value for name, value in found.layer.items() if name != "raw"}
    assert layer == {
        "sip": {"lines": {"1": {"user": "1001"}}},
        "network": {"hostname": "x6"},
        "autoprovision": {"dhcp_option": 66},
    }
    back = formats.read(rendered(found.layer, MODELS["X6U"], Dialect.TEXT2))
    said = [(module, item.name, item.value) for module, item in formats.read(data)]
    assert [(module, item.name, item.value) for module, item in back] == said


def test_masked_secrets_stay_as_they_are() -> None:
    found = imported(exports.text("x3u"), MODELS["X3U"])
    assert [note.item.name for note in found.left] == [
        *("SIP1 Register Pswd", "Account1 Password", "ACS Password", "Default Password")
    ]
    layer = json.loads(json.dumps(found.layer))
    assert b"ACS Password" not in rendered(layer, MODELS["X3U"], Dialect.TEXT2)
    layer["tr069"]["password"] = "new"
    lines = rendered(layer, MODELS["X3U"], Dialect.TEXT2).decode().splitlines()
    assert lines[lines.index("ACS Password       :new") - 1] == "ACS UserName       :admin"


def test_more_lines_and_keys_than_the_model_has_are_raw_and_told() -> None:
    found = imported(exports.text("x3u"), MODELS["X3U"])
    assert found.layer["raw"]["SIP CONFIG MODULE"]["--SIP Line List--"]["SIP7 Phone Number"] == "beyond"
    assert any("line 7" in warning and "X3U" in warning for warning in found.warnings)


def test_it_is_typed_only_for_what_all_phones_of_the_scope_can_have() -> None:
    wide, narrow = MODELS["X6U"], MODELS["X3U"]
    text = Dialect.TEXT2
    data = rendered({"sip": {"lines": {"1": {"user": "1"}, "12": {"user": "12"}}}}, wide, text)
    assert set(imported(data, wide).layer["sip"]["lines"]) == {"1", "12"}
    both = imported(data, wide, scope="groups/g", targets=[Target(wide, text), Target(narrow, text)])
    assert set(both.layer["sip"]["lines"]) == {"1"}
    assert b"SIP12 Phone Number" in rendered(both.layer, narrow, text)


def test_the_place_of_a_key_is_a_number_only_where_the_model_is_known() -> None:
    data = exports.text("x3u")
    assert set(imported(data, MODELS["X3U"]).layer["keys"]) == {"1", "2", "3"}
    assert "keys" not in imported(data, GENERIC, targets=[]).layer


def document(*items: Item, module: str = "MY MODULE") -> ConfigDocument:
    head = Module("GLOBAL CONFIG MODULE", (Item("Host Name", "x"),))
    return ConfigDocument((head, Module(module, items)), "1.0")


@pytest.mark.parametrize(
    "items",
    [
        [Item("A", "1"), Item("A", "2"), Item("A", "")],
        [Item("Call Click", "1"), Item("Call    Click", "2"), Item("callclick", "3")],
        [Item("Port", "1"), Item("Port", "2", "List"), Item("Port", "3", " List"), Item("Port", "4", "List", "SIP1")],
        [Item("Phone Number", "5", "", "SIP1"), Item("Phone Number", "6", "Other", "SIP1")],
        [Item("Own", "5", "sub/deep#2", "thing3"), Item("thing3", "6", "sub/deep#2")],
        [Item("Only", "5", "", "rule7"), Item("rule7", "6")],
        [Item("SIP1 Foo", "no entry"), Item("Foo", "an entry", "", "SIP1")],
    ],
)
def test_raw_holds_whatever_a_file_says(items: list[Item]) -> None:
    given = document(*items)
    found = import_document(given, dialect=Dialect.TEXT2, targets=[], scope="devices/1")
    assert found.refused == ()
    validate(found.layer)
    back = render(resolve([Layer("devices/1", found.layer)]), model=GENERIC, dialect=Dialect.TEXT2)
    assert sorted(back.modules[-1].items, key=str) == sorted(items, key=str)


def test_what_no_file_can_carry_is_refused_by_name() -> None:
    given = document(Item("A", "x\ny"), Item("<B>", "1"), Item("C" * 300, "1"), Item("D", "1" * 20_000), Item("E", "1"))
    found = import_document(given, dialect=Dialect.TEXT1, targets=[], scope="devices/1")
    assert [note.item.key[:1] for note in found.refused] == ["A", "<", "C", "D"]
    assert "line break" in found.refused[0].reason
    cut = document(Item("A name of nineteen characters", "1"), Item("A name of nineteen letters", "2"))
    told = import_document(cut, dialect=Dialect.TEXT1, targets=[Target(MODELS["X4"], Dialect.TEXT1)], scope="devices/1")
    assert told.refused
    assert "one key once cut" in told.refused[0].reason
    assert "X4" in told.refused[0].reason or "generic" in told.refused[0].reason
    rendered(told.layer, MODELS["X4"], Dialect.TEXT1)


def test_commands_are_no_settings() -> None:
    given = document(
        Item("Auto Image Url", "http://h/f.z"), Item("Auto Server Digest", "0"), module="AUTOUPDATE CONFIG MODULE"
    )
    found = import_document(given, dialect=Dialect.TEXT1, targets=[], scope="global")
    assert [note.item.key for note in found.left] == ["Auto Image Url"]
    assert found.layer["raw"]["AUTOUPDATE CONFIG MODULE"] == {"Auto Server Digest": "0"}


def test_what_is_one_phones_own_is_told_and_left_out_if_asked() -> None:
    data = exports.text("h5")
    shared = imported(data, MODELS["H5"], scope="groups/g")
    assert any("CPE SerialNumber is one phone's own" in warning for warning in shared.warnings)
    without = imported(data, MODELS["H5"], scope="groups/g", drop_identity=True)
    assert {note.item.key for note in without.left} >= {"CPE SerialNumber", "DownloadCommandKey"}
    assert b"CPE SerialNumber" not in rendered(without.layer, MODELS["H5"], Dialect.TEXT1)
    mine = imported(data, MODELS["H5"])
    assert b"CPE SerialNumber" in rendered(mine.layer, MODELS["H5"], Dialect.TEXT1)


def test_passwords_that_the_phone_encrypted_stay_raw() -> None:
    data = exports.text("x3u").replace(b"SIP Pswd Encryption:0", b"SIP Pswd Encryption:1")
    data = data.replace(b"###SIP1 Register Pswd      :", b"SIP1 Register Pswd      :Zm9v")
    found = imported(data, MODELS["X3U"])
    assert "password" not in found.layer["sip"]["lines"]["1"]
    assert b"SIP1 Register Pswd      :Zm9v" in rendered(found.layer, MODELS["X3U"], Dialect.TEXT2)
    assert any("SIP Pswd Encryption is on" in warning for warning in found.warnings)


def test_a_key_for_encrypted_files_is_told() -> None:
    data = exports.text("x3u").replace(b"Device Cfg File Key:", b"Device Cfg File Key:" + b"ab" * 32)
    assert any("Device Cfg File Key" in warning for warning in imported(data, MODELS["X3U"]).warnings)


def test_the_other_generation_is_given_what_was_understood() -> None:
    targets = [Target(MODELS["X3U"], Dialect.TEXT2), Target(MODELS["X4"], Dialect.TEXT1)]
    found = imported(exports.text("x3u"), MODELS["X3U"], scope="groups/g", targets=targets)
    assert any("X4" in warning for warning in found.warnings)
    first = formats.read(rendered(found.layer, MODELS["X4"], Dialect.TEXT1, scope="groups/g"))
    assert first.get("SIP CONFIG MODULE", "SIP1 Phone Number") == "2001"
    assert first.get("GLOBAL CONFIG MODULE", "Host Name") == "X3U"
    assert first.get("NET CONFIG MODULE", "WAN TYPE") is None


def test_notes_hide_secrets() -> None:
    views = [note.view() for note in imported(exports.text("h5"), MODELS["H5"]).understood]
    password = next(view for view in views if view["key"] == "SIP1 Register Pswd")
    assert password["value"] == "***"
    assert password["setting"] == "sip.lines.1.password"
    assert "s:e#c=r<e>t" not in json.dumps(views)


def test_merging_keeps_what_the_file_does_not_say() -> None:
    before = {
        "sip": {"port": 5070, "lines": {"3": {"user": "3"}}},
        "phonebook": {"file_id": "f"},
        "raw": {
            "sip config module": {"sip port": "5080", "Own Key": "1"},
            "SIP CONFIG MODULE": {"SIP1 Phone Number": "old", "Other": "2"},
            "MINE": {"A": "1"},
        },
    }
    found = imported(exports.text("x3u"), MODELS["X3U"])
    whole = onto(before, found.layer, generation=2)
    assert whole["phonebook"] == {"file_id": "f"}
    assert whole["sip"]["port"] == 5060
    assert whole["sip"]["lines"]["3"] == {"user": "3"}
    back = formats.read(rendered(whole, MODELS["X3U"], Dialect.TEXT2))
    assert back.get("SIP CONFIG MODULE", "SIP  Port") == "5060"
    assert back.get("SIP CONFIG MODULE", "SIP1 Phone Number") == "2001"
    assert back.get("SIP CONFIG MODULE", "Own Key") == "1"
    assert back.get("MINE", "A") == "1"
    assert onto({}, found.layer, generation=2) == found.layer
    assert list(onto(before, found.layer, generation=2)["raw"])[:3] == list(found.layer["raw"])[:3]


def test_modules_of_the_other_generation_are_for_one_phone_only() -> None:
    given = ConfigDocument(
        (Module("NET CONFIG MODULE", (Item("A", "1"),)), Module("LAN CONFIG MODULE", (Item("B", "2"),)))
    )
    shared = import_document(given, dialect=Dialect.TEXT2, targets=[], scope="groups/g")
    assert [(note.item.key, "other generation" in note.reason) for note in shared.refused] == [("B", True)]
    assert import_document(given, dialect=Dialect.TEXT2, targets=[], scope="devices/1").refused == ()


def test_a_file_full_of_keys_in_each_others_way_is_refused() -> None:
    items = [Item(f"A name of nineteen characters {number}", "x") for number in range(150)]
    with pytest.raises(BadFile, match="more than 100 keys"):
        import_document(document(*items), dialect=Dialect.TEXT1, targets=[], scope="devices/1")


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ((("Enable TR069", "0"), ("ACS URL", "0.0.0.0")), "Enable TR069 is 0 and ACS URL is 0.0.0.0: "),
        ((("Enable TR069", "1"), ("ACS URL", "0.0.0.0")), "ACS URL is 0.0.0.0: "),
        ((("Enable TR069", "1"), ("ACS URL", "http://192.0.2.1:7547/")), ""),
    ],
)
def test_a_file_that_takes_a_phone_away_is_told(keys: tuple[tuple[str, str], ...], told: str) -> None:
    document = ConfigDocument((Module("TR069 CONFIG MODULE", tuple(Item(*each) for each in keys)),))
    found = imported(formats.write(document, Dialect.TEXT1), MODELS["X4"])
    warnings = [text for text in found.warnings if "stops calling this server" in text]
    assert [text.startswith(told) for text in warnings] == ([True] if told else [])
