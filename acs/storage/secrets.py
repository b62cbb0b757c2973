"""Secrets at rest: one key per installation, sub-keys by purpose, and a box that seals and opens short texts.

SIP passwords, CPE credentials, AES keys of phones and rendered configurations are kept only sealed. A sealed text is
``v1.<key id>.<nonce, ciphertext and tag in base64url>``: AES-256-GCM (NIST SP 800-38D) under a random 96-bit nonce,
with the place it belongs to (``context``) as associated data, so that a sealed value copied into another row does not
open there. The key id tells a wrong key from a damaged value without trying.
"""

import base64
import binascii
import contextlib
import logging
import os
import re
import secrets
from pathlib import Path
from typing import Final

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF, scrypt

from acs.errors import NeedsOperator

KEY_BYTES: Final = 32
KEY_FILE: Final = "secret-key"
SEAL_OVERHEAD: Final = 4 + 4 + 12 + 16
"""Bytes that ``SecretBox.seal_bytes`` adds: magic, key id, nonce, tag."""

_PREFIX: Final = "v1."
_MAGIC: Final = b"ACS\x01"
_NONCE: Final = 12
_TAG: Final = 16
_MIN_PASSPHRASE: Final = 32
_HEX_KEY: Final = re.compile(r"[0-9A-Fa-f]{64}")
_BASE64_KEY: Final = re.compile(r"[A-Za-z0-9+/_-]{43}=")
# Every node of a cluster must reach the same key from the same passphrase, so the salt cannot be random.
_SCRYPT_SALT: Final = b"open-acs secret key v1"
_MAKE_ONE: Final = "Make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"

log = logging.getLogger(__name__)


def derive(key: bytes, purpose: str, length: int = KEY_BYTES) -> bytes:
    """A sub-key of ``length`` bytes for one purpose (HKDF-SHA256, RFC 5869); the same purpose gives the same bytes.

    Nothing but ``derive`` uses the installation's key itself: nonces, signed URLs and sealing each have their own.
    """
    material = HKDF(key, length, b"open-acs", SHA256, 1, purpose.encode())
    return bytes(material)


