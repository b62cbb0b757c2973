"""Which dialect a file is in, judged by its content alone: names and suffixes say nothing."""

import re

from acs.errors import BadFile
from acs.formats import fanvil_dotted, fanvil_text
from acs.formats.document import Dialect

GENERATION_1 = frozenset(
    {
        "GLOBAL CONFIG MODULE",
        "LAN CONFIG MODULE",
        "TELE CONFIG MODULE",
        "DSP CONFIG MODULE",
        "IAX2 CONFIG MODULE",
        "PPPoE CONFIG MODULE",
        "DEBUG CONFIG MODULE",
        "AAA CONFIG MODULE",
        "ACCESS CONFIG MODULE",
        "DHCP CONFIG MODULE",
        "NAT CONFIG MODULE",
        "PHONE CONFIG MODULE",
        "SCREEN KEY CONFIG MODULE",
    }
)
"""Modules that only files of generation 1 have."""
GENERATION_2 = frozenset(
    {
        "NET CONFIG MODULE",
        "MM CONFIG MODULE",
        "CALL FEATURE MODULE",
        "PHONE FEATURE MODULE",
        "DEVICE MANAGER MODULE",
        "VQM CONFIG MODULE",
        "CTI CONFIG MODULE",
        "ATE CONFIG MODULE",
        "DSSKEY CONFIG MODULE",
        "LOG CONFIG MODULE",
        "MAINTENANCE CONFIG MODULE",
        "FIRMWARE CHECK MODULE",
        "APP CONFIG MODULE",
        "UI MAINTAIN CONFIG MODULE",
        "UI DEFINED CONFIG MODULE",
        "DNS CACHE CONFIG MODULE",
        "BTH CONFIG MODULE",
        "AP DEFINED MODULE",
        "KEY CONVERT RULE MODULE",
    }
)
"""Modules that only files of generation 2 have."""
HEAD = 64 * 1024
"""Bytes in which the beginning of a file must stand; an image of firmware has many more."""
_SECTIONS_1 = frozenset({"Function Key", "Soft Dss Key", "BW Calllogs Conf", "BW Directory Conf", "DHCP List"})
_SECTIONS_2 = frozenset({"SIP P2P Config", "Sip Pnp List", "Net Option", "SSL Mode", "Mcast Dynamic", "Wifi Config"})
_KEYS_1 = re.compile(
    r"Download (?!(?:Common|Device)Conf|Boot)|Config File |Auto Upgrade intval|[A-Za-z]+[0-9]+ .*Failbac$"
)
_KEYS_2 = re.compile(
    r"Flash |Default (?:Username|Password)|Input Cfg|Device Cfg|DHCPv6 |Auto Upgrade Interval|Dhcp |AP Config Priority"
)
_PROLOGUE = re.compile(
    r"\s*(?:<\?xml[^>]*\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>|\s+)*", re.DOTALL | re.IGNORECASE
)


def detect(data: bytes) -> Dialect | None:
    """The dialect, or None if this is no configuration file that can be read as it is (it may be encrypted)."""
    text = fanvil_text.decode(data[:HEAD])
    start = text.lstrip()[:40].lower()
    if start.startswith(fanvil_text.HEADER.lower()):
        return _generation(data)
    if start.startswith(fanvil_dotted.HEADER.lower()):
        return Dialect.DOTTED
    prologue = _PROLOGUE.match(text)
    root = text[prologue.end() if prologue else 0 :][:40]
    if re.match(r"<VOIP_CONFIG_FILE[\s/>]", root):
        return Dialect.XML1
    if re.match(r"<sysConf[\s/>]", root):
        return Dialect.SYSCONF
    return None


def _generation(data: bytes) -> Dialect:
    # The frame is the same; the modules differ. A partial file may hold none that tells: then sections and keys do.
    try:
        document = fanvil_text.read(data)
    except BadFile:
        return Dialect.TEXT1  # reading it says what is wrong with it
    for module in document.modules:
        if module.name in GENERATION_1:
            return Dialect.TEXT1
        if module.name in GENERATION_2:
            return Dialect.TEXT2
    for _, item in document:
        if item.section in _SECTIONS_1 or _KEYS_1.match(item.name):
            return Dialect.TEXT1
        if item.section in _SECTIONS_2 or _KEYS_2.match(item.name):
            return Dialect.TEXT2
    # What is left is the same in both: the version has ten decimals in generation 2.
    long = len((document.version or "").partition(".")[2]) >= 10
    return Dialect.TEXT2 if long or _wide(data) else Dialect.TEXT1


def _wide(data: bytes) -> bool:
    """Generation 1 has its colon in the 20th column at the latest; generation 2 cuts no key and indents its lists."""
    for line in fanvil_text.lines_of(data):
        name, colon, _ = line.removeprefix(fanvil_text.MASK).partition(":")
        if name.startswith(fanvil_text.FOOTER):
            break
        if colon and len(name) > fanvil_text.KEY_WIDTH and name.strip() and name[0] not in "<-#":
            return True
    return False
