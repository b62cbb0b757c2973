from random import Random

import pytest

from acs.simulator.retry import bounds, wait

TABLE_3 = {
    1: (5, 10),
    2: (10, 20),
    3: (20, 40),
    4: (40, 80),
    5: (80, 160),
    6: (160, 320),
    7: (320, 640),
    8: (640, 1280),
    9: (1280, 2560),
    10: (2560, 5120),
    942: (2560, 5120),
}


@pytest.mark.parametrize("retry", TABLE_3)
def test_the_waits_are_those_of_table_3(retry: int) -> None:
    assert bounds(retry) == TABLE_3[retry]
    random = Random(retry)
    assert all(TABLE_3[retry][0] <= wait(retry, random) <= TABLE_3[retry][1] for _ in range(50))


def test_minimum_and_multiplier_are_parameters() -> None:
    assert bounds(3, minimum=7, multiplier=1500) == (7 * 1.5**2, 7 * 1.5**3)
