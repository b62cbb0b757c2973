"""From the bytes that a device sent to a parsed, harmless element tree.

Clean UTF-8 goes straight to a hardened parser. Anything else is decoded, cleaned of what XML does not allow and parsed
again; the last resort is a recovering parse. Every departure is noted as an ``Oddity`` with the number of the quirk
it is known by (``quirks.md``). What cannot or must not be read is ``Refused``, and nothing else is ever raised.

A document type or entity declaration is refused whatever the encoding: the text is decoded before it is searched, and
the parser is told UTF-8 whatever the declaration says, so no other charset can hide one.
"""

import contextlib
import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from lxml import etree


class Refused(Exception):  # noqa: N818  (past tense, as our events are)
    """A message that is not read. ``reason`` is one word for machines, ``detail`` says more to people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Oddity(NamedTuple):
    """Something in a message that the standard does not allow, and that was read all the same."""

    code: str
    quirk: int | None
    """Its number in the list of known device quirks, where it has one."""
    detail: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a message may ask of us (cwmp.md 2.10). Sizes in bytes or characters."""

    max_bytes: int = 16 * 1024 * 1024
    max_depth: int = 32
    max_elements: int = 400_000
    max_parameters: int = 50_000
    """Members of one array, such as a ParameterList; all of them together are bounded by ``max_elements``."""
    max_name: int = 1024
    max_value: int = 1024 * 1024
    max_text: int = 4096
    """Characters kept of a text that is neither name nor value, where the standard has a bound far below that."""
    max_id: int = 512
    max_namespace: int = 256
    """Characters of the CWMP namespace, which every answer repeats and every session keeps."""
    max_oddities: int = 64
    """Oddities noted of one message; further ones are dropped."""


LIMITS: Final = Limits()


class Notes:
    """What the reading of one message has noted so far."""

    __slots__ = ("_seen", "limits", "oddities")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.oddities: list[Oddity] = []
        self._seen: set[tuple[str, str]] = set()

    def add(self, code: str, quirk: int | None, detail: str) -> None:
        """Note an oddity, once for each code and detail."""
        key = (code, detail)
        if key not in self._seen and len(self.oddities) < self.limits.max_oddities:
            self._seen.add(key)
            self.oddities.append(Oddity(code, quirk, detail))

    def count_members(self, number: int) -> None:
        """Hold the number of members of an array against the limit."""
        if number > self.limits.max_parameters:
            raise Refused("too_many_parameters", f"more than {self.limits.max_parameters} array members")


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )


STRICT: Final = _parser(recover=False)
"""The hardened parser: opens nothing, resolves nothing, mends nothing."""
_RECOVERING = _parser(recover=True)

# XML allows no blanks behind "<!"; a few are looked past, not millions, over which a search would go back and forth.
_DECLARES = re.compile(
    r"<!\s{0,16}(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION|\[\s{0,16}(?:INCLUDE|IGNORE))", re.IGNORECASE
)
_HTML = re.compile(r"<!doctype\s{1,16}html|<html[\s>]", re.IGNORECASE)
_DECLARED_CHARSET = re.compile(rb"""<\?xml[^>]{0,80}?encoding\s*=\s*["']?([A-Za-z0-9._-]{1,40})""")
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*['"]?([^'"\s;]{1,40})""", re.IGNORECASE)
_DECLARATION = re.compile(r"<\?xml(?:\s[^>]{0,200}?)?\?>")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROLS: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])
"""The usual ones of those, for ``str.translate``, which is much quicker than a pattern."""
_ILLEGAL_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_LONE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,10}|#x[0-9A-Fa-f]{1,8});)")
_ENVELOPE_END = re.compile(r"</(?:[A-Za-z_][\w.-]{0,64}:)?Envelope\s*>")
_ENVELOPE_START = re.compile(r"<\?xml|<(?:[A-Za-z_][\w.-]{0,64}:)?Envelope[\s>]")

CHARSETS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "ucs-2": "utf-16",
    "iso-8859-1": "latin-1",
    "iso8859-1": "latin-1",
    "latin1": "latin-1",
    "latin-1": "latin-1",
    "iso-8859-2": "iso8859-2",
    "iso-8859-5": "iso8859-5",
    "iso-8859-7": "iso8859-7",
    "iso-8859-9": "iso8859-9",
    "iso-8859-15": "iso8859-15",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1252": "cp1252",
    "windows-1254": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5",
    "shift_jis": "shift_jis",
    "euc-jp": "euc_jp",
    "euc-kr": "euc_kr",
    "koi8-r": "koi8-r",
}
"""Charsets that are decoded. Python knows more, but some of those (UTF-7, punycode) have no business here."""


