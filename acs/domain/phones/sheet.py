"""The sheet on which a configuration is written: typed values, raw keys over them, all in the order of exports."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from acs.domain.phones.catalogue import Model
from acs.domain.phones.layers import Path, RawEntry, Resolved, raw_entries
from acs.errors import BadSettings
from acs.formats import ConfigDocument, Item, Module
from acs.formats.detect import GENERATION_1, GENERATION_2
from acs.formats.document import fold
from acs.formats.fanvil_text import KEY_WIDTH
from acs.formats.sysconf_map import ELEMENTS, SECTIONS

ORDER = {
    1: (
        *("GLOBAL CONFIG MODULE", "LAN CONFIG MODULE", "TELE CONFIG MODULE", "DSP CONFIG MODULE", "SIP CONFIG MODULE"),
        *("IAX2 CONFIG MODULE", "MCAST CFG MODULE", "PPPoE CONFIG MODULE", "MMI CONFIG MODULE", "QOS CONFIG MODULE"),
        *("DEBUG CONFIG MODULE", "AAA CONFIG MODULE", "ACCESS CONFIG MODULE", "DHCP CONFIG MODULE"),
        *("NAT CONFIG MODULE", "PHONE CONFIG MODULE", "SCREEN KEY CONFIG MODULE", "SIP Hotspot MODULE"),
        *("RECORD CONFIG MODULE", "AUTOUPDATE CONFIG MODULE", "VPN CONFIG MODULE", "DOT1X CONFIG MODULE"),
        "TR069 CONFIG MODULE",
    ),
    2: (
        *("NET CONFIG MODULE", "MM CONFIG MODULE", "SIP CONFIG MODULE", "CALL FEATURE MODULE"),
        *("PHONE FEATURE MODULE", "DEVICE MANAGER MODULE", "VQM CONFIG MODULE", "CTI CONFIG MODULE"),
        *("ATE CONFIG MODULE", "MCAST CFG MODULE", "DSSKEY CONFIG MODULE", "MMI CONFIG MODULE", "LOG CONFIG MODULE"),
        *("TR069 CONFIG MODULE", "SIP Hotspot MODULE", "VPN CONFIG MODULE", "MAINTENANCE CONFIG MODULE"),
        *("AUTOUPDATE CONFIG MODULE", "FIRMWARE CHECK MODULE", "QOS CONFIG MODULE", "DOT1X CONFIG MODULE"),
        *("APP CONFIG MODULE", "RECORD CONFIG MODULE", "UI MAINTAIN CONFIG MODULE"),
    ),
}
"""Modules in the order of the phones' exports, by generation; what is not named here follows as it was said."""

_POSITION = {generation: {name: at for at, name in enumerate(names)} for generation, names in ORDER.items()}
_KNOWN = {fold(name): name for name in (*ORDER[1], *ORDER[2])}
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
OTHER = {1: GENERATION_2, 2: GENERATION_1}
"""Modules that a generation does not have."""

Place = tuple[str, str, str]
"""Section, entry and key: where an item stands in its module."""
Written = tuple[Item, Path, tuple[str, ...]]
"""An item, the path of its setting, and further values of a key that stands in the file more than once."""


