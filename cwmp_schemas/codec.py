"""Readers and writers of messages, compiled once from the models' spyne types.

A reader is a closure per field, put together to one per structure: a device's message in order and complete takes a
short path, any other a patient one that matches by local name, fills in what is missing and notes every departure.
A writer is the same the other way round, and never departs: the schema's order, every argument, plain children.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast

from lxml import etree

from cwmp_schemas import structs
from cwmp_schemas._spyne import Struct
from cwmp_schemas.datatypes import (
    DATE_TIME,
    INTEGER_TYPES,
    TRIMMED_TYPES,
    UNKNOWN_TIME,
    VALUE_TYPES,
    TypedValue,
    lenient_bool,
    normalise_type,
)
from cwmp_schemas.namespaces import SOAP_ENC, XSI
from cwmp_schemas.sanitize import Notes, Refused

Read = Callable[[etree._Element, Notes], Any]
Column = Callable[[list[etree._Element], Notes], list[Any]]
Write = Callable[[Any, Callable[[str], None]], None]

_XSI_TYPE: Final = f"{{{XSI}}}type"
_ARRAY_TYPE: Final = f"{{{SOAP_ENC}}}arrayType"
_BLANKS: Final = " \t\r\n"

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

_PATH_FIELDS: Final = frozenset({"Name", "ParameterPath", "ObjectName", "ParameterName", "ParameterNames"})
"""Fields that hold a parameter's path, to which ``Limits.max_name`` applies."""


def local_name(element: etree._Element) -> str:
    """An element's name without its namespace."""
    return cast("str", element.tag).rpartition("}")[2].rpartition(":")[2]  # a colon: prefix that nobody declared


def namespace_of(element: etree._Element) -> str:
    """An element's namespace, empty if it has none."""
    return cast("str", element.tag)[1:].rpartition("}")[0]


def _attribute(element: etree._Element, name: str) -> str | None:
    """An attribute by local name, in whatever namespace."""
    for spelt, value in element.attrib.items():
        if str(spelt).rpartition("}")[2] == name:
            return str(value)
    return None


