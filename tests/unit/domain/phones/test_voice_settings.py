import json

from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.voice_settings import Wanted, wanted


def said(*documents: tuple[str, dict[str, object]]) -> Wanted:
    return wanted(resolve([Layer(scope, document) for scope, document in documents]))


def test_every_field_of_a_line_is_read() -> None:
    line = {
        "enabled": True,
        "display_name": "Anna",
        "user": "1001",
        "auth_user": "anna",
        "password": "s3cret",
        "server": "10.1.2.3",
        "port": 5070,
        "transport": "tls",
        "outbound_proxy": "proxy.example",
        "outbound_proxy_port": 5061,
        "expires": 600,
        "dtmf": "info",
        "srtp": "mandatory",
        "codecs": ["PCMA/8000", "G722"],
        "voicemail": "*97",
    }
    found = said(("devices/1", {"sip": {"port": 5062, "lines": {"2": line}}}))
    assert found.port == "5062"
    assert found.passwords == {"2": "s3cret"}
    assert found.lines == {
        "2": {
            "enabled": "1",
            "display_name": "Anna",
            "user": "1001",
            "auth_user": "anna",
            "server": "10.1.2.3",
            "port": "5070",
            "transport": "tls",
            "outbound_proxy": "proxy.example",
            "outbound_proxy_port": "5061",
            "expires": "600",
            "dtmf": "info",
            "srtp": "mandatory",
            "codecs": "PCMA,G722",
            "voicemail": "*97",
        }
    }
    assert found.layers["sip.lines.2.user"] == "devices/1"
    assert found


def test_nothing_said_is_nothing_wanted() -> None:
    assert not said()
    assert not said(("global", {"time": {"ntp_server": "ntp.example"}}))


def test_a_raw_key_that_wins_in_the_file_wins_here_too() -> None:
    found = said(
        ("global", {"sip": {"lines": {"1": {"server": "old.example", "transport": "udp"}}}}),
        ("devices/1", {"raw": {"SIP CONFIG MODULE": {"SIP1 Register Addr": "new.example", "SIP1 Transport": "1"}}}),
    )
    assert found.lines["1"] == {"server": "new.example", "transport": "tcp"}


def test_a_raw_value_without_a_word_for_it_is_told() -> None:
    found = said(
        (
            "devices/1",
            {
                "raw": {
                    "SIP CONFIG MODULE": {"SIP1 Transport": "7", "SIP1 Register Port": "x", "SIP1 Phone Number": "5"}
                }
            },
        )
    )
    assert found.lines == {"1": {"user": "5"}}
    assert {path for path, _ in found.unsaid} == {"sip.lines.1.transport", "sip.lines.1.port"}
    assert "'7'" in dict(found.unsaid)["sip.lines.1.transport"]


def test_it_goes_through_json_without_its_passwords() -> None:
    found = said(("global", {"sip": {"port": 5060, "lines": {"1": {"user": "7", "password": "hush"}}}}))
    text = json.dumps(found.as_json())
    assert "hush" not in text
    assert Wanted.from_json(json.loads(text), {"1": "hush"}) == found
