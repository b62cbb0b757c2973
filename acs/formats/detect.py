"""Which dialect a file is in, judged by its content alone: names and suffixes say nothing."""

import re

from acs.formats import fanvil_text
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
_GENERATION_2_KEYS = re.compile(r"^(?:###)?(?:Flash |Default (?:Username|Password)|Device Cfg File Key)", re.MULTILINE)
_WIDE = re.compile(r"^[A-Za-z-]+[1-9][0-9]* (?P<key>[^:\r\n]{19,}):", re.MULTILINE)
_PROLOGUE = re.compile(r"\s*(?:<\?xml[^>]*\?>|<!--.*?-->|\s+)*", re.DOTALL | re.IGNORECASE)


def detect(data: bytes) -> Dialect | None:
    """The dialect, or None if this is no configuration file that can be read as it is (it may be encrypted)."""
    text = fanvil_text.decode(data)
    start = text.lstrip()[:40].lower()
    if start.startswith(fanvil_text.HEADER.lower()):
        return _generation(text, data)
    if start.startswith("#<voip config file>#"):
        return Dialect.DOTTED
    prologue = _PROLOGUE.match(text)
    root = text[prologue.end() if prologue else 0 :][:40]
    if re.match(r"<VOIP_CONFIG_FILE[\s/>]", root):
        return Dialect.XML1
    if re.match(r"<sysConf[\s/>]", root):
        return Dialect.SYSCONF
    return None


def _generation(text: str, data: bytes) -> Dialect:
    # The frame is the same; the modules differ. A partial file may hold none that tells: then keys, then columns do.
    for module in fanvil_text.read(data).modules:
        if module.name in GENERATION_1:
            return Dialect.TEXT1
        if module.name in GENERATION_2:
            return Dialect.TEXT2
    return Dialect.TEXT2 if _GENERATION_2_KEYS.search(text) or _WIDE.search(text) else Dialect.TEXT1
