import pytest

from acs.protocols.cwmp import limits


@pytest.mark.parametrize(
    ("announced", "seconds"), [(None, 180), (-1, 180), (0, 180), (29, 30), (30, 30), (299, 299), (10**9, 300)]
)
def test_the_announced_time_is_kept_in_bounds(announced: int | None, seconds: int) -> None:
    assert limits.session_timeout(announced) == seconds
