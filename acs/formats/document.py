"""A phone's configuration file as a value: ordered modules of ordered items, whatever the dialect.

The vocabulary is that of the text files, which all dialects can be mapped to mechanically: a module is named by its
header (``SIP CONFIG MODULE``), an item may stand in a sub-section (``SIP Line List``) and may belong to a list entry,
whose prefix (``SIP1``) is kept apart from the key (``Phone Number``).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import chain
from typing import NamedTuple

from acs.errors import BadSettings

ENTRY = re.compile(
    r"(SIP|P|Fkey|exKey|SoftFkey|Account|LDAP|XML-PBook|MCAST|Alert|HS|BWDir|BWCLog|Item|Codec|TimePlan|KcRule|WIFI)"
    r"([1-9][0-9]{0,5}) (?=\S)"
)
"""Prefixes that number the entries of a list inside a module, 1-based. A closed list: ``DHCPv6 Option`` is no entry."""
MAX_BYTES = 4 * 1024 * 1024
"""The largest exports have some 200 kB."""
MAX_ITEMS = 50_000
"""The largest phone, with all its DSS pages and expansions, has some 6,000 keys."""
MAX_NAME = 256
"""No key, module or sub-section has a longer name; the longest known one has 41 characters."""
MAX_WRITTEN = MAX_NAME - 16
"""The same of a name that is written: with what the dialects put around it, all of them read it again."""
LOOSE = "."
"""Name of the module for what stands in no module at all, as XML and dotted files can have it."""


class Dialect(StrEnum):
    """The ways in which Fanvil phones write one and the same content."""

    TEXT1 = "text1"
    """``<<VOIP CONFIG FILE>>`` with the modules of the first generation (``GLOBAL CONFIG MODULE`` ...)."""
    TEXT2 = "text2"
    """The same frame with the modules of the second generation (``NET CONFIG MODULE`` ...)."""
    DOTTED = "dotted"
    """``#<Voip Config File>#``, third generation."""
    XML1 = "xml1"
    """``<VOIP_CONFIG_FILE>``: text1 as XML."""
    SYSCONF = "sysconf"
    """``<sysConf>``: text2 as XML."""

    @property
    def generation(self) -> int:
        """1 where modules and keys are those of the first generation, else 2."""
        return 1 if self in (Dialect.TEXT1, Dialect.XML1) else 2


class Item(NamedTuple):
    """One setting. ``masked`` marks a secret that the phone left out of its export (``###``): leave it as it is."""

    key: str
    value: str
    section: str = ""
    index: str = ""  # type: ignore[assignment]  # tuples have a method of this name, which nobody misses here
    masked: bool = False

    @property
    def name(self) -> str:
        """The key as a text file spells it, with the prefix of its entry: ``SIP1 Phone Number``."""
        return f"{self.index} {self.key}" if self.index else self.key


@dataclass(frozen=True, slots=True)
class Module:
    """A named group of items, in order."""

    name: str
    items: tuple[Item, ...] = ()

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)


@dataclass(frozen=True)
class ConfigDocument:
    """A whole file, or the part of one that says what to change."""

    modules: tuple[Module, ...] = ()
    version: str | None = None

    def __iter__(self) -> Iterator[tuple[str, Item]]:
        """Every item with the name of its module, in order."""
        for module in self.modules:
            for item in module.items:
                yield module.name, item

    def get(self, module: str, key: str, default: str | None = None, *, section: str | None = None) -> str | None:
        """The value of ``key`` (with its entry's prefix, as ``SIP1 Phone Number``), or the default.

        Letter case and spaces do not matter: the phones' own spelling of both varies. Where a key stands more than
        once the last one counts; masked items count as absent.
        """
        wanted = (fold(module), fold(key))
        if section is None:
            return self._values.get(wanted, default)
        found = default
        for name, item in self:
            if not item.masked and (fold(name), fold(item.name)) == wanted and fold(item.section) == fold(section):
                found = item.value
        return found

    def same_content(self, other: "ConfigDocument") -> bool:
        """Whether both say the same, whatever their versions are."""
        return self.modules == other.modules

    def with_version(self, version: str | None) -> "ConfigDocument":
        """The same content under another version."""
        other = replace(self, version=version)
        if "sound" in self.__dict__:
            other.__dict__["sound"] = True
        return other

    @cached_property
    def sound(self) -> bool:
        """True. Raises `BadSettings`, the first time, if a name or a value in it would break a file (`check`)."""
        _check(self.modules)
        return True

    def ordered(self) -> "ConfigDocument":
        """The order that every dialect can express.

        Items outside sections come first, then section by section, each with its loose items and then entry by entry.
        """
        return ConfigDocument(tuple(Module(m.name, _by_section(m.items)) for m in self.modules), self.version)

    @cached_property
    def _values(self) -> dict[tuple[str, str], str]:
        return {(fold(module), fold(item.name)): item.value for module, item in self if not item.masked}


