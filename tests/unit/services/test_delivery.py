"""Files to and from phones by signed links: every byte is accounted for, and tasks end when the bytes say so."""

import io
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from acs import formats
from acs.domain.planning.programs.transfers import LATE_FILE_SECONDS
from acs.errors import BadFile
from acs.services import delivery, files, work
from acs.services.delivery import Delivery
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas import cpe_rpcs
from cwmp_schemas._spyne import Struct
from tests.conftest import World
from tests.phone import TestPhone, transfer_complete

VENDOR_FILE = "1 Vendor Configuration File"
SECRET = b"<<VOIP CONFIG FILE>>Version:2.0002\n\nPassword :hunter2\n"


@pytest.fixture
async def phone(world: World) -> TestPhone:
    """A phone that called before and uses its own credentials."""
    phone = world.phone()
    phone.handlers["Upload"] = lambda _: cpe_rpcs.UploadResponse(Status=1)
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    return phone


@pytest.fixture
def desk(world: World) -> Delivery:
    return Delivery(world.database, world.context)


def parts(url: str) -> tuple[str, str]:
    """Give the token and the name of a link."""
    _, t, token, name = urlsplit(url).path.split("/")
    assert t == "t"
    return token, name


def url_in(asked: list[Struct]) -> str:
    """Give the URL of the one transfer that was asked."""
    (transfer,) = [message for message in asked if isinstance(message, cpe_rpcs.Upload | cpe_rpcs.Download)]
    return transfer.URL


async def upload(world: World, phone: TestPhone) -> tuple[str, str, str]:
    """Ask for a file; give the task, and the token and the name of the link."""
    task = await world.task(await world.only_device(), type="upload", file_type=VENDOR_FILE)
    return task, *parts(url_in(await phone.call()))


async def send(desk: Delivery, token: str, name: str, body: bytes) -> bool:
    return await desk.received(token, name, io.BytesIO(body), client="192.0.2.1")


async def fetch(desk: Delivery, url: str, start: int = 0, length: int | None = None) -> bytes:
    """Fetch a range as the file server would, and report it."""
    opened = await desk.open(*parts(url))
    assert opened is not None
    length = opened.size - start if length is None else length
    body = b"".join([chunk async for chunk in desk.chunks(opened.sha256, start, length)])
    await desk.served(opened.reference, start=start, sent=len(body), client="192.0.2.1", user_agent="Fanvil X4")
    return body


# From a phone --------------------------------------------------------------------------------------------------------


async def test_a_phone_sends_its_file_to_the_link_and_the_task_is_done(
    world: World, phone: TestPhone, desk: Delivery
) -> None:
    task, token, name = await upload(world, phone)
    assert name == "0c383e000001.cfg"
    assert (await world.state(task))["state"] == "transferring"
    assert await desk.expects(token, name)

    assert await send(desk, token, name, SECRET)
    done = await world.state(task)
    assert done["state"] == "succeeded"
    assert done["evidence"]["proof"] == "received"
    assert (done["result"]["name"], done["result"]["size"]) == (name, len(SECRET))
    kept = await world.read(lambda uow: files.get_file(uow, done["result"]["file_id"]))
    assert (kept["kind"], kept["sha256"]) == ("config", done["result"]["sha256"])
    assert (kept["device_id"], kept["task_id"]) == (done["device_id"], task)
    mine = await world.read(lambda uow: files.list_files(uow, device_id=done["device_id"]))
    assert [each["id"] for each in mine.items] == [kept["id"]]
    assert (await world.read(lambda uow: files.list_files(uow, device_id="another"))).items == []
    assert world.context.blobs.read(kept["sha256"]) == SECRET
    await phone.call("7 TRANSFER COMPLETE", requests=(transfer_complete(task),))  # late, and welcome
    assert (await world.state(task))["state"] == "succeeded"


async def test_quirk_141_an_empty_body_is_no_file_and_the_link_stays_open(
    world: World, phone: TestPhone, desk: Delivery
) -> None:
    task, token, name = await upload(world, phone)
    assert await send(desk, token, name, b"")
    assert (await world.state(task))["state"] == "transferring"
    assert await send(desk, token, name, SECRET)
    assert (await world.state(task))["result"]["size"] == len(SECRET)
    assert not await send(desk, token, name, b"")


async def test_what_a_phone_sends_may_hold_passwords_and_is_sealed_on_disk(
    world: World, phone: TestPhone, desk: Delivery
) -> None:
    _, token, name = await upload(world, phone)
    assert await send(desk, token, name, SECRET)
    stored = [path.read_bytes() for path in world.folder.rglob("*") if path.is_file()]
    assert stored
    assert not any(b"hunter2" in content for content in stored)
    assert await world.read(
        lambda uow: [row[0] for row in uow.connection.exec_driver_sql("SELECT encrypted FROM blob ORDER BY created_at")]
    ) == [True]


async def test_a_link_takes_nothing_once_its_task_has_ended(world: World, phone: TestPhone, desk: Delivery) -> None:
    _, token, name = await upload(world, phone)
    assert await send(desk, token, name, SECRET)
    assert not await desk.expects(token, name)
    assert not await send(desk, token, name, b"something else")
    assert len((await world.read(files.list_files)).items) == 1


async def test_a_link_that_was_changed_takes_nothing(world: World, phone: TestPhone, desk: Delivery) -> None:
    task, token, name = await upload(world, phone)
    for wrong in ((token[:-1] + ("A" if token[-1] != "A" else "B"), name), (token, "x.bin"), ("", name)):
        assert not await desk.expects(*wrong)
        assert not await send(desk, *wrong, SECRET)
    assert (await world.read(files.list_files)).items == []
    assert (await world.state(task))["state"] == "transferring"


