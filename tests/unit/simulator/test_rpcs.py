from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from acs.simulator import rpcs
from acs.simulator.behaviours import Traits, traits
from acs.simulator.cpe import Cpe, Factory
from acs.simulator.datamodel import CwmpFault
from acs.simulator.persona import Identity, model
from acs.simulator.transfers import State
from cwmp_schemas import cpe_rpcs as rpc
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.structs import (
    InstallOpStruct,
    ParameterValueStruct,
    SetParameterAttributesStruct,
    TimeWindowStruct,
)

NOW = 1_800_000_000.0
S = "Device.ManagementServer."
CONFIG_FILE = "3 Vendor Configuration File"


@pytest.fixture
def cpe() -> Cpe:
    return phone()


def phone(*behaviours: str) -> Cpe:
    who = Identity(mac="0c383e2599fe", model=model("X4"), profile="common", ip_address="10.0.0.9")
    return Cpe(who, Factory("http://acs.test/"), now=NOW, random=Random(1), traits=traits(behaviours))


def ask(cpe: Cpe, request: Any, now: float = NOW) -> Any:
    return rpcs.answer(cpe, type(request).__name__, request, now)


def code_of(call: Callable[[], Any]) -> int:
    with pytest.raises(CwmpFault) as caught:
        call()
    return caught.value.code


def key(cpe: Cpe) -> str:
    return cpe.model.get("ManagementServer.ParameterKey")


def interval(text: str, type_name: str = "xsd:unsignedInt") -> ParameterValueStruct:
    return ParameterValueStruct(Name=S + "PeriodicInformInterval", Value=TypedValue(text, type_name))


def test_the_method_list_is_what_it_answers(cpe: Cpe) -> None:
    known = ask(cpe, rpc.GetRPCMethods()).MethodList
    assert {"GetParameterValues", "SetParameterValues", "Download", "Reboot", "Upload", "FactoryReset"} <= set(known)
    assert set(ask(phone("cwmp-1-4"), rpc.GetRPCMethods()).MethodList) == set(rpcs.HANDLERS)


def test_a_method_of_no_specification_is_9000(cpe: Cpe) -> None:
    assert code_of(lambda: rpcs.answer(cpe, "X_0C383E_Dance", None, NOW)) == 9000


@pytest.mark.parametrize("method", ["ScheduleDownload", "CancelTransfer", "ChangeDUState"])
def test_a_method_of_a_later_version_is_9000(method: str) -> None:
    old = phone("cwmp-1-1")
    assert method not in ask(old, rpc.GetRPCMethods()).MethodList
    assert code_of(lambda: rpcs.answer(old, method, rpc.CancelTransfer(CommandKey="k"), NOW)) == 9000


def test_behaviours_switch_methods_off_and_make_them_fail() -> None:
    simple = phone("basic-rpcs")
    assert "AddObject" not in ask(simple, rpc.GetRPCMethods()).MethodList
    assert code_of(lambda: ask(simple, rpc.AddObject(ObjectName="Device.DNS.Client.Server."))) == 9000
    assert code_of(lambda: ask(phone("refuses-spv"), rpc.SetParameterValues(ParameterList=(interval("9"),)))) == 9002


def test_parameter_key_is_set_on_success_only(cpe: Cpe) -> None:
    assert ask(cpe, rpc.SetParameterValues(ParameterList=(interval("60"),), ParameterKey="one")).Status == 0
    assert key(cpe) == "one"
    bad = rpc.SetParameterValues(ParameterList=(interval("x"),), ParameterKey="two")
    assert code_of(lambda: ask(cpe, bad)) == 9003
    assert key(cpe) == "one"
    ask(cpe, rpc.AddObject(ObjectName="Device.DNS.Client.Server.", ParameterKey="three"))
    assert key(cpe) == "three"
    ask(cpe, rpc.DeleteObject(ObjectName="Device.DNS.Client.Server.2.", ParameterKey="four"))
    assert key(cpe) == "four"
    assert code_of(lambda: ask(cpe, rpc.SetParameterValues(ParameterList=(), ParameterKey="k" * 33))) == 9003


