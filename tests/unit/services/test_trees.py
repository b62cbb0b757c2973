"""A phone's tree in the database: learnt, kept as one text, written only when something moved."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from acs.domain.parameters.tree import EMPTY, Change, Tree
from acs.domain.planning.steps import NOTHING, Learnt
from acs.services import trees
from acs.services.devices import device_row, register_device
from acs.services.trees import HISTORY_PER_ANSWER, know_values, learn, load_tree, save_tree
from acs.storage.tables import DeviceRow, ParameterChangeRow, ParameterTreeRow
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World

ROOT = "InternetGatewayDevice."
NTP = f"{ROOT}Time.NTPServer1"


@pytest.fixture
async def device_id(world: World) -> str:
    made = await world.database.write(lambda uow: register_device(uow, world.context, {"serial_number": "SN-1"}))
    return str(made["id"])


async def teach(world: World, device_id: str, learnt: Learnt, now: float = 100.0) -> None:
    def use_case(uow: UnitOfWork) -> None:
        uow.now = now
        device = device_row(uow, device_id)
        learn(uow, device, load_tree(uow, device_id), learnt)
        uow.session.add(device)

    await world.database.write(use_case)


async def tree(world: World, device_id: str) -> Tree:
    trees._recent.clear()  # what another process would read
    found: Tree = await world.read(lambda uow: load_tree(uow, device_id))
    return found


async def row(world: World, device_id: str) -> Any:
    return await world.read(lambda uow: uow.session.get(ParameterTreeRow, device_id))


async def history(world: World) -> list[tuple[str, str | None, str, float]]:
    def use_case(uow: UnitOfWork) -> list[tuple[str, str | None, str, float]]:
        return [(c.path, c.old, c.new, c.at) for c in uow.session.exec(select(ParameterChangeRow)).all()]

    found: list[tuple[str, str | None, str, float]] = await world.read(use_case)
    return found


async def test_of_a_new_phone_nothing_is_known(world: World, device_id: str) -> None:
    assert await tree(world, device_id) is EMPTY


async def test_names_values_and_attributes_come_together(world: World, device_id: str) -> None:
    await teach(world, device_id, Learnt(names=((NTP, True), (f"{ROOT}Time.", False))))
    await teach(world, device_id, Learnt(values=((NTP, "a", "xsd:string"),)), now=200.0)
    await teach(world, device_id, Learnt(attributes=((NTP, 2),)), now=300.0)
    known = (await tree(world, device_id)).get(NTP)
    assert known is not None
    assert known == ("a", "xsd:string", True, 2, 200.0)
    assert list(await tree(world, device_id)) == [NTP, f"{ROOT}Time."]
    assert (await row(world, device_id)).updated_at == 300.0


async def test_a_changed_value_is_history_and_a_first_one_is_not(world: World, device_id: str) -> None:
    for now, value in ((1.0, "a"), (2.0, "a"), (3.0, "b")):
        await teach(world, device_id, Learnt(values=((NTP, value, "xsd:string"),)), now=now)
    assert await history(world) == [(NTP, "a", "b", 3.0)]


@pytest.mark.parametrize("learnt", [NOTHING, Learnt(values=((NTP, "a", "xsd:string"),))])
async def test_what_did_not_move_is_not_written(world: World, device_id: str, learnt: Learnt) -> None:
    await teach(world, device_id, Learnt(values=((NTP, "a", "xsd:string"),)), now=1.0)
    await teach(world, device_id, learnt, now=2.0)
    assert (await row(world, device_id)).updated_at == 1.0


async def test_a_removed_object_takes_everything_below_it(world: World, device_id: str) -> None:
    kept, gone = f"{ROOT}Line.1.Name", f"{ROOT}Line.10.Name"
    await teach(world, device_id, Learnt(values=((kept, "a", "xsd:string"), (gone, "b", "xsd:string"))))
    await teach(world, device_id, Learnt(removed=f"{ROOT}Line.10."))
    assert list(await tree(world, device_id)) == [kept]


async def test_a_flood_of_changes_is_cut(world: World, device_id: str) -> None:
    changes = tuple(Change(f"P{number}", "0", "1") for number in range(HISTORY_PER_ANSWER + 50))
    await world.database.write(lambda uow: save_tree(uow, device_id, EMPTY, changes))
    assert len(await history(world)) == HISTORY_PER_ANSWER


@pytest.mark.parametrize(
    ("state", "offered", "expected"),
    [
        ("shared", "v1.sealed", "offered"),
        ("shared", None, "shared"),
        ("proven", "v1.sealed", "proven"),
    ],
)
async def test_a_set_pair_counts_as_offered_only_if_there_is_one(
    world: World, device_id: str, state: str, offered: str | None, expected: str
) -> None:
    def prepare(uow: UnitOfWork) -> None:
        device = device_row(uow, device_id)
        device.credentials, device.offered_password_sealed = state, offered
        uow.session.add(device)

    await world.database.write(prepare)
    await teach(world, device_id, Learnt(credentials_set=True, methods=("Reboot", "Download")))
    device: DeviceRow = await world.read(lambda uow: device_row(uow, device_id))
    assert device.credentials == expected
    assert device.methods == ["Reboot", "Download"]


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("DeviceInfo.SoftwareVersion", "software_version"),
        ("DeviceInfo.HardwareVersion", "hardware_version"),
        ("ManagementServer.ConnectionRequestURL", "connection_request_url"),
        ("ManagementServer.UDPConnectionRequestAddress", "udp_address"),
        ("ManagementServer.ConnReqJabberID", "jabber_id"),
        ("ManagementServer.ParameterKey", "parameter_key"),
        ("DeviceInfo.VendorConfigFile.1.Version", "config_reported_version"),
    ],
)
@pytest.mark.parametrize("root", ["Device.", "InternetGatewayDevice."])
def test_what_operators_search_by_is_copied(root: str, path: str, column: str) -> None:
    device = DeviceRow(id="d1")
    know_values(device, ((root + path, "new", "xsd:string"),))
    assert getattr(device, column) == "new"
    assert device.root == root


def test_other_values_and_other_roots_change_nothing() -> None:
    device = DeviceRow(id="d1", software_version="1")
    before = device.model_dump()
    know_values(
        device,
        (
            ("X.DeviceInfo.HardwareVersions", "2", "xsd:string"),
            ("X.DeviceInfo.VendorConfigFile.1.Name", "n", "xsd:string"),
            ("Foo.Bar", "b", "xsd:string"),
        ),
    )
    assert device.model_dump() == before


async def test_a_tree_in_memory_is_used_only_while_it_is_what_the_database_says(
    world: World, device_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    load: Callable[[str], Tree] = Tree.load
    monkeypatch.setattr(Tree, "load", lambda text: parsed.append(text) or load(text))  # type: ignore[func-returns-value]
    await teach(world, device_id, Learnt(values=((NTP, "a", "xsd:string"),)))
    first = await world.read(lambda uow: load_tree(uow, device_id))
    assert await world.read(lambda uow: load_tree(uow, device_id)) is first
    assert parsed == []

    def elsewhere(uow: UnitOfWork) -> None:
        found = uow.session.get(ParameterTreeRow, device_id)
        assert found is not None
        found.tree = found.tree.replace('"a"', '"b"')
        uow.session.add(found)

    await world.database.write(elsewhere)
    now = await world.read(lambda uow: load_tree(uow, device_id).get(NTP))
    assert now.value == "b"
    assert len(parsed) == 1


async def test_a_write_that_was_taken_back_does_not_stay_in_memory(world: World, device_id: str) -> None:
    await teach(world, device_id, Learnt(values=((NTP, "a", "xsd:string"),)))

    def failing(uow: UnitOfWork) -> None:
        learn(uow, device_row(uow, device_id), load_tree(uow, device_id), Learnt(values=((NTP, "b", "xsd:string"),)))
        raise RuntimeError("after all not")

    with pytest.raises(RuntimeError):
        await world.database.write(failing)
    assert (await world.read(lambda uow: load_tree(uow, device_id).get(NTP))).value == "a"


async def test_only_so_many_trees_stay_in_memory(world: World, device_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "RECENT_TREES", 2)
    trees._recent.clear()
    for name in ("x", "y", device_id):
        trees._remember(name, "{}", EMPTY)
    assert list(trees._recent) == ["y", device_id]


async def columns(world: World, device_id: str) -> tuple[str, str]:
    row = await world.read(lambda uow: device_row(uow, device_id))
    return row.acs_type, row.carrier_sign


async def test_what_speaks_for_a_profile_is_noticed(world: World, device_id: str) -> None:
    await teach(world, device_id, Learnt(names=((NTP, True),), values=((NTP, "x", "xsd:string"),)))
    assert await columns(world, device_id) == ("", "")
    await teach(world, device_id, Learnt(names=((f"{ROOT}X_CT-COM_UserInfo.", False),)))
    assert await columns(world, device_id) == ("", "parameter")
    setting = "Device.X_FANVIL-COM_Phone.TR069.ServerType"
    await teach(world, device_id, Learnt(values=((setting, "CTC", "xsd:string"),)))
    assert await columns(world, device_id) == ("ctc", "parameter")
    await teach(world, device_id, Learnt(values=((setting, "1", "xsd:string"),)))
    assert (await columns(world, device_id))[0] == "common"
    await teach(world, device_id, Learnt(values=((setting, "nonsense", "xsd:string"),)))
    assert (await columns(world, device_id))[0] == "common"


def test_a_value_alone_speaks_too() -> None:
    device = DeviceRow(id="d1", oui="", created_at=0.0)
    know_values(device, ((f"{ROOT}X_CT-COM_UserInfo.Status", "99", "xsd:int"),))
    assert (device.carrier_sign, device.acs_type) == ("parameter", "")
    device.carrier_sign = "event"
    know_values(device, ((f"{ROOT}X_CT-COM_UserInfo.Status", "0", "xsd:int"),))
    assert device.carrier_sign == "event"
