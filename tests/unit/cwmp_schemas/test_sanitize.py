import contextlib
import time

import pytest

from cwmp_schemas.sanitize import CHARSETS, LIMITS, Limits, Notes, Oddity, Refused, parse

ENVELOPE = '<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body>{}</E:Body></E:Envelope>'


def _parse(data: bytes | str, content_type: str = "", limits: Limits = LIMITS) -> tuple[str, list[str]]:
    """The Body's text, and the codes of what was noted."""
    notes = Notes(limits)
    root = parse(data.encode() if isinstance(data, str) else data, content_type, notes)
    return "".join(str(text) for text in root.itertext()), [oddity.code for oddity in notes.oddities]


def _refusal(data: bytes | str, limits: Limits = LIMITS, content_type: str = "") -> str:
    with pytest.raises(Refused) as caught:
        _parse(data, content_type, limits)
    assert str(caught.value) == f"{caught.value.reason}: {caught.value.detail}"
    return caught.value.reason


@pytest.mark.parametrize(
    ("data", "content_type", "text", "codes"),
    [
        (ENVELOPE.format("ä中").encode(), "", "ä中", []),
        (ENVELOPE.format("x").encode(), "text/xml; charset=ISO-8859-1", "x", []),
        # quirk 21: charset in Content-Type, in all its spellings
        (ENVELOPE.format("é").encode("latin-1"), "text/xml; charset=ISO-8859-1", "é", []),
        (ENVELOPE.format("é").encode("latin-1"), "text/xml;charset='iso-8859-1'", "é", []),
        (ENVELOPE.format("é").encode(), 'text/xml; charset="UTF-8"', "é", []),
        # quirk 22: charset in the XML declaration only
        (("<?xml version='1.0' encoding='GB2312'?>" + ENVELOPE.format("中文")).encode("gb2312"), "", "中文", []),
        (("<?xml version='1.0' encoding='windows-1251'?>" + ENVELOPE.format("Я")).encode("cp1251"), "", "Я", []),
        (ENVELOPE.format("é").encode("utf-16"), "", "é", []),
        (ENVELOPE.format("é").encode("utf-16-be"), "", "é", []),
        # UTF-16 is recognised whatever is claimed
        (
            ("<?xml version='1.0' encoding='UTF-8'?>" + ENVELOPE.format("é")).encode("utf-16-le"),
            "x; charset=utf-8",
            "é",
            [],
        ),
        (
            ENVELOPE.format("é").encode("latin-1"),
            "text/xml; charset=x-unknown",
            "é",
            ["unknown_charset", "wrong_charset"],
        ),
        # quirk 24: Latin-1 or GB 2312 in a document that claims UTF-8
        (ENVELOPE.format("Müller").encode("latin-1"), "text/xml; charset=utf-8", "Müller", ["wrong_charset"]),
        (ENVELOPE.format("中文").encode("gb2312"), "", "中文", ["wrong_charset"]),
        (ENVELOPE.format("\xff\xff\xff").encode("latin-1"), "", "\xff\xff\xff", ["wrong_charset"]),
        # UTF-7 is not decoded, so it hides nothing
        (ENVELOPE.format("+ADw-a+AD4-").encode(), "text/xml; charset=utf-7", "+ADw-a+AD4-", []),
    ],
)
def test_charsets(data: bytes, content_type: str, text: str, codes: list[str]) -> None:
    assert _parse(data, content_type) == (text, codes)


def test_no_charset_is_one_that_computes() -> None:
    assert all(name == name.lower() for name in CHARSETS)
    assert not {"utf-7", "punycode", "idna", "unicode_escape", "rot13"} & set(CHARSETS)


