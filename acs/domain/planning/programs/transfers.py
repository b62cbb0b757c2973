"""``download`` and ``upload``: ask, wait for TransferComplete, read back, and only then believe it.

Progress of a download: ``prepared`` (made by the service: URL, size, what proves success), ``phase`` (``transferring``,
``verify``), ``completed`` (what TransferComplete said), ``reading`` (the reading back).
"""

from collections.abc import Mapping
from typing import Any

from acs.domain.parameters.values import same
from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.programs import reading
from acs.domain.planning.programs.versions import has, without, without_file_type
from acs.domain.planning.steps import (
    Ask,
    Done,
    Failed,
    Job,
    Learnt,
    Outcome,
    Phone,
    Prepare,
    Step,
    TaskFault,
    Wait,
    updated,
)
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import (
    Download,
    DownloadResponse,
    GetAllQueuedTransfers,
    GetAllQueuedTransfersResponse,
    GetParameterValuesResponse,
    GetQueuedTransfers,
    GetQueuedTransfersResponse,
    Upload,
    UploadResponse,
)
from cwmp_schemas.faults import Fault

TRANSFER_SECONDS = 3600.0
"""A phone starts within an hour (cwmp.md 2.7); a full firmware over a slow line takes minutes."""
LATE_FILE_SECONDS = 300.0
"""Some phones report an upload before its bytes are here, or send them when the session is over (quirk 141)."""
APPLY_SECONDS = 900.0
"""Some phones reboot minutes after TransferComplete (quirk 86), and fetch named items after that."""


def queued_question(job: Job, phone: Phone) -> Ask | None:
    """Before a request is sent again whose answer was lost: does the phone have the transfer queued (cwmp.md 1.3)?"""
    if job.progress.get("lost") and phone.methods is not None:
        if "GetAllQueuedTransfers" in phone.methods and has("GetAllQueuedTransfers", phone):
            return Ask(GetAllQueuedTransfers())
        if "GetQueuedTransfers" in phone.methods:
            return Ask(GetQueuedTransfers())
    return None


def queued_answer(
    job: Job, phone: Phone, message: GetQueuedTransfersResponse | GetAllQueuedTransfersResponse
) -> Outcome:
    """It has: wait for its TransferComplete. It has not: send the request again."""
    keys = [transfer.CommandKey for transfer in message.TransferList]
    if job.id in keys:
        return Outcome(updated(job.progress, lost=False, phase="transferring", asked_at=phone.now))
    return Outcome(updated(job.progress, lost=False))


def queued_unknown(job: Job, phone: Phone) -> Outcome | None:
    """It cannot tell: send the request again, under the same CommandKey."""
    return Outcome(updated(job.progress, lost=False)) if queued_question(job, phone) is not None else None


