"""Where fuzzing begins: small messages of our own, and the words that they are made of."""

from pathlib import Path

from acs.formats import ConfigDocument, Dialect, Item, Module
from acs.formats import write as write_phone_file
from cwmp_schemas.envelope import write
from tests.hostile.catalogue import ANSWERS, CASES, IN_SESSION
from tests.unit.cwmp_schemas.strategies import examples

LONGEST = 4096

WORDS = [
    "<!DOCTYPE",
    "x",
    "[",
    "<!ENTITY",
    "x",
    "SYSTEM",
    "]>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml",
    "?>",
    "&#0;",
    "&#xD800;",
    "&amp;",
    "&x;",
    "encoding=",
    "utf-16",
    "gb2312",
    "Envelope",
    "Header",
    "Body",
    "Fault",
    "faultcode",
    "faultstring",
    "detail",
    "FaultCode",
    "SetParameterValuesFault",
    "ParameterName",
    "ID",
    "HoldRequests",
    "NoMoreRequests",
    "SessionTimeout",
    "SupportedCWMPVersions",
    "UseCWMPVersion",
    "mustUnderstand",
    "arrayType",
    "xsi:type",
    "Inform",
    "DeviceId",
    "Manufacturer",
    "OUI",
    "ProductClass",
    "SerialNumber",
    "Event",
    "EventStruct",
    "EventCode",
    "CommandKey",
    "MaxEnvelopes",
    "CurrentTime",
    "RetryCount",
    "ParameterList",
    "ParameterValueStruct",
    "Name",
    "Value",
    "xsd:string",
    "xsd:unsignedInt",
    "xsd:boolean",
    "xsd:dateTime",
    "TransferComplete",
    "FaultStruct",
    "StartTime",
    "CompleteTime",
    "GetRPCMethods",
    "MethodList",
    "string",
    "Status",
    "InstanceNumber",
    "Writable",
    "ParameterInfoStruct",
    "TransferList",
    "Results",
    "OpResultStruct",
    "Operations",
    "InstallOpStruct",
    "Response",
    "xmlns=",
    "xmlns:cwmp=",
    "xml:",
    "urn:dslforum-org:cwmp-1-0",
    "urn:dslforum-org:service:",
    "http://schemas.xmlsoap.org/soap/envelope/",
]


def messages() -> list[bytes]:
    """Every message of the protocol, as empty and as full as it may be, and what is small of the hostile catalogue."""
    ours = [
        write(message, cwmp_namespace="urn:dslforum-org:cwmp-1-2", id="1")
        for full in (False, True)
        for message in examples("1.4", full=full)
    ]
    hostile = [case.body("S1") for case in (*CASES, *IN_SESSION, *ANSWERS) if not case.expect.startswith("41")]
    return [each for each in (*ours, *hostile) if len(each) <= LONGEST]


def phone_files() -> list[bytes]:
    """A small configuration in every dialect of the phones."""
    line = (Item("Phone Number", "1001", "SIP Line List", "SIP1"), Item("Odd  key9", "<a> & b", "Own Section"))
    modules = (Module("SIP CONFIG MODULE", (Item("SIP  Port", "5060"), *line)), Module("NEW MODULE", (Item("K", ""),)))
    return [write_phone_file(ConfigDocument(modules, "2.0003"), dialect) for dialect in Dialect]


def plant(folder: Path) -> None:
    """Write the seeds, one file each, with the byte in front that chooses a Content-Type; phone files have none."""
    for number, message in enumerate(messages()):
        (folder / f"seed-{number:03d}").write_bytes(bytes([number % 8]) + message)
    for number, file in enumerate(phone_files()):
        (folder / f"phone-{number}").write_bytes(file)


def dictionary(file: Path) -> None:
    """Write the words in libFuzzer's form."""
    lines = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in WORDS)
    file.write_text("".join(f'"{line}"\n' for line in lines))
