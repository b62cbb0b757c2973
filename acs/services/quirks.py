"""How one phone is to be treated: rules, what was learnt of it, what an operator set for it."""

from acs.domain.devices.quirks import STANDARD, Quirks, with_settings
from acs.storage.tables import DeviceRow
from acs.storage.unit_of_work import UnitOfWork


def quirks_of(uow: UnitOfWork, device: DeviceRow) -> Quirks:
    """Give how a phone is to be treated."""
    return with_settings(with_settings(STANDARD, device.quirks_learnt), device.quirks_set)
