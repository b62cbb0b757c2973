"""The text files of Fanvil phones, generations 1 and 2.

Frame: a header of exactly 64 bytes with its CRLF, modules under ``<NAME>`` lines that are never closed, ``key :value``
lines with aligned colons, ``--Section--`` markers, ``<<END OF FILE>>``. Real exports have the header at 62 characters
before the CRLF. Reading takes whatever a phone or a hand has written: no padding, LF or CR, Latin-1, any order.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from acs.errors import BadFile, BadSettings
from acs.formats.document import ENTRY, MAX_BYTES, MAX_ITEMS, MAX_NAME, ConfigDocument, Item, Module, check, item_of
from acs.formats.sysconf_map import path_of

HEADER = "<<VOIP CONFIG FILE>>"
FOOTER = "<<END OF FILE>>"
MASK = "###"
HEADER_WIDTH = 62
"""Characters before the CRLF; with it the 64 of the manual's section 4.1."""
KEY_WIDTH = 19
"""The colon is the 20th character; generation 1 cuts longer keys to this, generation 2 lets them push the colon."""

_MODULE = re.compile(r"<(?!<)([^<>]+)>")
_MASKED = re.compile(r"###(?=[^#\s])")
_LISTED = re.compile(r"([A-Za-z][A-Za-z-]*)([1-9][0-9]{0,5}) (?=\S)")
_PAGE = re.compile(r"Dsskey Config[0-9]+")
_MARKERS = {"Time Plan List": "--Time Plan List--  ", "WIFI Sharing": "--WIFI Sharing-- "}
_MARKERS |= {"CommPortal PhoneBook": "--CommPortal PhoneBook--  "}
_COLUMNS = {
    ("SIP CONFIG MODULE", "SIP P2P Config"): 26,
    ("NET CONFIG MODULE", "WIFI Sharing"): 17,
    ("PHONE FEATURE MODULE", "CommPortal PhoneBook"): 26,
    ("DNS CACHE CONFIG MODULE", ""): 18,
    ("PHONE FEATURE MODULE", "Time Plan List"): 20,
    ("ATE CONFIG MODULE", ""): 18,
    ("KEY CONVERT RULE MODULE", "Key Convert List"): 15,
    ("UI DEFINED CONFIG MODULE", ""): 0,
    ("UI MAINTAIN CONFIG MODULE", ""): 23,
    ("AP DEFINED MODULE", ""): 0,
}
"""Where exports of generation 2 have another column, behind the prefix of an entry if there is one."""
_BY_WIDTH = {
    12: "Replace Pwd",
    17: "EHS Headset type",
    19: "Hide DSS Icon|Hide Unused DSS|Right DSS Format",
    20: "WAN6 IP|WAN6 IP PREFIX|WAN6 Gateway|Domain6 Name|Primary DNS6|Secondary DNS6|Enable DHCP6|DHCP6 Auto DNS|"
    "DHCP6 Auto Time|Use Vendor6 Class ID|Vendor6 Class ID|DHCP6 Hostname|Enable Out Access|Enable Allowed list|"
    "Enable Blocked list|Extern1 Page Belong|Extern2 Page Belong|Extern3 Page Belong|Extern4 Page Belong|"
    "Extern5 Page Belong|DSS Extend1 MAC|DSS Extend1 IP|DSS Extend2 MAC|DSS Extend2 IP|DSS Extend3 MAC|"
    "DSS Extend3 IP|DSS Extend4 MAC|DSS Extend4 IP|DSS Extend5 MAC|DSS Extend5 IP|"
    "Agent Popup Password",
    21: "DSS DIAL Switch Mode|First Call Wait Time|First Num Start Time|First Num End Time|DSS Timeout To Home|"
    "DSS Long Press Action|Auto BLF List|Disable Speaker Mode|Enable DND Large Icon",
    22: "Caller ID Mode|SLIC Impedance|Onhook Min Time|Enable Time Plan List|Enable Display To Info|"
    "Wireless Handset Name",
    23: "User Change Background|Cover Older Recordings|Scrolling Display Type|Handfree On Url|Handfree Off Url|"
    "Video Display Mode",
    24: "Power Color|MWI Or SMS Color|In Using Color|Ring Color|Hold Color|Mute Color|Missed Call Color|"
    "Idle Mute Color|Register Failed Color|Power Saving Color|DND Color|Event Notification LED",
    25: "Equipment Capability Url|Display Provision prompt|DHCP Protocol Type|Hotel profile Font Color|"
    "Standby Lamp Effect|Lamp Effect Play Time|Custom Lamp Effect Time|Standby Lamp Effect Type|Offhook Lamp Effect|"
    "Offhook Lamp Effect Color|Ringing Lamp Effect|Ringing Lamp Effect Type|Talking Lamp Effect|"
    "Talking Lamp Effect Type|Calling Lamp Effect|Calling Lamp Effect Type",
    26: "Standby custom Font Color",
    27: "User Change Sub Background|Display SIP on Screensaver",
    28: "Display Logo on Screensaver|Display Time on Screensaver|Display Date on Screensaver",
    30: "Display Business Card Timeout",
}
_OFF_COLUMN = {key: width for width, listed in _BY_WIDTH.items() for key in listed.split("|")}
"""Single keys of generation 2 that are off the column in every export."""


