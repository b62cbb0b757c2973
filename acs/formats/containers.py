"""What a file is wrapped in on its way to the phone: nothing, or AES-256. A container is a row of the registry.

The maker says that files are encrypted with AES and a key of 64 hexadecimal characters (manual 4.1.3) and no more:
mode, initialisation vector, padding and header are not public. So each container says by its name exactly how it wraps,
the default is what ``openssl`` takes apart, and the others are there to be tried on a real phone. A key of 32 bytes is
the AES-256 key as it is; nothing is derived from it. Randomness is an argument: equal input gives equal bytes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, Protocol

from Crypto.Cipher import AES
from Crypto.Util.Padding import pad, unpad

from acs.errors import BadFile, BadRequest

BLOCK: Final = 16
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 16
PLAIN: Final = "plain"
DEFAULT: Final = "aes-256-cbc-iv-prefix"
"""The container of every model that says nothing else."""

_KEY: Final = re.compile(r"[0-9A-Fa-f]{64}")


class Container(Protocol):
    """A way to wrap a file. ``key`` is the phone's, ``nonce`` fresh bytes; plain takes neither."""

    @property
    def name(self) -> str:
        """What it is called in settings and models."""
        ...

    @property
    def about(self) -> str:
        """One line for people: how it wraps."""
        ...

    @property
    def encrypts(self) -> bool:
        """Whether nobody without the key can read what it wraps."""
        ...

    @property
    def needs_nonce(self) -> bool:
        """Whether ``seal`` wants 16 bytes that are different for every content."""
        ...

    def seal(self, data: bytes, *, key: bytes = b"", nonce: bytes = b"") -> bytes:
        """The bytes that the phone gets."""
        ...

    def open(self, data: bytes, *, key: bytes = b"") -> bytes:
        """The file back. Raises `acs.errors.BadFile` if the key does not fit."""
        ...


@dataclass(frozen=True, slots=True)
class Plain:
    """No wrapping at all."""

    name: str = PLAIN
    about: str = "not encrypted"
    encrypts: bool = False
    needs_nonce: bool = False

    def seal(self, data: bytes, *, key: bytes = b"", nonce: bytes = b"") -> bytes:
        """The very bytes. Raises `BadRequest` when given a key: a phone with a key takes no plain file."""
        if key:
            raise BadRequest("a phone that has a key takes only encrypted files", field="encryption.device_key")
        return data

    def open(self, data: bytes, *, key: bytes = b"") -> bytes:
        """The very bytes."""
        return data


