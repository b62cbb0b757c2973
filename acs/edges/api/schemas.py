"""The shapes of answers and of the bodies that are more than one word, as OpenAPI shows them."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from acs.domain.devices.quirks import knobs
from acs.domain.phones.config import PhoneConfig

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(description="Cursor of the next page; null on the last.")


class DeviceConfig(BaseModel):
    """Whether a phone has the configuration that it should have."""

    state: Literal["unknown", "in_sync", "pending", "applying", "failed"]
    desired_version: str | None
    reported_version: str | None
    evidence: dict[str, Any] | None


class Device(BaseModel):
    """One phone."""

    id: str
    name: str
    manufacturer: str
    oui: str
    product_class: str
    serial_number: str | None
    mac: str | None = Field(description="12 lower-case hexadecimal digits.")
    model: str
    profile: str = Field(description="`common` or `ctc`: what it may be given, and how.")
    profile_source: str = Field(
        description="What chose it: `override`, `acs_type`, `event`, `parameter`, `root` or `model`."
    )
    acs_type: str | None = Field(description="`ctc` or `common`, as its own setting ACS Server Type says.")
    logical_id: str | None = Field(description="The LOID that it was bound with.")
    root: str | None = Field(description="`Device.` or `InternetGatewayDevice.`")
    cwmp_version: str | None = Field(description="As detected at its last Inform: 1.0 to 1.4.")
    user_agent: str | None = Field(description="Of its HTTP client, as last seen.")
    software_version: str
    hardware_version: str
    ip_address: str | None
    connection_request_url: str | None
    udp_address: str | None = Field(description="Where it says it takes UDP connection requests.")
    stun_address: str | None = Field(description="Where its authenticated STUN binding comes from.")
    jabber_id: str | None = Field(description="Where it says it takes XMPP connection requests.")
    last_inform_at: str | None
    last_events: list[str]
    first_seen_at: str | None
    tags: list[str]
    group: str | None
    credentials: str = Field(description="`shared`, `offered` (its own pair was set) or `proven` (and used).")
    certificate_sha256: str | None = Field(description="Client certificate that this phone has to show; null: any.")
    file_key_known: bool = Field(
        description="The server knows of a key of encrypted files in this phone; PATCH `false` to have it forget."
    )
    methods: list[str] | None = Field(description="RPCs that the phone says it knows.")
    config: DeviceConfig
    firmware: dict[str, Any]
    notes: list[dict[str, Any]] = Field(description="Peculiarities seen on this phone.")
    trace_until: str | None = Field(description="Its exchanges are kept until then; null: they are not kept.")


class Quirk(BaseModel):
    """One quirk setting of a phone."""

    name: str
    value: Any
    source: str = Field(description="`default`, `rule:ID`, `learnt` or `set`.")
    quirks: list[int] = Field(description="Numbers of the quirks list.")
    since: str | None = Field(description="When it was learnt or set.")
    note: str = Field(description="Why.")


class DeviceQuirks(BaseModel):
    """How a phone is treated."""

    device_id: str
    items: list[Quirk]
    next: None = None


class QuirkKnob(BaseModel):
    """A quirk setting."""

    name: str
    type: str
    default: Any
    meaning: str
    quirks: list[int]
    choices: list[Any] | None
    least: int | None
    most: int | None


class QuirkKnobs(BaseModel):
    """Every quirk setting."""

    items: list[QuirkKnob]
    next: None = None


def _settings_schema() -> dict[str, Any]:
    words = {"boolean": {"type": "boolean"}, "integer": {"type": "integer"}, "string": {"type": "string"}}
    properties = {}
    for knob in knobs():
        schema = dict(words.get(knob["type"], {"type": "array", "items": {"type": "string"}}))
        if knob["choices"]:
            schema = {"enum": knob["choices"]}
        if knob["most"]:
            schema |= {"minimum": knob["least"], "maximum": knob["most"]}
        properties[knob["name"]] = {**schema, "description": knob["meaning"], "default": knob["default"]}
    return properties


def _add_settings(schema: dict[str, Any]) -> None:
    schema["properties"] = _settings_schema()


class QuirkChange(BaseModel):
    """Quirk settings by name; null removes one that was set."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_add_settings)


