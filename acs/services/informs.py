"""A phone called: find out which one it is, check that the caller may speak for it, keep what it says.

This is the hot path. A known phone that says what it said last time costs one read and one narrow write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import Text, bindparam, cast, func, select, update
from sqlmodel import col
from sqlmodel import select as select_model

from acs.domain.devices.identity import MAX_TEXT, UNSET_OUIS, Identity, identify, is_dummy, mac_of_parameters
from acs.domain.devices.quirks import STANDARD, Quirks
from acs.domain.devices.rules import Subject
from acs.domain.devices.units import RETURNS, are_several, face_of, met
from acs.domain.parameters.tree import EMPTY
from acs.domain.parameters.values import kept
from acs.domain.phones.carriers import speaks_carrier
from acs.domain.phones.items import after_reset
from acs.errors import BadRequest, Denied
from acs.protocols.certificates import Certificate
from acs.services import enrolment, file_keys, voice
from acs.services.choices import profile_of
from acs.services.context import Context
from acs.services.devices import note_event
from acs.services.quirks import forget_learnt, learn_quirk, quirks_of, quirks_told
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
    """``device`` (its own credentials), ``shared`` (the first-contact pair), ``certificate`` (a verified client
    certificate), ``anyone`` (authentication is off)."""
    device_id: str | None = None
    username: str = ""
    offered: bool = False
    """It used the pair that was offered and not proven until now."""
    certificate: Certificate | None = None
    """The certificate that the caller's connection showed, whatever kind he is."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an Inform."""

    device_id: str
    first_contact: bool
    work: bool
    """There may be something to ask."""
    quirks: Quirks = STANDARD
    """How to treat it; one that is ``blocked`` was not kept."""


def _known() -> Any:
    device, task = DeviceRow.__table__, TaskRow.__table__  # type: ignore[attr-defined]
    waiting = select(func.count()).where(task.c.device_id == device.c.id, task.c.open).scalar_subquery()
    treated = (device.c.manufacturer, device.c.product_class, device.c.software_version)
    told = (cast(device.c.quirks_learnt, Text), cast(device.c.quirks_set, Text))  # parsed only where there is any
    return select(
        device.c.id,
        device.c.credentials,
        device.c.inform_digest,
        waiting,
        device.c.certificate_sha256,
        *treated,
        *told,
    ).where(device.c.oui == bindparam("oui"), device.c.serial_number == bindparam("serial_number"))


def _seen() -> Any:
    device = DeviceRow.__table__  # type: ignore[attr-defined]
    return (
        update(device)
        .where(device.c.id == bindparam("device_id"))
        .values(last_inform_at=bindparam("at"), last_events=bindparam("events"), ip_address=bindparam("address"))
    )


KNOWN = Statement(_known)
SEEN = Statement(_seen)


def inform_digest(inform: Inform, envelope: Envelope, user_agent: str = "") -> str:
    """Digest of what is kept of an Inform: identity texts, parameters, oddities; not events and times."""
    who = inform.DeviceId
    parts = [envelope.cwmp_namespace, envelope.version, user_agent, who.Manufacturer, who.ProductClass]
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
    user_agent: str = "",
    flood: str = "",
) -> Taken:
    """Keep an Inform.

    ``flood``: notifications come too fast; ``begins`` with this one, or ``goes_on``: then no values are kept.

    Raises:
        Denied: the caller may not speak for this phone; nothing was written.
        BadRequest: it does not say which phone it is.
    """
    identity = identity_of(inform)
    events = tuple(item.EventCode[:MAX_EVENT_CODE] for item in inform.Event[:MAX_EVENTS])
    digest = inform_digest(inform, envelope, user_agent)
    rows = uow.run(KNOWN, oui=identity.oui, serial_number=identity.serial_number)
    if rows:
        device_id, credentials, known_digest, waiting, bound, maker, kind, version, learnt, put = rows[0]
        quirks = quirks_told(uow, Subject(maker, identity.oui, kind, version), learnt, put)
        known_caller = (
            not bound
            and (
                principal.kind in ("anyone", "certificate")
                or (principal.device_id == device_id and not principal.offered)
            )
            and _may_show(principal, identity)
            and credentials != "offered"
        )
        plain = known_digest == digest and not waiting and all(event[:2] == "2 " for event in events)
        if quirks.blocked:  # of what is blocked nothing is kept, so what it runs now is in its Inform alone
            shown = subject_of_inform(inform, identity)
            shown = shown if shown.software_version else shown._replace(software_version=version)
            quirks = quirks_told(uow, shown, learnt, put)
            if quirks.blocked:
                return Taken(device_id, first_contact=False, work=False, quirks=quirks)
        if known_caller and (plain or flood == "goes_on"):
            uow.run(SEEN, device_id=device_id, at=uow.now, events="\n".join(events), address=address)
            return Taken(device_id, first_contact=False, work=False, quirks=quirks)
    if (quirks := quirks_told(uow, subject_of_inform(inform, identity), None, None)).blocked and not rows:
        return Taken("", first_contact=False, work=False, quirks=quirks)
    return _take_slowly(
        uow, ctx, inform, envelope, principal, identity, events, digest, address, session_id, user_agent, flood
    )


