"""Phones, as operators see them: find, register beforehand, name, tag, group, forget."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, or_, true, update
from sqlmodel import col, select

from acs.domain.devices.identity import identify, normalize_mac
from acs.domain.parameters.values import is_secret
from acs.domain.phones.catalogue import BUILT_IN, Catalogue
from acs.domain.phones.profiles import PROFILES
from acs.errors import BadRequest, Conflict, NotFound
from acs.protocols.certificates import digest_of
from acs.services.context import Context
from acs.services.paging import Page, page_of, page_of_list
from acs.services.trees import load_tree
from acs.services.views import REDACTED, device_view, rfc3339
from acs.storage.tables import DeviceRow, EventRow, LogicalIdRow, SettingsLayerRow
from acs.storage.unit_of_work import UnitOfWork

_SORTABLE = {
    "id": DeviceRow.id,
    "serial_number": DeviceRow.serial_number,
    "mac": DeviceRow.mac,
    "model": DeviceRow.model,
    "name": DeviceRow.name,
    "last_inform_at": DeviceRow.last_inform_at,
    "first_seen_at": DeviceRow.first_seen_at,
}
CHANGEABLE = ("tags", "group", "profile", "name", "certificate_sha256", "file_key_known")
CONFIG_STATES = ("unknown", "in_sync", "pending", "applying", "failed")


@dataclass(frozen=True, slots=True)
class DeviceQuery:
    """Filters of the device list; None: any."""

    serial_number: str | None = None
    mac: str | None = None
    oui: str | None = None
    product_class: str | None = None
    model: str | None = None
    software_version: str | None = None
    tag: str | None = None
    group: str | None = None
    config_state: str | None = None
    q: str | None = None
    sort: str | None = None
    limit: int = 100
    cursor: str | None = None


def list_devices(uow: UnitOfWork, query: DeviceQuery, catalogue: Catalogue = BUILT_IN) -> Page:
    """List phones that match every given filter.

    Raises:
        BadRequest: a filter is off; names the field.
    """
    statement = select(DeviceRow)
    if query.mac is not None:
        mac = normalize_mac(query.mac)
        if mac is None:
            raise BadRequest("mac must be 12 hexadecimal digits", field="mac")
        statement = statement.where(DeviceRow.mac == mac)
    if query.oui is not None:
        statement = statement.where(DeviceRow.oui == query.oui.upper())
    for name in ("serial_number", "product_class", "software_version"):
        if (value := getattr(query, name)) is not None:
            statement = statement.where(getattr(DeviceRow, name) == value)
    if query.model is not None:
        statement = statement.where(func.lower(DeviceRow.model) == query.model.lower())
    if query.group is not None:
        statement = statement.where(DeviceRow.group_name == query.group)
    if query.config_state is not None:
        if query.config_state not in CONFIG_STATES:
            raise BadRequest(f"config_state must be one of: {', '.join(CONFIG_STATES)}", field="config_state")
        statement = statement.where(DeviceRow.config_state == query.config_state)
    if query.tag is not None:
        tags = func.json_each(DeviceRow.tags).table_valued("value")
        statement = statement.where(select(tags.c.value).where(tags.c.value == query.tag).exists())
    if query.q:
        pattern = "%" + query.q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        bare = pattern.replace(":", "").replace("-", "").lower()  # a MAC address in any spelling
        statement = statement.where(
            or_(
                *(
                    col(column).ilike(pattern, escape="\\")
                    for column in (
                        DeviceRow.serial_number,
                        DeviceRow.name,
                        DeviceRow.model,
                        DeviceRow.product_class,
                        DeviceRow.ip_address,
                        DeviceRow.software_version,
                    )
                ),
                *([col(DeviceRow.mac).like(bare, escape="\\")] if bare.strip("%") else []),
            )
        )
    descending = bool(query.sort and query.sort.startswith("-"))
    sort = (query.sort or "id").lstrip("-")
    if sort not in _SORTABLE:
        raise BadRequest(f"sort must be one of: {', '.join(_SORTABLE)}, with - in front to turn it round", field="sort")
    return page_of(
        uow,
        statement,
        key=DeviceRow.id,
        sort=None if sort == "id" else _SORTABLE[sort],
        descending=descending,
        limit=query.limit,
        cursor=query.cursor,
        view=lambda row: device_view(row, catalogue),
    )


def get_device(uow: UnitOfWork, device_id: str, catalogue: Catalogue = BUILT_IN) -> dict[str, Any]:
    """Give one phone."""
    return device_view(device_row(uow, device_id), catalogue)


def device_row(uow: UnitOfWork, device_id: str) -> DeviceRow:
    """Give the row of a phone.

    Raises:
        NotFound: no such phone.
    """
    row = uow.session.get(DeviceRow, device_id)
    if row is None:
        raise NotFound(f"There is no device {device_id}.")
    return row


def find(uow: UnitOfWork, name: str) -> str:
    """Give the identifier of a phone named by identifier, MAC address or serial number.

    Raises:
        NotFound: none, or more than one.
    """
    if uow.session.get(DeviceRow, name) is not None:
        return name
    mac = normalize_mac(name)
    found = uow.session.exec(
        select(DeviceRow.id).where(or_(col(DeviceRow.serial_number) == name, col(DeviceRow.mac) == (mac or "?")))
    ).all()
    if len(found) != 1:
        raise NotFound(f"{'No device' if not found else 'More than one device'} is called {name!r}.")
    return found[0]


def register_device(uow: UnitOfWork, ctx: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    """Register a phone before it ever called.

    Raises:
        BadRequest: neither a MAC address nor a serial number, or a field is off.
        Conflict: this phone is known already.
    """
    known = {
        "mac",
        "serial_number",
        "oui",
        "product_class",
        "model",
        "tags",
        "group",
        "name",
        "profile",
        "username",
        "password",
    }
    for name in body:
        if name not in known:
            raise BadRequest(f"unknown field {name!r}; known: {', '.join(sorted(known))}", field=name)
    mac = None
    if body.get("mac") is not None:
        mac = normalize_mac(_text(body, "mac"))
        if mac is None:
            raise BadRequest("mac must be 12 hexadecimal digits", field="mac")
    serial_number = _text(body, "serial_number", longest=64) or None
    oui = _text(body, "oui", longest=6).upper() or (mac[:6].upper() if mac else "")
    if serial_number is not None:
        identity = identify(oui, "", serial_number)
        mac = mac or identity.mac
        if not oui and identity.mac is not None and identity.mac_is_certain:  # other digits say nothing of the maker
            oui = identity.mac[:6].upper()
    if mac is None and serial_number is None:
        raise BadRequest("give mac or serial_number", field="mac")
    # Without an OUI on either side the serial number alone tells: it is what the phone will be recognised by.
    same_maker = col(DeviceRow.oui).in_((oui, "")) if oui else true()
    clash = select(DeviceRow).where(
        or_(
            *([(col(DeviceRow.serial_number) == serial_number) & same_maker] if serial_number else []),
            *([col(DeviceRow.mac) == mac] if mac else []),
        )
    )
    if (there := uow.session.exec(clash).first()) is not None:
        raise Conflict(f"This phone is known already: device {there.id}.", device_id=there.id)
    row = DeviceRow(
        id=uow.new_id(),
        oui=oui,
        serial_number=serial_number,
        mac=mac,
        product_class=_text(body, "product_class", longest=64),
        model=_text(body, "model", longest=64) or _text(body, "product_class", longest=64),
        created_at=uow.now,
    )
    _apply(row, {key: value for key, value in body.items() if key in ("tags", "group", "name", "profile")})
    username, password = _text(body, "username", longest=256), _text(body, "password", longest=256)
    if bool(username) != bool(password):
        raise BadRequest("username and password go together", field="password" if username else "username")
    if username:
        if (
            username == ctx.cpe_username
            or uow.session.exec(select(DeviceRow.id).where(DeviceRow.username == username)).first()
        ):
            raise Conflict(f"The username {username!r} belongs to another device.", field="username")
        row.username = username
        row.password_sealed = ctx.box.seal(password, context=f"cpe:{row.id}")
        row.credentials = "proven"
    uow.session.add(row)
    uow.session.flush()
    return device_view(row, ctx.catalogue)


def patch_device(uow: UnitOfWork, ctx: Context, device_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Change ``tags``, ``group``, ``profile``, ``name`` or ``certificate_sha256``, or forget the file key.

    Raises:
        BadRequest: another field, or a value that is off.
    """
    for name in body:
        if name not in CHANGEABLE:
            raise BadRequest(f"{name} cannot be changed; these can: {', '.join(CHANGEABLE)}", field=name)
    row = device_row(uow, device_id)
    before = row.group_name, row.profile
    _apply(row, body)
    if "file_key_known" in body:
        if body["file_key_known"] is not False:
            text = "file_key_known can only be set to false; a key becomes known by a file that the phone applies"
            raise BadRequest(text, field="file_key_known")
        row.file_key_sealed = ""
    if (row.group_name, row.profile) != before:  # other layers, or another dialect
        row.config_state = "pending"
    uow.session.add(row)
    uow.session.flush()
    return device_view(row, ctx.catalogue)


