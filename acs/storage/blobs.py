"""File contents, named by what they hold: firmware, phone books and rendered configurations by their SHA-256.

The same bytes are stored once, a stored blob never changes, and a name never comes from outside, so no upload can reach
out of the folder. Blobs that hold passwords (rendered configurations) are sealed on disk; firmware stays plain, because
it is large, public and read in ranges. Everything here is synchronous: call it through ``asyncio.to_thread``; only
``stream`` is for the event loop.
"""

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from acs.errors import BadFile, NeedsOperator, NotFound
from acs.storage.secrets import SEAL_OVERHEAD, SecretBox, sync_folder

CHUNK: Final = 64 * 1024
SEALED_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of the largest sealed blob: it is sealed and opened in one piece, in memory."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_INCOMING: Final = ".incoming-"
_SEALED: Final = ".sealed"


@dataclass(frozen=True, slots=True)
class Blob:
    """What was stored: digests as lower-case hex and size in bytes, all of the plain content."""

    sha256: str
    md5: str
    size: int


class Readable(Protocol):
    """A binary stream, such as an open file or an upload's spool."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes; empty at the end."""
        ...


class BlobStore(Protocol):
    """Where file contents live: a local folder here, an object store in a cluster."""

    def put(self, data: Readable | bytes, *, encrypted: bool, max_bytes: int) -> Blob:
        """Store the content durably. Raises BadFile when it is larger than ``max_bytes``; storing twice is harmless."""
        ...

    def read(self, sha256: str) -> bytes:
        """The whole content, checked against its name. Raises NotFound, or NeedsOperator when damaged."""
        ...

    def open_range(self, sha256: str, start: int, length: int) -> Iterator[bytes]:
        """The bytes ``start`` to ``start + length`` in chunks. Raises NotFound at once, NeedsOperator when too few."""
        ...

    def size(self, sha256: str) -> int:
        """Bytes of the plain content. Raises NotFound."""
        ...

    def exists(self, sha256: str) -> bool:
        """Whether the content is here."""
        ...

    def delete(self, sha256: str) -> None:
        """Forget the content; a missing one is no error. Readers that have begun may finish."""
        ...


async def stream(blobs: BlobStore, sha256: str, start: int, length: int) -> AsyncIterator[bytes]:
    """``open_range`` for the event loop: each chunk is read in a thread, one at a time."""
    chunks = await asyncio.to_thread(blobs.open_range, sha256, start, length)
    while chunk := await asyncio.to_thread(next, chunks, b""):
        yield chunk


