"""How a phone departs from the letter: named behaviours, each a row of data that sets a few traits.

``dialect``, ``cpe``, ``rpcs``, ``session`` and ``transport`` consult ``Traits`` and know no behaviour by name. To add
one, add a row; if no trait says it yet, add a trait and obey it in one place. A few behaviours take an argument after
a colon (``fault:Download=9001``): see ``WITH_ARGUMENT``.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from typing import Any, Final, Literal

from acs.errors import BadRequest
from acs.formats.containers import DEFAULT, ENCRYPTING

DropAfter = Literal[
    "",
    "first-post",
    "challenge",
    "half-inform",
    "inform",
    "inform-response",
    "transfer-complete",
    "transfer-complete-response",
    "empty-post",
    "request",
    "half-answer",
    "answer",
]
"""The steps of a session after which a connection can be lost, in their order."""
Cut = Literal["first-post", "challenge", "half", "sent"]
"""Where a request is cut off: after the first sending, whatever comes; after a challenge; in the middle of the body
that would be taken; after that body."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a phone does where real phones differ. The defaults are a phone that follows the specification."""

    # Envelope
    cwmp_version: str = ""
    """``1.0`` to ``1.4``; empty: the profile's."""
    cwmp_namespace: str = ""
    """The very URI on the wire; empty: that of the version."""
    soap_prefix: Literal["soap-env", "SOAP-ENV", "soap", "soapenv", "soap_env", "ns2"] = "soap-env"
    cwmp_prefix: str = "cwmp"
    method_element: Literal["prefixed", "default-namespace", "empty-xmlns"] = "prefixed"
    """How the Body's child is qualified: by prefix, by a default namespace that its children inherit, or by prefix
    with children that say ``xmlns=""``."""
    qualified_children: bool = False
    soap_header: Literal["with-id", "without-id", "missing"] = "with-id"
    response_id: Literal["echo", "missing", "wrong"] = "echo"
    must_understand: Literal["1", "0", "true", "missing"] = "1"
    no_more_requests: str | None = None
    """Text of a NoMoreRequests header (CWMP 1.0) in every message; ``None``: no such header."""
    hold_requests: str | None = None
    """The same for HoldRequests, which is the ACS's to send."""
    single_quotes: bool = False
    schema_1999: bool = False
    """XML Schema's namespaces of 1999."""
    xml_declaration: bool = True
    charset: Literal["utf-8", "iso-8859-1", "utf-16"] = "utf-8"
    byte_order_mark: bool = False
    junk: Literal["", "newline-before", "text-before", "text-after", "nul-after"] = ""
    array_counts: Literal["right", "wrong", "padded", "missing"] = "right"
    value_types: Literal["own", "wrong", "string", "any", "bare", "missing"] = "own"
    """The ``xsi:type`` of values: all ``xsd:int``, all ``xsd:string``, ``xsd:anySimpleType``, without prefix, none."""
    booleans: Literal["digits", "words", "capitals", "yes"] = "digits"
    fault_form: Literal["cwmp", "no-detail", "bare-detail"] = "cwmp"

    # Inform
    start_events: tuple[str, ...] = ("0 BOOTSTRAP", "1 BOOT")
    """What its first Inform lists."""
    event_codes: Literal["as-listed", "unsorted", "blanks", "lower-case", "number-only", "misspelt"] = "as-listed"
    bind_again: bool = False
    """Somebody enters a LOID that was refused again and again, until the phone's Limit."""
    bare_bind: bool = False
    """BIND comes without LOID and password; an ACS has to read them."""
    retry_count: str | None = None
    """The text of RetryCount; ``None``: the true one."""
    max_envelopes: int = 1
    clock: Literal["utc", "epoch", "broken", "no-zone", "fractions", "offset", "unknown", "empty", "ahead"] = "utc"
    lower_case_oui: bool = False

    # HTTP
    cookies: Literal["all", "none", "once", "first", "rfc2109", "whole"] = "all"
    """``once``: only with the request after Set-Cookie; ``first``: the first cookie ever got, whatever comes later;
    ``rfc2109``: with $Version and $Path; ``whole``: Set-Cookie's value as it came."""
    connection_per_request: bool = False
    chunked: bool = False
    content_coding: Literal["", "gzip", "deflate", "raw-deflate"] = ""
    """Of its envelopes; after a 415 it goes on without."""
    expect_continue: bool = False
    http_version: Literal["1.1", "1.0"] = "1.1"
    soap_action: str | None = ""
    """Its value; ``None``: the header is missing."""
    content_type: str | None = 'text/xml; charset="utf-8"'
    """Of its envelopes; ``None``: the header is missing."""
    empty_post_content_type: bool = False
    empty_post_first: bool = False
    """An empty POST before the Inform, to fetch the challenge."""
    extra_empty_post: bool = False

    # Authentication
    authentication: Literal["as-challenged", "basic-at-once", "none"] = "as-challenged"
    digest_qop: Literal["auth", "auth-int", "none"] = "auth"
    digest_algorithm: Literal["as-offered", "MD5-sess", "SHA-256"] = "as-offered"
    """``MD5-sess``: whatever was offered; ``SHA-256``: if it was offered."""
    digest_uri: Literal["target", "absolute", "empty", "wrong"] = "target"
    digest_form: Literal[
        "usual", "folded", "all-quoted", "unquoted", "capital-hex", "short-count", "no-opaque", "lower-case-scheme"
    ] = "usual"
    digest_nonce: Literal["counted", "uncounted", "kept", "made-up"] = "counted"
    """``uncounted``: nc stays 1; ``kept``: also over the end of a session; ``made-up``: begins with one of its own."""
    gives_up_on_stale: bool = False
    """Takes ``stale=true`` for a wrong password."""
    new_connection_to_authenticate: bool = False

    # Conduct in a session
    answer_delay: float = 0.0
    """Seconds before each answer to the ACS."""
    drop_after: DropAfter = ""
    """Lose the connection once, after this step; the session has failed. ``first-post`` is the Inform without
    credentials, ``inform`` the one that is taken; ``half-``: in the middle of the body."""
    inform_again: Literal["", "same-connection", "new-connection", "instead-of-answer"] = ""
    """Once in a session, after InformResponse: the Inform again; or in place of the answer to the first request."""
    empty_post_instead: bool = False
    """Once in its life, an empty POST in place of an answer."""
    faults: Mapping[str, int] = field(default_factory=dict)
    """Requests that are always answered with a fault of that code."""
    silent_on: frozenset[str] = frozenset()
    """Requests that are carried out, but never answered: the connection closes."""
    unsupported: frozenset[str] = frozenset()
    """Requests the phone does not know (9000)."""

    # Parameters
    most_names: int = 0
    """GetParameterValues and SetParameterValues with more names are answered with 9004; 0: no limit."""
    unreadable: str = ""
    """Last step of names that GetParameterValues refuses with 9005, although GetParameterNames lists them."""
    values_given: Literal["asked", "fewer", "more"] = "asked"
    """``fewer``: the last value of a GetParameterValuesResponse is left out; ``more``: one comes on top."""
    hidden_values: Literal["empty", "stars", "shown"] = "empty"
    """What passwords read as."""
    written_reads_empty: bool = False
    """Every parameter that the ACS wrote reads back as an empty string."""
    spv_status: Literal[0, 1] = 0
    """1: values are stored and come into force at the next reboot."""
    ignores: frozenset[str] = frozenset()
    """Last steps of names whose writing is acknowledged and has no effect."""
    resets: frozenset[str] = frozenset()
    """Last steps of names that go back to what they were when the session ends."""
    voice: Literal["v1", "v2"] = "v1"
    """The TR-104 that its VoiceService follows; v2 knows the root ``Device.`` alone."""
    instance_step: int = 1
    """How far the numbers of new instances lie apart."""
    extra_parameters: int = 0
    """So many parameters more in the tree."""

    # Transfers
    applies: bool = True
    """False: files are fetched and reported as applied, and nothing changes."""
    transfer_complete: Literal["next-session", "late", "never", "in-response", "after-204"] = "next-session"
    """``in-response``: fetched and applied before DownloadResponse, which says Status 0; no TransferComplete.
    ``after-204``: fetched when the ACS has ended the session, and reported over the same connection."""
    late_by: float = 3.0
    """Seconds by which a late TransferComplete is late."""
    command_key: Literal["own", "wrong"] = "own"
    upload: Literal["put", "post", "multipart"] = "put"
    """How a file is sent: the bytes by PUT or POST, or a form by POST."""
    calls: tuple[str, ...] = ()
    """What it asks of its ACS or tells it after each start, by the names of ``calls.calls_of``."""
    container: str = DEFAULT
    """How its encrypted files are wrapped, once it has a key."""
    compare: Literal["content", "version"] = "content"
    """A configuration file is taken when its content differs, or (older firmware) only when its version is higher."""

    # Being woken
    connection_request: Literal[
        "digest", "none", "busy", "silent", "deny", "basic", "closing", "ignoring", "not-found"
    ] = "digest"
    stun: bool = False
    """It has a STUN client, which the ACS can switch on, and takes UDP connection requests."""


