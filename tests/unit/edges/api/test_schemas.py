"""The shapes of answers keep every field that the services give; bodies are those that the services take."""

from typing import Any

import pytest

from acs.domain.phones.config import PhoneConfig
from acs.edges.api.schemas import Device, DeviceChange, DeviceRegistration, File, Settings, Task, Token, body
from acs.errors import BadRequest
from acs.services import devices, files, tasks, tokens
from tests.conftest import World


async def test_answers_keep_every_field(world: World) -> None:
    device = await world.database.write(
        lambda uow: devices.register_device(uow, world.context, {"mac": "0c383e000001"})
    )
    assert device.keys() == Device.model_fields.keys()
    task_id = await world.task(device["id"], type="reboot")
    assert (await world.read(lambda uow: tasks.get_task(uow, task_id))).keys() == Task.model_fields.keys()
    upload = files.check_upload(kind="firmware", name="a.z")
    blob = world.context.blobs.put(b"x", encrypted=False, max_bytes=10)
    file = await world.database.write(lambda uow: files.create_file(uow, world.context, upload, blob))
    assert file.keys() == File.model_fields.keys()
    await world.database.write(lambda uow: tokens.create_token(uow, name="ci", permissions=["read"]))
    (token,) = (await world.read(tokens.list_tokens)).items
    assert token.keys() == Token.model_fields.keys()


async def test_documented_bodies_are_the_ones_that_are_taken(world: World) -> None:
    values: dict[str, Any] = {
        "tags": ["a"],
        "profile": "ctc",
        "mac": "0c383e000001",
        "oui": "0C383E",
        "certificate_sha256": "ab" * 32,
    }
    values |= {"file_key_known": False}
    given = {name: values.get(name, "x") for name in DeviceRegistration.model_fields}
    device = await world.database.write(lambda uow: devices.register_device(uow, world.context, given))
    change = {name: values.get(name, "x") for name in DeviceChange.model_fields}
    await world.database.write(lambda uow: devices.patch_device(uow, world.context, device["id"], change))
    with pytest.raises(BadRequest):
        await world.database.write(lambda uow: devices.register_device(uow, world.context, {**given, "other": 1}))
    assert Settings.model_fields.keys() == PhoneConfig.model_fields.keys()


def test_a_body_by_name() -> None:
    found = body(DeviceChange, media_types=("application/json", "text/x"))["requestBody"]
    assert found["content"]["text/x"] == {"schema": {"$ref": "#/components/schemas/DeviceChange"}}
