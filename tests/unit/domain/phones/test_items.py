"""Which items a phone has, which it lacks, and what its file says of them."""

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.phones import items
from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.items import Item
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import ITEM_KEYS, Links, render
from acs.formats import ConfigDocument, Dialect, read, write

AUTOUPDATE = "AUTOUPDATE CONFIG MODULE"


def item(kind: str = "phonebook", sha256: str = "a", name: str = "book.xml", **more: Any) -> Item:
    return Item(kind, f"{kind}.file_id", name, sha256, 10, url=f"http://h/{sha256}/{name}", **more)


def held(*fetched: Item) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, each in enumerate(fetched):
        found = items.fetched(found, kind=each.kind, name=each.name, sha256=each.sha256, now=100.0 + number)
    return found


def document(*named: Item, raw: dict[str, Any] | None = None) -> ConfigDocument:
    urls = {each.kind: each.url for each in named if each.kind != "certificate"}
    links = Links(certificates=tuple(each.url for each in named if each.kind == "certificate"), **urls)
    layer: dict[str, Any] = {"locale": {"language": "de"}}
    if raw:
        layer["raw"] = {AUTOUPDATE: raw}
    return render(resolve([Layer("global", layer)]), model=MODELS["i30"], dialect=Dialect.TEXT1, links=links)


def test_fixed_names_are_the_manuals() -> None:
    assert items.wire_name("background", "holiday.bmp") == "background.bmp"
    assert items.wire_name("dialpeer", "export (3).csv") == "dialPeer.csv"
    assert items.wire_name("access_list", "x.csv") == "accessList.csv"
    assert items.wire_name("certificate", "sips.pem") == "sips.pem"
    assert items.ITEM_KINDS | {"firmware"} == set(ITEM_KEYS)


def test_what_was_fetched_is_not_missing_whatever_its_name() -> None:
    book = item()
    assert items.missing([book], {}) == (book,)
    assert items.missing([book], held(book)) == ()
    assert items.missing([replace(book, name="other.xml", file_id="f2")], held(book)) == ()
    assert items.missing([replace(book, kind="background")], held(book)) != ()


def test_going_back_is_a_change_too() -> None:
    first, second = item(sha256="a"), item(sha256="b")
    assert items.missing([first], held(first, second)) == (first,)
    assert items.missing([second], held(first, second)) == ()
    assert items.missing([first], held(first, second, first)) == ()


def test_certificates_lie_beside_each_other_and_a_name_is_replaced() -> None:
    root, server = item("certificate", "r", "root.pem"), item("certificate", "s", "server.pem")
    renewed = item("certificate", "t", "server.pem")
    assert items.missing([root, server], held(root, server)) == ()
    assert items.missing([root, renewed], held(root, server)) == (renewed,)
    assert items.missing([root, server], held(root, server, renewed)) == (server,)


def test_nothing_is_left_after_a_factory_reset() -> None:
    book = item()
    reset = items.after_reset(200.0)
    assert items.missing([book], reset) == (book,)
    assert not items.since_reset(reset, 199.0)
    assert not items.since_reset(reset, None)
    assert items.since_reset(reset, 201.0)
    assert items.since_reset({}, 1.0)
    later = items.fetched(reset, kind="phonebook", name="book.xml", sha256="a", now=300.0)
    assert items.missing([book], later) == ()
    assert not items.since_reset(later, 199.0)


def test_firmware_is_proven_by_what_runs() -> None:
    image = item("firmware", "f", "x4.z", version="2.14.0")
    assert items.missing([image], {}, software_version="2.14.0") == ()
    assert items.missing([image], {}, software_version="2.12.1") == (image,)
    once = held(image)
    assert items.missing([image], once, software_version="2.12.1", booted_at=50.0) == ()  # it has yet to start
    assert items.missing([image], once, software_version="2.12.1", booted_at=150.0) == (image,)
    thrice = held(image, image, image)
    assert items.missing([image], thrice, software_version="2.12.1", booted_at=150.0) == ()
    other = held(image, image, image, item("firmware", "g", "x4.z"))
    assert items.missing([image], other, software_version="2.12.1") == (image,)
    unnamed = item("firmware", "f", "x4.z")
    assert items.missing([unnamed], once, software_version="2.12.1", booted_at=150.0) == ()


def test_what_was_offered_just_now_may_be_on_its_way() -> None:
    book = item()
    told = items.offered({}, [book], 1000.0)
    assert items.is_fetching(told, book, 1001.0)
    assert not items.is_fetching(told, book, 1000.0 + items.FETCHING)
    assert not items.is_fetching(told, item(sha256="b"), 1001.0)
    done = items.fetched(told, kind="phonebook", name="book.xml", sha256="a", now=1002.0)
    assert not items.is_fetching(done, book, 1003.0)
    assert items.missing([book], done) == ()


def test_a_file_carries_what_is_missing_and_nothing_else_of_it_changes() -> None:
    book, peers = item(), item("dialpeer", "p", "dialPeer.csv")
    whole = document(book, peers)
    made = items.push(whole, [book, peers], [peers])
    assert (made.carried, made.later) == ((peers,), ())
    assert made.document.get(AUTOUPDATE, "Auto DPeer Url") == peers.url
    assert made.document.get(AUTOUPDATE, "Auto Pbook Url") is None
    lines = set(write(whole, Dialect.TEXT1).splitlines()) - set(write(made.document, Dialect.TEXT1).splitlines())
    assert [line.split(b":")[0].strip() for line in lines] == [b"Auto Pbook Url"]
    nothing = items.push(whole, [book, peers], [])
    assert nothing.document.get(AUTOUPDATE, "Auto DPeer Url") is None
    assert b"AUTOUPDATE" not in write(nothing.document, Dialect.TEXT1)  # no empty module
    assert read(write(nothing.document, Dialect.TEXT1)).modules == nothing.document.modules


def test_one_certificate_at_a_time() -> None:
    a, b, c = (item("certificate", sha, f"{sha}.pem") for sha in "abc")
    whole = document(a, b, c)
    assert whole.get(AUTOUPDATE, "Auto etc Url") == a.url
    made = items.push(whole, [a, b, c], [b, c])
    assert (made.carried, made.later) == ((b,), (c,))
    assert made.document.get(AUTOUPDATE, "Auto etc Url") == b.url


def test_a_raw_key_is_the_operators_own() -> None:
    book = item()
    whole = document(book, raw={"Auto Pbook Url": "http://elsewhere/b.xml"})
    assert items.named_by(whole, [book]) == ()
    made = items.push(whole, [book], [book])
    assert made.carried == ()
    assert made.document.get(AUTOUPDATE, "Auto Pbook Url") == "http://elsewhere/b.xml"
    assert items.identity(whole, [book]) == whole


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (replace(item(), url="http://elsewhere/book.xml"), True),
        (item(name="renamed.xml"), True),
        (item(sha256="b"), False),
    ],
)
def test_the_identity_is_by_digest(other: Item, same: bool) -> None:
    first = items.identity(document(item()), [item()])
    assert (items.identity(document(other), [other]) == first) is same


def test_every_certificate_counts_for_the_identity() -> None:
    a, b, c = (item("certificate", sha, f"{sha}.pem") for sha in "abc")
    assert items.identity(document(a, b), [a, b]) != items.identity(document(a, c), [a, c])
    assert items.identity(document(), []) == document()