class QuirkRuleBody(BaseModel):
    """A rule for a kind of phone; at least one of manufacturer, oui and product_class."""

    model_config = ConfigDict(extra="forbid")
    manufacturer: str = Field("", max_length=64, description="In any case; `*` and `?` as in file names.")
    oui: str = Field("", max_length=64)
    product_class: str = Field("", max_length=64, description="In any case; `*` and `?` as in file names.")
    version_from: str = Field("", max_length=64, description="Lowest SoftwareVersion, included.")
    version_to: str = Field("", max_length=64, description="Highest SoftwareVersion, included.")
    settings: dict[str, Any] = Field(min_length=1, json_schema_extra=_add_settings)
    note: str = Field("", max_length=500)


class QuirkRule(QuirkRuleBody):
    """A rule as it is kept."""

    model_config = ConfigDict(extra="allow")
    id: str
    quirks: list[int] = Field(description="Numbers of the quirks list that it answers.")
    builtin: bool = Field(description="It comes with the program and cannot be changed.")
    created_at: str | None
    updated_at: str | None


class DeviceRegistration(BaseModel):
    """A phone that never called yet; `mac` or `serial_number` is needed."""

    model_config = ConfigDict(extra="forbid")
    mac: str | None = None
    serial_number: str | None = Field(None, max_length=64)
    oui: str | None = Field(None, max_length=6)
    product_class: str | None = Field(None, max_length=64)
    model: str | None = Field(None, max_length=64)
    name: str | None = Field(None, max_length=128)
    tags: list[str] = []
    group: str | None = Field(None, max_length=64)
    profile: Literal["common", "ctc"] | None = None
    username: str | None = Field(None, max_length=256, description="CWMP credentials that were put into the phone.")
    password: str | None = Field(None, max_length=256)


class DeviceChange(BaseModel):
    """What can be changed of a phone; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    tags: list[str] = []
    group: str | None = Field(None, max_length=64)
    certificate_sha256: str | None = Field(
        None,
        max_length=128,
        description="SHA-256 of the client certificate (DER) that this phone has to show, with or without colons; "
        "null: none is asked for.",
    )
    profile: Literal["common", "ctc"] | None = Field(None, description="null: chosen from what the phone shows.")
    name: str | None = Field(None, max_length=128)
    file_key_known: Literal[False] = Field(
        False, description="Forget which key of encrypted files this phone is known to hold."
    )


class Parameter(BaseModel):
    """One parameter as last seen."""

    path: str
    value: str | None
    type: str | None
    writable: bool | None
    notification: int | None
    updated_at: str | None


class Event(BaseModel):
    """Something that happened to a phone."""

    id: str
    at: str
    kind: str
    data: dict[str, Any]


class TraceRequest(BaseModel):
    """For how long a phone is to be traced."""

    model_config = ConfigDict(extra="forbid")
    minutes: int = Field(10, ge=1, le=1440)


class Tracing(BaseModel):
    """Until when a phone is traced."""

    device_id: str
    trace_until: str


class TraceHeader(BaseModel):
    """One HTTP header."""

    name: str
    value: str


class TraceMessage(BaseModel):
    """One message of a traced phone or to it; secrets are `***`."""

    id: str
    at: str
    session: str = Field(
        description="Same for all of a session; `refused` for what did not get as far as one, `files` for fetches."
    )
    direction: Literal["in", "out"] = Field(description="`in` from the phone, `out` to it.")
    http_version: str
    method: str | None
    target: str | None
    status: int | None = Field(description="HTTP status of the answer.")
    address: str | None
    credentials: str | None = Field(description="`device` (its own), `shared` (first contact) or `anyone`.")
    reason: str | None = Field(description="Why it was refused.")
    headers: list[TraceHeader]
    body: str
    size: int = Field(description="Bytes of the whole body.")
    cut: bool = Field(description="`body` is only its beginning.")


class TaskFaultShape(BaseModel):
    """Why a task failed."""

    model_config = ConfigDict(title="TaskFault")
    code: str
    message: str
    parameters: list[dict[str, Any]]


class Task(BaseModel):
    """One piece of work for one phone."""

    id: str
    device_id: str
    type: str
    arguments: dict[str, Any]
    origin: str
    state: Literal["queued", "running", "transferring", "verifying", "succeeded", "failed", "cancelled", "expired"]
    attempts: int
    not_before: str | None
    expires_at: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    result: dict[str, Any] | None
    fault: TaskFaultShape | None
    evidence: dict[str, Any] | None


class WakeStep(BaseModel):
    """One thing that was done to have a phone call."""

    at: float = Field(description="Seconds since it began.")
    way: str
    address: str | None
    result: str
    status: int | None = Field(description="Of the HTTP answer.")
    text: str


class Wake(BaseModel):
    """How a phone was asked to call, and what came back."""

    model_config = ConfigDict(extra="allow")
    outcome: str = Field(
        description="What the last way that was tried came to: `accepted`, `busy`, `auth_failed`, `refused`; "
        "`in_session`, `too_soon` or `unreachable` where nobody was asked."
    )
    called: bool = Field(description="Whether the phone called: the only success.")
    detail: str = Field(description="All of it in one sentence.")
    steps: list[WakeStep] = Field([], description="What was done, in order.")
    way: str | None = Field(None, description="The last way that was tried: `http`, `udp` or `xmpp`.")
    http_status: int | None = None
    next_contact_seconds: int | None = Field(
        None,
        description="In about how many seconds the phone calls by itself, where it did not call and that is known.",
    )


class File(BaseModel):
    """A file that an operator uploaded, or a phone."""

    id: str
    kind: str
    name: str
    version: str
    models: list[str]
    size: int
    sha256: str
    md5: str
    created_at: str
    device_id: str | None
    """The phone that sent it; none for an operator's."""
    task_id: str | None
    """The upload task by which it came."""
    facts: dict[str, Any] = Field(
        default_factory=dict,
        description="What was found in it: of a certificate `subject`, `issuer`, `serial`, `not_after` and `kind`, of "
        "a picture `width`, `height` and `depth`, of a table its `columns`; `warnings` say what is odd.",
    )


