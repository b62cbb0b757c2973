"""API tokens: shown once, kept as digests, revoked at once."""

from pathlib import Path

import pytest

from acs.errors import BadRequest, Conflict, NeedsOperator, NotFound
from acs.services import tokens
from tests.conftest import World


async def test_a_token_opens_what_it_was_made_for(world: World) -> None:
    made = await world.database.write(lambda uow: tokens.create_token(uow, name="ci", permissions=["write"]))
    assert made["token"].startswith("acs_")
    assert len(made["token"]) == 4 + 43
    caller = await world.read(lambda uow: tokens.authenticate(uow, made["token"]))
    assert caller is not None
    assert caller.may("read")
    assert caller.may("write")
    assert not caller.may("secrets")
    assert not caller.may("admin")


async def test_the_token_itself_is_not_kept(world: World) -> None:
    made = await world.database.write(lambda uow: tokens.create_token(uow, name="ci", permissions=["read"]))
    page = await world.read(tokens.list_tokens)
    assert page.items[0].keys() == {"id", "name", "permissions", "created_at", "last_used_at", "revoked_at"}
    stored = b"".join(path.read_bytes() for path in world.folder.glob("acs.sqlite3*"))
    assert made["token"].encode() not in stored


@pytest.mark.parametrize("token", ["", "acs_nothing", "ä" * 40, "\udcff"])
async def test_unknown_tokens(world: World, token: str) -> None:
    assert await world.read(lambda uow: tokens.authenticate(uow, token)) is None


async def test_revoked_at_once(world: World) -> None:
    made = await world.database.write(lambda uow: tokens.create_token(uow, name="ci", permissions=["read"]))
    await world.database.write(lambda uow: tokens.revoke_token(uow, made["id"]))
    assert await world.read(lambda uow: tokens.authenticate(uow, made["token"])) is None
    with pytest.raises(NotFound):
        await world.database.write(lambda uow: tokens.revoke_token(uow, "nothing"))


async def test_the_last_admin_stays(world: World) -> None:
    made = await world.database.write(lambda uow: tokens.create_token(uow, name="boss", permissions=["admin"]))
    with pytest.raises(Conflict):
        await world.database.write(lambda uow: tokens.revoke_token(uow, made["id"]))


async def test_names_and_permissions_are_checked(world: World) -> None:
    for name, permissions, field in (("", ["read"], "name"), ("a", [], "permissions"), ("a", ["fly"], "permissions")):
        with pytest.raises(BadRequest) as caught:
            await world.database.write(
                lambda uow, n=name, p=permissions: tokens.create_token(uow, name=n, permissions=p)  # type: ignore[misc]
            )
        assert caught.value.field == field
    await world.database.write(lambda uow: tokens.create_token(uow, name="ci", permissions=["read"]))
    for taken in ("ci", "admin"):
        with pytest.raises(Conflict):
            await world.database.write(
                lambda uow, n=taken: tokens.create_token(uow, name=n, permissions=["read"])  # type: ignore[misc]
            )


async def test_use_is_noted_but_not_on_every_call(world: World) -> None:
    made = await world.database.write(lambda uow: tokens.create_token(uow, name="ci", permissions=["read"]))
    caller = await world.read(lambda uow: tokens.authenticate(uow, made["token"]))
    assert caller is not None
    assert caller.touch
    await world.database.write(lambda uow: tokens.touch(uow, caller.token_id))
    caller = await world.read(lambda uow: tokens.authenticate(uow, made["token"]))
    assert caller is not None
    assert not caller.touch


async def test_admin_token_at_first_start(world: World) -> None:
    token = tokens.ensure_admin(world.database, world.folder, None)
    assert token is not None
    path = world.folder / tokens.ADMIN_FILE
    assert path.read_text().strip() == token
    assert path.stat().st_mode & 0o777 == 0o600
    assert tokens.ensure_admin(world.database, world.folder, None) == token
    caller = await world.read(lambda uow: tokens.authenticate(uow, token))
    assert caller is not None
    assert caller.permissions == set(tokens.PERMISSIONS)


async def test_another_admin_token_ends_the_former(world: World) -> None:
    old = tokens.ensure_admin(world.database, world.folder, "a-token-that-leaked-1")
    new = tokens.ensure_admin(world.database, world.folder, "a-token-that-did-not-2")
    assert old is not None
    assert new is not None
    assert await world.read(lambda uow: tokens.authenticate(uow, old)) is None
    assert await world.read(lambda uow: tokens.authenticate(uow, new)) is not None


async def test_a_revoked_admin_token_stays_revoked(world: World) -> None:
    token = tokens.ensure_admin(world.database, world.folder, None)
    await world.database.write(lambda uow: tokens.create_token(uow, name="boss", permissions=["admin"]))
    (admin, _) = (await world.read(tokens.list_tokens)).items
    await world.database.write(lambda uow: tokens.revoke_token(uow, admin["id"]))
    assert tokens.ensure_admin(world.database, world.folder, None) is None
    assert token is not None
    assert await world.read(lambda uow: tokens.authenticate(uow, token)) is None


@pytest.mark.parametrize("token", ["short", "with spaces in it, and long", "ümlaut-" * 5])
def test_unusable_configured_tokens(tmp_path: Path, token: str) -> None:
    with pytest.raises(NeedsOperator):
        tokens.admin_token(tmp_path, token)
