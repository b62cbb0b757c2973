"""One phone: what it is, what it remembers, what it wants next. No I/O; time and randomness come from outside.

``session`` talks for it, ``rpcs`` carries out what an ACS asks, ``runner`` moves its bytes and its clock:

    cpe.power_on(now)
    while True:
        cpe.tick(now)                     timers become events
        if cpe.wants_reboot: cpe.boot(now)
        elif transfer := cpe.due_transfer(now): fetch, then cpe.config_arrived(...) ..., cpe.transfer_over(...)
        elif cpe.wants_session(now): Session(cpe, now)
        else: sleep until cpe.next_time(now)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Final
from urllib.parse import urlsplit

from acs.errors import BadFile
from acs.formats.containers import container
from acs.simulator import config_map, dialect, events, retry
from acs.simulator.behaviours import Traits
from acs.simulator.calls import Call, calls_of
from acs.simulator.datamodel import ACTIVE, DataModel, Value
from acs.simulator.deployment import DeploymentUnits
from acs.simulator.digest_client import Credentials
from acs.simulator.events import EventQueue
from acs.simulator.persona import CWMP_VERSIONS, ROOTS, Identity, Schema, enlarged
from acs.simulator.provisioning import Kind, NamedItem, Storage, take_config, take_item
from acs.simulator.stun_client import StunSettings
from acs.simulator.transfers import State, Transfer, TransferQueue
from cwmp_schemas.acs_rpcs import Inform
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.structs import DeviceIdStruct, EventStruct, OptionStruct, ParameterValueStruct

SERVER: Final = "ManagementServer."
USER_INFO: Final = "X_CT-COM_UserInfo."
BIND_PAUSE: Final = 60.0
"""Seconds until a LOID that was refused is entered again, where somebody does."""
CONFIG_FILE: Final = "DeviceInfo.VendorConfigFile.1."


@dataclass(frozen=True, slots=True)
class Factory:
    """What the factory (or the shop) wrote into this phone's flash about its ACS."""

    acs_url: str
    username: str = ""
    password: str = ""
    connection_request_url: str = ""
    connection_request_username: str = "dps"
    connection_request_password: str = "dps"
    periodic_interval: int | None = None
    logical_id: str = ""
    """The LOID that somebody enters on a carrier's phone; the phone keeps it through factory resets."""
    logical_id_password: str = ""
    file_key: str = field(default="", repr=False)
    """Typed into its web page: the key that its configuration files are encrypted with. A reset forgets it."""


