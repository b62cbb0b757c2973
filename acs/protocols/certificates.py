"""Client certificates: which phones they name, and their digest.

A phone's certificate names it in its common name or in a DNS or URI alternative name, as ``<OUI>-<SerialNumber>`` or
``<OUI>-<ProductClass>-<SerialNumber>`` with percent-encoding (cwmp.md 3.1). Whether the certificate is genuine was
found out by TLS, or by the proxy that ended it.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from acs.errors import AcsError

_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(//)?")
_DEVICE: Final = re.compile(r"[0-9A-Fa-f]{6}-.")
CERTIFICATE: Final = "acs.certificate"
"""Name under which a listener hands a verified one on, among the extensions of an ASGI scope."""
MAX_TEXT: Final = 16 * 1024
MAX_NAMES: Final = 32


class UnreadableError(AcsError):
    """This is no certificate."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What we use of a verified certificate."""

    sha256: str
    """64 lower-case hexadecimal digits, of the DER."""
    names: tuple[str, ...]
    """Common name, then DNS and URI alternative names, as written."""

    @property
    def names_some_device(self) -> bool:
        """Whether it is a phone's at all; a gateway's or an operator's own names none."""
        return any(_DEVICE.match(_SCHEME.sub("", name, count=1)) for name in self.names)

    def names_device(self, oui: str, product_class: str, serial_number: str) -> bool:
        """Say whether it names exactly this phone; upper and lower case matter in the serial number only."""
        ours = oui.upper()
        for name in self.names:
            head, dash, rest = _SCHEME.sub("", name, count=1).rstrip("/").partition("-")
            if not dash or unquote(head).upper() != ours or not serial_number:
                continue
            # Parts are decoded one by one, for a dash within them is written %2D or as it is.
            if unquote(rest) in (serial_number, f"{product_class}-{serial_number}"):
                return True
            _, dash, serial = rest.rpartition("-")
            if dash and product_class and unquote(serial) == serial_number:
                return unquote(rest[: -len(serial) - 1]) == product_class
        return False


def read_certificate(der: bytes) -> Certificate:
    """Read a certificate.

    Raises:
        UnreadableError: it is none.
    """
    try:
        found = x509.load_der_x509_certificate(der)
        names = [str(each.value) for each in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        try:
            extension = found.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
        except x509.ExtensionNotFound:
            pass
        else:
            assert isinstance(extension, x509.SubjectAlternativeName)
            names += extension.get_values_for_type(x509.DNSName)
            names += extension.get_values_for_type(x509.UniformResourceIdentifier)
    except ValueError as error:
        raise UnreadableError(f"This is no certificate: {error}") from error
    return Certificate(sha256(der).hexdigest(), tuple(names[:MAX_NAMES]))


def from_header(value: str) -> Certificate:
    """Read a certificate as proxies hand it on: RFC 9440 (``:base64:``) or PEM, percent-encoded or in one line.

    Raises:
        UnreadableError: it is none.
    """
    if len(value) > MAX_TEXT:
        raise UnreadableError("The certificate is too long.")
    text = value.strip()
    if not text.startswith(":"):
        text = unquote(text)
        found = _PEM.search(text)
        text = found[1] if found else text
    try:
        der = binascii.a2b_base64("".join(text.strip(":").split()), strict_mode=True)
    except ValueError as error:
        raise UnreadableError("The certificate is not in base64.") from error
    return read_certificate(der)


def digest_of(text: str) -> str | None:
    """Give a SHA-256 as 64 lower-case hexadecimal digits, colons and spaces aside; None if it is none."""
    digits = re.sub(r"[:\s]", "", text).lower()
    return digits if _SHA256.match(digits) else None
