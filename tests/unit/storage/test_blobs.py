import errno
import hashlib
import io
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from acs.errors import BadFile, NeedsOperator, NotFound
from acs.storage.blobs import CHUNK, SEALED_LIMIT, Blob, BlobStore, LocalBlobs, stream
from acs.storage.secrets import SecretBox

BIG = bytes(range(256)) * 1000  # several chunks, not a multiple of one
SECRET = b"SIP1 Register Pwd  :s3cret\r\n"


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs", SecretBox(bytes(32)))


def files(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "blobs").rglob("*") if path.is_file())


def put(blobs: BlobStore, data: bytes, *, encrypted: bool = False) -> Blob:
    return blobs.put(data, encrypted=encrypted, max_bytes=1 << 20)


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("data", [b"", b"x", BIG[:CHUNK], BIG[: CHUNK + 1], BIG])
def test_what_is_put_is_read(blobs: LocalBlobs, data: bytes, encrypted: bool) -> None:
    for source in (data, io.BytesIO(data)):
        blob = blobs.put(source, encrypted=encrypted, max_bytes=len(data))
        assert blob == Blob(hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest(), len(data))
        assert blobs.read(blob.sha256) == data
        assert blobs.size(blob.sha256) == len(data)
        assert blobs.exists(blob.sha256)


def test_the_same_bytes_are_one_file_named_by_digest(blobs: LocalBlobs, tmp_path: Path) -> None:
    blob = put(blobs, BIG)
    assert put(blobs, BIG) == blob
    assert files(tmp_path) == [tmp_path / "blobs" / blob.sha256[:2] / blob.sha256[2:]]
    assert files(tmp_path)[0].read_bytes() == BIG
    if os.name == "posix":
        assert stat.S_IMODE(files(tmp_path)[0].stat().st_mode) == 0o600


def test_sealed_blobs_show_nothing_on_disk(blobs: LocalBlobs, tmp_path: Path) -> None:
    blob = put(blobs, SECRET, encrypted=True)
    (path,) = files(tmp_path)
    assert b"s3cret" not in path.read_bytes()
    assert blobs.read(blob.sha256) == SECRET


def test_a_sealed_blob_renamed_to_another_does_not_open(blobs: LocalBlobs, tmp_path: Path) -> None:
    first, second = put(blobs, SECRET, encrypted=True), put(blobs, SECRET[::-1], encrypted=True)
    root = tmp_path / "blobs"
    (root / first.sha256[:2] / f"{first.sha256[2:]}.sealed").replace(
        root / second.sha256[:2] / f"{second.sha256[2:]}.sealed"
    )
    with pytest.raises(NeedsOperator):
        blobs.read(second.sha256)


def test_sealed_blobs_need_the_right_key(blobs: LocalBlobs, tmp_path: Path) -> None:
    blob = put(blobs, SECRET, encrypted=True)
    with pytest.raises(NeedsOperator, match="sealed with key"):
        LocalBlobs(tmp_path / "blobs", SecretBox(b"k" * 32)).read(blob.sha256)
    for attempt in (lambda b: b.read(blob.sha256), lambda b: put(b, b"x", encrypted=True)):
        with pytest.raises(NeedsOperator, match="no key"):
            attempt(LocalBlobs(tmp_path / "blobs"))


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(
    ("start", "length"), [(0, len(BIG)), (0, 0), (0, 1), (CHUNK - 1, 2), (len(BIG) - 5, 5), (10, CHUNK * 2)]
)
def test_ranges(blobs: LocalBlobs, start: int, length: int, encrypted: bool) -> None:
    blob = put(blobs, BIG, encrypted=encrypted)
    chunks = list(blobs.open_range(blob.sha256, start, length))
    assert b"".join(chunks) == BIG[start : start + length]
    assert all(0 < len(chunk) <= CHUNK for chunk in chunks)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_range_beyond_the_end_is_damage_not_a_short_answer(blobs: LocalBlobs, encrypted: bool) -> None:
    blob = put(blobs, BIG, encrypted=encrypted)
    with pytest.raises(NeedsOperator, match="cut short"):
        list(blobs.open_range(blob.sha256, 10, len(BIG)))


def test_negative_ranges_are_a_mistake(blobs: LocalBlobs) -> None:
    with pytest.raises(ValueError, match="negative"):
        blobs.open_range("0" * 64, -1, 1)


