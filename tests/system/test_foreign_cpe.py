"""CPE programs that other people wrote, as their conduct was seen, against a real server.

Each program below has the habits of one: how it writes, what it understands, and at what it breaks off. What it does
not understand ends it (`Dead`), as an exception that nobody catches ends the real one; so these sessions come to their
end only if the server asks for nothing that it need not ask for.
"""

import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, unescape

import pytest

from tests.system.conftest import assert_official
from tests.system.server import Server, Zygote
from tests.system.wire import Exchange, fetch

CWMP = "urn:dslforum-org:cwmp-1-0"
SPACES = (
    'xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" '
    'xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="{CWMP}"'
)
NOT_SUPPORTED = (
    "<soap-env:Fault><faultcode>Client</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault>"
    "<FaultCode>9000</FaultCode><FaultString>Method not supported</FaultString></cwmp:Fault></detail></soap-env:Fault>"
)


class Dead(Exception):  # noqa: N818 - what happened to the program
    """The program met something that it was not made for."""


@dataclass
class Program:
    """What all of them share: one connection at a time, POST, cookies, a loop until nothing comes."""

    server: Server
    serial: str
    asked: list[str] = field(default_factory=list)
    """The server's requests, in order."""
    headers: dict[str, str] = field(default_factory=dict)
    cookie: str = ""
    whole_cookie: bool = False
    """Returns Set-Cookie as it stands, attributes and all."""
    _connection: http.client.HTTPConnection | None = None

    def post(self, body: str) -> str:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.server.cwmp_port, timeout=10)
        headers = dict(self.headers) | ({"Cookie": self.cookie} if self.cookie else {})
        self._connection.request("POST", "/", body.encode(), headers)
        response = self._connection.getresponse()
        answer = Exchange(response.status, tuple(response.getheaders()), response.read(), CWMP)
        self.server.wire.append(answer)
        answer.check("none")
        if answer.status not in (200, 204):
            raise Dead(f"status {answer.status}")
        if (told := answer.header("set-cookie")) is not None:
            self.cookie = told if self.whole_cookie else told.partition(";")[0]
        return answer.body.decode()

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def session(self) -> list[str]:
        """A session to its end; give what was asked in it."""
        first = len(self.asked)
        if "InformResponse" not in self.post(self.inform()):
            raise Dead("no InformResponse")
        for request in self.own_requests():
            self.post(request)
        request = self.post("")
        for _ in range(50):
            if not request:
                break
            found = re.search(r"<soap-env:Body><cwmp:(\w+)", request)
            if found is None:
                raise Dead(f"no request: {request}")
            self.asked.append(found[1])
            request = self.post(self.answer(found[1], request))
        else:
            raise Dead("no end")
        self.hang_up()
        return self.asked[first:]

    def own_requests(self) -> list[str]:
        return []

    def inform(self) -> str:
        raise NotImplementedError

    def answer(self, method: str, request: str) -> str:
        raise NotImplementedError


def text(tag: str, xml: str) -> str:
    found = re.search(rf"<{tag}(?: [^>]*)?>([^<]*)</{tag}>", xml)
    if found is None:
        raise Dead(f"no {tag}")
    return unescape(found[1])


def texts(tag: str, xml: str) -> list[str]:
    return [unescape(each) for each in re.findall(rf"<{tag}(?: [^>]*)?>([^<]*)</{tag}>", xml)]


def usual(body: str, message_id: str = "1") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<soap-env:Envelope {SPACES}><soap-env:Header>'
        f'<cwmp:ID soap-env:mustUnderstand="1">{message_id}</cwmp:ID></soap-env:Header>'
        f"<soap-env:Body>{body}</soap-env:Body></soap-env:Envelope>"
    )


def device_id(maker: str, oui: str, product: str, serial: str) -> str:
    return (
        f"<DeviceId><Manufacturer>{maker}</Manufacturer><OUI>{oui}</OUI><ProductClass>{product}</ProductClass>"
        f"<SerialNumber>{serial}</SerialNumber></DeviceId>"
    )


def value(name: str, content: str, kind: str) -> str:
    return (
        f"<ParameterValueStruct><Name>{name}</Name>"
        f'<Value xsi:type="{kind}">{escape(content)}</Value></ParameterValueStruct>'
    )


