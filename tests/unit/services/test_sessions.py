"""Stories of phones that call: who may, what is kept, what is asked."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from acs.errors import Retriable
from acs.protocols.certificates import Certificate
from acs.services import sessions, work
from acs.services.brake import FREE, MAX_WAIT
from acs.services.devices import (
    DeviceQuery,
    get_device,
    list_devices,
    list_events,
    list_parameters,
    patch_device,
    register_device,
)
from acs.services.sessions import Request, Response
from acs.storage.tables import LinkRow
from acs.storage.unit_of_work import UnitOfWork
from acs.telemetry import counters
from cwmp_schemas import cpe_rpcs, envelope
from cwmp_schemas.faults import Fault, SetParameterValuesFault
from cwmp_schemas.namespaces import CWMP_1_1
from cwmp_schemas.structs import AllQueuedTransferStruct
from tests.conftest import World
from tests.phone import TestPhone, digest_answer, transfer_complete

ROOT = "InternetGatewayDevice."


async def devices(world: World) -> list[dict[str, Any]]:
    page = await world.read(lambda uow: list_devices(uow, DeviceQuery()))
    return list(page.items)


async def test_a_new_phone_is_discovered_and_given_its_own_credentials(world: World) -> None:
    phone = world.phone()

    asked = await phone.call("0 BOOTSTRAP", "1 BOOT")

    device = await world.read(lambda uow: get_device(uow, _only(uow)))
    assert device["oui"] == "0C383E"
    assert device["mac"] == "0c383e000001"
    assert device["model"] == "X4"
    assert device["software_version"] == "2.12.1"
    assert device["root"] == ROOT
    assert device["cwmp_version"] == "1.0"
    assert device["last_events"] == ["0 BOOTSTRAP", "1 BOOT"]
    assert device["credentials"] == "offered"
    names = [type(message).__name__ for message in asked]
    assert names[:2] == ["SetParameterValues", "SetParameterValues"]
    assert {"GetRPCMethods", "GetParameterNames", "GetParameterValues"} <= set(names)
    page = await world.read(lambda uow: list_parameters(uow, device["id"], path=f"{ROOT}DeviceInfo."))
    assert {item["path"]: item["value"] for item in page.items}[f"{ROOT}DeviceInfo.SoftwareVersion"] == "2.12.1"
    assert phone.parameters[f"{ROOT}ManagementServer.Username"] == f"cpe-{device['id']}"


def _only(uow: Any) -> str:
    (device,) = list_devices(uow, DeviceQuery()).items
    return str(device["id"])


async def test_own_credentials_are_proven_and_then_the_shared_pair_is_refused(world: World) -> None:
    phone = world.phone()
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    assert await phone.call("2 PERIODIC") == []
    (device,) = await devices(world)
    assert device["credentials"] == "proven"

    stranger = world.phone()
    stranger.connection = "127.0.0.1|9"
    assert (await stranger.send(stranger.inform("2 PERIODIC"))).status == 401
    assert (await stranger.send(stranger.inform("1 BOOT"))).status == 401


async def test_after_a_factory_reset_the_shared_pair_is_taken_again_and_noted(world: World) -> None:
    phone = world.phone()
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    old = phone.username, phone.password

    phone.username, phone.password = world.context.cpe_username, world.context.cpe_password
    await phone.call("0 BOOTSTRAP", "1 BOOT")

    (device,) = await devices(world)
    assert [note["code"] for note in device["notes"]] == ["shared_credentials_after_reset"]
    events = await world.read(lambda uow: list_events(uow, device["id"]))
    assert "shared_credentials_accepted" in [event["kind"] for event in events.items]
    # The old pair stays good until the new one is proven: who only pretended to be reset locks nobody out.
    phone.username, phone.password = old
    await phone.call("2 PERIODIC")
    phone.adopt_credentials()
    assert phone.password != old[1]
    await phone.call("2 PERIODIC")
    phone.username, phone.password = old
    phone.connection = "127.0.0.1|10"
    assert (await phone.send(phone.inform("2 PERIODIC"))).status == 401


async def test_factory_resets_with_the_shared_pair_are_limited(world: World) -> None:
    phone = world.phone()
    await phone.call("0 BOOTSTRAP")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    phone.username, phone.password = world.context.cpe_username, world.context.cpe_password
    for _ in range(5):
        await phone.call("0 BOOTSTRAP")
    phone.connection = "127.0.0.1|11"
    assert (await phone.send(phone.inform("0 BOOTSTRAP"))).status == 401


async def test_credentials_of_one_phone_never_speak_for_another(world: World) -> None:
    first, second = world.phone(), world.phone(serial="00100400FV02001000000c383e000002")
    await first.call("0 BOOTSTRAP")
    await second.call("0 BOOTSTRAP")
    first.adopt_credentials()
    await first.call("2 PERIODIC")
    before = await devices(world)

    second.username, second.password = first.username, first.password
    second.connection = "127.0.0.1|12"
    assert (await second.send(second.inform("0 BOOTSTRAP"))).status == 401
    newcomer = world.phone(serial="new", username=first.username, password=first.password)
    newcomer.connection = "127.0.0.1|13"
    assert (await newcomer.send(newcomer.inform("0 BOOTSTRAP"))).status == 401
    assert await devices(world) == before


@pytest.mark.parametrize(("username", "password"), [("", ""), ("acs", "wrong"), ("nobody", "shared secret")])
async def test_nothing_is_kept_of_a_phone_that_does_not_prove_itself(
    world: World, username: str, password: str
) -> None:
    phone = world.phone(username=username, password=password)
    phone.connection = "127.0.0.1|14"
    response = await phone.send(phone.inform("0 BOOTSTRAP"))
    assert response.status == 401
    assert response.authenticate
    assert await devices(world) == []


async def test_the_nonce_works_on_any_connection_and_an_old_one_is_stale(world: World) -> None:
    phone = world.phone()
    phone.connection = "127.0.0.1|15"
    challenged = await world.sessions.handle(phone.post(phone.inform("1 BOOT")))
    nonce = challenged.authenticate[0].split('nonce="')[1].split('"')[0]
    assert len(nonce) <= 32


async def test_an_empty_post_of_a_stranger_is_challenged(world: World) -> None:
    phone = world.phone(username="")
    phone.connection = "127.0.0.1|16"
    assert (await phone.send(None)).status == 401


async def test_the_answer_to_an_inform_holds_only_its_response(world: World) -> None:
    phone = world.phone()
    phone.connection = "127.0.0.1|17"
    response = await phone.send(phone.inform("1 BOOT"), id="abc")
    answer = envelope.read(response.body)
    assert answer.method == "InformResponse"
    assert answer.id == "abc"
    assert answer.cwmp_namespace == "urn:dslforum-org:cwmp-1-0"


@pytest.fixture
async def known(world: World) -> World:
    """A world whose phone has called and proven its credentials."""
    phone = world.phone()
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    world.known = phone  # type: ignore[attr-defined]
    return world


async def test_values_are_set_with_the_phones_types_and_read_back(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    task = await known.task(
        device, type="set_parameter_values", values=[{"name": f"{ROOT}Time.NTPServer1", "value": "ntp.example"}]
    )
    asked = await phone.call()
    assert [type(message).__name__ for message in asked] == ["SetParameterValues", "GetParameterValues"]
    done = await known.state(task)
    assert done["state"] == "succeeded", done
    assert done["evidence"]["read_back"] == [
        {"name": f"{ROOT}Time.NTPServer1", "expected": "ntp.example", "read": "ntp.example"}
    ]


async def test_values_that_the_phone_ignores_fail_with_what_was_expected_and_read(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    phone.parameters[f"{ROOT}Time.NTPServer1"] = "old.example"
    phone.handlers["SetParameterValues"] = lambda message: cpe_rpcs.SetParameterValuesResponse(Status=0)
    first = await known.task(device, type="get_parameter_values", names=[f"{ROOT}Time.NTPServer1"])
    task = await known.task(
        device, type="set_parameter_values", values=[{"name": f"{ROOT}Time.NTPServer1", "value": "ntp.example"}]
    )
    await phone.call()
    assert (await known.state(first))["result"]["values"][0]["value"] == "old.example"
    done = await known.state(task)
    assert done["state"] == "failed"
    assert "expected 'ntp.example', read 'old.example'" in done["fault"]["message"]


async def test_a_fault_names_the_parameter(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    name = f"{ROOT}Time.NTPServer1"
    phone.handlers["SetParameterValues"] = lambda message: Fault(
        FaultCode=9003,
        FaultString="Invalid arguments",
        SetParameterValuesFault=(
            SetParameterValuesFault(ParameterName=name, FaultCode=9007, FaultString="not a host"),
        ),
    )
    task = await known.task(device, type="set_parameter_values", values=[{"name": name, "value": "?"}])
    await phone.call()
    done = await known.state(task)
    assert done["state"] == "failed"
    assert done["fault"]["parameters"] == [{"name": name, "code": "9007", "message": "not a host"}]


async def test_one_bad_name_among_many_is_found_by_bisection(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    for number in range(250):
        phone.parameters[f"{ROOT}X.{number}"] = str(number)
    names = [f"{ROOT}X.{number}" for number in range(250)]
    names[123] = f"{ROOT}X.missing"
    task = await known.task(device, type="get_parameter_values", names=names)
    asked = await phone.call()
    assert all(len(message.ParameterNames) <= 100 for message in asked)
    done = await known.state(task)
    assert done["state"] == "failed"
    assert [item["name"] for item in done["fault"]["parameters"]] == [f"{ROOT}X.missing"]
    assert len(done["result"]["values"]) == 249


async def test_a_reboot_is_proven_by_the_next_boot(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    task = await known.task(device, type="reboot")
    later = await known.task(device, type="get_rpc_methods")
    asked = await phone.call()
    assert [type(message).__name__ for message in asked] == ["Reboot"]  # the last RPC of its session (quirk 102)
    assert (await known.state(task))["state"] == "verifying"
    await phone.call("1 BOOT", ("M Reboot", task))
    assert (await known.state(task))["state"] == "succeeded"
    assert (await known.state(later))["state"] == "succeeded"


async def test_a_download_by_url_waits_for_transfer_complete(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    task = await known.task(
        device, type="download", url="http://files.example/x.bin", file_type="X 0C383E Thing", file_size=5
    )
    (download,) = await phone.call()
    assert isinstance(download, cpe_rpcs.Download)
    assert (download.CommandKey, download.FileSize, download.FileType) == (task, 5, "X 0C383E Thing")
    assert (await known.state(task))["state"] == "transferring"
    await phone.call("7 TRANSFER COMPLETE", ("M Download", task), requests=(transfer_complete(task),))
    assert (await known.state(task))["state"] == "succeeded"


async def test_a_failed_transfer_is_tried_again_or_not_by_its_fault(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    task = await known.task(device, type="download", url="http://files.example/x", file_type="2 Web Content")
    await phone.call()
    await phone.call("7 TRANSFER COMPLETE", requests=(transfer_complete(task, 9015, "no route"),))
    assert (await known.state(task))["state"] == "transferring"  # the back-off of this test is nought
    await phone.call("7 TRANSFER COMPLETE", requests=(transfer_complete(task, 9018, "corrupted"),))
    done = await known.state(task)
    assert done["state"] == "failed"
    assert done["fault"]["code"] == "9018"
    assert done["attempts"] == 2


async def test_a_new_inform_takes_back_what_the_old_session_left(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    task = await known.task(device, type="get_parameter_values", names=[f"{ROOT}Time.NTPServer1"])
    phone.connection, phone.cookie = "127.0.0.1|50", ""
    await phone.send(phone.inform("2 PERIODIC"))
    assert (await phone.send(None)).status == 200  # asked, never answered: the phone lost power
    assert (await known.state(task))["state"] == "running"
    asked = await phone.call("1 BOOT")
    assert [type(message).__name__ for message in asked] == ["GetParameterValues"]
    assert (await known.state(task))["state"] == "succeeded"


async def test_a_session_with_a_request_in_flight_outlives_the_process(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    task = await known.task(device, type="download", url="http://files.example/x", file_type="2 Web Content")
    phone.connection, phone.cookie = "127.0.0.1|51", ""
    await phone.send(phone.inform("2 PERIODIC"))
    response = await phone.send(None)

    from acs.services.sessions import Sessions

    phone.sessions = known.sessions = Sessions(known.database, known.context)  # all memory is gone
    phone.connection = "127.0.0.1|52"
    response = await phone.answer(response)
    assert response.status == 204
    assert (await known.state(task))["state"] == "transferring"
    assert len([m for m in phone.asked if isinstance(m, cpe_rpcs.Download)]) == 1


async def test_a_phone_without_cookies_is_found_by_its_credentials(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    task = await known.task(device, type="get_rpc_methods")
    phone.keeps_cookies = False
    phone.connection, phone.cookie = "127.0.0.1|53", ""
    await phone.send(phone.inform("2 PERIODIC"))
    phone.connection = "127.0.0.1|54"
    response = await phone.send(None)
    assert response.status == 200
    phone.connection = "127.0.0.1|55"
    assert (await phone.answer(response)).status == 204
    assert (await known.state(task))["state"] == "succeeded"


async def test_after_the_204_late_messages_are_answered(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    task = await known.task(device, type="download", url="http://files.example/x", file_type="2 Web Content")
    await phone.call()
    late = await phone.send(transfer_complete(task))
    assert envelope.read(late.body).method == "TransferCompleteResponse"
    assert (await phone.send(None)).status == 204
    assert (await known.state(task))["state"] == "succeeded"
    again = await phone.send(transfer_complete("nobody knows"))
    assert envelope.read(again.body).method == "TransferCompleteResponse"


async def test_the_very_same_inform_again_on_its_connection_is_answered_again(world: World) -> None:
    phone = world.phone()
    phone.connection = "127.0.0.1|60"
    await phone.send(phone.inform("1 BOOT"))
    request = phone.post(phone.inform("1 BOOT"))
    assert (await world.sessions.handle(request)).status == 200
    assert len(await devices(world)) == 1


async def test_another_phone_on_the_same_connection_has_to_prove_itself(world: World) -> None:
    """A proxy may carry several phones over one connection."""
    first, second = world.phone(), world.phone(serial="00100400FV02001000000c383e000002")
    first.connection = second.connection = "127.0.0.1|61"
    await first.send(first.inform("1 BOOT"))
    response = await world.sessions.handle(second.post(second.inform("1 BOOT")))
    assert response.status == 401
    assert [device["serial_number"] for device in await devices(world)] == [first.serial]


async def test_a_phone_registered_by_serial_number_alone_is_recognised(world: World) -> None:
    made = await world.database.write(lambda uow: register_device(uow, world.context, {"serial_number": "SN-17"}))
    phone = world.phone(serial="SN-17")
    await phone.call("0 BOOTSTRAP")
    (device,) = await devices(world)
    assert (device["id"], device["oui"]) == (made["id"], "0C383E")


async def test_a_phone_registered_by_mac_is_recognised(world: World) -> None:
    body = {"mac": "0C:38:3E:00:00:01", "tags": ["lobby"]}
    made = await world.database.write(lambda uow: register_device(uow, world.context, body))
    await world.phone().call("0 BOOTSTRAP")
    (device,) = await devices(world)
    assert (device["id"], device["tags"], device["serial_number"]) == (made["id"], ["lobby"], world.phone().serial)


async def lose_the_answer(world: World) -> str:
    """A Download reaches the phone, and its session ends before the answer reaches us."""
    phone, device = world.known, await world.only_device()  # type: ignore[attr-defined]
    task = await world.task(device, type="download", url="http://files.example/x", file_type="2 Web Content")
    phone.connection, phone.cookie = "127.0.0.1|70", ""
    await phone.send(phone.inform("2 PERIODIC"))
    asked = envelope.read((await phone.send(None)).body).body
    assert isinstance(asked, cpe_rpcs.Download)
    return task


@pytest.fixture
async def asks_back(known: World) -> World:
    """A phone that can tell which transfers it has queued."""
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    methods = ("GetRPCMethods", "Download", "GetAllQueuedTransfers")
    phone.handlers["GetRPCMethods"] = lambda message: cpe_rpcs.GetRPCMethodsResponse(MethodList=methods)
    phone.namespace = CWMP_1_1
    await known.task(device, type="get_rpc_methods")
    await phone.call()
    return known


async def test_a_download_that_the_phone_has_queued_is_not_asked_again(asks_back: World) -> None:
    phone = asks_back.known  # type: ignore[attr-defined]
    task = await lose_the_answer(asks_back)
    waiting = AllQueuedTransferStruct(CommandKey=task, State=1, IsDownload=True, FileType="2 Web Content")
    phone.handlers["GetAllQueuedTransfers"] = lambda message: cpe_rpcs.GetAllQueuedTransfersResponse(
        TransferList=(waiting,)
    )
    asked = await phone.call("1 BOOT")
    assert [type(message).__name__ for message in asked] == ["GetAllQueuedTransfers"]
    assert (await asks_back.state(task))["state"] == "transferring"
    await phone.call("7 TRANSFER COMPLETE", ("M Download", task), requests=(transfer_complete(task),))
    assert (await asks_back.state(task))["state"] == "succeeded"


@pytest.mark.parametrize("knows", [True, False])
async def test_a_download_that_never_arrived_is_asked_again(asks_back: World, knows: bool) -> None:
    phone = asks_back.known  # type: ignore[attr-defined]
    task = await lose_the_answer(asks_back)
    answer = cpe_rpcs.GetAllQueuedTransfersResponse(TransferList=())
    refusal = Fault(FaultCode=9000, FaultString="Method not supported")
    phone.handlers["GetAllQueuedTransfers"] = lambda message: answer if knows else refusal
    asked = await phone.call("1 BOOT")
    assert [type(message).__name__ for message in asked] == ["GetAllQueuedTransfers", "Download"]
    assert asked[1].CommandKey == task


async def test_a_download_that_waited_too_long_gets_a_fresh_link(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    task = await known.task(device, type="download", kind="config")
    phone.connection, phone.cookie = "127.0.0.1|80", ""
    await phone.send(phone.inform("2 PERIODIC"))
    first = envelope.read((await phone.send(None)).body).body
    assert isinstance(first, cpe_rpcs.Download)

    def age(uow: UnitOfWork) -> None:
        for link in uow.session.exec(select(LinkRow)).all():
            link.expires_at = uow.now + 60.0
            uow.session.add(link)

    await known.database.write(age)
    (second,) = [message for message in await phone.call("1 BOOT") if isinstance(message, cpe_rpcs.Download)]
    assert (second.CommandKey, second.FileSize) == (task, first.FileSize)
    assert second.URL != first.URL


async def test_the_user_agent_is_kept_when_it_changes_and_costs_nothing_otherwise(world: World) -> None:
    from dataclasses import replace

    from acs.services.devices import get_device

    phone = world.phone(username="", password="")
    object.__setattr__(world.context, "cpe_auth", "none")
    agent = "Fanvil X4 2.12.1"
    make = phone.post
    phone.post = lambda message, id="1": replace(  # type: ignore[method-assign]
        make(message, id), headers=[(b"host", b"x"), (b"user-agent", agent.encode())]
    )
    await phone.call("1 BOOT")
    device_id = await world.only_device()

    async def kept() -> str:
        return str((await world.read(lambda uow: get_device(uow, device_id)))["user_agent"])

    assert await kept() == agent
    await phone.call("2 PERIODIC")
    before = world.database.writes
    await phone.call("2 PERIODIC")
    assert world.database.writes == before + 1
    agent = "Fanvil X4 2.12.2" + "x" * 500
    await phone.call("2 PERIODIC")
    assert await kept() == agent[:200]


# Who is in a session, and who only says so --------------------------------------------------------------------------


async def test_quirk_100_a_mistake_of_ours_is_a_204_and_not_an_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = world.phone(connection="127.0.0.1|1")

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a mistake")

    with monkeypatch.context() as patched:
        patched.setattr(sessions, "take_inform", broken)
        assert (await phone.send(phone.inform("1 BOOT"))).status == 204
    assert (await phone.send(phone.inform("1 BOOT"))).status == 200
    with monkeypatch.context() as patched:
        patched.setattr(work, "next_work", broken)
        assert (await phone.send(None)).status == 204
    assert await phone.call("1 BOOT")


async def own_pair(world: World, serial: str) -> TestPhone:
    phone = world.phone(serial=serial)
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    return phone


async def device_named(world: World, serial: str) -> str:
    (found,) = (device for device in await devices(world) if device["serial_number"] == serial)
    return str(found["id"])


async def challenge_of(world: World) -> str:
    phone = world.phone(connection="nobody's")
    return (await world.sessions.handle(phone.post(phone.inform("2 PERIODIC")))).authenticate[0]


async def test_a_valid_user_of_another_phone_is_not_in_a_session_whose_cookie_he_has(world: World) -> None:
    one, other = await own_pair(world, "SN-ONE"), await own_pair(world, "SN-OTHER")
    await world.task(await device_named(world, "SN-ONE"), type="get_parameter_values", names=[f"{ROOT}Time.NTPServer1"])
    one.connection, one.cookie = "127.0.0.1|1", ""
    other.connection = "127.0.0.2|2"
    assert (await one.send(one.inform("2 PERIODIC"))).status == 200
    challenge = await challenge_of(world)
    theirs = digest_answer(challenge, other.username, other.password, "/acs")
    answer = await world.sessions.handle(replace(other.post(None), cookie=one.cookie, authorization=theirs))
    assert (answer.status, answer.body) == (204, b"")  # outside any session
    ours = digest_answer(challenge, one.username, one.password, "/acs")
    answer = await world.sessions.handle(replace(one.post(None), authorization=ours))
    assert envelope.read(answer.body).method == "GetParameterValues"


async def test_credentials_that_were_set_in_this_very_session_are_in_it(world: World) -> None:
    phone = world.phone(connection="127.0.0.1|1")
    await phone.send(phone.inform("0 BOOTSTRAP"))
    response = await phone.send(None)
    while envelope.read(response.body).method == "SetParameterValues":
        response = await phone.answer(response)
    phone.adopt_credentials()
    told = digest_answer(await challenge_of(world), phone.username, phone.password, "/acs")
    again = await world.sessions.handle(replace(phone.post(None), authorization=told))
    assert again.status == 200


CERTIFICATE = Certificate("ab" * 32, ("0C383E-SN-ONE",))


async def with_certificate(phone: TestPhone, certificate: Certificate | None, **more: Any) -> Response:
    return await phone.sessions.handle(replace(phone.post(phone.inform("2 PERIODIC")), certificate=certificate, **more))


async def test_a_certificate_speaks_for_the_phone_that_it_names_from_the_first_contact_on(world: World) -> None:
    phone = world.phone(serial="SN-ONE", connection="127.0.0.1|1")
    assert (await with_certificate(phone, CERTIFICATE)).status == 200
    stranger = world.phone(serial="SN-TWO", connection="127.0.0.1|2")
    assert (await with_certificate(stranger, CERTIFICATE)).status == 401
    assert [device["serial_number"] for device in await devices(world)] == ["SN-ONE"]
    # The cookie of its session is worth nothing without it.
    (live,) = world.sessions.store
    without = replace(phone.post(None), cookie=f"acs={live.id}", connection="127.0.0.1|3")
    assert (await world.sessions.handle(without)).status == 401
    assert (await world.sessions.handle(replace(without, certificate=CERTIFICATE))).status == 200
    for _ in range(2):  # known by now: the short way checks the same
        assert (await with_certificate(phone, CERTIFICATE)).status == 200
        assert (await with_certificate(phone, Certificate("cd" * 32, ("0C383E-SN-TWO",)))).status == 401


async def test_a_certificate_that_names_nobody_needs_a_password_beside_it(world: World) -> None:
    gateway = Certificate("cd" * 32, ("gateway.example.net",))
    phone = world.phone(serial="SN-ONE", connection="127.0.0.1|1")
    refused = await with_certificate(phone, gateway)
    assert refused.status == 401
    told = digest_answer(refused.authenticate[0], phone.username, phone.password, "/acs")
    assert (await with_certificate(phone, gateway, authorization=told)).status == 200
    named = Certificate("ef" * 32, ("0C383E-SN-TWO",))
    assert (await with_certificate(phone, named, authorization=told)).status == 401


async def test_a_bound_certificate_is_needed_and_is_enough(world: World) -> None:
    phone = await own_pair(world, "SN-ONE")
    device = await device_named(world, "SN-ONE")
    bound = Certificate("12" * 32, ("anything",))
    await world.database.write(
        lambda uow: patch_device(uow, world.context, device, {"certificate_sha256": bound.sha256.upper()})
    )
    phone.connection, phone.cookie = "127.0.0.1|1", ""
    assert (await phone.send(phone.inform("2 PERIODIC"))).status == 401
    assert (await with_certificate(phone, bound)).status == 200
    assert (await with_certificate(phone, CERTIFICATE)).status == 401  # names it, but is not the one
    await world.database.write(lambda uow: patch_device(uow, world.context, device, {"certificate_sha256": None}))
    assert (await phone.send(phone.inform("2 PERIODIC"))).status == 200


async def test_wrong_passwords_cost_their_source_more_and_more_and_nobody_else(world: World) -> None:
    phone = world.phone(connection="127.0.0.1|1")
    request = phone.post(phone.inform("1 BOOT"))
    challenge = await challenge_of(world)

    async def ask(password: str, address: str, user: str = "acs") -> Response:
        told = digest_answer(challenge, user, password, "/acs")
        return await world.sessions.handle(replace(request, authorization=told, address=address))

    delays = [(await ask("guess", "192.0.2.1", user)).delay for user in ("acs", "nobody") * 5]
    assert delays[:FREE] == [0.0] * FREE
    assert delays[FREE:] == sorted(delays[FREE:])
    assert 0 < delays[-1] <= MAX_WAIT
    assert (await ask("guess", "192.0.2.2")).delay == 0
    delays = [(await ask("guess", f"2001:db8::{number}")).delay for number in range(FREE + 1)]
    assert delays[-1] > 0  # a guesser who has a network of addresses is one source
    right = await ask(phone.password, "192.0.2.1")
    assert (right.status, right.delay) == (200, 0)
    assert (await world.sessions.handle(replace(request, connection="x", address="192.0.2.1"))).delay == 0


@pytest.mark.parametrize(
    ("trouble", "status"),
    [(ZeroDivisionError("a mistake of ours"), 204), (Retriable("The database is busy.", after=1.0), 503)],
)
async def test_a_mistake_of_ours_is_never_the_phones_fault(
    world: World, monkeypatch: pytest.MonkeyPatch, trouble: Exception, status: int
) -> None:
    """Whatever breaks, and wherever: the phone gets an end or a pause, not an error (decision 6)."""

    async def broken(request: Request) -> None:
        raise trouble

    monkeypatch.setattr(world.sessions, "_authenticate", broken)
    response = await world.phone().send(None)
    assert (response.status, response.body) == (status, b"")


async def test_a_scan_is_no_warning(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """What worms send is expected on this port: one line, no stack trace, counted (cwmp.md 8)."""
    caplog.set_level("INFO")
    counted = counters.counter("cwmp_refused_total", reason="scan")
    before = counted.value
    object.__setattr__(world.context, "cpe_auth", "none")
    attack = b'<Envelope><Body><u:SetNTPServers xmlns:u="urn:dslforum-org:service:Time:1"/></Body></Envelope>'
    request = Request(connection="c", address="192.0.2.66", target="/UD/act?1", body=attack)
    assert (await world.sessions.handle(request)).status == 400
    (record,) = [each for each in caplog.records if "scan" in each.getMessage()]
    assert (record.levelname, record.exc_info) == ("INFO", None)
    assert "192.0.2.66" in record.getMessage()
    assert counted.value == before + 1


async def test_quirk_217_at_most_a_hundred_names_and_values_in_one_request(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    names = [f"{ROOT}X.{number}" for number in range(250)]
    phone.parameters.update(dict.fromkeys(names, "old"))
    await known.task(device, type="get_parameter_values", names=names)
    await known.task(device, type="set_parameter_values", values=[{"name": name, "value": "new"} for name in names])
    asked = await phone.call()
    reads = [len(each.ParameterNames) for each in asked if isinstance(each, cpe_rpcs.GetParameterValues)]
    writes = [len(each.ParameterList) for each in asked if isinstance(each, cpe_rpcs.SetParameterValues)]
    assert reads[:3] == [100, 100, 50]
    assert (max(reads), writes) == (100, [100, 100, 50])


@pytest.mark.parametrize("id", ["1", "inform", "null", "", "x" * 500])
async def test_quirk_047_an_answer_is_bound_by_order_whatever_its_id(known: World, id: str) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    task = await known.task(device, type="get_rpc_methods")
    phone.connection, phone.cookie = "127.0.0.1|777", ""
    await phone.send(phone.inform("2 PERIODIC"))
    asked = envelope.read((await phone.send(None)).body)
    assert asked.body is not None
    assert (await phone.send(phone.reply(asked.body), id)).status == 204
    assert (await known.state(task))["state"] == "succeeded"


async def test_quirk_157_a_fault_without_header_is_bound_by_order(known: World) -> None:
    phone, device = known.known, await known.only_device()  # type: ignore[attr-defined]
    task = await known.task(device, type="get_rpc_methods")
    phone.connection, phone.cookie = "127.0.0.1|778", ""
    await phone.send(phone.inform("2 PERIODIC"))
    await phone.send(None)
    detail = b"<detail><Fault><FaultCode>9000</FaultCode></Fault></detail>"
    body = b"<Envelope><Body><Fault><faultcode>Server</faultcode>" + detail + b"</Fault></Body></Envelope>"
    request = replace(phone.post(None), body=body)
    assert (await known.sessions.handle(request)).status == 204
    assert (await known.state(task))["fault"]["code"] == "9000"


async def test_a_large_message_is_read_on_a_thread_so_that_others_need_not_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, on_the_loop = envelope.read, []

    def noted(data: bytes, content_type: str) -> envelope.Envelope:
        on_the_loop.append(threading.current_thread() is threading.main_thread())
        return read(data, content_type)

    monkeypatch.setattr(envelope, "read", noted)
    phone = world.phone()
    small = phone.post(phone.inform("1 BOOT"))
    large = replace(small, body=small.body + b" " * sessions.STRANGER_BYTES)
    for request in (small, large):
        assert (await world.sessions._read(request)).method == "Inform"
    assert on_the_loop == [True, False]
