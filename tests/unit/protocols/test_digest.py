import hashlib
import time

import pytest

from acs.protocols import digest
from acs.protocols.digest import Basic, Digest, Unanswerable, Verdict

KEY = b"k" * 32
NOW = 1_700_000_000.0
USER, REALM, PASSWORD = "0C383E-X5U-0C383E000001", "acs", "Secret-1"
HA1 = digest.ha1(USER, REALM, PASSWORD)


def answer(
    nonce: str, *, uri: str = "/acs", algorithm: str = "", qop: str = "auth", nc: str = "00000001", **odd: str
) -> Digest:
    """The header of a phone that knows the password."""
    cnonce = "deadbeef" if qop or algorithm.lower().endswith("-sess") else ""
    blank = Digest(USER, REALM, nonce, uri, "", qop, nc if qop else "", cnonce, algorithm)
    secret = digest.ha1(USER, REALM, PASSWORD, algorithm or "MD5")
    response = digest._response(blank, secret, odd.get("method", "POST"), odd.get("body", "").encode(), blank.nc)
    return Digest(USER, REALM, nonce, uri, response, qop, blank.nc, cnonce, algorithm)


def check(auth: Digest, *, ha1: str | None = HA1, now: float = NOW, target: str = "/acs", body: bytes = b"") -> Verdict:
    return digest.verify(auth, ha1=ha1, method="POST", request_target=target, now=now, key=KEY, realm=REALM, body=body)


def nonce(now: float = NOW, key: bytes = KEY, realm: str = REALM) -> str:
    header = digest.challenge(realm, key, now)
    return header.split('nonce="')[1].split('"')[0]


# Known answers. The nonces are not ours, so the response is compared, and the verdict is "stale": password right.

