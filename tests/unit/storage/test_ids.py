"""Identifiers: short, opaque, in order of creation."""

import string

import pytest

from acs.storage.ids import new_id

NOW = 1_790_000_000.0
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@pytest.mark.parametrize("random", [0, 1, 2**60 - 1])
@pytest.mark.parametrize("now", [1_735_689_600.0, NOW, NOW + 10 * 365 * 86400])
def test_twenty_letters_that_nobody_misreads(now: float, random: int) -> None:
    made = new_id(now, random)
    assert len(made) == 20  # a CommandKey holds 32 characters
    assert set(made) <= set(ALPHABET)
    assert not set(made) & set("ilou" + string.ascii_uppercase)


def test_they_sort_by_creation_whatever_the_random_bits() -> None:
    times = [1_735_689_600.0, NOW, NOW + 0.001, NOW + 1, NOW + 86400, NOW + 20 * 365 * 86400]
    made = [new_id(now, (2**60 - 1) if index % 2 == 0 else 0) for index, now in enumerate(times)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    ("now", "random", "expected"),
    [
        (1_735_689_600.0, 0, "0" * 20),
        (1_735_689_600.0, 2**60 - 1, "0" * 8 + "z" * 12),
        (1_735_689_600.0015, 33, "00000001" + "000000000011"),
        (1_735_689_601.0245, 31, "00000100" + "00000000000z"),
    ],
)
def test_time_comes_first_then_random(now: float, random: int, expected: str) -> None:
    assert new_id(now, random) == expected


def test_random_bits_beyond_sixty_never_touch_the_time() -> None:
    assert new_id(NOW, 2**60) == new_id(NOW, 0)
    assert new_id(NOW, 5)[:8] == new_id(NOW, 2**59)[:8]


def test_every_random_bit_counts() -> None:
    assert len({new_id(NOW, 1 << bit) for bit in range(60)}) == 60
