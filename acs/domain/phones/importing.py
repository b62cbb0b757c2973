"""A phone's exported file as a settings layer: typed where the settings document models it, ``raw`` otherwise.

What is proposed as typed (`understanding`) is written again and compared with the file, item by item; what does not
come out as it went in is kept raw. At the end the whole layer is written: so no key is lost and no value changed, or
the report names it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from acs import formats
from acs.domain.phones.catalogue import GENERIC, Model
from acs.domain.phones.checking import problems, removed
from acs.domain.phones.config import unfit
from acs.domain.phones.layers import (
    MAX_RAW_NAME,
    MAX_RAW_VALUE,
    Layer,
    Path,
    raw_entries,
    resolve,
    validate,
)
from acs.domain.phones.render import render
from acs.domain.phones.secrets import hidden_item, is_secret_key
from acs.domain.phones.sheet import OTHER, Sheet
from acs.domain.phones.understanding import Understanding
from acs.domain.phones.writers import AUTOUPDATE, SIP, TR069, WRITERS
from acs.errors import BadFile, BadSettings
from acs.formats import ConfigDocument, Dialect, Item, Module
from acs.formats.document import check, fold, item_of

Place = tuple[str, str, str, str]
"""Module, section, entry and key of an item."""

_COMMAND = re.compile(r"auto(?:image|pbook|etc|logo|mmiset|dpeer|alist)ur[li]")
_STATE = frozenset(
    {
        *("cpeserialnumber", "parameterkey", "rebootcommandkey", "downloadcommandkey", "downloadstatus"),
        *("acscontactstate", "downloadstarttime", "downloadendtime"),
    }
)
"""Keys of the TR069 module, folded, by which a phone remembers who it is and where its ACS session stands."""
_MAC = re.compile(r"\bmac(?:\s?addr(?:ess)?)?$", re.IGNORECASE)
_ROUNDS = 500
MAX_REFUSED = 100
"""Keys that may turn out to be unwritable together; each costs a rendering. No export of a phone has any."""


class Target(NamedTuple):
    """A kind of phone that the layer will be written for."""

    model: Model
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Note:
    """What became of one item of the file."""

    module: str
    item: Item
    path: Path = ()
    """Where the layer has it now; nothing for what is not in the layer."""
    reason: str = ""

    def view(self) -> dict[str, Any]:
        """The note for an answer, without secrets."""
        seen = {
            "module": self.module,
            "section": self.item.section,
            "key": self.item.name,
            "value": hidden_item(self.item).value,
            "setting": ".".join(self.path) or None,
            "reason": self.reason or None,
        }
        return {name: value for name, value in seen.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Imported:
    """The layer that a file becomes, and what was done with each of its items."""

    layer: Mapping[str, Any]
    understood: tuple[Note, ...] = ()
    raw: tuple[Note, ...] = ()
    left: tuple[Note, ...] = ()
    """Not set, as the file itself says nothing of it (``###``) or as it is no setting."""
    refused: tuple[Note, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Import:
    dialect: Dialect
    reference: Model
    targets: Sequence[Target]
    scope: str
    items: list[tuple[str, Item]] = field(default_factory=list)
    """What the layer will say, and masked items, whose places it holds; in the file's order."""
    left: list[Note] = field(default_factory=list)
    refused: list[Note] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def import_document(
    document: ConfigDocument,
    *,
    dialect: Dialect,
    targets: Sequence[Target],
    scope: str,
    model: Model = GENERIC,
    drop_identity: bool = False,
) -> Imported:
    """The settings layer of an exported file.

    Args:
        document: what the file says.
        dialect: the file's dialect.
        targets: the kinds of phones that will be given the layer; it can be written for each of them.
        scope: where the layer will be kept.
        model: the model whose export this is, as far as it is known.
        drop_identity: leave out what is one phone's own (serial number, addresses, state of its ACS session).

    Raises:
        BadFile: more than `MAX_REFUSED` keys stand in each other's way.
    """
    work = _Import(dialect, model, targets, scope)
    _sort(work, marked(document, dialect), drop_identity=drop_identity)
    unfit_at_first = len(work.refused)
    while True:
        layer, understood, raw = _layer(work)
        refused = _unwritable(work, layer) or _lost(work, layer)
        if not refused:
            break
        work.refused += refused
        if len(work.refused) > unfit_at_first + MAX_REFUSED:
            raise BadFile(f"more than {MAX_REFUSED} keys of the file cannot be written again", field="file")
        gone = Counter((note.module, note.item) for note in refused)
        kept = []
        for entry in work.items:
            if gone[entry]:
                gone[entry] -= 1
            else:
                kept.append(entry)
        work.items = kept
    _warn(work, raw)
    _warn_of_silence(work, document)
    return Imported(layer, tuple(understood), tuple(raw), tuple(work.left), tuple(work.refused), tuple(work.warnings))


_LOOSE = {
    ("PHONE FEATURE MODULE", "Display Input"): ("Host Name", "Default Language"),
    ("PHONE FEATURE MODULE", "DateTime Config"): (
        "Enable SNTP",
        "SNTP Server",
        "Time Zone",
        "Time Zone Name",
        "DST Type",
    ),
    (AUTOUPDATE, "Sip Pnp List"): ("PNP Enable",),
    (AUTOUPDATE, "Net Option"): ("DHCP Option",),
}
"""Keys of generation 2 that are modelled and stand in a sub-section, but in no list."""
_SECTION_OF = {(module, key): section for (module, section), keys in _LOOSE.items() for key in keys}


def marked(document: ConfigDocument, dialect: Dialect) -> ConfigDocument:
    """A text file as it would be with its markers: hand-written ones leave them out, exports do not.

    Only modules without any marker are changed, and only in where their keys stand; phones know these by their names.
    """
    if dialect not in (Dialect.TEXT1, Dialect.TEXT2):
        return document
    sheet = Sheet(resolve([]), GENERIC, dialect.generation)

    def placed(module: str, item: Item) -> Item:
        section = sheet.section_of(module, item.index) if item.index else ""
        if not item.index and dialect.generation == 2:
            section = _SECTION_OF.get((module, item.key), "")
        return item._replace(section=section) if section else item

    modules = (
        module
        if any(item.section for item in module)
        else Module(module.name, tuple(placed(module.name, item) for item in module))
        for module in document.modules
    )
    return ConfigDocument(tuple(modules), document.version)


def differences(
    document: ConfigDocument, imported: Imported, layer: Mapping[str, Any], *, dialect: Dialect, model: Model
) -> list[str]:
    """What a phone would be told otherwise than the file says, were ``layer`` its only one; names of keys."""
    aside = Counter(_identity(note.module, note.item) for note in (*imported.left, *imported.refused))
    wanted = Counter(_identity(module, item) for module, item in marked(document, dialect) if not item.masked) - aside
    rendered = render(resolve([Layer("devices/", layer)]), model=model, dialect=dialect)
    found = Counter(_identity(module, item) for module, item in formats.read(formats.write(rendered, dialect)))
    return [f"{module}: {index} {key}".replace("  ", " ") for module, _, index, key, _ in wanted - found]


def _sort(work: _Import, document: ConfigDocument, *, drop_identity: bool) -> None:
    for module, item in document:
        state = fold(module) == fold(TR069) and fold(item.key) in _STATE
        if item.masked:
            work.left.append(Note(module, item, reason="the file masks it (###): it stays as it is on the phone"))
            if _unfit(module, item) is None:
                work.items.append((module, item))
        elif fold(module) == fold(AUTOUPDATE) and _COMMAND.fullmatch(fold(item.name)):
            reason = "a command to fetch a file, no setting: upload the file and name it in the settings"
            work.left.append(Note(module, item, reason=reason))
        elif why := _unfit(module, item):
            work.refused.append(Note(module, item, reason=why))
        elif drop_identity and (state or _MAC.search(item.key)):
            work.left.append(Note(module, item, reason="one phone's own: left out, as asked"))
        else:
            work.items.append((module, item))
            shared = not work.scope.startswith("devices/")
            if item.value and (state or (shared and _MAC.search(item.key))):
                _identity_warning(work, item)


def _identity_warning(work: _Import, item: Item) -> None:
    if work.scope.startswith("devices/"):
        work.warnings.append(f"{item.name} is state that the phone keeps itself; it goes back to the phone as it was")
    else:
        work.warnings.append(
            f"{item.name} is one phone's own, and {work.scope} is for many: import again with drop_identity"
        )


def _unfit(module: str, item: Item) -> str | None:
    if any(len(name) > MAX_RAW_NAME for name in (module, item.section, item.name)):
        return f"a name of more than {MAX_RAW_NAME} characters"
    if len(item.value) > MAX_RAW_VALUE:
        return f"a value of more than {MAX_RAW_VALUE} characters"
    if why := unfit(item.value):
        return why
    try:
        check(ConfigDocument((Module(module, (item._replace(value=""),)),)))
    except BadSettings as error:
        return error.message
    return None


def _layer(work: _Import) -> tuple[dict[str, Any], list[Note], list[Note]]:
    typed, written = _typed(work)
    raw: dict[str, Any] = {}
    understood: list[Note] = []
    kept: list[Note] = []
    holders = _Holders(work)
    for module, item in work.items:
        place = _place(module, item)
        if item.masked:
            holders.put(raw, module, item, None)
        elif place in written:
            understood.append(Note(module, item, written[place]))
            holders.put(raw, module, item, None)
        else:
            kept.append(Note(module, item, holders.put(raw, module, item, item.value)))
    return ({**typed, "raw": raw} if raw else typed), understood, kept


class _Holders:
    """Where ``raw`` holds an item: as short as it can be said without meaning another."""

    def __init__(self, work: _Import) -> None:
        width = Sheet(resolve([]), work.reference, work.dialect.generation)
        self._folded = width.folded
        sections: dict[tuple[str, str], set[str]] = {}
        for module, item in work.items:
            sections.setdefault((module, self._folded(item.name)), set()).add(item.section)
        self._twice = {key for key, names in sections.items() if len(names) > 1}

    def put(self, raw: dict[str, Any], module: str, item: Item, value: str | None) -> Path:
        keys = raw.setdefault(module, {})
        split = item_of(item.name, "")
        plain = (split.index, split.key) == (item.index, item.key)
        loose = not item.section and not item.index
        if loose and plain and (module, self._folded(item.name)) not in self._twice:
            names: Path = (item.name,)
        elif plain:
            names = (_section_name(item.section), item.name)
        else:
            names = (_section_name(item.section), item.index, item.key)
        if not _free(keys, names):
            names = (_section_name(item.section), item.index, item.key)
        here = keys
        for name in names[:-1]:
            below = here.setdefault(name, {})
            if not isinstance(below, dict):
                return ("raw", module, *names)  # two things of one name; the comparison finds it missing
            here = below
        old = here.get(names[-1])
        if isinstance(old, dict):
            return ("raw", module, *names)
        if old is None or value is None:
            here[names[-1]] = value if old is None else old
        else:
            here[names[-1]] = [*old, value] if isinstance(old, list) else [old, value]
        return ("raw", module, *names)


def _free(keys: Mapping[str, Any], names: Path) -> bool:
    here: Any = keys
    for name in names[:-1]:
        here = here.get(name, {})
        if not isinstance(here, Mapping):
            return False
    return not isinstance(here.get(names[-1]), Mapping)


def _section_name(section: str) -> str:
    return f"--{section}--" if section else ""


def _typed(work: _Import) -> tuple[dict[str, Any], dict[Place, Path]]:
    """The typed part of the layer, and which of the file's places it writes, by which setting."""
    counted = Counter(_place(module, item) for module, item in work.items)
    sealing = _sealing(work.items)
    values = {
        place: item.value
        for module, item in work.items
        if not item.masked and counted[place := _place(module, item)] == 1 and not _sealed(sealing, module, item)
    }
    generation = work.dialect.generation
    typed: dict[str, Any] = Understanding(values, generation=generation, model=work.reference).layer
    sheets = {(work.reference, generation), *((target.model, target.dialect.generation) for target in work.targets)}
    written: dict[Place, Path] = {}
    for _ in range(_ROUNDS):
        bad = _bad(typed, values, sheets, generation, written)
        if not bad:
            return typed, written
        before = typed
        for path in bad:
            typed = removed(typed, path)
        if typed == before:
            break
    return {}, {}


def _bad(
    typed: Mapping[str, Any],
    values: Mapping[Place, str],
    sheets: set[tuple[Model, int]],
    generation: int,
    written: dict[Place, Path],
) -> list[Path]:
    try:
        validate(typed)
    except BadSettings as error:
        return [tuple(problem["field"].split(".")) for problem in error.facts["problems"]]
    resolved = resolve([Layer("", typed)])
    written.clear()
    for model, spoken in sorted(sheets, key=lambda each: (each[0].name, each[1])):
        sheet = Sheet(resolved, model, spoken)
        try:
            for write in WRITERS:
                write(sheet, resolved.config)
        except BadSettings as error:
            return [tuple((error.field or "").split("."))]
        if spoken != generation:
            continue
        bad = []
        for module, item, path in sheet.written():
            place = _place(module, item)
            written[place] = path if path[-1] else path[:-1]
            if values.get(place) != item.value:
                # A value that is made of several settings, as a DSS key's, goes with all of them.
                bad.append(path if path[-1] else path[:-1])
        if bad:
            return bad
    return []


def _sealing(items: Sequence[tuple[str, Item]]) -> frozenset[str]:
    """The modules, folded, whose passwords the phone has encrypted itself; "" for all modules."""
    flags = {"allpswdencryption": "", "sippswdencryption": fold(SIP), "appswdencryption": fold(AUTOUPDATE)}
    named = ((fold(item.name), item.value) for _, item in items)
    return frozenset(flags[name] for name, value in named if name in flags and value not in ("", "0"))


def _sealed(sealing: frozenset[str], module: str, item: Item) -> bool:
    """Whether an item is a password that the phone has encrypted: no text that a typed setting could take."""
    return bool(sealing) and bool(sealing & {"", fold(module)}) and is_secret_key(item.name)


def _unwritable(work: _Import, layer: Mapping[str, Any]) -> list[Note]:
    """Items that keep the layer from being written for one of the phones."""
    resolved = resolve([Layer(work.scope, layer)])
    # What a model cannot have is not typed any more; which names can stand side by side is up to the dialect.
    models = {**{target.dialect: target.model for target in work.targets}, work.dialect: work.reference}
    for dialect, model in models.items():
        found = problems(resolved, model=model, dialect=dialect)
        if not found:
            continue
        fields = {problem["field"]: problem["message"] for problem in found}
        refused = []
        for module, item, path in _raw_items(work, layer):
            why = fields.get(".".join(path))
            if why:
                refused.append(Note(module, item, reason=f"{why} (model {model.name}, dialect {dialect})"))
        if refused:
            return refused
    return []


def _raw_items(work: _Import, layer: Mapping[str, Any]) -> Iterator[tuple[str, Item, Path]]:
    paths: dict[tuple[str, str, str, str], Path] = {}
    for module, keys in layer.get("raw", {}).items():
        for entry in raw_entries(module, keys):
            paths[module, entry.section or "", entry.prefix, entry.key] = entry.path
    for module, item in work.items:
        if not item.masked and (path := paths.get(_place(module, item))):
            yield module, item, path


def _lost(work: _Import, layer: Mapping[str, Any]) -> list[Note]:
    """Items that the layer, written for the file's own kind of phone, would not give back."""
    rendered = render(resolve([Layer(work.scope, layer)]), model=work.reference, dialect=work.dialect)
    found = Counter(_identity(module, item) for module, item in rendered)
    others = OTHER[work.dialect.generation]
    lost = []
    for module, item in work.items:
        identity = _identity(module, item)
        if item.masked:
            continue
        if found[identity]:
            found[identity] -= 1
        else:
            lost.append(Note(module, item, reason=_SHARED if module in others else _SAME))
    return lost


_SAME = "the settings cannot hold it beside another of the same name"
_SHARED = (
    "a module of the other generation, which a scope of many phones is not for; import it for the phone or its model"
)


def _identity(module: str, item: Item) -> tuple[str, str, str, str, str]:
    # The phones' own spelling of a module is used for it, however the file has it.
    return fold(module), item.section, item.index, item.key, item.value


def _place(module: str, item: Item) -> Place:
    return module, item.section, item.index, item.key


def _warn(work: _Import, raw: Sequence[Note]) -> None:
    generation = work.dialect.generation
    others = sorted({each.model.name for each in work.targets if each.dialect.generation != generation})
    if others:
        many = not work.scope.startswith(("devices/", "models/"))
        kept = "raw keys of modules that both generations have" if many else "all raw keys as the file has them"
        work.warnings.append(
            f"the file is of generation {generation}, and {', '.join(others)} here take the other: they are given what "
            f"was understood, and {kept}"
        )
    lines = {
        int(note.item.index.removeprefix("SIP"))
        for note in raw
        if note.module == SIP and re.fullmatch(r"SIP[1-9][0-9]{0,2}", note.item.index)
    }
    beyond = [line for line in sorted(lines) if line > work.reference.lines]
    if beyond:
        named = ", ".join(map(str, beyond))
        work.warnings.append(
            f"model {work.reference.name} has {work.reference.lines} lines: what the file says of line {named} is raw"
        )
    for note in raw:
        if re.search(r"(?:config|cfg) file key", note.item.key, re.IGNORECASE) and note.item.value:
            work.warnings.append(
                f"{note.item.key} is set: the phone may take encrypted files only; say so in the settings' encryption"
            )
        if fold(note.item.key).endswith("pswdencryption") and note.item.value not in ("", "0"):
            work.warnings.append(f"{note.item.key} is on: passwords are as the phone encrypted them, and kept raw")


def _warn_of_silence(work: _Import, document: ConfigDocument) -> None:
    # An export of a phone that nobody managed says so, and would take a managed one away.
    off = document.get(TR069, "Enable TR069", "") == "0"
    nowhere = (document.get(TR069, "ACS URL") or "").strip() == "0.0.0.0"
    if off or nowhere:
        said = " and ".join(["Enable TR069 is 0"] * off + ["ACS URL is 0.0.0.0"] * nowhere)
        work.warnings.append(
            f"{said}: a phone that is given this stops calling this server; set tr069.enabled to true, and "
            "tr069.acs_url to where phones reach it"
        )


def onto(before: Mapping[str, Any], imported: Mapping[str, Any], *, generation: int) -> dict[str, Any]:
    """An imported layer over what its scope holds: what the file says counts, what it does not say stays.

    Old raw keys for what the file says go, however they were spelled: they would win over typed values.
    """
    sheet = Sheet(resolve([]), GENERIC, generation)
    said: dict[tuple[str, str], set[str]] = {}
    for module, keys in imported.get("raw", {}).items():
        for entry in raw_entries(module, keys):
            place = (sheet.module_name(module), sheet.folded(entry.name))
            said.setdefault(place, set()).add(fold(entry.section or ""))
    rest: dict[str, Any] = dict(before)
    for module, keys in (before.get("raw") or {}).items():
        for entry in raw_entries(module, keys or {}):
            sections = said.get((sheet.module_name(module), sheet.folded(entry.name)))
            if sections and (entry.section is None or fold(entry.section) in sections):
                rest = removed(rest, entry.path)
    merged: dict[str, Any] = _over(rest, imported)
    return merged


def _over(old: Any, new: Any) -> Any:
    # As RFC 7396, but nulls stay, and the new order comes first: in ``raw`` both mean something.
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    both = {name: _over(old[name], value) if name in old else value for name, value in new.items()}
    return {**both, **{name: value for name, value in old.items() if name not in new}}
