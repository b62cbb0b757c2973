"""What phones do that the standard did not foresee, and how a session is found, superseded and closed."""

import gzip
import http.client
import itertools
import socket
import struct
import zlib
from typing import Any

import pytest

from tests.system.cpe import Life, Phone, Temper
from tests.system.server import Server, free_ports
from tests.system.test_life import configured, settled
from tests.system.wire import Exchange, Message, digest, fields, parse, tag

pytestmark = [pytest.mark.system, pytest.mark.slow]

_numbers = itertools.count(0x6000)
NTP = [{"name": "Device.Time.NTPServer1", "value": "ntp.example.net"}]
TRANSFER = (
    "<FaultStruct><FaultCode>0</FaultCode><FaultString></FaultString></FaultStruct>"
    + tag("StartTime", "2024-01-01T00:00:00Z")
    + tag("CompleteTime", "2024-01-01T00:00:01Z")
)


def say(phone: Phone, name: str, inner: str = "", id: str = "9") -> Exchange:
    """Send one message, or an empty POST."""
    return phone.wire.post(phone._envelope(id, name, inner) if name else b"", phone.namespace)


def begin(phone: Phone, *events: str) -> Exchange:
    """Begin a session with an Inform."""
    phone._happen(*(events or ("2 PERIODIC",)))
    phone.wire.new_session()
    phone.wire.user = phone.read("ManagementServer.Username")
    phone.wire.password = phone.read("ManagementServer.Password")
    answer = say(phone, "Inform", phone._inform_body())
    phone.events = []
    return answer


def asked(answer: Exchange) -> Message:
    assert answer.status == 200
    return parse(answer.body)


def to_the_next_exchange(life: Life, count: int) -> None:
    """Let a phone do so many exchanges."""
    done = 0
    for when, _ in life:
        done += when == "after"
        if done == count:
            return


# Finding the session --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", [{"cookies": False}, {"cookies": False, "keep_alive": False}], ids=str)
def test_two_phones_behind_one_address_without_cookies(server: Server, style: dict[str, Any]) -> None:
    phones = [settled(server, **style, address="127.0.3.1") for _ in range(2)]
    tasks = [configured(server, phone, f"11{index}") for index, phone in enumerate(phones)]
    lives = [phone.life("2 PERIODIC") for phone in phones]
    for _ in itertools.zip_longest(*lives):  # one exchange of each in turn
        pass
    for index, (phone, task_id) in enumerate(zip(phones, tasks, strict=True)):
        server.succeeded(task_id)
        assert phone.read("Services.VoiceService.1.VoiceProfile.1.Line.1.DirectoryNumber") == f"11{index}"
        assert phone.asked["Download"] == 1


def test_first_contacts_one_after_the_other_behind_one_address(server: Server) -> None:
    """The session of the first is over by its 204; it does not hide the second, which has no cookie either."""
    for _ in range(3):
        phone = Phone(server, next(_numbers), cookies=False, keep_alive=False, address="127.0.3.2").call()
        assert phone.asked["SetParameterValues"] == 2
        assert phone.asked["GetParameterValues"] >= 1


def test_first_contacts_at_the_same_time_behind_one_address_with_connections(server: Server) -> None:
    phones = [Phone(server, next(_numbers), cookies=False, address="127.0.3.3") for _ in range(3)]
    for _ in itertools.zip_longest(*(phone.life() for phone in phones)):
        pass
    for phone in phones:
        phone.call("2 PERIODIC")
        assert server.device(phone.serial)["credentials"] == "proven"


def test_cookies_as_old_stacks_return_them(server: Server) -> None:
    phone = settled(server, keep_alive=False, preemptive=False)
    begin(phone)
    ((name, value),) = phone.wire.jar.items()
    for spelt in (f'$Version="0"; {name}="{value}"; $Path="/"', f"{name}={value}; Path=/", f"x=1,{name}={value}"):
        phone.wire.jar = {spelt.partition("=")[0]: spelt.partition("=")[2]}
        phone.wire.auth = ""
        assert say(phone, "").status in (200, 204)


