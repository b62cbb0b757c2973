"""Books as files: the same bytes and links until the book changes, and nothing left over afterwards."""

from typing import Any

import pytest
from sqlmodel import select

from acs.errors import BadSettings, NotFound
from acs.formats import phonebook, read
from acs.services import configs, files, housekeeping, phonebook_files, phonebooks, settings
from acs.services.devices import register_device
from acs.storage.tables import FileRow, LinkRow
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World


class Shelf:
    """Two phones and a book."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.phones: list[str] = []
        self.book = ""

    async def write(self, use_case: Any, *arguments: Any, now: float | None = None) -> Any:
        def at(uow: UnitOfWork) -> Any:
            uow.now = now or uow.now
            return use_case(uow, self.world.context, *arguments)

        return await self.world.database.write(at)

    async def add(self, name: str, *, now: float | None = None) -> None:
        body = {"name": name, "numbers": [{"kind": "work", "number": "1"}]}
        await self.write(phonebooks.add_contact, self.book, body, now=now)

    async def put(self, scope: str, **named: Any) -> None:
        await self.write(settings.put_layer, scope, {"phonebook": named})

    async def url(self, phone: int = 0, *, make: bool = True, now: float | None = None) -> str:
        """The URL in a phone's configuration."""

        def render(uow: UnitOfWork) -> configs.Rendered:
            uow.now = now or uow.now
            return configs.render_config(uow, self.world.context, self.phones[phone], make_links=make)

        run = self.world.database.write if make else self.world.database.read
        found = read((await run(render)).content).get("AUTOUPDATE CONFIG MODULE", "Auto Pbook Url")
        assert found is not None
        return found

    async def rows(self, table: Any) -> list[Any]:
        found: list[Any] = await self.world.read(lambda uow: list(uow.session.exec(select(table)).all()))
        return found


@pytest.fixture
async def shelf(world: World) -> Shelf:
    made = Shelf(world)
    for number in (1, 2):
        phone = await made.write(register_device, {"mac": f"0C383E00000{number}", "model": "X4"})
        made.phones.append(phone["id"])
    made.book = (await world.database.write(lambda uow: phonebooks.create_book(uow, {"name": "Staff"})))["id"]
    await made.add("Anna")
    return made


@pytest.mark.parametrize("kind", [None, *phonebook.FORMATS])
async def test_the_url_moves_only_with_the_book(shelf: Shelf, kind: str | None) -> None:
    await shelf.put("global", phonebook_id=shelf.book, **({"format": kind} if kind else {}))
    name = f"phonebook.{kind or 'xml'}"
    assert (await shelf.url(make=False)).endswith(f"/(signed-when-sent)/{name}")
    first = await shelf.url()
    assert first.endswith(f"/{name}")
    assert await shelf.url() == first == await shelf.url(make=False)
    assert await shelf.url(1) != first
    (file,) = await shelf.rows(FileRow)
    content = shelf.world.context.blobs.read(file.sha256)
    assert phonebook.sniff(content) == (kind or "xml")
    assert phonebook.count(content) == file.facts["entries"] == 1
    await shelf.add("Bert")
    assert (await shelf.url(make=False)).endswith(f"/(signed-when-sent)/{name}")
    second = await shelf.url()
    assert second != first
    assert await shelf.url() == second
    (file,) = await shelf.rows(FileRow)
    assert phonebook.count(shelf.world.context.blobs.read(file.sha256)) == 2


async def test_back_to_the_old_content_is_back_to_the_old_link(shelf: Shelf) -> None:
    await shelf.put("global", phonebook_id=shelf.book)
    first = await shelf.url()
    await shelf.add("Bert")
    await shelf.url()
    page = await shelf.world.read(lambda uow: phonebooks.list_contacts(uow, shelf.book))
    await shelf.write(phonebooks.delete_contact, shelf.book, page.items[1]["id"])
    assert await shelf.url() == first


async def test_the_most_specific_layer_chooses_between_file_and_book(shelf: Shelf) -> None:
    upload = files.check_upload(kind="phonebook", name="own.csv")
    blob = shelf.world.context.blobs.put(b"name,work\nA,1\n", encrypted=False, max_bytes=100)
    file = await shelf.write(files.create_file, upload, blob)
    await shelf.put("global", file_id=file["id"])
    await shelf.put(f"devices/{shelf.phones[0]}", phonebook_id=shelf.book, format="vcf")
    assert (await shelf.url(0)).endswith("/phonebook.vcf")
    assert (await shelf.url(1)).endswith("/own.csv")
    await shelf.put("global", phonebook_id=shelf.book, format="csv")
    await shelf.put(f"devices/{shelf.phones[0]}", file_id=file["id"])
    assert (await shelf.url(0)).endswith("/own.csv")
    await shelf.put(f"devices/{shelf.phones[1]}", format="vcf")
    assert (await shelf.url(1)).endswith("/phonebook.vcf")
    found = await shelf.world.read(lambda uow: configs.phonebook_of(uow, shelf.world.context, shelf.phones[0]))
    assert found.id == file["id"]


