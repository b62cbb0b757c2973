"""Conversations, without a socket: what the phone says to what an ACS says."""

from random import Random
from typing import Any

import pytest
from lxml import etree

from acs.simulator.behaviours import Traits, traits
from acs.simulator.cpe import Cpe, Factory
from acs.simulator.persona import Identity, Profile, model
from acs.simulator.session import LOST, Command, Done, Fetch, Send, Session
from acs.simulator.transfers import State, Transfer
from cwmp_schemas import cpe_rpcs as rpc
from cwmp_schemas.acs_rpcs import Inform, InformResponse, TransferComplete, TransferCompleteResponse
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.envelope import NONE, Envelope, HeaderExtras, read, write
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterValueStruct, SetParameterAttributesStruct
from tests.reference import XSD, needs_xsd

NOW = 1_800_000_000.0
NS = "urn:dslforum-org:cwmp-1-2"
S = "Device.ManagementServer."


def phone(*behaviours: str, profile: Profile = "common", of: Traits | None = None) -> Cpe:
    who = Identity(mac="0c383e2599fe", model=model("X4"), profile=profile, ip_address="10.0.0.9")
    cpe = Cpe(who, Factory("http://acs.test/"), now=NOW, random=Random(1), traits=of or traits(behaviours))
    cpe.power_on(NOW)
    cpe.tick(NOW)
    return cpe


def acs_says(body: Any, message_id: str = "acs-1", header: HeaderExtras = NONE) -> Envelope:
    return read(write(body, cwmp_namespace=NS, id=message_id, header=header))


def said(command: Command) -> Envelope:
    assert isinstance(command, Send)
    assert command.body is not None
    return read(command.body)


def is_empty_post(command: Command) -> bool:
    return isinstance(command, Send) and command.body is None


def listening(cpe: Cpe) -> Session:
    """A session in which the phone waits for the ACS's requests."""
    session = Session(cpe, NOW)
    session.start()
    assert is_empty_post(session.answered(acs_says(InformResponse()), NOW))
    return session


def ask(cpe: Cpe, request: Any) -> Any:
    return said(listening(cpe).answered(acs_says(request), NOW)).body


def finished(key: str = "k1", code: int = 0) -> Transfer:
    return Transfer(
        True,
        key,
        "3 Vendor Configuration File",
        "http://f.test/a.cfg",
        state=State.COMPLETED,
        fault_code=code,
        started_at=NOW - 9,
        completed_at=NOW - 3,
    )


# --- the order of things


def test_inform_empty_post_request_response_end() -> None:
    cpe = phone()
    session = Session(cpe, NOW)
    inform = said(session.start())
    assert isinstance(inform.body, Inform)
    assert inform.id == "1"
    assert is_empty_post(session.answered(acs_says(InformResponse(), inform.id or ""), NOW))
    answer = said(session.answered(acs_says(rpc.GetRPCMethods(), "seven"), NOW))
    assert isinstance(answer.body, rpc.GetRPCMethodsResponse)
    assert answer.id == "seven"
    assert session.answered(None, NOW) == Done(True)
    assert cpe.idle


def test_transfers_are_reported_before_the_empty_post_one_by_one() -> None:
    cpe = phone()
    cpe.transfers.add(finished("a"))
    cpe.transfers.add(finished("b", 9016))
    cpe.tick(NOW)
    session = Session(cpe, NOW)
    inform = said(session.start()).body
    assert isinstance(inform, Inform)
    assert [(each.EventCode, each.CommandKey) for each in inform.Event][2:] == [
        ("7 TRANSFER COMPLETE", ""),
        ("M Download", "a"),
        ("M Download", "b"),
    ]
    first = said(session.answered(acs_says(InformResponse()), NOW)).body
    assert isinstance(first, TransferComplete)
    assert (first.CommandKey, first.FaultStruct.FaultCode) == ("a", 0)
    assert (first.StartTime, first.CompleteTime) == ("2027-01-15T07:59:51Z", "2027-01-15T07:59:57Z")
    second = said(session.answered(acs_says(TransferCompleteResponse()), NOW)).body
    assert isinstance(second, TransferComplete)
    assert (second.CommandKey, second.FaultStruct.FaultCode) == ("b", 9016)
    assert is_empty_post(session.answered(acs_says(TransferCompleteResponse()), NOW))
    assert session.answered(None, NOW) == Done(True)
    assert cpe.idle


