"""One SQLModel class per table, grouped by what they describe.

Times are POSIX seconds in a float (UTC by definition, cheap to compare and to write); identifiers are the opaque
strings of ``acs.storage.ids``. JSON columns hold only what is read and written as a whole. Begin at ``devices.py``.
"""

from acs.storage.tables.access import ApiTokenRow, AuditRow
from acs.storage.tables.devices import (
    DeviceRow,
    EventRow,
    ParameterChangeRow,
    ParameterTreeRow,
    QuirkRuleRow,
    SessionRow,
    TraceRow,
)
from acs.storage.tables.enrolment import LogicalIdRow
from acs.storage.tables.files import BlobRow, FileRow, LinkRow
from acs.storage.tables.phonebooks import ContactRow, PhonebookRow
from acs.storage.tables.settings import ConfigVersionRow, SettingsLayerRow
from acs.storage.tables.tasks import TaskRow

__all__ = [
    "ApiTokenRow",
    "AuditRow",
    "BlobRow",
    "ConfigVersionRow",
    "ContactRow",
    "DeviceRow",
    "EventRow",
    "FileRow",
    "LinkRow",
    "LogicalIdRow",
    "ParameterChangeRow",
    "ParameterTreeRow",
    "PhonebookRow",
    "QuirkRuleRow",
    "SessionRow",
    "SettingsLayerRow",
    "TaskRow",
    "TraceRow",
]
