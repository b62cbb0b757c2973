"""A phase of its own for every phone: where all have one PeriodicInformTime, all call in the same second (quirk 98)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from zlib import crc32

SPREAD: Final = "spread"
"""Written for a PeriodicInformTime, it stands for the phone's own time of the day."""
_LEAF: Final = "ManagementServer.PeriodicInformTime"


def periodic_inform_time(device_id: str) -> str:
    """Give a phone's time of the day, always the same: intervals that divide a day are spread by it too."""
    seconds = crc32(device_id.encode()) % 86400
    return f"2020-01-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z"


def spread(values: Iterable[Mapping[str, Any]], device_id: str) -> list[dict[str, Any]]:
    """Give values to set, with ``spread`` replaced where it stands for the time."""
    return [
        {**value, "value": periodic_inform_time(device_id), "type": value.get("type") or "xsd:dateTime"}
        if value["name"].endswith(_LEAF) and value["value"] == SPREAD
        else dict(value)
        for value in values
    ]
