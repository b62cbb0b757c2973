from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs.domain.parameters.tree import Parameter
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.voice_service import Plan, codec_of, plan, readable, service_of
from acs.domain.phones.voice_settings import Wanted, wanted
from acs.errors import BadSettings

IGD, DEVICE = "InternetGatewayDevice.", "Device."
LINE: dict[str, Any] = {
    "enabled": True,
    "display_name": "Anna",
    "user": "1001",
    "auth_user": "anna",
    "password": "s3cret",
    "server": "sip.example",
    "port": 5070,
    "transport": "tcp",
    "outbound_proxy": "proxy.example",
    "outbound_proxy_port": 5061,
    "expires": 600,
    "dtmf": "info",
    "srtp": "optional",
}

Parameters = dict[str, Parameter]


def said(*lines: dict[str, Any], port: int | None = None) -> Wanted:
    sip: dict[str, Any] = {"lines": {str(number): line for number, line in enumerate(lines, 1)}}
    if port is not None:
        sip["port"] = port
    return wanted(resolve([Layer("groups/desk", {"sip": sip})]))


_V1_PROFILE = {
    "Enable": ("Enabled", "string"),
    "DTMFMethod": ("RFC2833", "string"),
    "RTP.SRTP.Enable": ("0", "boolean"),
    **{
        f"SIP.{name}": value
        for name, value in {
            "ProxyServer": ("", "string"),
            "ProxyServerPort": ("5060", "unsignedInt"),
            "ProxyServerTransport": ("UDP", "string"),
            "RegistrarServer": ("", "string"),
            "RegistrarServerPort": ("5060", "unsignedInt"),
            "RegistrarServerTransport": ("UDP", "string"),
            "UserAgentDomain": ("", "string"),
            "UserAgentPort": ("5060", "unsignedInt"),
            "UserAgentTransport": ("UDP", "string"),
            "OutboundProxy": ("", "string"),
            "OutboundProxyPort": ("5060", "unsignedInt"),
            "RegistrationPeriod": ("3600", "unsignedInt"),
            "RegisterExpires": ("3600", "unsignedInt"),
        }.items()
    },
}
_V1_LINE = {
    "Enable": ("Disabled", "string"),
    "DirectoryNumber": ("", "string"),
    "Status": ("Disabled", "string"),
    "SIP.AuthUserName": ("", "string"),
    "SIP.AuthPassword": ("", "string"),
    "SIP.URI": ("", "string"),
    "CallingFeatures.CallerIDName": ("", "string"),
}
_READ_ONLY = ("Status", "Codec")


def _tree(values: dict[str, tuple[str, str]]) -> Parameters:
    return {
        name: Parameter(value, f"xsd:{kind}", not name.endswith(_READ_ONLY)) for name, (value, kind) in values.items()
    }


def v1(root: str, *places: tuple[int, int]) -> Parameters:
    """A TR-104 v1 phone with lines at these places (profile, line)."""
    service = f"{root}Services.VoiceService.1."
    values = {f"{service}VoiceProfile.{p}.{n}": v for p, _ in places for n, v in _V1_PROFILE.items()}
    values |= {f"{service}VoiceProfile.{p}.Line.{n}.{leaf}": v for p, n in places for leaf, v in _V1_LINE.items()}
    return _tree(values)


