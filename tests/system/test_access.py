"""Who may speak for which phone, and that nobody else leaves a trace."""

import itertools
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.system.cpe import Phone
from tests.system.server import SHARED, Server, Zygote
from tests.system.test_life import configured, settled
from tests.system.wire import digest, fields

pytestmark = [pytest.mark.system, pytest.mark.slow]

_numbers = itertools.count(0x4000)


def trace(server: Server) -> Any:
    """Everything that the API shows of phones, but for nothing."""
    devices = server.items("/devices")
    events = {each["id"]: server.items(f"/devices/{each['id']}/events") for each in devices}
    return devices, events, server.items("/tasks")


def stranger(server: Server, **options: Any) -> Phone:
    phone = Phone(server, next(_numbers), **options)
    phone.own_credentials = False
    return phone


@pytest.mark.parametrize(
    ("user", "password", "auth"),
    [
        (SHARED[0], "wrong", "digest"),
        ("nobody", SHARED[1], "digest"),
        ("", "", "digest"),
        ("", "", ""),
        (*SHARED, "basic"),
    ],
)
def test_a_stranger_gets_401_and_leaves_no_trace(server: Server, user: str, password: str, auth: str) -> None:
    before = trace(server)
    phone = stranger(server, auth=auth)
    phone.wire.user, phone.wire.password = user, password
    phone.call()
    assert phone.status == 401
    assert server.items(f"/devices?serial_number={phone.serial}") == []
    assert trace(server) == before


def test_an_empty_post_of_a_stranger_fetches_the_challenge(server: Server) -> None:
    phone = stranger(server, auth="")
    assert phone.wire.post(b"", phone.namespace).status == 401


@pytest.mark.parametrize("own", [True, False])
def test_one_phone_cannot_speak_for_another(server: Server, own: bool) -> None:
    victim = settled(server) if own else None
    thief = settled(server)
    before = trace(server)
    phone = stranger(server)
    if victim is not None:
        phone.serial = victim.serial
    phone.wire.user = thief.read("ManagementServer.Username")
    phone.wire.password = thief.read("ManagementServer.Password")
    phone.call()
    assert phone.status == 401
    assert trace(server) == before


def test_a_cookie_of_another_phone_does_not_help(server: Server) -> None:
    honest, other = settled(server), settled(server)
    sessions = honest.session("2 PERIODIC")
    next(sessions)
    next(sessions)  # its Inform is answered
    thief = stranger(server, auth="")
    thief.serial = other.serial
    thief.wire.jar = dict(honest.wire.jar)
    before = server.device(other.serial)
    answer = thief.wire.post(thief._inform(), thief.namespace)
    assert answer.status == 401
    assert server.device(other.serial) == before
    for _ in sessions:
        pass
    assert honest.status == 204


def test_the_shared_pair_is_refused_once_own_credentials_are_proven(server: Server) -> None:
    phone = settled(server)
    before = trace(server)
    clone = stranger(server)
    clone.serial = phone.serial
    for events in (["2 PERIODIC"], ["1 BOOT"], ["6 CONNECTION REQUEST"]):
        clone.events = []
        clone.call(*events)
        assert clone.status == 401
    assert trace(server) == before


@pytest.mark.slow
def test_a_factory_reset_is_let_in_and_noted_and_counted(server: Server) -> None:
    phone = settled(server)
    clone = stranger(server)
    clone.serial = phone.serial
    outcomes = []
    for _ in range(7):
        clone.events = [("0 BOOTSTRAP", "")]
        clone.wire.user, clone.wire.password = SHARED
        for _ in clone.session():
            pass
        outcomes.append(clone.status)
    assert outcomes == [204] * 5 + [401] * 2
    device = server.device(phone.serial)
    assert "shared_credentials_after_reset" in {note["code"] for note in device["notes"]}
    phone.call("2 PERIODIC")
    assert phone.status == 204, "its own credentials go on working until others are proven"


