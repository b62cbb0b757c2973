"""Every type of task against an honest phone, and the ways in which tasks end."""

import itertools
from typing import Any

import pytest

from tests.system.cpe import Phone, Temper
from tests.system.server import Server
from tests.system.test_life import settled

pytestmark = pytest.mark.system

LINE = "Device.Services.VoiceService.1.VoiceProfile.1.Line."
_numbers = itertools.count(0x2000)


@pytest.fixture(scope="module")
def phone(server: Server) -> Phone:
    return settled(server)


def done(server: Server, phone: Phone, type: str, **arguments: Any) -> dict[str, Any]:
    """Queue, let the phone call, give the task that must have succeeded."""
    task_id = server.task(phone.serial, type, **arguments)
    phone.call("2 PERIODIC")
    return server.succeeded(task_id)


def refused(server: Server, phone: Phone, type: str, **arguments: Any) -> dict[str, Any]:
    task_id = server.task(phone.serial, type, **arguments)
    phone.call("2 PERIODIC")
    return server.failed(task_id)


def test_methods(server: Server, phone: Phone) -> None:
    assert "Download" in str(done(server, phone, "get_rpc_methods")["result"])


def test_names(server: Server, phone: Phone) -> None:
    told = str(done(server, phone, "get_parameter_names", path="Device.", next_level=True)["result"])
    assert "Device.ManagementServer." in told
    assert "Device.ManagementServer.URL" not in told
    assert refused(server, phone, "get_parameter_names", path="Device.Nothing.", next_level=False)["code"] == "9005"


def test_reading(server: Server, phone: Phone) -> None:
    task = done(server, phone, "get_parameter_values", names=["Device.DeviceInfo.", "Device.Time.NTPServer1"])
    read = {row["name"]: row["value"] for row in task["result"]["values"]}
    assert read["Device.DeviceInfo.SoftwareVersion"] == "2.12.1"
    assert read["Device.Time.NTPServer1"] == "pool.ntp.org"


def test_one_bad_name_among_many(server: Server, phone: Phone) -> None:
    good = [name for name in phone.values if not name.endswith("Password")]
    task_id = server.task(phone.serial, "get_parameter_values", names=[*good, "Device.No.Such"])
    phone.call("2 PERIODIC")
    fault = server.failed(task_id)
    assert [row["name"] for row in fault["parameters"]] == ["Device.No.Such"]
    assert len(server.state(task_id)["result"]["values"]) == len(good)


def test_more_names_than_one_request_may_hold(server: Server) -> None:
    phone = settled(server)
    for number in range(2, 60):
        for leaf in ("Enable", "DirectoryNumber", "SIP.AuthUserName"):
            phone.write(f"Services.VoiceService.1.VoiceProfile.1.Line.{number}.{leaf}", "x")
    names = [f"{LINE}{number}.{leaf}" for number in range(2, 60) for leaf in ("Enable", "DirectoryNumber")]
    assert len(names) > 100
    task = done(server, phone, "get_parameter_values", names=names)
    assert len(task["result"]["values"]) == len(names)
    done(server, phone, "set_parameter_values", values=[{"name": name, "value": "y"} for name in names])
    assert {phone.values[name][0] for name in names} == {"y"}
    assert phone.asked["SetParameterValues"] >= 2 + 2


def test_writing_with_the_phones_own_types(server: Server, phone: Phone) -> None:
    values = [
        {"name": "Device.ManagementServer.PeriodicInformInterval", "value": 600},
        {"name": "Device.ManagementServer.PeriodicInformEnable", "value": True},
        {"name": "Device.Time.NTPServer1", "value": "ntp.example.net"},
    ]
    task = done(server, phone, "set_parameter_values", values=values, parameter_key="key-1")
    assert phone.read("ManagementServer.PeriodicInformInterval") == "600"
    assert phone.read("ManagementServer.ParameterKey") == "key-1"
    assert "ntp.example.net" in str(task["evidence"])


