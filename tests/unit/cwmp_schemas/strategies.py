"""Hypothesis strategies of every message, made from the models, within the facets of a CWMP version."""

from typing import Any, cast

from hypothesis import strategies as st

from cwmp_schemas import structs
from cwmp_schemas._spyne import Struct
from cwmp_schemas.codec import OPERATIONS
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.faults import CODES, Fault, SetParameterValuesFault
from cwmp_schemas.namespaces import VERSIONS
from cwmp_schemas.registry import MESSAGES, RPCS

_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
_BLANKS = " \t\r\n"

any_text = st.text(st.one_of(_CHARACTERS, st.sampled_from("\t\n\r&<>\"']]>")), max_size=30)
"""All that XML can carry."""

_TIMES = st.sampled_from(["2024-02-29T23:59:59Z", "1970-01-01T00:00:00+08:00", "0001-01-01T00:00:00Z"])
_FILE_TYPES = st.sampled_from(["1 Firmware Upgrade Image", "3 Vendor Configuration File", "X 0C383E Logo"])
_EVENT_CODES = st.sampled_from(["0 BOOTSTRAP", "1 BOOT", "4 VALUE CHANGE", "M Download", "X 0C383E KNOCK"])
_LAST_FAULT = {"1.0": 9013}
_UUIDS = st.uuids().map(str)

typed_values = st.one_of(
    any_text.map(TypedValue),
    st.builds(TypedValue, st.integers(-(2**31), 2**31 - 1).map(str), st.just("xsd:int")),
    st.builds(TypedValue, st.integers(0, 2**32 - 1).map(str), st.just("xsd:unsignedInt")),
    st.builds(TypedValue, st.sampled_from(["0", "1", "true", "false"]), st.just("xsd:boolean")),
    st.builds(TypedValue, _TIMES, st.just("xsd:dateTime")),
    st.builds(TypedValue, st.just("QUJD"), st.sampled_from(["xsd:base64Binary", "soap-enc:base64"])),
)


def _text(longest: int) -> st.SearchStrategy[str]:
    return st.text(_CHARACTERS, max_size=min(longest, 40)).map(lambda text: text.strip(_BLANKS))


def _leaf(model: str, name: str, field: Any, version: str) -> st.SearchStrategy[Any]:
    kind, attributes = field.Attributes.wire_kind, field.Attributes
    values = list(attributes.values)
    for until, earlier in getattr(attributes, "earlier", {}).items():
        if VERSIONS.index(version) <= VERSIONS.index(until):
            values = list(earlier)
    if values:
        return st.sampled_from(values)
    if name == "FaultCode":
        in_result = model in ("FaultStruct", "DeploymentUnitFaultStruct")
        if in_result:
            return st.sampled_from([0, 9001, 9012] if version == "1.0" else [0, 9001, 9012, 9018])
        return st.sampled_from([code for code in CODES if 9000 <= code <= _LAST_FAULT.get(version, 9999)])
    if kind == "unsignedInt":
        return st.integers(1 if name == "InstanceNumber" else 0, 2**32 - 1)
    if kind == "int":
        return st.integers(-(2**31), 2**31 - 1)
    if kind == "boolean":
        return st.booleans()
    if kind == "dateTime":
        return _TIMES
    if kind == "base64":
        return st.sampled_from(["QUJD", "QQ=="])
    if kind == "any":
        return typed_values
    patterned = {"OUI": st.sampled_from(["0C383E", "001122"]), "EventCode": _EVENT_CODES, "UUID": _UUIDS}
    if name in patterned:
        return patterned[name]
    if model in OPERATIONS and name == "URL":  # xs:anyURI, which schemas check
        return st.sampled_from(["", "http://acs.example/unit.bin?a=b&c=d"])
    if name == "WindowMode":
        return st.sampled_from(["1 At Any Time", "4 Confirmation Needed"])
    if name == "FileType":
        return st.just("1 Vendor Configuration File") if model == "Upload" and version < "1.2" else _FILE_TYPES
    if name == "ObjectName":
        return _text(200).map(lambda text: text.replace("\x85", "") + ".")
    return _text(int(min(attributes.max_len, 40)))