SECTIONS: Final[Mapping[str, str]] = {
    "Envelope": "cwmp_version",
    "Inform": "start_events",
    "HTTP": "cookies",
    "Authentication": "authentication",
    "Conduct in a session": "answer_delay",
    "Parameters": "most_names",
    "Transfers": "applies",
    "Being woken": "connection_request",
}
"""The sections of ``Traits`` above, each with its first trait."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One row: the name for the command line, what it means, what it sets."""

    name: str
    about: str
    traits: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """The section of ``Traits`` that its first trait stands in."""
        return _SUBJECT_OF[next(iter(self.traits))]


@dataclass(frozen=True, slots=True)
class WithArgument:
    """A behaviour that takes an argument: ``name:argument``."""

    name: str
    form: str
    about: str
    example: str
    read: Callable[[str, Traits], Mapping[str, Any]]
    """The traits that an argument sets, on top of those so far; ``ValueError`` for one of no use."""


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
    Behaviour(
        "namespace-1-3",
        "puts urn:dslforum-org:cwmp-1-3 on the wire, which no schema defines",
        {"cwmp_version": "1.3", "cwmp_namespace": "urn:dslforum-org:cwmp-1-3"},
    ),
    Behaviour(
        "namespace-unknown",
        "puts urn:vendor-example:cwmp-9-9 on the wire",
        {"cwmp_namespace": "urn:vendor-example:cwmp-9-9"},
    ),
    Behaviour(
        "namespace-slash", "ends the CWMP namespace with a slash", {"cwmp_namespace": "urn:dslforum-org:cwmp-1-0/"}
    ),
    Behaviour(
        "namespace-upper-case",
        "spells the CWMP namespace in capitals",
        {"cwmp_namespace": "URN:DSLFORUM-ORG:CWMP-1-0"},
    ),
    Behaviour("prefix-capitals", "uses the prefixes SOAP-ENV and SOAP-ENC", {"soap_prefix": "SOAP-ENV"}),
    Behaviour("prefix-soap", "uses the prefix soap", {"soap_prefix": "soap"}),
    Behaviour("prefix-soapenv", "uses the prefix soapenv", {"soap_prefix": "soapenv"}),
    Behaviour("prefix-underscore", "uses the prefix soap_env", {"soap_prefix": "soap_env"}),
    Behaviour(
        "prefix-generated", "uses generated prefixes: ns2, ns3, ns1", {"soap_prefix": "ns2", "cwmp_prefix": "ns1"}
    ),
    Behaviour(
        "default-namespace",
        "qualifies the method by a default namespace, which its children inherit",
        {"method_element": "default-namespace"},
    ),
    Behaviour("empty-xmlns", 'says xmlns="" on every argument', {"method_element": "empty-xmlns"}),
    Behaviour("qualified-children", "qualifies every argument: cwmp:DeviceId", {"qualified_children": True}),
    Behaviour("no-soap-header", "sends envelopes without a Header", {"soap_header": "missing"}),
    Behaviour("no-id", "sends a Header without cwmp:ID in every message", {"soap_header": "without-id"}),
    Behaviour("missing-id", "answers without a cwmp:ID", {"response_id": "missing"}),
    Behaviour("wrong-id", "answers with an ID of its own", {"response_id": "wrong"}),
    Behaviour("must-understand-0", 'says mustUnderstand="0"', {"must_understand": "0"}),
    Behaviour("must-understand-true", 'says mustUnderstand="true"', {"must_understand": "true"}),
    Behaviour("must-understand-missing", "says nothing of mustUnderstand", {"must_understand": "missing"}),
    Behaviour("no-more-requests", "sends NoMoreRequests in every message", {"no_more_requests": "1"}),
    Behaviour("no-more-requests-0", "sends NoMoreRequests with 0", {"no_more_requests": "0"}),
    Behaviour("hold-requests", "sends HoldRequests, as only an ACS may", {"hold_requests": "0"}),
    Behaviour("single-quotes", "writes attributes in single quotes", {"single_quotes": True}),
    Behaviour("schema-1999", "uses XML Schema's namespaces of 1999", {"schema_1999": True}),
    Behaviour("no-xml-declaration", "leaves the XML declaration out", {"xml_declaration": False}),
    Behaviour(
        "iso-8859-1",
        "writes ISO-8859-1, and says so",
        {"charset": "iso-8859-1", "content_type": "text/xml; charset=ISO-8859-1"},
    ),
    Behaviour(
        "utf-16", "writes UTF-16, and says so", {"charset": "utf-16", "content_type": "text/xml; charset=UTF-16"}
    ),
    Behaviour("byte-order-mark", "begins with a byte order mark", {"byte_order_mark": True}),
    Behaviour("newline-before", "begins with line breaks", {"junk": "newline-before"}),
    Behaviour("junk-before", "begins with text that is no XML", {"junk": "text-before"}),
    Behaviour("junk-after", "ends with text that is no XML", {"junk": "text-after"}),
    Behaviour("nul-after", "ends with NUL bytes", {"junk": "nul-after"}),
    Behaviour("array-count-wrong", "declares one array member too many", {"array_counts": "wrong"}),
    Behaviour("array-count-padded", "pads array counts with zeros", {"array_counts": "padded"}),
    Behaviour("array-count-missing", "declares no arrayType", {"array_counts": "missing"}),
    Behaviour("types-wrong", "says xsd:int of every value", {"value_types": "wrong"}),
    Behaviour("types-string", "says xsd:string of every value", {"value_types": "string"}),
    Behaviour("types-any", "says xsd:anySimpleType of every value", {"value_types": "any"}),
    Behaviour("types-bare", "names types without a prefix", {"value_types": "bare"}),
    Behaviour("types-missing", "gives values no type", {"value_types": "missing"}),
    Behaviour("literal-booleans", "reports booleans as true and false", {"booleans": "words"}),
    Behaviour("capital-booleans", "reports booleans as TRUE and FALSE", {"booleans": "capitals"}),
    Behaviour("yes-no-booleans", "reports booleans as yes and no", {"booleans": "yes"}),
    Behaviour(
        "fault-without-detail",
        "refuses AddObject with a SOAP fault that has no detail",
        {"fault_form": "no-detail", "faults": {"AddObject": 9002}},
    ),
    Behaviour(
        "fault-bare-detail",
        "refuses AddObject with FaultCode right below detail",
        {"fault_form": "bare-detail", "faults": {"AddObject": 9002}},
    ),
    # --- Inform
    Behaviour("boot-alone", "calls with 1 BOOT for the first time", {"start_events": ("1 BOOT",)}),
    Behaviour("bootstrap-alone", "calls with 0 BOOTSTRAP and nothing else", {"start_events": ("0 BOOTSTRAP",)}),
    Behaviour("periodic-first", "calls with 2 PERIODIC for the first time", {"start_events": ("2 PERIODIC",)}),
    Behaviour(
        "value-change-first",
        "calls with 1 BOOT and 4 VALUE CHANGE for the first time",
        {"start_events": ("1 BOOT", "4 VALUE CHANGE")},
    ),
    Behaviour(
        "vendor-events",
        "calls with events of its vendor too",
        {"start_events": ("0 BOOTSTRAP", "1 BOOT", "X 0C383E REGISTERED", "M X_0C383E_Sync")},
    ),
    Behaviour(
        "heartbeat-and-wakeup",
        "calls with 13 WAKEUP and 14 HEARTBEAT",
        {"start_events": ("1 BOOT", "13 WAKEUP", "14 HEARTBEAT")},
    ),
    Behaviour("no-events", "calls with an empty event list", {"start_events": ()}),
    Behaviour("events-unsorted", "lists events backwards", {"event_codes": "unsorted"}),
    Behaviour("events-blanks", "puts blanks around and into event codes", {"event_codes": "blanks"}),
    Behaviour("events-lower-case", "spells event codes in lower case", {"event_codes": "lower-case"}),
    Behaviour("events-number-only", "gives event codes as bare numbers", {"event_codes": "number-only"}),
    Behaviour("events-misspelt", "misspells the words of event codes", {"event_codes": "misspelt"}),
    Behaviour("bind-again", "asks to be bound again after a refusal, until Limit", {"bind_again": True}),
    Behaviour("bind-bare", "sends BIND without LOID and password", {"bare_bind": True}),
    Behaviour("retry-count-large", "says that it tried 4294967295 times", {"retry_count": "4294967295"}),
    Behaviour("retry-count-negative", "says RetryCount -1", {"retry_count": "-1"}),
    Behaviour("retry-count-text", "says RetryCount none", {"retry_count": "none"}),
    Behaviour("retry-count-empty", "leaves RetryCount empty", {"retry_count": ""}),
    Behaviour("max-envelopes-0", "says MaxEnvelopes 0", {"max_envelopes": 0}),
    Behaviour("max-envelopes-2", "says MaxEnvelopes 2", {"max_envelopes": 2}),
    Behaviour("clock-1970", "has no time and says 1970", {"clock": "epoch"}),
    Behaviour("clock-broken", "sends a CurrentTime that is no date", {"clock": "broken"}),
    Behaviour("clock-no-zone", "says no time zone", {"clock": "no-zone"}),
    Behaviour("clock-fractions", "says fractions of a second", {"clock": "fractions"}),
    Behaviour("clock-offset", "says the time of UTC+08:00", {"clock": "offset"}),
    Behaviour("clock-unknown", "says the unknown time, 0001-01-01", {"clock": "unknown"}),
    Behaviour("clock-empty", "leaves times empty", {"clock": "empty"}),
    Behaviour("clock-ahead", "is twenty years ahead", {"clock": "ahead"}),
    Behaviour("lower-case-oui", "spells its OUI in lower case", {"lower_case_oui": True}),
    # --- HTTP
    Behaviour("no-cookies", "never returns a cookie", {"cookies": "none"}),
    Behaviour("cookies-once", "returns a cookie once, and never again", {"cookies": "once"}),
    Behaviour("cookies-first", "keeps the first cookie, whatever comes later", {"cookies": "first"}),
    Behaviour("cookies-rfc2109", 'returns cookies as $Version="1"; acs="..."; $Path="/"', {"cookies": "rfc2109"}),
    Behaviour("cookies-whole", "returns the whole Set-Cookie value", {"cookies": "whole"}),
    Behaviour("connection-per-request", "opens a new connection for every POST", {"connection_per_request": True}),
    Behaviour(
        "no-cookies-new-connections",
        "neither returns cookies nor keeps connections",
        {"cookies": "none", "connection_per_request": True},
    ),
    Behaviour("chunked", "sends its envelopes chunked", {"chunked": True}),
    Behaviour("gzip", "compresses its envelopes with gzip", {"content_coding": "gzip"}),
    Behaviour("deflate", "compresses its envelopes with deflate in zlib's frame", {"content_coding": "deflate"}),
    Behaviour("raw-deflate", "compresses its envelopes with bare deflate", {"content_coding": "raw-deflate"}),
    Behaviour("expect-continue", "sends Expect: 100-continue", {"expect_continue": True}),
    Behaviour("http-1-0", "speaks HTTP/1.0", {"http_version": "1.0"}),
    Behaviour("soap-action-quoted", 'sends SOAPAction: ""', {"soap_action": '""'}),
    Behaviour("soap-action-name", "sends SOAPAction: cwmp:Inform", {"soap_action": "cwmp:Inform"}),
    Behaviour("soap-action-url", "sends a URL as SOAPAction", {"soap_action": "http://www.example.com/cwmp"}),
    Behaviour("no-soap-action", "sends no SOAPAction", {"soap_action": None}),
    Behaviour("no-content-type", "sends no Content-Type", {"content_type": None}),
    Behaviour("content-type-soap-12", "says application/soap+xml", {"content_type": "application/soap+xml"}),
    Behaviour("content-type-odd-charset", "says a charset that nobody knows", {"content_type": "text/xml;charset=x-y"}),
    Behaviour("empty-post-content-type", "sends a Content-Type with empty POSTs", {"empty_post_content_type": True}),
    Behaviour(
        "empty-post-first", "fetches the challenge with an empty POST, then sends Inform", {"empty_post_first": True}
    ),
    Behaviour(
        "extra-empty-post", "sends one more empty POST after the ACS ended the session", {"extra_empty_post": True}
    ),
    # --- Authentication
    Behaviour("basic-auth", "sends Basic credentials unasked", {"authentication": "basic-at-once"}),
    Behaviour("no-auth", "never authenticates", {"authentication": "none"}),
    Behaviour("rfc2069", "answers Digest without qop", {"digest_qop": "none"}),
    Behaviour("auth-int", "answers Digest with qop=auth-int, offered or not", {"digest_qop": "auth-int"}),
    Behaviour("md5-sess", "answers Digest with MD5-sess, offered or not", {"digest_algorithm": "MD5-sess"}),
    Behaviour("sha-256", "answers Digest with SHA-256 where it is offered", {"digest_algorithm": "SHA-256"}),
    Behaviour("digest-uri-absolute", "puts the whole URL into Digest's uri", {"digest_uri": "absolute"}),
    Behaviour("digest-uri-empty", "leaves Digest's uri empty", {"digest_uri": "empty"}),
    Behaviour("digest-uri-wrong", "puts another path into Digest's uri", {"digest_uri": "wrong"}),
    Behaviour("digest-folded", "folds its Authorization header over several lines", {"digest_form": "folded"}),
    Behaviour("digest-all-quoted", "quotes qop, nc and algorithm too", {"digest_form": "all-quoted"}),
    Behaviour("digest-unquoted", "quotes nothing in Authorization that can do without", {"digest_form": "unquoted"}),
    Behaviour("digest-capital-hex", "writes its response in capital digits", {"digest_form": "capital-hex"}),
    Behaviour("digest-short-count", "writes nc without leading zeros", {"digest_form": "short-count"}),
    Behaviour("digest-no-opaque", "does not return opaque", {"digest_form": "no-opaque"}),
    Behaviour("digest-lower-case", "spells the scheme digest in lower case", {"digest_form": "lower-case-scheme"}),
    Behaviour("digest-uncounted", "never counts nc on", {"digest_nonce": "uncounted"}),
    Behaviour("digest-kept", "goes on with its nonce in the next session, unasked", {"digest_nonce": "kept"}),
    Behaviour("digest-made-up", "begins with a nonce that the ACS never gave", {"digest_nonce": "made-up"}),
    Behaviour(
        "gives-up-on-stale",
        "keeps its nonce over sessions and takes stale=true for a wrong password",
        {"gives_up_on_stale": True, "digest_nonce": "kept"},
    ),
    Behaviour(
        "authenticates-anew", "opens a new connection to answer a challenge", {"new_connection_to_authenticate": True}
    ),
    # --- Conduct in a session
    Behaviour("slow", "takes half a second for every answer", {"answer_delay": 0.5}),
    Behaviour("very-slow", "takes ten seconds for every answer", {"answer_delay": 10.0}),
    Behaviour("slower-than-30-s", "takes 35 seconds for every answer", {"answer_delay": 35.0}),
    Behaviour("drop-after-first-post", "loses its first connection before the challenge", {"drop_after": "first-post"}),
    Behaviour("drop-after-challenge", "loses its first connection after the challenge", {"drop_after": "challenge"}),
    Behaviour(
        "drop-in-inform", "loses its first connection in the middle of the Inform", {"drop_after": "half-inform"}
    ),
    Behaviour("drop-after-inform", "loses its first connection after the Inform", {"drop_after": "inform"}),
    Behaviour(
        "drop-after-inform-response",
        "loses its first connection after InformResponse",
        {"drop_after": "inform-response"},
    ),
    Behaviour(
        "drop-after-transfer-complete",
        "loses a connection after its first TransferComplete",
        {"drop_after": "transfer-complete"},
    ),
    Behaviour(
        "drop-after-transfer-complete-response",
        "loses a connection after the first TransferCompleteResponse",
        {"drop_after": "transfer-complete-response"},
    ),
    Behaviour("drop-after-empty-post", "loses its first connection after the empty POST", {"drop_after": "empty-post"}),
    Behaviour("drop-after-request", "loses a connection when the first request has come", {"drop_after": "request"}),
    Behaviour("drop-in-answer", "loses a connection in the middle of its first answer", {"drop_after": "half-answer"}),
    Behaviour("drop-after-answer", "loses its first connection after its first answer", {"drop_after": "answer"}),
    Behaviour("inform-twice", "sends its Inform again over the same connection", {"inform_again": "same-connection"}),
    Behaviour(
        "inform-twice-new-connection",
        "sends its Inform again over a new connection, without a cookie",
        {"inform_again": "new-connection"},
    ),
    Behaviour(
        "inform-instead-of-answer",
        "begins anew with its Inform when it is asked first",
        {"inform_again": "instead-of-answer"},
    ),
    Behaviour("empty-post-instead", "answers once with an empty POST", {"empty_post_instead": True}),
    Behaviour("refuses-download", "denies every Download (9001)", {"faults": {"Download": 9001}}),
    Behaviour("refuses-names", "fails on GetParameterNames (9002)", {"faults": {"GetParameterNames": 9002}}),
    Behaviour("refuses-values", "fails on GetParameterValues (9002)", {"faults": {"GetParameterValues": 9002}}),
    Behaviour("refuses-spv", "fails on SetParameterValues (9002)", {"faults": {"SetParameterValues": 9002}}),
    Behaviour("vendor-fault", "refuses AddObject with a fault of its vendor (9801)", {"faults": {"AddObject": 9801}}),
    Behaviour("reboot-without-response", "reboots without answering", {"silent_on": frozenset({"Reboot"})}),
    Behaviour(
        "silent-on-values",
        "never answers GetParameterValues and closes the connection",
        {"silent_on": frozenset({"GetParameterValues"})},
    ),
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
    Behaviour("no-names", "knows no GetParameterNames", {"unsupported": frozenset({"GetParameterNames"})}),
    # --- Parameters
    Behaviour("small-batches", "takes at most 16 names in one request", {"most_names": 16}),
    Behaviour("one-at-a-time", "takes one name in one request", {"most_names": 1}),
    Behaviour(
        "one-unreadable", "lists HardwareVersion, but knows no such name (9005)", {"unreadable": "HardwareVersion"}
    ),
    Behaviour("fewer-values", "leaves the last value out", {"values_given": "fewer"}),
    Behaviour("more-values", "gives a value that nobody asked for", {"values_given": "more"}),
    Behaviour("passwords-stars", "reads passwords back as ******", {"hidden_values": "stars"}),
    Behaviour("passwords-shown", "reads passwords back as they are", {"hidden_values": "shown"}),
    Behaviour("writes-hidden", "reads every written parameter back as empty", {"written_reads_empty": True}),
    Behaviour(
        "ignores-servers",
        "takes SIP servers by SetParameterValues and keeps its own",
        {"ignores": frozenset({"RegistrarServer", "ProxyServer"})},
    ),
    Behaviour(
        "resets-numbers",
        "puts directory numbers that it was given back when the session ends",
        {"resets": frozenset({"DirectoryNumber"})},
    ),
    Behaviour("voice-v2", "has a VoiceService of TR-104 v2, for the root Device. alone", {"voice": "v2"}),
    Behaviour("spv-status-1", "stores values until the next reboot", {"spv_status": 1}),
    Behaviour("instances-jump", "numbers new instances in steps of seven", {"instance_step": 7}),
    Behaviour("huge-tree", "has 100,000 parameters more", {"extra_parameters": 100_000}),
    # --- Transfers
    Behaviour("lying", "reports files as applied and applies nothing", {"applies": False}),
    Behaviour("no-transfer-complete", "forgets TransferComplete", {"transfer_complete": "never"}),
    Behaviour("late-transfer-complete", "sends TransferComplete a session too late", {"transfer_complete": "late"}),
    Behaviour(
        "transfer-complete-after-204",
        "sends TransferComplete when the ACS has ended the session",
        {"transfer_complete": "after-204"},
    ),
    Behaviour("download-status-0", "applies a file before DownloadResponse", {"transfer_complete": "in-response"}),
    Behaviour("wrong-command-key", "reports transfers under another CommandKey", {"command_key": "wrong"}),
    Behaviour("version-compare", "takes a file only if its version is higher", {"compare": "version"}),
    # --- Being woken
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
"""Every behaviour there is, but for those with an argument."""