def v2(lines: int, *, linked: bool = True, networks: int | None = None) -> Parameters:
    """A TR-104 v2 phone."""
    service = "Device.Services.VoiceService.1."
    values: dict[str, tuple[str, str]] = {}
    for n in range(1, lines + 1):
        network = min(n, networks or lines)
        values |= {
            f"{service}CallControl.Line.{n}.Enable": ("0", "boolean"),
            f"{service}CallControl.Line.{n}.DirectoryNumber": ("", "string"),
            f"{service}CallControl.Line.{n}.Provider": (f"{service}SIP.Client.{n}" if linked else "", "string"),
            f"{service}CallControl.Line.{n}.CallingFeatures": ("", "string"),
            f"{service}CallControl.CallingFeatures.Set.{n}.CallerIDName": ("", "string"),
            f"{service}SIP.Client.{n}.Enable": ("false", "boolean"),
            f"{service}SIP.Client.{n}.AuthUserName": ("", "string"),
            f"{service}SIP.Client.{n}.AuthPassword": ("", "string"),
            f"{service}SIP.Client.{n}.RegisterURI": ("", "string"),
            f"{service}SIP.Client.{n}.Network": (f"{service}SIP.Network.{network}." if linked else "", "string"),
        }
    for n in range(1, (networks or lines) + 1):
        at = f"{service}SIP.Network.{n}."
        values |= {at + name[4:]: value for name, value in _V1_PROFILE.items() if name.startswith("SIP.")}
        values |= {f"{at}Enable": ("0", "boolean"), f"{at}CodecList": ("", "string")}
    values |= {
        f"{service}VoIPProfile.1.DTMFMethod": ("InBand", "string"),
        f"{service}VoIPProfile.1.RTP.SRTP.Enable": ("0", "boolean"),
        f"{service}CodecProfile.1.Codec": ("G.711MuLaw", "string"),
        f"{service}CodecProfile.2.Codec": ("G.711ALaw", "string"),
    }
    return _tree(values)


def written(done: Plan) -> dict[str, str]:
    return {write.name: write.value for write in done.writes}


def applied(parameters: Parameters, done: Plan) -> Parameters:
    after = dict(parameters)
    for write in done.writes:
        value = "" if write.name.endswith("Password") else write.value
        after[write.name] = after[write.name]._replace(value=value)
    return after


@pytest.mark.parametrize("root", [IGD, DEVICE])
@pytest.mark.parametrize("layout", ["lines", "profiles"])
def test_tr_104_v1(root: str, layout: str) -> None:
    places = [(1, 1), (1, 2)] if layout == "lines" else [(1, 1), (2, 1)]
    phone = v1(root, *places)
    other = {**LINE, "user": "1002", "auth_user": "bob", "display_name": "Bob", "password": "other"}
    done = plan(said(LINE, other, port=5062), phone, root, passwords=["1", "2"])
    assert done.back_end == "v1"
    assert (done.missing, done.skipped) == ({}, ())
    service = f"{root}Services.VoiceService.1."
    profiles = {
        "DTMFMethod": "SIPInfo",
        "RTP.SRTP.Enable": "1",
        "SIP.ProxyServer": "sip.example",
        "SIP.ProxyServerPort": "5070",
        "SIP.ProxyServerTransport": "TCP",
        "SIP.RegistrarServer": "sip.example",
        "SIP.RegistrarServerPort": "5070",
        "SIP.RegistrarServerTransport": "TCP",
        "SIP.UserAgentDomain": "sip.example",
        "SIP.UserAgentPort": "5062",
        "SIP.UserAgentTransport": "TCP",
        "SIP.OutboundProxy": "proxy.example",
        "SIP.OutboundProxyPort": "5061",
        "SIP.RegistrationPeriod": "600",
        "SIP.RegisterExpires": "600",
    }
    expected = {f"{service}VoiceProfile.{p}.{name}": value for p, _ in places for name, value in profiles.items()}
    for (p, n), line in zip(places, (LINE, other), strict=True):
        at = f"{service}VoiceProfile.{p}.Line.{n}."
        expected |= {
            f"{at}Enable": "Enabled",
            f"{at}DirectoryNumber": line["user"],
            f"{at}SIP.AuthUserName": line["auth_user"],
            f"{at}SIP.AuthPassword": line["password"],
            f"{at}CallingFeatures.CallerIDName": line["display_name"],
        }
    assert written(done) == expected
    again = plan(said(LINE, other, port=5062), applied(phone, done), root)
    assert again.writes == ()
    assert len(again.held) == len(expected) - 2 + len(dict.fromkeys(p for p, _ in places))  # and the profiles' Enable