class _Places:
    """The places of a module that settings and less specific layers have written, by the names of their keys."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str | None], dict[Place, None]] = {}

    def add(self, name: str, place: Place) -> None:
        for section in (None, fold(place[0])):
            self._found.setdefault((name, section), {})[place] = None

    def discard(self, name: str, place: Place) -> None:
        for section in (None, fold(place[0])):
            self._found.get((name, section), {}).pop(place, None)

    def meant(self, name: str, entry: RawEntry) -> Place | None:
        """The first place of that name; in the same section, if the entry says one."""
        if entry.section is None:
            return next(iter(self._found.get((name, None), ())), None)
        for place in self._found.get((name, fold(entry.section)), ()):
            return place
        # "sip1 phone number" was not taken apart, so nothing told its section; there is no other key of this name.
        whole = self._found.get((name, ""), ()) if entry.prefix else ()
        return next((place for place in whole if not place[1]), None)


@dataclass(slots=True)
class Sheet:
    """What has been written so far, each item with the path of the setting that it came from."""

    resolved: Resolved
    model: Model
    generation: int
    _modules: dict[str, dict[Place, Written]] = field(default_factory=dict)

    def put(self, module: str, key: str, value: str | int, *path: str, section: str = "", index: str = "") -> None:
        """Write a typed value that stands at a path of the settings document.

        A value made of several settings gives the path of the object that holds them, and ``""`` as its last name.
        """
        self._modules.setdefault(module, {})[section, index, key] = (Item(key, str(value), section, index), path, ())

    def put_entry(
        self, module: str, section: str, index: str, path: Path, rows: Iterable[tuple[str, str, str]]
    ) -> None:
        """Write the keys of a list entry: each with its value and the name of its setting in the object at ``path``."""
        written = self._modules.setdefault(module, {})
        for key, value, name in rows:
            written[section, index, key] = (Item(key, value, section, index), (*path, name), ())

    def refuse(self, why: str, *path: str) -> BadSettings:
        """The error for a value that this model cannot have; names field, layer and model."""
        # What is missing has no layer; the nearest thing around it that somebody said has one.
        layer = next((scope for end in range(len(path), 0, -1) if (scope := self.resolved.scope(*path[:end]))), "")
        dotted = ".".join(path)
        where = f"model {self.model.name}" + (f", set in {layer}" if layer else "")
        return BadSettings(f"{dotted}: {why} ({where})", field=dotted, layer=layer, model=self.model.name)

    def written(self) -> Iterator[tuple[str, Item, tuple[str, ...]]]:
        """Every item so far with its module and the path of the setting that it came from."""
        for module, items in self._modules.items():
            for item, path, _ in items.values():
                yield module, item, path

    def put_raw(self) -> None:
        """Write the raw keys over what is there, except where a more specific layer has said something typed.

        Raw keys for the modules of the other generation, said for many phones, are not for this one.
        """
        ranks = self.resolved.paths
        flat: dict[str, list[tuple[int, RawEntry]]] = {}
        for module, keys in self.resolved.raw.items():
            entries = flat.setdefault(self.module_name(module), [])
            entries += [(ranks.get(entry.path, -1), entry) for entry in raw_entries(module, keys)]
        for module, entries in flat.items():
            entries.sort(key=itemgetter(0))
            self._overlay(module, entries)

    def _overlay(self, module: str, entries: list[tuple[int, RawEntry]]) -> None:
        # Phones do not care for letter case and spaces in names, and generation 1 cuts them: neither does this, but
        # for two names in one layer, which are two keys, as an export has them.
        foreign = module in OTHER[self.generation]
        own = {at for at, scope in enumerate(self.resolved.scopes) if scope.startswith(("devices/", "models/"))}
        written = self._modules.setdefault(module, {})
        before = _Places()
        for place, (item, _, _) in written.items():
            before.add(self.folded(item.name), place)
        now: list[tuple[str, Place]] = []
        at = -1
        for rank, entry in entries:
            if entry.values is None or (foreign and rank not in own):
                continue
            if rank != at:
                at = rank
                for name, place in now:
                    before.add(name, place)
                now.clear()
            name = self.folded(entry.name)
            exact = self._place(module, entry)
            found = exact if exact in written else before.meant(name, entry)
            if found is not None:
                if rank < self._rank(written[found][1]):
                    continue
                before.discard(name, found)
            section, index, key = place = found or exact
            first, *again = entry.values
            written[place] = (Item(key, first, section, index), entry.path, tuple(again))
            now.append((name, place))

    def _place(self, module: str, entry: RawEntry) -> Place:
        section = self.section_of(module, entry.prefix) if entry.section is None else entry.section
        return section, entry.prefix, entry.key

    def _rank(self, path: Path) -> int:
        if path[-1]:
            return self.resolved.rank(*path)
        around: Any = self.resolved.document
        for name in path[:-1]:
            around = around[name]
        return max(self.resolved.rank(*path[:-1], name) for name in around)

    def module_name(self, name: str) -> str:
        """How this phone spells a module that `raw` names."""
        if self.generation == 2 and name in ELEMENTS:
            return ELEMENTS[name]
        return _KNOWN.get(fold(name), name)

    def section_of(self, module: str, index: str) -> str:
        """The sub-section in which a list stands, by the prefix of its entry; "" if nothing tells."""
        prefix = index.rstrip("0123456789")
        if self.generation == 1:
            return _SECTIONS_1.get(prefix, "")
        return _SECTIONS_2.get((module, prefix), "")

    def folded(self, name: str) -> str:
        """A name as phones compare it."""
        return fold(name[:KEY_WIDTH] if self.generation == 1 else name)

    def origins(self) -> Mapping[tuple[str, Place], tuple[str, ...]]:
        """Module and place of everything written, with the path of its setting as `put` was given it."""
        return {
            (module, place): path for module, items in self._modules.items() for place, (_, path, _) in items.items()
        }

    def document(self) -> ConfigDocument:
        """All of it as a file without a version.

        Modules come in the order of exports, keys as they were written; but where a layer's ``raw`` holds places with
        nulls, as an import does, in the order of that layer.
        """
        held = self._held()
        modules: list[Module] = []
        for name in self._names(held):
            module = Module(name, tuple(self._items(name, held.get(name))))
            # A file's own order is kept; else loose keys come before the entries of a list, each in one piece.
            modules += [module] if held.get(name) else ConfigDocument((module,)).ordered().modules
        return ConfigDocument(tuple(module for module in modules if module.items))

    def _held(self) -> dict[str, list[Place]]:
        """The places of the most specific layer that holds some, by module in its order."""
        for layer in reversed(self.resolved.layers):
            raw: Mapping[str, Any] = layer.document.get("raw") or {}
            if any(_has_null(keys) for keys in raw.values()):
                held: dict[str, list[Place]] = {}
                for name, keys in raw.items():
                    module = self.module_name(name)
                    held.setdefault(module, []).extend(
                        self._place(module, entry) for entry in raw_entries(name, keys or {})
                    )
                return held
        return {}

    def _names(self, held: Mapping[str, object]) -> list[str]:
        position = _POSITION[self.generation]
        last = len(position)
        names = [name for name in held if name in self._modules]
        for name in sorted(self._modules, key=lambda each: position.get(each, last)):
            if name in held:
                continue
            mine = position.get(name, last)
            if mine == last:  # no export has it: it comes behind all others
                names.append(name)
            else:
                later = (at for at, other in enumerate(names) if position.get(other, -1) > mine)
                names.insert(next(later, len(names)), name)
        return names

    def _items(self, module: str, held: Sequence[Place] | None) -> Iterator[Item]:
        written = self._modules[module]
        places = list(written)
        if held:
            at = {place: number for number, place in enumerate(held)}
            # What the layer does not name follows the last key of its own list entry, else comes last.
            ends = {place[:2]: number for place, number in at.items()}
            places.sort(key=lambda place: at.get(place, ends.get(place[:2], len(at)) + 0.5))
            sections = dict.fromkeys(("", *(place[0] for place in places)))
            order = {section: number for number, section in enumerate(sections)}
            places.sort(key=lambda place: order[place[0]])
        for place in places:
            item, _, again = written[place]
            yield item
            if again:
                yield from (item._replace(value=value) for value in again)


def _has_null(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_null, value.values()))
    return value is None
