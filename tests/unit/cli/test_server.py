"""``acs serve``, ``migrate`` and ``demo``: what they check before they hand over."""

from pathlib import Path
from typing import Any

import pytest

from .conftest import Run


def test_migrate(acs: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    assert "no database" in acs("migrate", "--check", "--data-dir", folder, code=1).err
    done = acs("migrate", "--data-dir", folder, "--json").json()
    assert done["before"] is None
    assert done["upgraded"]
    assert "nothing to do" in acs("migrate", "--check", "--data-dir", folder).out


def test_serve_hands_over_settings_and_roles(acs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    async def serve(settings: Any, roles: tuple[str, ...]) -> None:
        seen.append((settings.cwmp_port, roles, settings.data_dir))

    monkeypatch.setattr("acs.app.serve", serve)
    monkeypatch.setattr("acs.telemetry.setup_logging", lambda *_: None)
    monkeypatch.delenv("ACS_ADMIN_TOKEN")
    folder = tmp_path / "data"
    first = acs("serve", "--roles", "api,cwmp", "--cwmp-port", "0", "--data-dir", str(folder))
    assert seen == [(0, ("api", "cwmp"), folder)]
    assert (folder / "admin-token").read_text().strip() in first.err
    again = acs("serve", "--data-dir", str(folder))
    assert "Admin token" not in again.err
    acs("serve", "--roles", "cook", code=2)
    acs("serve", "--roles", ",", code=2)
    assert "ACS_CWMP_PORT" in acs("serve", "--cwmp-port", "99999", code=1).err


@pytest.mark.parametrize("good", [True, False])
def test_demo_ends_with_its_outcome(acs: Run, monkeypatch: pytest.MonkeyPatch, good: bool) -> None:
    async def run(*, once: bool, phones: int, console: Any) -> bool:
        assert (once, phones) == (True, 3)
        return good

    monkeypatch.setattr("acs.demo.run", run)
    monkeypatch.setattr("acs.telemetry.setup_logging", lambda *_: None)
    acs("demo", "--once", "--phones", "3", code=0 if good else 1)