def test_status_1_waits_for_the_reboot() -> None:
    cpe = phone("spv-status-1")
    assert ask(cpe, rpc.SetParameterValues(ParameterList=(interval("60"),), ParameterKey="k")).Status == 1
    name = S + "PeriodicInformInterval"
    assert ask(cpe, rpc.GetParameterValues(ParameterNames=(name,))).ParameterList[0].Value.text == "3600"
    cpe.boot(NOW)
    assert ask(cpe, rpc.GetParameterValues(ParameterNames=(name,))).ParameterList[0].Value.text == "60"


def test_values_carry_their_types(cpe: Cpe) -> None:
    answer = ask(cpe, rpc.GetParameterValues(ParameterNames=(S,)))
    found = {each.Name.removeprefix(S): each.Value for each in answer.ParameterList}
    assert found["PeriodicInformInterval"] == ("3600", "xsd:unsignedInt")
    assert found["PeriodicInformEnable"] == ("1", "xsd:boolean")
    assert found["PeriodicInformTime"].type == "xsd:dateTime"
    assert found["STUNMaximumKeepAlivePeriod"] == ("30", "xsd:int")
    assert found["Password"] == ("", "xsd:string")


def test_small_batches_are_a_resource() -> None:
    cpe = phone("small-batches")
    assert code_of(lambda: ask(cpe, rpc.GetParameterValues(ParameterNames=(S + "URL",) * 17))) == 9004
    assert ask(cpe, rpc.GetParameterValues(ParameterNames=(S + "URL",) * 16))


def test_no_names_at_all_are_invalid(cpe: Cpe) -> None:
    assert code_of(lambda: ask(cpe, rpc.GetParameterValues(ParameterNames=()))) == 9003


def test_attributes_change_only_what_is_said(cpe: Cpe) -> None:
    def change(**facts: Any) -> None:
        plain: dict[str, Any] = {
            "Name": "Device.Time.NTPServer1",
            "NotificationChange": False,
            "Notification": 0,
            "AccessListChange": False,
            "AccessList": (),
        }
        ask(cpe, rpc.SetParameterAttributes(ParameterList=(SetParameterAttributesStruct(**(plain | facts)),)))

    change(NotificationChange=True, Notification=2)
    change(AccessListChange=True, AccessList=("Subscriber",))
    change(Notification=1)
    (found,) = ask(cpe, rpc.GetParameterAttributes(ParameterNames=("Device.Time.NTPServer1",))).ParameterList
    assert (found.Notification, found.AccessList) == (2, ("Subscriber",))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"FileType": "7 Nonsense"}, 9003),
        ({"FileType": "X 0C383E Cat Picture"}, 9003),
        ({"URL": "ftp://f.test/a.cfg"}, 9013),
        ({"URL": "tftp://f.test/a.cfg"}, 9013),
        ({"URL": "http:///a.cfg"}, 9003),
        ({"URL": "http://user:pw@f.test/a.cfg"}, 9003),
        ({"URL": "http://[bad/a.cfg"}, 9003),
        ({"URL": "http://f.test/" + "a" * 250}, 9003),
        ({"CommandKey": "k" * 33}, 9003),
    ],
)
def test_downloads_that_cannot_be(cpe: Cpe, facts: dict[str, str], code: int) -> None:
    plain = {"CommandKey": "k", "FileType": CONFIG_FILE, "URL": "http://f.test/a.cfg"}
    assert code_of(lambda: ask(cpe, rpc.Download(**(plain | facts)))) == code  # type: ignore[arg-type]
    assert len(cpe.transfers) == 0


def test_a_download_is_queued_and_listed(cpe: Cpe) -> None:
    request = rpc.Download(
        CommandKey="k", FileType=CONFIG_FILE, URL="http://f.test/a.cfg", FileSize=7, DelaySeconds=30, TargetFileName="t"
    )
    answer = ask(cpe, request)
    assert (answer.Status, answer.StartTime) == (1, "0001-01-01T00:00:00Z")
    assert ask(cpe, request).Status == 1
    (listed,) = ask(cpe, rpc.GetAllQueuedTransfers()).TransferList
    assert (listed.CommandKey, listed.State, listed.IsDownload, listed.FileSize) == ("k", 1, True, 7)
    (transfer,) = cpe.transfers
    assert transfer.not_before == NOW + 30
    transfer.state = State.IN_PROGRESS
    assert ask(cpe, rpc.GetQueuedTransfers()).TransferList[0].State == 2


