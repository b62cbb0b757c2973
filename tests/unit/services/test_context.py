"""What services need: one key per purpose, all of them out of one secret."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from acs.errors import NeedsOperator
from acs.services.context import Context
from acs.storage.blobs import LocalBlobs

SECRET = bytes(range(32))


def make(folder: Path, secret: bytes = SECRET) -> Context:
    return Context(secret_key=secret, blobs=LocalBlobs(folder), files_url="http://files", acs_url="http://acs")


def test_every_purpose_has_a_key_of_its_own(tmp_path: Path) -> None:
    """Whoever learns the key of links can neither make nonces nor open secrets."""
    context = make(tmp_path)
    keys = {context.secret_key, context.nonce_key, context.link_key}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}


def test_after_a_restart_with_the_same_secret_links_nonces_and_secrets_still_hold(tmp_path: Path) -> None:
    before, after = make(tmp_path), make(tmp_path)
    assert (after.nonce_key, after.link_key) == (before.nonce_key, before.link_key)
    assert after.box.open(before.box.seal("1234", context="cpe:a"), context="cpe:a") == "1234"


def test_another_secret_shares_nothing(tmp_path: Path) -> None:
    ours, theirs = make(tmp_path), make(tmp_path, bytes(32))
    assert ours.nonce_key != theirs.nonce_key
    assert ours.link_key != theirs.link_key
    with pytest.raises(NeedsOperator):
        theirs.box.open(ours.box.seal("1234", context="cpe:a"), context="cpe:a")


def test_a_context_does_not_change_while_the_program_runs(tmp_path: Path) -> None:
    context = make(tmp_path)
    with pytest.raises(FrozenInstanceError):
        context.cpe_auth = "none"  # type: ignore[misc]


def test_digest_is_asked_and_nobody_is_let_in_unless_told_so(tmp_path: Path) -> None:
    context = make(tmp_path)
    assert (context.cpe_auth, context.cpe_username, context.cpe_password) == ("digest", "", "")
