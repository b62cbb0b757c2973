"""Software modules of a simulated phone: install, update and uninstall as ChangeDUState asks (TR-069 A.4.1.10)."""

from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from cwmp_schemas._spyne import Struct
from cwmp_schemas.structs import (
    DeploymentUnitFaultStruct,
    InstallOpStruct,
    OpResultStruct,
    UninstallOpStruct,
    UpdateOpStruct,
)

NONE: Final = "00000000-0000-0000-0000-000000000000"
TABLE: Final = "SoftwareModules.DeploymentUnit."


@dataclass(slots=True)
class Unit:
    """One module."""

    uuid: str
    url: str
    version: str
    number: int


class DeploymentUnits:
    """All modules of one phone; they are names only, nothing is fetched."""

    __slots__ = ("_count", "units")

    def __init__(self) -> None:
        self.units: dict[str, Unit] = {}
        self._count = 0

    def carry_out(self, operation: Struct, root: str, at: str) -> tuple[OpResultStruct, ...]:
        """Do one operation; an update without a UUID and a URL is one of every module."""
        match operation:
            case InstallOpStruct(URL=url, UUID=uuid):
                uuid = uuid or str(uuid5(NAMESPACE_URL, url))
                if uuid in self.units:
                    return (self._result(None, uuid, root, at, 9026, "Duplicate Deployment Unit"),)
                self._count += 1
                self.units[uuid] = Unit(uuid, url, "1.0", self._count)
                return (self._result(self.units[uuid], uuid, root, at),)
            case UpdateOpStruct(UUID=uuid, URL=url, Version=version):
                if uuid:
                    chosen = [each for each in self.units.values() if each.uuid == uuid]
                else:
                    chosen = [each for each in self.units.values() if not url or each.url == url]
                if not chosen:
                    return (self._result(None, uuid or NONE, root, at, 9028, "Unknown Deployment Unit"),)
                for unit in chosen:
                    unit.version, unit.url = version or f"{unit.version}.1"[:32], url or unit.url
                return tuple(self._result(unit, unit.uuid, root, at) for unit in chosen)
            case UninstallOpStruct(UUID=uuid):
                gone = self.units.pop(uuid, None)
                if gone is None:
                    return (self._result(None, uuid, root, at, 9028, "Unknown Deployment Unit"),)
                return (self._result(gone, uuid, root, at, state="Uninstalled"),)
        return (self._result(None, NONE, root, at, 9003, "Unknown operation"),)

    def clear(self) -> None:
        """Factory reset."""
        self.units.clear()

    @staticmethod
    def _result(
        unit: Unit | None, uuid: str, root: str, at: str, code: int = 0, text: str = "", state: str = "Installed"
    ) -> OpResultStruct:
        return OpResultStruct(
            UUID=uuid,
            DeploymentUnitRef=f"{root}{TABLE}{unit.number}" if unit is not None else "",
            Version=unit.version if unit is not None else "",
            CurrentState="Failed" if code else state,
            Resolved=not code,
            ExecutionUnitRefList="",
            StartTime=at,
            CompleteTime=at,
            Fault=DeploymentUnitFaultStruct(FaultCode=code, FaultString=text),
        )
