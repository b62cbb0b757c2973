"""How the text files of generation 2 map to ``<sysConf>``: modules, sub-sections and list entries, as data.

Keys are mapped by `sysconf_keys`. What no table knows is carried by rule: an element without an index is a
sub-section, one with an index is a list entry. Dotted files have the same places, written as paths.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from acs.formats.sysconf_keys import spaced, squeeze

__all__ = [
    "ELEMENTS",
    "MODULES",
    "SECTIONS",
    "Section",
    "Step",
    "containers",
    "module_element",
    "module_of",
    "path_of",
    "place_of",
    "spaced",
    "squeeze",
    "steps_of",
]

Step = tuple[str, int | None]
"""An element on the way down, with its ``index`` attribute. What no table knows has its text name, with its spaces."""

MODULES = {
    "NET CONFIG MODULE": "net",
    "MM CONFIG MODULE": "mm",
    "SIP CONFIG MODULE": "sip",
    "CALL FEATURE MODULE": "call",
    "PHONE FEATURE MODULE": "phone",
    "DEVICE MANAGER MODULE": "dm",
    "VQM CONFIG MODULE": "vqm",
    "CTI CONFIG MODULE": "cti",
    "ATE CONFIG MODULE": "ateTest",
    "MCAST CFG MODULE": "mcast",
    "DSSKEY CONFIG MODULE": "dsskey",
    "MMI CONFIG MODULE": "web",
    "LOG CONFIG MODULE": "log",
    "TR069 CONFIG MODULE": "tr069",
    "SIP Hotspot MODULE": "hotspot",
    "VPN CONFIG MODULE": "vpn",
    "MAINTENANCE CONFIG MODULE": "mt",
    "AUTOUPDATE CONFIG MODULE": "ap",
    "FIRMWARE CHECK MODULE": "fwCheck",
    "QOS CONFIG MODULE": "qos",
    "DOT1X CONFIG MODULE": "dot1x",
    "APP CONFIG MODULE": "pubApp",
    "RECORD CONFIG MODULE": "record",
    "UI MAINTAIN CONFIG MODULE": "background",
    "UI DEFINED CONFIG MODULE": "ui",
    "AP DEFINED MODULE": "apconfig",
    "KEY CONVERT RULE MODULE": "kc",
}
"""Text module to root child of ``<sysConf>``, in the order of real exports."""

ELEMENTS = {element: module for module, element in MODULES.items()}


@dataclass(frozen=True, slots=True)
class Section:
    """A sub-section of a text module and its place below the module's element.

    ``element`` is None where the entries stand directly below the module; ``paged`` sections end in a page number,
    which becomes the index of ``element``; ``prefix`` and ``entry`` name a list entry in text and XML. ``other`` is a
    second prefix that text files have, and the entry's name that keeps it apart: one with a space, told by a comment.
    """

    module: str
    text: str
    element: str | None = None
    prefix: str = ""
    entry: str = ""
    paged: bool = False
    other: tuple[str, str] = ("", "")


SECTIONS = (
    Section("NET CONFIG MODULE", "WIFI Config", "wifi"),
    Section("NET CONFIG MODULE", "Net Global", "NetGlobal"),
    Section("NET CONFIG MODULE", "WIFI List", "WIFIList", "Item", "Item"),
    Section("NET CONFIG MODULE", "WIFI Sharing", "wifisharing"),
    Section("MM CONFIG MODULE", "PHONE CONFIG", "capability"),
    Section("SIP CONFIG MODULE", "SIP Line List", prefix="SIP", entry="line"),
    Section("SIP CONFIG MODULE", "SIP P2P Config", "p2p"),
    Section("CALL FEATURE MODULE", "Port Config", prefix="P", entry="port"),
    Section("CALL FEATURE MODULE", "Basic DialPlan", "basic"),
    Section("CALL FEATURE MODULE", "Alert Info Ring", prefix="Alert", entry="alertInfo"),
    Section("PHONE FEATURE MODULE", "Display Input", "display"),
    Section("PHONE FEATURE MODULE", "Power LED", "powerLed"),
    Section("PHONE FEATURE MODULE", "Line LED", "lineLed"),
    Section("PHONE FEATURE MODULE", "BLF LED", "blfLed"),
    Section("PHONE FEATURE MODULE", "Voice Volume", "volume"),
    Section("PHONE FEATURE MODULE", "DateTime Config", "date"),
    Section("PHONE FEATURE MODULE", "DateTime Display", "timeDisplay"),
    Section("PHONE FEATURE MODULE", "Softkey Config", "softkey"),
    Section("PHONE FEATURE MODULE", " Agent Config", "agent"),
    Section("PHONE FEATURE MODULE", "BW Directory", prefix="BWDir", entry="bwDir"),
    Section("PHONE FEATURE MODULE", "BW Calllogs", prefix="BWCLog", entry="bwCallLog"),
    Section("PHONE FEATURE MODULE", "LDAP Config", prefix="LDAP", entry="ldap"),
    Section("PHONE FEATURE MODULE", "Xml PhoneBook", prefix="XML-PBook", entry="xmlContact"),
    Section("PHONE FEATURE MODULE", "Time Plan List", prefix="TimePlan", entry="timePlan"),
    Section("PHONE FEATURE MODULE", "Screen Saver", "screenSaver"),
    Section("CTI CONFIG MODULE", "CTI AT Config", "at"),
    Section("MCAST CFG MODULE", "Mcast Addr", prefix="MCAST", entry="addr"),
    Section("MCAST CFG MODULE", "Mcast Dynamic", "dynamic"),
    Section("DSSKEY CONFIG MODULE", "Sidekey Config", "dssSide", "Fkey", "Fkey", paged=True),
    Section("DSSKEY CONFIG MODULE", "Dsskey Config", "internal", "Fkey", "Fkey", paged=True),
    Section(
        "DSSKEY CONFIG MODULE", "Extern Console", "external", "exKey", "exKey", paged=True, other=("Fkey", "ex Key")
    ),
    Section("DSSKEY CONFIG MODULE", "SoftDss Config", prefix="Fkey", entry="dssSoft"),
    Section("MMI CONFIG MODULE", "MMI Account", prefix="Account", entry="account"),
    Section("SIP Hotspot MODULE", "Line Conf List", prefix="HS", entry="hs"),
    Section("AUTOUPDATE CONFIG MODULE", "Sip Pnp List", "pnp"),
    Section("AUTOUPDATE CONFIG MODULE", "Net Option", "opt"),
    Section("DOT1X CONFIG MODULE", "Wifi Config", "wifi"),
    Section("DOT1X CONFIG MODULE", "SSL Mode", "sslMode"),
    Section("UI DEFINED CONFIG MODULE", "UI Wifi Config", "uiWifi"),
    Section("KEY CONVERT RULE MODULE", "Key Convert List", prefix="KcRule", entry="rule"),
)

_INDEXED = re.compile(r"(.+)#([0-9]{1,8})")
_NUMBERED = re.compile(r"(.*?)#?(0|[1-9][0-9]{0,7})")


def module_element(module: str) -> Step:
    """The root child of ``<sysConf>`` that a module is; one that no table knows may have an index of its own."""
    element = MODULES.get(module)
    return (element, None) if element else _step(module)


def module_of(element: str, number: int | None) -> str:
    """The module that a root child is: `module_element` read backwards."""
    return ELEMENTS.get(element, element) if number is None else f"{element}#{number}"


@lru_cache(maxsize=4096)
def steps_of(module: str, section: str, index: str) -> tuple[Step, ...]:
    """The elements between a module's element and an item's own, from the section and the entry's prefix."""
    name, number = _numbered(index) if index else ("", None)
    row, page = _row_of_text(module, section)
    if row is None and index and not section:
        # Hand-written text files leave the markers out; the prefix alone tells the list.
        row = _list_of(module, name)
    if row is None:
        down = tuple(_step(part) for part in section.split("/")) if section else ()
        return (*down, (name, number)) if index else down
    down = ((row.element, page),) if row.element else ()
    if not index:
        # A sub-section whose entries stand directly below the module has no element of its own for a loose key.
        return down
    entry = row.entry if name == row.prefix else row.other[1] if name == row.other[0] else name
    return (*down, (entry, number))


