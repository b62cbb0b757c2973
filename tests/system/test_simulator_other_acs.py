"""Simulated phones against ACSs as other people write them: their HTTP, their envelopes, their order of things.

Nothing of ours answers here: requests are read and answers written byte by byte, so that a habit that our writer does
not have (HTTP/1.0, bare prefixes, no cwmp:ID) reaches the phone as it would in the field.
"""

import asyncio
import contextlib
import hashlib
import itertools
import re
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from lxml import etree

from acs.simulator.fleet import FleetOptions, run_fleet

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SPACES = (
    f'xmlns:soap-env="{SOAP}" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
CONFIG = (
    "<<VOIP CONFIG FILE>>Version:2.0003".ljust(62)
    + "\r\n\r\n<GLOBAL CONFIG MODULE>\r\nSNTP Server        :ntp.test\r\n\r\n<<END OF FILE>>\r\n"
).encode()


@dataclass(frozen=True)
class Asked:
    """One POST of the phone."""

    headers: dict[str, str]
    method: str
    """Local name of what stands in the Body; empty for the empty POST."""
    id: str
    cwmp: str
    """Namespace of the method."""
    body: etree._Element | None
    socket: int
    digest: str = ""
    """MD5 of the bytes."""

    def texts(self, name: str) -> list[str]:
        """The texts of all elements with this local name."""
        found = [] if self.body is None else self.body.iter()
        return [(item.text or "").strip() for item in found if _local(item) == name]


def _local(item: etree._Element) -> str:
    return etree.QName(item).localname


@dataclass(frozen=True)
class Answer:
    """What goes back, before it is put on the wire."""

    status: int
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


Wire = Callable[[Answer], bytes]
Dialect = Callable[[str, str, str], str]
"""(method with its content, cwmp namespace, cwmp:ID) -> envelope."""


def plain(answer: Answer, version: str = "1.1", *extra: tuple[str, str]) -> bytes:
    """A common answer with a length."""
    data = answer.body.encode()
    kind = (("Content-Type", 'text/xml; charset="utf-8"'),) if data else ()
    lines = [f"HTTP/{version} {answer.status} X", *(f"{k}: {v}" for k, v in (*kind, *answer.headers, *extra))]
    if answer.status != 204:
        lines.append(f"Content-Length: {len(data)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + data


def http_1_0(answer: Answer) -> bytes:
    """As a small script's server: version 1.0, no length, the end of the connection is the end of the answer."""
    head = "".join(f"{key}: {value}\r\n" for key, value in answer.headers)
    return f"HTTP/1.0 {answer.status} OK\r\nContent-Type: text/xml\r\n{head}\r\n{answer.body}".encode()


def chunked(answer: Answer) -> bytes:
    """As a Java servlet that flushes early: pieces, some of one byte, and a trailer."""
    head = "".join(f"{key}: {value}\r\n" for key, value in answer.headers)
    data = answer.body.encode()
    pieces = [data[:1], data[1:200], data[200:]]
    sent = b"".join(b"%x;x=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece)
    start = f"HTTP/1.1 {answer.status} OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n{head}\r\n"
    return start.encode() + sent + b"0\r\nX-Trailer: 1\r\n\r\n"


def closing(answer: Answer) -> bytes:
    """Every answer says that the connection ends."""
    return plain(answer, "1.1", ("Connection", "close"))


def kept_1_0(answer: Answer) -> bytes:
    """HTTP/1.0 with the extension that keeps the connection."""
    return plain(answer, "1.0", ("Connection", "keep-alive"))


def full(method: str, cwmp: str, message_id: str) -> str:
    """The prefixes that most ACSs write."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<soap-env:Envelope {SPACES} xmlns:cwmp="{cwmp}"><soap-env:Header>'
        f'<cwmp:ID soap-env:mustUnderstand="1">{message_id}</cwmp:ID></soap-env:Header>'
        f"<soap-env:Body>{method}</soap-env:Body></soap-env:Envelope>"
    )


def no_id(method: str, cwmp: str, message_id: str) -> str:
    """Without a Header, indented, as a script's heredoc leaves it."""
    return f"""
    <soapenv:Envelope {SPACES.replace("soap-env", "soapenv")} xmlns:cwmp="{cwmp}">
        <soapenv:Body>
            {method}
        </soapenv:Body>
    </soapenv:Envelope>
    """


def bare(method: str, cwmp: str, message_id: str) -> str:
    """Default namespaces in place of prefixes, apostrophes, a comment; arrays without arrayType."""
    inner = re.sub(r"<(/?)cwmp:", r"<\1", method).replace(">", f" xmlns='{cwmp}'>", 1)
    inner = re.sub(r' soap-enc:arrayType="[^"]*"', "", inner)
    return (
        f"<?xml version='1.0'?><!-- one -->\n<Envelope xmlns='{SOAP}' xmlns:xsi='http://www.w3.org/2001/XMLSchema-"
        f"instance' xmlns:xsd='http://www.w3.org/2001/XMLSchema'><Header><ID xmlns='{cwmp}'>{message_id}</ID></Header>"
        f"<Body>{inner}</Body></Envelope>"
    )


def names(path: str, next_level: str) -> str:
    return (
        f"<cwmp:GetParameterNames><ParameterPath>{path}</ParameterPath>"
        f"<NextLevel>{next_level}</NextLevel></cwmp:GetParameterNames>"
    )


def values(*wanted: str) -> str:
    inner = "".join(f"<string>{name}</string>" for name in wanted)
    return (
        f'<cwmp:GetParameterValues><ParameterNames soap-enc:arrayType="xsd:string[{len(wanted)}]">{inner}'
        "</ParameterNames></cwmp:GetParameterValues>"
    )


def setting(**wanted: tuple[str, str]) -> str:
    inner = "".join(
        f"<ParameterValueStruct><Name>Device.ManagementServer.{name}</Name>"
        f'<Value xsi:type="xsd:{kind}">{text}</Value></ParameterValueStruct>'
        for name, (text, kind) in wanted.items()
    )
    return (
        f'<cwmp:SetParameterValues><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[{len(wanted)}]">{inner}'
        "</ParameterList><ParameterKey></ParameterKey></cwmp:SetParameterValues>"
    )


NAMES = names("", "1")
SOFTWARE = values("Device.DeviceInfo.SoftwareVersion")


@dataclass
class ForeignAcs:
    """Inform, the phone's own requests, one request after the other, an end; in somebody else's manner."""

    requests: Sequence[str] = (NAMES, SOFTWARE)
    wire: Wire = plain
    dialect: Dialect = full
    end: Answer = field(default_factory=lambda: Answer(204))
    cookies: tuple[str, ...] = ("session=5f3c;",)
    authenticate: Callable[[str, "Asked"], Answer | None] = lambda _authorization, _asked: None
    asked: list[Asked] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    port: int = 0
    _sockets: Any = field(default_factory=itertools.count)
    _given: int = 0
    _listening: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = next(self._sockets)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = head.strip().split("\r\n")
                headers = {key.lower(): text.strip() for key, _, text in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                path = first.split()[1]
                if first.startswith("GET"):
                    writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + self.files[path])
                    return
                sent = self.wire(self.post(_read(headers, body, number)))
                writer.write(sent)
                await writer.drain()
                last = b"\r\nConnection: close" in sent
                if last or (sent.startswith(b"HTTP/1.0") and b"keep-alive" not in sent):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def post(self, asked: Asked) -> Answer:
        refused = self.authenticate(asked.headers.get("authorization", ""), asked)
        if refused is not None:
            return refused
        self.asked.append(asked)
        match asked.method:
            case "Inform":
                self._listening = False
                set_cookie = tuple(("Set-Cookie", cookie) for cookie in self.cookies)
                return self.envelope(
                    "<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>", asked.id, set_cookie
                )
            case "TransferComplete":
                if self._listening:
                    return Answer(400, "Bad session state")
                return self.envelope("<cwmp:TransferCompleteResponse></cwmp:TransferCompleteResponse>", asked.id)
            case _:
                self._listening = True
                if self._given == len(self.requests):
                    return self.end
                self._given += 1
                return self.envelope(self.requests[self._given - 1], f"r{self._given}")

    def envelope(self, method: str, message_id: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
        cwmp = next(each.cwmp for each in self.asked if each.method == "Inform")
        return Answer(200, self.dialect(method.replace("PORT", str(self.port)), cwmp, message_id), headers)

    @property
    def methods(self) -> list[str]:
        """What the phone said, in order."""
        return [each.method for each in self.asked]


def _read(headers: dict[str, str], body: bytes, socket: int) -> Asked:
    if not body:
        return Asked(headers, "", "", "", None, socket, md5(""))
    envelope = etree.fromstring(body, etree.XMLParser(resolve_entities=False))
    content = envelope.find(f"{{{SOAP}}}Body")
    assert content is not None
    message_id = next((item.text or "" for item in envelope.iter() if _local(item) == "ID"), "")
    method = content[0]
    namespace = etree.QName(method).namespace or ""
    return Asked(headers, _local(method), message_id, namespace, method, socket, hashlib.md5(body).hexdigest())


@contextlib.asynccontextmanager
async def foreign(**manner: Any) -> AsyncIterator[ForeignAcs]:
    acs = ForeignAcs(**manner)
    server = await asyncio.start_server(acs.serve, "127.0.0.1", 0)
    acs.port = server.sockets[0].getsockname()[1]
    try:
        yield acs
    finally:
        server.close()


async def visit(acs: ForeignAcs, **facts: Any) -> Any:
    """One simulated phone, until it has nothing left to do."""
    plain_facts: dict[str, Any] = {"username": "fleet", "password": "secret", "boot_seconds": 0.01, "item_pause": 0.01}
    options = FleetOptions(f"http://127.0.0.1:{acs.port}/", **(plain_facts | facts))
    async with asyncio.timeout(10):
        summary = await run_fleet(options, stop=asyncio.Event(), once=True)
    assert (summary.sessions, summary.failed_sessions) == (summary.sessions, 0)
    return summary


# Authentication -----------------------------------------------------------------------------------------------------


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def challenge(*values: str) -> Answer:
    return Answer(401, "Unauthorized", tuple(("WWW-Authenticate", value) for value in values))


def digest_by_socket(asked: Asked, authorization: str) -> Answer | None:
    """A nonce is good on the TCP connection that it was given on; sessions are authenticated once in each."""
    nonce = md5(f"socket {asked.socket}")
    given = {key: value.strip('"') for key, value in re.findall(r'(\w+)=("[^"]*"|[^\s,]+)', authorization)}
    if given.get("nonce") != nonce:
        return challenge(f'Digest realm="GenieACS",qop="auth,auth-int",nonce="{nonce}"')
    ha2 = md5(f"POST:{given['uri']}")
    middle = f"{nonce}:{given['nc']}:{given['cnonce']}:{given['qop']}"
    assert given["qop"] == "auth"
    assert given["response"] == md5(f"{md5('fleet:GenieACS:secret')}:{middle}:{ha2}")
    return None


# As an ACS on Node.js that is known widely ---------------------------------------------------------------------------


async def test_as_genieacs_does() -> None:
    """Digest with a nonce per connection, a cookie without attributes, the tree level by level, 204 with a close."""
    authenticated: set[int] = set()

    def authenticate(authorization: str, asked: Asked) -> Answer | None:
        if asked.socket in authenticated:
            return None
        refused = digest_by_socket(asked, authorization)
        if refused is None:
            authenticated.add(asked.socket)
        return refused

    download = (
        "<cwmp:Download><CommandKey>dl7</CommandKey><FileType>3 Vendor Configuration File</FileType>"
        "<URL>http://127.0.0.1:PORT/my%20phone.cfg</URL><Username></Username><Password></Password><FileSize>0</FileSize>"
        "<TargetFileName></TargetFileName><DelaySeconds>0</DelaySeconds><SuccessURL></SuccessURL>"
        "<FailureURL></FailureURL></cwmp:Download>"
    )
    requests = (
        names("", "1"),
        names("Device.", "1"),
        names("Device.ManagementServer.", "1"),
        values("Device.ManagementServer.PeriodicInformEnable", "Device.ManagementServer.PeriodicInformTime"),
        setting(
            PeriodicInformEnable=("true", "boolean"),
            PeriodicInformInterval=("300", "unsignedInt"),
            PeriodicInformTime=("2026-11-25T22:31:17.482Z", "dateTime"),
            ConnectionRequestUsername=("0C383E-X4-1", "string"),
            ConnectionRequestPassword=("a&amp;&quot;b", "string"),
        ),
        download,
    )
    end = Answer(204, "", (("Content-Length", "0"), ("Server", "GenieACS/1.2"), ("Connection", "close")))
    async with foreign(requests=requests, authenticate=authenticate, end=end, cookies=("session=d34db33f",)) as acs:
        acs.files["/my%20phone.cfg"] = CONFIG
        summary = await visit(acs)
    assert acs.methods == [
        *("Inform", ""),
        *["GetParameterNamesResponse"] * 3,
        "GetParameterValuesResponse",
        "SetParameterValuesResponse",
        "DownloadResponse",
        *("Inform", "TransferComplete", ""),
    ]
    first, root, below = acs.asked[0], acs.asked[2], acs.asked[3]
    assert first.texts("EventCode") == ["0 BOOTSTRAP", "1 BOOT"]
    assert root.texts("Name") == ["Device."]
    assert {"Device.DeviceInfo.", "Device.ManagementServer."} <= set(below.texts("Name"))
    assert all(name.count(".") <= 2 for name in below.texts("Name"))
    assert [each.id for each in acs.asked[2:8]] == [f"r{n}" for n in range(1, 7)]
    assert acs.asked[6].texts("Status") == ["0"]
    assert acs.asked[9].texts("CommandKey") == ["dl7"]
    assert acs.asked[9].texts("FaultCode") == ["0"]
    assert {each.headers.get("cookie") for each in acs.asked if each.method != "Inform"} == {"session=d34db33f"}
    assert len({each.socket for each in acs.asked[:8]}) == 1
    assert (summary.transfers, summary.failed_transfers) == (1, 0)


async def test_a_connection_for_every_request() -> None:
    """Every answer ends its connection: the session is known by its cookie alone."""
    async with foreign(wire=closing, cookies=("session=1; Path=/",)) as acs:
        await visit(acs)
    assert len({each.socket for each in acs.asked}) == len(acs.asked) == 4
    assert [each.headers.get("cookie") for each in acs.asked] == [None, *["session=1"] * 3]


# As a small ACS on Flask does ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["basic", "digest"])
async def test_as_pyacs_does(scheme: str) -> None:
    """CWMP 1.2 only, an empty ID in its own request, signed cookie with attributes, an empty 200 at the end."""
    nonce, opaque = "9c1f", "77aa"

    def authenticate(authorization: str, asked: Asked) -> Answer | None:
        if not authorization:
            if scheme == "basic":
                return challenge('Basic realm="pyacs"')
            return challenge(f'Digest realm="pyacs",nonce="{nonce}",opaque="{opaque}",algorithm="MD5",qop="auth"')
        if scheme == "basic":
            assert b64decode(authorization.removeprefix("Basic ")).decode() == "fleet:secret"
            return None
        given = {key: value.strip('"') for key, value in re.findall(r'(\w+)=("[^"]*"|[^\s,]+)', authorization)}
        ha1, ha2 = md5("fleet:pyacs:secret"), md5(f"POST:{given['uri']}")
        assert given["opaque"] == opaque
        assert given["response"] == md5(f"{ha1}:{nonce}:{given['nc']}:{given['cnonce']}:{given['qop']}:{ha2}")
        return None

    def dialect(method: str, cwmp: str, message_id: str) -> str:
        return full(method, cwmp, message_id if "InformResponse" in method else "") + "\n\n"

    async with foreign(
        requests=(setting(PeriodicInformInterval=("600", "unsignedInt")),),
        dialect=dialect,
        authenticate=authenticate,
        end=Answer(200),
        cookies=("session=eyJzbiI6IjEifQ.aSY0.x-Y_z; HttpOnly; Path=/; SameSite=Lax",),
    ) as acs:
        await visit(acs, behaviours=("cwmp-1-2",))
    assert acs.methods == ["Inform", "", "SetParameterValuesResponse"]
    assert acs.asked[0].cwmp == "urn:dslforum-org:cwmp-1-2"
    assert acs.asked[2].headers["cookie"] == "session=eyJzbiI6IjEifQ.aSY0.x-Y_z"
    assert acs.asked[2].texts("Status") == ["0"]


# Habits on the wire ---------------------------------------------------------------------------------------------------

COMPLETE = ["Inform", "", "GetParameterNamesResponse", "GetParameterValuesResponse"]


@pytest.mark.parametrize("end", [Answer(204), Answer(200), Answer(200, "\r\n")], ids=["204", "empty", "blank"])
@pytest.mark.parametrize("wire", [plain, http_1_0, kept_1_0, chunked, closing], ids=lambda wire: str(wire.__name__))
async def test_however_the_answers_are_framed(wire: Wire, end: Answer) -> None:
    if wire is chunked and end.status == 204:
        end = Answer(200)
    async with foreign(wire=wire, end=end) as acs:
        await visit(acs)
    assert acs.methods == COMPLETE


@pytest.mark.parametrize(
    ("cookies", "returned"),
    [
        ((), None),
        (("JSESSIONID=AB12; Path=/; HttpOnly",), "JSESSIONID=AB12"),
        (('a="x y"; Version=1; Path="/"; Max-Age=3600', "b=2; Expires=Wed, 25 Nov 2099 10:00:00 GMT"), "a=x y; b=2"),
        (("s=1; Domain=127.0.0.1; Path=/; Secure; SameSite=Strict",), "s=1"),
    ],
    ids=["none", "servlet", "two", "attributes"],
)
async def test_whatever_the_cookies_say(cookies: tuple[str, ...], returned: str | None) -> None:
    async with foreign(cookies=cookies) as acs:
        await visit(acs)
    assert acs.methods == COMPLETE
    assert [each.headers.get("cookie") for each in acs.asked] == [None, returned, returned, returned]


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        (('Basic realm="acs"',), "Basic"),
        (('Basic realm="acs"', 'Digest realm="acs", nonce="n", qop="auth"'), "Digest"),
        (('Digest realm="acs", nonce="n", algorithm=SHA-256, qop="auth"', 'Digest realm="acs", nonce="n"'), "Digest"),
        (('Digest realm="acs", nonce="n", qop="auth,auth-int", stale=FALSE',), "Digest"),
        (('Digest realm="acs", nonce="n", qop="auth-int"',), "Digest"),
        (('digest Realm="acs",Nonce="n",Algorithm=md5,QOP=\'auth\''.replace("'", '"'),), "Digest"),
        (('Digest realm="acs", nonce="n", qop="auth", Basic realm="acs"',), "Digest"),
    ],
    ids=["basic", "both", "sha-256-first", "two-qops", "auth-int", "case", "one-header"],
)
async def test_whatever_is_offered_to_prove_who_calls(offered: tuple[str, ...], taken: str) -> None:
    def authenticate(authorization: str, asked: Asked) -> Answer | None:
        if not authorization:
            return challenge(*offered)
        scheme, _, rest = authorization.partition(" ")
        assert scheme == taken
        if scheme == "Basic":
            assert b64decode(rest).decode() == "fleet:secret"
            return None
        given = {key: value.strip('"') for key, value in re.findall(r'(\w+)=("[^"]*"|[^\s,]+)', rest)}
        ha2 = md5(f"POST:{given['uri']}")
        if given.get("qop") == "auth-int":
            ha2 = md5(f"POST:{given['uri']}:{asked.digest}")
        middle = f"n:{given['nc']}:{given['cnonce']}:{given['qop']}" if "qop" in given else "n"
        assert given["realm"] == "acs"
        assert given["response"] == md5(f"{md5('fleet:acs:secret')}:{middle}:{ha2}")
        return None

    async with foreign(authenticate=authenticate) as acs:
        await visit(acs)
    assert acs.methods == COMPLETE


@pytest.mark.parametrize("dialect", [full, no_id, bare], ids=lambda dialect: str(dialect.__name__))
@pytest.mark.parametrize("version", ["1-0", "1-2", "1-4"])
async def test_however_the_envelopes_are_written(dialect: Dialect, version: str) -> None:
    requests = (names("", "true"), SOFTWARE, setting(PeriodicInformInterval=("900", "unsignedInt")))
    async with foreign(requests=requests, dialect=dialect) as acs:
        await visit(acs, behaviours=(f"cwmp-{version}",))
    assert acs.methods == [*COMPLETE, "SetParameterValuesResponse"]
    assert acs.asked[2].texts("Name") == ["Device."]
    assert acs.asked[3].texts("Name") == ["Device.DeviceInfo.SoftwareVersion"]
    assert acs.asked[4].texts("Status") == ["0"]
    assert [each.id for each in acs.asked[2:]] == (["", "", ""] if dialect is no_id else ["r1", "r2", "r3"])


# Requests that one ACS or another begins with -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "next_level", "some", "most_dots"),
    [
        ("", "1", "Device.", 1),
        ("", "true", "Device.", 1),
        ("", "0", "Device.DeviceInfo.SoftwareVersion", 99),
        ("Device.", "True", "Device.DeviceInfo.", 2),
        ("Device.DeviceInfo.", "0", "Device.DeviceInfo.SoftwareVersion", 99),
    ],
)
async def test_the_tree_is_listed_however_it_is_asked(path: str, next_level: str, some: str, most_dots: int) -> None:
    async with foreign(requests=(names(path, next_level),)) as acs:
        await visit(acs)
    found = acs.asked[2].texts("Name")
    assert some in found
    assert max(name.count(".") for name in found) <= most_dots
    assert len(found) == len(set(found))


async def test_methods_that_no_phone_has_are_faults_and_the_session_goes_on() -> None:
    attributes = (
        '<cwmp:SetParameterAttributes><ParameterList soap-enc:arrayType="cwmp:SetParameterAttributesStruct[1]">'
        "<SetParameterAttributesStruct><Name>Device.DeviceInfo.SoftwareVersion</Name>"
        "<NotificationChange>true</NotificationChange><Notification>2</Notification>"
        '<AccessListChange>0</AccessListChange><AccessList soap-enc:arrayType="xsd:string[0]"></AccessList>'
        "</SetParameterAttributesStruct></ParameterList></cwmp:SetParameterAttributes>"
    )
    requests = (
        "<cwmp:GetRPCMethods></cwmp:GetRPCMethods>",
        "<cwmp:X_00000C_ShowStatus><Option>1</Option></cwmp:X_00000C_ShowStatus>",
        "<cwmp:Inventory/>",
        attributes,
        values("Device.NotThere"),
        SOFTWARE,
    )
    async with foreign(requests=requests) as acs:
        await visit(acs)
    assert acs.methods[2:] == [
        "GetRPCMethodsResponse",
        "Fault",
        "Fault",
        "SetParameterAttributesResponse",
        "Fault",
        "GetParameterValuesResponse",
    ]
    assert [each.texts("FaultCode") for each in acs.asked if each.method == "Fault"] == [["9000"], ["9000"], ["9005"]]
