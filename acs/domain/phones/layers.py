"""Settings in layers: built-in < global < group < model < device; each value remembers the layer it came from.

Merging is RFC 7396: objects merge, everything else replaces, null removes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from acs.domain.phones.config import PhoneConfig
from acs.errors import BadSettings
from acs.formats.document import ConfigDocument, Item, Module, check, unwritable

Document = Mapping[str, Any]
"""A settings document as JSON has it; objects below the top are plain ``dict``s."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """The settings of one scope: ``global``, ``groups/NAME``, ``models/MODEL``, ``devices/ID``."""

    scope: str
    document: Document


@dataclass(frozen=True, slots=True)
class Resolved:
    """All layers of one phone as one document, without nulls, and where each of its values came from."""

    document: Document = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    """Scopes of all layers, least specific first."""
    paths: Mapping[Path, int] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """Path of every leaf (a list is one) to the position of its layer's scope."""

    @property
    def origins(self) -> Mapping[str, str]:
        """Dotted path of every leaf to the scope of its layer."""
        return {".".join(path): self.scopes[rank] for path, rank in self.paths.items()}

    @property
    def raw(self) -> Mapping[str, Mapping[str, Any]]:
        """The effective raw keys by module."""
        raw: Mapping[str, Mapping[str, Any]] = self.document.get("raw", {})
        return raw

    @property
    def config(self) -> PhoneConfig:
        """The document as typed values."""
        return _typed(self.document, "")

    def rank(self, *path: str) -> int:
        """Position of the layer that a leaf came from; the higher, the more specific. -1 if nobody said it."""
        return self.paths.get(path, -1)

    def scope(self, *path: str) -> str:
        """Scope of the layer that a leaf, or the most specific leaf below a path, came from; "" if none."""
        if path in self.paths:
            return self.scopes[self.paths[path]]
        ranks = [rank for leaf, rank in self.paths.items() if leaf[: len(path)] == path]
        return self.scopes[max(ranks)] if ranks else ""


def validate(document: Document, *, scope: str = "") -> PhoneConfig:
    """One layer's document as typed values.

    Raises:
        BadSettings: it holds an unknown name or a bad value; ``field`` is the dotted path, ``facts`` hold all problems.
    """
    config = _typed(document, scope)
    for module, keys in (config.raw or {}).items():
        _check_raw(module, keys or {}, scope)
    return config


def _typed(document: Document, scope: str) -> PhoneConfig:
    try:
        return PhoneConfig.model_validate(document)
    except ValidationError as error:
        raise _bad_settings(error, document, scope) from None


def _bad_settings(error: ValidationError, document: Document, scope: str) -> BadSettings:
    problems = [
        {"field": _dotted(problem["loc"], document), "message": _message(problem["type"], problem["msg"])}
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    problems = list({problem["field"]: problem for problem in reversed(problems)}.values())[::-1]
    first = problems[0]
    where = f" (in {scope})" if scope else ""
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return BadSettings(
        f"{first['field']}: {first['message']}{where}{more}",
        field=first["field"],
        problems=problems,
        **({"layer": scope} if scope else {}),
    )


def _dotted(location: tuple[int | str, ...], document: Document) -> str:
    # Pydantic adds the names of the tried types and "[key]" to the path; only what the document really has counts.
    names: list[str] = []
    here: Any = document
    for part in location:
        if isinstance(here, Mapping):
            if part == "[key]" or (part not in here and here):
                continue
            names.append(str(part))
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            names.append(str(part))
            here = here[part]
    return ".".join(names) or "document"


def _message(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown name"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return "wanted an object"
    return message.removeprefix("Value error, ")


def _check_raw(module: str, keys: Mapping[str, Any], scope: str) -> None:
    for key, value in keys.items():
        items = value.items() if isinstance(value, Mapping) else ((key, value),)
        section = raw_section(key) if isinstance(value, Mapping) else ""
        for name, text in items:
            path = f"raw.{module}.{key}" + (f".{name}" if isinstance(value, Mapping) else "")
            written = "" if text is None else str(text)
            if why := unwritable(written):
                raise BadSettings(f"{path} {why}", field=path, **({"layer": scope} if scope else {}))
            try:
                check(ConfigDocument((Module(module, (Item(name, written, section),)),)))
            except BadSettings as error:
                raise BadSettings(error.message, field=path, **({"layer": scope} if scope else {})) from None


def raw_section(name: str) -> str:
    """The sub-section that a nested raw object is for: ``--Dsskey Config2--`` or the same without its dashes."""
    plain = name.strip()
    return plain[2:-2] if plain.startswith("--") and plain.endswith("--") and len(plain) > 4 else plain


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396: the target with the patch applied; neither is changed. Also what PATCH does to a stored layer."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def resolve(layers: Sequence[Layer]) -> Resolved:
    """All layers merged, least specific first."""
    document: dict[str, Any] = {}
    paths: dict[Path, int] = {}
    for rank, layer in enumerate(layers):
        _merge_into(document, _one_book(layer.document), (), paths, rank)
    return Resolved(document=document, scopes=tuple(layer.scope for layer in layers), paths=MappingProxyType(paths))


def _merge_into(target: dict[str, Any], patch: Document, path: Path, paths: dict[Path, int], rank: int) -> None:
    """`merge`, but in place, and noting the layer of every leaf on the way: one walk for what is most of the work."""
    for name, value in patch.items():
        here = (*path, name)
        if isinstance(value, dict):
            below = target.get(name)
            if not isinstance(below, dict):
                paths.pop(here, None)
                below = target[name] = {}
            _merge_into(below, value, here, paths, rank)
            continue
        if isinstance(target.get(name), dict):
            _forget(target[name], here, paths)
        if value is None:
            target.pop(name, None)
            paths.pop(here, None)
        else:
            target[name] = value
            paths[here] = rank


def _one_book(document: Document) -> Document:
    """A layer that names a phone book by file or by identifier takes back the other way of less specific layers."""
    book = document.get("phonebook")
    if not isinstance(book, dict):
        return document
    if book.get("file_id") is not None:
        return {**document, "phonebook": {"phonebook_id": None, "format": None, **book}}
    if book.get("phonebook_id") is not None:
        return {**document, "phonebook": {"file_id": None, **book}}
    return document


def _forget(document: Document, path: Path, paths: dict[Path, int]) -> None:
    for name, value in document.items():
        if isinstance(value, dict):
            _forget(value, (*path, name), paths)
        else:
            paths.pop((*path, name), None)