def test_uploads_of_what_it_has(cpe: Cpe) -> None:
    for number, file_type in enumerate(
        ("1 Vendor Configuration File", "2 Vendor Log File", "3 Vendor Configuration File 1", "4 Vendor Log File 1")
    ):
        assert ask(cpe, rpc.Upload(CommandKey=str(number), FileType=file_type, URL="http://f.test/up")).Status == 1
    assert code_of(lambda: ask(cpe, rpc.Upload(CommandKey="x", FileType="9 Photo", URL="http://f.test/up"))) == 9003


def test_schedule_inform_comes_with_its_key(cpe: Cpe) -> None:
    ask(cpe, rpc.ScheduleInform(DelaySeconds=10, CommandKey="a"))
    ask(cpe, rpc.ScheduleInform(DelaySeconds=20, CommandKey="b"))
    assert code_of(lambda: ask(cpe, rpc.ScheduleInform(DelaySeconds=0, CommandKey="c"))) == 9003
    cpe.tick(NOW + 10)
    assert [(event.code, event.command_key) for event in cpe.events] == [("3 SCHEDULED", ""), ("M ScheduleInform", "a")]
    cpe.tick(NOW + 20)
    assert ("M ScheduleInform", "b") in [(event.code, event.command_key) for event in cpe.events]


def test_reboot_and_factory_reset_are_answered_first(cpe: Cpe) -> None:
    assert isinstance(ask(cpe, rpc.Reboot(CommandKey="r")), rpc.RebootResponse)
    assert cpe.wants_reboot
    fresh = phone()
    assert isinstance(ask(fresh, rpc.FactoryReset()), rpc.FactoryResetResponse)
    assert fresh.wants_reboot


def test_traits_default_to_the_letter() -> None:
    assert phone().traits == Traits()


def read_values(cpe: Cpe, *names: str) -> dict[str, str]:
    found = ask(cpe, rpc.GetParameterValues(ParameterNames=names))
    return {each.Name: each.Value.text for each in found.ParameterList}


def test_one_name_may_be_unreadable() -> None:
    cpe = phone("one-unreadable")
    names = ("Device.DeviceInfo.SoftwareVersion", "Device.DeviceInfo.HardwareVersion")
    assert code_of(lambda: read_values(cpe, *names)) == 9005
    assert list(read_values(cpe, names[0])) == [names[0]]
    assert names[1] in read_values(cpe, "Device.DeviceInfo.")


def test_values_may_be_fewer_or_more_than_asked() -> None:
    asked = (S + "URL", S + "PeriodicInformInterval")
    assert list(read_values(phone("fewer-values"), *asked)) == [asked[0]]
    assert list(read_values(phone("more-values"), *asked)) == [*asked, "Device.DeviceInfo.Manufacturer"]


@pytest.mark.parametrize(
    ("behaviour", "read"), [("", ""), ("passwords-stars", "******"), ("passwords-shown", "geheim")]
)
def test_passwords_read_as_the_phone_likes(behaviour: str, read: str) -> None:
    cpe = phone(behaviour)
    write = ParameterValueStruct(Name=S + "Password", Value=TypedValue("geheim", "xsd:string"))
    ask(cpe, rpc.SetParameterValues(ParameterList=(write,), ParameterKey=""))
    assert read_values(cpe, S + "Password") == {S + "Password": read}


def test_what_was_written_may_read_as_empty() -> None:
    cpe = phone("writes-hidden")
    assert read_values(cpe, S + "PeriodicInformInterval") == {S + "PeriodicInformInterval": "3600"}
    ask(cpe, rpc.SetParameterValues(ParameterList=(interval("1800"),), ParameterKey=""))
    assert read_values(cpe, S + "PeriodicInformInterval") == {S + "PeriodicInformInterval": ""}
    assert cpe.model.get("ManagementServer.PeriodicInformInterval") == "1800"


