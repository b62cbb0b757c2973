"""Slowing down: free at first, then doubling up to a limit, forgotten in time, bounded in memory."""

from acs.services.brake import FORGET_SECONDS, FREE, MAX_SOURCES, MAX_WAIT, Brake


def test_waits_double_up_to_a_limit() -> None:
    brake = Brake()
    waits = [brake.failed("a", now=float(second)) for second in range(FREE + 10)]
    assert waits[:FREE] == [0.0] * FREE
    assert waits[FREE : FREE + 3] == [0.1, 0.2, 0.4]
    assert waits[-1] == MAX_WAIT


def test_sources_are_apart_and_forgotten() -> None:
    brake = Brake()
    for _ in range(FREE + 3):
        brake.failed("a", now=0.0)
    assert brake.failed("b", now=0.0) == 0.0
    assert brake.failed("a", now=1.0) > 0.0
    assert brake.failed("a", now=2.0 + FORGET_SECONDS) == 0.0


def test_memory_is_bounded() -> None:
    brake = Brake()
    for _ in range(FREE + 3):
        brake.failed("first", now=0.0)
    for number in range(MAX_SOURCES):
        brake.failed(str(number), now=0.0)
    assert brake.failed("first", now=0.0) == 0.0