def _fault(argument: str, so_far: Traits) -> Mapping[str, Any]:
    found = re.fullmatch(r"([A-Za-z]+)=(\d{4})", argument)
    if found is None:
        raise ValueError(argument)
    return {"faults": {**so_far.faults, found[1]: int(found[2])}}


def _rpc(trait: Literal["silent_on", "unsupported"]) -> Callable[[str, Traits], Mapping[str, Any]]:
    def read(argument: str, so_far: Traits) -> Mapping[str, Any]:
        if not re.fullmatch(r"[A-Za-z]+", argument):
            raise ValueError(argument)
        return {trait: getattr(so_far, trait) | {argument}}

    return read


def _leaf(trait: Literal["ignores", "resets"]) -> Callable[[str, Traits], Mapping[str, Any]]:
    def read(argument: str, so_far: Traits) -> Mapping[str, Any]:
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", argument):
            raise ValueError(argument)
        return {trait: getattr(so_far, trait) | {argument}}

    return read


def _count(trait: str) -> Callable[[str, Traits], Mapping[str, Any]]:
    def read(argument: str, _: Traits) -> Mapping[str, Any]:
        if not re.fullmatch(r"[0-9]{1,7}", argument):
            raise ValueError(argument)
        return {trait: int(argument)}

    return read


