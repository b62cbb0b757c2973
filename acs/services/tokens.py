"""API tokens: who may call, and what. Only a digest of a token is kept; the token itself is shown once."""

import contextlib
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from sqlmodel import col, select

from acs.errors import BadRequest, Conflict, NeedsOperator, NotFound
from acs.services.paging import Page, page_of
from acs.services.views import rfc3339
from acs.storage.engine import Database
from acs.storage.tables import ApiTokenRow
from acs.storage.unit_of_work import UnitOfWork

PREFIX = "acs_"
ADMIN_FILE = "admin-token"
ADMIN_NAME = "admin"
TOUCH_SECONDS = 60.0
"""How stale ``last_used_at`` may be: a token is not written on every call."""
MIN_LENGTH = 20
"""Characters of the shortest token that an operator may choose."""

PERMISSIONS = {
    "admin": "Everything, and to make and revoke tokens.",
    "read": "See devices, tasks, files, settings (secrets as ***), models and metrics.",
    "write": "Change them, and give work to phones; includes read.",
    "secrets": "See secrets with reveal, and files as the phone gets them; goes with read or write.",
    "audit": "See the audit log: who saw secrets, and who changed settings, tokens and credentials.",
}
"""Every permission and what it allows."""

_IMPLIED = {"admin": frozenset(PERMISSIONS), "write": frozenset({"read"})}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls."""

    token_id: str
    name: str
    permissions: frozenset[str]
    """What is allowed, implied ones included."""
    touch: bool = False
    """``last_used_at`` is stale: call ``touch`` at leisure."""

    def may(self, permission: str) -> bool:
        """Say whether a permission is held."""
        return permission in self.permissions


def create_token(uow: UnitOfWork, *, name: str, permissions: Sequence[str]) -> dict[str, Any]:
    """Make a token; the answer holds it, and nothing else ever will.

    Raises:
        BadRequest: no name, or a permission that does not exist.
        Conflict: a token of that name is in use.
    """
    name = name.strip() if isinstance(name, str) else ""
    if not 0 < len(name) <= 64 or any(ord(character) < 32 for character in name):
        raise BadRequest("name must be 1 to 64 printable characters", field="name")
    for permission in permissions:
        if permission not in PERMISSIONS:
            raise BadRequest(f"unknown permission {permission!r}; known: {', '.join(PERMISSIONS)}", field="permissions")
    if not permissions:
        raise BadRequest(f"give at least one permission of: {', '.join(PERMISSIONS)}", field="permissions")
    if name == ADMIN_NAME:
        raise Conflict(f"The name {ADMIN_NAME!r} belongs to the token made at first start.", field="name")
    taken = select(ApiTokenRow.id).where(ApiTokenRow.name == name, col(ApiTokenRow.revoked_at).is_(None))
    if uow.session.exec(taken).first() is not None:
        raise Conflict(f"A token named {name!r} is in use; revoke it first, or choose another name.", field="name")
    token = PREFIX + token_urlsafe(32)
    row = _add(uow, name, token, [p for p in PERMISSIONS if p in permissions])
    return {**_view(row), "token": token}


def list_tokens(uow: UnitOfWork, *, limit: int = 100, cursor: str | None = None) -> Page:
    """List tokens, without what they are."""
    return page_of(uow, select(ApiTokenRow), key=ApiTokenRow.id, limit=limit, cursor=cursor, view=_view)


def revoke_token(uow: UnitOfWork, token_id: str) -> dict[str, Any]:
    """End a token's life at once.

    Raises:
        NotFound: no such token.
        Conflict: it is the last one that may make others.
    """
    row = uow.session.get(ApiTokenRow, token_id)
    if row is None:
        raise NotFound(f"There is no token {token_id}.")
    if row.revoked_at is not None:
        return _view(row)
    alive = uow.session.exec(select(ApiTokenRow).where(col(ApiTokenRow.revoked_at).is_(None))).all()
    if "admin" in row.permissions and sum("admin" in other.permissions for other in alive) < 2:
        raise Conflict("This is the last token with the permission admin; make another one first.")
    row.revoked_at = uow.now
    uow.session.add(row)
    return _view(row)


def authenticate(uow: UnitOfWork, token: str) -> Principal | None:
    """Give who holds a token; None for one that is unknown or revoked."""
    digest = _digest(token)
    # The look-up is by digest, so that its timing says nothing about the token; the comparison says so once more.
    row = uow.session.exec(select(ApiTokenRow).where(ApiTokenRow.digest == digest)).first()
    if row is None or row.revoked_at is not None or not hmac.compare_digest(row.digest, digest):
        return None
    held = frozenset(row.permissions)
    held = held.union(*(_IMPLIED.get(permission, frozenset()) for permission in held))
    stale = row.last_used_at is None or row.last_used_at < uow.now - TOUCH_SECONDS
    return Principal(row.id, row.name, held, stale)


def touch(uow: UnitOfWork, token_id: str) -> None:
    """Note that a token was used."""
    row = uow.session.get(ApiTokenRow, token_id)
    if row is not None:
        row.last_used_at = uow.now
        uow.session.add(row)


def ensure_admin(database: Database, data_dir: Path, configured: str | None) -> str | None:
    """See to it at start that there is a token that may do everything.

    Returns:
        The token; None if it was revoked. It stays so, for whoever revoked it had a reason.

    Raises:
        NeedsOperator: the configured token is too short, or its file cannot be read or made.
    """
    token, _made = admin_token(data_dir, configured)
    with database.engine.begin() as connection:
        uow = UnitOfWork(connection)
        good = register_admin(uow, token)
        uow.finish()
    return token if good else None


def register_admin(uow: UnitOfWork, token: str) -> bool:
    """Make the admin token known, and an older one of this program unknown.

    Returns:
        False if this very token was revoked.
    """
    digest = _digest(token)
    for older in uow.session.exec(
        select(ApiTokenRow).where(
            ApiTokenRow.name == ADMIN_NAME, ApiTokenRow.digest != digest, col(ApiTokenRow.revoked_at).is_(None)
        )
    ).all():
        older.revoked_at = uow.now
        uow.session.add(older)
    row = uow.session.exec(select(ApiTokenRow).where(ApiTokenRow.digest == digest)).first()
    if row is None:
        row = _add(uow, ADMIN_NAME, token, ["admin"])
    return row.revoked_at is None


def admin_token(data_dir: Path, configured: str | None) -> tuple[str, bool]:
    """Give the admin token: the configured one, else the one in ``<data_dir>/admin-token`` (0600), made if missing.

    Returns:
        The token, and whether it was made now (so that it is printed once).

    Raises:
        NeedsOperator: the configured one is too short, or the file cannot be read or made.
    """
    if configured:
        return _usable(configured, "ACS_ADMIN_TOKEN"), False
    path = data_dir / ADMIN_FILE
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            token = PREFIX + token_urlsafe(32)
            # Written aside and linked: the file appears whole or not at all, and the first process wins.
            aside = path.with_name(f".{ADMIN_FILE}.{os.getpid()}")
            aside.unlink(missing_ok=True)
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(token + "\n")
                file.flush()
                os.fsync(descriptor)
            try:
                os.link(aside, path)
            finally:
                aside.unlink(missing_ok=True)
            return token, True
        return _usable(path.read_text(encoding="ascii").strip(), str(path)), False
    except (OSError, UnicodeDecodeError) as error:
        raise NeedsOperator(
            f"The admin token file {path} cannot be read or made ({error}). Give this user access to the folder, or "
            "set ACS_ADMIN_TOKEN."
        ) from error


def _usable(token: str, source: str) -> str:
    if len(token) < MIN_LENGTH or not token.isascii() or any(not 33 <= ord(character) <= 126 for character in token):
        raise NeedsOperator(
            f"{source} does not hold a usable token: at least {MIN_LENGTH} visible ASCII characters without spaces."
        )
    return token


def _add(uow: UnitOfWork, name: str, token: str, permissions: list[str]) -> ApiTokenRow:
    row = ApiTokenRow(id=uow.new_id(), name=name, digest=_digest(token), permissions=permissions, created_at=uow.now)
    uow.session.add(row)
    uow.session.flush()
    return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _view(row: ApiTokenRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "permissions": list(row.permissions),
        "created_at": rfc3339(row.created_at),
        "last_used_at": rfc3339(row.last_used_at),
        "revoked_at": rfc3339(row.revoked_at),
    }
