"""Phones: who they are, how they prove it, what they report, what happened to them."""

from typing import Any

from sqlalchemy import JSON, Column, Index, Text, text
from sqlmodel import Field, SQLModel

_ADDED = {"server_default": text("''")}
"""Of columns that came later: SQLite adds a column that must not be NULL only with a default of its own."""


class DeviceRow(SQLModel, table=True):
    """One phone: identity, credentials, well-known values that operators search by, state of its configuration."""

    __tablename__ = "device"
    __table_args__ = (
        Index("ix_device_identity", "oui", "serial_number", unique=True),
        Index("ix_device_mac", "mac"),
        Index("ix_device_username", "username", unique=True),
        Index("ix_device_model", "model"),
        Index("ix_device_group", "group_name"),
    )

    id: str = Field(primary_key=True)
    oui: str = ""
    serial_number: str | None = None
    """As the phone spells it; None while only pre-registered by MAC."""
    product_class: str = ""
    manufacturer: str = ""
    mac: str | None = None
    """12 lower-case hexadecimal digits, without separators."""
    model: str = ""
    profile: str | None = None
    """Override of the provisioning profile; None: chosen from what the phone shows."""
    name: str = ""
    group_name: str = ""
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))

    # What it reports
    root: str = ""
    cwmp_namespace: str = ""
    software_version: str = ""
    hardware_version: str = ""
    ip_address: str = ""
    connection_request_url: str = ""
    parameter_key: str = ""
    methods: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    inform_digest: str = ""
    """Digest of the last Inform's parameters: equal means nothing to write."""
    last_events: str = ""
    """Event codes of the last Inform, one a line."""
    first_seen_at: float | None = None
    last_inform_at: float | None = None
    last_boot_at: float | None = None
    notes: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    cwmp_version: str = Field(default="", sa_column_kwargs=_ADDED)
    """As detected at its last Inform: namespace and headers together (cwmp.md section 0)."""
    user_agent: str = Field(default="", sa_column_kwargs=_ADDED)
    """Of its HTTP client, as last seen."""
    quirks_learnt: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}")
    )
    """Departures that its conduct taught: fields of ``Quirks``."""
    quirks_set: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}")
    )
    """Departures that an operator set for it; win over rules and over what was learnt."""
    faces: list[list[Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]"))
    """What it showed of late, as ``acs.domain.devices.units`` keeps it: tells two phones of one identity."""
    trace_until: float | None = None
    """Its exchanges are kept until then."""

    acs_type: str = Field(default="", sa_column_kwargs=_ADDED)
    """Which kind of ACS its own settings speak of, ``ctc`` or ``common``; empty: it does not say."""
    logical_id: str = Field(default="", sa_column_kwargs=_ADDED)
    """The LOID that it was bound with (``X_CT-COM_UserInfo.UserName``)."""
    carrier_sign: str = Field(default="", sa_column_kwargs=_ADDED)
    """What it ever showed of a carrier's ways: ``event``, ``parameter``; empty: nothing."""
    account_sealed: str = Field(default="", sa_column_kwargs=_ADDED)
    """Passwords of its carrier's maintenance account, as JSON: ``current``, ``offered``."""

    # Where it can be asked to call, beside its ConnectionRequestURL
    udp_address: str = Field(default="", sa_column_kwargs=_ADDED)
    """``UDPConnectionRequestAddress`` as it reports it: ``host:port`` or ``host``."""
    stun_address: str = Field(default="", sa_column_kwargs=_ADDED)
    """``host:port`` from where its authenticated binding requests come."""
    stun_at: float | None = None
    """When the last of them came."""
    jabber_id: str = Field(default="", sa_column_kwargs=_ADDED)
    """``ConnReqJabberID`` as it reports it."""

    # How it proves who it is
    credentials: str = "shared"
    """``shared`` (first contact only), ``offered`` (own pair set, not used yet), ``proven`` (used by the phone)."""
    username: str | None = None
    password_sealed: str | None = None
    """The pair that the phone has proven to use."""
    offered_password_sealed: str | None = None
    """A pair that was made for it and is not proven yet; the proven one stays good until then."""
    cr_username: str = ""
    cr_password_sealed: str | None = None
    certificate_sha256: str = Field(default="", sa_column_kwargs=_ADDED)
    """Digest of the client certificate (DER) that speaks for this phone, set by an operator; empty: by its names."""
    bootstraps: list[float] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """When the shared pair was accepted again for a factory reset, newest last."""

    # What it should be
    config_state: str = "unknown"
    config_desired_version: str = ""
    config_reported_version: str = ""
    file_key_sealed: str = Field(default="", sa_column_kwargs=_ADDED)
    """The key that it decrypts its configuration files with, as proven by a file that it applied."""
    items: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    """What it has fetched by an ``Auto … Url`` and keeps: kind to digests; emptied by a factory reset."""
    sip_secrets: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}")
    )
    """Which SIP passwords it has taken, as ``acs.services.voice`` keeps it: digests by line, never a password."""
    config_shown: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}")
    )
    """Version and content digest of the file that operators saw last, by dialect, though it was not made for it yet."""
    config_evidence: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    firmware: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    created_at: float = 0.0


