"""A carrier's device calls with ``X CT-COM BIND``: what it says and what it is told, word for word.

The first Inform has the form of one that was captured from a carrier's gateway (fanvil.md 11.5): names with line breaks
before them, an array count with leading zeros, a password that is empty.
"""

from acs.services import enrolment
from acs.services.sessions import Request, Response
from cwmp_schemas import cpe_rpcs, envelope
from cwmp_schemas._spyne import Struct
from cwmp_schemas.faults import Fault
from tests.conftest import World
from tests.phone import digest_answer

BEFORE = """<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="urn:dslforum-org:cwmp-1-0">
 <SOAP-ENV:Header><cwmp:ID SOAP-ENV:mustUnderstand="1">19665046</cwmp:ID></SOAP-ENV:Header><SOAP-ENV:Body>
"""
AFTER = "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
ROOT = "InternetGatewayDevice."
INFO = f"{ROOT}X_CT-COM_UserInfo."


def inform(*events: str, loid: str = "LG0000000001", password: str = "") -> bytes:
    listed = "".join(f"<EventStruct><EventCode>{code}</EventCode><CommandKey/></EventStruct>" for code in events)
    values = {
        "DeviceInfo.SoftwareVersion": "Tianyi_V1.0.1",
        "ManagementServer.ConnectionRequestURL": "http://127.0.0.1:9/",
        "WANDevice.1.WANCommonInterfaceConfig.WANAccessType": "GPON",
        "X_CT-COM_UserInfo.UserName": loid,
        "X_CT-COM_UserInfo.UserId": password,
    }
    told = "".join(
        f"<ParameterValueStruct><Name>\n      {ROOT}{name}</Name>"
        f'<Value xsi:type="xsd:string">{value}</Value></ParameterValueStruct>'
        for name, value in values.items()
    )
    return (
        f"{BEFORE}<cwmp:Inform><DeviceId><Manufacturer>SCTY</Manufacturer><OUI>40F420</OUI>"
        "<ProductClass>TEWA-1000G</ProductClass><SerialNumber>4685040F420000001</SerialNumber></DeviceId>"
        f'<Event SOAP-ENC:arrayType="cwmp:EventStruct[{len(events)}]">{listed}</Event><MaxEnvelopes>1</MaxEnvelopes>'
        "<CurrentTime>2025-04-28T20:30:20+08:00</CurrentTime><RetryCount>5</RetryCount>"
        f'<ParameterList SOAP-ENC:arrayType="cwmp:ParameterValueStruct[000{len(values)}]">{told}</ParameterList>'
        f"</cwmp:Inform>{AFTER}"
    ).encode()


class Gateway:
    """Says what it is told to say."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.connection, self.cookie = "127.0.0.1|gateway", ""

    async def post(self, body: bytes, authorization: str = "") -> Response:
        request = Request(
            connection=self.connection,
            address="127.0.0.1",
            target="/acs",
            body=body,
            content_type="text/xml" if body else "",
            authorization=authorization,
            cookie=self.cookie,
        )
        response = await self.world.sessions.handle(request)
        if response.status == 401 and not authorization:
            ctx = self.world.context
            answer = digest_answer(response.authenticate[0], ctx.cpe_username, ctx.cpe_password, "/acs")
            return await self.post(body, answer)
        if response.session_id:
            self.cookie = f"acs={response.session_id}"
        return response

    async def answer(self, message: Struct, asked: str) -> Response:
        return await self.post(envelope.write(message, cwmp_namespace="urn:dslforum-org:cwmp-1-0", id=asked))

    async def called(self, body: bytes) -> list[tuple[str, str]]:
        """A whole session in which it takes every value and refuses all else; what it was told, in order."""
        self.cookie, told = "", []
        response = await self.post(body)
        assert response.status == 200, response
        response = await self.post(b"")
        while response.status == 200:
            asked = envelope.read(response.body)
            if isinstance(asked.body, cpe_rpcs.SetParameterValues):
                told += [(item.Name, item.Value.text) for item in asked.body.ParameterList]
                response = await self.answer(cpe_rpcs.SetParameterValuesResponse(Status=0), asked.id or "")
            else:
                response = await self.answer(Fault(FaultCode=9000), asked.id or "")
        assert response.status == 204
        return [(name.removeprefix(INFO), value) for name, value in told if name.startswith(INFO)]


async def order(world: World, **body: str) -> None:
    await world.database.write(lambda uow: enrolment.create_logical_id(uow, world.context, body))


async def test_a_loid_that_is_known(world: World) -> None:
    await order(world, logical_id="LG0000000001", service_name="VOIP")
    told = await Gateway(world).called(inform("0 BOOTSTRAP", "1 BOOT", "X CT-COM BIND"))
    assert told[:4] == [("Status", "0"), ("Result", "0"), ("ServiceName", "VOIP"), ("ServiceNum", "1")]


async def test_a_loid_that_nobody_knows_then_one_that_has_a_password_then_the_right_one(world: World) -> None:
    gateway = Gateway(world)
    bind = ("1 BOOT", "X CT-COM  BIND")
    assert await gateway.called(inform("0 BOOTSTRAP", *bind)) == [("Status", "2")]
    await order(world, logical_id="LG0000000001", password="7781")
    assert await gateway.called(inform("0 BOOTSTRAP", *bind)) == [("Status", "1")]
    assert await gateway.called(inform("0 BOOTSTRAP", *bind, password="7782")) == [("Status", "3")]
    assert (await gateway.called(inform("0 BOOTSTRAP", *bind, password="7781")))[0] == ("Status", "0")
