"""Which faults are worth another try, and when."""

import itertools

import pytest

from acs.domain.planning.retries import LONGEST_WAIT, MAX_ATTEMPTS, Backoff, FaultClass, classify
from cwmp_schemas.faults import CODES

RETRIED = {"9001", "9002", "9004", "9010", "9011", "9015", "9016", "9017", "9020", "8005"}


def test_every_fault_of_the_standard_has_its_class() -> None:
    assert {str(code) for code in CODES if classify(str(code)) is FaultClass.RETRY} == RETRIED
    assert {str(code) for code in CODES if classify(str(code)) is FaultClass.SUCCESS} == set()


@pytest.mark.parametrize(
    ("code", "is_class"),
    [
        ("9800", FaultClass.SUCCESS),  # Broadcom: done, reboot required
        ("9801", FaultClass.SUCCESS),
        ("9802", FaultClass.SUCCESS),
        ("9803", FaultClass.RETRY),
        ("9809", FaultClass.RETRY),  # timed out
        ("9899", FaultClass.RETRY),
        ("98", FaultClass.FINAL),
        ("98000", FaultClass.FINAL),
        ("8800", FaultClass.FINAL),
        ("no_response", FaultClass.RETRY),
        ("session_lost", FaultClass.RETRY),
        ("not_applied", FaultClass.FINAL),
        ("expired", FaultClass.FINAL),
        ("0", FaultClass.FINAL),
        ("", FaultClass.FINAL),
    ],
)
def test_vendors_and_our_own_words_have_a_class_too(code: str, is_class: FaultClass) -> None:
    assert classify(code) is is_class


def test_the_wait_doubles_until_it_is_long_enough_and_then_nobody_tries_again() -> None:
    backoff = Backoff(first=10.0, longest=60.0, attempts=6)
    assert [backoff.after(attempt, 0.5) for attempt in range(1, 8)] == [10.0, 20.0, 40.0, 60.0, 60.0, None, None]


@pytest.mark.parametrize(("jitter", "wait"), [(0.0, 15.0), (0.5, 20.0), (0.75, 22.5)])
def test_a_fleet_that_failed_together_comes_back_spread(jitter: float, wait: float) -> None:
    assert Backoff(first=10.0).after(2, jitter) == wait


@pytest.mark.parametrize("jitter", [0.0, 0.999_999])
def test_the_waits_grow_whatever_the_dice_say_and_stay_near_the_longest(jitter: float) -> None:
    waits = [Backoff(attempts=20).after(attempt, jitter) for attempt in range(1, 20)]
    numbers = [wait for wait in waits if wait is not None]
    assert len(numbers) == 19
    assert all(one <= other for one, other in itertools.pairwise(numbers))
    assert 7.5 <= numbers[0] < 12.5
    assert 0.75 * LONGEST_WAIT <= numbers[-1] < 1.25 * LONGEST_WAIT


def test_by_default_the_last_attempt_has_no_wait_after_it() -> None:
    assert Backoff().after(MAX_ATTEMPTS - 1, 0.0) is not None
    assert Backoff().after(MAX_ATTEMPTS, 0.0) is None


def test_one_attempt_means_one() -> None:
    assert Backoff(attempts=1).after(1, 0.5) is None
