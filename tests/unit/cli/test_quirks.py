"""``acs quirk``, and ``acs device quirks``."""

import pytest
import typer

from acs.cli.quirks import assigned

from .conftest import Run


def test_values_are_json_where_they_can_be() -> None:
    given = ["gpv_batch=16", "blocked=true", "cookie=first", 'never_read=["*.A.*"]', "spv_batch="]
    assert assigned(given) == {
        "gpv_batch": 16,
        "blocked": True,
        "cookie": "first",
        "never_read": ["*.A.*"],
        "spv_batch": None,
    }
    for word in ("gpv_batch", "=5"):
        with pytest.raises(typer.BadParameter):
            assigned([word])


def test_rules_are_made_listed_shown_deleted(acs: Run) -> None:
    made = acs("quirk", "add", "--product-class", "X4*", "--note", "slow", "gpv_batch=32", "--json").json()
    assert made["settings"] == {"gpv_batch": 32}
    assert made["id"] in acs("quirk", "list").out
    assert "X4*" in acs("quirk", "show", made["id"]).out
    acs("quirk", "delete", made["id"], "--yes")
    acs("quirk", "show", made["id"], code=3)
    assert "settings.fly" in str(acs("quirk", "add", "--oui", "0C383E", "fly=1", "--json", code=1).json()["field"])
    assert "gpv_batch" in acs("quirk", "settings").out


def test_one_phone(acs: Run) -> None:
    device_id = acs("device", "add", "--mac", "001565000009", "--json").json()["id"]
    assert "as the specification says" in acs("device", "quirks", device_id).err
    shown = acs("device", "quirks", device_id, "--set", "gpv_batch=16", "--set", "cookie=first").out
    assert "gpv_batch" in shown
    assert "set" in shown
    assert "spv_batch" in acs("device", "quirks", device_id, "--all").out
    items = acs("device", "quirks", device_id, "--set", "gpv_batch=", "--reset-learnt", "--json").json()["items"]
    assert {item["name"] for item in items if item["source"] == "set"} == {"cookie"}
    assert "gpv_batch" in acs("device", "quirks", device_id, "--set", "gpv_batch=0", code=1).err
