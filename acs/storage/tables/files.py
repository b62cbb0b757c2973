"""Files: what operators uploaded, what was rendered, and the links by which one phone may fetch one of them."""

from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field, SQLModel


class BlobRow(SQLModel, table=True):
    """Bytes in the blob store, by digest."""

    __tablename__ = "blob"

    sha256: str = Field(primary_key=True)
    md5: str
    size: int
    encrypted: bool = False
    created_at: float


class FileRow(SQLModel, table=True):
    """A file that an operator or a phone uploaded."""

    __tablename__ = "file"
    __table_args__ = (Index("ix_file_kind", "kind", "id"), Index("ix_file_blob", "sha256"))

    id: str = Field(primary_key=True)
    kind: str
    name: str
    version: str = ""
    models: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    sha256: str = Field(foreign_key="blob.sha256")
    md5: str
    size: int
    created_at: float
    device_id: str | None = None
    """The phone that sent it; the file outlives the phone."""
    task_id: str | None = None
    """The Upload by which it came."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    """What was found when it was checked: entries, columns, pixels, whom a certificate names."""


class LinkRow(SQLModel, table=True):
    """The right of one phone to fetch one blob under one name, and what it made of it so far."""

    __tablename__ = "link"
    __table_args__ = (
        Index("ix_link_device_blob", "device_id", "sha256", "name"),
        Index("ix_link_task", "task_id"),
        Index("ix_link_blob", "sha256"),
        Index("ix_link_file", "file_id"),
    )

    id: str = Field(primary_key=True)
    device_id: str = Field(foreign_key="device.id", ondelete="CASCADE")
    task_id: str | None = None
    file_id: str | None = None
    kind: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    """Kind of the item that a configuration names by it; empty: the file of a Download or Upload."""
    sha256: str
    name: str
    size: int
    content_type: str = "application/octet-stream"
    created_at: float
    expires_at: float | None = None
    requests: int = 0
    served: list[list[int]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Byte ranges [from, to) that were handed over, merged."""
    first_at: float | None = None
    complete_at: float | None = None
    client: str = ""
    user_agent: str = ""
