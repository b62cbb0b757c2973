"""The sheet on which a configuration is written: typed values, raw keys over them, all in the order of exports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from acs.domain.phones.catalogue import Model
from acs.domain.phones.layers import Resolved, raw_section
from acs.errors import BadSettings
from acs.formats import ConfigDocument, Item, Module
from acs.formats.detect import GENERATION_1, GENERATION_2
from acs.formats.document import fold, item_of
from acs.formats.fanvil_text import KEY_WIDTH
from acs.formats.sysconf_map import ELEMENTS, SECTIONS

ORDER = (
    "GLOBAL CONFIG MODULE",
    "LAN CONFIG MODULE",
    "TELE CONFIG MODULE",
    "DSP CONFIG MODULE",
    "NET CONFIG MODULE",
    "MM CONFIG MODULE",
    "SIP CONFIG MODULE",
    "CALL FEATURE MODULE",
    "PHONE FEATURE MODULE",
    "DSSKEY CONFIG MODULE",
    "MMI CONFIG MODULE",
    "QOS CONFIG MODULE",
    "PHONE CONFIG MODULE",
    "TR069 CONFIG MODULE",
    "AUTOUPDATE CONFIG MODULE",
)
"""Modules in the order of the phones' exports; what is not named here follows as it was said."""

_POSITION = {name: position for position, name in enumerate(ORDER)}
_SECTIONS_1 = {
    "P": "Port Config",
    "SIP": "SIP Line List",
    "Account": "MMI Account",
    "Alert": "Alert Info Ring",
    "MCAST": "Mcast Addr",
    "LDAP": "LDAP Config",
    "XML-PBook": "Xml PhoneBook",
    "Fkey": "Function Key",
    "SoftFkey": "Soft Dss Key",
    "Item": "DHCP List",
}
"""Prefix of a list entry to the marker it stands under in generation 1."""
_SECTIONS_2 = {(row.module, row.prefix): row.text for row in SECTIONS if row.prefix and not row.paged}
_OTHER = {1: GENERATION_2, 2: GENERATION_1}

Identity = tuple[str, str]


@dataclass(slots=True)
class _Entry:
    item: Item
    rank: int


@dataclass(slots=True)
class Sheet:
    """What has been written so far, each item with the position of the layer that it came from."""

    resolved: Resolved
    model: Model
    generation: int
    _modules: dict[str, dict[Identity, _Entry]] = field(default_factory=dict)

    def put(self, module: str, name: str, value: str | int, *path: str, section: str = "") -> None:
        """Write a typed value that stands at a path of the settings document; it replaces one of the same key."""
        item = item_of(name, str(value), section=section)
        self._modules.setdefault(module, {})[self._identity(item)] = _Entry(item, self.resolved.rank(*path))

    def refuse(self, why: str, *path: str) -> BadSettings:
        """The error for a value that this model cannot have; names field, layer and model."""
        layer = self.resolved.scope(*path)
        dotted = ".".join(path)
        where = f"model {self.model.name}" + (f", set in {layer}" if layer else "")
        return BadSettings(f"{dotted}: {why} ({where})", field=dotted, layer=layer, model=self.model.name)

    def put_raw(self) -> None:
        """Write the raw keys over what is there, except where a more specific layer has said something typed.

        Raw keys for the modules of the other generation, said for many phones, are not for this one.
        """
        for module, keys in self.resolved.raw.items():
            for key, value in keys.items():
                if isinstance(value, Mapping):
                    for name, text in value.items():
                        self._put_raw(module, name, text, raw_section(key), ("raw", module, key, name))
                else:
                    self._put_raw(module, key, value, "", ("raw", module, key))

    def _put_raw(self, module: str, name: str, value: Any, section: str, path: tuple[str, ...]) -> None:
        module = self._module(module)
        many = not self.resolved.scope(*path).startswith(("devices/", "models/"))
        if many and module in _OTHER[self.generation]:
            return
        rank = self.resolved.rank(*path)
        item = item_of(name, str(value), section=section)
        entries = self._modules.setdefault(module, {})
        entry = self._find(entries, item)
        if entry is None:
            if item.index and not section:
                item = item_of(name, str(value), section=self._section(module, item.index))
            entries[self._identity(item)] = _Entry(item, rank)
        elif rank >= entry.rank:
            kept = entry.item
            entry.item = Item(kept.key, str(value), kept.section, kept.index)
            entry.rank = rank

    def _find(self, entries: dict[Identity, _Entry], item: Item) -> _Entry | None:
        section, name = self._identity(item)
        if section:
            return entries.get((section, name))
        return next((entry for (_, other), entry in entries.items() if other == name), None)

    def _module(self, name: str) -> str:
        if self.generation == 2 and name in ELEMENTS:
            return ELEMENTS[name]
        return next((known for known in (*self._modules, *ORDER) if fold(known) == fold(name)), name)

    def _section(self, module: str, index: str) -> str:
        prefix = index.rstrip("0123456789")
        if self.generation == 1:
            return _SECTIONS_1.get(prefix, "")
        return _SECTIONS_2.get((module, prefix), "")

    def _identity(self, item: Item) -> Identity:
        name = item.name[:KEY_WIDTH] if self.generation == 1 else item.name
        return fold(item.section), fold(name)

    def document(self) -> ConfigDocument:
        """All of it as a file without a version, modules in the order of exports."""
        names = sorted(self._modules, key=lambda name: _POSITION.get(name, len(ORDER)))
        modules = (Module(name, tuple(entry.item for entry in self._modules[name].values())) for name in names)
        return ConfigDocument(tuple(module for module in modules if module.items)).ordered()
