"""How one phone is to be treated: what wins, where it is seen to come from, what is learnt and forgotten."""

from functools import partial
from typing import Any

import pytest

from acs.domain.devices.quirks import STANDARD
from acs.domain.devices.rules import BUILTIN, Subject
from acs.errors import BadRequest, Conflict, NotFound
from acs.services import quirks
from acs.services.devices import device_row, list_events, register_device
from acs.services.quirks import quirks_of
from acs.storage.tables import DeviceRow
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World

RULE: dict[str, Any] = {"product_class": "X4*", "settings": {"gpv_batch": 50, "spv_batch": 40}, "note": "slow"}


@pytest.fixture
async def device_id(world: World) -> str:
    def known(uow: UnitOfWork) -> str:
        row = device_row(
            uow, register_device(uow, world.context, {"serial_number": "SN-1", "product_class": "X4G"})["id"]
        )
        row.manufacturer, row.software_version = "Fanvil", "2.12.1"
        uow.session.add(row)
        return row.id

    return await world.database.write(known)


async def told(world: World, device_id: str) -> dict[str, tuple[Any, str]]:
    found = await world.read(lambda uow: quirks.device_quirks(uow, device_id))
    return {item["name"]: (item["value"], item["source"]) for item in found["items"]}


async def learn(world: World, device_id: str, **values: Any) -> list[bool]:
    return await world.database.write(
        lambda uow: [
            quirks.learn_quirk(uow, device_row(uow, device_id), name, value, "seen") for name, value in values.items()
        ]
    )


async def test_what_an_operator_set_wins_over_what_was_learnt(world: World) -> None:
    device = DeviceRow(id="d", quirks_learnt={"gpv_batch": 50, "spv_batch": 20}, quirks_set={"gpv_batch": 10})
    known = await world.read(lambda uow: quirks_of(uow, device))
    assert (known.gpv_batch, known.spv_batch) == (10, 20)


async def test_each_layer_wins_over_the_one_below_and_says_so(world: World, device_id: str) -> None:
    assert (await told(world, device_id))["gpv_batch"] == (100, "default")
    rule = await world.database.write(lambda uow: quirks.create_rule(uow, RULE))
    assert (await told(world, device_id))["gpv_batch"] == (50, f"rule:{rule['id']}")
    assert await learn(world, device_id, gpv_batch=25) == [True]
    assert (await told(world, device_id))["gpv_batch"] == (25, "learnt")
    await world.database.write(lambda uow: quirks.patch_device_quirks(uow, device_id, {"gpv_batch": 12}))
    assert (await told(world, device_id))["gpv_batch"] == (12, "set")
    assert (await told(world, device_id))["spv_batch"] == (40, f"rule:{rule['id']}")
    assert await learn(world, device_id, gpv_batch=6) == [False]  # what was set is not second-guessed

    await world.database.write(lambda uow: quirks.patch_device_quirks(uow, device_id, {"gpv_batch": None}))
    assert (await told(world, device_id))["gpv_batch"] == (25, "learnt")
    await world.database.write(lambda uow: quirks.reset_learnt(uow, device_id, "gpv_batch"))
    assert (await told(world, device_id))["gpv_batch"] == (50, f"rule:{rule['id']}")
    await world.database.write(lambda uow: quirks.delete_rule(uow, rule["id"]))
    assert (await told(world, device_id))["gpv_batch"] == (100, "default")
    row = await world.read(lambda uow: device_row(uow, device_id))
    assert (row.quirks_learnt, row.quirks_set) == ({}, {})


async def test_since_and_why_are_told(world: World, device_id: str) -> None:
    await learn(world, device_id, gpv_batch=25, discovery="by_root")
    await world.database.write(lambda uow: quirks.patch_device_quirks(uow, device_id, {"never_read": ["*.A.*"]}))
    found = await world.read(lambda uow: quirks.device_quirks(uow, device_id))
    items = {item["name"]: item for item in found["items"]}
    assert items["gpv_batch"]["note"] == "seen"
    assert items["gpv_batch"]["quirks"] == [115, 217]
    assert items["gpv_batch"]["since"].endswith("Z")
    assert items["never_read"]["value"] == ["*.A.*"]
    assert items["never_read"]["since"].endswith("Z")
    assert items["spv_batch"]["since"] is None
    kinds = [event["kind"] for event in (await world.read(lambda uow: list_events(uow, device_id))).items]
    assert kinds == ["quirks_set", "quirk_learnt", "quirk_learnt"]


async def test_the_same_lesson_is_learnt_once(world: World, device_id: str) -> None:
    assert await learn(world, device_id, gpv_batch=25) == [True]
    assert await learn(world, device_id, gpv_batch=25) == [False]
    assert await learn(world, device_id, gpv_batch=12) == [True]


