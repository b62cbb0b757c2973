"""``acs audit``."""

from .conftest import Run


def test_who_did_what(acs: Run) -> None:
    assert "Nothing was written down" in acs("audit").err
    acs("settings", "put", "global", '{"sip": {"lines": {"1": {"password": "hush"}}}}')
    acs("settings", "get", "global", "--reveal")
    shown = acs("audit").out
    assert "secrets.reveal" in shown
    assert "hush" not in shown
    (entry,) = acs("audit", "--action", "settings", "--json").json()
    assert (entry["actor"], entry["target"], entry["facts"]) == (
        "admin",
        "settings/global",
        {"paths": ["sip.lines.1.password"]},
    )
    assert acs("audit", "--since", "2999-01-01T00:00:00Z", "--json").json() == []
    acs("audit", "--since", "yesterday", code=1)
