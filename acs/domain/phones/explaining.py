"""Why a phone has what it has: who said each setting, what lost to it, and which setting each line of its file is.

Values are shown as they were given: whoever calls has hidden the secrets of the layers before.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from acs.domain.phones.layers import Document, Layer, Path, Resolved, resolve
from acs.domain.phones.render import ITEM_KEYS
from acs.domain.phones.sheet import Sheet
from acs.domain.phones.writers import AUTOUPDATE
from acs.formats import ConfigDocument, Item

Kind = Literal["typed", "raw", "link", "built_in"]
"""Where a line comes from: a typed setting, a raw key, a file that a setting names, or the server itself."""

_LINK_KEYS: Final = frozenset(ITEM_KEYS.values())


@dataclass(frozen=True, slots=True)
class Said:
    """What one layer says of a setting."""

    scope: str
    value: Any


@dataclass(frozen=True, slots=True)
class Effective:
    """A setting that a phone has."""

    path: Path
    value: Any
    scope: str
    shadowed: tuple[Said, ...] = ()
    """What less specific layers say of the same setting, most specific first; None: they remove it."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A setting that a layer takes away: by null, or by saying something of another shape in its place."""

    path: Path
    scope: str
    shadowed: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file."""

    module: str
    section: str
    index: str
    key: str
    value: str
    path: Path
    """Of its setting; empty for what the server says by itself."""
    scope: str
    kind: Kind

    @property
    def name(self) -> str:
        """The key with the prefix of its list entry."""
        return f"{self.index} {self.key}" if self.index else self.key


def effective(layers: Sequence[Layer]) -> tuple[Effective, ...]:
    """Every setting of a phone with its layer and with what lost to it, by path.

    Args:
        layers: all layers of the phone, least specific first.
    """
    resolved = resolve(layers)
    said = _said(layers)
    return tuple(
        Effective(
            path,
            _at(resolved.document, path),
            resolved.scopes[rank],
            tuple(Said(resolved.scopes[lower], value) for lower, value in reversed(said[path]) if lower < rank),
        )
        for path, rank in sorted(resolved.paths.items())
    )


def removed(layers: Sequence[Layer]) -> tuple[Removed, ...]:
    """Every setting that some layer names and the phone does not have, with who took it away, by path."""
    resolved = resolve(layers)
    said = _said(layers)
    gone = []
    for path, values in sorted(said.items()):
        if path in resolved.paths:
            continue
        rank, value = values[-1]
        # A null says so itself; a value went because a more specific layer speaks of something above it, or below.
        taker = rank if value is None else _taker(layers, path, rank)
        lost = tuple(Said(resolved.scopes[lower], was) for lower, was in reversed(values) if was is not None)
        gone.append(Removed(path, resolved.scopes[taker], lost))
    return tuple(gone)


def lines(document: ConfigDocument, sheet: Sheet) -> tuple[Line, ...]:
    """Every line of a file in its order, each with its setting and layer; both from `render_traced`."""
    origins = sheet.origins()
    return tuple(_line(sheet.resolved, module, item, origins) for module, item in document)


def shown(found: Iterable[Line]) -> frozenset[Path]:
    """The paths of the settings that lines of a file come from."""
    return frozenset(line.path for line in found if line.path)


def used(paths: Container[Path], path: Path) -> bool:
    """Whether a setting is, or is in, one of those that show in the file: raw keys that lost, for one, are not."""
    return any(path[:end] in paths for end in range(1, len(path) + 1))


def unused_raw(sheet: Sheet) -> tuple[Path, ...]:
    """Raw keys of the merged settings that are not in the file, as something more specific said otherwise."""
    shown = set(sheet.origins().values())
    return tuple(path for path in sheet.resolved.paths if path[0] == "raw" and path not in shown)


def _line(
    resolved: Resolved, module: str, item: Item, origins: Mapping[tuple[str, tuple[str, str, str]], Path]
) -> Line:
    said = origins.get((module, (item.section, item.index, item.key)), ())
    path = said[:-1] if said and not said[-1] else said
    scope = ""
    # What is made of several settings, or of a file that one of them names, has the layer of the object around it.
    for end in range(len(path), 0, -1):
        if scope := resolved.scope(*path[:end]):
            path = path[:end]
            break
    kind: Kind = "typed"
    if not scope:
        kind, path = "built_in", ()
    elif path[0] == "raw":
        kind = "raw"
    elif module == AUTOUPDATE and item.key in _LINK_KEYS:
        kind = "link"
    return Line(module, item.section, item.index, item.key, item.value, path, scope, kind)


def _said(layers: Sequence[Layer]) -> dict[Path, list[tuple[int, Any]]]:
    """Rank and value of everything that any layer says, nulls included, by path."""
    found: dict[Path, list[tuple[int, Any]]] = {}
    for rank, layer in enumerate(layers):
        for path, value in _leaves(layer.document, ()):
            found.setdefault(path, []).append((rank, value))
    return found


def _leaves(document: Document, path: Path) -> Iterator[tuple[Path, Any]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _taker(layers: Sequence[Layer], path: Path, rank: int) -> int:
    for higher in range(rank + 1, len(layers)):
        here: Any = layers[higher].document
        for depth, name in enumerate(path):
            if name not in here:
                break
            here = here[name]
            if not isinstance(here, dict):
                return higher
            if depth == len(path) - 1:
                return higher
    return rank


def _at(document: Document, path: Path) -> Any:
    value: Any = document
    for name in path:
        value = value[name]
    return value
