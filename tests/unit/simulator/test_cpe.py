from random import Random
from typing import Any

import pytest

from acs.errors import BadFile
from acs.formats.containers import DEFAULT, container
from acs.simulator.behaviours import Traits
from acs.simulator.cpe import Cpe, Factory
from acs.simulator.dialect import date_time
from acs.simulator.persona import Identity, Profile, model
from acs.simulator.provisioning import Kind
from acs.simulator.transfers import State, Transfer

NOW = 1_800_000_000.0
SERVER = "Device.ManagementServer."
CONFIG = (
    b"<<VOIP CONFIG FILE>>Version:2.0007\r\n<SIP CONFIG MODULE>\r\nSIP1 Phone Number :1001\r\n"
    b""
    b"SIP1 Register Addr :pbx\r\nSIP1 Enable Reg :1\r\n<<END OF FILE>>\r\n"
)


def phone(traits: Traits | None = None, profile: Profile = "common", **factory: Any) -> Cpe:
    who = Identity(mac="0c383e2599fe", model=model("X4"), profile=profile, ip_address="10.0.0.9")
    facts: dict[str, Any] = {"acs_url": "http://acs.test/", "connection_request_url": "http://10.0.0.9:8088/abc"}
    made = Cpe(who, Factory(**(facts | factory)), now=NOW, random=Random(1), traits=traits)
    made.power_on(NOW)
    return made


def codes(cpe: Cpe) -> list[str]:
    return [event.code for event in cpe.events.for_inform()]


def deliver(cpe: Cpe, now: float = NOW) -> None:
    """A session that goes well and in which the ACS has nothing to ask."""
    cpe.tick(now)
    cpe.informed(cpe.events.for_inform(), dict(cpe.model.changed))
    for transfer in tuple(cpe.transfers.to_report()):
        cpe.transfer_reported(transfer)
    cpe.session_ended(True, now)


def download(cpe: Cpe, **facts: Any) -> Transfer:
    transfer = Transfer(True, "k1", "3 Vendor Configuration File", "http://f.test/a.cfg", **facts)
    cpe.transfers.add(transfer)
    return transfer


def test_first_contact_tells_who_it_is() -> None:
    inform = phone().inform(phone().events.for_inform())
    assert [event.EventCode for event in inform.Event] == ["0 BOOTSTRAP", "1 BOOT"]
    who = inform.DeviceId
    assert (who.Manufacturer, who.OUI, who.ProductClass) == ("Fanvil", "0C383E", "X4")
    assert who.SerialNumber == "00100400FV02001000000c383e2599fe"
    told = {each.Name: each.Value for each in inform.ParameterList}
    assert told["Device.ManagementServer.ConnectionRequestURL"].text == "http://10.0.0.9:8088/abc"
    assert told["Device.ManagementServer.AliasBasedAddressing"].type == "xsd:boolean"
    assert inform.CurrentTime == "2027-01-15T08:00:00Z"


def test_device_id_equals_device_info() -> None:
    for profile in ("common", "ctc"):
        cpe = phone(profile=profile)
        assert cpe.device_id.SerialNumber == cpe.model.get("DeviceInfo.SerialNumber")
        assert cpe.model.get("DeviceInfo.ManufacturerOUI") == cpe.device_id.OUI
        assert cpe.device_id.ProductClass == cpe.model.get("DeviceInfo.ProductClass")


def test_without_user_name_it_calls_itself_by_its_identity() -> None:
    assert phone().credentials.username == "0C383E-X4-00100400FV02001000000c383e2599fe"
    assert phone(username="anna", password="x").credentials.username == "anna"


def test_periodic_informs_come_by_interval_and_change_at_once() -> None:
    cpe = phone(periodic_interval=100)
    deliver(cpe)
    assert cpe.next_time(NOW) == NOW + 100
    cpe.tick(NOW + 99)
    assert cpe.idle
    cpe.tick(NOW + 100.5)
    assert codes(cpe) == ["2 PERIODIC"]
    deliver(cpe, NOW + 101)
    assert cpe.next_time(NOW + 101) == NOW + 200
    cpe.model.set_values([(SERVER + "PeriodicInformInterval", "30", "unsignedInt")])
    assert cpe.next_time(NOW + 101) == NOW + 120
    cpe.model.set_values([(SERVER + "PeriodicInformEnable", "0", "boolean")])
    assert cpe.next_time(NOW + 101) is None


def test_periodic_phase_is_periodic_inform_time() -> None:
    cpe = phone(periodic_interval=86400)
    cpe.model.set_values([(SERVER + "PeriodicInformTime", "2020-01-01T03:00:00Z", "dateTime")])
    deliver(cpe)
    assert date_time(cpe.next_time(NOW), Traits()) == "2027-01-16T03:00:00Z"


