"""Whole sessions in which a phone is brought to its SIP settings by parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlmodel import select

from acs.domain.planning.retries import Backoff
from acs.errors import Conflict
from acs.services import quirks, settings
from acs.services.devices import device_row, patch_device
from acs.storage.tables import TaskRow
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas import cpe_rpcs
from cwmp_schemas.cpe_rpcs import (
    GetParameterValues,
    GetParameterValuesResponse,
    SetParameterValues,
    SetParameterValuesResponse,
)
from cwmp_schemas.faults import Fault, SetParameterValuesFault
from cwmp_schemas.structs import ParameterInfoStruct, ParameterValueStruct, TypedValue
from tests.conftest import World
from tests.phone import TestPhone, tree

ROOT = "Device."
SERVICE = f"{ROOT}Services.VoiceService.1."
PROFILE = f"{SERVICE}VoiceProfile.1."
LINE = f"{PROFILE}Line.1."
NUMBER, PASSWORD, SERVER = f"{LINE}DirectoryNumber", f"{LINE}SIP.AuthPassword", f"{PROFILE}SIP.RegistrarServer"
PROXY, PORT, ENABLE = f"{PROFILE}SIP.ProxyServer", f"{PROFILE}SIP.RegistrarServerPort", f"{LINE}Enable"
TREE = {
    ENABLE: "Disabled",
    NUMBER: "",
    f"{LINE}SIP.AuthUserName": "",
    PASSWORD: "",
    SERVER: "",
    PROXY: "",
    PORT: "5060",
    f"{PROFILE}RTP.SRTP.Enable": "0",
}
TYPES = {PORT: "xsd:unsignedInt", f"{PROFILE}RTP.SRTP.Enable": "xsd:boolean"}
LINES = {"1": {"enabled": True, "user": "1001", "auth_user": "anna", "password": "s3cret", "server": "sip.example"}}


@dataclass
class Talk:
    """A server, a phone that it knows, and what was asked of it."""

    world: World
    phone: TestPhone
    device_id: str = ""
    asked: list[Any] = field(default_factory=list)

    async def say(self, lines: dict[str, Any], **sip: Any) -> None:
        """Set the phone's own settings."""
        document = {"sip": {"lines": lines, **sip}}
        scope = f"devices/{self.device_id}"
        await self.world.database.write(lambda uow: settings.put_layer(uow, self.world.context, scope, document))

    async def sip(self, **more: Any) -> dict[str, Any]:
        """Have the phone brought to its settings; give the task."""
        task_id = await self.world.task(self.device_id, type="set_parameter_values", kind="sip", **more)
        return await self.goes_on(task_id)

    async def goes_on(self, task_id: str, *events: str) -> dict[str, Any]:
        self.asked = list(await self.phone.call(*(events or ("6 CONNECTION REQUEST",))))
        return await self.world.state(task_id)

    @property
    def written(self) -> list[dict[str, tuple[str, str]]]:
        return [
            {v.Name: (v.Value.text, v.Value.type) for v in message.ParameterList}
            for message in self.asked
            if isinstance(message, SetParameterValues)
        ]

    @property
    def read(self) -> list[str]:
        return [n for message in self.asked if isinstance(message, GetParameterValues) for n in message.ParameterNames]