def test_tr_104_v2() -> None:
    phone = v2(2)
    other = {**LINE, "user": "1002", "auth_user": "bob", "enabled": False}
    done = plan(said(LINE, other, port=5062), phone, DEVICE, passwords=["1"])
    service = "Device.Services.VoiceService.1."
    found = written(done)
    assert done.back_end == "v2"
    assert (done.missing, done.skipped) == ({}, ())
    assert found[f"{service}CallControl.Line.1.Enable"] == "1"
    assert found[f"{service}SIP.Client.1.Enable"] == "1"
    assert found[f"{service}SIP.Network.1.Enable"] == "1"
    assert found[f"{service}SIP.Client.1.AuthPassword"] == "s3cret"
    assert found[f"{service}SIP.Client.1.RegisterURI"] == "sip:1001@sip.example"
    assert found[f"{service}SIP.Network.2.RegistrarServerTransport"] == "TCP"
    assert found[f"{service}SIP.Network.2.UserAgentPort"] == "5062"
    assert found[f"{service}VoIPProfile.1.DTMFMethod"] == "SIPInfo"
    assert found[f"{service}CallControl.Line.1.CallingFeatures"] == f"{service}CallControl.CallingFeatures.Set.1"
    assert found[f"{service}CallControl.CallingFeatures.Set.1.CallerIDName"] == "Anna"
    # what is off reads as off already, and the links with and without a dot at the end are as they should be
    assert not {name for name in found if name.endswith(("Provider", ".Network", "Line.2.Enable", "Client.2.Enable"))}
    assert f"{service}SIP.Client.2.AuthPassword" not in found
    assert plan(said(LINE, other, port=5062), applied(phone, done), DEVICE).writes == ()


def test_tr_104_v2_ties_what_is_loose() -> None:
    phone = v2(2, linked=False, networks=1)
    service = "Device.Services.VoiceService.1."
    phone[f"{service}CallControl.Line.1.Provider"] = Parameter(f"{service}SIP.Client.2.", "xsd:string", True)
    other = {**LINE, "user": "1002", "auth_user": "bob"}
    done = plan(said(LINE, other), phone, DEVICE)
    found = written(done)
    assert f"{service}CallControl.Line.1.Provider" not in found
    assert found[f"{service}CallControl.Line.2.Provider"] == f"{service}SIP.Client.1"
    assert found[f"{service}SIP.Client.2.AuthUserName"] == "anna"
    assert found[f"{service}SIP.Client.1.AuthUserName"] == "bob"
    assert found[f"{service}SIP.Client.1.Network"] == found[f"{service}SIP.Client.2.Network"]
    assert plan(said(LINE, other), applied(phone, done), DEVICE).writes == ()


def test_codecs_in_both() -> None:
    line = {"codecs": ["PCMA/8000", "PCMU", "G722"]}
    done = plan(said(line), v2(1), DEVICE)
    service = "Device.Services.VoiceService.1."
    assert written(done) == {
        f"{service}SIP.Network.1.CodecList": f"{service}CodecProfile.2,{service}CodecProfile.1",
    }
    assert "G722" in done.skipped[0].reason

    phone = v1(DEVICE, (1, 1))
    table = f"{service}VoiceProfile.1.Line.1.Codec.List."
    offered = {"1": "G.729a", "2": "G.711MuLaw", "3": "G.711ALaw"}
    phone |= _tree({f"{table}{n}.Codec": (name, "string") for n, name in offered.items()})
    phone |= _tree({f"{table}{n}.Priority": (n, "unsignedInt") for n in offered})
    ordered = plan(said(line), phone, DEVICE)
    assert written(ordered) == {f"{table}3.Priority": "1", f"{table}1.Priority": "3"}
    phone |= _tree({f"{table}{n}.Enable": ("1", "boolean") for n in offered})
    switched = plan(said(line), phone, DEVICE)
    assert written(switched) == {f"{table}3.Priority": "1", f"{table}1.Enable": "0"}
    assert plan(said(line), applied(phone, switched), DEVICE).writes == ()
    # A line is never left without a codec
    assert plan(said({"codecs": ["OPUS"]}), phone, DEVICE).writes == ()
    phone.pop(f"{table}1.Codec"), phone.pop(f"{table}2.Codec"), phone.pop(f"{table}3.Codec")
    assert [s.field for s in plan(said(line), phone, DEVICE).skipped] == ["sip.lines.1.codecs"]