RFC_2617 = (
    'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
    'uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", '
    'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)
RFC_7616 = (
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
    'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="{}", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
MD5, SHA = "8ca523f5e9506fed4657c9700eebdbec", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"


@pytest.mark.parametrize(
    ("header", "password", "algorithm"),
    [
        (RFC_2617, "Circle Of Life", "MD5"),
        (RFC_7616.format("MD5", MD5), "Circle of Life", "MD5"),
        (RFC_7616.format("SHA-256", SHA), "Circle of Life", "SHA-256"),
    ],
    ids=["RFC 2617", "RFC 7616 MD5", "RFC 7616 SHA-256"],
)
def test_vectors_of_the_rfcs(header: str, password: str, algorithm: str) -> None:
    auth = digest.parse_authorization(header)
    assert isinstance(auth, Digest)
    for secret, reason in ((password, "nonce is not ours"), (password + ".", "wrong password")):
        verdict = digest.verify(
            auth,
            ha1=digest.ha1("Mufasa", auth.realm, secret, algorithm),
            method="GET",
            request_target="/dir/index.html",
            now=NOW,
            key=KEY,
            realm=auth.realm,
        )
        assert verdict == Verdict(False, stale=secret == password, reason=reason)


@pytest.mark.parametrize(
    ("qop", "nc", "algorithm", "body", "response"),
    [
        ("auth", "00000001", "", b"", "b84c1916e06733364a7a1074764186d1"),
        ("auth", "00000001", "MD5-sess", b"", "ee802c2d2172b7550eb68f53f5c6a153"),
        ("auth-int", "00000002", "", b"<a/>", "fe4c0a43b749c2386640ca3fff39c8a3"),
        ("", "", "", b"", "a53d5136f721f8f4efbd6cac2a0c25b2"),
    ],
    ids=["auth", "MD5-sess", "auth-int", "RFC 2069"],
)
def test_vectors_of_a_cwmp_post(qop: str, nc: str, algorithm: str, body: bytes, response: str) -> None:
    cnonce = "deadbeef" if qop else ""
    auth = Digest(USER, REALM, "dcd98b7102dd2f0e", "/acs", response, qop, nc, cnonce, algorithm)
    assert check(auth, body=body) == Verdict(False, stale=True, reason="nonce is not ours")
    assert check(auth, body=body, ha1=digest.ha1(USER, REALM, "Secret-2")).reason == "wrong password"
    if qop == "auth-int":
        assert check(auth, body=b"<b/>").reason == "wrong password"


# Nonce and challenge


def test_the_challenge_is_short_enough_for_every_phone() -> None:
    header = digest.challenge(REALM, KEY, NOW)
    assert header == f'Digest realm="acs", nonce="{nonce()}", opaque="acs", qop="auth", algorithm=MD5'
    assert len(nonce()) == 32
    assert digest.challenge(REALM, KEY, NOW, stale=True) == header + ", stale=true"


@pytest.mark.parametrize("realm", ['a"b', "a\\b", "a\r\nX: y", "Télé"])
def test_a_realm_that_breaks_parsers_is_refused(realm: str) -> None:
    with pytest.raises(ValueError, match="realm"):
        digest.challenge(realm, KEY, NOW)


@pytest.mark.parametrize("algorithm", ["", "MD5", "md5", "MD5-sess"])
@pytest.mark.parametrize("qop", ["auth", ""])
def test_the_right_password_is_taken(algorithm: str, qop: str) -> None:
    assert check(answer(nonce(), algorithm=algorithm, qop=qop)) == Verdict(True)


def test_auth_int_covers_the_body() -> None:
    auth = answer(nonce(), qop="auth-int", body="<a/>")
    assert check(auth, body=b"<a/>").ok
    assert not check(auth, body=b"<b/>").ok


@pytest.mark.parametrize(("age", "ok"), [(0, True), (300, True), (301, False), (-60, True), (-61, False)])
def test_a_nonce_grows_stale(age: float, ok: bool) -> None:
    verdict = check(answer(nonce(NOW)), now=NOW + age)
    assert (verdict.ok, verdict.stale) == (ok, not ok)


@pytest.mark.parametrize("other", [nonce(key=b"x"), nonce(realm="b"), nonce()[:-1] + "z", "0" * 32, "é" * 32, "7"])
def test_a_foreign_nonce_is_stale(other: str) -> None:
    assert check(answer(other)) == Verdict(False, stale=True, reason="nonce is not ours")


def test_an_old_nonce_does_not_tell_a_guesser_that_it_is_old() -> None:
    wrong = digest.ha1(USER, REALM, "guess")
    assert check(answer(nonce(NOW - 9999)), ha1=wrong) == Verdict(False, reason="wrong password")


def test_an_unknown_user_and_a_foreign_realm_are_refused() -> None:
    assert check(answer(nonce()), ha1=None) == Verdict(False, reason="unknown user")
    foreign = digest.verify(
        answer(nonce()), ha1=HA1, method="POST", request_target="/acs", now=NOW, key=KEY, realm="other"
    )
    assert not foreign.ok
    assert not foreign.stale


def test_an_unknown_user_whose_response_fits_the_stand_in_is_still_refused() -> None:
    blank = Digest(USER, REALM, nonce(), "/acs", "", "auth", "00000001", "c")
    forged = digest._response(blank, "0" * 32, "POST", b"", "00000001")
    assert not check(Digest(USER, REALM, nonce(), "/acs", forged, "auth", "00000001", "c"), ha1=None).ok


@pytest.mark.parametrize(("field", "value"), [("algorithm", "SHA-512-256"), ("qop", "auth-conf")])
def test_what_we_do_not_know_is_refused_with_its_name(field: str, value: str) -> None:
    auth = answer(nonce(), **{field: value})
    assert value in check(auth).reason


# uri


@pytest.mark.parametrize(
    ("uri", "target", "ok"),
    [
        ("/acs", "/acs", True),
        ("", "/acs", True),
        ("http://acs.example:7547/acs", "/acs", True),
        ("HTTPS://acs.example/acs?x=1", "/acs?x=1", True),
        ("/acs", "/acs?mac=1", True),
        ("/acs", "http://acs.example/acs", True),
        ("http://acs.example", "/", True),
        ("/%61cs", "/acs", True),
        ("/other", "/acs", False),
        ("/acs/", "/acs", False),
        ("http://acs.example/other", "/acs", False),
    ],
)
def test_the_uri_must_point_at_our_resource(uri: str, target: str, ok: bool) -> None:
    assert check(answer(nonce(), uri=uri), target=target).ok is ok


def test_a_uri_that_is_not_utf8_verifies_from_raw_bytes() -> None:
    given = nonce()
    a2 = hashlib.md5(b"POST:/caf\xe9").hexdigest()
    response = hashlib.md5(f"{HA1}:{given}:{a2}".encode()).hexdigest()
    header = f'Digest username="{USER}", realm="acs", nonce="{given}", uri="/caf'.encode() + b'\xe9"'
    auth = digest.parse_authorization(header + f', response="{response}"'.encode())
    assert isinstance(auth, Digest)
    assert check(auth, target="/caf%E9").ok


# Reading


def test_nc_without_leading_zeros_counts_either_way() -> None:
    verbatim = answer(nonce(), nc="1")
    assert check(verbatim).ok
    padded = answer(nonce(), nc="00000001")
    assert check(Digest(USER, REALM, padded.nonce, "/acs", padded.response, "auth", "1", padded.cnonce)).ok


def test_hexadecimal_in_capitals_counts() -> None:
    auth = answer(nonce())
    assert check(Digest(USER, REALM, auth.nonce, "/acs", auth.response.upper(), "auth", auth.nc, auth.cnonce)).ok


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Digest",
        "Digest username",
        'Digest username="a", nonce="b", response="c"',
        f'Digest username="a, nonce="b", response="{"0" * 32}',
        f'Digest nonce="b", response="{"0" * 32}"',
        f'Digest username="a", response="{"0" * 32}"',
        "Bearer abc",
        "Basic",
        "Basic !!!!",
        "Basic YWJj",
        "Basic é",
        "Digest " + "a" * 5000,
        b"\xff\xfe",
        "\x00",
        ",,,=,=",
    ],
)
def test_nonsense_is_no_authorization(header: str | bytes) -> None:
    assert digest.parse_authorization(header) is None


