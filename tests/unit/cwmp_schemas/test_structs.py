"""The models against the official schemas' field list: names, order, types, facets, occurrence, in every version."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from cwmp_schemas.faults import Fault
from cwmp_schemas.namespaces import VERSIONS
from cwmp_schemas.registry import MESSAGES, RPCS
from cwmp_schemas.structs import OperationStruct
from tests.reference import needs_xsd
from tests.unit.cwmp_schemas.official import field_list


class Row(NamedTuple):
    """One element of a message."""

    path: str
    kind: str
    max_length: str
    minimum: str
    enumeration: str
    min_occurs: str
    max_occurs: str


def _occurs(value: Any) -> str:
    return "unbounded" if value == float("inf") else str(int(value))


def _enumeration(field: Any, version: str) -> str:
    values = list(field.Attributes.values)
    for until, earlier in getattr(field.Attributes, "earlier", {}).items():
        if VERSIONS.index(version) <= VERSIONS.index(until):
            values = list(earlier)
    return "|".join(map(str, values))


def _rows(path: str, field: Any, version: str) -> Iterator[Row]:
    attributes = field.Attributes
    kind = attributes.wire_kind
    longest = getattr(attributes, "max_len", float("inf"))
    minimum = getattr(attributes, "ge", float("-inf"))
    yield Row(
        path,
        "struct" if kind == "array" else kind,
        "" if longest == float("inf") else str(int(longest)),
        "" if minimum <= 0 else str(minimum),
        _enumeration(field, version) if kind not in ("array", "struct") else "",
        _occurs(attributes.min_occurs),
        _occurs(attributes.max_occurs),
    )
    if kind == "array":
        ((name, member),) = field._type_info.items()
        yield from _rows(f"{path}/{name}", member, version)
    elif kind == "struct":
        model = field.__orig__ or field
        for name, child in model._type_info.items():  # only its own: the list does not follow extensions
            yield from _rows(f"{path}/{name}", child, version)


_KINDS = {
    "string": "string",
    "unsignedInt": "unsignedInt",
    "int": "int",
    "boolean": "boolean",
    "dateTime": "dateTime",
    "base64": "base64",
    "anySimpleType": "any",
    "struct": "struct",
    "union": "unsignedInt",
    "ParameterAttributeNotificationValueType": "int",
    "EventCodeType": "string",
}


def _official(row: dict[str, str]) -> Row:
    kind = _KINDS[row["base"]]
    if row["path"].endswith("OperationPerformed"):
        kind = "string"  # a union of an enumeration and any string
    longest = row["maxLength"]
    if row["base"] == "EventCodeType":
        longest = "64"  # the list lost the facets where 1.4 redefines the type
    return Row(row["path"], kind, longest, row["minInclusive"], row["enumeration"], row["minOccurs"], row["maxOccurs"])


@needs_xsd
@pytest.mark.parametrize("version", VERSIONS)
def test_messages_have_the_official_fields(version: str) -> None:
    names = {name for rpc in RPCS if rpc.in_version(version) for name in (rpc.name, rpc.response.__name__)}
    for name in [*sorted(names), "Fault"]:
        model: Any = Fault if name == "Fault" else MESSAGES[name]
        rows = [row for row in field_list() if row["cwmp"] == version and row["element"] == name]
        official = [_official(row) for row in rows if row["base"] != "(empty)"]
        assert [
            row for field, child in model.wire_fields.items() for row in _rows(f"{name}/{field}", child, version)
        ] == (official)


@needs_xsd
def test_the_list_has_rows_for_every_version() -> None:
    assert len(field_list()) == 874
    assert {row["cwmp"] for row in field_list()} == set(VERSIONS)


def test_the_base_of_the_operations_is_empty() -> None:
    assert OperationStruct.wire_fields == {}
