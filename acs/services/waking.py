"""What is needed to ask a phone to call: where it can be asked, as whom, and when it calls by itself."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from acs.domain.devices.quirks import STANDARD, Quirks
from acs.protocols.connection_request import repaired
from acs.services.context import Context
from acs.services.devices import device_row, note_event
from acs.services.quirks import quirks_of
from acs.services.trees import load_tree
from acs.storage.secrets import derive
from acs.storage.tables import DeviceRow
from acs.storage.unit_of_work import UnitOfWork

STUN_PREFIX = "stun-"
STUN_AGAIN = 300.0
"""Seconds after which a binding that did not move is written down again."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where and as whom to ask a phone."""

    device_id: str
    url: str
    """Its ConnectionRequestURL as it was meant; empty where it told none."""
    username: str
    password: str
    called_from: str = ""
    """Source of its last Inform."""
    udp_address: str = ""
    stun_address: str = ""
    stun_at: float | None = None
    jabber_id: str = ""
    nat_detected: bool = False
    quirks: Quirks = STANDARD
    periodic: bool = True
    """False: it says that it does not call by itself."""
    interval: int | None = None
    """Its PeriodicInformInterval, if known."""
    last_inform_at: float | None = None


def wake_target(uow: UnitOfWork, ctx: Context, device_id: str) -> Target:
    """Give what is needed to ask a phone.

    Raises:
        NotFound: no such phone.
    """
    row = device_row(uow, device_id)
    password = (
        ctx.box.open(row.cr_password_sealed, context=f"cr:{row.id}") if row.cr_password_sealed is not None else ""
    )
    tree = load_tree(uow, row.id)

    def told(name: str) -> str:
        entry = tree.get(f"{row.root}ManagementServer.{name}")
        return (entry.value or "") if entry is not None else ""

    interval = told("PeriodicInformInterval").strip()
    return Target(
        device_id,
        repaired(row.connection_request_url, row.ip_address),
        row.cr_username,
        password,
        called_from=row.ip_address,
        udp_address=row.udp_address,
        stun_address=row.stun_address,
        stun_at=row.stun_at,
        jabber_id=row.jabber_id.strip(),
        nat_detected=_true(told("NATDetected")),
        quirks=quirks_of(uow, row),
        periodic=told("PeriodicInformEnable").strip().lower() not in ("0", "false"),
        interval=int(interval) if interval.isascii() and interval.isdigit() and len(interval) < 10 else None,
        last_inform_at=row.last_inform_at,
    )


def _true(text: str) -> bool:
    return text.strip().lower() in ("1", "true")


def note_wake(uow: UnitOfWork, device_id: str, told: Mapping[str, Any]) -> None:
    """Keep how a phone was asked, and what came of it."""
    note_event(
        uow,
        device_id,
        "connection_request",
        outcome=told["detail"],
        result=told["outcome"],
        called=told["called"],
        steps=told["steps"],
    )


def note_default_pair(uow: UnitOfWork, device_id: str, username: str) -> None:
    """Note on a phone that it took default credentials for a connection request, and not its own."""
    row = device_row(uow, device_id)
    code = "default_connection_request_credentials"
    if any(note.get("code") == code for note in row.notes):
        return
    detail = f"Refused its own connection-request credentials and took the default ones of {username!r}."
    row.notes = [*row.notes, {"code": code, "quirk": 151, "detail": detail[:200], "since": uow.now}]
    uow.session.add(row)


# STUN


def stun_username(device_id: str) -> str:
    """Give the STUNUsername of a phone."""
    return STUN_PREFIX + device_id


def stun_password(ctx: Context, username: str) -> str:
    """Give the STUNPassword of a phone: made from the server's key, so that nothing has to be kept or looked up."""
    return urlsafe_b64encode(derive(ctx.secret_key, f"STUN binding of {username}")).decode()[:24]


def stun_settings(ctx: Context, device_id: str) -> dict[str, str]:
    """Give what a phone is told of our STUN server, by name below ManagementServer; nothing where there is none."""
    if not ctx.stun_port:
        return {}
    username = stun_username(device_id)
    return {
        "STUNUsername": username,
        "STUNPassword": stun_password(ctx, username),
        "STUNServerAddress": ctx.stun_host,
        "STUNServerPort": str(ctx.stun_port),
        "STUNEnable": "1",
    }


def note_binding(uow: UnitOfWork, username: str, address: str) -> None:
    """Keep where an authenticated binding comes from; nothing is written while it stays and was written lately."""
    row = uow.session.get(DeviceRow, username.removeprefix(STUN_PREFIX))
    if row is None or (row.stun_address == address and (row.stun_at or 0.0) > uow.now - STUN_AGAIN):
        return
    row.stun_address, row.stun_at = address, uow.now
    uow.session.add(row)
