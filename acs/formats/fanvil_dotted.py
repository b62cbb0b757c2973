"""The dotted files of Fanvil phones, generation 3: ``sip.line.1.PhoneNumber = 1001``, a line for each key.

Their paths are those of ``<sysConf>`` with dots between the elements and numbers behind the lists, but for the leaves
that `dotted_map` lists. Names whose spaces no rule gives back stand in a comment before their line.
"""

import re
from functools import lru_cache

from acs.errors import BadFile, BadSettings
from acs.formats import sysconf_map as table
from acs.formats.document import LOOSE, MAX_ITEMS, MAX_NAME, ConfigDocument, Item, Module, check
from acs.formats.dotted_map import original, renamed
from acs.formats.fanvil_text import lines_of
from acs.formats.xml_names import escaped, plain_length, unescaped

HEADER = "#<Voip Config File>#"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,7}")
_INDEXED = re.compile(r"(\S+)\[(0|[1-9][0-9]{0,7})\]")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

Path = tuple[str, ...]
"""The names on the way to a leaf, with their spaces, and the numbers."""


def write_dotted(document: ConfigDocument) -> bytes:
    """The bytes of the file; masked items are left out, which leaves them as they are on the phone.

    Raises:
        BadSettings: a value, key or version would break the file, or two keys become one path.
    """
    check(document)
    lines = [HEADER]
    if document.version is not None:
        lines.append(f"Version = {document.version}")
    modules: dict[str, list[Item]] = {}
    for module in document.modules:
        modules.setdefault(module.name, []).extend(module.items)
    written: dict[str, Item] = {}
    for name, items in modules.items():
        lines.append("")
        for item in items:
            if item.masked:
                continue
            path, comment = _path(name, item.section, item.index, item.key)
            if (first := written.setdefault(path, item)).key != item.key:
                raise BadSettings(
                    f"{name}: {item.name!r} and {first.name!r} are the same path {path}",
                    field=f"raw.{name}.{item.name}",
                )
            if comment:
                lines.append(f"# {comment}")
            lines.append(f"{path} = {item.value}")
    return "\n".join([*lines, ""]).encode()


@lru_cache(maxsize=8192)
def _path(module: str, section: str, index: str, key: str) -> tuple[str, str]:
    """The path of an item, and the comment that gives its names back where no rule does."""
    steps = table.steps_of(module, section, index)
    place, leaf = renamed(module, steps, key) or (steps, key)
    above = place if module == LOOSE else (table.module_element(module), *place)
    names: list[str] = []
    for name, number in above:
        names += [name] if number is None else [name, str(number)]
    found = _INDEXED.fullmatch(leaf)
    names += [found[1], found[2]] if found is not None else [leaf]
    numbers = {at for at, (_, number) in _numbered(above) if number is not None}
    if found is not None:
        numbers.add(len(names) - 1)
    path = ".".join(name if at in numbers else escaped(table.squeeze(name), dots=True) for at, name in enumerate(names))
    item = Item(key, "", section, index)
    if _place(_split(path)) == (module, item):
        return path, ""
    return path, ".".join(name if at in numbers else _worded(name) for at, name in enumerate(names))


def _numbered(steps: tuple[table.Step, ...]) -> list[tuple[int, table.Step]]:
    """Each step with the position of its last part in the path."""
    at = 0
    positions = []
    for step in steps:
        at += 1 if step[1] is None else 2
        positions.append((at - 1, step))
    return positions


def _worded(name: str) -> str:
    return " ".join(escaped(word, dots=True) for word in name.split(" "))


def _split(path: str) -> Path:
    return tuple(
        name if _NUMBER.fullmatch(name) else " ".join(unescaped(word, dots=True) for word in name.split(" "))
        for name in path.split(".")
    )


def read_dotted(data: bytes) -> ConfigDocument:
    """The document in a dotted file, in the vocabulary of the text files of generation 2.

    The value is what stands behind the first ``=`` and the space after it, to the last space; where a hand has aligned
    the signs it is what is left without the blanks. Lines that set nothing are passed over.

    Raises:
        BadFile: there is no ``#<Voip Config File>#`` header, or it holds too much.
    """
    lines = lines_of(data)
    head = next((line for line in lines if line.strip()), "").strip()
    if not head.lower().startswith(HEADER.lower()):
        raise BadFile(f"not a dotted configuration file: it does not begin with {HEADER}")
    version: str | None = None
    modules: dict[str, list[Item]] = {}
    comment = ""
    for count, line in enumerate(lines):
        if count > 4 * MAX_ITEMS:
            raise BadFile(f"more than {MAX_ITEMS} keys are too many for a configuration file")
        if line[:1] == "#":
            comment = line[2:] if len(line) <= 4 * MAX_NAME else ""
            continue
        told, comment = comment, ""
        left, sign, right = line.partition("=")
        path = left.strip()
        if not sign or not path or len(path.split()) > 1:
            continue
        if len(path) > 2 * MAX_NAME and plain_length(path) > 2 * MAX_NAME:
            raise BadFile(f"a path of more than {2 * MAX_NAME} characters has no place in a configuration file")
        as_written = left[-1:] == " " and left[-2:-1] not in " \t"
        value = right.removeprefix(" ") if as_written else right.strip()
        if path.casefold() == "version":
            version = value.strip() or None
            continue
        names, spaced_names = _split(path), _split(told)
        named = names == tuple(table.squeeze(name) for name in spaced_names)
        module, item = _place(spaced_names if named else names, literal=named)
        modules.setdefault(module, []).append(Item(item.key, value, item.section, item.index))
    if sum(map(len, modules.values())) > MAX_ITEMS:
        raise BadFile(f"more than {MAX_ITEMS} keys are too many for a configuration file")
    return ConfigDocument(tuple(Module(name, tuple(items)) for name, items in modules.items()), version).ordered()


@lru_cache(maxsize=8192)
def _place(path: Path, *, literal: bool = False) -> tuple[str, Item]:
    """Where the path leads to: module, and an item without a value. ``literal``: the key has its spaces already."""
    if len(path) == 1:
        return LOOSE, Item(path[0], "")
    steps: list[table.Step] = []
    for name in path:
        if steps and steps[-1][1] is None and _NUMBER.fullmatch(name):
            steps[-1] = (steps[-1][0], int(name))
        else:
            steps.append((name, None))
    root, *rest = steps
    if not rest:
        return LOOSE, Item(f"{table.squeeze(path[0])}[{path[1]}]", "")
    module = table.module_of(*root)
    *above, (leaf, number) = rest
    down = tuple(above)
    if number is not None:
        section, index = table.place_of(module, down)
        return module, Item(f"{table.squeeze(leaf)}[{number}]", "", section, index)
    if (found := original(module, down, leaf)) is not None:
        section, index = table.place_of(module, found[0])
        return module, Item(found[1], "", section, index)
    section, index = table.place_of(module, down)
    key = leaf if literal else table.spaced(leaf, index.rstrip("0123456789"))
    if not literal and renamed(module, down, key) is not None:
        # The file has the name of <sysConf> where dotted files have their own: another spelling keeps it apart.
        key = leaf if leaf != key else _CAPITAL.sub(" ", leaf)
    return module, Item(key, "", section, index)
