from base64 import b64decode

import pytest

from acs.simulator.digest_client import (
    MADE_UP,
    Authenticator,
    Credentials,
    Style,
    basic,
    check,
    choose,
    digest_response,
    read,
    split,
)

CWMP = Credentials("0C383E-X5U-0C383E000001", "Secret-1")


@pytest.mark.parametrize(
    ("challenge", "who", "method", "uri", "nc", "cnonce", "qop", "response"),
    [
        (
            'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
            Credentials("Mufasa", "Circle Of Life"),
            "GET",
            "/dir/index.html",
            "00000001",
            "0a4f113b",
            "auth",
            "6629fae49393a05397450978507c4ef1",
        ),
        (
            'Digest realm="http-auth@example.org", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"',
            Credentials("Mufasa", "Circle of Life"),
            "GET",
            "/dir/index.html",
            "00000001",
            "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            "auth",
            "8ca523f5e9506fed4657c9700eebdbec",
        ),
        (
            'Digest realm="acs", nonce="dcd98b7102dd2f0e"',
            CWMP,
            "POST",
            "/acs",
            "00000001",
            "deadbeef",
            "auth",
            "b84c1916e06733364a7a1074764186d1",
        ),
        (
            'Digest realm="acs", nonce="dcd98b7102dd2f0e", algorithm="MD5-sess"',
            CWMP,
            "POST",
            "/acs",
            "00000001",
            "deadbeef",
            "auth",
            "ee802c2d2172b7550eb68f53f5c6a153",
        ),
        (
            'Digest realm="acs", nonce="dcd98b7102dd2f0e"',
            CWMP,
            "POST",
            "/acs",
            "",
            "",
            "",
            "a53d5136f721f8f4efbd6cac2a0c25b2",
        ),
    ],
    ids=["rfc2617", "rfc7616", "post", "md5-sess", "rfc2069"],
)
def test_known_answers(
    challenge: str, who: Credentials, method: str, uri: str, nc: str, cnonce: str, qop: str, response: str
) -> None:
    assert digest_response(read(challenge), who, method, uri, nc=nc, cnonce=cnonce, qop=qop) == response


def test_an_answer_counts_uses_of_the_nonce_and_echoes_the_challenge() -> None:
    client = Authenticator(CWMP, lambda: "deadbeef")
    assert client.header("POST", "/acs") is None
    assert client.challenged(['Digest realm="acs", nonce="dcd98b7102dd2f0e", qop="auth", opaque="x,y", algorithm=MD5'])
    first, second = read(client.header("POST", "/acs") or ""), read(client.header("POST", "/acs") or "")
    assert first["response"] == "b84c1916e06733364a7a1074764186d1"
    assert (first["username"], first["realm"], first["uri"]) == ("0C383E-X5U-0C383E000001", "acs", "/acs")
    assert (first["qop"], first["opaque"], first["algorithm"]) == ("auth", "x,y", "MD5")
    assert (first["nc"], second["nc"]) == ("00000001", "00000002")
    assert first["response"] != second["response"]


def test_without_qop_offered_or_wanted_the_old_form_is_used() -> None:
    for offered, wanted in (("", True), (', qop="auth"', False)):
        client = Authenticator(CWMP, lambda: "cn", Style(qop="auth" if wanted else "none"))
        client.challenged([f'Digest realm="acs", nonce="dcd98b7102dd2f0e"{offered}'])
        given = read(client.header("POST", "/acs") or "")
        assert given["response"] == "a53d5136f721f8f4efbd6cac2a0c25b2"
        assert "qop" not in given.parameters
        assert "nc" not in given.parameters


def test_a_second_challenge_is_a_refusal_unless_the_nonce_was_stale() -> None:
    client = Authenticator(CWMP, lambda: "cn")
    assert client.challenged(['Digest realm="a", nonce="1", qop="auth"'])
    assert client.challenged(['Digest realm="a", nonce="2", qop="auth", stale=TRUE'])
    assert not client.challenged(['Digest realm="a", nonce="3", qop="auth"'])


def test_md5_is_chosen_before_basic_and_unknown_algorithms_are_passed_over() -> None:
    sha = 'Digest realm="a", nonce="1", algorithm=SHA-256'
    found = choose([sha, 'Basic realm="b"', 'Digest realm="c", nonce="2"'])
    assert found is not None
    assert (found.scheme, found["realm"]) == ("digest", "c")
    assert choose([sha]) is None
    fallback = choose([sha, 'Basic realm="b"'])
    assert fallback is not None
    assert fallback.scheme == "basic"


def test_basic_is_utf_8() -> None:
    assert b64decode(basic("anna", "zoë:1").removeprefix("Basic ")).decode() == "anna:zoë:1"


