import struct

import pytest

from acs.errors import BadFile
from acs.formats import phonebook
from acs.simulator.provisioning import (
    Kind,
    NamedItem,
    Storage,
    digest,
    firmware_version,
    take_config,
    take_item,
    version_key,
)


def cfg(body: str, version: str = "2.0002") -> bytes:
    head = f"<<VOIP CONFIG FILE>>Version:{version}".ljust(62) if version else "<<VOIP CONFIG FILE>>"
    return f"{head}\r\n{body}<<END OF FILE>>\r\n".encode()


NTP = "<GLOBAL CONFIG MODULE>\r\nSNTP Server :a\r\n"
BITMAP = struct.pack("<2sIIIIiiHHIIiiII", b"BM", 58, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(4)
"""One black pixel."""
BOOK = b"<FanvilIPPhoneDirectory><DirectoryEntry><Name>A</Name></DirectoryEntry></FanvilIPPhoneDirectory>"


def test_a_file_is_applied_once_and_then_cancelled() -> None:
    storage = Storage()
    first, second = take_config(storage, cfg(NTP)), take_config(storage, cfg(NTP))
    assert (first.applied, first.version, second.applied) == (True, "2.0002", False)
    assert storage.setting("GLOBAL CONFIG MODULE", "SNTP Server") == "a"
    assert storage.config_digest == digest(cfg(NTP))


def test_different_content_is_applied_under_the_same_version() -> None:
    storage = Storage()
    take_config(storage, cfg(NTP))
    assert take_config(storage, cfg(NTP.replace(":a", ":b"))).applied
    assert storage.setting("global config module", "sntp server") == "b"


@pytest.mark.parametrize(
    ("version", "applied"), [("2.0003", True), ("2.0002", False), ("2.0001", False), ("2.0010", True)]
)
def test_older_firmware_wants_a_higher_version(version: str, applied: bool) -> None:
    storage = Storage()
    take_config(storage, cfg(NTP), compare="version")
    changed = cfg(NTP.replace(":a", ":b"), version)
    assert take_config(storage, changed, compare="version").applied is applied


def test_a_file_without_version_shows_its_digest() -> None:
    storage = Storage()
    data = cfg(NTP, version="")
    assert take_config(storage, data).version == digest(data)[:16]


def test_a_file_changes_only_what_it_holds() -> None:
    storage = Storage()
    take_config(storage, cfg(NTP + "Time Zone :4\r\n"))
    take_config(storage, cfg(NTP.replace(":a", ":b")))
    assert storage.setting("GLOBAL CONFIG MODULE", "Time Zone") == "4"


def test_named_items_are_commands_and_not_settings() -> None:
    storage = Storage()
    body = (
        "<AUTOUPDATE CONFIG MODULE>\r\nAuto Image Url :http://f/x4.z\r\nAuto Pbook Url :http://f/$mac.xml\r\n"
        "Auto Etc Url :http://f/ca.pem\r\nAuto Logo Url :\r\n"
    )
    taken = take_config(storage, cfg(body))
    assert taken.items == (
        NamedItem(Kind.FIRMWARE, "http://f/x4.z"),
        NamedItem(Kind.PHONEBOOK, "http://f/$mac.xml"),
        NamedItem(Kind.CERTIFICATE, "http://f/ca.pem"),
    )
    assert storage.settings == {}


def test_network_settings_need_a_restart_when_they_change() -> None:
    storage = Storage()
    body = "<GLOBAL CONFIG MODULE>\r\nHost Name :A\r\n"
    assert take_config(storage, cfg(body)).needs_reboot
    assert not take_config(storage, cfg(body + "SNTP Server :b\r\n")).needs_reboot


def test_the_container_is_undone_before_reading() -> None:
    taken = take_config(Storage(), bytes(reversed(cfg(NTP))), decrypt=lambda data: bytes(reversed(data)))
    assert taken.applied


@pytest.mark.parametrize("data", [b"", b"\x00\xff\x01", b"<html>404</html>", b"hello"])
def test_what_is_no_configuration_is_refused_and_nothing_stored(data: bytes) -> None:
    storage = Storage()
    with pytest.raises(BadFile):
        take_config(storage, data)
    assert storage == Storage()


def test_items_are_compared_by_digest() -> None:
    storage = Storage()
    assert take_item(storage, Kind.PHONEBOOK, BOOK, name="b.xml", model="X4")
    assert storage.phonebook_entries == 1
    assert not take_item(storage, Kind.PHONEBOOK, BOOK, name="other.xml", model="X4")


def test_the_contacts_of_a_book_are_the_same_from_each_kind_of_file() -> None:
    anna = phonebook.contact("Anna & Co", [("work", "1"), ("mobile", "2")], "3", ["a"])
    book = phonebook.Phonebook("", (), (anna, phonebook.contact("Jörg", [("other", "*98")])))
    for kind in phonebook.FORMATS:
        storage = Storage()
        take_item(storage, Kind.PHONEBOOK, phonebook.write(book, kind), name=f"b.{kind}", model="X4")
        assert (storage.contacts, storage.phonebook_entries) == (book.contacts, 2)
        storage.factory_reset()
        assert storage.contacts == ()


def test_a_search_book_has_entries_but_no_contacts() -> None:
    storage = Storage()
    data = b"<AIPPhoneDirectory><MenuItem><Prompt>Find</Prompt></MenuItem></AIPPhoneDirectory>"
    take_item(storage, Kind.PHONEBOOK, data, name="b.xml", model="X4")
    assert (storage.contacts, storage.phonebook_entries) == ((), 1)


def test_firmware_is_never_installed_twice() -> None:
    storage = Storage()
    assert take_item(storage, Kind.FIRMWARE, b"image", name="x42.15.0T20240101.z", model="X4")
    assert (storage.next_firmware, storage.installs) == ("2.15.0", 1)
    assert not take_item(storage, Kind.FIRMWARE, b"image", name="x42.16.0T20240101.z", model="X4")
    assert storage.installs == 1


def test_certificates_lie_beside_each_other() -> None:
    storage = Storage()
    xml = b"<a/>"
    assert take_item(storage, Kind.CERTIFICATE, xml, name="a.xml", model="X4")
    assert take_item(storage, Kind.CERTIFICATE, b"<b/>", name="b.xml", model="X4")
    assert not take_item(storage, Kind.CERTIFICATE, xml, name="a.xml", model="X4")
    assert take_item(storage, Kind.CERTIFICATE, b"<c/>", name="a.xml", model="X4")
    assert list(storage.certificates) == ["a.xml", "b.xml"]
    storage.factory_reset()
    assert storage.certificates == {}


@pytest.mark.parametrize(
    ("kind", "name", "data"),
    [
        (Kind.BACKGROUND, "background.bmp", b"\x89PNG\r\n\x1a\n"),
        (Kind.BACKGROUND, "holiday.bmp", BITMAP),
        (Kind.CERTIFICATE, "a.pem", b"hello"),
        (Kind.MMISET, "m.mmiset", b"x"),
        (Kind.MMISET, "m.z", b"<?xml version='1.0'?>"),
        (Kind.DIALPEER, "dialPeer.csv", b"a,b\n1\n"),
        (Kind.DIALPEER, "export.csv", b"a,b\n1,2\n"),
        (Kind.ACCESS_LIST, "dialPeer.csv", b"a,b\n1,2\n"),
        (Kind.ACCESS_LIST, "accessList.csv", b"\x00"),
    ],
)
def test_what_is_of_no_use_is_dropped(kind: Kind, name: str, data: bytes) -> None:
    storage = Storage()
    with pytest.raises(BadFile):
        take_item(storage, kind, data, name=name, model="i30")
    assert storage == Storage()


@pytest.mark.parametrize(
    ("kind", "name", "data"),
    [
        (Kind.BACKGROUND, "background.bmp", BITMAP),
        (Kind.DIALPEER, "dialPeer.csv", b"a,b\n1,2\n"),
        (Kind.ACCESS_LIST, "accessList.csv", b"a,b\n"),
        (Kind.MMISET, "m.z", b"x"),
    ],
)
def test_what_is_of_use_is_kept(kind: Kind, name: str, data: bytes) -> None:
    storage = Storage()
    assert take_item(storage, kind, data, name=name, model="i30")
    assert list(storage.digests) == [kind]


def test_dss_keys_of_every_page_are_kept_apart() -> None:
    storage = Storage()
    keys = "<DSSKEY CONFIG MODULE>\r\n--Sidekey Config1--:\r\nFkey1 Type :1\r\n--Dsskey Config1--:\r\nFkey1 Type :2\r\n"
    take_config(storage, cfg(keys))
    assert [(item.section, item.value) for _, item in storage.backup()] == [
        ("Sidekey Config1", "1"),
        ("Dsskey Config1", "2"),
    ]


def test_empty_items_are_refused() -> None:
    with pytest.raises(BadFile, match="is empty"):
        take_item(Storage(), Kind.FIRMWARE, b"", name="x4.z", model="X4")


def test_factory_reset_keeps_only_the_firmware() -> None:
    storage = Storage()
    take_config(storage, cfg(NTP))
    take_item(storage, Kind.FIRMWARE, b"image", name="x4.z", model="X4")
    take_item(storage, Kind.PHONEBOOK, BOOK, name="b.xml", model="X4")
    storage.factory_reset()
    assert list(storage.digests) == [Kind.FIRMWARE]
    assert (storage.settings, storage.config_digest, storage.phonebook_entries) == ({}, "", 0)


@pytest.mark.parametrize(
    ("name", "model", "version"),
    [
        ("x42.14.0.7386T20210730173312.z", "X4", "2.14.0.7386"),
        ("x3s2.10.2.6887T20191115101938.z", "X3S", "2.10.2.6887"),
        ("x4upro-fanvil-release-ff01-6903-2.12.20-krnlvUT2024-07-16-04.42.26.z", "X4U", "2.12.20"),
        ("v6x-unified-release-a006-2.12.20.3-krnl.z", "V65", "2.12.20.3"),
        ("w620w-Linkvil-release-9011-a00e-2.16.10-x.z", "W620W", "2.16.10"),
        ("v67_fanvil_2.6.10.1992_20241023_full.zip", "V67", "2.6.10.1992"),
        ("x6-6904-P0.16.5-1.12.2-3144T2019-07-29-15.09.59.z", "X6", "1.12.2"),
        ("x4-2.15.0.z", "X4", "2.15.0"),
    ],
)
def test_real_firmware_names_hold_the_version(name: str, model: str, version: str) -> None:
    assert firmware_version(b"image", name, model) == version


def test_a_version_line_wins_over_the_name_and_the_digest_is_the_last_resort() -> None:
    assert firmware_version(b"junk\r\nVersion=3.1.4\r\n\x00", "x4-2.15.0.z", "X4") == "3.1.4"
    assert firmware_version(bytes(5000) + b"\nVersion=3.1.4\n", "x4-2.15.0.z", "X4") == "2.15.0"
    derived = firmware_version(b"image", "firmware.bin", "X4")
    assert derived == firmware_version(b"image", "other.bin", "X4") != firmware_version(b"image2", "firmware.bin", "X4")


def test_versions_are_ordered_by_their_numbers() -> None:
    assert version_key("2.0010") > version_key("2.0002")
    assert version_key("2.12.20") > version_key("2.9.1")


def test_a_file_gives_a_key_changes_it_and_takes_it_away() -> None:
    storage = Storage()
    take_config(storage, cfg(f"<AUTOUPDATE CONFIG MODULE>\r\nConfig File Key    :{'AB' * 32}\r\n"))
    assert storage.file_key == "ab" * 32
    take_config(storage, cfg("<AUTOUPDATE CONFIG MODULE>\r\nDevice Cfg File Key:no key\r\n"))
    take_config(storage, cfg("<AUTOUPDATE CONFIG MODULE>\r\n###Config File Key :\r\n"))
    assert storage.file_key == "ab" * 32
    assert "ab" * 32 not in repr(storage)
    assert "ab" * 32 not in str(storage.backup()).lower()
    take_config(storage, cfg("<AUTOUPDATE CONFIG MODULE>\r\nDevice Cfg File Key:\r\n"))
    assert storage.file_key == ""
    take_config(storage, cfg(f"<AUTOUPDATE CONFIG MODULE>\r\nConfig File Key    :{'cd' * 32}\r\n"))
    storage.factory_reset()
    assert storage.file_key == ""
