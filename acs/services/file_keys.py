"""Encrypted configuration files of one phone: the bytes it gets, and what the server learns of its key from them.

`acs.domain.phones.file_keys` decides. Here its answers meet the phone's row: which key it is known to hold is kept
sealed, moves when a file that changes it was applied, is doubted when a phone could not use a file that it fetched
whole, and is forgotten by a factory reset.
"""

import hashlib
import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from acs.domain.phones import file_keys
from acs.domain.phones.file_keys import Known, Plan
from acs.domain.phones.layers import Resolved
from acs.domain.planning.steps import TaskFault
from acs.errors import AcsError, BadFile
from acs.formats import ConfigDocument, detect, read
from acs.formats.containers import NONCE_BYTES, PLAIN, container
from acs.services.context import Context
from acs.services.devices import note_event
from acs.storage.secrets import derive
from acs.storage.tables import DeviceRow
from acs.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

UNUSABLE: Final = frozenset({"9010", "9016", "9017", "9018"})
"""Faults by which phones say that they have a file and can do nothing with it; which one differs."""


@dataclass(frozen=True, slots=True)
class Served:
    """A configuration file as one phone gets it."""

    content: bytes = field(repr=False)
    container: str = PLAIN
    key_after: str = field(default="", repr=False)
    """The device key that the phone holds once it has applied it."""
    version: str = ""
    """In its header."""
    carries_key: bool = False
    """A key can be read in it by whoever is on the way."""
    by_word: bool = False
    """Only an operator can say that the phone holds another key."""

    @property
    def sha256(self) -> str:
        """Name of the bytes in the blob store."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def encrypted(self) -> bool:
        """Only who has the key can read it."""
        return self.container != PLAIN

    @property
    def content_type(self) -> str:
        """As what it travels."""
        return "application/octet-stream" if self.encrypted else "text/plain; charset=utf-8"


def known(ctx: Context, device: DeviceRow) -> Known:
    """Give what is known of the key in a phone."""
    sealed = device.file_key_sealed
    return Known.load(ctx.box.open(sealed, context=_place(device.id)) if sealed else "")


def serve(ctx: Context, device_id: str, content: bytes, document: ConfigDocument, plan: Plan) -> Served:
    """Wrap a rendered file. The same content under the same key gives the same bytes, so that it can be shown before.

    The initialisation vector is a keyed digest of what it protects (HMAC-SHA256 under a key of this installation):
    nobody can foresee it, and it is another one for every phone, key and content.
    """
    after = file_keys.key_after(document, plan.key)
    if not plan.key:
        return Served(content, key_after=after, version=document.version or "", carries_key=bool(after))
    key = bytes.fromhex(plan.key)
    said = device_id.encode() + b"\0" + plan.container.encode() + b"\0" + key + content
    nonce = hmac.new(derive(ctx.secret_key, "nonces of encrypted files"), said, hashlib.sha256).digest()[:NONCE_BYTES]
    sealed = container(plan.container).seal(content, key=key, nonce=nonce)
    return Served(sealed, plan.container, after, document.version or "", by_word=plan.by_word)


def serve_upload(ctx: Context, device: DeviceRow, content: bytes, plan: Plan, *, name: str) -> Served:
    """Wrap a configuration file that an operator or a phone has uploaded.

    One that cannot be read here is taken for an encrypted one: it goes out as it is to the phone whose key opens it.

    Raises:
        BadFile: it is encrypted, and the phone has no key or another one.
    """
    if detect(content) is not None:
        return serve(ctx, device.id, content, _document(content), plan)
    if not plan.key:
        raise BadFile(
            f"{name} cannot be read as a configuration file, so it is encrypted or broken, and this phone has no key. "
            "Upload it unencrypted; or, if the phone holds its key, set encryption.enabled and encryption.device_key.",
            field="file_id",
        )
    try:
        plain = container(plan.container).open(content, key=bytes.fromhex(plan.key))
        document = read(plain)
    except BadFile:
        raise BadFile(
            f"{name} is no configuration file that can be read, and the phone's key does not open it as "
            f"{plan.container}. Upload it unencrypted: the server encrypts it for each phone.",
            field="file_id",
        ) from None
    after = file_keys.key_after(document, plan.key)
    return Served(content, plan.container, after, document.version or "", by_word=plan.by_word)


def plan_of(ctx: Context, device: DeviceRow, resolved: Resolved) -> Plan:
    """Give the plan for a phone's files; its model says how they are wrapped, unless settings do."""
    model = ctx.catalogue.of_phone(device.product_class, model=device.model)
    return file_keys.plan(resolved, known(ctx, device), model=model)


