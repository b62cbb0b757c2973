"""What callers of the API see: times, names, and never a secret."""

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.phones.catalogue import GENERIC, Catalogue
from acs.services.views import REDACTED, device_view, redacted, rfc3339, task_view
from acs.storage.tables import DeviceRow, TaskRow


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, None),
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_790_000_000.25, "2026-09-21T14:13:20.250Z"),
    ],
)
def test_times_are_rfc_3339_in_utc(seconds: float | None, expected: str | None) -> None:
    assert rfc3339(seconds) == expected


@pytest.mark.parametrize(
    "path",
    [
        "InternetGatewayDevice.ManagementServer.Password",
        "Device.ManagementServer.ConnectionRequestPassword",
        "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword",
        "Device.WiFi.AccessPoint.1.Security.KeyPassphrase",
        "Device.WiFi.AccessPoint.1.Security.PreSharedKey",
        "Device.WiFi.AccessPoint.1.Security.WEPKey",
        "X.PASSWD",
        "X.SipPswd",
        "Password",
        "X.ClientSecret",
        "X.PrivateKey",
    ],
)
def test_names_that_hold_secrets(path: str) -> None:
    assert redacted({"name": path, "value": "hush"}) == {"name": path, "value": REDACTED}


@pytest.mark.parametrize(
    "path",
    [
        "Device.ManagementServer.Username",
        "Device.Password.Length",
        "Device.PasswordPolicy",
        "Device.ManagementServer.ParameterKey",
        "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthUserName",
        "",
    ],
)
def test_names_that_hold_none(path: str) -> None:
    assert redacted({"name": path, "value": "open"}) == {"name": path, "value": "open"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"password": "hush", "username": "u"}, {"password": REDACTED, "username": "u"}),
        ({"password": "", "Password": None}, {"password": "", "Password": None}),
        ({"name": "A.Password", "value": "hush"}, {"name": "A.Password", "value": REDACTED}),
        (
            {"name": "A.Password", "value": "", "type": "xsd:string"},
            {"name": "A.Password", "value": "", "type": "xsd:string"},
        ),
        (
            {"name": "A.Password", "expected": "hush", "read": "shh"},
            {"name": "A.Password", "expected": REDACTED, "read": REDACTED},
        ),
        ({"name": "A.User", "expected": "u", "read": "v"}, {"name": "A.User", "expected": "u", "read": "v"}),
        ([{"deep": [{"A.B.SipPassword": "hush"}]}, 1], [{"deep": [{"A.B.SipPassword": REDACTED}]}, 1]),
        (({"secret": 7},), [{"secret": REDACTED}]),
        ({"name": 5, "value": "x"}, {"name": 5, "value": "x"}),
        ("text", "text"),
        (None, None),
    ],
)
def test_secrets_are_redacted_wherever_they_are(value: Any, shown: Any) -> None:
    assert redacted(value) == shown


def test_redaction_leaves_the_original_alone() -> None:
    value = {"values": [{"name": "A.Password", "value": "hush"}]}
    redacted(value)
    assert value == {"values": [{"name": "A.Password", "value": "hush"}]}


def device(**columns: Any) -> DeviceRow:
    return DeviceRow(**{"id": "d1", "oui": "0C383E", "created_at": 1.0, **columns})


def test_a_phone_that_never_called() -> None:
    shown = device_view(device(mac="0c383e000001"))
    assert shown["mac"] == "0c383e000001"
    for name in ("root", "cwmp_version", "ip_address", "connection_request_url", "last_inform_at", "group"):
        assert shown[name] is None, name
    assert (shown["last_events"], shown["tags"], shown["firmware"], shown["notes"]) == ([], [], {}, [])
    assert shown["config"] == {"state": "unknown", "desired_version": None, "reported_version": None, "evidence": None}


@pytest.mark.parametrize(
    ("root", "override", "profile"),
    [
        ("InternetGatewayDevice.", None, "ctc"),
        ("Device.", None, "common"),
        ("", None, "common"),
        ("InternetGatewayDevice.", "common", "common"),
    ],
)
def test_the_profile_follows_the_root_unless_told(root: str, override: str | None, profile: str) -> None:
    assert device_view(device(root=root, profile=override))["profile"] == profile


def test_a_phone_shows_no_credentials() -> None:
    shown = device_view(
        device(
            username="cpe-d1",
            password_sealed="v1.sealed-a",
            offered_password_sealed="v1.sealed-b",
            cr_username="acs-d1",
            cr_password_sealed="v1.sealed-c",
            last_events="0 BOOTSTRAP\n1 BOOT",
            cwmp_namespace="urn:dslforum-org:cwmp-1-2",
            config_evidence={"parameters": [{"name": "L.AuthPassword", "expected": "hush", "read": ""}]},
        )
    )
    assert "sealed" not in str(shown)
    assert "hush" not in str(shown)
    assert "cpe-d1" not in str(shown)
    assert shown["last_events"] == ["0 BOOTSTRAP", "1 BOOT"]
    assert shown["cwmp_version"] == "1.2"


def test_a_view_is_a_copy() -> None:
    row = device(tags=["lobby"])
    device_view(row)["tags"].append("x")
    assert row.tags == ["lobby"]


def test_a_task_shows_its_arguments_without_secrets() -> None:
    row = TaskRow(
        id="t1",
        device_id="d1",
        type="set_parameter_values",
        arguments={
            "values": [
                {"name": "A.Password", "value": {"$sealed": "v1.x.y"}, "type": "xsd:string"},
                {"name": "A.User", "value": "u"},
            ],
            "token": {"$sealed": "v1.x.z"},
        },
        created_at=0.0,
        expires_at=60.0,
        result={"values": [{"name": "A.Password", "value": "hush"}]},
        fault={"code": "9007", "message": "no", "parameters": []},
        evidence={"read_back": [{"name": "A.Password", "expected": "hush", "read": ""}]},
        progress={"prepared": {"url": "http://x/t/signed"}},
    )
    shown = task_view(row)
    assert shown["arguments"] == {
        "values": [
            {"name": "A.Password", "value": REDACTED, "type": "xsd:string"},
            {"name": "A.User", "value": "u"},
        ],
        "token": REDACTED,
    }
    assert shown["created_at"] == "1970-01-01T00:00:00.000Z"
    assert shown["expires_at"] == "1970-01-01T00:01:00.000Z"
    assert (shown["not_before"], shown["started_at"], shown["finished_at"]) == (None, None, None)
    assert shown["evidence"] == {"read_back": [{"name": "A.Password", "expected": REDACTED, "read": ""}]}
    for hidden in ("hush", "v1.x", "signed"):
        assert hidden not in str(shown)


def test_a_phone_says_why_it_has_its_profile() -> None:
    shown = device_view(device(root="InternetGatewayDevice.", acs_type="common", logical_id="LG1"))
    assert (shown["profile"], shown["profile_source"]) == ("common", "acs_type")
    assert (shown["acs_type"], shown["logical_id"]) == ("common", "LG1")
    operators = Catalogue({"Z": replace(GENERIC, name="Z", profile="ctc")})
    assert device_view(device(model="Z"), operators)["profile"] == "ctc"
    assert device_view(device(model="Z"))["profile"] == "common"


@pytest.mark.parametrize("name", ["X_CT-COM_UserInfo.UserId", "A.X_CU_UserInfo.UserId", "A.X_CMCC_UserInfo.Password"])
def test_the_password_of_a_loid_is_a_secret(name: str) -> None:
    assert redacted([{"name": name, "value": "hush"}]) == [{"name": name, "value": "***"}]
