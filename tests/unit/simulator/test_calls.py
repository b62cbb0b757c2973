"""What a phone calls by itself, and how its events come and go."""

import pytest

from acs.simulator.behaviours import traits
from acs.simulator.calls import VENDOR_RPC, calls_of
from acs.simulator.session import Session
from cwmp_schemas import envelope
from cwmp_schemas.acs_rpcs import (
    AutonomousTransferCompleteResponse,
    InformResponse,
    KickedResponse,
    RequestDownload,
    RequestDownloadResponse,
)
from cwmp_schemas.cpe_rpcs import GetRPCMethods, GetRPCMethodsResponse
from cwmp_schemas.faults import Fault
from tests.reference import needs_xsd
from tests.unit.simulator.test_session import NOW, acs_says, is_empty_post, phone, said

EVERY = (
    "get-rpc-methods",
    "vendor-rpc",
    "request-config",
    "request-firmware",
    "kicked",
    "autonomous-transfer",
)


@needs_xsd
@pytest.mark.parametrize("name", EVERY)
def test_what_is_called_satisfies_the_schema(name: str) -> None:
    from tests.unit.cwmp_schemas.official import problems

    (call,) = calls_of((name,), at="2026-01-01T00:00:00Z")
    data = envelope.write(call.message, cwmp_namespace="urn:dslforum-org:cwmp-1-2", id="1")
    assert not problems(data, "1.2")


@pytest.mark.parametrize(
    ("behaviour", "event", "answer"),
    [
        ("requests-config", "9 REQUEST DOWNLOAD", RequestDownloadResponse()),
        ("requests-firmware", "9 REQUEST DOWNLOAD", RequestDownloadResponse()),
        ("kicked", "5 KICKED", KickedResponse(NextURL="")),
        ("fetches-own-config", "10 AUTONOMOUS TRANSFER COMPLETE", AutonomousTransferCompleteResponse()),
        ("asks-methods-first", None, GetRPCMethodsResponse(MethodList=("Inform",))),
    ],
)
def test_a_call_is_announced_made_once_and_over_when_it_is_answered(
    behaviour: str, event: str | None, answer: object
) -> None:
    cpe = phone(behaviour)
    session = Session(cpe, NOW)
    listed = [each.EventCode for each in said(session.start()).body.Event]  # type: ignore[union-attr]
    assert (event in listed) is (event is not None)
    call = said(session.answered(acs_says(InformResponse()), NOW))
    assert call.method == type(answer).__name__.removesuffix("Response")
    assert is_empty_post(session.answered(acs_says(answer, call.id or ""), NOW))
    session.answered(None, NOW)
    assert cpe.idle


def test_quirk_094_methods_are_asked_before_anything_else() -> None:
    session = Session(phone("asks-methods-first"), NOW)
    session.start()
    assert isinstance(said(session.answered(acs_says(InformResponse()), NOW)).body, GetRPCMethods)


def test_a_method_of_the_vendor_survives_its_8000() -> None:
    cpe = phone("vendor-rpc")
    session = Session(cpe, NOW)
    session.start()
    call = said(session.answered(acs_says(InformResponse()), NOW))
    assert (call.method, call.body) == (VENDOR_RPC, None)
    fault = Fault(FaultCode=8000, FaultString="Method not supported")
    assert is_empty_post(session.answered(acs_says(fault), NOW))
    assert "8000" in cpe.last_error


def test_8005_is_asked_again_unchanged_and_nothing_ends_the_session() -> None:
    cpe = phone("requests-config")
    session = Session(cpe, NOW)
    session.start()
    first = session.answered(acs_says(InformResponse()), NOW)
    assert session.answered(acs_says(Fault(FaultCode=8005, FaultString="Retry request")), NOW) == first
    ended = session.answered(None, NOW)
    assert not getattr(ended, "ok", True)
    assert [type(call.message) for call in cpe.calls] == [RequestDownload]  # it is made again in the next session


def test_after_each_start_it_calls_again() -> None:
    cpe = phone("requests-config")
    assert len(cpe.calls) == 1
    cpe.ask_reboot()
    cpe.boot(NOW + 1)
    assert len(cpe.calls) == 1  # the first one was not made yet
    cpe.call_answered(cpe.calls[0])
    cpe.boot(NOW + 2)
    cpe.tick(NOW + 2)
    assert len(cpe.calls) == 1
    assert "9 REQUEST DOWNLOAD" in [event.code for event in cpe.events]


def test_the_letter_calls_nothing() -> None:
    assert traits(()).calls == ()
    assert not phone().calls