async def test_the_link_for_sending_gives_nothing_out(world: World, phone: TestPhone, desk: Delivery) -> None:
    _, token, name = await upload(world, phone)
    assert await desk.open(token, name) is None
    await send(desk, token, name, SECRET)
    assert await desk.open(token, name) is None


async def test_a_file_that_is_too_large_is_refused_and_the_task_goes_on(
    world: World, phone: TestPhone, desk: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "MAX_RECEIVED", 10)
    task, token, name = await upload(world, phone)
    with pytest.raises(BadFile):
        await send(desk, token, name, b"x" * 11)
    assert await desk.expects(token, name)
    assert await send(desk, token, name, b"x" * 10)
    assert (await world.state(task))["state"] == "succeeded"


async def test_a_phone_that_reports_an_upload_without_sending_is_not_believed(
    world: World, phone: TestPhone, desk: Delivery
) -> None:
    task, token, name = await upload(world, phone)
    await phone.call("7 TRANSFER COMPLETE", requests=(transfer_complete(task),))
    assert (await world.state(task))["state"] == "verifying"

    def later(uow: UnitOfWork) -> None:
        uow.now += LATE_FILE_SECONDS + 1
        work.wait_over(uow, world.context)

    await world.database.write(later)
    done = await world.state(task)
    assert (done["state"], done["fault"]["code"]) == ("failed", "not_received")
    assert not await desk.expects(token, name)


async def test_quirk_141_a_file_that_comes_after_its_report_and_its_session_is_taken(
    world: World, phone: TestPhone, desk: Delivery
) -> None:
    task, token, name = await upload(world, phone)
    await phone.call("7 TRANSFER COMPLETE", requests=(transfer_complete(task),))
    assert await send(desk, token, name, SECRET)
    assert (await world.state(task))["state"] == "succeeded"


# To a phone ----------------------------------------------------------------------------------------------------------

BOOK = b"name,number\nAnna,1001\nBert,1002\n"


async def store(world: World, kind: str, name: str, content: bytes) -> str:
    given = files.check_upload(kind=kind, name=name)
    blob = world.context.blobs.put(content, encrypted=given.encrypted, max_bytes=10**6)
    made = await world.database.write(lambda uow: files.create_file(uow, world.context, given, blob))
    return str(made["id"])


async def ask_for_phonebook(world: World, phone: TestPhone, desk: Delivery) -> tuple[str, str]:
    """Send a phone book by way of a configuration that names it; give the task and the URL of the book."""
    book = await store(world, "phonebook", "book.csv", BOOK)
    task = await world.task(await world.only_device(), type="download", file_id=book)
    config = await fetch(desk, url_in(await phone.call()))
    found = re.search(rb"http://127\.0\.0\.1:7567/t/[^\s<]+book\.csv", config)
    assert found, config
    version = formats.read(config).version
    assert version, config
    phone.parameters["InternetGatewayDevice.DeviceInfo.VendorConfigFile.1.Version"] = version
    return task, found[0].decode()


async def test_a_phone_book_is_delivered_when_its_last_byte_was_fetched(
    world: World, phone: TestPhone, desk: Delivery
) -> None:
    """TransferComplete speaks of the configuration that names the book; the book itself is fetched later."""
    task, url = await ask_for_phonebook(world, phone, desk)
    await phone.call("7 TRANSFER COMPLETE", requests=(transfer_complete(task),))
    assert (await world.state(task))["state"] == "verifying"

    assert await fetch(desk, url, 0, 10) == BOOK[:10]
    assert (await world.state(task))["state"] == "verifying"
    assert await fetch(desk, url, 5) == BOOK[5:]  # a resumed transfer that overlaps
    done = await world.state(task)
    assert done["state"] == "succeeded", done
    assert done["evidence"]["item"]["fetched"] is True


async def test_a_phone_book_that_was_fetched_early_counts_as_well(
    world: World, phone: TestPhone, desk: Delivery
) -> None:
    task, url = await ask_for_phonebook(world, phone, desk)
    assert await fetch(desk, url) == BOOK
    assert (await world.state(task))["state"] == "transferring"
    await phone.call("7 TRANSFER COMPLETE", requests=(transfer_complete(task),))
    assert (await world.state(task))["state"] == "succeeded"


async def test_a_look_at_the_head_of_a_file_proves_nothing(world: World, phone: TestPhone, desk: Delivery) -> None:
    task, url = await ask_for_phonebook(world, phone, desk)
    await phone.call("7 TRANSFER COMPLETE", requests=(transfer_complete(task),))
    opened = await desk.open(*parts(url))
    assert opened is not None
    await desk.served(opened.reference, start=0, sent=0, client="192.0.2.1", user_agent="")
    assert (await world.state(task))["state"] == "verifying"


async def test_bytes_served_by_a_link_that_is_gone_meanwhile_trouble_nobody(world: World, desk: Delivery) -> None:
    await desk.served("gone", start=0, sent=10, client="192.0.2.1", user_agent="")


@pytest.mark.parametrize(("start", "length"), [(0, 32), (0, 0), (31, 1), (7, 9)])
async def test_any_range_of_a_file_is_given(world: World, desk: Delivery, start: int, length: int) -> None:
    blob = world.context.blobs.put(BOOK, encrypted=True, max_bytes=100)
    assert blob.size == 32
    found: list[Any] = [chunk async for chunk in desk.chunks(blob.sha256, start, length)]
    assert b"".join(found) == BOOK[start : start + length]
