"""Phones as operators see them: listed, found, registered, changed, forgotten; never a secret among what is shown."""

from functools import partial
from typing import Any

import pytest

from acs.domain.parameters.tree import EMPTY
from acs.errors import BadRequest, Conflict, NotFound
from acs.services import settings
from acs.services.devices import (
    DeviceQuery,
    delete_device,
    find,
    get_device,
    list_devices,
    list_events,
    list_parameters,
    note_event,
    patch_device,
    register_device,
)
from acs.services.trees import save_tree
from acs.storage.tables import DeviceRow
from tests.conftest import World

ROOT = "Device."
FLEET: list[dict[str, Any]] = [
    {"mac": "0C383E000001", "name": "Lobby", "model": "X4", "tags": ["hall", "50%"], "group": "hotel"},
    {"mac": "0C383E000002", "name": "lobby desk", "model": "X3S", "tags": ["hall"], "group": "hotel"},
    {"serial_number": "SN_17", "oui": "00A859", "name": "100% cool", "model": "x4", "tags": ["hallway"]},
    {"serial_number": "SNx17", "oui": "00a859", "name": "Lobby", "product_class": "i10"},
]


async def register(world: World, **body: Any) -> str:
    made = await world.database.write(lambda uow: register_device(uow, world.context, body))
    return str(made["id"])


async def change(world: World, device_id: str, **columns: Any) -> None:
    def write(uow: Any) -> None:
        row = uow.session.get(DeviceRow, device_id)
        for name, value in columns.items():
            setattr(row, name, value)
        uow.session.add(row)

    await world.database.write(write)


@pytest.fixture
async def fleet(world: World) -> list[str]:
    """Identifiers of four phones, in the order of ``FLEET``."""
    made = [await register(world, **body) for body in FLEET]
    await change(world, made[0], software_version="2.12.1", ip_address="192.0.2.10", last_inform_at=30.0)
    await change(world, made[1], software_version="2.4.0", config_state="failed", last_inform_at=10.0)
    await change(world, made[3], last_inform_at=20.0)
    return made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "0123"),
        ({"mac": "0c:38:3e:00:00:02"}, "1"),
        ({"mac": "0C-38-3E-00-00-99"}, ""),
        ({"oui": "00a859"}, "23"),
        ({"serial_number": "SN_17"}, "2"),
        ({"serial_number": "sn_17"}, ""),  # TR-069 serial numbers are as spelt
        ({"product_class": "i10"}, "3"),
        ({"model": "X4"}, "02"),
        ({"model": "I10"}, "3"),  # the product class stands in for an unknown model
        ({"software_version": "2.4.0"}, "1"),
        ({"group": "hotel"}, "01"),
        ({"config_state": "failed"}, "1"),
        ({"tag": "hall"}, "01"),  # not "hallway"
        ({"tag": "50%"}, "0"),
        ({"tag": "%"}, ""),
        ({"tag": "hall", "model": "X3S"}, "1"),
        ({"q": "LOBBY"}, "013"),
        ({"q": "%"}, "2"),  # the sign itself, not "anything"
        ({"q": "sn_17"}, "2"),
        ({"q": "\\"}, ""),
        ({"q": "2.12"}, "0"),
        ({"q": "192.0.2."}, "0"),
        ({"q": "i10"}, "3"),
        ({"q": "38:3E:00"}, "01"),
        ({"q": "00-00-02"}, "1"),
        ({"q": "-"}, ""),
        ({"q": ":"}, ""),
        ({"q": ""}, "0123"),
        ({"q": "lobby", "tag": "hall", "group": "hotel", "mac": "0C383E000001"}, "0"),
        ({"sort": "id"}, "0123"),
        ({"sort": "-id"}, "3210"),
        ({"sort": "name"}, "2031"),  # ties go by identifier
        ({"sort": "-name"}, "1302"),
        ({"sort": "last_inform_at"}, "2130"),  # never called: first
        ({"sort": "-last_inform_at"}, "0312"),
        ({"sort": "mac"}, "2301"),
        ({"sort": "-last_inform_at", "q": "lobby"}, "031"),
    ],
)
async def test_filters_and_order_hold_on_every_page(
    world: World, fleet: list[str], query: dict[str, Any], expected: str
) -> None:
    wanted = [fleet[int(number)] for number in expected]
    whole = await world.read(lambda uow: list_devices(uow, DeviceQuery(**query)))
    assert [item["id"] for item in whole.items] == wanted
    assert whole.next is None

    walked: list[str] = []
    cursor: str | None = None
    for _ in range(len(fleet) + 1):
        page = await world.read(partial(list_devices, query=DeviceQuery(**query, limit=1, cursor=cursor)))
        walked += [item["id"] for item in page.items]
        if (cursor := page.next) is None:
            break
    assert walked == wanted


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"mac": "0C383E"}, "mac"),
        ({"config_state": "fine"}, "config_state"),
        ({"sort": "password_sealed"}, "sort"),
        ({"sort": "-"}, "sort"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"cursor": "not ours"}, "cursor"),
        ({"sort": "name", "cursor": "WyJhIl0"}, "cursor"),  # of a list with another order
    ],
)
async def test_a_filter_that_is_off_is_named(world: World, query: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        await world.read(lambda uow: list_devices(uow, DeviceQuery(**query)))
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["0C:38:3E:00:00:01", "0c383e000001", "0C-38-3E-00-00-01"])
async def test_a_phone_is_found_by_its_mac_in_any_spelling(world: World, fleet: list[str], name: str) -> None:
    assert await world.read(lambda uow: find(uow, name)) == fleet[0]