@dataclass
class LikeGenieacsSim(Program):
    """Basic in every request, cookie attributes sent back, always 2 PERIODIC, a wrong count in the Inform; a name that
    it does not have, a partial path or a value without xsi:type ends it; TransferComplete a session later."""

    whole_cookie: bool = True
    model: dict[str, list[str]] = field(
        default_factory=lambda: {
            "InternetGatewayDevice.": ["false"],
            "InternetGatewayDevice.DeviceInfo.": ["false"],
            "InternetGatewayDevice.DeviceInfo.SoftwareVersion": ["false", "V1", "xsd:string"],
            "InternetGatewayDevice.DeviceInfo.ProvisioningCode": ["true", "", "xsd:string"],
            "InternetGatewayDevice.LANDevice.": ["false"],
            "InternetGatewayDevice.LANDevice.1.": ["false"],
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.": ["true"],
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.": ["true"],
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID": ["true", "a & b", "xsd:string"],
            "InternetGatewayDevice.ManagementServer.": ["false"],
            "InternetGatewayDevice.ManagementServer.ParameterKey": ["false", "", "xsd:string"],
            "InternetGatewayDevice.ManagementServer.PeriodicInformInterval": ["true", "10", "xsd:unsignedInt"],
        }
    )
    pending: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.headers = {"Content-Type": 'text/xml; charset="utf-8"', "Authorization": "Basic dTpw"}

    def inform(self) -> str:
        shown = [name for name in self.model if name.endswith(("SoftwareVersion", "ParameterKey"))]
        return usual(
            f"<cwmp:Inform>{device_id('ACME', '202BC1', 'BM632w', self.serial)}"
            '<Event soap-enc:arrayType="cwmp:EventStruct[1]"><EventStruct><EventCode>2 PERIODIC</EventCode>'
            "<CommandKey/></EventStruct></Event><MaxEnvelopes>1</MaxEnvelopes>"
            "<CurrentTime>2026-01-01T00:00:00.123Z</CurrentTime>"
            '<RetryCount>0</RetryCount><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[16]">'
            + "".join(value(name, *self.model[name][1:]) for name in shown)
            + "</ParameterList></cwmp:Inform>",
            "x0pakp8l",
        )

    def own_requests(self) -> list[str]:
        waiting, self.pending = self.pending, []
        return waiting

    def answer(self, method: str, request: str) -> str:
        return usual(self._body(method, request), text("cwmp:ID", request))

    def _body(self, method: str, request: str) -> str:
        match method:
            case "GetParameterNames":
                path = text("ParameterPath", request)
                deep = text("NextLevel", request) not in ("1", "true")
                found = [
                    name
                    for name in sorted(self.model)
                    if name.startswith(path) and (deep or (name != path and "." not in name[len(path) : -1]))
                ]
                listed = "".join(
                    f"<ParameterInfoStruct><Name>{name}</Name><Writable>{self.model[name][0]}</Writable>"
                    "</ParameterInfoStruct>"
                    for name in found
                )
                return (
                    "<cwmp:GetParameterNamesResponse><ParameterList "
                    f'soap-enc:arrayType="cwmp:ParameterInfoStruct[{len(found)}]">{listed}</ParameterList>'
                    "</cwmp:GetParameterNamesResponse>"
                )
            case "GetParameterValues":
                wanted = texts("string", request)
                if any(len(self.model.get(name, [])) < 3 for name in wanted):
                    raise Dead(f"cannot read {wanted}")
                listed = "".join(value(name, *self.model[name][1:]) for name in wanted)
                return (
                    "<cwmp:GetParameterValuesResponse><ParameterList "
                    f'soap-enc:arrayType="cwmp:ParameterValueStruct[{len(wanted)}]">{listed}</ParameterList>'
                    "</cwmp:GetParameterValuesResponse>"
                )
            case "SetParameterValues":
                kinds = re.findall(r'<Value xsi:type="([^"]+)">', request)
                for name, content, kind in zip(texts("Name", request), texts("Value", request), kinds, strict=True):
                    self.model[name][1:] = [content, kind]
                return "<cwmp:SetParameterValuesResponse><Status>0</Status></cwmp:SetParameterValuesResponse>"
            case "AddObject":
                made = text("ObjectName", request) + "2."
                self.model |= {made: ["true"], made + "SSID": ["true", "", "xsd:string"]}
                return (
                    "<cwmp:AddObjectResponse><InstanceNumber>2</InstanceNumber><Status>0</Status>"
                    "</cwmp:AddObjectResponse>"
                )
            case "DeleteObject":
                gone = text("ObjectName", request)
                self.model = {name: entry for name, entry in self.model.items() if not name.startswith(gone)}
                return "<cwmp:DeleteObjectResponse><Status>0</Status></cwmp:DeleteObjectResponse>"
            case "Download":
                status, _, _ = fetch(text("URL", request))
                self.pending.append(
                    usual(
                        f"<cwmp:TransferComplete><CommandKey>{text('CommandKey', request)}</CommandKey>"
                        "<StartTime>2026-01-01T00:00:00.000Z</StartTime>"
                        "<CompleteTime>2026-01-01T00:00:01.000Z</CompleteTime>"
                        f"<FaultStruct><FaultCode>{0 if status == 200 else 9016}</FaultCode><FaultString/>"
                        "</FaultStruct></cwmp:TransferComplete>",
                        "k3",
                    )
                )
                return (
                    "<cwmp:DownloadResponse><Status>1</Status><StartTime>0001-01-01T00:00:00Z</StartTime>"
                    "<CompleteTime>0001-01-01T00:00:00Z</CompleteTime></cwmp:DownloadResponse>"
                )
            case _:
                return NOT_SUPPORTED


