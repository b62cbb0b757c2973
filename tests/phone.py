"""A small phone for tests: talks to ``Sessions`` without a network, keeps a parameter tree, obeys or lies as told."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from acs.services.sessions import Request, Response, Sessions
from cwmp_schemas import acs_rpcs, cpe_rpcs, envelope
from cwmp_schemas._spyne import Struct
from cwmp_schemas.faults import Fault, FaultStruct
from cwmp_schemas.structs import (
    DeviceIdStruct,
    EventStruct,
    ParameterAttributeStruct,
    ParameterInfoStruct,
    ParameterValueStruct,
    TypedValue,
)

NAMESPACE = "urn:dslforum-org:cwmp-1-0"
UNKNOWN_TIME = "0001-01-01T00:00:00Z"
_connections = itertools.count(1)


def tree(root: str = "InternetGatewayDevice.", **more: str) -> dict[str, str]:
    """A small tree with what every phone has."""
    return {
        f"{root}DeviceInfo.SoftwareVersion": "2.12.1",
        f"{root}DeviceInfo.HardwareVersion": "1.0",
        f"{root}DeviceInfo.VendorConfigFile.1.Version": "2.0000",
        f"{root}ManagementServer.ParameterKey": "",
        f"{root}ManagementServer.ConnectionRequestURL": "http://127.0.0.1:9/cr",
        f"{root}ManagementServer.Username": "",
        f"{root}ManagementServer.Password": "",
        f"{root}ManagementServer.ConnectionRequestUsername": "",
        f"{root}ManagementServer.ConnectionRequestPassword": "",
        f"{root}Time.NTPServer1": "",
        f"{root}Services.VoiceService.1.VoiceProfile.1.Line.1.DirectoryNumber": "",
        f"{root}Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthUserName": "",
        **{root + name: value for name, value in more.items()},
    }


@dataclass
class TestPhone:
    """One phone. ``handlers`` overrides the answer to an RPC by its name."""

    __test__ = False

    sessions: Sessions
    serial: str = "00100400FV02001000000c383e000001"
    oui: str = "0C383E"
    product_class: str = "X4"
    address: str = "127.0.0.1"
    username: str = ""
    password: str = ""
    parameters: dict[str, str] = field(default_factory=tree)
    handlers: dict[str, Callable[[Any], Struct]] = field(default_factory=dict)
    keeps_cookies: bool = True
    namespace: str = NAMESPACE
    asked: list[Struct] = field(default_factory=list)
    """Every request that the server sent, in order."""
    cookie: str = ""
    connection: str = ""

    def post(self, message: Struct | None, id: str = "1") -> Request:
        """Build a POST."""
        body = b"" if message is None else envelope.write(message, cwmp_namespace=self.namespace, id=id)
        return Request(
            connection=self.connection,
            address=self.address,
            target="/acs",
            body=body,
            content_type="text/xml" if body else "",
            cookie=self.cookie,
        )

    async def send(self, message: Struct | None, id: str = "1") -> Response:
        """POST, with Digest when asked for it."""
        request = self.post(message, id)
        response = await self.sessions.handle(request)
        if response.status == 401 and self.username:
            authorization = digest_answer(response.authenticate[0], self.username, self.password, "/acs")
            response = await self.sessions.handle(_with(request, authorization=authorization))
        if response.session_id and self.keeps_cookies:
            self.cookie = f"acs={response.session_id}"
        return response

    def inform(self, *events: str | tuple[str, str]) -> acs_rpcs.Inform:
        """Build an Inform with these events."""
        root = next(iter(self.parameters)).split(".")[0] + "."
        names = [
            "DeviceInfo.SoftwareVersion",
            "DeviceInfo.HardwareVersion",
            "ManagementServer.ParameterKey",
            "ManagementServer.ConnectionRequestURL",
        ]
        pairs = [(event, "") if isinstance(event, str) else event for event in events]
        return acs_rpcs.Inform(
            DeviceId=DeviceIdStruct(
                Manufacturer="Fanvil", OUI=self.oui, ProductClass=self.product_class, SerialNumber=self.serial
            ),
            Event=tuple(EventStruct(EventCode=code, CommandKey=key) for code, key in pairs),
            MaxEnvelopes=1,
            CurrentTime="2026-01-01T00:00:00Z",
            RetryCount=0,
            ParameterList=tuple(
                ParameterValueStruct(Name=root + name, Value=TypedValue(self.parameters[root + name]))
                for name in names
                if root + name in self.parameters
            ),
        )

    async def call(self, *events: str | tuple[str, str], requests: tuple[Struct, ...] = ()) -> list[Struct]:
        """Run a whole session; give what the server asked in it."""
        self.connection = f"{self.address}|{next(_connections)}"
        self.cookie = ""
        first = len(self.asked)
        response = await self.send(self.inform(*(events or ("2 PERIODIC",))))
        assert response.status == 200, (response.status, response.reason)
        for request in requests:
            response = await self.send(request)
            assert response.status == 200, response
        response = await self.send(None)
        for _ in range(500):
            if response.status != 200:
                break
            response = await self.answer(response)
        assert response.status == 204, response
        return self.asked[first:]

    async def answer(self, response: Response) -> Response:
        """Answer the request in a response."""
        asked = envelope.read(response.body)
        assert asked.body is not None
        self.asked.append(asked.body)
        answer = self.reply(asked.body)
        return await self.send(answer, asked.id or "")

    def reply(self, message: Struct) -> Struct:
        """Give the answer to an RPC."""
        name = type(message).__name__
        if name in self.handlers:
            return self.handlers[name](message)
        match message:
            case cpe_rpcs.GetRPCMethods():
                return cpe_rpcs.GetRPCMethodsResponse(MethodList=("GetRPCMethods", "Download", "Reboot"))
            case cpe_rpcs.GetParameterNames():
                return cpe_rpcs.GetParameterNamesResponse(
                    ParameterList=tuple(ParameterInfoStruct(Name=n, Writable=True) for n in self.parameters)
                )
            case cpe_rpcs.GetParameterValues():
                missing = [n for n in message.ParameterNames if n not in self.parameters]
                if missing:
                    return Fault(FaultCode=9005, FaultString="Invalid parameter name")
                return cpe_rpcs.GetParameterValuesResponse(
                    ParameterList=tuple(
                        ParameterValueStruct(
                            Name=n, Value=TypedValue("" if n.endswith("Password") else self.parameters[n])
                        )
                        for n in message.ParameterNames
                    )
                )
            case cpe_rpcs.SetParameterValues():
                for item in message.ParameterList:
                    self.parameters[item.Name] = item.Value.text
                return cpe_rpcs.SetParameterValuesResponse(Status=0)
            case cpe_rpcs.Download():
                return cpe_rpcs.DownloadResponse(Status=1, StartTime=UNKNOWN_TIME, CompleteTime=UNKNOWN_TIME)
            case cpe_rpcs.Reboot():
                return cpe_rpcs.RebootResponse()
            case cpe_rpcs.FactoryReset():
                return cpe_rpcs.FactoryResetResponse()
            case cpe_rpcs.AddObject():
                return cpe_rpcs.AddObjectResponse(InstanceNumber=2, Status=0)
            case cpe_rpcs.DeleteObject():
                return cpe_rpcs.DeleteObjectResponse(Status=0)
            case cpe_rpcs.GetParameterAttributes():
                return cpe_rpcs.GetParameterAttributesResponse(
                    ParameterList=tuple(
                        ParameterAttributeStruct(Name=n, Notification=0, AccessList=()) for n in message.ParameterNames
                    )
                )
            case cpe_rpcs.SetParameterAttributes():
                return cpe_rpcs.SetParameterAttributesResponse()
            case _:
                return Fault(FaultCode=9000, FaultString="Method not supported")

    def adopt_credentials(self) -> None:
        """Use the credentials that the server has set."""
        root = next(iter(self.parameters)).split(".")[0] + "."
        self.username = self.parameters[f"{root}ManagementServer.Username"]
        self.password = self.parameters[f"{root}ManagementServer.Password"]


def transfer_complete(command_key: str, code: int = 0, text: str = "") -> acs_rpcs.TransferComplete:
    """Build a TransferComplete."""
    return acs_rpcs.TransferComplete(
        CommandKey=command_key,
        FaultStruct=FaultStruct(FaultCode=code, FaultString=text),
        StartTime="2026-01-01T00:00:00Z",
        CompleteTime="2026-01-01T00:00:09Z",
    )


def digest_answer(challenge: str, username: str, password: str, uri: str) -> str:
    """Answer a Digest challenge (RFC 7616), written without looking at the server's code."""
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    ha1, ha2 = md5(f"{username}:{given['realm']}:{password}"), md5(f"POST:{uri}")
    response = md5(f"{ha1}:{given['nonce']}:00000001:abcdef:auth:{ha2}")
    return (
        f'Digest username="{username}", realm="{given["realm"]}", nonce="{given["nonce"]}", uri="{uri}", '
        f'response="{response}", qop=auth, nc=00000001, cnonce="abcdef", algorithm=MD5'
    )


def _with(request: Request, *, authorization: str) -> Request:
    return Request(
        connection=request.connection,
        address=request.address,
        target=request.target,
        body=request.body,
        content_type=request.content_type,
        authorization=authorization,
        cookie=request.cookie,
    )