@pytest.mark.parametrize("junk", ["a" * 4000, '="' * 2000, 'a="\\' * 1000, "a= " * 1300, "a" + " " * 4000, "'" * 4000])
def test_hostile_headers_cost_little(junk: str) -> None:
    begun = time.process_time()
    digest.parse_authorization("Digest " + junk)
    assert time.process_time() - begun < 0.05


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Basic dXNlcjpwYXNz", Basic("user", "pass")),
        ("basic  dXNlcjpwYTpzcw", Basic("user", "pa:ss")),
        ("BASIC Og==", Basic("", "")),
        (b"Basic w6k6w7w=", Basic("é", "ü")),
        (b"Basic 6Tr8", Basic("é", "ü")),
    ],
)
def test_basic_is_read(header: str | bytes, expected: Basic) -> None:
    assert digest.parse_authorization(header) == expected


def test_basic_is_checked_against_the_same_hash() -> None:
    assert digest.verify_basic(Basic(USER, PASSWORD), ha1=HA1, realm=REALM).ok
    assert digest.verify_basic(Basic(USER, PASSWORD), ha1=digest.ha1(USER, REALM, PASSWORD, "SHA-256"), realm=REALM).ok
    assert digest.verify_basic(Basic(USER, "x"), ha1=HA1, realm=REALM).reason == "wrong password"
    assert digest.verify_basic(Basic("x", PASSWORD), ha1=None, realm=REALM).reason == "unknown user"
    assert digest.basic_challenge(REALM) == 'Basic realm="acs"'


def test_odd_quoting_folding_and_spaces_are_read() -> None:
    header = (
        "dIgEsT   username = 'DOMAIN\\user' ,realm=acs,\r\n\tnonce = \"n,=1\" , uri=/a?b=c&d ,, response="
        + "A" * 32
        + ' qop="auth"  nc=1, algorithm="MD5", cnonce="\\"q\\\\"'
    )
    assert digest.parse_authorization(header) == Digest(
        "DOMAIN\\user", "acs", "n,=1", "/a?b=c&d", "A" * 32, "auth", "1", '"q\\', "MD5"
    )


