from acs.protocols.cwmp.events import CpeAnswer, CpeFault, CpeRequest, EmptyPost, InformReceived, from_envelope
from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import Inform, TransferComplete
from cwmp_schemas.cpe_rpcs import RebootResponse
from cwmp_schemas.envelope import Envelope
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import DeviceIdStruct, FaultStruct

INFORM = Inform(
    DeviceId=DeviceIdStruct(Manufacturer="m", OUI="0C383E", ProductClass="X5U", SerialNumber="1"),
    Event=(),
    CurrentTime="",
    ParameterList=(),
)


def envelope(method: str, body: Struct | None, *, no_more: bool = False) -> Envelope:
    return Envelope(method, body, "urn:dslforum-org:cwmp-1-2", "7", 60, ("1.2",), None, False, no_more, ())


def test_each_message_is_its_event() -> None:
    done = TransferComplete(CommandKey="", FaultStruct=FaultStruct(FaultCode=0, FaultString=""))
    fault = Fault(FaultCode=9000)
    assert from_envelope(envelope("Inform", INFORM)) == InformReceived(
        INFORM, "urn:dslforum-org:cwmp-1-2", "7", ("1.2",), 60
    )
    assert from_envelope(envelope("TransferComplete", done, no_more=True)) == CpeRequest(
        done, "TransferComplete", "7", no_more_requests=True
    )
    assert from_envelope(envelope("RebootResponse", RebootResponse())) == CpeAnswer(
        RebootResponse(), "RebootResponse", "7"
    )
    assert from_envelope(envelope("Fault", fault)) == CpeFault(fault, "7")
    assert from_envelope(envelope("X_Hello", None)) == CpeRequest(None, "X_Hello", "7")
    assert from_envelope(envelope("X_HelloResponse", None)) == CpeAnswer(None, "X_HelloResponse", "7")
    assert from_envelope(envelope("", None)) == EmptyPost()