def subject_of_inform(inform: Inform, identity: Identity) -> Subject:
    """Give what quirk rules look at, as an Inform shows it."""
    version = next(
        (item.Value.text for item in inform.ParameterList if item.Name.endswith("DeviceInfo.SoftwareVersion")), ""
    )
    return Subject(inform.DeviceId.Manufacturer[:64], identity.oui, identity.product_class, version[:MAX_TEXT])


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
    user_agent: str,
    flood: str,
) -> Taken:
    from acs.services.work import phone_called  # work knows tasks; informs are below it

    device = find_device(uow, identity)
    bootstrap = any(event.split(" ", 1)[0] == "0" for event in events)
    _check_speaker(uow, device, principal, bootstrap, identity)
    first_contact = device is None or device.first_seen_at is None
    if device is None:
        device = DeviceRow(id=uow.new_id(), created_at=uow.now)
        uow.session.add(device)
    if first_contact:
        device.first_seen_at = uow.now
    profile = profile_of(device, ctx.catalogue).profile if device.config_state == "in_sync" else None
    if identity.oui not in UNSET_OUIS or not device.oui:
        device.oui = identity.oui
    device.serial_number = identity.serial_number
    device.mac = identity.mac or device.mac
    device.last_inform_at, device.last_events, device.ip_address = uow.now, "\n".join(events), address
    if any(event.split(" ", 1)[0] == "1" for event in events):
        device.last_boot_at = uow.now
    if bootstrap and not first_contact:
        voice.forget(device, uow.now)
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
    moved = first_contact
    version_before = device.software_version
    if device.inform_digest != digest:
        device.inform_digest = digest
        device.manufacturer = inform.DeviceId.Manufacturer[:64]
        device.product_class = identity.product_class
        device.cwmp_namespace = envelope.cwmp_namespace
        device.cwmp_version = envelope.version
        device.user_agent = user_agent
        values = tuple(
            (item.Name, kept(item.Name, item.Value.text), item.Value.type) for item in inform.ParameterList if item.Name
        )
        tree = load_tree(uow, device.id)
        if (root := _new_root(device, values)) is not None:
            note_event(uow, device.id, "root_changed", before=device.root, now=root)
            device.root, device.carrier_sign, device.acs_type = root, "", ""
            tree = EMPTY  # nothing of it is there any more
            if not first_contact and not _is_being_discovered(uow, device.id):
                add_task(uow, ctx, device.id, "discover", {}, origin="acs", priority=5)
        know_values(device, values)
        device.model = _model_of(ctx, device, values)
        grown, changes = tree.with_values(values, uow.now, types_are_hints=True)
        moved = moved or grown is not tree
        if version_before and device.software_version != version_before:
            forget_learnt(uow, device, f"its version is {device.software_version[:64]}, no more {version_before[:64]}")
        _look_for_another_unit(uow, device, events)
        if grown is not tree:
            save_tree(uow, device.id, grown, changes)
    if first_contact:
        note_event(uow, device.id, "first_contact", address=address, product_class=identity.product_class)
        add_task(uow, ctx, device.id, "discover", {}, origin="acs", priority=5)
    if flood == "begins":
        _calm(uow, ctx, device, inform)
    notable = [event for event in events if event[:2] != "2 "]
    # A notification that tells what we hold already is most often the echo of what we have just written (quirk 195).
    echo = not moved and all(event.startswith("4 ") for event in notable)
    if notable and not echo:
        note_event(uow, device.id, "inform", events=list(events), address=address)
    if bootstrap and not first_contact and _was_reset(uow, device, principal):
        device.items = after_reset(uow.now)
        file_keys.forget(uow, device)
    _credentials(uow, ctx, device, principal, bootstrap)
    if carrier := speaks_carrier(events):
        device.carrier_sign = "event"
    if profile is not None and profile_of(device, ctx.catalogue).profile is not profile:
        device.config_state = "pending"  # another dialect
    if carrier or (bootstrap and device.logical_id):
        told = {item.Name.strip(): item.Value.text.strip() for item in inform.ParameterList}
        enrolment.phone_informs(uow, ctx, device, events=events, values=told)
    uow.session.flush()
    work = phone_called(uow, ctx, device, events=inform.Event, session_id=session_id)
    return Taken(device.id, first_contact=first_contact, work=work, quirks=quirks_of(uow, device))


def _new_root(device: DeviceRow, values: tuple[tuple[str, str, str], ...]) -> str | None:
    """Give the root of a phone's data model if it is another now: its ACS Server Type was switched."""
    roots = {path.partition(".")[0] + "." for path, _, _ in values} & {"Device.", "InternetGatewayDevice."}
    return roots.pop() if device.root and len(roots) == 1 and device.root not in roots else None


def _is_being_discovered(uow: UnitOfWork, device_id: str) -> bool:
    waiting = select_model(TaskRow.id).where(
        TaskRow.device_id == device_id, col(TaskRow.open), TaskRow.type == "discover"
    )
    return uow.session.exec(waiting).first() is not None


