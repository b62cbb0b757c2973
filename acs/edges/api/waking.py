"""Asking a phone to call for work that waits in any case."""

from acs.edges.api.dependencies import ApiDependencies
from acs.errors import AcsError


async def wake_quietly(parts: ApiDependencies, device_id: str) -> None:
    """Ask a phone to call. Its task waits, so nobody has to know if it could not be asked."""
    try:
        await parts.waker.wake_for_work(device_id)
    except AcsError:
        parts.counters.add("acs_api_wakes_failed_total")
