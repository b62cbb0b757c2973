"""``acs token``."""

from .conftest import Run


def test_made_used_revoked(acs: Run) -> None:
    made = acs("token", "create", "ci", "-p", "read", "-p", "secrets", "--json").json()
    assert made["permissions"] == ["read", "secrets"]
    acs("device", "list", "--token", made["token"])
    acs("device", "add", "--mac", "0c383e000001", "--token", made["token"], code=4)
    assert made["token"] not in acs("token", "list").out
    acs("token", "revoke", made["id"], "--yes")
    acs("device", "list", "--token", made["token"], code=4)
    printed = acs("token", "create", "second", "-p", "read")
    assert printed.out.startswith("acs_")
    assert len(printed.out.split()) == 1
