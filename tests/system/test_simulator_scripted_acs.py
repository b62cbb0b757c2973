"""Simulated phones over real sockets against an ACS of a few lines: what a fleet does, seen from the other side."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import h11
import pytest

from acs.simulator.fleet import Fleet, FleetOptions, run_fleet
from acs.simulator.status import PhoneState, PhoneStatus
from cwmp_schemas import cpe_rpcs as rpc
from cwmp_schemas.acs_rpcs import Inform, InformResponse, TransferComplete, TransferCompleteResponse
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.envelope import Envelope, read, write
from cwmp_schemas.structs import ParameterValueStruct

PHONEBOOK = b"""<?xml version="1.0" encoding="UTF-8"?>
<FanvilIPPhoneDirectory><DirectoryEntry><Name>Bob</Name><Telephone>2001</Telephone></DirectoryEntry>
<DirectoryEntry><Name>Ada</Name><Telephone>2002</Telephone></DirectoryEntry></FanvilIPPhoneDirectory>"""
FIRMWARE = b"not a real image\r\nVersion=2.15.0.1\r\n" + bytes(2000)


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@dataclass
class Talk:
    """One session as the ACS saw it."""

    inform: Inform
    reports: list[TransferComplete] = field(default_factory=list)
    answers: list[Envelope] = field(default_factory=list)
    closed: bool = False

    @property
    def events(self) -> list[str]:
        return [event.EventCode for event in self.inform.Event]


@dataclass
class MiniAcs:
    """Digest on every first POST; work in a list for each serial number; files by path."""

    work: Callable[[str], list[Any]]
    username: str = "fleet"
    password: str = "secret"
    files: dict[str, bytes] = field(default_factory=dict)
    talks: dict[str, list[Talk]] = field(default_factory=dict)
    queues: dict[str, list[Any]] = field(default_factory=dict)
    refused: int = 0
    fetched: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0
    namespace: str = ""
    number: int = 0
    old_digest: bool = False
    """Takes only the form of RFC 2069."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        cookies: dict[str, Talk] = {}
        try:
            while True:
                request, body = await _request(http, reader, writer)
                headers = {name.decode(): value.decode() for name, value in request.headers}
                method, target = request.method.decode(), request.target.decode()
                if method == "GET":
                    status, extra, data = self.file(target)
                else:
                    self.headers.append(headers)
                    status, extra, data = self.post(target, headers, body, cookies)
                length = [] if status == 204 else [("Content-Length", str(len(data)))]
                writer.write(http.send(h11.Response(status_code=status, headers=[*extra, *length])) or b"")
                if data:
                    writer.write(http.send(h11.Data(data=data)) or b"")
                writer.write(http.send(h11.EndOfMessage()) or b"")
                await writer.drain()
                http.start_next_cycle()
        except (ConnectionError, h11.ProtocolError, EOFError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def file(self, target: str) -> tuple[int, list[tuple[str, str]], bytes]:
        if target not in self.files:
            return 404, [], b""
        self.fetched.append(target)
        return 200, [], self.files[target]

    def post(
        self, target: str, headers: dict[str, str], body: bytes, cookies: dict[str, Talk]
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        talk = cookies.get(headers.get("cookie", ""))
        if talk is None:
            if not self.authentic(headers.get("authorization", ""), target):
                self.refused += 1
                return 401, [("WWW-Authenticate", 'Digest realm="mini", nonce="abc", qop="auth", algorithm=MD5')], b""
            inform = read(body)
            assert isinstance(inform.body, Inform)
            self.namespace = inform.cwmp_namespace
            serial = inform.body.DeviceId.SerialNumber
            talk = Talk(inform.body)
            self.talks.setdefault(serial, []).append(talk)
            self.queues.setdefault(serial, self.work(serial))
            self.number += 1
            cookies[f"s={self.number}"] = talk
            return self.envelope(InformResponse(), inform.id, [("Set-Cookie", f"s={self.number}; Path=/")])
        if body:
            message = read(body)
            if isinstance(message.body, TransferComplete):
                talk.reports.append(message.body)
                return self.envelope(TransferCompleteResponse(), message.id)
            talk.answers.append(message)
        else:
            assert "content-type" not in headers
            assert "soapaction" not in headers
        queue = self.queues[talk.inform.DeviceId.SerialNumber]
        if queue:
            return self.envelope(queue.pop(0), f"q{len(talk.answers)}")
        talk.closed = True
        return 204, [], b""

    def envelope(
        self, body: Any, message_id: str | None, extra: list[tuple[str, str]] | None = None
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        data = write(body, cwmp_namespace=self.namespace, id=message_id or "")
        return 200, [("Content-Type", "text/xml; charset=utf-8"), *(extra or [])], data

    def authentic(self, authorization: str, target: str) -> bool:
        """The arithmetic of RFC 7616, written out once more, so that the client is not checked by itself."""
        if not authorization.startswith("Digest "):
            return False
        given = dict(part.strip().split("=", 1) for part in authorization[7:].split(", "))
        given = {key: value.strip('"') for key, value in given.items()}
        ha1, ha2 = md5(f"{self.username}:mini:{self.password}"), md5(f"POST:{target}")
        if self.old_digest:
            return "qop" not in given and given["response"] == md5(f"{ha1}:abc:{ha2}")
        expected = md5(f"{ha1}:abc:{given['nc']}:{given['cnonce']}:auth:{ha2}")
        return given["username"] == self.username and given["uri"] == target and given["response"] == expected


async def _request(
    http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[h11.Request, bytes]:
    request, body = None, b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            if http.they_are_waiting_for_100_continue:
                writer.write(http.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
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


@contextlib.asynccontextmanager
async def mini_acs(work: Callable[[str], list[Any]] = lambda _: [], **facts: Any) -> AsyncIterator[MiniAcs]:
    acs = MiniAcs(work, **facts)
    server = await asyncio.start_server(acs.serve, "127.0.0.1", 0)
    acs.port = server.sockets[0].getsockname()[1]
    try:
        yield acs
    finally:
        server.close()


def options(acs: MiniAcs, **facts: Any) -> FleetOptions:
    plain: dict[str, Any] = {"username": "fleet", "password": "secret", "boot_seconds": 0.01, "item_pause": 0.01}
    return FleetOptions(f"http://127.0.0.1:{acs.port}/acs", **(plain | facts))


async def once(fleet: FleetOptions, seconds: float = 10.0) -> Any:
    async with asyncio.timeout(seconds):
        return await run_fleet(fleet, stop=asyncio.Event(), once=True)


def config(port: int, version: str = "2.0003") -> bytes:
    text = (
        f"<<VOIP CONFIG FILE>>Version:{version}".ljust(62)
        + "\r\n\r\n<GLOBAL CONFIG MODULE>\r\nSNTP Server        :ntp.test\r\n"
        "\r\n<SIP CONFIG MODULE>\r\n--SIP Line List--  :\r\nSIP1 Phone Number  :1001\r\nSIP1 Display Name  :Anna\r\n"
        "SIP1 Register Addr :pbx.test\r\nSIP1 Register Port :5070\r\n"
        "SIP1 Register User :1001\r\nSIP1 Register Pswd :x\r\nSIP1 Enable Reg    :1\r\n\r\n"
        "<AUTOUPDATE CONFIG MODULE>\r\n"
        f"Auto Pbook Url     :http://127.0.0.1:{port}/book.xml\r\n"
        f"Auto Image Url     :http://127.0.0.1:{port}/x4.z\r\n\r\n<<END OF FILE>>\r\n"
    )
    return text.encode()


LINE = "Device.Services.VoiceService.1.VoiceProfile.1.Line.1."


async def test_three_phones_are_configured_by_download() -> None:
    acs: MiniAcs

    def work(serial: str) -> list[Any]:
        url = f"http://127.0.0.1:{acs.port}/{serial[-12:]}.cfg"
        acs.files[f"/{serial[-12:]}.cfg"] = config(acs.port)
        return [
            rpc.GetParameterValues(ParameterNames=("Device.DeviceInfo.SerialNumber",)),
            rpc.SetParameterValues(
                ParameterList=(
                    ParameterValueStruct(
                        Name="Device.ManagementServer.PeriodicInformInterval",
                        Value=TypedValue("1800", "xsd:unsignedInt"),
                    ),
                ),
                ParameterKey="k1",
            ),
            rpc.Download(
                CommandKey="dl1",
                FileType="3 Vendor Configuration File",
                URL=url,
                FileSize=len(config(acs.port)),
            ),
        ]

    async with mini_acs(work) as acs:
        acs.files |= {"/book.xml": PHONEBOOK, "/x4.z": FIRMWARE}
        summary = await once(options(acs, count=3))
        assert (summary.phones, summary.reached, summary.configured) == (3, 3, 3)
        assert (summary.transfers, summary.failed_transfers, summary.phonebook_entries) == (3, 0, 6)
        assert (summary.firmware_installs, summary.reboots) == (3, 3)
        assert len(acs.talks) == 3
        for serial, (first, second) in acs.talks.items():
            assert first.events == ["0 BOOTSTRAP", "1 BOOT"]
            values, written, download = (each.body for each in first.answers)
            assert isinstance(values, rpc.GetParameterValuesResponse)
            assert values.ParameterList[0].Value == (serial, "xsd:string")
            assert isinstance(written, rpc.SetParameterValuesResponse)
            assert written.Status == 0
            assert isinstance(download, rpc.DownloadResponse)
            assert download.Status == 1
            # Firmware made it reboot: the report comes in the session after that.
            assert second.events == ["1 BOOT", "4 VALUE CHANGE", "7 TRANSFER COMPLETE", "M Download"]
            assert [(each.CommandKey, each.FaultStruct.FaultCode) for each in second.reports] == [("dl1", 0)]
            told = {each.Name: each.Value.text for each in second.inform.ParameterList}
            assert told["Device.DeviceInfo.SoftwareVersion"] == "2.15.0.1"
            assert told["Device.ManagementServer.ParameterKey"] == "dl1"
            assert first.closed
            assert second.closed
        assert sorted(acs.fetched).count("/x4.z") == 3
        assert {headers.get("soapaction") for headers in acs.headers} == {"", None}


async def test_the_same_file_is_taken_once_and_read_back() -> None:
    acs: MiniAcs

    def work(serial: str) -> list[Any]:
        download = rpc.Download(
            CommandKey="dl1", FileType="3 Vendor Configuration File", URL=f"http://127.0.0.1:{acs.port}/a.cfg"
        )
        return [download, download]

    async with mini_acs(work) as acs:
        acs.files |= {"/a.cfg": config(acs.port), "/book.xml": PHONEBOOK, "/x4.z": FIRMWARE}
        fleet = Fleet(options(acs))
        await fleet.start()
        try:
            async with asyncio.timeout(10):
                await _until(lambda: fleet.settled)
                assert acs.fetched == ["/a.cfg", "/book.xml", "/x4.z"]  # one CommandKey, one transfer
                (serial,) = acs.talks
                again = rpc.Download(
                    CommandKey="dl2", FileType="3 Vendor Configuration File", URL=f"http://127.0.0.1:{acs.port}/a.cfg"
                )
                acs.queues[serial] += [
                    rpc.GetParameterValues(ParameterNames=(LINE, "Device.DeviceInfo.VendorConfigFile.1.Version")),
                    again,
                ]
                url = _told(acs.talks[serial][-1], "Device.ManagementServer.ConnectionRequestURL")
                assert await _wake(url, "dps", "wrong") == 401
                assert await _wake(url, "dps", "dps") == 200
                await _until(
                    lambda: any(talk.reports and talk.reports[0].CommandKey == "dl2" for talk in acs.talks[serial])
                )
        finally:
            await fleet.stop()
        woken = next(talk for talk in acs.talks[serial] if "6 CONNECTION REQUEST" in talk.events)
        answer = woken.answers[0].body
        assert isinstance(answer, rpc.GetParameterValuesResponse)
        found = {each.Name: each.Value.text for each in answer.ParameterList}
        assert found[LINE + "DirectoryNumber"] == "1001"
        assert found[LINE + "Status"] == "Up"
        assert found[LINE + "SIP.AuthPassword"] == ""
        assert found["Device.DeviceInfo.VendorConfigFile.1.Version"] == "2.0003"
        # Same content: fetched to the cache, compared, cancelled. Nothing it names is fetched again.
        assert acs.fetched[3:] == ["/a.cfg"]
        assert fleet.statuses()[0].firmware_installs == 1


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("/missing.cfg", None, 9016),
        ("/broken.cfg", b"\x00\x01 no configuration", 9018),
        (
            "/a.cfg",
            b"<<VOIP CONFIG FILE>>Version:2.0002\r\n<GLOBAL CONFIG MODULE>\r\nHost Name :A\r\n<<END OF FILE>>",
            9018,
        ),
    ],
    ids=["404", "unreadable", "size"],
)
async def test_failed_downloads_are_reported_with_their_fault(path: str, content: bytes | None, code: int) -> None:
    acs: MiniAcs

    def work(serial: str) -> list[Any]:
        return [
            rpc.Download(
                CommandKey="dl1",
                FileType="3 Vendor Configuration File",
                URL=f"http://127.0.0.1:{acs.port}{path}",
                FileSize=1 if path == "/a.cfg" else 0,
            )
        ]

    async with mini_acs(work) as acs:
        if content is not None:
            acs.files[path] = content
        summary = await once(options(acs))
        (talks,) = acs.talks.values()
        assert talks[1].reports[0].FaultStruct.FaultCode == code
        assert summary.failed_transfers == 1


async def test_wrong_password_is_given_up_and_retried_by_the_table() -> None:
    async with mini_acs() as acs:
        seen: list[PhoneStatus] = []
        fleet = Fleet(options(acs, password="wrong"), seen.append)
        await fleet.start()
        try:
            async with asyncio.timeout(10):
                await _until(lambda: bool(seen) and fleet.statuses()[0].failed_sessions == 1)
                await _until(lambda: fleet.statuses()[0].state is PhoneState.WAITING)
            status = fleet.statuses()[0]
        finally:
            await fleet.stop()
        assert not acs.talks
        assert acs.refused == 2  # the first challenge, and one try
        assert status.retry_count == 1
        assert "401" in status.last_error


@pytest.mark.parametrize(
    "behaviour",
    [
        "chunked",
        "expect-continue",
        "rfc2069",
        "extra-empty-post",
        "drop-after-inform",
        "drop-after-answer",
        "missing-id",
        "wrong-id",
        "clock-broken",
        "cwmp-1-0",
        "cwmp-1-4",
        "literal-booleans",
        "slow",
    ],
)
async def test_behaviours_reach_the_end_of_a_session(behaviour: str) -> None:
    asked = [rpc.GetParameterValues(ParameterNames=("Device.ManagementServer.PeriodicInformEnable",))]

    async def wait(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(15):
            await _until(condition)

    facts: dict[str, Any] = {"count": 1, "behaviours": (behaviour,)}
    async with mini_acs(lambda _: asked * 3) as acs:
        if behaviour == "rfc2069":
            acs.old_digest = True
        fleet = Fleet(options(acs, **facts))
        await fleet.start()
        try:
            if behaviour.startswith("drop-after"):
                await wait(lambda: fleet.statuses()[0].failed_sessions == 1)
                fleet.phones[0].cpe.retry_at = 0.0
                fleet.phones[0]._woken.set()
            await wait(lambda: fleet.settled)
        finally:
            await fleet.stop()
        (talks,) = acs.talks.values()
        answer = talks[-1].answers[0]
        assert isinstance(answer.body, rpc.GetParameterValuesResponse)
        if behaviour == "literal-booleans":
            assert answer.body.ParameterList[0].Value.text == "true"
        if behaviour in ("missing-id", "wrong-id"):
            assert answer.id != "q0"
        assert fleet.statuses()[0].sessions == 1


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the test looks on from outside
        await asyncio.sleep(0.01)


def _told(talk: Talk, name: str) -> str:
    return next(each.Value.text for each in talk.inform.ParameterList if each.Name == name)


async def _get(url: str, authorization: str = "") -> tuple[int, str]:
    host, _, path = url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    extra = f"Authorization: {authorization}\r\n" if authorization else ""
    writer.write(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{extra}\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1]), answer


async def _wake(url: str, username: str, password: str) -> int:
    status, answer = await _get(url)
    assert status == 401
    nonce = answer.partition('nonce="')[2].partition('"')[0]
    path = "/" + url.removeprefix("http://").partition("/")[2]
    response = md5(f"{md5(f'{username}:IP Phone:{password}')}:{nonce}:00000001:cn:auth:{md5(f'GET:{path}')}")
    return (
        await _get(
            url,
            f'Digest username="{username}", realm="IP Phone", nonce="{nonce}", uri="{path}", qop=auth, nc=00000001, '
            f'cnonce="cn", response="{response}"',
        )
    )[0]