def test_an_unacknowledged_transfer_stays_for_the_next_session() -> None:
    cpe = phone()
    cpe.transfers.add(finished())
    cpe.tick(NOW)
    session = Session(cpe, NOW)
    session.start()
    session.answered(acs_says(InformResponse()), NOW)
    assert is_empty_post(session.answered(acs_says(Fault(FaultCode=8002)), NOW))
    assert session.answered(None, NOW) == Done(True)
    assert [event.code for event in cpe.events] == ["7 TRANSFER COMPLETE", "M Download"]


def test_held_requests_wait_until_the_hold_is_over() -> None:
    cpe = phone()
    cpe.transfers.add(finished())
    cpe.tick(NOW)
    session = Session(cpe, NOW)
    session.start()
    held = acs_says(InformResponse(), header=HeaderExtras(hold_requests=True))
    assert is_empty_post(session.answered(held, NOW))
    session.answered(acs_says(rpc.GetRPCMethods(), header=HeaderExtras(hold_requests=False)), NOW)
    assert isinstance(said(session.answered(None, NOW)).body, TransferComplete)


def test_retry_request_repeats_the_very_same_message() -> None:
    session = Session(phone(), NOW)
    first = session.start()
    busy = acs_says(Fault(FaultCode=8005))
    for _ in range(5):
        assert session.answered(busy, NOW) == first
    assert isinstance(session.answered(busy, NOW), Done)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        acs_says(Fault(FaultCode=8002, FaultString="no")),
        acs_says(rpc.GetRPCMethods()),
        acs_says(TransferCompleteResponse()),
    ],
    ids=["nothing", "fault", "request", "other response"],
)
def test_anything_but_inform_response_fails_the_session(answer: Envelope | None) -> None:
    cpe = phone()
    session = Session(cpe, NOW)
    session.start()
    outcome = session.answered(answer, NOW)
    assert isinstance(outcome, Done)
    assert not outcome.ok
    assert outcome.error
    assert len(cpe.events) == 2  # nothing was delivered


def test_a_session_that_breaks_off_later_is_tried_again_with_all_its_events() -> None:
    cpe = phone()
    listening(cpe)
    cpe.session_ended(False, NOW, "the connection closed")
    assert [event.code for event in cpe.events] == ["0 BOOTSTRAP", "1 BOOT"]
    again = said(Session(cpe, NOW + 10).start()).body
    assert isinstance(again, Inform)
    assert again.RetryCount == 1


def test_a_response_nobody_asked_for_fails_the_session() -> None:
    outcome = listening(phone()).answered(acs_says(rpc.RebootResponse()), NOW)
    assert outcome == Done(False, "the ACS sent RebootResponse, but nothing was asked")


def test_the_session_keeps_its_credentials_and_address() -> None:
    cpe = phone()
    session = listening(cpe)
    session.answered(
        acs_says(
            rpc.SetParameterValues(
                ParameterList=(
                    ParameterValueStruct(Name=S + "Username", Value=TypedValue("own")),
                    ParameterValueStruct(Name=S + "URL", Value=TypedValue("http://new.test/")),
                )
            )
        ),
        NOW,
    )
    assert (session.url, session.credentials.username) == (
        "http://acs.test/",
        cpe.device_id.OUI + "-X4-" + cpe.device_id.SerialNumber,
    )
    cpe.session_ended(True, NOW)
    again = Session(cpe, NOW)
    assert (again.url, again.credentials.username) == ("http://new.test/", "own")


# --- versions and departures


def test_version_1_4_offers_and_obeys() -> None:
    cpe = phone("cwmp-1-4")
    session = Session(cpe, NOW)
    inform = said(session.start())
    assert inform.supported_versions == ("1.0", "1.1", "1.2", "1.3", "1.4")
    assert inform.session_timeout == 60
    session.answered(acs_says(InformResponse(), header=HeaderExtras(use_version="1.0")), NOW)
    assert said(session.answered(acs_says(rpc.GetRPCMethods()), NOW)).cwmp_namespace == "urn:dslforum-org:cwmp-1-0"


def test_the_carrier_profile_speaks_1_0() -> None:
    cpe = phone(profile="ctc")
    inform = said(Session(cpe, NOW).start())
    assert inform.cwmp_namespace == "urn:dslforum-org:cwmp-1-0"
    answer = ask(cpe, rpc.GetRPCMethods())
    assert isinstance(answer, rpc.GetRPCMethodsResponse)
    assert "GetAllQueuedTransfers" not in answer.MethodList
    assert "GetQueuedTransfers" in answer.MethodList


@pytest.mark.parametrize(("behaviour", "answer_id"), [("missing-id", None), ("wrong-id", "not-your-id")])
def test_odd_ids(behaviour: str, answer_id: str | None) -> None:
    answer = said(listening(phone(behaviour)).answered(acs_says(rpc.GetRPCMethods(), "q1"), NOW))
    assert answer.id == answer_id


