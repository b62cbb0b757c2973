"""The vocabulary between a program and whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from acs.domain.devices import redaction
from acs.domain.devices.quirks import STANDARD, Quirks
from acs.domain.parameters.tree import EMPTY, Tree
from acs.domain.parameters.values import HIDDEN, is_secret, to_text
from cwmp_schemas._spyne import Struct
from cwmp_schemas.faults import Fault, SetParameterValuesFault

Progress = Mapping[str, Any]
"""How far a task got: JSON, written with every answer."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a program sees of a task."""

    id: str
    """Also its CommandKey."""
    type: str
    arguments: Mapping[str, Any]
    progress: Progress
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Phone:
    """What a program may know of the phone."""

    root: str = ""
    """``Device.`` or ``InternetGatewayDevice.``; empty while unknown."""
    catalogued: bool = True
    """Its model is one that we know."""
    parameters: Tree = EMPTY
    methods: frozenset[str] | None = None
    schema_version: str = "1.4"
    """The version that its namespace names: what a message in it can carry, whatever the phone's headers announce."""
    software_version: str = ""
    booted_at: float | None = None
    """When it last said ``1 BOOT``."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Only for the program that writes them."""
    fetched: frozenset[str] = frozenset()
    """Identifiers of links of which every byte was handed over."""
    received: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Files that the phone uploaded, by the identifier of the link that it used."""
    child: str = ""
    """State of the task that this one waits for; empty: there is none, ``gone``: there is none any more."""
    now: float = 0.0
    quirks: Quirks = STANDARD
    """What it wants otherwise."""

    @property
    def gpv_batch(self) -> int:
        """Most names in one request that reads."""
        return self.quirks.gpv_batch

    @property
    def spv_batch(self) -> int:
        """Most values in one request that writes."""
        return self.quirks.spv_batch


# What a program wants next


@dataclass(frozen=True, slots=True)
class Ask:
    """Send this request."""

    message: Struct


@dataclass(frozen=True, slots=True)
class Prepare:
    """Something must be made first (a file rendered, a link signed); then ask the program again."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to ask: the phone has to do something; look again at the next Inform, at the latest after ``seconds``."""

    state: str
    """``transferring`` or ``verifying``."""
    seconds: float
    on_timeout: TaskFault | None = None
    agreed: bool = False
    """The phone was told to take so long: the task does not expire before."""


@dataclass(frozen=True, slots=True)
class Done:
    """The task succeeded."""

    result: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The task failed for good."""

    fault: TaskFault
    result: Mapping[str, Any] | None = None
    evidence: Mapping[str, Any] | None = None


Step = Ask | Prepare | Wait | Done | Failed


@dataclass(frozen=True, slots=True)
class TaskFault:
    """Why a task did not succeed; names the parameters at fault."""

    code: str
    """CWMP fault code, or a word of ours such as ``not_applied``."""
    message: str
    parameters: tuple[Mapping[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give the fault in the contract's shape."""
        return {"code": self.code, "message": self.message, "parameters": [dict(item) for item in self.parameters]}


class Lesson(NamedTuple):
    """A field of ``Quirks`` that the phone's conduct taught."""

    name: str
    value: Any
    why: str


class Presented(NamedTuple):
    """A logical identifier and its password as the phone holds them; to be looked up at once, and not kept."""

    logical_id: str
    password: str


@dataclass(frozen=True, slots=True)
class Learnt:
    """What an answer taught about the phone."""

    values: tuple[tuple[str, str, str], ...] = ()
    names: tuple[tuple[str, bool], ...] = ()
    attributes: tuple[tuple[str, int], ...] = ()
    methods: tuple[str, ...] | None = None
    removed: str | None = None
    credentials_set: bool = False
    account_set: bool = False
    """It took the maintenance password that it was offered."""
    presented: Presented | None = None
    vanished: tuple[str, ...] = ()
    """Paths that the phone does not have any more."""
    lessons: tuple[Lesson, ...] = ()
    passwords: tuple[str, ...] = ()
    """SIP lines whose password the phone has just taken."""


