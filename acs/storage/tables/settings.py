"""Settings layers and the configurations rendered from them."""

from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field, SQLModel


class SettingsLayerRow(SQLModel, table=True):
    """One settings document: ``global``, ``groups/NAME``, ``models/MODEL`` or ``devices/ID``; secrets sealed apart."""

    __tablename__ = "settings_layer"

    scope: str = Field(primary_key=True)
    document: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    secrets_sealed: str = ""
    """Sealed JSON of the secrets taken out of ``document``."""
    updated_at: float


class ConfigVersionRow(SQLModel, table=True):
    """One configuration as rendered for one phone; the version moves only when the content moves."""

    __tablename__ = "config_version"
    __table_args__ = (
        Index("ix_config_version_device", "device_id", "id"),
        Index("ix_config_version_blob", "sha256"),
    )

    id: int | None = Field(default=None, primary_key=True)
    device_id: str = Field(foreign_key="device.id", ondelete="CASCADE")
    version: str
    dialect: str
    content_digest: str
    """Digest of the content without its version."""
    sha256: str
    size: int
    created_at: float
    applied_at: float | None = None
    settings_sealed: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    """The merged settings that it was rendered from, as ``services.kept_settings`` seals them; empty: none are kept."""
    kind: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    """``full``, or ``item`` for a file that only names another; empty: made before this was noted."""
    task_id: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    """The task that it was first made for."""
