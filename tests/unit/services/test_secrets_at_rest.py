"""No secret lies in the database in the clear, whatever phones show and operators write (decision 12)."""

from typing import Any

import pytest

from acs.services.devices import list_parameters
from cwmp_schemas import cpe_rpcs
from cwmp_schemas.structs import ParameterValueStruct, TypedValue
from tests.conftest import World
from tests.phone import TestPhone

ROOT = "InternetGatewayDevice."
LINE = f"{ROOT}Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword"
OLD, NEW, SERVER = "old-sip-secret", "new-sip-secret", "file-server-secret"


def shows_everything(phone: TestPhone) -> None:
    """Turn a phone into one that shows the passwords that it holds."""

    def answer(message: Any) -> cpe_rpcs.GetParameterValuesResponse:
        return cpe_rpcs.GetParameterValuesResponse(
            ParameterList=tuple(
                ParameterValueStruct(Name=name, Value=TypedValue(phone.parameters[name]))
                for name in message.ParameterNames
            )
        )

    phone.handlers["GetParameterValues"] = answer


def everything_stored(world: World) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(world.folder.rglob("*")) if file.is_file())


@pytest.fixture
async def open_phone(world: World) -> TestPhone:
    phone = world.phone()
    phone.parameters[LINE] = OLD
    shows_everything(phone)
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    await phone.call("1 BOOT")
    return phone


async def test_what_an_open_hearted_phone_shows_is_not_kept(world: World, open_phone: TestPhone) -> None:
    device = await world.only_device()
    task = await world.task(device, type="get_parameter_values", names=[LINE])
    await open_phone.call()
    assert (await world.state(task))["result"]["values"][0]["value"] == "***"
    page = await world.read(lambda uow: list_parameters(uow, device, path=LINE))
    assert page.items[0]["value"] == "***"
    stored = everything_stored(world)
    assert OLD.encode() not in stored
    assert open_phone.password.encode() not in stored
    assert open_phone.parameters[f"{ROOT}ManagementServer.ConnectionRequestPassword"].encode() not in stored


@pytest.mark.parametrize("obeys", [True, False])
async def test_a_password_is_written_and_never_kept(world: World, open_phone: TestPhone, obeys: bool) -> None:
    device = await world.only_device()
    if not obeys:
        open_phone.handlers["SetParameterValues"] = lambda message: cpe_rpcs.SetParameterValuesResponse(Status=0)
    task = await world.task(device, type="set_parameter_values", values=[{"name": LINE, "value": NEW}])
    asked = await open_phone.call()
    (written,) = [message for message in asked if isinstance(message, cpe_rpcs.SetParameterValues)]
    assert written.ParameterList[0].Value.text == NEW
    done = await world.state(task)
    assert done["state"] == "succeeded"
    assert done["evidence"]["read_back"] == [{"name": LINE, "expected": "***", "read": "***"}]
    stored = everything_stored(world)
    assert NEW.encode() not in stored
    assert OLD.encode() not in stored


async def test_the_password_of_a_file_server_reaches_the_phone_and_nothing_else(
    world: World, open_phone: TestPhone
) -> None:
    device = await world.only_device()
    await world.task(
        device,
        type="download",
        url="http://files.example/x",
        file_type="2 Web Content",
        username="anna",
        password=SERVER,
    )
    (download,) = await open_phone.call()
    assert isinstance(download, cpe_rpcs.Download)
    assert (download.Username, download.Password) == ("anna", SERVER)
    assert SERVER.encode() not in everything_stored(world)
