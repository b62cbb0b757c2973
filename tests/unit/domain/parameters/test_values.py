"""Values as operators write them, as phones want them, and as phones show them."""

import pytest

from acs.domain.parameters.values import (
    KNOWN_TYPES,
    guess_type,
    hidden,
    is_secret,
    kept,
    on_wire,
    qualified_type,
    same,
    to_text,
)
from cwmp_schemas.datatypes import VALUE_TYPES


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        (True, "1", "xsd:boolean"),
        (False, "0", "xsd:boolean"),
        (1, "1", "xsd:unsignedInt"),
        (0, "0", "xsd:unsignedInt"),
        (-1, "-1", "xsd:int"),
        ("1", "1", "xsd:string"),
        ("true", "true", "xsd:string"),
        ("", "", "xsd:string"),
        (1.5, "1.5", "xsd:string"),
        (None, "", "xsd:string"),
    ],
)
def test_json_becomes_text_and_a_type_that_fits_it(value: object, text: str, kind: str) -> None:
    assert (to_text(value), guess_type(value)) == (text, kind)


@pytest.mark.parametrize(
    ("name", "qualified"),
    [
        ("string", "xsd:string"),
        ("xsd:unsignedInt", "xsd:unsignedInt"),
        ("dateTime", "xsd:dateTime"),
        ("base64", "soap-enc:base64"),
        ("xsd:base64", "soap-enc:base64"),
        ("base64Binary", "xsd:base64Binary"),
        ("soap-enc:base64", "soap-enc:base64"),
    ],
)
def test_a_type_may_be_named_without_its_prefix(name: str, qualified: str) -> None:
    assert qualified_type(name) == qualified
    assert qualified in KNOWN_TYPES


def test_every_type_that_we_take_can_be_written_in_a_message() -> None:
    assert not KNOWN_TYPES - VALUE_TYPES


@pytest.mark.parametrize(
    ("text", "kind", "written"),
    [
        ("true", "xsd:boolean", "1"),
        (" Yes ", "xsd:boolean", "1"),
        ("ON", "xsd:boolean", "1"),
        ("False", "xsd:boolean", "0"),
        ("off", "xsd:boolean", "0"),
        ("maybe", "xsd:boolean", "maybe"),
        ("true", "xsd:string", "true"),
        (" 5 ", "xsd:unsignedInt", " 5 "),
    ],
)
def test_booleans_go_out_as_digits_and_all_else_as_given(text: str, kind: str, written: str) -> None:
    assert on_wire(text, kind) == written


@pytest.mark.parametrize(
    ("written", "read", "kind"),
    [
        ("x", "x", "xsd:string"),
        (" x", "x ", "xsd:string"),
        ("1", "true", "xsd:boolean"),
        ("false", "0", "xsd:boolean"),
        ("Yes", "TRUE", "xsd:boolean"),
        ("0600", "600", "xsd:unsignedInt"),
        ("+5", "5", "xsd:int"),
        ("-0", "0", "xsd:int"),
        ("0C:38:3E:00:00:01", "0c383e000001", "xsd:string"),
        ("0c-38-3e-00-00-01", "0C:38:3E:00:00:01", "xsd:string"),
    ],
)
def test_a_phone_may_spell_a_value_its_own_way(written: str, read: str, kind: str) -> None:
    assert same(written, read, kind)
    assert same(read, written, kind)


@pytest.mark.parametrize(
    ("written", "read", "kind"),
    [
        ("x", "X", "xsd:string"),
        ("x", "", "xsd:string"),
        ("1", "0", "xsd:boolean"),
        ("1", "true", "xsd:string"),
        ("yes", "maybe", "xsd:boolean"),
        ("600", "6000", "xsd:unsignedInt"),
        ("5", "-5", "xsd:int"),
        ("1.0", "1", "xsd:string"),
        ("10", "010", "xsd:hexBinary"),
        ("0c383e000001", "0c383e000002", "xsd:string"),
        ("a.b", "ab", "xsd:string"),
        ("5", "\u0665", "xsd:unsignedInt"),
        pytest.param("1", "2" * 5000, "xsd:unsignedInt", id="more digits than int() reads"),
        pytest.param("1" * 5000, "2" * 5000, "xsd:string", id="a text of many digits"),
    ],
)
def test_another_value_is_another_value(written: str, read: str, kind: str) -> None:
    assert not same(written, read, kind)
    assert not same(read, written, kind)