@pytest.fixture
async def meet(world: World) -> Callable[..., Any]:
    object.__setattr__(world.context, "cpe_auth", "none")

    async def made(*, root: str = ROOT, readonly: tuple[str, ...] = (), bare: bool = False, **more: str) -> Talk:
        parameters = {**tree(root), **{name.replace(ROOT, root): value for name, value in {**TREE, **more}.items()}}
        for name in [name for name in parameters if bare and "VoiceService" in name]:
            del parameters[name]
        phone = world.phone(parameters=parameters)
        types = {name.replace(ROOT, root): kind for name, kind in TYPES.items()}

        def values(message: GetParameterValues) -> Any:
            if any(name not in parameters for name in message.ParameterNames):
                return Fault(FaultCode=9005)
            return GetParameterValuesResponse(
                ParameterList=tuple(
                    ParameterValueStruct(
                        Name=n,
                        Value=TypedValue("" if n.endswith("Password") else parameters[n], types.get(n, "xsd:string")),
                    )
                    for n in message.ParameterNames
                )
            )

        def names(_: Any) -> Any:
            return cpe_rpcs.GetParameterNamesResponse(
                ParameterList=tuple(ParameterInfoStruct(Name=n, Writable=n not in readonly) for n in parameters)
            )

        phone.handlers |= {"GetParameterValues": values, "GetParameterNames": names}
        await phone.call("0 BOOTSTRAP", "1 BOOT")
        return Talk(world, phone, await world.only_device())

    return made


async def test_only_what_differs_is_written_with_the_phones_own_types(meet: Callable[..., Any]) -> None:
    talk = await meet()
    await talk.say({"1": {**LINES["1"], "port": 5070, "srtp": "optional"}})
    task = await talk.sip()
    assert task["state"] == "succeeded", task
    assert talk.written == [
        {
            SERVER: ("sip.example", "xsd:string"),
            PROXY: ("sip.example", "xsd:string"),
            PORT: ("5070", "xsd:unsignedInt"),
            f"{PROFILE}RTP.SRTP.Enable": ("1", "xsd:boolean"),
            ENABLE: ("Enabled", "xsd:string"),
            NUMBER: ("1001", "xsd:string"),
            f"{LINE}SIP.AuthUserName": ("anna", "xsd:string"),
            PASSWORD: ("s3cret", "xsd:string"),
        }
    ]
    assert isinstance(talk.asked[0], GetParameterValues)
    assert PASSWORD not in talk.asked[0].ParameterNames
    told = {entry["name"]: (entry["old"], entry["new"]) for entry in task["result"]["written"]}
    assert told[PORT] == ("5060", "5070")
    assert told[PASSWORD] == ("***", "***")
    assert task["result"]["back_end"] == "v1"
    read_back = {entry["name"]: entry["read"] for entry in task["evidence"]["read_back"]}
    assert read_back[NUMBER] == "1001"
    assert "s3cret" not in str(task)

    again = await talk.sip()
    assert (again["state"], talk.written) == ("succeeded", [])
    assert (again["result"]["written"], again["result"]["unchanged"]) == ([], 7)
    assert "Already so" in again["result"]["message"]
    assert {entry["name"] for entry in again["evidence"]["read_back"]} == set(told) - {PASSWORD}

    talk.phone.parameters[NUMBER] = "999"  # changed at the phone: what was known of it counts for nothing
    changed = await talk.sip()
    assert talk.written == [{NUMBER: ("1001", "xsd:string")}]
    assert changed["result"]["written"] == [{"name": NUMBER, "old": "999", "new": "1001"}]


async def test_a_password_is_written_when_it_is_another_one(meet: Callable[..., Any]) -> None:
    talk = await meet()
    await talk.say(LINES)
    await talk.sip()
    assert PASSWORD in talk.written[0]
    await talk.sip()
    assert talk.written == []
    await talk.say({"1": {**LINES["1"], "password": "another"}})
    task = await talk.sip()
    assert talk.written == [{PASSWORD: ("another", "xsd:string")}]
    assert task["result"]["written"] == [{"name": PASSWORD, "old": "***", "new": "***"}]
    await talk.sip()
    assert talk.written == []
    # A refused password was not taken.
    await talk.say({"1": {**LINES["1"], "password": "refused"}})
    talk.phone.handlers["SetParameterValues"] = lambda _: Fault(
        FaultCode=9003, SetParameterValuesFault=(SetParameterValuesFault(ParameterName=PASSWORD, FaultCode=9007),)
    )
    task = await talk.sip()
    assert (task["state"], task["fault"]["code"], task["result"]["written"]) == ("failed", "9003", [])
    del talk.phone.handlers["SetParameterValues"]
    await talk.sip()
    assert talk.written == [{PASSWORD: ("refused", "xsd:string")}]
    # After a factory reset the phone has none.
    await talk.phone.call("0 BOOTSTRAP", "1 BOOT")
    await talk.sip()
    assert talk.written == [{PASSWORD: ("refused", "xsd:string")}]


