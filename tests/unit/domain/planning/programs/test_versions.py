"""What a version's schema does not have is not written; what only the phone does not know is asked all the same."""

import pytest

from acs.domain.planning.programs.versions import has, without, without_file_type
from acs.domain.planning.steps import Phone


@pytest.mark.parametrize(
    ("method", "since"),
    [
        ("GetQueuedTransfers", "1.0"),
        ("GetAllQueuedTransfers", "1.1"),
        ("ScheduleDownload", "1.2"),
        ("CancelTransfer", "1.2"),
        ("ChangeDUState", "1.2"),
    ],
)
def test_a_method_exists_since_its_version(method: str, since: str) -> None:
    for version in ("1.0", "1.1", "1.2", "1.3", "1.4"):
        phone = Phone(schema_version=version, methods=frozenset())  # its list of methods is not believed
        assert has(method, phone) is (version >= since)
        refused = without(method, phone)
        assert (refused is None) is (version >= since)
        if refused is not None:
            assert refused.fault.code == "not_in_version"
            assert all(word in refused.fault.message for word in (version, method, since))


def test_no_version_has_a_method_that_nobody_knows() -> None:
    assert not has("X_Dance", Phone())
    assert without("X_Dance", Phone()) is not None


@pytest.mark.parametrize(
    ("method", "file_type", "early"),
    [
        ("Download", "1 Firmware Upgrade Image", True),
        ("Download", "3 Vendor Configuration File", True),
        ("Download", "X 0C383E Ring", True),
        ("Download", "4 Tone File", False),
        ("Download", "X FANVIL Ring", False),
        ("Upload", "1 Vendor Configuration File", True),
        ("Upload", "3 Vendor Configuration File 1", False),
    ],
)
def test_quirk_134_file_types_are_those_of_the_version_s_schema(method: str, file_type: str, early: bool) -> None:
    assert (without_file_type(method, file_type, Phone(schema_version="1.0")) is None) is early
    assert (without_file_type(method, file_type, Phone(schema_version="1.1")) is None) is early
    assert without_file_type(method, file_type, Phone(schema_version="1.2")) is None
