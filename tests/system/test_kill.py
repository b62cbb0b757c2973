"""``kill -9`` of the server at every step of a story, restart, and the phone goes on: nothing lost, nothing done twice.

A story is told once to learn its exchanges. Then a phone is brought to each of them: either its request is lost (the
server dies before), or the answer is (the server dies after). One kill serves many phones, each at its own step. After
the restart the phone goes on in the same session, repeating what was not answered, or begins a new one.
"""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

import pytest

from tests.system.cpe import ConfigFile, Life, Phone, Temper
from tests.system.server import SHARED, Server, Zygote
from tests.system.test_life import configured, settled
from tests.system.wire import LostError

pytestmark = [pytest.mark.system, pytest.mark.slow]

LINES = "Device.Services.VoiceService.1.VoiceProfile.1.Line."
_numbers = itertools.count(0x8000)

A = TypeVar("A")
B = TypeVar("B")
Lost = Literal["request", "answer"]
Way = Literal["goes on", "begins anew"]
STYLES: tuple[dict[str, Any], ...] = ({}, {"preemptive": False}, {"cookies": False}, {"keep_alive": False})


@dataclass(frozen=True)
class Story:
    """One kind of work: how it is given, and how the phone must look at its end."""

    give: Callable[[Server, Phone], str]
    check: Callable[[Server, Phone, str], None]
    temper: Temper = field(default_factory=Temper)


def _values(server: Server, phone: Phone) -> str:
    values = [{"name": "Device.Time.NTPServer1", "value": "ntp.example.net"}]
    return server.task(phone.serial, "set_parameter_values", values=values)


def _check_values(server: Server, phone: Phone, task_id: str) -> None:
    assert phone.read("Time.NTPServer1") == "ntp.example.net"
    assert "ntp.example.net" in str(server.succeeded(task_id)["evidence"])


def _check_config(server: Server, phone: Phone, task_id: str) -> None:
    task = server.succeeded(task_id)
    assert task["evidence"]["version"]["read"] == ConfigFile(phone.files[-1]).version
    assert phone.read("Services.VoiceService.1.VoiceProfile.1.Line.1.DirectoryNumber") == "3001"
    assert phone.asked_twice == [], "it had answered this Download before"
    assert phone.transfers == {}, "its TransferComplete was not answered"
    assert server.device(phone.serial)["config"]["state"] == "in_sync"


def _check_restart(server: Server, phone: Phone, task_id: str) -> None:
    server.succeeded(task_id)
    assert phone.restarts == 1


def _check_object(server: Server, phone: Phone, task_id: str) -> None:
    result = server.succeeded(task_id)["result"]
    instances = {name[len(LINES) :].split(".")[0] for name in phone.values if name.startswith(LINES)}
    assert instances == {"1", "2"}
    assert result["instance_number"] == 2


def _check_sent(server: Server, phone: Phone, task_id: str) -> None:
    file_id = server.succeeded(task_id)["result"]["file_id"]
    assert server.call("GET", f"/files/{file_id}/content") == (200, phone.sent)


def _check_reset(server: Server, phone: Phone, task_id: str) -> None:
    server.succeeded(task_id)
    assert phone.restarts == 1
    assert server.device(phone.serial)["credentials"] == "proven"
    assert phone.read("ManagementServer.Username") != SHARED[0]


def _delete(server: Server, phone: Phone) -> str:
    phone.write(f"{LINES.removeprefix('Device.')}2.Enable", "Enabled")
    return server.task(phone.serial, "delete_object", object_name=f"{LINES}2.")


def _check_deleted(server: Server, phone: Phone, task_id: str) -> None:
    server.succeeded(task_id)
    assert f"{LINES}2.Enable" not in phone.values
    assert f"{LINES}1.Enable" in phone.values


STORIES = {
    "configuration": Story(lambda server, phone: configured(server, phone, "3001"), _check_config),
    "configuration, same session": Story(
        lambda server, phone: configured(server, phone, "3001"), _check_config, Temper(transfer="same")
    ),
    "values": Story(_values, _check_values),
    "reboot": Story(lambda server, phone: server.task(phone.serial, "reboot"), _check_restart),
    "factory reset": Story(lambda server, phone: server.task(phone.serial, "factory_reset"), _check_reset),
    "deletion": Story(_delete, _check_deleted),
    "object": Story(lambda server, phone: server.task(phone.serial, "add_object", object_name=LINES), _check_object),
    "upload": Story(
        lambda server, phone: server.task(phone.serial, "upload", file_type="1 Vendor Configuration File"), _check_sent
    ),
}


@dataclass
class Case:
    """One phone, stopped at one step."""

    phone: Phone
    life: Life
    lost: Lost
    way: Way
    name: str
    task_id: str = ""

    def go_to(self, step: int) -> None:
        """Bring the phone to exchange number ``step``."""
        seen = -1
        for when, _ in self.life:
            seen += when == "before"
            if seen == step and when == ("before" if self.lost == "request" else "after"):
                return
        raise AssertionError(f"{self.name}: the story has no step {step}")

    def survive(self) -> None:
        """Go on after the server's death."""
        self.phone.wire.hang_up()
        if self.way == "goes on":
            self.phone.lost = self.lost == "answer"
            for _ in self.life:
                pass
        else:
            self.life.close()
            if self.phone.restart_key is not None or self.phone.reset:  # it was told to restart, and does
                for _ in self.phone.between():
                    pass
        self.phone.call("2 PERIODIC")
        self.phone.call("2 PERIODIC")


