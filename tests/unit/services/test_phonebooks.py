"""Phone books as data: edited, imported, compared; phones below the scopes that name one hear of changes alone."""

import time
from typing import Any

import pytest

from acs.errors import BadRequest, BadSettings, Conflict, NotFound
from acs.formats import phonebook
from acs.services import phonebooks, settings
from acs.services.devices import get_device, register_device
from acs.services.paging import Page
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World


class Desk:
    """An operator with one book that the group ``sales`` has, and a phone in it that is as it should be."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.book = self.device = ""

    async def write(self, use_case: Any, *arguments: Any, **more: Any) -> Any:
        return await self.world.database.write(lambda uow: use_case(uow, self.world.context, *arguments, **more))

    async def begin(self) -> "Desk":
        made = await self.world.database.write(lambda uow: phonebooks.create_book(uow, {"name": "Staff"}))
        self.book = made["id"]
        registered = await self.write(register_device, {"mac": "0C383E000001", "model": "X4", "group": "sales"})
        self.device = registered["id"]
        await self.write(settings.put_layer, "groups/sales", {"phonebook": {"phonebook_id": self.book}})
        await self.settle()
        return self

    async def settle(self) -> None:
        """The phone has what it should have."""

        def settled(uow: UnitOfWork) -> None:
            uow.connection.exec_driver_sql("UPDATE device SET config_state = 'in_sync'")

        await self.world.database.write(settled)

    async def told(self) -> bool:
        """Say whether a change has reached the phone's state since the last time."""
        state = (await self.world.read(lambda uow: get_device(uow, self.device)))["config"]["state"]
        await self.settle()
        return bool(state == "pending")

    async def create(self, body: dict[str, Any]) -> None:
        await self.world.database.write(lambda uow: phonebooks.create_book(uow, body))

    async def add(self, name: str, number: str = "1", **more: Any) -> dict[str, Any]:
        body = {"name": name, "numbers": [{"kind": "work", "number": number}], **more}
        made: dict[str, Any] = await self.write(phonebooks.add_contact, self.book, body)
        return made

    async def take(self, text: str, mode: str = "merge") -> dict[str, Any]:
        found = phonebook.read(text.encode())
        report: dict[str, Any] = await self.write(phonebooks.import_book, self.book, found, mode=mode)
        return report

    async def names(self, **query: Any) -> list[str]:
        def listed(uow: UnitOfWork) -> Page:
            return phonebooks.list_contacts(uow, self.book, **query)

        page: Page = await self.world.read(listed)
        return [each["name"] for each in page.items]

    async def view(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.world.read(lambda uow: phonebooks.get_book(uow, self.book))
        return found


@pytest.fixture
async def desk(world: World) -> Desk:
    return await Desk(world).begin()


async def test_books_have_a_name_of_their_own(desk: Desk) -> None:
    unnamed: list[tuple[dict[str, Any], str]] = [({}, "name"), ({"name": " "}, "name"), ({"nam": "a"}, "nam")]
    for body, field in unnamed:
        with pytest.raises(BadRequest) as caught:
            await desk.create(body)
        assert caught.value.field == field
    with pytest.raises(Conflict):
        await desk.world.database.write(lambda uow: phonebooks.create_book(uow, {"name": "Staff"}))
    assert await desk.world.read(lambda uow: phonebooks.find(uow, "Staff")) == desk.book
    with pytest.raises(NotFound):
        await desk.world.read(lambda uow: phonebooks.find(uow, "nobody's"))
    shown = await desk.view()
    assert (shown["contacts"], shown["scopes"]) == (0, ["groups/sales"])
    assert shown["left_out"]["csv"] == ["csv has no title"]
    changed = await desk.write(phonebooks.change_book, desk.book, {"name": "Everyone"})
    assert (changed["name"], await desk.told()) == ("Everyone", True)
    await desk.write(phonebooks.change_book, desk.book, {"name": "Everyone"})
    assert not await desk.told()
    page = await desk.world.read(lambda uow: phonebooks.list_books(uow))
    assert [(each["name"], each["contacts"]) for each in page.items] == [("Everyone", 0)]


async def test_contacts_are_edited_and_phones_hear_of_it(desk: Desk) -> None:
    made = await desk.add(" Anna ", "+46 8 555", groups=["Users"], ring="3")
    assert await desk.told()
    assert made["numbers"] == [{"kind": "work", "number": "+46 8 555"}]
    assert [group["name"] for group in (await desk.view())["groups"]] == ["Users"]
    before = (await desk.view())["updated_at"]
    same = {key: made[key] for key in ("name", "numbers", "ring", "groups")}
    assert (await desk.write(phonebooks.put_contact, desk.book, made["id"], same)) == made
    await desk.write(phonebooks.patch_contact, desk.book, made["id"], {"ring": "3"})
    assert not await desk.told()
    assert (await desk.view())["updated_at"] == before
    changed = await desk.write(phonebooks.patch_contact, desk.book, made["id"], {"ring": None, "groups": None})
    assert (changed["ring"], changed["groups"], changed["numbers"]) == ("", [], made["numbers"])
    assert await desk.told()
    assert (await desk.world.read(lambda uow: phonebooks.get_contact(uow, desk.book, made["id"]))) == changed
    await desk.write(phonebooks.delete_contact, desk.book, made["id"])
    assert await desk.told()
    with pytest.raises(NotFound):
        await desk.world.read(lambda uow: phonebooks.get_contact(uow, desk.book, made["id"]))


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": "A"}, "numbers"),
    ({"name": "A", "numbers": []}, "numbers"),
    ({"name": "A", "numbers": {"work": "1"}}, "numbers"),
    ({"name": "A", "numbers": ["1"]}, "numbers.0"),
    ({"name": "A", "numbers": [{"kind": "work"}]}, "numbers.0"),
    ({"name": "A", "numbers": [{"kind": "fax", "number": "1"}]}, "numbers.0.kind"),
    ({"name": "A", "numbers": [{"kind": ["work"], "number": "1"}]}, "numbers.0.kind"),
    ({"name": "A", "numbers": [{"kind": "work", "number": 1}]}, "numbers.0.number"),
    ({"name": "A\r\nB", "numbers": [{"kind": "work", "number": "1"}]}, "name"),
    ({"numbers": [{"kind": "work", "number": "1"}]}, "name"),
    ({"name": "A", "numbers": [{"kind": "work", "number": "1"}], "groups": "x"}, "groups"),
    ({"name": "A", "numbers": [{"kind": "work", "number": "1"}], "groups": [1]}, "groups.0"),
    ({"name": "A", "numbers": [{"kind": "work", "number": "1"}], "ring": 3}, "ring"),
    ({"name": "A", "numbers": [{"kind": "work", "number": "1"}], "email": "a@b"}, "email"),
]


