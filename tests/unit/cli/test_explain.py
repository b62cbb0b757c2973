"""What is said of a message: direction, version, events, faults, validity, what a server answers."""

from typing import Any

import pytest

from acs.cli.explain import FROM_PHONE, TO_PHONE, explain
from acs.formats.http_capture import Captured
from cwmp_schemas import acs_rpcs, cpe_rpcs, envelope
from cwmp_schemas._spyne import Struct
from cwmp_schemas.events import EVENTS
from cwmp_schemas.faults import Fault, FaultStruct, SetParameterValuesFault
from cwmp_schemas.headers import NONE, HeaderExtras
from cwmp_schemas.structs import DeviceIdStruct, EventStruct, ParameterInfoStruct, ParameterValueStruct, TypedValue
from tests.reference import XSD, needs_xsd

URN = "urn:dslforum-org:cwmp-1-"


def told(message: Struct, namespace: str = URN + "2", header: HeaderExtras = NONE, **captured: Any) -> dict[str, Any]:
    return explain(Captured(envelope.write(message, cwmp_namespace=namespace, id="1", header=header), **captured))


PHONE = DeviceIdStruct(
    Manufacturer="Fanvil", OUI="0C383E", ProductClass="X4", SerialNumber="00100400FV02001000000c383e000001"
)


def inform(*codes: str, who: DeviceIdStruct = PHONE) -> acs_rpcs.Inform:
    return acs_rpcs.Inform(
        DeviceId=who,
        Event=tuple(EventStruct(EventCode=code, CommandKey="k" if code[0] == "M" else "") for code in codes),
        MaxEnvelopes=1,
        CurrentTime="2026-01-01T00:00:00Z",
        RetryCount=2,
        ParameterList=(
            ParameterValueStruct(Name="Device.DeviceInfo.SoftwareVersion", Value=TypedValue("2.12.1", "xsd:string")),
        ),
    )


def test_an_inform() -> None:
    found = told(inform("1 BOOT", "M Reboot", "4 VALUECHANGE", "X 0C383E Bell", "99 WHAT"))
    assert (found["direction"], found["kind"]) == (FROM_PHONE, "request")
    who = found["who"]
    assert (who["manufacturer"], who["mac"], who["mac_is"]) == ("Fanvil", "0c383e000001", "certain")
    assert (who["model"], who["software_version"]) == ("X4", "2.12.1")
    boot, reboot, change, vendor, unknown = found["events"]
    assert "started" in boot["meaning"]
    assert boot["cleared_by"] == "InformResponse"
    assert (reboot["command_key"], "server asked" in reboot["meaning"]) == ("k", True)
    assert (change["code"], change["as_sent"]) == ("4 VALUE CHANGE", "4 VALUECHANGE")
    assert vendor["meaning"] == "an event of the vendor"
    assert unknown["meaning"] == "no event of the standard"
    assert found["retries"] == 2
    assert [each["quirk"] for each in found["warnings"]] == [63, 63]
    assert "InformResponse" in found["answer"]
    assert [each["name"] for each in found["items"]][-1] == "Device.DeviceInfo.SoftwareVersion"


def test_an_inform_that_names_no_phone_is_explained_too() -> None:
    who = told(inform("1 BOOT", who=DeviceIdStruct(Manufacturer="M", OUI="", ProductClass="P", SerialNumber="")))["who"]
    assert (who["manufacturer"], who["product_class"], who["mac"]) == ("M", "P", None)
    assert "neither OUI nor SerialNumber" in who["refused"]
    assert "8003" in who["refused"]
    assert told(inform("1 BOOT"))["who"]["refused"] is None


def test_every_event_of_the_standard_has_words() -> None:
    for event in EVENTS:
        (shown,) = told(inform(event.code))["events"]
        assert "standard" not in shown["meaning"]
        assert shown["kept"]


@pytest.mark.parametrize(
    ("namespace", "header", "version", "by"),
    [
        (URN + "0", NONE, "1.0", "its namespace"),
        (URN + "2", HeaderExtras(session_timeout=60), "1.3", "SessionTimeout"),
        (URN + "2", HeaderExtras(supported_versions=("1.0", "1.4")), "1.4", "SupportedCWMPVersions"),
        (URN + "4", NONE, "1.4", "none of the standard's"),
        ("urn:nothing", NONE, "1.0", "oldest"),
    ],
)
def test_how_the_version_was_told(namespace: str, header: HeaderExtras, version: str, by: str) -> None:
    found = told(inform("1 BOOT"), namespace, header)
    assert found["cwmp_version"] == version
    assert by in found["version_told_by"]