@dataclass
class LikeHoneyclient(Program):
    """Indented, ``soap:`` prefix, asks GetRPCMethods and RequestDownload first, parameters without their objects; any
    request but six raises NotImplementedError."""

    values: dict[str, str] = field(
        default_factory=lambda: {
            "InternetGatewayDevice.DeviceInfo.SoftwareVersion": "113.06.20",
            "InternetGatewayDevice.DeviceInfo.ProvisioningCode": "000.000.000.000",
            "InternetGatewayDevice.ManagementServer.ParameterKey": "null",
            "InternetGatewayDevice.DeviceInfo.ModelName": "Router",
        }
    )

    def __post_init__(self) -> None:
        self.headers = {"Content-Type": 'text/xml; charset="utf-8"', "SOAPAction": "cwmp:Inform"}

    def write(self, body: str, message_id: str = "1") -> str:
        spaces = SPACES.replace("xmlns:soap-env", "xmlns:soap")
        return f"""<soap:Envelope {spaces}>
            <soap:Header>
                <cwmp:ID soap:mustUnderstand="1">{message_id}</cwmp:ID>
            </soap:Header>
            <soap:Body>
                {body}
            </soap:Body>
        </soap:Envelope>"""

    def inform(self) -> str:
        events = "".join(
            f"<EventStruct>\n<EventCode>{code}</EventCode>\n<CommandKey></CommandKey></EventStruct>"
            for code in ("4 VALUE CHANGE", "1 BOOT", "0 BOOTSTRAP")
        )
        listed = "\n".join(value(name, content, "xsd:string") for name, content in list(self.values.items())[:3])
        return self.write(
            f"<cwmp:Inform>{device_id('AVM', '00040E', 'FRITZ!Box', self.serial)}"
            f'<Event soap-enc:arrayType="cwmp:EventStruct[3]">{events}</Event><MaxEnvelopes>1</MaxEnvelopes>'
            "<CurrentTime>2026-01-01T10:00:00.654321</CurrentTime><RetryCount>0</RetryCount>"
            f'<ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[3]">\n{listed}\n</ParameterList>'
            "</cwmp:Inform>"
        )

    def own_requests(self) -> list[str]:
        return [
            self.write("<cwmp:GetRPCMethods />"),
            self.write(
                "<cwmp:RequestDownload><FileType>1 Firmware Upgrade Image</FileType>"
                '<FileTypeArg soap-enc:arrayType="cwmp:ArgStruct[0]">\n</FileTypeArg></cwmp:RequestDownload>'
            ),
        ]

    def answer(self, method: str, request: str) -> str:
        match method:
            case "GetParameterNames":
                path = text("ParameterPath", request)
                body = "<cwmp:GetParameterNamesResponse><ParameterList>" + "".join(
                    f"<ParameterInfoStruct>\n<Name>{name}</Name>\n<Writable>1</Writable>\n</ParameterInfoStruct>"
                    for name in self.values
                    if name.startswith(path)
                )
                body += "</ParameterList></cwmp:GetParameterNamesResponse>"
            case "GetParameterValues":
                wanted = texts("string", request)
                body = "<cwmp:GetParameterValuesResponse><ParameterList>" + "".join(
                    value(name, content, "xsd:string")
                    for each in wanted
                    for name, content in self.values.items()
                    if name == each or (each.endswith(".") and name.startswith(each))
                )
                body += "</ParameterList></cwmp:GetParameterValuesResponse>"
            case "SetParameterValues":
                self.values |= dict(zip(texts("Name", request), texts("Value", request), strict=True))
                body = "<cwmp:SetParameterValuesResponse><Status>0</Status></cwmp:SetParameterValuesResponse>"
            case "SetParameterAttributes":
                body = "<cwmp:SetParameterAttributesResponse />"
            case "Download":
                now = "2026-01-01T10:00:00.654321"
                body = (
                    f"<cwmp:DownloadResponse><Status>0</Status><StartTime>{now}</StartTime>"
                    f"<CompleteTime>{now}</CompleteTime></cwmp:DownloadResponse>"
                )
            case _:
                raise Dead(f"NotImplementedError: {method}")
        return self.write(body, text("cwmp:ID", request))