def parse(data: bytes, content_type: str, notes: Notes) -> etree._Element:
    """Parse one message.

    Args:
        data: the body, already without any content coding.
        content_type: the Content-Type header's value, empty if there was none.
        notes: takes the oddities; holds the limits.

    Raises:
        Refused: and nothing else, whatever the bytes.
    """
    limits = notes.limits
    if len(data) > limits.max_bytes:
        raise Refused("too_big", f"{len(data)} bytes, at most {limits.max_bytes} are taken")
    if not data or data.isspace():
        raise Refused("empty", "no message")
    # Clean UTF-8, by far the most messages. The parser itself rejects illegal bytes and characters.
    if (
        data[0] == 0x3C
        and (b"!" not in data or b"<!" not in data)
        and b"\0" not in data
        and _is_utf8(data, content_type)
    ):
        if data.count(b"<") > limits.max_elements:  # counts end tags too, hence the second look
            _check_elements(data.count(b"<") - data.count(b"</"), limits)
        try:
            root = etree.fromstring(data, STRICT)
        except etree.XMLSyntaxError:
            pass
        else:
            _check_depth(root, limits)
            return root
    return _parse_dirty(data, content_type, notes)


def _is_utf8(data: bytes, content_type: str) -> bool:
    """Whether nothing says that the bytes are other than UTF-8; ASCII is UTF-8 whatever is said."""
    if data.isascii():
        return True
    header = _HEADER_CHARSET.search(content_type)
    if header is not None and header.group(1).lower() not in ("utf-8", "utf8"):
        return False
    declared = _DECLARED_CHARSET.match(data)
    return declared is None or declared.group(1).lower() in (b"utf-8", b"utf8")


def _check_elements(number: int, limits: Limits) -> None:
    if number > limits.max_elements:
        raise Refused("too_many_elements", f"about {number}, at most {limits.max_elements} are taken")


def _check_depth(root: etree._Element, limits: Limits) -> None:
    if _too_deep(limits.max_depth)(root):
        raise Refused("too_deep", f"elements nest deeper than {limits.max_depth}")


_DEEP: dict[int, etree.XPath] = {}


def _too_deep(depth: int) -> etree.XPath:
    """An XPath that is true for a tree with an element deeper than this."""
    found = _DEEP.get(depth)
    if found is None:
        found = _DEEP[depth] = etree.XPath("boolean(" + "/*" * (depth + 1) + ")")
    return found


def _parse_dirty(data: bytes, content_type: str, notes: Notes) -> etree._Element:
    text = _decode(data, content_type, notes)
    if _ILLEGAL.search(text):
        if text.rstrip("\0") != text and not _ILLEGAL.search(text.rstrip("\0")):
            notes.add("trailing_garbage", 26, "NUL")
        else:
            notes.add("illegal_character", 25, "removed")
        text = _ILLEGAL.sub("", text.translate(_CONTROLS))
    _check_elements(text.count("<") - text.count("</"), notes.limits)
    if _HTML.search(text) and not _ENVELOPE_START.search(text):
        raise Refused("html", "a web page, not a message")  # quirk 77
    if _DECLARES.search(text):
        raise Refused("doctype", "document type and entity declarations are not taken")  # quirk 66
    text = _trim(text, notes)
    root = _parse_text(text, notes)
    if root.getroottree().docinfo.internalDTD is not None:  # the search above is ours, this is the parser's own word
        raise Refused("doctype", "document type and entity declarations are not taken")
    _check_depth(root, notes.limits)
    return root


def _trim(text: str, notes: Notes) -> str:
    """Cut what stands before and after the envelope, and the XML declaration, which has been obeyed by now."""
    start = _ENVELOPE_START.search(text)
    if start is None:
        raise Refused("not_xml", "no SOAP envelope in it")
    if start.start():
        if text[: start.start()].strip() or start.group() == "<?xml":
            notes.add("leading_garbage", 26, "before the envelope")
        text = text[start.start() :]
    declaration = _DECLARATION.match(text)
    if declaration is not None:
        text = text[declaration.end() :]
    ends = [found.end() for found in _ENVELOPE_END.finditer(text)]
    if ends and text[ends[-1] :].strip():
        notes.add("trailing_garbage", 26, "after the envelope")
    return text[: ends[-1]] if ends else text


