"""The sheet on which a configuration is written: typed values, raw keys over them, all in the order of exports."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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

Place = tuple[str, str, str]
"""Section, entry and key: where an item stands in its module."""


@dataclass(slots=True)
class Sheet:
    """What has been written so far, each item with the path of the setting that it came from."""

    resolved: Resolved
    model: Model
    generation: int
    _modules: dict[str, dict[Place, Item]] = field(default_factory=dict)
    _paths: dict[tuple[str, Place], tuple[str, ...]] = field(default_factory=dict)

    def put(self, module: str, key: str, value: str | int, *path: str, section: str = "", index: str = "") -> None:
        """Write a typed value that stands at a path of the settings document.

        A value made of several settings gives the path of the object that holds them, and ``""`` as its last name.
        """
        place = (section, index, key)
        self._modules.setdefault(module, {})[place] = Item(key, str(value), section, index)
        self._paths[module, place] = path

    def refuse(self, why: str, *path: str) -> BadSettings:
        """The error for a value that this model cannot have; names field, layer and model."""
        # What is missing has no layer; the nearest thing around it that somebody said has one.
        layer = next((scope for end in range(len(path), 0, -1) if (scope := self.resolved.scope(*path[:end]))), "")
        dotted = ".".join(path)
        where = f"model {self.model.name}" + (f", set in {layer}" if layer else "")
        return BadSettings(f"{dotted}: {why} ({where})", field=dotted, layer=layer, model=self.model.name)

    def put_raw(self) -> None:
        """Write the raw keys over what is there, except where a more specific layer has said something typed.

        Raw keys for the modules of the other generation, said for many phones, are not for this one.
        """
        flat: dict[str, list[tuple[Item, tuple[str, ...]]]] = {}
        for module, keys in self.resolved.raw.items():
            items = flat.setdefault(self._module(module), [])
            for key, value in keys.items():
                if isinstance(value, Mapping):
                    for name, text in value.items():
                        items.append((item_of(name, str(text), section=raw_section(key)), ("raw", module, key, name)))
                else:
                    items.append((item_of(key, str(value)), ("raw", module, key)))
        for module, items in flat.items():
            self._overlay(module, sorted(items, key=lambda entry: self.resolved.rank(*entry[1])))

    def _overlay(self, module: str, items: list[tuple[Item, tuple[str, ...]]]) -> None:
        # Phones do not care for letter case and spaces in names, and generation 1 cuts them: neither does this.
        written = self._modules.get(module, {})
        by_name: dict[str, list[Place]] = {}
        for place, item in written.items():
            by_name.setdefault(self._folded(item), []).append(place)
        for item, path in items:
            many = not self.resolved.scope(*path).startswith(("devices/", "models/"))
            if many and module in _OTHER[self.generation]:
                continue
            places = [
                place
                for place in by_name.get(self._folded(item), ())
                if not item.section or fold(place[0]) == fold(item.section)
            ]
            if not places:
                place = (item.section or self._section(module, item.index), item.index, item.key)
                self._modules.setdefault(module, {})[place] = Item(item.key, item.value, place[0], item.index)
                by_name.setdefault(self._folded(item), []).append(place)
                self._paths[module, place] = path
            elif self._rank(path) >= self._rank(self._paths[module, places[0]]):
                place = places[0]
                self._modules[module][place] = Item(place[2], item.value, place[0], place[1])
                self._paths[module, place] = path

    def _rank(self, path: tuple[str, ...]) -> int:
        if path[-1]:
            return self.resolved.rank(*path)
        return max(
            (rank for leaf, rank in self.resolved.paths.items() if leaf[: len(path) - 1] == path[:-1]), default=-1
        )

    def _module(self, name: str) -> str:
        if self.generation == 2 and name in ELEMENTS:
            return ELEMENTS[name]
        return next((known for known in (*self._modules, *ORDER) if fold(known) == fold(name)), name)

    def _section(self, module: str, index: str) -> str:
        prefix = index.rstrip("0123456789")
        if self.generation == 1:
            return _SECTIONS_1.get(prefix, "")
        return _SECTIONS_2.get((module, prefix), "")

    def _folded(self, item: Item) -> str:
        return fold(item.name[:KEY_WIDTH] if self.generation == 1 else item.name)

    def origins(self) -> Mapping[tuple[str, Place], tuple[str, ...]]:
        """Module and place of everything written, with the path of its setting as `put` was given it."""
        return self._paths

    def document(self) -> ConfigDocument:
        """All of it as a file without a version, modules in the order of exports."""
        names = sorted(self._modules, key=lambda name: _POSITION.get(name, len(ORDER)))
        modules = (Module(name, tuple(self._modules[name].values())) for name in names)
        return ConfigDocument(tuple(module for module in modules if module.items)).ordered()