@lru_cache(maxsize=8192)
def fold(name: str) -> str:
    """A name without what varies between dialects and firmware versions: spaces, underscores and letter case."""
    return name.replace(" ", "").replace("_", "").casefold()


def item_of(name: str, value: str, *, section: str = "", masked: bool = False) -> Item:
    """An item from the name as a text file has it; the prefix of a list entry is split off."""
    entry = ENTRY.match(name)
    if entry is None:
        return Item(name, value, section, "", masked)
    return Item(name[entry.end() :], value, section, entry[1] + entry[2], masked)


def _by_section(items: Iterable[Item]) -> tuple[Item, ...]:
    sections: dict[str, dict[str, list[Item]]] = {"": {"": []}}
    for item in items:
        entries = sections.get(item.section)
        if entries is None:
            entries = sections[item.section] = {"": []}
        entry = entries.get(item.index)
        if entry is None:
            entries[item.index] = [item]
        else:
            entry.append(item)
    return tuple(chain.from_iterable(entry for entries in sections.values() for entry in entries.values()))


_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_FRAME = re.compile(r"<[^<>]* MODULE>|<<[^<>]*>>|#<Voip Config File>#", re.IGNORECASE)
_SUSPECT = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff<]")
_KEY = re.compile(r"(?!--|#)[^\s:<>](?:[^:<>\t]*[^\s:<>])?")
_VERSION = re.compile(r"[!-~]{1,34}")


def unwritable(value: str) -> str | None:
    """Why a value cannot stand in any configuration file, or None if it can."""
    if value.isalnum() or not _SUSPECT.search(value):
        return None
    if found := _CONTROL.search(value):
        kind = "a line break" if found[0] in "\r\n\x85\u2028\u2029" else "a control character"
        return f"holds {kind} (U+{ord(found[0]):04X}), which a configuration file cannot carry"
    if found := _FRAME.search(value):
        return f"holds {found[0]!r}, which a phone could take for the frame of the file"
    return None


@lru_cache(maxsize=8192)
def _key_fits(name: str) -> bool:
    return len(name) <= MAX_WRITTEN and _KEY.fullmatch(name) is not None and _CONTROL.search(name) is None


@lru_cache(maxsize=8192)
def _half_fits(name: str) -> bool:
    return len(name) < MAX_WRITTEN // 2 and _key_fits(name)


@lru_cache(maxsize=1024)
def _section_fits(section: str) -> bool:
    return len(section) <= MAX_WRITTEN and _CONTROL.search(section) is None and not set(section) & set(":<>\t")


def check(document: ConfigDocument) -> None:
    """Raise `BadSettings`, naming module and key, if something in the document would break a file.

    A document is looked through once, whatever version it then gets.
    """
    if document.version is not None and not _VERSION.fullmatch(document.version):
        raise BadSettings(
            f"version {document.version!r}: wanted 1 to 34 visible ASCII characters without spaces", field="version"
        )
    _ = document.sound


def _all_fit(items: Iterable[Item]) -> bool:
    """Whether a look at each name once, and at all values together, finds nothing that could break a file."""
    keys, values, sections, indexes, _ = zip(*items, strict=True)
    return (
        not _SUSPECT.search("\t".join(values))
        and all(map(_section_fits, {*sections}))
        and all(map(_half_fits, {*keys} | ({*indexes} - {""})))
    )


def _check(modules: Iterable[Module]) -> None:
    for module in modules:
        if not _key_fits(module.name):
            raise BadSettings(f"{module.name!r} cannot be the name of a module", field=f"raw.{module.name}")
        if not module.items or _all_fit(module.items):
            continue
        for key, value, section, index, _ in module.items:
            name = f"{index} {key}" if index else key
            if not _key_fits(name):
                raise BadSettings(
                    f"{name!r} in {module.name} cannot be a key: no colon, angle brackets, line breaks, nor "
                    "'--' or '#' in front",
                    field=f"raw.{module.name}.{name}",
                )
            if why := unwritable(value):
                raise BadSettings(f"{module.name}: {name} {why}", field=f"raw.{module.name}.{name}")
            if section and not _section_fits(section):
                raise BadSettings(f"{section!r} in {module.name} cannot be a sub-section", field=f"raw.{module.name}")
