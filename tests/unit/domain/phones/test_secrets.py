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