def test_failures_wait_by_the_table_and_a_connection_request_does_not() -> None:
    cpe = phone()
    for failures, (low, high) in enumerate([(5, 10), (10, 20), (20, 40)], start=1):
        cpe.session_ended(False, NOW, "refused")
        assert cpe.retry_count == failures
        assert low <= cpe.retry_at - NOW <= high
    assert not cpe.wants_session(NOW + 1)
    cpe.connection_requested()
    assert cpe.wants_session(NOW + 1)
    cpe.session_ended(False, NOW + 1, "refused")
    assert "6 CONNECTION REQUEST" not in codes(cpe)
    assert codes(cpe) == ["0 BOOTSTRAP", "1 BOOT"]  # re-sent until delivered
    deliver(cpe, NOW + 100)
    assert (cpe.retry_count, cpe.idle) == (0, True)


def test_a_reboot_starts_the_count_again_and_names_its_command() -> None:
    cpe = phone()
    deliver(cpe)
    cpe.session_ended(False, NOW)
    cpe.ask_reboot("why-not")
    assert cpe.wants_reboot
    cpe.boot(NOW + 5)
    events = [(event.code, event.command_key) for event in cpe.events.for_inform()]
    assert events == [("1 BOOT", ""), ("M Reboot", "why-not")]
    assert (cpe.retry_count, cpe.wants_reboot) == (0, False)


def test_factory_reset_brings_back_the_box_but_not_the_old_firmware() -> None:
    cpe = phone(username="first", password="first")
    deliver(cpe)
    cpe.model.set_values(
        [
            (SERVER + "Username", "own", "string"),
            (SERVER + "URL", "http://elsewhere/", "string"),
            (SERVER + "PeriodicInformInterval", "60", "unsignedInt"),
        ]
    )
    cpe.model.set_attributes([("Device.Time.", 2, None)])
    cpe.item_arrived(Kind.FIRMWARE, b"Version=9.9\n", name="x4.z")
    cpe.boot(NOW + 1)
    cpe.config_arrived(CONFIG, name="a.cfg")
    download(cpe)
    cpe.ask_factory_reset()
    cpe.boot(NOW + 2)
    assert codes(cpe) == ["0 BOOTSTRAP", "1 BOOT"]
    assert cpe.credentials.username == "first"
    assert cpe.acs_url == "http://acs.test/"
    assert cpe.model.get("ManagementServer.PeriodicInformInterval") == "3600"
    assert cpe.model.attributes(["Device.Time.NTPServer1"])[0][1].notification == 0
    assert cpe.software_version == "9.9"
    assert cpe.storage.config_digest == ""
    assert len(cpe.transfers) == 0
    assert cpe.model.changed == {}


def test_a_new_acs_url_is_met_as_a_stranger() -> None:
    cpe = phone()
    deliver(cpe)
    cpe.model.set_values([(SERVER + "URL", "http://new.test/", "string")])
    cpe.session_ended(True, NOW)
    assert codes(cpe) == ["0 BOOTSTRAP"]
    deliver(cpe)
    cpe.model.set_values([(SERVER + "URL", "http://new.test/", "string")])
    cpe.session_ended(True, NOW)
    assert cpe.idle


def test_value_changes_are_told_and_throttled() -> None:
    cpe = phone()
    deliver(cpe)
    cpe.model.set_values([(SERVER + "DefaultActiveNotificationThrottle", "60", "unsignedInt")])
    cpe.model.put("DeviceInfo.ProvisioningCode", "A")
    deliver(cpe, NOW)
    cpe.model.put("DeviceInfo.ProvisioningCode", "B")
    cpe.tick(NOW + 1)
    assert codes(cpe) == []
    assert cpe.next_time(NOW + 1) == NOW + 60
    cpe.tick(NOW + 60)
    assert codes(cpe) == ["4 VALUE CHANGE"]
    assert "Device.DeviceInfo.ProvisioningCode" in {each.Name for each in cpe.inform(()).ParameterList}


def test_a_configuration_shows_in_the_data_model() -> None:
    cpe = phone()
    deliver(cpe)
    cpe.config_arrived(CONFIG, name="0c383e2599fe.cfg", command_key="k1")
    line = "Services.VoiceService.1.VoiceProfile.1.Line.1."
    assert cpe.model.get(line + "DirectoryNumber") == "1001"
    assert cpe.model.get(line + "Status") == "Up"
    assert cpe.model.get("DeviceInfo.VendorConfigFile.1.Version") == "2.0007"
    assert cpe.model.get("DeviceInfo.VendorConfigFile.1.Name") == "0c383e2599fe.cfg"
    assert cpe.model.get("ManagementServer.ParameterKey") == "k1"
    assert not cpe.wants_reboot