async def test_bad_contacts_name_the_field_and_change_nothing(desk: Desk) -> None:
    for body, field in BAD:
        with pytest.raises(BadRequest) as caught:
            await desk.write(phonebooks.add_contact, desk.book, body)
        assert caught.value.field == field, body
        with pytest.raises(BadRequest) as caught:
            phonebooks.contacts_from({"contacts": [BAD_FREE, body]})
        assert caught.value.field == f"contacts.1.{field}"
    assert await desk.names() == []
    assert not await desk.told()


BAD_FREE = {"name": "Good", "numbers": [{"kind": "work", "number": "1"}]}


async def test_listed_in_order_page_by_page_and_searched(desk: Desk) -> None:
    for number, name in enumerate(("Zoe", "Anna", "100%", "a_b")):
        await desk.add(name, f"55{number}", groups=["even"] if number % 2 == 0 else [])
    assert await desk.names() == ["Zoe", "Anna", "100%", "a_b"]
    page = await desk.world.read(lambda uow: phonebooks.list_contacts(uow, desk.book, limit=3))
    rest = await desk.world.read(lambda uow: phonebooks.list_contacts(uow, desk.book, limit=3, cursor=page.next))
    assert [each["name"] for each in (*page.items, *rest.items)] == await desk.names()
    assert await desk.names(q="ANN") == ["Anna"]
    assert await desk.names(q="%") == ["100%"]
    assert await desk.names(q="_") == ["a_b"]
    assert await desk.names(q="551") == ["Anna"]
    assert await desk.names(q="kind") == []
    assert await desk.names(group="even") == ["Zoe", "100%"]
    assert await desk.names(group="even", q="0") == ["Zoe", "100%"]