def _field(model: str, name: str, field: Any, version: str) -> st.SearchStrategy[Any]:
    attributes = field.Attributes
    if attributes.wire_kind == "array":
        ((member_name, member),) = field._type_info.items()
        low, high = member.Attributes.min_occurs, int(min(member.Attributes.max_occurs, 4))
        one = _field(model, name if member_name in ("string", "base64") else member_name, _single(member), version)
        return st.lists(one, min_size=int(low), max_size=high).map(tuple)
    if attributes.max_occurs > 1:
        one = _struct(field, version)
        return st.lists(one, min_size=int(attributes.min_occurs), max_size=3).map(tuple)
    one = _struct(field, version) if attributes.wire_kind == "struct" else _leaf(model, name, field, version)
    if attributes.min_occurs == 0 and attributes.initial is None:
        return st.none() | one
    return one


def _single(member: Any) -> Any:
    return member.customize(min_occurs=1, max_occurs=1)


def _struct(field: Any, version: str) -> st.SearchStrategy[Struct]:
    model = field.__orig__ or field
    if model is structs.OperationStruct:
        return st.one_of([message(operation, version) for operation in OPERATIONS.values()])
    return message(model, version)


def message(model: Any, version: str) -> st.SearchStrategy[Struct]:
    """Instances of a model that a CWMP version allows."""
    fields = {
        name: _field(model.__name__, name, field, version)
        for name, field in cast("dict[str, Any]", model.wire_fields).items()
    }
    return cast("st.SearchStrategy[Struct]", st.builds(model, **fields))


def messages(version: str) -> st.SearchStrategy[Struct]:
    """Any message of a version, faults included."""
    names = {name for rpc in RPCS if rpc.in_version(version) for name in (rpc.name, rpc.response.__name__)}
    return st.one_of([message(MESSAGES[name], version) for name in sorted(names)] + [message(Fault, version)])


def examples(version: str, *, full: bool) -> list[Struct]:
    """One example of each message of a version: as empty, or as full, as it may be."""
    models = {rpc.name: rpc.request for rpc in RPCS if rpc.in_version(version)}
    models |= {rpc.response.__name__: rpc.response for rpc in RPCS if rpc.in_version(version)}
    return [_example(model, version, full=full) for model in [*models.values(), Fault]]


def _example(model: Any, version: str, *, full: bool) -> Struct:
    values = {}
    for name, field in model.wire_fields.items():
        attributes = field.Attributes
        if attributes.min_occurs == 0 and attributes.max_occurs == 1 and not full:
            values[name] = attributes.initial
            continue
        values[name] = _example_of(model.__name__, name, field, version, full=full)
    return cast("Struct", model(**values))


def _example_of(model: str, name: str, field: Any, version: str, *, full: bool) -> Any:
    attributes = field.Attributes
    kind = attributes.wire_kind
    if kind == "array":
        ((member_name, member),) = field._type_info.items()
        low, high = int(member.Attributes.min_occurs), int(min(member.Attributes.max_occurs, 3))
        inner = name if member_name in ("string", "base64") else member_name
        one = _example_of(model, inner, _single(member), version, full=full)
        return (one,) * (high if full else low)
    if kind == "struct":
        inner_model = field.__orig__ or field
        if inner_model is structs.OperationStruct:
            operations = [_example(operation, version, full=full) for operation in OPERATIONS.values()]
            return tuple(operations if full else operations[:1])
        one = _example(inner_model, version, full=full)
        if attributes.max_occurs > 1:
            return (one,) * (3 if full else int(attributes.min_occurs))
        return one
    if kind == "any":
        return TypedValue('"<A & B>"\r\n\t\u00e4\u4e2d' if full else "")
    if kind == "string" and not attributes.values:
        fixed = {
            "OUI": "0C383E",
            "EventCode": "4 VALUE CHANGE",
            "UUID": "00000000-0000-0000-0000-00000000000a",
            "FileType": "1 Vendor Configuration File" if model == "Upload" else "3 Vendor Configuration File",
            "WindowMode": "1 At Any Time",
            "ObjectName": "Device.Users.User.",
        }
        if name in fixed:
            return fixed[name]
        if model in OPERATIONS and name == "URL":
            return "http://acs.example/unit.bin?a=b&c=d"
        return "\u00e4<&>" + "x" * (int(min(attributes.max_len, 300)) - 4) if full else ""
    numbers = [value for value in attributes.values if not isinstance(value, str)]
    if kind in ("unsignedInt", "int"):
        if numbers:
            return 2 if 2 in numbers and full else numbers[0]
        if name == "FaultCode":
            return 9012 if full or model in (Fault.__name__, SetParameterValuesFault.__name__) else 0
        return 2**31 - 1 if full else 1
    if kind == "boolean":
        return full
    if kind == "dateTime":
        return "2024-02-29T23:59:59Z"
    if kind == "base64":
        return "QUJD"
    return attributes.values[0]
