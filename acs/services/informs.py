"""A phone called: find out which one it is, check that the caller may speak for it, keep what it says.

This is the hot path. A known phone that says what it said last time costs one read and one narrow write.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlmodel import col
from sqlmodel import select as select_model

from acs.domain.devices.identity import MAX_TEXT, Identity, identify, is_dummy, mac_of_parameters
from acs.domain.parameters.values import kept
from acs.errors import BadRequest, Denied
from acs.services.context import Context
from acs.services.devices import note_event
from acs.services.tasks import add_task
from acs.services.trees import know_values, load_tree, save_tree
from acs.storage.tables import DeviceRow, TaskRow
from acs.storage.unit_of_work import Statement, UnitOfWork
from cwmp_schemas.acs_rpcs import Inform
from cwmp_schemas.envelope import Envelope

BOOTSTRAPS_PER_HOUR = 5
"""How often the shared pair may speak again for a phone with credentials of its own, after factory resets."""
OFFERS = 3
"""How often credentials are offered to a phone that keeps using the shared pair."""
MAX_NOTES = 50
MAX_EVENTS = 64
"""Events of an Inform that are kept, as many as the standard allows; all of them are read (quirk 64)."""
MAX_EVENT_CODE = 128
"""Characters of an event code that are kept; the standard allows 64."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who was authenticated."""

    kind: str
    """``device`` (its own credentials), ``shared`` (the first-contact pair), ``anyone`` (authentication is off)."""
    device_id: str | None = None
    username: str = ""
    offered: bool = False
    """It used the pair that was offered and not proven until now."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an Inform."""

    device_id: str
    first_contact: bool
    work: bool
    """There may be something to ask."""


def _known() -> Any:
    device, task = DeviceRow.__table__, TaskRow.__table__  # type: ignore[attr-defined]
    waiting = select(func.count()).where(task.c.device_id == device.c.id, task.c.open).scalar_subquery()
    return select(device.c.id, device.c.credentials, device.c.inform_digest, waiting).where(
        device.c.oui == bindparam("oui"), device.c.serial_number == bindparam("serial_number")
    )


def _seen() -> Any:
    device = DeviceRow.__table__  # type: ignore[attr-defined]
    return (
        update(device)
        .where(device.c.id == bindparam("device_id"))
        .values(last_inform_at=bindparam("at"), last_events=bindparam("events"), ip_address=bindparam("address"))
    )


KNOWN = Statement(_known)
SEEN = Statement(_seen)


def inform_digest(inform: Inform, envelope: Envelope) -> str:
    """Digest of what is kept of an Inform: identity texts, parameters, oddities; not events and times."""
    who = inform.DeviceId
    parts = [envelope.cwmp_namespace, who.Manufacturer, who.ProductClass]
    for item in inform.ParameterList:
        parts += (item.Name, item.Value.text)
    parts += [oddity.code for oddity in envelope.warnings]
    text = "\0".join(parts)
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def identity_of(inform: Inform) -> Identity:
    """Give who calls; what a DeviceId leaves empty may stand in the parameters (quirk 62).

    Where the serial number is one that many phones share, the MAC address tells them apart (quirk 142).

    Raises:
        BadRequest: it does not say which phone it is, or in more words than anyone can keep.
    """
    who = inform.DeviceId
    oui, serial_number = who.OUI.strip(), who.SerialNumber.strip()
    if not oui or is_dummy(serial_number):
        told = {item.Name.partition(".")[2]: item.Value.text.strip() for item in inform.ParameterList}
        oui = oui or told.get("DeviceInfo.ManufacturerOUI", "")
        serial_number = serial_number or told.get("DeviceInfo.SerialNumber", "")
        if is_dummy(serial_number):
            mac = mac_of_parameters((item.Name, item.Value.text) for item in inform.ParameterList)
            serial_number = mac.upper() if mac is not None else serial_number
    if not oui and not serial_number:
        raise BadRequest("its DeviceId has neither OUI nor SerialNumber, and its parameters do not help")
    if max(len(oui), len(serial_number), len(who.ProductClass)) > MAX_TEXT:
        raise BadRequest(f"a part of its DeviceId is longer than {MAX_TEXT} characters")
    return identify(oui, who.ProductClass, serial_number)


