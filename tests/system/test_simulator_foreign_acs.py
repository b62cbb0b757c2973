"""Simulated phones against ACSs that answer as those of other makers do: every session comes to its end."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from acs.simulator.fleet import Fleet, FleetOptions
from tests.system.foreign import CARRIER, FREE, GENIE, MAKERS, OKTOPUS, PASSWORD, USER, ForeignAcs, Maker, foreign_acs

CONFIG = (
    "<<VOIP CONFIG FILE>>Version:2.0005".ljust(62)
    + "\r\n\r\n<GLOBAL CONFIG MODULE>\r\nSNTP Server        :ntp.test\r\n"
    "\r\n<SIP CONFIG MODULE>\r\n--SIP Line List--  :\r\nSIP1 Phone Number  :1001\r\n\r\n<<END OF FILE>>\r\n"
).encode()

NAMES = (
    "<cwmp:GetParameterNames><ParameterPath>{path}</ParameterPath>"
    "<NextLevel>{next}</NextLevel></cwmp:GetParameterNames>"
)
SERVER = "Device.ManagementServer."


def values(*names: str, array: str = ' soap-enc:arrayType="xsd:string[{n}]"') -> str:
    listed = "".join(f"<string>{name}</string>" for name in names)
    count = array.replace("{n}", str(len(names)))
    return f"<cwmp:GetParameterValues><ParameterNames{count}>{listed}</ParameterNames></cwmp:GetParameterValues>"


def download(url: str, **more: str) -> str:
    fields = {"CommandKey": "k1", "FileType": "3 Vendor Configuration File", "URL": url, **more}
    return "<cwmp:Download>" + "".join(f"<{name}>{text}</{name}>" for name, text in fields.items()) + "</cwmp:Download>"


WORK: dict[Maker, list[str]] = {
    GENIE: [
        NAMES.format(path="", next="true"),
        NAMES.format(path="Device.DeviceInfo.", next="1"),
        values(f"{SERVER}PeriodicInformInterval", f"{SERVER}PeriodicInformEnable"),
        '<cwmp:SetParameterValues><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[2]">'
        f"<ParameterValueStruct><Name>{SERVER}PeriodicInformInterval</Name>"
        '<Value xsi:type="xsd:unsignedInt">1800</Value></ParameterValueStruct>'
        f"<ParameterValueStruct><Name>{SERVER}PeriodicInformEnable</Name>"
        '<Value xsi:type="xsd:boolean">true</Value></ParameterValueStruct>'
        "</ParameterList><ParameterKey></ParameterKey></cwmp:SetParameterValues>",
        download(
            "{url}/a.cfg",
            Username="",
            Password="",
            FileSize="0",
            TargetFileName="",
            DelaySeconds="0",
            SuccessURL="",
            FailureURL="",
        ),
    ],
    FREE: [
        "<cwmp:GetRPCMethods/>",
        values("Device.", array=' soapenc:arrayType="xsd:string[1]" xsi:type="soapenc:Array"'),
        values("Device.Nothing.Here", array=' soapenc:arrayType="xsd:string[0001]"'),
        '<cwmp:SetParameterValues><ParameterList xsi:type="soapenc:Array"'
        ' soapenc:arrayType="cwmp:ParameterValueStruct[1]">\r\n'
        f"<ParameterValueStruct>\r\n<Name>{SERVER}PeriodicInformInterval</Name>\r\n"
        '<Value xsi:type="xsd:unsignedInt">1800</Value>\r\n</ParameterValueStruct>\r\n</ParameterList>'
        "</cwmp:SetParameterValues>",
        '<cwmp:SetParameterAttributes><ParameterList soapenc:arrayType="cwmp:SetParameterAttributesStruct[1]">'
        f"<SetParameterAttributesStruct><Name>{SERVER}PeriodicInformInterval</Name><NotificationChange>true"
        "</NotificationChange><Notification>2</Notification><AccessListChange>0</AccessListChange>"
        "<AccessList></AccessList></SetParameterAttributesStruct></ParameterList></cwmp:SetParameterAttributes>",
        download("{url}/a.cfg"),
    ],
    OKTOPUS: [
        values(f"{SERVER}URL", array=""),
        NAMES.format(path="Device.", next="0"),
        '<cwmp:SetParameterValues>\n<ParameterList soapenc:arrayType="cwmp:ParameterValueStruct[\x01]">'
        f"<ParameterValueStruct>\n<Name>{SERVER}PeriodicInformInterval</Name>\n<Value>1800</Value>\n"
        "</ParameterValueStruct></ParameterList>\n<ParameterKey>LC1309aa</ParameterKey></cwmp:SetParameterValues>",
        "<cwmp:CancelTransfer><CommandKey></CommandKey></cwmp:CancelTransfer>",
        download("{url}/a.cfg", FileSize="x", DelaySeconds=""),
        "<cwmp:ChangeDUState><Operations></Operations><CommandKey></CommandKey></cwmp:ChangeDUState>",
    ],
    CARRIER: [
        "<cwmp:GetRPCMethods></cwmp:GetRPCMethods>",
        "<cwmp:ScheduleInform><DelaySeconds>5</DelaySeconds><CommandKey>later</CommandKey></cwmp:ScheduleInform>",
        "<cwmp:GetParameterAttributes><ParameterNames SOAP-ENC:arrayType='xsd:string[1]'>"
        f"<string>{SERVER}URL</string></ParameterNames></cwmp:GetParameterAttributes>",
        "<cwmp:SetParameterValues><ParameterList SOAP-ENC:arrayType='cwmp:ParameterValueStruct[1]'>"
        f"<ParameterValueStruct><Name>{SERVER}PeriodicInformInterval</Name>"
        "<Value xsi:type='xsd:unsignedInt'>1800</Value></ParameterValueStruct></ParameterList>"
        "<ParameterKey>1</ParameterKey></cwmp:SetParameterValues>",
        "<cwmp:X_CT-COM_Diagnose><Level>1</Level></cwmp:X_CT-COM_Diagnose>",
        download("{url}/a.cfg", FileSize="0", DelaySeconds="0"),
        "<cwmp:Reboot><CommandKey>r1</CommandKey></cwmp:Reboot>",
    ],
}


async def until(look: Callable[[], Any], seconds: float = 15.0) -> None:
    async with asyncio.timeout(seconds):
        while not look():  # noqa: ASYNC110 - the test looks on from outside
            await asyncio.sleep(0.01)


async def live(acs: ForeignAcs, *behaviours: str, event: str = "7 TRANSFER COMPLETE") -> Fleet:
    """A phone until it was asked everything, has reported, and rests; ``event``: one that must have come by then."""
    acs.files["/a.cfg"] = CONFIG
    fleet = Fleet(
        FleetOptions(
            f"http://127.0.0.1:{acs.port}/tr069/prov",
            username=USER,
            password=PASSWORD,
            behaviours=behaviours,
            connection_requests=False,
            boot_seconds=0.01,
            speed=50.0,
        )
    )
    await fleet.start()
    try:
        await until(lambda: not acs.requests and any(seen.method == "TransferComplete" for seen in acs.seen))
        await until(lambda: any(event in seen.text("EventCode") for seen in acs.seen))
        await until(lambda: fleet.settled)
    finally:
        await fleet.stop()
    return fleet


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
async def test_sessions_come_to_their_end(maker: Maker) -> None:
    async with foreign_acs(maker, WORK[maker]) as acs:
        fleet = await live(acs)
    (status,) = fleet.statuses()
    assert (status.failed_sessions, status.last_error) == (0, "")
    assert status.config_version == "2.0005"
    assert fleet.phones[0].cpe.model.get("ManagementServer.PeriodicInformInterval") == "1800"
    reports = [seen for seen in acs.seen if seen.method == "TransferComplete"]
    assert [(seen.text("CommandKey"), seen.text("FaultCode")) for seen in reports] == [(["k1"], ["0"])]
    assert acs.ended >= 2
    assert bool(acs.challenged) == bool(maker.challenges)


def answers(acs: ForeignAcs) -> list[str]:
    return [seen.method for seen in acs.seen if seen.method.endswith("Response") or seen.method == "Fault"]


async def test_genieacs_gets_what_it_asks_for() -> None:
    async with foreign_acs(GENIE, WORK[GENIE]) as acs:
        await live(acs)
    assert answers(acs) == [
        "GetParameterNamesResponse",
        "GetParameterNamesResponse",
        "GetParameterValuesResponse",
        "SetParameterValuesResponse",
        "DownloadResponse",
    ]
    names = [seen for seen in acs.seen if seen.method == "GetParameterNamesResponse"]
    assert names[0].text("Name") == ["Device."]
    assert "Device.DeviceInfo.SoftwareVersion" in names[1].text("Name")
    asked = [seen for seen in acs.seen if seen.method == "GetParameterValuesResponse"]
    assert asked[0].text("Value") == ["3600", "1"]
    assert asked[0].text("ID")[0].startswith("acs")


async def test_freeacs_gets_a_fault_for_what_is_not_there_and_all_its_cookies() -> None:
    async with foreign_acs(FREE, WORK[FREE]) as acs:
        await live(acs)
    assert answers(acs) == [
        "GetRPCMethodsResponse",
        "GetParameterValuesResponse",
        "Fault",
        "SetParameterValuesResponse",
        "SetParameterAttributesResponse",
        "DownloadResponse",
    ]
    fault = next(seen for seen in acs.seen if seen.method == "Fault")
    assert fault.text("FaultCode") == ["9005"]
    everything = next(seen for seen in acs.seen if seen.method == "GetParameterValuesResponse")
    assert len(everything.text("Value")) > 200


async def test_oktopus_writes_without_types_and_asks_for_what_phones_may_not_have() -> None:
    async with foreign_acs(OKTOPUS, WORK[OKTOPUS]) as acs:
        await live(acs)
    assert answers(acs)[:3] == [
        "GetParameterValuesResponse",
        "GetParameterNamesResponse",
        "SetParameterValuesResponse",
    ]
    assert len(answers(acs)) == len(WORK[OKTOPUS])  # a fault for what it does not know, and no silence


async def test_a_carriers_acs_redirects_schedules_and_reboots() -> None:
    async with foreign_acs(CARRIER, WORK[CARRIER]) as acs:
        await live(acs, event="M ScheduleInform")
    assert {seen.target for seen in acs.seen} == {CARRIER.redirect_to}
    events = [code for seen in acs.seen if seen.method == "Inform" for code in seen.text("EventCode")]
    assert "M Reboot" in events
    assert "M ScheduleInform" in events


@pytest.mark.parametrize("maker", [GENIE, FREE, CARRIER], ids=lambda maker: maker.name)
@pytest.mark.parametrize(
    "behaviours",
    [
        "auth-int",
        "digest-all-quoted,authenticates-anew",
        "connection-per-request",
        "extra-empty-post",
        "empty-post-first",
    ],
)
async def test_behaviours_work_there_too(maker: Maker, behaviours: str) -> None:
    async with foreign_acs(maker, [*WORK[maker][:1], download("{url}/a.cfg")]) as acs:
        fleet = await live(acs, behaviours)
    assert fleet.statuses()[0].failed_sessions == 0
