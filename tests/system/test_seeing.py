"""An operator looks at a phone's configuration over its life, and goes back: a real server, phones on a wire."""

from typing import Any

from tests.system.cpe import ConfigFile, Phone
from tests.system.server import Server
from tests.system.test_life import configured, settled


def versions(server: Server, phone: Phone) -> list[dict[str, Any]]:
    return server.items(f"/devices/{phone.serial}/config/versions")


def diff(server: Server, phone: Phone, query: str = "") -> dict[str, Any]:
    told: dict[str, Any] = server.get(f"/devices/{phone.serial}/config/diff{query}")
    return told


def test_what_was_applied_what_differs_and_the_way_back(server: Server) -> None:
    phone = settled(server)
    first = configured(server, phone, "1001")
    assert diff(server, phone)["never_applied"] is True
    phone.call("2 PERIODIC")
    server.succeeded(first)
    (made,) = versions(server, phone)
    assert made["applied_at"]
    assert (made["task_id"], made["kind"], made["current"], made["desired"], made["applied"]) == (
        first,
        "full",
        True,
        True,
        True,
    )
    assert diff(server, phone)["identical"] is True

    # The same settings proven once more: the same version, applied later
    again = server.task(phone.serial, "download", kind="config")
    phone.call("2 PERIODIC")
    server.succeeded(again)
    (proven,) = versions(server, phone)
    assert proven["version"] == made["version"]
    assert proven["applied_at"] > made["applied_at"]

    changed = configured(server, phone, "1002")
    told = diff(server, phone)
    assert {(item["name"], item["before"], item["after"]) for item in told["items"]} == {
        ("SIP1 Phone Number", "1001", "1002"),
        ("SIP1 Register User", "a1001", "a1002"),
    }
    assert {(item["expected"], item["read"]) for item in told["reported"]} >= {("1002", "1001")}
    phone.call("2 PERIODIC")
    server.succeeded(changed)
    newer, older = versions(server, phone)
    assert (newer["applied"], older["applied"]) == (True, False)

    done = server.post(f"/devices/{phone.serial}/config/rollback?push=true", {"version": made["version"]})
    assert done["identical"] is True
    phone.call("2 PERIODIC")
    server.succeeded(done["task"]["id"])
    former, latter = ConfigFile(phone.files[0]), ConfigFile(phone.files[-1])
    assert latter.version == done["version"]
    assert float(latter.version) > float(newer["version"])
    assert latter.values == former.values
    assert phone.files[0].splitlines()[1:] == phone.files[-1].splitlines()[1:]
    assert diff(server, phone, f"?against={made['version']}")["identical"] is True