def _seconds(argument: str, _: Traits) -> Mapping[str, Any]:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", argument):
        raise ValueError(argument)
    return {"answer_delay": float(argument)}


def _container(argument: str, _: Traits) -> Mapping[str, Any]:
    if argument not in ENCRYPTING:
        raise ValueError(argument)
    return {"container": argument}


def _text(trait: str) -> Callable[[str, Traits], Mapping[str, Any]]:
    return lambda argument, _: {trait: argument}


WITH_ARGUMENT: Final = (
    WithArgument("namespace", "URI", "puts that CWMP namespace on the wire", "urn:x", _text("cwmp_namespace")),
    WithArgument(
        "event",
        "CODE",
        "calls with that event for the first time",
        "8 DIAGNOSTICS COMPLETE",
        lambda code, _: {"start_events": (code,)},
    ),
    WithArgument("retry-count", "TEXT", "says that RetryCount", "12", _text("retry_count")),
    WithArgument("soap-action", "TEXT", "sends that SOAPAction", "urn:x", _text("soap_action")),
    WithArgument("slow", "SECONDS", "takes that long for every answer", "2.5", _seconds),
    WithArgument("fault", "RPC=CODE", "answers that request with that fault", "Download=9010", _fault),
    WithArgument("unsupported", "RPC", "does not know that request (9000)", "AddObject", _rpc("unsupported")),
    WithArgument("silent", "RPC", "never answers that request", "FactoryReset", _rpc("silent_on")),
    WithArgument("batch", "COUNT", "takes at most that many names in one request", "8", _count("most_names")),
    WithArgument("unreadable", "NAME", "refuses to read names that end so (9005)", "UpTime", _text("unreadable")),
    WithArgument("ignores", "NAME", "takes values for names that end so and keeps its own", "Enable", _leaf("ignores")),
    WithArgument(
        "resets",
        "NAME",
        "puts values of names that end so back when the session ends",
        "DirectoryNumber",
        _leaf("resets"),
    ),
    WithArgument("huge-tree", "COUNT", "has that many parameters more", "5000", _count("extra_parameters")),
    WithArgument("container", "NAME", "takes its encrypted files in that container", "aes-256-ecb", _container),
    WithArgument("instances-jump", "STEP", "numbers new instances in such steps", "3", _count("instance_step")),
)
"""Every behaviour that takes an argument. One may be given several times."""