async def test_no_password_lies_open_in_the_database(meet: Callable[..., Any]) -> None:
    talk = await meet()
    await talk.say(LINES)
    object.__setattr__(talk.world.context, "backoff", Backoff(first=1000.0))
    talk.phone.handlers["SetParameterValues"] = lambda _: Fault(FaultCode=9001)  # stays queued, with its progress
    assert (await talk.sip())["state"] == "queued"

    def kept(uow: Any) -> str:
        rows = uow.session.exec(select(TaskRow)).all()
        device = device_row(uow, talk.device_id)
        return str([(row.arguments, row.progress, row.result) for row in rows]) + str(device.sip_secrets)

    text = await talk.world.read(kept)
    assert "passwords" in text
    assert "s3cret" not in text


def deaf(_: Any) -> SetParameterValuesResponse:
    return SetParameterValuesResponse(Status=0)


async def test_quirk_172_what_is_taken_and_not_kept_is_given_up_and_the_rest_is_still_written(
    meet: Callable[..., Any],
) -> None:
    talk = await meet()
    await talk.say(LINES)

    def keeps_all_but_the_server(message: SetParameterValues) -> SetParameterValuesResponse:
        for item in message.ParameterList:
            if item.Name != SERVER:
                talk.phone.parameters[item.Name] = item.Value.text
        return SetParameterValuesResponse(Status=0)

    talk.phone.handlers["SetParameterValues"] = keeps_all_but_the_server
    for number in range(5):
        await talk.say({"1": {**LINES["1"], "user": f"100{number}"}})  # another parameter differs each time
        task = await talk.sip()
        assert (task["state"], task["fault"]["code"]) == ("failed", "not_applied")
        assert [entry["name"] for entry in task["fault"]["parameters"]] == [SERVER]
        assert SERVER in talk.written[0]
    task = await talk.sip()
    assert (task["state"], task["fault"]["code"]) == ("failed", "not_converging")
    assert [entry["name"] for entry in task["fault"]["parameters"]] == [SERVER]
    assert talk.written == []
    await talk.say({"1": {**LINES["1"], "user": "2000"}})
    task = await talk.sip()
    assert (task["state"], task["fault"]["code"]) == ("failed", "not_converging")
    assert talk.written == [{NUMBER: ("2000", "xsd:string")}]
    assert [entry["name"] for entry in task["result"]["written"]] == [NUMBER]
    # What an operator writes by hand is counted together with it.
    direct = await talk.world.task(
        talk.device_id, type="set_parameter_values", values=[{"name": SERVER, "value": "sip.example"}]
    )
    assert (await talk.goes_on(direct))["fault"]["code"] == "not_converging"
    # Another value is another matter.
    await talk.say({"1": {**LINES["1"], "server": "other.example"}})
    assert (await talk.sip())["fault"]["code"] == "not_applied"
    # And so is a phone that was reset.
    await talk.say(LINES)
    await talk.phone.call("0 BOOTSTRAP", "1 BOOT")
    assert (await talk.sip())["fault"]["code"] == "not_applied"


async def test_quirk_172_a_value_that_drifts_between_sessions_is_given_up_too(meet: Callable[..., Any]) -> None:
    talk = await meet()
    await talk.say(LINES)
    for _ in range(5):
        assert (await talk.sip())["state"] == "succeeded"
        assert NUMBER in talk.written[0]
        talk.phone.parameters[NUMBER] = "reset by something"
    task = await talk.sip()
    assert (task["state"], task["fault"]["code"], talk.written) == ("failed", "not_converging", [])
    talk.phone.parameters[NUMBER] = "1001"
    assert (await talk.sip())["state"] == "succeeded"


