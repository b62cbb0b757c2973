import asyncio
from dataclasses import replace

import pytest

from acs.errors import BadRequest
from acs.simulator.fleet import OWN_LISTENER, Fleet, FleetOptions, _fast, run_fleet
from acs.simulator.status import PhoneState, PhoneStatus
from tests.unit.simulator.scripted_server import scripted

PLAIN = FleetOptions("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("acs_url", replace(PLAIN, acs_url="nowhere")),
        ("count", replace(PLAIN, count=0)),
        ("first_mac", replace(PLAIN, first_mac="zz")),
        ("first_mac", replace(PLAIN, first_mac="0c383effffff", count=2)),
        ("model", replace(PLAIN, model="Z9")),
        ("behaviour", replace(PLAIN, behaviours=("polite",))),
        ("loid", replace(PLAIN, logical_id="LG1")),
        ("loid", replace(PLAIN, logical_id="x" * 33, profile="ctc")),
    ],
)
def test_senseless_options_are_refused_by_name(field: str, options: FleetOptions) -> None:
    with pytest.raises(BadRequest) as caught:
        Fleet(options)
    assert caught.value.field == field


async def test_phones_count_up_from_the_first_mac() -> None:
    fleet = Fleet(replace(PLAIN, count=3, first_mac="0C:38:3E:00:00:FE", connection_requests=False, ramp_seconds=60))
    await fleet.start()
    try:
        assert [status.mac for status in fleet.statuses()] == ["0c383e0000fe", "0c383e0000ff", "0c383e000100"]
        assert {phone.cpe.model.get("DeviceInfo.SerialNumber")[-12:] for phone in fleet.phones} == {
            status.mac for status in fleet.statuses()
        }
        assert len({phone.cpe.model.path("") for phone in fleet.phones}) == 1
        assert fleet.phones[0].cpe.model.schema is fleet.phones[2].cpe.model.schema
        assert fleet.phones[0].cpe.model.get("ManagementServer.ConnectionRequestURL") == ""
    finally:
        await fleet.stop()


async def test_loids_may_tell_phones_apart() -> None:
    options = replace(PLAIN, count=2, profile="ctc", logical_id="L{n}", logical_id_password="p-{mac}", ramp_seconds=600)
    fleet = Fleet(options)
    await fleet.start()
    try:
        for number, runner in enumerate(fleet.phones, 1):
            assert runner.cpe.model.get("X_CT-COM_UserInfo.UserName") == f"L{number}"
            assert runner.cpe.model.get("X_CT-COM_UserInfo.UserId") == f"p-{runner.cpe.identity.mac}"
    finally:
        await fleet.stop()


@pytest.mark.parametrize(("count", "ports"), [(3, 3), (OWN_LISTENER + 1, 1)])
async def test_few_phones_have_a_port_each_and_many_share_one(count: int, ports: int) -> None:
    fleet = Fleet(replace(PLAIN, count=count, ramp_seconds=600))
    await fleet.start()
    try:
        urls = {phone.cpe.model.get("ManagementServer.ConnectionRequestURL") for phone in fleet.phones}
    finally:
        await fleet.stop()
    assert len(urls) == count
    assert len({url.split("/")[2] for url in urls}) == ports


async def test_the_same_seed_gives_the_same_paths() -> None:
    async def paths(seed: int) -> list[str]:
        fleet = Fleet(replace(PLAIN, count=4, ramp_seconds=600, seed=seed))
        await fleet.start()
        found = [phone.cpe.model.get("ManagementServer.ConnectionRequestURL").split("/")[3] for phone in fleet.phones]
        await fleet.stop()
        return found

    assert await paths(1) == await paths(1) != await paths(2)


async def test_stop_ends_a_fleet_that_never_reached_anyone() -> None:
    async with scripted() as server:
        url = server.url
    seen: list[PhoneStatus] = []
    stop = asyncio.Event()

    def note(status: PhoneStatus) -> None:
        seen.append(status)
        if status.failed_sessions:
            stop.set()

    async with asyncio.timeout(10):
        summary = await run_fleet(FleetOptions(url), on_status=note, stop=stop, once=True)
    assert (summary.phones, summary.reached, summary.failed_sessions) == (1, 0, 1)
    assert [status.state for status in seen] == [PhoneState.IN_SESSION, PhoneState.WAITING, PhoneState.OFF]
    assert "cannot connect" in seen[-1].last_error


async def test_a_phone_that_breaks_does_not_hold_up_the_fleet(caplog: pytest.LogCaptureFixture) -> None:
    fleet = Fleet(replace(PLAIN, connection_requests=False, ramp_seconds=0))
    await fleet.start()
    try:
        fleet.phones[0].cpe.tick = _broken  # type: ignore[method-assign]
        async with asyncio.timeout(5):
            while not fleet.settled:  # noqa: ASYNC110 - the test looks on from outside
                await asyncio.sleep(0.01)
    finally:
        await fleet.stop()
    assert "background task failed" in caplog.text


def _broken(now: float) -> None:
    raise RuntimeError("broken on purpose")


def test_time_may_go_by_faster() -> None:
    true = iter((1000.0, 1000.0, 1001.0, 1002.5))
    clock = _fast(lambda: next(true), 100.0)
    assert [clock() for _ in range(3)] == [1000.0, 1100.0, 1250.0]
    with pytest.raises(BadRequest, match="speed"):
        Fleet(FleetOptions("http://127.0.0.1:1/", speed=0.0))
