"""The value that says how one phone is to be treated."""

from pathlib import Path

import pytest

from acs.domain.devices.quirks import NAMES, STANDARD, Quirks, checked, knobs, with_settings
from acs.errors import BadRequest


def test_the_standard_phone_follows_the_letter() -> None:
    assert Quirks() == STANDARD
    assert STANDARD.end_status == 204
    assert STANDARD.xml_declaration


def test_settings_are_laid_over_a_base() -> None:
    small = with_settings(STANDARD, {"gpv_batch": 16})
    assert small.gpv_batch == 16
    assert with_settings(small, {"boolean_literals": True}) == Quirks(gpv_batch=16, boolean_literals=True)


def test_what_means_nothing_any_more_is_passed_over() -> None:
    assert with_settings(STANDARD, {"of_another_version": 1}) is STANDARD
    assert "of_another_version" not in NAMES


def test_every_setting_is_described() -> None:
    for knob in knobs():
        assert knob["meaning"].endswith(".")
        assert knob["quirks"]
        assert knob["type"] in ("boolean", "integer", "string", "list of strings")
        assert checked({knob["name"]: knob["default"]}) == {knob["name"]: knob["default"]}
    assert [knob["name"] for knob in knobs()] == list(NAMES)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fly", True),
        ("blocked", 1),
        ("blocked", "true"),
        ("gpv_batch", 0),
        ("gpv_batch", 1001),
        ("gpv_batch", True),
        ("gpv_batch", "5"),
        ("gpv_batch", 5.0),
        ("session_seconds", -1),
        ("end_status", 201),
        ("end_status", True),
        ("cookie", "sometimes"),
        ("cookie", ["always"]),
        ("never_read", "x"),
        ("never_read", [""]),
        ("never_read", [1]),
        ("never_read", ["a\nb"]),
        ("never_read", ["x"] * 51),
        ("blocked", None),
    ],
)
def test_a_bad_setting_is_named(name: str, value: object) -> None:
    with pytest.raises(BadRequest) as refused:
        checked({name: value}, field="settings")
    assert refused.value.field == f"settings.{name}"
    assert with_settings(STANDARD, {name: value}) == STANDARD  # and one that is kept does no harm


def test_settings_are_an_object() -> None:
    several: tuple[object, ...] = (None, [], "x")
    for settings in several:
        with pytest.raises(BadRequest) as refused:
            checked(settings, field="settings")
        assert refused.value.field == "settings"


def test_lists_become_values_that_cannot_change() -> None:
    assert with_settings(STANDARD, {"never_read": ["a", "b"]}).never_read == ("a", "b")
    assert hash(with_settings(STANDARD, {"never_read": ["a"]}))


def test_the_manual_names_every_setting() -> None:
    page = (Path(__file__).parents[4] / "acs/docs/how-to/quirks.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    missing = [name for name in NAMES if not any(f"`{name}`" in row.split("|")[1] for row in rows)]
    assert not missing