async def test_a_phone_is_found_by_identifier_or_serial_number_and_never_by_guess(
    world: World, fleet: list[str]
) -> None:
    assert await world.read(lambda uow: find(uow, fleet[2])) == fleet[2]
    assert await world.read(lambda uow: find(uow, "SN_17")) == fleet[2]
    for name in ("Lobby", "", "SN%17", "?"):
        with pytest.raises(NotFound, match="No device"):
            await world.read(partial(find, name=name))
    await register(world, serial_number="SN_17", oui="0C383E")
    with pytest.raises(NotFound, match="More than one"):
        await world.read(lambda uow: find(uow, "SN_17"))


# Registering ---------------------------------------------------------------------------------------------------------


async def test_phones_of_one_maker_are_registered_by_mac_side_by_side(world: World) -> None:
    """They share the OUI and have no serial number yet: that is no clash."""
    first = await register(world, mac="0C:38:3E:00:00:01")
    second = await register(world, mac="0c-38-3e-00-00-02")
    assert first != second
    page = await world.read(lambda uow: list_devices(uow, DeviceQuery(oui="0C383E")))
    assert [(item["mac"], item["serial_number"]) for item in page.items] == [
        ("0c383e000001", None),
        ("0c383e000002", None),
    ]


CARRIER = "00100400FV02001000000c383e000001"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"mac": "0C383E000001"}, {"mac": "0c:38:3e:00:00:01"}),
        ({"mac": "0C383E000001"}, {"serial_number": CARRIER}),
        ({"serial_number": CARRIER}, {"mac": "0C383E000001"}),
        ({"serial_number": CARRIER}, {"serial_number": CARRIER}),
        ({"serial_number": "SN-1", "oui": "0C383E"}, {"serial_number": "SN-1", "oui": "0c383e"}),
        ({"serial_number": "SN-1"}, {"serial_number": "SN-1"}),
        ({"serial_number": "SN-1", "oui": "0C383E"}, {"serial_number": "SN-1"}),
        ({"serial_number": "SN-1"}, {"serial_number": "SN-1", "oui": "0C383E"}),
        ({"serial_number": "SN-1", "mac": "0C383E000001"}, {"serial_number": "SN-2", "mac": "0C383E000001"}),
    ],
)
async def test_the_same_phone_is_not_registered_twice(
    world: World, first: dict[str, Any], second: dict[str, Any]
) -> None:
    there = await register(world, **first)
    with pytest.raises(Conflict) as caught:
        await register(world, **second)
    assert caught.value.facts["device_id"] == there
    assert await world.only_device() == there


async def test_two_makers_may_use_the_same_serial_number(world: World) -> None:
    await register(world, serial_number="SN-1", oui="0C383E")
    await register(world, serial_number="SN-1", oui="00A859")
    page = await world.read(lambda uow: list_devices(uow, DeviceQuery(serial_number="SN-1")))
    assert [item["oui"] for item in page.items] == ["0C383E", "00A859"]


