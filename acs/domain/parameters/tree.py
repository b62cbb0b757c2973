"""A phone's parameter tree as a flat, ordered mapping from full path to what is known of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

MAX_PARAMETERS = 100_000
"""More than any phone has; a gateway's full Device:2 tree stays far below."""


class Parameter(NamedTuple):
    """What is known of one parameter or object."""

    value: str | None = None
    """None: never read, or an object."""
    type: str | None = None
    writable: bool | None = None
    notification: int | None = None
    updated_at: float = 0.0
    """When ``value`` last changed or was first read."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is not what it was."""

    path: str
    old: str | None
    new: str


class Tree:
    """Immutable view of a tree; ``with_...`` gives a changed copy and says what changed."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, Parameter] | None = None) -> None:
        self._entries: Mapping[str, Parameter] = entries if entries is not None else {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, path: object) -> bool:
        return path in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def get(self, path: str) -> Parameter | None:
        """What is known of ``path``."""
        return self._entries.get(path)

    def items(self) -> Iterable[tuple[str, Parameter]]:
        """Every path with what is known of it."""
        return self._entries.items()

    def under(self, prefix: str) -> Iterator[str]:
        """Paths below an object path (``prefix`` ends in a dot), in order of arrival."""
        return (path for path in self._entries if path.startswith(prefix) and path != prefix)

    def unread(self) -> Iterator[str]:
        """Parameters (not objects) that were named but never read."""
        return (path for path, entry in self._entries.items() if entry.value is None and not path.endswith("."))

    def with_values(
        self, values: Iterable[tuple[str, str, str]], now: float, *, types_are_hints: bool = False
    ) -> tuple[Tree, tuple[Change, ...]]:
        """Take in (path, value, type) triples as read from the phone.

        ``types_are_hints`` keeps a type that is known: an Inform tells types less truly than an answer (quirk 126).
        """
        entries: dict[str, Parameter] | None = None
        changes: list[Change] = []
        for path, value, kind in values:
            known = (entries if entries is not None else self._entries).get(path)
            if types_are_hints and known is not None and known.value is not None and known.type is not None:
                kind = known.type
            if known is not None and known.value == value and known.type == kind:
                continue
            if entries is None:
                entries = dict(self._entries)
            if known is None:
                if len(entries) < MAX_PARAMETERS:
                    entries[path] = Parameter(value, kind, None, None, now)
                continue
            moved = known.value != value
            entries[path] = known._replace(value=value, type=kind, updated_at=now if moved else known.updated_at)
            if moved and known.value is not None:
                changes.append(Change(path, known.value, value))
        return (self if entries is None else Tree(entries)), tuple(changes)

    def with_names(self, names: Iterable[tuple[str, bool]]) -> Tree:
        """Take in (path, writable) pairs of a GetParameterNamesResponse."""
        entries = dict(self._entries)
        for path, writable in names:
            known = entries.get(path)
            if known is None:
                if len(entries) < MAX_PARAMETERS:
                    entries[path] = Parameter(writable=writable)
            elif known.writable != writable:
                entries[path] = known._replace(writable=writable)
        return Tree(entries) if entries != self._entries else self

    def with_attributes(self, attributes: Iterable[tuple[str, int]]) -> Tree:
        """Take in (path, notification) pairs."""
        entries = dict(self._entries)
        for path, notification in attributes:
            if path in entries or len(entries) < MAX_PARAMETERS:
                entries[path] = entries.get(path, Parameter())._replace(notification=notification)
        return Tree(entries) if entries != self._entries else self

    def without(self, prefix: str) -> Tree:
        """Forget an object and everything below it, or one parameter."""
        below = prefix if prefix.endswith(".") else None
        return Tree(
            {
                path: entry
                for path, entry in self._entries.items()
                if path != prefix and (below is None or not path.startswith(below))
            }
        )

    def dump(self) -> str:
        """Give the tree as compact JSON text."""
        return json.dumps(self._entries, separators=(",", ":"))  # a named tuple is a list there

    @classmethod
    def load(cls, text: str) -> Tree:
        """Read what ``dump`` wrote."""
        return cls({path: Parameter(*entry) for path, entry in json.loads(text).items()})


EMPTY = Tree()
