"""What is needed to ask a phone to call: its address and its connection-request credentials."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from acs.errors import NotFound
from acs.services.context import Context
from acs.services.devices import device_row, note_event
from acs.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Target:
    """Where and as whom to ask a phone."""

    device_id: str
    url: str
    username: str
    password: str


def wake_target(uow: UnitOfWork, ctx: Context, device_id: str) -> Target:
    """Give what is needed to ask a phone.

    Raises:
        NotFound: no such phone, or it never told a usable ConnectionRequestURL.
    """
    row = device_row(uow, device_id)
    url = row.connection_request_url.strip()
    if not url:
        raise NotFound(f"Device {device_id} has not told a ConnectionRequestURL; it will be served when it calls.")
    try:
        host = urlsplit(url).hostname or ""
        unspecified = ip_address(host).is_unspecified
    except ValueError:
        unspecified = False
    if unspecified and row.ip_address:  # quirk 146: 0.0.0.0 or [::]; the address it called from is the best guess
        there = f"[{row.ip_address}]" if ":" in row.ip_address else row.ip_address
        url = url.replace(f"[{host}]" if ":" in host else host, there, 1)
    password = (
        ctx.box.open(row.cr_password_sealed, context=f"cr:{row.id}") if row.cr_password_sealed is not None else ""
    )
    return Target(device_id, url, row.cr_username, password)


def note_wake(uow: UnitOfWork, device_id: str, outcome: str) -> None:
    """Keep how a connection request went."""
    note_event(uow, device_id, "connection_request", outcome=outcome)
