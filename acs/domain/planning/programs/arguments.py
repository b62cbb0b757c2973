"""Reading the arguments of a task, with errors that name the field."""

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from acs.errors import BadRequest
from cwmp_schemas.structs import FILE_TYPE

MAX_NAME = 256
"""Longest parameter path (TR-069: string(256))."""
MAX_NAMES = 10_000
MAX_KEY = 32
"""Longest CommandKey."""
_FILE_TYPE = re.compile(FILE_TYPE)
_URL_SCHEMES = ("http", "https", "ftp", "tftp", "sftp")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def only(arguments: Mapping[str, Any], *known: str) -> None:
    """Refuse arguments that the task type does not have."""
    for name in arguments:
        if name not in known:
            raise BadRequest(f"unknown argument {name!r}; this task takes: {', '.join(known) or 'none'}", field=name)


def writable(text: str, field: str) -> str:
    """Give a text that a message can carry; XML 1.0 has no way to write some characters, not even escaped."""
    if (found := _NOT_XML.search(text)) is not None:
        raise BadRequest(f"{field} holds U+{ord(found.group()):04X}, which no message can carry", field=field)
    return text


def scalar(value: Any, field: str) -> Any:
    """Give the value of a parameter: a string, a boolean or a number that is one."""
    if isinstance(value, float) and not isfinite(value):  # JSON cannot say so, but 1e999 can
        raise BadRequest(f"{field} is a number beyond all bounds", field=field)
    if value is None or isinstance(value, list | dict):
        raise BadRequest(f"{field} must be a string, number or boolean", field=field)
    return writable(value, field) if isinstance(value, str) else value


def text(arguments: Mapping[str, Any], name: str, default: str | None = None, *, longest: int = MAX_NAME) -> str:
    """Give a string argument."""
    value = arguments.get(name, default)
    if value is None:
        raise BadRequest(f"{name} is required", field=name)
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be a string", field=name)
    if len(value) > longest:
        raise BadRequest(f"{name} is longer than {longest} characters", field=name)
    if any(ord(character) < 32 for character in value):
        raise BadRequest(f"{name} holds control characters", field=name)
    return writable(value, name)


def number(arguments: Mapping[str, Any], name: str, default: int, *, highest: int = 0xFFFF_FFFF) -> int:
    """Give a non-negative integer argument."""
    value = arguments.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= highest:
        raise BadRequest(f"{name} must be an integer from 0 to {highest}", field=name)
    return value


def path(value: Any, field: str, *, empty: bool = False) -> str:
    """Give a parameter or object path."""
    name = value.strip() if isinstance(value, str) else None
    if name is None or not (name or empty):
        raise BadRequest(f"{field} must be a parameter path", field=field)
    if len(name) > MAX_NAME:
        raise BadRequest(f"{field} is longer than {MAX_NAME} characters", field=field)
    if any(character.isspace() or ord(character) < 32 for character in name):
        raise BadRequest(f"{field} holds white space", field=field)
    return writable(name, field)


def listed(arguments: Mapping[str, Any], name: str, most: int, what: str) -> Sequence[Any]:
    """Give a list argument of 1 to ``most`` entries; ``what`` says in the error what a list it has to be."""
    value = arguments.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str) or not 1 <= len(value) <= most:
        raise BadRequest(f"{name} must be a list of {what}", field=name)
    return value


def paths(arguments: Mapping[str, Any], name: str) -> list[str]:
    """Give a list of paths, without repeats."""
    value = arguments.get(name)
    if not isinstance(value, list | tuple) or not value:
        raise BadRequest(f"{name} must be a list with at least one parameter path", field=name)
    if len(value) > MAX_NAMES:
        raise BadRequest(f"{name} has more than {MAX_NAMES} entries", field=name)
    return list(dict.fromkeys(path(item, f"{name}.{index}") for index, item in enumerate(value)))


def file_type(arguments: Mapping[str, Any], name: str = "file_type") -> str:
    """Give a FileType as the schema wants it; phones compare it letter by letter (quirks 134, 228)."""
    value = text(arguments, name, longest=64)
    if not _FILE_TYPE.fullmatch(value):
        raise BadRequest(
            f'{name} must be a number with words, such as "1 Firmware Upgrade Image", or "X", a vendor and words',
            field=name,
        )
    return value


def url(arguments: Mapping[str, Any], name: str, *, longest: int = MAX_NAME, field: str = "") -> str:
    """Give a URL from which a phone can fetch."""
    field = field or name
    value = text(arguments, name, longest=longest)
    try:
        parts = urlsplit(value)
        usable = parts.scheme in _URL_SCHEMES and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise BadRequest(f"{field} must be an http, https, ftp, sftp or tftp URL with a host", field=field)
    if any(each.isspace() for each in value):
        raise BadRequest(f"{field} must not hold blanks; write %20", field=field)
    if "@" in value:
        raise BadRequest(f"{field} must not hold user information or '@' (TR-069 A.3.2.8); use username", field=field)
    return value
