"""The demonstration proves every phone, and says so when one is not proven."""

import io
from typing import Any

import pytest
from rich.console import Console

from acs import demo
from acs.simulator.fleet import FleetOptions


@pytest.fixture(autouse=True)
def free_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_PORTS", dict.fromkeys(demo._PORTS, 0))


def screen() -> Console:
    return Console(file=io.StringIO(), width=100)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_every_phone_is_found_configured_and_proven() -> None:
    console = screen()
    assert await demo.run(once=True, phones=3, console=console)
    text = shown(console)
    assert "3 of 3 phones found, configured and proven." in text
    for kind in demo.FLEET:
        row = next(line for line in text.splitlines() if line.strip().startswith(kind.first_mac))
        assert kind.firmware in row
        assert "3 entries" in row
        assert "+ 3 SIP" in row


async def test_a_fleet_that_lies_is_not_called_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    def lying(**options: Any) -> FleetOptions:
        return FleetOptions(**options, behaviours=("lying",))

    monkeypatch.setattr(demo, "FleetOptions", lying)
    monkeypatch.setattr(demo, "FLEET", demo.FLEET[:1])
    monkeypatch.setattr(demo, "TASKS", ("config",))

    async def only_config(api: demo.Api, row: demo.Row, number: int, book: str, firmware: dict[str, Any]) -> None:
        path = f"/devices/{row.device['id']}/tasks?wake=true"
        row.tasks["config"] = await api.call("POST", path, {"type": "download", "kind": "config"})

    monkeypatch.setattr(demo, "_provision", only_config)
    console = screen()
    assert not await demo.run(once=True, phones=1, console=console)
    assert "0 of 1 phones proven." in shown(console)
    assert "expected '2.0003'" in shown(console)
