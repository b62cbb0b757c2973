"""However oddly a phone writes its Authorization, the right password passes and a wrong one does not."""

from hypothesis import given
from hypothesis import strategies as st

from acs.protocols import digest
from acs.protocols.digest import Basic, Digest

KEY = b"property"
NOW = 1_700_000_000.0
text = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_characters='"\\'), max_size=20)
spaces = st.sampled_from(["", " ", "  ", "\t", "\r\n ", "\n\t"])


@st.composite
def phones(draw: st.DrawFn) -> tuple[str, str, str, str, bytes]:
    """User, password, header, target and body of one phone that knows its password."""
    user, password = draw(text.filter(bool)), draw(text)
    target = draw(st.sampled_from(["/", "/acs", "/a/b?c=d", "/%20x"]))
    uri = draw(st.sampled_from([target, "", "http://acs.example:7547" + target]))
    qop = draw(st.sampled_from(["", "auth", "auth-int"]))
    algorithm = draw(st.sampled_from(["", "MD5", "md5", "MD5-sess"]))
    body = draw(st.binary(max_size=20))
    nc, cnonce = (draw(st.sampled_from(["1", "00000001", "0000000A", "ff"])), "c0ffee") if qop else ("", "")
    if algorithm == "MD5-sess":
        cnonce = "c0ffee"
    nonce = digest.challenge("acs", KEY, NOW).split('"')[3]
    blank = Digest(user, "acs", nonce, uri, "", qop, nc, cnonce, algorithm)
    response = digest._response(blank, digest.ha1(user, "acs", password), "POST", body, nc)
    if draw(st.booleans()):
        response = response.upper()
    bare = {"qop": qop, "nc": nc, "algorithm": algorithm, "response": response, "cnonce": cnonce, "nonce": nonce}
    parts = [("username", user, True), ("realm", "acs", draw(st.booleans())), ("uri", uri, True)]
    parts += [(name, value, draw(st.booleans())) for name, value in bare.items() if value]
    parts = draw(st.permutations(parts))
    written = []
    for name, value, quoted in parts:
        shown = f'"{value}"' if quoted else value
        odd = draw(st.sampled_from([name, name.upper(), name.title()]))
        written.append(odd + draw(spaces) + "=" + draw(spaces) + shown)
    comma = draw(spaces) + "," + draw(spaces)
    scheme = draw(st.sampled_from(["Digest ", "digest ", "DIGEST  ", " Digest\t"]))
    return user, password, scheme + comma.join(written), target, body


@given(phones(), text, st.booleans())
def test_odd_formatting_never_matters(phone: tuple[str, str, str, str, bytes], other: str, as_bytes: bool) -> None:
    user, password, header, target, body = phone
    auth = digest.parse_authorization(header.encode() if as_bytes else header)
    assert isinstance(auth, Digest)
    assert auth.username == user

    def ok(secret: str) -> bool:
        return digest.verify(
            auth,
            ha1=digest.ha1(user, "acs", secret),
            method="POST",
            request_target=target,
            now=NOW,
            key=KEY,
            realm="acs",
            body=body,
        ).ok

    assert ok(password)
    assert ok(other) is (other == password)


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300)), st.sampled_from(["", "Digest ", "Basic "]))
def test_no_header_raises(rest: str | bytes, scheme: str) -> None:
    header = scheme + rest if isinstance(rest, str) else scheme.encode() + rest
    auth = digest.parse_authorization(header)
    if isinstance(auth, Digest):
        verdict = digest.verify(auth, ha1=None, method="POST", request_target="/", now=NOW, key=KEY, realm=auth.realm)
        assert not verdict.ok
    elif isinstance(auth, Basic):
        assert not digest.verify_basic(auth, ha1="0" * 32, realm="acs").ok


@given(st.text(max_size=200))
def test_no_challenge_raises_anything_but_unanswerable(challenge: str) -> None:
    for header in (challenge, "Digest " + challenge, f'Digest nonce="{challenge}"'):
        try:
            answer = digest.respond(header, "u", "p", "GET", "/", "c")
        except digest.Unanswerable:
            continue
        assert answer.startswith("Digest username=")
        assert "\r" not in answer
        assert "\n" not in answer