@pytest.mark.parametrize(
    ("behaviour", "step", "cut"),
    [
        ("drop-after-first-post", "inform", "first-post"),
        ("drop-after-challenge", "inform", "challenge"),
        ("drop-in-inform", "inform", "half"),
        ("drop-after-inform", "inform", "sent"),
        ("drop-after-empty-post", "empty-post", "sent"),
        ("drop-in-answer", "answer", "half"),
        ("drop-after-answer", "answer", "sent"),
    ],
)
def test_the_connection_is_lost_once_at_each_step(behaviour: str, step: str, cut: str) -> None:
    cpe = phone(behaviour)
    for dropped in (True, False):
        session = Session(cpe, NOW)
        commands = {"inform": session.start()}
        commands["empty-post"] = session.answered(acs_says(InformResponse()), NOW)
        commands["answer"] = session.answered(acs_says(rpc.GetRPCMethods()), NOW)
        assert {name: command.cut for name, command in commands.items() if isinstance(command, Send)} == {
            name: cut if dropped and name == step else None for name in commands
        }


def test_the_connection_is_lost_once_when_the_acs_has_spoken() -> None:
    early = phone("drop-after-inform-response")
    session = Session(early, NOW)
    session.start()
    assert session.answered(acs_says(InformResponse()), NOW) == LOST
    asked = phone("drop-after-request")
    assert listening(asked).answered(acs_says(rpc.GetRPCMethods()), NOW) == LOST
    assert isinstance(listening(asked).answered(acs_says(rpc.GetRPCMethods()), NOW), Send)


@pytest.mark.parametrize("anew", [False, True])
def test_the_inform_is_sent_twice(anew: bool) -> None:
    session = Session(phone("inform-twice-new-connection" if anew else "inform-twice"), NOW)
    first = session.start()
    second = session.answered(acs_says(InformResponse()), NOW)
    assert isinstance(first, Send)
    assert isinstance(second, Send)
    assert (second.body, second.anew) == (first.body, anew)
    assert is_empty_post(session.answered(acs_says(InformResponse()), NOW))


def test_the_inform_comes_in_place_of_the_first_answer() -> None:
    session = listening(phone("inform-instead-of-answer"))
    again = session.answered(acs_says(rpc.GetRPCMethods()), NOW)
    assert said(again).method == "Inform"
    assert is_empty_post(session.answered(acs_says(InformResponse()), NOW))
    assert said(session.answered(acs_says(rpc.GetRPCMethods()), NOW)).method == "GetRPCMethodsResponse"


def test_an_empty_post_comes_in_place_of_one_answer() -> None:
    session = listening(phone("empty-post-instead"))
    assert is_empty_post(session.answered(acs_says(rpc.GetRPCMethods()), NOW))
    assert said(session.answered(acs_says(rpc.GetRPCMethods()), NOW)).method == "GetRPCMethodsResponse"


def test_a_download_may_be_carried_out_and_reported_after_the_end() -> None:
    cpe = phone("transfer-complete-after-204")
    session = listening(cpe)
    asked = rpc.Download(CommandKey="k", FileType="3 Vendor Configuration File", URL="http://f.test/a")
    assert said(session.answered(acs_says(asked), NOW)).method == "DownloadResponse"
    command = session.answered(None, NOW)
    assert isinstance(command, Fetch)
    cpe.transfer_over(command.transfer, NOW)
    report = said(session.fetched(command.transfer, NOW))
    assert isinstance(report.body, TransferComplete)
    assert report.body.CommandKey == "k"
    assert is_empty_post(session.answered(acs_says(TransferCompleteResponse()), NOW))
    assert session.answered(None, NOW) == Done(True)
    assert not len(cpe.transfers)


def test_an_extra_empty_post_ends_the_session_whatever_comes() -> None:
    session = listening(phone("extra-empty-post"))
    assert is_empty_post(session.answered(None, NOW))
    assert session.answered(None, NOW) == Done(True)


def test_a_download_may_be_done_before_its_response() -> None:
    cpe = phone("download-status-0")
    session = listening(cpe)
    command = session.answered(
        acs_says(rpc.Download(CommandKey="k", FileType="3 Vendor Configuration File", URL="http://f.test/a"), "q9"), NOW
    )
    assert isinstance(command, Fetch)
    command.transfer.started_at = NOW
    cpe.transfer_over(command.transfer, NOW + 2)
    answer = said(session.fetched(command.transfer, NOW + 2))
    assert isinstance(answer.body, rpc.DownloadResponse)
    assert (answer.body.Status, answer.body.StartTime, answer.body.CompleteTime, answer.id) == (
        0,
        "2027-01-15T08:00:00Z",
        "2027-01-15T08:00:02Z",
        "q9",
    )
    assert session.answered(None, NOW) == Done(True)
    assert cpe.idle