async def test_all_contacts_at_once(desk: Desk) -> None:
    anna, bert = await desk.add("Anna"), await desk.add("Bert", groups=["old"])
    await desk.told()
    body = [{key: each[key] for key in ("name", "numbers", "ring", "groups")} for each in (anna, bert)]
    report = await desk.write(phonebooks.put_contacts, desk.book, phonebooks.contacts_from({"contacts": body}))
    assert (report["same"], report["contacts"], await desk.told()) == (2, 2, False)
    await desk.write(phonebooks.put_contacts, desk.book, phonebooks.contacts_from({"contacts": body[::-1]}))
    assert (await desk.names(), await desk.told()) == (["Bert", "Anna"], True)
    new = {**body[1], "name": "Cleo", "groups": ["new"]}
    report = await desk.write(
        phonebooks.put_contacts, desk.book, phonebooks.contacts_from({"contacts": [new, body[0]]})
    )
    assert (report["added"], report["same"], report["removed"]) == (1, 1, 1)
    page = await desk.world.read(lambda uow: phonebooks.list_contacts(uow, desk.book))
    assert [each["name"] for each in page.items] == ["Cleo", "Anna"]
    assert page.items[1]["id"] == anna["id"]
    assert [group["name"] for group in (await desk.view())["groups"]] == ["new"]
    bad: list[dict[str, Any]] = [{}, {"contacts": {}}, {"contacts": [1]}, {"contacts": [new] * 10_001}]
    for wrong in bad:
        with pytest.raises(BadRequest):
            phonebooks.contacts_from(wrong)


async def test_groups_and_their_contacts(desk: Desk) -> None:
    await desk.add("Anna", groups=["Users", "VIP"])
    await desk.add("Bert", groups=["Users"])
    await desk.told()
    put = await desk.write(phonebooks.put_group, desk.book, "Users", {"ring": "5"})
    assert (put, await desk.told()) == ({"name": "Users", "ring": "5", "contacts": 2}, True)
    await desk.write(phonebooks.put_group, desk.book, "Users", {"ring": "5"})
    assert not await desk.told()
    assert (await desk.write(phonebooks.put_group, desk.book, "Empty", {}))["contacts"] == 0
    renamed = await desk.write(phonebooks.patch_group, desk.book, "Users", {"name": "Staff"})
    assert renamed == {"name": "Staff", "ring": "5", "contacts": 2}
    assert await desk.names(group="Staff") == ["Anna", "Bert"]
    for name, body, error in (
        ("Staff", {"name": "VIP"}, Conflict),
        ("Staff", {"name": "a,b"}, BadRequest),
        ("Staff", {"name": None}, BadRequest),
        ("Nobody", {"ring": "1"}, NotFound),
        ("Staff", {"colour": "red"}, BadRequest),
    ):
        with pytest.raises(error):
            await desk.write(phonebooks.patch_group, desk.book, name, body)
    await desk.write(phonebooks.delete_group, desk.book, "Staff")
    assert await desk.names(group="Staff") == []
    assert await desk.names() == ["Anna", "Bert"]
    changed = await desk.write(phonebooks.change_book, desk.book, {"groups": ["New", {"name": "Empty", "ring": "2"}]})
    assert changed["groups"] == [{"name": "New", "ring": ""}, {"name": "Empty", "ring": "2"}]
    assert await desk.names(group="VIP") == []
    for wrong in ("x", [{"ring": "1"}], [["x"]], [{"name": "a", "x": 1}]):
        with pytest.raises(BadRequest):
            await desk.write(phonebooks.change_book, desk.book, {"groups": wrong})


