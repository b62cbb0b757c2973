"""Traces: what is kept of whom, how much at most, and that nobody else pays for it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select

from acs.errors import BadRequest, Conflict, NotFound
from acs.services import traces
from acs.services.devices import device_row, get_device, list_events, register_device
from acs.services.quirks import patch_device_quirks
from acs.services.sessions import Request, Response
from acs.storage.tables import TraceRow
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas.faults import Fault, SetParameterValuesFault
from tests.conftest import World
from tests.phone import TestPhone, transfer_complete

SECRET = "hush-hush"


class Wired(TestPhone):
    """A phone whose exchanges pass the endpoint's hook."""

    async def send(self, message: Any, id: str = "1") -> Response:
        handle = self.sessions.handle

        async def traced(request: Request) -> Response:
            response = await handle(request)
            self.sessions.trace(request, response, [(b"set-cookie", b"acs=" + (response.session_id or "").encode())])
            return response

        self.sessions.handle = traced  # type: ignore[method-assign]
        try:
            return await super().send(message, id)
        finally:
            self.sessions.handle = handle  # type: ignore[method-assign]


@pytest.fixture
async def phone(world: World) -> AsyncIterator[Wired]:
    """A phone that has called before and has credentials of its own."""
    made = Wired(world.sessions, username=world.context.cpe_username, password=world.context.cpe_password)
    await made.call("0 BOOTSTRAP", "1 BOOT")
    made.adopt_credentials()
    await made.call("2 PERIODIC")
    yield made
    await world.sessions.tracer.flush()


async def begin(world: World, minutes: int = 10) -> str:
    device_id = await world.only_device()
    await world.database.write(lambda uow: traces.start(uow, device_id, {"minutes": minutes}))
    await world.sessions.tracer.load()
    return device_id


async def kept(world: World, device_id: str, **more: Any) -> list[dict[str, Any]]:
    await world.sessions.tracer.flush()
    options: dict[str, Any] = {"oldest_first": True, "limit": 1000, "cursor": None, **more}
    page = await world.read(lambda uow: traces.list_trace(uow, device_id, **options))
    return list(page.items)


async def test_nobody_is_traced_unasked(world: World, phone: Wired) -> None:
    assert not world.sessions.tracer.active
    assert await kept(world, await world.only_device()) == []


async def test_a_whole_session_with_its_refused_beginning(world: World, phone: Wired) -> None:
    device_id = await begin(world)
    await phone.call("2 PERIODIC")
    messages = await kept(world, device_id)
    first, *rest = messages
    assert (first["session"], first["status"], first["body"]) == ("refused", 401, "")
    assert first["reason"] == "no credentials"
    assert [(each["direction"], each["status"]) for each in rest[:2]] == [("in", None), ("out", 200)]
    assert "<cwmp:Inform>" in rest[0]["body"]
    assert "<cwmp:InformResponse>" in rest[1]["body"]
    assert (rest[-2]["body"], rest[-1]["status"]) == ("", 204)
    assert rest[0]["credentials"] == "device"
    (name,) = {each["session"] for each in rest}
    assert name
    assert all(live.id not in str(messages) for live in world.sessions.store)
    assert await kept(world, device_id, session=name) == rest
    assert await kept(world, device_id, after=int(rest[-2]["id"])) == rest[-1:]
    assert await kept(world, device_id, oldest_first=False) == messages[::-1]


async def test_secrets_that_are_set_are_not_kept(world: World, phone: Wired) -> None:
    device_id = await begin(world)
    name = "InternetGatewayDevice.ManagementServer.Password"
    values = [
        {"name": name, "value": SECRET},
        {"name": "InternetGatewayDevice.Time.NTPServer1", "value": "ntp.example"},
    ]
    task = await world.task(device_id, type="set_parameter_values", values=values)
    await phone.call("2 PERIODIC")
    assert phone.parameters[name] == SECRET
    assert task
    await world.sessions.tracer.flush()
    text = await world.read(lambda uow: traces.text_of(uow, device_id))
    assert name in text
    assert "ntp.example" in text
    assert SECRET not in text
    assert phone.password not in text


async def test_secrets_that_a_phone_repeats_in_its_complaint_are_not_kept(world: World, phone: Wired) -> None:
    device_id = await begin(world)
    name = "InternetGatewayDevice.ManagementServer.Password"
    odd = f"{SECRET}<&>"
    await world.task(device_id, type="set_parameter_values", values=[{"name": name, "value": odd}])
    item = SetParameterValuesFault(ParameterName=name, FaultCode=9007, FaultString=f"bad value: {odd}")
    fault = Fault(FaultCode=9003, FaultString=f"refused {odd} for 4711", SetParameterValuesFault=(item,))
    phone.handlers["SetParameterValues"] = lambda _: fault
    await phone.call("2 PERIODIC")
    await world.sessions.tracer.flush()
    text = await world.read(lambda uow: traces.text_of(uow, device_id))
    assert "refused *** for 4711" in text
    assert "bad value: ***" in text
    assert SECRET not in text


