"""Files that a phone takes by ``Auto etc Url``: certificates, keys, OpenVPN and XML; read, never changed.

The manual names the suffixes bin, crt, key, ovpn and xml, and its own example is ``sips.pem``; all of them are taken,
and with them cer, der, p12 and pfx, which are other names for the same, and bmp, which servers in production push so.
"""

import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key, pkcs12
from lxml import etree

from acs.errors import BadFile
from acs.formats import pictures
from acs.formats.fanvil_text import decode
from acs.formats.hardened import hardened

MAX_BYTES = 1024 * 1024
MAX_CERTIFICATES = 200
"""Most certificates in one file: a bundle of public authorities has about 150."""
MAX_SHOWN = 20

_MARK = re.compile(rb"-----(BEGIN|END) ([A-Za-z0-9 #-]{1,64})-----")
_DIRECTIVES = re.compile(
    r"^[ \t]*(client|remote|dev|tls-client|tls-server|secret|proto|server|ifconfig)\b", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was found in a file."""

    kind: str
    """``certificate``, ``private key``, ``certificate and private key``, ``pkcs12``, ``openvpn``, ``xml``,
    ``picture`` or ``binary``."""
    certificates: tuple[x509.Certificate, ...] = ()
    private: bool = False
    """It holds a private key or may hold one: it is a secret."""
    encrypted_key: bool = False
    """A private key in it wants a passphrase."""

    def facts(self) -> dict[str, Any]:
        """What is shown of it: of the first certificate at the top, of all in ``chain`` where there are several."""
        facts: dict[str, Any] = {"kind": self.kind}
        if self.private:
            facts["private"] = True
        if self.encrypted_key:
            facts["passphrase"] = True
        shown = [_shown(each) for each in self.certificates[:MAX_SHOWN]]
        if shown:
            facts |= shown[0]
        if len(self.certificates) > 1:
            facts |= {"certificates": len(self.certificates), "chain": shown}
        return facts


def read(name: str, data: bytes) -> Credentials:
    """Read a file by the suffix of its name.

    Raises:
        BadFile: the suffix is none of these, or the content is not what the suffix says.
    """
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    reader = _READERS.get(suffix)
    if reader is None:
        raise BadFile(f"a certificate file ends in one of: {', '.join(SUFFIXES)}")
    if not data:
        raise BadFile("it is empty")
    if len(data) > MAX_BYTES:
        raise BadFile(f"a certificate file has at most {MAX_BYTES} bytes")
    return reader(data)


def _shown(certificate: x509.Certificate) -> dict[str, Any]:
    return {
        "subject": certificate.subject.rfc4514_string()[:512],
        "issuer": certificate.issuer.rfc4514_string()[:512],
        "serial": f"{certificate.serial_number:x}",
        "not_before": _time(certificate.not_valid_before_utc),
        "not_after": _time(certificate.not_valid_after_utc),
        "sha256": certificate.fingerprint(SHA256()).hex(),
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _certificate(der: bytes) -> x509.Certificate:
    try:
        found = x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion) as error:
        raise _unreadable(error) from None
    return _readable(found)


def _readable(certificate: x509.Certificate) -> x509.Certificate:
    """Check what is shown of a certificate: names are read late, and may be broken."""
    try:
        _shown(certificate)
    except ValueError as error:
        raise _unreadable(error) from None
    return certificate


def _unreadable(error: Exception) -> BadFile:
    return BadFile(f"it holds no certificate that can be read: {str(error)[:120]}")


def _key(block: bytes) -> bool:
    """Check a private key in PEM; whether it wants a passphrase."""
    if b"ENCRYPTED" in block:
        return True
    try:
        load_pem_private_key(block, password=None)
    except TypeError:  # wants a passphrase after all
        return True
    except UnsupportedAlgorithm:
        return False
    except ValueError as error:
        raise BadFile(f"its private key cannot be read: {str(error)[:120]}") from None
    return False


def _blocks(data: bytes) -> Iterator[tuple[str, bytes, bytes]]:
    """Label, content and the whole of every PEM block, found in one pass."""
    begin: re.Match[bytes] | None = None
    for mark in _MARK.finditer(data):
        if mark[1] == b"BEGIN":
            begin = mark
        elif begin is not None and mark[2] == begin[2]:
            yield mark[2].decode("ascii").upper(), data[begin.end() : mark.start()], data[begin.start() : mark.end()]
            begin = None


def _pem(data: bytes) -> Credentials | None:
    """Read every block of a PEM text; None if there is none."""
    certificates: list[x509.Certificate] = []
    private = encrypted = False
    for label, content, block in _blocks(data):
        if label.endswith("PRIVATE KEY") or label == "OPENVPN STATIC KEY V1":
            private = True
            if label not in ("OPENVPN STATIC KEY V1", "OPENSSH PRIVATE KEY"):
                encrypted = _key(block) or encrypted
        elif label in ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"):
            try:
                der = binascii.a2b_base64(b"".join(content.split()), strict_mode=True)
            except ValueError:
                raise BadFile("one of its certificates is not in base64") from None
            certificates.append(_certificate(der))
            if len(certificates) > MAX_CERTIFICATES:
                raise BadFile(f"it holds more than {MAX_CERTIFICATES} certificates")
        elif label.endswith("CERTIFICATE REQUEST"):
            raise BadFile("it holds a request for a certificate, not the certificate")
    if not (certificates or private):
        return None
    kinds = [name for name, there in (("certificate", certificates), ("private key", private)) if there]
    return Credentials(" and ".join(kinds), tuple(certificates), private, encrypted)


def _read_certificate(data: bytes) -> Credentials:
    if (found := _pem(data)) is not None:
        return found
    if b"-----BEGIN" in data:
        raise BadFile("it holds neither a whole certificate nor a whole private key in PEM")
    try:
        return Credentials("certificate", (_certificate(data),))
    except BadFile:
        if (key := _der_key(data)) is not None:
            return key
        raise


def _read_key(data: bytes) -> Credentials:
    found = _pem(data) or _der_key(data)
    if found is None or not found.private:
        raise BadFile("it holds no private key, neither in PEM nor in DER")
    return found


def _der_key(data: bytes) -> Credentials | None:
    try:
        load_der_private_key(data, password=None)
    except TypeError:
        return Credentials("private key", private=True, encrypted_key=True)
    except UnsupportedAlgorithm:
        return Credentials("private key", private=True)
    except ValueError:
        return None
    return Credentials("private key", private=True)


def _read_pkcs12(data: bytes) -> Credentials:
    try:
        store = pkcs12.load_pkcs12(data, None)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        # Most want a passphrase, and then only the outermost shape can be seen: SEQUENCE { INTEGER 3, ... (RFC 7292).
        if not re.match(rb"\x30(?:[\x02-\x7f]|\x80|[\x81-\x84].{1,4}?)\x02\x01\x03", data, re.DOTALL):
            raise BadFile("it is no PKCS#12 file") from None
        return Credentials("pkcs12", private=True, encrypted_key=True)
    own = [store.cert] if store.cert is not None else []
    found = [each.certificate for each in [*own, *store.additional_certs][:MAX_CERTIFICATES]]
    return Credentials("pkcs12", tuple(map(_readable, found)), private=True)


def _read_openvpn(data: bytes) -> Credentials:
    text = decode(data)
    if _control(text) or len(set(_DIRECTIVES.findall(text))) < 2:
        raise BadFile("it is no OpenVPN configuration: it has no lines such as `client`, `dev` and `remote`")
    inside = _pem(data)
    # Even without a key inline it may hold a user's name and password.
    return Credentials(
        "openvpn", inside.certificates if inside else (), True, inside is not None and inside.encrypted_key
    )


def _read_xml(data: bytes) -> Credentials:
    try:
        hardened(decode(data))
    except etree.XMLSyntaxError as error:
        raise BadFile(f"it is not well-formed XML: {error.msg}") from None
    return Credentials("xml")


def _read_binary(data: bytes) -> Credentials:
    """Nobody can say what is in a .bin, so it is kept like a secret."""
    return Credentials("binary", private=True)


def _read_bitmap(data: bytes) -> Credentials:
    """Some servers push the background by ``Auto etc Url``, and phones take it."""
    pictures.read_bitmap(data)
    return Credentials("picture")


def _control(text: str) -> bool:
    return any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text)


_READERS: Mapping[str, Callable[[bytes], Credentials]] = MappingProxyType(
    {
        "bin": _read_binary,
        "bmp": _read_bitmap,
        "crt": _read_certificate,
        "cer": _read_certificate,
        "der": _read_certificate,
        "pem": _read_certificate,
        "key": _read_key,
        "ovpn": _read_openvpn,
        "p12": _read_pkcs12,
        "pfx": _read_pkcs12,
        "xml": _read_xml,
    }
)
SUFFIXES: Sequence[str] = tuple(f".{suffix}" for suffix in _READERS)
"""Every suffix that is taken."""