class SecretBox:
    """Seals and opens short values under one installation key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the key has {len(key)} bytes, not {KEY_BYTES}")
        self._key = derive(key, "secret box v1")
        self._id = derive(key, "secret box v1: key id", 4)

    @property
    def key_id(self) -> str:
        """Eight hex digits that name the key without telling it; safe to log."""
        return self._id.hex()

    def seal(self, plaintext: str | bytes, *, context: str) -> str:
        """The plaintext sealed as printable ASCII without spaces; sealing twice gives two different texts.

        Args:
            plaintext: text (kept as UTF-8) or bytes.
            context: where the value belongs, such as ``device:42:password``; the same is needed to open it.
        """
        data = plaintext.encode() if isinstance(plaintext, str) else plaintext
        return f"{_PREFIX}{self.key_id}.{base64.urlsafe_b64encode(self._encrypt(data, context)).decode().rstrip('=')}"

    def open(self, sealed: str, *, context: str) -> str:
        """The text that was sealed in this context.

        Raises:
            NeedsOperator: sealed with another key, for another place, or damaged; the message says which to look at.
        """
        return self.open_raw(sealed, context=context).decode()

    def open_raw(self, sealed: str, *, context: str) -> bytes:
        """Like ``open``, for what was sealed as bytes."""
        version, _, rest = sealed.partition(".")
        key_id, dot, body = rest.partition(".")
        if version != "v1" or not dot:
            raise NeedsOperator(f"The stored secret {context!r} is not in a form this version knows.", context=context)
        self._check_key(key_id, context)
        try:
            data = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _damaged(context) from None
        return self._decrypt(data, context)

    def seal_bytes(self, plaintext: bytes, *, context: str) -> bytes:
        """The plaintext sealed in binary form, ``SEAL_OVERHEAD`` bytes longer; for files."""
        return _MAGIC + self._id + self._encrypt(plaintext, context)

    def open_bytes(self, sealed: bytes, *, context: str) -> bytes:
        """What ``seal_bytes`` sealed in this context. Raises NeedsOperator as ``open`` does."""
        if not sealed.startswith(_MAGIC):
            raise _damaged(context)
        start = len(_MAGIC)
        self._check_key(sealed[start : start + 4].hex(), context)
        return self._decrypt(sealed[start + 4 :], context)

    def _check_key(self, key_id: str, context: str) -> None:
        if key_id != self.key_id:
            raise NeedsOperator(
                f"The stored secret {context!r} was sealed with key {key_id}, but the key in use is {self.key_id}. "
                f"Put the former key back: set ACS_SECRET_KEY to it, or, if it came from the data folder, unset "
                f"ACS_SECRET_KEY and restore the file {KEY_FILE}.",
                context=context,
                sealed_with=key_id,
                key_in_use=self.key_id,
            )

    def _encrypt(self, data: bytes, context: str) -> bytes:
        # Random nonces are safe for 2**32 values per key (SP 800-38D 8.3), far beyond a fleet's secrets.
        nonce = secrets.token_bytes(_NONCE)
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=nonce, mac_len=_TAG)
        cipher.update(context.encode())
        body, tag = cipher.encrypt_and_digest(data)
        return nonce + bytes(body) + bytes(tag)

    def _decrypt(self, data: bytes, context: str) -> bytes:
        if len(data) < _NONCE + _TAG:
            raise _damaged(context)
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=data[:_NONCE], mac_len=_TAG)
        cipher.update(context.encode())
        try:
            return bytes(cipher.decrypt_and_verify(data[_NONCE:-_TAG], data[-_TAG:]))
        except ValueError:
            raise _damaged(context) from None


def _damaged(context: str) -> NeedsOperator:
    return NeedsOperator(
        f"The stored secret {context!r} is damaged or was copied from another place. "
        f"Restore it from a backup or set it anew.",
        context=context,
    )


def parse_key(configured: str) -> bytes:
    """The 32-byte key that a configured text means: 64 hex digits, base64 of 32 bytes, or a passphrase (scrypt).

    A passphrase needs at least 32 characters; stretching takes about a quarter of a second.

    Raises:
        NeedsOperator: too short for any of them.
    """
    text = configured.strip()
    if _HEX_KEY.fullmatch(text):
        return bytes.fromhex(text)
    if _BASE64_KEY.fullmatch(text):
        return base64.b64decode(text, altchars=b"-_") if set(text) & set("-_") else base64.b64decode(text)
    if len(text) < _MIN_PASSPHRASE:
        raise NeedsOperator(
            f"ACS_SECRET_KEY is too short ({len(text)} characters): give 64 hex digits, 32 bytes in base64, or a "
            f"passphrase of at least {_MIN_PASSPHRASE} characters. {_MAKE_ONE}"
        )
    stretched = scrypt(text, _SCRYPT_SALT, KEY_BYTES, N=2**15, r=8, p=1)
    assert isinstance(stretched, bytes)
    return stretched


def load_or_create_key(data_dir: Path, configured: str | None) -> bytes:
    """The installation's key: the configured one, else the one in ``<data_dir>/secret-key``, made if missing.

    The file (mode 0600, 64 hex digits) appears whole or not at all; when two processes start at once, both get the
    key of the first.

    Raises:
        NeedsOperator: the configured key is too short, or the file is damaged or cannot be read or made.
    """
    if configured is not None and configured.strip():
        return parse_key(configured)
    path = data_dir / KEY_FILE
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        text = path.read_text(encoding="ascii").strip()
        _tighten(path)
    except (OSError, UnicodeDecodeError) as error:
        raise NeedsOperator(
            f"The key file {path} cannot be read or made ({error}). Give this user access to the folder, or set "
            f"ACS_SECRET_KEY."
        ) from error
    if not _HEX_KEY.fullmatch(text):
        raise NeedsOperator(
            f"The key file {path} does not hold 64 hex digits. Restore it from a backup. Deleting it makes a new key, "
            f"and every stored secret must then be set anew."
        )
    return bytes.fromhex(text)


def _create(path: Path) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    content = secrets.token_hex(KEY_BYTES).encode() + b"\n"
    try:
        _write_new(temporary, content)
        try:
            # A hard link never replaces: whoever comes second keeps the first one's key.
            os.link(temporary, path)
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            with contextlib.suppress(FileExistsError):
                _write_new(path, content)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    log.info("made a new key for secrets at rest; back it up apart from the data", extra={"file": str(path)})


def _write_new(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tighten(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        log.warning("the key file was open to other users; tightened to 0600", extra={"file": str(path)})
        path.chmod(0o600)
