"""The compiled writers against spyne's own encoder, and escaping."""

import pytest
from lxml import etree

from cwmp_schemas._spyne import Struct, spyne_encoding
from cwmp_schemas.codec import OPERATIONS
from cwmp_schemas.cpe_rpcs import ChangeDUState
from cwmp_schemas.registry import MESSAGES
from cwmp_schemas.writers import escape, struct_writer
from tests.unit.cwmp_schemas.strategies import examples

_NAMESPACES = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/"'
)


def _written(message: Struct) -> str:
    parts: list[str] = []
    struct_writer(type(message), literals=True)(message, parts.append)
    name = type(message).__name__
    return f"<{name} {_NAMESPACES}>{''.join(parts)}</{name}>"


def _canonical(text: str | bytes) -> str:
    """Canonical XML without what spyne cannot say: arrayType."""
    element = etree.fromstring(text)
    for inner in element.iter():
        inner.attrib.pop("{http://schemas.xmlsoap.org/soap/encoding/}arrayType", None)
    etree.cleanup_namespaces(element)
    return etree.canonicalize(etree.tostring(element, encoding="unicode"))


@pytest.mark.parametrize("full", [False, True], ids=["empty", "full"])
def test_spyne_writes_the_same(full: bool) -> None:
    found = [message for message in examples("1.4", full=full) if not isinstance(message, ChangeDUState)]
    found += [operation for message in examples("1.4", full=True) for operation in getattr(message, "Operations", ())]
    assert len(found) == len(MESSAGES) - 1 + 1 + len(OPERATIONS)
    for message in found:
        assert _canonical(_written(message)) == _canonical(spyne_encoding(message))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("]]>", "]]&gt;"),
        ("\r\n\t", "&#13;\n\t"),
    ],
)
def test_escape(text: str, escaped: str) -> None:
    assert escape(text) == escaped
    assert (etree.fromstring(f"<a>{escaped}</a>").text or "") == text
