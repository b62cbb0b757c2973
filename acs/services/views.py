"""Rows as the contract shows them: RFC 3339 times, snake_case names, secrets redacted."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from acs.domain.parameters.values import HIDDEN
from acs.domain.parameters.values import is_secret as is_secret  # asked here by edges too
from acs.domain.phones.catalogue import BUILT_IN, Catalogue
from acs.services.choices import profile_of
from acs.storage.tables import DeviceRow, TaskRow
from cwmp_schemas.namespaces import version_of

REDACTED = HIDDEN


def rfc3339(seconds: float | None) -> str | None:
    """Give POSIX seconds as RFC 3339 in UTC."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def redacted(value: Any) -> Any:
    """Give a JSON value with every secret replaced: values of secret names, keys that say password."""
    if isinstance(value, Mapping):
        name = value.get("name")
        hide = isinstance(name, str) and is_secret(name)
        return {
            key: REDACTED
            if (is_secret(key) and item not in (None, "")) or (hide and key in ("value", "expected", "read") and item)
            else redacted(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(item) for item in value]
    return value


def device_view(row: DeviceRow, catalogue: Catalogue = BUILT_IN) -> dict[str, Any]:
    """The contract's device."""
    choice = profile_of(row, catalogue)
    return {
        "id": row.id,
        "name": row.name,
        "manufacturer": row.manufacturer,
        "oui": row.oui,
        "product_class": row.product_class,
        "serial_number": row.serial_number,
        "mac": row.mac,
        "model": row.model,
        "profile": choice.profile.name,
        "profile_source": choice.source,
        "acs_type": row.acs_type or None,
        "logical_id": row.logical_id or None,
        "root": row.root or None,
        "cwmp_version": row.cwmp_version or (version_of(row.cwmp_namespace) if row.cwmp_namespace else None),
        "user_agent": row.user_agent or None,
        "software_version": row.software_version,
        "hardware_version": row.hardware_version,
        "ip_address": row.ip_address or None,
        "connection_request_url": row.connection_request_url or None,
        "udp_address": row.udp_address or None,
        "stun_address": row.stun_address or None,
        "jabber_id": row.jabber_id or None,
        "last_inform_at": rfc3339(row.last_inform_at),
        "last_events": row.last_events.split("\n") if row.last_events else [],
        "first_seen_at": rfc3339(row.first_seen_at),
        "tags": list(row.tags),
        "group": row.group_name or None,
        "credentials": row.credentials,
        "certificate_sha256": row.certificate_sha256 or None,
        "file_key_known": bool(row.file_key_sealed),
        "methods": row.methods,
        "config": {
            "state": row.config_state,
            "desired_version": row.config_desired_version or None,
            "reported_version": row.config_reported_version or None,
            "evidence": redacted(row.config_evidence),
        },
        "firmware": row.firmware or {},
        "notes": [{**note, "since": rfc3339(note.get("since"))} for note in row.notes],
        "trace_until": rfc3339(row.trace_until) if row.trace_until and row.trace_until > time.time() else None,
    }


def task_view(row: TaskRow) -> dict[str, Any]:
    """The contract's task; its arguments as given, without secrets."""
    return {
        "id": row.id,
        "device_id": row.device_id,
        "type": row.type,
        "arguments": redacted(_unsealed_marks(row.arguments)),
        "origin": row.origin,
        "state": row.state,
        "attempts": row.attempts,
        "not_before": rfc3339(row.not_before) if row.not_before else None,
        "expires_at": rfc3339(row.expires_at),
        "created_at": rfc3339(row.created_at),
        "started_at": rfc3339(row.started_at),
        "finished_at": rfc3339(row.finished_at),
        "result": redacted(row.result),
        "fault": redacted(row.fault),
        "evidence": redacted(row.evidence),
    }


def _unsealed_marks(value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"$sealed"}:
            return REDACTED
        return {key: _unsealed_marks(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unsealed_marks(item) for item in value]
    return value
