import pytest

from acs import formats
from acs.formats.document import ConfigDocument, Dialect, Item, Module
from acs.simulator.config_map import settings_of, writes

P = "Services.VoiceService.1.VoiceProfile.1."


def doc(module: str, *items: tuple[str, str]) -> ConfigDocument:
    found = []
    for name, value in items:
        index, _, key = name.rpartition("/")
        found.append(Item(key, value, "SIP Line List" if index else "", index))
    return ConfigDocument((Module(module, tuple(found)),), "2.0002")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SIP2/Phone Number", "1002", {P + "Line.2.DirectoryNumber": "1002"}),
        ("SIP2/Display Name", "Zoë", {P + "Line.2.CallingFeatures.CallerIDName": "Zoë"}),
        ("SIP1/Register User", "u", {P + "Line.1.SIP.AuthUserName": "u"}),
        ("SIP1/Register Pswd", "p", {P + "Line.1.SIP.AuthPassword": "p"}),
        ("SIP1/Enable Reg", "1", {P + "Line.1.Enable": "Enabled"}),
        ("SIP1/Enable Reg", "0", {P + "Line.1.Enable": "Disabled"}),
        ("SIP1/Enable Reg", "x", {}),
        ("SIP1/Register Port", "5070", {P + "SIP.RegistrarServerPort": "5070", P + "SIP.ProxyServerPort": "5070"}),
        ("SIP1/DTMF Mode", "2", {P + "DTMFMethod": "SIPInfo"}),
        ("SIP1/Media Crypto", "2", {P + "RTP.SRTP.Enable": "1"}),
        ("SIP  Port", "5062", {P + "SIP.UserAgentPort": "5062"}),
        ("SNTP Server", "ntp.test", {"Time.NTPServer1": "ntp.test"}),
        ("Second SNTP Server", "", {"Time.NTPServer2": ""}),
        ("ACS URL", "http://acs.test/", {"ManagementServer.URL": "http://acs.test/"}),
        ("ACS URL", "0.0.0.0", {}),
        ("ACS Password", "", {}),
        ("Periodix Interval", "900", {"ManagementServer.PeriodicInformInterval": "900"}),
        ("Periodix Interval", "0", {}),
        ("Host Name", "VOIP", {}),
    ],
)
def test_settings_become_parameters(name: str, value: str, expected: dict[str, str]) -> None:
    assert dict(writes(doc("ANY MODULE", (name, value)))) == expected


def test_the_profile_has_the_servers_of_the_files_first_line() -> None:
    found = dict(writes(doc("SIP CONFIG MODULE", ("SIP3/Register Addr", "three"), ("SIP2/Register Addr", "two"))))
    assert found[P + "SIP.RegistrarServer"] == "two"
    assert found[P + "SIP.ProxyServer"] == "two"


def test_masked_secrets_are_left_as_they_are() -> None:
    masked = ConfigDocument((Module("TR069 CONFIG MODULE", (Item("ACS Password", "", masked=True),)),))
    assert list(writes(masked)) == []


@pytest.mark.parametrize("dialect", [Dialect.TEXT1, Dialect.TEXT2, Dialect.SYSCONF])
def test_every_dialect_means_the_same(dialect: Dialect) -> None:
    document = doc("SIP CONFIG MODULE", ("SIP1/Phone Number", "1001"), ("SIP1/Register Addr", "pbx.test"))
    again = formats.read(formats.write(document, dialect))
    assert dict(writes(again)) == dict(writes(document))


S = "Services.VoiceService.1."


def test_a_voice_service_of_tr_104_v2_has_a_client_and_a_network_for_each_line() -> None:
    document = doc(
        "SIP CONFIG MODULE",
        ("SIP  Port", "5062"),
        ("SIP2/Phone Number", "1002"),
        ("SIP2/Display Name", "Bob"),
        ("SIP2/Register Addr", "pbx.test"),
        ("SIP2/Register Pswd", "p"),
        ("SIP2/Enable Reg", "1"),
        ("SIP2/DTMF Mode", "1"),
        ("SIP2/VoiceCodecMap", "G722,PCMA"),
    )
    found = dict(writes(document, "v2", lines=2))
    assert found[f"{S}CallControl.Line.2.DirectoryNumber"] == "1002"
    assert found[f"{S}CallControl.CallingFeatures.Set.2.CallerIDName"] == "Bob"
    assert found[f"{S}SIP.Network.2.RegistrarServer"] == found[f"{S}SIP.Network.2.UserAgentDomain"] == "pbx.test"
    assert found[f"{S}SIP.Client.2.AuthPassword"] == "p"
    assert found[f"{S}SIP.Client.2.RegisterURI"] == "sip:1002@pbx.test"
    assert found[f"{S}CallControl.Line.2.Enable"] == found[f"{S}SIP.Client.2.Enable"] == "1"
    assert found[f"{S}VoIPProfile.2.DTMFMethod"] == "RFC4733"
    assert found[f"{S}SIP.Network.1.UserAgentPort"] == found[f"{S}SIP.Network.2.UserAgentPort"] == "5062"
    assert found[f"{S}SIP.Network.2.CodecList"] == f"Device.{S}CodecProfile.4,Device.{S}CodecProfile.1"


@pytest.mark.parametrize(
    ("below", "text", "settings"),
    [
        (f"{P}Line.2.DirectoryNumber", "1002", {"SIP2 Phone Number": "1002"}),
        (f"{P}Line.2.Enable", "Quiescent", {"SIP2 Enable Reg": "0"}),
        (f"{P}SIP.RegistrarServer", "pbx", {"SIP1 Register Addr": "pbx", "SIP2 Register Addr": "pbx"}),
        (f"{P}SIP.RegistrarServerTransport", "TLS", {"SIP1 Transport": "3", "SIP2 Transport": "3"}),
        (f"{P}SIP.UserAgentPort", "5062", {"SIP  Port": "5062"}),
        (f"{P}RTP.SRTP.Enable", "1", {"SIP1 Media Crypto": "1", "SIP2 Media Crypto": "1"}),
        (f"{S}SIP.Network.2.RegistrarServer", "pbx", {"SIP2 Register Addr": "pbx"}),
        (f"{S}CallControl.Line.1.Enable", "1", {"SIP1 Enable Reg": "1"}),
        (f"{S}CallControl.CallingFeatures.Set.1.CallerIDName", "Zoë", {"SIP1 Display Name": "Zoë"}),
        (f"{P}Enable", "Enabled", {}),
        (f"{P}SIP.ProxyServer", "pbx", {}),
        ("Time.NTPServer1", "ntp", {}),
    ],
)
def test_what_an_acs_writes_is_in_the_phones_own_settings(below: str, text: str, settings: dict[str, str]) -> None:
    assert {item.name: item.value for item in settings_of(below, text, 2)} == settings
