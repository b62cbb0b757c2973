"""How one phone is to be treated."""

from acs.services.quirks import quirks_of
from acs.storage.tables import DeviceRow
from tests.conftest import World


async def test_what_an_operator_set_wins_over_what_was_learnt(world: World) -> None:
    device = DeviceRow(id="d", quirks_learnt={"gpv_batch": 50, "spv_batch": 20}, quirks_set={"gpv_batch": 10})
    quirks = await world.read(lambda uow: quirks_of(uow, device))
    assert (quirks.gpv_batch, quirks.spv_batch) == (10, 20)
