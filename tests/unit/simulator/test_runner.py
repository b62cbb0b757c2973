"""What a phone does with transfers: files travel over loopback, no ACS is needed."""

import asyncio
from random import Random
from typing import Any

import pytest

from acs import formats
from acs.simulator.behaviours import traits
from acs.simulator.cpe import Cpe, Factory
from acs.simulator.http_client import Limits
from acs.simulator.persona import Identity, Profile, model
from acs.simulator.runner import Runner, Surroundings
from acs.simulator.status import PhoneStatus
from acs.simulator.transfers import Transfer
from acs.simulator.transport import Wire
from tests.unit.simulator.scripted_server import Scripted, answer, scripted

NOW = 1_800_000_000.0
CONFIG = "3 Vendor Configuration File"
BOOK = (
    b"<AnyIPPhoneDirectory>"
    b"<DirectoryEntry><Name>A</Name><Telephone>1</Telephone></DirectoryEntry></AnyIPPhoneDirectory>"
)


def runner(seen: list[PhoneStatus], *behaviours: str, profile: Profile = "common") -> Runner:
    who = Identity(mac="0c383e2599fe", model=model("X4"), profile=profile, ip_address="10.0.0.9")
    cpe = Cpe(who, Factory("http://acs.test/"), now=NOW, random=Random(1), traits=traits(behaviours))
    around = Surroundings(
        wire=Wire(make_cnonce=lambda: "cn", limits=Limits(answer=2.0)),
        clock=lambda: NOW,
        slots=asyncio.Semaphore(1),
        on_status=seen.append,
        boot_seconds=0.0,
        item_pause=0.0,
    )
    return Runner(cpe, around)


def config(*lines: str) -> bytes:
    text = "\r\n".join(("<<VOIP CONFIG FILE>>Version:2.0002", "<AUTOUPDATE CONFIG MODULE>", *lines, "<<END OF FILE>>"))
    return text.encode()


async def download(
    phone: Runner, server: Scripted, file_type: str = CONFIG, command_key: str = "k", **facts: Any
) -> Transfer:
    transfer = Transfer(True, command_key, file_type, f"{server.url}/t/x/0c383e2599fe.cfg", **facts)
    phone.cpe.transfers.add(transfer)
    await phone.carry_out(transfer)
    return transfer


async def test_named_items_are_fetched_after_the_configuration() -> None:
    seen: list[PhoneStatus] = []
    phone = runner(seen)
    async with scripted(answer("200 OK", BOOK)) as items:
        named = config("Download Username :u", f"Auto Pbook Url :{items.url}/$mac.xml")
        async with scripted(answer("200 OK", named)) as server:
            transfer = await download(phone, server, file_size=len(named))
    assert transfer.fault_code == 0
    assert (transfer.started_at, transfer.completed_at) == (NOW, NOW)
    assert [each[1] for each in items.requests] == ["GET /0c383e2599fe.xml HTTP/1.1"]
    assert (seen[-1].config_version, seen[-1].phonebook_entries, seen[-1].files_fetched) == ("2.0002", 1, 2)


async def test_an_item_is_asked_for_three_times_and_does_not_fail_the_configuration() -> None:
    seen: list[PhoneStatus] = []
    phone = runner(seen)
    async with (
        scripted(*[answer("500 Oops")] * 3) as items,
        scripted(answer("200 OK", config(f"Auto Pbook Url :{items.url}/b.xml"))) as server,
    ):
        transfer = await download(phone, server)
    assert transfer.fault_code == 0
    assert len(items.requests) == 3
    assert seen[-1].last_error == "phonebook b.xml: the file server answered 500"


async def test_a_useless_item_is_not_asked_for_again() -> None:
    seen: list[PhoneStatus] = []
    phone = runner(seen)
    async with (
        scripted(answer("200 OK", b"<html/>")) as items,
        scripted(answer("200 OK", config(f"Auto Pbook Url :{items.url}/b.xml"))) as server,
    ):
        await download(phone, server)
    assert len(items.requests) == 1
    assert seen[-1].phonebook_entries == 0
    assert seen[-1].last_error.startswith("phonebook b.xml:")


@pytest.mark.parametrize(
    ("reply", "code"),
    [(answer("404 Not Found"), 9016), (answer("200 OK", b"\x00 junk"), 9018), (answer("401 Unauthorized"), 9012)],
)
async def test_a_failed_transfer_keeps_its_fault(reply: bytes, code: int) -> None:
    seen: list[PhoneStatus] = []
    phone = runner(seen)
    async with scripted(reply) as server:
        transfer = await download(phone, server)
    assert transfer.fault_code == code
    assert transfer.fault_string
    assert (seen[-1].failed_transfers, seen[-1].transfers) == (1, 0)


async def test_firmware_asks_for_a_restart() -> None:
    phone = runner([])
    async with scripted(answer("200 OK", b"Version=3.0.0\r\nrest")) as server:
        await download(phone, server, "1 Firmware Upgrade Image")
    assert phone.cpe.wants_reboot
    assert phone.cpe.storage.next_firmware == "3.0.0"


@pytest.mark.parametrize("profile", ["common", "ctc"])
async def test_a_configuration_backup_can_be_read_again(profile: Profile) -> None:
    phone = runner([], profile=profile)
    sent, more = config("Download Mode :1"), config("Download Interval :4")
    async with scripted(answer("200 OK", sent)) as server:
        await download(phone, server)
    async with scripted(answer("200 OK", more)) as server:
        await download(phone, server, command_key="l")
    transfer = Transfer(False, "u", "1 Vendor Configuration File", "")
    async with scripted(answer("201 Created")) as server:
        transfer.url = f"{server.url}/backup"
        phone.cpe.transfers.add(transfer)
        await phone.carry_out(transfer)
    assert transfer.fault_code == 0
    assert server.requests[0][1] == "PUT /backup HTTP/1.1"
    backup = formats.read(server.requests[0][3])
    assert backup.get("AUTOUPDATE CONFIG MODULE", "Download Mode") == "1"
    assert backup.get("AUTOUPDATE CONFIG MODULE", "Download Interval") == "4"


async def test_a_log_is_sent_and_a_refusal_is_9011() -> None:
    phone = runner([])
    transfer = Transfer(False, "u", "2 Vendor Log File", "")
    async with scripted(answer("403 Forbidden")) as server:
        transfer.url = f"{server.url}/log"
        phone.cpe.transfers.add(transfer)
        await phone.carry_out(transfer)
    assert transfer.fault_code == 9011
    assert server.requests[0][3].startswith(b"Fanvil X4 2.14.0.7386 0c383e2599fe")


async def test_a_connection_request_wakes_a_sleeping_phone() -> None:
    seen: list[PhoneStatus] = []
    phone = runner(seen)
    assert phone.busy  # it is off
    phone.wake()
    assert [event.code for event in phone.cpe.events] == ["6 CONNECTION REQUEST"]


async def test_a_transfer_whose_windows_are_over_is_9020_and_fetches_nothing() -> None:
    phone = runner([], "cwmp-1-2")
    async with scripted(answer("200 OK", config())) as server:
        transfer = await download(phone, server, windows=((NOW - 20, NOW - 10),))
    assert transfer.fault_code == 9020
    assert server.requests == []
