"""A phone calls: it is recognised, its caller is checked, and what is kept is as little as possible."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from acs.domain.devices.identity import identify
from acs.errors import Denied
from acs.services import quirks
from acs.services.devices import DeviceQuery, get_device, list_devices, list_events, register_device
from acs.services.informs import (
    BOOTSTRAPS_PER_HOUR,
    MAX_NOTES,
    OFFERS,
    Principal,
    Taken,
    find_device,
    identity_of,
    inform_digest,
    subject_of_inform,
    take_inform,
)
from acs.services.tasks import add_task
from acs.services.views import rfc3339
from acs.storage.tables import DeviceRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas import envelope
from cwmp_schemas.acs_rpcs import Inform
from cwmp_schemas.envelope import Envelope, Oddity
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterValueStruct, TypedValue
from tests.conftest import World
from tests.phone import NAMESPACE, TestPhone

NOW = 1_800_000_000.0
SHARED = Principal("shared", username="acs")
ANYONE = Principal("anyone")
CARRIER = "00100400FV02001000000c383e000001"


async def at(world: World, now: float, use_case: Callable[[UnitOfWork], Any]) -> Any:
    """Run a use case at a time of our own."""

    def run(uow: UnitOfWork) -> Any:
        uow.now = now
        return use_case(uow)

    return await world.database.write(run)


def wire(inform: Inform, *oddities: str) -> Envelope:
    """The envelope around an Inform, with oddities noticed while reading it."""
    return Envelope(
        method="Inform",
        body=inform,
        cwmp_namespace=NAMESPACE,
        id="1",
        session_timeout=None,
        supported_versions=(),
        use_version=None,
        hold_requests=False,
        no_more_requests=False,
        warnings=tuple(Oddity(code, None, f"about {code}") for code in oddities),
    )


async def inform(
    world: World,
    phone: TestPhone,
    *events: str,
    who: Principal = ANYONE,
    now: float = NOW,
    address: str = "192.0.2.1",
    oddities: tuple[str, ...] = (),
    trace: list[str] | None = None,
) -> Taken:
    message = phone.inform(*(events or ("2 PERIODIC",)))

    def take(uow: UnitOfWork) -> Taken:
        driver: Any = uow.connection.connection.driver_connection
        if trace is not None:
            driver.set_trace_callback(trace.append)
        try:
            return take_inform(
                uow, world.context, message, wire(message, *oddities), who, address=address, session_id="s"
            )
        finally:
            driver.set_trace_callback(None)

    taken: Taken = await at(world, now, take)
    return taken


async def contents(world: World) -> dict[str, list[dict[str, Any]]]:
    """Everything in the database."""

    def look(uow: UnitOfWork) -> dict[str, list[dict[str, Any]]]:
        run = uow.connection.exec_driver_sql
        tables = [row[0] for row in run("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: [dict(row) for row in run(f"SELECT * FROM {table}").mappings()] for table in tables}

    found: dict[str, list[dict[str, Any]]] = await world.read(look)
    return found


async def change(world: World, device_id: str, **columns: Any) -> None:
    def write(uow: UnitOfWork) -> None:
        row = uow.session.get_one(DeviceRow, device_id)
        for name, value in columns.items():
            setattr(row, name, value)
        uow.session.add(row)

    await world.database.write(write)


async def finish_tasks(world: World) -> None:
    await world.database.write(
        lambda uow: uow.connection.exec_driver_sql("UPDATE task SET open = 0, state = 'succeeded'") and None
    )


@pytest.fixture
async def known(world: World) -> str:
    """A phone that called, and for which nothing is left to do."""
    taken = await inform(world, world.phone(), "0 BOOTSTRAP", "1 BOOT", now=NOW - 3600)
    await finish_tasks(world)
    await inform(world, world.phone(), "2 PERIODIC", now=NOW - 60)
    return taken.device_id


# The hot path --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["anyone", "device"])
async def test_a_known_phone_that_says_nothing_new_costs_one_read_and_one_narrow_write(
    world: World, known: str, who: str
) -> None:
    before = await contents(world)
    trace: list[str] = []
    taken = await inform(
        world, world.phone(), "2 PERIODIC", who=Principal(who, known if who == "device" else None), trace=trace
    )
    after = await contents(world)

    assert taken == Taken(known, first_contact=False, work=False)
    assert [line.split()[0] for line in trace] == ["SELECT", "UPDATE"]
    (was,), (now,) = before.pop("device"), after.pop("device")
    assert after == before
    assert {name for name in now if now[name] != was[name]} == {"last_inform_at"}
    assert now["last_inform_at"] == NOW


async def test_the_narrow_write_keeps_time_events_and_address(world: World, known: str) -> None:
    await inform(world, world.phone(), "2 PERIODIC", "2 PERIODIC", address="198.51.100.7")
    device = await world.read(lambda uow: get_device(uow, known))
    assert device["last_events"] == ["2 PERIODIC", "2 PERIODIC"]
    assert device["ip_address"] == "198.51.100.7"
    assert device["last_inform_at"] == "2027-01-15T08:00:00.000Z"


def _new_firmware(phone: TestPhone) -> None:
    phone.parameters["InternetGatewayDevice.DeviceInfo.SoftwareVersion"] = "2.13.0"


def _new_class(phone: TestPhone) -> None:
    phone.product_class = "X4U"


@pytest.mark.parametrize(
    ("events", "alter", "column", "expected"),
    [
        (("2 PERIODIC",), _new_firmware, "software_version", "2.13.0"),
        (("2 PERIODIC",), _new_class, "product_class", "X4U"),
        (("1 BOOT",), None, "last_boot_at", NOW),
        (("2 PERIODIC", "1 BOOT"), None, "last_boot_at", NOW),
    ],
)
async def test_whatever_is_new_is_kept_all_the_same(
    world: World, known: str, events: tuple[str, ...], alter: Any, column: str, expected: Any
) -> None:
    phone = world.phone()
    if alter is not None:
        alter(phone)
    await inform(world, phone, *events)
    assert await world.read(lambda uow: getattr(uow.session.get(DeviceRow, known), column)) == expected


async def test_a_changed_value_is_in_the_history(world: World, known: str) -> None:
    phone = world.phone()
    _new_firmware(phone)
    await inform(world, phone)
    await inform(world, phone)
    changes = (await contents(world))["parameter_change"]
    assert [(each["old"], each["new"], each["at"]) for each in changes] == [("2.12.1", "2.13.0", NOW)]


async def test_a_phone_with_work_waiting_is_told_so(world: World, known: str) -> None:
    assert not (await inform(world, world.phone())).work
    await world.task(known, type="get_rpc_methods")
    assert (await inform(world, world.phone())).work


@pytest.mark.parametrize("state", ["offered", "proven"])  # proven: offered anew after a factory reset
async def test_an_offered_pair_is_proven_even_by_a_plain_inform(world: World, known: str, state: str) -> None:
    sealed = world.context.box.seal("new", context=f"cpe:{known}")
    await change(world, known, credentials=state, offered_password_sealed=sealed, username="cpe-1")
    await inform(world, world.phone(), who=Principal("device", known, "cpe-1", offered=True))

    row = await world.read(lambda uow: uow.session.get(DeviceRow, known))
    assert (row.credentials, row.password_sealed, row.offered_password_sealed) == ("proven", sealed, None)
    events = await world.read(lambda uow: list_events(uow, known))
    assert events.items[0]["kind"] == "credentials_proven"


def test_the_digest_sees_what_is_kept_and_nothing_else() -> None:
    phone = TestPhone(sessions=None)  # type: ignore[arg-type]
    plain = phone.inform("2 PERIODIC")
    digest = inform_digest(plain, wire(plain))
    other_events = phone.inform("1 BOOT", "4 VALUE CHANGE")
    assert inform_digest(other_events, wire(other_events)) == digest
    assert inform_digest(plain, wire(plain, "odd")) != digest

    name = "InternetGatewayDevice.DeviceInfo.HardwareVersion"
    moved = TestPhone(sessions=None, parameters={**phone.parameters, name: "1.1"})  # type: ignore[arg-type]
    assert inform_digest(moved.inform("2 PERIODIC"), wire(plain)) != digest
    # No two lists of names and values run into the same text.
    a, b = (
        TestPhone(sessions=None, parameters={**phone.parameters, name: value}, product_class=kind)  # type: ignore[arg-type]
        for value, kind in (("", "X4"), ("X", "4"))
    )
    assert inform_digest(a.inform(), wire(plain)) != inform_digest(b.inform(), wire(plain))


# First contact -------------------------------------------------------------------------------------------------------


async def test_a_new_phone_is_kept_with_its_story_and_its_first_tasks(world: World) -> None:
    taken = await inform(world, world.phone(), "0 BOOTSTRAP", "1 BOOT", who=SHARED)
    assert taken.first_contact
    assert taken.work
    device = await world.read(lambda uow: get_device(uow, taken.device_id))
    assert (device["first_seen_at"], device["mac"]) == ("2027-01-15T08:00:00.000Z", "0c383e000001")
    events = await world.read(lambda uow: list_events(uow, taken.device_id))
    assert [event["kind"] for event in events.items] == ["inform", "first_contact"]
    tasks = (await contents(world))["task"]
    assert {(task["type"], task["origin"]) for task in tasks} == {("discover", "acs"), ("provision_credentials", "acs")}


async def test_without_authentication_nobody_is_given_credentials(world: World) -> None:
    await inform(world, world.phone(), "0 BOOTSTRAP", who=ANYONE)
    assert [task["type"] for task in (await contents(world))["task"]] == ["discover"]


@pytest.mark.parametrize(
    ("registered", "called", "same"),
    [
        ({"mac": "0C383E000001"}, ("0C383E", CARRIER), True),
        ({"mac": "0C383E000001"}, ("0C383E", "0C383E000001"), True),
        ({"mac": "0C383E000001"}, ("0C383E", "SN-0C:38:3E:00:00:01"), True),
        ({"mac": "0C383E000001"}, ("0C383E", "0C383E000002"), False),
        ({"serial_number": "SN-17"}, ("00A859", "SN-17"), True),
        ({"serial_number": "SN-17", "oui": "0C383E"}, ("0c383e", " SN-17 "), True),
        ({"serial_number": "SN-17", "oui": "0C383E"}, ("00A859", "SN-17"), False),
        # A serial number that merely changed its spelling, with an update say, is surely the same phone ...
        ({"serial_number": CARRIER}, ("0C383E", "0C383E000001"), True),
        ({"serial_number": "0C383E000001"}, ("0C383E", CARRIER), True),
        # ... but digits that look like a MAC address by accident do not make it another phone's.
        ({"serial_number": "A-123456789012", "oui": "0C383E"}, ("0C383E", "B-123456789012"), False),
    ],
)
async def test_a_phone_is_recognised_by_what_surely_names_it(
    world: World, registered: dict[str, Any], called: tuple[str, str], same: bool
) -> None:
    made = await world.database.write(lambda uow: register_device(uow, world.context, registered))
    oui, serial = called
    found = await world.read(lambda uow: find_device(uow, identify(oui, "X4", serial)))
    assert (found is not None and found.id == made["id"]) is same

    taken = await inform(world, world.phone(oui=oui, serial=serial), "0 BOOTSTRAP")
    assert (taken.device_id == made["id"]) is same
    assert taken.first_contact  # registered beforehand or not
    assert len((await world.read(lambda uow: list_devices(uow, DeviceQuery()))).items) == (1 if same else 2)


async def test_two_registered_by_mac_of_one_maker_call_as_themselves(world: World) -> None:
    macs = ("0C383E000001", "0C383E000002")
    made = [
        (await world.database.write(partial(register_device, ctx=world.context, body={"mac": mac})))["id"]
        for mac in macs
    ]
    called = [(await inform(world, world.phone(serial=mac), "0 BOOTSTRAP")).device_id for mac in reversed(macs)]
    assert called == made[::-1]


# Who may speak for whom ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "state", "events", "taken"),
    [
        ("shared", "shared", ("2 PERIODIC",), True),
        ("shared", "offered", ("2 PERIODIC",), True),
        ("shared", "proven", ("2 PERIODIC",), False),
        ("shared", "proven", ("1 BOOT",), False),
        ("shared", "proven", ("10 AUTONOMOUS TRANSFER COMPLETE",), False),  # begins with 1 and ends with 0, is neither
        ("shared", "proven", ("0 BOOTSTRAP", "1 BOOT"), True),
        ("shared", "proven", ("1 BOOT", "0 BOOTSTRAP"), True),
        ("shared", "proven", ("0",), True),
        ("own", "proven", ("2 PERIODIC",), True),
        ("own", "proven", ("0 BOOTSTRAP",), True),
        ("another's", "proven", ("2 PERIODIC",), False),
        ("another's", "shared", ("0 BOOTSTRAP",), False),
        ("anyone", "proven", ("2 PERIODIC",), True),
    ],
)
async def test_credentials_speak_for_their_own_phone(
    world: World, known: str, who: str, state: str, events: tuple[str, ...], taken: bool
) -> None:
    await change(world, known, credentials=state)
    principal = {
        "shared": SHARED,
        "own": Principal("device", known, "cpe-1"),
        "another's": Principal("device", "another", "cpe-2"),
        "anyone": ANYONE,
    }[who]
    before = await contents(world)
    if taken:
        assert (await inform(world, world.phone(), *events, who=principal)).device_id == known
    else:
        with pytest.raises(Denied):
            await inform(world, world.phone(), *events, who=principal)
        assert await contents(world) == before


async def test_credentials_of_a_phone_do_not_bring_a_new_one_in(world: World, known: str) -> None:
    before = await contents(world)
    with pytest.raises(Denied, match="another phone"):
        await inform(world, world.phone(serial="SN-2"), "0 BOOTSTRAP", who=Principal("device", known, "cpe-1"))
    assert await contents(world) == before


async def test_the_shared_pair_may_bootstrap_so_often_an_hour_and_no_more(world: World, known: str) -> None:
    await change(world, known, credentials="proven")
    for number in range(BOOTSTRAPS_PER_HOUR):
        await inform(world, world.phone(), "0 BOOTSTRAP", who=SHARED, now=NOW + number)
    for now in (NOW + BOOTSTRAPS_PER_HOUR, NOW + 3599):
        before = await contents(world)
        with pytest.raises(Denied, match="Too many factory resets"):
            await inform(world, world.phone(), "0 BOOTSTRAP", who=SHARED, now=now)
        assert await contents(world) == before  # a refused one does not count, and does not lengthen the wait
    # Its own pair is never locked out by who guesses ...
    assert (await inform(world, world.phone(), "0 BOOTSTRAP", who=Principal("device", known, "u"), now=NOW + 9)).work
    # ... and an hour after the first, one more is free, and only one.
    await inform(world, world.phone(), "0 BOOTSTRAP", who=SHARED, now=NOW + 3600)
    with pytest.raises(Denied):
        await inform(world, world.phone(), "0 BOOTSTRAP", who=SHARED, now=NOW + 3600.5)


async def test_one_phones_resets_do_not_use_up_anothers(world: World, known: str) -> None:
    other = (await inform(world, world.phone(serial="SN-2"), "0 BOOTSTRAP")).device_id
    for device in (known, other):
        await change(world, device, credentials="proven")
    for number in range(BOOTSTRAPS_PER_HOUR):
        await inform(world, world.phone(), "0 BOOTSTRAP", who=SHARED, now=NOW + number)
    assert (await inform(world, world.phone(serial="SN-2"), "0 BOOTSTRAP", who=SHARED, now=NOW + 9)).device_id == other


async def test_accepted_resets_are_remembered_for_a_day_noted_once_and_told_each_time(world: World, known: str) -> None:
    await change(world, known, credentials="proven", password_sealed="kept")
    times = [NOW, NOW + 7200, NOW + 90000]
    for now in times:
        await inform(world, world.phone(), "0 BOOTSTRAP", who=SHARED, now=now)
        await finish_tasks(world)
    row = await world.read(lambda uow: uow.session.get(DeviceRow, known))
    assert row.bootstraps == times[1:]
    assert [(note["code"], note["since"]) for note in row.notes] == [("shared_credentials_after_reset", NOW)]
    assert (row.credentials, row.password_sealed) == ("proven", "kept")  # until the new pair is proven
    events = await world.read(lambda uow: list_events(uow, known))
    assert [event["kind"] for event in events.items].count("shared_credentials_accepted") == 3


@pytest.mark.parametrize(
    ("who", "task", "event", "forgotten"),
    [
        (SHARED, None, "0 BOOTSTRAP", True),
        (SHARED, "transferring", "0 BOOTSTRAP", True),
        (SHARED, None, "1 BOOT", False),
        (ANYONE, None, "0 BOOTSTRAP", True),
        (ANYONE, "verifying", "0 BOOTSTRAP", False),
    ],
)
async def test_a_factory_reset_forgets_which_items_a_phone_has(
    world: World, known: str, who: Principal, task: str | None, event: str, forgotten: bool
) -> None:
    await change(world, known, items={"phonebook": {"": {"sha256": "a", "at": 1.0, "times": 1}}})
    if task is not None:

        def under_way(uow: UnitOfWork) -> None:
            row = add_task(uow, world.context, known, "download", {"file_id": "f"})
            row.state = task

        await world.database.write(under_way)
    await inform(world, world.phone(), event, who=who)
    row = await world.read(lambda uow: uow.session.get(DeviceRow, known))
    assert ("phonebook" not in row.items) is forgotten


async def test_with_its_own_credentials_a_phone_was_not_reset(world: World, known: str) -> None:
    await change(world, known, items={"phonebook": {}}, credentials="proven", username="u")
    await inform(world, world.phone(), "0 BOOTSTRAP", who=Principal("device", known, "u"))
    row = await world.read(lambda uow: uow.session.get(DeviceRow, known))
    assert row.items == {"phonebook": {}}


# Offering credentials ------------------------------------------------------------------------------------------------


async def offers(world: World) -> list[str]:
    return [task["state"] for task in (await contents(world))["task"] if task["type"] == "provision_credentials"]


async def test_credentials_are_offered_a_few_times_and_then_that_is_noted(world: World) -> None:
    phone = world.phone()
    device = (await inform(world, phone, "1 BOOT", who=SHARED)).device_id
    for number in range(1, OFFERS + 1):
        assert len(await offers(world)) == number
        await inform(world, phone, who=SHARED)  # while one waits there is no second
        assert len(await offers(world)) == number
        await finish_tasks(world)
        assert (await world.read(lambda uow: get_device(uow, device)))["notes"] == []
        await inform(world, phone, who=SHARED)
    assert await offers(world) == ["succeeded"] * OFFERS
    notes = (await world.read(lambda uow: get_device(uow, device)))["notes"]
    assert [note["code"] for note in notes] == ["keeps_shared_credentials"]

    await inform(world, phone, "0 BOOTSTRAP", who=SHARED)  # a factory reset is a new beginning
    assert await offers(world) == ["succeeded"] * OFFERS + ["queued"]


async def test_a_phone_with_its_own_credentials_is_offered_none(world: World, known: str) -> None:
    await change(world, known, credentials="proven", username="cpe-1")
    await inform(world, world.phone(), "1 BOOT", who=Principal("device", known, "cpe-1"))
    assert await offers(world) == []


# Notes ---------------------------------------------------------------------------------------------------------------


async def test_an_oddity_is_noted_once_with_the_time_it_was_first_seen(world: World, known: str) -> None:
    for now in (NOW, NOW + 60):
        await inform(world, world.phone(), oddities=("a", "b", "a"), now=now)
    notes = (await world.read(lambda uow: get_device(uow, known)))["notes"]
    assert [(note["code"], note["since"]) for note in notes] == [("a", rfc3339(NOW)), ("b", rfc3339(NOW))]
    trace: list[str] = []
    await inform(world, world.phone(), oddities=("a", "b", "a"), trace=trace)
    assert len(trace) == 2  # an odd phone that stays as odd as it was is on the hot path too


async def test_notes_have_a_bound(world: World, known: str) -> None:
    await inform(world, world.phone(), oddities=tuple(f"odd{number}" for number in range(MAX_NOTES + 20)))
    assert len((await world.read(lambda uow: get_device(uow, known)))["notes"]) == MAX_NOTES


# Tasks that wait for a call ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "event", "state"),
    [
        ("reboot", "1 BOOT", "succeeded"),
        ("reboot", "2 PERIODIC", "verifying"),
        ("factory_reset", "0 BOOTSTRAP", "succeeded"),
        ("factory_reset", "1 BOOT", "verifying"),
    ],
)
async def test_a_restart_is_proven_by_its_event(world: World, known: str, kind: str, event: str, state: str) -> None:
    task = await world.task(known, type=kind)

    def asked(uow: UnitOfWork) -> None:
        row = uow.session.get_one(TaskRow, task)
        row.state, row.progress = "verifying", {"asked": True}
        uow.session.add(row)

    await world.database.write(asked)
    await inform(world, world.phone(), event)
    assert (await world.state(task))["state"] == state


def test_what_the_server_reads_from_the_wire_is_what_these_tests_take() -> None:
    message = TestPhone(sessions=None).inform("1 BOOT")  # type: ignore[arg-type]
    assert envelope.read(envelope.write(message, cwmp_namespace=NAMESPACE, id="1")) == wire(message)


async def test_an_inform_without_identity_is_refused_and_kept_nowhere(world: World) -> None:
    phone = world.phone(serial="", oui="")
    phone.connection = "127.0.0.1|90"
    answer = await phone.send(phone.inform("1 BOOT"), id="a<b")
    assert (answer.status, answer.session_id) == (200, None)
    told = envelope.read(answer.body)
    assert isinstance(told.body, Fault)
    assert (told.body.FaultCode, told.id, told.cwmp_namespace) == (8003, "a<b", NAMESPACE)
    page = await world.read(lambda uow: list_devices(uow, DeviceQuery()))
    assert page.items == []


async def test_a_serial_number_may_stand_in_the_parameters(world: World) -> None:
    phone = world.phone(serial="")
    inform = phone.inform("1 BOOT")
    serial = ParameterValueStruct(Name="Device.DeviceInfo.SerialNumber", Value=TypedValue("SN-5"))
    told = type(inform)(**{**vars(inform), "ParameterList": (*inform.ParameterList, serial)})
    phone.connection = "127.0.0.1|91"
    assert (await phone.send(told)).status == 200
    (device,) = (await world.read(lambda uow: list_devices(uow, DeviceQuery()))).items
    assert (device["oui"], device["serial_number"]) == ("0C383E", "SN-5")


# Quirks -------------------------------------------------------------------------------------------------------------


async def test_the_quirks_of_a_known_phone_come_with_its_one_read(world: World, known: str) -> None:
    phone = TestPhone(world.sessions)
    await change(
        world, known, quirks_learnt={"gpv_batch": 25, "since": {"gpv_batch": 1.0}}, quirks_set={"cookie": "first"}
    )
    trace: list[str] = []
    taken = await inform(world, phone, "2 PERIODIC", trace=trace)
    assert (taken.quirks.gpv_batch, taken.quirks.cookie) == (25, "first")
    assert [text.split(" ", 1)[0] for text in trace] == ["SELECT", "UPDATE"]


async def test_the_quirks_of_a_rule_come_with_the_first_inform(world: World) -> None:
    await world.database.write(
        lambda uow: quirks.create_rule(uow, {"product_class": "x4", "settings": {"xml_declaration": False}})
    )
    taken = await inform(world, TestPhone(world.sessions), "0 BOOTSTRAP")
    assert taken.first_contact
    assert taken.quirks.xml_declaration is False


async def test_a_blocked_phone_leaves_no_trace(world: World, known: str) -> None:
    await change(world, known, quirks_set={"blocked": True})
    before = await contents(world)
    for event in ("2 PERIODIC", "1 BOOT"):
        assert (await inform(world, TestPhone(world.sessions), event)).quirks.blocked
    assert await contents(world) == before


async def test_a_version_that_was_blocked_is_let_in_once_it_was_replaced(world: World, known: str) -> None:
    rule = {"oui": "0C383E", "version_to": "2.99", "settings": {"blocked": True}}
    await world.database.write(lambda uow: quirks.create_rule(uow, rule))
    phone = TestPhone(world.sessions)
    assert (await inform(world, phone, "1 BOOT")).quirks.blocked
    phone.parameters["InternetGatewayDevice.DeviceInfo.SoftwareVersion"] = "3.0"
    assert not (await inform(world, phone, "1 BOOT")).quirks.blocked
    device = await world.database.read(lambda uow: get_device(uow, known))
    assert device["software_version"] == "3.0"
    del phone.parameters["InternetGatewayDevice.DeviceInfo.SoftwareVersion"]  # it is still what it was last
    assert not (await inform(world, phone, "2 PERIODIC")).quirks.blocked


async def test_a_version_beyond_all_measure_is_kept_in_part(world: World, known: str) -> None:
    phone = TestPhone(world.sessions)
    phone.parameters["InternetGatewayDevice.DeviceInfo.SoftwareVersion"] = "1." * 50_000
    message = phone.inform("1 BOOT")
    subject = subject_of_inform(message, identity_of(message))
    assert len(subject.software_version) <= 256  # rules keep their answers by it
    await inform(world, phone, "1 BOOT")
    device = await world.database.read(lambda uow: get_device(uow, known))
    assert len(device["software_version"]) <= 1024


async def test_what_an_operator_set_stays_with_another_firmware(world: World, known: str) -> None:
    await change(world, known, quirks_set={"gpv_batch": 16}, quirks_learnt={"spv_batch": 16})
    phone = TestPhone(world.sessions)
    phone.parameters["InternetGatewayDevice.DeviceInfo.SoftwareVersion"] = "3.0"
    taken = await inform(world, phone, "1 BOOT")
    assert (taken.quirks.gpv_batch, taken.quirks.spv_batch) == (16, 100)


async def test_a_flood_that_goes_on_keeps_no_values(world: World, known: str) -> None:
    phone = TestPhone(world.sessions)
    phone.parameters["InternetGatewayDevice.ManagementServer.ParameterKey"] = "other"
    message = phone.inform("4 VALUE CHANGE")
    await at(
        world,
        NOW,
        lambda uow: take_inform(
            uow, world.context, message, wire(message), ANYONE, address="192.0.2.7", session_id="s", flood="goes_on"
        ),
    )
    row = await world.read(lambda uow: uow.session.get_one(DeviceRow, known))
    assert (row.parameter_key, row.ip_address, row.last_events) == ("", "192.0.2.7", "4 VALUE CHANGE")


async def test_a_flood_ends_no_secret_of_another(world: World, known: str) -> None:
    """Who may not speak for a phone may not flood for it either."""
    message = TestPhone(world.sessions).inform("4 VALUE CHANGE")
    with pytest.raises(Denied):
        await at(
            world,
            NOW,
            lambda uow: take_inform(
                uow,
                world.context,
                message,
                wire(message),
                Principal("device", device_id="another"),
                address="192.0.2.7",
                session_id="s",
                flood="goes_on",
            ),
        )


def _with_values(inform: Inform, *values: tuple[str, str]) -> Inform:
    more = tuple(ParameterValueStruct(Name=name, Value=TypedValue(value)) for name, value in values)
    return Inform(**{**vars(inform), "ParameterList": (*inform.ParameterList, *more)})


async def _calls(world: World, phone: TestPhone, connection: str, *values: tuple[str, str]) -> int:
    phone.connection = connection
    return (await phone.send(_with_values(phone.inform("1 BOOT"), *values))).status


async def _devices(world: World) -> list[dict[str, Any]]:
    return list((await world.read(lambda uow: list_devices(uow, DeviceQuery()))).items)


async def test_quirk_062_maker_and_class_may_be_missing_and_the_oui_in_the_parameters(world: World) -> None:
    phone = world.phone(oui="", product_class="", serial="SN-9")
    assert await _calls(world, phone, "127.0.0.1|92", ("Device.DeviceInfo.ManufacturerOUI", "0c383e")) == 200
    (device,) = await _devices(world)
    assert (device["oui"], device["serial_number"], device["product_class"]) == ("0C383E", "SN-9", "")


async def test_quirk_142_phones_with_one_dummy_serial_number_are_told_apart_by_mac(world: World) -> None:
    for number in (1, 2):
        phone = world.phone(serial="AABBCCDDEEFF")
        mac = ("InternetGatewayDevice.LANDevice.1.LANEthernetInterfaceConfig.1.MACAddress", f"0C:38:3E:00:00:0{number}")
        assert await _calls(world, phone, f"127.0.0.1|93{number}", mac) == 200
    assert {device["serial_number"] for device in await _devices(world)} == {"0C383E000001", "0C383E000002"}


@pytest.mark.parametrize(
    ("mac", "detail"), [("", "cannot be told apart"), ("0c:38:3e:00:00:07", "It is known as '0C383E000007'")]
)
async def test_quirk_142_a_dummy_serial_number_is_noted(world: World, mac: str, detail: str) -> None:
    assert await _calls(world, world.phone(serial="000000"), "127.0.0.1|94", ("Device.LAN.MACAddress", mac)) == 200
    device_id = await world.only_device()
    device = await world.read(lambda uow: get_device(uow, device_id))
    (note,) = [note for note in device["notes"] if note["code"] == "dummy_serial_number"]
    assert "'000000'" in note["detail"]
    assert detail in note["detail"]


async def test_quirk_143_case_of_the_oui_and_another_class_are_the_same_phone(world: World) -> None:
    assert await _calls(world, world.phone(oui="0c383e", product_class="X4"), "127.0.0.1|95") == 200
    assert await _calls(world, world.phone(oui="0C383E", product_class="X4 V2"), "127.0.0.1|96") == 200
    (device,) = await _devices(world)
    assert device["product_class"] == "X4 V2"


@pytest.mark.parametrize(
    "serial", ["A/B C-1", "100%25", "Zürich 話機 7", "../../etc/passwd", "a'; drop table device;--"]
)
async def test_quirk_144_serial_numbers_of_any_characters_are_kept_as_they_are(world: World, serial: str) -> None:
    assert await _calls(world, world.phone(serial=serial, product_class="A/B-C %"), "127.0.0.1|97") == 200
    (device,) = await _devices(world)
    assert (device["serial_number"], device["product_class"]) == (serial, "A/B-C %")
    assert re.fullmatch(r"[A-Za-z0-9_-]+", device["id"]), "the name of a device in URLs is ours"


async def test_quirk_145_another_oui_in_the_parameters_changes_nothing(world: World) -> None:
    value = ("InternetGatewayDevice.DeviceInfo.ManufacturerOUI", "FFFFFF")
    assert await _calls(world, world.phone(), "127.0.0.1|98", value) == 200
    assert [device["oui"] for device in await _devices(world)] == ["0C383E"]


@pytest.mark.parametrize("part", ["oui", "serial", "product_class"])
async def test_an_identity_that_nobody_can_keep_is_refused(world: World, part: str) -> None:
    phone = world.phone(**{part: "9" * 257})
    phone.connection = "127.0.0.1|99"
    fault = envelope.read((await phone.send(phone.inform("1 BOOT"))).body).body
    assert isinstance(fault, Fault)
    assert fault.FaultCode == 8003
    assert await _devices(world) == []


async def test_of_a_thousand_events_the_first_ones_are_kept(world: World) -> None:
    phone = world.phone()
    phone.connection = "127.0.0.1|89"
    assert (await phone.send(phone.inform(*["X 0C383E " + "e" * 500] * 1000))).status == 200
    device_id = await world.only_device()
    row = await world.database.read(lambda uow: uow.session.get(DeviceRow, device_id))
    assert row is not None
    kept = row.last_events.split("\n")
    assert (len(kept), len(kept[0])) == (64, 128)


async def test_a_phone_whose_server_type_was_switched_is_looked_through_anew(world: World, known: str) -> None:
    await change(world, known, carrier_sign="event", acs_type="ctc")
    phone = world.phone()
    phone.parameters = {
        name.replace("InternetGatewayDevice.", "Device."): value for name, value in phone.parameters.items()
    }
    await inform(world, phone, "1 BOOT")
    row = await world.read(lambda uow: uow.session.get_one(DeviceRow, known))
    assert (row.root, row.carrier_sign, row.acs_type) == ("Device.", "", "")
    now = await contents(world)
    assert [task["type"] for task in now["task"] if task["open"]] == ["discover"]
    (tree,) = now["parameter_tree"]
    assert "InternetGatewayDevice." not in tree["tree"]
    assert "Device.DeviceInfo.SoftwareVersion" in tree["tree"]


async def test_a_phone_that_shows_both_roots_keeps_its_own(world: World, known: str) -> None:
    phone = world.phone()
    phone.parameters = {**phone.parameters, "Device.DeviceInfo.SoftwareVersion": "9"}
    await inform(world, phone, "1 BOOT")
    assert (await world.read(lambda uow: uow.session.get_one(DeviceRow, known))).root == "InternetGatewayDevice."


@pytest.mark.parametrize(
    ("event", "sign"), [("X CT-COM ALARM", "event"), ("M X_CU_ALARM", "event"), ("4 VALUE CHANGE", "")]
)
async def test_a_carriers_event_is_remembered(world: World, known: str, event: str, sign: str) -> None:
    await inform(world, world.phone(), event)
    await inform(world, world.phone(), "2 PERIODIC")
    assert (await world.read(lambda uow: uow.session.get_one(DeviceRow, known))).carrier_sign == sign


async def test_a_configuration_of_another_dialect_is_due_when_a_phone_turns_out_a_carriers(
    world: World, known: str
) -> None:
    await change(world, known, config_state="in_sync", acs_type="common")
    await inform(world, world.phone(), "1 BOOT")
    assert (await world.read(lambda uow: uow.session.get_one(DeviceRow, known))).config_state == "in_sync"
    await change(world, known, acs_type="", root="Device.")
    await inform(world, world.phone(), "X CT-COM ALARM")
    assert (await world.read(lambda uow: uow.session.get_one(DeviceRow, known))).config_state == "pending"


@pytest.mark.parametrize(
    ("events", "who", "kept"),
    [
        (("0 BOOTSTRAP", "1 BOOT"), "shared", False),
        (("0 BOOTSTRAP", "1 BOOT"), "device", True),  # a changed ACS URL sends one too
        (("1 BOOT",), "shared", True),
        (("2 PERIODIC",), "device", True),
    ],
)
async def test_a_reset_phone_holds_no_file_key_any_more(
    world: World, known: str, events: tuple[str, ...], who: str, kept: bool
) -> None:
    await change(world, known, file_key_sealed="sealed")
    speaker = SHARED if who == "shared" else Principal("device", device_id=known)
    await inform(world, world.phone(), *events, who=speaker)
    row = await world.read(lambda uow: uow.session.get(DeviceRow, known))
    assert bool(row.file_key_sealed) is kept
    told = [event["kind"] for event in (await world.read(lambda uow: list_events(uow, known))).items]
    assert ("file_key_forgotten" in told) is not kept