def offer(uow: UnitOfWork, ctx: Context, device: DeviceRow, served: Served, *, task_id: str) -> Mapping[str, Any]:
    """Note what a file that is made ready will do to the phone's key; give what its task has to remember."""
    before = known(ctx, device)
    if not served.by_word and (after := before.offered(served.key_after)) != before:
        _keep(ctx, device, after)
        uow.session.add(device)
    if served.carries_key and ctx.files_url.startswith("http://"):
        note_event(uow, device.id, "file_key_in_plain", task_id=task_id, url=ctx.files_url)
        log.warning(
            "a key of encrypted files goes to a phone in an unencrypted file over plain http: who is on the way can "
            "read it; set ACS_FILES_TLS_CERTIFICATE, or hand keys out in a network that is trusted",
            extra={"device": device.id, "task": task_id},
        )
    seal = ctx.box.seal(served.key_after, context=_place(device.id)) if served.key_after else ""
    return {"container": served.container, "key_after_sealed": seal, "key_by_word": served.by_word}


def applied(uow: UnitOfWork, ctx: Context, device: DeviceRow, prepared: Mapping[str, Any]) -> None:
    """A configuration file took effect: the phone holds the key that the file left it with."""
    if "key_after_sealed" not in prepared:
        return
    sealed = prepared["key_after_sealed"]
    before = known(ctx, device)
    key = ctx.box.open(sealed, context=_place(device.id)) if sealed else ""
    after = before.proven(key)
    if after == before:
        return
    _keep(ctx, device, after)
    uow.session.add(device)
    if key != before.held:
        note_event(uow, device.id, "file_key_proven" if key else "file_key_cleared")


def refused(
    uow: UnitOfWork, ctx: Context, device: DeviceRow, prepared: Mapping[str, Any], fault: TaskFault, *, fetched: bool
) -> tuple[TaskFault, bool]:
    """A phone reports that a configuration file was of no use; give the fault as it is told, and "try another key"."""
    if "key_after_sealed" not in prepared or not fetched or fault.code not in UNUSABLE:
        return fault, False
    told = replace(
        fault, message=file_keys.unusable(str(prepared["container"]), code=fault.code, message=fault.message)
    )
    return told, doubt(uow, ctx, device, prepared)


def doubt(uow: UnitOfWork, ctx: Context, device: DeviceRow, prepared: Mapping[str, Any]) -> bool:
    """What the phone shows does not fit what it was sent; say whether it may hold another key, which is next then."""
    if prepared.get("key_by_word", True):
        return False
    before = known(ctx, device)
    after = before.doubted()
    if after == before:
        return False
    _keep(ctx, device, after)
    uow.session.add(device)
    return True


def forget(uow: UnitOfWork, device: DeviceRow) -> None:
    """A factory reset, or an operator's word: no key of the phone is known any more."""
    if device.file_key_sealed:
        device.file_key_sealed = ""
        uow.session.add(device)
        note_event(uow, device.id, "file_key_forgotten")


def _keep(ctx: Context, device: DeviceRow, what: Known) -> None:
    text = what.dump()
    device.file_key_sealed = ctx.box.seal(text, context=_place(device.id)) if text else ""


def _place(device_id: str) -> str:
    return f"file-key:{device_id}"


def _document(content: bytes) -> ConfigDocument:
    """Read what can be read; a file that is handed over as it is need not be sound."""
    try:
        return read(content)
    except AcsError:
        return ConfigDocument(())