def test_values_without_a_type_are_taken_by_the_phones_own() -> None:
    write = rpc.SetParameterValues(ParameterList=(interval("1800", "xsd:string"),), ParameterKey="")
    assert code_of(lambda: ask(phone(), write)) == 9003
    cpe = phone()
    assert rpcs.answer(cpe, "SetParameterValues", write, NOW, untyped=True).Status == 0
    assert ask(phone("types-missing"), write).Status == 0


def test_instance_numbers_may_jump() -> None:
    line = "Device.Services.VoiceService.1.VoiceProfile.1.Line."
    cpe = phone("instances-jump")
    for number in (4, 3):
        ask(cpe, rpc.DeleteObject(ObjectName=f"{line}{number}.", ParameterKey=""))
    numbers = [ask(cpe, rpc.AddObject(ObjectName=line, ParameterKey="")).InstanceNumber for _ in range(2)]
    assert numbers == [11, 18]


def test_a_tree_may_be_large() -> None:
    cpe = phone("huge-tree:250")
    found = read_values(cpe, "Device.X_FANVIL-COM_Extra.")
    assert len(found) == 250
    assert set(found.values()) == {"unused"}


# --- the rest of the specification


def window(start: int, end: int, mode: str = "1 At Any Time") -> TimeWindowStruct:
    return TimeWindowStruct(WindowStart=start, WindowEnd=end, WindowMode=mode)


def schedule(*windows: TimeWindowStruct, key: str = "k") -> rpc.ScheduleDownload:
    return rpc.ScheduleDownload(
        CommandKey=key, FileType=CONFIG_FILE, URL="http://f.test/a.cfg", TimeWindowList=tuple(windows)
    )


@pytest.fixture
def newer() -> Cpe:
    return phone("cwmp-1-4")


def test_a_scheduled_download_waits_for_its_window_and_then_for_the_next(newer: Cpe) -> None:
    assert isinstance(ask(newer, schedule(window(100, 200), window(10, 20))), rpc.ScheduleDownloadResponse)
    (transfer,) = newer.transfers
    assert (transfer.not_before, transfer.windows) == (NOW + 10, ((NOW + 10, NOW + 20), (NOW + 100, NOW + 200)))
    assert newer.due_transfer(NOW + 9) is None
    assert newer.due_transfer(NOW + 10) is transfer
    newer.transfer_over(transfer, NOW + 15, (9016, "no such file"))
    assert (transfer.state, transfer.not_before) == (State.NOT_STARTED, NOW + 100)
    newer.transfer_over(transfer, NOW + 150, (9016, "no such file"))
    assert transfer.state is State.COMPLETED
    assert not transfer.too_late(NOW + 200)
    assert transfer.too_late(NOW + 201)
    newer.tick(NOW + 150)
    assert ("M ScheduleDownload", "k") in [(event.code, event.command_key) for event in newer.events]


@pytest.mark.parametrize(
    "windows",
    [(), (window(10, 10),), (window(10, 30), window(20, 40)), (window(1, 2), window(3, 4), window(5, 6))],
    ids=["none", "empty", "overlap", "three"],
)
def test_windows_that_cannot_be_are_9003(newer: Cpe, windows: tuple[TimeWindowStruct, ...]) -> None:
    assert code_of(lambda: ask(newer, schedule(*windows))) == 9003
    assert not len(newer.transfers)


def test_a_transfer_is_given_up_before_it_begins_and_not_after(newer: Cpe) -> None:
    ask(newer, schedule(window(10, 20)))
    ask(newer, schedule(window(10, 20), key="other"))
    ask(newer, rpc.CancelTransfer(CommandKey="k"))
    ask(newer, rpc.CancelTransfer(CommandKey="k"))  # none with this key is left
    (transfer,) = newer.transfers
    transfer.state = State.IN_PROGRESS
    assert code_of(lambda: ask(newer, rpc.CancelTransfer(CommandKey="other"))) == 9021


