"""Exit codes are few, fixed and explained."""

from acs.cli.outcome import MEANING, Exit


def test_codes() -> None:
    assert {code.name: code.value for code in Exit} == {
        "OK": 0,
        "FAILED": 1,
        "USAGE": 2,
        "NOT_FOUND": 3,
        "DENIED": 4,
        "UNREACHABLE": 5,
    }
    assert set(MEANING) == set(Exit)