@pytest.mark.parametrize("serial", ["SN-17", "123456789012", CARRIER, "0C383E000001"])
async def test_a_phone_registered_by_its_serial_number_is_recognised_when_it_calls(world: World, serial: str) -> None:
    """Twelve decimal digits are a serial number too; they say nothing of the maker."""
    made = await register(world, serial_number=serial, name="Lobby")
    await world.phone(serial=serial).call("0 BOOTSTRAP", "1 BOOT")
    device = await world.read(lambda uow: get_device(uow, made))
    assert (device["name"], device["oui"], device["serial_number"]) == ("Lobby", "0C383E", serial)
    assert await world.only_device() == made


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "mac"),
        ({"name": "nobody"}, "mac"),
        ({"serial_number": "  "}, "mac"),
        ({"mac": "0C383E"}, "mac"),
        ({"mac": 17}, "mac"),
        ({"serial_number": "s" * 65}, "serial_number"),
        ({"serial_number": "a\nb"}, "serial_number"),
        ({"serial_number": "s", "oui": "0C:38:3E"}, "oui"),
        ({"serial_number": "s", "id": "mine"}, "id"),
        ({"serial_number": "s", "credentials": "proven"}, "credentials"),
        ({"serial_number": "s", "username": "u"}, "password"),
        ({"serial_number": "s", "password": "p"}, "username"),
        ({"serial_number": "s", "profile": "telco"}, "profile"),
        ({"serial_number": "s", "tags": "hall"}, "tags"),
        ({"serial_number": "s", "tags": [""]}, "tags"),
        ({"serial_number": "s", "tags": ["t" * 65]}, "tags"),
        ({"serial_number": "s", "tags": [f"t{n}" for n in range(101)]}, "tags"),
        ({"serial_number": "s", "group": "g" * 65}, "group"),
        ({"serial_number": "s", "group": "north/sales"}, "group"),
    ],
)
async def test_what_is_off_in_a_registration_is_named_and_nothing_is_kept(
    world: World, body: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        await register(world, **body)
    assert caught.value.field == field
    assert (await world.read(lambda uow: list_devices(uow, DeviceQuery()))).items == []


async def test_a_username_speaks_for_one_phone(world: World) -> None:
    await register(world, mac="0C383E000001", username="lobby", password="p")
    for username in ("lobby", world.context.cpe_username):
        with pytest.raises(Conflict) as caught:
            await register(world, mac="0C383E000002", username=username, password="p")
        assert caught.value.field == "username"
    await world.only_device()


async def test_a_password_goes_in_and_never_comes_out(world: World) -> None:
    secret = "open sesame"
    made = await world.database.write(
        lambda uow: register_device(
            uow, world.context, {"mac": "0C383E000001", "username": "lobby", "password": secret}
        )
    )
    assert made["credentials"] == "proven"
    row = await world.read(lambda uow: uow.session.get_one(DeviceRow, made["id"]).model_dump())
    assert secret not in str(row)
    assert row["password_sealed"] not in str(made)
    assert world.context.box.open(row["password_sealed"], context=f"cpe:{made['id']}") == secret


# Changing and forgetting ---------------------------------------------------------------------------------------------


async def test_names_and_tags_are_changed_without_touching_the_configuration(world: World) -> None:
    device = await register(world, mac="0C383E000001", tags=["a"])
    await change(world, device, config_state="in_sync")
    body = {"name": " Lobby ", "tags": ["b", "a", "b"]}
    view = await world.database.write(lambda uow: patch_device(uow, world.context, device, body))
    assert (view["name"], view["tags"], view["config"]["state"]) == ("Lobby", ["b", "a"], "in_sync")
    cleared = await world.database.write(lambda uow: patch_device(uow, world.context, device, {"tags": None}))
    assert (cleared["tags"], cleared["name"]) == ([], "Lobby")


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"group": "hotel"}, "pending"),  # other layers
        ({"profile": "ctc"}, "pending"),  # another dialect
        ({"group": ""}, "in_sync"),
        ({"profile": None}, "in_sync"),
        ({}, "in_sync"),
    ],
)
async def test_another_group_or_profile_makes_the_configuration_pending(
    world: World, body: dict[str, Any], state: str
) -> None:
    device = await register(world, mac="0C383E000001")
    await change(world, device, config_state="in_sync")
    view = await world.database.write(lambda uow: patch_device(uow, world.context, device, body))
    assert view["config"]["state"] == state


