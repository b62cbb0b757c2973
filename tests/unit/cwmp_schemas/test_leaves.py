"""Readers of single elements, and of columns of them."""

from typing import Any

import pytest
from lxml import etree

from cwmp_schemas import structs
from cwmp_schemas.codec import struct_reader
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.leaves import attribute, by_local_name, column_reader, leaf_reader, local_name, namespace_of
from cwmp_schemas.sanitize import LIMITS, Limits, Notes

_NAMESPACES = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/"'
)


def _read(model: Any, text: str, limits: Limits = LIMITS) -> tuple[Any, list[tuple[str, str]]]:
    notes = Notes(limits)
    value = struct_reader(model)(etree.fromstring(f"<x {_NAMESPACES}>{text}</x>"), notes)
    return value, [(oddity.code, oddity.detail) for oddity in notes.oddities]


@pytest.mark.parametrize(
    ("text", "writable", "codes"),
    [
        ("1", True, []),
        ("false", False, []),
        ("30", True, ["odd_boolean"]),
        ("", False, ["odd_boolean"]),
        (" 1", True, ["odd_boolean"]),
    ],
)
def test_booleans(text: str, writable: bool, codes: list[str]) -> None:
    value, found = _read(structs.ParameterInfoStruct, f"<Name>a</Name><Writable>{text}</Writable>")
    assert value.Writable is writable
    assert [code for code, _ in found] == codes


def test_names_and_namespaces() -> None:
    element = etree.fromstring('<a:b xmlns:a="urn:x" a:c="1" d="2"><e/><a:f/></a:b>')
    assert (local_name(element), namespace_of(element)) == ("b", "urn:x")
    assert (attribute(element, "c"), attribute(element, "d"), attribute(element, "e")) == ("1", "2", None)
    found = by_local_name(element, "f")
    assert found is not None
    assert namespace_of(found) == "urn:x"
    assert by_local_name(element, "g") is None


_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_VALUES = [
    ('<V xsi:type="xsd:string"> a </V>', TypedValue(" a ")),
    ('<V xsi:type="xsd:boolean">1</V>', TypedValue("1", "xsd:boolean")),
    ('<V xsi:type="xsd:int"> 1</V>', TypedValue("1", "xsd:int")),
    ('<V xsi:type="SOAP-ENC:base64"/>', TypedValue("", "soap-enc:base64")),
    ('<V other="x" xsi:type="xsd:unsignedInt">7</V>', TypedValue("7", "xsd:unsignedInt")),
    ("<V>b</V>", TypedValue("b")),
]


def test_a_column_reads_like_its_elements_one_by_one() -> None:
    field = structs.ParameterValueStruct.wire_fields["Value"]
    reader = leaf_reader("x", "Value", field, None)
    elements = list(etree.fromstring(f"<r {_XSI}>{''.join(text for text, _ in _VALUES)}</r>"))
    one_by_one, at_once = Notes(LIMITS), Notes(LIMITS)
    values = [reader(element, one_by_one) for element in elements]
    assert values == [value for _, value in _VALUES]
    assert column_reader(reader, field)(elements, at_once) == values
    assert at_once.oddities == one_by_one.oddities
