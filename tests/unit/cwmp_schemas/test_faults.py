import pytest

from cwmp_schemas.faults import CODES, Fault, SetParameterValuesFault, soap_code_of, text_of
from cwmp_schemas.structs import FaultStruct


def test_the_table_is_complete() -> None:
    assert sorted(CODES) == [*range(8000, 8007), *range(9000, 9033)]


def test_who_is_to_blame() -> None:
    clients = {code for code, line in CODES.items() if line.soap_code == "Client"}
    assert clients == {8003, 9003, 9005, 9006, 9007, 9008, 9020, 9021}
    assert soap_code_of(9801) == "Server"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (9005, "Invalid parameter name"),
        (9809, "Vendor-specific fault"),
        (8801, "Vendor-specific fault"),
        (123, "Unknown fault 123"),
    ],
)
def test_text_of(code: int, text: str) -> None:
    assert text_of(code) == text


def test_a_fault_knows_its_parameters() -> None:
    inner = SetParameterValuesFault(ParameterName="Device.X", FaultCode=9005)
    fault = Fault(FaultCode=9003, FaultString="Invalid arguments", SetParameterValuesFault=(inner,))
    assert fault.SetParameterValuesFault[0].FaultString == ""
    assert fault.soap_code == "Client"


def test_a_fault_struct_is_success_by_default() -> None:
    assert FaultStruct().FaultCode == 0