@dataclass
class LikeCwmpClient(Program):
    """An Envelope without a namespace, qualified children out of order, no ID, text/plain; objects listed without their
    dot, one level whatever was asked; no Status; any request but four raises an exception."""

    tree: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            "DeviceInfo": {"SoftwareVersion": "0.0.1", "ProvisioningCode": ""},
            "ManagementServer": {"ParameterKey": "", "PeriodicInformInterval": "300"},
        }
    )

    def __post_init__(self) -> None:
        self.headers = {"Content-Type": "text/plain; charset=utf-8"}

    def write(self, body: str, header: str = "") -> str:
        return (
            '<?xml version="1.0" ?><Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
            f'xmlns:cwmp="{CWMP}"><soap:Header>{header}</soap:Header><soap:Body>{body}</soap:Body></Envelope>'
        )

    def inform(self) -> str:
        listed = "".join(
            f"<ParameterValueStruct><Name>Device.DeviceInfo.{name}</Name><Value>{content}</Value></ParameterValueStruct>"
            for name, content in self.tree["DeviceInfo"].items()
        )
        identity = device_id("Dites", "FFFFFF", "DTBox1", self.serial)
        for tag in ("DeviceId", "Manufacturer", "OUI", "ProductClass", "SerialNumber"):
            identity = identity.replace(f"<{tag}>", f"<cwmp:{tag}>").replace(f"</{tag}>", f"</cwmp:{tag}>")
        return self.write(
            "<cwmp:Inform><cwmp:MaxEnvelopes>1</cwmp:MaxEnvelopes><cwmp:CurrentTime>2026-01-01T10:00:00</cwmp:CurrentTime>"
            f'{identity}<ParameterList soap:arrayType="cwmp:ParameterValueStruct[2]">{listed}</ParameterList>'
            '<cwmp:Event soap:arrayType="cwmp:EventStruct[2]"><EventStruct><cwmp:EventCode>1 BOOT</cwmp:EventCode>'
            "</EventStruct><EventStruct><cwmp:EventCode>M Reboot</cwmp:EventCode></EventStruct></cwmp:Event>"
            "</cwmp:Inform>"
        )

    def below(self, path: str) -> dict[str, str]:
        """One level below a path, or the one parameter; objects by name alone, with the text of a Python object."""
        words = [word for word in path.split(".") if word]
        if not words:
            return {"Device": "<object>"}
        if len(words) == 1:
            return {f"Device.{name}": "<object>" for name in self.tree}
        inner = self.tree[words[1]]
        if len(words) == 3:
            return {path: inner[words[2]]}
        return {f"Device.{words[1]}.{name}": content for name, content in inner.items()}

    def answer(self, method: str, request: str) -> str:
        header = f'<cwmp:ID soap:mustUnderstand="1">{text("cwmp:ID", request)}</cwmp:ID>'
        listed: dict[str, str] = {}
        match method:
            case "GetParameterNames":
                inner = "".join(
                    f"<ParameterInfoStruct><Name>{name}</Name><Writable>0</Writable></ParameterInfoStruct>"
                    for name in self.below(text("ParameterPath", request))
                )
                return self.write(
                    f"<cwmp:{method}Response><ParameterList>{inner}</ParameterList></cwmp:{method}Response>", header
                )
            case "GetParameterValues":
                for name in texts("string", request):
                    listed |= self.below(name)
            case "SetParameterValues":
                for name, content in zip(texts("Name", request), texts("Value", request), strict=True):
                    _, parent, leaf = name.split(".")
                    self.tree[parent][leaf] = content
                    listed |= self.below(name)
            case _:
                raise Dead(f"Receive unsupported method: {method}")
        inner = "".join(
            f"<ParameterValueStruct><Name>{name}</Name><Value>{escape(content)}</Value></ParameterValueStruct>"
            for name, content in listed.items()
        )
        return self.write(
            f"<cwmp:{method}Response><ParameterList>{inner}</ParameterList></cwmp:{method}Response>", header
        )