@dataclass(frozen=True, slots=True)
class Aes:
    """AES-256 without a header of its own.

    Containers that pad with zeros cannot tell padding from zeros that end the file: `open` takes them all off. The
    configuration files that they are for are text and never end so.
    """

    name: str
    about: str
    iv: Literal["prefix", "zero", "key", "none"]
    """``prefix``: the nonce, in front of the file; ``key``: the first 16 bytes of the key; ``none``: ECB."""
    padding: Literal["pkcs7", "zero"] = "pkcs7"
    encrypts: bool = True

    @property
    def needs_nonce(self) -> bool:
        """Only what carries its initialisation vector has a choice of it."""
        return self.iv == "prefix"

    def seal(self, data: bytes, *, key: bytes = b"", nonce: bytes = b"") -> bytes:
        """The file encrypted.

        Raises:
            BadRequest: the key has not 32 bytes, or the nonce not 16.
        """
        _check_key(key)
        padded = pad(data, BLOCK) if self.padding == "pkcs7" else data + bytes(-len(data) % BLOCK)
        if not self.needs_nonce:
            return self._encrypt(padded, key, b"")
        if len(nonce) != NONCE_BYTES:
            raise BadRequest(f"container {self.name} wants a nonce of {NONCE_BYTES} bytes", field="nonce")
        return nonce + self._encrypt(padded, key, nonce)

    def open(self, data: bytes, *, key: bytes = b"") -> bytes:
        """The file decrypted.

        A padding with zeros proves nothing: with a wrong key such a container may give any bytes, and only who reads
        them finds out.

        Raises:
            BadFile: the length is none that this container makes, or the padding says that the key does not fit.
            BadRequest: the key has not 32 bytes.
        """
        _check_key(key)
        nonce, body = (data[:NONCE_BYTES], data[NONCE_BYTES:]) if self.needs_nonce else (b"", data)
        least = BLOCK if self.padding == "pkcs7" else 0
        if (self.needs_nonce and len(nonce) < NONCE_BYTES) or len(body) % BLOCK or len(body) < least:
            raise BadFile(
                f"not a file of container {self.name}: {len(data)} bytes are not a whole number of blocks of {BLOCK}; "
                "it is not encrypted, was cut short, or is in another container"
            )
        padded = self._cipher(key, nonce).decrypt(body)
        if self.padding == "zero":
            return padded.rstrip(b"\0")
        try:
            return unpad(padded, BLOCK)
        except ValueError:
            raise BadFile(
                f"the file cannot be decrypted as {self.name}: the key does not fit, it is in another container, or it "
                "was damaged"
            ) from None

    def _encrypt(self, padded: bytes, key: bytes, nonce: bytes) -> bytes:
        return self._cipher(key, nonce).encrypt(padded)

    def _cipher(self, key: bytes, nonce: bytes) -> "_Cipher":
        if self.iv == "none":
            return AES.new(key, AES.MODE_ECB)
        iv = {"prefix": nonce, "zero": bytes(BLOCK), "key": key[:BLOCK]}[self.iv]
        return AES.new(key, AES.MODE_CBC, iv)


class _Cipher(Protocol):
    def encrypt(self, plaintext: bytes) -> bytes: ...

    def decrypt(self, ciphertext: bytes) -> bytes: ...


CONTAINERS: Mapping[str, Container] = MappingProxyType(
    {
        each.name: each
        for each in (
            Plain(),
            Aes(DEFAULT, "CBC, 16 bytes of initialisation vector in front, PKCS#7 padding", "prefix"),
            Aes("aes-256-ecb", "ECB, no header, PKCS#7 padding", "none"),
            Aes("aes-256-ecb-zero-padding", "ECB, no header, padded with zeros", "none", "zero"),
            Aes("aes-256-cbc-zero-iv", "CBC, initialisation vector all zero, PKCS#7 padding", "zero"),
            Aes("aes-256-cbc-zero-iv-zero-padding", "CBC, vector all zero, padded with zeros", "zero", "zero"),
            Aes("aes-256-cbc-key-iv", "CBC, the first 16 bytes of the key as vector, PKCS#7 padding", "key"),
            Aes("aes-256-cbc-key-iv-zero-padding", "CBC, vector from the key, padded with zeros", "key", "zero"),
        )
    }
)
"""Containers by name; the alternatives in the order in which they are worth trying on a real phone."""

ENCRYPTING: Final = tuple(name for name, each in CONTAINERS.items() if each.encrypts)
"""Names of those that encrypt."""


def container(name: str) -> Container:
    """The container of that name. Raises `BadRequest` if there is none."""
    if name not in CONTAINERS:
        raise BadRequest(f"no container {name[:64]!r}; known: {', '.join(CONTAINERS)}", field="container")
    return CONTAINERS[name]


def read_key(text: str) -> bytes:
    """The key of 64 hexadecimal characters, as phones and settings have it, as 32 bytes; blanks around it do not count.

    Raises:
        BadRequest: it is no such key. The text is not repeated.
    """
    plain = text.strip()
    if not _KEY.fullmatch(plain):
        raise BadRequest(f"a key has 64 hexadecimal characters (0 to F), not {len(plain)} of any kind", field="key")
    return bytes.fromhex(plain)


def _check_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise BadRequest(f"an AES-256 key has {KEY_BYTES} bytes, not {len(key)}", field="key")
