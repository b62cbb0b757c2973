import pytest
from lxml import etree

from acs.errors import BadFile
from acs.formats.document import MAX_BYTES, MAX_ITEMS, MAX_NAME
from acs.formats.hardened import hardened, parse, value_of


@pytest.mark.parametrize(
    "data",
    [
        b"<a><b>1</b></a>",
        b"\xef\xbb\xbf  <?xml version='1.0' encoding='gbk'?>\n<a><b>1</b></a>",
        b"<a><b>1</b>",
        b"<a><b>1</b>\n<<END OF FILE>>\r\nand more <text>",
        b"<a><b>1</b></a>\n<<end of file>>",
        '<?xml version="1.0" encoding="UTF-16"?><a><b>1</b></a>'.encode("utf-16"),
        "<a><b>1</b></a>".encode("utf-16-le"),
        "<a><b>1</b></a>".encode("utf-16-be"),
        b"<a><?php x ?><!-- c --><b>1</b></a>",
    ],
)
def test_reads_what_phones_take(data: bytes) -> None:
    assert [leaf.text for leaf in parse(data, "a")] == ["1"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<b/>",
        b"<a><b></a>",
        b"<a>&unknown;</a>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<!doctype a SYSTEM "x"><a/>'.encode("utf-16"),
        b" " * (MAX_BYTES + 1),
        b"<a>" + b"<b/>" * (8 * MAX_ITEMS) + b"</a>",
        b"<a>" * 5000,
        b"<a><" + b"b" * (MAX_NAME + 1) + b"/></a>",
        b"<a>" + b" " * (MAX_BYTES - 10) + b"<b",
    ],
    ids=[
        "empty",
        "root",
        "nesting",
        "entity",
        "dtd",
        "dtd in utf-16",
        "size",
        "elements",
        "depth",
        "name",
        "blanks",
    ],
)
def test_refuses(data: bytes) -> None:
    with pytest.raises(BadFile):
        parse(data, "a")


def test_values_are_exact_unless_they_go_over_lines() -> None:
    root = parse(
        b"<a><b>  x\t</b><b>\n   x\n   y\n</b><b>x<!-- c -->y</b><b><![CDATA[<x> & ]]></b><b/></a>", "a", comments=True
    )
    assert [value_of(leaf) for leaf in root] == ["  x\t", "x y", "xy", "<x> & ", ""]


def test_hardened_leaves_broken_xml_to_the_caller() -> None:
    with pytest.raises(BadFile, match="document type"):
        hardened('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')
    with pytest.raises(etree.XMLSyntaxError):
        hardened("<a>")


def test_an_escape_is_one_character_of_a_name() -> None:
    fits, too_long = "_x00FF_" * MAX_NAME, "_x00FF_" * (MAX_NAME + 1)
    assert parse(f"<r><{fits}/></r>".encode(), "r")[0].tag == fits
    with pytest.raises(BadFile):
        parse(f"<r><{too_long}/></r>".encode(), "r")