def test_a_repeated_parameter_counts_once_and_first() -> None:
    auth = digest.parse_authorization(f'Digest username="a", username="b", nonce="n", response="{"0" * 32}"')
    assert isinstance(auth, Digest)
    assert auth.username == "a"


def test_latin_1_names_become_readable() -> None:
    auth = digest.parse_authorization(b'Digest username="J\xf6rg", nonce="n", response="' + b"0" * 32 + b'"')
    assert isinstance(auth, Digest)
    assert auth.username == "Jörg"


# Client


def test_the_answer_to_a_phone_is_canonical() -> None:
    plain = digest.respond('Digest realm="r", nonce="n", qop="auth"', "u", "p", "GET", "/cr?x=1", "0a4f113b")
    expected = hashlib.md5(
        f"{digest.ha1('u', 'r', 'p')}:n:00000001:0a4f113b:auth:{hashlib.md5(b'GET:/cr?x=1').hexdigest()}".encode()
    ).hexdigest()
    assert plain == (
        f'Digest username="u", realm="r", nonce="n", uri="/cr?x=1", response="{expected}", '
        'qop=auth, nc=00000001, cnonce="0a4f113b"'
    )


@pytest.mark.parametrize(
    ("challenge", "tail"),
    [
        ('Digest realm="r", nonce="n", qop="auth", algorithm=MD5', 'cnonce="c", algorithm=MD5'),
        ('Digest realm="r", nonce="n", qop="auth", algorithm="MD5"', 'cnonce="c", algorithm="MD5"'),
        (
            'Digest realm="r", nonce="n", opaque="o", qop="auth,auth-int"',
            'qop=auth, nc=00000001, cnonce="c", opaque="o"',
        ),
        ('Basic realm="x", Digest realm="r", nonce="n", qop=auth-int', 'qop=auth-int, nc=00000001, cnonce="c"'),
        ('Digest realm="r", nonce="n", algorithm=MD5-sess', 'cnonce="c", algorithm=MD5-sess'),
        ('digest realm="r",\r\n nonce="n", qop="auth", Basic realm="y"', 'cnonce="c"'),
    ],
)
def test_only_what_was_challenged_is_echoed_and_our_own_server_takes_it(challenge: str, tail: str) -> None:
    header = digest.respond(challenge, "u", "p", "GET", "/cr", "c")
    assert header.endswith(tail)
    auth = digest.parse_authorization(header)
    assert isinstance(auth, Digest)
    assert auth.realm == "r"
    verdict = digest.verify(
        auth, ha1=digest.ha1("u", "r", "p"), method="GET", request_target="/cr", now=NOW, key=KEY, realm="r"
    )
    assert verdict.reason == "nonce is not ours"


def test_a_challenge_without_qop_is_answered_as_of_old() -> None:
    header = digest.respond('Digest realm="r", nonce="n"', "u", "p", "GET", "/", "c")
    assert "qop" not in header
    assert "nc" not in header.replace("nonce", "")


def test_client_and_server_agree() -> None:
    header = digest.respond(digest.challenge(REALM, KEY, NOW), USER, PASSWORD, "POST", "/acs", "c", nc=7)
    auth = digest.parse_authorization(header)
    assert isinstance(auth, Digest)
    assert auth.nc == "00000007"
    assert check(auth).ok


@pytest.mark.parametrize(
    ("challenge", "says"),
    [
        ('Basic realm="x"', "no Digest"),
        ('Digest realm="x"', "no nonce"),
        ('Digest nonce="n", algorithm=SHA-512-256', "SHA-512-256"),
        ('Digest nonce="n", qop="auth-conf"', "auth-conf"),
    ],
)
def test_a_challenge_that_cannot_be_answered_says_why(challenge: str, says: str) -> None:
    with pytest.raises(Unanswerable, match=says):
        digest.respond(challenge, "u", "p", "GET", "/", "c")


def test_basic_towards_a_phone() -> None:
    assert digest.parse_authorization(digest.respond_basic("u", "p:ä")) == Basic("u", "p:ä")