async def test_parameters_that_read_otherwise_meanwhile_are_read_again_after_a_broken_session(
    meet: Callable[..., Any],
) -> None:
    talk = await meet()
    await talk.say(LINES)
    task_id = await talk.world.task(talk.device_id, type="set_parameter_values", kind="sip")
    object.__setattr__(talk.world.context, "backoff", Backoff(first=1000.0))
    talk.phone.handlers["SetParameterValues"] = lambda _: Fault(FaultCode=9001)
    assert (await talk.goes_on(task_id))["state"] == "queued"

    def at_once(uow: UnitOfWork) -> None:
        row = uow.session.get(TaskRow, task_id)
        assert row is not None
        row.not_before = 0.0
        uow.session.add(row)

    await talk.world.database.write(at_once)
    del talk.phone.handlers["SetParameterValues"]
    talk.phone.parameters[NUMBER] = "1001"
    await talk.say({"1": {**LINES["1"], "server": "newer.example"}})
    task = await talk.goes_on(task_id)
    assert task["state"] == "succeeded"
    assert talk.written[0][SERVER][0] == "newer.example"
    assert NUMBER not in talk.written[0]


async def test_what_cannot_be_brought_to_the_phone_is_told(meet: Callable[..., Any]) -> None:
    talk = await meet(readonly=(PORT,))
    await talk.say({"1": {**LINES["1"], "port": 5070, "dtmf": "info", "voicemail": "*97"}})
    task = await talk.sip()
    assert task["state"] == "succeeded"
    assert {entry["field"]: entry["reason"] for entry in task["result"]["skipped"]} == {
        "sip.lines.1.port": "the phone does not let it be written",
        "sip.lines.1.dtmf": "the phone has no such parameter",
        "sip.lines.1.voicemail": "TR-104 has no parameter for it; it goes by file",
    }
    await talk.say({**LINES, "2": {"user": "1002"}})
    talk.phone.parameters[NUMBER] = ""
    task = await talk.sip()
    assert (task["state"], task["fault"]["code"]) == ("failed", "no_such_line")
    assert task["fault"]["parameters"][0]["name"] == "sip.lines.2"
    assert talk.written == [{NUMBER: ("1001", "xsd:string")}]  # the other lines are as they should be
    await talk.say({"1": {**LINES["1"], "user": "9" * 40}})
    task = await talk.sip()
    assert (task["state"], task["fault"]["code"], talk.written) == ("failed", "bad_settings", [])
    assert task["fault"]["parameters"][0]["name"] == NUMBER


async def test_small_requests_where_the_phone_takes_no_more(meet: Callable[..., Any]) -> None:
    talk = await meet()
    await talk.say(LINES)
    plain = dict(talk.phone.handlers)

    def few(name: str) -> Callable[[Any], Any]:
        def answer(message: Any) -> Any:
            items = message.ParameterNames if name == "GetParameterValues" else message.ParameterList
            if len(items) > 3:
                return Fault(FaultCode=9004)
            if name == "GetParameterValues":
                return plain[name](message)
            talk.phone.parameters |= {item.Name: item.Value.text for item in message.ParameterList}
            return SetParameterValuesResponse(Status=0)

        return answer

    talk.phone.handlers |= {name: few(name) for name in ("GetParameterValues", "SetParameterValues")}
    task = await talk.sip()
    assert task["state"] == "succeeded", task
    assert len(task["result"]["written"]) == 6
    assert talk.phone.parameters[PASSWORD] == "s3cret"
    await talk.sip()
    assert talk.written == []


