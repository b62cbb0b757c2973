"""The same SIP settings by configuration file and by parameters, with simulated phones and a real server."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from acs.simulator.fleet import Fleet, FleetOptions
from acs.simulator.persona import Profile
from acs.simulator.runner import Runner
from acs.simulator.status import PhoneState
from tests.system import matrix
from tests.system.conftest import assert_official
from tests.system.server import SHARED, Server, Zygote
from tests.system.wire import Exchange

pytestmark = [pytest.mark.system, pytest.mark.slow]

LINE = {
    "enabled": True,
    "display_name": "Anna Ä.",
    "auth_user": "anna",
    "password": "s3cret & more",
    "server": "sip.example.net",
    "port": 5070,
    "transport": "tcp",
    "outbound_proxy": "proxy.example.net",
    "outbound_proxy_port": 5061,
    "expires": 600,
    "dtmf": "info",
    "srtp": "optional",
    "codecs": ["G722", "PCMA/8000"],
}
SIP: dict[str, Any] = {
    "port": 5062,
    "lines": {"1": {**LINE, "user": "1001"}, "2": {**LINE, "user": "1002", "password": "other"}},
}
STORIES: dict[str, tuple[Profile, tuple[str, ...]]] = {
    "v1-igd": ("ctc", ()),
    "v1-device": ("common", ()),
    "v2-device": ("common", ("voice-v2",)),
}
_numbers = iter(range(0x300000, 0x310000))


@pytest.fixture(scope="module")
def server(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(zygote, tmp_path_factory.mktemp("sip"))
    started.start()
    yield started
    assert_official(started.wire)
    assert "Traceback" not in started.log(), started.log()[-6000:]
    started.close()


class Life:
    """One simulated phone that the server knows."""

    def __init__(self, server: Server, phone: Runner, device_id: str) -> None:
        self.server, self.phone, self.device_id = server, phone, device_id

    async def do(self, **body: Any) -> dict[str, Any]:
        """Give it a task and have it call until the task has ended."""
        made = await asyncio.to_thread(self.server.post, f"/devices/{self.device_id}/tasks", body)
        for _ in range(matrix.MOST_CALLS):
            await self.call()
            task: dict[str, Any] = await asyncio.to_thread(self.server.state, made["id"])
            if task["state"] in matrix.FINAL:
                return task
        raise AssertionError(task)

    async def sip(self) -> dict[str, Any]:
        forced = {"force": True} if self.phone.cpe.identity.profile == "ctc" else {}
        return await self.do(type="set_parameter_values", kind="sip", **forced)

    async def config(self) -> dict[str, Any]:
        return await self.do(type="download", kind="config")

    async def say(self, sip: dict[str, Any]) -> None:
        await asyncio.to_thread(self.server.put, f"/settings/devices/{self.device_id}", {"sip": sip})

    async def call(self) -> None:
        status = self.phone.status()
        before = status.sessions + status.failed_sessions
        self.phone.wake()
        await rests(self.phone, before + 1)

    def voice(self) -> dict[str, str]:
        """What the phone holds of its VoiceService, passwords too."""
        model = self.phone.cpe.model
        root = model.schema.root
        return {
            name: model.get(name.removeprefix(root))
            for name in model.schema.parameters
            if ".VoiceService." in name and not name.endswith(("Status", "NumberOfLines"))
        }


async def rests(phone: Runner, sessions: int) -> None:
    async with asyncio.timeout(60):
        while True:
            status = phone.status()
            rested = status.state is PhoneState.WAITING
            if rested and status.sessions + status.failed_sessions >= sessions:
                return
            await asyncio.sleep(0.01)


def live(server: Server, story: Callable[[Life], Any], profile: Profile = "common", *behaviours: str) -> None:
    """Switch a phone on, let the server get to know it, tell its story."""

    async def run() -> None:
        mac = f"0c383e{next(_numbers):06x}"
        fleet = Fleet(
            FleetOptions(
                f"http://127.0.0.1:{server.cwmp_port}/",
                profile=profile,
                first_mac=mac,
                username=SHARED[0],
                password=SHARED[1],
                behaviours=behaviours,
                connection_requests=False,
                boot_seconds=1.0,
                speed=matrix.SPEED,
            )
        )
        await fleet.start()
        try:
            (phone,) = fleet.phones
            await rests(phone, 1)
            serial = phone.cpe.identity.serial_number
            device = await asyncio.to_thread(server.device, serial)
            life = Life(server, phone, str(device["id"]))
            for _ in range(matrix.MOST_CALLS):
                found = await asyncio.to_thread(server.items, f"/tasks?device_id={life.device_id}")
                if all(task["state"] in matrix.FINAL for task in found):
                    break
                await life.call()
            await story(life)
        finally:
            await fleet.stop()

    told: dict[str, matrix.Story] = _Any()
    with matrix.recorded(told):
        asyncio.run(run())
    for each in told.values():
        server.wire += [Exchange(r.status, r.headers, r.body, matrix._namespace(r.body)) for _, r in each.answers]


class _Any(dict[str, matrix.Story]):
    def __missing__(self, mac: str) -> matrix.Story:
        return self.setdefault(mac, matrix.Story(()))


@pytest.mark.parametrize("name", STORIES)
def test_both_ways_lead_to_the_same_phone(server: Server, name: str) -> None:
    profile, behaviours = STORIES[name]
    held: dict[str, dict[str, str]] = {}

    async def by_parameters_first(life: Life) -> None:
        await life.say(SIP)
        task = await life.sip()
        assert task["state"] == "succeeded", (task["fault"], task["result"])
        written = {entry["name"]: entry["new"] for entry in task["result"]["written"]}
        assert len(written) > 15
        assert "s3cret" not in str(task)
        assert task["result"]["back_end"] == name.partition("-")[0]
        read = {entry["name"]: entry["read"] for entry in task["evidence"]["read_back"] if entry["read"]}
        assert read == {name: value for name, value in written.items() if not name.endswith("Password")}
        held["parameters"] = life.voice()
        assert "s3cret & more" in held["parameters"].values()
        backup = life.phone.cpe.storage.backup()
        assert backup.get("SIP CONFIG MODULE", "SIP2 Phone Number") == "1002"
        assert backup.get("SIP CONFIG MODULE", "SIP2 Transport") == "1"
        again = await life.sip()
        assert (again["state"], again["result"]["written"]) == ("succeeded", []), again
        assert (await life.config())["state"] == "succeeded"
        assert life.voice() == held["parameters"]
        after = await life.sip()
        assert (after["state"], after["result"]["written"]) == ("succeeded", []), after

    async def by_file_first(life: Life) -> None:
        await life.say(SIP)
        task = await life.config()
        assert task["state"] == "succeeded", (task["fault"], task["result"])
        held["file"] = life.voice()
        after = await life.sip()
        assert after["state"] == "succeeded", after
        assert after["result"]["written"] == []  # not even the passwords
        assert after["result"]["unchanged"] > 15
        # One value changes: one parameter is written.
        changed = {**SIP, "lines": {**SIP["lines"], "2": {**SIP["lines"]["2"], "user": "2002"}}}
        await life.say(changed)
        task = await life.sip()
        ends = {entry["name"].rpartition(".")[2] for entry in task["result"]["written"]}
        assert ends == ({"DirectoryNumber", "RegisterURI"} if name.startswith("v2") else {"DirectoryNumber"})
        # After a factory reset all of it is written again.
        assert (await life.do(type="factory_reset"))["state"] == "succeeded"
        task = await life.sip()
        assert task["state"] == "succeeded"
        assert any(entry["name"].endswith("AuthPassword") for entry in task["result"]["written"])
        assert "s3cret & more" in life.voice().values()

    live(server, by_parameters_first, profile, *behaviours)
    live(server, by_file_first, profile, *behaviours)
    assert held["file"] == held["parameters"]


def test_every_line_registers_at_once(server: Server) -> None:
    async def story(life: Life) -> None:
        await life.say(SIP)
        assert (await life.sip())["state"] == "succeeded"
        status = "Services.VoiceService.1.VoiceProfile.1.Line.{}.Status"
        get = life.phone.cpe.model.get
        assert [get(status.format(number)) for number in (1, 2, 3)] == ["Up", "Up", "Disabled"]

    live(server, story)


def test_the_profile_ctc_takes_them_by_file(server: Server) -> None:
    async def story(life: Life) -> None:
        path = f"/devices/{life.device_id}/tasks"
        body = {"type": "set_parameter_values", "kind": "sip"}
        status, answer = await asyncio.to_thread(server.call, "POST", path, body)
        assert status == 409
        assert answer["field"] == "kind"
        assert "ctc" in answer["detail"]

    live(server, story, "ctc")


def test_a_phone_that_ignores_a_server_is_given_up(server: Server) -> None:
    async def story(life: Life) -> None:
        await life.say(SIP)
        for _ in range(5):
            task = await life.sip()
            assert (task["state"], task["fault"]["code"]) == ("failed", "not_applied"), task
        task = await life.sip()
        assert (task["state"], task["fault"]["code"], task["result"]["written"]) == ("failed", "not_converging", [])
        assert {entry["name"].rpartition(".")[2] for entry in task["fault"]["parameters"]} == {
            "RegistrarServer",
            "ProxyServer",
        }

    live(server, story, "common", "ignores-servers")


def test_a_phone_that_sets_a_value_back_is_given_up(server: Server) -> None:
    async def story(life: Life) -> None:
        await life.say(SIP)
        for _ in range(5):
            task = await life.sip()
            assert task["state"] == "succeeded", (task["fault"], task["result"])
            assert any(entry["name"].endswith("DirectoryNumber") for entry in task["result"]["written"])
        task = await life.sip()
        assert (task["state"], task["fault"]["code"], task["result"]["written"]) == ("failed", "not_converging", [])

    live(server, story, "common", "resets-numbers")


WAYS = (
    "small-batches",
    "one-at-a-time",
    "types-wrong",
    "types-missing",
    "passwords-stars",
    "passwords-shown",
    "capital-booleans",
    "cwmp-1-0",
    "value-change-first",
    "no-names",
)


@pytest.mark.parametrize("behaviour", WAYS)
def test_whatever_its_ways(server: Server, behaviour: str) -> None:
    async def story(life: Life) -> None:
        await life.say(SIP)
        task = await life.sip()
        assert task["state"] == "succeeded", (task["fault"], task["result"])
        assert life.voice()["Device.Services.VoiceService.1.VoiceProfile.1.Line.2.SIP.AuthPassword"] == "other"
        again = await life.sip()
        assert (again["state"], again["result"]["written"]) == ("succeeded", []), again

    live(server, story, "common", behaviour)