class ParameterTreeRow(SQLModel, table=True):
    """The whole known parameter tree of one phone, as one JSON text."""

    __tablename__ = "parameter_tree"

    device_id: str = Field(primary_key=True, foreign_key="device.id", ondelete="CASCADE")
    tree: str = Field(sa_column=Column(Text, nullable=False))
    updated_at: float = 0.0


class ParameterChangeRow(SQLModel, table=True):
    """One changed value: history with a limit per phone."""

    __tablename__ = "parameter_change"
    __table_args__ = (Index("ix_parameter_change_device", "device_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    device_id: str = Field(foreign_key="device.id", ondelete="CASCADE")
    path: str
    old: str | None = None
    new: str
    at: float


class QuirkRuleRow(SQLModel, table=True):
    """How phones of a maker, class and range of versions are to be treated, as an operator set it."""

    __tablename__ = "quirk_rule"

    id: str = Field(primary_key=True)
    manufacturer: str = ""
    """Empty: any."""
    oui: str = ""
    product_class: str = ""
    version_from: str = ""
    """Lowest SoftwareVersion, included; empty: any."""
    version_to: str = ""
    """Highest SoftwareVersion, included; empty: any."""
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    note: str = ""
    created_at: float = 0.0
    updated_at: float = 0.0


class TraceRow(SQLModel, table=True):
    """One HTTP message of a traced phone or to it, secrets redacted."""

    __tablename__ = "trace"
    __table_args__ = (Index("ix_trace_device", "device_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    device_id: str = Field(foreign_key="device.id", ondelete="CASCADE")
    session_id: str = ""
    """A name for the session that does not open it."""
    at: float
    direction: str
    """``in`` from the phone, ``out`` to it."""
    status: int = 0
    """HTTP status of an answer; 0 for a request."""
    head: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    body: str = Field(default="", sa_column=Column(Text, nullable=False))
    size: int = 0
    """Bytes of the whole body; ``body`` may hold less."""


class EventRow(SQLModel, table=True):
    """Something worth telling that happened to a phone."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_device", "device_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    device_id: str = Field(foreign_key="device.id", ondelete="CASCADE")
    at: float
    kind: str
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class SessionRow(SQLModel, table=True):
    """Checkpoint of a CWMP session that has an RPC of ours in flight, so that it outlives this process."""

    __tablename__ = "session"

    id: str = Field(primary_key=True)
    device_id: str = Field(foreign_key="device.id", ondelete="CASCADE", index=True)
    value: str = Field(sa_column=Column(Text, nullable=False))
    """``Session.dump()``."""
    context: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    updated_at: float = 0.0
