"""Bringing former settings back: what a phone's own layer has to say so that all layers together say them again."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from acs.domain.phones.layers import Document, Path


def patch_between(now: Document, wanted: Document) -> dict[str, Any]:
    """The smallest patch (RFC 7396) that makes ``wanted`` of ``now``: null for what has to go, lists whole.

    ``wanted`` holds no nulls, as no merged document does.
    """
    patch: dict[str, Any] = {name: None for name in now if name not in wanted}
    for name, value in wanted.items():
        there = now.get(name)
        if name not in now or not _same(there, value):
            patch[name] = patch_between(there, value) if isinstance(there, dict) and isinstance(value, dict) else value
    return patch


def own_layer(
    lower: Document, wanted: Document, *, unused_raw: Collection[Path] = (), pinned: bool = False
) -> dict[str, Any]:
    """The document of a phone's own layer over merged lower layers, so that both together are ``wanted``.

    Args:
        lower: the less specific layers, merged.
        wanted: the merged settings that are to be had.
        unused_raw: raw keys of ``wanted`` that lost to a typed value when they were rendered.
        pinned: also say every raw key that won, and none of those that lost. A raw key and a typed value for the same
            line of the file are ranked by their layers, and these may be others now.
    """
    if not pinned:
        return patch_between(lower, wanted)
    raw = _without(wanted.get("raw", {}), {path[1:] for path in unused_raw})
    rest = {name: value for name, value in wanted.items() if name != "raw"}
    patch = patch_between(lower, {**rest, **({"raw": raw} if raw else {})})
    if raw:
        patch["raw"] = _filled(patch.get("raw", {}), raw)
    return patch


@dataclass(frozen=True, slots=True)
class Change:
    """One value of a layer that is not what it was; None where it was not, or is not any more."""

    path: Path
    before: Any
    after: Any
    was_there: bool
    is_there: bool


def changes(before: Document, after: Document) -> tuple[Change, ...]:
    """What differs between two documents of one layer, by path; a null that removes is a value here."""
    old, new = dict(_leaves(before, ())), dict(_leaves(after, ()))
    return tuple(
        Change(path, old.get(path), new.get(path), path in old, path in new)
        for path in sorted(old.keys() | new.keys())
        if (path in old) != (path in new) or not _same(old[path], new[path])
    )


def _same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: ``true`` is not ``1``, also deep inside."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _leaves(document: Document, path: Path) -> Iterator[tuple[Path, Any]]:
    for name, value in document.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _without(document: Document, paths: Collection[Path], at: Path = ()) -> dict[str, Any]:
    kept = {}
    for name, value in document.items():
        path = (*at, name)
        if path not in paths:
            kept[name] = _without(value, paths, path) if isinstance(value, dict) else value
    return kept


def _filled(patch: Any, whole: Any) -> Any:
    """The patch, with every value of ``whole`` that it leaves unsaid."""
    if not isinstance(whole, dict):
        return whole
    said = dict(patch) if isinstance(patch, dict) else {}
    return {**said, **{name: _filled(said.get(name), value) for name, value in whole.items()}}
