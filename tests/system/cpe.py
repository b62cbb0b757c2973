"""An independent CPE: reads TR-069 for itself, shares no line with the server, and has a temper.

A session is a generator that stops before and after every exchange, so that a test can let the server die at exactly
that moment and then choose how the phone goes on. It keeps a small parameter tree, obeys every RPC, fetches files,
parses the configuration on its own and checks every byte of it, and lies if its personality says so.
"""

import re
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.system.server import SHARED, Server
from tests.system.wire import Dialect, Exchange, Message, Wire, fetch, local, parse, send_file, tag

UNKNOWN_TIME = "0001-01-01T00:00:00Z"
Point = tuple[Literal["before", "after"], str]
Life = Generator[Point, None, None]

TABLES = ("Services.VoiceService.1.VoiceProfile.1.Line.", "DeviceInfo.VendorConfigFile.")


@dataclass(frozen=True)
class Temper:
    """What is special about a phone."""

    transfer: Literal["before", "same", "later", "reboot", "status0"] = "later"
    """TransferComplete before the answer to Download, after the 204 of the same session, in a later session, after a
    restart; or none: Status 0."""
    lies: Literal["", "everything", "parameters", "firmware"] = ""
    """Reports success but applied nothing; only the version; not the firmware."""
    config_object: bool = True
    """Has DeviceInfo.VendorConfigFile."""
    root_names: bool = True
    """Answers GetParameterNames of the whole tree."""
    takes_credentials: bool = True
    stores_only: bool = False
    """Answers SetParameterValues with Status 1."""
    forgets_transfer_complete: bool = False
    hangs_up: bool = False
    """Leaves once its TransferComplete after the 204 was answered."""
    faults: dict[str, int] = field(default_factory=dict)
    """RPCs that are always refused, with the code."""
    reads_files: bool = True
    """Really fetches what a Download names."""


@dataclass
class Transfer:
    """A file transfer that was accepted."""

    key: str
    kind: Literal["Download", "Upload"]
    file_type: str
    url: str
    size: int
    done: bool = False
    fault: int = 0


class FaultError(Exception):
    """The phone answers with a fault."""

    def __init__(self, code: int, text: str, parameters: tuple[tuple[str, int, str], ...] = ()) -> None:
        self.code, self.text, self.parameters = code, text, parameters


class ConfigFile:
    """A text configuration, read by the phone's own rules: every byte is looked at."""

    def __init__(self, data: bytes) -> None:
        head = data[:64]
        assert head.startswith(b"<<VOIP CONFIG FILE>>Version:"), head
        assert len(head) == 64
        assert head.endswith(b"\r\n"), head
        assert b"\r" not in head[:62]
        assert b"\n" not in head[:62]
        assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
        assert data.endswith(b"<<END OF FILE>>\r\n")
        assert not data.startswith(b"\xef\xbb\xbf")
        self.version = head[28:62].decode().rstrip(" ")
        self.values: dict[str, str] = {}
        lines = data[64:].decode().split("\r\n")
        assert lines.pop() == ""
        assert lines.pop() == "<<END OF FILE>>"
        assert lines[0] == ""
        module = ""
        for line in lines:
            if not line:
                continue
            if opened := re.fullmatch(r"<([^<>]+)>", line):
                module = opened[1]
                continue
            assert module, f"{line!r} stands in no module"
            key, colon, value = line.partition(":")
            assert colon, line
            assert line.index(":") >= 19, f"the colon of {line!r} is not aligned"
            if not key.startswith("--"):
                self.values[f"{module}/{key.strip()}"] = value


