"""Open sessions: found by cookie, phone, connection or address, and never mistaken for each other."""

import pytest

from acs.protocols.cwmp.session import Session
from acs.services.informs import Principal
from acs.services.session_store import Live, SessionStore


def live(name: str, device: str, connection: str = "192.0.2.1|1", *, closing: bool = False) -> Live:
    return Live(
        session=Session.new(name),
        device_id=device,
        principal=Principal("device", device, f"cpe-{device}"),
        connection=connection,
        address=connection.split("|", maxsplit=1)[0],
        seen_at=0.0,
        patience=60.0,
        closing_since=1.0 if closing else None,
    )


def test_a_session_is_found_by_each_of_its_names_and_gone_from_all_of_them() -> None:
    store = SessionStore()
    one = live("s1", "d1")
    assert store.add(one) is None
    assert (store.get("s1"), store.of_device("d1"), store.on_connection("192.0.2.1|1")) == (one, one, one)
    assert store.at_address("192.0.2.1") is one
    assert list(store) == [one]

    store.drop(one)
    found = store.get("s1"), store.of_device("d1"), store.on_connection("192.0.2.1|1"), store.at_address("192.0.2.1")
    assert found == (None, None, None, None)
    assert len(store) == 0
    store.drop(one)  # twice is once


def test_a_phone_that_calls_again_supersedes_its_own_session_only() -> None:
    store = SessionStore()
    old, other = live("s1", "d1", "192.0.2.1|1"), live("s2", "d2", "192.0.2.1|2")
    store.add(old)
    store.add(other)

    new = live("s3", "d1", "192.0.2.1|3")
    assert store.add(new) is old
    assert store.get("s1") is None
    assert store.on_connection("192.0.2.1|1") is None
    assert store.of_device("d1") is new
    assert sorted(each.id for each in store) == ["s2", "s3"]


def test_a_late_end_of_an_old_session_leaves_its_successor_alone() -> None:
    store = SessionStore()
    old = live("s1", "d1")
    store.add(old)
    new = live("s2", "d1")
    store.add(new)
    store.drop(old)
    assert (store.of_device("d1"), store.on_connection(new.connection), store.at_address(new.address)) == (new,) * 3


def test_of_two_phones_on_a_proxys_connection_the_last_one_is_meant() -> None:
    store = SessionStore()
    first, second = live("s1", "d1"), live("s2", "d2")
    store.add(first)
    store.add(second)
    assert store.on_connection(first.connection) is second
    store.drop(first)
    assert store.on_connection(first.connection) is second


def test_a_phone_may_go_on_over_another_connection() -> None:
    store = SessionStore()
    one = live("s1", "d1", "192.0.2.1|1")
    store.add(one)
    store.moved(one, "192.0.2.1|2")
    assert store.on_connection("192.0.2.1|1") is None
    assert store.on_connection("192.0.2.1|2") is one
    assert one.connection == "192.0.2.1|2"
    store.drop(one)
    assert store.on_connection("192.0.2.1|2") is None


def test_a_phone_that_moves_does_not_take_the_connection_from_whom_it_now_belongs_to() -> None:
    store = SessionStore()
    first, second = live("s1", "d1"), live("s2", "d2")
    store.add(first)
    store.add(second)  # the same connection
    store.moved(first, "192.0.2.1|9")
    assert store.on_connection("192.0.2.1|1") is second
    assert store.on_connection("192.0.2.1|9") is first


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({}, None),
        ({"a": False}, "a"),
        ({"a": False, "b": False}, None),  # behind one NAT: nobody can say which
        ({"a": False, "b": True}, "a"),
        ({"a": False, "b": True, "c": True}, "a"),
        ({"a": True}, "a"),
        ({"a": True, "b": True}, None),
        ({"a": False, "b": False, "c": True}, None),
    ],
)
def test_an_address_names_a_session_only_if_there_is_no_doubt(there: dict[str, bool], expected: str | None) -> None:
    """``there``: sessions at the address, and whether each one is closing."""
    store = SessionStore()
    store.add(live("elsewhere", "dx", "198.51.100.7|1"))
    for number, (name, closing) in enumerate(there.items()):
        store.add(live(name, f"d-{name}", f"192.0.2.1|{number}", closing=closing))
    found = store.at_address("192.0.2.1")
    assert (found.id if found else None) == expected


def test_sessions_may_be_dropped_while_walking_over_them() -> None:
    store = SessionStore()
    for number in range(5):
        store.add(live(f"s{number}", f"d{number}", f"192.0.2.{number}|1"))
    for each in store:
        store.drop(each)
    assert len(store) == 0


def test_an_address_is_known_where_a_phone_proves_itself_on_each_connection() -> None:
    store = SessionStore()
    one, other = live("s1", "d1", "192.0.2.1|1"), live("s2", "d2", "192.0.2.1|2")
    store.add(one)
    store.add(other)
    assert not store.proves_again_at("192.0.2.1")
    one.rejoined = True
    assert store.proves_again_at("192.0.2.1")
    assert not store.proves_again_at("192.0.2.9")
    one.closing_since = 1.0
    assert not store.proves_again_at("192.0.2.1")
