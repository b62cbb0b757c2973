"""Tables of dial peers and access: the shape of a CSV file, and the columns of another."""

import pytest

from acs.errors import BadFile
from acs.formats import tables
from acs.formats.tables import Table, differences


@pytest.mark.parametrize(
    ("data", "table"),
    [
        (b'"Number","Destination"\r\n"1T","10.0.0.1"\r\n', Table(("Number", "Destination"), 1, ",", "utf-8")),
        (b"\xef\xbb\xbfa,b\n1,2\n\n3,4", Table(("a", "b"), 2, ",", "utf-8")),
        (b"a;b;c\n1;2;3\n", Table(("a", "b", "c"), 1, ";", "utf-8")),
        (b"a\tb\n", Table(("a", "b"), 0, "\t", "utf-8")),
        (b"only\n1\n2\n", Table(("only",), 2, ",", "utf-8")),
        (b"a,b,\n1,2,\n", Table(("a", "b", ""), 1, ",", "utf-8")),
        ("Name,Straße\nÄ,1\n".encode("latin-1"), Table(("Name", "Straße"), 1, ",", "8-bit")),
        (b'a,b\n"one, two","three\nfour"\n', Table(("a", "b"), 1, ",", "utf-8")),
    ],
)
def test_what_a_table_is(data: bytes, table: Table) -> None:
    assert tables.read(data) == table
    assert table.facts()["columns"] == list(table.columns)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"a,b\n1,2,3\n", "line 2 has 3 columns, the header has 2"),
        (b"a,b\n1\n", "line 2 has 1 columns"),
        (b"a,b\n1,2\n,,\n", "line 3 has 3 columns"),
        (b"a,b\x00\n", "zero bytes"),
        ("a,b\n".encode("utf-16"), "zero bytes"),
        (b"a,b\x07\n", "control characters"),
        (b"\x89PNG\r\n\x1a\n,,", "control characters"),
        (b'a,b\n"1"2,3\n', "line 2 is no CSV"),
        (b'a,b\n"1,3\n', "is no CSV"),
        (b"a,,c\n1,2,3\n", "no name"),
        (b"a,a\n", "more than once"),
        (b"a,b\n" + b"x" * 5000 + b",1\n", "more than 4096"),
        (b",".join(b"%d" % number for number in range(300)), "more than 256 columns"),
        (b"a\n" + b"1\n" * (tables.MAX_ROWS + 1), "more than 100000 rows"),
        (bytes(tables.MAX_BYTES + 1), "at most"),
    ],
)
def test_what_is_none_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(BadFile, match=says):
        tables.read(data)


def test_how_columns_differ() -> None:
    assert differences(["a", "b"], ["a", "b"]) == ""
    assert differences(["a", "c"], ["a", "b"]) == "missing: 'b'; not known: 'c'"
    assert differences(["b", "a"], ["a", "b"]) == "in another order or number, wanted: a, b"
    assert differences(["a"], ["a", "b"]) == "missing: 'b'"
