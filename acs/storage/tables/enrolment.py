"""Logical identifiers (LOID) by which phones of the CTC profile enrol."""

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel


class LogicalIdRow(SQLModel, table=True):
    """One work order: who presents this LOID, and its password, becomes what is said here (cwmp.md 5.3)."""

    __tablename__ = "logical_id"
    __table_args__ = (Index("ix_logical_id_device", "device_id"),)

    logical_id: str = Field(primary_key=True)
    password_sealed: str = ""
    """Empty: it has none."""
    name: str = ""
    """Name that the phone gets."""
    group_name: str = ""
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    service_name: str = ""
    """``X_CT-COM_UserInfo.ServiceName``: comma list, as ``VOIP``."""
    attempts: int = 0
    """Failed attempts since the last good one."""
    attempted_at: float | None = None
    """When the last of them was."""
    device_id: str | None = None
    """The phone that it is bound to."""
    bound_at: float | None = None
    result: str = ""
    """How the last binding went: empty, ``delivering``, ``done``, ``failed``."""
    created_at: float
    updated_at: float