def test_new_firmware_runs_after_the_reboot_and_is_told() -> None:
    cpe = phone()
    deliver(cpe)
    transfer = download(cpe)
    cpe.item_arrived(Kind.FIRMWARE, b"Version=2.15.0\n", name="x4.z")
    cpe.transfer_over(transfer, NOW)
    assert cpe.software_version == "2.14.0.7386"
    cpe.boot(NOW + 1)
    cpe.tick(NOW + 1)
    assert codes(cpe) == ["1 BOOT", "4 VALUE CHANGE", "7 TRANSFER COMPLETE", "M Download"]
    assert cpe.software_version == "2.15.0"
    deliver(cpe, NOW + 1)
    cpe.item_arrived(Kind.FIRMWARE, b"Version=2.15.0\n", name="x4.z")
    assert cpe.idle


def test_a_lying_phone_changes_nothing_and_a_forgetful_one_reports_nothing() -> None:
    liar = phone(Traits(applies=False))
    deliver(liar)
    liar.config_arrived(CONFIG, name="a.cfg", command_key="k1")
    liar.item_arrived(Kind.FIRMWARE, b"Version=9\n", name="x4.z")
    assert liar.model.get("DeviceInfo.VendorConfigFile.1.Version") == ""
    assert liar.idle
    forgetful = phone(Traits(transfer_complete="never"))
    deliver(forgetful)
    forgetful.transfer_over(download(forgetful), NOW)
    assert forgetful.idle


def test_a_late_report_has_a_session_of_its_own() -> None:
    cpe = phone(Traits(transfer_complete="late", late_by=7.0))
    deliver(cpe)
    cpe.transfer_over(download(cpe), NOW)
    cpe.tick(NOW + 1)
    assert codes(cpe) == []
    assert cpe.next_time(NOW + 1) == NOW + 7
    cpe.tick(NOW + 7)
    assert codes(cpe) == ["7 TRANSFER COMPLETE", "M Download"]


def test_delayed_downloads_wait() -> None:
    cpe = phone()
    deliver(cpe)
    transfer = download(cpe, not_before=NOW + 30)
    assert cpe.due_transfer(NOW + 29) is None
    assert cpe.next_time(NOW) == NOW + 30
    assert cpe.due_transfer(NOW + 30) is transfer
    assert transfer.state is State.NOT_STARTED


def test_stored_values_come_into_force_at_the_reboot() -> None:
    cpe = phone()
    cpe.stored_writes.append((SERVER + "PeriodicInformInterval", "77", "unsignedInt"))
    cpe.boot(NOW)
    assert cpe.model.get("ManagementServer.PeriodicInformInterval") == "77"
    assert cpe.model.changed == {}


def test_switched_off_it_calls_no_more() -> None:
    cpe = phone()
    cpe.config_arrived(
        b"<<VOIP CONFIG FILE>>Version:1\r\n<TR069 CONFIG MODULE>\r\nEnable TR069 :0\r\n<<END OF FILE>>", name="a.cfg"
    )
    assert not cpe.wants_session(NOW)
    assert cpe.next_time(NOW) == NOW + 3600


@pytest.mark.parametrize(
    ("clock", "told"),
    [("utc", "2027-01-15T08:00:00Z"), ("epoch", "1970-01-01T00:01:23Z"), ("broken", "2024-01-01T11:54::14")],
)
def test_clocks(clock: Any, told: str) -> None:
    assert phone(Traits(clock=clock)).inform(()).CurrentTime == told


def test_the_messages_are_typed() -> None:
    assert phone(Traits(booleans="words")).typed("1", "boolean") == ("true", "xsd:boolean")


@pytest.mark.parametrize(
    ("traits", "listed"),
    [
        (Traits(start_events=("1 BOOT",)), ["1 BOOT"]),
        (Traits(event_codes="unsorted"), ["1 BOOT", "0 BOOTSTRAP"]),
        (Traits(start_events=("1 BOOT", "X 0C383E REGISTERED")), ["1 BOOT", "X 0C383E REGISTERED"]),
        (Traits(event_codes="number-only"), ["0", "1"]),
    ],
)
def test_the_first_inform_lists_what_the_phone_likes(traits: Traits, listed: list[str]) -> None:
    cpe = phone(traits)
    cpe.power_on(NOW)
    assert cpe.wants_session(NOW)
    events = cpe.events.for_inform()
    assert [each.EventCode for each in cpe.inform(events).Event] == listed
    cpe.informed(events, {})
    assert not cpe.wants_session(NOW)


def test_a_phone_may_call_without_an_event_once() -> None:
    cpe = phone(Traits(start_events=()))
    cpe.power_on(NOW)
    assert cpe.wants_session(NOW)
    assert cpe.next_time(NOW) == 0.0
    assert cpe.inform(cpe.events.for_inform()).Event == ()
    cpe.informed((), {})
    cpe.session_ended(True, NOW)
    assert not cpe.wants_session(NOW)


