"""Faults: the message, and the table of codes with who is to blame (TR-069 section 3.5 and table A.6)."""

from typing import Any, Final, Literal, NamedTuple, cast

from cwmp_schemas._spyne import Struct, beside, repeated, string, unsigned
from cwmp_schemas.structs import FaultStruct

__all__ = [
    "CODES",
    "FAULT_STRING",
    "Fault",
    "FaultCode",
    "FaultStruct",
    "SetParameterValuesFault",
    "SoapCode",
    "soap_code_of",
    "text_of",
]

SoapCode = Literal["Client", "Server"]

FAULT_STRING: Final = "CWMP fault"
"""The literal ``faultstring`` of every CWMP fault (TR-069 section 3.5)."""


class FaultCode(NamedTuple):
    """One line of the table: who is to blame, and the standard's words."""

    soap_code: SoapCode
    text: str


CODES: Final[dict[int, FaultCode]] = {
    8000: FaultCode("Server", "Method not supported"),
    8001: FaultCode("Server", "Request denied (no reason specified)"),
    8002: FaultCode("Server", "Internal error"),
    8003: FaultCode("Client", "Invalid arguments"),
    8004: FaultCode("Server", "Resources exceeded"),
    8005: FaultCode("Server", "Retry request"),
    8006: FaultCode("Server", "ACS version incompatible with CPE"),
    9000: FaultCode("Server", "Method not supported"),
    9001: FaultCode("Server", "Request denied (no reason specified)"),
    9002: FaultCode("Server", "Internal error"),
    9003: FaultCode("Client", "Invalid arguments"),
    9004: FaultCode("Server", "Resources exceeded"),
    9005: FaultCode("Client", "Invalid parameter name"),
    9006: FaultCode("Client", "Invalid parameter type"),
    9007: FaultCode("Client", "Invalid parameter value"),
    9008: FaultCode("Client", "Attempt to set a non-writable parameter"),
    9009: FaultCode("Server", "Notification request rejected"),
    9010: FaultCode("Server", "File transfer failure"),
    9011: FaultCode("Server", "Upload failure"),
    9012: FaultCode("Server", "File transfer server authentication failure"),
    9013: FaultCode("Server", "Unsupported protocol for file transfer"),
    9014: FaultCode("Server", "File transfer failure: unable to join multicast group"),
    9015: FaultCode("Server", "File transfer failure: unable to contact file server"),
    9016: FaultCode("Server", "File transfer failure: unable to access file"),
    9017: FaultCode("Server", "File transfer failure: unable to complete download"),
    9018: FaultCode("Server", "File transfer failure: file corrupted or otherwise unusable"),
    9019: FaultCode("Server", "File transfer failure: file authentication failure"),
    9020: FaultCode("Client", "File transfer failure: unable to complete within the specified time windows"),
    9021: FaultCode("Client", "Cancellation of file transfer not permitted in current transfer state"),
    9022: FaultCode("Server", "Invalid UUID format"),
    9023: FaultCode("Server", "Unknown execution environment"),
    9024: FaultCode("Server", "Disabled execution environment"),
    9025: FaultCode("Server", "Deployment unit to execution environment mismatch"),
    9026: FaultCode("Server", "Duplicate deployment unit"),
    9027: FaultCode("Server", "System resources exceeded"),
    9028: FaultCode("Server", "Unknown deployment unit"),
    9029: FaultCode("Server", "Invalid deployment unit state"),
    9030: FaultCode("Server", "Invalid deployment unit update: downgrade not permitted"),
    9031: FaultCode("Server", "Invalid deployment unit update: version not specified"),
    9032: FaultCode("Server", "Invalid deployment unit update: version already exists"),
}
"""Every code of CWMP 1.4. Vendors own 9800 to 9899 (CPE) and 8800 to 8899 (ACS)."""


def soap_code_of(code: int) -> SoapCode:
    """Whom a code blames: ``Client`` for the requester's mistakes, ``Server`` for all else and unknown codes."""
    line = CODES.get(code)
    return line.soap_code if line is not None else "Server"


def text_of(code: int) -> str:
    """The standard's words for a code, or a plain description of a foreign one."""
    line = CODES.get(code)
    if line is not None:
        return line.text
    return "Vendor-specific fault" if 9800 <= code <= 9899 or 8800 <= code <= 8899 else f"Unknown fault {code}"


class SetParameterValuesFault(Struct):
    """What is wrong with one parameter of a SetParameterValues."""

    ParameterName: str = string()
    FaultCode: int = unsigned()
    FaultString: str = string(optional=True, default="")


_ParameterFault = SetParameterValuesFault


def _soap_code_of_fields(values: dict[str, Any]) -> SoapCode:
    return soap_code_of(cast("int", values["FaultCode"]))


class Fault(Struct):
    """A CWMP fault, in answer to either side's request. ``soap_code`` is by default what the table says."""

    FaultCode: int = unsigned()
    FaultString: str = string(optional=True, default="")
    SetParameterValuesFault: tuple[_ParameterFault, ...] = repeated(_ParameterFault, default=())
    soap_code: SoapCode = beside(factory=_soap_code_of_fields)
