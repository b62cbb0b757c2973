"""Who calls: Digest anywhere, Basic where it is allowed, and the same silence for everyone else."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from acs.services.authentication import ANYONE, Challenged, authenticate, challenge
from acs.services.context import Context
from acs.services.devices import register_device
from acs.services.informs import Principal
from acs.storage.tables import DeviceRow
from tests.conftest import World, make_context
from tests.phone import digest_answer

NOW = 1_800_000_000.0
SHARED = Principal("shared", username="acs")


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def digest(ctx: Context, username: str, password: str, *, age: float = 0.0, uri: str = "/acs") -> str:
    offered = challenge(as_digest(ctx), now=NOW - age, stale=False, secure=False)
    return digest_answer(offered[0], username, password, uri)


def as_digest(ctx: Context) -> Context:
    """The same server, whatever it asks for: only there are nonces handed out."""
    return replace(ctx, cpe_auth="digest")


def ask(
    world: World, ctx: Context, authorization: str | None, *, secure: bool = False, method: str = "POST"
) -> Principal | Challenged:
    def look(uow: Any) -> Principal | Challenged:
        uow.now = NOW
        return authenticate(
            uow, ctx, authorization=authorization, method=method, target="/acs", body=b"", secure=secure
        )

    return world.database.read_now(look)


@pytest.mark.parametrize(
    ("cpe_auth", "secure", "scheme", "taken"),
    [
        ("digest", False, "digest", True),
        ("digest", True, "digest", True),
        ("digest", False, "basic", False),  # a password in the clear
        ("digest", True, "basic", True),
        ("basic", False, "basic", True),  # the operator said so
        ("basic", True, "basic", True),
        ("none", False, "nothing", True),
        ("none", False, "wrong", True),
        ("digest", True, "nothing", False),
        ("basic", True, "nothing", False),
        ("basic", False, "wrong", False),
        ("digest", True, "wrong", False),
    ],
)
async def test_what_is_taken_depends_on_the_setting_and_on_tls(
    world: World, cpe_auth: str, secure: bool, scheme: str, taken: bool
) -> None:
    ctx = make_context(world.folder, cpe_auth=cpe_auth)
    header: dict[str, Callable[[], str | None]] = {
        "digest": lambda: digest(ctx, "acs", "shared secret"),
        "basic": lambda: basic("acs", "shared secret"),
        "wrong": lambda: basic("acs", "shared Secret"),
        "nothing": lambda: None,
    }
    verdict = ask(world, ctx, header[scheme](), secure=secure)
    if taken:
        assert verdict == (ANYONE if cpe_auth == "none" else SHARED)
    else:
        assert isinstance(verdict, Challenged)
        assert not verdict.stale


@pytest.mark.parametrize(
    ("cpe_auth", "secure", "schemes"),
    [
        ("digest", False, ["Digest"]),
        ("digest", True, ["Digest", "Basic"]),
        ("basic", False, ["Basic"]),
        ("basic", True, ["Basic"]),
    ],
)
def test_only_what_would_be_taken_is_asked_for_the_better_one_first(
    world: World, cpe_auth: str, secure: bool, schemes: list[str]
) -> None:
    ctx = make_context(world.folder, cpe_auth=cpe_auth, realm="phones")
    offered = challenge(ctx, now=NOW, stale=False, secure=secure)
    assert [value.split(" ")[0] for value in offered] == schemes
    assert all('realm="phones"' in value for value in offered)


@pytest.mark.parametrize("header", ["", "Digest", "Basic ???", "Bearer abc", "Digest username=acs", "x" * 5000])
async def test_what_cannot_be_read_is_challenged(world: World, header: str) -> None:
    assert isinstance(ask(world, world.context, header, secure=True), Challenged)


async def test_an_unknown_user_learns_no_more_than_one_with_a_wrong_password(world: World) -> None:
    await register(world, username="lobby", password="open sesame")
    for scheme in (basic, lambda user, password: digest(world.context, user, password)):
        verdicts = [
            ask(world, world.context, scheme(user, "guess"), secure=True) for user in ("nobody", "lobby", "acs")
        ]
        assert all(isinstance(verdict, Challenged) and not verdict.stale for verdict in verdicts)


async def test_the_right_password_with_an_old_nonce_is_stale_the_wrong_one_is_just_wrong(world: World) -> None:
    assert ask(world, world.context, digest(world.context, "acs", "shared secret", age=299)) == SHARED
    old = ask(world, world.context, digest(world.context, "acs", "shared secret", age=301))
    assert isinstance(old, Challenged)
    assert old.stale
    wrong = ask(world, world.context, digest(world.context, "acs", "guess", age=301))
    assert isinstance(wrong, Challenged)
    assert not wrong.stale
    assert "stale=true" in challenge(world.context, now=NOW, stale=True, secure=False)[0]
    assert "stale" not in challenge(world.context, now=NOW, stale=False, secure=False)[0]


async def test_an_answer_for_another_method_target_or_server_is_worth_nothing(world: World) -> None:
    good = digest(world.context, "acs", "shared secret")
    assert ask(world, world.context, good) == SHARED
    assert isinstance(ask(world, world.context, good, method="GET"), Challenged)
    elsewhere = digest(world.context, "acs", "shared secret", uri="/other")
    assert isinstance(ask(world, world.context, elsewhere), Challenged)
    assert isinstance(ask(world, make_context(world.folder, realm="other"), good), Challenged)


@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "sha-256"])
async def test_a_phone_may_choose_another_algorithm(world: World, algorithm: str) -> None:
    offered = challenge(world.context, now=NOW, stale=False, secure=False)[0]
    found = re.search(r'nonce="([^"]+)"', offered)
    assert found
    nonce = found[1]

    def hashed(text: str) -> str:
        kind = hashlib.sha256 if algorithm.upper().startswith("SHA-256") else hashlib.md5
        return kind(text.encode()).hexdigest()

    ha1 = hashed("acs:acs:shared secret")
    if algorithm.endswith("-sess"):
        ha1 = hashed(f"{ha1}:{nonce}:beef")
    response = hashed(f"{ha1}:{nonce}:00000001:beef:auth:{hashed('POST:/acs')}")
    header = (
        f'Digest username="acs", realm="acs", nonce="{nonce}", uri="/acs", response="{response}", '
        f'algorithm={algorithm}, qop=auth, nc=00000001, cnonce="beef"'
    )
    assert ask(world, world.context, header) == SHARED
    assert isinstance(ask(world, world.context, header.replace(response, "0" * len(response))), Challenged)


async def register(world: World, **body: Any) -> str:
    body = {"mac": "0C383E0000AA", **body}
    made = await world.database.write(lambda uow: register_device(uow, world.context, body))
    return str(made["id"])


async def test_a_phones_own_pair_names_the_phone(world: World) -> None:
    device = await register(world, username="lobby", password="open sesame")
    expected = Principal("device", device, "lobby")
    assert ask(world, world.context, digest(world.context, "lobby", "open sesame")) == expected
    assert ask(world, world.context, basic("lobby", "open sesame"), secure=True) == expected
    assert isinstance(ask(world, world.context, basic("lobby", "shared secret"), secure=True), Challenged)


async def test_while_a_new_pair_is_offered_the_old_one_stays_good(world: World) -> None:
    device = await register(world, username="lobby", password="old")

    def offer(uow: Any) -> None:
        row = uow.session.get(DeviceRow, device)
        row.offered_password_sealed = world.context.box.seal("new", context=f"cpe:{device}")
        uow.session.add(row)

    await world.database.write(offer)
    for make in (basic, lambda user, password: digest(world.context, user, password)):
        assert ask(world, world.context, make("lobby", "old"), secure=True) == Principal("device", device, "lobby")
        assert ask(world, world.context, make("lobby", "new"), secure=True) == Principal(
            "device", device, "lobby", offered=True
        )
        assert isinstance(ask(world, world.context, make("lobby", "other"), secure=True), Challenged)
    stale = ask(world, world.context, digest(world.context, "lobby", "new", age=400))
    assert isinstance(stale, Challenged)
    assert stale.stale  # whichever of the two it was


@pytest.mark.parametrize("header", [basic("", ""), basic("acs", ""), basic("None", "None")])
async def test_without_a_shared_pair_no_empty_name_gets_in(world: World, header: str) -> None:
    await register(world)
    ctx = make_context(world.folder, cpe_username="", cpe_password="", cpe_auth="basic")
    assert isinstance(ask(world, ctx, header), Challenged)


async def test_asking_who_calls_writes_nothing(world: World) -> None:
    await register(world, username="lobby", password="open sesame")

    def look(uow: Any) -> None:
        driver = uow.connection.connection.driver_connection
        driver.execute("PRAGMA query_only=1")
        try:
            for header in (basic("lobby", "open sesame"), basic("lobby", "no"), basic("nobody", "no"), None):
                authenticate(uow, world.context, authorization=header, method="POST", target="/", body=b"", secure=True)
        finally:
            driver.execute("PRAGMA query_only=0")

    await world.read(look)
