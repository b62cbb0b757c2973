"""A phone presents a LOID: looked up, bound, told, configured."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from acs.errors import BadFile, BadRequest, Conflict, NotFound
from acs.services import devices, enrolment, tasks
from acs.services.devices import get_device, list_events
from acs.services.quirks import patch_device_quirks
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas import cpe_rpcs
from cwmp_schemas.faults import Fault
from tests.conftest import World
from tests.enrolling import INFO, LOID, PASSWORD, ROOT, Enrolling, enrolling
from tests.unit.services.test_secrets_at_rest import everything_stored


async def order(world: World, **fields: Any) -> dict[str, Any]:
    body = {"logical_id": LOID, "password": PASSWORD, **fields}
    return await world.database.write(lambda uow: enrolment.create_logical_id(uow, world.context, body))


async def look(world: World, loid: str = LOID, *, reveal: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = await world.read(
        lambda uow: enrolment.get_logical_id(uow, world.context, loid, reveal=reveal)
    )
    return found


async def binds(world: World) -> list[dict[str, Any]]:
    page = await world.read(lambda uow: tasks.list_tasks(uow, type="bind"))
    return list(reversed(page.items))


async def device_of(world: World, phone: Enrolling) -> dict[str, Any]:
    found: dict[str, Any] = await world.read(lambda uow: get_device(uow, devices.find(uow, phone.serial)))
    return found


async def happened(world: World, phone: Enrolling, kind: str) -> list[dict[str, Any]]:
    device = await device_of(world, phone)
    page = await world.read(lambda uow: list_events(uow, device["id"], limit=1000))
    return [event["data"] for event in page.items if event["kind"] == kind]


async def test_a_good_loid_from_first_contact_to_result_1(world: World) -> None:
    await order(world, name="Shop 7", group="shops", tags=["a"], service_name="VOIP, IPTV")
    phone = enrolling(world)
    await phone.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    assert phone.writes() == [("Status", "0"), ("Result", "0"), ("ServiceName", "VOIP,IPTV"), ("ServiceNum", "2")]
    assert len(phone.downloads()) == 1
    device = await device_of(world, phone)
    assert (device["name"], device["group"], device["tags"]) == ("Shop 7", "shops", ["a"])
    assert (device["logical_id"], device["profile"], device["profile_source"]) == (LOID, "ctc", "event")
    kept = await look(world)
    assert (kept["device_id"], kept["result"], kept["password"]) == (device["id"], "delivering", "***")
    phone.adopt_credentials()
    await phone.applied(device["config"]["desired_version"])
    assert phone.writes()[-1] == ("Result", "1")
    assert [item for item in phone.writes() if item[0] == "Result"] == [("Result", "0"), ("Result", "1")]
    (bind,) = await binds(world)
    assert (bind["state"], bind["result"]["result"], bind["result"]["logical_id"]) == ("succeeded", 1, LOID)
    assert (await look(world))["result"] == "done"
    assert (await device_of(world, phone))["config"]["state"] == "in_sync"
    before = len(phone.asked)
    await phone.call("2 PERIODIC")
    assert phone.writes()[-1] == ("Result", "1")
    assert not [m for m in phone.asked[before:] if isinstance(m, cpe_rpcs.Download)], "once is enough"


@pytest.mark.parametrize(
    ("loid", "password", "status", "code"),
    [
        (LOID, "wrong", 3, "password_mismatch"),
        (LOID, "", 1, "password_missing"),
        ("nobody", PASSWORD, 2, "logical_id_unknown"),
        ("", "", 2, "logical_id_unknown"),
        ("x" * 60, PASSWORD, 2, "logical_id_unknown"),
        (LOID.lower(), PASSWORD, 2, "logical_id_unknown"),
    ],
)
async def test_a_bad_loid_is_told_and_gets_nothing(
    world: World, loid: str, password: str, status: int, code: str
) -> None:
    await order(world)
    phone = enrolling(world, loid=loid, password=password)
    await phone.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    assert phone.writes() == [("Status", str(status))]
    assert phone.downloads() == []
    (bind,) = await binds(world)
    assert (bind["state"], bind["fault"]["code"]) == ("failed", code)
    (refused,) = await happened(world, phone, "bind_refused")
    assert refused["status"] == status
    kept = await look(world)
    assert (kept["device_id"], kept["attempts"]) == (None, 1 if status in (1, 3) else 0)
    assert (await device_of(world, phone))["logical_id"] is None


async def test_a_second_phone_with_the_same_loid(world: World) -> None:
    await order(world)
    first, second = enrolling(world, 1), enrolling(world, 2)
    await first.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    await second.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    assert second.writes() == [("Status", "5")]
    # The operator says that it replaces the first
    change = {"device_id": None}
    await world.database.write(lambda uow: enrolment.patch_logical_id(uow, world.context, LOID, change))
    assert (await device_of(world, first))["logical_id"] is None
    await second.call("X CT-COM BIND")
    assert second.writes()[1:3] == [("Status", "0"), ("Result", "0")]
    # A phone that was forgotten keeps no LOID from others
    device = await device_of(world, second)
    await world.database.write(lambda uow: devices.delete_device(uow, device["id"]))
    assert (await look(world))["device_id"] is None


async def test_another_loid_on_the_same_phone_frees_the_first(world: World) -> None:
    await order(world, name="Shop 7", group="shops", tags=["a", "both"])
    await order(world, logical_id="OTHER", password="", name="Office", group="offices", tags=["b", "both"])
    phone = enrolling(world)
    await phone.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    phone.parameters |= {f"{INFO}UserName": "OTHER", f"{INFO}UserId": "anything"}
    await phone.call("X CT-COM BIND")
    device = await device_of(world, phone)
    assert (device["name"], device["group"], set(device["tags"])) == ("Office", "offices", {"b", "both"})
    assert ((await look(world))["device_id"], (await look(world, "OTHER"))["device_id"]) == (None, device["id"])
    assert [task["state"] for task in await binds(world)] == ["cancelled", "verifying"]


@pytest.mark.parametrize("event", ["x ct-com  bind", "X CT-COM BIND1", "X CT-COM BIND2", " X CT-COM BIND "])
async def test_bind_in_any_spelling(world: World, event: str) -> None:
    await order(world)
    phone = enrolling(world)
    await phone.call("1 BOOT", event)
    assert phone.writes()[0] == ("Status", "0")


@pytest.mark.parametrize(
    ("event", "vendor", "leaf"), [("X CU BIND", "X_CU", "UserId"), ("X CMCC BIND", "X_CMCC", "Password")]
)
async def test_other_carriers_names(world: World, event: str, vendor: str, leaf: str) -> None:
    await order(world)
    phone = enrolling(world)
    there = f"{ROOT}{vendor}_UserInfo."
    phone.parameters = {name: value for name, value in phone.parameters.items() if not name.startswith(INFO)}
    phone.parameters |= {f"{there}UserName": LOID, f"{there}{leaf}": PASSWORD, f"{there}Status": "99"}
    await phone.call("0 BOOTSTRAP", "1 BOOT", event)
    assert phone.parameters[f"{there}Status"] == "0"
    assert (await device_of(world, phone))["profile"] == "ctc"


async def test_an_inform_that_does_not_tell_is_asked_and_nothing_is_kept_of_the_password(world: World) -> None:
    await order(world, password="a-very-secret-order")
    phone = enrolling(world, password="a-very-secret-order")
    phone.bare = True
    await phone.call("1 BOOT", "X CT-COM BIND")
    reading = next(m for m in phone.asked if isinstance(m, cpe_rpcs.GetParameterValues))
    assert set(reading.ParameterNames) == {f"{INFO}UserName", f"{INFO}UserId"}
    assert phone.writes()[0] == ("Status", "0")
    phone.bare = False
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    await phone.call("4 VALUE CHANGE", "X CT-COM BIND")
    assert b"a-very-secret-order" not in everything_stored(world)
    device = await device_of(world, phone)
    page = await world.read(lambda uow: devices.list_parameters(uow, device["id"], path=f"{INFO}UserId"))
    assert [item["value"] for item in page.items] == ["***"]


async def test_a_phone_that_does_not_show_its_loid(world: World) -> None:
    await order(world)
    phone = enrolling(world)
    phone.parameters = {name: value for name, value in phone.parameters.items() if not name.startswith(INFO)}
    await phone.call("1 BOOT", "X CT-COM BIND")
    (bind,) = await binds(world)
    assert (bind["state"], bind["fault"]["code"]) == ("failed", "9005")
    assert "does not show its LOID" in bind["fault"]["message"]


async def test_a_phone_without_status_is_configured_all_the_same(world: World) -> None:
    await order(world)
    phone = enrolling(world)

    def write(message: cpe_rpcs.SetParameterValues) -> Any:
        if any(".X_CT-COM_" in item.Name for item in message.ParameterList):
            return Fault(FaultCode=9003, FaultString="Invalid arguments")
        for item in message.ParameterList:
            phone.parameters[item.Name] = item.Value.text
        return cpe_rpcs.SetParameterValuesResponse(Status=0)

    phone.handlers["SetParameterValues"] = write
    await phone.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    assert len(phone.downloads()) == 1
    phone.adopt_credentials()
    await phone.applied((await device_of(world, phone))["config"]["desired_version"])
    (bind,) = await binds(world)
    assert bind["state"] == "succeeded"
    assert set(bind["result"]["refused"]) == {"status", "account", "delivering", "result"}


async def test_a_configuration_that_fails_is_result_2(world: World) -> None:
    await order(world)
    phone = enrolling(world)
    phone.handlers["Download"] = lambda _: Fault(FaultCode=9003, FaultString="no")
    await phone.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    assert phone.writes()[-1] == ("Result", "2")
    (bind,) = await binds(world)
    assert (bind["state"], bind["fault"]["code"]) == ("failed", "not_delivered")
    assert (await look(world))["result"] == "failed"


async def test_a_bind_that_is_repeated_sends_for_the_configuration_once(world: World) -> None:
    await order(world)
    phone = enrolling(world)
    for _ in range(3):  # its session broke before the events were delivered, as it thinks
        await phone.call("1 BOOT", "X CT-COM BIND")
        phone.adopt_credentials()
    assert len(phone.downloads()) == 1
    await phone.applied((await device_of(world, phone))["config"]["desired_version"])
    assert phone.writes()[-1] == ("Result", "1")
    assert [task["state"] for task in await binds(world)] == ["cancelled", "cancelled", "succeeded"]


@pytest.mark.slow
@pytest.mark.parametrize("bare", [False, True])
async def test_a_phone_that_binds_whenever_it_is_configured_is_not_sent_for_it_for_ever(
    world: World, bare: bool
) -> None:
    await order(world)
    phone = enrolling(world)
    phone.bare = bare
    for _ in range(6):
        phone.parameters |= {f"{INFO}Status": "99", f"{INFO}Result": "99"}
        await phone.call("1 BOOT", "X CT-COM BIND")
        phone.adopt_credentials()
        if [task for task in await binds(world) if task["state"] == "verifying"]:
            await phone.applied((await device_of(world, phone))["config"]["desired_version"])
        assert phone.writes()[-1] == ("Result", "1")
    assert len(phone.downloads()) == enrolment.DELIVERIES
    accounts = {item.Value.text for item in phone.written() if item.Name.endswith("TeleComAccount.Password")}
    assert len(accounts) == enrolment.DELIVERIES, "nor given a new password each time"
    # An operator who changes something is heard
    await world.database.write(lambda uow: enrolment.patch_logical_id(uow, world.context, LOID, {"group": "another"}))
    await phone.call("1 BOOT", "X CT-COM BIND")
    assert len(phone.downloads()) == enrolment.DELIVERIES + 1


@pytest.mark.parametrize("tells", ["event", "values", "nothing"])
async def test_a_factory_reset_runs_the_order_again(world: World, tells: str) -> None:
    await order(world)
    phone = enrolling(world)
    await phone.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    phone.adopt_credentials()
    await phone.applied((await device_of(world, phone))["config"]["desired_version"])
    account = (await look(world, reveal=True))["account"]["password"]
    count, told = len(phone.downloads()), len(phone.writes())
    phone.username, phone.password = world.context.cpe_username, world.context.cpe_password
    if tells == "nothing":
        phone.parameters |= {f"{INFO}UserName": "", f"{INFO}UserId": ""}
    await phone.call("0 BOOTSTRAP", "1 BOOT", *(["X CT-COM BIND"] if tells == "event" else []))
    if tells == "nothing":
        assert (len(phone.downloads()), phone.writes()[told:]) == (count, [])
        return
    assert len(phone.downloads()) == count + 1
    assert phone.writes()[told:][:2] == [("Status", "0"), ("Result", "0")]
    assert (await look(world, reveal=True))["account"]["password"] != account
    assert (await device_of(world, phone))["logical_id"] == LOID


async def test_guessing_is_not_looked_up_for_long(world: World) -> None:
    await order(world)
    guesser = enrolling(world, 1, password="guess")
    for _ in range(enrolment.FREE_ATTEMPTS):
        await guesser.call("1 BOOT", "X CT-COM BIND")
    guesser.parameters[f"{INFO}UserId"] = PASSWORD
    await guesser.call("1 BOOT", "X CT-COM BIND")
    assert {value for _, value in guesser.writes()} == {"3"}
    other = enrolling(world, 2)
    await other.call("1 BOOT", "X CT-COM BIND")
    assert other.writes() == [("Status", "3")], "the LOID itself is guarded"
    assert "too many" in (await happened(world, other, "bind_refused"))[0]["reason"]
    assert (await look(world))["attempts"] == enrolment.FREE_ATTEMPTS
    # An operator who looked into it sets the password anew, and the honest phone gets in
    change = {"password": PASSWORD}
    await world.database.write(lambda uow: enrolment.patch_logical_id(uow, world.context, LOID, change))
    await other.call("1 BOOT", "X CT-COM BIND")
    assert other.writes()[1] == ("Status", "0")
    await guesser.call("1 BOOT", "X CT-COM BIND")
    assert guesser.writes()[-1] == ("Status", "3"), "one phone that guesses through all LOIDs is stopped too"


@pytest.mark.slow
async def test_a_phone_that_goes_on_trying_is_looked_up_again_after_an_hour(world: World) -> None:
    """Phones repeat their BIND by themselves: what was not looked up is no failure of theirs."""
    await order(world)
    phone = enrolling(world, 1, password="mistyped")
    for _ in range(enrolment.FREE_ATTEMPTS):
        await phone.call("1 BOOT", "X CT-COM BIND")
    phone.parameters[f"{INFO}UserId"] = PASSWORD

    def five_minutes_pass(uow: UnitOfWork) -> None:
        uow.connection.exec_driver_sql("UPDATE event SET at = at - 300")
        uow.connection.exec_driver_sql("UPDATE logical_id SET attempted_at = attempted_at - 300")

    for _ in range(13):
        await world.database.write(five_minutes_pass)
        await phone.call("1 BOOT", "X CT-COM BIND")
    assert ("Status", "0") in phone.writes()


@pytest.mark.slow
async def test_a_file_of_thousands_is_kept_at_one_blow(world: World) -> None:
    """Writing happens on the event loop, so nothing in it may grow with the square of the lines."""
    lines = enrolment.read_import(
        world.context, b"logical_id,password\n" + b"".join(b"N%d,p\n" % n for n in range(1200))
    )
    statements: list[str] = []

    def keep(uow: UnitOfWork) -> dict[str, int]:
        event.listen(uow.connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
        return enrolment.import_logical_ids(uow, lines, update=True)

    assert await world.database.write(keep) == {"created": 1200, "updated": 0}
    assert len(statements) < 10
    assert await world.database.write(keep) == {"created": 0, "updated": 1200}
    assert (await look(world, "N7", reveal=True))["password"] == "p"


async def test_another_group_means_another_configuration(world: World) -> None:
    await order(world, group="shops")
    phone = enrolling(world)
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    device = await device_of(world, phone)

    def bind(uow: UnitOfWork) -> None:
        row = devices.device_row(uow, device["id"])
        row.config_state = "in_sync"
        enrolment._bind(uow, row, enrolment._row(uow, LOID))

    await world.database.write(bind)
    assert (await device_of(world, phone))["config"]["state"] == "pending"


async def test_strangers_cannot_keep_the_bound_phone_out(world: World) -> None:
    await order(world)
    phone, guesser = enrolling(world, 1), enrolling(world, 2, password="guess")
    await phone.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    phone.adopt_credentials()
    for _ in range(enrolment.FREE_ATTEMPTS + 1):
        await guesser.call("1 BOOT", "X CT-COM BIND")
    told = len(phone.writes())
    await phone.call("1 BOOT", "X CT-COM BIND")
    assert phone.writes()[told] == ("Status", "0")


async def test_a_phone_that_an_operator_made_common_is_not_enrolled(world: World) -> None:
    await order(world)
    phone = enrolling(world)
    await phone.call("1 BOOT")
    device = await device_of(world, phone)
    await world.database.write(
        lambda uow: devices.patch_device(uow, world.context, device["id"], {"profile": "common"})
    )
    await phone.call("X CT-COM BIND")
    assert (phone.writes(), await binds(world)) == ([], [])
    assert len(await happened(world, phone, "bind_ignored")) == 1


async def test_credentials_and_account_are_made_afresh(world: World) -> None:
    await order(world)
    phone = enrolling(world)
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    old = phone.password
    await phone.call("X CT-COM BIND")
    phone.adopt_credentials()
    assert phone.password != old, "a phone that has credentials of its own gets fresh ones"
    account = phone.parameters[f"{ROOT}DeviceInfo.X_CT-COM_TeleComAccount.Password"]
    assert len(account) == len("telecomadmin") + 8
    shown = (await look(world, reveal=True))["account"]
    assert shown == {"username": "telecomadmin", "password": account, "offered": None}
    assert (await look(world))["account"]["password"] == "***"
    assert account.encode() not in everything_stored(world)


async def test_what_a_task_that_is_retried_does(world: World) -> None:
    """It asks the phone for its LOID again: what was good once may belong to somebody else by now."""
    await order(world)
    phone = enrolling(world)
    phone.handlers["Download"] = lambda _: Fault(FaultCode=9003, FaultString="no")
    await phone.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    (bind,) = await binds(world)
    await world.database.write(lambda uow: enrolment.delete_logical_id(uow, LOID))
    await world.database.write(lambda uow: tasks.retry_task(uow, world.context, bind["id"]))
    await phone.call("2 PERIODIC")
    assert phone.writes()[-1] == ("Status", "2")


async def test_one_that_shares_its_identity_is_told_nothing(world: World) -> None:
    await order(world)
    phone = enrolling(world)
    await phone.call("1 BOOT")
    device = await device_of(world, phone)

    await world.database.write(lambda uow: patch_device_quirks(uow, device["id"], {"several_units": True}))
    await phone.call("X CT-COM BIND")
    (bind,) = await binds(world)
    assert (bind["state"], bind["fault"]["code"]) == ("failed", "several_units")
    assert ((await look(world))["device_id"], phone.writes()) == (None, [])


@pytest.mark.parametrize("how", ["cancelled", "expired", "late"])
async def test_an_order_that_was_given_up_is_not_being_carried_out(world: World, how: str) -> None:
    await order(world)
    phone = enrolling(world)
    await phone.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    phone.adopt_credentials()
    assert (await look(world))["result"] == "delivering"
    (bind,) = await binds(world)

    def give_up(uow: UnitOfWork) -> None:
        if how == "cancelled":
            tasks.cancel_task(uow, bind["id"])
            return
        uow.connection.exec_driver_sql("UPDATE task SET expires_at = 1 WHERE type = 'bind'")
        if how == "expired":
            tasks.expire_tasks(uow)

    await world.database.write(give_up)
    if how == "late":
        await phone.call("2 PERIODIC")
    assert (await binds(world))[0]["state"] == ("cancelled" if how == "cancelled" else "expired")
    assert (await look(world))["result"] == "failed"


async def test_an_order_that_was_taken_back_is_not_carried_out(world: World) -> None:
    await order(world)
    phone = enrolling(world)
    await phone.call("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND")
    phone.adopt_credentials()
    change = {"device_id": None}
    await world.database.write(lambda uow: enrolment.patch_logical_id(uow, world.context, LOID, change))
    await phone.applied((await device_of(world, phone))["config"]["desired_version"])
    assert phone.writes()[-1] == ("Result", "0")
    assert {task["state"] for task in await binds(world)} == {"cancelled"}
    page = await world.read(lambda uow: tasks.list_tasks(uow, type="download"))
    assert [task["state"] for task in page.items] == ["cancelled"]


@pytest.mark.slow
async def test_a_session_that_breaks_at_any_step_is_gone_on_with(world: World) -> None:
    await order(world, service_name="VOIP")
    for broken in range(7):
        phone = enrolling(world, 100 + broken, loid=f"L{broken}", password="")
        await order(world, logical_id=f"L{broken}", password="")
        phone.connection, phone.cookie = f"c{broken}", ""
        response = await phone.send(phone.inform("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND"))
        response = await phone.send(None)
        for _ in range(broken):  # and then it hears the next request and vanishes
            response = await phone.answer(response)
        phone.adopt_credentials() if phone.parameters[f"{ROOT}ManagementServer.Password"] else None
        await phone.call("1 BOOT", "X CT-COM BIND")
        phone.adopt_credentials()
        if not phone.downloads():
            await phone.call("2 PERIODIC")
        assert len(phone.downloads()) == 1, broken
        await phone.applied((await device_of(world, phone))["config"]["desired_version"])
        assert phone.writes()[-1] == ("Result", "1"), broken
        assert (await look(world, f"L{broken}"))["result"] == "done"


# What operators keep ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "logical_id"),
        ({"logical_id": ""}, "logical_id"),
        ({"logical_id": "x" * 25}, "logical_id"),
        ({"logical_id": "a b"}, "logical_id"),
        ({"logical_id": "ä"}, "logical_id"),
        ({"logical_id": 5}, "logical_id"),
        ({"logical_id": "x", "password": "p" * 65}, "password"),
        ({"logical_id": "x", "password": " p"}, "password"),
        ({"logical_id": "x", "password": 1}, "password"),
        ({"logical_id": "x", "name": "n" * 129}, "name"),
        ({"logical_id": "x", "name": "a\nb"}, "name"),
        ({"logical_id": "x", "group": "g" * 65}, "group"),
        ({"logical_id": "x", "tags": "a"}, "tags"),
        ({"logical_id": "x", "tags": [""]}, "tags"),
        ({"logical_id": "x", "tags": ["t"] * 101}, "tags"),
        ({"logical_id": "x", "service_name": "S" * 65}, "service_name"),
        ({"logical_id": "x", "device_id": "d"}, "device_id"),
    ],
)
async def test_what_is_off_names_its_field(world: World, body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as raised:
        await world.database.write(lambda uow: enrolment.create_logical_id(uow, world.context, body))
    assert raised.value.field == field


async def test_kept_listed_changed_and_forgotten(world: World) -> None:
    await order(world, name="Shop", group="g")
    await order(world, logical_id="A/b?c", password="")
    with pytest.raises(Conflict):
        await order(world)
    page = await world.read(lambda uow: enrolment.list_logical_ids(uow))
    assert [item["logical_id"] for item in page.items] == ["A/b?c", LOID]
    assert [item["password"] for item in page.items] == [None, "***"]
    queries: tuple[tuple[dict[str, Any], int], ...] = (
        ({"q": "shop"}, 1),
        ({"q": "%"}, 0),
        ({"group": "g"}, 1),
        ({"bound": True}, 0),
    )
    for query, count in queries:
        found = await world.read(partial(enrolment.list_logical_ids, **query))
        assert len(found.items) == count, query
    change = {"password": "***", "name": "Other", "tags": ["t"], "group": None}
    changed = await world.database.write(lambda uow: enrolment.patch_logical_id(uow, world.context, LOID, change))
    assert (changed["name"], changed["group"], changed["tags"]) == ("Other", None, ["t"])
    assert (await look(world, reveal=True))["password"] == PASSWORD
    with pytest.raises(BadRequest, match="null"):
        await world.database.write(
            lambda uow: enrolment.patch_logical_id(uow, world.context, LOID, {"device_id": "somebody"})
        )
    await world.database.write(lambda uow: enrolment.delete_logical_id(uow, LOID))
    with pytest.raises(NotFound):
        await look(world)
    assert PASSWORD.encode() not in everything_stored(world)


async def take(world: World, text: str | bytes, **options: Any) -> dict[str, int]:
    lines = enrolment.read_import(world.context, text if isinstance(text, bytes) else text.encode())
    return await world.database.write(lambda uow: enrolment.import_logical_ids(uow, lines, **options))


async def test_a_file_of_loids(world: World) -> None:
    made = await take(world, '\ufefflogical_id,password,name,tags\r\nA1,p1,Anna,x;y\r\n\r\nA2,,"B, Bert",\r\n')
    assert made == {"created": 2, "updated": 0}
    assert (await look(world, "A1", reveal=True))["password"] == "p1"
    assert ((await look(world, "A1"))["tags"], (await look(world, "A2"))["name"]) == (["x", "y"], "B, Bert")
    assert await take(world, "Logical_ID;name\nA1;Anna B\nA3;C", update=True) == {"created": 1, "updated": 1}
    shown = await look(world, "A1", reveal=True)
    assert (shown["name"], shown["password"]) == ("Anna B", "p1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no LOID"),
        ("logical_id\n", "holds no LOID"),
        ("password\nx", "logical_id is missing"),
        ("logical_id,colour\nA,b", "unknown column 'colour'"),
        ("logical_id,logical_id\nA,b", "named twice"),
        ("logical_id\nNEW\nA,b", "line 3: more cells"),
        ("logical_id\nNEW\nNEW", "line 3: the LOID NEW stands in the file twice"),
        ("logical_id,name\nNEW,x\n" + "y" * 25 + ",", "line 3: logical_id must be"),
        ('logical_id\nNEW\n"open', "line 3"),
        (b"logical_id\n\xff", "not UTF-8"),
        ("logical_id\n" + "\n".join(f"N{n}" for n in range(10_001)), "at most 10000"),
    ],
)
async def test_a_file_is_taken_whole_or_not_at_all(world: World, text: str | bytes, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        await take(world, text)
    assert (await world.read(lambda uow: enrolment.list_logical_ids(uow))).items == []


async def test_a_file_does_not_change_what_is_there_unless_it_is_told_to(world: World) -> None:
    await order(world)
    with pytest.raises(Conflict, match="line 3"):
        await take(world, f"logical_id\nNEW\n{LOID}")
    with pytest.raises(NotFound):
        await look(world, "NEW")
