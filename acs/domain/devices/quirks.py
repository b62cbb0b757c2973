"""What a phone wants otherwise than the specification says: a frozen value that every part consults.

The defaults are a phone that follows the letter. Rules for makers and models, what was learnt of one phone, and what an
operator set for it are laid over each other; the more specific one wins. Numbers are those of the quirks list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal


@dataclass(frozen=True, slots=True)
class Quirks:
    """How to treat one phone."""

    # Messages
    xml_declaration: bool = True
    """Begin with ``<?xml …?>``; some agents refuse it (quirk 208)."""
    boolean_literals: bool = False
    """Write ``true`` and ``false`` in place of ``1`` and ``0`` (quirk 55)."""
    minimal_inform_response: bool = False
    """Answer Inform with MaxEnvelopes and nothing else: no UseCWMPVersion (quirk 176)."""

    # HTTP
    end_status: Literal[204, 200] = 204
    """Status of the empty answer that ends a session (quirk 34)."""
    close_connection: bool = False
    """Close the TCP connection with the last answer of a session (quirk 33)."""
    cookie: Literal["always", "first", "never"] = "always"
    """Set the cookie with every answer, with the InformResponse only, or never (quirks 7, 206)."""

    # Sessions
    session_seconds: int = 0
    """How long a session may be silent; 0: as the server is set (quirk 31)."""
    end_after_transfer_complete: bool = False
    """Offer nothing more in a session that reported a transfer (quirk 87)."""
    settle_seconds: int = 0
    """Give no work for so long after a boot (quirk 93)."""
    blocked: bool = False
    """Refuse its Informs: broken firmware that loops (quirk 155)."""

    # Requests
    gpv_batch: int = 100
    """Most names in one GetParameterValues (quirks 115, 217)."""
    spv_batch: int = 100
    """Most values in one SetParameterValues (quirks 121, 217)."""
    discovery: Literal["everything", "by_root", "level_by_level"] = "everything"
    """How the names are listed: whole tree from the empty path, from the root, or walked (quirks 105, 106, 107)."""
    parameter_key: bool = True
    """It keeps ParameterKey (quirk 123)."""
    file_size: bool = True
    """Tell the true FileSize of a Download; else 0 (quirk 136)."""
    target_file_name: bool = False
    """Send the file's name as TargetFileName (quirk 139)."""
    forgets_transfer_complete: bool = False
    """Look for the proof of a transfer without waiting for TransferComplete (quirk 85)."""

    # Being asked to call
    connection_request_basic: bool = False
    """Send the connection request's password in the clear where the phone wants Basic (quirk 152)."""
    connection_request_new_connection: bool = False
    """Answer the challenge on a new connection at once (quirk 148)."""
    connection_request_seconds: int = 10
    """Least seconds between two connection requests (quirk 150)."""


STANDARD: Final = Quirks()
NAMES: Final = tuple(field.name for field in fields(Quirks))


def with_settings(base: Quirks, settings: Mapping[str, Any]) -> Quirks:
    """Lay settings over a base; names and values that mean nothing (any more) are passed over."""
    known = {name: value for name, value in settings.items() if name in NAMES}
    return Quirks(**{**{name: getattr(base, name) for name in NAMES}, **known}) if known else base
