"""XML from strangers: the root element of a phone's file, with nothing in it that a phone's file has no use for."""

import re

from lxml import etree

from acs.errors import BadFile
from acs.formats.document import MAX_BYTES, MAX_ITEMS, MAX_NAME
from acs.formats.fanvil_text import FOOTER, decode

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_DTD = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
_END = re.compile(re.escape(FOOTER), re.IGNORECASE)
_LONG = re.compile(rf"<(?![!?])(?>_x[0-9A-F]{{4,6}}_|[^\s<>/]){{{MAX_NAME + 1}}}")
"""A name that is too long; an escape of `xml_names` is one character of it."""


def parse(data: bytes, root: str, *, comments: bool = False) -> etree._Element:
    """The root element of a phone's XML file. No DTD, no entities, no network.

    Phones are known to take a file whose root is not closed and which ends like a text file; so does this.

    Raises:
        BadFile: it is no such file, or it holds too much.
    """
    if len(data) > MAX_BYTES:
        raise BadFile(f"{len(data)} bytes are too many for a configuration file")
    text = _bare(decode(data))
    if text.count("<") > 8 * MAX_ITEMS:
        raise BadFile(f"more than {MAX_ITEMS} keys are too many for a configuration file")
    if _LONG.search(text):
        raise BadFile(f"a name of more than {MAX_NAME} characters has no place in a phone's file")
    end = _END.search(text)
    cut = text[: end.start()].rstrip() if end else text
    for attempt in (text, cut, f"{cut}</{root}>"):
        try:
            element = fromstring(attempt, comments=comments)
        except etree.XMLSyntaxError as error:
            reason = error.msg
        else:
            break
    else:
        raise BadFile(f"not well-formed XML: {reason}")
    if element.tag != root:
        raise BadFile(f"root element is <{element.tag!s}>, wanted <{root}>")
    return element


def hardened(text: str) -> etree._Element:
    """The root element of any XML text. No DTD, no entities, no network, no comments, no instructions.

    Raises:
        BadFile: there is a DTD.
        lxml.etree.XMLSyntaxError: not well-formed.
    """
    return fromstring(_bare(text), comments=False)


def value_of(leaf: etree._Element) -> str:
    """The value in an element: exactly what stands there, unless it goes over several lines, as hands may write it."""
    value = leaf.text or ""
    for child in leaf:  # comments only
        value += child.tail or ""
    return " ".join(value.split()) if "\n" in value or "\r" in value else value


def _bare(text: str) -> str:
    # The declaration names an encoding that no longer holds once the bytes are text.
    text = _DECLARED.sub("", text, count=1).strip()
    if _DTD.search(text):
        raise BadFile("a document type or an entity declaration has no place in a phone's file")
    return text


def fromstring(text: str, *, comments: bool) -> etree._Element:
    """Parse text that has been looked through for a DTD."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=not comments,
        remove_pis=True,
        encoding="utf-8",
    )
    return etree.fromstring(text.encode("utf-8", "replace"), parser)