@pytest.mark.parametrize(
    ("data", "text", "codes"),
    [
        ("\r\n " + ENVELOPE.format("x"), "x", []),
        ('\n<?xml version="1.0"?>' + ENVELOPE.format("x"), "x", ["leading_garbage"]),
        ("HTTP/1.1 200 OK\r\n\r\n" + ENVELOPE.format("x"), "x", ["leading_garbage"]),
        ("\ufeff" + ENVELOPE.format("x"), "x", ["byte_order_mark"]),
        ("\0" + ENVELOPE.format("x"), "x", ["illegal_character"]),
        (ENVELOPE.format("x") + "\0", "x", ["trailing_garbage"]),
        (ENVELOPE.format("x") + "\0\0\r\n", "x", ["illegal_character"]),
        (ENVELOPE.format("x") + "}}garbage", "x", ["trailing_garbage"]),
        (ENVELOPE.format("x") + "<p>more</p>", "x", ["trailing_garbage"]),
        (ENVELOPE.format("x") + " \r\n", "x", []),
        (ENVELOPE.format("a\x02b"), "ab", ["illegal_character"]),  # quirk 159
        (ENVELOPE.format("a\0b"), "ab", ["illegal_character"]),
        (ENVELOPE.format("a\ufffeb"), "ab", ["illegal_character"]),
        (ENVELOPE.format("a&#2;b&#xD800;"), "ab", ["lone_ampersand"]),
        (ENVELOPE.format("A&B &amp; &nbsp; &#65;"), "A&B & &nbsp; A", ["lone_ampersand"]),  # quirk 68
        (ENVELOPE.format("<![CDATA[<a>&]]>"), "<a>&", []),  # quirk 65
        (ENVELOPE.format("a<!-- c -->b<?pi x?>"), "ab", []),  # quirk 67
        ("<!-- c -->" + ENVELOPE.format("x"), "x", ["leading_garbage"]),
        (ENVELOPE.format("<a>x"), "x", ["recovered"]),
        (ENVELOPE.format("<a>x</b>"), "x", ["recovered"]),
        (ENVELOPE.format("<a b=1 c='d=e' f=\"g=h\" i= 2/>x"), "x", ["recovered"]),
        (ENVELOPE.format("<a b=http://c/>x"), "x", ["recovered"]),
    ],
)
def test_dirt_is_cleaned_and_noted(data: str, text: str, codes: list[str]) -> None:
    assert _parse(data) == (text, codes)


_LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
_EXTERNAL = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declaration", [_LAUGHS, _EXTERNAL, "<!DOCTYPE x>", "<!doctype x>", "<! DOCTYPE x>"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "gb18030", "utf-8-sig"])
def test_declarations_are_refused_in_every_charset(declaration: str, charset: str) -> None:
    text = f"<?xml version='1.0' encoding='{charset}'?>{declaration}" + ENVELOPE.format("&x;&c;")
    assert _refusal(text.encode(charset), content_type=f"text/xml; charset={charset}") == "doctype"
    assert _refusal(text.encode(charset)) == "doctype"


@pytest.mark.parametrize("hider", ["&#0;", "&#xD800;", "\0", "\x01", "\ufffe", "&#99999999;"])
def test_what_is_taken_out_uncovers_no_declaration(hider: str) -> None:
    """Mending must not make a document type of what was none when it was searched."""
    hidden = f'<{hider}!DOCTYPE x [<{hider}!ENTITY x SYSTEM "file:///etc/passwd">]>'
    assert _refusal('<?xml version="1.0"?>' + hidden + ENVELOPE.format("&x;")) == "doctype"
    assert _refusal(ENVELOPE.format("&x;").replace("<E:Body>", f"{hidden}<E:Body>")) == "doctype"


@pytest.mark.parametrize("cut", [21, 22, 30])
def test_a_message_that_does_not_end_is_not_guessed(cut: int) -> None:
    assert _refusal(ENVELOPE.format("x")[:-cut]) == "truncated"


@pytest.mark.parametrize("cut", [1, 3, 12, 20])
def test_a_message_that_lacks_nothing_but_its_last_tags_is_taken(cut: int) -> None:
    """genieacs-sim counts characters where Content-Length counts bytes: each letter beyond ASCII cuts a byte off."""
    assert _parse(ENVELOPE.format("Zürich")[:-cut]) == ("Zürich", ["recovered"])
    assert _parse(ENVELOPE.replace("E:", "").replace("xmlns:E", "xmlns").format("x")[:-1]) == ("x", ["recovered"])


def test_declarations_are_refused_wherever_they_stand() -> None:
    assert _refusal(ENVELOPE.format('<!ENTITY a "b">')) == "doctype"
    assert _refusal(ENVELOPE.format("<a") + "<!DOCTYPE x>") == "doctype"