NOTHING = Learnt()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an answer or a fault made of the task."""

    progress: Progress
    learnt: Learnt = NOTHING


class Program(Protocol):
    """How tasks of one type are done."""

    exclusive: bool
    """Nothing else is asked in the session after its first request (quirk 102)."""
    heavy: bool
    """Not begun while another heavy task of the same phone waits for the phone (a transfer, a reboot)."""

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Give the arguments in canonical form.

        Raises:
            BadRequest: an argument is missing, unknown or impossible; names the field.
        """
        ...

    def next(self, job: Job, phone: Phone) -> Step:
        """Say what to do now."""
        ...

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Take in the phone's answer to the last ``Ask``."""
        ...

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Take in a fault to the last ``Ask``; None leaves it to the rules of ``retries``."""
        ...


@runtime_checkable
class Shrinks(Protocol):
    """A program that can ask for less when a phone sent nothing where an answer was due, twice (quirks 81, 165)."""

    def silent(self, job: Job, phone: Phone) -> Outcome | None:
        """Plan a smaller request; None if there is none."""
        ...


MAX_FAULT_TEXT: Final = 1024
MAX_FAULTS: Final = 512
"""Parameters of a fault that are told one by one."""
MAX_PARAMETER_FAULT_TEXT: Final = 256
MAX_METHODS: Final = 256
MAX_METHOD: Final = 64
"""Characters of a method's name (A.3.1.1)."""


def veiled(fault: Fault, job: Job, phone: Phone) -> Fault:
    """Give a fault without the secrets of its request and without our links: some phones repeat what they refuse."""
    secrets = sorted({*phone.secrets.values(), *_secrets_in(job.arguments)}, key=len, reverse=True)
    known = [text for text in secrets if len(text) >= redaction.SHORTEST_SECRET]

    def veil(text: str | None) -> str:
        told = redaction.target((text or "")[: 2 * MAX_FAULT_TEXT])
        for each in known:
            told = told.replace(each, HIDDEN)
        return told

    return Fault(
        FaultCode=fault.FaultCode,
        FaultString=veil(fault.FaultString),
        SetParameterValuesFault=tuple(
            SetParameterValuesFault(
                ParameterName=item.ParameterName, FaultCode=item.FaultCode, FaultString=veil(item.FaultString)
            )
            for item in fault.SetParameterValuesFault[:MAX_FAULTS]
        ),
        soap_code=fault.soap_code,
    )


def _secrets_in(value: object, name: str = "") -> Iterator[str]:
    """Find the secrets among a task's arguments: by their own name, or that of the parameter that they are for."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _secrets_in(item, str(value.get("name", "")) if key == "value" else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _secrets_in(item, name)
    elif value and is_secret(name):
        yield to_text(value)


def fault_of(fault: Fault) -> TaskFault:
    """Tell a CPE's fault in the contract's shape, within bounds: it is kept and shown with every look at the task."""
    return TaskFault(
        str(fault.FaultCode),
        fault.FaultString[:MAX_FAULT_TEXT],
        tuple(
            {
                "name": item.ParameterName,
                "code": str(item.FaultCode),
                "message": (item.FaultString or "")[:MAX_PARAMETER_FAULT_TEXT],
            }
            for item in fault.SetParameterValuesFault[:MAX_FAULTS]
        ),
    )


def methods_of(told: Sequence[str]) -> tuple[str, ...]:
    """Give a phone's list of methods within bounds: it is kept and shown with every look at the phone."""
    return tuple(name[:MAX_METHOD] for name in told[:MAX_METHODS])


def updated(progress: Progress, **changes: Any) -> dict[str, Any]:
    """Give a copy of ``progress`` with changes."""
    return {**progress, **changes}