async def test_merging_keeps_what_the_file_does_not_name(desk: Desk) -> None:
    await desk.add("Anna", "1", groups=["Users"], ring="4")
    await desk.add("Bert", "2")
    await desk.told()
    text = "name,work,mobile\nBert,2,\nAnna,7,8\nCleo,3,\nNobody,,\n"
    report = await desk.take(text)
    assert {key: report[key] for key in ("added", "changed", "same", "removed", "contacts", "skipped")} == {
        "added": 1, "changed": 1, "same": 1, "removed": 0, "contacts": 3, "skipped": 1,
    }  # fmt: skip
    assert (report["format"], report["mode"], report["skipped_entries"][0]["entry"]) == ("csv", "merge", 4)
    assert await desk.told()
    page = await desk.world.read(lambda uow: phonebooks.list_contacts(uow, desk.book))
    anna = page.items[0]
    assert (anna["ring"], anna["groups"], [each["number"] for each in anna["numbers"]]) == ("4", ["Users"], ["7", "8"])
    assert (await desk.take(text))["same"] == 3
    assert not await desk.told()
    report = await desk.take("name,work\nCleo,3\n", "replace")
    assert (report["same"], report["removed"], await desk.names()) == (1, 2, ["Cleo"])
    with pytest.raises(BadRequest, match="entry 1: name is empty"):
        await desk.take("name,work\n,3\n", "replace")
    with pytest.raises(BadRequest, match="mode"):
        await desk.take("name,work\nA,3\n", "add")
    assert (await desk.take("name,work\n", "replace"))["contacts"] == 0


async def test_people_of_the_same_name(desk: Desk) -> None:
    text = "name,work,groups\nAnna,1,sales\nAnna,2,it\nBert,3,\n"
    assert (await desk.take(text))["added"] == 3
    assert (await desk.take(text))["same"] == 3
    report = await desk.take("name,work,groups\nAnna,1,sales\nAnna,9,it\n", "replace")
    assert (report["same"], report["changed"], report["removed"]) == (1, 1, 1)


async def test_a_large_book_is_one_quick_transaction(desk: Desk) -> None:
    rows = "".join(f"Person {number},{number},+49 {number},\n" for number in range(5000))
    began = time.monotonic()
    assert (await desk.take(f"name,work,mobile,groups\n{rows}"))["added"] == 5000
    assert (await desk.take(f"name,work,mobile,groups\n{rows}"))["same"] == 5000
    assert time.monotonic() - began < 10.0  # under two seconds on an idle machine
    more = "".join(f"Further {number},{number},,\n" for number in range(5001))
    with pytest.raises(Conflict, match="10000"):
        await desk.take(f"name,work,mobile,groups\n{more}")
    assert (await desk.view())["contacts"] == 5000


async def test_a_full_book_takes_no_more(desk: Desk) -> None:
    rows = "".join(f"Person {number},{number}\n" for number in range(10_000))
    await desk.take(f"name,work\n{rows}")
    with pytest.raises(Conflict):
        await desk.add("One more")


async def test_a_book_that_settings_name_stays(desk: Desk) -> None:
    await desk.add("Anna")
    with pytest.raises(Conflict) as caught:
        await desk.world.database.write(lambda uow: phonebooks.delete_book(uow, desk.book))
    assert caught.value.facts["scopes"] == ["groups/sales"]
    await desk.write(settings.delete_layer, "groups/sales")
    await desk.world.database.write(lambda uow: phonebooks.delete_book(uow, desk.book))
    with pytest.raises(NotFound):
        await desk.view()
    with pytest.raises(BadSettings) as refused:
        await desk.write(settings.put_layer, "global", {"phonebook": {"phonebook_id": desk.book}})
    assert refused.value.field == "phonebook.phonebook_id"
