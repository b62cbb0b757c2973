"""Phone books as data."""

from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel


class PhonebookRow(SQLModel, table=True):
    """One phone book: its name, and its groups in their order."""

    __tablename__ = "phonebook"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    groups: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """``{name, ring}`` each."""
    created_at: float
    updated_at: float


class ContactRow(SQLModel, table=True):
    """One entry of a phone book."""

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_phonebook", "phonebook_id", "position", "id"),)

    id: str = Field(primary_key=True)
    phonebook_id: str = Field(foreign_key="phonebook.id", ondelete="CASCADE")
    position: int = 0
    name: str
    numbers: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """``{kind, number}`` each, in order; kind is work, mobile or other."""
    ring: str = ""
    groups: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    updated_at: float
