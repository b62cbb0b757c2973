"""Is the caller who it says? Digest or Basic against a phone's own credentials or the shared first-contact pair.

Nothing is written here. An unknown user costs as much as a wrong password and gets the same answer (cwmp.md 8).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select

from acs.protocols import digest
from acs.protocols.addresses import is_among
from acs.protocols.certificates import Certificate
from acs.services.context import Context
from acs.services.informs import Principal
from acs.storage.tables import DeviceRow
from acs.storage.unit_of_work import Statement, UnitOfWork

ANYONE = Principal("anyone")
_NOBODYS_PASSWORD = "0" * 24


@dataclass(frozen=True, slots=True)
class Challenged:
    """The caller is not authenticated; why, and whether only its nonce was too old."""

    reason: str
    stale: bool = False
    wrong: bool = False
    """Somebody tried a user and a password that are not right, which costs him (cwmp.md 8)."""


def _credentials() -> Any:
    device = DeviceRow.__table__  # type: ignore[attr-defined]
    return select(device.c.id, device.c.password_sealed, device.c.offered_password_sealed).where(
        device.c.username == bindparam("username")
    )


CREDENTIALS = Statement(_credentials)


def authenticate(
    uow: UnitOfWork,
    ctx: Context,
    *,
    authorization: str | None,
    method: str,
    target: str,
    body: bytes,
    secure: bool,
    certificate: Certificate | None = None,
    address: str = "",
) -> Principal | Challenged:
    """Find out who calls. Credentials come before a certificate: a gateway may show its own for phones behind it."""
    if ctx.cpe_auth == "none":
        return ANYONE if certificate is None else replace(ANYONE, certificate=certificate)
    if not authorization:
        if certificate is not None:
            return Principal("certificate", username=certificate.sha256, certificate=certificate)
        if ctx.open_networks and is_among(address, ctx.open_networks):
            return Principal("shared")  # as trusted as anybody with the shared pair: not for phones that have their own
        return Challenged("no credentials")
    found = _by_credentials(uow, ctx, authorization, method, target, body, secure)
    return found if isinstance(found, Challenged) or certificate is None else replace(found, certificate=certificate)


def _by_credentials(
    uow: UnitOfWork, ctx: Context, authorization: str, method: str, target: str, body: bytes, secure: bool
) -> Principal | Challenged:
    given = digest.parse_authorization(authorization)
    if given is None:
        return Challenged("credentials cannot be read")
    if isinstance(given, digest.Basic):
        if ctx.cpe_auth != "basic" and not secure:
            return Challenged("Basic is accepted over TLS only")
        for principal, password in _candidates(uow, ctx, given.username):
            if digest.verify_basic(given, ha1=_ha1(ctx, given.username, password, ""), realm=ctx.realm).ok:
                return principal
        return Challenged("wrong user or password", wrong=True)
    stale = False
    reason = ""
    for principal, password in _candidates(uow, ctx, given.username):
        verdict = digest.verify(
            given,
            ha1=_ha1(ctx, given.username, password, given.algorithm),
            method=method,
            request_target=target,
            now=uow.now,
            key=ctx.nonce_key,
            realm=ctx.realm,
            body=body,
        )
        if verdict.ok:
            return principal
        stale, reason = stale or verdict.stale, verdict.reason
    return Challenged(reason, stale=stale, wrong=not stale)


def _ha1(ctx: Context, username: str, password: str | None, algorithm: str) -> str | None:
    if password is None:
        digest.ha1(username, ctx.realm, _NOBODYS_PASSWORD)  # an unknown user takes as long as a known one
        return None
    return digest.ha1(username, ctx.realm, password, "SHA-256" if algorithm.upper().startswith("SHA-256") else "MD5")


def challenge(ctx: Context, *, now: float, stale: bool, secure: bool) -> list[str]:
    """Give the ``WWW-Authenticate`` values to send, the preferred one first (quirk 201)."""
    basic = digest.basic_challenge(ctx.realm)
    if ctx.cpe_auth == "basic":
        return [basic]
    offered = [digest.challenge(ctx.realm, ctx.nonce_key, now, stale=stale)]
    if secure:
        offered.append(basic)
    return offered


def _candidates(uow: UnitOfWork, ctx: Context, username: str) -> Iterator[tuple[Principal, str | None]]:
    """Give everyone who goes by this name, with the password; one without a password where nobody does."""
    if ctx.cpe_username and username == ctx.cpe_username:
        yield Principal("shared", username=username), ctx.cpe_password
        return
    found = False
    for device_id, proven, offered in uow.run(CREDENTIALS, username=username):
        for sealed, is_offer in ((proven, False), (offered, True)):
            if sealed:
                found = True
                password = ctx.box.open(sealed, context=f"cpe:{device_id}")
                yield Principal("device", device_id, username, offered=is_offer), password
    if not found:
        yield Principal("device", None, username), None