def test_a_secret_is_written_and_never_shown(server: Server, phone: Phone) -> None:
    values = [{"name": f"{LINE}1.SIP.AuthPassword", "value": "Top-Secret-1"}]
    task = done(server, phone, "set_parameter_values", values=values)
    assert phone.values[f"{LINE}1.SIP.AuthPassword"][0] == "Top-Secret-1"
    assert "Top-Secret-1" not in str(task)
    assert "Top-Secret-1" not in server.log()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("Device.No.Such", "1", "9005"),
        ("Device.DeviceInfo.UpTime", 5, "9008"),
        ("Device.ManagementServer.PeriodicInformInterval", 0, "9007"),
    ],
)
def test_a_fault_names_the_parameter(server: Server, phone: Phone, name: str, value: Any, code: str) -> None:
    before = dict(phone.values)
    values = [{"name": "Device.Time.NTPServer1", "value": "other.example.net"}, {"name": name, "value": value}]
    fault = refused(server, phone, "set_parameter_values", values=values)
    assert [(row["name"], row["code"]) for row in fault["parameters"]] == [(name, code)]
    assert phone.values == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Device.ManagementServer.PeriodicInformInterval", "abc"),
        ("Device.ManagementServer.PeriodicInformInterval", -1),
        ("Device.ManagementServer.PeriodicInformInterval", 2**32),
        ("Device.ManagementServer.PeriodicInformEnable", "maybe"),
    ],
)
def test_a_value_that_no_valid_message_could_carry(server: Server, phone: Phone, name: str, value: Any) -> None:
    before = phone.asked["SetParameterValues"]
    fault = refused(server, phone, "set_parameter_values", values=[{"name": name, "value": value}])
    assert [(row["name"], row["code"]) for row in fault["parameters"]] == [(name, "9007")]
    assert phone.asked["SetParameterValues"] == before


def test_values_that_are_only_stored(server: Server) -> None:
    phone = settled(server, Temper(stores_only=True))
    values = [{"name": "Device.Time.NTPServer1", "value": "later.example.net"}]
    task = done(server, phone, "set_parameter_values", values=values)
    assert task["result"]["status"] == 1


def test_attributes(server: Server, phone: Phone) -> None:
    name = "Device.Time.NTPServer1"
    done(server, phone, "set_parameter_attributes", attributes=[{"name": name, "notification": 2}])
    assert phone.attributes[name] == 2
    task = done(server, phone, "get_parameter_attributes", names=[name])
    assert task["result"]["attributes"] == [{"name": name, "notification": 2, "access_list": []}]
    assert refused(server, phone, "get_parameter_attributes", names=["Device.No.Such"])["code"] == "9005"


def test_objects(server: Server, phone: Phone) -> None:
    task = done(server, phone, "add_object", object_name=LINE, values={"DirectoryNumber": "77"})
    instance = task["result"]["instance_number"]
    assert phone.values[f"{LINE}{instance}.DirectoryNumber"][0] == "77"
    done(server, phone, "delete_object", object_name=f"{LINE}{instance}.")
    assert f"{LINE}{instance}.DirectoryNumber" not in phone.values
    assert refused(server, phone, "delete_object", object_name=f"{LINE}{instance}.")["code"] == "9005"
    assert refused(server, phone, "add_object", object_name="Device.Nothing.")["code"] == "9005"


def test_restart(server: Server) -> None:
    phone = settled(server)
    task = done(server, phone, "reboot")
    assert phone.restarts == phone.asked["Reboot"] == 1
    assert "M Reboot" in str(task["evidence"])


def test_factory_reset(server: Server) -> None:
    phone = settled(server)
    assert server.device(phone.serial)["credentials"] == "proven"
    own = phone.read("ManagementServer.Password")
    done(server, phone, "factory_reset")
    assert phone.asked["FactoryReset"] == 1
    phone.call("2 PERIODIC")
    device = server.device(phone.serial)
    assert device["credentials"] == "proven", "it has credentials of its own again"
    assert phone.read("ManagementServer.Password") != own
    assert "shared_credentials_after_reset" in {note["code"] for note in device["notes"]}


