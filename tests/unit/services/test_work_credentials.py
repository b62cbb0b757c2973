"""Credentials that an operator gives a phone by a task: the server goes along."""

import pytest

from acs.services.devices import device_row
from acs.services.waking import wake_target
from cwmp_schemas.faults import Fault
from tests.conftest import World

SERVER = "InternetGatewayDevice.ManagementServer."


async def give(world: World, device_id: str, **values: str) -> str:
    named = [{"name": f"{SERVER}{name}", "value": value} for name, value in values.items()]
    return await world.task(device_id, type="set_parameter_values", values=named)


@pytest.mark.parametrize("answers", [True, False])
async def test_a_password_that_an_operator_gives_a_phone_lets_it_in(world: World, answers: bool) -> None:
    """And the old one until the new one was used: the phone's answer may be lost, or the write refused."""
    phone = world.phone()
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    device_id, old = await world.only_device(), phone.password
    if not answers:
        phone.handlers["SetParameterValues"] = lambda _: Fault(FaultCode=9001, FaultString="denied")
    task = await give(world, device_id, Password="another-one")
    await phone.call("2 PERIODIC")
    assert ((await world.state(task))["state"] == "succeeded") == answers
    phone.password = old
    await phone.call("2 PERIODIC")
    phone.password = "another-one" if answers else old
    await phone.call("2 PERIODIC")
    if answers:
        phone.password = old
        with pytest.raises(AssertionError, match="401"):
            await phone.call("2 PERIODIC")


async def test_a_phone_that_goes_to_another_server_keeps_its_password_here(world: World) -> None:
    phone = world.phone()
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    device_id = await world.only_device()
    await give(world, device_id, URL="http://other.example/", Username="somebody", Password="theirs")
    await phone.call("2 PERIODIC")
    phone_of_old = await world.read(lambda uow: device_row(uow, device_id))
    assert phone_of_old.offered_password_sealed is None


async def test_a_phone_is_asked_to_call_with_what_an_operator_gave_it_for_that(world: World) -> None:
    phone = world.phone()
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    device_id = await world.only_device()
    phone.adopt_credentials()
    task = await give(world, device_id, ConnectionRequestUsername="caller", ConnectionRequestPassword="come-here")
    before = await world.read(lambda uow: wake_target(uow, world.context, device_id))
    assert before.username != "caller"
    await phone.call("2 PERIODIC")
    assert (await world.state(task))["state"] == "succeeded"
    target = await world.read(lambda uow: wake_target(uow, world.context, device_id))
    assert (target.username, target.password) == ("caller", "come-here")