@pytest.mark.parametrize("encrypted", [False, True])
async def test_streaming_from_the_event_loop(blobs: LocalBlobs, encrypted: bool) -> None:
    blob = put(blobs, BIG, encrypted=encrypted)
    assert b"".join([chunk async for chunk in stream(blobs, blob.sha256, 3, 200_000)]) == BIG[3:200_003]
    with pytest.raises(NotFound):
        await anext(stream(blobs, "0" * 64, 0, 1))


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("as_stream", [False, True])
def test_too_large_is_refused_and_leaves_nothing(
    blobs: LocalBlobs, tmp_path: Path, as_stream: bool, encrypted: bool
) -> None:
    with pytest.raises(BadFile, match="larger than the 1000 bytes") as raised:
        blobs.put(io.BytesIO(BIG) if as_stream else BIG, encrypted=encrypted, max_bytes=1000)
    assert raised.value.field == "file"
    assert files(tmp_path) == []


def test_a_huge_stream_is_not_read_to_its_end(blobs: LocalBlobs) -> None:
    class Endless:
        taken = 0

        def read(self, size: int = -1, /) -> bytes:
            self.taken += size
            return bytes(size)

    source = Endless()
    with pytest.raises(BadFile):
        blobs.put(source, encrypted=False, max_bytes=CHUNK * 3)
    assert source.taken <= CHUNK * 4
    with pytest.raises(BadFile, match=str(SEALED_LIMIT)):
        blobs.put(Endless(), encrypted=True, max_bytes=SEALED_LIMIT * 100)


def test_an_upload_that_breaks_leaves_nothing(blobs: LocalBlobs, tmp_path: Path) -> None:
    class Broken:
        def read(self, size: int = -1, /) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        blobs.put(Broken(), encrypted=False, max_bytes=10)
    assert files(tmp_path) == []


def test_a_full_disk_is_told_to_the_operator(
    blobs: LocalBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(NeedsOperator, match="No space left"):
        put(blobs, b"x")
    monkeypatch.undo()
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ["", "0" * 64, "../../etc/passwd", "A" * 64, "0" * 63 + "\n", "0" * 64 + "/.."])
def test_unknown_and_foreign_names_are_not_found(blobs: LocalBlobs, name: str) -> None:
    assert not blobs.exists(name)
    for attempt in (blobs.read, blobs.size, lambda n: blobs.open_range(n, 0, 0)):
        with pytest.raises(NotFound):
            attempt(name)
    blobs.delete(name)


def test_delete_forgets_both_forms(blobs: LocalBlobs, tmp_path: Path) -> None:
    blob = put(blobs, BIG)
    assert put(blobs, BIG, encrypted=True) == blob
    assert len(files(tmp_path)) == 2
    blobs.delete(blob.sha256)
    blobs.delete(blob.sha256)
    assert files(tmp_path) == []
    assert not blobs.exists(blob.sha256)


def test_a_reader_that_began_outlives_the_deletion(blobs: LocalBlobs) -> None:
    blob = put(blobs, BIG)
    chunks = blobs.open_range(blob.sha256, 0, len(BIG))
    begun = next(chunks)
    blobs.delete(blob.sha256)
    assert begun + b"".join(chunks) == BIG


def test_a_range_whose_blob_vanished_before_the_first_byte(blobs: LocalBlobs) -> None:
    blob = put(blobs, BIG)
    chunks = blobs.open_range(blob.sha256, 0, 1)
    blobs.delete(blob.sha256)
    with pytest.raises(NotFound, match=blob.sha256):
        next(chunks)


def test_damage_is_noticed_and_healed_by_storing_again(blobs: LocalBlobs, tmp_path: Path) -> None:
    blob = put(blobs, BIG)
    (path,) = files(tmp_path)
    path.write_bytes(BIG[:-1])
    with pytest.raises(NeedsOperator, match="damaged"):
        blobs.read(blob.sha256)
    put(blobs, BIG)
    assert blobs.read(blob.sha256) == BIG


def test_writers_at_once_do_not_disturb_each_other(blobs: LocalBlobs, tmp_path: Path) -> None:
    contents = [BIG, SECRET] * 8
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda data: put(blobs, data), contents))
    assert [blobs.read(blob.sha256) for blob in stored] == contents
    assert len(files(tmp_path)) == 2


def test_leftovers_of_killed_processes(blobs: LocalBlobs, tmp_path: Path) -> None:
    blob = put(blobs, BIG)
    old, new = tmp_path / "blobs" / ".incoming-old", tmp_path / "blobs" / ".incoming-new"
    old.touch()
    new.touch()
    os.utime(old, (1000, 1000))
    assert blobs.remove_leftovers(older_than=2000) == 1
    assert not old.exists()
    assert new.exists()
    assert blobs.exists(blob.sha256)
    assert LocalBlobs(tmp_path / "nowhere").remove_leftovers(2000) == 0
