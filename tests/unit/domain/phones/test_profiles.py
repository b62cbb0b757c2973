"""Which profile a phone has, by everything that speaks for one; and what follows from it."""

import itertools
from dataclasses import replace

import pytest

from acs.domain.phones.catalogue import BUILT_IN, GENERIC, Model
from acs.domain.phones.profiles import (
    COMMON,
    CTC,
    ITEMS,
    PROFILES,
    Choice,
    acs_type_of,
    choose,
    dialect_for,
    refusal,
)
from acs.formats import CODECS, Dialect

SIP = {"kind": "sip"}
MODELS = (None, GENERIC, replace(GENERIC, profile="ctc"))


EVERYTHING = list(
    itertools.product(
        (None, "common", "ctc"),
        ("", "common", "ctc"),
        (("1 BOOT",), ("1 BOOT", "X CT-COM BIND"), ("x cu  alarm",)),
        ("", "event", "parameter"),
        ("", "Device.", "InternetGatewayDevice."),
        MODELS,
    )
)


def test_the_strongest_word_counts_in_every_combination() -> None:
    """Said once more in other words: the first of these that says anything."""
    for override, acs_type, events, sign, root, model in EVERYTHING:
        says = (
            ("override", override),
            ("acs_type", acs_type),
            ("event", "ctc" if sign == "event" or events != ("1 BOOT",) else ""),
            ("parameter", "ctc" if sign == "parameter" else ""),
            ("root", {"Device.": "common", "InternetGatewayDevice.": "ctc"}.get(root)),
            ("model", "ctc" if model is MODELS[2] else "common"),
        )
        source, name = next((source, name) for source, name in says if name)
        found = choose(override=override, acs_type=acs_type, events=events, sign=sign, root=root, model=model)
        assert (found.profile.name, found.source) == (name, source), (override, acs_type, events, sign, root, model)


def test_an_override_that_nobody_knows_is_none() -> None:
    assert choose(override="other", root="Device.") == Choice(COMMON, "root")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("Device.X_FANVIL-COM_Phone.TR069.ServerType", "CTC", "ctc"),
        ("Device.X_FANVIL-COM_Phone.TR069.ServerType", " common ", "common"),
        ("InternetGatewayDevice.X_FANVIL.ACSServerType", "0", "ctc"),
        ("InternetGatewayDevice.X_FANVIL.ACS_Server_Type", "1", "common"),
        ("InternetGatewayDevice.ManagementServer.X_ACSServerType", "1", "common"),
        ("Device.X_FANVIL-COM_Phone.TR069.ServerType", "2", None),
        ("Device.X_FANVIL-COM_Phone.TR069.ServerType", "", None),
        ("InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.X_CT-COM_ServerType", "0", None),
        ("Device.TR069.ServerTypeName", "0", None),
        ("Device.Syslog.ServerType", "0", None),
    ],
)
def test_the_phones_own_setting(path: str, value: str, said: str | None) -> None:
    assert acs_type_of(path, value) == said


@pytest.mark.parametrize("model", list(BUILT_IN.models.values()), ids=lambda model: model.name)
def test_every_model_has_a_dialect_in_every_profile(model: Model) -> None:
    common, ctc = dialect_for(COMMON, model), dialect_for(CTC, model)
    own = model.dialect
    assert {common, ctc} <= set(CODECS)
    assert common.generation == ctc.generation == own.generation
    if own in CODECS:
        assert common is own
    wanted = Dialect.XML1 if own.generation == 1 else Dialect.SYSCONF
    if wanted in CODECS:
        assert ctc is wanted, "CTC supports the XML format"


def test_sip_by_parameters_is_refused_where_it_is_sure() -> None:
    for source in ("override", "acs_type", "event", "parameter"):
        why = refusal(Choice(CTC, source), "set_parameter_values", SIP)
        assert why is not None
        assert "'ctc'" in why
        assert "common" in why
        assert source in why
    for guess in ("root", "model"):
        assert refusal(Choice(CTC, guess), "set_parameter_values", SIP) is None
    assert refusal(Choice(COMMON, "override"), "set_parameter_values", SIP) is None
    assert refusal(Choice(CTC, "override"), "set_parameter_values", {**SIP, "force": True}) is None


def test_what_is_named_one_by_one_may_be_written_to_any_phone() -> None:
    values = {"values": [{"name": "InternetGatewayDevice.X_CT-COM_UserInfo.Status", "value": 0}]}
    for profile in PROFILES.values():
        choice = Choice(profile, "override")
        assert refusal(choice, "set_parameter_values", values) is None
        assert refusal(choice, "download", {"file_id": "firmware"}) is None
        assert refusal(choice, "download", {"kind": "config"}) is None


def test_every_profile_says_how_everything_travels() -> None:
    assert [name for name, profile in PROFILES.items() if profile.name == name] == ["common", "ctc"]
    for profile in PROFILES.values():
        assert set(profile.pushes) == {"config", "firmware", *ITEMS}
    assert (COMMON.bind, CTC.bind) == (False, True)