def test_a_change_of_modules_is_reported_later_under_its_key(newer: Cpe) -> None:
    request = rpc.ChangeDUState(Operations=(InstallOpStruct(URL="http://f.test/m"),), CommandKey="k")
    assert isinstance(ask(newer, request), rpc.ChangeDUStateResponse)
    newer.tick(NOW)
    assert not newer.events
    newer.tick(NOW + rpcs.DU_SECONDS)
    assert [(event.code, event.command_key) for event in newer.events] == [
        ("11 DU STATE CHANGE COMPLETE", ""),
        ("M ChangeDUState", "k"),
    ]
    (call,) = newer.calls
    newer.call_answered(call)
    assert not newer.events
    assert code_of(lambda: ask(newer, rpc.ChangeDUState(Operations=(), CommandKey="k"))) == 9003


def test_vouchers_become_options(cpe: Cpe) -> None:
    assert ask(cpe, rpc.GetOptions(OptionName="")).OptionList == ()
    ask(cpe, rpc.SetVouchers(VoucherList=("PFZvdWNoZXIvPg==",)))
    (option,) = ask(cpe, rpc.GetOptions(OptionName="")).OptionList
    assert ask(cpe, rpc.GetOptions(OptionName=option.OptionName)).OptionList == (option,)
    assert code_of(lambda: ask(cpe, rpc.GetOptions(OptionName="other"))) == 9003
    assert code_of(lambda: ask(cpe, rpc.SetVouchers(VoucherList=("!",)))) == 9003


V = "Device.Services.VoiceService.1."


def put(cpe: Cpe, values: dict[str, str], type_name: str = "xsd:string") -> Any:
    listed = tuple(ParameterValueStruct(Name=n, Value=TypedValue(v, type_name)) for n, v in values.items())
    return ask(cpe, rpc.SetParameterValues(ParameterList=listed, ParameterKey=""))


def test_an_account_that_the_acs_writes_is_registered_and_in_the_phones_own_settings(cpe: Cpe) -> None:
    line = f"{V}VoiceProfile.1.Line.2."
    put(
        cpe,
        {
            f"{V}VoiceProfile.1.SIP.RegistrarServer": "pbx.test",
            f"{line}DirectoryNumber": "1002",
            f"{line}SIP.AuthPassword": "p",
            f"{line}Enable": "Enabled",
        },
    )
    assert cpe.model.get(f"{line}Status".removeprefix("Device.")) == "Up"
    backup = cpe.storage.backup()
    assert backup.get("SIP CONFIG MODULE", "SIP2 Phone Number") == "1002"
    assert backup.get("SIP CONFIG MODULE", "SIP2 Register Pswd") == "p"
    assert backup.get("SIP CONFIG MODULE", "SIP1 Register Addr") == "pbx.test"
    put(cpe, {f"{line}Enable": "Disabled"})
    assert cpe.model.get(f"{line}Status".removeprefix("Device.")) == "Disabled"


def test_an_account_of_tr_104_v2_is_registered() -> None:
    cpe = phone("voice-v2")
    put(cpe, {f"{V}CallControl.Line.1.DirectoryNumber": "1", f"{V}SIP.Network.1.RegistrarServer": "pbx.test"})
    assert cpe.model.get("Services.VoiceService.1.CallControl.Line.1.Status") == "Disabled"
    put(cpe, {f"{V}CallControl.Line.1.Enable": "1", f"{V}SIP.Client.1.Enable": "true"}, "xsd:boolean")
    assert cpe.model.get("Services.VoiceService.1.CallControl.Line.1.Status") == "Up"
    assert cpe.model.get("Services.VoiceService.1.SIP.Client.1.Status") == "Up"


def test_a_phone_that_ignores_a_value_and_one_that_sets_it_back() -> None:
    name = f"{V}VoiceProfile.1.SIP.RegistrarServer"
    deaf = phone("ignores:RegistrarServer")
    assert put(deaf, {name: "pbx.test", f"{V}VoiceProfile.1.SIP.ProxyServer": "pbx.test"}).Status == 0
    assert [v.text for v in deaf.model.values((name, f"{V}VoiceProfile.1.SIP.ProxyServer"))] == ["", "pbx.test"]
    drifting = phone("resets:RegistrarServer")
    put(drifting, {name: "one"})
    put(drifting, {name: "two"})
    assert drifting.model.values((name,))[0].text == "two"
    drifting.session_ended(True, NOW)
    assert drifting.model.values((name,))[0].text == ""