def take_inform(
    uow: UnitOfWork,
    ctx: Context,
    inform: Inform,
    envelope: Envelope,
    principal: Principal,
    *,
    address: str,
    session_id: str,
) -> Taken:
    """Keep an Inform.

    Raises:
        Denied: the caller may not speak for this phone; nothing was written.
        BadRequest: it does not say which phone it is.
    """
    identity = identity_of(inform)
    events = tuple(item.EventCode[:MAX_EVENT_CODE] for item in inform.Event[:MAX_EVENTS])
    digest = inform_digest(inform, envelope)
    rows = uow.run(KNOWN, oui=identity.oui, serial_number=identity.serial_number)
    if rows:
        device_id, credentials, known_digest, waiting = rows[0]
        plain = (
            known_digest == digest
            and not waiting
            and (principal.kind == "anyone" or (principal.device_id == device_id and not principal.offered))
            and credentials != "offered"
            and all(event[:2] == "2 " for event in events)
        )
        if plain:
            uow.run(SEEN, device_id=device_id, at=uow.now, events="\n".join(events), address=address)
            return Taken(device_id, first_contact=False, work=False)
    return _take_slowly(uow, ctx, inform, envelope, principal, identity, events, digest, address, session_id)


def _take_slowly(
    uow: UnitOfWork,
    ctx: Context,
    inform: Inform,
    envelope: Envelope,
    principal: Principal,
    identity: Identity,
    events: tuple[str, ...],
    digest: str,
    address: str,
    session_id: str,
) -> Taken:
    from acs.services.work import phone_called  # work knows tasks; informs are below it

    device = find_device(uow, identity)
    bootstrap = any(event.split(" ", 1)[0] == "0" for event in events)
    _check_speaker(uow, device, principal, bootstrap)
    first_contact = device is None or device.first_seen_at is None
    if device is None:
        device = DeviceRow(id=uow.new_id(), created_at=uow.now)
        uow.session.add(device)
    if first_contact:
        device.first_seen_at = uow.now
    device.oui, device.serial_number = identity.oui, identity.serial_number
    device.mac = identity.mac or device.mac
    device.last_inform_at, device.last_events, device.ip_address = uow.now, "\n".join(events), address
    if any(event.split(" ", 1)[0] == "1" for event in events):
        device.last_boot_at = uow.now
    _note_oddities(device, envelope, uow.now)
    if is_dummy(said := inform.DeviceId.SerialNumber):
        told_apart = not is_dummy(identity.serial_number)
        how = f"It is known as {identity.serial_number!r}" if told_apart else "Phones like it cannot be told apart"
        note = {
            "code": "dummy_serial_number",
            "quirk": 142,
            "detail": f"Says that its serial number is {said!r}. {how}.",
        }
        device.notes = _with_note(device.notes, note, uow.now)
    uow.session.flush()
    if device.inform_digest != digest:
        device.inform_digest = digest
        device.manufacturer = inform.DeviceId.Manufacturer[:64]
        device.product_class = identity.product_class
        device.cwmp_namespace = envelope.cwmp_namespace
        values = tuple(
            (item.Name, kept(item.Name, item.Value.text), item.Value.type) for item in inform.ParameterList if item.Name
        )
        know_values(device, values)
        device.model = _model_of(device, values)
        tree = load_tree(uow, device.id)
        grown, changes = tree.with_values(values, uow.now)
        if grown is not tree:
            save_tree(uow, device.id, grown, changes)
    if first_contact:
        note_event(uow, device.id, "first_contact", address=address, product_class=identity.product_class)
        add_task(uow, ctx, device.id, "discover", {}, origin="acs", priority=5)
    notable = [event for event in events if event[:2] != "2 "]
    if notable:
        note_event(uow, device.id, "inform", events=list(events), address=address)
    _credentials(uow, ctx, device, principal, bootstrap)
    uow.session.flush()
    work = phone_called(uow, ctx, device, events=inform.Event, session_id=session_id)
    return Taken(device.id, first_contact=first_contact, work=work)


def find_device(uow: UnitOfWork, identity: Identity) -> DeviceRow | None:
    """Find a phone by OUI and serial number; else by MAC address.

    The MAC address finds a phone that was registered before it ever called, and one whose serial number merely changed
    its spelling, if the digits are surely a MAC address.
    """
    found = uow.session.exec(
        select_model(DeviceRow).where(DeviceRow.oui == identity.oui, DeviceRow.serial_number == identity.serial_number)
    ).first()
    if found is not None:
        return found
    if identity.mac is not None:
        candidates = uow.session.exec(
            select_model(DeviceRow).where(DeviceRow.mac == identity.mac).order_by(col(DeviceRow.id))
        ).all()
        for device in candidates:
            if device.serial_number is None or identity.mac_is_certain:
                return device
    # Registered beforehand with a serial number alone, before its OUI was known
    return uow.session.exec(
        select_model(DeviceRow).where(DeviceRow.oui == "", DeviceRow.serial_number == identity.serial_number)
    ).first()


