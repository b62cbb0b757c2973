"""What a phone's CWMP version can express.

A phone is asked whatever its list of methods says, for lists are wrong and the phone's own fault 9000 is the better
answer. But a method or a FileType that the schema of its namespace does not have cannot be written in a message that
the phone may believe.
"""

import re

from acs.domain.planning.steps import Failed, Phone, TaskFault
from cwmp_schemas.namespaces import VERSIONS
from cwmp_schemas.registry import by_name

_EARLY = ("1.0", "1.1")
_EARLY_TYPES = {
    "Download": re.compile(
        "1 Firmware Upgrade Image|2 Web Content|3 Vendor Configuration File|X [0-9A-F]{6} .*", re.DOTALL
    ),
    "Upload": re.compile("1 Vendor Configuration File|2 Vendor Log File|X [0-9A-F]{6} .*", re.DOTALL),
}
"""FileType was an enumeration in the first two schemas, and is a pattern since."""

_EARLY_NOTIFICATION = 2
"""So was Notification; the third schema leaves room for the lightweight ones of CWMP 1.4."""


def has(method: str, phone: Phone) -> bool:
    """Say whether the schema of the phone's version has a method."""
    rpc = by_name(method)
    return rpc is not None and phone.schema_version in VERSIONS and rpc.in_version(phone.schema_version)


def without(method: str, phone: Phone) -> Failed | None:
    """Give the end of a task whose method the phone's version does not have."""
    if has(method, phone):
        return None
    rpc = by_name(method)
    since = rpc.since if rpc is not None else "?"
    text = f"The phone speaks CWMP {phone.schema_version}; {method} exists since CWMP {since}. It was not asked."
    return Failed(TaskFault("not_in_version", text))


def without_file_type(method: str, file_type: str, phone: Phone) -> Failed | None:
    """Give the end of a task whose FileType the phone's version cannot carry."""
    if phone.schema_version not in _EARLY or _EARLY_TYPES[method].fullmatch(file_type):
        return None
    text = (
        f"The phone speaks CWMP {phone.schema_version}, whose {method} has no FileType {file_type!r}: use one of its "
        'own, or "X", an OUI of six hexadecimal digits and words.'
    )
    return _about("file_type", text)


def without_notification(highest: int, phone: Phone) -> Failed | None:
    """Give the end of a task that sets a notification which the phone's version cannot carry."""
    if phone.schema_version not in _EARLY or highest <= _EARLY_NOTIFICATION:
        return None
    text = (
        f"The phone speaks CWMP {phone.schema_version}, which has no notification {highest}: use 0 (off), 1 (passive) "
        "or 2 (active)."
    )
    return _about("notification", text)


def _about(argument: str, text: str) -> Failed:
    return Failed(TaskFault("not_in_version", text, ({"name": argument, "code": "not_in_version", "message": text},)))