class ContactNumber(BaseModel):
    """One number of a contact."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["work", "mobile", "other"]
    number: str = Field(max_length=128, examples=["+46 8 555", "*98", "1000@host"])


class ContactBody(BaseModel):
    """A contact of a phone book."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=128)
    numbers: list[ContactNumber] = Field(min_length=1, max_length=20)
    ring: str = Field("", max_length=64, description="Number or name of its ring tone; empty: the phone's default.")
    groups: list[str] = []


class ContactList(BaseModel):
    """All contacts of a phone book."""

    model_config = ConfigDict(extra="forbid")
    contacts: list[ContactBody] = Field(max_length=10_000)


class Contact(BaseModel):
    """A contact as it is kept."""

    id: str
    name: str
    numbers: list[ContactNumber]
    ring: str
    groups: list[str]
    updated_at: str


class PhonebookGroupBody(BaseModel):
    """A group of a phone book."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field("", max_length=64, description="POST: its name; PATCH: its new one, which its contacts follow.")
    ring: str = Field("", max_length=64, description="Ring of its contacts that have none of their own.")


class GroupName(BaseModel):
    """A group and its ring."""

    model_config = ConfigDict(title="PhonebookGroupName")
    name: str
    ring: str = ""


class PhonebookGroup(GroupName):
    """A group and how many contacts it has."""

    model_config = ConfigDict(title="PhonebookGroup")
    contacts: int


class PhonebookBody(BaseModel):
    """A phone book: its name, which is its title on the phone, and its groups."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=128)
    groups: list[GroupName] = []


class Phonebook(BaseModel):
    """A phone book that is kept as data."""

    id: str
    name: str
    groups: list[GroupName]
    contacts: int = Field(description="How many.")
    created_at: str
    updated_at: str


class PhonebookDetails(Phonebook):
    """A phone book, who has it, and what files leave out."""

    scopes: list[str] = Field(description="Settings that name it.")
    left_out: dict[str, list[str]] = Field(description="By kind of file: what it has no place for.")


