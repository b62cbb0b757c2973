from collections.abc import Callable
from typing import Any

import pytest

from acs.simulator.datamodel import CwmpFault, DataModel
from acs.simulator.persona import model, schema

S = "Device.ManagementServer."
V = "Device.Services.VoiceService.1.VoiceProfile.1."
INTERVAL = S + "PeriodicInformInterval"


@pytest.fixture
def tree() -> DataModel:
    return DataModel(schema("common", model("X4")), {S + "URL": "http://acs.test/", S + "Password": "secret"})


def fault_of(call: Callable[[], Any]) -> CwmpFault:
    with pytest.raises(CwmpFault) as caught:
        call()
    return caught.value


# --- GetParameterValues


def test_values_of_a_leaf_a_partial_path_and_everything(tree: DataModel) -> None:
    (leaf,) = tree.values([INTERVAL])
    assert (leaf.name, leaf.text, leaf.type) == (INTERVAL, "3600", "unsignedInt")
    assert {value.name for value in tree.values(["Device.UserInterface."])} == {
        "Device.UserInterface.PasswordRequired",
        "Device.UserInterface.CurrentLanguage",
    }
    assert len(tree.values([""])) == len(tree.schema.parameters)
    assert len(tree.values(["Device."])) == len(tree.schema.parameters)


def test_hidden_values_read_empty_but_are_there(tree: DataModel) -> None:
    assert tree.values([S + "Password"])[0].text == ""
    assert tree.get("ManagementServer.Password") == "secret"


@pytest.mark.parametrize("name", ["Device.Nope", "Device.DeviceInfo", "Device.DeviceInfo.SerialNumber.", "Nope."])
def test_unknown_names_are_9005(tree: DataModel, name: str) -> None:
    assert fault_of(lambda: tree.values([INTERVAL, name])).code == 9005
    assert fault_of(lambda: tree.names(name, False)).code == 9005
    assert fault_of(lambda: tree.attributes([name])).code == 9005


def test_live_values_are_asked_for_each_time() -> None:
    ticks = iter(["1", "2"])
    tree = DataModel(schema("common", model("X4")), {}, {"Device.DeviceInfo.UpTime": lambda: next(ticks)})
    assert [tree.get("DeviceInfo.UpTime"), tree.values(["Device.DeviceInfo.UpTime"])[0].text] == ["1", "2"]


# --- GetParameterNames


def test_next_level_of_nothing_is_the_root(tree: DataModel) -> None:
    assert tree.names("", True) == (("Device.", False),)


def test_next_level_lists_children_only(tree: DataModel) -> None:
    assert tree.names("Device.UserInterface.", True) == (
        ("Device.UserInterface.CurrentLanguage", True),
        ("Device.UserInterface.PasswordRequired", True),
    )
    assert tree.names(V + "Line.", True) == tuple((f"{V}Line.{number}.", True) for number in range(1, 5))


def test_without_next_level_the_object_itself_is_listed(tree: DataModel) -> None:
    names = dict(tree.names("Device.Services.", False))
    assert names["Device.Services."] is False
    assert names[V + "Line."] is True
    assert names[V + "Line.1."] is True
    assert names[V + "Line.1.Status"] is False
    assert len(tree.names("", False)) == len(tree.schema.parameters) + len(tree.schema.objects)


def test_a_leaf_is_itself_and_has_no_next_level(tree: DataModel) -> None:
    assert tree.names(INTERVAL, False) == ((INTERVAL, True),)
    assert fault_of(lambda: tree.names(INTERVAL, True)).code == 9003


# --- SetParameterValues


