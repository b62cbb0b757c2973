"""Writers of messages, compiled once from the models' spyne types.

They never depart: the schema's order, every argument, plain children, escaped text.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from cwmp_schemas import structs
from cwmp_schemas._spyne import Struct
from cwmp_schemas.datatypes import VALUE_TYPES, TypedValue

Write = Callable[[Any, Callable[[str], None]], None]

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
