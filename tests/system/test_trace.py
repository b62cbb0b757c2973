"""A trace of one phone on a real server: what an operator sees of a life with passwords, files and broken messages."""

import itertools
import time

import pytest

from acs.cli.decode import decode
from tests.system.server import Server
from tests.system.test_life import configured, settled
from tests.system.test_talk import begin

pytestmark = pytest.mark.system

_numbers = itertools.count(0x7B00)


def test_a_trace_shows_everything_but_secrets(server: Server) -> None:
    phone, other = settled(server), settled(server)
    path = f"/devices/{phone.serial}/trace"
    assert server.items(path) == []
    assert server.post(path, {"minutes": 5})["trace_until"]
    assert server.device(phone.serial)["trace_until"]
    secret = "hush-hush-4711"
    values = [{"name": "Device.ManagementServer.ConnectionRequestPassword", "value": secret}]
    task = server.task(phone.serial, "set_parameter_values", values=values)
    file = configured(server, phone, "105")
    phone.call("2 PERIODIC")
    other.call("2 PERIODIC")
    server.succeeded(file)
    assert server.state(task)["state"] == "succeeded"
    status, text = server.call("GET", path + "?format=text")
    told = text.decode()
    assert status == 200
    for wanted in (
        "cwmp:Inform>",
        "InformResponse",
        "SetParameterValues",
        "cwmp:Download>",
        "/t/***/",
        "user-agent: judge",
    ):
        assert wanted in told, wanted
    assert "bytes from byte 0 on were sent" in told
    explained = decode(text)
    assert not explained.failed
    assert {"Inform", "InformResponse", "Download", "DownloadResponse"} <= {
        each.get("method") for each in explained.messages
    }
    assert not [each for each in explained.messages if each.get("warnings")]
    device = server.device(phone.serial)
    hidden = [secret, phone.read("ManagementServer.Password"), *phone.wire.jar.values(), 'response="']
    for unwanted in [*hidden, phone.read("ManagementServer.Username"), other.serial]:
        assert unwanted not in told, unwanted
    messages = server.items(path + "?order=oldest&limit=3")
    assert len(messages) > 6
    assert [each["id"] for each in messages] == [each["id"] for each in reversed(server.items(path))]
    names = {each["session"] for each in messages} - {"refused"}
    for name in names:
        assert server.items(f"{path}?session={name}")
    assert device["id"] in told

    # A message that nobody can read is there too, without what it holds
    begin(phone)
    answer = phone.wire.post(f"<Envelope><Body><Password>{secret}".encode(), phone.namespace)
    newest = server.items(path)[:2]
    assert newest[1]["body"].startswith("<Envelope>")
    assert secret not in newest[1]["body"]
    assert (newest[0]["status"], newest[0]["reason"]) == (answer.status, "truncated" if answer.status == 400 else None)

    # It goes on after a restart of the server, and ends when told
    server.restart()
    before = len(server.items(path))
    phone.wire.hang_up()
    phone.call("2 PERIODIC")
    after = len(server.items(path))
    assert after > before
    assert server.call("DELETE", path)[0] == 204
    phone.call("2 PERIODIC")
    time.sleep(0.1)
    assert len(server.items(path)) == after
    assert server.device(phone.serial)["trace_until"] is None
