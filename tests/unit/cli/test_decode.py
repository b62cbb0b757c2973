"""``acs decode``: envelopes, configurations, phone books, and what is none of them."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acs import formats
from acs.cli.decode import decode
from acs.cli.outcome import CommandFailed
from acs.formats import ConfigDocument, Dialect, Item, Module
from acs.formats.containers import DEFAULT, container
from cwmp_schemas import envelope
from cwmp_schemas.cpe_rpcs import SetParameterValues
from cwmp_schemas.structs import ParameterValueStruct, TypedValue
from tests.reference import CORPUS, needs_corpus

CONFIG = formats.write(
    ConfigDocument((Module("SIP CONFIG MODULE", (Item("Register Pswd", "hush", "SIP Line List", "SIP1"),)),), "2.0003"),
    Dialect.TEXT1,
)


def _envelope() -> bytes:
    values = (
        ParameterValueStruct(Name="Device.ManagementServer.Password", Value=TypedValue("hush", "xsd:string")),
        ParameterValueStruct(Name="Device.ManagementServer.PeriodicInformInterval", Value=TypedValue("60", "xsd:int")),
    )
    return envelope.write(
        SetParameterValues(ParameterList=values, ParameterKey="key"),
        cwmp_namespace="urn:dslforum-org:cwmp-1-2",
        id="7",
    )


def test_an_envelope() -> None:
    found = decode(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + _envelope())
    (message,) = found.messages
    assert (message["method"], message["id"], message["cwmp_version"]) == ("SetParameterValues", "7", "1.2")
    shown = {row["name"]: row["value"] for row in message["items"]}
    assert shown["Device.ManagementServer.Password"] == "***"
    assert shown["Device.ManagementServer.PeriodicInformInterval"] == "60  (xsd:int)"
    assert "hush" not in str(found.as_json())
    assert "hush" in str(decode(_envelope(), reveal=True).as_json())
    assert not found.failed


def test_a_configuration() -> None:
    found = decode(CONFIG)
    assert (found.what, found.facts["dialect"], found.facts["version"]) == ("Phone configuration", "text1", "2.0003")
    assert found.rows == [
        {"module": "SIP CONFIG MODULE", "section": "SIP Line List", "key": "SIP1 Register Pswd", "value": "***"}
    ]
    assert decode(CONFIG, reveal=True).rows[0]["value"] == "hush"


def test_a_configuration_in_any_dialect() -> None:
    for dialect in Dialect:
        module = "SIP CONFIG MODULE"
        data = formats.write(formats.read(CONFIG), dialect)
        found = decode(data)
        assert (found.what, found.facts["version"]) == ("Phone configuration", "2.0003")
        assert found.facts["dialect"] in (dialect, Dialect.TEXT1), "a line alone is the same in both texts"
        assert found.rows == [
            {"module": module, "section": "SIP Line List", "key": "SIP1 Register Pswd", "value": "***"}
        ]


def test_an_encrypted_configuration() -> None:
    found = decode(container(DEFAULT).seal(CONFIG, key=bytes(range(32)), nonce=bytes(16)))
    assert "encrypted" in found.what
    assert found.failed


def test_a_phone_book() -> None:
    found = decode(b"name,number\nAnna,1001\nBert,1002\n")
    assert (found.what, found.facts) == ("Phone book", {"format": "csv", "entries": 2})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x00\x01", "not_xml"),
        (b"<html></html>", "not_an_envelope"),
        (b"<!DOCTYPE html><html><body>Log in<br></body></html>", "html"),
        (b"<", "not_xml"),
        (b"hello", "not_xml"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Envelope>&x;</Envelope>', "doctype"),
        (b"<a>" * 100, "not_xml"),
    ],
)
def test_what_is_refused_is_told_with_reason_and_status(data: bytes, reason: str) -> None:
    found = decode(data)
    assert found.failed
    refused = found.as_json()["refused"]
    assert (refused["reason"], refused["status"]) == (reason, 400)
    assert refused["meaning"]


def test_a_configuration_that_is_damaged() -> None:
    with pytest.raises(CommandFailed, match="cannot be read"):
        decode(b"<sysConf><a></sysConf>")


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=200)
    | st.sampled_from([CONFIG, _envelope()]).flatmap(lambda d: st.integers(0, len(d)).map(lambda n: d[:n]))
)
def test_whatever_it_is_there_is_an_answer(data: bytes) -> None:
    with contextlib.suppress(CommandFailed):
        assert decode(data).as_json()["what"]


@needs_corpus
def test_every_capture_is_explained() -> None:
    assert CORPUS is not None
    for path in sorted(CORPUS.glob("*.xml")):
        found = decode(path.read_bytes())
        (message,) = found.messages
        assert not found.failed, path.name
        assert message["direction"], path.name
        assert all(each["meaning"] for each in message["warnings"]), path.name
        assert all(each["quirk"] for each in message["warnings"]), path.name


def test_as_a_command(acs: Any, tmp_path: Path) -> None:
    path = tmp_path / "capture.xml"
    path.write_bytes(_envelope())
    assert "PeriodicInformInterval" in acs("decode", str(path)).out
    assert acs("decode", str(path), "--json").json()["method"] == "SetParameterValues"
    acs("decode", str(tmp_path / "nothing"), code=2)


def test_several_messages_one_of_them_refused(acs: Any, tmp_path: Path) -> None:
    path = tmp_path / "capture.http"
    path.write_bytes(
        b"POST /acs HTTP/1.1\r\nAuthorization: Basic aHVzaA==\r\nContent-Length: 0\r\n\r\n"
        b"HTTP/1.1 200 OK\r\n\r\n" + _envelope() + b"POST /acs HTTP/1.1\r\nContent-Length: 4\r\n\r\nbang"
    )
    for columns in ("80", "120"):
        shown = acs("decode", str(path), code=1, COLUMNS=columns).out
        assert "1 of 3: An empty POST" in shown
        assert "2 of 3: SetParameterValues, a request, server to phone" in shown
        assert "3 of 3: Refused" in shown
        assert "aHVzaA" not in shown
        assert max(map(len, shown.splitlines())) <= int(columns)
    told = acs("decode", str(path), "--json", code=1).json()
    assert [each["what"] for each in told["messages"]][1:] == ["CWMP message", "Refused"]
    assert told["messages"][0]["http"]["headers"][0] == {"name": "Authorization", "value": "Basic ***"}