@pytest.mark.parametrize("cookie", ["first", "never"])
async def test_a_session_without_cookies_is_kept_whole_as_well(world: World, phone: Wired, cookie: str) -> None:
    """Quirk setting ``cookie``: the cookie is not what tells whose an exchange is."""
    device_id = await begin(world)
    await world.database.write(lambda uow: patch_device_quirks(uow, device_id, {"cookie": cookie}))
    await world.task(device_id, type="get_parameter_values", names=["Device.DeviceInfo.ModelName"])
    phone.connection = "127.0.0.1|98"
    await phone.call("2 PERIODIC")
    items = [item for item in await kept(world, device_id) if item["session"] != "refused"]
    assert [item["direction"] for item in items] == ["in", "out"] * 3
    assert len({item["session"] for item in items}) == 1
    assert {item["credentials"] for item in items if item["direction"] == "in"} == {"device"}
    assert "DeviceInfo.ModelName" in items[3]["body"]
    assert items[5]["status"] == 204


async def test_what_cannot_be_parsed_is_kept_and_redacted(world: World, phone: Wired) -> None:
    device_id = await begin(world)
    phone.connection, phone.cookie = "127.0.0.1|99", ""
    await phone.send(phone.inform("2 PERIODIC"))
    broken = f"<Envelope><Name>Device.Password</Nme><Value>{SECRET}<<<".encode()
    request = Request(phone.connection, "127.0.0.1", "/acs", broken, cookie=phone.cookie)
    response = await world.sessions.handle(request)
    world.sessions.trace(request, response, [])
    *_, came, went = await kept(world, device_id)
    assert "Device.Password" in came["body"]
    assert SECRET not in came["body"]
    assert (went["status"] == 400) == bool(went["reason"])


async def test_a_large_message_is_cut_with_a_mark(world: World, phone: Wired) -> None:
    device_id = await begin(world)
    row = traces._row(device_id, "s", 1.0, "in", 0, {}, b"<a>" + b"x" * 200_000, "")
    await world.database.write(lambda uow: uow.session.add(row))
    (message,) = await kept(world, device_id)
    assert (len(message["body"]), message["size"], message["cut"]) == (traces.MAX_BODY, 200_003, True)
    assert "200003 bytes" in await world.read(lambda uow: traces.text_of(uow, device_id))


async def test_it_ends_by_itself(world: World, phone: Wired) -> None:
    device_id = await begin(world, 1)
    assert (await world.read(lambda uow: get_device(uow, device_id)))["trace_until"]
    later = world.sessions.tracer.clock() + 61.0
    world.sessions.tracer.clock = lambda: later
    await phone.call("2 PERIODIC")
    assert await kept(world, device_id) == []
    assert not world.sessions.tracer.active


async def test_it_is_known_again_after_a_restart(world: World, phone: Wired) -> None:
    device_id = await begin(world)
    again = traces.Tracer(world.database)
    await again.load()
    assert again.active
    await world.database.write(lambda uow: traces.stop(uow, device_id))
    await again.load()
    assert not again.active


async def test_strangers_leave_a_few_short_notes(world: World, phone: Wired) -> None:
    device_id = await begin(world)
    now = world.sessions.tracer.clock()
    world.sessions.tracer.clock = lambda: now
    stranger = Wired(world.sessions, serial=phone.serial, username="nobody", password=SECRET)
    for _ in range(50):
        assert (await stranger.send(stranger.inform("2 PERIODIC"))).status == 401
    notes = await kept(world, device_id)
    assert 0 < len(notes) <= traces.REFUSED_BURST
    assert {each["session"] for each in notes} == {"refused"}
    assert not any(each["body"] for each in notes)
    assert {"no credentials", "unknown user"} == {each["reason"] for each in notes}


async def test_other_phones_are_not_kept(world: World, phone: Wired) -> None:
    device_id = await begin(world)
    other = Wired(world.sessions, serial="00100400FV02001000000c383e0000ff", username="acs", password="shared secret")
    await other.call("1 BOOT")
    assert await kept(world, device_id) == []
    assert (
        await world.read(lambda uow: uow.connection.execute(select(func.count()).select_from(TraceRow)).scalar()) == 0
    )


def add_rows(uow: UnitOfWork, device_id: str, number: int, *, size: int = 10, session: str = "s") -> None:
    for index in range(number):
        uow.session.add(
            TraceRow(device_id=device_id, session_id=session, at=uow.now + index, direction="in", body="x", size=size)
        )
    uow.session.flush()


async def test_rows_and_bytes_of_a_phone_are_bounded(
    world: World, phone: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "MAX_ROWS", 30)
    monkeypatch.setattr(traces, "MAX_BYTES", 1000)
    monkeypatch.setattr(traces, "MAX_REFUSED", 5)
    device_id = await begin(world)

    def fill(uow: UnitOfWork) -> None:
        add_rows(uow, device_id, 20, session=traces.REFUSED)
        add_rows(uow, device_id, 50)
        traces.bound(uow, device_id)

    await world.database.write(fill)
    sessions = [each["session"] for each in await kept(world, device_id)]
    assert (sessions.count("refused"), sessions.count("s")) == (5, 30)

    def fill_large(uow: UnitOfWork) -> None:
        add_rows(uow, device_id, 10, size=300)
        traces.bound(uow, device_id)

    await world.database.write(fill_large)
    assert [each["size"] for each in await kept(world, device_id, session="s")] == [300, 300, 300]


