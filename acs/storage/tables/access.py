"""Who may call the API, and what they did that has to be answered for."""

from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel


class ApiTokenRow(SQLModel, table=True):
    """A bearer token, kept as a digest only."""

    __tablename__ = "api_token"

    id: str = Field(primary_key=True)
    name: str
    digest: str = Field(unique=True)
    """SHA-256 of the token in hexadecimal; the token itself holds 256 random bits."""
    permissions: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    created_at: float
    last_used_at: float | None = None
    revoked_at: float | None = None


class AuditRow(SQLModel, table=True):
    """One act of a caller of the API: a secret shown, settings changed, a version brought back."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_target", "target", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: float
    token_id: str
    actor: str
    """Name of the token as it was then."""
    address: str = ""
    action: str
    """``secrets.reveal``, ``settings.put`` …: what, then how."""
    target: str
    """``devices/ID``, ``settings/SCOPE`` …"""
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