def test_a_transfer_may_wait_for_the_end_of_its_session() -> None:
    cpe = phone(Traits(transfer_complete="after-204"))
    transfer = Transfer(True, "k", "3 Vendor Configuration File", "http://f.test/a")
    cpe.transfers.add(transfer)
    cpe.transfer_over(transfer, NOW)
    assert list(cpe.transfers.to_report()) == [transfer]
    assert "7 TRANSFER COMPLETE" not in [event.code for event in cpe.events]


# Enrolment at a carrier ----------------------------------------------------------------------------------------------

INFO = "X_CT-COM_UserInfo."
BIND = "X CT-COM BIND"


def told(cpe: Cpe, **values: str) -> None:
    """The ACS writes into the object with the LOID."""
    paths = {cpe.model.path(INFO + name): value for name, value in values.items()}
    cpe.model.set_values([(path, value, "") for path, value in paths.items()])
    cpe.told(paths)


def enrolling(traits: Traits | None = None) -> Cpe:
    return phone(traits, profile="ctc", logical_id="LG1", logical_id_password="p1")


def test_a_loid_is_told_with_bind_and_only_then() -> None:
    cpe = enrolling()
    assert codes(cpe) == ["0 BOOTSTRAP", "1 BOOT", BIND]
    values = {each.Name: each.Value.text for each in cpe.inform(cpe.events.for_inform()).ParameterList}
    assert values[cpe.model.path(INFO + "UserName")] == "LG1"
    assert values[cpe.model.path(INFO + "UserId")] == "p1"
    assert (cpe.model.get(INFO + "Status"), cpe.model.get(INFO + "Result"), cpe.enrolment) == ("99", "99", "asked")
    deliver(cpe)
    assert codes(cpe) == []
    assert not any(INFO in each.Name for each in cpe.inform(()).ParameterList)
    bare = enrolling(Traits(bare_bind=True))
    assert not any(INFO in each.Name for each in bare.inform(bare.events.for_inform()).ParameterList)


def test_how_far_an_enrolment_got() -> None:
    cpe = enrolling()
    seen = []
    for name, value in (("Status", "0"), ("Result", "0"), ("Result", "1"), ("Result", "2")):
        told(cpe, **{name: value})
        seen.append(cpe.enrolment)
    assert seen == ["accepted", "delivering", "bound", "failed"]
    assert cpe.model.get(INFO + "Times") == "0"
    assert phone(profile="ctc").enrolment == phone().enrolment == ""


def test_refusals_are_counted_until_the_limit() -> None:
    cpe = enrolling(Traits(bind_again=True))
    now = NOW
    for times in range(1, 11):
        assert codes(cpe)[-1] == BIND
        deliver(cpe, now)
        told(cpe, Status="3")
        assert cpe.model.get(INFO + "Times") == str(times)
        assert cpe.enrolment == ("refused 3" if times < 10 else "locked")
        assert cpe.idle == (times == 10)
        now += 60
        cpe.tick(now)
    assert codes(cpe) == []
    once = enrolling()
    deliver(once)
    told(once, Status="2")
    assert once.idle


def test_a_refusal_that_is_followed_by_a_good_answer_is_forgotten() -> None:
    cpe = enrolling()
    told(cpe, Status="3")
    told(cpe, Status="0")
    assert cpe.model.get(INFO + "Times") == "0"


def test_a_factory_reset_keeps_the_loid_and_asks_again() -> None:
    cpe = enrolling()
    deliver(cpe)
    told(cpe, Status="0", Result="1")
    cpe.boot(NOW + 1)
    assert BIND not in codes(cpe), "a restart is no reason"
    cpe.ask_factory_reset()
    cpe.boot(NOW + 2)
    assert codes(cpe) == ["0 BOOTSTRAP", "1 BOOT", BIND]
    assert cpe.enrolment == "asked"


def test_a_phone_with_a_key_takes_every_file_for_an_encrypted_one() -> None:
    key = "ab" * 32
    sealed = container(DEFAULT).seal(CONFIG, key=bytes.fromhex(key), nonce=bytes(16))
    cpe = phone(file_key=key.upper())
    for data in (CONFIG, container(DEFAULT).seal(CONFIG, key=bytes(32), nonce=bytes(16)), b""):
        with pytest.raises(BadFile):
            cpe.config_arrived(data, name="a.cfg")
    assert cpe.storage.config_version == ""
    cpe.config_arrived(sealed, name="a.cfg")
    assert cpe.storage.config_version == "2.0007"
    with pytest.raises(BadFile, match="perhaps it is encrypted"):
        phone().config_arrived(sealed, name="a.cfg")
    cpe.ask_factory_reset()
    cpe.boot(NOW)
    cpe.config_arrived(CONFIG, name="a.cfg")
    assert cpe.storage.config_version == "2.0007"