def test_reboot_without_response_reboots_all_the_same() -> None:
    cpe = phone("reboot-without-response")
    outcome = listening(cpe).answered(acs_says(rpc.Reboot(CommandKey="r")), NOW)
    assert outcome == Done(False, "did not answer Reboot")
    assert cpe.wants_reboot


# --- every message against the official schemas

REQUESTS = {
    "GetRPCMethods": rpc.GetRPCMethods(),
    "GetParameterValues": rpc.GetParameterValues(ParameterNames=("",)),
    "GetParameterNames": rpc.GetParameterNames(ParameterPath="", NextLevel=False),
    "SetParameterValues": rpc.SetParameterValues(
        ParameterList=(
            ParameterValueStruct(Name=S + "PeriodicInformInterval", Value=TypedValue("60", "xsd:unsignedInt")),
        )
    ),
    "SetParameterValues, bad": rpc.SetParameterValues(
        ParameterList=(ParameterValueStruct(Name="Device.Nope", Value=TypedValue("60", "xsd:unsignedInt")),)
    ),
    "GetParameterAttributes": rpc.GetParameterAttributes(ParameterNames=("Device.",)),
    "SetParameterAttributes": rpc.SetParameterAttributes(
        ParameterList=(
            SetParameterAttributesStruct(
                Name="Device.Time.",
                NotificationChange=True,
                Notification=1,
                AccessListChange=True,
                AccessList=("Subscriber",),
            ),
        )
    ),
    "AddObject": rpc.AddObject(ObjectName="Device.DNS.Client.Server."),
    "DeleteObject": rpc.DeleteObject(ObjectName="Device.DNS.Client.Server.1."),
    "Download": rpc.Download(CommandKey="k", FileType="1 Firmware Upgrade Image", URL="http://f.test/x.z"),
    "Upload": rpc.Upload(CommandKey="k", FileType="1 Vendor Configuration File", URL="http://f.test/up"),
    "Reboot": rpc.Reboot(CommandKey="k"),
    "FactoryReset": rpc.FactoryReset(),
    "ScheduleInform": rpc.ScheduleInform(DelaySeconds=9, CommandKey="k"),
    "GetQueuedTransfers": rpc.GetQueuedTransfers(),
    "GetAllQueuedTransfers": rpc.GetAllQueuedTransfers(),
    "SetVouchers (9000)": rpc.SetVouchers(VoucherList=("AAAA",)),
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, etree.XMLSchema]:
    assert XSD is not None
    folder = XSD

    class Local(etree.Resolver):
        def resolve(self, url: str | None, pubid: str | None, context: Any) -> Any:
            names = {"soap/envelope/": "soap-envelope.xsd", "soap/encoding/": "soap-encoding.xsd"}
            name = next(
                (file for end, file in names.items() if (url or "").endswith(end)), (url or "").rpartition("/")[2]
            )
            return self.resolve_filename(str(folder / name), context)

    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    parser.resolvers.add(Local())
    return {
        version: etree.XMLSchema(etree.parse(str(folder / f"cwmp-1-{version[2]}.xsd"), parser))
        for version in ("1.0", "1.1", "1.2", "1.3", "1.4")
    }


@needs_xsd
@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "1.4"])
def test_inform_and_transfer_complete_are_valid(schemas: dict[str, etree.XMLSchema], version: str) -> None:
    for profile in ("common", "ctc"):
        cpe = phone(f"cwmp-1-{version[2]}", profile=profile)
        cpe.transfers.add(finished())
        cpe.tick(NOW)
        session = Session(cpe, NOW)
        inform = session.start()
        report = session.answered(acs_says(InformResponse()), NOW)
        for command in (inform, report):
            assert isinstance(command, Send)
            assert command.body is not None
            schemas[version].assertValid(etree.fromstring(command.body))


@needs_xsd
@pytest.mark.parametrize("name", list(REQUESTS))
@pytest.mark.parametrize("version", ["1.0", "1.2", "1.4"])
def test_every_answer_is_valid(schemas: dict[str, etree.XMLSchema], name: str, version: str) -> None:
    command = listening(phone(f"cwmp-1-{version[2]}")).answered(acs_says(REQUESTS[name]), NOW)
    assert isinstance(command, Send)
    assert command.body is not None
    schemas[version].assertValid(etree.fromstring(command.body))
