"""How one phone is to be treated: rules, what was learnt of it, what an operator set for it.

Defaults < rules that come with the program < operators' rules < learnt < set by an operator for this phone. Rules are
read once and kept; a change here is seen at once, one by another process within ``STALE_SECONDS``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlmodel import select

from acs.domain.devices.quirks import (
    NAMES,
    Quirks,
    checked,
    knobs,
    quirk_numbers,
    with_settings,
)
from acs.domain.devices.rules import BUILTIN, Registry, Rule, Subject, version_key
from acs.errors import BadRequest, Conflict, NotFound
from acs.services.devices import device_row, note_event
from acs.services.paging import Page, page_of_list
from acs.services.views import rfc3339
from acs.storage.tables import DeviceRow, QuirkRuleRow
from acs.storage.unit_of_work import UnitOfWork

STALE_SECONDS = 30.0
MAX_RULES = 1000
SINCE, WHY = "since", "why"
"""Keys beside the settings in ``quirks_learnt`` and ``quirks_set``: when and why each of them came to be."""
_CONDITIONS = ("manufacturer", "oui", "product_class", "version_from", "version_to")

_registries: WeakKeyDictionary[Engine, tuple[float, Registry]] = WeakKeyDictionary()


def quirks_of(uow: UnitOfWork, device: DeviceRow) -> Quirks:
    """Give how a phone is to be treated."""
    known = registry_of(uow).quirks(subject_of(device))
    return with_settings(with_settings(known, device.quirks_learnt), device.quirks_set)


def quirks_told(uow: UnitOfWork, subject: Subject, learnt: str | None, put: str | None) -> Quirks:
    """Give the same from columns as the database has them: for the hot path, which loads no whole row."""
    known = registry_of(uow).quirks(subject)
    for text in (learnt, put):
        if text and text != "{}":
            known = with_settings(known, json.loads(text))
    return known


def subject_of(device: DeviceRow) -> Subject:
    """Give what rules look at."""
    return Subject(device.manufacturer, device.oui, device.product_class, device.software_version)


def registry_of(uow: UnitOfWork) -> Registry:
    """Give all rules."""
    engine, now = uow.connection.engine, time.monotonic()
    known = _registries.get(engine)
    if known is None or now - known[0] > STALE_SECONDS:
        rows = uow.session.exec(select(QuirkRuleRow).order_by(QuirkRuleRow.id)).all()
        known = _registries[engine] = (now, Registry((*BUILTIN, *map(_rule, rows))))
    return known[1]


def _rule(row: QuirkRuleRow) -> Rule:
    conditions = {name: getattr(row, name) for name in _CONDITIONS}
    return Rule(id=row.id, settings=row.settings, note=row.note, **conditions)


def _changed(uow: UnitOfWork) -> None:
    """Read the rules anew: now, and once more when the change is durable."""
    engine = uow.connection.engine
    _registries.pop(engine, None)
    uow.after_commit.append(lambda: _registries.pop(engine, None) and None)


# Learnt -------------------------------------------------------------------------------------------------------------


def learn_quirk(uow: UnitOfWork, device: DeviceRow, name: str, value: Any, why: str) -> bool:
    """Keep what a phone's conduct taught; say whether it is new. What an operator has set is not second-guessed."""
    value = checked({name: value})[name]
    if name in device.quirks_set or device.quirks_learnt.get(name) == value:
        return False
    device.quirks_learnt = {
        **device.quirks_learnt,
        name: value,
        SINCE: {**device.quirks_learnt.get(SINCE, {}), name: uow.now},
        WHY: {**device.quirks_learnt.get(WHY, {}), name: why[:200]},
    }
    uow.session.add(device)
    note_event(uow, device.id, "quirk_learnt", name=name, value=value, why=why[:200], quirks=list(quirk_numbers(name)))
    return True


