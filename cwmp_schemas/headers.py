"""SOAP headers of CWMP (TR-069 section 3.4.5 and table 5)."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class HeaderExtras:
    """Headers beside ``cwmp:ID``. The ACS sends only ``use_version``; the others are a CPE's (or legacy)."""

    session_timeout: int | None = None
    """Seconds, at least 30; CPE to ACS in an Inform, since 1.3."""
    supported_versions: tuple[str, ...] = ()
    """CPE to ACS in an Inform, since 1.4."""
    use_version: str | None = None
    """ACS to CPE in an InformResponse, since 1.4, only if the Inform had SupportedCWMPVersions."""
    hold_requests: bool | None = None
    """ACS to CPE, deprecated; none leaves the header out, as quirks 214 and cwmp.md 2.10 want."""
    no_more_requests: bool | None = None
    """1.0 only; none leaves the header out."""


NONE: Final = HeaderExtras()

MUST_UNDERSTAND: Final = {
    "ID": "1",
    "HoldRequests": "1",
    "NoMoreRequests": "1",
    "SessionTimeout": "0",
    "SupportedCWMPVersions": "0",
    "UseCWMPVersion": "1",
}
"""``soap-env:mustUnderstand`` of each header, fixed by the schema."""
