"""The shapes of answers and of the bodies that are more than one word, as OpenAPI shows them."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

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
    profile: str
    root: str | None = Field(description="`Device.` or `InternetGatewayDevice.`")
    cwmp_version: str | None
    software_version: str
    hardware_version: str
    ip_address: str | None
    connection_request_url: str | None
    last_inform_at: str | None
    last_events: list[str]
    first_seen_at: str | None
    tags: list[str]
    group: str | None
    credentials: str = Field(description="`shared`, `offered` (its own pair was set) or `proven` (and used).")
    methods: list[str] | None = Field(description="RPCs that the phone says it knows.")
    config: DeviceConfig
    firmware: dict[str, Any]
    notes: list[dict[str, Any]] = Field(description="Peculiarities seen on this phone.")


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
    profile: Literal["common", "ctc"] | None = Field(None, description="null: chosen from what the phone shows.")
    name: str | None = Field(None, max_length=128)


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


class Wake(BaseModel):
    """How a phone was asked to call, and what came back."""

    model_config = ConfigDict(extra="allow")


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


class LayerName(BaseModel):
    """A scope that has settings."""

    scope: str
    updated_at: str


class ConfigValue(BaseModel):
    """One effective setting."""

    path: str
    value: Any
    scope: str = Field(description="The layer it came from.")


class Explanation(BaseModel):
    """Every effective setting of a phone with its layer."""

    device_id: str
    model: str
    dialect: str
    layers: list[str]
    values: list[ConfigValue]


class PhoneModel(BaseModel):
    """A phone model of the catalogue."""

    model_config = ConfigDict(title="Model")
    model: str
    series: str
    general_file: str | None
    dialect: str
    root: str
    lines: int
    dss_keys: int
    supports: list[str]
    aliases: list[str]


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


BODIES: tuple[type[BaseModel], ...] = (DeviceRegistration, DeviceChange, TokenRequest, Settings, Problem)
"""Models that no route answers with: they are added to the OpenAPI document by name."""
