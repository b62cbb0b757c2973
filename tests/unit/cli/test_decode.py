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
    assert found.what == "CWMP envelope"
    assert (found.facts["method"], found.facts["id"], found.facts["cwmp_version"]) == ("SetParameterValues", "7", "1.2")
    shown = {row["name"]: row["value"] for row in found.rows}
    assert shown["Device.ManagementServer.Password"] == "***"
    assert shown["Device.ManagementServer.PeriodicInformInterval"] == "60  (xsd:int)"
    assert "hush" in str(decode(_envelope(), reveal=True).as_json())


def test_a_configuration() -> None:
    found = decode(CONFIG)
    assert (found.what, found.facts["dialect"], found.facts["version"]) == ("Phone configuration", "text1", "2.0003")
    assert found.rows == [
        {"module": "SIP CONFIG MODULE", "section": "SIP Line List", "key": "SIP1 Register Pswd", "value": "***"}
    ]
    assert decode(CONFIG, reveal=True).rows[0]["value"] == "hush"


def test_a_phone_book() -> None:
    found = decode(b"name,number\nAnna,1001\nBert,1002\n")
    assert (found.what, found.facts) == ("Phone book", {"format": "csv", "entries": 2})


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b"<html></html>", b"<", b"hello"])
def test_what_is_none_of_them(data: bytes) -> None:
    with pytest.raises(CommandFailed, match="cannot be read"):
        decode(data)


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=200)
    | st.sampled_from([CONFIG, _envelope()]).flatmap(lambda d: st.integers(0, len(d)).map(lambda n: d[:n]))
)
def test_whatever_it_is_there_is_an_answer(data: bytes) -> None:
    with contextlib.suppress(CommandFailed):
        assert decode(data).what


@needs_corpus
def test_captures_are_explained() -> None:
    assert CORPUS is not None
    captures = [path for path in sorted(CORPUS.iterdir()) if path.suffix == ".xml"][:40]
    explained = 0
    for path in captures:
        with contextlib.suppress(CommandFailed):
            explained += bool(decode(path.read_bytes()).what)
    assert explained > len(captures) // 2


def test_as_a_command(acs: Any, tmp_path: Path) -> None:
    path = tmp_path / "capture.xml"
    path.write_bytes(_envelope())
    assert "PeriodicInformInterval" in acs("decode", str(path)).out
    assert acs("decode", str(path), "--json").json()["method"] == "SetParameterValues"
    acs("decode", str(tmp_path / "nothing"), code=2)
