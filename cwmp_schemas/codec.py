"""Readers of structures and messages, compiled once from the models' spyne types; ``writers`` is the other way.

A reader is a closure per field, put together to one per structure: a device's message in order and complete takes a
short path, any other a patient one that matches by local name, fills in what is missing and notes every departure.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from lxml import etree

from cwmp_schemas import structs
from cwmp_schemas._spyne import Struct
from cwmp_schemas.datatypes import UNKNOWN_TIME, TypedValue
from cwmp_schemas.leaves import LEAVES, XSI_TYPE, Read, attribute, column_reader, leaf_reader, local_name
from cwmp_schemas.namespaces import SOAP_ENC
from cwmp_schemas.sanitize import Notes

_ARRAY_TYPE: Final = f"{{{SOAP_ENC}}}arrayType"

_MISSING_QUIRK: Final[Mapping[str, int]] = {
    "Status": 61,
    "MaxEnvelopes": 50,
    "RetryCount": 59,
    "Manufacturer": 62,
    "OUI": 62,
    "ProductClass": 62,
    "SerialNumber": 62,
    "InstanceNumber": 127,
    "Value": 156,
}
"""Quirk number of an absent element; 60 for all others."""


def _table_reader(member_name: str, member: Any) -> Callable[[list[etree._Element], int, Notes], Any] | None:
    """Reads the members of an array of flat structures, all their elements in document order at once.

    None if the structure is not flat. The reader gives none unless every member is complete and in order.
    """
    model = member.__orig__ or member
    if not issubclass(model, Struct) or not model.wire_fields:
        return None
    fields: dict[str, Any] = model.wire_fields
    if any(field.Attributes.wire_kind not in LEAVES for field in fields.values()):
        return None
    tags = [member_name, *fields]
    width = len(tags)
    columns = [
        column_reader(_field_reader(f"{model.__name__}.{name}", name, field), field) for name, field in fields.items()
    ]
    names = tuple(fields)
    make = model.many_from_fields

    def read(elements: list[etree._Element], number: int, notes: Notes) -> Any:
        if [element.tag for element in elements] != tags * number:
            return None
        read_columns = [column(elements[at::width], notes) for at, column in enumerate(columns, 1)]
        if width == 3:
            first, second = names
            return tuple(make([{first: a, second: b} for a, b in zip(*read_columns, strict=True)]))
        return tuple(make([dict(zip(names, row, strict=True)) for row in zip(*read_columns, strict=True)]))

    return read


_COUNT = re.compile(r"\[\s*(\d{1,9})\s*\]", re.ASCII)


def _array_reader(where: str, field: Any) -> Read:
    ((member_name, member),) = field._type_info.items()
    read_member = _field_reader(f"{where}.{member_name}" if member_name == "string" else where, where, member)
    read_table = _table_reader(member_name, member)
    width = len((member.__orig__ or member).wire_fields) + 1 if read_table is not None else 0
    read_column = column_reader(read_member, member) if member.Attributes.wire_kind in LEAVES else None
    array_type = field.Attributes.array_type
    typo = member_name.replace("Struct", "Stuct")

    def read(element: etree._Element, notes: Notes) -> tuple[Any, ...]:
        children = list(element)
        notes.count_members(len(children))
        if element.get(_ARRAY_TYPE) != f"{array_type}[{len(children)}]":
            odd_count(element, len(children), notes)
        if read_table is not None:
            elements = list(element.iterdescendants())
            if len(elements) == width * len(children):
                members = read_table(elements, len(children), notes)
                if members is not None:
                    return cast("tuple[Any, ...]", members)
        for child in children:
            if child.tag != member_name:
                odd_member(child, notes)
        if read_column is not None:
            return tuple(read_column(children, notes))
        return tuple([read_member(child, notes) for child in children])

    def odd_count(element: etree._Element, number: int, notes: Notes) -> None:
        declared = element.get(_ARRAY_TYPE)
        if declared is None:
            declared = attribute(element, "arrayType")
            if declared is None:
                notes.add("array_type_missing", 51, where)
                return
            notes.add("encoding_namespace", 45, where)
        count = _COUNT.search(declared)
        if count is None or int(count.group(1)) != number:
            notes.add("array_count", 51, where)
        elif count.group(1) != str(number) or count.group() != f"[{number}]":
            notes.add("array_count_padded", 51, where)

    def odd_member(child: etree._Element, notes: Notes) -> None:
        name = local_name(child)
        if name == member_name:
            notes.add("qualified_child", 41, f"{where}.{name}")
        elif name == typo:
            notes.add("member_name", None, f"{where}.{name}")
        else:
            notes.add("member_name", 72, f"{where}.{name}")

    return read


def _field_reader(where: str, name: str, field: Any) -> Read:
    kind = field.Attributes.wire_kind
    if kind == "array":
        return _array_reader(where, field)
    if kind != "struct":
        return leaf_reader(where, name, field, _absent_value(where, field))
    model = field.__orig__ or field
    return _operation_reader if model is structs.OperationStruct else struct_reader(model)


def _operation_reader(element: etree._Element, notes: Notes) -> Struct:
    """One of the three operations, told by ``xsi:type`` or else by what is in it."""
    spelt = element.get(XSI_TYPE, "")
    model = OPERATIONS.get(spelt.rpartition(":")[2].strip())
    if model is None:
        notes.add("operation_type", None, spelt[:80])
        names = {local_name(child) for child in element}
        model = structs.InstallOpStruct if "URL" in names and "Version" not in names else structs.UninstallOpStruct
    return cast("Struct", struct_reader(model)(element, notes))


OPERATIONS: Final[Mapping[str, type[Struct]]] = {
    model.__name__: model for model in (structs.InstallOpStruct, structs.UpdateOpStruct, structs.UninstallOpStruct)
}
"""Operations of ChangeDUState by their ``xsi:type``."""


def _absent_value(where: str, field: Any) -> Any:
    """What an absent element reads as."""
    attributes = field.Attributes
    kind = attributes.wire_kind
    if attributes.min_occurs == 0 and attributes.max_occurs == 1:
        return attributes.initial
    if kind in ("unsignedInt", "int"):
        if "Fault" in where and where.endswith("FaultCode") and "FaultStruct" not in where:
            return 9002 if where.startswith(("Fault.", "SetParameterValuesFault.")) else 0
        return 1 if where.endswith("MaxEnvelopes") else 0
    if kind == "boolean":
        return False
    if kind == "dateTime":
        return UNKNOWN_TIME
    if kind == "any":
        return TypedValue("")
    if kind == "array" or attributes.max_occurs > 1:
        return ()
    if kind == "struct":
        model = field.__orig__ or field
        values = {name: _absent_value(f"{model.__name__}.{name}", child) for name, child in model.wire_fields.items()}
        return model.from_fields(values)
    return ""


def _other_names(fields: Mapping[str, Any]) -> dict[str, str]:
    """What devices call fields, folded: another case, or the name of the field's type in the schema."""
    names: dict[str, str] = {}
    for name, field in fields.items():
        for other in (name, f"{name}Type", _SCHEMA_TYPES.get(name, name)):
            names.setdefault(other.lower(), name)
        if field.Attributes.wire_kind in ("array", "struct"):
            names.setdefault((field.get_type_name() or name).lower(), name)
    return names