def by_local_name(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that local name, in whatever namespace (quirk 41)."""
    for child in element:
        if local_name(child) == name:
            return child
    return None


# -- reading ----------------------------------------------------------------------------------------------------------


_UNBOUNDED: Final = float("inf")


def _longest(field: Any) -> int:
    """Characters that need no second look: the facet, or what no sensible text exceeds."""
    return 4096 if field.Attributes.max_len == _UNBOUNDED else int(field.Attributes.max_len)


def _check_length(where: str, text: str, notes: Notes) -> None:
    if len(text) > notes.limits.max_value:
        raise Refused("value_too_long", f"{where}: {len(text)} characters")


def _string_reader(where: str, field: Any, *, path: bool) -> Read:
    longest = field.Attributes.max_len
    most = _longest(field)
    values = frozenset(field.Attributes.values)

    def read(element: etree._Element, notes: Notes) -> str:
        text = element.text
        if text is None:
            return ""
        bare = text.strip(_BLANKS)
        if bare is not text:
            notes.add("whitespace", 69, where)
        if len(bare) > most:
            if path and len(bare) > notes.limits.max_name:
                raise Refused("name_too_long", f"{where}: {len(bare)} characters")
            _check_length(where, bare, notes)
            if longest != _UNBOUNDED:
                notes.add("too_long", 71 if path else None, where)
        if values and bare not in values:
            notes.add("not_in_enumeration", None, where)
        return bare

    return read


_FIRST_NUMBER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


def _number_reader(where: str, field: Any, fallback: int) -> Read:
    values = frozenset(field.Attributes.values)
    signed = field.Attributes.wire_kind == "int"
    lowest, highest = (-(1 << 31), (1 << 31) - 1) if signed else (0, (1 << 32) - 1)
    quirk = 75 if where.endswith("FaultCode") else 59 if where.endswith("RetryCount") else 56

    def read(element: etree._Element, notes: Notes) -> int:
        text = element.text or ""
        if text.isdigit() and text.isascii() and len(text) < 11:
            number = int(text)
            if text[0] == "0" and len(text) > 1:
                notes.add("padded_number", quirk, where)
        else:
            number = patiently(text, notes)
        if values:
            if number not in values:
                notes.add("not_in_enumeration", None, where)
        elif not lowest <= number <= highest:
            notes.add("number_range", quirk, where)
        return number

    def patiently(text: str, notes: Notes) -> int:
        bare = text.strip(_BLANKS)
        if bare != text:
            notes.add("whitespace", 69, where)
        found = _FIRST_NUMBER.search(bare)
        if found is None or (found.group().lstrip("+-") == "0" and bare[:2].lower() == "0x"):
            notes.add("not_a_number", quirk, f"{where}: {bare[:40]}")
            return fallback
        if found.group() != bare or bare[0] == "+":
            notes.add("odd_number", quirk, f"{where}: {bare[:40]}")
        return int(found.group())

    return read


def _boolean_reader(where: str) -> Read:
    canonical = {"0": False, "1": True, "false": False, "true": True}

    def read(element: etree._Element, notes: Notes) -> bool:
        text = element.text or ""
        value = canonical.get(text)
        if value is not None:
            return value
        notes.add("odd_boolean", 54, f"{where}: {text.strip(_BLANKS)[:40]}")
        return bool(lenient_bool(text))

    return read


def _time_reader(where: str) -> Read:
    def read(element: etree._Element, notes: Notes) -> str:
        text = (element.text or "").strip(_BLANKS)
        if len(text) > notes.limits.max_name:
            raise Refused("value_too_long", f"{where}: {len(text)} characters")
        if not DATE_TIME.fullmatch(text):
            notes.add("odd_time", 57, f"{where}: {text[:40]}")
        elif not (text[-1] == "Z" or (text[-3] == ":" and text[-6] in "+-")):
            notes.add("time_without_zone", 57, where)
        return text

    return read


def _base64_reader(where: str) -> Read:
    def read(element: etree._Element, notes: Notes) -> str:
        text = "".join((element.text or "").split())
        _check_length(where, text, notes)
        return text

    return read


_TYPES: Final = {name: name for name in VALUE_TYPES}
_CHECKED: Final = INTEGER_TYPES | {"xsd:boolean", "xsd:dateTime"}


def _value_reader(where: str) -> Read:
    known = _TYPES.get

    def read(element: etree._Element, notes: Notes) -> TypedValue:
        spelt = element.get(_XSI_TYPE)
        kind = known(spelt) if spelt is not None else None
        if kind is None:
            kind = odd_type(element, spelt, notes)
        text = element.text or ""
        if len(element):
            notes.add("elements_in_value", None, where)
            text = "".join(cast("Sequence[str]", list(element.itertext())))
        if kind in TRIMMED_TYPES:
            text = checked(text, kind, notes)
        _check_length(where, text, notes)
        return TypedValue(text, kind)

    def odd_type(element: etree._Element, spelt: str | None, notes: Notes) -> str:
        if spelt is None:  # perhaps in the namespace of an older XML Schema
            spelt = _attribute(element, "type")
            if spelt is None:
                notes.add("type_missing", 52, where)
                return "xsd:string"
            notes.add("schema_namespace", 41, where)
        kind, odd = normalise_type(spelt[:80])
        if odd:
            notes.add("odd_type", 53, spelt[:80])
        return kind

    def checked(text: str, kind: str, notes: Notes) -> str:
        bare = text.strip(_BLANKS)
        if bare is not text:
            notes.add("whitespace", 69, where)
        if kind in INTEGER_TYPES:
            if not (bare.isdigit() or (bare[:1] == "-" and bare[1:].isdigit())):
                notes.add("odd_number", 56, f"{where}: {bare[:40]}")
        elif kind == "xsd:boolean":
            if bare not in ("0", "1", "true", "false"):
                notes.add("odd_boolean", 54, f"{where}: {bare[:40]}")
        elif not DATE_TIME.fullmatch(bare):
            notes.add("odd_time", 57, f"{where}: {bare[:40]}")
        return bare

    return read


def _string_column(read: Read, field: Any) -> Column:
    most = _longest(field)
    values = frozenset(field.Attributes.values)

    def column(elements: list[etree._Element], notes: Notes) -> list[Any]:
        texts = [element.text or "" for element in elements]
        if (
            [text.strip(_BLANKS) for text in texts] != texts
            or (texts and max(map(len, texts)) > most)
            or (values and not values.issuperset(texts))
        ):
            return [read(element, notes) for element in elements]
        return texts

    return column


_CLEAN: Final[Mapping[str, Callable[[str], Any]]] = {
    "xsd:boolean": frozenset({"0", "1", "true", "false"}).__contains__,
    "xsd:dateTime": DATE_TIME.fullmatch,
    **dict.fromkeys(INTEGER_TYPES, re.compile(r"-?[0-9]+").fullmatch),
}
"""Whether the text of a trimmed type is as it should be."""


def _value_column(read: Read) -> Column:
    known = _TYPES.get
    plain = VALUE_TYPES - TRIMMED_TYPES
    clean = _CLEAN
    make = partial(tuple.__new__, TypedValue)  # the NamedTuple's own constructor takes three times as long

    def column(elements: list[etree._Element], notes: Notes) -> list[Any]:
        texts = [element.text or "" for element in elements]
        # The name of a type can only be that of xsi:type, so the attribute's own name need not be looked at.
        attributes = [element.values() for element in elements]
        kinds = [known(values[0], "") if len(values) == 1 else "" for values in attributes]
        values: list[Any] = list(map(make, zip(texts, kinds, strict=True)))
        if not plain.issuperset(kinds) or max(map(len, texts), default=0) > notes.limits.max_value:
            for at, kind in enumerate(kinds):
                fits = len(texts[at]) <= notes.limits.max_value
                if not (fits and (kind in plain or (kind in clean and clean[kind](texts[at])))):
                    values[at] = read(elements[at], notes)
        return values

    return column


def _column(read: Read, field: Any) -> Column:
    """Reads many elements of one field at once, which for leaves is much faster than one by one."""
    kind = field.Attributes.wire_kind
    if kind == "string":
        return _string_column(read, field)
    if kind == "any":
        return _value_column(read)
    return lambda elements, notes: [read(element, notes) for element in elements]


_LEAVES: Final = frozenset({"string", "unsignedInt", "int", "boolean", "dateTime", "any"})


def _table_reader(member_name: str, member: Any) -> Callable[[list[etree._Element], int, Notes], Any] | None:
    """Reads the members of an array of flat structures, all their elements in document order at once.

    None if the structure is not flat. The reader gives none unless every member is complete and in order.
    """
    model = member.__orig__ or member
    if not issubclass(model, Struct) or not model.wire_fields:
        return None
    fields: dict[str, Any] = model.wire_fields
    if any(field.Attributes.wire_kind not in _LEAVES for field in fields.values()):
        return None
    tags = [member_name, *fields]
    width = len(tags)
    columns = [_column(_field_reader(f"{model.__name__}.{name}", name, field), field) for name, field in fields.items()]
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
    read_column = _column(read_member, member) if member.Attributes.wire_kind in _LEAVES else None
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
            declared = _attribute(element, "arrayType")
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
    if kind == "string":
        return _string_reader(where, field, path=name.rpartition(".")[2] in _PATH_FIELDS)
    if kind in ("unsignedInt", "int"):
        return _number_reader(where, field, cast("int", _absent_value(where, field)))
    if kind == "boolean":
        return _boolean_reader(where)
    if kind == "dateTime":
        return _time_reader(where)
    if kind == "any":
        return _value_reader(where)
    if kind == "base64":
        return _base64_reader(where)
    if kind == "array":
        return _array_reader(where, field)
    model = field.__orig__ or field
    return _operation_reader if model is structs.OperationStruct else struct_reader(model)


def _operation_reader(element: etree._Element, notes: Notes) -> Struct:
    """One of the three operations, told by ``xsi:type`` or else by what is in it."""
    spelt = element.get(_XSI_TYPE, "")
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


# -- writing ----------------------------------------------------------------------------------------------------------

_SPECIAL = re.compile(r"[&<>\r]")
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


def escape(text: str) -> str:
    """Text as character data of XML; a carriage return as a reference, or the reader would make it a newline."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found.group()], text) if _SPECIAL.search(text) else text


def _field_writer(name: str, field: Any, *, literals: bool) -> Write:
    kind = field.Attributes.wire_kind
    before, after = f"<{name}>", f"</{name}>"

    def write_text(value: str, append: Callable[[str], None]) -> None:
        append(before + escape(value) + after)

    def write_number(value: int, append: Callable[[str], None]) -> None:
        append(f"{before}{value:d}{after}")

    def write_boolean(value: bool, append: Callable[[str], None]) -> None:
        append(f"{before}{('true' if value else 'false') if literals else int(value)}{after}")

    def write_value(value: TypedValue, append: Callable[[str], None]) -> None:
        text, kind = value
        if kind not in VALUE_TYPES:
            raise ValueError(f"{kind!r} is not a type that a parameter can have")
        append(f'<{name} xsi:type="{kind}">{escape(text)}{after}')

    def write_struct(value: Struct, append: Callable[[str], None]) -> None:
        append(before)
        inner(value, append)
        append(after)

    def write_operation(value: Struct, append: Callable[[str], None]) -> None:
        model = type(value)
        append(f'<{name} xsi:type="cwmp:{model.__name__}">')
        struct_writer(model, literals=literals)(value, append)
        append(after)

    if kind in ("string", "dateTime", "base64"):
        return write_text
    if kind in ("unsignedInt", "int"):
        return write_number
    if kind == "boolean":
        return write_boolean
    if kind == "any":
        return write_value
    if kind == "array":
        return _array_writer(name, field, literals=literals)
    model = field.__orig__ or field
    if model is structs.OperationStruct:
        return write_operation
    inner = struct_writer(model, literals=literals)
    return write_struct


def _array_writer(name: str, field: Any, *, literals: bool) -> Write:
    ((member_name, member),) = field._type_info.items()
    write_member = _field_writer(member_name, member, literals=literals)
    before, after = f'<{name} soap-enc:arrayType="{field.Attributes.array_type}[', f"</{name}>"

    def write(values: Sequence[Any], append: Callable[[str], None]) -> None:
        append(f'{before}{len(values)}]">')
        for value in values:
            write_member(value, append)
        append(after)

    return write


_WRITERS: Final[dict[tuple[type[Struct], bool], Write]] = {}


def struct_writer(model: type[Struct], *, literals: bool = False) -> Write:
    """The writer of a structure's children, in order, compiled once; ``literals`` writes booleans as words."""
    writer = _WRITERS.get((model, literals))
    if writer is None:
        writer = _WRITERS[model, literals] = _compile_writer(model, literals=literals)
    return writer


def _compile_writer(model: type[Struct], *, literals: bool) -> Write:
    plan = []
    for name, field in model.wire_fields.items():
        plan.append((name, _field_writer(name, field, literals=literals), field.Attributes.max_occurs > 1))

    def write(value: Struct, append: Callable[[str], None]) -> None:
        fields = value.__dict__
        for name, write_field, many in plan:
            content = fields[name]
            if many:
                for one in content:
                    write_field(one, append)
            elif content is not None:
                write_field(content, append)

    return write