def _look_for_another_unit(uow: UnitOfWork, device: DeviceRow, events: tuple[str, ...]) -> None:
    """Notice that several phones share this identity (quirk 175)."""
    explained = any(event.split(" ", 1)[0] in ("0", "1", "4") for event in events)
    face = face_of(device.connection_request_url, device.software_version, device.hardware_version)
    faces = met(device.faces, face, uow.now, explained=explained)
    if faces == device.faces:
        return
    device.faces = faces
    if are_several(faces):
        why = f"It went to and fro between {len(faces)} sets of address and version, {RETURNS} times within a day."
        if learn_quirk(uow, device, "several_units", True, why):
            note = {"code": "several_units", "quirk": 175, "detail": why}
            device.notes = _with_note(device.notes, note, uow.now)


FORCED = re.compile(
    r"\.(DeviceSummary|ParameterKey|ConnectionRequestURL|ExternalIPAddress|ProvisioningCode|RootDataModelVersion"
    r"|UDPConnectionRequestAddress|(Spec|Hardware|Software)Version)\Z"
)
"""Parameters of every Inform: their notification cannot be taken away (TR-106, TR-181 "forced inform")."""


def _calm(uow: UnitOfWork, ctx: Context, device: DeviceRow, inform: Inform) -> None:
    """Take the active notification from parameters that make a phone call all the time (quirk 132)."""
    names = sorted({item.Name for item in inform.ParameterList if item.Name and not FORCED.search(item.Name)})[:50]
    note_event(uow, device.id, "notification_flood", names=names)
    recently = select_model(TaskRow.id).where(
        TaskRow.device_id == device.id,
        TaskRow.type == "set_parameter_attributes",
        TaskRow.origin == "acs",
        col(TaskRow.created_at) > uow.now - 86400.0,
    )
    if names and uow.session.exec(recently).first() is None:
        attributes = [{"name": name, "notification": 0} for name in names]
        add_task(uow, ctx, device.id, "set_parameter_attributes", {"attributes": attributes}, origin="acs", priority=1)


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
    # Registered beforehand with a serial number alone, before its OUI was known; or it shows its OUI now and then only
    statement = select_model(DeviceRow).where(DeviceRow.serial_number == identity.serial_number).limit(2)
    if identity.oui not in UNSET_OUIS:
        statement = statement.where(col(DeviceRow.oui).in_(("", *UNSET_OUIS)))
    found_so = uow.session.exec(statement).all() if identity.serial_number else []
    return found_so[0] if len(found_so) == 1 else None


def _check_speaker(
    uow: UnitOfWork, device: DeviceRow | None, principal: Principal, bootstrap: bool, identity: Identity
) -> None:
    """Hold that credentials speak for their own phone only; raise before anything was written."""
    shown = principal.certificate
    if device is not None and device.certificate_sha256:
        # An operator said which certificate this phone has. A password alone is not enough any more, or whoever
        # reads it off a backup could still speak for the phone.
        if shown is None or shown.sha256 != device.certificate_sha256:
            raise Denied("This phone has to show its client certificate.", device_id=device.id)
        if principal.kind == "certificate":
            return
    elif not _may_show(principal, identity):
        names = repr(shown.names)[:200] if shown is not None else "nobody"
        raise Denied(f"The client certificate names another phone: {names}.")
    if principal.kind == "certificate":
        return
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


def _may_show(principal: Principal, identity: Identity) -> bool:
    """Say whether this caller may come for this phone with the certificate that he shows, if any.

    One that names a phone speaks for that one only, whatever password comes with it. One that names none, as a
    gateway's, proves nothing alone.
    """
    shown = principal.certificate
    if shown is None or shown.names_device(identity.oui, identity.product_class, identity.serial_number):
        return True
    return principal.kind != "certificate" and not shown.names_some_device


def _was_reset(uow: UnitOfWork, device: DeviceRow, principal: Principal) -> bool:
    """Say whether ``0 BOOTSTRAP`` means that a phone has forgotten all that it was given.

    One that still has its own credentials has only heard of us anew. Of one without any it cannot be known; some say
    it after every configuration file (quirk 90).
    """
    if principal.kind == "device" or quirks_of(uow, device).several_units:
        return False
    busy = select_model(TaskRow.id).where(
        TaskRow.device_id == device.id,
        TaskRow.type == "download",
        col(TaskRow.state).in_(("transferring", "verifying")),
    )
    return principal.kind == "shared" or uow.session.exec(busy).first() is None


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
    if principal.kind != "shared" or quirks_of(uow, device).several_units:
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


def _model_of(ctx: Context, device: DeviceRow, values: tuple[tuple[str, str, str], ...]) -> str:
    told = next((value for path, value, _ in values if path.endswith("DeviceInfo.ModelName") and value), "")
    for name in (device.product_class, told):
        if name and (model := ctx.catalogue.named(name)) is not None:
            return model.name
    return device.model or told or device.product_class
