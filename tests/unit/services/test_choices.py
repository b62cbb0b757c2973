"""What is kept of a phone, as the rule for profiles sees it."""

from typing import Any

from acs.domain.phones.catalogue import BUILT_IN
from acs.services.choices import profile_of
from acs.storage.tables import DeviceRow


def test_every_column_that_speaks_for_a_profile() -> None:
    def source(**columns: Any) -> str:
        return profile_of(DeviceRow(id="d1", oui="", created_at=0.0, **columns), BUILT_IN).source

    assert source() == "model"
    assert source(root="Device.") == "root"
    assert source(root="Device.", carrier_sign="parameter") == "parameter"
    assert source(last_events="1 BOOT\nX CT-COM ALARM", carrier_sign="parameter") == "event"
    assert source(acs_type="common", carrier_sign="event") == "acs_type"
    assert source(acs_type="common", profile="ctc") == "override"
