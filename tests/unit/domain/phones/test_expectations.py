from typing import Any

from acs.domain.phones.expectations import expectations
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import render_neutral

SERVICE = "Device.Services.VoiceService.1."
LINES: dict[str, Any] = {
    "1": {"user": "1001", "auth_user": "a1", "password": "pw", "server": "pbx", "port": 5060, "outbound_proxy": "p"},
    "2": {"user": "1002", "auth_user": "a2", "server": "pbx"},
}
ONE_PROFILE = {
    SERVICE + name
    for line in (1, 2)
    for name in (
        f"VoiceProfile.1.Line.{line}.DirectoryNumber",
        f"VoiceProfile.1.Line.{line}.SIP.AuthUserName",
        f"VoiceProfile.1.Line.{line}.SIP.AuthPassword",
        "VoiceProfile.1.SIP.RegistrarServer",
        "VoiceProfile.1.SIP.RegistrarServerPort",
        "VoiceProfile.1.SIP.OutboundProxy",
    )
}


def expected(lines: dict[str, Any], names: set[str], root: str = "Device.", **more: Any) -> dict[str, str]:
    resolved = resolve([Layer("global", {"sip": {"lines": lines}, **more})])
    found = expectations(render_neutral(resolved), parameter_names=names, root=root)
    return {name.removeprefix(f"{root}Services.VoiceService.1."): value for name, value in found.items()}


def test_lines_of_one_profile() -> None:
    assert expected(LINES, ONE_PROFILE) == {
        "VoiceProfile.1.Line.1.DirectoryNumber": "1001",
        "VoiceProfile.1.Line.1.SIP.AuthUserName": "a1",
        "VoiceProfile.1.Line.2.DirectoryNumber": "1002",
        "VoiceProfile.1.Line.2.SIP.AuthUserName": "a2",
        "VoiceProfile.1.SIP.RegistrarServer": "pbx",
    }


def test_a_profile_for_each_line_and_the_other_root() -> None:
    root = "InternetGatewayDevice."
    names = {
        f"{root}Services.VoiceService.1.VoiceProfile.{n}.{name}"
        for n in (1, 2)
        for name in ("Line.1.DirectoryNumber", "SIP.RegistrarServer", "SIP.RegistrarServerPort")
    }
    assert expected(LINES, names, root) == {
        "VoiceProfile.1.Line.1.DirectoryNumber": "1001",
        "VoiceProfile.1.SIP.RegistrarServer": "pbx",
        "VoiceProfile.2.Line.1.DirectoryNumber": "1002",
        "VoiceProfile.2.SIP.RegistrarServer": "pbx",
    }


def test_several_lines_in_several_profiles_prove_nothing() -> None:
    names = {
        f"{SERVICE}VoiceProfile.{profile}.{name}"
        for profile in (1, 2)
        for name in ("Line.1.DirectoryNumber", "Line.2.DirectoryNumber", "SIP.RegistrarServer")
    }
    assert expected(LINES, names) == {}


def test_lines_that_disagree_say_nothing_of_their_common_profile() -> None:
    found = expected({**LINES, "2": {"server": "other"}}, ONE_PROFILE)
    assert not any("Registrar" in name for name in found)


def test_only_what_the_phone_has_and_can_hold() -> None:
    assert expected(LINES, set()) == {}
    assert expected({"1": {"user": "x" * 33}}, ONE_PROFILE) == {}
    assert expected({}, ONE_PROFILE) == {}


def test_raw_keys_count_too() -> None:
    raw = {"SIP CONFIG MODULE": {"SIP1 Phone Number": "9999"}}
    assert expected({"1": {"user": "1001"}}, ONE_PROFILE, raw=raw) == {"VoiceProfile.1.Line.1.DirectoryNumber": "9999"}


def test_a_voice_service_of_tr_104_v2_shows_its_numbers() -> None:
    names = {f"{SERVICE}CallControl.Line.{n}.DirectoryNumber" for n in (1, 2)}
    assert expected(LINES, names) == {
        "CallControl.Line.1.DirectoryNumber": "1001",
        "CallControl.Line.2.DirectoryNumber": "1002",
    }
