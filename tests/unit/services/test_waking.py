"""Asking a phone to call: where, as whom, and what is kept of it."""

from typing import Any

import pytest

from acs.errors import NeedsOperator, NotFound
from acs.services.devices import device_row, list_events, register_device
from acs.services.waking import Target, note_wake, wake_target
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