async def test_the_bound_holds_while_a_phone_talks(world: World, phone: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "MAX_ROWS", 20)
    device_id = await begin(world)
    for _ in range(12):
        await phone.call("2 PERIODIC")
        await world.sessions.tracer.flush()
    rows = await kept(world, device_id)
    assert 10 < len(rows) <= 20 + traces.MAX_REFUSED


async def test_all_traces_together_are_bounded_and_grow_old(
    world: World, phone: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    device_id = await begin(world)
    await world.database.write(lambda uow: add_rows(uow, device_id, 10, size=100))
    monkeypatch.setattr(traces, "MAX_ALL_BYTES", 450)
    await world.database.write(traces.prune)
    assert len(await kept(world, device_id)) == 4
    monkeypatch.setattr(traces, "KEEP_SECONDS", -1000.0)
    await world.database.write(traces.prune)
    assert await kept(world, device_id) == []


async def test_what_comes_too_fast_is_dropped(world: World, phone: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    device_id = await begin(world)
    monkeypatch.setattr(traces, "MAX_WAITING", 3)
    tracer = world.sessions.tracer
    for _ in range(10):
        tracer.exchange(Request("c", "a", "/", b""), Response(204), [], device_id=device_id)
    assert len(await kept(world, device_id)) == 6


async def test_a_phone_that_was_forgotten_meanwhile_disturbs_nobody(world: World, phone: Wired) -> None:
    await begin(world)
    tracer = world.sessions.tracer
    tracer._traced["gone"] = traces.Traced(tracer.clock() + 60, ())
    tracer.exchange(Request("c", "a", "/", b""), Response(204), [], device_id="gone")
    await tracer.flush()
    assert (
        await world.read(lambda uow: uow.connection.execute(select(func.count()).select_from(TraceRow)).scalar()) == 0
    )


@pytest.mark.parametrize("body", [{"minutes": 0}, {"minutes": 1441}, {"minutes": True}, {"minutes": "5"}, {"hours": 1}])
async def test_only_minutes_of_a_day(world: World, phone: Wired, body: dict[str, Any]) -> None:
    device_id = await world.only_device()
    with pytest.raises(BadRequest):
        await world.database.write(lambda uow: traces.start(uow, device_id, body))


async def test_only_so_many_at_a_time(world: World, phone: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "MAX_TRACED", 1)
    device_id = await begin(world)
    await begin(world)  # the same one may go on
    other = await world.database.write(lambda uow: register_device(uow, world.context, {"mac": "0c383e0000aa"}))
    with pytest.raises(Conflict, match="end one of those"):
        await world.database.write(lambda uow: traces.start(uow, other["id"], {}))
    with pytest.raises(NotFound):
        await world.database.write(lambda uow: traces.start(uow, "nobody", {}))
    kinds = [
        each["kind"] for each in (await world.read(lambda u: list_events(u, device_id, limit=5, cursor=None))).items
    ]
    assert kinds[0] == "trace_started"


async def test_stopped_and_erased(world: World, phone: Wired) -> None:
    device_id = await begin(world)
    await phone.call("2 PERIODIC")
    await world.sessions.tracer.flush()
    await world.database.write(lambda uow: traces.stop(uow, device_id))
    assert await kept(world, device_id)
    await world.database.write(lambda uow: traces.stop(uow, device_id, erase=True))
    assert await kept(world, device_id) == []
    assert (await world.read(lambda uow: device_row(uow, device_id))).trace_until is None


async def test_flush_without_anything_to_write(world: World) -> None:
    await asyncio.wait_for(world.sessions.tracer.flush(), 1)


async def test_fetches_of_files_are_noted(world: World, phone: Wired) -> None:
    device_id = await begin(world)
    world.sessions.tracer.fetched(device_id, start=0, sent=17, client="192.0.2.1", user_agent="Fanvil")
    world.sessions.tracer.fetched("another", start=0, sent=17, client="192.0.2.1", user_agent="Fanvil")
    (note,) = await kept(world, device_id)
    assert (note["session"], note["target"], note["address"]) == ("files", "/t/***", "192.0.2.1")
    assert note["reason"] == "17 bytes from byte 0 on were sent"
    assert note["headers"] == [{"name": "user-agent", "value": "Fanvil"}]
    assert "to the phone, 192.0.2.1, 17 bytes" in "".join(traces.as_text(note))


async def test_an_authenticated_message_outside_a_session_is_kept_whole(world: World, phone: Wired) -> None:
    device_id = await begin(world)
    phone.connection, phone.cookie = "127.0.0.1|77", ""
    for live in world.sessions.store:
        world.sessions.store.drop(live)
    assert (await phone.send(transfer_complete("k"))).status == 400
    *_, came, went = await kept(world, device_id)
    assert "TransferComplete" in came["body"]
    assert went["reason"] == "TransferComplete outside a session"