def _parse_text(text: str, notes: Notes) -> etree._Element:
    """Strictly, then with lone ampersands and impossible references mended, then recovering."""
    try:
        return etree.fromstring(text.encode(), STRICT)
    except etree.XMLSyntaxError as error:
        problem = error.msg or "not well-formed"
    if not _ENVELOPE_END.search(text):  # what is missing cannot be guessed, and would be taken for not there
        ended = _with_end(text)
        if ended is None:
            raise Refused("truncated", f"the envelope does not end: {problem[:120]}")
        text = ended
        notes.add("recovered", None, "cut off within the last two tags")
        with contextlib.suppress(etree.XMLSyntaxError):
            return etree.fromstring(text.encode(), STRICT)
    _check_elements(text.count("&"), notes.limits)  # each would grow fivefold; no phone has so many that are not meant
    mended = _mend(text)
    if _DECLARES.search(mended):  # hidden behind what was just taken out
        raise Refused("doctype", "document type and entity declarations are not taken")
    if mended != text:
        try:
            root = etree.fromstring(mended.encode(), STRICT)
        except etree.XMLSyntaxError as error:
            problem = error.msg or problem
        else:
            notes.add("lone_ampersand", 68, "escaped")
            return root
    quoted = _TAG.sub(_with_quotes, mended)  # the recovering parser gives up at an attribute without quotes
    try:
        recovered = etree.fromstring(quoted.encode(), _RECOVERING)
    except etree.XMLSyntaxError as error:
        raise Refused("not_xml", error.msg or problem) from None
    if recovered is None:
        raise Refused("not_xml", problem)
    notes.add("recovered", None, problem[:120])
    return recovered


def _with_end(text: str) -> str | None:
    """Complete a document that was cut off within the end tags of Body and Envelope; nothing that it says is missing.

    genieacs-sim and its descendants count characters where Content-Length counts bytes: every letter beyond ASCII cuts
    a byte or two off the end of the message.
    """
    start = _ENVELOPE_START.search(text)
    opened = _OPENED.search(text, start.start() if start is not None else 0)
    if opened is None:
        return None
    prefix = opened.group(1) or ""
    end = f"</{prefix}Body></{prefix}Envelope>"
    cut = next((n for n in range(len(end) - 1, 1, -1) if text.endswith(end[:n])), 0)
    return text + end[cut:] if cut else None


def _mend(text: str) -> str:
    def legal(found: re.Match[str]) -> str:
        number = int(found.group(1), 16) if found.group(1) else int(found.group(2))
        return found.group() if number <= 0x10FFFF and not _ILLEGAL.match(chr(number)) else ""

    return _ILLEGAL_REFERENCE.sub(legal, _LONE_AMPERSAND.sub("&amp;", text))


_OPENED = re.compile(r"<([A-Za-z_][\w.-]{0,64}:)?Envelope[\s>]")
_TAG = re.compile(r"<[A-Za-z_][^<>]{0,4096}>")
_ATTRIBUTE_VALUE = re.compile(r"""("[^"]*"|'[^']*')|=([ \t\r\n]*)([^\s"'<>=]+)""")


def _with_quotes(tag: re.Match[str]) -> str:
    """A start tag whose attributes all stand in quotes."""
    if "=" not in tag.group():
        return tag.group()
    inside = tag.group().removesuffix("/>").removesuffix(">")
    quoted = _ATTRIBUTE_VALUE.sub(lambda found: found.group(1) or f'={found.group(2)}"{found.group(3)}"', inside)
    return quoted + tag.group()[len(inside) :]


def _decode(data: bytes, content_type: str, notes: Notes) -> str:
    """Content-Type, XML declaration, BOM, UTF-8, and then a guess that cannot fail (quirks 21 to 24)."""
    sniffed = _sniff_utf16(data)
    if sniffed is not None:
        return data.decode(sniffed, "replace").lstrip("\ufeff")
    if data.startswith(b"\xef\xbb\xbf"):
        notes.add("byte_order_mark", 26, "UTF-8")
        data = data[3:]
    header = _HEADER_CHARSET.search(content_type)
    declared = _DECLARED_CHARSET.search(data[:512])
    names = [header.group(1)] if header is not None else []
    names += [declared.group(1).decode("ascii")] if declared is not None else []
    for name in [*names, "utf-8"]:
        charset = CHARSETS.get(name.lower())
        if charset is None:
            notes.add("unknown_charset", 22, name)
        elif charset != "utf-16" and not charset.startswith("utf-16-"):  # sniffed above, so this is not one
            try:
                return data.decode(charset)
            except UnicodeDecodeError:
                notes.add("wrong_charset", 24, charset)
    return data.decode("gb18030" if _looks_chinese(data) else "latin-1", "replace")


def _sniff_utf16(data: bytes) -> str | None:
    if data.startswith(b"\xff\xfe") or (data.startswith(b"<\0") and data[3:4] == b"\0"):
        return "utf-16-le"
    return "utf-16-be" if data.startswith((b"\xfe\xff", b"\0<\0")) else None


_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def _looks_chinese(data: bytes) -> bool:
    """Whether all bytes beyond ASCII come in pairs of GB 2312; European text has single ones."""
    runs = _HIGH_RUN.findall(data)
    return bool(runs) and all(len(run) % 2 == 0 and min(run) >= 0xA1 and max(run) <= 0xFE for run in runs)
