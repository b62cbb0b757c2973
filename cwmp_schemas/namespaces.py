"""Namespace URIs of SOAP 1.1, XML Schema and CWMP, and what they say about the protocol version.

There is no ``cwmp-1-3`` or ``cwmp-1-4`` namespace in the standard: versions 1.3 and 1.4 extend the schema of 1.2 and
keep its URI. Devices write such URIs all the same, so any is taken, and the very URI is used in the answer (quirk 43).
"""

import re
from collections.abc import Sequence
from functools import lru_cache
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

_URN = re.compile(r"cwmp[-_.:]?1[-_.](\d{1,3})(?!\d)", re.IGNORECASE)


@lru_cache(maxsize=256)
def version_of(uri: str) -> str | None:
    """The CWMP version that a namespace names; the nearest known for odd ones, none if it says nothing of CWMP.

    Header elements have the last word: see ``detected_version``.
    """
    found = _URN.search(uri)
    if found is None:
        return "1.0" if "cwmp" in uri.lower() else None
    return VERSIONS[min(int(found.group(1)), len(VERSIONS) - 1)]


def highest_common(supported: Sequence[str]) -> str | None:
    """The newest version that we know of those that a CPE announced; others are passed over (quirk 229)."""
    return max((version for version in supported if version in VERSIONS), default=None)  # these sort as text


def detected_version(uri: str, supported: Sequence[str], session_timeout: int | None) -> str:
    """The CWMP version of a session, by its Inform (cwmp.md section 0, quirk 49).

    Args:
        uri: the namespace of the Inform.
        supported: its SupportedCWMPVersions header, which came with 1.4.
        session_timeout: its SessionTimeout header, which came with 1.3.
    """
    common = highest_common(supported)
    if common is not None:
        return common
    version = version_of(uri) or VERSIONS[0]
    return "1.3" if version == "1.2" and session_timeout is not None else version


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