class LocalBlobs:
    """A ``BlobStore`` in a folder: ``<root>/ab/cdef…``, with ``.sealed`` appended where sealed."""

    def __init__(self, root: Path, box: SecretBox | None = None) -> None:
        self._root = root
        self._box = box

    def put(self, data: Readable | bytes, *, encrypted: bool, max_bytes: int) -> Blob:
        """Store the content: written aside, synced, then renamed into place. See ``BlobStore.put``.

        Raises:
            BadFile: larger than ``max_bytes`` (or, if sealed, than ``SEALED_LIMIT``).
            NeedsOperator: the disk is full, or no key was given for a sealed blob.
        """
        limit = min(max_bytes, SEALED_LIMIT) if encrypted else max_bytes
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._put_sealed(data, limit) if encrypted else self._put_plain(data, limit)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NeedsOperator(f"No space left for files in {self._root}. Free some, or delete files.") from error
            raise

    def read(self, sha256: str) -> bytes:
        """The whole content, checked. See ``BlobStore.read``."""
        path = self._find(sha256)
        content = self._opened(path, sha256) if path.suffix == _SEALED else _contents(path, sha256)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _damaged(path)
        return content

    def open_range(self, sha256: str, start: int, length: int) -> Iterator[bytes]:
        """The bytes from ``start`` on in chunks of at most ``CHUNK``. See ``BlobStore.open_range``."""
        if start < 0 or length < 0:
            raise ValueError("start and length are not negative")
        path = self._find(sha256)
        return (
            self._sealed_range(path, sha256, start, length) if path.suffix == _SEALED else _range(path, start, length)
        )

    def size(self, sha256: str) -> int:
        """Bytes of the plain content. Raises NotFound."""
        path = self._find(sha256)
        try:
            found = path.stat().st_size
        except FileNotFoundError:
            raise _missing(sha256) from None
        return found - SEAL_OVERHEAD if path.suffix == _SEALED else found

    def exists(self, sha256: str) -> bool:
        """Whether the content is here, plain or sealed."""
        return _DIGEST.fullmatch(sha256) is not None and any(path.is_file() for path in self._paths(sha256))

    def delete(self, sha256: str) -> None:
        """Forget the content in both forms; a missing one is no error."""
        if _DIGEST.fullmatch(sha256):
            for path in self._paths(sha256):
                path.unlink(missing_ok=True)

    def remove_leftovers(self, older_than: float) -> int:
        """Remove half-written files of killed processes, last touched before ``older_than`` (Unix time); how many."""
        removed = 0
        for path in self._root.glob(f"{_INCOMING}*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < older_than:
                    path.unlink()
                    removed += 1
        return removed

    def _paths(self, sha256: str) -> tuple[Path, Path]:
        plain = self._root / sha256[:2] / sha256[2:]
        return plain, plain.with_name(plain.name + _SEALED)

    def _find(self, sha256: str) -> Path:
        if _DIGEST.fullmatch(sha256):
            for path in self._paths(sha256):
                if path.is_file():
                    return path
        raise _missing(sha256)

    def _put_plain(self, data: Readable | bytes, limit: int) -> Blob:
        sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
        with self._incoming() as (descriptor, temporary):
            for chunk in _pieces(data):
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                sha256.update(chunk)
                md5.update(chunk)
                _write(descriptor, chunk)
            blob = Blob(sha256.hexdigest(), md5.hexdigest(), size)
            self._place(descriptor, temporary, self._paths(blob.sha256)[0], size)
        return blob

    def _put_sealed(self, data: Readable | bytes, limit: int) -> Blob:
        content = bytearray()
        for chunk in _pieces(data):
            content += chunk
            if len(content) > limit:
                raise _too_large(limit)
        plain = bytes(content)
        blob = Blob(
            hashlib.sha256(plain).hexdigest(), hashlib.md5(plain, usedforsecurity=False).hexdigest(), len(plain)
        )
        sealed = self._key().seal_bytes(plain, context=f"blob:{blob.sha256}")
        with self._incoming() as (descriptor, temporary):
            _write(descriptor, sealed)
            self._place(descriptor, temporary, self._paths(blob.sha256)[1], len(sealed))
        return blob

    @contextlib.contextmanager
    def _incoming(self) -> Iterator[tuple[int, Path]]:
        """An open temporary file (0600) beside the blobs, hence on their file system; gone afterwards unless placed."""
        descriptor, name = tempfile.mkstemp(prefix=_INCOMING, dir=self._root)
        try:
            yield descriptor, Path(name)
        finally:
            os.close(descriptor)
            Path(name).unlink(missing_ok=True)

    def _place(self, descriptor: int, temporary: Path, target: Path, size: int) -> None:
        # A file of the right name and size is left alone, but a shorter one (torn by a crash) is replaced.
        if target.is_file() and target.stat().st_size == size:
            return
        os.fsync(descriptor)
        if not target.parent.is_dir():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self._root)
        temporary.replace(target)
        sync_folder(target.parent)

    def _key(self) -> SecretBox:
        if self._box is None:
            raise NeedsOperator("This file is kept sealed, and no key was given. Set ACS_SECRET_KEY.")
        return self._box

    def _opened(self, path: Path, sha256: str) -> bytes:
        return self._key().open_bytes(_contents(path, sha256), context=f"blob:{sha256}")

    def _sealed_range(self, path: Path, sha256: str, start: int, length: int) -> Iterator[bytes]:
        wanted = self._opened(path, sha256)[start : start + length]
        if len(wanted) < length:
            raise _damaged(path)
        for offset in range(0, length, CHUNK):
            yield wanted[offset : offset + CHUNK]


def _range(path: Path, start: int, length: int) -> Iterator[bytes]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise _missing(path.parent.name + path.name) from None
    with file:
        file.seek(start)
        left = length
        while left:
            chunk = file.read(min(CHUNK, left))
            if not chunk:
                raise _damaged(path)
            left -= len(chunk)
            yield chunk


def _contents(path: Path, sha256: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise _missing(sha256) from None


def _pieces(data: Readable | bytes) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    while chunk := data.read(CHUNK):
        yield chunk


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _too_large(limit: int) -> BadFile:
    return BadFile(f"The file is larger than the {limit} bytes allowed here.", field="file", max_bytes=limit)


def _missing(sha256: str) -> NotFound:
    return NotFound(f"No content is stored under {sha256[:64]!r}.")


def _damaged(path: Path) -> NeedsOperator:
    return NeedsOperator(f"The stored file {path} is damaged or cut short. Restore it from a backup or upload it anew.")
