"""What differs between two configuration files of one phone, key by key, whatever dialects they are in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from acs.formats import ConfigDocument, Item
from acs.formats.document import fold
from acs.formats.fanvil_text import KEY_WIDTH

Change = Literal["added", "removed", "changed"]

Name = tuple[str, str, str, int]
"""Module, section and name of a key, without what varies between dialects, and how often it stood there before."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One key that is not the same in both files."""

    name: Name
    module: str
    item: Item
    """As the later file has it; as the earlier one had it, where it is gone."""
    before: str | None
    after: str | None

    @property
    def change(self) -> Change:
        """What became of it."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


def differences(before: ConfigDocument, after: ConfigDocument, *, cut: bool = False) -> tuple[Difference, ...]:
    """Everything that differs but the version, in the order of the later file, what is gone at the end of its module.

    Names are compared as phones do, without letter case and spaces; keys that stand more than once, one by one.

    Args:
        before: the earlier file.
        after: the later file.
        cut: one of them is ``text1`` and the other is not: its long keys are cut, and their beginning is enough.
    """
    earlier, later = by_name(before), by_name(after)
    pairs = _cut_names(earlier, later) if cut else {}
    found: list[Difference] = []
    gone: dict[str, list[Difference]] = {}
    taken: set[Name] = set()
    for name, (module, item) in later.items():
        there = name if name in earlier else pairs.get(name)
        if there is None:
            found.append(Difference(name, module, item, None, item.value))
            continue
        taken.add(there)
        value = earlier[there][1].value
        if value != item.value:
            found.append(Difference(name, module, item, value, item.value))
    for name, (module, item) in earlier.items():
        if name not in taken:
            gone.setdefault(name[0], []).append(Difference(name, module, item, item.value, None))
    return tuple(_in_order(found, gone, [fold(module.name) for module in (*after.modules, *before.modules)]))


def by_name(document: ConfigDocument) -> dict[Name, tuple[str, Item]]:
    """Every item by what it is compared by; not those that say "leave as it is", which tells nothing of the value."""
    named: dict[Name, tuple[str, Item]] = {}
    times: Counter[tuple[str, str, str]] = Counter()
    for module, item in document:
        if not item.masked:
            name = fold(module), fold(item.section), fold(item.name)
            named[(*name, times[name])] = module, item
            times[name] += 1
    return named


def _cut_names(earlier: dict[Name, tuple[str, Item]], later: dict[Name, tuple[str, Item]]) -> dict[Name, Name]:
    """Names of the later file that the earlier one has at another length, because a text file of generation 1 cuts."""
    alone = [name for name in earlier if name not in later]
    pairs: dict[Name, Name] = {}
    for name in later.keys() - earlier.keys():
        for other in alone:
            short, long = sorted(((other, earlier[other][1]), (name, later[name][1])), key=lambda each: len(each[0][2]))
            cut = len(short[1].name) in (KEY_WIDTH, KEY_WIDTH - 1)  # its last character may have been a space
            same_place = (other[0], other[3]) == (name[0], name[3]) and long[0][1].startswith(short[0][1])
            if cut and same_place and long[0][2].startswith(short[0][2]):
                pairs[name] = other
    return pairs


def _in_order(found: list[Difference], gone: dict[str, list[Difference]], modules: list[str]) -> Iterator[Difference]:
    by_module: dict[str, list[Difference]] = {}
    for difference in found:
        by_module.setdefault(fold(difference.module), []).append(difference)
    for module in dict.fromkeys(modules):
        yield from by_module.get(module, ())
        yield from gone.get(module, ())
