import pytest

from cwmp_schemas import acs_rpcs
from cwmp_schemas.datatypes import UNKNOWN_TIME
from cwmp_schemas.registry import RPCS
from cwmp_schemas.structs import FaultStruct


def test_every_message_of_the_module_is_registered() -> None:
    defined = {name for name, value in vars(acs_rpcs).items() if getattr(value, "__module__", "") == acs_rpcs.__name__}
    registered = {name for rpc in RPCS if rpc.callee == "ACS" for name in (rpc.name, rpc.response.__name__)}
    assert defined == registered - {"GetRPCMethods", "GetRPCMethodsResponse"}


def test_an_inform_response_says_one_envelope() -> None:
    assert acs_rpcs.InformResponse().MaxEnvelopes == 1  # quirk 213


def test_times_are_unknown_by_default() -> None:
    complete = acs_rpcs.TransferComplete(CommandKey="k", FaultStruct=FaultStruct(FaultCode=9010))
    assert (complete.StartTime, complete.CompleteTime) == (UNKNOWN_TIME, UNKNOWN_TIME)


def test_an_inform_must_say_who_and_when() -> None:
    with pytest.raises(TypeError, match="needs DeviceId"):
        acs_rpcs.Inform(Event=(), CurrentTime="", ParameterList=())  # type: ignore[call-arg]
