"""How a phone departs from the letter: named behaviours, each a row of data that sets a few traits.

``cpe``, ``session`` and ``transport`` consult ``Traits`` and know no behaviour by name. To add one, add a row; if no
trait says it yet, add a trait and obey it in one place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from acs.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Traits:
    """What a phone does where real phones differ. The defaults are a phone that follows the specification."""

    # Messages
    cwmp_version: str = ""
    """``1.0`` to ``1.4``; empty: the profile's."""
    cwmp_namespace: str = ""
    """The very URI on the wire; empty: that of the version."""
    response_id: Literal["echo", "missing", "wrong"] = "echo"
    literal_booleans: bool = False
    clock: Literal["utc", "epoch", "broken"] = "utc"
    lower_case_oui: bool = False

    # HTTP
    cookies: bool = True
    connection_per_request: bool = False
    chunked: bool = False
    expect_continue: bool = False
    soap_action: str | None = ""
    """Its value; ``None``: the header is missing."""
    empty_post_content_type: bool = False
    authentication: Literal["as-challenged", "basic-at-once", "none"] = "as-challenged"
    digest_qop: bool = True
    extra_empty_post: bool = False

    # Conduct in a session
    answer_delay: float = 0.0
    """Seconds before each answer to the ACS."""
    drop_after: Literal["", "inform", "empty-post", "answer"] = ""
    """Close the connection once, after sending this, without reading the answer; the session has failed."""
    faults: Mapping[str, int] = field(default_factory=dict)
    """Requests that are always answered with a fault of that code."""
    silent_on: frozenset[str] = frozenset()
    """Requests that are carried out, but never answered: the connection closes."""
    unsupported: frozenset[str] = frozenset()
    """Requests the phone does not know (9000)."""
    most_names: int = 0
    """GetParameterValues and SetParameterValues with more names are answered with 9004; 0: no limit."""

    # What becomes of requests
    spv_status: Literal[0, 1] = 0
    """1: values are stored and come into force at the next reboot."""
    applies: bool = True
    """False: files are fetched and reported as applied, and nothing changes."""
    transfer_complete: Literal["next-session", "late", "never", "in-response"] = "next-session"
    """``in-response``: fetched and applied before DownloadResponse, which says Status 0; no TransferComplete."""
    late_by: float = 3.0
    """Seconds by which a late TransferComplete is late."""
    command_key: Literal["own", "wrong"] = "own"
    upload: Literal["put", "post", "multipart"] = "put"
    """How a file is sent: the bytes by PUT or POST, or a form by POST."""
    calls: tuple[str, ...] = ()
    """What it asks of its ACS or tells it after each start, by the names of ``calls.calls_of``."""
    compare: Literal["content", "version"] = "content"
    """A configuration file is taken when its content differs, or (older firmware) only when its version is higher."""

    # Being woken
    connection_request: Literal[
        "digest", "none", "busy", "silent", "deny", "basic", "closing", "ignoring", "not-found"
    ] = "digest"
    stun: bool = False
    """It has a STUN client, which the ACS can switch on, and takes UDP connection requests."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One row: the name for the command line, what it means, what it sets."""

    name: str
    about: str
    traits: Mapping[str, Any]


