"""The bytes that a phone gets, and what the server learns of its key."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from acs.domain.phones.file_keys import Known, Plan
from acs.domain.planning.steps import TaskFault
from acs.errors import BadFile
from acs.formats import read
from acs.formats.containers import DEFAULT, container
from acs.services import file_keys
from acs.services.devices import device_row, list_events, register_device
from acs.services.file_keys import Served
from acs.storage.tables import DeviceRow
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World

A, B = "aa" * 32, "bb" * 32
FILE = b"<<VOIP CONFIG FILE>>Version:2.0009\r\n\r\n<PHONE CONFIG MODULE>\r\nLCD Title          :x\r\n"
WITH_KEY = FILE + f"<AUTOUPDATE CONFIG MODULE>\r\nConfig File Key    :{B}\r\n".encode()
SEALED = Plan(A, DEFAULT)


@pytest.fixture
async def device_id(world: World) -> str:
    made = await world.database.write(
        lambda uow: register_device(uow, world.context, {"mac": "0c383e000001", "model": "X4"})
    )
    return str(made["id"])


async def known(world: World, device_id: str) -> Known:
    found: Known = await world.read(lambda uow: file_keys.known(world.context, device_row(uow, device_id)))
    return found


async def kinds(world: World, device_id: str) -> list[str]:
    page = await world.read(lambda uow: list_events(uow, device_id))
    return [event["kind"] for event in page.items]


async def offered(world: World, device_id: str, served: Served) -> Any:
    def offer(uow: UnitOfWork) -> Any:
        return file_keys.offer(uow, world.context, device_row(uow, device_id), served, task_id="t")

    return await world.database.write(offer)


def test_equal_content_gives_equal_bytes_of_this_phone_and_key_alone(world: World) -> None:
    ctx, document = world.context, read(FILE)
    first = file_keys.serve(ctx, "one", FILE, document, SEALED)
    assert first == file_keys.serve(ctx, "one", FILE, document, SEALED)
    assert (first.container, first.content_type, first.version) == (DEFAULT, "application/octet-stream", "2.0009")
    assert container(DEFAULT).open(first.content, key=bytes.fromhex(A)) == FILE
    others = (
        file_keys.serve(ctx, "two", FILE, document, SEALED),
        file_keys.serve(ctx, "one", FILE, document, Plan(B, DEFAULT)),
        file_keys.serve(ctx, "one", WITH_KEY, document, SEALED),
        file_keys.serve(replace(ctx, secret_key=b"\x01" * 32), "one", FILE, document, SEALED),
    )
    assert len({each.content[:16] for each in (first, *others)}) == 5
    assert A not in repr(first)


def test_plain_stays_plain(world: World) -> None:
    served = file_keys.serve(world.context, "one", FILE, read(FILE), Plan())
    assert (served.content, served.encrypted, served.carries_key) == (FILE, False, False)
    assert file_keys.serve(world.context, "one", WITH_KEY, read(WITH_KEY), Plan()).carries_key
    assert not file_keys.serve(world.context, "one", WITH_KEY, read(WITH_KEY), SEALED).carries_key


def test_uploads(world: World) -> None:
    row, ctx = DeviceRow(id="one"), world.context
    assert file_keys.serve_upload(ctx, row, FILE, Plan(), name="x.cfg").content == FILE
    sealed = file_keys.serve_upload(ctx, row, WITH_KEY, SEALED, name="x.cfg")
    assert (sealed.encrypted, sealed.key_after, sealed.version) == (True, B, "2.0009")
    # One that was encrypted before the upload goes out as it is, to the phone whose key opens it.
    assert file_keys.serve_upload(ctx, row, sealed.content, SEALED, name="x.enc").content == sealed.content
    for plan, words in ((Plan(), "this phone has no key"), (Plan(B, DEFAULT), "key does not open it")):
        with pytest.raises(BadFile, match=words) as caught:
            file_keys.serve_upload(ctx, row, sealed.content, plan, name="x.enc")
        assert caught.value.field == "file_id"


async def test_a_key_is_believed_when_the_file_was_applied(
    world: World, device_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    served = Served(WITH_KEY, key_after=A, carries_key=True)
    with caplog.at_level(logging.WARNING):
        prepared = await offered(world, device_id, served)
    assert await known(world, device_id) == Known("", A)
    assert "file_key_in_plain" in await kinds(world, device_id)
    assert "plain http" in caplog.text
    assert A not in caplog.text + str(prepared)

    def applied(uow: UnitOfWork) -> None:
        row = device_row(uow, device_id)
        file_keys.applied(uow, world.context, row, prepared)
        assert A not in row.file_key_sealed

    await world.database.write(applied)
    assert await known(world, device_id) == Known(A)
    assert "file_key_proven" in await kinds(world, device_id)
    await world.database.write(lambda uow: file_keys.forget(uow, device_row(uow, device_id)))
    assert await known(world, device_id) == Known()
    assert "file_key_forgotten" in await kinds(world, device_id)


async def test_over_https_no_warning_is_due(world: World, device_id: str) -> None:
    world.context = replace(world.context, files_url="https://acs.example:7567")
    await offered(world, device_id, Served(WITH_KEY, key_after=A, carries_key=True))
    assert "file_key_in_plain" not in await kinds(world, device_id)


async def test_what_a_phone_could_not_use_makes_the_other_key_the_likelier_one(world: World, device_id: str) -> None:
    prepared = await offered(world, device_id, Served(WITH_KEY, key_after=A))
    fault = TaskFault("9018", "file corrupted")

    async def refused(prepared: Any, fault: TaskFault, *, fetched: bool) -> tuple[TaskFault, bool]:
        found: tuple[TaskFault, bool] = await world.database.write(
            lambda uow: file_keys.refused(
                uow, world.context, device_row(uow, device_id), prepared, fault, fetched=fetched
            )
        )
        return found

    assert await refused(prepared, fault, fetched=False) == (fault, False), "it never had the file"
    assert await refused(prepared, TaskFault("9015", "x"), fetched=True) == (TaskFault("9015", "x"), False)
    assert await refused({"url": "x"}, fault, fetched=True) == (fault, False), "no configuration"
    told, other = await refused(prepared, fault, fetched=True)
    assert other
    assert "file corrupted. The file was not encrypted" in told.message
    assert await known(world, device_id) == Known(A, "")


async def test_an_operators_word_is_not_doubted(world: World, device_id: str) -> None:
    prepared = await offered(world, device_id, Served(b"...", DEFAULT, A, by_word=True))
    assert await known(world, device_id) == Known()
    assert not await world.database.write(
        lambda uow: file_keys.doubt(uow, world.context, device_row(uow, device_id), prepared)
    )