@pytest.mark.parametrize(
    ("name", "text", "type_name", "stored"),
    [
        (INTERVAL, "60", "unsignedInt", "60"),
        (INTERVAL, " 60 ", "unsignedInt", "60"),
        (S + "PeriodicInformEnable", "true", "boolean", "1"),
        (S + "PeriodicInformEnable", "0", "boolean", "0"),
        (S + "STUNMaximumKeepAlivePeriod", "-1", "int", "-1"),
        (S + "PeriodicInformTime", "2026-01-01T00:00:00+08:00", "dateTime", "2026-01-01T00:00:00+08:00"),
        (V + "Line.1.CallingFeatures.CallerIDName", "Zoë Müller 王", "string", "Zoë Müller 王"),
        (V + "Line.1.Enable", "Quiescent", "string", "Quiescent"),
    ],
)
def test_good_values_are_stored(tree: DataModel, name: str, text: str, type_name: str, stored: str) -> None:
    tree.set_values([(name, text, type_name)])
    assert tree.values([name])[0].text == stored


@pytest.mark.parametrize(
    ("name", "text", "type_name", "code"),
    [
        ("Device.Nope", "1", "string", 9005),
        (V, "1", "string", 9005),
        (INTERVAL, "60", "string", 9006),
        (S + "PeriodicInformEnable", "1", "unsignedInt", 9006),
        (INTERVAL, "sixty", "unsignedInt", 9007),
        (INTERVAL, "-1", "unsignedInt", 9007),
        (INTERVAL, "0", "unsignedInt", 9007),
        (INTERVAL, "4294967296", "unsignedInt", 9007),
        (S + "PeriodicInformEnable", "maybe", "boolean", 9007),
        (S + "PeriodicInformTime", "yesterday", "dateTime", 9007),
        (V + "Line.1.DirectoryNumber", "1" * 33, "string", 9007),
        (V + "Line.1.Enable", "On", "string", 9007),
        ("Device.DeviceInfo.SerialNumber", "x", "string", 9008),
        (V + "Line.1.Status", "Up", "string", 9008),
    ],
)
def test_bad_values_are_named_and_nothing_is_stored(
    tree: DataModel, name: str, text: str, type_name: str, code: int
) -> None:
    good = ("Device.Time.NTPServer1", "ntp.test", "string")
    fault = fault_of(lambda: tree.set_values([good, (name, text, type_name)]))
    assert fault.code == 9003
    assert [(each[0], each[1]) for each in fault.parameters] == [(name, code)]
    assert tree.get("Time.NTPServer1") == "pool.ntp.org"


def test_a_name_twice_is_9003(tree: DataModel) -> None:
    write = (INTERVAL, "60", "unsignedInt")
    assert fault_of(lambda: tree.set_values([write, write])).parameters[0][:2] == (INTERVAL, 9003)


def test_unchecked_commit_is_only_a_check(tree: DataModel) -> None:
    tree.set_values([(INTERVAL, "60", "unsignedInt")], commit=False)
    assert tree.get("ManagementServer.PeriodicInformInterval") == "3600"


# --- notification


def test_what_the_acs_sets_is_not_told_back(tree: DataModel) -> None:
    tree.set_values([("Device.DeviceInfo.ProvisioningCode", "P1", "string")])
    assert tree.changed == {}


def test_other_changes_are_told_by_their_attribute(tree: DataModel) -> None:
    assert tree.put("DeviceInfo.SoftwareVersion", "9.9")
    assert tree.put("Services.VoiceService.1.VoiceProfile.1.Line.1.Status", "Up")
    assert tree.put("Time.NTPServer1", "other")
    assert not tree.put("Time.NTPServer1", "other")
    assert not tree.put("No.Such", "x")
    assert tree.changed == {"Device.DeviceInfo.SoftwareVersion": 2, V + "Line.1.Status": 1}
    told = [value.name for value in tree.inform_values()]
    assert told.count("Device.DeviceInfo.SoftwareVersion") == 1
    assert V + "Line.1.Status" in told


