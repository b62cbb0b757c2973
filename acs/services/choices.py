"""Which profile a phone has: the one place where what is kept of it meets `acs.domain.phones.profiles`."""

from acs.domain.phones.catalogue import Catalogue
from acs.domain.phones.profiles import Choice, choose
from acs.storage.tables import DeviceRow


def profile_of(device: DeviceRow, catalogue: Catalogue) -> Choice:
    """Give a phone's profile, and what it was chosen by."""
    return choose(
        override=device.profile,
        acs_type=device.acs_type,
        events=device.last_events.split("\n"),
        sign=device.carrier_sign,
        root=device.root,
        model=catalogue.of_phone(device.product_class, model=device.model),
    )
