"""Pages that neither repeat nor skip."""

import base64
from typing import Any

import pytest

from acs.errors import BadRequest
from acs.services.devices import DeviceQuery, list_devices, register_device
from acs.services.paging import check_limit, decode_cursor, encode_cursor, page_of_list
from tests.conftest import World


def test_cursor_round_trip() -> None:
    assert decode_cursor(encode_cursor("a", None, 3), 3) == ["a", None, 3]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "%%%",
        "ä",
        base64.urlsafe_b64encode(b'{"a":1}').decode(),
        base64.urlsafe_b64encode(b"[[1]]").decode(),
        base64.urlsafe_b64encode(b"[1,2]").decode(),
        base64.urlsafe_b64encode(b"[99999999999999999999]").decode(),
        base64.urlsafe_b64encode(b'["\\ud800"]').decode(),
        base64.urlsafe_b64encode(b"[" * 50_000).decode(),
    ],
)
def test_foreign_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_cursor(cursor, 1)
    assert caught.value.field == "cursor"


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_limits(limit: int) -> None:
    with pytest.raises(BadRequest):
        check_limit(limit)


def test_a_list_in_pages() -> None:
    items: list[dict[str, Any]] = [{"path": name} for name in "abcde"]
    first = page_of_list(items, key="path", limit=2)
    second = page_of_list(items, key="path", limit=2, cursor=first.next)
    last = page_of_list(items, key="path", limit=2, cursor=second.next)
    assert [item["path"] for page in (first, second, last) for item in page.items] == list("abcde")
    assert last.next is None


@pytest.mark.parametrize("sort", [None, "model", "-model", "last_inform_at", "-mac"])
async def test_rows_in_pages_are_each_seen_once(world: World, sort: str | None) -> None:
    models = ["X4", "X3S", "X4", "", "X6"]
    for number, model in enumerate(models):
        body = {"mac": f"0c383e00000{number}", "serial_number": f"S{number}", "model": model}
        await world.database.write(lambda uow, body=body: register_device(uow, world.context, body))  # type: ignore[misc]
    seen: list[str] = []
    cursor = None
    while True:
        query = DeviceQuery(sort=sort, limit=2, cursor=cursor)
        page = await world.database.read(lambda uow, query=query: list_devices(uow, query))  # type: ignore[misc]
        seen += [item["mac"] for item in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert sorted(seen) == [f"0c383e00000{number}" for number in range(5)]
    if sort == "-mac":
        assert seen == sorted(seen, reverse=True)
