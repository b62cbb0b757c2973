"""Everything that keeps settings from becoming a file of one model: all problems, not the first one alone."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from acs import formats
from acs.domain.phones.catalogue import Model
from acs.domain.phones.layers import Path, Problem, Resolved, raw_entries
from acs.domain.phones.render import NO_LINKS, Links, render
from acs.domain.phones.sheet import Sheet
from acs.errors import BadSettings
from acs.formats import Dialect

MOST = 50
"""Problems that are looked for in one file: each costs one rendering."""


def problems(
    resolved: Resolved, *, model: Model, dialect: Dialect, links: Links = NO_LINKS, most: int = MOST
) -> list[Problem]:
    """What a phone of that model and dialect could not be given, each with field, message, layer and model."""
    found: list[Problem] = []
    while len(found) < most:
        try:
            formats.write(render(resolved, model=model, dialect=dialect, links=links), dialect)
        except BadSettings as error:
            at = "certificates" if error.field == "certificate" else error.field or ""
            paths = _paths(resolved, at, Sheet(resolved, model, dialect.generation))
            raw = paths and paths[0][0] == "raw"
            field = ".".join(paths[0]) if raw else at or "document"
            layer = str(error.facts.get("layer") or (resolved.scope(*paths[0]) if paths else ""))
            message = error.message.removeprefix(f"{error.field}: ").partition(f" (model {model.name}")[0]
            found.append({"field": field, "message": message, "layer": layer, "model": model.name})
            if not paths:
                return found
            resolved = without(resolved, *paths)
            kind = at.partition(".")[0]
            if kind in NO_LINKS.__dataclass_fields__:
                links = replace(links, **{kind: getattr(NO_LINKS, kind)})
        else:
            return found
    return found


def without(resolved: Resolved, *paths: Path) -> Resolved:
    """The same settings, but for what stands at and below some paths."""
    document: Any = resolved.document
    for path in paths:
        document = removed(document, path)
    kept = {leaf: rank for leaf, rank in resolved.paths.items() if not any(leaf[: len(path)] == path for path in paths)}
    return replace(resolved, document=document, paths=MappingProxyType(kept))


def removed(document: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """A document without what stands at a path; objects that this leaves empty go too, and lists go whole."""
    name, *rest = path
    copy = dict(document)
    below = copy.pop(name, None)
    if rest and isinstance(below, Mapping) and (left := removed(below, tuple(rest))):
        # In its place: the order of raw keys is that of the file.
        return {each: left if each == name else value for each, value in document.items()}
    return copy


def _paths(resolved: Resolved, field: str, sheet: Sheet) -> list[Path]:
    """The settings behind an error's field; a raw key's field has the names of the file, not those of the document."""
    if not field.startswith("raw."):
        # What is missing cannot be taken away: the nearest thing around it can.
        path = tuple(field.split("."))
        ends = (end for end in range(len(path), 0, -1) if _holds(resolved.document, path[:end]))
        return [path[: next(ends)]] if _holds(resolved.document, path[:1]) else []
    return [
        entry.path
        for module, keys in resolved.raw.items()
        for entry in raw_entries(module, keys)
        if field in _fields(sheet.module_name(module), entry.section or "", entry.name)
    ]


def _fields(module: str, section: str, name: str) -> tuple[str, ...]:
    return f"raw.{module}", f"raw.{module}.{section}", f"raw.{module}.{name}", f"raw.{module}.{section}.{name}"


def _holds(document: Any, path: Path) -> bool:
    for name in path:
        if not isinstance(document, Mapping) or name not in document:
            return False
        document = document[name]
    return True
