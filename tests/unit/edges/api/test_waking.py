"""Waking a phone for work that waits in any case."""

from acs.edges.api.waking import wake_quietly
from tests.unit.edges.api.conftest import Api


async def test_a_phone_is_asked_and_a_failure_is_counted(api: Api) -> None:
    await wake_quietly(api.dependencies, "d")
    assert api.waker.asked == ["d"]
    api.waker.unknown = True
    await wake_quietly(api.dependencies, "d")
    (sample,) = api.dependencies.counters.snapshot()
    assert (sample.name, sample.value) == ("acs_api_wakes_failed_total", 1)
