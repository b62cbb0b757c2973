"""Identity of a CPE: OUI in any case, serial number as spelt, MAC address out of the serial number.

TR-069 identifies a CPE by OUI and SerialNumber (and ProductClass, which changes with firmware on real phones, so it is
kept as a fact and not as a key; quirk 143).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

_HEX12 = re.compile(r"[0-9A-Fa-f]{12}\Z")
_SEPARATORS = re.compile(r"[\s:.\-]")
_NOBODYS = frozenset({"0" * 12, "f" * 12})
"""Digits of an unset address and of the broadcast one: no phone's own (quirk 142)."""
UNSET_OUIS = frozenset({"000000", "FFFFFF"})
"""What some phones show for their OUI, and not at every boot (quirk 175)."""
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_DUMMIES = frozenset(
    {"", "aabbccddeeff", "001122334455", "112233445566", "123456789abc", "1234567890", "123456789", "12345678"}
    | {"0123456789", "01234567", "unknown", "serialnumber", "null", "none", "default", "n/a"}
)
"""Serial numbers that makers forgot to replace (quirks 142, 175)."""
_LONGEST_DUMMY = 20
MAX_TEXT = 256
"""Characters of each part of a DeviceId; the standard allows 64."""
_CARRIER_LENGTH = 32
"""Fanvil serial numbers: 20 characters of the carriers' terminal identifier, then the MAC address (fanvil.md 2.8)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What names one phone."""

    oui: str
    """Six upper-case hexadecimal digits as far as the phone says so; else what it says, upper-cased."""
    serial_number: str
    product_class: str
    mac: str | None
    """12 lower-case hexadecimal digits, or None if the serial number shows none."""
    mac_is_certain: bool
    """The digits are a MAC address by form, not by accident: only then may they find a known phone."""


def normalize_mac(text: str) -> str | None:
    """Give a MAC address as 12 lower-case hexadecimal digits, or None if ``text`` is none."""
    digits = _SEPARATORS.sub("", text).lower()
    return digits if len(digits) == 12 and _HEX12.match(digits) else None


def mac_from_serial(serial_number: str) -> str | None:
    """Give the last 12 characters of a serial number as a MAC address if they can be one."""
    mac = normalize_mac(_SEPARATORS.sub("", serial_number)[-12:])
    return None if mac in _NOBODYS else mac


def plain_product_class(product_class: str) -> str:
    """Give a product class as it reads: some phones send it as it stands in URLs (quirk 171)."""
    text = product_class.strip()
    if _ESCAPED.search(text) is None:
        return text
    plain = unquote(text, errors="replace")
    return plain.strip() if plain.isprintable() else text


def is_dummy(serial_number: str) -> bool:
    """Say whether a serial number is one that many phones share: none, a maker's example, one digit repeated."""
    if len(serial_number) > _LONGEST_DUMMY:
        return False
    bare = _SEPARATORS.sub("", serial_number).lower()
    return bare in _DUMMIES or (len(bare) >= 4 and len(set(bare)) == 1)


def mac_of_parameters(values: Iterable[tuple[str, str]]) -> str | None:
    """Give the MAC address that a phone's parameters tell: the one of the first interface that has one."""
    for path, value in values:
        if path.rpartition(".")[2] in ("MACAddress", "X_MACAddress", "MAC"):
            mac = normalize_mac(value.strip())
            if mac is not None and mac not in _NOBODYS:
                return mac
    return None


def identify(oui: str, product_class: str, serial_number: str) -> Identity:
    """Bring a DeviceId to its canonical form."""
    oui = _SEPARATORS.sub("", oui).upper()
    serial_number = serial_number.strip()
    mac = mac_from_serial(serial_number)
    certain = mac is not None and (mac[:6].upper() == oui or len(serial_number) == _CARRIER_LENGTH)
    return Identity(oui, serial_number, plain_product_class(product_class), mac, certain)
