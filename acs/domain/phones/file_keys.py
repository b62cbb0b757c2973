"""Which key a phone's configuration file is encrypted with, and which keys the file itself hands over.

A phone with a key takes every configuration file for an encrypted one, and a phone without takes only plain ones
(manual 4.1.3), so the server must know which key is in the phone. Two ways of knowing: an operator says so
(``encryption.enabled`` with ``device_key``), or the server has handed the key over itself (``encryption.deliver``) and
counts on what the phone has proven with a file that it applied (`Known`).

Device key for the phone's own file, common key for the general file: so say the names of the keys and later manuals.
The "Auto Provision" manual words it the other way round; we follow the names (fanvil 2.7).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from acs.domain.phones.catalogue import Model
from acs.domain.phones.layers import Resolved
from acs.errors import BadSettings
from acs.formats import ConfigDocument
from acs.formats.containers import KEY_BYTES, PLAIN
from acs.formats.document import fold

Carried = Mapping[str, str]
"""Field of ``encryption`` to what its line in the phone's own file says; an empty text takes the key away."""

LINES: Final[Mapping[int, Mapping[str, str]]] = MappingProxyType(
    {
        1: MappingProxyType({"device_key": "Config File Key", "common_key": "Common Cfg File Key"}),
        2: MappingProxyType({"device_key": "Device Cfg File Key", "common_key": "Common Cfg File Key"}),
    }
)
"""Generation to the key names in ``AUTOUPDATE CONFIG MODULE``."""

_DEVICE_LINES: Final = frozenset(fold(names["device_key"]) for names in LINES.values())
_NOTHING: Final[Carried] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Known:
    """What the server knows of the key in one phone. Keys are hexadecimal; an empty one means "no key"."""

    held: str = field(default="", repr=False)
    """Proven, or the likelier one."""
    other: str | None = field(default=None, repr=False)
    """What it may hold instead: a key that it was sent and has not proven, or the one it had before; None: nothing."""

    def offered(self, key: str) -> "Known":
        """A file is on its way that leaves this key behind."""
        return self if key == self.held else Known(self.held, key)

    def proven(self, key: str) -> "Known":
        """It applied a file after which it holds this key and no other."""
        return Known(key)

    def doubted(self) -> "Known":
        """It could not use what it was sent: if it may hold another key, that one is tried next."""
        return self if self.other is None else Known(self.other, self.held)

    def dump(self) -> str:
        """As text, to be sealed; empty if there is nothing to keep."""
        return json.dumps([self.held, self.other]) if self != Known() else ""

    @classmethod
    def load(cls, text: str) -> "Known":
        """What `dump` gave."""
        if not text:
            return cls()
        held, other = json.loads(text)
        return cls(held, other)


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of one phone's configuration files."""

    key: str = field(default="", repr=False)
    """What they are encrypted with; empty: not at all."""
    container: str = PLAIN
    carries: Carried = field(default_factory=lambda: _NOTHING, repr=False)
    """The lines about keys in the phone's own file."""
    by_word: bool = False
    """The operator's word alone says which key it is, whatever is known of the phone."""


NO_KEYS: Final = Plan()


def plan(resolved: Resolved, known: Known, *, model: Model) -> Plan:
    """The plan for a phone's files.

    ======================  =======================  =====================================
    settings                known to hold            files
    ======================  =======================  =====================================
    not enabled             nothing                  plain
    not enabled             a key                    with that key; the own file clears it
    enabled                 whatever                 with ``device_key``
    enabled and deliver     nothing                  plain; the own file hands the key over
    enabled and deliver     a key, this or another   with the held one; the own file hands the new one over
    ======================  =======================  =====================================

    Lines about keys are written only where keys are delivered or cleared: who enters keys by hand never sees them in
    a file. With ``deliver`` they stay in the file, so that it does not change again once the phone has them.

    Raises:
        BadSettings: encryption is enabled and nobody has said with which key.
    """
    said: Mapping[str, Any] = resolved.document.get("encryption") or {}
    container = said.get("container") or model.container
    if not said.get("enabled"):
        if not known.held:
            return NO_KEYS
        return Plan(known.held, container, {"device_key": "", "common_key": ""})
    key = said.get("device_key")
    if not key:
        raise _no_key(resolved, model)
    if not said.get("deliver"):
        return Plan(key.lower(), container, by_word=True)
    carries = {name: said[name] for name in ("device_key", "common_key") if said.get(name)}
    return Plan(known.held, container if known.held else PLAIN, carries)


def general_key(resolved: Resolved, *, model: Model) -> Plan:
    """The plan for a general file: with the common key, where encryption is enabled and there is one; else plain."""
    said: Mapping[str, Any] = resolved.document.get("encryption") or {}
    if not said.get("enabled") or not said.get("common_key"):
        return NO_KEYS
    return Plan(said["common_key"].lower(), said.get("container") or model.container)


def check(resolved: Resolved, *, model: Model) -> None:
    """Raise `BadSettings` where encryption is enabled and there is no key."""
    plan(resolved, Known(), model=model)


def key_after(document: ConfigDocument, key: str) -> str:
    """The device key that a phone holds once it has applied a file: the file's own line says, else it stays."""
    for _, item in document:
        if fold(item.name) in _DEVICE_LINES and not item.masked:
            said = item.value.strip().lower()
            if not said or (len(said) == 2 * KEY_BYTES and not set(said) - set("0123456789abcdef")):
                key = said
    return key


def unusable(container: str, *, code: str, message: str) -> str:
    """What to tell an operator when a phone fetched the whole file and could not use it."""
    if container == PLAIN:
        hint = (
            "The file was not encrypted: if the phone holds a key, tell it in encryption.device_key and set "
            "encryption.enabled, or clear the key on the phone's web page"
        )
    else:
        hint = (
            f"The file was encrypted ({container}): either the phone holds another key than the one it was encrypted "
            "with, or none, or it wants another container. Compare encryption.device_key with the phone's web page, "
            "set encryption.deliver to have the server hand keys over, or set encryption.container"
        )
    return f"{message.rstrip('. ') or f'fault {code}'}. {hint}."


def _no_key(resolved: Resolved, model: Model) -> BadSettings:
    name: Literal["encryption.device_key"] = "encryption.device_key"
    layer = resolved.scope("encryption", "enabled")
    return BadSettings(
        f"{name}: encryption is enabled (in {layer or 'no layer'}) and no key is set for this phone "
        f"(model {model.name}); set {name}, 64 hexadecimal characters",
        field=name,
        layer=layer,
        model=model.name,
    )