def forget_learnt(uow: UnitOfWork, device: DeviceRow, why: str, name: str | None = None) -> bool:
    """Forget what was learnt of a phone, or one of it; say whether there was anything."""
    gone = [known for known in device.quirks_learnt if known in NAMES and name in (None, known)]
    if not gone:
        return False
    device.quirks_learnt = _without(device.quirks_learnt, gone)
    uow.session.add(device)
    note_event(uow, device.id, "quirks_forgotten", names=gone, why=why)
    return True


def _without(kept: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    left = {name: value for name, value in kept.items() if name not in (*names, SINCE, WHY)}
    if any(name in NAMES for name in left):
        for beside in (SINCE, WHY):
            left[beside] = {name: value for name, value in kept.get(beside, {}).items() if name not in names}
    return left


# One phone ----------------------------------------------------------------------------------------------------------


def device_quirks(uow: UnitOfWork, device_id: str) -> dict[str, Any]:
    """Give every setting of a phone with where it comes from."""
    device = device_row(uow, device_id)
    effective = quirks_of(uow, device)
    origin: dict[str, tuple[str, Any, str]] = {}
    for rule in registry_of(uow).matching(subject_of(device)):
        for name in rule.settings:
            origin[name] = (f"rule:{rule.id}", None, rule.note)
    for source, kept in (("learnt", device.quirks_learnt), ("set", device.quirks_set)):
        for name in kept:
            if name in NAMES:
                origin[name] = (source, kept.get(SINCE, {}).get(name), kept.get(WHY, {}).get(name, ""))
    items = []
    for name in NAMES:
        source, since, why = origin.get(name, ("default", None, ""))
        value = getattr(effective, name)
        items.append(
            {
                "name": name,
                "value": list(value) if isinstance(value, tuple) else value,
                "source": source,
                "quirks": list(quirk_numbers(name)),
                "since": rfc3339(since),
                "note": why,
            }
        )
    return {"device_id": device.id, "items": items, "next": None}


def patch_device_quirks(uow: UnitOfWork, device_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Set quirks of one phone: a merge, null removes.

    Raises:
        BadRequest: a name is unknown or a value impossible; names the field.
    """
    device = device_row(uow, device_id)
    removed = [name for name, value in body.items() if value is None]
    for name in removed:
        if name not in NAMES:
            checked({name: None})
    given = checked({name: value for name, value in body.items() if value is not None})
    kept = _without(device.quirks_set, removed)
    if given:
        since = {**kept.get(SINCE, {}), **{n: uow.now for n, v in given.items() if device.quirks_set.get(n) != v}}
        kept = {**kept, **given, SINCE: since}
    if kept != device.quirks_set:
        device.quirks_set = kept
        uow.session.add(device)
        note_event(uow, device.id, "quirks_set", set=given, removed=removed)
        uow.session.flush()
    return device_quirks(uow, device_id)


def reset_learnt(uow: UnitOfWork, device_id: str, name: str | None = None) -> None:
    """Forget what was learnt of a phone.

    Raises:
        BadRequest: there is no such setting.
    """
    if name is not None and name not in NAMES:
        raise BadRequest(f"there is no quirk setting {name[:64]!r}; GET /quirks lists them", field="name")
    forget_learnt(uow, device_row(uow, device_id), "an operator reset it", name)


# Rules --------------------------------------------------------------------------------------------------------------


def list_knobs() -> dict[str, Any]:
    """Describe every setting."""
    return {"items": knobs(), "next": None}


def list_rules(uow: UnitOfWork, *, limit: int = 100, cursor: str | None = None) -> Page:
    """List rules: ours and the operators', by identifier."""
    rows = uow.session.exec(select(QuirkRuleRow)).all()
    items = [*map(_builtin_view, BUILTIN), *map(_view, rows)]
    return page_of_list(sorted(items, key=lambda item: str(item["id"])), key="id", limit=limit, cursor=cursor)


def get_rule(uow: UnitOfWork, rule_id: str) -> dict[str, Any]:
    """Give one rule.

    Raises:
        NotFound: no such rule.
    """
    for rule in BUILTIN:
        if rule.id == rule_id:
            return _builtin_view(rule)
    return _view(_row(uow, rule_id))


def create_rule(uow: UnitOfWork, body: Mapping[str, Any]) -> dict[str, Any]:
    """Make a rule.

    Raises:
        BadRequest: a condition or a setting is off; names the field.
        Conflict: there are too many.
    """
    if len(uow.session.exec(select(QuirkRuleRow.id)).all()) >= MAX_RULES:
        raise Conflict(f"There are {MAX_RULES} rules; delete those that no phone needs any more.")
    row = QuirkRuleRow(id=uow.new_id(), created_at=uow.now)
    return _keep(uow, row, body)


def put_rule(uow: UnitOfWork, rule_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Replace a rule.

    Raises:
        BadRequest: a condition or a setting is off; names the field.
    """
    return _keep(uow, _row(uow, rule_id), body)


def delete_rule(uow: UnitOfWork, rule_id: str) -> None:
    """Forget a rule."""
    uow.session.delete(_row(uow, rule_id))
    uow.session.flush()
    _changed(uow)


def _row(uow: UnitOfWork, rule_id: str) -> QuirkRuleRow:
    if any(rule.id == rule_id for rule in BUILTIN):
        raise Conflict(f"The rule {rule_id} comes with the program: make one of your own, which wins over it.")
    row = uow.session.get(QuirkRuleRow, rule_id)
    if row is None:
        raise NotFound(f"There is no quirk rule {rule_id}.")
    return row


def _keep(uow: UnitOfWork, row: QuirkRuleRow, body: Mapping[str, Any]) -> dict[str, Any]:
    known = (*_CONDITIONS, "settings", "note")
    for name in body:
        if name not in known:
            raise BadRequest(f"unknown field {name[:64]!r}; known: {', '.join(known)}", field=name[:64])
    texts = {name: _text(body, name, 64 if name != "note" else 500) for name in (*_CONDITIONS, "note")}
    if not any(texts[name] for name in _CONDITIONS[:3]):
        raise BadRequest(
            "give manufacturer, oui or product_class: a rule for every phone is none", field="manufacturer"
        )
    earliest, latest = texts["version_from"], texts["version_to"]
    if earliest and latest and version_key(earliest) > version_key(latest):
        raise BadRequest("version_to lies before version_from: no phone is in between", field="version_to")
    settings = checked(body.get("settings"), field="settings")
    if not settings:
        raise BadRequest("settings must hold at least one; GET /quirks lists them", field="settings")
    for name, text in texts.items():
        setattr(row, name, text)
    row.settings, row.updated_at = settings, uow.now
    uow.session.add(row)
    uow.session.flush()
    _changed(uow)
    return _view(row)


def _text(body: Mapping[str, Any], name: str, longest: int) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise BadRequest(f"{name} must be a string of at most {longest} printable characters", field=name)
    return value.strip()


def _view(row: QuirkRuleRow) -> dict[str, Any]:
    view = _rule_view(_rule(row))
    return {**view, "created_at": rfc3339(row.created_at), "updated_at": rfc3339(row.updated_at)}


def _builtin_view(rule: Rule) -> dict[str, Any]:
    return {**_rule_view(rule), "created_at": None, "updated_at": None}


def _rule_view(rule: Rule) -> dict[str, Any]:
    numbers = (
        set(rule.quirks).union(*(quirk_numbers(name) for name in rule.settings)) if not rule.builtin else rule.quirks
    )
    return {
        "id": rule.id,
        **{name: getattr(rule, name) for name in _CONDITIONS},
        "settings": dict(rule.settings),
        "quirks": sorted(numbers),
        "note": rule.note,
        "builtin": rule.builtin,
    }
