"""The merged settings that a version of a phone's configuration was rendered from, as they are kept with it.

Sealed, as they hold secrets, and packed before, as a phone may have many versions of a hundred KiB each.
"""

import json
import zlib
from dataclasses import dataclass
from typing import Any

from acs.domain.phones.layers import Path
from acs.services.context import Context
from acs.storage.tables import ConfigVersionRow


@dataclass(frozen=True, slots=True)
class KeptSettings:
    """The settings of one version."""

    document: dict[str, Any]
    """What all layers together said then."""
    own: dict[str, Any]
    """What the phone's own layer said of it."""
    unused_raw: tuple[Path, ...] = ()
    """Raw keys that were not in the file, as something more specific said otherwise."""


def sealed(ctx: Context, device_id: str, version: str, kept: KeptSettings) -> str:
    """Give settings as a column holds them."""
    told = {"settings": kept.document, "own": kept.own, "unused_raw": kept.unused_raw}
    text = json.dumps(told, separators=(",", ":"))
    return ctx.box.seal(zlib.compress(text.encode()), context=_context(device_id, version))


def opened(ctx: Context, row: ConfigVersionRow) -> KeptSettings | None:
    """Give the settings of a version; None if none were kept with it."""
    if not row.settings_sealed:
        return None
    packed = ctx.box.open_raw(row.settings_sealed, context=_context(row.device_id, row.version))
    told = json.loads(zlib.decompress(packed))
    return KeptSettings(told["settings"], told["own"], tuple(map(tuple, told["unused_raw"])))


def _context(device_id: str, version: str) -> str:
    return f"config_version:{device_id}:{version}"
