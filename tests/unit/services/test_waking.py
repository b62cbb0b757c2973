"""Asking a phone to call: where, as whom, and what is kept of it."""

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.parameters.tree import EMPTY
from acs.errors import NeedsOperator, NotFound
from acs.services.devices import device_row, list_events, register_device
from acs.services.trees import save_tree
from acs.services.waking import (
    Target,
    note_binding,
    note_default_pair,
    note_wake,
    stun_password,
    stun_settings,
    stun_username,
    wake_target,
)
from tests.conftest import World


async def device(world: World, **columns: Any) -> str:
    def use_case(uow: Any) -> str:
        made = register_device(uow, world.context, {"serial_number": "SN-1"})
        row = device_row(uow, made["id"])
        for name, value in columns.items():
            setattr(row, name, value)
        uow.session.add(row)
        return row.id

    return await world.database.write(use_case)


async def target(world: World, device_id: str) -> Target:
    found: Target = await world.read(lambda uow: wake_target(uow, world.context, device_id))
    return found


async def test_the_pair_that_the_phone_was_given(world: World) -> None:
    phone = world.phone()
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    device_id = await world.only_device()
    given = {name.rsplit(".", 1)[-1]: value for name, value in phone.parameters.items()}
    found = await target(world, device_id)
    assert (found.url, found.called_from) == ("http://127.0.0.1:9/cr", "127.0.0.1")
    assert (found.username, found.password) == (given["ConnectionRequestUsername"], given["ConnectionRequestPassword"])
    assert given["ConnectionRequestUsername"] == f"acs-{device_id}"
    assert len(given["ConnectionRequestPassword"]) >= 24


@pytest.mark.parametrize(
    ("url", "called_from", "expected"),
    [
        ("http://192.0.2.7:7547/cr", "198.51.100.1", "http://192.0.2.7:7547/cr"),
        (" http://192.0.2.7:7547/cr\n", "198.51.100.1", "http://192.0.2.7:7547/cr"),
        ("http://0.0.0.0:7547/0.0.0.0", "192.0.2.7", "http://192.0.2.7:7547/0.0.0.0"),
        ("http://0.0.0.0:7547/cr", "2001:db8::7", "http://[2001:db8::7]:7547/cr"),
        ("http://[::]:7547/cr", "2001:db8::7", "http://[2001:db8::7]:7547/cr"),
        ("http://[::]:7547/cr", "192.0.2.7", "http://192.0.2.7:7547/cr"),
        ("http://0.0.0.0:7547/cr", "", "http://0.0.0.0:7547/cr"),
        ("http://phone.example/cr", "192.0.2.7", "http://phone.example/cr"),
        ("http://[broken", "192.0.2.7", "http://[broken"),
    ],
)
async def test_a_phone_that_does_not_know_its_address_is_asked_where_it_called_from(
    world: World, url: str, called_from: str, expected: str
) -> None:
    device_id = await device(world, connection_request_url=url, ip_address=called_from)
    assert (await target(world, device_id)).url == expected


async def test_a_phone_without_credentials_is_asked_without(world: World) -> None:
    device_id = await device(world, connection_request_url="http://192.0.2.7/cr")
    found = await target(world, device_id)
    assert (found.username, found.password) == ("", "")


@pytest.mark.parametrize("url", ["", "  "])
async def test_a_phone_that_told_no_address(world: World, url: str) -> None:
    device_id = await device(world, connection_request_url=url)
    assert (await target(world, device_id)).url == ""


async def test_an_unknown_phone(world: World) -> None:
    with pytest.raises(NotFound):
        await target(world, "nobody")


async def test_the_pair_of_another_phone_does_not_open_here(world: World) -> None:
    sealed = world.context.box.seal("hush", context="cr:another")
    device_id = await device(world, connection_request_url="http://192.0.2.7/cr", cr_password_sealed=sealed)
    with pytest.raises(NeedsOperator):
        await target(world, device_id)


async def test_how_it_went_is_kept_among_the_events(world: World) -> None:
    device_id = await device(world)
    told = {"detail": "asked, phone did not call", "outcome": "refused", "called": False, "steps": [{"at": 0.1}]}
    await world.database.write(lambda uow: note_wake(uow, device_id, told))
    (event,) = (await world.read(lambda uow: list_events(uow, device_id))).items
    assert event["kind"] == "connection_request"
    assert event["data"] == {
        "outcome": "asked, phone did not call",
        "result": "refused",
        "called": False,
        "steps": [{"at": 0.1}],
    }


