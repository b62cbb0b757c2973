"""The image and the compose file say what the program does: ports, folders, commands."""

import re

import pytest

from acs.settings import Settings, variables
from tests.architecture.checkout import ROOT

DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "docker" / "embedded.yml").read_text(encoding="utf-8")
PORTS = {str(Settings.model_fields[name].default) for name in ("cwmp_port", "files_port", "api_port")}
API_PORT = str(Settings.model_fields["api_port"].default)


def test_the_image_exposes_the_default_ports() -> None:
    [exposed] = re.findall(r"^EXPOSE (.+)$", DOCKERFILE, re.MULTILINE)
    assert {port.removesuffix("/tcp") for port in exposed.split()} == {*PORTS, "3478/udp"}
    assert "3478 is the usual port" in str(Settings.model_fields["stun_port"].description)


def test_the_image_asks_the_api_port_for_its_health() -> None:
    [check] = re.findall(r"^HEALTHCHECK .*?(?=^[A-Z])", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert f"'ACS_API_PORT', '{API_PORT}'" in check
    assert "/healthz" in check


@pytest.mark.parametrize("content", [DOCKERFILE, COMPOSE], ids=["Dockerfile", "embedded.yml"])
def test_only_settings_that_exist_are_named(content: str) -> None:
    assert set(re.findall(r"ACS_[A-Z_]+", content)) <= set(variables())


def test_the_image_runs_without_privileges_in_its_data_folder() -> None:
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    [folder] = re.findall(r"ACS_DATA_DIR=(\S+)", DOCKERFILE)
    assert f"VOLUME {folder}\n" in DOCKERFILE
    assert re.search(rf"install --directory --owner acs .* {folder}$", DOCKERFILE, re.MULTILINE)
    assert f"- data:{folder}\n" in COMPOSE


def test_the_image_copies_what_is_there_and_what_the_context_lets_through() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert copied == let_through
    assert all((ROOT / source).exists() for source in copied)


def test_the_image_uses_a_supported_python() -> None:
    [version] = re.findall(r"^ARG PYTHON=3\.(\d+)$", DOCKERFILE, re.MULTILINE)
    assert 11 <= int(version) <= 13


def test_compose_publishes_the_ports_and_keeps_the_api_to_loopback() -> None:
    published = re.findall(r'^      - "([\d.]*?):?(\d+):(\d+)"$', COMPOSE, re.MULTILINE)
    assert {inside for _, _, inside in published} == PORTS
    assert all(outside == inside for _, outside, inside in published)
    assert [address for address, _, inside in published if inside == API_PORT] == ["127.0.0.1"]


def test_entry_point_and_command_exist() -> None:
    import typer.main

    from acs.cli import app

    assert 'ENTRYPOINT ["acs"]' in DOCKERFILE
    commands = re.findall(r"""^(?:CMD|\s+command:) \["([a-z]+)"\]$""", DOCKERFILE + COMPOSE, re.MULTILINE)
    assert len(commands) == 2
    assert set(commands) <= set(typer.main.get_group(app).commands)
