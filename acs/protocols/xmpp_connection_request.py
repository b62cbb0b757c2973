"""The XMPP connection request: an IQ that asks a phone to call, and what its answer means (TR-069 Annex K).

Only the element and its meaning; streams, TLS and logging in are ``acs.edges.xmpp``'s.
"""

import re
from enum import StrEnum
from typing import Final

from lxml import etree

NAMESPACE: Final = "urn:broadband-forum-org:cwmp:xmppConnReq-1-0"
_JID: Final = re.compile(
    r"(?:[^@/<>'\"&:\s\x00-\x1f]{1,1023}@)?[^@/<>'\"&\s\x00-\x1f]{1,1023}(?:/[^\x00-\x1f]{1,1023})?\Z"
)


class Kind(StrEnum):
    """What came back."""

    ACCEPTED = "accepted"
    """An empty result: the phone will call, or so it says."""
    AUTH_FAILED = "auth_failed"
    """It does not take our credentials."""
    BUSY = "busy"
    """Busy, not logged in, or it does not know us: ``service-unavailable`` says all three."""
    REFUSED = "refused"
    """Anything else."""


def is_jid(text: str) -> bool:
    """Whether a reported ConnReqJabberID can be written to (RFC 6122)."""
    return len(text) <= 3071 and _JID.match(text) is not None


def connection_request(username: str, password: str) -> bytes:
    """Write the element that goes into the IQ."""
    element = etree.Element(f"{{{NAMESPACE}}}connectionRequest", nsmap={None: NAMESPACE})
    for name, text in (("username", username), ("password", password)):
        etree.SubElement(element, f"{{{NAMESPACE}}}{name}").text = text
    return etree.tostring(element)


def result_of(type: str, condition: str = "", text: str = "") -> tuple[Kind, str]:
    """Say what an answer means.

    Args:
        type: of the IQ: ``result`` or ``error``.
        condition: of the error.
        text: the error's own words.
    """
    if type == "result":
        return Kind.ACCEPTED, ""
    match condition:
        case "not-authorized" | "forbidden":
            return Kind.AUTH_FAILED, "the phone does not take our credentials"
        case "service-unavailable" | "resource-constraint" | "recipient-unavailable":
            return Kind.BUSY, "the phone is busy, not logged in, or does not know us"
        case "remote-server-not-found" | "remote-server-timeout" | "item-not-found":
            return Kind.REFUSED, "the XMPP server does not reach the phone's"
        case _:
            return Kind.REFUSED, " ".join(text.split())[:120] or condition or "it gives no reason"
