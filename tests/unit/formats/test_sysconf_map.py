import pytest

from acs.formats import sysconf_map as table
from acs.formats.document import ENTRY, item_of


@pytest.mark.parametrize(
    ("module", "section", "index", "steps"),
    [
        ("SIP CONFIG MODULE", "", "", ()),
        ("SIP CONFIG MODULE", "SIP Line List", "SIP12", (("line", 12),)),
        ("SIP CONFIG MODULE", "SIP P2P Config", "", (("p2p", None),)),
        ("DSSKEY CONFIG MODULE", "Dsskey Config2", "Fkey6", (("internal", 2), ("Fkey", 6))),
        ("DSSKEY CONFIG MODULE", "Sidekey Config1", "Fkey1", (("dssSide", 1), ("Fkey", 1))),
        ("DSSKEY CONFIG MODULE", "Extern Console5", "exKey20", (("external", 5), ("exKey", 20))),
        ("DSSKEY CONFIG MODULE", "Extern Console5", "Fkey1", (("external", 5), ("ex Key", 1))),
        ("DSSKEY CONFIG MODULE", "SoftDss Config", "Fkey3", (("dssSoft", 3),)),
        ("PHONE FEATURE MODULE", "Xml PhoneBook", "XML-PBook1", (("xmlContact", 1),)),
        ("AUTOUPDATE CONFIG MODULE", "Net Option", "", (("opt", None),)),
        ("SIP Hotspot MODULE", "Line Conf List", "HS1", (("hs", 1),)),
        ("NET CONFIG MODULE", "WIFI Config", "", (("wifi", None),)),
        ("NET CONFIG MODULE", "WIFI List", "Item2", (("WIFIList", None), ("Item", 2))),
        ("NET CONFIG MODULE", "WIFI Sharing", "", (("wifisharing", None),)),
        ("DOT1X CONFIG MODULE", "SSL Mode", "", (("sslMode", None),)),
        ("DOT1X CONFIG MODULE", "Wifi Config", "", (("wifi", None),)),
        ("PHONE FEATURE MODULE", "Screen Saver", "", (("screenSaver", None),)),
        ("PHONE FEATURE MODULE", " Agent Config", "", (("agent", None),)),
        ("PHONE FEATURE MODULE", "Time Plan List", "TimePlan1", (("timePlan", 1),)),
        ("KEY CONVERT RULE MODULE", "Key Convert List", "KcRule1", (("rule", 1),)),
        ("UI DEFINED CONFIG MODULE", "UI Wifi Config", "", (("uiWifi", None),)),
        ("SIP CONFIG MODULE", "SIP#2", "", (("SIP", 2),)),
        ("FOO MODULE", "Bar", "", (("Bar", None),)),
        ("FOO MODULE", "My Own", "", (("My Own", None),)),
        ("FOO MODULE", "a/b#2", "m3#4", (("a", None), ("b", 2), ("m3", 4))),
    ],
)
def test_there_and_back(module: str, section: str, index: str, steps: tuple[table.Step, ...]) -> None:
    assert table.steps_of(module, section, index) == steps
    assert table.place_of(module, steps) == (section, index)


def test_a_prefix_alone_tells_the_list_where_markers_are_left_out() -> None:
    assert table.steps_of("SIP CONFIG MODULE", "", "SIP1") == (("line", 1),)
    assert table.steps_of("DSSKEY CONFIG MODULE", "", "Fkey1") == (("Fkey", 1),), "four lists have this prefix"


def test_keys_lose_their_spaces_and_get_them_back() -> None:
    assert table.squeeze("SIP  Port") == "SIPPort"
    assert table.squeeze("DHCP Option 100-101") == "DHCPOption100-101"
    assert table.spaced("SIPPort") == "SIP  Port"
    assert table.spaced("SaveDHCPOpion") == "Save DHCP Opion"


def test_empty_containers_are_known() -> None:
    assert {"line", "p2p"} == table.containers("SIP CONFIG MODULE")
    assert table.containers("FOO MODULE") == frozenset()


def test_every_row_is_unambiguous() -> None:
    places = [(row.module, row.element, row.entry) for row in table.SECTIONS]
    assert len(set(places)) == len(places)
    assert len(set(table.MODULES.values())) == len(table.MODULES)
    for row in table.SECTIONS:
        assert row.module in table.MODULES
        assert bool(row.prefix) == bool(row.entry)
        if row.prefix:
            assert ENTRY.match(f"{row.prefix}1 x")
            assert item_of(f"{row.prefix}1 x", "").index == f"{row.prefix}1"
