from typing import Any

import pytest

from acs.domain.phones import secrets
from acs.errors import BadSettings
from acs.formats import ConfigDocument, Item, Module
from acs.formats.document import item_of

DOCUMENT: dict[str, Any] = {
    "sip": {
        "lines": {"1": {"user": "1001", "password": "pw1"}, "2": {"password": None}, "3": {"password": ""}, "4": None}
    },
    "web": {"accounts": {"1": {"name": "admin", "password": "top"}}},
    "tr069": {"password": "acs", "acs_url": "http://h/"},
    "autoprovision": {"password": "ap"},
    "encryption": {"device_key": "a" * 64},
    "keys": {"1": {"value": "password"}},
    "raw": {
        "SIP CONFIG MODULE": {
            "SIP1 Register Pswd": "raw/~pw",
            "--x--": {"P Menu Password": 123},
            "SIP1 User Agent": "x",
        }
    },
}
PATHS = {
    "/sip/lines/1/password": "pw1",
    "/web/accounts/1/password": "top",
    "/tr069/password": "acs",
    "/autoprovision/password": "ap",
    "/encryption/device_key": "a" * 64,
    "/raw/SIP CONFIG MODULE/SIP1 Register Pswd": "raw/~pw",
    "/raw/SIP CONFIG MODULE/--x--/P Menu Password": "123",
}


def test_split_and_join() -> None:
    public, hidden = secrets.split_secrets(DOCUMENT)
    assert hidden == PATHS
    assert "pw1" not in str(public)
    assert public["sip"]["lines"]["1"] == {"user": "1001", "password": "***"}
    assert public["sip"]["lines"]["2"] == {"password": None}
    joined = secrets.join_secrets(public, hidden)
    DOCUMENT["raw"]["SIP CONFIG MODULE"]["--x--"]["P Menu Password"] = "123"
    assert joined == DOCUMENT
    assert public == secrets.redact(DOCUMENT)


def test_three_stars_mean_what_was_there() -> None:
    new = secrets.redact(DOCUMENT)
    new["sip"]["lines"]["1"]["user"] = "1002"
    new["tr069"]["password"] = "changed"
    kept = secrets.keep_secrets(new, DOCUMENT)
    assert kept["sip"]["lines"]["1"] == {"user": "1002", "password": "pw1"}
    assert kept["tr069"]["password"] == "changed"
    with pytest.raises(BadSettings) as caught:
        secrets.keep_secrets({"sip": {"lines": {"9": {"password": "***"}}}}, DOCUMENT)
    assert caught.value.field == "sip.lines.9.password"


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("SIP1 Register Pswd", True),
        ("SIP1 Register Pwd", True),
        ("Account1 Password", True),
        ("Download password", True),
        ("XML-PBook1 PassWd", True),
        ("Device Cfg File Key", True),
        ("Config File Key", True),
        ("ACS BackupPassword", True),
        ("SIP1 SigCrypto Key", True),
        ("WIFI1 Pre-shared Key", True),
        ("WIFI1 PSK", True),
        ("WIFI_PSK", True),
        ("VPN Passphrase", True),
        ("Access Token", True),
        ("Client Secret", True),
        ("Paging PIN", True),
        ("Ping Interval", False),
        ("PNP Interval", False),
        ("SIP Pswd Encryption", False),
        ("All Pswd Encryption", False),
        ("SIP1 Phone Number", False),
        ("Key Long Press Time", False),
        ("Fkey1 Value", False),
    ],
)
def test_secret_keys_by_name(name: str, secret: bool) -> None:
    assert secrets.is_secret_key(name) is secret


def test_a_rendered_file_hides_its_secrets() -> None:
    document = ConfigDocument(
        (
            Module(
                "SIP CONFIG MODULE",
                (item_of("SIP1 Register Pswd", "pw"), Item("SIP  Port", "5060"), Item("X Pswd", "")),
            ),
        ),
        "1.0",
    )
    hidden = secrets.redact_config(document)
    assert hidden.version == "1.0"
    assert [item.value for _, item in hidden] == ["***", "5060", ""]
    assert list(secrets.secrets_in(DOCUMENT)) == list(PATHS.values())


def test_every_typed_secret_is_found() -> None:
    for path in secrets.SECRET_PATHS:
        assert secrets.is_secret(tuple(path.replace("*", "7").split(".")))
    assert not secrets.is_secret(("sip", "lines", "1", "user"))
    assert not secrets.is_secret(("raw", "Password"))
    assert secrets.pointer(("a/b", "~")) == "/a~1b/~0"


URLS = {
    "http://user:pw@10.0.0.1/book.xml": "http://***@10.0.0.1/book.xml",
    f"http://h:7567/t/{'a1-_' * 10}/book.xml": "http://h:7567/t/***/book.xml",
    "ftp://h/x?mac=$mac&auth_token=abc#end": "ftp://h/x?mac=$mac&auth_token=***#end",
    "http://h/t/short/book.xml": "http://h/t/short/book.xml",
    "1/2 & 3?": "1/2 & 3?",
}


@pytest.mark.parametrize(("url", "shown"), URLS.items())
def test_what_opens_doors_in_a_url_is_hidden(url: str, shown: str) -> None:
    assert secrets.in_url(url) == shown
    document: dict[str, Any] = {"raw": {"AUTOUPDATE CONFIG MODULE": {"Auto Pbook Url": url}}}
    redacted = secrets.redact(document)
    assert redacted["raw"]["AUTOUPDATE CONFIG MODULE"]["Auto Pbook Url"] == shown
    public, hidden = secrets.split_secrets(document)
    assert public == redacted
    assert secrets.join_secrets(public, hidden) == document
    assert secrets.keep_secrets(redacted, document) == document
    file = ConfigDocument((Module("AUTOUPDATE CONFIG MODULE", (Item("Auto Pbook Url", url),)),))
    assert secrets.redact_config(file).modules[0].items[0].value == shown


@pytest.mark.parametrize("value", ["http://***@h/", "http://h/t/***/b.xml", "http://h/?token=***"])
def test_a_hidden_url_that_is_not_known_is_no_value(value: str) -> None:
    with pytest.raises(BadSettings) as caught:
        secrets.keep_secrets({"raw": {"M MODULE": {"k": value}}}, {})
    assert caught.value.field == "raw.M MODULE.k"
    assert secrets.keep_secrets({"raw": {"M MODULE": {"k": "***"}}}, {}) == {"raw": {"M MODULE": {"k": "***"}}}


def test_a_long_value_is_looked_through_quickly() -> None:
    value = "http://h/?" + "key" * 200_000
    assert secrets.in_url(value) == value


def test_joining_leaves_what_is_stored_as_it_is() -> None:
    public, hidden = secrets.split_secrets(DOCUMENT)
    before = str(public)
    secrets.join_secrets(public, hidden)
    assert str(public) == before


def test_a_secret_that_stands_in_a_file_more_than_once() -> None:
    document = {"raw": {"M MODULE": {"Any Password": ["one", "two"], "Url": ["http://u:p@h/", "x"]}}}
    public, hidden = secrets.split_secrets(document)
    assert public == {"raw": {"M MODULE": {"Any Password": "***", "Url": ["http://***@h/", "x"]}}}
    assert secrets.join_secrets(public, hidden) == document
    assert secrets.keep_secrets(public, document) == document
    assert {"one", "two"} <= set(secrets.secrets_in(document))