def test_a_reset_phone_whose_first_session_breaks_is_not_locked_out(server: Server) -> None:
    """``0 BOOTSTRAP`` is said once; until it has credentials again, the shared pair is all that it has."""
    phone = settled(server)
    server.task(phone.serial, "factory_reset")
    for _ in phone.session("2 PERIODIC"):
        pass
    life = phone.life()
    next(phone.between(), None)
    next(life)
    next(life)  # the Inform with 0 BOOTSTRAP is answered, and then the line breaks
    life.close()
    assert phone.events == [("0 BOOTSTRAP", ""), ("1 BOOT", "")]
    phone.events = []
    phone.call("2 PERIODIC")
    assert phone.read("ManagementServer.Username") != SHARED[0]
    phone.call("2 PERIODIC")
    assert phone.status == 204
    clone = stranger(server)
    clone.serial, clone.events = phone.serial, []
    clone.call("2 PERIODIC")
    assert clone.status == 401, "and then it is refused as before"


def test_the_nonce(server: Server) -> None:
    """At most 32 characters, good on another connection, each time another text; a changed one is stale or refused."""
    phone = settled(server)
    probe = stranger(server, auth="")
    answer = probe.wire.post(probe._inform(), probe.namespace)
    challenge = fields(answer.header("www-authenticate") or "")
    assert re.fullmatch(r"[0-9A-Za-z+/=_-]{8,32}", challenge["nonce"])
    probe.wire.hang_up()
    user, password = phone.read("ManagementServer.Username"), phone.read("ManagementServer.Password")
    phone.events = [("2 PERIODIC", "")]
    body = phone._inform()
    for count in (1, 1, 7):
        phone.wire.new_session()
        told = digest(challenge, user, password, "/acs", count)
        assert phone.wire._once(body, phone.namespace, told).status == 200
    forged = {**challenge, "nonce": ("0" if challenge["nonce"][0] != "0" else "1") + challenge["nonce"][1:]}
    phone.wire.new_session()
    assert phone.wire._once(body, phone.namespace, digest(forged, user, password, "/acs", 1)).status == 401
    old = {name: value for name, value in challenge.items() if name != "qop"}
    phone.wire.new_session()
    assert phone.wire._once(body, phone.namespace, digest(old, user, password, "/acs", 1)).status == 200, "RFC 2069"
    phone.wire.new_session()
    wrong_place = digest(challenge, user, password, "/other", 1)
    assert phone.wire._once(body, phone.namespace, wrong_place).status == 401


@pytest.mark.parametrize("mode", ["basic", "none"])
def test_other_ways_to_authenticate(zygote: Zygote, tmp_path: Path, mode: str) -> None:
    server = Server(zygote, tmp_path, ACS_CPE_AUTH=mode)
    server.start()
    try:
        phone = settled(server, auth="basic" if mode == "basic" else "", profile=mode)
        task_id = configured(server, phone, "1001")
        phone.call("2 PERIODIC")
        server.succeeded(task_id)
        intruder = stranger(server, auth="basic", profile=mode)
        intruder.wire.password = "wrong"
        intruder.call()
        assert intruder.status == (401 if mode == "basic" else 204)
        server.restart()
        phone.call("2 PERIODIC")
        assert phone.status == 204
    finally:
        server.close()
    assert "Traceback" not in server.log()


def test_other_methods_and_rubbish(server: Server) -> None:
    before = trace(server)
    for sent, status in (
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"405"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n<broken", b"401"),
        (b"POST / HTTP/1.0\r\n\r\n", b"401"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Digest\r\nContent-Length: 0\r\n\r\n", b"401"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: \xff\xfe\r\nContent-Length: 0\r\n\r\n", b"401"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\nx", b"413"),
    ):
        with socket.create_connection(("127.0.0.1", server.cwmp_port), timeout=20) as connection:
            connection.sendall(sent)
            if status == b"413":
                connection.sendall(b"x" * 400_000)
            assert connection.recv(100).split(b" ")[1] == status, sent
    assert trace(server) == before


def test_rubbish_of_a_known_phone(server: Server) -> None:
    """What cannot be read is refused without harm; the phone's next session is as good as ever."""
    phone = settled(server)
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    doctype = f'<!DOCTYPE x [<!ENTITY a "b">]><s:Envelope xmlns:s="{soap}"><s:Body>&a;</s:Body></s:Envelope>'.encode()
    for body in (b"rubbish", b"<a>", doctype, b"\0" * 10 + b"<"):
        phone.wire.new_session()
        assert phone.wire.post(body, phone.namespace).status in (400, 204)
    phone.call("2 PERIODIC")
    assert phone.status == 204
