"""Log lines carry no secret, counters count, and a background task's death is heard."""

import asyncio
import gc
import io
import json
import logging
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from acs.telemetry import Counters, Sample, redact, setup_logging, spawn

SECRETS = (
    "Authorization: Basic dXNlcjpodW50ZXIyLXNlY3JldA==",
    'Authorization: Digest username="cpe", response="6629fae49393a05397450978507c4ef1"',
    "{'authorization': 'Bearer hunter2-secret'}",
    "Cookie: session=hunter2-secret",
    "sent Bearer hunter2-secret to it",
    "token acs_Hunter2secretHunter2secret given",
    "GET /t/hunter2-secret/001565113af8.cfg HTTP/1.0",
    "postgresql://acs:hunter2-secret@db/acs",
    "<Username>cpe</Username><Password>hunter2-secret</Password>",
    '<Name>A.ConnectionRequestPassword</Name>\n<Value xsi:type="xsd:string">hunter2-secret</Value>',
    "row holds v1.0a1b2c3d.hunter2ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "password=hunter2-secret",
    '{"password": "hunter2 secret, with spaces"}',
    "{'auth_password': 'hunter2 secret'}",
    "SIP1 Register Pwd  :hunter2-secret",
    "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword: hunter2-secret",
    "device_key = hunter2secret00112233",
    "Settings(secret_key=hunter2-secret)",
)


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_masked(text: str) -> None:
    assert "***" in redact(text)
    for leak in ("hunter2", "Hunter2", "6629fae4", "dXNlcj"):
        assert leak not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "device 01HZX informed: 2 PERIODIC",
        "acs_cwmp_sessions_total is 12",
        "acs_parameter_values_written",
        "http://10.0.0.1:7567/001565113af8.cfg",
        "The password was refused",
        "<Password></Password>",
        "1 BOOT at 2026-01-01T00:00:00Z",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", ["a.", "pwd", "a", "a://", "<pwd ", "password", "pwd "])
def test_hostile_text_costs_linear_time(text: str) -> None:
    def seconds(length: int) -> float:
        line = f"from 192.0.2.1: {text * (length // len(text))}"
        begun = time.perf_counter()
        redact(line)
        return time.perf_counter() - begun

    redact(text)
    assert min(seconds(4000) for _ in range(3)) < 0.5  # was 9 s for the first of them


def test_what_surrounds_a_secret_stays() -> None:
    assert redact("GET /t/abc/00.cfg HTTP/1.0") == "GET /t/***/00.cfg HTTP/1.0"
    assert (
        redact('{"user": "1001", "password": "x", "port": 5060}') == '{"user": "1001", "password": "***", "port": 5060}'
    )
    assert redact("password=a&user=b") == "password=***&user=b"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """A stream in place of standard error; the process's logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level


def test_human_lines(lines: io.StringIO) -> None:
    setup_logging("info", "human", lines)
    logging.getLogger("acs.test").info(
        "informed with password=%s", "hunter2", extra={"device": "d1", "token": "hunter2"}
    )
    logging.getLogger("acs.test").debug("unseen")
    line = lines.getvalue()
    assert line.endswith("INFO    acs.test - informed with password=***  device=d1 token=***\n")
    assert line[:4].isdigit()
    assert line.split()[0].endswith("Z")


def test_a_traceback_is_redacted_too(lines: io.StringIO) -> None:
    setup_logging("INFO", "human", lines)
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        logging.getLogger("acs.test").exception("failed")
    assert "Traceback" in lines.getvalue()
    assert "hunter2\n" not in lines.getvalue().replace('raise ValueError("password=***', "")
    assert "ValueError: password=***" in lines.getvalue()


def test_json_lines(lines: io.StringIO) -> None:
    setup_logging("WARNING", "json", lines)
    log = logging.getLogger("acs.test")
    log.info("unseen")
    log.warning('said "%s"', "password=hunter2", extra={"attempt": 3, "device": "d1", "message_id": None})
    entry = json.loads(lines.getvalue())
    assert entry.pop("time").endswith("Z")
    assert entry == {
        "level": "warning",
        "logger": "acs.test",
        "message": 'said "password=***"',
        "attempt": 3,
        "device": "d1",
        "message_id": None,
    }


def test_json_carries_the_exception(lines: io.StringIO) -> None:
    setup_logging("INFO", "json", lines)
    try:
        raise ValueError("token=hunter2")
    except ValueError:
        logging.getLogger("acs.test").exception("failed")
    assert "ValueError: token=***" in json.loads(lines.getvalue())["exception"]


def test_setup_twice_writes_once_and_uvicorn_joins_in(lines: io.StringIO) -> None:
    setup_logging("INFO", "human", lines)
    setup_logging("INFO", "human", lines)
    logging.getLogger("uvicorn.error").warning("too slow")
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("uvicorn.access").info("GET /")
    assert lines.getvalue().count("\n") == 1


def test_default_stream_is_standard_error(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", lines)
    setup_logging()
    logging.getLogger("acs.test").warning("here")
    assert "here" in lines.getvalue()


def test_counters_by_name_and_labels() -> None:
    counters = Counters()
    sessions = counters.counter("sessions_total", result="ok", version="1.0")
    assert counters.counter("sessions_total", version="1.0", result="ok") is sessions
    sessions.add()
    sessions.add(2)
    counters.add("sessions_total", result="fault", version="1.0")
    counters.add("bytes_total", 100)
    assert counters.snapshot() == (
        Sample("bytes_total", (), 100),
        Sample("sessions_total", (("result", "fault"), ("version", "1.0")), 1),
        Sample("sessions_total", (("result", "ok"), ("version", "1.0")), 3),
    )
    assert counters.totals() == {"bytes_total": 100, "sessions_total": 4}


def test_counting_from_threads_loses_nothing() -> None:
    counter = Counters().counter("total")

    def count() -> None:
        for _ in range(2000):
            counter.add()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.value == 8000


async def test_spawn_returns_the_result() -> None:
    async def work() -> int:
        return 42

    assert await spawn(work(), name="answer") == 42


async def test_spawn_keeps_the_task_alive() -> None:
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.set()

    spawn(work(), name="forgotten by its caller")
    gc.collect()
    await asyncio.wait_for(done.wait(), 2)


async def test_spawn_logs_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise RuntimeError("boom")

    task = spawn(work(), name="doomed")
    with pytest.raises(RuntimeError):
        await task
    await asyncio.sleep(0)
    [record] = [record for record in caplog.records if record.name == "acs.telemetry"]
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert vars(record)["task"] == "doomed"


async def test_spawn_says_nothing_of_a_cancelled_task(caplog: pytest.LogCaptureFixture) -> None:
    task = spawn(asyncio.sleep(60), name="stopped")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert not caplog.records


@pytest.mark.parametrize("text", ["{}", "Config File Key    :{}", "<DeviceCfgFileKey>{}</DeviceCfgFileKey>", "k={};"])
def test_keys_of_encrypted_files_are_masked_wherever_they_stand(text: str) -> None:
    for key in ("ab" * 32, "0F" * 32):
        assert key not in redact(text.format(key))
    assert redact("a" * 65) == "a" * 65