def delete_device(uow: UnitOfWork, device_id: str) -> None:
    """Forget a phone, its tasks, its tree and its settings layer. It comes back as new when it calls again.

    The LOID that it was bound with is free again.
    """
    device_row(uow, device_id)
    uow.session.flush()
    uow.session.expunge_all()
    uow.connection.execute(delete(SettingsLayerRow).where(col(SettingsLayerRow.scope) == f"devices/{device_id}"))
    free = update(LogicalIdRow).where(col(LogicalIdRow.device_id) == device_id)
    uow.connection.execute(free.values(device_id=None, bound_at=None, result=""))
    uow.connection.execute(delete(DeviceRow).where(col(DeviceRow.id) == device_id))


def list_parameters(
    uow: UnitOfWork, device_id: str, *, path: str = "", q: str = "", limit: int = 100, cursor: str | None = None
) -> Page:
    """List what is known of a phone's parameters, in the order of their paths."""
    device_row(uow, device_id)
    wanted = q.lower()
    items = [
        {
            "path": name,
            "value": REDACTED if entry.value and is_secret(name) else entry.value,
            "type": entry.type,
            "writable": entry.writable,
            "notification": entry.notification,
            "updated_at": rfc3339(entry.updated_at) if entry.updated_at else None,
        }
        for name, entry in sorted(load_tree(uow, device_id).items())
        if name.startswith(path)
        and (
            not wanted
            or wanted in name.lower()
            or (wanted in (entry.value or "").lower() and not is_secret(name))  # else a search would tell it bit by bit
        )
    ]
    return page_of_list(items, key="path", limit=limit, cursor=cursor)


