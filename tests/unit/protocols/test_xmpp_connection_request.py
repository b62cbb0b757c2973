import pytest
from lxml import etree

from acs.protocols.xmpp_connection_request import Kind, connection_request, is_jid, result_of
from tests.reference import XSD, needs_xsd


def test_the_element_to_the_letter() -> None:
    assert connection_request("cr-user", "cr-secret") == (
        b'<connectionRequest xmlns="urn:broadband-forum-org:cwmp:xmppConnReq-1-0">'
        b"<username>cr-user</username><password>cr-secret</password></connectionRequest>"
    )


@needs_xsd
@pytest.mark.parametrize("text", ["", "cr-user", "<&>\"'", "ü\N{SNOWMAN}"])
def test_the_official_schema_accepts_it(text: str) -> None:
    assert XSD is not None
    schema = etree.XMLSchema(etree.parse(str(XSD / "cwmp-xmppConnReq-1-0.xsd")))
    document = etree.fromstring(connection_request(text, text))
    assert schema.validate(document), schema.error_log
    assert [child.text or "" for child in document] == [text, text]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (("result",), Kind.ACCEPTED),
        (("error", "not-authorized"), Kind.AUTH_FAILED),
        (("error", "forbidden"), Kind.AUTH_FAILED),
        (("error", "service-unavailable"), Kind.BUSY),
        (("error", "remote-server-not-found"), Kind.REFUSED),
        (("error", "feature-not-implemented"), Kind.REFUSED),
        (("error",), Kind.REFUSED),
    ],
)
def test_what_an_answer_means(answer: tuple[str, ...], expected: Kind) -> None:
    kind, words = result_of(*answer)
    assert kind is expected
    assert bool(words) is (expected is not Kind.ACCEPTED)


def test_the_phones_own_words_are_kept_short_and_on_one_line() -> None:
    assert result_of("error", "undefined-condition", "a\n b  c")[1] == "a b c"
    assert len(result_of("error", "undefined-condition", "x" * 999)[1]) == 120


@pytest.mark.parametrize("text", ["a@b.example", "a@b.example/cwmp", "b.example", "0C383E000001@example.net/cwmp x"])
def test_identifiers(text: str) -> None:
    assert is_jid(text)


@pytest.mark.parametrize("text", ["", "@b", "a@", "a@b/", "a b@c", "<a@b", "a@b@c", "a@b/\n", "x" * 4000])
def test_what_is_no_identifier(text: str) -> None:
    assert not is_jid(text)
