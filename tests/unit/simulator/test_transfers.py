import pytest

from acs.simulator.datamodel import CwmpFault
from acs.simulator.transfers import MOST, State, Transfer, TransferQueue


def download(key: str, **facts: float) -> Transfer:
    return Transfer(True, key, "3 Vendor Configuration File", "http://f.test/t/abc/phone.cfg?x=/y", **facts)  # type: ignore[arg-type]


def test_the_same_command_key_is_one_transfer_and_an_empty_one_is_none() -> None:
    queue = TransferQueue()
    for key in ("a", "a", "b", "", ""):
        queue.add(download(key))
    queue.add(Transfer(False, "a", "1 Vendor Configuration File", "http://f.test/up"))
    assert [each.command_key for each in queue] == ["a", "b", "", "", "a"]


def test_a_full_queue_is_9004() -> None:
    queue = TransferQueue()
    for number in range(MOST):
        queue.add(download(str(number)))
    with pytest.raises(CwmpFault) as caught:
        queue.add(download("one more"))
    assert caught.value.code == 9004
    queue.add(download("3"))  # asked for twice, not queued twice
    assert len(queue) == MOST


def test_delays_decide_the_order() -> None:
    queue = TransferQueue()
    queue.add(download("late", not_before=20.0))
    queue.add(download("soon", not_before=10.0))
    first = queue.next_to_start()
    assert first is not None
    assert first.command_key == "soon"
    first.state = State.COMPLETED
    assert [each.command_key for each in queue.to_announce()] == ["soon"]
    first.announced = True
    assert [each.command_key for each in queue.to_report()] == ["soon"]
    queue.remove(first)
    assert len(queue) == 1


def test_a_file_is_called_by_its_target_name_or_the_end_of_its_url() -> None:
    assert download("a").file_name == "phone.cfg"
    assert Transfer(True, "a", "1 Firmware Upgrade Image", "http://f/x", target_file_name="x4.z").file_name == "x4.z"
