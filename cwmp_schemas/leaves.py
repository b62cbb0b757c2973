"""Readers of elements without children: text, numbers, booleans, times, values; one by one, or a column at once.

Each gives the best value there is and notes what was odd. Here also: finding elements and attributes by local name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast

from lxml import etree

from cwmp_schemas.datatypes import (
    DATE_TIME,
    INTEGER_TYPES,
    TRIMMED_TYPES,
    VALUE_TYPES,
    TypedValue,
    lenient_bool,
    normalise_type,
)
from cwmp_schemas.namespaces import XSI
from cwmp_schemas.sanitize import Notes, Refused

Read = Callable[[etree._Element, Notes], Any]
Column = Callable[[list[etree._Element], Notes], list[Any]]

XSI_TYPE: Final = f"{{{XSI}}}type"
_BLANKS: Final = " \t\r\n"

LEAVES: Final = frozenset({"string", "unsignedInt", "int", "boolean", "dateTime", "any"})
"""Kinds of fields without children that may stand in a table."""

_PATH_FIELDS: Final = frozenset({"Name", "ParameterPath", "ObjectName", "ParameterName", "ParameterNames"})
"""Fields that hold a parameter's path, to which ``Limits.max_name`` applies."""


def local_name(element: etree._Element) -> str:
    """An element's name without its namespace."""
    return cast("str", element.tag).rpartition("}")[2].rpartition(":")[2]  # a colon: prefix that nobody declared


def namespace_of(element: etree._Element) -> str:
    """An element's namespace, empty if it has none."""
    return cast("str", element.tag)[1:].rpartition("}")[0]


def attribute(element: etree._Element, name: str) -> str | None:
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
                if not path:
                    bare = bare[: notes.limits.max_text]
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
        spelt = element.get(XSI_TYPE)
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
            spelt = attribute(element, "type")
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


def column_reader(read: Read, field: Any) -> Column:
    """Reads many elements of one field at once, which for leaves is much faster than one by one."""
    kind = field.Attributes.wire_kind
    if kind == "string":
        return _string_column(read, field)
    if kind == "any":
        return _value_column(read)
    return lambda elements, notes: [read(element, notes) for element in elements]


def leaf_reader(where: str, name: str, field: Any, fallback: Any) -> Read:
    """The reader of a field without children.

    Args:
        where: its place in the message, for the notes.
        name: its name, or its array's name if it is a member.
        field: its spyne type.
        fallback: the number that garbage reads as.
    """
    kind = field.Attributes.wire_kind
    if kind == "string":
        return _string_reader(where, field, path=name.rpartition(".")[2] in _PATH_FIELDS)
    if kind in ("unsignedInt", "int"):
        return _number_reader(where, field, fallback)
    if kind == "boolean":
        return _boolean_reader(where)
    if kind == "dateTime":
        return _time_reader(where)
    return _value_reader(where) if kind == "any" else _base64_reader(where)