class Cpe:
    """The state of one phone, and the decisions that are its own."""

    def __init__(
        self,
        who: Identity,
        factory: Factory,
        *,
        now: float,
        random: Random,
        traits: Traits | None = None,
    ) -> None:
        """A phone in its box; ``power_on`` plugs it in. ``now`` is in seconds since the epoch."""
        self.identity = who
        self.traits = traits or Traits()
        self.device_id = _device_id(who, lower_case_oui=self.traits.lower_case_oui)
        self.now = now
        self.booted_at = now
        self.events = EventQueue()
        self.transfers = TransferQueue()
        self.calls: list[Call] = []
        self.units = DeploymentUnits()
        self.options: dict[str, OptionStruct] = {}
        self.storage = Storage(file_key=factory.file_key.lower())
        self.retry_count = 0
        self.retry_at = 0.0
        self.last_error = ""
        self.reboot_keys: list[str] = []
        self.stored_writes: list[tuple[str, str, str]] = []
        self.scheduled: list[tuple[float, str]] = []
        self.dropped_once = False
        self.fumbled_once = False
        self.written: set[str] = set()
        self.undone: dict[str, str] = {}
        self._random = random
        self._reboot = False
        self._factory_reset = False
        self._known_url = factory.acs_url
        self._periodic: tuple[tuple[str, str, str], float] | None = None
        self._last_value_change = 0.0
        self._calls_without_events = False
        self._bind_at: float | None = None
        self.root = root = ROOTS[who.profile]
        tree = self._factory_tree()
        born = {root + below: value for below, value in _factory_values(who, factory).items()}
        self.model = DataModel(
            tree,
            {path: value for path, value in born.items() if path in tree.parameters},
            {
                root + "DeviceInfo.UpTime": lambda: str(int(self.now - self.booted_at)),
                root + "Time.CurrentLocalTime": lambda: self.date_time(self.now),
            },
            instance_step=self.traits.instance_step,
        )

    # --- what others read --------------------------------------------------------------------------------------------

    @property
    def acs_url(self) -> str:
        """Where it calls."""
        return self.model.get(SERVER + "URL")

    @property
    def credentials(self) -> Credentials:
        """Who it is towards the ACS; without a user name, TR-069's ``OUI-ProductClass-SerialNumber``."""
        username = self.model.get(SERVER + "Username")
        who = self.device_id
        return Credentials(
            username or f"{who.OUI}-{who.ProductClass}-{who.SerialNumber}", self.model.get(SERVER + "Password")
        )

    @property
    def connection_request_credentials(self) -> Credentials:
        """Who an ACS must be to wake it."""
        return Credentials(
            self.model.get(SERVER + "ConnectionRequestUsername"), self.model.get(SERVER + "ConnectionRequestPassword")
        )

    @property
    def cwmp_version(self) -> str:
        """The version it speaks."""
        return self.traits.cwmp_version or CWMP_VERSIONS[self.identity.profile]

    @property
    def software_version(self) -> str:
        """The firmware that runs."""
        return self.model.get("DeviceInfo.SoftwareVersion")

    @property
    def enabled(self) -> bool:
        """Whether TR-069 is switched on."""
        stored = self.storage.setting("TR069 CONFIG MODULE", "Enable TR069")
        return stored != "0" and self.model.get(SERVER + "EnableCWMP", "1") != "0"

    @property
    def wants_reboot(self) -> bool:
        """Whether it will restart as soon as it may."""
        return self._reboot or self._factory_reset

    @property
    def idle(self) -> bool:
        """Nothing to tell, to fetch or to do."""
        waits = len(self.events) or len(self.transfers) or self.calls or self._bind_at is not None
        return not (waits or self.wants_reboot or self.model.changed)

    # --- life --------------------------------------------------------------------------------------------------------

    def stun_settings(self) -> StunSettings | None:
        """Where its STUN server is; none while STUN is off. Without an address it is the host of the ACS (G.2.1)."""
        get = self.model.get
        if get(SERVER + "STUNEnable") != "1":
            return None
        period = get(SERVER + "STUNMaximumKeepAlivePeriod", "30")
        return StunSettings(
            get(SERVER + "STUNServerAddress") or urlsplit(self.acs_url).hostname or "",
            int(get(SERVER + "STUNServerPort", "3478") or "3478"),
            get(SERVER + "STUNUsername"),
            get(SERVER + "STUNPassword"),
            float(period) if period.isdecimal() and int(period) else 30.0,
        )

    def power_on(self, now: float) -> None:
        """Out of the box: the ACS has never seen it."""
        self.now = self.booted_at = now
        for code in self.traits.start_events:
            self.events.add(code)
        self._enter_logical_id()
        self._calls_without_events = not self.traits.start_events
        self.calls += calls_of(self.traits.calls, at=self.date_time(now))

    def boot(self, now: float) -> None:
        """Restart, by request or for new firmware; after a factory reset it is as out of the box (A.3.2.9, A.4.1.6)."""
        self.now = self.booted_at = now
        firmware = self.storage.next_firmware or self.software_version
        if self._factory_reset:
            self.storage.factory_reset()
            self.events.clear()
            self.transfers.clear()
            self.calls.clear()
            self.units.clear()
            self.options.clear()
            self.reboot_keys.clear()
            self.stored_writes.clear()
            self.scheduled.clear()
            self.written.clear()
            self.undone.clear()
            self.model.reset(self._factory_tree())
            self._known_url = self.acs_url
            self.events.add(events.BOOTSTRAP)
        else:
            self.events.rebooted()
            if self.stored_writes:
                self.model.set_values(self.stored_writes)
                self.values_set([name for name, _, _ in self.stored_writes])
                self.stored_writes.clear()
        for below in ("DeviceInfo.SoftwareVersion", "DeviceInfo.FirmwareImage.1.Version"):
            self.model.put(below, firmware)
        if self._factory_reset:
            self.model.changed.clear()
            self._enter_logical_id()
        self.storage.next_firmware = ""
        self.events.add(events.BOOT)
        for key in self.reboot_keys:
            self.events.add(events.M_REBOOT, key)
        self.reboot_keys.clear()
        known = {call.name for call in self.calls}
        self.calls += (call for call in calls_of(self.traits.calls, at=self.date_time(now)) if call.name not in known)
        self._reboot = self._factory_reset = False
        self._periodic = None
        self.retry_count, self.retry_at = 0, 0.0
        self._follow_url()

    # --- enrolment at a carrier --------------------------------------------------------------------------------------

    def _enter_logical_id(self) -> None:
        """Somebody enters the LOID, or the phone still has it: it asks to be bound (CTC)."""
        if self.model.get(USER_INFO + "UserName"):
            self._bind_at = None
            self.model.store(USER_INFO + "Status", "99")
            self.model.store(USER_INFO + "Result", "99")
            self.events.add(events.X_CT_COM_BIND)

    def told(self, names: Iterable[str]) -> None:
        """The ACS has written these parameters: a refused LOID counts, and at ``Limit`` no more is tried."""
        status = self.model.get(USER_INFO + "Status")
        if self.model.path(USER_INFO + "Status") not in names or status == "99":
            return
        times = 0 if status == "0" else int(self.model.get(USER_INFO + "Times", "0") or "0") + 1
        self.model.store(USER_INFO + "Times", str(times))
        if not times:
            return
        if self.traits.bind_again and times < int(self.model.get(USER_INFO + "Limit", "10") or "10"):
            self._bind_at = self.now + BIND_PAUSE

    @property
    def enrolment(self) -> str:
        """How far its enrolment got: nothing without a LOID, ``asked``, ``refused N``, ``locked``, and so on."""
        if not self.model.get(USER_INFO + "UserName"):
            return ""
        status, result = self.model.get(USER_INFO + "Status"), self.model.get(USER_INFO + "Result")
        if status not in ("0", "99"):
            locked = int(self.model.get(USER_INFO + "Times")) >= int(self.model.get(USER_INFO + "Limit"))
            return "locked" if locked else f"refused {status}"
        if status == "99" and result == "99":
            return "asked"
        return {"0": "delivering", "1": "bound", "2": "failed"}.get(result, "accepted")

    # --- restarts ----------------------------------------------------------------------------------------------------

    def ask_reboot(self, command_key: str | None = None) -> None:
        """Restart when the session is over; ``command_key`` where the ACS asked for it."""
        self._reboot = True
        if command_key is not None:
            self.reboot_keys.append(command_key)

    def ask_factory_reset(self) -> None:
        """Forget everything when the session is over."""
        self._factory_reset = True

    def connection_requested(self) -> None:
        """An ACS proved who it is and wants a call; during a retry wait too (3.2.2)."""
        self.events.add(events.CONNECTION_REQUEST)

    # --- timers ------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Turn what is due into events."""
        self.now = now
        due = self._next_periodic(now)
        if due is not None and due <= now:
            self.events.add(events.PERIODIC)
            self._periodic = None
            self._next_periodic(now)
        for when, key in [each for each in self.scheduled if each[0] <= now]:
            self.scheduled.remove((when, key))
            self.events.add(events.SCHEDULED)
            self.events.add(events.M_SCHEDULE_INFORM, key)
        if self._value_change_at() <= now:
            self.events.add(events.VALUE_CHANGE)
        if self._bind_at is not None and self._bind_at <= now:
            self._enter_logical_id()
        for transfer in self.transfers.to_announce():
            if transfer.report_at <= now:
                transfer.announced = True
                self.events.add(events.TRANSFER_COMPLETE)
                self.events.add(transfer_event(transfer), self.command_key(transfer))

        for call in self.calls:
            if not call.announced and call.not_before <= now:
                call.announced = True
                for code in call.codes:
                    self.events.add(code, call.command_key if events.rule(code).multiple else "")

    def wants_session(self, now: float) -> bool:
        """Whether there is something to tell, and no retry wait in the way."""
        if not (len(self.events) or self._calls_without_events) or not self.enabled:
            return False
        return now >= self.retry_at or any(event.code == events.CONNECTION_REQUEST for event in self.events)

    def due_transfer(self, now: float) -> Transfer | None:
        """The transfer to start now."""
        transfer = self.transfers.next_to_start()
        return transfer if transfer is not None and transfer.not_before <= now else None

    def next_time(self, now: float) -> float | None:
        """When something will be due next, in seconds since the epoch; ``None``: never by itself."""
        times = [when for when, _ in self.scheduled]
        times += [call.not_before for call in self.calls if not call.announced]
        times += [each.report_at for each in self.transfers.to_announce()]
        periodic = self._next_periodic(now)
        waiting = self.transfers.next_to_start()
        if periodic is not None:
            times.append(periodic)
        if self._bind_at is not None:
            times.append(self._bind_at)
        if waiting is not None:
            times.append(waiting.not_before)
        if (len(self.events) or self._calls_without_events) and self.enabled:
            times.append(self.retry_at)
        elif self._active_change():
            times.append(self._value_change_at())
        return min(times, default=None)

    def _next_periodic(self, now: float) -> float | None:
        """PeriodicInformTime + n * PeriodicInformInterval; without a phase, counted from the boot."""
        model = self.model
        settings = (
            model.get(SERVER + "PeriodicInformEnable"),
            model.get(SERVER + "PeriodicInformInterval"),
            model.get(SERVER + "PeriodicInformTime"),
        )
        if settings[0] != "1" or not settings[1].isdecimal() or int(settings[1]) < 1:
            return None
        if self._periodic is None or self._periodic[0] != settings:
            interval = int(settings[1])
            phase = _phase(settings[2], self.booted_at)
            self._periodic = settings, phase + ((now - phase) // interval + 1) * interval
        return self._periodic[1]

    def _active_change(self) -> bool:
        return any(notification >= ACTIVE for notification in self.model.changed.values())

    def _value_change_at(self) -> float:
        """When a session for changed values may begin: not sooner than DefaultActiveNotificationThrottle allows."""
        if not self._active_change():
            return float("inf")
        throttle = self.model.get(SERVER + "DefaultActiveNotificationThrottle", "0")
        return self._last_value_change + (int(throttle) if throttle.isdecimal() else 0)

    # --- sessions ----------------------------------------------------------------------------------------------------

    def inform(self, listed: tuple[events.Event, ...]) -> Inform:
        """The Inform of a session that delivers these events."""
        traits = self.traits
        ordered = listed[::-1] if traits.event_codes == "unsorted" else listed
        return Inform(
            DeviceId=self.device_id,
            Event=tuple(
                EventStruct(EventCode=dialect.event_code(each.code, traits), CommandKey=each.command_key)
                for each in ordered
            ),
            MaxEnvelopes=traits.max_envelopes,
            CurrentTime=self.date_time(self.now),
            RetryCount=self.retry_count,
            ParameterList=tuple(
                ParameterValueStruct(Name=value.name, Value=self.typed(value.text, value.type))
                for value in (*self.model.inform_values(), *self._logical_id_values(listed))
            ),
        )

    def _logical_id_values(self, listed: tuple[events.Event, ...]) -> tuple[Value, ...]:
        """LOID and password travel with BIND."""
        if self.traits.bare_bind or all(event.code != events.X_CT_COM_BIND for event in listed):
            return ()
        return self.model.values([self.model.path(USER_INFO + leaf) for leaf in ("UserName", "UserId")])

    def typed(self, text: str, type_name: str) -> TypedValue:
        """A value as this phone writes it."""
        if type_name == "boolean":
            text = dialect.boolean(text, self.traits)
        return TypedValue(text, f"xsd:{type_name}")

    def date_time(self, seconds: float | None) -> str:
        """A time as its clock has it and as it writes it."""
        return dialect.date_time(seconds, self.traits)

    def informed(self, delivered: tuple[events.Event, ...], told: Mapping[str, int]) -> None:
        """A session that told these events and changed parameters ended well: the ACS knows them."""
        self.events.informed(delivered)
        self._calls_without_events = False
        for path in told:
            self.model.changed.pop(path, None)
        if any(event.code == events.VALUE_CHANGE for event in delivered):
            self._last_value_change = self.now

    def transfer_reported(self, transfer: Transfer) -> None:
        """TransferCompleteResponse arrived."""
        self.transfers.remove(transfer)
        self.events.transfer_reported(transfer_event(transfer), self.command_key(transfer))

    def call_answered(self, call: Call) -> None:
        """The ACS has answered, with a response or a fault."""
        if call in self.calls:
            self.calls.remove(call)
        alike = {code for each in self.calls if each.announced for code in each.codes if not events.rule(code).multiple}
        self.events.call_answered(*(code for code in call.codes if code not in alike), command_key=call.command_key)

    def command_key(self, transfer: Transfer) -> str:
        """The CommandKey it reports a transfer under."""
        return transfer.command_key if self.traits.command_key == "own" else "none-of-yours"

    def session_ended(self, ok: bool, now: float, error: str = "") -> None:
        """A session is over; after a failure the retry table applies (3.2.1.1)."""
        self.now = now
        if ok:
            self.retry_count, self.retry_at = 0, 0.0
            self.last_error = ""
        else:
            self.last_error = error
            self.events.undelivered()
            self.retry_count += 1
            self.retry_at = now + retry.wait(
                self.retry_count,
                self._random,
                int(self.model.get(SERVER + "CWMPRetryMinimumWaitInterval", "5")),
                int(self.model.get(SERVER + "CWMPRetryIntervalMultiplier", "2000")),
            )
        for name, before in self.undone.items():
            self.model.store(name.removeprefix(self.root), before)
        self.undone.clear()
        self._follow_url()

    def _follow_url(self) -> None:
        """A new ACS URL makes the phone a stranger there: BOOTSTRAP, and no wait left from the old one."""
        if self.acs_url != self._known_url:
            self._known_url = self.acs_url
            self.events.add(events.BOOTSTRAP)
            self.retry_count, self.retry_at = 0, 0.0

    # --- files -------------------------------------------------------------------------------------------------------

    def config_arrived(self, data: bytes, *, name: str, command_key: str | None = None) -> tuple[NamedItem, ...]:
        """A configuration file is in the cache: apply it if it is new; what to fetch next.

        Raises:
            BadFile: it is of no use.
        """
        if not self.traits.applies:
            return ()
        taken = take_config(self.storage, data, decrypt=self._decrypted, compare=self.traits.compare)
        if command_key is not None and self.model.has(SERVER + "ParameterKey"):
            self.model.store(SERVER + "ParameterKey", command_key)
        if not taken.applied:
            return ()
        for below, value in config_map.writes(taken.document, self.traits.voice, lines=self.identity.model.lines):
            self.model.put(below, value)
        version = taken.version[:16]
        for below, value in (
            (CONFIG_FILE + "Name", name[:64]),
            (CONFIG_FILE + "Version", version),
            (CONFIG_FILE + "Date", self.date_time(self.now)),
            ("X_FANVIL-COM_Phone.AutoProvision.CurrentConfigVersion", version),
        ):
            self.model.put(below, value)
        self._register_lines()
        if taken.needs_reboot:
            self.ask_reboot()
        return taken.items

    def _decrypted(self, data: bytes) -> bytes:
        """A file as the phone reads it: with a key, every one is taken for an encrypted one."""
        key = self.storage.file_key
        return container(self.traits.container).open(data, key=bytes.fromhex(key)) if key else data

    def item_arrived(self, kind: Kind, data: bytes, *, name: str) -> None:
        """Another file is in the cache: take it if it is new. Firmware asks for a restart.

        Raises:
            BadFile: it is of no use.
        """
        if not data:
            raise BadFile(f"the {kind} file {name} is empty")
        if not self.traits.applies:
            return
        model = self.identity.model.name
        if take_item(self.storage, kind, data, name=name, model=model) and kind is Kind.FIRMWARE:
            self.ask_reboot()

    def transfer_over(self, transfer: Transfer, now: float, fault: tuple[int, str] = (0, "")) -> None:
        """A transfer is done, or has finally failed; how and when the ACS hears of it is a trait."""
        self.now = now
        if fault[0] and transfer.postponed(now):
            return
        transfer.state = State.COMPLETED
        transfer.completed_at = now
        transfer.fault_code, transfer.fault_string = fault
        self._follow_url()
        match self.traits.transfer_complete:
            case "never" | "in-response":
                self.transfers.remove(transfer)
            case "after-204":
                transfer.announced = True  # no event tells of it: the report comes in the session of the request
            case "late":
                transfer.report_at = now + self.traits.late_by
            case "next-session":
                transfer.report_at = now

    def _factory_tree(self) -> Schema:
        return enlarged(self.identity.profile, self.identity.model, self.traits.extra_parameters, self.traits.voice)

    def values_set(self, names: Iterable[str]) -> None:
        """The ACS wrote these parameters: what concerns SIP is in force at once, and in the phone's own settings."""
        for name in names:
            below = name.removeprefix(self.root)
            if below.startswith("Services.VoiceService."):
                for item in config_map.settings_of(below, self.model.get(below), self.identity.model.lines):
                    self.storage.put("SIP CONFIG MODULE", item)
        self._register_lines()

    def _register_lines(self) -> None:
        """A line with an account and a registrar is Up: the simulated registrar never refuses."""
        if self.traits.voice == "v2":
            self._register_clients()
            return
        registrar = self.model.get(config_map.PROFILE + "SIP.RegistrarServer")
        for number in range(1, self.identity.model.lines + 1):
            line = f"{config_map.PROFILE}Line.{number}."
            account = self.model.get(line + "DirectoryNumber") or self.model.get(line + "SIP.AuthUserName")
            up = registrar and account and self.model.get(line + "Enable") == "Enabled"
            self.model.put(line + "Status", "Up" if up else "Disabled")

    def _register_clients(self) -> None:
        service = "Services.VoiceService.1."
        for number in range(1, self.identity.model.lines + 1):
            line, client = f"{service}CallControl.Line.{number}.", f"{service}SIP.Client.{number}."
            registrar = self.model.get(f"{service}SIP.Network.{number}.RegistrarServer")
            account = self.model.get(line + "DirectoryNumber") or self.model.get(client + "AuthUserName")
            up = registrar and account and self.model.get(line + "Enable") == self.model.get(client + "Enable") == "1"
            for path in (line, client):
                self.model.put(path + "Status", "Up" if up else "Disabled")


def _device_id(who: Identity, *, lower_case_oui: bool) -> DeviceIdStruct:
    """Who the phone says it is in every Inform."""
    return DeviceIdStruct(
        Manufacturer=who.manufacturer,
        OUI=who.oui.lower() if lower_case_oui else who.oui,
        ProductClass=who.product_class or who.model.name,
        SerialNumber=who.serial_number,
    )


def transfer_event(transfer: Transfer) -> str:
    """``M Download``, ``M ScheduleDownload`` or ``M Upload``."""
    if transfer.scheduled:
        return events.M_SCHEDULE_DOWNLOAD
    return events.M_DOWNLOAD if transfer.is_download else events.M_UPLOAD


def _phase(text: str, otherwise: float) -> float:
    """PeriodicInformTime in seconds since the epoch; the unknown time leaves the phase to the phone."""
    if text.startswith("0001-01-01"):
        return otherwise
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _factory_values(who: Identity, factory: Factory) -> dict[str, str]:
    """What differs from phone to phone on the day it is made, by path below the root."""
    next_mac = f"{int(who.mac, 16) + 1:012X}"
    wan = "WANDevice.1.WANConnectionDevice.1.WANIPConnection.1."
    values = {
        "DeviceInfo.Manufacturer": who.manufacturer,
        "DeviceInfo.ManufacturerOUI": who.oui,
        "DeviceInfo.ProductClass": who.product_class or who.model.name,
        "DeviceInfo.Description": f"{who.manufacturer} {who.model.name} IP Phone",
        "DeviceInfo.SerialNumber": who.serial_number,
        "DeviceInfo.FirmwareImage.1.Version": who.model.software_version,
        "DeviceInfo.X_CT-COM_MACAddress": who.mac_with_colons,
        "Ethernet.Interface.1.MACAddress": who.mac_with_colons,
        "IP.Interface.1.IPv4Address.1.IPAddress": who.ip_address,
        wan + "MACAddress": who.mac_with_colons,
        wan + "ExternalIPAddress": who.ip_address,
        "LANDevice.1.LANEthernetInterfaceConfig.1.MACAddress": ":".join(next_mac[i : i + 2] for i in range(0, 12, 2)),
        SERVER + "URL": factory.acs_url,
        SERVER + "Username": factory.username,
        SERVER + "Password": factory.password,
        SERVER + "ConnectionRequestURL": factory.connection_request_url,
        SERVER + "ConnectionRequestUsername": factory.connection_request_username,
        SERVER + "ConnectionRequestPassword": factory.connection_request_password,
    }
    if factory.logical_id:
        values |= {USER_INFO + "UserName": factory.logical_id, USER_INFO + "UserId": factory.logical_id_password}
    if factory.periodic_interval is not None:
        values[SERVER + "PeriodicInformInterval"] = str(factory.periodic_interval)
    return values
