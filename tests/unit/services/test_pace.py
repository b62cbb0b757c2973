"""Counts within a sliding window."""

from acs.services.pace import Pace


def test_what_left_the_window_does_not_count() -> None:
    pace = Pace(60.0)
    assert [pace.count("a", now) for now in (0.0, 1.0, 59.0, 60.0, 61.0, 200.0)] == [1, 2, 3, 3, 3, 1]


def test_names_count_apart() -> None:
    pace = Pace()
    assert [pace.count(name, 0.0) for name in "abab"] == [1, 1, 2, 2]


def test_memory_is_bounded() -> None:
    pace = Pace(most_names=2, most=3)
    assert [pace.count("a", 0.0) for _ in range(9)][-1] == 3
    pace.count("b", 0.0)
    pace.count("a", 0.0)
    pace.count("c", 0.0)  # b was silent longest
    assert [pace.count("a", 0.0), pace.count("b", 0.0)] == [3, 1]


def test_names_that_fell_silent_are_forgotten() -> None:
    pace = Pace(60.0)
    for number in range(100):
        pace.count(f"invented {number}", float(number))
    pace.count("a", 1000.0)
    assert list(pace._times) == ["a"]
