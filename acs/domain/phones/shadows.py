"""Raw keys that would hide what has just been said as a typed setting.

Within one layer raw keys win. An imported layer holds raw keys for what could not be understood, such as a time zone by
another name; a later change of that very setting must not be without effect.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from acs.domain.phones.catalogue import GENERIC, Model
from acs.domain.phones.layers import Layer, Path, RawEntry, raw_entries, resolve
from acs.domain.phones.sheet import Sheet
from acs.domain.phones.writers import WRITERS
from acs.errors import BadSettings
from acs.formats.document import fold


def uncovered(
    document: Mapping[str, Any], patch: Mapping[str, Any], *, phones: Iterable[tuple[Model, int]] = ()
) -> dict[str, Any]:
    """A patched layer in which raw keys no longer hide what the patch says typed; they become null, and keep places.

    Args:
        document: the layer with the patch in it.
        patch: what was said just now; raw keys that it says itself stay.
        phones: models and generations that the layer is written for; none: any.
    """
    said = set(_leaves({name: value for name, value in patch.items() if name != "raw"}, ()))
    raw = document.get("raw")
    if not said or not isinstance(raw, Mapping):
        return dict(document)
    typed = resolve([Layer("", {name: value for name, value in document.items() if name != "raw"})])
    changed: dict[str, Any] = dict(document)
    for model, generation in phones or ((GENERIC, 1), (GENERIC, 2)):
        sheet = Sheet(typed, model, generation)
        own = {(sheet.module_name(module), sheet.folded(entry.name)) for module, entry in _entries(patch.get("raw"))}
        for write in WRITERS:
            with suppress(BadSettings):  # whatever is off is told when the layer is saved
                write(sheet, typed.config)
        places: dict[tuple[str, str], list[str]] = {}
        for module, item, path in sheet.written():
            if path in said or (not path[-1] and any(leaf[: len(path) - 1] == path[:-1] for leaf in said)):
                places.setdefault((module, sheet.folded(item.name)), []).append(fold(item.section))
        for module, entry in _entries(raw):
            name = (sheet.module_name(module), sheet.folded(entry.name))
            sections = places.get(name, ())
            if name not in own and sections and (entry.section is None or fold(entry.section) in sections):
                changed = _nulled(changed, entry.path)
    return changed


def _leaves(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _leaves(below, (*path, name))
    elif value is not None:
        yield path


def _entries(raw: Any) -> Iterator[tuple[str, RawEntry]]:
    for module, keys in (raw if isinstance(raw, Mapping) else {}).items():
        if isinstance(keys, Mapping):
            for entry in raw_entries(module, keys):
                if entry.values is not None:
                    yield module, entry


def _nulled(document: Mapping[str, Any], path: Path) -> dict[str, Any]:
    name, *rest = path
    return {
        each: (_nulled(value, tuple(rest)) if rest else None) if each == name else value
        for each, value in document.items()
    }
