"""``acs device``."""

from typing import Any

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


def test_a_trace(acs: Any) -> None:
    acs("device", "add", "--mac", "0c383e00ab01")
    assert "No" not in acs("device", "trace", "0c383e00ab01", "--minutes", "5").err
    assert acs("device", "trace", "0c383e00ab01", "--minutes", "6", "--json").json()["trace_until"]
    assert "0 messages." in acs("device", "trace", "0c383e00ab01").out
    assert acs("device", "trace", "0c383e00ab01", "--json").json() == []
    acs("device", "trace", "0c383e00ab01", "--stop")
    acs("device", "trace", "0c383e00ab01", "--erase")
    acs("device", "trace", "0c383e00ab01", "--stop", "--follow", code=2)
    acs("device", "trace", "nobody", "--minutes", "5", code=3)


def test_a_trace_is_followed(monkeypatch: Any, capsys: Any) -> None:
    """Only what is new is shown, once, until Ctrl-C."""
    import pytest

    from acs.cli import devices

    message = {
        "id": "7",
        "at": "2026-01-01T00:00:00.000Z",
        "session": "s1",
        "direction": "out",
        "http_version": "1.1",
        "method": None,
        "target": None,
        "status": 204,
        "address": None,
        "credentials": None,
        "reason": None,
        "headers": [{"name": "set-cookie", "value": "acs=***"}],
        "body": "",
        "size": 0,
        "cut": False,
    }

    class Scripted:
        def get(self, path: str, query: Any = None) -> Any:
            return {"items": [{**message, "id": "6"}]}

        def pages(self, path: str, query: Any, most: int) -> Any:
            return iter([message] if query["after"] < 7 else [])

    rounds = iter([None, None])

    def sleep(seconds: float) -> None:
        if next(rounds, "over") == "over":
            raise KeyboardInterrupt

    monkeypatch.setattr("acs.cli.devices.time.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        devices._follow(Scripted(), "/x", None, as_json=False)  # type: ignore[arg-type]
    out = capsys.readouterr().out
    assert out.count("to the phone") == 1
    assert "HTTP/1.1 204\nset-cookie: acs=***" in out


def test_a_file_key_is_forgotten(acs: Run) -> None:
    acs("device", "add", "--mac", "0c383e0000f1", "--model", "X4")
    told = acs("device", "set", "0c383e0000f1", "--forget-file-key", "--json").json()
    assert told["file_key_known"] is False
    acs("device", "set", "0c383e0000f1", code=2)