@pytest.mark.parametrize("charset", ["utf-32", "utf-7", "cp037"])
def test_other_charsets_hide_nothing(charset: str) -> None:
    text = _EXTERNAL + ENVELOPE.format("&x;")
    reason = _refusal(f"<?xml version='1.0' encoding='{charset}'?>".encode() + text.encode(charset))
    assert reason in ("not_xml", "doctype", "truncated")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"\0", "not_xml"),
        (b"hello", "not_xml"),
        (b"<", "not_xml"),
        (b"{}", "not_xml"),
        (b"<html><body>Log in</body></html>", "html"),  # quirk 77
        (b"<!DOCTYPE html><html></html>", "html"),
        (b"<a", "not_xml"),
        (b"\xff\xfe", "not_xml"),
        (b"\x00<\x00?", "not_xml"),
    ],
)
def test_what_is_no_message_is_refused(data: bytes, reason: str) -> None:
    if data.startswith(b"<html"):
        assert parse(data, "", Notes(LIMITS)).tag == "html"  # well-formed: refused by the envelope's reader
        return
    assert _refusal(data) == reason


def test_limits() -> None:
    nested = "<a>" * 40 + "</a>" * 40
    assert _refusal(ENVELOPE.format(nested)) == "too_deep"
    assert _refusal(ENVELOPE.format(nested + "\0")) == "too_deep"
    assert _parse(ENVELOPE.format("<a>" * 30 + "</a>" * 30))[1] == []
    assert _refusal(ENVELOPE.format("<a>" * 100_000)) in ("not_xml", "too_deep")
    assert _refusal(ENVELOPE.format("<a/>" * 11), Limits(max_elements=10)) == "too_many_elements"
    assert _refusal(ENVELOPE.format("<a></a>" * 11), Limits(max_elements=10)) == "too_many_elements"
    assert _parse(ENVELOPE.format("<a></a>" * 8), limits=Limits(max_elements=10))[1] == []
    assert _refusal(b"x" * 11, Limits(max_bytes=10)) == "too_big"
    assert _refusal(ENVELOPE.format("& " * 11), Limits(max_elements=10)) == "too_many_elements"
    assert _parse(ENVELOPE.format("&amp; " * 11), limits=Limits(max_elements=10))[1] == []


def test_notes_are_kept_once_and_within_the_limit() -> None:
    notes = Notes(Limits(max_oddities=2))
    for detail in ("a", "a", "b", "c"):
        notes.add("code", 41, detail)
    assert notes.oddities == [Oddity("code", 41, "a"), Oddity("code", 41, "b")]


@pytest.mark.parametrize(
    "data",
    [
        b"<?xml " * 40_000,
        b"<" + b"a:" * 100_000,
        b"&#" * 100_000,
        b"</Envelope" * 50_000,
        b"<Envelope>" + b"<! " * 100_000,
        b"<Envelope " + b'a="' * 100_000,
        b"\xff" * 300_000,
        b"<Envelope><!" + b" " * 2_000_000,
        ENVELOPE.format("\x01" * 1_000_000).encode(),
        b"&" + ENVELOPE.format("&" * 300_000).encode(),
        b"&" + ENVELOPE.format("<a b=" * 60_000).encode(),
        b"&" + ENVELOPE.format("<a " + 'b="c" ' * 60_000 + ">").encode(),
        b"&" + ENVELOPE.format("<a b=" + "= " * 100_000 + ">").encode(),
        ENVELOPE.format("<a " + " ".join(f'b{n}="c"' for n in range(50_000)) + "/>").encode(),
        ENVELOPE.format("<a " + " ".join(f'xmlns:b{n}="c{n}"' for n in range(20_000)) + "/>").encode(),
    ],
    ids=[
        *("declarations", "colons", "references", "ends", "bangs", "attribute values", "bytes", "blanks", "controls"),
        *("ampersands", "starts", "quotes", "equals", "attributes", "namespaces"),
    ],
)
def test_no_input_takes_long(data: bytes) -> None:
    start = time.process_time()
    with contextlib.suppress(Refused):
        _parse(data)
    assert time.process_time() - start < 2
