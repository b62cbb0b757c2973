"""Work for phones."""

from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel


class TaskRow(SQLModel, table=True):
    """One piece of work for one phone: what was asked, how far it got, how it ended, and the proof."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_open", "device_id", "open", "priority", "id"),
        Index("ix_task_state", "state", "id"),
        Index("ix_task_expiry", "open", "expires_at"),
    )

    id: str = Field(primary_key=True)
    """Also the CommandKey of every RPC that carries one."""
    device_id: str = Field(foreign_key="device.id", ondelete="CASCADE")
    type: str
    arguments: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """As given, secrets sealed."""
    origin: str = "api"
    """``api`` (someone asked), ``acs`` (this server needs it), ``phone`` (it asked by RequestDownload)."""
    priority: int = 10
    state: str = "queued"
    open: bool = True
    """Not yet in a final state."""
    attempts: int = 0
    not_before: float = 0.0
    expires_at: float | None = None
    created_at: float
    started_at: float | None = None
    finished_at: float | None = None
    progress: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    in_flight: str = ""
    """cwmp:ID of the RPC that was sent and not yet answered; empty if none."""
    session_id: str = ""
    """Session that holds the task; only that one may move it."""
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    fault: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    evidence: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