async def test_a_client_certificate_is_bound_and_untied(world: World) -> None:
    device = await register(world, mac="0C383E000001")

    async def put(told: Any) -> Any:
        body = {"certificate_sha256": told}
        view = await world.database.write(lambda uow: patch_device(uow, world.context, device, body))
        return view["certificate_sha256"]

    assert await put("AB:" * 31 + "AB") == "ab" * 32
    for wrong in ("ab" * 31, "zz" * 32, 7):
        with pytest.raises(BadRequest) as caught:
            await put(wrong)
        assert caught.value.field == "certificate_sha256"
    assert await put(None) is None


@pytest.mark.parametrize("field", ["mac", "serial_number", "model", "password", "id", "notes"])
async def test_what_the_phone_itself_says_cannot_be_changed(world: World, field: str) -> None:
    device = await register(world, mac="0C383E000001")
    with pytest.raises(BadRequest) as caught:
        await world.database.write(lambda uow: patch_device(uow, world.context, device, {"name": "x", field: "y"}))
    assert caught.value.field == field
    assert (await world.read(lambda uow: get_device(uow, device)))["name"] == ""


async def test_a_forgotten_phone_takes_everything_of_its_own_along_and_nothing_else(world: World) -> None:
    phone, other = world.phone(), world.phone(serial="SN-2")
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    gone = await world.only_device()
    await other.call("0 BOOTSTRAP", "1 BOOT")
    for scope in (f"devices/{gone}", "global"):
        put = partial(settings.put_layer, ctx=world.context, scope=scope, document={"locale": {"language": "de"}})
        await world.database.write(put)
    await world.task(gone, type="get_rpc_methods")

    await world.database.write(lambda uow: delete_device(uow, gone))

    def owners(uow: Any) -> set[str]:
        tables = ("task", "event", "parameter_tree", "parameter_change", "session", "link", "config_version")
        texts = [f"SELECT device_id FROM {table}" for table in tables]
        return {row[0] for text in texts for row in uow.connection.exec_driver_sql(text)}

    left = await world.only_device()
    assert await world.read(owners) == {left}
    assert await world.read(
        lambda uow: [row[0] for row in uow.connection.exec_driver_sql("SELECT scope FROM settings_layer")]
    ) == ["global"]

    phone.username, phone.password = world.context.cpe_username, world.context.cpe_password
    await phone.call("2 PERIODIC")  # it comes back as new
    page = await world.read(lambda uow: list_devices(uow, DeviceQuery()))
    assert gone not in [item["id"] for item in page.items]
    assert len(page.items) == 2


@pytest.mark.parametrize("use_case", [get_device, delete_device, list_parameters, list_events])
async def test_a_phone_that_is_not_there_is_said_not_to_be(world: World, use_case: Any) -> None:
    with pytest.raises(NotFound, match="no device d-17"):
        await world.database.write(lambda uow: use_case(uow, "d-17"))


# Parameters and events -----------------------------------------------------------------------------------------------

SECRETS = [
    f"{ROOT}ManagementServer.Password",
    f"{ROOT}ManagementServer.ConnectionRequestPassword",
    f"{ROOT}Services.VoiceService.1.SIP.AuthPassword",
    f"{ROOT}WiFi.AccessPoint.1.Security.PreSharedKey",
    f"{ROOT}WiFi.AccessPoint.1.Security.KeyPassphrase",
    f"{ROOT}X_Vendor.Line.1.RegisterPswd",
]


@pytest.fixture
async def full(world: World) -> str:
    """A phone that shows its secrets."""
    device = await register(world, mac="0C383E000001")
    values = [(path, "hunter2", "xsd:string") for path in SECRETS]
    values += [
        (f"{ROOT}Time.NTPServer1", "ntp.hunter.example", "xsd:string"),
        (f"{ROOT}ManagementServer.PasswordHint", "none", "xsd:string"),
        (f"{ROOT}Users.User.1.Password", "", "xsd:string"),
    ]
    tree, _ = EMPTY.with_values(values, 1_700_000_000.0)
    tree = tree.with_names([(f"{ROOT}Time.", False), (f"{ROOT}Time.NTPServer1", True)])
    await world.database.write(lambda uow: save_tree(uow, device, tree))
    return device


