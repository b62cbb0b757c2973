"""The value that says how one phone is to be treated."""

from acs.domain.devices.quirks import NAMES, STANDARD, Quirks, with_settings


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