def test_the_listener_checks_what_the_client_says() -> None:
    dps = Credentials("dps", "dps")
    client = Authenticator(dps, lambda: "cn")
    client.challenged(['Digest realm="IP Phone", nonce="known", qop="auth"'])
    said = client.header("GET", "/x") or ""
    assert check(said, dps, "GET", {"known"}.__contains__)
    assert not check(said, dps, "GET", {"other"}.__contains__)
    assert not check(said, Credentials("dps", "other"), "GET", {"known"}.__contains__)
    assert not check(said, dps, "POST", {"known"}.__contains__)
    assert not check(basic("dps", "dps"), dps, "GET", {"known"}.__contains__)


ASKED = 'Digest realm="acs", nonce="dcd98b7102dd2f0e", qop="auth", opaque="op", algorithm=MD5'


def said(style: Style, body: bytes = b"", challenge: str = ASKED) -> str:
    client = Authenticator(CWMP, lambda: "deadbeef", style)
    assert client.challenged([challenge])
    return client.header("POST", "/acs", body, absolute="http://h/acs") or ""


def test_the_variants_of_the_reference() -> None:
    assert read(said(Style(algorithm="MD5-sess")))["response"] == "ee802c2d2172b7550eb68f53f5c6a153"
    client = Authenticator(CWMP, lambda: "deadbeef", Style(qop="auth-int"))
    client.challenged([ASKED])
    client.header("POST", "/acs", b"<a/>")
    second = read(client.header("POST", "/acs", b"<a/>") or "")
    assert (second["nc"], second["qop"]) == ("00000002", "auth-int")
    assert second["response"] == "fe4c0a43b749c2386640ca3fff39c8a3"


def test_sha_256_where_it_is_offered_and_wanted() -> None:
    offers = [ASKED, ASKED.replace("MD5", "SHA-256")]
    client = Authenticator(CWMP, lambda: "cn", Style(algorithm="SHA-256"))
    assert client.challenged(offers)
    given = read(client.header("POST", "/acs") or "")
    assert (given["algorithm"], len(given["response"])) == ("SHA-256", 64)
    other = Authenticator(CWMP, lambda: "cn", Style(algorithm="SHA-256"))
    assert other.challenged(offers[:1])
    assert read(other.header("POST", "/acs") or "")["algorithm"] == "MD5"


@pytest.mark.parametrize(
    ("style", "wanted"),
    [
        (Style(uri="absolute"), 'uri="http://h/acs"'),
        (Style(uri="empty"), 'uri=""'),
        (Style(uri="wrong"), 'uri="/another/place"'),
        (Style(form="all-quoted"), 'qop="auth", nc="00000001"'),
        (Style(form="unquoted"), "realm=acs, nonce=dcd98b7102dd2f0e, uri=/acs, response="),
        (Style(form="capital-hex"), 'response="B84C1916E06733364A7A1074764186D1"'),
        (Style(form="short-count"), "nc=1,"),
        (Style(form="lower-case-scheme"), "digest username="),
    ],
)
def test_odd_forms(style: Style, wanted: str) -> None:
    assert wanted in said(style) + ","


def test_opaque_is_returned_or_not() -> None:
    assert 'opaque="op"' in said(Style())
    assert "opaque" not in said(Style(form="no-opaque"))


def test_auth_int_is_used_where_nothing_else_is_offered() -> None:
    assert read(said(Style(), challenge=ASKED.replace('"auth"', '"auth-int"')))["qop"] == "auth-int"


def test_a_count_may_stand_still() -> None:
    client = Authenticator(CWMP, lambda: "cn", Style(counted=False))
    client.challenged([ASKED])
    assert {read(client.header("POST", "/acs") or "")["nc"] for _ in range(3)} == {"00000001"}


def test_a_made_up_nonce_is_given_up_for_a_true_one() -> None:
    client = Authenticator(CWMP, lambda: "cn", Style(made_up=True))
    assert read(client.header("POST", "/acs") or "")["nonce"] == MADE_UP["nonce"]
    assert client.challenged([ASKED])
    assert not client.challenged([ASKED])


def test_a_kept_nonce_has_one_more_try_unless_stale_is_not_understood() -> None:
    patient, rash = Authenticator(CWMP, lambda: "cn"), Authenticator(CWMP, lambda: "cn", Style(gives_up_on_stale=True))
    for client in (patient, rash):
        assert client.challenged([ASKED])
        client.new_session(CWMP)
    assert patient.challenged([ASKED])
    assert not rash.challenged([ASKED + ", stale=true"])


def test_several_challenges_in_one_header_are_told_apart() -> None:
    header = 'Basic realm="a, Digest x", Digest realm="b", nonce="n", qop="auth,auth-int"'
    assert len(split([header])) == 2
    found = choose([header])
    assert found is not None
    assert (found.scheme, found["realm"], found["qop"]) == ("digest", "b", "auth,auth-int")