async def test_what_else_is_known_of_how_to_reach_it(world: World) -> None:
    device_id = await device(
        world,
        root="Device.",
        connection_request_url="",
        ip_address="203.0.113.9",
        udp_address="203.0.113.9:30000",
        stun_address="203.0.113.9:30001",
        stun_at=5.0,
        jabber_id=" phone@xmpp.example ",
        quirks_set={"connection_request_basic": True},
        last_inform_at=100.0,
    )
    told = (
        ("Device.ManagementServer.PeriodicInformEnable", "true", "xsd:boolean"),
        ("Device.ManagementServer.PeriodicInformInterval", "300", "xsd:unsignedInt"),
        ("Device.ManagementServer.NATDetected", "1", "xsd:boolean"),
    )
    await world.database.write(lambda uow: save_tree(uow, device_id, EMPTY.with_values(told, 1.0)[0]))
    found = await target(world, device_id)
    assert (found.udp_address, found.stun_address, found.stun_at) == ("203.0.113.9:30000", "203.0.113.9:30001", 5.0)
    assert (found.jabber_id, found.called_from, found.nat_detected) == ("phone@xmpp.example", "203.0.113.9", True)
    assert (found.periodic, found.interval, found.last_inform_at) == (True, 300, 100.0)
    assert found.quirks.connection_request_basic


@pytest.mark.parametrize("interval", ["", "-1", "soon", "9" * 40, "\N{ARABIC-INDIC DIGIT FIVE}"])
async def test_an_interval_that_is_none(world: World, interval: str) -> None:
    device_id = await device(world, root="Device.")
    told = (("Device.ManagementServer.PeriodicInformInterval", interval, "xsd:unsignedInt"),)
    await world.database.write(lambda uow: save_tree(uow, device_id, EMPTY.with_values(told, 1.0)[0]))
    assert (await target(world, device_id)).interval is None


@pytest.mark.parametrize(
    ("url", "called_from", "expected"),
    [
        ("192.0.2.7:7547/cr", "198.51.100.1", "http://192.0.2.7:7547/cr"),
        ("//192.0.2.7:7547/cr", "198.51.100.1", "http://192.0.2.7:7547/cr"),
        ("http://[fe80::1%25eth0]:7547/cr", "192.0.2.7", "http://192.0.2.7:7547/cr"),
        ("http://:7547/cr", "192.0.2.7", "http://192.0.2.7:7547/cr"),
        ("https://192.0.2.7//", "198.51.100.1", "https://192.0.2.7//"),
        ("gopher://192.0.2.7/", "198.51.100.1", "gopher://192.0.2.7/"),
        ("http://user@0.0.0.0/", "192.0.2.7", "http://user@0.0.0.0/"),
    ],
)
async def test_quirk_146_urls_are_read_as_they_were_meant(
    world: World, url: str, called_from: str, expected: str
) -> None:
    device_id = await device(world, connection_request_url=url, ip_address=called_from)
    assert (await target(world, device_id)).url == expected


async def test_a_binding_is_written_when_it_moves_or_has_not_been_for_long(world: World) -> None:
    device_id = await device(world)
    username = stun_username(device_id)

    async def bind(address: str) -> tuple[str, float | None]:
        await world.database.write(lambda uow: note_binding(uow, username, address))
        row = await world.read(lambda uow: device_row(uow, device_id))
        return row.stun_address, row.stun_at

    first = await bind("203.0.113.9:1")
    assert first[0] == "203.0.113.9:1"
    assert await bind("203.0.113.9:1") == first
    assert (await bind("203.0.113.9:2"))[0] == "203.0.113.9:2"
    await world.database.write(lambda uow: note_binding(uow, "stun-nobody", "203.0.113.9:3"))


def test_each_phone_has_a_stun_password_of_its_own(world: World) -> None:
    one, other = (stun_password(world.context, stun_username(each)) for each in ("a", "b"))
    assert one != other
    assert (len(one), one) == (24, stun_password(world.context, "stun-a"))


async def test_default_credentials_are_noted_once(world: World) -> None:
    device_id = await device(world)
    for _ in range(2):
        await world.database.write(lambda uow: note_default_pair(uow, device_id, "dps"))
    (note,) = (await world.read(lambda uow: device_row(uow, device_id))).notes
    assert (note["code"], note["quirk"]) == ("default_connection_request_credentials", 151)


async def test_a_phone_that_says_it_does_not_call_by_itself(world: World) -> None:
    device_id = await device(world, root="Device.")
    assert (await target(world, device_id)).periodic
    told = (("Device.ManagementServer.PeriodicInformEnable", "0", "xsd:boolean"),)
    await world.database.write(lambda uow: save_tree(uow, device_id, EMPTY.with_values(told, 1.0)[0]))
    assert not (await target(world, device_id)).periodic


def test_phones_are_told_our_stun_server_where_there_is_one(world: World) -> None:
    assert stun_settings(world.context, "a") == {}
    context = replace(world.context, stun_host="acs.example", stun_port=3478)
    assert stun_settings(context, "a") == {
        "STUNUsername": "stun-a",
        "STUNPassword": stun_password(context, "stun-a"),
        "STUNServerAddress": "acs.example",
        "STUNServerPort": "3478",
        "STUNEnable": "1",
    }