# Superseding ----------------------------------------------------------------------------------------------------------


def test_a_new_inform_supersedes(server: Server) -> None:
    phone = settled(server)
    task_id = server.task(phone.serial, "set_parameter_values", values=NTP)
    begin(phone)
    old = asked(say(phone, ""))
    assert old.method == "SetParameterValues"
    jar = dict(phone.wire.jar)
    phone.asked.clear()
    # It restarted in the middle, and calls again
    life = phone.life("1 BOOT")
    to_the_next_exchange(life, 1)
    new = dict(phone.wire.jar)
    assert new != jar
    # What was under way in the old session counts no more
    phone.wire.jar = jar
    assert say(phone, "SetParameterValuesResponse", tag("Status", 0), old.id).status in (400, 204)
    phone.wire.jar = new
    for _ in life:
        pass
    assert phone.asked["SetParameterValues"] == 1
    assert server.succeeded(task_id)["attempts"] == 2
    assert phone.read("Time.NTPServer1") == "ntp.example.net"


def test_the_same_inform_again_on_the_same_connection(server: Server) -> None:
    phone = settled(server)
    task_id = server.task(phone.serial, "set_parameter_values", values=NTP)
    phone._happen("2 PERIODIC")
    begin(phone)
    phone._happen("2 PERIODIC")
    assert asked(say(phone, "Inform", phone._inform_body())).method == "InformResponse"
    phone.events = []
    for _ in phone._answer_requests():
        pass
    server.succeeded(task_id)
    assert phone.status == 204


# After the 204 --------------------------------------------------------------------------------------------------------


def test_late_messages(server: Server) -> None:
    phone = settled(server)
    begin(phone)
    assert say(phone, "").status == 204
    assert say(phone, "").status == 204
    assert say(phone, "").status == 204
    late = asked(say(phone, "TransferComplete", tag("CommandKey", "unknown") + TRANSFER, "L1"))
    assert (late.method, late.id) == ("TransferCompleteResponse", "L1")
    methods = asked(say(phone, "GetRPCMethods"))
    assert {"Inform", "TransferComplete", "GetRPCMethods"} <= set(methods.texts("string"))
    assert say(phone, "").status == 204


def test_a_transfer_complete_that_nobody_waits_for(server: Server) -> None:
    phone = settled(server)
    begin(phone, "7 TRANSFER COMPLETE")
    for key in ("", "no such key", "x" * 300, "ключ"):
        answer = asked(say(phone, "TransferComplete", tag("CommandKey", key) + TRANSFER))
        assert answer.method == "TransferCompleteResponse"
    assert say(phone, "").status == 204


def test_a_transfer_complete_that_comes_twice(server: Server) -> None:
    phone = settled(server)
    task_id = configured(server, phone, "1201")
    phone.call("2 PERIODIC")
    before = server.succeeded(task_id)
    begin(phone, "7 TRANSFER COMPLETE", f"M Download\0{task_id}")
    assert asked(say(phone, "TransferComplete", tag("CommandKey", task_id) + TRANSFER)).method
    assert say(phone, "").status == 204
    assert server.state(task_id) == before


def test_a_transfer_that_failed(server: Server) -> None:
    phone = settled(server)
    task_id = configured(server, phone, "1202")
    for _ in phone.session("2 PERIODIC"):
        pass
    begin(phone, "7 TRANSFER COMPLETE", f"M Download\0{task_id}")
    fault = TRANSFER.replace("<FaultCode>0<", "<FaultCode>9018<").replace("<FaultString><", "<FaultString>corrupt<")
    assert asked(say(phone, "TransferComplete", tag("CommandKey", task_id) + fault)).method
    assert say(phone, "").status == 204
    told = server.failed(task_id)
    assert (told["code"], told["message"]) == ("9018", "corrupt")