async def test_a_phone_that_falls_silent_is_asked_for_less_and_one_that_only_stores_is_restarted(
    meet: Callable[..., Any],
) -> None:
    talk = await meet()
    await talk.say(LINES)
    stored: dict[str, str] = {}

    def stores(message: SetParameterValues) -> SetParameterValuesResponse:
        stored.update({item.Name: item.Value.text for item in message.ParameterList})
        return SetParameterValuesResponse(Status=1)

    talk.phone.handlers["SetParameterValues"] = stores
    task_id = await talk.world.task(talk.device_id, type="set_parameter_values", kind="sip", reboot=True)
    assert (await talk.goes_on(task_id))["state"] == "verifying"
    assert any(isinstance(message, cpe_rpcs.Reboot) for message in talk.asked)
    talk.phone.parameters |= stored
    task = await talk.goes_on(task_id, "1 BOOT", "M Reboot")
    assert (task["state"], task["result"]["status"]) == ("succeeded", 1)


async def test_a_done_but_fault_is_read_back_all_the_same(meet: Callable[..., Any]) -> None:
    talk = await meet()
    await talk.say(LINES)

    def takes(message: SetParameterValues) -> Fault:
        talk.phone.parameters |= {item.Name: item.Value.text for item in message.ParameterList}
        return Fault(FaultCode=9800)

    talk.phone.handlers["SetParameterValues"] = takes
    task = await talk.sip()
    assert task["state"] == "succeeded"
    assert {entry["name"]: entry["read"] for entry in task["evidence"]["read_back"]}[NUMBER] == "1001"


async def test_quirk_120_a_phone_that_wants_the_password_with_the_name(meet: Callable[..., Any]) -> None:
    talk = await meet()
    await talk.say(LINES)
    await talk.world.database.write(
        lambda uow: quirks.patch_device_quirks(uow, talk.device_id, {"companions": ["AuthUserName+AuthPassword"]})
    )
    await talk.sip()
    await talk.say({"1": {**LINES["1"], "auth_user": "bob"}})
    task = await talk.sip()
    assert task["state"] == "succeeded", task
    assert talk.written == [
        {f"{LINE}SIP.AuthUserName": ("bob", "xsd:string"), PASSWORD: ("s3cret", "xsd:string")},
    ]


async def test_quirk_175_a_shared_identity_is_told_nothing(meet: Callable[..., Any]) -> None:
    talk = await meet()
    await talk.say(LINES)
    await talk.world.database.write(
        lambda uow: quirks.patch_device_quirks(uow, talk.device_id, {"several_units": True})
    )
    task = await talk.sip()
    assert (task["fault"]["code"], talk.written) == ("several_units", [])


async def test_a_profile_that_takes_them_by_file(meet: Callable[..., Any]) -> None:
    talk = await meet(root="InternetGatewayDevice.")
    await talk.say(LINES)
    await talk.world.database.write(
        lambda uow: patch_device(uow, talk.world.context, talk.device_id, {"profile": "ctc"})
    )
    with pytest.raises(Conflict, match="by configuration file") as error:
        await talk.sip()
    assert error.value.field == "kind"
    assert (await talk.sip(force=True))["state"] == "succeeded"
    assert talk.written[0][NUMBER.replace(ROOT, "InternetGatewayDevice.")] == ("1001", "xsd:string")
    # A task that was queued while it was allowed is not done any more when it is not.
    await talk.world.database.write(
        lambda uow: patch_device(uow, talk.world.context, talk.device_id, {"profile": "common"})
    )
    task_id = await talk.world.task(talk.device_id, type="set_parameter_values", kind="sip")
    await talk.world.database.write(
        lambda uow: patch_device(uow, talk.world.context, talk.device_id, {"profile": "ctc"})
    )
    assert (await talk.goes_on(task_id))["fault"]["code"] == "cannot_prepare"


async def test_settings_that_say_nothing_of_sip(meet: Callable[..., Any]) -> None:
    talk = await meet()
    task = await talk.sip()
    assert (task["state"], task["result"]["written"]) == ("succeeded", [])
    assert talk.asked == []


async def test_a_phone_without_a_voice_service(meet: Callable[..., Any]) -> None:
    talk = await meet(bare=True)
    await talk.say(LINES)
    task = await talk.sip()
    assert (task["state"], task["fault"]["code"]) == ("failed", "no_voice_service")
    assert talk.read == ["Device.Services."]  # it may have what it does not list