async def test_an_empty_book(shelf: Shelf) -> None:
    await shelf.write(phonebooks.put_contacts, shelf.book, [])
    await shelf.put("global", phonebook_id=shelf.book)
    assert (await shelf.url()).endswith("/phonebook.xml")
    await shelf.put("global", phonebook_id=shelf.book, format="vcf")
    with pytest.raises(AssertionError):
        await shelf.url()
    with pytest.raises(AssertionError):
        await shelf.url(make=False)
    with pytest.raises(BadSettings, match="empty"):
        await shelf.write(configs.phonebook_of, shelf.phones[0])


async def test_who_has_no_book(shelf: Shelf) -> None:
    with pytest.raises(BadSettings, match="no phone book"):
        await shelf.world.read(lambda uow: configs.phonebook_of(uow, shelf.world.context, shelf.phones[0]))
    assert await shelf.world.read(lambda uow: configs.unwritten_book(uow, shelf.world.context, shelf.phones[0])) is None
    with pytest.raises(NotFound):
        await shelf.world.read(lambda uow: phonebook_files.unwritten(uow, "nothing", "xml"))


async def test_what_was_written_meanwhile_for_an_older_book_is_written_again(shelf: Shelf) -> None:
    wanted = await shelf.world.read(lambda uow: phonebook_files.unwritten(uow, shelf.book, "xml"))
    assert wanted is not None
    blob = phonebook_files.store(shelf.world.context, wanted)
    await shelf.add("Bert")
    await shelf.world.database.write(lambda uow: phonebook_files.keep(uow, wanted, blob))
    again = await shelf.world.read(lambda uow: phonebook_files.unwritten(uow, shelf.book, "xml"))
    assert again is not None
    assert len(again.book.contacts) == 2


async def test_its_file_is_not_an_uploaded_one(shelf: Shelf) -> None:
    await shelf.put("global", phonebook_id=shelf.book)
    await shelf.url()
    (file,) = await shelf.rows(FileRow)
    assert phonebook_files.is_book(file)
    assert (await shelf.world.read(lambda uow: files.list_files(uow))).items == []
    with pytest.raises(NotFound):
        await shelf.world.database.write(lambda uow: files.delete_file(uow, file.id))
    with pytest.raises(BadSettings):
        await shelf.put("global", file_id=file.id)


async def test_a_deleted_book_leaves_nothing(shelf: Shelf) -> None:
    await shelf.put("global", phonebook_id=shelf.book)
    await shelf.url()
    await shelf.add("Bert")
    await shelf.url()
    await shelf.write(settings.delete_layer, "global")
    digests = await shelf.world.database.write(lambda uow: phonebooks.delete_book(uow, shelf.book))
    assert len(digests) == 2
    for digest in digests:
        assert await shelf.write(files.drop_blob, digest)
        assert not shelf.world.context.blobs.exists(digest)
    assert (await shelf.rows(FileRow), await shelf.rows(LinkRow)) == ([], [])


async def test_old_books_go_when_phones_have_had_newer_ones_for_long(shelf: Shelf) -> None:
    long_ago = 1_700_000_000.0
    await shelf.put("global", phonebook_id=shelf.book)
    await shelf.url(0, now=long_ago)
    await shelf.url(1, now=long_ago)
    (old,) = {link.sha256 for link in await shelf.rows(LinkRow)}
    await shelf.add("Bert")
    await shelf.url(0)
    await housekeeping._forget_old_books(shelf.world.database, shelf.world.context)
    left = await shelf.rows(LinkRow)
    assert sorted((link.device_id, link.sha256 == old) for link in left) == sorted(
        [(shelf.phones[0], False), (shelf.phones[1], True)]
    )
    assert shelf.world.context.blobs.exists(old), "the other phone may still fetch it"
    await shelf.url(1)
    await housekeeping._forget_old_books(shelf.world.database, shelf.world.context)
    assert len(await shelf.rows(LinkRow)) == 2
    assert not shelf.world.context.blobs.exists(old)