@pytest.mark.parametrize("transfer", ["later", "same", "status0"])
def test_upload(server: Server, transfer: Any) -> None:
    phone = settled(server, Temper(transfer=transfer))
    task = done(server, phone, "upload", file_type="1 Vendor Configuration File")
    status, content = server.call("GET", f"/files/{task['result']['file_id']}/content")
    assert (status, content) == (200, phone.sent)


def test_a_download_from_elsewhere(server: Server) -> None:
    phone = settled(server, Temper(reads_files=False))
    url = "http://192.0.2.1/firmware.z"
    done(server, phone, "download", url=url, file_type="1 Firmware Upgrade Image", file_size=123)


def test_a_download_that_the_phone_refuses(server: Server) -> None:
    phone = settled(server, Temper(faults={"Download": 9013}))
    fault = refused(server, phone, "download", kind="config")
    assert fault["code"] == "9013"
    busy = settled(server, Temper(faults={"Download": 9004}))
    task_id = server.task(busy.serial, "download", kind="config")
    busy.call("2 PERIODIC")
    task = server.state(task_id)
    assert (task["state"], task["attempts"], task["fault"]["code"]) == ("queued", 1, "9004")
    assert task["not_before"]


def test_a_phone_without_the_method(server: Server) -> None:
    phone = settled(server, Temper(faults={"FactoryReset": 9000}))
    assert refused(server, phone, "factory_reset")["code"] == "9000"


def test_cancelled_before_the_phone_called(server: Server, phone: Phone) -> None:
    task_id = server.task(phone.serial, "reboot")
    status, task = server.call("DELETE", f"/tasks/{task_id}")
    assert (status, task["state"]) == (200, "cancelled")
    phone.call("2 PERIODIC")
    assert phone.asked["Reboot"] == 0
    assert server.call("DELETE", f"/tasks/{task_id}")[0] == 409


def test_cancelled_while_the_file_is_on_its_way(server: Server) -> None:
    phone = settled(server)
    task_id = server.task(phone.serial, "download", kind="config")
    for _ in phone.session("2 PERIODIC"):
        pass
    assert server.state(task_id)["state"] == "transferring"
    assert server.call("DELETE", f"/tasks/{task_id}")[0] == 200
    phone.call("2 PERIODIC")
    assert phone.status == 204
    assert server.state(task_id)["state"] == "cancelled"
    assert server.call("POST", f"/tasks/{task_id}/retry")[0] == 200
    phone.accepted.clear()
    phone.call("2 PERIODIC")
    server.succeeded(task_id)


def test_a_task_that_nobody_came_for(server: Server, phone: Phone) -> None:
    task_id = server.task(phone.serial, "reboot", expires_in=0.01)
    task = server.wait(task_id, "expired")
    assert task["fault"]["code"] == "expired"
    phone.call("2 PERIODIC")
    assert phone.asked["Reboot"] == 0
    assert server.call("POST", f"/tasks/{task_id}/retry")[0] == 200
    phone.call("2 PERIODIC")
    server.succeeded(task_id)
    assert phone.asked["Reboot"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "nonsense"}, "type"),
        ({"type": "get_parameter_values"}, "names"),
        ({"type": "get_parameter_values", "names": []}, "names"),
        ({"type": "set_parameter_values", "values": [{"name": "Device.X."}]}, "values.0.name"),
        ({"type": "download"}, "kind"),
        ({"type": "download", "url": "http://u:p@h/x", "file_type": "1 Firmware Upgrade Image"}, "url"),
        ({"type": "reboot", "expires_in": -1}, "expires_in"),
        ({"type": "discover"}, "type"),
    ],
)
def test_a_task_that_makes_no_sense(server: Server, phone: Phone, body: dict[str, Any], field: str) -> None:
    device = server.device(phone.serial)
    status, problem = server.call("POST", f"/devices/{device['id']}/tasks", body)
    assert status in (400, 422)
    assert problem["field"] == field, problem
