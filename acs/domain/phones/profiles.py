"""What a phone may be given and how: the profiles ``common`` and ``ctc``, and which of them a phone has.

The phone's web page calls it ``ACS Server Type`` (manual 4.3.4): Common takes "SIP information, configuration file, and
firmware", CTC "supports the XML format". A profile is data; what it says is asked for in one place each: the dialect of
a configuration file, the tasks that make no sense for it, and whether a BIND event is answered.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from acs.domain.phones.carriers import speaks_carrier
from acs.domain.phones.catalogue import Model
from acs.formats import CODECS, Dialect

CONFIGURATION: Final = "3 Vendor Configuration File"
FIRMWARE: Final = "1 Firmware Upgrade Image"
FILE_TYPES: Final[Mapping[str, str]] = MappingProxyType({"config": CONFIGURATION, "firmware": FIRMWARE})
"""Kinds of files that travel by a Download of their own, with its FileType."""
ITEM: Final = "auto_url"
"""By a small configuration file with the matching ``Auto … Url``: the phone then fetches the item itself."""
ITEMS: Final = ("phonebook", "certificate", "background", "mmiset", "dialpeer", "access_list")

Source = Literal["override", "acs_type", "event", "parameter", "root", "model"]
Sip = Literal["parameters", "file"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to provision a phone."""

    name: str
    title: str
    sip: tuple[Sip, ...]
    """How accounts reach the phone: by SetParameterValues on its VoiceService, by its configuration file."""
    pushes: Mapping[str, str]
    """Kind of file to the FileType of its Download, or ``auto_url``."""
    dialects: Mapping[int, Dialect]
    """By the generation of the model's own dialect; a generation that is not here takes its model's own."""
    vendor_parameters: tuple[str, ...] = ()
    """Beginnings, below the root, of what it has beyond the standard data models."""
    bind: bool = False
    """A BIND event is answered: look up the LOID, write Status, deliver, write Result (cwmp.md 5.3)."""


_PUSHES: Final = MappingProxyType({**FILE_TYPES, **dict.fromkeys(ITEMS, ITEM)})

COMMON: Final = Profile(
    "common",
    "TR-069 with the phone's own configuration file",
    sip=("parameters", "file"),
    pushes=_PUSHES,
    dialects=MappingProxyType({}),
)
CTC: Final = Profile(
    "ctc",
    "China Telecom: XML configuration file, X_CT-COM parameters, enrolment by LOID",
    sip=("file",),
    pushes=_PUSHES,
    dialects=MappingProxyType({1: Dialect.XML1, 2: Dialect.SYSCONF}),
    vendor_parameters=("X_CT-COM_", "DeviceInfo.X_CT-COM_", "X_CU_", "X_CMCC_"),
    bind=True,
)
PROFILES: Final[Mapping[str, Profile]] = MappingProxyType({each.name: each for each in (COMMON, CTC)})


@dataclass(frozen=True, slots=True)
class Choice:
    """A phone's profile, and what it was chosen by."""

    profile: Profile
    source: Source

    @property
    def is_guess(self) -> bool:
        """Whether only the root or the model spoke for it: international phones have the carriers' root too."""
        return self.source in ("root", "model")


def choose(
    *,
    override: str | None = None,
    acs_type: str = "",
    events: Iterable[str] = (),
    sign: str = "",
    root: str = "",
    model: Model | None = None,
) -> Choice:
    """Choose a phone's profile, by the strongest word first.

    Args:
        override: what an operator set.
        acs_type: what the phone's own setting says, ``ctc`` or ``common``.
        events: codes of its last Inform.
        sign: what it showed of a carrier before: ``event``, ``parameter`` or nothing.
        root: root of its data model.
        model: what the catalogue expects of it.
    """
    if override is not None and override in PROFILES:
        return Choice(PROFILES[override], "override")
    if acs_type in PROFILES:
        return Choice(PROFILES[acs_type], "acs_type")
    if sign == "event" or speaks_carrier(events):
        return Choice(CTC, "event")
    if sign == "parameter":
        return Choice(CTC, "parameter")
    if root:
        return Choice(CTC if root == "InternetGatewayDevice." else COMMON, "root")
    return Choice(PROFILES.get(model.profile, COMMON) if model is not None else COMMON, "model")


_SERVER_TYPE: Final = re.compile(r"(?:\.|_|\A)(?:TR-?069\w*\.(?:ACS_?)?|ACS_?)Server_?Type\Z", re.IGNORECASE)
_TYPES: Final = {"ctc": "ctc", "0": "ctc", "common": "common", "1": "common"}


def acs_type_of(path: str, value: str) -> str | None:
    """Give what a phone's setting ``ACS Server Type`` says; None if this is another parameter or another word.

    1 is the factory's value on international firmware, so 1 is Common and 0 is CTC (fanvil.md 2.8).
    """
    if not path.endswith(("Type", "type", "TYPE")) or _SERVER_TYPE.search(path) is None:
        return None
    return _TYPES.get(value.strip().lower())


def dialect_for(profile: Profile, model: Model) -> Dialect:
    """Give the dialect of a phone's configuration file; where none is written yet, text of the same generation."""
    wanted = profile.dialects.get(model.dialect.generation, model.dialect)
    for dialect in (wanted, model.dialect):
        if dialect in CODECS:
            return dialect
    return Dialect.TEXT1 if model.dialect.generation == 1 else Dialect.TEXT2


def refusal(choice: Choice, kind: str, arguments: Mapping[str, Any]) -> str | None:
    """Say why a task must not be given to a phone of this profile, and what to do instead; None if it may.

    Only what the profile surely cannot do is refused: parameters that are named one by one may be written to any
    phone, and a profile that is but a guess refuses nothing.
    """
    if choice.is_guess or arguments.get("force") is True:
        return None
    profile = choice.profile
    if kind == "set_parameter_values" and arguments.get("kind") == "sip" and "parameters" not in profile.sip:
        return (
            f"phones of the profile {profile.name!r} take their SIP settings by configuration file; use "
            'download {"kind": "config"}, set the profile to common, or say "force": true '
            f"(this profile was chosen by: {choice.source})"
        )
    return None
