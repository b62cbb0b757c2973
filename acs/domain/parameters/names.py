"""What a GetParameterNamesResponse means, however it was put together (quirks 109 to 112); patterns of paths."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase


def tidied(names: Iterable[tuple[str, bool]], asked: str) -> tuple[tuple[str, bool], ...]:
    """Give the (path, writable) pairs below the path that was asked for.

    Objects that were left out are put in front of what is below them; an object without its dot is known by what is
    below it; what lies elsewhere is passed over; of several entries for one path the last counts.
    """
    listed: dict[str, bool] = {}
    for path, writable in names:
        path = path.strip()
        if path and _is_below(path, asked):
            listed[path] = writable
    parents: set[str] = set()
    for path in listed:
        end = path.rfind(".", 0, len(path) - 1)
        while end > 0 and path[: end + 1] not in parents:
            parents.add(path[: end + 1])
            end = path.rfind(".", 0, end)
    tidy: dict[str, bool] = {}
    for path, writable in listed.items():
        name = path if path.endswith(".") or f"{path}." not in parents else f"{path}."
        missing = []
        end = name.rfind(".", 0, len(name) - 1)
        while end > 0 and (parent := name[: end + 1]) not in tidy and parent != asked and _is_below(parent, asked):
            missing.append(parent)
            end = name.rfind(".", 0, end)
        for parent in reversed(missing):
            tidy[parent] = listed.get(parent, listed.get(parent[:-1], False))
        tidy[name] = writable
    return tuple(tidy.items())


def _is_below(path: str, asked: str) -> bool:
    if not asked:
        return True
    if asked.endswith("."):
        return path.startswith(asked) or path == asked[:-1]
    return path == asked or path.startswith(f"{asked}.")


def children(names: Iterable[tuple[str, bool]], parent: str) -> tuple[tuple[str, bool], ...]:
    """Give the pairs that are directly below an object: what NextLevel=1 would list."""
    level = parent.count(".")
    return tuple(
        (path, writable)
        for path, writable in names
        if path != parent and path.startswith(parent) and path.rstrip(".").count(".") == level
    )


def is_like(path: str, patterns: Sequence[str]) -> bool:
    """Say whether a path is one of these, or fits a pattern with ``*``."""
    return any(path == pattern or fnmatchcase(path, pattern) for pattern in patterns)