@pytest.mark.parametrize(
    ("message", "captured", "direction"),
    [
        (cpe_rpcs.Reboot(CommandKey="k"), {}, TO_PHONE),
        (cpe_rpcs.RebootResponse(), {}, FROM_PHONE),
        (acs_rpcs.InformResponse(MaxEnvelopes=1), {}, TO_PHONE),
        (cpe_rpcs.GetRPCMethods(), {}, "either way"),
        (cpe_rpcs.GetRPCMethods(), {"start": "POST / HTTP/1.1"}, FROM_PHONE),
        (cpe_rpcs.GetRPCMethods(), {"start": "HTTP/1.1 200 OK"}, TO_PHONE),
        (Fault(FaultCode=8000, FaultString=""), {}, TO_PHONE),
        (Fault(FaultCode=9000, FaultString=""), {}, FROM_PHONE),
        (Fault(FaultCode=1, FaultString=""), {}, ""),
    ],
)
def test_who_says_it(message: Struct, captured: dict[str, Any], direction: str) -> None:
    assert told(message, **captured)["direction"] == direction


def test_faults_wherever_they_stand() -> None:
    message = Fault(
        FaultCode=9003,
        FaultString="bad",
        SetParameterValuesFault=(SetParameterValuesFault(ParameterName="Device.A", FaultCode=9007, FaultString=""),),
    )
    first, second = told(message)["faults"]
    assert (first["code"], first["standard"], first["class"]) == (9003, "Invalid arguments", "Client")
    assert first["meaning"] == "the request was wrong"
    assert (second["parameter"], second["standard"]) == ("Device.A", "Invalid parameter value")
    done = acs_rpcs.TransferComplete(CommandKey="k", FaultStruct=FaultStruct(FaultCode=9010, FaultString="x"))
    assert [each["code"] for each in told(done)["faults"]] == [9010]
    assert "faults" not in told(acs_rpcs.TransferComplete(CommandKey="k", FaultStruct=FaultStruct(FaultCode=0)))
    (vendor,) = told(Fault(FaultCode=9801, FaultString="own"))["faults"]
    assert "not one of the standard's" in vendor["meaning"]


def test_secrets_are_hidden() -> None:
    message = cpe_rpcs.Download(
        CommandKey="k", FileType="1 x", URL="http://u:hush@a/t/" + "x" * 60 + "/f", Username="joe", Password="hush"
    )
    assert "hush" not in str(told(message))
    assert "/t/***/f" in str(told(message))
    data = envelope.write(message, cwmp_namespace="", id="1")
    assert str(explain(Captured(data), reveal=True)).count("hush") == 2


def test_lists_are_one_row_each() -> None:
    names = tuple(ParameterInfoStruct(Name=f"Device.{n}", Writable=True) for n in "AB")
    rows = told(cpe_rpcs.GetParameterNamesResponse(ParameterList=names))["items"]
    assert rows == [{"name": f"Device.{n}", "value": {"Writable": True}} for n in "AB"]


@pytest.mark.parametrize("digit", ["0", "1", "2", "3", "4"])
def test_what_we_write_is_valid(digit: str) -> None:
    for message in (inform("1 BOOT"), Fault(FaultCode=9000, FaultString="")):
        assert told(message, URN + digit)["schema"]["valid"]


def test_what_is_not_valid_says_why() -> None:
    data = envelope.write(inform("1 BOOT"), cwmp_namespace=URN + "0", id="1")
    found = explain(Captured(data.replace(b"<MaxEnvelopes>1</MaxEnvelopes>", b"")))
    assert not found["schema"]["valid"]
    assert "MaxEnvelopes" in found["schema"]["problems"][0]
    broken = explain(Captured(data.replace(b"</EventStruct>", b"</EventStrut>")))
    assert not broken["schema"]["valid"]
    assert 68 in [each["quirk"] for each in broken["warnings"]]


@needs_xsd
def test_the_verdict_is_that_of_the_official_schema() -> None:
    from tests.unit.cwmp_schemas.official import problems

    assert XSD is not None
    sound = envelope.write(inform("1 BOOT"), cwmp_namespace=URN + "0", id="1")
    for data in (sound, sound.replace(b"<RetryCount>2</RetryCount>", b""), sound.replace(b">2</R", b">x</R")):
        assert explain(Captured(data))["schema"]["valid"] == (not problems(data, "1.0"))


def test_nothing_to_say() -> None:
    assert "server's turn" in explain(Captured(b"", "POST / HTTP/1.1"))["what"]
    assert "session is over" in explain(Captured(b"", "HTTP/1.1 204 No Content"))["what"]
    assert explain(Captured(b""))["what"] == "An empty message"


def test_foreign_methods_and_empty_bodies() -> None:
    frame = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>'
    foreign = explain(Captured((frame % f'<c:X_Do xmlns:c="{URN}0"/>').encode(), "POST / HTTP/1.1"))
    assert "8000" in foreign["answer"]
    assert explain(Captured((frame % "").encode(), "POST / HTTP/1.1"))["method"] == "(empty body)"