@pytest.mark.parametrize("repeated", [0, 1])
def test_an_answer_that_comes_twice_is_not_taken_for_the_next_one(server: Server, repeated: int) -> None:
    """The phone did not get our next request, so its HTTP client sends the last answer again."""
    phone = settled(server)
    for number in range(2, 80):
        for leaf in ("Enable", "DirectoryNumber", "SIP.AuthUserName"):
            phone.write(f"Services.VoiceService.1.VoiceProfile.1.Line.{number}.{leaf}", f"v{number}")
    names = [name for name in phone.values if ".Line." in name and not name.endswith("Password")]
    assert len(names) > 200
    task_id = server.task(phone.serial, "get_parameter_values", names=names)
    answers = 0
    for when, what in phone.life("2 PERIODIC"):
        if (when, what) == ("after", "GetParameterValuesResponse"):
            phone.lost = answers == repeated
            answers += 1
    task = server.succeeded(task_id)
    assert {row["name"]: row["value"] for row in task["result"]["values"]} == {n: phone.values[n][0] for n in names}


# Answers and requests out of turn -----------------------------------------------------------------------------------


def test_the_phone_asks_what_the_acs_can(server: Server) -> None:
    phone = settled(server)
    begin(phone)
    methods = asked(say(phone, "GetRPCMethods", id="G 1"))
    assert (methods.method, methods.id) == ("GetRPCMethodsResponse", "G 1")
    fault = asked(say(phone, "X_000000_Dance", tag("Step", 1)))
    assert (fault.method, fault.text("FaultCode"), fault.text("faultstring")) == ("Fault", "8000", "CWMP fault")
    assert say(phone, "").status == 204


def test_a_request_in_between_is_answered_and_ours_is_asked_again(server: Server) -> None:
    phone = settled(server)
    task_id = server.task(phone.serial, "set_parameter_values", values=NTP)
    begin(phone)
    first = asked(say(phone, ""))
    assert asked(say(phone, "GetRPCMethods")).method == "GetRPCMethodsResponse"
    second = asked(say(phone, ""))
    assert (first.method, second.method) == ("SetParameterValues", "SetParameterValues")
    name, inner = phone._obey(second)
    read_back = asked(say(phone, name, inner, second.id))
    assert read_back.method == "GetParameterValues"
    name, inner = phone._obey(read_back)
    assert say(phone, name, inner, read_back.id).status == 204
    assert server.succeeded(task_id)["attempts"] == 1


def test_a_phone_that_answers_nothing(server: Server) -> None:
    phone = settled(server)
    task_id = server.task(phone.serial, "set_parameter_values", values=NTP)
    begin(phone)
    assert asked(say(phone, "")).method == "SetParameterValues"
    assert asked(say(phone, "")).method == "SetParameterValues", "asked once more"
    assert say(phone, "").status == 204
    task = server.state(task_id)
    assert (task["state"], task["fault"]["code"]) == ("queued", "no_response")


@pytest.mark.parametrize("id", ["", "something else"])
def test_an_answer_with_another_id(server: Server, id: str) -> None:
    phone = settled(server)
    task_id = server.task(phone.serial, "get_parameter_values", names=["Device.Time.NTPServer1"])
    begin(phone)
    name, inner = phone._obey(asked(say(phone, "")))
    assert say(phone, name, inner, id).status == 204
    server.succeeded(task_id)


def test_an_answer_without_a_session(server: Server) -> None:
    phone = settled(server)
    phone.wire.new_session()
    phone.wire.user = phone.read("ManagementServer.Username")
    phone.wire.password = phone.read("ManagementServer.Password")
    phone.wire.address = "127.0.3.9"
    assert say(phone, "GetParameterValuesResponse", "<ParameterList/>").status in (400, 204)


def from_port(server: Server, port: int) -> http.client.HTTPConnection:
    """A connection from a chosen source port, which ends without leaving that port in TIME_WAIT."""
    connection = http.client.HTTPConnection("127.0.0.1", server.cwmp_port, timeout=20)
    connection.sock = socket.socket()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sock.bind(("127.0.3.7", port))
    connection.sock.connect(("127.0.0.1", server.cwmp_port))
    return connection