@pytest.mark.parametrize(
    ("read", "is_hidden"),
    [("", True), ("***", True), ("********", True), ("*", False), ("**", False), ("***a", False), (" ", False)],
)
def test_a_phone_hides_its_secrets(read: str, is_hidden: bool) -> None:
    assert hidden(read) is is_hidden


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("Device.ManagementServer.Password", True),
        ("Device.ManagementServer.ConnectionRequestPassword", True),
        ("Device.X_VENDOR_AUTHPASSWORD", True),
        ("Device.WiFi.AccessPoint.1.Security.KeyPassphrase", True),
        ("Device.WiFi.AccessPoint.1.Security.PreSharedKey", True),
        ("InternetGatewayDevice.X_CT-COM_UserInfo.UserId", True),
        ("InternetGatewayDevice.X_CU_UserInfo.UserId", True),
        ("InternetGatewayDevice.X_CMCC_UserInfo.Password", True),
        ("InternetGatewayDevice.X_CT-COM_UserInfo.UserName", False),
        ("Device.Users.1.UserId", False),
        ("Device.ManagementServer.Username", False),
        ("Device.Password.1.Name", False),
        ("Device.PasswordLength", False),
        ("Device.ManagementServer.ParameterKey", False),
    ],
)
def test_a_secret_that_a_phone_shows_is_not_kept(path: str, secret: bool) -> None:
    assert is_secret(path) is secret
    assert kept(path, "hunter2") == ("***" if secret else "hunter2")
    assert kept(path, "") == ""
    assert not secret or hidden(kept(path, "hunter2"))  # which proves nothing, as the phone's own mask


@pytest.mark.parametrize(
    ("written", "read", "kind"),
    [
        ("pool.ntp.org", "POOL.NTP.ORG.", "xsd:string"),
        ("a, b,c", "a,b, c", "xsd:string"),
        ("x y", '"x y"', "xsd:string"),
        ("2001:db8:0:0:0:0:0:1", "2001:DB8::1", "xsd:string"),
        ("[2001:db8::1]", "2001:db8::1", "xsd:string"),
        ("00:15:65:AB:CD:EF", "001565abcdef", "xsd:string"),
        ("0aFF", "0AFF", "xsd:hexBinary"),
        ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "xsd:dateTime"),
        ("1.50", "1.5", "xsd:decimal"),
    ],
)
def test_quirk_119_another_spelling_is_the_same_value(written: str, read: str, kind: str) -> None:
    assert same(written, read, kind)
    assert same(read, written, kind)


@pytest.mark.parametrize(
    ("written", "read", "kind"),
    [
        ("12", "12000", "xsd:string"),  # V and mV
        ("-20.5", "89", "xsd:string"),  # dBm and what the laser counts
        ("1.50", "1.5", "xsd:string"),  # a text that looks like a number is a text
        ("anna", "Anna", "xsd:string"),
        ("192.0.2.1", "192.0.2.10", "xsd:string"),
        ("pool.ntp.org", "pool.ntp.net", "xsd:string"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00+01:00", "xsd:dateTime"),
        ("0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "xsd:dateTime"),
    ],
)
def test_quirk_170_another_unit_or_value_is_not_the_same(written: str, read: str, kind: str) -> None:
    assert not same(written, read, kind)


def test_quirk_170_what_a_phone_shows_is_kept_raw() -> None:
    assert kept("Device.DeviceInfo.SupplyVoltage", " 0012.50 ") == " 0012.50 "


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1700000000", "2023-11-14T22:13:20Z"),
        ("2026-01-01 08:30:00", "2026-01-01T08:30:00Z"),
        ("2026-01-01T08:30:00+02:00", "2026-01-01T06:30:00Z"),
        ("2026-01-01T08:30:00.5Z", "2026-01-01T08:30:00Z"),
        ("2026-01-01", "2026-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("tomorrow", "tomorrow"),
        ("99999999999999999", "99999999999999999"),
    ],
)
def test_quirk_167_times_go_out_as_iso_8601_in_utc(text: str, written: str) -> None:
    assert on_wire(text, "xsd:dateTime") == written


def test_booleans_go_out_as_words_where_the_phone_wants_them() -> None:
    assert [on_wire(text, "xsd:boolean", words=True) for text in ("1", "no", "maybe")] == ["true", "false", "maybe"]
    assert on_wire("1", "xsd:int", words=True) == "1"
