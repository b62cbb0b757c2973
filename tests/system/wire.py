"""HTTP, Digest and SOAP as an independent CPE reads them: TR-069 and RFC 7616, nothing of the server's.

Every answer of the server is held to the profile that deployed CPE stacks need, and kept, so that a test can hold it
against the official schemas afterwards.
"""

import hashlib
import http.client
import re
import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ENC = "http://schemas.xmlsoap.org/soap/encoding/"
TIMEOUT = 20.0


@dataclass(frozen=True)
class Exchange:
    """One answer of the server."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    namespace: str

    def header(self, name: str) -> str | None:
        """The only value of a header."""
        found = [value for key, value in self.headers if key.lower() == name]
        assert len(found) <= 1, (name, found)
        return found[0] if found else None

    def check(self, profile: str = "digest") -> None:
        """Hold what deployed CPE stacks demand (status, length, cookie, challenge, first byte)."""
        assert self.status in (200, 204, 400, 401, 503), self.status
        assert self.header("transfer-encoding") is None
        if self.status == 204:
            assert self.body == b""
        else:
            assert self.header("content-length") == str(len(self.body))
        if self.status == 200:
            assert self.body, "200 with an empty body"
            assert self.header("content-type") == "text/xml; charset=utf-8"
            assert self.body[:1] == b"<"
            assert b"<!--" not in self.body
            assert b"CDATA" not in self.body
        cookie = self.header("set-cookie")
        if cookie is not None:
            name, _, value = cookie.split(";", 1)[0].partition("=")
            assert 0 < len(name) <= 16
            assert 0 < len(value) <= 48
        challenges = [value for key, value in self.headers if key.lower() == "www-authenticate"]
        assert bool(challenges) == (self.status == 401)
        if challenges and profile == "digest":
            assert challenges[0].startswith("Digest ")
            assert len(challenges[0]) < 500
            assert len(fields(challenges[0])["nonce"]) <= 32


def fields(challenge: str) -> dict[str, str]:
    """The parameters of a challenge."""
    pairs = re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', challenge.partition(" ")[2])
    return {name.lower(): quoted or bare for name, quoted, bare in pairs}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def digest(challenge: dict[str, str], user: str, password: str, uri: str, count: int) -> str:
    """The Authorization header of a POST (RFC 7616 with qop=auth, RFC 2069 without)."""
    ha1 = _md5(f"{user}:{challenge['realm']}:{password}")
    ha2 = _md5(f"POST:{uri}")
    nonce = challenge["nonce"]
    told = f'Digest username="{user}", realm="{challenge["realm"]}", nonce="{nonce}", uri="{uri}"'
    if "qop" in challenge:
        assert "auth" in challenge["qop"].split(",")
        cnonce, nc = "0a4f113b", f"{count:08x}"
        response = _md5(f"{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}")
        told += f', response="{response}", qop=auth, nc={nc}, cnonce="{cnonce}"'
    else:
        told += f', response="{_md5(f"{ha1}:{nonce}:{ha2}")}"'
    return told + (f', opaque="{challenge["opaque"]}"' if "opaque" in challenge else "") + ", algorithm=MD5"


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


class LostError(Exception):
    """The server went away before it answered."""


@dataclass
class Wire:
    """How one CPE talks HTTP to one ACS."""

    port: int
    record: list[Exchange]
    user: str = ""
    password: str = ""
    auth: str = "digest"
    """``digest``, ``basic``, or empty for none at all."""
    preemptive: bool = True
    """Repeats Authorization with the last nonce in every request, not only where it is challenged."""
    cookies: bool = True
    keep_alive: bool = True
    address: str = "127.0.0.1"
    profile: str = "digest"
    """What the server is set to."""
    tls: ssl.SSLContext | None = None
    uri: str = "/acs"
    challenge: dict[str, str] = field(default_factory=dict)
    count: int = 0
    jar: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def post(self, body: bytes, namespace: str) -> Exchange:
        """Send one message and give the answer; answers one challenge.

        Raises:
            LostError: the connection broke.
        """
        answer = self._once(body, namespace, self._authorization() if self.preemptive else None)
        if answer.status == 401 and self.auth:
            told = next((value for key, value in answer.headers if key.lower() == "www-authenticate"), "")
            self.challenge = fields(told) if told.startswith("Digest") else {}
            self.count = 0
            answer = self._once(body, namespace, self._authorization())
        return answer

    def _authorization(self) -> str | None:
        if self.auth == "basic":
            return basic(self.user, self.password)
        if self.auth == "digest" and self.challenge:
            self.count += 1
            return digest(self.challenge, self.user, self.password, self.uri, self.count)
        return None

    def _once(self, body: bytes, namespace: str, authorization: str | None) -> Exchange:
        headers = {"Host": f"127.0.0.1:{self.port}", "User-Agent": "judge"}
        if body:
            headers |= {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": ""}
        if authorization:
            headers["Authorization"] = authorization
        if self.cookies and self.jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        try:
            if self._connection is None:
                where: dict[str, Any] = {"timeout": TIMEOUT, "source_address": (self.address, 0)}
                self._connection = (
                    http.client.HTTPConnection("127.0.0.1", self.port, **where)
                    if self.tls is None
                    else http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls, **where)
                )
            self._connection.request("POST", self.uri, body, headers)
            response = self._connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            raise LostError(str(error)) from error
        answer = Exchange(response.status, tuple(response.getheaders()), raw, namespace)
        if not self.keep_alive or response.will_close:
            self.hang_up()
        self.record.append(answer)
        answer.check(self.profile)
        for key, value in answer.headers:
            if key.lower() == "set-cookie":
                name, _, content = value.split(";", 1)[0].partition("=")
                self.jar[name.strip()] = content.strip()
        return answer

    def hang_up(self) -> None:
        """Close the TCP connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def new_session(self) -> None:
        """Cookies do not outlive a session."""
        self.jar.clear()
        self.hang_up()