class ContactChanges(BaseModel):
    """What became of the contacts of a phone book."""

    added: int
    changed: int
    same: int
    removed: int
    contacts: int = Field(description="How many there are now.")


class SkippedEntry(BaseModel):
    """An entry of a file that is no usable contact."""

    entry: int = Field(description="Its place in the file, from 1.")
    name: str
    reason: str


class PhonebookImport(ContactChanges):
    """What was understood of a phone book file."""

    format: Literal["xml", "vcf", "csv"]
    title: str = Field(description="The file's own title, where it has one; the book keeps its name.")
    mode: Literal["merge", "replace"]
    joined: int = Field(description="Entries taken as further numbers of the contact before them.")
    skipped: int = Field(description="Entries that are no usable contacts.")
    skipped_entries: list[SkippedEntry] = Field(description="The first of them.")
    left_out: dict[str, int] = Field(description="Fields that a phone book has no place for: in how many entries.")


class LayerName(BaseModel):
    """A scope that has settings."""

    scope: str
    updated_at: str


class ImportedItem(BaseModel):
    """One key of an imported file."""

    module: str
    section: str
    key: str
    value: str = Field(description="`***` for a secret.")
    setting: str | None = Field(None, description="Dotted path of the setting that has it now.")
    reason: str | None = Field(None, description="Why it is not set.")


class ImportReport(BaseModel):
    """What became of a phone's exported file."""

    scope: str
    saved: bool
    mode: str
    dialect: str
    version: str | None = Field(description="The file's own; a rendered file has its own count.")
    model: str | None = Field(description="Whose export it was taken for.")
    counts: dict[str, int]
    understood: list[ImportedItem] = Field(description="Kept as typed settings.")
    kept_raw: list[ImportedItem] = Field(description="Kept under `raw`, as the file has them.")
    left: list[ImportedItem] = Field(description="Not set: masked secrets, commands, what was to be left out.")
    refused: list[ImportedItem] = Field(description="Not set, since no file of these phones could carry it.")
    warnings: list[str]
    settings: dict[str, Any] = Field(description="The layer as it is now, or would be; secrets as `***`.")


class SaidValue(BaseModel):
    """What one layer says of a setting."""

    scope: str
    value: Any = Field(description="null: the layer removes it.")


class ConfigValue(BaseModel):
    """One effective setting."""

    path: str
    value: Any
    scope: str = Field(description="The layer it came from.")
    in_file: bool = Field(description="Whether a line of the file comes of it.")
    shadowed: list[SaidValue] = Field(description="What less specific layers say, most specific first.")


class RemovedValue(BaseModel):
    """A setting that some layer names and the phone does not have."""

    path: str
    scope: str = Field(description="The layer that took it away.")
    shadowed: list[SaidValue] = Field(description="What was said of it, most specific first.")


class ConfigLine(BaseModel):
    """One line of the file."""

    module: str
    section: str
    key: str = Field(description="As the text file has it: `SIP1 Register Addr`.")
    value: str
    path: str | None = Field(description="The setting that it came from.")
    scope: str | None = Field(description="The layer of that setting.")
    kind: Literal["typed", "raw", "link", "built_in"]


class SettingsProblem(BaseModel):
    """Why no file can be made of the settings."""

    field: str | None
    message: str


class Explanation(BaseModel):
    """Every effective setting of a phone with its layer, and every line of its file with its setting."""

    device_id: str
    model: str
    dialect: str
    layers: list[str] = Field(description="Least specific first.")
    values: list[ConfigValue]
    removed: list[RemovedValue]
    lines: list[ConfigLine]
    problem: SettingsProblem | None


class ConfigSide(BaseModel):
    """One of two configurations that are compared."""

    version: str
    dialect: str
    kind: str | None
    created_at: str | None = Field(description="null: it is not made yet.")
    applied_at: str | None = Field(description="When the phone last proved that it has it.")


