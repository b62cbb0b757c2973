"""Links: the right of one phone to fetch one file, and the account of which bytes it really got."""

import re
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs.domain.phones.items import Item, missing
from acs.services import links
from acs.services.devices import register_device
from acs.storage.blobs import Blob
from acs.storage.tables import BlobRow, DeviceRow, FileRow, LinkRow, TaskRow
from tests.conftest import World

NOW = 1_800_000_000.0
SHA = "ab" * 32
DAY = 86400.0


@pytest.fixture
async def device(world: World) -> str:
    made = await world.database.write(lambda uow: register_device(uow, world.context, {"mac": "0C383E000001"}))
    return str(made["id"])


async def at(world: World, use_case: Any, now: float = NOW) -> Any:
    """Run a use case at a time of our own."""

    def run(uow: Any) -> Any:
        uow.now = now
        return use_case(uow)

    return await world.database.write(run)


async def link(world: World, device: str, *, now: float = NOW, **more: Any) -> tuple[str, str, str]:
    """Make the link of a Download; give its identifier, token and name."""
    options = {"task_id": "t1", "sha256": SHA, "name": "x4.z", "size": 100, **more}

    def make(uow: Any) -> tuple[str, str]:
        row = links.task_link(uow, world.context, device_id=device, **options)
        return row.id, links.url_of(world.context, row)

    reference, url = await at(world, make, now)
    token, name = url.removeprefix("http://127.0.0.1:7567/t/").split("/")
    return reference, token, name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("x4.z", "x4.z"),
        ("Mein Telefonbuch (neu).xml", "Mein-Telefonbuch-neu-.xml"),
        ("../../etc/passwd", "etc-passwd"),
        ("bücher&co@home.csv", "b-cher-co-home.csv"),
        ("...", "file"),
        ("", "file"),
        ("電話", "file"),
        ("n" * 100 + ".xml", "n" * 76 + ".xml"),
    ],
)
def test_names_in_urls_are_what_any_phone_takes(name: str, safe: str) -> None:
    assert links.safe_name(name) == safe


@given(st.text(max_size=300))
def test_no_name_leaves_its_place_in_the_path(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,80}", links.safe_name(name))
    assert links.safe_name(name) not in (".", "..")


async def test_a_url_is_short_and_says_nothing(world: World, device: str) -> None:
    _, token, name = await link(world, device, name="n" * 200)
    url = f"{world.context.files_url}/t/{token}/{name}"
    assert len(url) < 256  # TR-069 A.3.2.8
    assert not urlsplit(url).query
    assert not {"@", "&", "%"} & set(url)
    assert SHA[:16] not in url
    assert device not in url


async def test_a_link_leads_to_its_file_until_it_expires(world: World, device: str) -> None:
    reference, token, name = await link(world, device, content_type="text/plain")
    opened = await at(world, lambda uow: links.open_link(uow, world.context, token, name), NOW + DAY - 1)
    assert opened == links.OpenLink(reference, "x4.z", SHA, 100, "text/plain", NOW)
    for later in (DAY, DAY + 1):
        assert await at(world, lambda uow: links.open_link(uow, world.context, token, name), NOW + later) is None


async def test_a_changed_link_leads_nowhere(world: World, device: str) -> None:
    _, token, name = await link(world, device)
    _, other, _ = await link(world, device, name="other.z")
    wrong = [
        (token, "x5.z"),
        (token[:-1] + ("A" if token[-1] != "A" else "B"), name),
        ("A" + token[1:] if token[0] != "A" else "B" + token[1:], name),
        (token[:-30] + "ffffffff" + token[-22:], name),  # a longer life
        (token[:-30] + "00000000" + token[-22:], name),  # an endless one
        (other, name),
        ("", name),
    ]
    for changed in wrong:
        assert await at(world, lambda uow, c=changed: links.open_link(uow, world.context, *c)) is None, changed


async def test_a_link_is_gone_with_its_row(world: World, device: str) -> None:
    reference, token, name = await link(world, device)
    await at(world, lambda uow: uow.session.delete(uow.session.get(LinkRow, reference)))
    assert await at(world, lambda uow: links.open_link(uow, world.context, token, name)) is None


async def test_a_download_that_is_asked_again_gets_the_same_link_while_it_is_young(world: World, device: str) -> None:
    first = await link(world, device)
    assert await link(world, device, now=NOW + DAY / 2 - 1) == first
    fresh = await link(world, device, now=NOW + DAY / 2 + 1)
    assert fresh != first
    for token, name in (first[1:], fresh[1:]):  # the phone may still be at the first one
        assert await at(world, lambda uow, t=token, n=name: links.open_link(uow, world.context, t, n), NOW + 0.9 * DAY)


@pytest.mark.parametrize("other", [{"task_id": "t2"}, {"sha256": "cd" * 32}, {"name": "y.z"}])
async def test_other_bytes_another_name_or_another_task_are_another_link(
    world: World, device: str, other: dict[str, Any]
) -> None:
    first = await link(world, device)
    assert (await link(world, device, **other))[0] != first[0]


