"""Settings in layers: built-in < global < group < model < device; each value remembers the layer it came from.

Merging is RFC 7396: objects merge, everything else replaces, null removes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import ValidationError

from acs.domain.phones.config import PhoneConfig, unfit
from acs.errors import BadSettings
from acs.formats.document import MAX_WRITTEN, ConfigDocument, Item, Module, check, item_of

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
    layers: Sequence[Layer] = field(default=(), repr=False)
    """What it was made of. Nulls, which hold places in the file, are in here only."""

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


def validate(document: Document, *, scope: str = "", model: str = "") -> PhoneConfig:
    """One layer's document as typed values.

    Raises:
        BadSettings: it holds unknown names or bad values; ``field`` is the dotted path of the first, ``facts`` hold all
            of them with the layer and the model, where those are known.
    """
    problems: list[Problem] = []
    config = PhoneConfig()
    try:
        config = PhoneConfig.model_validate(document)
    except ValidationError as error:
        problems = _problems(error, document)
    said = document.get("raw") if isinstance(document, Mapping) else None
    for module, keys in (said if isinstance(said, Mapping) else {}).items():
        if isinstance(keys, Mapping):
            problems += _raw_problems(module, keys)
    if problems:
        raise refusal(problems, scope=scope, model=model)
    return config


def _typed(document: Document, scope: str) -> PhoneConfig:
    try:
        return PhoneConfig.model_validate(document)
    except ValidationError as error:
        raise refusal(_problems(error, document), scope=scope) from None


Problem = Mapping[str, str]
"""``field`` and ``message`` of what is wrong, and more where more is known: ``layer``, ``model``, ``device``."""
MAX_PROBLEMS = 100


def refusal(problems: Sequence[Problem], *, scope: str = "", model: str = "") -> BadSettings:
    """The error that tells all problems, the first in its message; names field, layer and model."""
    known = {name: value for name, value in (("layer", scope), ("model", model)) if value}
    problems = list({problem["field"]: {**known, **problem} for problem in reversed(problems)}.values())[::-1]
    first = problems[0]
    facts = {name: first[name] for name in ("layer", "model") if first.get(name)}
    where = [f"in {facts['layer']}"] if "layer" in facts else []
    where += [_for_model(facts["model"])] if "model" in facts else []
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return BadSettings(
        f"{first['field']}: {first['message']}" + (f" ({', '.join(where)})" if where else "") + more,
        field=first["field"],
        problems=[dict(problem) for problem in problems[:MAX_PROBLEMS]],
        **facts,
    )


def _for_model(model: str) -> str:
    return "whatever the model" if model == "any" else f"model {model}"


def _problems(error: ValidationError, document: Document) -> list[Problem]:
    found = error.errors(include_url=False, include_context=True, include_input=False)
    names = [_names(each["loc"], document) for each in found]
    # What fits none of several types is told for each of them, and for what is inside: the innermost place counts.
    around = {tuple(path[:end]) for path in names for end in range(1, len(path))}
    return [
        {"field": ".".join(path) or "document", "message": _message(each, document)}
        for path, each in zip(names, found, strict=True)
        if tuple(path) not in around
    ]


def _names(location: tuple[int | str, ...], document: Document) -> list[str]:
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
    return names


_RAW_TYPES = frozenset({"string_type", "int_type", "dict_type", "list_type", "int_from_float"})


def _message(problem: Mapping[str, Any], document: Document) -> str:
    kind, location, context = problem["type"], problem["loc"], problem.get("ctx", {})
    if location[:1] == ("raw",) and kind in _RAW_TYPES:
        return "wanted a text, a whole number, null, a list of texts, or an object of these for a sub-section"
    if kind == "string_pattern_mismatch":
        return 'wanted a number from "1" to "999", without zeros in front' if location[-1] == "[key]" else _HEX_KEY
    if kind == "int_type":
        return f"wanted a number without quotation marks{_unquoted(location, document)}"
    if kind == "too_long" and context.get("actual_length") is None:  # pydantic stops counting objects
        return f"wanted at most {context['max_length']} of them"
    wanted = _MESSAGES.get(kind)
    if wanted is None:
        return str(problem["msg"]).removeprefix("Value error, ")
    return wanted.format(**context)


def _unquoted(location: tuple[int | str, ...], document: Document) -> str:
    here: Any = document
    for name in _names(location, document):
        here = here[int(name)] if isinstance(here, list) else here[name]
    return f': {here}, not "{here}"' if isinstance(here, str) and here.isascii() and here[:20].isdigit() else ""


_HEX_KEY = "wanted 64 hexadecimal digits"
_MESSAGES = {
    "extra_forbidden": "unknown name",
    "model_type": "wanted an object",
    "dict_type": "wanted an object",
    "model_attributes_type": "wanted an object",
    "list_type": "wanted a list",
    "bool_type": "wanted true or false, without quotation marks",
    "string_type": "wanted a text in quotation marks",
    "string_too_short": "too short: wanted at least {min_length} character(s)",
    "string_too_long": "too long: wanted at most {max_length} characters",
    "too_short": "wanted at least {min_length} of them, and there are {actual_length}",
    "too_long": "wanted at most {max_length} of them, and there are {actual_length}",
    "greater_than_equal": "too low: wanted at least {ge}",
    "less_than_equal": "too high: wanted at most {le}",
    "literal_error": "wanted one of: {expected}",
}
"""Pydantic's kind of error to our words; never with the value, which may be a secret."""