class ConfigVersion(BaseModel):
    """A configuration that was made for a phone."""

    version: str
    dialect: str
    kind: Literal["full", "item"] | None = Field(
        description="`item`: a small file that makes the phone fetch another one; null: not noted."
    )
    created_at: str
    applied_at: str | None
    size: int
    sha256: str
    task_id: str | None = Field(description="The task that it was first made for.")
    current: bool = Field(description="The phone reports this version.")
    desired: bool = Field(description="It was the last one to be made for the phone to have.")
    applied: bool = Field(description="The last whole configuration that the phone has proven to have.")
    can_roll_back: bool


class ConfigDifference(BaseModel):
    """One key that is not the same on both sides."""

    module: str
    section: str
    index: str = Field(description="The list entry: `SIP1`.")
    key: str
    name: str = Field(description="`index` and `key`, as the text file has it.")
    before: str | None = Field(description="null: it was not there. A secret is `***`.")
    after: str | None
    change: Literal["added", "removed", "changed"]
    secret: bool
    path: str | None = Field(description="The setting that it comes from, where known.")
    scope: str | None
    kind: str | None


class ReportedDifference(BaseModel):
    """A parameter that the phone was last seen to show otherwise than its settings say."""

    name: str
    expected: str
    read: str
    read_at: str | None


class ConfigDiff(BaseModel):
    """Two configurations of a phone compared."""

    device_id: str
    before: ConfigSide | None = Field(description="null: the phone has not applied any.")
    after: ConfigSide
    never_applied: bool
    identical: bool = Field(description="Nothing differs but the version.")
    items: list[ConfigDifference]
    reported: list[ReportedDifference] = Field(description="Only where the later side is what would be made now.")


class RollbackRequest(BaseModel):
    """Where to go back to."""

    version: str = Field(max_length=64)
    push: bool = Field(False, description="As in the query.")
    dry_run: bool = Field(False, description="As in the query.")


class LayerChange(BaseModel):
    """One value of a layer that changed."""

    path: str
    before: Any
    after: Any = Field(description="null with `added` or `changed`: the layer removes what others say.")
    change: Literal["added", "removed", "changed"]


class Rollback(BaseModel):
    """What a rollback made of a phone's own layer."""

    device_id: str
    rolled_back_to: str
    version: str = Field(description="Of the configuration as it would be made now.")
    dialect: str
    identical: bool = Field(description="It says what that version said.")
    items: list[ConfigDifference] = Field(description="What still differs from that version.")
    layer: dict[str, Any] = Field(description="The phone's own layer now; secrets as `***`.")
    changes: list[LayerChange]
    dry_run: bool
    task: Task | None = Field(description="The download that was queued.")


class AuditEntry(BaseModel):
    """One act of a caller."""

    id: str
    at: str
    token_id: str
    actor: str = Field(description="Name of the token as it was then.")
    address: str | None
    action: str
    target: str
    facts: dict[str, Any]


class Screen(BaseModel):
    """Pixels."""

    width: int
    height: int


class PhoneModel(BaseModel):
    """A phone model of the catalogue."""

    model_config = ConfigDict(title="Model")
    model: str
    series: str
    general_file: str | None = Field(description="Name of the file for all phones of the model; null: not known.")
    dialect: str
    root: str
    lines: int
    dss_keys: int
    supports: list[str] = Field(description="Kinds of file that it fetches because its configuration names them.")
    aliases: list[str]
    other_general_files: list[str] = Field(description="Other names of the general file that sources have.")
    side_keys: int = Field(description="DSS keys beside the screen.")
    page_keys: int = Field(description="DSS keys on a page; 0: all stand on one.")
    profile: str
    firmware: str = Field(description="Regular expression of the file names of its firmware, in any letter case.")
    firmware_check: str | None = Field(description="The text file that it asks its upgrade server for.")
    ouis: list[str] = Field(description="First six digits of its MAC addresses.")
    user_agent: str | None = Field(description="What it calls itself in HTTP and SIP, up to its version.")
    screen: Screen | None = Field(description="Size of a background; null: not known.")
    container: str = Field(description="How its encrypted files are wrapped.")
    source: str = Field(description="`built-in`, or the operator's file that describes it.")


class Token(BaseModel):
    """An API token, without what it is."""

    id: str
    name: str
    permissions: list[str]
    created_at: str
    last_used_at: str | None
    revoked_at: str | None