def test_a_port_that_someone_else_got_is_not_the_session(server: Server) -> None:
    """Behind an address translator the next phone may get the source port of the last one within seconds."""
    phone = settled(server)
    server.task(phone.serial, "reboot")
    told = authorization(phone)
    phone._happen("2 PERIODIC")
    (port,) = free_ports(1)
    first = from_port(server, port)
    first.request("POST", "/acs", phone._inform(), {"Authorization": told})
    response = first.getresponse()
    assert (response.status, b"InformResponse" in response.read()) == (200, True)
    first.close()
    second = from_port(server, port)
    second.request("POST", "/acs", b"")
    stolen = second.getresponse()
    body = stolen.read()
    second.close()
    assert (stolen.status, body) == (401, b"")


def test_registered_beforehand_with_credentials_of_its_own(server: Server) -> None:
    phone = Phone(server, next(_numbers))
    made = server.post(
        "/devices", {"mac": phone.mac, "group": "lobby", "username": "lobby-1", "password": "Sesame-open-1"}
    )
    phone.write("ManagementServer.Username", "lobby-1")
    phone.write("ManagementServer.Password", "Sesame-open-1")
    phone.call()
    device = server.device(phone.serial)
    assert (device["id"], device["group"], device["credentials"]) == (made["id"], "lobby", "proven")
    stranger = Phone(server, 0)
    stranger.serial, stranger.own_credentials, stranger.events = phone.serial, False, [("2 PERIODIC", "")]
    stranger.call()
    assert stranger.status == 401


# HTTP -----------------------------------------------------------------------------------------------------------------


def authorization(phone: Phone) -> str:
    phone.wire.new_session()
    answer = phone.wire._once(b"", phone.namespace, None)
    user, password = phone.read("ManagementServer.Username"), phone.read("ManagementServer.Password")
    return digest(fields(answer.header("www-authenticate") or ""), user, password, "/acs", 1)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "deflate, raw"])
def test_a_compressed_inform(server: Server, coding: str) -> None:
    phone = settled(server)
    phone._happen("2 PERIODIC")
    body = phone._inform()
    raw = zlib.compressobj(wbits=-15)
    sent = {"gzip": gzip.compress(body), "deflate": zlib.compress(body)}.get(coding) or raw.compress(body) + raw.flush()
    connection = http.client.HTTPConnection("127.0.0.1", server.cwmp_port, timeout=20)
    headers = {"Authorization": authorization(phone), "Content-Encoding": coding.split(",")[0]}
    connection.request("POST", "/acs", sent, headers)
    response = connection.getresponse()
    assert (response.status, b"InformResponse" in response.read()) == (200, True)
    connection.close()


def test_a_chunked_inform_that_waits_for_100_continue(server: Server) -> None:
    phone = settled(server)
    phone._happen("2 PERIODIC")
    body = phone._inform()
    told = authorization(phone)
    with socket.create_connection(("127.0.0.1", server.cwmp_port), timeout=20) as connection:
        connection.sendall(
            b"POST /acs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
            + f"Authorization: {told}\r\n\r\n".encode()
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        for start in range(0, len(body), 100):
            chunk = body[start : start + 100]
            connection.sendall(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        answer = b""
        while b"</soap-env:Envelope>" not in answer:
            piece = connection.recv(10000)
            assert piece, answer
            answer += piece
        assert b"InformResponse" in answer


def test_a_lazy_phone_is_not_hurried(server: Server) -> None:
    """Status 1 and a phone that takes its time: no second Download, whatever it says meanwhile."""
    phone = settled(server, Temper(transfer="later"))
    task_id = configured(server, phone, "1203")
    for _ in phone.session("2 PERIODIC"):
        pass
    for _ in range(4):
        for _ in phone.session("2 PERIODIC"):
            pass
    assert phone.asked["Download"] == 1
    assert server.state(task_id)["state"] == "transferring"
    phone.call("2 PERIODIC")
    server.succeeded(task_id)
