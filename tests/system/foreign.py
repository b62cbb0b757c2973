"""ACSs of other makers, as a phone sees them: what goes over the wire, modelled on how their programs answer.

Each ``Maker`` is data: cookie, challenge, framing, the frame of an envelope. Requests are written by hand as such
programs write them, with what they leave out and what they get wrong. Nothing here uses our own writers or readers of
messages, so that the simulated phones are not checked by themselves.
"""

import asyncio
import contextlib
import hashlib
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import h11

USER, PASSWORD = "fleet", "secret"


@dataclass(frozen=True)
class Maker:
    """One maker's ways."""

    name: str
    opening: str
    """From the XML declaration to the Header; ``{ns}`` is the CWMP namespace."""
    header: str
    """Of an answer; ``{id}`` is the phone's."""
    closing: str
    namespace: str = ""
    """Always this one; empty: the phone's own."""
    request_header: str = ""
    """Of a request; ``{id}`` is the ACS's. Empty: as ``header``."""
    challenges: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    chunked: bool = False
    end: int = 204
    close_at_end: bool = True
    redirect_to: str = ""
    """The path that the first POST is sent on to, with 302."""


_NONCE = b64encode(b"1719000000000:5d41402abc4b2a76b9719d911017c592").decode()

GENIE = Maker(
    "genieacs",
    opening='<?xml version="1.0" encoding="UTF-8"?>\n<soap-env:Envelope'
    ' xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/"'
    ' xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="{ns}"><soap-env:Header>',
    header='<cwmp:ID soap-env:mustUnderstand="1">{id}</cwmp:ID></soap-env:Header><soap-env:Body>',
    closing="</soap-env:Body></soap-env:Envelope>",
    challenges=(f'Digest realm="GenieACS",qop="auth,auth-int",nonce="{_NONCE[:32]}",opaque="0123456789abcdef"',),
    cookies=("session=0e2a4bd1c9f0a3b1; Path=/",),
    headers=(("Server", "GenieACS/1.2"), ("SOAPServer", "GenieACS/1.2"), ("Content-Type", 'text/xml; charset="utf-8"')),
)
FREE = Maker(
    "freeacs",
    opening='<?xml version="1.0" encoding="UTF-8"?>\r\n<soapenv:Envelope'
    ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:cwmp="{ns}">\r\n<soapenv:Header>\r\n',
    header='<cwmp:ID soapenv:mustUnderstand="1">{id}</cwmp:ID>\r\n'
    '<cwmp:HoldRequests soapenv:mustUnderstand="1">0</cwmp:HoldRequests>\r\n'
    '<cwmp:NoMoreRequests soapenv:mustUnderstand="1">0</cwmp:NoMoreRequests>\r\n'
    "</soapenv:Header>\r\n<soapenv:Body>\r\n",
    closing="\r\n</soapenv:Body>\r\n</soapenv:Envelope>",
    namespace="urn:dslforum-org:cwmp-1-0",
    challenges=(
        f'Digest realm="FreeACS", qop="auth", nonce="{_NONCE}"',
        'Basic realm="FreeACS"',
    ),
    cookies=("JSESSIONID=3A7B0E5C1F; Path=/tr069; HttpOnly", "lb=node2; Path=/; Max-Age=600"),
    headers=(("SOAPAction", ""), ("Content-Type", "text/xml;charset=UTF-8"), ("X-Frame-Options", "DENY")),
    chunked=True,
    end=200,
    close_at_end=False,
)
OKTOPUS = Maker(
    "oktopus",
    opening='<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope'
    ' xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:cwmp="{ns}" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:schemaLocation="urn:dslforum-org:cwmp-1-0 ..\\schemas\\wt121.xsd"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n  <soap:Header>',
    header='<cwmp:ID soap:mustUnderstand="1">{id}</cwmp:ID></soap:Header>\n'
    '  <soap:Body soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">\n    ',
    request_header='</soap:Header>\n  <soap:Body soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">\n    ',
    closing="\n  </soap:Body>\n</soap:Envelope>",
    namespace="urn:dslforum-org:cwmp-1-0",
    cookies=("oktopus=00100400FV02; Expires=Thu, 26 Nov 2037 22:00:00 GMT",),
    headers=(("Server", "Oktopus v0.0.1"), ("Content-Type", "text/xml; charset=utf-8")),
)
CARRIER = Maker(
    "carrier",
    opening="<SOAP-ENV:Envelope xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'"
    " xmlns:SOAP-ENC='http://schemas.xmlsoap.org/soap/encoding/' xmlns:xsd='http://www.w3.org/2001/XMLSchema'"
    " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:cwmp='{ns}'><SOAP-ENV:Header>",
    header="<cwmp:ID SOAP-ENV:mustUnderstand='1'>{id}</cwmp:ID>"
    "<cwmp:HoldRequests SOAP-ENV:mustUnderstand='1'>false</cwmp:HoldRequests></SOAP-ENV:Header><SOAP-ENV:Body>",
    closing="</SOAP-ENV:Body></SOAP-ENV:Envelope>\n\0",
    challenges=('Basic realm="ems", Digest realm="ems", nonce="5f5e100", algorithm=MD5-sess, qop="auth-int,auth"',),
    cookies=('SESSIONID="a1b2c3"; Version="1"; Path="/"',),
    headers=(("Content-Type", "application/soap+xml"),),
    redirect_to="/ACS-server/ACS/node7",
    close_at_end=False,
)
MAKERS = (GENIE, FREE, OKTOPUS, CARRIER)


