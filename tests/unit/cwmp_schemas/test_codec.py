"""The compiled readers of structures and arrays."""

from typing import Any

import pytest
from lxml import etree

from cwmp_schemas.acs_rpcs import DUStateChangeComplete
from cwmp_schemas.codec import struct_reader
from cwmp_schemas.cpe_rpcs import ChangeDUState, GetParameterAttributesResponse, GetParameterNamesResponse
from cwmp_schemas.registry import MESSAGES
from cwmp_schemas.sanitize import LIMITS, Limits, Notes, Refused
from cwmp_schemas.writers import struct_writer

_NAMESPACES = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/"'
)


def _read(model: Any, text: str, limits: Limits = LIMITS) -> tuple[Any, list[tuple[str, str]]]:
    notes = Notes(limits)
    value = struct_reader(model)(etree.fromstring(f"<x {_NAMESPACES}>{text}</x>"), notes)
    return value, [(oddity.code, oddity.detail) for oddity in notes.oddities]


def test_a_table_of_flat_members_reads_like_one_member_after_the_other() -> None:
    row = "<ParameterInfoStruct><Name>Device.{}</Name><Writable>{}</Writable></ParameterInfoStruct>"
    rows = "".join(row.format(number, number % 2) for number in range(5))
    plain = f'<ParameterList soap-enc:arrayType="cwmp:ParameterInfoStruct[5]">{rows}</ParameterList>'
    value, codes = _read(GetParameterNamesResponse, plain)
    assert codes == []
    assert [info.Writable for info in value.ParameterList] == [False, True, False, True, False]
    # one member out of order sends all down the patient path, which must read the same
    swapped = plain.replace(
        "<Name>Device.3</Name><Writable>1</Writable>", "<Writable>1</Writable><Name>Device.3</Name>"
    )
    assert _read(GetParameterNamesResponse, swapped) == (value, [("order", "ParameterInfoStruct")])
    # as many elements as a table would have, but nested otherwise
    nested = plain.replace("<Writable>1</Writable>", "<Writable>1<x/></Writable>", 1)
    assert _read(GetParameterNamesResponse, nested)[0] == value


def test_attributes_may_come_in_the_element_of_values() -> None:
    inside = "<Name>a</Name><Notification>2</Notification><AccessList><string>Subscriber</string></AccessList>"
    value, codes = _read(
        GetParameterAttributesResponse,
        f"<ParameterList><ParameterValueStruct>{inside}</ParameterValueStruct></ParameterList>",
    )
    assert value.ParameterList[0].Notification == 2
    assert value.ParameterList[0].AccessList == ("Subscriber",)
    assert ("member_name", "GetParameterAttributesResponse.ParameterList.ParameterValueStruct") in codes  # quirk 72


@pytest.mark.parametrize(
    ("attribute", "inside", "model", "codes"),
    [
        (' xsi:type="cwmp:UpdateOpStruct"', "<Version>2</Version>", "UpdateOpStruct", []),
        (' xsi:type="UninstallOpStruct"', "<UUID>u</UUID>", "UninstallOpStruct", []),
        ("", "<URL>http://a</URL>", "InstallOpStruct", ["operation_type"]),
        (' xsi:type="cwmp:New"', "<UUID>u</UUID>", "UninstallOpStruct", ["operation_type"]),
    ],
)
def test_operations_by_their_type(attribute: str, inside: str, model: str, codes: list[str]) -> None:
    value, found = _read(ChangeDUState, f"<Operations{attribute}>{inside}</Operations>")
    assert [type(operation).__name__ for operation in value.Operations] == [model]
    assert [code for code, _ in found] == codes
    assert value.CommandKey is None


def test_results_may_come_in_an_array() -> None:
    inside = "<UUID>u</UUID><Fault><FaultCode>9001</FaultCode></Fault>"
    value, codes = _read(
        DUStateChangeComplete, f"<Results><OpResultStruct>{inside}</OpResultStruct><OpResultStruct/></Results>"
    )
    assert [result.Fault.FaultCode for result in value.Results] == [9001, 0]
    assert codes[0] == ("wrapped_struct", "OpResultStruct")


def test_members_of_an_array_are_bounded() -> None:
    def rows(number: int) -> str:
        return f"<ParameterList>{'<ParameterInfoStruct/>' * number}</ParameterList>"

    five, _ = _read(GetParameterNamesResponse, rows(5), Limits(max_parameters=5))
    assert len(five.ParameterList) == 5
    with pytest.raises(Refused, match="too_many_parameters"):
        _read(GetParameterNamesResponse, rows(6), Limits(max_parameters=5))


@pytest.mark.parametrize("model", [*MESSAGES.values()], ids=lambda model: model.__name__)
def test_an_empty_element_reads_as_defaults(model: Any) -> None:
    value, codes = _read(model, "")
    required = [name for name, field in model.wire_fields.items() if field.Attributes.min_occurs]
    assert codes == [("missing", f"{model.__name__}.{name}") for name in required]
    assert type(value) is model
    parts: list[str] = []
    struct_writer(model)(value, parts.append)  # what was read can be written