class Phone:
    """One phone on one server."""

    def __init__(
        self,
        server: Server,
        number: int,
        *,
        temper: Temper | None = None,
        root: str = "Device.",
        namespace: str = "urn:dslforum-org:cwmp-1-2",
        dialect: Dialect | None = None,
        product_class: str = "X4",
        oui: str = "0C383E",
        **wire: Any,
    ) -> None:
        self.server = server
        self.temper = temper or Temper()
        self.root = root
        self.namespace = namespace
        self.dialect = dialect or Dialect()
        self.product_class = product_class
        self.oui = oui
        self.mac = f"{oui.lower()}{number:06x}"
        self.serial = f"00100400FV0200100000{self.mac}"
        self.own_credentials = True
        self.wire = Wire(server.cwmp_port, server.wire, *SHARED, **wire)
        server.at_end.append(self.wire.hang_up)
        self.events: list[tuple[str, str]] = [("0 BOOTSTRAP", ""), ("1 BOOT", "")]
        self.transfers: dict[str, Transfer] = {}
        self.restart_key: str | None = None
        self.reset = False
        self.lost = False
        """Set by a test at an "after" point: the answer never arrived, so the phone sends the same again."""
        self.retry_count = 0
        self.firmware = "2.12.1"
        self.files: list[bytes] = []
        """Every file that was fetched."""
        self.sent = b"<<VOIP CONFIG FILE>>Version:2.0001" + b" " * 28 + b"\r\n\r\n<<END OF FILE>>\r\n"
        self.asked: Counter[str] = Counter()
        """RPCs that came in, by name."""
        self.log: list[str] = []
        self.accepted: set[str] = set()
        """Keys of transfers whose acceptance reached the server."""
        self.asked_twice: list[str] = []
        self.restarts = 0
        self.status: int | None = None
        """HTTP status that ended the last session."""
        self.values: dict[str, tuple[str, str, bool]] = {}
        self.attributes: dict[str, int] = {}
        self._defaults()

    def _defaults(self) -> None:
        line = "Services.VoiceService.1.VoiceProfile.1.Line.1."
        profile = "Services.VoiceService.1.VoiceProfile.1."
        rows: list[tuple[str, str, str, bool]] = [
            ("DeviceInfo.Manufacturer", "Fanvil", "string", False),
            ("DeviceInfo.ModelName", self.product_class, "string", False),
            ("DeviceInfo.SerialNumber", self.serial, "string", False),
            ("DeviceInfo.SoftwareVersion", self.firmware, "string", False),
            ("DeviceInfo.HardwareVersion", "1.0", "string", False),
            ("DeviceInfo.UpTime", "17", "unsignedInt", False),
            ("ManagementServer.URL", f"http://127.0.0.1:{self.server.cwmp_port}/acs", "string", True),
            ("ManagementServer.Username", SHARED[0], "string", True),
            ("ManagementServer.Password", SHARED[1], "string", True),
            ("ManagementServer.ConnectionRequestURL", "http://127.0.0.1:9/cr", "string", False),
            ("ManagementServer.ConnectionRequestUsername", "", "string", True),
            ("ManagementServer.ConnectionRequestPassword", "", "string", True),
            ("ManagementServer.PeriodicInformEnable", "1", "boolean", True),
            ("ManagementServer.PeriodicInformInterval", "3600", "unsignedInt", True),
            ("ManagementServer.ParameterKey", "", "string", False),
            ("Time.NTPServer1", "pool.ntp.org", "string", True),
            (profile + "SIP.RegistrarServer", "", "string", True),
            (line + "Enable", "Enabled", "string", True),
            (line + "DirectoryNumber", "", "string", True),
            (line + "SIP.AuthUserName", "", "string", True),
            (line + "SIP.AuthPassword", "", "string", True),
        ]
        if self.temper.config_object:
            table = "DeviceInfo.VendorConfigFile.1."
            rows += [(table + "Name", "main", "string", False), (table + "Version", "", "string", False)]
        self.values = {self.root + name: (value, kind, writable) for name, value, kind, writable in rows}
        self.attributes = {}

    # Parameters -----------------------------------------------------------------------------------------------------

    def read(self, name: str) -> str:
        return self.values[self.root + name][0]

    def write(self, name: str, value: str) -> None:
        """Set, as the phone itself does."""
        _, kind, writable = self.values.get(self.root + name, ("", "string", True))
        self.values[self.root + name] = (value, kind, writable)

    def _objects(self) -> set[str]:
        found = {self.root + table for table in TABLES}
        for name in self.values:
            parts = name.split(".")
            found |= {".".join(parts[:depth]) + "." for depth in range(1, len(parts))}
        return found

    def _match(self, path: str) -> list[str]:
        """Parameters under a path; a fault if there is no such thing."""
        if path in self.values:
            return [path]
        if path != "" and path not in self._objects():
            raise FaultError(9005, f"Invalid parameter name {path}")
        return [name for name in self.values if name.startswith(path)]

    # A session ------------------------------------------------------------------------------------------------------

    def call(self, *events: str) -> "Phone":
        """Call the ACS, and do all that follows from it (transfers, restarts, further sessions)."""
        for _ in self.life(*events):
            pass
        return self

    def life(self, *events: str) -> Life:
        """Sessions and what lies between them, until the phone has nothing more to do."""
        self._happen(*events)
        for _ in range(12):
            yield from self.session()
            if self.status not in (200, 204):
                return
            yield from self.between()
            if not self.events:
                return

    def between(self) -> Life:
        """What a phone does with nobody on the line: fetch, apply, restart."""
        for transfer in [each for each in self.transfers.values() if not each.done]:
            yield from self._transfer(transfer)
            self._happen("7 TRANSFER COMPLETE", f"M {transfer.kind}\0{transfer.key}")
            if self.temper.transfer == "reboot":
                self._happen("1 BOOT")
        if self.temper.forgets_transfer_complete and self.transfers:
            self.transfers.clear()
            self.events = [("2 PERIODIC", "")]
        if self.reset:
            self.reset = False
            self.restarts += 1
            self._defaults()
            self.wire.user, self.wire.password = SHARED
            self.events = [("0 BOOTSTRAP", ""), ("1 BOOT", "")]
        if self.restart_key is not None:
            self._happen("1 BOOT", f"M Reboot\0{self.restart_key}")
            self.restart_key = None
            self.restarts += 1

    def _happen(self, *events: str) -> None:
        for event in events:
            code, _, key = event.partition("\0")
            if (code, key) not in self.events:
                self.events.append((code, key))

    def session(self, *events: str) -> Life:
        """One session; its outcome is in ``status``."""
        self._happen(*events)
        self.wire.new_session()
        if self.own_credentials:
            self.wire.user = self.read("ManagementServer.Username")
            self.wire.password = self.read("ManagementServer.Password")
        self.status = None
        answer = yield from self._exchange("Inform", self._inform())
        if not self._goes_on(answer):
            return
        response = parse(answer.body)
        assert (response.method, response.names(), response.text("MaxEnvelopes")) == (
            "InformResponse",
            ["MaxEnvelopes"],
            "1",
        )
        assert response.namespace == self.namespace
        self.retry_count = 0
        self.events = [each for each in self.events if each[0][:2] in ("7 ", "M ") and "Reboot" not in each[0]]
        yield from self._report()
        if self.status is None:
            yield from self._answer_requests()
        if self.temper.transfer == "same" and self._unreported() and self._was_closed():
            yield from self._go_on_after_204()
        self.wire.hang_up()

    def _go_on_after_204(self) -> Life:
        """Transfers done at once, and reported in the same session."""
        for transfer in [each for each in self.transfers.values() if not each.done]:
            yield from self._transfer(transfer)
        yield from self._report()
        if self._was_closed() and not self.temper.hangs_up:
            yield from self._answer_requests()

    def _was_closed(self) -> bool:
        return self.status == 204

    def _goes_on(self, answer: Exchange) -> bool:
        if answer.status == 200:
            return True
        self.status = answer.status
        if answer.status != 204:
            self.retry_count += 1
        return False

    def _answer_requests(self) -> Life:
        """Empty POST, then answers, until there is nothing more to answer."""
        name, inner, message_id = "", "", ""
        for _ in range(300):
            body = self._envelope(message_id, name, inner) if name else b""
            answer = yield from self._exchange(name or "empty", body)
            if not self._goes_on(answer):
                return
            request = parse(answer.body)
            assert request.namespace == self.namespace
            assert 0 < len(request.id) <= 32
            name, inner = self._obey(request)
            message_id = request.id
            if name == "DownloadResponse" and self.temper.transfer == "before":
                yield from self._transfer(self.transfers[request.text("CommandKey")])
                yield from self._report()
            if name in ("DownloadResponse", "UploadResponse") and self.temper.transfer == "status0":
                yield from self._transfer(self.transfers.pop(request.text("CommandKey")))
        raise AssertionError("the session does not end")

    def _report(self) -> Life:
        """TransferComplete for every transfer that is done."""
        for transfer in self._unreported():
            if not transfer.done:
                continue
            fault = tag("FaultCode", transfer.fault) + tag("FaultString", "" if not transfer.fault else "failed")
            times = tag("StartTime", UNKNOWN_TIME if transfer.fault else "2024-01-01T00:00:00Z")
            times += tag("CompleteTime", UNKNOWN_TIME if transfer.fault else "2024-01-01T00:00:01Z")
            inner = tag("CommandKey", transfer.key) + f"<FaultStruct>{fault}</FaultStruct>" + times
            answer = yield from self._exchange("TransferComplete", self._envelope("77", "TransferComplete", inner))
            if not self._goes_on(answer):
                return
            response = parse(answer.body)
            assert (response.method, response.id, response.names()) == ("TransferCompleteResponse", "77", [])
            self.transfers.pop(transfer.key, None)
            self.events = [each for each in self.events if each[1] != transfer.key]
            if not self._unreported():
                self.events = [each for each in self.events if not each[0].startswith("7 ")]

    def _unreported(self) -> list[Transfer]:
        return list(self.transfers.values())

    def _exchange(self, what: str, body: bytes) -> Generator[Point, None, Exchange]:
        """Send one message; stop before it and after its answer."""
        while True:
            yield "before", what
            self.lost = False
            answer = self.wire.post(body, self.namespace)
            if what in ("DownloadResponse", "UploadResponse") and answer.status in (200, 204):
                self.accepted |= set(self.transfers)
            yield "after", what
            if not self.lost:
                return answer

    def _inform(self) -> bytes:
        return self._envelope("42", "Inform", self._inform_body())

    def _inform_body(self) -> str:
        events = "".join(
            f"<EventStruct>{tag('EventCode', code)}{tag('CommandKey', key)}</EventStruct>" for code, key in self.events
        )
        names = ["DeviceInfo.HardwareVersion", "DeviceInfo.SoftwareVersion"]
        names += ["ManagementServer.ConnectionRequestURL", "ManagementServer.ParameterKey"]
        who = (
            tag("Manufacturer", "Fanvil")
            + tag("OUI", self.oui)
            + tag("ProductClass", self.product_class)
            + tag("SerialNumber", self.serial)
        )
        return (
            f'<DeviceId>{who}</DeviceId><Event enc:arrayType="cwmp:EventStruct[{len(self.events)}]">{events}</Event>'
            + tag("MaxEnvelopes", 1)
            + tag("CurrentTime", "2024-01-01T00:00:00+08:00")
            + tag("RetryCount", self.retry_count)
            + self._list([self.root + name for name in names])
        )

    def _envelope(self, id: str, name: str, inner: str) -> bytes:
        return self.dialect.envelope(self.namespace, id, name, inner)

    def _list(self, names: list[str]) -> str:
        rows = ""
        for name in names:
            value, kind, _ = self.values[name]
            if name.endswith("Password"):
                value = ""
            typed = tag("Value", value).replace("<Value>", f'<Value xsi:type="xsd:{kind}">', 1)
            rows += f"<ParameterValueStruct>{tag('Name', name)}{typed}</ParameterValueStruct>"
        counted = f'enc:arrayType="cwmp:ParameterValueStruct[{len(names)}]"'
        return f"<ParameterList {counted}>{rows}</ParameterList>"

    # What the server asks --------------------------------------------------------------------------------------------

    def _obey(self, request: Message) -> tuple[str, str]:
        self.asked[request.method] += 1
        self.log.append(request.method)
        handler: Callable[[Message], str] | None = getattr(self, f"_rpc_{request.method}", None)
        try:
            if request.method in self.temper.faults:
                raise FaultError(self.temper.faults[request.method], "as told")
            if handler is None:
                raise FaultError(9000, "Method not supported")
            return f"{request.method}Response", handler(request)
        except FaultError as fault:
            inner = tag("FaultCode", fault.code) + tag("FaultString", fault.text)
            for name, code, text in fault.parameters:
                row = tag("ParameterName", name) + tag("FaultCode", code) + tag("FaultString", text)
                inner += f"<SetParameterValuesFault>{row}</SetParameterValuesFault>"
            return "Fault", inner

    def _rpc_GetRPCMethods(self, request: Message) -> str:
        names = [name.removeprefix("_rpc_") for name in dir(self) if name.startswith("_rpc_")]
        rows = "".join(tag("string", name) for name in names)
        return f'<MethodList enc:arrayType="xsd:string[{len(names)}]">{rows}</MethodList>'

    def _rpc_GetParameterNames(self, request: Message) -> str:
        assert request.names() == ["ParameterPath", "NextLevel"]
        path, next_level = request.text("ParameterPath"), request.text("NextLevel")
        assert next_level in ("0", "1")
        if path == "" and not self.temper.root_names:
            raise FaultError(9003, "Invalid arguments")
        self._match(path)
        everything = [*self.values, *self._objects()]
        if next_level == "1":
            if path and not path.endswith("."):
                raise FaultError(9003, "Invalid arguments")
            names = [n for n in everything if n.startswith(path) and re.fullmatch(r"[^.]+\.?", n[len(path) :])]
        else:
            names = [n for n in everything if n.startswith(path)]
        tables = {self.root + table for table in TABLES}
        rows = ""
        for name in sorted(names):
            writable = self.values[name][2] if name in self.values else name in tables
            row = tag("Name", name) + tag("Writable", int(writable))
            rows += f"<ParameterInfoStruct>{row}</ParameterInfoStruct>"
        return f'<ParameterList enc:arrayType="cwmp:ParameterInfoStruct[{len(names)}]">{rows}</ParameterList>'

    def _rpc_GetParameterValues(self, request: Message) -> str:
        assert request.names() == ["ParameterNames"]
        asked = request.texts("string")
        assert 0 < len(asked) <= 100
        return self._list(list(dict.fromkeys(name for path in asked for name in self._match(path))))

    def _rpc_SetParameterValues(self, request: Message) -> str:
        assert request.names() == ["ParameterList", "ParameterKey"]
        changes: dict[str, str] = {}
        bad: list[tuple[str, int, str]] = []
        for row in request.all("ParameterValueStruct"):
            name, value = (child.text or "" for child in row)
            assert [local(child) for child in row] == ["Name", "Value"]
            kind = row[1].get("{http://www.w3.org/2001/XMLSchema-instance}type") or ""
            prefix, _, plain = kind.partition(":")
            assert row[1].nsmap[prefix] == "http://www.w3.org/2001/XMLSchema"
            known = self.values.get(name)
            if known is None:
                bad.append((name, 9005, "no such parameter"))
            elif not known[2]:
                bad.append((name, 9008, "not writable"))
            elif plain != known[1]:
                bad.append((name, 9006, f"expected {known[1]}, not {plain}"))
            elif known[1] == "unsignedInt" and not (value.isdigit() and int(value)):
                bad.append((name, 9007, "not a number above 0"))
            changes[name] = value
        assert 0 < len(changes) <= 100
        if bad:
            raise FaultError(9003, "Invalid arguments", tuple(bad))
        credentials = {self.root + "ManagementServer.Username", self.root + "ManagementServer.Password"}
        for name, value in changes.items():
            if name in credentials and not self.temper.takes_credentials:
                continue
            self.values[name] = (value, *self.values[name][1:])
        self.write("ManagementServer.ParameterKey", request.text("ParameterKey"))
        return tag("Status", int(self.temper.stores_only))

    def _rpc_GetParameterAttributes(self, request: Message) -> str:
        names = [name for path in request.texts("string") for name in self._match(path)]
        rows = "".join(
            f"<ParameterAttributeStruct>{tag('Name', name)}{tag('Notification', self.attributes.get(name, 0))}"
            '<AccessList enc:arrayType="xsd:string[0]"/></ParameterAttributeStruct>'
            for name in names
        )
        return f'<ParameterList enc:arrayType="cwmp:ParameterAttributeStruct[{len(names)}]">{rows}</ParameterList>'

    def _rpc_SetParameterAttributes(self, request: Message) -> str:
        for row in request.all("SetParameterAttributesStruct"):
            told = {local(child): child.text or "" for child in row}
            assert list(told) == ["Name", "NotificationChange", "Notification", "AccessListChange", "AccessList"]
            for name in self._match(told["Name"]):
                if told["NotificationChange"] == "1":
                    self.attributes[name] = int(told["Notification"])
        return ""

    def _rpc_AddObject(self, request: Message) -> str:
        assert request.names() == ["ObjectName", "ParameterKey"]
        table = request.text("ObjectName")
        if table not in {self.root + each for each in TABLES}:
            raise FaultError(9005, f"no such table {table}")
        numbers = [int(n[len(table) :].split(".")[0]) for n in self.values if n.startswith(table)]
        instance = max(numbers, default=0) + 1
        for name in [n for n in self.values if n.startswith(f"{table}1.")]:
            _, kind, writable = self.values[name]
            self.values[name.replace(f"{table}1.", f"{table}{instance}.", 1)] = ("", kind, writable)
        return tag("InstanceNumber", instance) + tag("Status", 0)

    def _rpc_DeleteObject(self, request: Message) -> str:
        path = request.text("ObjectName")
        for name in self._match(path):
            del self.values[name]
        return tag("Status", 0)

    def _rpc_Reboot(self, request: Message) -> str:
        self.restart_key = request.text("CommandKey")
        return ""

    def _rpc_FactoryReset(self, request: Message) -> str:
        self.reset = True
        return ""

    def _rpc_Download(self, request: Message) -> str:
        assert request.names() == [
            *("CommandKey", "FileType", "URL", "Username", "Password", "FileSize"),
            *("TargetFileName", "DelaySeconds", "SuccessURL", "FailureURL"),
        ]
        url = request.text("URL")
        assert not set("@&?") & set(url), url
        assert len(url) <= 256
        assert request.text("DelaySeconds") == "0"
        return self._accept("Download", request, int(request.text("FileSize")))

    def _rpc_Upload(self, request: Message) -> str:
        assert request.names() == ["CommandKey", "FileType", "URL", "Username", "Password", "DelaySeconds"]
        return self._accept("Upload", request, 0)

    def _accept(self, kind: Literal["Download", "Upload"], request: Message, size: int) -> str:
        key = request.text("CommandKey")
        assert 0 < len(key) <= 32
        if key in self.accepted:
            self.asked_twice.append(key)
        self.transfers[key] = Transfer(key, kind, request.text("FileType"), request.text("URL"), size)
        if self.temper.transfer == "status0":
            times = tag("StartTime", "2024-01-01T00:00:00Z") + tag("CompleteTime", "2024-01-01T00:00:01Z")
            return tag("Status", 0) + times
        return tag("Status", 1) + tag("StartTime", UNKNOWN_TIME) + tag("CompleteTime", UNKNOWN_TIME)

    # Files ----------------------------------------------------------------------------------------------------------

    def _transfer(self, transfer: Transfer) -> Life:
        yield "before", "fetch"
        if transfer.kind == "Upload":
            status = send_file(transfer.url, self.sent)
            yield "after", "fetch"
            transfer.fault = 0 if status in (200, 201, 204) else 9011
        elif self.temper.reads_files:
            status, headers, data = fetch(transfer.url)
            yield "after", "fetch"
            if status != 200:
                transfer.fault = 9016
            else:
                assert int(headers["content-length"]) == len(data)
                if transfer.size:
                    assert transfer.size == len(data), "FileSize is not exact"
                self.files.append(data)
                self._apply(transfer.file_type, data)
        transfer.done = True

    def _apply(self, file_type: str, data: bytes) -> None:
        if file_type.startswith("1 "):
            if self.temper.lies != "firmware":
                self.firmware = data.split()[1].decode()  # FANVIL 2.14.0 ...
                self.write("DeviceInfo.SoftwareVersion", self.firmware)
            return
        assert file_type == "3 Vendor Configuration File", file_type
        config = ConfigFile(data)
        if self.temper.lies == "everything":
            return
        if self.temper.config_object:
            self.write("DeviceInfo.VendorConfigFile.1.Version", config.version)
        if self.temper.lies == "parameters":
            return
        profile = "Services.VoiceService.1.VoiceProfile.1."
        for key, name in (
            ("SIP1 Phone Number", profile + "Line.1.DirectoryNumber"),
            ("SIP1 Register User", profile + "Line.1.SIP.AuthUserName"),
            ("SIP1 Register Addr", profile + "SIP.RegistrarServer"),
        ):
            if (value := config.values.get(f"SIP CONFIG MODULE/{key}")) is not None:
                self.write(name, value)
        book = next((value for key, value in config.values.items() if key.endswith("/Auto Pbook Url")), "")
        if book:
            status, _, content = fetch(book)
            assert status == 200
            self.files.append(content)
