"""``acs task``."""

import pytest

from .conftest import Run


@pytest.fixture
def device(acs: Run) -> str:
    found = acs("device", "list", "--json").json()
    return str(found[0]["id"] if found else acs("device", "add", "--mac", "0c383e000001", "--json").json()["id"])


def test_made_listed_shown_cancelled_retried(acs: Run, device: str) -> None:
    task = acs("task", "create", "0c383e000001", "reboot", "--json").json()
    assert task["device_id"] == device
    assert task["id"] in acs("task", "list", "--device", "0c383e000001", "--state", "queued").out
    assert "reboot" in acs("task", "show", task["id"]).out
    assert acs("task", "cancel", task["id"], "--json").json()["state"] == "cancelled"
    assert "cancelled" in acs("task", "wait", task["id"], code=1).out
    assert acs("task", "retry", task["id"], "--json").json()["state"] == "queued"
    assert "still queued" in acs("task", "wait", task["id"], "--timeout", "0.01", code=1).err
    assert "No device" in acs("task", "list", "--device", "nobody", code=3).err


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (["download", "kind=config"], {"kind": "config"}),
        (["get_parameter_values", "names=A.,B.C"], {"names": ["A.", "B.C"]}),
        (["get_parameter_values", 'names=["A."]'], {"names": ["A."]}),
        (["cancel_transfer", "command_key=0123"], {"command_key": "0123"}),
        (["cancel_transfer", "command_key=123"], {"command_key": "123"}),
        (["set_vouchers", "vouchers=PFZvdWNoZXIvPg==,QUJD"], {"vouchers": ["PFZvdWNoZXIvPg==", "QUJD"]}),
        (["schedule_inform", "delay_seconds=60"], {"delay_seconds": 60}),
        (
            ["schedule_download", "kind=config", 'time_windows=[{"start": 0, "end": 9, "mode": "any_time"}]'],
            {
                "kind": "config",
                "time_windows": [
                    {"start": 0, "end": 9, "mode": "1 At Any Time", "user_message": "", "max_retries": 0},
                ],
            },
        ),
        (["get_parameter_names", "path=A.", "next_level=true"], {"path": "A.", "next_level": True}),
        (["set_parameter_values", "--set", "A.B=1=2"], {"values": [{"name": "A.B", "value": "1=2"}]}),
    ],
)
def test_arguments(acs: Run, device: str, words: list[str], arguments: dict[str, object]) -> None:
    made = acs("task", "create", device, *words, "--json").json()
    assert arguments.items() <= {key: value for key, value in made["arguments"].items() if value != ""}.items()


def test_bad_arguments(acs: Run, device: str) -> None:
    acs("task", "create", device, "download", "config", code=2)
    assert "names" in acs("task", "create", device, "get_parameter_values", code=1).err