async def test_secrets_are_never_shown_among_the_parameters(world: World, full: str) -> None:
    page = await world.read(lambda uow: list_parameters(uow, full))
    shown = {item["path"]: item["value"] for item in page.items}
    assert list(shown) == sorted(shown)
    assert "hunter2" not in str(page)
    assert {path: shown[path] for path in SECRETS} == dict.fromkeys(SECRETS, "***")
    assert shown[f"{ROOT}ManagementServer.PasswordHint"] == "none"
    assert shown[f"{ROOT}Users.User.1.Password"] == ""  # that there is none may be seen
    assert shown[f"{ROOT}Time."] is None


@pytest.mark.parametrize("q", ["hunter2", "HUNTER2", "unter2", "r2"])
async def test_secrets_are_not_found_out_by_searching_for_them(world: World, full: str, q: str) -> None:
    assert (await world.read(lambda uow: list_parameters(uow, full, q=q))).items == []


@pytest.mark.parametrize(
    ("path", "q", "expected"),
    [
        (f"{ROOT}Time.", "", ["Time.", "Time.NTPServer1"]),
        ("", "ntpserver", ["Time.NTPServer1"]),
        ("", "HUNTER.example", ["Time.NTPServer1"]),
        (f"{ROOT}WiFi.", "passphrase", ["WiFi.AccessPoint.1.Security.KeyPassphrase"]),
        (f"{ROOT}Nothing.", "", []),
    ],
)
async def test_parameters_are_found_below_a_path_and_by_text(
    world: World, full: str, path: str, q: str, expected: list[str]
) -> None:
    page = await world.read(lambda uow: list_parameters(uow, full, path=path, q=q))
    assert [item["path"] for item in page.items] == [ROOT + name for name in expected]


async def test_parameters_come_in_pages_with_all_that_is_known_of_them(world: World, full: str) -> None:
    first = await world.read(lambda uow: list_parameters(uow, full, path=f"{ROOT}Time.", limit=1))
    second = await world.read(lambda uow: list_parameters(uow, full, path=f"{ROOT}Time.", limit=1, cursor=first.next))
    assert second.items == [
        {
            "path": f"{ROOT}Time.NTPServer1",
            "value": "ntp.hunter.example",
            "type": "xsd:string",
            "writable": True,
            "notification": None,
            "updated_at": "2023-11-14T22:13:20.000Z",
        }
    ]
    assert second.next is None


async def test_events_are_listed_newest_first_for_one_phone_only(world: World) -> None:
    device, other = await register(world, mac="0C383E000001"), await register(world, mac="0C383E000002")

    def note(uow: Any) -> None:
        uow.now = 1_700_000_000.0
        for number in range(3):
            note_event(uow, device, "cpe_request", number=number)
        note_event(uow, other, "cpe_request", number=9)

    await world.database.write(note)
    first = await world.read(lambda uow: list_events(uow, device, limit=2))
    second = await world.read(lambda uow: list_events(uow, device, limit=2, cursor=first.next))
    assert [item["data"]["number"] for item in (*first.items, *second.items)] == [2, 1, 0]
    assert second.next is None
    assert (first.items[0]["kind"], first.items[0]["at"]) == ("cpe_request", "2023-11-14T22:13:20.000Z")


async def test_what_is_known_of_a_file_key_can_only_be_forgotten(world: World) -> None:
    device_id = await register(world, mac="0c383e0000aa", model="X4")
    await change(world, device_id, file_key_sealed="v1.sealed")
    assert (await world.read(lambda uow: get_device(uow, device_id)))["file_key_known"] is True
    for value in (True, None, "no"):
        with pytest.raises(BadRequest) as caught:
            await world.database.write(
                partial(patch_device, ctx=world.context, device_id=device_id, body={"file_key_known": value})
            )
        assert caught.value.field == "file_key_known"
    told = await world.database.write(
        partial(patch_device, ctx=world.context, device_id=device_id, body={"file_key_known": False})
    )
    assert told["file_key_known"] is False