@pytest.mark.parametrize(
    ("shown", "kind", "on", "off"),
    [
        ("Disabled", "xsd:string", "Enabled", "Disabled"),
        ("Quiescent", "xsd:string", "Enabled", "Disabled"),
        ("0", "xsd:boolean", "1", "0"),
        ("false", "xsd:boolean", "1", "0"),
        ("0", "xsd:string", "1", "0"),
        ("", "xsd:boolean", "1", "0"),
        ("Disabled", "xsd:int", "Enabled", "Disabled"),
    ],
)
def test_a_switch_is_written_as_the_phone_spells_it(shown: str, kind: str, on: str, off: str) -> None:
    phone = v1(DEVICE, (1, 1))
    name = "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.Enable"
    phone[name] = Parameter(shown, kind, True)
    assert written(plan(said({"enabled": True}), phone, DEVICE)) == {name: on}
    turned_off = written(plan(said({"enabled": False}), phone, DEVICE))
    assert turned_off == ({} if shown in ("Disabled", "0", "false") else {name: off})


def test_only_what_differs_is_written_whatever_its_spelling() -> None:
    phone = v1(DEVICE, (1, 1))
    profile = "Device.Services.VoiceService.1.VoiceProfile.1."
    for name, shown in {
        "SIP.RegistrarServer": "SIP.example.",
        "SIP.ProxyServer": "sip.example",
        "SIP.UserAgentDomain": "sip.example",
        "SIP.RegistrarServerPort": "05070",
        "SIP.RegistrarServerTransport": "tcp",
        "DTMFMethod": "rfc4733",
        "RTP.SRTP.Enable": "true",
        "Line.1.DirectoryNumber": "1001",
    }.items():
        phone[profile + name] = phone[profile + name]._replace(value=shown)
    line = {"server": "sip.example", "port": 5070, "transport": "tcp", "dtmf": "rfc2833", "srtp": "mandatory"}
    done = plan(said({**line, "user": "1001"}), phone, DEVICE)
    assert {name.removeprefix(profile) for name in written(done)} == {
        "SIP.ProxyServerPort",
        "SIP.ProxyServerTransport",
        "SIP.UserAgentTransport",
    }
    # In the names of accounts letter case counts.
    phone[f"{profile}Line.1.SIP.AuthUserName"] = Parameter("Anna.B", "xsd:string", True)
    assert written(plan(said({"auth_user": "anna.b"}), phone, DEVICE)) == {
        f"{profile}Line.1.SIP.AuthUserName": "anna.b"
    }


def test_an_old_uri_must_not_belie_the_number() -> None:
    phone = v1(DEVICE, (1, 1))
    name = "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.URI"
    line = {"user": "1001", "server": "sip.example"}
    assert name not in written(plan(said(line), phone, DEVICE))
    phone[name] = Parameter("sip:999@old.example", "xsd:string", True)
    assert written(plan(said(line), phone, DEVICE))[name] == "sip:1001@sip.example"
    phone[name] = Parameter("1001@SIP.example", "xsd:string", True)
    assert name not in written(plan(said(line), phone, DEVICE))