BEHAVIOURS: Final = (
    Behaviour("cwmp-1-0", "speaks CWMP 1.0", {"cwmp_version": "1.0"}),
    Behaviour("cwmp-1-1", "speaks CWMP 1.1", {"cwmp_version": "1.1"}),
    Behaviour("cwmp-1-2", "speaks CWMP 1.2", {"cwmp_version": "1.2"}),
    Behaviour("cwmp-1-3", "speaks CWMP 1.3 and sends SessionTimeout", {"cwmp_version": "1.3"}),
    Behaviour("cwmp-1-4", "speaks CWMP 1.4 and sends SupportedCWMPVersions", {"cwmp_version": "1.4"}),
    Behaviour(
        "namespace-1-4",
        "puts urn:dslforum-org:cwmp-1-4 on the wire, which no schema defines",
        {"cwmp_version": "1.4", "cwmp_namespace": "urn:dslforum-org:cwmp-1-4"},
    ),
    Behaviour("missing-id", "answers without a cwmp:ID", {"response_id": "missing"}),
    Behaviour("wrong-id", "answers with an ID of its own", {"response_id": "wrong"}),
    Behaviour("literal-booleans", "reports booleans as true and false", {"literal_booleans": True}),
    Behaviour("clock-1970", "has no time and says 1970", {"clock": "epoch"}),
    Behaviour("clock-broken", "sends a CurrentTime that is no date", {"clock": "broken"}),
    Behaviour("lower-case-oui", "spells its OUI in lower case", {"lower_case_oui": True}),
    Behaviour("no-cookies", "never returns a cookie", {"cookies": False}),
    Behaviour("connection-per-request", "opens a new connection for every POST", {"connection_per_request": True}),
    Behaviour(
        "no-cookies-new-connections",
        "neither returns cookies nor keeps connections",
        {"cookies": False, "connection_per_request": True},
    ),
    Behaviour("chunked", "sends its envelopes chunked", {"chunked": True}),
    Behaviour("expect-continue", "sends Expect: 100-continue", {"expect_continue": True}),
    Behaviour("soap-action-quoted", 'sends SOAPAction: ""', {"soap_action": '""'}),
    Behaviour("soap-action-name", "sends SOAPAction: cwmp:Inform", {"soap_action": "cwmp:Inform"}),
    Behaviour("no-soap-action", "sends no SOAPAction", {"soap_action": None}),
    Behaviour("empty-post-content-type", "sends a Content-Type with empty POSTs", {"empty_post_content_type": True}),
    Behaviour("basic-auth", "sends Basic credentials unasked", {"authentication": "basic-at-once"}),
    Behaviour("no-auth", "never authenticates", {"authentication": "none"}),
    Behaviour("rfc2069", "answers Digest without qop", {"digest_qop": False}),
    Behaviour(
        "extra-empty-post", "sends one more empty POST after the ACS ended the session", {"extra_empty_post": True}
    ),
    Behaviour("slow", "takes half a second for every answer", {"answer_delay": 0.5}),
    Behaviour("very-slow", "takes ten seconds for every answer", {"answer_delay": 10.0}),
    Behaviour("drop-after-inform", "loses its first connection after the Inform", {"drop_after": "inform"}),
    Behaviour("drop-after-empty-post", "loses its first connection after the empty POST", {"drop_after": "empty-post"}),
    Behaviour("drop-after-answer", "loses its first connection after its first answer", {"drop_after": "answer"}),
    Behaviour("small-batches", "takes at most 16 names in one request", {"most_names": 16}),
    Behaviour("refuses-download", "denies every Download (9001)", {"faults": {"Download": 9001}}),
    Behaviour("refuses-names", "fails on GetParameterNames (9002)", {"faults": {"GetParameterNames": 9002}}),
    Behaviour("refuses-spv", "fails on SetParameterValues (9002)", {"faults": {"SetParameterValues": 9002}}),
    Behaviour("reboot-without-response", "reboots without answering", {"silent_on": frozenset({"Reboot"})}),
    Behaviour(
        "basic-rpcs",
        "knows no AddObject, DeleteObject, Upload, ScheduleInform and queued transfers",
        {
            "unsupported": frozenset(
                {
                    "AddObject",
                    "DeleteObject",
                    "Upload",
                    "ScheduleInform",
                    "GetQueuedTransfers",
                    "GetAllQueuedTransfers",
                }
            )
        },
    ),
    Behaviour("no-upload", "knows no Upload", {"unsupported": frozenset({"Upload"})}),
    Behaviour("spv-status-1", "stores values until the next reboot", {"spv_status": 1}),
    Behaviour("lying", "reports files as applied and applies nothing", {"applies": False}),
    Behaviour("no-transfer-complete", "forgets TransferComplete", {"transfer_complete": "never"}),
    Behaviour("late-transfer-complete", "sends TransferComplete a session too late", {"transfer_complete": "late"}),
    Behaviour("download-status-0", "applies a file before DownloadResponse", {"transfer_complete": "in-response"}),
    Behaviour("wrong-command-key", "reports transfers under another CommandKey", {"command_key": "wrong"}),
    Behaviour("version-compare", "takes a file only if its version is higher", {"compare": "version"}),
    Behaviour("open-connection-request", "wakes up for anyone", {"connection_request": "none"}),
    Behaviour("busy-connection-request", "answers connection requests with 503", {"connection_request": "busy"}),
    Behaviour("silent-connection-request", "never answers connection requests", {"connection_request": "silent"}),
    Behaviour(
        "deny-connection-request", "finds every connection request's password wrong", {"connection_request": "deny"}
    ),
    Behaviour("upload-post", "sends files by POST in place of PUT", {"upload": "post"}),
    Behaviour("upload-multipart", "sends files as a form, multipart/form-data", {"upload": "multipart"}),
    Behaviour("asks-methods-first", "calls GetRPCMethods before anything else", {"calls": ("get-rpc-methods",)}),
    Behaviour("vendor-rpc", "calls a method that no ACS has", {"calls": ("vendor-rpc",)}),
    Behaviour("requests-config", "asks for its configuration after each start", {"calls": ("request-config",)}),
    Behaviour("requests-firmware", "asks for firmware after each start", {"calls": ("request-firmware",)}),
    Behaviour("kicked", "says that its user's browser was sent to its kick URL", {"calls": ("kicked",)}),
    Behaviour(
        "fetches-own-config",
        "has fetched a configuration by itself at each start, and says so",
        {"calls": ("autonomous-transfer",)},
    ),
    Behaviour("basic-connection-request", "wants Basic of connection requests", {"connection_request": "basic"}),
    Behaviour("closing-connection-request", "closes the connection after its 401", {"connection_request": "closing"}),
    Behaviour("ignoring-connection-request", "answers 200 and never calls", {"connection_request": "ignoring"}),
    Behaviour("not-found-connection-request", "answers 404 and calls", {"connection_request": "not-found"}),
    Behaviour("stun", "keeps a STUN binding and takes UDP connection requests", {"stun": True}),
)
"""Every behaviour there is."""

_BY_NAME: Final = {behaviour.name: behaviour for behaviour in BEHAVIOURS}


def names(given: Iterable[str]) -> tuple[str, ...]:
    """Split comma lists and drop blanks: what the command line gives, as single names."""
    return tuple(name.strip() for each in given for name in each.split(",") if name.strip())


def traits(of: Iterable[str]) -> Traits:
    """The traits of a phone with all these behaviours; where two set the same trait, the later wins.

    Raises:
        BadRequest: there is no such behaviour.
    """
    result = Traits()
    for name in names(of):
        behaviour = _BY_NAME.get(name)
        if behaviour is None:
            raise BadRequest(f"no behaviour {name!r}; 'acs simulate --list-behaviours' lists them", field="behaviour")
        result = replace(result, **behaviour.traits)
    return result