class NewToken(Token):
    """A token just made: the only time that it is shown."""

    token: str


class TokenRequest(BaseModel):
    """What a new token is called and may do."""

    model_config = ConfigDict(extra="forbid", title="TokenRequest")
    name: str = Field(min_length=1, max_length=64)
    permissions: list[Literal["admin", "read", "write", "secrets"]] = Field(min_length=1)


class Profile(BaseModel):
    """What phones of one profile may be given, and how."""

    name: str
    title: str
    sip: list[Literal["parameters", "file"]] = Field(description="By SetParameterValues, by the configuration file.")
    pushes: dict[str, str] = Field(
        description="Kind of file to the FileType of its Download; `auto_url`: the phone fetches it by an Auto … Url."
    )
    dialects: dict[str, str] = Field(
        description="Dialect of configuration files by generation; one that is not named takes its model's own."
    )
    vendor_parameters: list[str] = Field(description="Beginnings of parameters beyond the standard, below the root.")
    bind: bool = Field(description="A BIND event is answered: enrolment by LOID.")


class LogicalIdAccount(BaseModel):
    """The carrier's maintenance account on the phone's web page."""

    username: str
    password: str | None
    offered: str | None = Field(description="One that was made and not taken by the phone yet.")


class LogicalId(BaseModel):
    """One LOID and what its holder becomes."""

    logical_id: str
    password: str | None = Field(description="`***` unless revealed; null: it has none.")
    name: str
    group: str | None
    tags: list[str]
    service_name: str | None = Field(description="Services as the phone is told them: `VOIP,IPTV`.")
    device_id: str | None = Field(description="The phone that has it.")
    bound_at: str | None
    result: str | None = Field(description="How the last order went: `delivering`, `done`, `failed`.")
    attempts: int = Field(description="Failed attempts since the last good one.")
    attempted_at: str | None
    account: LogicalIdAccount | None
    created_at: str
    updated_at: str


class LogicalIdBody(BaseModel):
    """A new LOID."""

    model_config = ConfigDict(extra="forbid")
    logical_id: str = Field(max_length=24, description="Printable ASCII without blanks.")
    password: str | None = Field(None, max_length=64, description="null: any password will do.")
    name: str | None = Field(None, max_length=128, description="Name that the phone gets.")
    group: str | None = Field(None, max_length=64, description="Settings group that the phone gets.")
    tags: list[str] = []
    service_name: str | None = Field(None, max_length=64)


class LogicalIdChange(BaseModel):
    """What can be changed of a LOID; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    password: str | None = Field(None, max_length=64, description="`***` keeps it; null: any password will do.")
    name: str | None = Field(None, max_length=128)
    group: str | None = Field(None, max_length=64)
    tags: list[str] = []
    service_name: str | None = Field(None, max_length=64)
    device_id: None = Field(None, description="null unbinds.")


class LogicalIdImport(BaseModel):
    """What an import did."""

    created: int
    updated: int


class Health(BaseModel):
    """Whether the program runs, or is ready to work."""

    status: str
    version: str
    checks: dict[str, str] = {}


class Problem(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    detail: str
    field: str | None = Field(None, description="Dotted path of the offending field, where there is one.")


class Settings(PhoneConfig):
    """One settings layer; everything is optional, and null removes what a less specific layer says."""


def body(model: type[BaseModel], *, media_types: tuple[str, ...] = ("application/json",)) -> dict[str, Any]:
    """Give the OpenAPI part of an operation whose JSON body the services check themselves."""
    content = {media: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}} for media in media_types}
    return {"requestBody": {"required": True, "content": content}}


BODIES: tuple[type[BaseModel], ...] = (
    DeviceRegistration,
    DeviceChange,
    QuirkChange,
    QuirkRuleBody,
    RollbackRequest,
    TokenRequest,
    TraceRequest,
    LogicalIdBody,
    LogicalIdChange,
    ContactBody,
    ContactList,
    PhonebookBody,
    PhonebookGroupBody,
    Settings,
    Problem,
)
"""Models that no route answers with: they are added to the OpenAPI document by name."""
