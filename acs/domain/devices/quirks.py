"""What a phone wants otherwise than the specification says: a frozen value that every part consults.

The defaults are a phone that follows the letter. Rules for makers and models, what was learnt of one phone, and what an
operator set for it are laid over each other; the more specific one wins. Each field carries its meaning and the numbers
of the quirks list that it answers, so that the API, the CLI and the documentation read one list.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Final, Literal

from acs.errors import BadRequest


def _knob(
    default: Any, meaning: str, *quirks: int, least: int = 0, most: int = 0, choices: tuple[Any, ...] = ()
) -> Any:
    metadata = {"meaning": meaning, "quirks": quirks, "least": least, "most": most, "choices": choices}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Quirks:
    """How to treat one phone."""

    # Messages
    xml_declaration: bool = _knob(True, "Begin with <?xml …?>; some agents refuse it.", 208)
    boolean_literals: bool = _knob(False, "Write true and false in place of 1 and 0, everywhere.", 55)
    boolean_values: Literal["digits", "words"] = _knob(
        "digits",
        "How xsd:boolean values of parameters alone are written: 1 and 0, or true and false.",
        55,
        108,
        choices=("digits", "words"),
    )
    string_values: tuple[str, ...] = _knob(
        (), "Parameters (paths, * for any part) whose values it wants as xsd:string.", 125
    )
    minimal_inform_response: bool = _knob(
        False, "Answer Inform with MaxEnvelopes and nothing else: no UseCWMPVersion.", 176
    )

    # HTTP
    end_status: Literal[204, 200] = _knob(
        204, "Status of the empty answer that ends a session.", 34, 200, choices=(204, 200)
    )
    close_connection: bool = _knob(False, "Close the TCP connection with the last answer of a session.", 33)
    cookie: Literal["always", "first", "never"] = _knob(
        "always",
        "Set the cookie with every answer, with the InformResponse only, or never.",
        7,
        206,
        choices=("always", "first", "never"),
    )

    # Sessions
    session_seconds: int = _knob(
        0, "How many seconds a session may be silent, where the server is set to fewer.", 31, 189, most=3600
    )
    end_after_transfer_complete: bool = _knob(False, "Offer nothing more in a session that reported a transfer.", 87)
    settle_seconds: int = _knob(0, "Give no work for so many seconds after a boot.", 93, most=86_400)
    blocked: bool = _knob(False, "Refuse its Informs without keeping anything: broken firmware that loops.", 155)
    several_units: bool = _knob(
        False, "Several phones share this identity: no secret is written to it and no configuration sent.", 175
    )

    # Requests
    gpv_batch: int = _knob(100, "Most names in one GetParameterValues.", 115, 217, least=1, most=1000)
    spv_batch: int = _knob(100, "Most values in one SetParameterValues.", 121, 217, least=1, most=1000)
    one_object_per_write: bool = _knob(False, "Write parameters of one object only in one SetParameterValues.", 121)
    companions: tuple[str, ...] = _knob(
        (), "Parameters that are written together, as names joined by +: Username+Password.", 120
    )
    never_read: tuple[str, ...] = _knob(
        (), "Parameters (paths, * for any part) that it must not be asked for.", 155, 166
    )
    partial_paths: bool = _knob(
        True, "It answers GetParameterValues for an object's path; else each name is asked.", 116
    )
    discovery: Literal["everything", "by_root", "level_by_level"] = _knob(
        "everything",
        "How names are listed: all from the empty path, all from the root, or walked.",
        105,
        106,
        165,
        177,
        choices=("everything", "by_root", "level_by_level"),
    )
    next_level: bool = _knob(
        True, "It answers GetParameterNames with NextLevel=1; else whole subtrees are listed.", 107
    )
    parameter_key: bool = _knob(True, "It keeps ParameterKey; else none is sent.", 123)
    file_size: bool = _knob(True, "Tell the true FileSize of a Download; else 0.", 136)
    target_file_name: bool = _knob(False, "Send the file's name as TargetFileName.", 139)
    forgets_transfer_complete: bool = _knob(
        False, "Look for the proof of a transfer without waiting for TransferComplete.", 85
    )

    # Being asked to call
    connection_request_basic: bool = _knob(
        False, "Send the connection request's password in the clear where the phone wants Basic.", 152, 192
    )
    connection_request_new_connection: bool = _knob(False, "Answer the challenge on a new connection at once.", 148)
    connection_request_seconds: int = _knob(10, "Least seconds between two connection requests.", 150, most=86_400)


STANDARD: Final = Quirks()
_FIELDS: Final[Mapping[str, Field[Any]]] = {field.name: field for field in fields(Quirks)}
NAMES: Final = tuple(_FIELDS)
MAX_ITEMS: Final = 50
"""Most entries of a list."""
MAX_ITEM: Final = 256


def default_of(name: str) -> Any:
    """Give the default of one field."""
    default = _FIELDS[name].default
    assert default is not MISSING
    return default


def quirk_numbers(name: str) -> tuple[int, ...]:
    """Give the numbers of the quirks list that a field answers."""
    return tuple(_FIELDS[name].metadata.get("quirks", ()))


def knobs() -> list[dict[str, Any]]:
    """Describe every field: name, type, default, meaning, quirk numbers, and what bounds it."""
    listed = []
    for name, known in _FIELDS.items():
        told, default = known.metadata, default_of(name)
        entry: dict[str, Any] = {
            "name": name,
            "type": _type_of(name),
            "default": list(default) if isinstance(default, tuple) else default,
            "meaning": told.get("meaning", ""),
            "quirks": list(told.get("quirks", ())),
            "choices": list(told.get("choices", ())) or None,
            "least": told.get("least") if isinstance(default, int) and told.get("most") else None,
            "most": told.get("most") or None,
        }
        listed.append(entry)
    return listed


def _type_of(name: str) -> str:
    default = default_of(name)
    if isinstance(default, bool):
        return "boolean"
    if isinstance(default, int):
        return "integer"
    return "list of strings" if isinstance(default, tuple) else "string"


def checked(settings: Any, *, field: str = "") -> dict[str, Any]:
    """Give settings as they may be kept.

    Raises:
        BadRequest: a name is unknown or a value impossible; names the field.
    """
    if not isinstance(settings, Mapping):
        raise BadRequest("quirk settings must be an object of names and values", field=field or None)
    prefix = f"{field}." if field else ""
    return {name: _checked(str(name), value, f"{prefix}{name}"[:128]) for name, value in settings.items()}


def _checked(name: str, value: Any, where: str) -> Any:
    if name not in _FIELDS:
        raise BadRequest(f"there is no quirk setting {name[:64]!r}; GET /quirks lists them", field=where)
    told, kind = _FIELDS[name].metadata, _type_of(name)
    choices = told.get("choices", ())
    if choices:
        if isinstance(value, bool) or value not in choices:
            raise BadRequest(f"{name} must be one of: {', '.join(map(str, choices))}", field=where)
    elif kind == "boolean":
        if not isinstance(value, bool):
            raise BadRequest(f"{name} must be true or false", field=where)
    elif kind == "integer":
        least, most = told.get("least", 0), told.get("most") or 2**31 - 1
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise BadRequest(f"{name} must be a whole number from {least} to {most}", field=where)
    elif kind == "list of strings":
        fine = isinstance(value, list | tuple) and len(value) <= MAX_ITEMS
        if not fine or not all(
            isinstance(item, str) and 0 < len(item) <= MAX_ITEM and item.isprintable() for item in value
        ):
            raise BadRequest(f"{name} must be a list of at most {MAX_ITEMS} printable strings", field=where)
        return list(value)
    return value


def with_settings(base: Quirks, settings: Mapping[str, Any]) -> Quirks:
    """Lay settings over a base; names and values that mean nothing (any more) are passed over."""
    known = {}
    for name, value in settings.items():
        if name in _FIELDS:
            try:
                value = _checked(name, value, name)
            except BadRequest:
                continue
            known[name] = tuple(value) if isinstance(value, list) else value
    return Quirks(**{**{name: getattr(base, name) for name in NAMES}, **known}) if known else base