def fetch(url: str) -> tuple[int, dict[str, str], bytes]:
    """GET a file."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.request("GET", parts.path, headers={"User-Agent": "judge"})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise LostError(str(error)) from error
    finally:
        connection.close()


def send_file(url: str, data: bytes, method: str = "PUT") -> int:
    """Upload a file."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.request(method, parts.path, data, {"Content-Type": "application/octet-stream"})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


# SOAP -----------------------------------------------------------------------------------------------------------------


def local(element: etree._Element) -> str:
    """The name of an element, whatever its prefix."""
    return etree.QName(element).localname


@dataclass(frozen=True)
class Message:
    """What the server asked or answered."""

    method: str
    id: str
    body: etree._Element
    namespace: str

    def text(self, name: str) -> str:
        """The text of the only descendant of this name."""
        found = self.all(name)
        assert len(found) == 1, (self.method, name, len(found))
        return found[0].text or ""

    def all(self, name: str) -> list[etree._Element]:
        return [each for each in self.body.iter(etree.Element) if local(each) == name]

    def texts(self, name: str) -> list[str]:
        return [each.text or "" for each in self.all(name)]

    def names(self) -> list[str]:
        """The direct children's names, in order."""
        return [local(each) for each in self.body]


def parse(data: bytes) -> Message:
    """Read an envelope, and hold what every CPE stack needs of it."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    assert etree.QName(root).namespace == SOAP
    assert root.prefix, "a default namespace on the Envelope"
    header, body = list(root)
    assert (local(header), local(body)) == ("Header", "Body")
    (call,) = list(body)
    ids = [each for each in header if local(each) == "ID"]
    assert len(ids) == 1
    assert ids[0].get(f"{{{SOAP}}}mustUnderstand") == "1"
    for child in call.iter(etree.Element):
        if child is not call and local(call) != "Fault":
            assert etree.QName(child).namespace is None, f"qualified {child.tag!r}"
    return Message(local(call), ids[0].text or "", call, etree.QName(call).namespace or "")


def tag(name: str, text: object) -> str:
    return f"<{name}>{escape(str(text))}</{name}>"


@dataclass(frozen=True)
class Dialect:
    """How a CPE spells its envelopes."""

    soap: str = "soap"
    cwmp: str = "cwmp"
    declaration: str = '<?xml version="1.0" encoding="UTF-8"?>\n'
    default_namespace: bool = False
    """SOAP as default namespace, children therefore qualified by accident, as some old stacks do."""

    def envelope(self, namespace: str, id: str, name: str, inner: str) -> bytes:
        """Write an envelope."""
        s = "" if self.default_namespace else f"{self.soap}:"
        declared = f'xmlns="{SOAP}"' if self.default_namespace else f'xmlns:{self.soap}="{SOAP}"'
        must = f'soapx:mustUnderstand="1" xmlns:soapx="{SOAP}"'
        header = f"<{s}Header><{self.cwmp}:ID {must}>{escape(id)}</{self.cwmp}:ID></{s}Header>" if id else ""
        text = (
            f'{self.declaration}<{s}Envelope {declared} xmlns:enc="{ENC}"'
            ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            f' xmlns:{self.cwmp}="{namespace}">{header}<{s}Body>'
        )
        if name == "Fault":
            s = s or "soapx:"
            code = "<faultcode>Client</faultcode><faultstring>CWMP fault</faultstring>"
            detail = f"<detail><{self.cwmp}:Fault>{inner}</{self.cwmp}:Fault></detail>"
            text += f'<{s}Fault xmlns:soapx="{SOAP}">{code}{detail}</{s}Fault>'
        else:
            text += f"<{self.cwmp}:{name}>{inner}</{self.cwmp}:{name}>"
        s = "" if self.default_namespace else f"{self.soap}:"
        text += f"</{s}Body></{s}Envelope>"
        return text.encode()
