"""A transfer is believed when the phone shows what it fetched, or the file is here; never because it said so."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from acs.domain.parameters.tree import Tree
from acs.domain.planning.programs.transfers import (
    APPLY_SECONDS,
    LATE_FILE_SECONDS,
    TRANSFER_SECONDS,
    DownloadProgram,
    UploadProgram,
)
from acs.domain.planning.steps import Ask, Done, Failed, Job, Phone, Prepare, Step, TaskFault, Wait
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import (
    Download,
    DownloadResponse,
    GetAllQueuedTransfers,
    GetAllQueuedTransfersResponse,
    GetParameterValues,
    GetParameterValuesResponse,
    GetQueuedTransfers,
    GetQueuedTransfersResponse,
    Upload,
    UploadResponse,
)
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import AllQueuedTransferStruct, ParameterValueStruct, QueuedTransferStruct, TypedValue

DOWNLOAD, UPLOAD = DownloadProgram(), UploadProgram()
URL = "http://192.0.2.1:7567/t/token/0c383e000001.cfg"
VERSION = "Device.DeviceInfo.VendorConfigFile.1.Version"
SOFTWARE = "Device.DeviceInfo.SoftwareVersion"
NUMBER = "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.DirectoryNumber"
USER = "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthUserName"
TREE = Tree().with_names([(SOFTWARE, False), (VERSION, False), (NUMBER, True), (USER, True)])
PHONE = Phone(root="Device.", parameters=TREE, software_version="2.12.1", now=1000.0)
EXPECT = {NUMBER: "1001", USER: "a1001"}
CONFIG = {
    "file_type": "3 Vendor Configuration File",
    "url": URL,
    "link": "l1",
    "name": "0c383e000001.cfg",
    "size": 1234,
    "sha256": "ab" * 32,
    "version": "2.0003",
    "proof": "config",
    "expect": EXPECT,
}
FIRMWARE = {
    "file_type": "1 Firmware Upgrade Image",
    "url": URL,
    "link": "l2",
    "name": "x4.z",
    "size": 9,
    "sha256": "cd" * 32,
    "version": "2.14.0",
    "proof": "firmware",
}
ITEM = {
    **CONFIG,
    "proof": "item",
    "expect": {},
    "item": {"link": "asset", "file_id": "f1", "name": "book.xml", "size": 77, "kind": "phonebook"},
}


def download(prepared: Mapping[str, Any] = CONFIG, **progress: Any) -> Job:
    return Job("t1", "download", {"kind": "config"}, {"prepared": prepared, **progress})


def told(job: Job, message: Struct, phone: Phone = PHONE) -> Job:
    program = DOWNLOAD if job.type == "download" else UPLOAD
    if isinstance(message, Fault):
        outcome = program.faulted(job, phone, message)
        assert outcome is not None
    else:
        outcome = program.answered(job, phone, message)
    return replace(job, progress=outcome.progress)


def completed(job: Job) -> Job:
    program = DOWNLOAD if job.type == "download" else UPLOAD
    return replace(job, progress=program.completed(job, start_time="S", complete_time="C").progress)


def reached(prepared: Mapping[str, Any] = CONFIG) -> Job:
    """A download that the phone reported as done."""
    return completed(told(download(prepared), DownloadResponse(Status=1)))


def shows(**values: str) -> GetParameterValuesResponse:
    names = {"version": VERSION, "number": NUMBER, "user": USER, "software": SOFTWARE}
    return GetParameterValuesResponse(
        ParameterList=tuple(
            ParameterValueStruct(Name=names[key], Value=TypedValue(value, "xsd:string"))
            for key, value in values.items()
        )
    )


def judged(message: Struct, prepared: Mapping[str, Any] = CONFIG, phone: Phone = PHONE) -> Step:
    return DOWNLOAD.next(told(reached(prepared), message, phone), phone)


def wrong(step: Step) -> dict[str, str]:
    assert isinstance(step, Failed), step
    assert step.fault.code == "not_applied"
    assert step.evidence is not None
    return {str(item["name"]): str(item["message"]) for item in step.fault.parameters}


# Arguments


@pytest.mark.parametrize(
    ("arguments", "checked"),
    [
        ({"kind": "config"}, {"kind": "config"}),
        ({"kind": "phonebook"}, {"kind": "phonebook"}),
        ({"file_id": "f1"}, {"file_id": "f1", "target_file_name": ""}),
        (
            {"file_id": "f1", "file_type": "4 X", "target_file_name": "a"},
            {"file_id": "f1", "file_type": "4 X", "target_file_name": "a"},
        ),
        (
            {"url": "tftp://192.0.2.1/x.z", "file_type": "1 Firmware Upgrade Image", "file_size": 5, "username": "u"},
            {
                "url": "tftp://192.0.2.1/x.z",
                "file_type": "1 Firmware Upgrade Image",
                "file_size": 5,
                "username": "u",
                "password": "",
                "target_file_name": "",
            },
        ),
    ],
)
def test_what_to_download_becomes_canonical(arguments: dict[str, Any], checked: dict[str, Any]) -> None:
    assert DOWNLOAD.check(arguments) == checked


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "kind"),
        ({"kind": "config", "file_id": "f1"}, "file_id"),
        ({"file_id": "f1", "url": URL}, "url"),
        ({"kind": "firmware"}, "kind"),
        ({"kind": "config", "username": "u"}, "username"),
        ({"file_id": "f1", "file_size": 1}, "file_size"),
        ({"file_id": "f1", "delay": 1}, "delay"),
        ({"url": URL}, "file_type"),
        ({"url": URL, "file_type": "1" * 65}, "file_type"),
        ({"url": "file:///etc/passwd", "file_type": "1 X"}, "url"),
        ({"url": "http:///x", "file_type": "1 X"}, "url"),
        ({"url": "http://[::1/x", "file_type": "1 X"}, "url"),
        ({"url": "http://user:pw@192.0.2.1/x", "file_type": "1 X"}, "url"),
        ({"url": f"http://192.0.2.1/{'x' * 256}", "file_type": "1 X"}, "url"),
        ({"url": URL, "file_type": "1 X", "file_size": -1}, "file_size"),
        ({"url": URL, "file_type": "1 X", "file_size": True}, "file_size"),
    ],
)
def test_what_cannot_be_downloaded_is_refused_by_field(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        DOWNLOAD.check(arguments)
    assert refused.value.field == field


# Asking and waiting


def test_a_download_is_prepared_asked_and_awaited() -> None:
    job = replace(download(), progress={})
    assert DOWNLOAD.next(job, PHONE) == Prepare()
    job = replace(download({**CONFIG, "username": "u", "target_file_name": "t"}), arguments={"password": "p"})
    assert DOWNLOAD.next(job, PHONE) == Ask(
        Download(
            CommandKey="t1",
            FileType="3 Vendor Configuration File",
            URL=URL,
            Username="u",
            Password="p",
            FileSize=1234,
            TargetFileName="t",
            DelaySeconds=0,
            SuccessURL="",
            FailureURL="",
        )
    )
    step = DOWNLOAD.next(told(job, DownloadResponse(Status=1)), PHONE)
    assert isinstance(step, Wait)
    assert (step.state, step.seconds) == ("transferring", TRANSFER_SECONDS)
    assert step.on_timeout is not None
    assert step.on_timeout.code == "no_transfer_complete"


def test_a_fault_to_download_is_left_to_the_rules() -> None:
    for job in (download(), download(phase="transferring")):
        assert DOWNLOAD.faulted(job, PHONE, Fault(FaultCode=9005)) is None


def test_nothing_else_is_asked_beside_a_transfer() -> None:
    """Quirk 102."""
    assert (DOWNLOAD.exclusive, DOWNLOAD.heavy, UPLOAD.exclusive, UPLOAD.heavy) == (True, True, True, True)


@pytest.mark.parametrize(
    ("job", "by"),
    [
        (told(download(), DownloadResponse(Status=0, StartTime="S", CompleteTime="C")), "DownloadResponse"),
        (reached(), "TransferComplete"),
        (completed(download()), "TransferComplete"),
    ],
    ids=["at once", "later", "before the answer"],
)
def test_whoever_says_that_it_is_done_the_phone_must_show_it(job: Job, by: str) -> None:
    assert DOWNLOAD.next(job, PHONE) == Ask(GetParameterValues(ParameterNames=(VERSION, NUMBER, USER)))
    step = DOWNLOAD.next(told(job, shows(version="2.0003", number="1001", user="a1001")), PHONE)
    assert isinstance(step, Done)
    assert step.result == {"version": "2.0003"}
    assert step.evidence == {
        "proof": "config",
        "transfer": {"start_time": "S", "complete_time": "C", "by": by},
        "file": {"name": "0c383e000001.cfg", "size": 1234, "sha256": "ab" * 32},
        "version": {"expected": "2.0003", "read": "2.0003", "parameters": {VERSION: "2.0003"}},
        "parameters": [
            {"name": NUMBER, "expected": "1001", "read": "1001"},
            {"name": USER, "expected": "a1001", "read": "a1001"},
        ],
    }


ALL, SOME = GetAllQueuedTransfers(), GetQueuedTransfers()


def queued(question: Struct, key: str) -> Struct:
    if question == ALL:
        row = AllQueuedTransferStruct(CommandKey=key, State=1, IsDownload=True, FileType="1 X")
        return GetAllQueuedTransfersResponse(TransferList=(row,))
    return GetQueuedTransfersResponse(TransferList=(QueuedTransferStruct(CommandKey=key, State=1),))


@pytest.mark.parametrize("kind", ["download", "upload"])
@pytest.mark.parametrize(
    ("methods", "question"),
    [({"GetAllQueuedTransfers", "GetQueuedTransfers"}, ALL), ({"GetQueuedTransfers", "Download"}, SOME)],
    ids=["all", "some"],
)
def test_a_transfer_whose_answer_was_lost_is_looked_for_in_the_queue(
    kind: str, methods: set[str], question: Struct
) -> None:
    program = DOWNLOAD if kind == "download" else UPLOAD
    first = download() if kind == "download" else upload()
    phone = replace(PHONE, methods=frozenset(methods))
    sent = program.next(first, phone)
    lost = replace(first, progress={**first.progress, "lost": True}, attempts=2)
    assert program.next(lost, phone) == Ask(question)
    step = program.next(told(lost, queued(question, "t1"), phone), phone)
    assert isinstance(step, Wait)
    assert step.state == "transferring"
    for elsewhere in (queued(question, "t2"), Fault(FaultCode=9000)):
        assert program.next(told(lost, elsewhere, phone), phone) == sent


@pytest.mark.parametrize("methods", [None, frozenset({"Download", "Upload"})])
def test_a_phone_without_a_queue_is_simply_asked_again(methods: frozenset[str] | None) -> None:
    phone = replace(PHONE, methods=methods)
    job = replace(download(), progress={**download().progress, "lost": True})
    assert DOWNLOAD.next(job, phone) == DOWNLOAD.next(download(), phone)
    assert DOWNLOAD.faulted(job, phone, Fault(FaultCode=9000)) is None


def test_a_second_report_reads_back_anew() -> None:
    job = completed(told(reached(), shows(version="1.0")))
    assert isinstance(DOWNLOAD.next(job, PHONE), Ask)


# The judge. An empty value that reads back is neither proof nor contradiction when the version has proven itself;
# a non-empty wrong value is a contradiction, whatever else the phone shows.

VALUES = (None, "", "right", "other")


@pytest.mark.parametrize("user", VALUES)
@pytest.mark.parametrize("number", VALUES)
@pytest.mark.parametrize("version", VALUES)
def test_the_verdict(version: str | None, number: str | None, user: str | None) -> None:
    """None: the phone does not have it."""
    right = {"version": " 2.0003 ", "number": "1001", "user": "a1001"}
    said = {"version": version, "number": number, "user": user}
    read = {key: right[key] if value == "right" else value for key, value in said.items() if value is not None}
    step = judged(shows(**read))

    lies = {key for key, value in said.items() if value == "other"}
    if version != "right":
        lies |= {key for key, value in said.items() if value == ""}
    names = {"version": VERSION, "number": NUMBER, "user": USER}
    if lies:
        assert set(wrong(step)) == {names[key] for key in lies}
    else:
        assert isinstance(step, Done)
        assert step.evidence is not None
        assert ("note" in step.evidence) == ("right" not in said.values())


def test_what_was_expected_and_what_was_read_is_told() -> None:
    step = judged(shows(version="2.0002", number="1000", user="a1001"))
    assert wrong(step) == {
        VERSION: "expected '2.0003', read '2.0002'",
        NUMBER: "expected '1001', read '1000'",
    }
    assert isinstance(step, Failed)
    assert step.fault.message == (
        "The phone reported success, but does not show it: "
        f"{VERSION}: expected '2.0003', read '2.0002'; {NUMBER}: expected '1001', read '1000'"
    )


def test_the_version_may_stand_in_any_row_of_the_table() -> None:
    second = VERSION.replace(".1.", ".2.")
    phone = replace(PHONE, parameters=TREE.with_names([(second, False)]))
    message = GetParameterValuesResponse(
        ParameterList=(
            ParameterValueStruct(Name=VERSION, Value=TypedValue("1.0")),
            ParameterValueStruct(Name=second, Value=TypedValue("2.0003")),
        )
    )
    step = judged(message, {**CONFIG, "expect": {}}, phone)
    assert isinstance(step, Done)
    assert step.evidence is not None
    assert step.evidence["version"]["read"] == "2.0003"


def test_a_file_for_a_single_item_that_came_later_proves_the_configuration_too() -> None:
    right = {"number": "1001", "user": "a1001"}
    prepared = {**CONFIG, "also": ["2.0005", "2.0004"]}
    step = judged(shows(version="2.0005", **right), prepared)
    assert isinstance(step, Done)
    assert step.result == {"version": "2.0003"}
    assert step.evidence is not None
    assert step.evidence["version"]["read"] == "2.0005"
    assert set(wrong(judged(shows(version="2.0006", **right), prepared))) == {VERSION}
    assert set(wrong(judged(shows(version="2.0005", number="1", user="a1001"), prepared))) == {NUMBER}


def test_the_items_that_a_file_carried_are_told() -> None:
    items = {"carried": [{"kind": "background"}], "later": []}
    step = judged(shows(version="2.0003"), {**CONFIG, "items": items})
    assert isinstance(step, Done)
    assert step.evidence is not None
    assert step.evidence["items"] == items


def test_a_file_without_a_version_is_proven_by_its_parameters_alone() -> None:
    prepared = {**CONFIG, "version": ""}
    assert isinstance(judged(shows(version="1.0", number="1001"), prepared), Done)
    assert set(wrong(judged(shows(version="1.0", number="1001", user=""), prepared))) == {USER}


def test_a_phone_that_spells_a_number_its_own_way_is_believed() -> None:
    assert isinstance(judged(shows(version="2.0003", number=" 1001 ")), Done)


def test_a_phone_that_shows_rubbish_is_not_believed_and_does_no_harm() -> None:
    """More digits than Python turns into a number."""
    assert set(wrong(judged(shows(version="2.0003", number="9" * 5000)))) == {NUMBER}


@pytest.mark.parametrize(
    ("tree", "names"),
    [
        (Tree(), (VERSION, NUMBER, USER)),
        (Tree().with_values([(SOFTWARE, "2.12.1", "xsd:string")], 1.0)[0], (VERSION, NUMBER, USER)),
        (Tree().with_names([(SOFTWARE, False), (NUMBER, True)]), (NUMBER, USER)),
    ],
    ids=["nothing known", "glimpsed in an Inform", "discovered, without versions"],
)
def test_the_version_is_asked_for_unless_the_phone_is_known_not_to_have_it(tree: Tree, names: tuple[str, ...]) -> None:
    assert DOWNLOAD.next(reached(), replace(PHONE, parameters=tree)) == Ask(GetParameterValues(ParameterNames=names))


def test_where_nothing_can_be_read_back_the_transfer_is_believed_with_a_note() -> None:
    phone = replace(PHONE, parameters=Tree().with_names([(SOFTWARE, False)]))
    step = DOWNLOAD.next(reached({**CONFIG, "expect": {}}), phone)
    assert isinstance(step, Done)
    assert step.evidence is not None
    assert step.evidence["note"]


def test_a_reading_that_fails_is_cut_until_the_culprit_stands_alone() -> None:
    job = told(reached(), Fault(FaultCode=9005))
    assert DOWNLOAD.next(job, PHONE) == Ask(GetParameterValues(ParameterNames=(VERSION,)))
    job = told(job, Fault(FaultCode=9005))
    assert DOWNLOAD.next(job, PHONE) == Ask(GetParameterValues(ParameterNames=(NUMBER, USER)))
    step = DOWNLOAD.next(told(job, shows(number="1001", user="a1001")), PHONE)
    assert isinstance(step, Done)
    assert DOWNLOAD.faulted(reached(), PHONE, Fault(FaultCode=9000)) is None


def test_what_was_read_back_is_learnt() -> None:
    outcome = DOWNLOAD.answered(reached(), PHONE, shows(version="2.0003"))
    assert outcome.learnt.values == ((VERSION, "2.0003", "xsd:string"),)


# Items that the phone fetches by itself


def test_an_item_is_there_when_every_byte_of_it_was_handed_over() -> None:
    job = told(reached(ITEM), shows(version="2.0003"))
    step = DOWNLOAD.next(job, replace(PHONE, fetched=frozenset({"l1"})))
    assert isinstance(step, Wait)
    assert (step.state, step.seconds) == ("verifying", APPLY_SECONDS)
    assert step.on_timeout is not None
    assert step.on_timeout.code == "not_fetched"
    assert "book.xml" in step.on_timeout.message
    assert "77 bytes" in step.on_timeout.message
    step = DOWNLOAD.next(job, replace(PHONE, fetched=frozenset({"l1", "asset"})))
    assert isinstance(step, Done)
    assert step.result == {"version": "2.0003", "file_id": "f1"}
    assert step.evidence is not None
    assert step.evidence["item"]["fetched"] is True


def test_an_item_is_not_there_if_its_configuration_was_not_taken() -> None:
    phone = replace(PHONE, fetched=frozenset({"asset"}))
    assert set(wrong(judged(shows(version="2.0002"), ITEM, phone))) == {VERSION}


# Firmware


def test_firmware_is_proven_by_the_version_of_an_inform() -> None:
    step = DOWNLOAD.next(reached(FIRMWARE), replace(PHONE, software_version="2.14.0"))
    assert isinstance(step, Done)
    assert step.result == {"software_version": "2.14.0"}
    assert step.evidence is not None
    assert step.evidence["version"] == {"expected": "2.14.0", "read": "2.14.0"}


def test_firmware_is_asked_for_its_version() -> None:
    assert DOWNLOAD.next(reached(FIRMWARE), PHONE) == Ask(GetParameterValues(ParameterNames=(SOFTWARE,)))
    step = judged(shows(software=" 2.14.0 "), FIRMWARE)
    assert isinstance(step, Done)


@pytest.mark.parametrize("booted_at", [None, 999.0])
def test_a_phone_that_has_not_restarted_may_still_do_so(booted_at: float | None) -> None:
    """Quirk 86: some restart minutes after TransferComplete."""
    phone = replace(PHONE, booted_at=booted_at)
    job = told(reached(FIRMWARE), shows(software="2.12.1"), phone)
    step = DOWNLOAD.next(job, phone)
    assert isinstance(step, Wait)
    assert (step.state, step.seconds) == ("verifying", APPLY_SECONDS)
    assert step.on_timeout is not None
    assert step.on_timeout.code == "not_applied"
    later = replace(phone, software_version="2.14.0", booted_at=1100.0)
    assert isinstance(DOWNLOAD.next(job, later), Done)


def test_a_phone_that_restarted_into_its_old_firmware_did_not_take_the_new() -> None:
    phone = replace(PHONE, booted_at=1000.0)
    assert wrong(judged(shows(software="2.12.1"), FIRMWARE, phone)) == {SOFTWARE: "expected '2.14.0', read '2.12.1'"}


def test_a_boot_of_old_is_no_restart_where_the_report_came_before_the_answer() -> None:
    """Then nobody noted when the download was asked."""
    phone = replace(PHONE, booted_at=10.0)
    job = told(completed(download(FIRMWARE)), shows(software="2.12.1"), phone)
    assert isinstance(DOWNLOAD.next(job, phone), Wait)


def test_a_phone_without_a_readable_version_is_judged_by_its_informs() -> None:
    phone = replace(PHONE, booted_at=2000.0)
    assert wrong(judged(Fault(FaultCode=9005), FIRMWARE, phone)) == {SOFTWARE: "expected '2.14.0', read '2.12.1'"}


@pytest.mark.parametrize("prepared", [{**FIRMWARE, "version": ""}, {"proof": "transfer", "name": "x", "size": 5}])
def test_what_has_no_version_is_believed_on_the_report(prepared: dict[str, Any]) -> None:
    step = DOWNLOAD.next(download(prepared, phase="verify", completed={"by": "TransferComplete"}), PHONE)
    assert isinstance(step, Done)
    assert step.result == {}
    assert step.evidence is not None
    assert step.evidence["transfer"] == {"by": "TransferComplete"}
    assert step.evidence["file"]["size"] == prepared["size"]


# Uploads


def upload(**progress: Any) -> Job:
    arguments = UPLOAD.check({"file_type": "1 Vendor Configuration File"})
    return Job("t1", "upload", arguments, {"prepared": {"url": URL, "link": "l3"}, **progress})


RECEIVED = {"file_id": "f9", "name": "x.bin", "size": 12, "sha256": "ef" * 32}


def test_an_upload_is_prepared_asked_and_awaited() -> None:
    assert UPLOAD.next(replace(upload(), progress={}), PHONE) == Prepare()
    assert UPLOAD.next(upload(), PHONE) == Ask(
        Upload(
            CommandKey="t1",
            FileType="1 Vendor Configuration File",
            URL=URL,
            Username="",
            Password="",
            DelaySeconds=0,
        )
    )
    step = UPLOAD.next(told(upload(), UploadResponse(Status=1)), PHONE)
    assert isinstance(step, Wait)
    assert (step.state, step.seconds) == ("transferring", TRANSFER_SECONDS)
    assert step.on_timeout is not None
    assert step.on_timeout.code == "not_received"


@pytest.mark.parametrize(
    ("job", "transfer"),
    [
        (told(upload(), UploadResponse(Status=0)), None),
        (told(upload(), UploadResponse(Status=1)), None),
        (
            completed(told(upload(), UploadResponse(Status=1))),
            {"start_time": "S", "complete_time": "C", "by": "TransferComplete"},
        ),
    ],
    ids=["at once", "before the report", "reported"],
)
def test_a_file_that_is_here_proves_its_upload(job: Job, transfer: dict[str, str] | None) -> None:
    phone = replace(PHONE, received={"other": {"file_id": "f8"}, "l3": RECEIVED})
    assert UPLOAD.next(job, phone) == Done(RECEIVED, {"proof": "received", "transfer": transfer, **RECEIVED})


@pytest.mark.parametrize(
    "job",
    [told(upload(), UploadResponse(Status=0)), completed(told(upload(), UploadResponse(Status=1)))],
    ids=["at once", "reported"],
)
def test_a_phone_that_says_it_sent_a_file_is_not_believed_without_it(job: Job) -> None:
    late = TaskFault("not_received", "The phone reported the upload as done, but no file arrived.")
    assert UPLOAD.next(job, replace(PHONE, received={"other": RECEIVED})) == Wait("verifying", LATE_FILE_SECONDS, late)


def test_a_fault_to_upload_is_left_to_the_rules() -> None:
    assert UPLOAD.faulted(upload(), PHONE, Fault(FaultCode=9005)) is None


@pytest.mark.parametrize(
    ("arguments", "field"),
    [({}, "file_type"), ({"file_type": 1}, "file_type"), ({"file_type": "1 X", "url": "x"}, "url")],
)
def test_what_cannot_be_uploaded_is_refused_by_field(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        UPLOAD.check(arguments)
    assert refused.value.field == field
