"""The composition root: what the first start makes, what it refuses, and that it starts again."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from acs.app import ROLES, App, embedded, running, serve
from acs.errors import NeedsOperator
from acs.services.devices import DeviceQuery, list_devices
from acs.settings import PREFIX, Settings
from tests.certificates import Authority
from tests.phone import TestPhone

Make = Callable[..., App]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Settings on a new folder and free ports of loopback; nothing comes from the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)

    def settings(**more: Any) -> Settings:
        ports = {"cwmp_port": 0, "files_port": 0, "api_port": 0}
        return Settings(**{"data_dir": tmp_path / "data", "host": "127.0.0.1", **ports, **more})

    return settings


@pytest.fixture
def make(given: Callable[..., Settings]) -> Iterator[Make]:
    """Put programs together; close what they opened even where they were never started."""
    made: list[App] = []

    def one(**more: Any) -> App:
        made.append(embedded(given(**more)))
        return made[-1]

    yield one
    for app in made:
        app.database.engine.dispose()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def phone_of(app: App, **more: Any) -> TestPhone:
    pair = {"username": app.context.cpe_username, "password": app.context.cpe_password}
    return TestPhone(app.sessions, **{**pair, **more})


async def get(app: App, name: str, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        return await http.get(f"http://127.0.0.1:{app.ports[name]}{path}", headers=headers)


# First start ---------------------------------------------------------------------------------------------------------


def test_first_start_makes_what_is_missing_for_nobody_else_to_read(make: Make, tmp_path: Path) -> None:
    before = os.umask(0)  # the widest there is: the modes are ours, not the shell's
    try:
        app = make()
    finally:
        os.umask(before)
    data = tmp_path / "data"
    for name in ("secret-key", "cpe-credentials", "admin-token", "acs.sqlite3"):
        assert mode(data / name) == 0o600, name
    assert mode(data) == 0o700
    assert bytes.fromhex((data / "secret-key").read_text()) == app.context.secret_key
    kept = json.loads((data / "cpe-credentials").read_text())
    assert kept == {"username": "acs", "password": app.context.cpe_password}
    assert len(kept["password"]) >= 20
    assert (data / "admin-token").read_text().strip() == app.admin_token


def test_two_installations_share_no_secret(make: Make, tmp_path: Path) -> None:
    apps = [make(data_dir=tmp_path / name) for name in ("one", "two")]
    for secrets in (
        [app.context.secret_key for app in apps],
        [app.context.cpe_password for app in apps],
        [app.admin_token for app in apps],
    ):
        assert secrets[0] != secrets[1]


def test_what_is_set_is_used_and_not_kept(make: Make, tmp_path: Path) -> None:
    pair = {"cpe_username": "phones", "cpe_password": "of the factory"}
    app = make(secret_key="ab" * 32, admin_token="chosen-by-the-operator", **pair)
    assert (app.context.cpe_username, app.context.cpe_password) == ("phones", "of the factory")
    assert app.context.secret_key == bytes.fromhex("ab" * 32)
    assert app.admin_token == "chosen-by-the-operator"
    names = {path.name for path in (tmp_path / "data").iterdir()}
    assert names.isdisjoint({"secret-key", "cpe-credentials", "admin-token"})


@pytest.mark.parametrize(
    ("half", "message"),
    [
        ({"cpe_username": "phones"}, "ACS_CPE_USERNAME is set without ACS_CPE_PASSWORD"),
        ({"cpe_password": "secret"}, "ACS_CPE_PASSWORD is set without ACS_CPE_USERNAME"),
        ({"xmpp_jid": "acs@xmpp.example"}, "ACS_XMPP_JID is set without ACS_XMPP_PASSWORD"),
        (
            {"xmpp_jid": "acs@xmpp.example", "xmpp_password": "secret", "xmpp_tls": "off"},
            "ACS_XMPP_TLS=off is for a server on loopback",
        ),
    ],
)
def test_half_a_pair_is_refused(make: Make, half: dict[str, str], message: str) -> None:
    with pytest.raises(NeedsOperator, match=message):
        make(**half)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '"acs"', "{}", '{"username": "acs"}', '{"username": 1, "password": 2}']
)
def test_a_damaged_file_of_credentials_is_told_and_left_as_it_is(make: Make, tmp_path: Path, content: str) -> None:
    path = tmp_path / "data" / "cpe-credentials"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(NeedsOperator, match="cpe-credentials"):
        make()
    assert path.read_text() == content


def test_a_data_folder_that_cannot_be_made(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NeedsOperator, match="ACS_DATA_DIR"):
        make(data_dir=tmp_path / "file" / "data")


def test_a_database_that_is_newer_is_refused_and_left_alone(make: Make, tmp_path: Path) -> None:
    make().database.engine.dispose()
    path = tmp_path / "data" / "acs.sqlite3"

    def sql(text: str) -> Any:
        connection = sqlite3.connect(path)
        with connection:
            found = connection.execute(text).fetchall()
        connection.close()
        return found

    sql("UPDATE alembic_version SET version_num = 'f00df00d'")
    tables = sql("SELECT sql FROM sqlite_master ORDER BY name")
    with pytest.raises(NeedsOperator, match=r"f00df00d.*newer"):
        make()
    assert sql("SELECT sql FROM sqlite_master ORDER BY name") == tables
    assert sql("SELECT version_num FROM alembic_version") == [("f00df00d",)]


# Addresses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "public", "expected"),
    [
        ("127.0.0.1", None, "127.0.0.1"),
        ("::1", None, "[::1]"),
        ("0.0.0.0", "acs.example.net", "acs.example.net"),
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("0.0.0.0", "2001:db8::7", "[2001:db8::7]"),
        ("0.0.0.0", "[2001:db8::7]", "[2001:db8::7]"),
    ],
)
def test_phones_are_told_the_public_host(make: Make, host: str, public: str | None, expected: str) -> None:
    app = make(host=host, public_host=public, cwmp_port=7547, files_port=7567)
    assert app.context.acs_url == f"http://{expected}:7547/"
    assert app.context.files_url == f"http://{expected}:7567"


@pytest.mark.parametrize("public", ["acs.example.net:7547", "192.0.2.1:80", "[2001:db8::7]:80"])
def test_a_public_host_with_a_port_is_refused(make: Make, public: str) -> None:
    with pytest.raises(NeedsOperator, match="ACS_PUBLIC_HOST"):
        make(public_host=public)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_listener_on_every_address_tells_phones_one_of_them(make: Make, host: str) -> None:
    url = make(host=host).context.acs_url
    assert "0.0.0.0" not in url
    assert "[::]" not in url


async def test_port_0_takes_a_free_port_and_phones_are_told_which(make: Make) -> None:
    app = make(public_host="2001:db8::7")
    async with running(app):
        assert set(app.ports) == {"cwmp", "files", "api"}
        assert len({*app.ports.values(), 0}) == 4
        assert app.context.acs_url == f"http://[2001:db8::7]:{app.ports['cwmp']}/"
        assert app.context.files_url == f"http://[2001:db8::7]:{app.ports['files']}"
        assert (await get(app, "api", "/healthz")).status_code == 200
        assert (await get(app, "cwmp", "/")).status_code == 405
        assert (await get(app, "files", "/")).status_code == 404


async def test_what_the_waker_is_given(make: Make, unused_udp_port: int, unused_tcp_port: int) -> None:
    app = make(
        stun_port=unused_udp_port,
        cpe_networks="10.0.0.0/8",
        connection_request_defaults="dps:dps",
        public_host="acs.example",
        xmpp_jid="acs@xmpp.example",
        xmpp_password="secret",
        xmpp_host="127.0.0.1",
        xmpp_port=unused_tcp_port,
        xmpp_tls="off",
    )
    assert (app.context.stun_host, app.context.stun_port) == ("acs.example", unused_udp_port)
    async with running(app):
        assert app.ports["stun"] == unused_udp_port
        assert (app.waker.datagrams, app.waker.xmpp) == (app.stun, app.xmpp)
        assert app.waker.ground.own_ports == set(app.ports.values())
        assert app.waker.ground.own_names == {"acs.example"}
        assert [str(each) for each in app.waker.ground.networks] == ["10.0.0.0/8"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", unused_udp_port))  # it is free again


async def test_without_settings_there_is_neither_stun_nor_xmpp(make: Make) -> None:
    app = make()
    async with running(app):
        assert (app.stun, app.xmpp, app.waker.datagrams, app.waker.xmpp) == (None, None, None, None)
        assert app.context.stun_port == 0


async def test_a_stun_port_in_use_is_told(make: Make) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        app = make(stun_port=taken.getsockname()[1])
        with pytest.raises(NeedsOperator, match="cannot be used for STUN"):
            async with running(app):
                pass


def test_starting_without_xmpp_imports_no_slixmpp() -> None:
    code = "import sys, acs.app; sys.exit('slixmpp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_an_ipv6_listener(make: Make) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this system has no IPv6 loopback")
    app = make(host="::1")
    async with running(app, ("cwmp",)), httpx.AsyncClient() as http:
        assert (await http.get(app.context.acs_url)).status_code == 405


@pytest.mark.parametrize("name", ["cwmp", "files", "api"])
async def test_a_port_in_use_is_told_and_nothing_stays_open(
    make: Make, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    closed: list[str] = []

    async def close() -> None:
        closed.append("database")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        app = make(**{f"{name}_port": port})
        monkeypatch.setattr(app.database, "close", close)
        with pytest.raises(NeedsOperator, match=rf"Port {port} on 127\.0\.0\.1 cannot be used: .*in use"):
            async with running(app):
                raise AssertionError("started all the same")
    assert closed == ["database"]
    for other in app.ports.values():
        socket.create_server(("127.0.0.1", other)).close()


# Roles ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "listeners", "keeps_house"),
    [
        (ROLES, {"cwmp", "files", "api"}, True),
        (("cwmp",), {"cwmp"}, True),
        (("files",), {"files"}, False),
        (("api",), {"api"}, False),
        (("files", "api"), {"files", "api"}, False),
        (("worker",), set(), True),
    ],
)
async def test_a_process_does_what_its_roles_say(
    make: Make, roles: tuple[str, ...], listeners: set[str], keeps_house: bool
) -> None:
    app = make()
    before = asyncio.all_tasks()
    async with running(app, roles):
        names = {task.get_name() for task in asyncio.all_tasks() - before}
        assert set(app.ports) == listeners
        assert {f"serve {name}" for name in listeners} <= names
        assert ("housekeeping" in names) is keeps_house
    left = {task.get_name() for task in asyncio.all_tasks() - before}
    assert not any(name == "housekeeping" or name.startswith("serve ") for name in left)


# Start, stop, start again --------------------------------------------------------------------------------------------


async def test_the_next_start_on_the_folder_goes_on_where_the_last_one_stopped(make: Make) -> None:
    first = make()
    async with running(first):
        phone = phone_of(first)
        await phone.call("0 BOOTSTRAP", "1 BOOT")
        phone.adopt_credentials()
        ports = {f"{name}_port": port for name, port in first.ports.items()}

    second = make(**ports)
    assert second.context.secret_key == first.context.secret_key
    assert second.context.cpe_password == first.context.cpe_password
    assert second.admin_token == first.admin_token
    async with running(second):
        assert second.ports == first.ports  # at once, though the last one has just let them go
        again = phone_of(second, username=phone.username, password=phone.password, parameters=phone.parameters)
        await again.call("2 PERIODIC")
        page = await second.database.read(lambda uow: list_devices(uow, DeviceQuery()))
        assert [device["credentials"] for device in page.items] == ["proven"]
        answer = await get(second, "api", "/api/v1/devices", Authorization=f"Bearer {first.admin_token}")
        assert answer.status_code == 200


async def test_stopping_closes_idle_connections_and_listeners(make: Make) -> None:
    app = make()
    async with running(app):
        reader, writer = await asyncio.open_connection("127.0.0.1", app.ports["cwmp"])
        writer.write(b"GET / HTTP/1.1\r\nHost: acs\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 405")
    await asyncio.wait_for(reader.read(), 5)
    writer.close()
    for port in app.ports.values():
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_a_failure_inside_stops_everything_too(make: Make) -> None:
    app = make()
    with pytest.raises(RuntimeError, match="inside"):
        async with running(app):
            raise RuntimeError("inside")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", app.ports["cwmp"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it(
    given: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    handlers: dict[int, Callable[[], None]] = {}
    monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", handlers.__setitem__)
    with caplog.at_level("INFO", logger="acs.app"):
        serving = asyncio.ensure_future(serve(given(), ("cwmp",)))
        while not any(record.message.startswith("listening: cwmp on port") for record in caplog.records):
            assert not serving.done()
            await asyncio.sleep(0.005)
        handlers[number]()
        await asyncio.wait_for(serving, 10)
    assert caplog.records[-1].message.startswith("stopping")


# TLS ------------------------------------------------------------------------------------------------------------------


async def test_with_a_certificate_phones_are_told_https(make: Make, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    path = authority.server().path
    app = make(cwmp_tls_certificate=path, files_tls_certificate=path, api_tls_certificate=path)
    async with running(app):
        assert app.context.acs_url == f"https://127.0.0.1:{app.ports['cwmp']}/"
        assert app.context.files_url == f"https://127.0.0.1:{app.ports['files']}"
        trust = ssl.create_default_context(cafile=str(authority.own.path))
        trust.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        async with httpx.AsyncClient(verify=trust) as http:
            assert (await http.get(f"https://127.0.0.1:{app.ports['api']}/healthz")).status_code == 200
            assert (await http.get(app.context.acs_url)).status_code == 405
            assert (await http.get(f"{app.context.files_url}/none")).status_code == 404


async def test_plain_http_is_told_once_and_by_name(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = make(files_tls_certificate=Authority(tmp_path / "ca").server().path)
    async with running(app):
        (told,) = (record.getMessage() for record in caplog.records if "plain HTTP" in record.getMessage())
    assert f"cwmp (port {app.ports['cwmp']})" in told
    assert "files (port" not in told
    assert "api (port" not in told  # on loopback only


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cwmp_client_certificates": "optional"}, "ACS_CWMP_CLIENT_CERTIFICATES needs TLS"),
        ({"cwmp_second_port": 7, "cwmp_second_tls": "legacy"}, "ACS_CWMP_SECOND_TLS is legacy"),
        ({"cwmp_tls_certificate": Path("none.pem")}, "ACS_CWMP_TLS_CERTIFICATE: there is no file"),
        ({"api_tls_certificate": Path("none.pem")}, "ACS_API_TLS_CERTIFICATE: there is no file"),
    ],
)
async def test_tls_that_cannot_be_is_refused_by_name(make: Make, settings: dict[str, Any], message: str) -> None:
    app = make(**settings)
    with pytest.raises(NeedsOperator, match=message):
        async with running(app):
            pytest.fail("started")


async def test_the_second_port_is_a_cwmp_port(make: Make) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = make(cwmp_second_port=port)
    async with running(app):
        assert app.ports["cwmp_second"] == port
        assert (await get(app, "cwmp_second", "/")).headers["allow"] == "POST"


Z9 = '[models."Z9"]\nseries = "low"\nlines = {}\ndss_keys = 0\n'


def test_phone_models_of_an_operator_are_known_from_the_start(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "mine.toml").write_text(Z9.format(3))
    found = make(models_dir=folder).context.catalogue.named("z9")
    assert found is not None
    assert (found.lines, found.source) == (3, "mine.toml")
    (folder / "mine.toml").write_text(Z9.format('"three"'))
    with pytest.raises(NeedsOperator, match=r"mine\.toml: model Z9: lines"):
        make(models_dir=folder)


async def test_phone_models_are_read_anew_on_hangup(make: Make, tmp_path: Path) -> None:
    app = make()
    folder = tmp_path / "data" / "models"
    folder.mkdir()
    async with running(app):
        for content, lines in ((Z9.format(3), 3), ("broken", 3), (Z9.format(4), 4)):
            (folder / "mine.toml").write_text(content)
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0.05)
            found = app.context.catalogue.named("Z9")
            assert found is not None
            assert found.lines == lines