_BY_NAME: Final = {behaviour.name: behaviour for behaviour in BEHAVIOURS}
_WITH_ARGUMENT: Final = {behaviour.name: behaviour for behaviour in WITH_ARGUMENT}


def _subjects() -> Mapping[str, str]:
    traits_in_order = [each.name for each in fields(Traits)]
    bounds = [*(traits_in_order.index(first) for first in SECTIONS.values()), len(traits_in_order)]
    return {
        trait: subject
        for subject, (start, end) in zip(SECTIONS, pairwise(bounds), strict=True)
        for trait in traits_in_order[start:end]
    }


_SUBJECT_OF: Final = _subjects()


def by_subject() -> Mapping[str, list[Behaviour]]:
    """The behaviours, grouped as people read them."""
    return {subject: [behaviour for behaviour in BEHAVIOURS if behaviour.subject == subject] for subject in SECTIONS}


def names(given: Iterable[str]) -> tuple[str, ...]:
    """Split comma lists and drop blanks: what the command line gives, as single names."""
    return tuple(name.strip() for each in given for name in each.split(",") if name.strip())


def traits(of: Iterable[str]) -> Traits:
    """The traits of a phone with all these behaviours; where two set the same trait, the later wins.

    Raises:
        BadRequest: there is no such behaviour, or its argument is of no use.
    """
    result = Traits()
    for name in names(of):
        behaviour = _BY_NAME.get(name)
        result = replace(result, **(behaviour.traits if behaviour is not None else _with_argument(name, result)))
    return result


def _with_argument(name: str, so_far: Traits) -> Mapping[str, Any]:
    bare, colon, argument = name.partition(":")
    found = _WITH_ARGUMENT.get(bare)
    if found is None or not colon:
        raise BadRequest(_unknown(name, found), field="behaviour")
    try:
        return found.read(argument.strip(), so_far)
    except ValueError:
        wanted = f"{found.name}:{found.form}, as {found.name}:{found.example}"
        raise BadRequest(f"behaviour {name!r} cannot be read; write {wanted}", field="behaviour") from None


def _unknown(name: str, bare: WithArgument | None) -> str:
    """What to tell someone who named a behaviour that is not there."""
    if bare is not None:
        return f"behaviour {name!r} takes an argument: {bare.name}:{bare.form}, as {bare.name}:{bare.example}"
    near = difflib.get_close_matches(name.lower(), [*_BY_NAME, *_WITH_ARGUMENT], n=2, cutoff=0.6)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"no behaviour {name!r}{hint}; 'acs simulate --list-behaviours' lists them"
