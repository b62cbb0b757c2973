"""Who is calling: OUI, serial number and the MAC address that hides in it."""

import pytest

from acs.domain.devices.identity import (
    Identity,
    identify,
    is_dummy,
    mac_from_serial,
    mac_of_parameters,
    normalize_mac,
)

CARRIER = "00100400FV0200100000"


@pytest.mark.parametrize(
    "spelt",
    ["0C383E000001", "0c383e000001", "0C:38:3E:00:00:01", "0c-38-3e-00-00-01", "0c38.3e00.0001", " 0C383E 000001\n"],
)
def test_a_mac_address_reads_the_same_however_it_is_spelt(spelt: str) -> None:
    assert normalize_mac(spelt) == "0c383e000001"


@pytest.mark.parametrize(
    "text", ["", "0c383e00000", "0c383e0000011", "0c383e00000g", "0c_38_3e_00_00_01", "\uff10c383e000001"]
)
def test_what_is_no_mac_address_is_not_made_one(text: str) -> None:
    assert normalize_mac(text) is None


@pytest.mark.parametrize(
    ("serial_number", "mac"),
    [
        (f"{CARRIER}0c383e000001", "0c383e000001"),
        (f"{CARRIER}0C383E0000AB", "0c383e0000ab"),
        ("0C:38:3E:00:00:01", "0c383e000001"),
        ("SN-0c383e000001", "0c383e000001"),
        ("123456789012", "123456789012"),
        ("c383e000001", None),
        ("0c383e000001x", None),
        ("", None),
        ("000000000000", None),
        (f"{CARRIER}000000000000", None),
        ("ff:ff:ff:ff:ff:ff", None),
    ],
)
def test_the_end_of_a_serial_number_shows_the_mac_address(serial_number: str, mac: str | None) -> None:
    assert mac_from_serial(serial_number) == mac


def test_the_oui_is_folded_and_the_serial_number_stays_as_spelt() -> None:
    serial_number = f"{CARRIER}0c383E00000a"
    assert identify(" 0c:38:3e ", " X4 ", f" {serial_number}\n") == Identity(
        "0C383E", serial_number, "X4", "0c383e00000a", True
    )


@pytest.mark.parametrize("spelt", ["0c383e", "0C383E", "0C-38-3E", "0C 38 3E"])
def test_one_phone_stays_one_when_its_firmware_spells_the_oui_differently(spelt: str) -> None:
    assert identify(spelt, "X4", "s1") == identify("0C383E", "X4", "s1")


@pytest.mark.parametrize(
    ("oui", "serial_number", "certain"),
    [
        ("0C383E", "0c383e000001", True),  # begins with the vendor's own prefix
        ("0C383E", "FV-0c383e000001", True),
        ("001004", f"{CARRIER}0c383e000001", True),  # the carriers' form, whatever OUI is told
        ("0C383E", "123456789012", False),  # twelve digits by accident
        ("001004", f"{CARRIER}00c383e000001", False),  # one character too many to be that form
        ("0C383E", "X4-serial", False),
        ("0C383E", "", False),
    ],
)
def test_only_digits_in_the_form_of_a_mac_address_may_find_a_known_phone(
    oui: str, serial_number: str, certain: bool
) -> None:
    assert identify(oui, "X4", serial_number).mac_is_certain is certain


@pytest.mark.parametrize(("oui", "digits"), [("000000", "0" * 12), ("FFFFFF", "F" * 12), ("0C383E", "0" * 12)])
def test_phones_without_an_address_of_their_own_are_not_taken_for_one_another(oui: str, digits: str) -> None:
    first, second = identify(oui, "X4", f"{CARRIER}{digits}"), identify(oui, "X4", f"{CARRIER[::-1]}{digits}")
    assert (first.mac, first.mac_is_certain) == (second.mac, second.mac_is_certain) == (None, False)
    assert first.serial_number != second.serial_number


def test_an_odd_oui_is_kept_as_it_is_told() -> None:
    assert identify("fanvil", "", "1").oui == "FANVIL"
    assert identify("", "", "1").oui == ""


@pytest.mark.parametrize(
    "serial_number", ["", "AABBCCDDEEFF", "aa:bb:cc:dd:ee:ff", "000000", "1234567890", "99999999", "00:11:22:33:44:55"]
)
def test_quirk_142_a_serial_number_that_many_phones_share_is_known_as_such(serial_number: str) -> None:
    assert is_dummy(serial_number)


@pytest.mark.parametrize("serial_number", ["0C383E000001", "1", "111", f"{CARRIER}0c383e000001", "SN-0000"])
def test_a_serial_number_of_its_own_is_none(serial_number: str) -> None:
    assert not is_dummy(serial_number)


def test_the_first_mac_address_among_parameters_counts() -> None:
    values = [
        ("Device.DeviceInfo.MACAddressPool", "0c383e000009"),
        ("Device.Ethernet.Interface.1.MACAddress", "00:00:00:00:00:00"),
        ("Device.Ethernet.Interface.2.MACAddress", " 0C:38:3E:00:00:02 "),
        ("Device.LAN.MACAddress", "0C:38:3E:00:00:03"),
    ]
    assert mac_of_parameters(values) == "0c383e000002"
    assert mac_of_parameters(values[:2]) is None
