"""``acs device``."""

from .conftest import Run


def test_added_listed_changed_forgotten(acs: Run) -> None:
    made = acs(
        "device", "add", "--mac", "0C:38:3E:00:00:01", "--model", "X4", "--tag", "a", "--tag", "b", "--json"
    ).json()
    assert made["tags"] == ["a", "b"]
    assert "0c383e000001" in acs("device", "list").out
    assert acs("device", "list", "--model", "x6", "--json").json() == []
    assert "X4" in acs("device", "show", "0c383e000001").out
    changed = acs("device", "set", made["id"], "--name", "Lobby", "--profile", "ctc", "--tag", "", "--json").json()
    assert (changed["name"], changed["profile"], changed["tags"]) == ("Lobby", "ctc", [])
    assert acs("device", "set", made["id"], "--profile", "auto", "--json").json()["profile"] == "common"
    assert acs("device", "parameters", made["id"], "--json").json() == []
    assert acs("device", "events", made["id"], "--json").json() == []
    acs("device", "delete", made["id"], "--yes")
    assert "No device" in acs("device", "show", made["id"], code=3).err


def test_failures_have_their_codes(acs: Run) -> None:
    assert "No device" in acs("device", "show", "nobody", code=3).err
    assert acs("device", "show", "nobody", "--json", code=3).json()["status"] == 404
    acs("device", "set", "nobody", code=2)
    acs("device", "fly", code=2)
    assert "mac" in acs("device", "add", "--mac", "x", code=1).err
    device_id = acs("device", "add", "--mac", "001565000002", "--json").json()["id"]
    assert "ConnectionRequestURL" in acs("device", "wake", device_id, code=3).err
    assert "admin-token" in acs("device", "list", code=4, ACS_ADMIN_TOKEN="a-token-that-is-wrong").err
