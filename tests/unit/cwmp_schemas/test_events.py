import pytest

from cwmp_schemas.events import BY_CODE, EVENTS, Event, EventCode, is_canonical
from cwmp_schemas.registry import MESSAGES


@pytest.mark.parametrize("event", EVENTS, ids=[event.code for event in EVENTS])
def test_every_event_parses_to_itself_and_is_cleared_by_a_message(event: Event) -> None:
    assert EventCode.parse(event.code) == (event.code, event.code, event)
    assert event.cleared_by in MESSAGES
    assert is_canonical(event.code)


def test_numbers_are_complete_and_multiple_events_answer_methods() -> None:
    assert [event.code.split()[0] for event in EVENTS if not event.multiple] == [str(number) for number in range(15)]
    assert all(event.code.startswith("M ") for event in EVENTS if event.multiple)
    assert BY_CODE["6 CONNECTION REQUEST"].keep == "never"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("4 VALUECHANGE", "4 VALUE CHANGE"),
        ("10 AUTONOMOUS", "10 AUTONOMOUS TRANSFER COMPLETE"),  # not 1 BOOT (quirk 63)
        (" 1  boot ", "1 BOOT"),
        ("01 BOOT", "1 BOOT"),
        ("6 CONECTION REQUEST", "6 CONNECTION REQUEST"),
        ("M download", "M Download"),
        ("m Schedule Inform", "M ScheduleInform"),
        ("M TRANSFERCOMPLETE", "M TRANSFERCOMPLETE"),
        ("X CT-COM  BIND", "X CT-COM BIND"),
        ("99 UNHEARD OF", "99 UNHEARD OF"),
        ("BOOT", "BOOT"),
        ("", ""),
        ("M", "M"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_odd_codes(raw: str, code: str) -> None:
    parsed = EventCode.parse(raw)
    assert (parsed.code, parsed.raw) == (code, raw)
    assert (parsed.event is not None) == (code in BY_CODE)


def test_vendor_events_are_canonical_in_vendor_form() -> None:
    assert is_canonical("X 0C383E KNOCK")
    assert is_canonical("M X_FANVIL_Restart")
    assert not is_canonical("X ")
    assert not is_canonical("4 VALUECHANGE")