def write(document: ConfigDocument, *, generation: int) -> bytes:
    """The bytes of the file; the same document always gives the same bytes.

    Raises:
        BadSettings: a value, key or version would break the file; the field names it.
    """
    check(document)
    lines = [f"{HEADER}Version:{document.version or ''}".ljust(HEADER_WIDTH), ""]
    for module in document.modules:
        lines.append(f"<{module.name}>")
        (_lines_1 if generation == 1 else _lines_2)(module, lines)
        lines.append("")
    lines += [FOOTER, ""]
    return "\r\n".join(lines).encode()


def _lines_1(module: Module, lines: list[str]) -> None:
    for section, items in _sections(module.items):
        keys: dict[str, str] = {}
        if section:
            lines.append(marker(section, 1) + ":")
        for item in items:
            name = f"{item.index} {item.key}" if item.index else item.key
            key = name[:KEY_WIDTH].ljust(KEY_WIDTH)
            if keys.setdefault(key, name) != name:
                raise BadSettings(
                    f"{module.name}: {name!r} and {keys[key]!r} are one key once cut to {KEY_WIDTH} characters",
                    field=f"raw.{module.name}.{name}",
                )
            lines.append(f"{MASK}{key}:{item.value}" if item.masked else f"{key}:{item.value}")


def _lines_2(module: Module, lines: list[str]) -> None:
    for section, items in _sections(_placed(module)):
        if section:
            lines.append(marker(section, 2) + ":")
        width = _COLUMNS.get((module.name, section), KEY_WIDTH)
        for item in items:
            key = _column(item.key, width)
            name = f"{item.index} {key}" if item.index else key
            lines.append(f"{MASK}{name}:{item.value}" if item.masked else f"{name}:{item.value}")


def _sections(items: Iterable[Item]) -> Iterable[tuple[str, list[Item]]]:
    # A section ends where the next begins, so what stands in none comes first.
    found: dict[str, list[Item]] = {"": []}
    for item in items:
        if item.section in found:
            found[item.section].append(item)
        else:
            found[item.section] = [item]
    return found.items()


def _placed(module: Module) -> Iterable[Item]:
    """The items; an entry whose prefix is no known one stands under a marker that says where it is."""
    if not any(item.index and not _is_known(item.index) for item in module.items):
        return module.items
    return [
        Item(item.key, item.value, path_of(module.name, item.section, item.index), "", item.masked)
        if item.index and not _is_known(item.index)
        else item
        for item in module.items
    ]


@lru_cache(maxsize=1024)
def _is_known(index: str) -> bool:
    return ENTRY.match(f"{index} x") is not None


@lru_cache(maxsize=8192)
def _column(key: str, width: int) -> str:
    return key.ljust(_OFF_COLUMN.get(key, width))


