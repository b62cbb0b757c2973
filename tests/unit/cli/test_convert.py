"""``acs convert``: offline, to a file or to standard output."""

from pathlib import Path

from acs import formats
from acs.formats import Dialect

from .conftest import Run

FILE = (
    b"<<VOIP CONFIG FILE>>Version:2.0003\r\n<NET CONFIG MODULE>\r\n###PPPoE Password:\r\n<SIP CONFIG MODULE>\r\n"
    b"--SIP Line List--  :\r\nSIP1 Display Name       :Zo\xc3\xab\r\n"
)


def test_to_standard_output_and_to_a_file(acs: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "phone.cfg", tmp_path / "phone.xml"
    path.write_bytes(FILE)
    shown = acs("convert", str(path), "--to", "sysconf")
    assert "<DisplayName>Zoë</DisplayName>" in shown.out
    assert "1 masked secrets are left out" in shown.err
    assert "PPPoE Password" in shown.err
    told = acs("convert", str(path), "--to", "sysconf", "-o", str(out), "--json").json()
    assert told == {
        "from": "text2",
        "to": "sysconf",
        "version": "2.0003",
        "keys": 2,
        "size": len(out.read_bytes()),
        "left_out": ["NET CONFIG MODULE: PPPoE Password"],
        "cut": [],
    }
    assert formats.detect(out.read_bytes()) is Dialect.SYSCONF
    assert out.stat().st_mode & 0o077 == 0
    back = acs("convert", str(out), "--to", "text2", "--json").json()
    assert "SIP1 Display Name       :Zoë\r\n" in back["content"]


def test_what_cannot_be_converted(acs: Run, tmp_path: Path) -> None:
    path = tmp_path / "phone.cfg"
    path.write_bytes(FILE)
    assert "generation 2" in acs("convert", str(path), "--to", "xml1", code=1).err
    acs("convert", str(path), "--to", "nonsense", code=2)
    acs("convert", str(tmp_path / "nothing"), "--to", "text2", code=2)
    acs("convert", str(path), "--to", "text2", "-o", str(tmp_path / "no" / "folder"), code=1)
    path.write_bytes(b"\x00\x01\x02")
    assert "encrypted" in acs("convert", str(path), "--to", "text2", code=1).err
