"""The phones' numbers for things that people call by name: tones, time zones, codecs, key types.

Gathered from exports and working servers; where series disagree, nothing is guessed.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

TRANSPORT = MappingProxyType({"udp": "0", "tcp": "1", "tls": "3"})
DTMF = MappingProxyType({"inband": "0", "rfc2833": "1", "info": "2", "auto": "3"})
SRTP = MappingProxyType({"off": "0", "optional": "1", "mandatory": "2"})
DST = MappingProxyType({"off": "0", "auto": "1", "manual": "2"})
DOWNLOAD_MODE = MappingProxyType({"off": "0", "reboot": "1", "interval": "2"})
DOWNLOAD_PROTOCOL = MappingProxyType({"ftp": "1", "tftp": "2", "http": "4", "https": "5"})
LEVEL = MappingProxyType({"admin": "10", "user": "5"})

TONES = MappingProxyType(
    {
        **{"BE": 0, "CN": 1, "DE": 2, "JP": 4, "NL": 5, "NO": 6, "SE": 8, "CH": 9, "TW": 10, "US": 11, "CZ": 12},
        **{"GB": 13, "UK": 13, "ZA": 14, "AU": 15, "BR": 16, "CA": 18, "RU": 19, "CL": 20, "IT": 21, "AT": 22},
        **{"DK": 23, "FI": 24, "FR": 25, "GR": 26, "HU": 27, "LT": 28, "IN": 29, "MX": 30, "NZ": 31, "PT": 32},
        "ES": 33,
    }
)
"""Country of the call progress tones to ``Signal Standard`` / ``Select Your Tone``."""

LANGUAGES_1 = MappingProxyType({"en": "0", "nl": "3", "it": "7", "de": "16"})
"""Generation 1 counts its languages, each series in its own way; these numbers are the same in all of them."""


def tone(country: str) -> str:
    """The number of a country's tones. Raises ValueError for an unknown country."""
    if country not in TONES:
        raise ValueError(f"no tones of {country!r}; known: {', '.join(TONES)}")
    return str(TONES[country])


_CODECS = {"PCMA": "G711A", "PCMU": "G711U", "G722": "G722", "G723": "G723", "G729": "G729", "ILBC": "iLBC"}
_CODECS |= {name: name for name in ("G726-16", "G726-24", "G726-32", "G726-40", "AMR", "AMR-WB", "OPUS")}
_SPELT = {"ILBC": "iLBC"}
_CODEC = re.compile(r"([A-Za-z0-9-]+)(?:/(?:8000|16000|48000)(?:/[12])?)?")


def codec(name: str, *, generation: int) -> str:
    """A codec as the phone's ``VoiceCodecMap`` calls it; clock rates (``PCMA/8000``) are understood and dropped.

    Raises ValueError for a codec that no phone has.
    """
    found = _CODEC.fullmatch(name)
    plain = found[1].upper() if found else ""
    plain = {"G711A": "PCMA", "G711U": "PCMU"}.get(plain, plain)
    if plain not in _CODECS:
        raise ValueError(f"unknown codec {name!r}; known: {', '.join(_CODECS)}")
    return _CODECS[plain] if generation == 1 else _SPELT.get(plain, plain)


_NAMES = {written: _SPELT.get(name, name) for name, written in _CODECS.items()}


def codec_name(written: str) -> str:
    """The codec that a phone's ``VoiceCodecMap`` names, as settings call it; what nobody knows stays as it is."""
    return _NAMES.get(written, written)


@cache
def standard_offset(name: str) -> timedelta:
    """The offset from UTC that an IANA time zone has without daylight saving, by the rules in force.

    Raises ValueError if there is no such zone or the phones, which count in quarter hours, cannot have it.
    """
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no time zone {name!r}; wanted an IANA name, as 'Europe/Berlin'") from None
    # Any recent year tells; both hemispheres and zones with negative daylight saving are covered by taking the
    # moment of the year when the clock is least advanced.
    moments = [datetime(2025, month, 1, 12, tzinfo=UTC).astimezone(zone) for month in range(1, 13)]
    offset = min(moment.utcoffset() or timedelta() for moment in moments)
    if offset % timedelta(minutes=15):
        raise ValueError(f"{name} is {offset} from UTC, and the phones count in quarter hours")
    return offset


def time_zone(name: str) -> tuple[str, str]:
    """The phone's ``Time Zone`` (quarter hours from UTC) and ``Time Zone Name`` of an IANA zone: ``4``, ``UTC+1``.

    Phones write the hours west of UTC with two digits, those east of it as they are: ``UTC-05``, ``UTC+5:30``.
    """
    minutes = int(standard_offset(name).total_seconds()) // 60
    if minutes == 0:
        return "0", "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return str(minutes // 15), f"UTC{f'-{hours:02}' if minutes < 0 else f'+{hours}'}{f':{rest:02}' if rest else ''}"


def zone_of(offset: str | None, name: str | None) -> str | None:
    """A zone that the phone's two keys are written for, or None.

    Many zones share an offset; the one without a city says no more than the phone does. IANA counts westwards there:
    ``Etc/GMT-1`` is one hour ahead of UTC.
    """
    if offset == "0":
        zone = "UTC"
    elif offset is not None and re.fullmatch(r"-?[1-9][0-9]?", offset) and int(offset) % 4 == 0:
        zone = f"Etc/GMT{-int(offset) // 4:+d}"
    else:
        return None
    try:
        return zone if (offset, name) == time_zone(zone) else None
    except ValueError:
        return None


KeyType = Literal[
    "none",
    "memory",
    "line",
    "speed_dial",
    "blf",
    "blf_blind_transfer",
    "blf_attended_transfer",
    "blf_conference",
    "blf_video",
    "intercom",
    "call_park",
    "call_forward",
    "mwi",
    "key_event",
    "dtmf",
    "url",
    "blf_list",
    "multicast",
    "action_url",
    "xml",
]


class KeyCode(NamedTuple):
    """The phone's type number; for memory keys also the letters behind ``number@line/``."""

    type: str
    memory: str = ""


KEY_TYPES: MappingProxyType[KeyType, KeyCode] = MappingProxyType(
    {
        "none": KeyCode("0"),
        "memory": KeyCode("1"),
        "line": KeyCode("2"),
        "speed_dial": KeyCode("1", "f"),
        "blf": KeyCode("1", "bc"),
        "blf_blind_transfer": KeyCode("1", "bb"),
        "blf_attended_transfer": KeyCode("1", "ba"),
        "blf_conference": KeyCode("1", "bf"),
        "blf_video": KeyCode("1", "bcV"),
        "intercom": KeyCode("1", "i"),
        "call_park": KeyCode("1", "c"),
        "call_forward": KeyCode("1", "a"),
        "mwi": KeyCode("1", "m"),
        "key_event": KeyCode("3"),
        "dtmf": KeyCode("4"),
        "url": KeyCode("7"),
        "blf_list": KeyCode("13"),
        "multicast": KeyCode("14"),
        "action_url": KeyCode("20"),
        "xml": KeyCode("21"),
    }
)


def key_value(kind: KeyType, *, line: int | None, value: str, pickup: str = "") -> str:
    """What the phone has in ``FkeyN Value`` for a key of that kind."""
    if kind == "none":
        return ""
    if kind == "line":
        return f"SIP{line or 1}"
    code = KEY_TYPES[kind]
    if code.memory:
        return f"{value}@{line or 1}/{code.memory}{pickup}"
    if kind == "key_event" and not value.startswith("F_"):
        return f"F_{value.upper()}"
    return value
