"""Rules for phones of a maker, class and range of versions, as data; and which of them a phone falls under.

The rules that come with the program are in ``quirks.toml``; operators add their own. Both have one shape. Of rules that
set the same value the more specific one wins: product class before OUI before manufacturer before version range, an
exact word before a pattern; an operator's rule wins over each of ours.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from importlib.resources import files
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from acs.domain.devices.quirks import STANDARD, Quirks, checked, with_settings

_PIECE = re.compile(r"\d+|[a-z]+", re.ASCII)
_PREFIX = re.compile(r"v(?:er(?:sion)?)?[\s._-]*(?=\d)", re.ASCII)


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Give a version's place in the order of versions: 2.9 before 2.12, 2.12 before 2.12.1 and before 2.12b.

    Zeros at the end say nothing: 2.0 is 2. A letter V in front is no part of it.
    """
    pieces = _PIECE.findall(_PREFIX.sub("", version.strip().lower(), count=1))
    while pieces and pieces[-1].isdigit() and not pieces[-1].strip("0"):
        pieces.pop()
    return tuple((1, int(piece[:18]), "") if piece.isdigit() else (0, 0, piece) for piece in pieces)


class Subject(NamedTuple):
    """What rules look at."""

    manufacturer: str = ""
    oui: str = ""
    product_class: str = ""
    software_version: str = ""


@dataclass(frozen=True)
class Rule:
    """How phones of one kind are to be treated; an empty condition is met by every phone."""

    id: str
    settings: Mapping[str, Any]
    manufacturer: str = ""
    oui: str = ""
    product_class: str = ""
    version_from: str = ""
    version_to: str = ""
    note: str = ""
    quirks: tuple[int, ...] = ()
    builtin: bool = False

    @cached_property
    def specificity(self) -> tuple[int, ...]:
        """Give the rule's place among those that match: the greatest has the last word."""
        parts = (self.product_class, self.oui, self.manufacturer)
        words = [0 if not text else 1 if _is_pattern(text) else 2 for text in parts]
        return (int(not self.builtin), *words, bool(self.version_from) + bool(self.version_to))

    def matches(self, subject: Subject) -> bool:
        """Say whether a phone falls under this rule."""
        return (
            _is_like(subject.manufacturer, self.manufacturer)
            and _is_like(subject.oui, self.oui)
            and (
                _is_like(subject.product_class, self.product_class)
                or _is_like(unquote(subject.product_class), unquote(self.product_class))
            )
            and self._in_range(subject.software_version)
        )

    def _in_range(self, version: str) -> bool:
        if not self.version_from and not self.version_to:
            return True
        if not version.strip():
            return False  # a version that is not known is in no range
        key = version_key(version)
        return not (
            (self.version_from and key < version_key(self.version_from))
            or (self.version_to and key > version_key(self.version_to))
        )


def _is_pattern(text: str) -> bool:
    return any(character in text for character in "*?[")


def _is_like(text: str, wanted: str) -> bool:
    return not wanted or fnmatchcase(text.strip().casefold(), wanted.strip().casefold())


class Registry:
    """All rules, in the order in which they are laid over each other; the answer for a kind of phone is kept."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: rule.specificity))
        self._known: dict[Subject, Quirks] = {}

    def matching(self, subject: Subject) -> list[Rule]:
        """Give the rules that a phone falls under, the one with the last word last."""
        return [rule for rule in self.rules if rule.matches(subject)]

    def quirks(self, subject: Subject) -> Quirks:
        """Give what the rules say of a kind of phone."""
        known = self._known.get(subject)
        if known is None:
            known = STANDARD
            for rule in self.matching(subject):
                known = with_settings(known, rule.settings)
            if len(self._known) >= MAX_KINDS:
                self._known.clear()
            self._known[subject] = known
        return known


MAX_KINDS: Final = 10_000
"""Kinds of phones whose answer is kept; a fleet has some hundred, a hostile sender invents any number."""


def rule_of(entry: Mapping[str, Any]) -> Rule:
    """Read one rule of ``quirks.toml``."""
    conditions = ("manufacturer", "oui", "product_class", "version_from", "version_to")
    return Rule(
        id=f"builtin-{entry['name']}",
        settings=checked(entry["settings"], field="settings"),
        note=entry["note"],
        quirks=tuple(entry["quirks"]),
        builtin=True,
        **{name: entry.get(name, "") for name in conditions},
    )


def _builtin() -> tuple[Rule, ...]:
    text = files("acs.domain.devices").joinpath("quirks.toml").read_text(encoding="utf-8")
    return tuple(rule_of(entry) for entry in tomllib.loads(text)["rule"])


BUILTIN: Final = _builtin()
"""The rules that come with the program."""
