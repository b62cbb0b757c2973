"""Namespace URIs of SOAP 1.1, XML Schema and CWMP, and what they say about the protocol version.

There is no ``cwmp-1-3`` or ``cwmp-1-4`` namespace in the standard: versions 1.3 and 1.4 extend the schema of 1.2 and
keep its URI. Devices write such URIs all the same, so any is taken, and the very URI is used in the answer (quirk 43).
"""

import re
from typing import Final

SOAP_ENV: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_ENC: Final = "http://schemas.xmlsoap.org/soap/encoding/"
SOAP_1_2_ENV: Final = "http://www.w3.org/2003/05/soap-envelope"
XSD: Final = "http://www.w3.org/2001/XMLSchema"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

CWMP_1_0: Final = "urn:dslforum-org:cwmp-1-0"
CWMP_1_1: Final = "urn:dslforum-org:cwmp-1-1"
CWMP_1_2: Final = "urn:dslforum-org:cwmp-1-2"

VERSIONS: Final = ("1.0", "1.1", "1.2", "1.3", "1.4")
"""CWMP versions: TR-069, Amendments 1-2, 3, 4, and 5-6."""

NAMESPACE_OF: Final = {"1.0": CWMP_1_0, "1.1": CWMP_1_1, "1.2": CWMP_1_2, "1.3": CWMP_1_2, "1.4": CWMP_1_2}
"""The standard's namespace of each version."""

_URN = re.compile(r"cwmp[-_.:]?1[-_.](\d)", re.IGNORECASE)


def version_of(uri: str) -> str | None:
    """The CWMP version that a namespace names; the nearest known for odd ones, none if it says nothing of CWMP.

    Header elements may raise it afterwards: see ``envelope.Envelope.version``.
    """
    found = _URN.search(uri)
    if found is None:
        return "1.0" if "cwmp" in uri.lower() else None
    return VERSIONS[min(int(found.group(1)), len(VERSIONS) - 1)]


def is_standard(uri: str) -> bool:
    """Whether the URI is one that the standard defines."""
    return uri in (CWMP_1_0, CWMP_1_1, CWMP_1_2)


_TAKEN: Final = frozenset(
    {"", SOAP_ENV, SOAP_ENC, XSD, XSI, "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"}
)
_FOREIGN = re.compile(r":service:|upnp", re.IGNORECASE)


def is_taken(uri: str) -> bool:
    """Whether a method in this namespace says nothing of CWMP: it has none, or one that means something else."""
    return uri in _TAKEN


def is_foreign_service(uri: str) -> bool:
    """Whether this is the namespace of a LAN-side service (TR-064, UPnP), which nobody may ask of an ACS."""
    return _FOREIGN.search(uri) is not None
