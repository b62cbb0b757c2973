"""Settings kept with a version: sealed, bound to phone and version, whole again."""

import pytest

from acs.errors import NeedsOperator
from acs.services import kept_settings
from acs.services.kept_settings import KeptSettings
from acs.storage.tables import ConfigVersionRow
from tests.conftest import World

KEPT = KeptSettings(
    {"sip": {"lines": {"1": {"password": "hush"}}}}, {"locale": None}, (("raw", "SIP CONFIG MODULE", "SIP1 User"),)
)


def row(sealed: str, version: str = "2.0003") -> ConfigVersionRow:
    return ConfigVersionRow(
        device_id="d",
        version=version,
        dialect="text1",
        content_digest="",
        sha256="",
        size=0,
        created_at=0.0,
        settings_sealed=sealed,
    )


async def test_sealed_and_opened(world: World) -> None:
    sealed = kept_settings.sealed(world.context, "d", "2.0003", KEPT)
    assert "hush" not in sealed
    assert kept_settings.opened(world.context, row(sealed)) == KEPT
    assert kept_settings.opened(world.context, row("")) is None
    with pytest.raises(NeedsOperator):
        kept_settings.opened(world.context, row(sealed, version="2.0004"))


async def test_many_settings_take_little_room(world: World) -> None:
    keys = {str(number): {"type": "blf", "line": 1, "value": str(1000 + number)} for number in range(1, 128)}
    sealed = kept_settings.sealed(world.context, "d", "2.0003", KeptSettings({"keys": keys}, {"keys": keys}))
    assert len(sealed) < 4096
