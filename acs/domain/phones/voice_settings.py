"""What the settings say about SIP, apart from how a phone is told: the same lines that a configuration file would hold.

Read from the rendered file and not from the typed fields, so that a raw key that wins there wins here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from acs.domain.phones import codes
from acs.domain.phones.layers import Resolved
from acs.domain.phones.render import render_neutral
from acs.domain.phones.writers import SIP
from acs.formats import ConfigDocument
from acs.formats.document import Item, fold

FIELDS: Final[Mapping[str, str]] = {
    "phonenumber": "user",
    "displayname": "display_name",
    "registeraddr": "server",
    "registerport": "port",
    "registeruser": "auth_user",
    "registerpswd": "password",
    "registerpwd": "password",
    "registerttl": "expires",
    "enablereg": "enabled",
    "proxyaddr": "outbound_proxy",
    "proxyport": "outbound_proxy_port",
    "mediacrypto": "srtp",
    "dtmfmode": "dtmf",
    "transport": "transport",
    "mwinum": "voicemail",
    "voicecodecmap": "codecs",
}
"""Key of a line, folded, to the field of the settings that it is."""

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "transport": {number: word for word, number in codes.TRANSPORT.items()},
    "dtmf": {number: word for word, number in codes.DTMF.items()},
    "srtp": {number: word for word, number in codes.SRTP.items()},
    "enabled": {"0": "0", "1": "1"},
}
_NUMBERS: Final = frozenset({"port", "outbound_proxy_port", "expires"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """SIP as the settings want it. Values are texts; a flag is ``0`` or ``1``, codecs are parted by commas."""

    port: str = ""
    """The phone's own SIP port; empty: not said."""
    lines: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Number of a line to what is said about it, without its password."""
    passwords: Mapping[str, str] = field(default_factory=dict)
    """Number of a line to its password."""
    layers: Mapping[str, str] = field(default_factory=dict)
    """Dotted path of a field to the scope that said it."""
    unsaid: tuple[tuple[str, str], ...] = ()
    """Fields whose raw value only a file can carry, with the reason."""

    def __bool__(self) -> bool:
        return bool(self.port or self.lines or self.passwords)

    def as_json(self) -> dict[str, Any]:
        """Give all but the passwords, as a task's progress keeps it."""
        return {
            "port": self.port,
            "lines": {number: dict(line) for number, line in self.lines.items()},
            "layers": dict(self.layers),
            "unsaid": [list(entry) for entry in self.unsaid],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], passwords: Mapping[str, str]) -> Wanted:
        """Read what ``as_json`` gave."""
        unsaid = tuple((path, why) for path, why in value["unsaid"])
        return cls(value["port"], value["lines"], passwords, value["layers"], unsaid)


def wanted(resolved: Resolved, document: ConfigDocument | None = None) -> Wanted:
    """Read the SIP settings of one phone; which lines there are, the phone's own parameters say.

    Args:
        resolved: its settings.
        document: `render_neutral` of them, where it was made already.

    Raises:
        BadSettings: the settings cannot be rendered at all.
    """
    document = render_neutral(resolved) if document is None else document
    port = ""
    lines: dict[str, dict[str, str]] = {}
    passwords: dict[str, str] = {}
    layers: dict[str, str] = {}
    unsaid: list[tuple[str, str]] = []
    for module, item in document:
        if fold(module) != fold(SIP) or item.masked:
            continue
        number = _line(item)
        if number is None:
            if not item.index and fold(item.key) == "sipport" and _is_number(item.value):
                port, layers["sip.port"] = item.value.strip(), _layer(resolved, "sip", "port")
            continue
        name = FIELDS.get(fold(item.key))
        if name is None:
            continue
        path = f"sip.lines.{number}.{name}"
        layers[path] = _layer(resolved, "sip", "lines", number, name)
        if name == "password":
            passwords[number] = item.value
            lines.setdefault(number, {})
            continue
        value = _WORDS[name].get(item.value.strip()) if name in _WORDS else item.value
        if value is None or (name in _NUMBERS and not _is_number(value)):
            unsaid.append((path, f"its raw value {item.value[:32]!r} can only go by file"))
            continue
        lines.setdefault(number, {})[name] = value.strip() if name in _NUMBERS else value
    ordered = {number: lines[number] for number in sorted(lines, key=int)}
    return Wanted(port, ordered, passwords, layers, tuple(unsaid))


def _line(item: Item) -> str | None:
    number = item.index[3:] if item.index.upper().startswith("SIP") else ""
    return str(int(number)) if number.isascii() and number.isdigit() and 0 < len(number) <= 3 else None


def _is_number(text: str) -> bool:
    digits = text.strip()
    return digits.isascii() and digits.isdigit() and len(digits) <= 10


def _layer(resolved: Resolved, *path: str) -> str:
    """Give the layer of a field; a raw key stands in the layer of the raw keys of its module."""
    return resolved.scope(*path) or resolved.scope("raw", SIP)