def marker(section: str, generation: int) -> str:
    """The ``--Section--`` line up to its colon; a few of generation 2 are off the column in every real export."""
    text = f"--{section}--"
    if generation == 1:
        return text[:KEY_WIDTH].ljust(KEY_WIDTH)
    return text if _PAGE.fullmatch(section) else _MARKERS.get(section, text.ljust(KEY_WIDTH))


def read(data: bytes) -> ConfigDocument:
    """The document in a file of either generation.

    Everything after a line's first colon is the value, to the last space. What says nothing to a phone is passed over:
    lines without a colon or outside a module, comments (``#``), and what follows the end of the file.

    Raises:
        BadFile: there is no ``<<VOIP CONFIG FILE>>`` header, or it holds too much.
    """
    lines = lines_of(data)
    head = next((line for line in lines if line.strip()), "").strip()
    if not head.upper().startswith(HEADER):
        raise BadFile(f"not a text configuration file: it does not begin with {HEADER}")
    modules: list[tuple[str, list[Item]]] = []
    section = ""
    count = 0
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.strip()
        if name[:1] == "<":
            whole = line.strip()
            if whole.upper().startswith(FOOTER):
                break
            if len(whole) <= MAX_NAME and (found := _MODULE.fullmatch(whole)):
                if not whole.startswith("</"):  # no phone closes a module, some hands do
                    modules.append((found[1].strip(), []))
                    section = ""
                continue
        if not name or not modules:
            continue
        if len(name) > MAX_NAME:
            if colon and name[0] != "#":
                raise BadFile(f"a key of more than {MAX_NAME} characters has no place in a configuration file")
            continue
        if name.startswith("--"):
            section = _section(name)
        elif colon:
            masked = _MASKED.match(name) is not None
            if masked or name[0] != "#":
                name = name.removeprefix(MASK) if masked else name
                modules[-1][1].append(item_of(name, value, section=section, masked=masked))
                count += 1
        if count + len(modules) > MAX_ITEMS:
            raise BadFile(f"more than {MAX_ITEMS} keys are too many for a configuration file")
    return ConfigDocument(tuple(Module(name, tuple(items)) for name, items in modules), _version(head))


def read_1(data: bytes) -> ConfigDocument:
    """`read` for files of generation 1, whose old XML has a list under every marker, known or not.

    Where the first key below an unknown marker is numbered 1, what has its prefix there is an entry of that list.
    """
    document = read(data)
    modules = tuple(Module(module.name, tuple(_entries(module))) for module in document.modules)
    return ConfigDocument(modules, document.version)


def _entries(module: Module) -> Iterator[Item]:
    prefixes: dict[str, str] = {}
    for item in module.items:
        found = _LISTED.match(item.key) if item.section and not item.index else None
        prefix = prefixes.setdefault(item.section, found[1] if found and found[2] == "1" else "")
        if found and found[1] == prefix:
            item = Item(item.key[found.end() :], item.value, item.section, found[1] + found[2], item.masked)
        yield item


def lines_of(data: bytes) -> Iterator[str]:
    """The lines of a text file, whatever they end in.

    Raises:
        BadFile: the file is too large.
    """
    if len(data) > MAX_BYTES:
        raise BadFile(f"{len(data)} bytes are too many for a configuration file")
    return iter(decode(data).replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _section(name: str) -> str:
    # Generation 1 cuts markers too: "--BW Calllogs Conf-", "--BW Directory Conf". Only the cut form ends in one dash.
    text = name[2:]
    if text.endswith("--"):
        return text[:-2]
    return text[:-1] if len(name) == KEY_WIDTH and text.endswith("-") else text


def _version(head: str) -> str | None:
    _, _, version = head[len(HEADER) :].partition(":")
    return version.strip() or None


def decode(data: bytes) -> str:
    """Text of a phone's file: UTF-8, UTF-16 by its mark, else Latin-1 (old exports). Byte order marks are dropped."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if data[:2] in (b"<\0", b"\0<"):
        return data.decode("utf-16-le" if data[1] == 0 else "utf-16-be", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