def test_lines_that_share_a_profile_must_agree() -> None:
    phone = v1(IGD, (1, 1), (1, 2), (1, 3))
    lines = [{"server": "a.example"}, {"server": "b.example"}, {"server": "a.example"}]
    with pytest.raises(BadSettings) as error:
        plan(said(*lines), phone, IGD)
    assert "lines 1 and 3 'a.example'" in error.value.message
    assert "line 2 'b.example'" in error.value.message
    assert "download" in error.value.message
    assert error.value.facts["parameter"].endswith("VoiceProfile.1.SIP.RegistrarServer")
    assert error.value.facts["layer"] == "groups/desk"
    # A line that is off has no say, and neither has one that says nothing.
    done = plan(said(lines[0], {**lines[1], "enabled": False}, {"user": "3"}), phone, IGD)
    assert "b.example" not in written(done).values()
    # With a profile for each they need not agree.
    assert plan(said(*lines), v1(IGD, (1, 1), (2, 1), (3, 1)), IGD).writes


def test_a_value_too_long_for_its_parameter() -> None:
    with pytest.raises(BadSettings, match=r"40 characters, .*DirectoryNumber holds 32, set in groups") as error:
        plan(said({"user": "9" * 40}), v1(IGD, (1, 1)), IGD)
    assert error.value.field == "sip.lines.1.user"
    assert error.value.facts["layer"] == "groups/desk"


def test_what_the_phone_does_not_have_or_give_is_told() -> None:
    phone = v1(DEVICE, (1, 1))
    profile = "Device.Services.VoiceService.1.VoiceProfile.1."
    del phone[f"{profile}DTMFMethod"]
    del phone[f"{profile}SIP.RegistrarServer"]  # one of three for the server is not missed
    phone[f"{profile}SIP.OutboundProxy"] = Parameter("", "xsd:string", False)
    phone[f"{profile}Line.1.CallingFeatures.CallerIDName"] = Parameter(None, None, True)
    done = plan(said({**LINE, "voicemail": "*97"}), phone, DEVICE)
    reasons = {skipped.field: skipped.reason for skipped in done.skipped}
    assert reasons == {
        "sip.lines.1.dtmf": "the phone has no such parameter",
        "sip.lines.1.outbound_proxy": "the phone does not let it be written",
        "sip.lines.1.display_name": "the phone does not let it be read",
        "sip.lines.1.voicemail": "TR-104 has no parameter for it; it goes by file",
    }
    assert f"{profile}SIP.ProxyServer" in written(done)


def test_lines_that_the_phone_does_not_have() -> None:
    phone = v1(DEVICE, (1, 1))
    done = plan(said({"user": "1"}, {"user": "2"}, {"user": "3", "enabled": False}), phone, DEVICE)
    assert done.missing == {2: "the phone lists no line 2"}
    assert [skipped.field for skipped in done.skipped] == ["sip.lines.3"]
    loose = v2(2, linked=False)
    service = "Device.Services.VoiceService.1."
    without = {name: it for name, it in loose.items() if "SIP.Client.2." not in name}
    assert plan(said({"user": "1"}, {"user": "2"}), without, DEVICE).missing == {2: "no SIP.Client is free for line 2"}
    lonely = {name: it for name, it in v2(1).items() if "SIP.Network" not in name}
    lonely[f"{service}SIP.Client.1.Network"] = Parameter("", "xsd:string", True)
    assert [s.field for s in plan(said({"server": "a.example"}), lonely, DEVICE).skipped] == ["sip.lines.1"]


def test_a_phone_without_a_voice_service() -> None:
    names = {"Device.DeviceInfo.SoftwareVersion": Parameter("1", "xsd:string", False)}
    assert plan(said(LINE), names, DEVICE) == Plan("")
    assert service_of(names, DEVICE) is None
    assert readable(names, DEVICE) == []