async def test_links_inside_a_configuration_stay_the_same_for_a_phone_and_its_bytes(world: World, device: str) -> None:
    second = await world.database.write(lambda uow: register_device(uow, world.context, {"mac": "0C383E000002"}))

    def make(uow: Any) -> dict[str, Any]:
        for sha256 in (SHA, "cd" * 32):
            uow.session.add(BlobRow(sha256=sha256, md5="", size=5, created_at=NOW))
        uow.session.flush()
        rows = {
            "book": FileRow(id="f1", kind="phonebook", name="Buch 1.xml", sha256=SHA, md5="", size=5, created_at=NOW),
            "again": FileRow(id="f2", kind="phonebook", name="Buch 1.xml", sha256=SHA, md5="", size=5, created_at=NOW),
            "new": FileRow(
                id="f3", kind="phonebook", name="Buch 1.xml", sha256="cd" * 32, md5="", size=5, created_at=NOW
            ),
        }
        items = {key: links.item_of(row, kind="phonebook", path="phonebook.file_id") for key, row in rows.items()}

        def link_of(device: str, item: Item) -> tuple[str, str]:
            row = links.item_link(uow, world.context, device, item)
            return row.id, links.url_of(world.context, row)

        assert links.known_link(uow, device, items["book"]) is None
        made: dict[str, Any] = {key: link_of(device, item) for key, item in items.items()}
        made["later"] = link_of(device, items["book"])
        made["neighbour"] = link_of(second["id"], items["book"])
        made["shown"] = links.preview_url(world.context, items["book"])
        return made

    made = await at(world, make)
    assert made["book"] == made["again"] == made["later"]
    assert len({made["book"], made["new"], made["neighbour"]}) == 3
    assert made["shown"].endswith("/Buch-1.xml")
    token, name = made["book"][1].removeprefix("http://127.0.0.1:7567/t/").split("/")
    assert made["shown"].split("/")[:4] == made["book"][1].split("/")[:4]
    assert token not in made["shown"]
    years = NOW + 3650 * DAY
    assert (await at(world, lambda uow: links.open_link(uow, world.context, token, name), years)).sha256 == SHA


async def test_only_what_is_fetched_after_an_offer_proves_that_a_phone_has_it(world: World, device: str) -> None:
    one = Item("background", "background.file_id", "background.bmp", SHA, 100)
    other = Item("background", "background.file_id", "background.bmp", "cd" * 32, 50)

    def make(uow: Any) -> dict[str, str]:
        for item in (one, other):
            uow.session.add(BlobRow(sha256=item.sha256, md5="", size=item.size, created_at=NOW))
        uow.session.flush()
        return {item.sha256: links.item_link(uow, world.context, device, item).id for item in (one, other)}

    references = await at(world, make)

    async def offer(item: Item) -> None:
        await at(world, lambda uow: links.offer(uow, device, [item]))

    async def fetch(item: Item, count: int | None = None) -> Any:
        sent = item.size if count is None else count
        return await at(
            world,
            lambda uow: links.record_served(uow, references[item.sha256], start=0, sent=sent, client="", user_agent=""),
        )

    async def lacks(item: Item) -> bool:
        return bool(await at(world, lambda uow: missing([item], uow.session.get(DeviceRow, device).items)))

    await offer(one)
    assert await fetch(one, 99) == (device, False)
    assert await lacks(one)
    assert await fetch(one) == (device, True)
    assert not await lacks(one)
    await offer(other)
    await fetch(other)
    assert (await lacks(one), await lacks(other)) == (True, False)
    assert await fetch(one) == (device, False)  # by itself, from the old link: that it applies it nobody has asked
    assert await lacks(one)
    await offer(one)
    assert await lacks(one)  # what was fetched long ago proves nothing
    assert await fetch(one) == (device, True)
    assert (await lacks(one), await lacks(other)) == (False, True)


# Which bytes went out ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "sent", "complete_after"),
    [
        (100, [(0, 100)], 1),
        (100, [(0, 60), (60, 40)], 2),
        (100, [(60, 40), (0, 60)], 2),  # the end first
        (100, [(0, 70), (50, 50)], 2),  # a resume that overlaps
        (100, [(0, 50), (0, 50)], None),  # twice the same half is not a whole
        (100, [(0, 50), (51, 49)], None),  # one byte is missing
        (100, [(1, 99)], None),
        (100, [(0, 99), (0, 0), (99, 1)], 3),
        (100, [(0, 0)], None),  # HEAD
        (0, [(0, 0)], 1),  # an empty file has no bytes to wait for
        (100, [(0, 10), (90, 10), (40, 20), (10, 30), (60, 30)], 5),
    ],
)
async def test_a_file_is_handed_over_once_every_byte_of_it_was(
    world: World, device: str, size: int, sent: list[tuple[int, int]], complete_after: int | None
) -> None:
    reference, _, _ = await link(world, device, size=size)
    news = []
    for number, (start, count) in enumerate(sent):

        def serve(uow: Any, start: int = start, count: int = count) -> Any:
            return links.record_served(uow, reference, start=start, sent=count, client="192.0.2.1", user_agent="F")

        found = await at(world, serve, NOW + number)
        assert found[0] == device
        news.append(found[1])
    assert news == [number + 1 == complete_after for number in range(len(sent))]
    row = await at(world, lambda uow: uow.session.get(LinkRow, reference))
    assert row.requests == len(sent)
    assert row.first_at == NOW
    assert row.complete_at == (None if complete_after is None else NOW + complete_after - 1)