async def test_resetting_all_forgets_everything_learnt_and_nothing_else(world: World, device_id: str) -> None:
    await learn(world, device_id, gpv_batch=25, spv_batch=9)
    await world.database.write(lambda uow: quirks.patch_device_quirks(uow, device_id, {"blocked": True}))
    await world.database.write(lambda uow: quirks.reset_learnt(uow, device_id))
    await world.database.write(lambda uow: quirks.reset_learnt(uow, device_id))
    known = await told(world, device_id)
    assert (known["gpv_batch"][1], known["spv_batch"][1], known["blocked"]) == ("default", "default", (True, "set"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"fly": True}, "fly"),
        ({"fly": None}, "fly"),
        ({"gpv_batch": 0}, "gpv_batch"),
        ({"gpv_batch": 5, "blocked": "yes"}, "blocked"),
        ({"since": {}}, "since"),
    ],
)
async def test_a_bad_setting_is_named_and_nothing_is_kept(
    world: World, device_id: str, body: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        await world.database.write(lambda uow: quirks.patch_device_quirks(uow, device_id, body))
    assert refused.value.field == field
    assert (await world.read(lambda uow: device_row(uow, device_id))).quirks_set == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "manufacturer"),
        ({**RULE, "product_class": ""}, "manufacturer"),
        ({**RULE, "product_class": 4}, "product_class"),
        ({**RULE, "oui": "x" * 65}, "oui"),
        ({**RULE, "version_to": "1\n"}, "version_to"),
        ({**RULE, "version_from": "2.10", "version_to": "2.9"}, "version_to"),
        ({"product_class": "X4"}, "settings"),
        ({**RULE, "settings": {}}, "settings"),
        ({**RULE, "settings": []}, "settings"),
        ({**RULE, "settings": {"gpv_batch": "9"}}, "settings.gpv_batch"),
        ({**RULE, "settings": {"fly": 1}}, "settings.fly"),
        ({**RULE, "user_agent": "x"}, "user_agent"),
    ],
)
async def test_a_bad_rule_is_refused_by_field(world: World, body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await world.database.write(lambda uow: quirks.create_rule(uow, body))
    assert refused.value.field == field


async def test_rules_are_kept_changed_and_listed_beside_ours(world: World) -> None:
    made = await world.database.write(lambda uow: quirks.create_rule(uow, RULE))
    assert made["quirks"] == [115, 121, 217]
    assert made["builtin"] is False
    changed = {"oui": "0C383E", "settings": {"blocked": True}}
    put = await world.database.write(lambda uow: quirks.put_rule(uow, made["id"], changed))
    assert (put["product_class"], put["settings"], put["created_at"]) == ("", {"blocked": True}, made["created_at"])
    assert await world.read(lambda uow: quirks.get_rule(uow, made["id"])) == put
    page = await world.read(lambda uow: quirks.list_rules(uow))
    assert {item["id"] for item in page.items} == {made["id"], *(rule.id for rule in BUILTIN)}
    ours = await world.read(lambda uow: quirks.get_rule(uow, BUILTIN[0].id))
    assert ours["builtin"] is True
    for name, refusal in ((BUILTIN[0].id, Conflict), ("nobody", NotFound)):
        with pytest.raises(refusal):
            await world.database.write(partial(quirks.delete_rule, rule_id=name))
        with pytest.raises(refusal):
            await world.database.write(partial(quirks.put_rule, rule_id=name, body=RULE))
    with pytest.raises(NotFound):
        await world.read(lambda uow: quirks.get_rule(uow, "nobody"))


async def test_there_is_an_end_to_rules(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quirks, "MAX_RULES", 1)
    await world.database.write(lambda uow: quirks.create_rule(uow, RULE))
    with pytest.raises(Conflict):
        await world.database.write(lambda uow: quirks.create_rule(uow, RULE))


async def test_rules_are_read_once_and_again_when_they_change_or_grow_old(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await world.read(quirks.registry_of)
    assert await world.read(quirks.registry_of) is first
    await world.database.write(lambda uow: quirks.create_rule(uow, RULE))
    second = await world.read(quirks.registry_of)
    assert len(second.rules) == len(first.rules) + 1
    monkeypatch.setattr(quirks, "STALE_SECONDS", -1.0)
    assert await world.read(quirks.registry_of) is not second


async def test_columns_tell_the_same_as_the_row(world: World, device_id: str) -> None:
    await learn(world, device_id, gpv_batch=25)
    row = await world.read(lambda uow: device_row(uow, device_id))
    subject = Subject("Fanvil", row.oui, "X4G", "2.12.1")
    text = '{"gpv_batch": 25, "since": {"gpv_batch": 1.0}}'
    assert await world.read(lambda uow: quirks.quirks_told(uow, subject, text, "{}") == quirks_of(uow, row))
    assert await world.read(lambda uow: quirks.quirks_told(uow, subject, None, None)) == STANDARD