@pytest.fixture(scope="module")
def server(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(zygote, tmp_path_factory.mktemp("foreign"), ACS_CPE_AUTH="none")
    started.start()
    yield started
    started.close()
    assert_official(started.wire)
    assert "Traceback" not in started.log(), started.log()[-6000:]


def paths(server: Server, serial: str) -> dict[str, str | None]:
    found = server.items(f"/devices/{server.device(serial)['id']}/parameters")
    return {item["path"]: item["value"] for item in found}


def test_genieacs_sim_is_found_read_written_and_configured(server: Server) -> None:
    sim = LikeGenieacsSim(server, "G1")
    assert sim.session() == ["GetParameterNames", "GetParameterValues"]
    known = paths(server, "G1")
    assert known["InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID"] == "a & b"

    root = "InternetGatewayDevice."
    wlan = f"{root}LANDevice.1.WLANConfiguration."
    code = [{"name": f"{root}DeviceInfo.ProvisioningCode", "value": "a&b <c>"}]
    tasks = [
        server.task("G1", "set_parameter_values", values=code),
        server.task("G1", "add_object", object_name=wlan, values=[{"name": "SSID", "value": "new"}]),
        server.task("G1", "delete_object", object_name=f"{wlan}2."),
        server.task("G1", "download", kind="config"),
    ]
    reboot = server.task("G1", "reboot")
    sim.session()
    for _ in range(3):  # the report of the transfer, and what it proves
        sim.session()
    for task in tasks:
        server.succeeded(task)
    assert server.failed(reboot)["code"] == "9000"
    assert sim.model[f"{root}DeviceInfo.ProvisioningCode"][1:] == ["a&b <c>", "xsd:string"]
    assert sim.session() == []


def test_honeyclient_is_asked_for_nothing_that_it_does_not_know(server: Server) -> None:
    client = LikeHoneyclient(server, "H1")
    assert client.session() == ["GetParameterNames", "GetParameterValues"]
    assert paths(server, "H1")["InternetGatewayDevice.DeviceInfo.SoftwareVersion"] == "113.06.20"

    code = "InternetGatewayDevice.DeviceInfo.ProvisioningCode"
    written = server.task("H1", "set_parameter_values", values=[{"name": code, "value": "site7"}])
    read = server.task("H1", "get_parameter_values", names=["InternetGatewayDevice.DeviceInfo."])
    download = server.task("H1", "download", url="http://files.test/a.cfg", file_type="3 Vendor Configuration File")
    client.session()
    server.succeeded(written)
    found = server.succeeded(read)["result"]["values"]
    assert {item["name"]: item["value"] for item in found}[code] == "site7"
    server.succeeded(download)


def test_cwmp_client_is_found_though_it_lists_objects_without_their_dot(server: Server) -> None:
    client = LikeCwmpClient(server, "C1")
    asked = client.session()
    assert set(asked) == {"GetParameterNames", "GetParameterValues"}
    assert paths(server, "C1")["Device.DeviceInfo.SoftwareVersion"] == "0.0.1"

    code = [{"name": "Device.DeviceInfo.ProvisioningCode", "value": "site7"}]
    written = server.task("C1", "set_parameter_values", values=code)
    client.session()
    server.succeeded(written)
    assert client.tree["DeviceInfo"]["ProvisioningCode"] == "site7"
    assert client.session() == []


def test_a_program_that_dies_at_a_request_is_not_asked_it_for_ever(server: Server) -> None:
    """A name that genieacs-sim does not have ends its process; started again, it is served, and the task gives up."""
    sim = LikeGenieacsSim(server, "G2")
    sim.session()
    lost = server.task("G2", "get_parameter_values", names=["InternetGatewayDevice.NotThere"])
    after = server.task("G2", "get_parameter_values", names=["InternetGatewayDevice.DeviceInfo.SoftwareVersion"])
    deaths = 0
    for _ in range(12):
        try:
            sim.session()
        except Dead:
            deaths += 1
            sim.hang_up()
            sim.cookie = ""
    assert 0 < deaths < 10
    assert server.failed(lost)["code"] == "session_lost"
    server.succeeded(after)