async def test_a_file_that_was_fetched_is_news_once(world: World, device: str) -> None:
    reference, _, _ = await link(world, device)

    def serve(uow: Any) -> Any:
        return links.record_served(uow, reference, start=0, sent=100, client="c" * 99, user_agent="u" * 999)

    assert [(await at(world, serve, NOW + number))[1] for number in range(3)] == [True, False, False]
    row = await at(world, lambda uow: uow.session.get(LinkRow, reference))
    assert (row.requests, row.complete_at, row.served) == (3, NOW, [[0, 100]])
    assert (len(row.client), len(row.user_agent)) == (64, 256)  # what a client says of itself has bounds


async def test_who_fetches_a_file_in_crumbs_does_not_grow_its_row_without_end(world: World, device: str) -> None:
    reference, _, _ = await link(world, device)

    def crumbs(uow: Any) -> Any:
        for number in range(links.MAX_RANGES + 50):
            links.record_served(uow, reference, start=2 * number, sent=1, client="", user_agent="")
        return len(uow.session.get(LinkRow, reference).served)

    def whole(uow: Any) -> Any:
        return links.record_served(uow, reference, start=0, sent=100, client="", user_agent="")

    assert await at(world, crumbs) == links.MAX_RANGES
    await at(world, whole)
    kept = (await at(world, lambda uow: uow.session.get(LinkRow, reference))).served
    assert kept[0] == [0, 101]  # a range that joins others is still taken in


async def test_bytes_of_a_link_that_is_gone_are_nobodys(world: World) -> None:
    def serve(uow: Any) -> Any:
        return links.record_served(uow, "gone", start=0, sent=1, client="", user_agent="")

    assert await at(world, serve) is None


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda pair: [pair[0], sum(pair)]), max_size=12))
def test_merging_ranges_keeps_exactly_their_bytes(ranges: list[list[int]]) -> None:
    merged = links.merge_ranges(ranges)
    assert {b for start, stop in merged for b in range(start, stop)} == {
        b for start, stop in ranges for b in range(start, stop)
    }
    assert all(before[1] < after[0] for before, after in pairwise(merged))
    assert links.merge_ranges(merged) == merged


# Files from phones ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "taken"),
    [
        ({"type": "upload"}, True),
        ({"type": "upload", "open": False, "state": "succeeded"}, False),
        ({"type": "upload", "open": False, "state": "cancelled"}, False),
        ({"type": "download"}, False),  # who may fetch may not overwrite
        (None, False),
    ],
)
async def test_only_an_open_upload_task_takes_a_file(
    world: World, device: str, task: dict[str, Any] | None, taken: bool
) -> None:
    reference, token, name = await link(world, device, sha256="", size=0)
    if task is not None:
        row = TaskRow(id="t1", device_id=device, created_at=NOW, **task)
        await at(world, lambda uow: uow.session.add(row))

    def look(uow: Any) -> list[str | None]:
        tries = [(token, name), (token, "other.bin"), (token[:-1] + "!", name)]
        found = [links.open_upload(uow, world.context, *each) for each in tries]
        return [row.id if row else None for row in found]

    assert await at(world, look) == [reference if taken else None, None, None]
    assert await at(world, look, NOW + DAY) == [None, None, None]
    # The link is for sending: nothing is ever fetched by it.
    assert await at(world, lambda uow: links.open_link(uow, world.context, token, name)) is None


async def test_a_file_that_is_sent_again_replaces_the_first(world: World, device: str) -> None:
    reference, _, _ = await link(world, device, sha256="", size=0, name="0c383e000001.bin")
    blobs = [Blob("ab" * 32, "1" * 32, 10), Blob("cd" * 32, "2" * 32, 20)]
    for number, blob in enumerate(blobs):

        def receive(uow: Any, blob: Blob = blob) -> None:
            uow.session.add(BlobRow(sha256=blob.sha256, md5=blob.md5, size=blob.size, created_at=NOW))
            uow.session.flush()
            links.record_received(uow, uow.session.get(LinkRow, reference), blob, client="192.0.2.1")

        await at(world, receive, NOW + number)

    def kept(uow: Any) -> Any:
        (file,) = uow.connection.exec_driver_sql("SELECT id, name, kind, sha256, size FROM file").all()
        return uow.session.get(LinkRow, reference), file

    row, file = await at(world, kept)
    assert tuple(file) == (row.file_id, "0c383e000001.bin", "other", "cd" * 32, 20)
    assert (row.requests, row.first_at, row.complete_at, row.size) == (2, NOW, NOW + 1, 20)
    assert row.sha256 == ""