_SCHEMA_TYPES: Final[Mapping[str, str]] = {
    "FaultStruct": "TransferCompleteFaultStruct",
    "FileType": "DownloadFileType",
    "UUID": "DeploymentUnitUUID",
    "CurrentState": "DeploymentUnitState",
    "Notification": "ParameterAttributeNotificationValueType",
    "State": "TransferStateType",
}
"""Types of the official schema that our models do not name."""


def _unwrapped(elements: list[etree._Element], type_name: str, notes: Notes) -> list[etree._Element]:
    """Elements of a repeated structure, without the array that some devices put around them."""
    flat: list[etree._Element] = []
    for element in elements:
        inner = [child for child in element if local_name(child) == type_name]
        if inner:
            notes.add("wrapped_struct", None, type_name)
        flat += inner or [element]
    return flat


_READERS: Final[dict[type[Struct], Read]] = {}


def struct_reader(model: type[Struct]) -> Read:
    """The reader of a structure or message, compiled once: takes its element and the notes, gives an instance."""
    reader = _READERS.get(model)
    if reader is None:
        reader = _READERS[model] = _compile_reader(model)
    return reader


def _compile_reader(model: type[Struct]) -> Read:
    title = model.__name__
    fields = model.wire_fields
    plan = [(name, _field_reader(f"{title}.{name}", name, field)) for name, field in fields.items()]
    readers = dict(plan)
    names = [name for name, _ in plan]
    absent = {name: _absent_value(f"{title}.{name}", field) for name, field in fields.items()}
    optional = {name for name, field in fields.items() if field.Attributes.min_occurs == 0}
    many = {name for name, field in fields.items() if field.Attributes.max_occurs > 1}
    known_as = _other_names(fields)
    arrays = {
        next(iter(field._type_info)): name for name, field in fields.items() if field.Attributes.wire_kind == "array"
    }
    type_names = {name: fields[name].get_type_name() for name in many}
    short = not many
    make: Callable[[dict[str, Any]], Struct] = model.from_fields
    if model.beside_fields():
        make = lambda values: model(**values)  # noqa: E731

    def read(element: etree._Element, notes: Notes) -> Struct:
        children = list(element)
        if short and [child.tag for child in children] == names:
            return make({name: reader(child, notes) for child, (name, reader) in zip(children, plan, strict=True)})
        return patiently(children, notes)

    def patiently(children: list[etree._Element], notes: Notes) -> Struct:
        found: dict[str, list[etree._Element]] = {}
        for child in children:
            name = local_name(child)
            if name not in readers:
                spelt, name = name, known_as.get(name.lower(), "")
                if not name:
                    if spelt in arrays and arrays[spelt] in found:  # a member behind the end of its array
                        notes.add("stray_member", None, f"{title}.{spelt}")
                        found[arrays[spelt]][0].append(child)
                        continue
                    notes.add("unknown_element", None, f"{title}.{spelt}"[:120])
                    continue
                notes.add("element_name", None, f"{title}.{spelt}")
            elif name != child.tag:
                notes.add("qualified_child", 41, f"{title}.{name}")
            found.setdefault(name, []).append(child)
        if list(found) != [name for name in names if name in found]:
            notes.add("order", None, title)
        return make({name: field_value(name, found.get(name), notes) for name in names})

    def field_value(name: str, elements: list[etree._Element] | None, notes: Notes) -> Any:
        if elements is None:
            if name not in optional:
                notes.add("missing", _MISSING_QUIRK.get(name, 60), f"{title}.{name}")
            return absent[name]
        if name in many:
            elements = _unwrapped(elements, type_names[name], notes)
            notes.count_members(len(elements))
            return tuple([readers[name](element, notes) for element in elements])
        if len(elements) > 1:
            notes.add("duplicate_element", None, f"{title}.{name}")
        return readers[name](elements[0], notes)

    return read