def at_once(do: Callable[[A], B], things: Sequence[A]) -> list[B]:
    """Do it to many things at the same time, in order of the things."""
    with ThreadPoolExecutor(12) as pool:
        return list(pool.map(do, things))


def all_well(do: Callable[[Case], None], cases: Sequence[Case]) -> None:
    """Do it to all cases; fail with everything that went wrong."""

    def tell(case: Case) -> str:
        try:
            do(case)
        except AssertionError as trouble:
            return f"{case.name}: {str(trouble)[:600]}\n    asked: {case.phone.log}"
        return ""

    troubles = [told for told in at_once(tell, cases) if told]
    assert not troubles, f"{len(troubles)} of {len(cases)}:\n" + "\n".join(troubles)


def steps_of(life: Life) -> list[str]:
    """Tell a story to its end; give the names of its exchanges."""
    return [what for when, what in life if when == "before"]


@pytest.fixture
def fresh(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from tests.system.conftest import assert_official

    started = Server(zygote, tmp_path_factory.mktemp("killed"))
    started.start()
    yield started
    started.close()
    assert_official(started.wire)
    assert "Traceback" not in started.log(), started.log()[-6000:]


def _each(steps: list[str], first: int = 0) -> Iterator[tuple[int, str, Lost, Way]]:
    for number, what in enumerate(steps):
        if number >= first:
            for lost, way in itertools.product(("request", "answer"), ("goes on", "begins anew")):
                yield number, what, lost, way  # type: ignore[misc]


@pytest.mark.parametrize("name", STORIES)
def test_killed_at_every_step(fresh: Server, name: str) -> None:
    story = STORIES[name]
    scout = settled(fresh, story.temper)
    scouted = story.give(fresh, scout)
    steps = steps_of(scout.life("2 PERIODIC"))
    scout.call("2 PERIODIC")
    story.check(fresh, scout, scouted)
    # What comes before the phone's own part is the same in both stories of a configuration
    first = steps.index("fetch") if "," in name else 0
    plan = list(enumerate(_each(steps, first)))

    def prepare(planned: tuple[int, tuple[int, str, Lost, Way]]) -> Case:
        index, (step, what, lost, way) = planned
        style = STYLES[index % len(STYLES)]
        temper = story.temper
        if temper.transfer == "later" and index % 8 >= 4:  # the same steps, with a restart in between
            temper = replace(temper, transfer="reboot")
        phone = settled(fresh, temper, **style)
        told = f"{name}, step {step} ({what}): {lost} lost, {way}, {style}"
        case = Case(phone, phone.life("2 PERIODIC"), lost, way, told, story.give(fresh, phone))
        case.go_to(step)
        return case

    def survive(case: Case) -> None:
        case.survive()
        story.check(fresh, case.phone, case.task_id)

    cases = at_once(prepare, plan)
    fresh.restart()
    all_well(survive, cases)
    assert len(fresh.items("/devices")) == len(cases) + 1


def test_killed_while_credentials_are_given(fresh: Server) -> None:
    steps = steps_of(Phone(fresh, next(_numbers)).life())
    assert steps[:4] == ["Inform", "empty", "SetParameterValuesResponse", "SetParameterValuesResponse"]

    def prepare(planned: tuple[int, tuple[int, str, Lost, Way]]) -> Case:
        index, (step, what, lost, way) = planned
        phone = Phone(fresh, next(_numbers), **STYLES[index % 2])
        case = Case(phone, phone.life(), lost, way, f"step {step} ({what}): {lost} lost, {way}")
        case.go_to(step)
        return case

    def survive(case: Case) -> None:
        case.survive()
        device = fresh.device(case.phone.serial)
        assert device["credentials"] == "proven"
        assert case.phone.status == 204
        assert case.phone.read("ManagementServer.Username") != SHARED[0]
        tasks = fresh.items(f"/tasks?device_id={device['id']}")
        assert {task["state"] for task in tasks} == {"succeeded"}, tasks

    cases = at_once(prepare, list(enumerate(_each(steps))))
    fresh.restart()
    all_well(survive, cases)
    assert len(fresh.items("/devices")) == len(cases) + 1


def test_killed_at_any_moment(fresh: Server) -> None:
    """Phones call all at once while the server dies three times; none of them is at a step that we chose."""
    phones = [settled(fresh, Temper(transfer=mode)) for mode in ("later", "reboot", "status0", "later") * 3]
    tasks = {phone.serial: configured(fresh, phone, "3001") for phone in phones}
    alive = threading.Event()
    alive.set()

    def live(phone: Phone) -> None:
        for _ in range(60):
            try:
                alive.wait(20)
                phone.call("2 PERIODIC")
                if phone.files and not phone.transfers and phone.status == 204 and alive.is_set():
                    return
            except LostError:
                alive.wait(20)

    threads = [threading.Thread(target=live, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for pause in (0.05, 0.1, 0.15):
        threading.Event().wait(pause)
        alive.clear()
        fresh.restart()
        alive.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    for phone in phones:
        phone.call("2 PERIODIC")
        phone.call("2 PERIODIC")
        _check_config(fresh, phone, tasks[phone.serial])
    assert len(fresh.items("/devices")) == len(phones)
