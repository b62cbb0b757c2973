"""Every field quirk is held by a test, or says why it is not."""

from acs.domain.devices.field_quirks import titles
from tests.quirks.coverage import PAGE, elsewhere, held_by, page


def test_every_quirk_has_a_test_or_a_reason() -> None:
    tests, reasons = held_by(), elsewhere()
    missing = [number for number in titles() if number not in tests and number not in reasons]
    assert not missing, f"quirks without a test named for them, and without a reason in elsewhere.toml: {missing}"
    both = sorted(set(tests) & set(reasons))
    assert not both, f"these have a test now, take them out of elsewhere.toml: {both}"
    unknown = sorted((set(tests) | set(reasons)) - set(titles()))
    assert not unknown, f"there are no such quirks: {unknown}"
    assert all(len(reason) > 20 for reason in reasons.values())


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run ./run docs"
