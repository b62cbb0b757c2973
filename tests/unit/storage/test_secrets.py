import base64
import hmac
import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from acs.errors import NeedsOperator
from acs.storage.secrets import KEY_FILE, SEAL_OVERHEAD, SecretBox, derive, load_or_create_key, parse_key

KEY = bytes(range(32))
BOX = SecretBox(KEY)


@pytest.mark.parametrize("plain", ["", "s3cret", "pässwörd 密码", "x" * 5000])
def test_a_sealed_text_opens_in_its_context(plain: str) -> None:
    sealed = BOX.seal(plain, context="device:1:password")
    assert BOX.open(sealed, context="device:1:password") == plain
    assert sealed.isascii()
    assert sealed.split(".")[:2] == ["v1", BOX.key_id]
    assert not set(sealed) & set("+/= \n")


def test_bytes_open_as_bytes() -> None:
    assert BOX.open_raw(BOX.seal(b"\x00\xff", context="c"), context="c") == b"\x00\xff"


def test_sealing_twice_shows_nothing_equal() -> None:
    first, second = BOX.seal("same", context="c"), BOX.seal("same", context="c")
    assert first != second


def test_binary_form_has_a_fixed_overhead() -> None:
    sealed = BOX.seal_bytes(b"configuration", context="blob:1")
    assert len(sealed) == len(b"configuration") + SEAL_OVERHEAD
    assert b"configuration" not in sealed
    assert BOX.open_bytes(sealed, context="blob:1") == b"configuration"


def test_another_context_does_not_open() -> None:
    sealed = BOX.seal("s3cret", context="device:1:password")
    with pytest.raises(NeedsOperator, match="copied from another place"):
        BOX.open(sealed, context="device:2:password")


def test_a_wrong_key_is_told_from_damage_and_named() -> None:
    other = SecretBox(bytes(32))
    for attempt in (
        lambda: other.open(BOX.seal("s", context="c"), context="c"),
        lambda: other.open_bytes(BOX.seal_bytes(b"s", context="c"), context="c"),
    ):
        with pytest.raises(NeedsOperator, match="ACS_SECRET_KEY") as raised:
            attempt()
        assert raised.value.facts["sealed_with"] == BOX.key_id
        assert raised.value.facts["key_in_use"] == other.key_id


@pytest.mark.parametrize("position", [-1, -20, -38])
def test_one_changed_character_is_noticed(position: int) -> None:
    sealed = BOX.seal("a longer secret text", context="c")
    changed = list(sealed)
    changed[position] = "A" if changed[position] != "A" else "Q"
    with pytest.raises(NeedsOperator, match="damaged"):
        BOX.open("".join(changed), context="c")


@pytest.mark.parametrize("text", ["", "plain text", "v2.00000000.AAAA", "v1", "v1.", "v1.abc"])
def test_unknown_forms_are_refused(text: str) -> None:
    with pytest.raises(NeedsOperator, match=r"form this version knows|sealed with key"):
        BOX.open(text, context="c")


@pytest.mark.parametrize("body", ["", "AAAA", "A", "%%%%", "é"])
def test_bodies_cut_short_or_not_base64_are_damage(body: str) -> None:
    with pytest.raises(NeedsOperator, match="damaged"):
        BOX.open(f"v1.{BOX.key_id}.{body}", context="c")


def test_binary_damage() -> None:
    sealed = BOX.seal_bytes(b"data", context="c")
    for broken in (b"", b"nonsense", sealed[:10], sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(NeedsOperator):
            BOX.open_bytes(broken, context="c")


def test_the_key_must_have_32_bytes() -> None:
    with pytest.raises(ValueError, match="not 32"):
        SecretBox(b"short")


def test_derive_is_hkdf_sha256_per_purpose() -> None:
    assert derive(KEY, "url") == derive(KEY, "url")
    assert derive(KEY, "url") != derive(KEY, "nonce")
    assert derive(KEY, "url") != derive(bytes(32), "url")
    assert len(derive(KEY, "url", 16)) == 16
    # HKDF by hand (RFC 5869): extract with the salt, expand one block.
    extracted = hmac.digest(b"open-acs", KEY, "sha256")
    assert derive(KEY, "url") == hmac.digest(extracted, b"url\x01", "sha256")


@pytest.mark.parametrize(
    "text",
    [
        KEY.hex(),
        KEY.hex().upper(),
        f"  {KEY.hex()}\n",
        base64.b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode(),
    ],
)
def test_the_same_key_in_several_spellings(text: str) -> None:
    assert parse_key(text) == KEY


def test_base64_in_both_alphabets() -> None:
    key = b"\xfb\xff" * 16
    assert parse_key(base64.b64encode(key).decode()) == parse_key(base64.urlsafe_b64encode(key).decode()) == key


def test_a_passphrase_is_stretched_the_same_everywhere() -> None:
    phrase = "correct horse battery staple, twice over"
    key = parse_key(phrase)
    assert key == parse_key(phrase)
    assert len(key) == 32
    assert key.hex() == "33284005f598ba903eeb410ac05ecaffdbb98ad6111c2411c6248ea8dd5ce49a"


@pytest.mark.parametrize("text", ["hunter2", "x" * 31])
def test_a_short_key_is_refused_with_help(text: str) -> None:
    with pytest.raises(NeedsOperator, match="token_hex") as raised:
        parse_key(text)
    assert text not in raised.value.message


def test_the_first_start_makes_a_key_file(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    key = load_or_create_key(folder, None)
    assert load_or_create_key(folder, None) == load_or_create_key(folder, "  ") == key
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]
    assert (folder / KEY_FILE).read_text().strip() == key.hex()
    if os.name == "posix":
        assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600


def test_each_installation_has_its_own_key(tmp_path: Path) -> None:
    assert load_or_create_key(tmp_path / "a", None) != load_or_create_key(tmp_path / "b", None)


def test_processes_that_start_at_once_share_the_first_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_or_create_key(tmp_path, None), range(16)))
    assert len(keys) == 1


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    key = load_or_create_key(tmp_path, None)
    assert load_or_create_key(tmp_path, None) == key
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_configured_key_makes_no_file(tmp_path: Path) -> None:
    assert load_or_create_key(tmp_path / "data", KEY.hex()) == KEY
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("content", [b"", b"abc\n", b"\xff\xfe"])
def test_a_damaged_key_file_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(NeedsOperator, match="key file"):
        load_or_create_key(tmp_path, None)
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NeedsOperator, match="ACS_SECRET_KEY"):
        load_or_create_key(tmp_path / "file", None)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_key_file_open_to_others_is_tightened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    load_or_create_key(tmp_path, None)
    (tmp_path / KEY_FILE).chmod(0o644)
    with caplog.at_level(logging.WARNING):
        load_or_create_key(tmp_path, None)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert "open to other users" in caplog.text
