from pathlib import Path

import pytest

from acs.formats.sysconf_keys import IRREGULAR, spaced, squeeze

KEYS = (Path(__file__).parent / "generation2_keys.txt").read_text(encoding="utf-8").splitlines()
"""Every key of generation 2 that is known from manuals, exports and working servers."""


def test_every_known_key_gets_its_spaces_back() -> None:
    assert len(KEYS) > 800
    assert [key for key in KEYS if spaced(squeeze(key)) != key] == ["BindLine"]


def test_some_lists_spell_a_key_their_own_way() -> None:
    assert spaced("BindLine", "XML-PBook") == "BindLine"
    assert spaced("BindLine", "LDAP") == "Bind Line"
    assert spaced("CallWaiting", "SIP") == "Call Waiting"
    assert spaced("CallWaiting", "P") == "CallWaiting"


@pytest.mark.parametrize(
    ("element", "key"),
    [
        ("STUNServerAddr", "STUN Server Addr"),
        ("PNPIP", "PNP IP"),
        ("SRTPAuth-Tag", "SRTP Auth-Tag"),
        ("SomeNewKey", "Some New Key"),
        ("Vendor6ClassID", "Vendor6 Class ID"),
        ("NewIn2030", "New In2030"),
        ("blindTransferTimeout", "blindTransferTimeout"),
        ("Some_Key", "Some_Key"),
        ("ALLCAPS", "ALLCAPS"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_what_no_list_knows_is_spaced_by_rule(element: str, key: str) -> None:
    assert spaced(element) == key
    assert squeeze(key) == element


def test_only_what_the_rule_gets_wrong_is_listed() -> None:
    assert len(set(map(squeeze, IRREGULAR))) == len(IRREGULAR)
    assert {"SIP  Port", "Call    Click", "Dailer  Click", "Opus Sample  Rate"} <= set(IRREGULAR)