@dataclass
class Seen:
    """One POST of a phone."""

    target: str
    headers: dict[str, str]
    body: str
    connection: int

    @property
    def method(self) -> str:
        """What it says; empty for the empty POST."""
        found = re.search(r"Body>\s*<(?:[\w-]+:)?(\w+)", self.body)
        return found[1] if found else ""

    def text(self, element: str) -> list[str]:
        """The text of every such element."""
        return re.findall(rf"<(?:[\w-]+:)?{element}(?:\s[^>]*)?>([^<]*)<", self.body)


@dataclass
class ForeignAcs:
    """A server that asks one list of requests, in one session or the next."""

    maker: Maker
    requests: list[str]
    files: dict[str, bytes] = field(default_factory=dict)
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    challenged: int = 0
    ended: int = 0
    connections: int = 0
    namespace: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        http = h11.Connection(h11.SERVER)
        self.connections += 1
        number = self.connections
        try:
            while True:
                request, body = await _request(http, reader)
                headers = {name.decode(): value.decode() for name, value in request.headers}
                status, extra, data = self.answer(
                    request.method.decode(), Seen(request.target.decode(), headers, body.decode(), number), body
                )
                if self.maker.chunked and data:
                    extra = [*extra, ("Transfer-Encoding", "chunked")]
                elif status != 204:
                    extra = [*extra, ("Content-Length", str(len(data)))]
                out = http.send(h11.Response(status_code=status, headers=extra)) or b""
                for start in range(0, len(data), 700):
                    out += http.send(h11.Data(data=data[start : start + 700])) or b""
                writer.write(out + (http.send(h11.EndOfMessage()) or b""))
                await writer.drain()
                if http.our_state is h11.MUST_CLOSE:
                    return
                http.start_next_cycle()
        except (ConnectionError, h11.ProtocolError, EOFError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def answer(self, verb: str, seen: Seen, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and body."""
        if verb == "GET":
            return (200, [], self.files[seen.target]) if seen.target in self.files else (404, [], b"")
        maker = self.maker
        if maker.redirect_to and seen.target != maker.redirect_to:
            return 302, [("Location", maker.redirect_to)], b""
        if maker.challenges and not self.proves(seen, body):
            self.challenged += 1
            return 401, [("WWW-Authenticate", each) for each in maker.challenges], b"<html>Unauthorized</html>"
        self.seen.append(seen)
        if seen.method == "Inform":
            self.namespace = maker.namespace or re.findall(r'xmlns:cwmp="([^"]+)"', seen.body)[0]
            cookies = [("Set-Cookie", each) for each in maker.cookies]
            return self.says(
                "<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>", seen, extra=cookies
            )
        assert all(each.partition("=")[0] in seen.headers.get("cookie", "") for each in maker.cookies), seen.headers
        if seen.method in ("TransferComplete", "DUStateChangeComplete"):
            return self.says(f"<cwmp:{seen.method}Response></cwmp:{seen.method}Response>", seen)
        if self.requests:
            return self.says(self.requests.pop(0), None)
        self.ended += 1
        return maker.end, [("Connection", "close")] if maker.close_at_end else [], b""

    def says(
        self, message: str, to: Seen | None, *, extra: Sequence[tuple[str, str]] = ()
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """An envelope: an answer to a phone's message, or a request."""
        maker = self.maker
        if to is not None:
            head = maker.header.replace("{id}", next(iter(to.text("ID")), ""))
        else:
            head = (maker.request_header or maker.header).replace("{id}", f"acs{len(self.seen)}")
        text = maker.opening.replace("{ns}", self.namespace) + head + message + maker.closing
        return 200, [*maker.headers, *extra], text.encode()

    def proves(self, seen: Seen, body: bytes) -> bool:
        """RFC 7616 written out once more."""
        scheme, _, rest = seen.headers.get("authorization", "").partition(" ")
        if scheme != "Digest":
            return False
        given = {name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', rest)}
        asked = next(each for each in self.maker.challenges if "Digest" in each)
        realm, nonce = re.findall(r'realm="([^"]*)", *(?:qop="[^"]*", *)?nonce="([^"]*)"', asked)[-1]
        ha1 = _md5(f"{USER}:{realm}:{PASSWORD}")
        if "MD5-sess" in asked:
            ha1 = _md5(f"{ha1}:{nonce}:{given['cnonce']}")
        a2 = f"POST:{seen.target}"
        if given["qop"] == "auth-int":
            a2 += ":" + hashlib.md5(body).hexdigest()
        middle = f"{nonce}:{given['nc']}:{given['cnonce']}:{given['qop']}"
        return (given["response"], given["uri"]) == (_md5(f"{ha1}:{middle}:{_md5(a2)}"), seen.target)


@contextlib.asynccontextmanager
async def foreign_acs(maker: Maker, requests: Sequence[str]) -> AsyncIterator[ForeignAcs]:
    """A server of that maker on loopback. ``{url}`` in a request becomes its own address."""
    acs = ForeignAcs(maker, [])
    server = await asyncio.start_server(acs.serve, "127.0.0.1", 0)
    acs.port = server.sockets[0].getsockname()[1]
    acs.requests = [each.replace("{url}", f"http://127.0.0.1:{acs.port}") for each in requests]
    try:
        yield acs
    finally:
        server.close()


async def _request(http: h11.Connection, reader: asyncio.StreamReader) -> tuple[h11.Request, bytes]:
    request, body = None, b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert request is not None
            return request, body
        else:
            raise EOFError


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
