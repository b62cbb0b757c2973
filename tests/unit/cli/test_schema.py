"""``acs schema``."""

from pathlib import Path

from lxml import etree

from .conftest import Run


def test_written_for_one_version(acs: Run, tmp_path: Path) -> None:
    written = acs("schema", str(tmp_path / "out"), "--version", "1.2", "--json").json()["files"]
    assert sorted(Path(name).name for name in written) == ["cwmp-1-2-acs.wsdl", "cwmp-1-2-cpe.wsdl", "cwmp-1-2.xsd"]
    for name in written:
        assert etree.parse(name).getroot() is not None
    acs("schema", str(tmp_path / "out"), "--version", "9.9", code=2)
