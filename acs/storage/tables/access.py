"""Who may call the API."""

from typing import Any

from sqlalchemy import JSON, Column
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
