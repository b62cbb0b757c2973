import pytest

from acs.errors import BadFile, BadSettings
from acs.formats import ConfigDocument, Item, Module
from acs.formats.document import LOOSE, MAX_BYTES, MAX_ITEMS, item_of
from acs.formats.fanvil_dotted import read_dotted, write_dotted

EXPORT = b"""#<Voip Config File>#
Version = 2.0000000000

sip.SIPPort = 5060
sip.line.1.PhoneNumber = 7777
sip.line.1.RegUser = 7777
sip.line.1.RegAddr = 192.0.2.11
sip.line.1.RegEnabled = 1
sip.line.1.MWICode = *97
sip.line.1.AudioCodecSet = PCMA,G722

net.dhcp.Enabled = 1
net.dhcp.AutoDNS = 1
net.dhcp.NobodyKnows = 1

phone.KeyLockEnabled = 0
phone.date.SNTPEnabled = 1
phone.date.SNTPServer = pool.example

ap.FlashServerIP = http://192.0.2.5/a=b
ap.FailedRetryTimes = 5
ap.DHCPOption = 66
ap.pnp.Enabled = 0
ap.pnp.IP = 224.0.1.75

web.account.1.Name = admin
web.account.1.Password = {empty}

qos.VLANEnabled = 0
qos.PortVLanID = 254

ota.FDPSEnable = 0
""".replace(b"{empty}", b"")


def test_reads_it_in_the_words_of_generation_2() -> None:
    found = read_dotted(EXPORT)
    assert found.version == "2.0000000000"
    for module, key, section, value in (
        ("SIP CONFIG MODULE", "SIP  Port", "", "5060"),
        ("SIP CONFIG MODULE", "SIP1 Phone Number", "SIP Line List", "7777"),
        ("SIP CONFIG MODULE", "SIP1 Register User", "SIP Line List", "7777"),
        ("SIP CONFIG MODULE", "SIP1 Register Addr", "SIP Line List", "192.0.2.11"),
        ("SIP CONFIG MODULE", "SIP1 Enable Reg", "SIP Line List", "1"),
        ("SIP CONFIG MODULE", "SIP1 MWI Num", "SIP Line List", "*97"),
        ("SIP CONFIG MODULE", "SIP1 VoiceCodecMap", "SIP Line List", "PCMA,G722"),
        ("NET CONFIG MODULE", "Enable DHCP", "", "1"),
        ("NET CONFIG MODULE", "DHCP Auto DNS", "", "1"),
        ("NET CONFIG MODULE", "Nobody Knows", "dhcp", "1"),
        ("PHONE FEATURE MODULE", "Enable KeyLock", "", "0"),
        ("PHONE FEATURE MODULE", "Enable SNTP", "DateTime Config", "1"),
        ("AUTOUPDATE CONFIG MODULE", "Flash Server IP", "", "http://192.0.2.5/a=b"),
        ("AUTOUPDATE CONFIG MODULE", "Check FailTimes", "", "5"),
        ("AUTOUPDATE CONFIG MODULE", "DHCP Option", "Net Option", "66"),
        ("AUTOUPDATE CONFIG MODULE", "PNP Enable", "Sip Pnp List", "0"),
        ("AUTOUPDATE CONFIG MODULE", "PNP IP", "Sip Pnp List", "224.0.1.75"),
        ("MMI CONFIG MODULE", "Account1 Password", "MMI Account", ""),
        ("QOS CONFIG MODULE", "PVID Value", "", "254"),
        ("ota", "FDPS Enable", "", "0"),
    ):
        assert found.get(module, key, section=section) == value, key


def test_writes_the_very_file_again() -> None:
    assert write_dotted(read_dotted(EXPORT)) == EXPORT


def test_names_of_sysconf_keep_apart_from_those_that_replace_them() -> None:
    data = (
        b"#<Voip Config File>#\n\nsip.line.1.RegUser = a\nsip.line.1.RegisterUser = b\nsip.line.1.VoiceCodecMap = c\n"
        b"sip.line.1.AudioCodecSet = d\n\nap.DHCPOption = 66\nap.opt.DHCPOption = 67\n"
    )
    assert write_dotted(read_dotted(data)) == data


def test_reads_what_hands_write() -> None:
    data = (
        "\ufeff\r\n#<VOIP config file>#\r\nversion=1.5\r\n# a comment = none\r\n\r\nnot a setting\r\na b.c = 1\r\n"
        "= 2\r\n"
        "sip.line.2.PhoneNumber   =   7 \r\nsip.line.2.DisplayName=Zoë\rsip.line.2.SipName = \nloose = 3\n"
        "list.of.1 = x\nsip.line.1.RegPswd =  blanks \n"
    )
    found = read_dotted(data.encode())
    assert found.version == "1.5"
    assert [(module, item.name, item.value) for module, item in found] == [
        ("SIP CONFIG MODULE", "SIP2 Phone Number", "7"),
        ("SIP CONFIG MODULE", "SIP2 Display Name", "Zoë"),
        ("SIP CONFIG MODULE", "SIP2 Sip Name", ""),
        ("SIP CONFIG MODULE", "SIP1 Register Pswd", " blanks "),
        (LOOSE, "loose", "3"),
        ("list", "of[1]", "x"),
    ]
    assert write_dotted(found).endswith(b"\nloose = 3\n\nlist.of.1 = x\n")
    assert read_dotted(write_dotted(found)) == found


def test_spaces_that_no_rule_gives_back_stand_in_a_comment() -> None:
    items = (Item("Odd  key9", "1"), Item("OneWord", "2"), Item("Well Known", "3"), Item("A.b", "4"))
    document = ConfigDocument((Module("MY NEW MODULE", items),))
    data = write_dotted(document)
    assert b"# MY NEW MODULE.Odd  key9\nMYNEWMODULE.Oddkey9 = 1\n" in data
    assert b"MYNEWMODULE.A_x002E_b = 4\n" in data
    assert read_dotted(data) == document
    assert b"#" not in write_dotted(ConfigDocument((Module("NET CONFIG MODULE", (Item("Host Name", "x"),)),)))[21:]


def test_masked_items_are_left_out() -> None:
    masked = Item("ACS Password", "", masked=True)
    document = ConfigDocument((Module("TR069 CONFIG MODULE", (masked, Item("ACS URL", "x"))),))
    assert write_dotted(document) == b"#<Voip Config File>#\n\ntr069.ACSURL = x\n"


def test_two_keys_that_are_one_path_are_refused() -> None:
    items = (Item("SIP Port", "1"), Item("SIP  Port", "2"))
    with pytest.raises(BadSettings, match="same path") as caught:
        write_dotted(ConfigDocument((Module("SIP CONFIG MODULE", items),)))
    assert caught.value.field == "raw.SIP CONFIG MODULE.SIP  Port"
    twice = ConfigDocument((Module("SIP CONFIG MODULE", (item_of("SIP1 Ptime", "1"), item_of("SIP1 Ptime", "2"))),))
    assert [item.value for _, item in read_dotted(write_dotted(twice))] == ["1", "2"], "nothing is lost"


LONG = b"#<Voip Config File>#\n" + b"a." * 300 + b"b = 1\n"
MANY = b"#<Voip Config File>#\n" + b"a.b = 1\n" * (MAX_ITEMS + 1)


@pytest.mark.parametrize("data", [b"", b"sip.SIPPort = 1\n", b"<sysConf/>", b" " * (MAX_BYTES + 1), LONG, MANY])
def test_refuses(data: bytes) -> None:
    with pytest.raises(BadFile):
        read_dotted(data)