@lru_cache(maxsize=4096)
def place_of(module: str, steps: tuple[Step, ...]) -> tuple[str, str]:
    """Section and entry prefix for the elements between a module's element and an item: `steps_of` read backwards."""
    for row in _rows(module):
        rest = steps
        section = row.text
        if row.element is not None:
            if not steps or steps[0][0] != row.element or (steps[0][1] is not None) != row.paged:
                continue
            section += str(steps[0][1]) if row.paged else ""
            rest = steps[1:]
            if not rest:
                return section, ""
        if len(rest) == 1 and rest[0][1] is not None:
            name, number = rest[0]
            if name == row.entry:
                return section, f"{row.prefix}{number}"
            if name == row.other[1]:
                return section, f"{row.other[0]}{number}"
            if row.element is not None:
                return section, _joined(name, number)
    if steps and steps[-1][1] is not None and not (len(steps) == 1 and _list_of(module, steps[0][0])):
        return _path(steps[:-1]), _joined(*steps[-1])
    return _path(steps), ""


def path_of(module: str, section: str, index: str) -> str:
    """The section that says where a list entry is, for text files, where no rule splits its prefix off."""
    return _path(steps_of(module, section, index))


def _path(steps: tuple[Step, ...]) -> str:
    return "/".join(name if number is None else f"{name}#{number}" for name, number in steps)


@cache
def _rows(module: str) -> tuple[Section, ...]:
    return tuple(row for row in SECTIONS if row.module == module)


def _list_of(module: str, prefix: str) -> Section | None:
    found = [row for row in _rows(module) if row.prefix == prefix]
    return found[0] if prefix and len(found) == 1 else None


@cache
def _row_of_text(module: str, section: str) -> tuple[Section | None, int | None]:
    for row in _rows(module):
        if not row.paged and row.text == section:
            return row, None
        if row.paged and section.startswith(row.text) and section[len(row.text) :].isascii():
            page = section[len(row.text) :]
            if page.isdigit() and page[0] != "0" and len(page) < 9:
                return row, int(page)
    return None, None


def _numbered(name: str) -> tuple[str, int | None]:
    found = _NUMBERED.fullmatch(name)
    return (found[1], int(found[2])) if found and found[1] else (name, None)


def _step(part: str) -> Step:
    found = _INDEXED.fullmatch(part)
    return (found[1], int(found[2])) if found else (part, None)


def _joined(name: str, number: int | None) -> str:
    if number is None:
        return name
    return f"{name}#{number}" if name[-1:].isdigit() else f"{name}{number}"


@cache
def containers(module: str) -> frozenset[str]:
    """Elements directly below a module's that hold others: an empty one of them is no key."""
    return frozenset(row.element or row.entry for row in _rows(module))