class DownloadProgram:
    """Make the phone fetch a file, and prove that it took effect."""

    exclusive = True
    heavy = True
    method = "Download"
    """The RPC that asks for it."""
    tries_again = True
    """A transfer that failed for a passing reason is asked anew."""

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """One of ``kind`` (the phone's own configuration or phone book), ``file_id`` or ``url`` with ``file_type``."""
        arg.only(
            arguments,
            "kind",
            "file_id",
            "url",
            "file_type",
            "file_size",
            "target_file_name",
            "username",
            "password",
        )
        given = [name for name in ("kind", "file_id", "url") if arguments.get(name) is not None]
        if len(given) != 1:
            raise BadRequest(
                'give exactly one of kind ("config" or "phonebook"), file_id or url',
                field=given[1] if given else "kind",
            )
        if given == ["kind"]:
            arg.only(arguments, "kind")
            if arguments["kind"] not in ("config", "phonebook"):
                raise BadRequest('kind must be "config" or "phonebook"; other files go by file_id', field="kind")
            return {"kind": arguments["kind"]}
        checked: dict[str, Any] = {"target_file_name": arg.text(arguments, "target_file_name", "")}
        if arguments.get("file_type") is not None:
            checked["file_type"] = arg.file_type(arguments)
        if given == ["file_id"]:
            arg.only(arguments, "file_id", "file_type", "target_file_name")
            return {"file_id": arg.text(arguments, "file_id"), **checked}
        if "file_type" not in checked:
            raise BadRequest(
                'file_type is required with url, for example "1 Firmware Upgrade Image"', field="file_type"
            )
        return {
            "url": arg.url(arguments, "url"),
            "file_size": arg.number(arguments, "file_size", 0),
            "username": arg.text(arguments, "username", ""),
            "password": arg.text(arguments, "password", ""),
            **checked,
        }

    def next(self, job: Job, phone: Phone) -> Step:
        """Prepare, ask, wait, verify."""
        prepared = job.progress.get("prepared")
        if prepared is None:
            return Prepare()
        phase = job.progress.get("phase")
        if phase is None:
            if (question := queued_question(job, phone)) is not None:
                return question
            refused = without(self.method, phone) or without_file_type("Download", prepared["file_type"], phone)
            return refused or Ask(self.request(job, phone, prepared))
        if phase == "transferring":
            return self.awaited(job)
        if prepared["proof"] == "firmware":
            return self._firmware(job, phone, prepared)
        if prepared["proof"] in ("config", "item"):
            return self._config(job, phone, prepared)
        return Done({}, self._evidence(job, prepared))

    def request(self, job: Job, phone: Phone, prepared: Mapping[str, Any]) -> Struct:
        """DelaySeconds 0: phones ignore it, or take it for minutes, so waiting is done here (quirk 138)."""
        return Download(**self.common(job, phone, prepared), DelaySeconds=0, SuccessURL="", FailureURL="")

    @staticmethod
    def common(job: Job, phone: Phone, prepared: Mapping[str, Any]) -> dict[str, Any]:
        """What Download and ScheduleDownload share, as this phone wants it."""
        name = prepared.get("target_file_name", "")
        if not name and phone.quirks.target_file_name:
            name = prepared.get("name", "")  # some want one, some none (quirk 139)
        return {
            "CommandKey": job.id,
            "FileType": prepared["file_type"],
            "URL": prepared["url"],
            "Username": prepared.get("username", ""),
            "Password": job.arguments.get("password", ""),  # never in the progress: it is not sealed
            "FileSize": prepared["size"] if phone.quirks.file_size else 0,  # quirk 136
            "TargetFileName": name,
        }

    def awaited(self, job: Job) -> Wait:
        """How long TransferComplete may take."""
        text = "The phone accepted the download, but no TransferComplete came."
        return Wait("transferring", TRANSFER_SECONDS, TaskFault("no_transfer_complete", text))

    @staticmethod
    def told(fault: TaskFault) -> TaskFault:
        """Say what a TransferComplete's fault means for the operator."""
        return fault

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Status 0: done and applied; 1: TransferComplete follows (cwmp.md 2.7)."""
        if isinstance(message, GetParameterValuesResponse):
            state = reading.answered(self._reading(job, phone), message)
            return Outcome(updated(job.progress, reading=state), Learnt(values=reading.triples(message)))
        if isinstance(message, GetQueuedTransfersResponse | GetAllQueuedTransfersResponse):
            return queued_answer(job, phone, message)
        assert isinstance(message, DownloadResponse)
        if message.Status == 0:
            completed = {
                "start_time": message.StartTime,
                "complete_time": message.CompleteTime,
                "by": "DownloadResponse",
            }
            return Outcome(updated(job.progress, phase="verify", asked_at=phone.now, completed=completed))
        return Outcome(updated(job.progress, phase="transferring", asked_at=phone.now))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """A fault while reading back is about names; one to Download itself is left to the rules of ``retries``."""
        if job.progress.get("phase") == "verify":
            cut = reading.faulted(self._reading(job, phone), fault)
            return None if cut is None else Outcome(updated(job.progress, reading=cut))
        return queued_unknown(job, phone)

    @staticmethod
    def completed(job: Job, *, start_time: str, complete_time: str) -> Outcome:
        """Take in a TransferComplete without fault."""
        completed = {"start_time": start_time, "complete_time": complete_time, "by": "TransferComplete"}
        return Outcome(updated(job.progress, phase="verify", completed=completed, reading=None))

    def _reading(self, job: Job, phone: Phone) -> dict[str, Any]:
        state: dict[str, Any] | None = job.progress.get("reading")
        return state or reading.begin(self._names(job, phone), phone.gpv_batch)

    def _names(self, job: Job, phone: Phone) -> list[str]:
        prepared = job.progress["prepared"]
        if prepared["proof"] == "firmware":
            return [f"{phone.root}DeviceInfo.SoftwareVersion"]
        table = f"{phone.root}DeviceInfo.VendorConfigFile."
        versions = [p for p in phone.parameters.under(table) if p.endswith(".Version")]
        if not versions and not self._knows_tree(phone):
            versions = [f"{table}1.Version"]
        return [*versions, *prepared.get("expect", {})]

    @staticmethod
    def _knows_tree(phone: Phone) -> bool:
        """The tree was discovered, not only glimpsed in Informs (those never carry an access flag)."""
        return any(entry.writable is not None for _, entry in phone.parameters.items())

    def _evidence(self, job: Job, prepared: Mapping[str, Any]) -> dict[str, Any]:
        evidence: dict[str, Any] = {
            "proof": prepared["proof"],
            "transfer": job.progress.get("completed"),
            "file": {key: prepared.get(key) for key in ("name", "size", "sha256") if prepared.get(key) is not None},
        }
        if prepared.get("items"):
            evidence["items"] = prepared["items"]
        return evidence

    def _config(self, job: Job, phone: Phone, prepared: Mapping[str, Any]) -> Step:
        state = self._reading(job, phone)
        if (step := reading.ask(state)) is not None:
            return step
        expected_version = prepared.get("version", "")
        versions = {n: v[0] for n, v in state["values"].items() if ".VendorConfigFile." in n}
        parameters = [
            {"name": name, "expected": value, "read": state["values"].get(name, (None,))[0]}
            for name, value in prepared.get("expect", {}).items()
        ]
        evidence = {
            **self._evidence(job, prepared),
            "version": {
                "expected": expected_version,
                "read": next(iter(versions.values()), None),
                "parameters": versions,
            },
            "parameters": parameters,
        }
        wrong: list[dict[str, Any]] = []
        proven = shows_version = False
        if versions and expected_version:
            # A file for a single item that came after this configuration has a version too, and changes nothing else.
            good = (expected_version, *prepared.get("also", ()))
            shown = next((value for value in map(str.strip, versions.values()) if value in good), None)
            if shown is not None:
                proven = shows_version = True
                evidence["version"]["read"] = shown
            else:
                name, value = next(iter(versions.items()))
                wrong.append({"name": name, "expected": expected_version, "read": value})
        for item in parameters:
            # What the phone does not have says nothing. Once the version has proven itself, an empty value is neither
            # proof nor contradiction (phones hide what they keep); any other wrong value contradicts all the same.
            if item["read"] is None or (item["read"] == "" and shows_version):
                continue
            if same(item["expected"], item["read"], "xsd:string"):
                proven = True
            else:
                wrong.append(item)
        if wrong:
            return Failed(
                TaskFault(
                    "not_applied",
                    "The phone reported success, but does not show it: "
                    + "; ".join(f"{w['name']}: expected {w['expected']!r}, read {w['read']!r}" for w in wrong[:5]),
                    tuple(
                        {
                            "name": w["name"],
                            "code": "not_applied",
                            "message": f"expected {w['expected']!r}, read {w['read']!r}",
                        }
                        for w in wrong
                    ),
                ),
                evidence=evidence,
            )
        if not proven:
            evidence["note"] = "The phone shows neither a configuration version nor a mapped parameter to read back."
        if prepared["proof"] == "item":
            return self._item(phone, prepared, evidence)
        return Done({"version": expected_version}, evidence)

    @staticmethod
    def _item(phone: Phone, prepared: Mapping[str, Any], evidence: dict[str, Any]) -> Step:
        item = prepared["item"]
        if item["link"] in phone.fetched:
            return Done(
                {"version": prepared.get("version", ""), "file_id": item["file_id"]},
                {**evidence, "item": {**item, "fetched": True}},
            )
        return Wait(
            "verifying",
            APPLY_SECONDS,
            TaskFault(
                "not_fetched",
                f"The phone took the configuration file, but did not fetch {item['name']}: expected "
                f"{item['size']} bytes handed over, saw fewer.",
            ),
        )

    def _firmware(self, job: Job, phone: Phone, prepared: Mapping[str, Any]) -> Step:
        expected = prepared.get("version", "")
        evidence = self._evidence(job, prepared)
        if not expected:
            return Done({}, {**evidence, "note": "The file has no version to compare with SoftwareVersion."})
        state = self._reading(job, phone)
        if phone.software_version != expected and (step := reading.ask(state)) is not None:
            return step
        read = [value[0].strip() for value in state["values"].values()] or [phone.software_version]
        evidence["version"] = {"expected": expected, "read": read[0]}
        if expected in (phone.software_version, *read):
            evidence["version"]["read"] = expected
            return Done({"software_version": expected}, evidence)
        seen = f"expected {expected!r}, read {read[0]!r}"
        fault = TaskFault(
            "not_applied",
            f"The phone reported success, but runs another firmware: SoftwareVersion {seen}",
            ({"name": f"{phone.root}DeviceInfo.SoftwareVersion", "code": "not_applied", "message": seen},),
        )
        asked_at = job.progress.get("asked_at")  # not known if TransferComplete came before the answer
        if phone.booted_at is not None and asked_at is not None and phone.booted_at >= asked_at:
            return Failed(fault, evidence=evidence)
        return Wait("verifying", APPLY_SECONDS, fault)


class UploadProgram:
    """Make the phone send a file, and keep it."""

    exclusive = True
    heavy = True
    method = "Upload"
    tries_again = True

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``file_type``: for example ``1 Vendor Configuration File`` (cwmp.md 1.9)."""
        arg.only(arguments, "file_type")
        return {"file_type": arg.file_type(arguments)}

    def next(self, job: Job, phone: Phone) -> Step:
        """Prepare, ask, wait, look whether the file is here."""
        prepared = job.progress.get("prepared")
        if prepared is None:
            return Prepare()
        phase = job.progress.get("phase")
        if phase is None:
            if (question := queued_question(job, phone)) is not None:
                return question
            return without_file_type("Upload", job.arguments["file_type"], phone) or Ask(
                Upload(
                    CommandKey=job.id,
                    FileType=job.arguments["file_type"],
                    URL=prepared["url"],
                    Username="",
                    Password="",
                    DelaySeconds=0,
                )
            )
        if (received := phone.received.get(prepared["link"])) is not None:
            return Done(dict(received), {"proof": "received", "transfer": job.progress.get("completed"), **received})
        late = TaskFault("not_received", "The phone reported the upload as done, but no file arrived.")
        if phase == "verify":
            return Wait("verifying", LATE_FILE_SECONDS, late)
        return Wait("transferring", TRANSFER_SECONDS, late)

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Status 0: done; 1: TransferComplete follows."""
        if isinstance(message, GetQueuedTransfersResponse | GetAllQueuedTransfersResponse):
            return queued_answer(job, phone, message)
        assert isinstance(message, UploadResponse)
        return Outcome(updated(job.progress, phase="verify" if message.Status == 0 else "transferring"))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Left to the rules of ``retries``."""
        return queued_unknown(job, phone)

    @staticmethod
    def told(fault: TaskFault) -> TaskFault:
        """Say what a TransferComplete's fault means for the operator."""
        return fault

    @staticmethod
    def completed(job: Job, *, start_time: str, complete_time: str) -> Outcome:
        """Take in a TransferComplete without fault."""
        completed = {"start_time": start_time, "complete_time": complete_time, "by": "TransferComplete"}
        return Outcome(updated(job.progress, phase="verify", completed=completed))
