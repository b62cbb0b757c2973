"""Files that a phone fetches because a key of its configuration names them: which ones it has, which ones it lacks.

The ``Auto … Url`` keys are commands: a phone that takes a changed file carrying them fetches all of them again. So the
file that a phone is handed carries only what it does not have yet, while its version is that of the complete one.

What a phone has is kept as JSON: ``{kind: {slot: {"sha256": …, "at": …, "times": …}}}``, and what a file told it to
fetch under ``offered`` in the same shape. A kind has one slot, for the newest file takes the place of the one before.
Certificates have one for each name, as on the phone. ``reset_at`` says when it was last set back to its factory state.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from acs.domain.phones.render import ITEM_KEYS
from acs.domain.phones.writers import AUTOUPDATE
from acs.formats import ConfigDocument, Module

ITEM_KINDS = frozenset(ITEM_KEYS) - {"firmware"}
"""Files that a phone fetches by itself because its configuration names them; firmware has a Download of its own too."""

FIXED_NAMES: Mapping[str, str] = {
    "background": "background.bmp",
    "dialpeer": "dialPeer.csv",
    "access_list": "accessList.csv",
}
"""Names that the manual fixes (4.4), at the end of the URL."""

FIRMWARE_TRIES = 3
"""How often a phone is told of a firmware that it fetches and does not run afterwards."""
FETCHING = 120.0
"""Seconds after a phone took a file that names an item in which it may still be fetching it."""

OFFERED = "offered"
_RESET = "reset_at"

Held = Mapping[str, Any]
"""What a phone has and was offered, as JSON."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file that the settings of a phone name."""

    kind: str
    path: str
    """Where the settings name it."""
    name: str
    """At the end of its URL."""
    sha256: str
    size: int
    url: str = ""
    file_id: str | None = None
    """Of an uploaded file; None: its bytes were made for this phone."""
    version: str = ""
    """What ``SoftwareVersion`` says once a firmware runs."""

    @property
    def slot(self) -> str:
        """What it takes the place of on the phone."""
        return self.name if self.kind == "certificate" else ""


@dataclass(frozen=True, slots=True)
class Push:
    """What a phone is handed."""

    document: ConfigDocument
    """The file with the keys of what it lacks, and no others."""
    carried: tuple[Item, ...] = ()
    """What the file makes it fetch."""
    later: tuple[Item, ...] = ()
    """What it lacks too and the file has no key left for."""


def after_reset(now: float) -> dict[str, Any]:
    """Give what a phone has after a factory reset: nothing."""
    return {_RESET: now}


def since_reset(held: Held, at: float | None) -> bool:
    """Whether something that happened to a phone still holds: it did happen, and no factory reset came after it."""
    return at is not None and at >= float(held.get(_RESET, 0.0))


def wire_name(kind: str, name: str) -> str:
    """Give the name that a file has on its way to a phone."""
    return FIXED_NAMES.get(kind, name)


def holds(held: Held, item: Item) -> bool:
    """Whether a phone has fetched these bytes and not replaced them since; whatever name they had."""
    return any(entry["sha256"] == item.sha256 for entry in held.get(item.kind, {}).values())


def fetched(held: Held, *, kind: str, name: str, sha256: str, now: float) -> dict[str, Any]:
    """Note that every byte of a file was handed over."""
    slot = name if kind == "certificate" else ""
    before = held.get(kind, {})
    entry = before.get(slot, {})
    times = entry.get("times", 0) + 1 if entry.get("sha256") == sha256 else 1
    waiting = {
        other: {at: each for at, each in slots.items() if (other, at) != (kind, slot)}
        for other, slots in held.get(OFFERED, {}).items()
    }
    return {
        **held,
        kind: {**before, slot: {"sha256": sha256, "at": now, "times": times}},
        OFFERED: {other: slots for other, slots in waiting.items() if slots},
    }


def offered(held: Held, items: Sequence[Item], now: float) -> dict[str, Any]:
    """Note that a phone is told to fetch something."""
    waiting = dict(held.get(OFFERED, {}))
    for item in items:
        waiting[item.kind] = {**waiting.get(item.kind, {}), item.slot: {"sha256": item.sha256, "at": now}}
    return {**held, OFFERED: waiting}


def is_fetching(held: Held, item: Item, now: float) -> bool:
    """Whether a phone was told of it so lately that it may be at it."""
    entry = held.get(OFFERED, {}).get(item.kind, {}).get(item.slot)
    return entry is not None and entry["sha256"] == item.sha256 and now - float(entry["at"]) < FETCHING


def missing(
    items: Sequence[Item], held: Held, *, software_version: str = "", booted_at: float | None = None
) -> tuple[Item, ...]:
    """Give what a phone lacks of what its settings name.

    Firmware is proven by what the phone runs, not by what it fetched. One that it fetched and does not run after its
    next start is offered again, `FIRMWARE_TRIES` times in all.
    """
    found = []
    for item in items:
        if item.kind != "firmware":
            if not holds(held, item):
                found.append(item)
            continue
        if item.version and item.version == software_version:
            continue
        entry = held.get("firmware", {}).get("")
        if entry is None or entry["sha256"] != item.sha256:
            found.append(item)
            continue
        started = booted_at is not None and booted_at > entry["at"]
        if item.version and started and entry["times"] < FIRMWARE_TRIES:
            found.append(item)
    return tuple(found)


def named_by(document: ConfigDocument, items: Sequence[Item]) -> tuple[Item, ...]:
    """Give the items whose key is in a document with a URL of ours; a raw key may have another in its place."""
    if not items:
        return ()
    urls = {item.url for item in items}
    kinds = {_KINDS[entry.key] for _, entry in document if entry.key in _KINDS and entry.value in urls}
    return tuple(item for item in items if item.kind in kinds)


def identity(document: ConfigDocument, items: Sequence[Item]) -> ConfigDocument:
    """Give a document with digests in place of URLs: what has to be equal for the version to stay."""
    if not items:
        return document
    digests: dict[str, list[str]] = {}
    for item in items:
        digests.setdefault(ITEM_KEYS[item.kind], []).append(item.sha256)
    return _changed(document, {item.url for item in items}, {key: ",".join(all_) for key, all_ in digests.items()})


def push(document: ConfigDocument, items: Sequence[Item], lacking: Collection[Item]) -> Push:
    """Leave in a document the keys of what a phone lacks; a key carries one file, the first of several certificates."""
    if not items:
        return Push(document)
    carried: dict[str, Item] = {}
    later = []
    for item in named_by(document, items):
        if item in lacking:
            if item.kind in carried:
                later.append(item)
            else:
                carried[item.kind] = item
    values = {ITEM_KEYS[kind]: item.url for kind, item in carried.items()}
    made = _changed(document, {item.url for item in items}, values)
    return Push(made, tuple(carried.values()), tuple(later))


_KINDS: Mapping[str, str] = {key: kind for kind, key in ITEM_KEYS.items()}


def _changed(document: ConfigDocument, ours: Collection[str], values: Mapping[str, str]) -> ConfigDocument:
    """Give every key of ours its new value; without one it goes, and its module with the last of them."""
    modules = []
    for module in document.modules:
        if module.name != AUTOUPDATE:
            modules.append(module)
            continue
        entries = []
        for entry in module.items:
            if entry.key not in _KINDS or entry.value not in ours:
                entries.append(entry)
            elif (value := values.get(entry.key)) is not None:
                entries.append(entry._replace(value=value))
        if entries:
            modules.append(Module(module.name, tuple(entries)))
    return ConfigDocument(tuple(modules), document.version)
