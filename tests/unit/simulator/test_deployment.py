"""Modules of a phone: each operation has its result."""

import pytest

from acs.simulator.deployment import DeploymentUnits
from cwmp_schemas._spyne import Struct
from cwmp_schemas.structs import InstallOpStruct, OpResultStruct, UninstallOpStruct, UpdateOpStruct

UUID = "0a0b0c0d-0000-4000-8000-000000000001"
URL = "http://files.example.net/m.pkg"


@pytest.fixture
def units() -> DeploymentUnits:
    return DeploymentUnits()


def do(units: DeploymentUnits, operation: Struct) -> OpResultStruct:
    (result,) = units.carry_out(operation, "Device.", "2026-01-01T00:00:00Z")
    return result


def test_installed_updated_removed(units: DeploymentUnits) -> None:
    made = do(units, InstallOpStruct(URL=URL))
    assert (made.CurrentState, made.Version, made.Fault.FaultCode) == ("Installed", "1.0", 0)
    assert made.DeploymentUnitRef == "Device.SoftwareModules.DeploymentUnit.1"
    assert len(made.UUID) == 36
    updated = do(units, UpdateOpStruct(UUID=made.UUID, Version="2.0", URL=URL + "2"))
    assert (updated.Version, units.units[made.UUID].url) == ("2.0", URL + "2")
    assert do(units, UpdateOpStruct(URL=URL + "2")).Version == "2.0.1"
    assert do(units, UninstallOpStruct(UUID=made.UUID)).CurrentState == "Uninstalled"
    assert units.units == {}


def test_an_update_of_everything(units: DeploymentUnits) -> None:
    for number in range(3):
        do(units, InstallOpStruct(URL=f"{URL}{number}"))
    assert len(units.carry_out(UpdateOpStruct(), "Device.", "")) == 3
    units.clear()
    assert do(units, UpdateOpStruct()).Fault.FaultCode == 9028


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (InstallOpStruct(URL=URL, UUID=UUID), 9026),
        (UpdateOpStruct(UUID=UUID.replace("1", "2")), 9028),
        (UninstallOpStruct(UUID=UUID.replace("1", "2")), 9028),
    ],
)
def test_what_cannot_be_done_says_why(units: DeploymentUnits, operation: Struct, code: int) -> None:
    do(units, InstallOpStruct(URL=URL, UUID=UUID))
    result = do(units, operation)
    assert (result.CurrentState, result.Fault.FaultCode, result.Resolved) == ("Failed", code, False)
