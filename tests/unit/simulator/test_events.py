import pytest

from acs.simulator import events
from acs.simulator.events import Event, EventQueue, Keep


def queue(*codes: str) -> EventQueue:
    made = EventQueue()
    for code in codes:
        made.add(code)
    return made


def codes(of: EventQueue) -> list[str]:
    return [event.code for event in of.for_inform()]


@pytest.mark.parametrize("code", list(events.RULES))
def test_every_event_obeys_its_keep_rule(code: str) -> None:
    rule = events.RULES[code]
    after_failure, after_boot = queue(code), queue(code)
    after_failure.undelivered()
    after_boot.rebooted()
    assert len(after_failure) == (0 if rule.keep is Keep.NOT_AT_ALL else 1)
    assert len(after_boot) == (1 if rule.keep is Keep.FOREVER else 0)


def test_the_keep_rules_are_those_of_table_8() -> None:
    by_keep = {keep: {code for code, rule in events.RULES.items() if rule.keep is keep} for keep in Keep}
    assert by_keep[Keep.UNTIL_BOOT] == {"1 BOOT", "4 VALUE CHANGE"}
    assert by_keep[Keep.NOT_AT_ALL] == {"6 CONNECTION REQUEST"}


def test_single_events_are_listed_once_and_multiple_ones_each() -> None:
    made = queue("2 PERIODIC", "2 PERIODIC")
    made.add("M Reboot", "a")
    made.add("M Reboot", "b")
    made.add("M Reboot", "a")
    assert codes(made) == ["2 PERIODIC", "M Reboot", "M Reboot", "M Reboot"]


def test_bootstrap_forgets_what_was_before_it() -> None:
    assert codes(queue("2 PERIODIC", "7 TRANSFER COMPLETE", "0 BOOTSTRAP", "1 BOOT")) == ["0 BOOTSTRAP", "1 BOOT"]


def test_inform_response_clears_only_what_was_listed_and_not_transfers() -> None:
    made = queue("1 BOOT", "7 TRANSFER COMPLETE", "M Download")
    delivered = made.for_inform()
    made.add("4 VALUE CHANGE")
    made.informed(delivered)
    assert codes(made) == ["4 VALUE CHANGE", "7 TRANSFER COMPLETE", "M Download"]


def test_each_transfer_response_clears_one_and_the_last_clears_seven() -> None:
    made = queue("7 TRANSFER COMPLETE")
    made.add("M Download", "a")
    made.add("M Upload", "b")
    made.transfer_reported("M Download", "a")
    assert list(made) == [Event("7 TRANSFER COMPLETE"), Event("M Upload", "b")]
    made.transfer_reported("M Upload", "b")
    assert len(made) == 0


def test_an_inform_lists_64_at_most() -> None:
    made = EventQueue()
    for number in range(70):
        made.add("M ScheduleInform", str(number))
    assert len(made.for_inform()) == 64


def test_events_of_vendors_come_last_and_live_until_the_next_boot() -> None:
    queue = EventQueue()
    for code in ("X 0C383E A", events.BOOT, "13 WAKEUP", events.BOOT, "13 WAKEUP"):
        queue.add(code)
    assert [event.code for event in queue.for_inform()] == [events.BOOT, "X 0C383E A", "13 WAKEUP"]
    queue.rebooted()
    assert not len(queue)
