import pytest

from acs.formats import sysconf_map as table
from acs.formats.dotted_map import RENAMED, original, renamed


@pytest.mark.parametrize(("module", "steps", "key", "path"), RENAMED)
def test_there_and_back(module: str, steps: tuple[table.Step, ...], key: str, path: str) -> None:
    here = tuple((name, 3 if number == 0 else number) for name, number in steps)
    found = renamed(module, here, key)
    assert found is not None
    place, leaf = found
    assert original(module, place, leaf) == (here, key)
    assert path.endswith(leaf)
    assert table.spaced(table.squeeze(key)) == key
    assert module in table.MODULES


def test_what_is_not_listed_keeps_its_place() -> None:
    assert renamed("SIP CONFIG MODULE", (("line", 1),), "Phone Number") is None
    assert original("SIP CONFIG MODULE", (("line", 1),), "PhoneNumber") is None
    assert renamed("SIP CONFIG MODULE", (("line", 1),), "Register Port") is None, "however alike its neighbours"
    assert renamed("NET CONFIG MODULE", (("wifi", None),), "Enable DHCP") is None, "only of the network itself"


def test_no_two_keys_become_one_leaf() -> None:
    assert len({(module, *(renamed(module, steps, key) or ())) for module, steps, key, _ in RENAMED}) == len(RENAMED)
