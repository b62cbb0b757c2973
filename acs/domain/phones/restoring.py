"""Bringing former settings back: what a phone's own layer has to say so that all layers together say them again."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from acs.domain.phones.layers import Document, Path, merge


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


def own_layers(
    lower: Document, wanted: Document, *, former: Document, unused_raw: Collection[Path] = ()
) -> Iterator[dict[str, Any]]:
    """Documents of a phone's own layer that, over the less specific ones, say what is wanted; the smallest first.

    All give the same settings, but for raw keys that had no effect. Which of them gives the same file only rendering
    tells: a raw key and a typed value for one line are ranked by their layers, and raw keys keep the order in which a
    layer says them.

    Args:
        lower: the less specific layers, merged.
        wanted: the merged settings that are to be had.
        former: what the phone's own layer said when these were the settings.
        unused_raw: raw keys of ``wanted`` that lost to a typed value then.
    """
    yield patch_between(lower, wanted)
    # As it was then, and what the less specific layers have come to say since put right on top of it.
    again = _over(former, patch_between(merge(lower, former), wanted))
    if _same(merge(lower, again), wanted):
        yield again
    # Every raw key that won, which wins again where it is most specific, and none of those that lost.
    raw = _without(wanted.get("raw", {}), {path[1:] for path in unused_raw})
    rest = {name: value for name, value in wanted.items() if name != "raw"}
    pinned = patch_between(lower, {**rest, **({"raw": raw} if raw else {})})
    yield _over(pinned, {"raw": raw}) if raw else pinned


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


def _over(document: Any, patch: Any) -> Any:
    """A layer with a patch laid over it as it stands: its nulls stay, as they say something in a layer."""
    if not isinstance(patch, dict):
        return patch
    laid = dict(document) if isinstance(document, dict) else {}
    return {**laid, **{name: _over(laid.get(name), value) for name, value in patch.items()}}