def list_events(uow: UnitOfWork, device_id: str, *, limit: int = 100, cursor: str | None = None) -> Page:
    """List what happened to a phone, newest first."""
    device_row(uow, device_id)

    def view(row: EventRow) -> dict[str, Any]:
        return {"id": str(row.id), "at": rfc3339(row.at), "kind": row.kind, "data": row.data}

    statement = select(EventRow).where(EventRow.device_id == device_id)
    return page_of(uow, statement, key=EventRow.id, descending=True, limit=limit, cursor=cursor, view=view)


def note_event(uow: UnitOfWork, device_id: str, kind: str, **data: Any) -> None:
    """Keep that something happened."""
    uow.session.add(EventRow(device_id=device_id, at=uow.now, kind=kind, data=data))


def _text(body: Mapping[str, Any], name: str, *, longest: int = 256) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or any(ord(c) < 32 for c in value):
        raise BadRequest(f"{name} must be a string of at most {longest} printable characters", field=name)
    return value.strip()


def group_name(name: str) -> str:
    """Give the name of a group; what cannot stand in a scope of settings is none.

    Raises:
        BadRequest: it cannot.
    """
    if "/" in name or "\x7f" in name:
        raise BadRequest(
            "group must be printable characters without a slash: settings call it groups/NAME", field="group"
        )
    return name


def _apply(row: DeviceRow, body: Mapping[str, Any]) -> None:
    if "tags" in body:
        tags = body["tags"] or []
        if (
            not isinstance(tags, list)
            or not all(isinstance(t, str) and 0 < len(t) <= 64 for t in tags)
            or len(tags) > 100
        ):
            raise BadRequest("tags must be a list of at most 100 strings of 1 to 64 characters", field="tags")
        row.tags = list(dict.fromkeys(tags))
    if "group" in body:
        row.group_name = group_name(_text(body, "group", longest=64))
    if "name" in body:
        row.name = _text(body, "name", longest=128)
    if "profile" in body:
        profile = body["profile"]
        if profile not in (None, *PROFILES):
            raise BadRequest(f"profile must be one of: {', '.join(PROFILES)}, or null", field="profile")
        row.profile = profile
    if "certificate_sha256" in body:
        told = _text(body, "certificate_sha256", longest=128)
        digest = digest_of(told) if told else ""
        if digest is None:
            raise BadRequest("certificate_sha256 must be 64 hexadecimal digits, or null", field="certificate_sha256")
        row.certificate_sha256 = digest