def test_attributes_of_a_partial_path_are_set_in_order(tree: DataModel) -> None:
    tree.set_attributes([("Device.Time.", 1, None), ("Device.Time.NTPServer1", 2, ("Subscriber",))])
    found = {name: (it.notification, it.access_list) for name, it in tree.attributes(["Device.Time."])}
    assert found["Device.Time.NTPServer1"] == (2, ("Subscriber",))
    assert found["Device.Time.NTPServer2"] == (1, ())
    tree.put("Time.NTPServer1", "other")
    assert tree.changed == {"Device.Time.NTPServer1": 2}


def test_software_version_stays_active(tree: DataModel) -> None:
    tree.set_attributes([("Device.DeviceInfo.SoftwareVersion", 0, None)])
    assert tree.attributes(["Device.DeviceInfo.SoftwareVersion"])[0][1].notification == 2


@pytest.mark.parametrize(
    ("name", "notification", "code"),
    [("Device.DeviceInfo.UpTime", 2, 9009), (INTERVAL, 7, 9003), ("Device.Nope", 1, 9005)],
)
def test_refused_attributes_change_nothing(tree: DataModel, name: str, notification: int, code: int) -> None:
    call = [("Device.Time.NTPServer1", 2, None), (name, notification, None)]
    assert fault_of(lambda: tree.set_attributes(call)).code == code
    assert tree.attributes(["Device.Time.NTPServer1"])[0][1].notification == 0


# --- AddObject, DeleteObject


def test_instances_come_and_go_with_new_numbers(tree: DataModel) -> None:
    shared = tree.schema
    servers = "Device.DNS.Client.Server."
    assert tree.add_object(servers) == 2
    assert tree.get("DNS.Client.Server.2.DNSServer") == "192.0.2.53"
    tree.delete_object(servers + "2.")
    assert fault_of(lambda: tree.values([servers + "2."])).code == 9005
    assert tree.add_object(servers) == 3
    assert schema("common", model("X4")) is shared  # the shared tree did not change
    assert servers + "3." not in shared.objects


def test_line_count_follows_its_table(tree: DataModel) -> None:
    tree.delete_object(V + "Line.4.")
    assert tree.get("Services.VoiceService.1.VoiceProfile.1.NumberOfLines") == "3"
    assert tree.add_object(V + "Line.") == 5
    assert tree.get("Services.VoiceService.1.VoiceProfile.1.NumberOfLines") == "4"


def test_tables_inside_a_new_instance_work(tree: DataModel) -> None:
    assert tree.add_object("Device.Services.VoiceService.1.VoiceProfile.") == 2
    tree.delete_object("Device.Services.VoiceService.1.VoiceProfile.2.Line.4.")
    assert tree.add_object("Device.Services.VoiceService.1.VoiceProfile.2.Line.") == 5


@pytest.mark.parametrize(
    ("name", "code"),
    [("Device.DeviceInfo.", 9005), ("Device.DNS.Client.Server", 9003), (V + "Line.", 9004), ("Device.Nope.", 9005)],
)
def test_add_object_refusals(tree: DataModel, name: str, code: int) -> None:
    assert fault_of(lambda: tree.add_object(name)).code == code


@pytest.mark.parametrize(
    ("name", "code"),
    [(V + "Line.9.", 9005), (V + "Line.", 9003), (V + "Line.1", 9003), ("Device.Ethernet.Interface.1.", 9005)],
)
def test_delete_object_refusals(tree: DataModel, name: str, code: int) -> None:
    assert fault_of(lambda: tree.delete_object(name)).code == code


def test_reset_forgets_everything(tree: DataModel) -> None:
    born = tree.schema
    tree.set_values([(S + "URL", "http://other/", "string")])
    tree.set_attributes([("Device.Time.", 1, None)])
    tree.add_object("Device.DNS.Client.Server.")
    tree.reset(born)
    assert tree.get("ManagementServer.URL") == "http://acs.test/"
    assert tree.attributes(["Device.Time.NTPServer1"])[0][1].notification == 0
    assert tree.add_object("Device.DNS.Client.Server.") == 2
