"""A setting that nothing reads would be a lie in the reference page."""

import re

from acs.settings import Settings
from tests.architecture.checkout import ROOT

RESERVED = {"tftp_port", "ftp_port", "sip_pnp_port"}
"""Named by the contract, refused by this version: see the validator in acs/settings.py."""


def test_every_setting_is_read_by_the_composition_root_or_the_cli() -> None:
    readers = [ROOT / "acs" / "app.py", *(ROOT / "acs").glob("cli*.py"), *(ROOT / "acs").glob("cli/**/*.py")]
    read = {name for path in readers for name in re.findall(r"settings\.(\w+)", path.read_text(encoding="utf-8"))}
    assert set(Settings.model_fields) - read == RESERVED