def _check_speaker(uow: UnitOfWork, device: DeviceRow | None, principal: Principal, bootstrap: bool) -> None:
    """Hold that credentials speak for their own phone only; raise before anything was written."""
    if principal.kind == "device":
        if device is None or device.id != principal.device_id:
            raise Denied("These credentials belong to another phone.", device_id=principal.device_id)
        return
    if principal.kind == "shared" and device is not None and device.credentials == "proven":
        if not bootstrap:
            if _reset_is_unfinished(uow, device):
                return
            raise Denied(
                "This phone has credentials of its own; the shared pair is refused without 0 BOOTSTRAP.",
                device_id=device.id,
            )
        recent = [at for at in device.bootstraps if at > uow.now - 3600.0]
        if len(recent) >= BOOTSTRAPS_PER_HOUR:
            raise Denied("Too many factory resets of this phone within an hour.", device_id=device.id)


def _reset_is_unfinished(uow: UnitOfWork, device: DeviceRow) -> bool:
    """Say whether the phone was let in after a reset and was not given credentials since.

    It says ``0 BOOTSTRAP`` only until we acknowledge it. If that session breaks right then, it has nothing but the
    shared pair and would be locked out for good.
    """
    if not device.bootstraps:
        return False
    waiting = select_model(TaskRow.id).where(
        TaskRow.device_id == device.id, col(TaskRow.open), TaskRow.type == "provision_credentials"
    )
    return uow.session.exec(waiting).first() is not None


def _credentials(uow: UnitOfWork, ctx: Context, device: DeviceRow, principal: Principal, bootstrap: bool) -> None:
    """Move the state of a phone's credentials, and offer it its own where it has none."""
    if principal.kind == "device":
        if principal.offered and device.offered_password_sealed is not None:
            device.password_sealed, device.offered_password_sealed = device.offered_password_sealed, None
            device.credentials = "proven"
            note_event(uow, device.id, "credentials_proven", username=principal.username)
        elif device.credentials != "proven":
            device.credentials = "proven"
        return
    if principal.kind != "shared":
        return
    if device.credentials == "proven" and bootstrap:
        device.bootstraps = [*[at for at in device.bootstraps if at > uow.now - 86400.0], uow.now]
        device.notes = _with_note(
            device.notes,
            {
                "code": "shared_credentials_after_reset",
                "detail": "Called with the shared pair and 0 BOOTSTRAP although it had credentials of its own.",
            },
            uow.now,
        )
        note_event(uow, device.id, "shared_credentials_accepted", reason="0 BOOTSTRAP", address=device.ip_address)
    offers = uow.session.exec(
        select_model(TaskRow.state).where(TaskRow.device_id == device.id, TaskRow.type == "provision_credentials")
    ).all()
    if any(state in ("queued", "running") for state in offers):
        return
    if bootstrap or len(offers) < OFFERS:
        add_task(uow, ctx, device.id, "provision_credentials", {}, origin="acs", priority=0)
    elif len(offers) == OFFERS:
        device.notes = _with_note(
            device.notes,
            {"code": "keeps_shared_credentials", "detail": "Does not use the credentials that it was given."},
            uow.now,
        )


def _note_oddities(device: DeviceRow, envelope: Envelope, now: float) -> None:
    notes = device.notes
    for oddity in envelope.warnings:
        notes = _with_note(notes, {"code": oddity.code, "quirk": oddity.quirk, "detail": oddity.detail[:200]}, now)
    if notes is not device.notes:
        device.notes = notes


def _with_note(notes: list[dict[str, Any]], note: dict[str, Any], now: float) -> list[dict[str, Any]]:
    """Add a note once; a repeat changes nothing, so that an odd phone does not write at every call."""
    if any(known.get("code") == note["code"] for known in notes) or len(notes) >= MAX_NOTES:
        return notes
    return [*notes, {**note, "since": now}]


def _model_of(device: DeviceRow, values: tuple[tuple[str, str, str], ...]) -> str:
    from acs.domain.phones.catalogue import model_named

    told = next((value for path, value, _ in values if path.endswith("DeviceInfo.ModelName") and value), "")
    for name in (device.product_class, told):
        if name and (model := model_named(name)) is not None:
            return model.name
    return device.model or told or device.product_class