class RawEntry(NamedTuple):
    """One key of ``raw``: where it is said, where it stands in a file, and what is said."""

    path: Path
    section: str | None
    """None: not said, so that the list's prefix tells it; "": outside any sub-section."""
    prefix: str
    """Of the list entry, as ``SIP1``; "" outside any list."""
    key: str
    values: tuple[str, ...] | None
    """More than one for a key that stands in the file more than once; None for null."""

    @property
    def name(self) -> str:
        """The key with the prefix of its entry."""
        return f"{self.prefix} {self.key}" if self.prefix else self.key


def raw_entries(module: str, keys: Mapping[str, Any]) -> Iterator[RawEntry]:
    """Every key that ``raw`` says in one module."""
    for name, value in keys.items():
        if not isinstance(value, dict):
            yield RawEntry(("raw", module, name), None, *_split(name), _values(value))
            continue
        section = raw_section(name)
        for below, inner in value.items():
            if not isinstance(inner, dict):
                yield RawEntry(("raw", module, name, below), section, *_split(below), _values(inner))
                continue
            for key, text in inner.items():
                yield RawEntry(("raw", module, name, below, key), section, below, key, _values(text))


@lru_cache(maxsize=16384)
def _split(name: str) -> tuple[str, str]:
    item = item_of(name, "")
    return item.index, item.key


def _values(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return (value,)
    if value is None:
        return None
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


MAX_RAW_NAME = MAX_WRITTEN
MAX_RAW_VALUE = 16 * 1024


def _raw_problems(module: str, keys: Mapping[str, Any]) -> Iterator[Problem]:
    for entry in raw_entries(module, keys):
        if why := _raw_problem(module, entry):
            yield {"field": ".".join(entry.path), "message": why}


def _raw_problem(module: str, entry: RawEntry) -> str | None:
    if any(len(name) > MAX_RAW_NAME for name in (module, entry.section or "", entry.name)):
        return f"a name is too long: wanted at most {MAX_RAW_NAME} characters"
    for value in entry.values or ("",):
        if len(value) > MAX_RAW_VALUE:
            return f"too long: wanted at most {MAX_RAW_VALUE} characters"
        if why := unfit(value):
            return why
    try:
        check(ConfigDocument((Module(module, (Item(entry.key, "", entry.section or "", entry.prefix),)),)))
    except BadSettings as error:
        return error.message
    return None


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
    return Resolved(
        document=document,
        scopes=tuple(layer.scope for layer in layers),
        paths=MappingProxyType(paths),
        layers=tuple(layers),
    )


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