def test_the_first_of_several_services_and_what_is_read_of_it() -> None:
    names = [*v1(DEVICE, (1, 1)), "Device.Services.VoiceService.2.VoiceProfile.1.Enable"]
    moved = [name.replace("VoiceService.1.", "VoiceService.7.") for name in names]
    found = service_of(moved, DEVICE)
    assert found is not None
    assert (found.kind, found.path) == ("v1", "Device.Services.VoiceService.2.")
    asked = readable(names, DEVICE)
    assert all(name.startswith("Device.Services.VoiceService.1.") for name in asked)
    assert not [name for name in asked if name.endswith(("Password", "Status"))]
    assert len(asked) == len(_V1_PROFILE) + len(_V1_LINE) - 2
    assert not [name for name in readable(v2(2), DEVICE) if name.endswith("Password")]


def test_several_profiles_with_several_lines_are_counted_through() -> None:
    phone = v1(DEVICE, (1, 1), (1, 2), (3, 1))
    done = plan(said({"user": "a"}, {"user": "b"}, {"user": "c"}), phone, DEVICE)
    head = "Device.Services.VoiceService.1.VoiceProfile."
    assert written(done) == {
        f"{head}1.Line.1.DirectoryNumber": "a",
        f"{head}1.Line.2.DirectoryNumber": "b",
        f"{head}3.Line.1.DirectoryNumber": "c",
    }


def test_codecs_have_one_name() -> None:
    assert len({codec_of(name) for name in ("PCMA", "G.711ALaw", "G711A")}) == 1
    assert codec_of("G.711MuLaw") == codec_of("PCMU") != codec_of("PCMA")
    assert codec_of("G.729a") == codec_of("G729")
    assert codec_of("iLBC") == "ilbc"


_text = st.text(st.characters(min_codepoint=48, max_codepoint=122, categories=("Nd", "L")), min_size=1, max_size=20)
_line = st.fixed_dictionaries(
    {},
    optional={
        "enabled": st.booleans(),
        "display_name": _text,
        "user": _text,
        "auth_user": _text,
        "password": _text,
        "transport": st.sampled_from(["udp", "tcp", "tls"]),
        "server": st.sampled_from(["a.example", "A.example", "10.0.0.1"]),
        "port": st.integers(1, 65535),
        "expires": st.integers(30, 86400),
        "dtmf": st.sampled_from(["inband", "rfc2833", "info", "auto"]),
        "srtp": st.sampled_from(["off", "optional", "mandatory"]),
        "outbound_proxy": st.sampled_from(["", "proxy.example"]),
        "codecs": st.permutations(["PCMA", "PCMU", "G722"]),
    },
)
_phones = st.sampled_from(
    [
        (IGD, v1(IGD, (1, 1), (2, 1), (3, 1))),
        (DEVICE, v1(DEVICE, (1, 1), (2, 1), (3, 1))),
        (DEVICE, v1(DEVICE, (1, 1))),
        (DEVICE, v2(3)),
        (DEVICE, v2(3, linked=False)),
    ]
)


@given(phone=_phones, lines=st.lists(_line, min_size=1, max_size=3), shown=st.data())
def test_applying_a_plan_makes_the_next_one_empty(
    phone: tuple[str, Parameters], lines: list[dict[str, Any]], shown: st.DataObject
) -> None:
    root, parameters = phone
    wish = said(*lines)
    due: Iterable[str] = shown.draw(st.sets(st.sampled_from(["1", "2", "3"])))
    try:
        done = plan(wish, parameters, root, passwords=due)
    except BadSettings:  # lines of a v2 phone share their only VoIPProfile
        return
    for write in done.writes:
        assert parameters[write.name].writable
        assert write.old is None or write.old != write.value  # minimal
    after = applied(parameters, done)
    again = plan(wish, after, root)
    assert again.writes == ()
    assert (again.missing, again.skipped) == (done.missing, done.skipped)
    # and what was not wanted is as it was
    touched = {write.name for write in done.writes}
    assert all(after[name] == it for name, it in parameters.items() if name not in touched)
