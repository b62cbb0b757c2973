"""What real phones do over HTTP, number by number of the quirks list, against a real process."""

import base64
import gzip
import hashlib
import itertools
import json
import re
import sqlite3
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.cpe import Phone
from tests.system.server import SHARED, Server, Zygote
from tests.system.test_life import settled
from tests.system.test_listener import Line, authorization, inform, post
from tests.system.test_talk import asked, begin, say
from tests.system.wire import basic, digest, fields, parse

pytestmark = [pytest.mark.system, pytest.mark.slow]

_numbers = itertools.count(0xA000)
Answer = tuple[int, dict[str, str], bytes]


class Talk:
    """A phone's session, header by header."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.phone = Phone(server, next(_numbers))
        self.line = Line(server.cwmp_port)
        self.challenge = ""
        self.cookie = ""
        server.at_end.append(lambda: self.line.close())

    def say(self, body: bytes = b"", *headers: str, cookie: str | None = None, target: str = "/acs") -> Answer:
        told = self.cookie if cookie is None else cookie
        self.line.send(post(body, *headers, *([f"Cookie: {told}"] if told else []), target=target))
        answer = self.line.answer()
        self.challenge = answer[1].get("www-authenticate", self.challenge)
        return answer

    def inform(self, *events: str) -> bytes:
        self.phone.events = []
        self.phone._happen(*(events or ("0 BOOTSTRAP",)))
        return self.phone._envelope("1", "Inform", self.phone._inform_body())

    def begin(self, *headers: str) -> Answer:
        """Inform, challenge, Inform."""
        body = self.inform()
        assert self.say(body, cookie="")[0] == 401
        answer = self.say(body, f"Authorization: {authorization(self.challenge)}", *headers, cookie="")
        assert answer[0] == 200
        self.cookie = answer[1]["set-cookie"].partition(";")[0]
        return answer

    def reconnect(self) -> None:
        self.line.close()
        self.line = Line(self.server.cwmp_port)


@pytest.fixture
def talk(server: Server) -> Iterator[Talk]:
    made = Talk(server)
    yield made
    made.line.close()


def method(answer: Answer) -> str:
    assert answer[0] == 200, answer
    return parse(answer[2]).method


def rows(server: Server, serial: str) -> list[dict[str, Any]]:
    return server.items(f"/devices?serial_number={serial}")


# Cookies and connections ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep_alive", [True, False])
def test_quirk_001_no_cookies_at_all(server: Server, keep_alive: bool) -> None:
    phone = Phone(server, next(_numbers), cookies=False, keep_alive=keep_alive, address="127.0.4.1").call()
    assert phone.asked["GetParameterValues"]


@pytest.mark.parametrize("target", ["/acs", "/", "/deep/er?x=1"])
def test_quirk_002_one_path_for_every_target(talk: Talk, target: str) -> None:
    answer = talk.begin()
    assert answer[1]["set-cookie"].endswith("; Path=/")
    assert method(talk.say(b"", target=target)) == "SetParameterValues"


@pytest.mark.parametrize("form", ["a=1,{},b=2", '$Version="0"; acs="{v}";$Path=/', "  a=1 ;{} ", "{}; {}"])
def test_quirk_003_cookies_with_commas_quotes_and_spaces(talk: Talk, form: str) -> None:
    talk.begin()
    talk.line.close()
    talk.line = Line(talk.server.cwmp_port, "127.0.4.2")
    told = form.format(talk.cookie, talk.cookie, v=talk.cookie.partition("=")[2])
    assert method(talk.say(b"", cookie=told)) == "SetParameterValues"


def test_quirk_004_nothing_in_a_cookie_that_gets_mangled(talk: Talk) -> None:
    assert re.fullmatch(r"acs=[A-Za-z0-9_-]{20,48}; Path=/", talk.begin()[1]["set-cookie"])


def test_quirk_005_a_cookie_of_yesterday_with_a_new_inform(talk: Talk) -> None:
    first = talk.begin()[1]["set-cookie"]
    body = talk.inform("2 PERIODIC")
    told = f"Authorization: {authorization(talk.challenge)}"
    for stale in (talk.cookie, "acs=" + "A" * 24):
        status, headers, _ = talk.say(body, told, cookie=stale)
        assert status == 200
        assert headers["set-cookie"] != first
        talk.cookie = headers["set-cookie"].partition(";")[0]
    assert method(talk.say()) == "SetParameterValues"


def test_quirk_006_never_more_than_one_cookie(server: Server) -> None:
    before = len(server.wire)
    Phone(server, next(_numbers)).call()
    for exchange in server.wire[before:]:
        assert sum(name.lower() == "set-cookie" for name, _ in exchange.headers) <= 1


def test_quirk_007_the_cookie_comes_with_every_answer(server: Server) -> None:
    before = len(server.wire)
    Phone(server, next(_numbers)).call()
    session = [exchange for exchange in server.wire[before:] if exchange.status != 401]
    assert len(session) > 3
    assert len({exchange.header("set-cookie") for exchange in session}) == 1
    assert session[-1].status == 204


def quirky(server: Server, **quirks: Any) -> tuple[Phone, list[Any]]:
    """A phone that is treated in a way of its own, and what it was answered in a session."""
    phone = settled(server)
    with database(server) as connection:
        connection.execute(
            "update device set quirks_set = ? where serial_number = ?", (json.dumps(quirks), phone.serial)
        )
    before = len(server.wire)
    begin(phone)
    say(phone, "")
    return phone, [each for each in server.wire[before:] if each.status != 401]


def database(server: Server) -> Any:
    return sqlite3.connect(server.folder / "data" / "acs.sqlite3", timeout=10)


@pytest.mark.parametrize(
    ("when", "cookies"), [("always", [True, True]), ("first", [True, False]), ("never", [False] * 2)]
)
def test_quirk_007_when_the_cookie_is_set(server: Server, when: str, cookies: list[bool]) -> None:
    _, exchanges = quirky(server, cookie=when)
    assert [each.header("set-cookie") is not None for each in exchanges] == cookies


def test_quirk_206_a_phone_that_takes_cookies_from_the_inform_response_alone(server: Server) -> None:
    phone, exchanges = quirky(server, cookie="first")
    assert exchanges[-1].status == 204
    assert say(phone, "").status == 204


def test_quirk_009_the_new_connection_comes_before_the_old_one_is_closed(talk: Talk) -> None:
    talk.begin()
    old, talk.line = talk.line, Line(talk.server.cwmp_port)
    assert method(talk.say()) == "SetParameterValues"
    old.close()


def test_quirk_010_the_next_request_meets_another_process(talk: Talk) -> None:
    talk.begin()
    message = talk.say()[2]
    told = parse(message)
    talk.server.restart()
    talk.line.close()
    talk.line = Line(talk.server.cwmp_port)
    answer = talk.phone._envelope(told.id, "SetParameterValuesResponse", "<Status>0</Status>")
    told_again = talk.say(answer)  # no connection vouches for it any more: it proves itself once
    assert told_again[0] == 401
    status, _, _ = talk.say(answer, f"Authorization: {authorization(talk.challenge)}")
    assert status == 200


def test_quirk_011_proof_on_every_connection_in_the_middle_of_a_session(server: Server) -> None:
    before = len(server.wire)
    phone = Phone(server, next(_numbers), keep_alive=False, preemptive=False, cookies=False, address="127.0.4.3").call()
    assert phone.asked["GetParameterValues"]
    assert sum(exchange.status == 401 for exchange in server.wire[before:]) > 1
    assert Phone(server, next(_numbers), keep_alive=False, preemptive=True).call().asked["GetParameterValues"]


def test_quirk_012_the_answer_to_the_challenge_on_a_new_connection(talk: Talk) -> None:
    body = talk.inform()
    assert talk.say(body)[0] == 401
    talk.line.close()
    talk.line = Line(talk.server.cwmp_port, "127.0.4.4")
    assert talk.say(body, f"Authorization: {authorization(talk.challenge)}")[0] == 200


# Authentication -------------------------------------------------------------------------------------------------------


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def variant(challenge: str, style: str, body: bytes) -> str:
    """Digest as different stacks write it."""
    user, password = SHARED
    told = fields(challenge)
    realm, nonce, uri = told["realm"], told["nonce"], "/acs"
    ha1, ha2 = md5(f"{user}:{realm}:{password}"), md5(f"POST:{uri}")
    old = md5(f"{ha1}:{nonce}:{ha2}")
    new = md5(f"{ha1}:{nonce}:00000001:abc:auth:{ha2}")
    start = f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}"'
    match style:
        case "rfc2069":
            return f'{start}, response="{old}"'
        case "unquoted":
            return f"{start}, response={new}, qop=auth, nc=00000001, cnonce=abc".replace('"', "")
        case "all quoted":
            return f'{start}, response="{new}", qop="auth", nc="00000001", cnonce="abc", algorithm="MD5"'
        case "capitals":
            return (
                f"{start.upper().replace(user.upper(), user, 1)}".replace(realm.upper(), realm)
                .replace(nonce.upper(), nonce)
                .replace("/ACS", uri)
                + f', RESPONSE="{new.upper()}", QOP=auth, NC=00000001, CNONCE="abc"'
            )
        case "md5-sess":
            response = md5(f"{md5(f'{ha1}:{nonce}:abc')}:{nonce}:00000001:abc:auth:{ha2}")
            return f'{start}, response="{response}", qop=auth, nc=00000001, cnonce="abc", algorithm=MD5-sess'
        case "auth-int":
            whole = md5(f"POST:{uri}:{hashlib.md5(body, usedforsecurity=False).hexdigest()}")
            response = md5(f"{ha1}:{nonce}:00000001:abc:auth-int:{whole}")
            return f'{start}, response="{response}", qop=auth-int, nc=00000001, cnonce="abc"'
        case "sha-256":

            def sha(text: str) -> str:
                return hashlib.sha256(text.encode()).hexdigest()

            secret, target = sha(f"{user}:{realm}:{password}"), sha(f"POST:{uri}")
            response = sha(f"{secret}:{nonce}:00000001:abc:auth:{target}")
            return f'{start}, response="{response}", qop=auth, nc=00000001, cnonce="abc", algorithm=SHA-256'
        case "short nc":
            return f'{start}, response="{md5(f"{ha1}:{nonce}:1:abc:auth:{ha2}")}", qop=auth, nc=1, cnonce="abc"'
    raise AssertionError(style)


@pytest.mark.parametrize(
    "style", ["rfc2069", "unquoted", "all quoted", "capitals", "md5-sess", "auth-int", "sha-256", "short nc"]
)
def test_quirk_013_digest_in_every_style(talk: Talk, style: str) -> None:
    body = talk.inform()
    assert talk.say(body)[0] == 401
    assert talk.say(body, f"Authorization: {variant(talk.challenge, style, body)}")[0] == 200


@pytest.mark.parametrize(
    "told", ["Digest", "Digest x", "Basic %%%", "Bearer abc", "\xff\xfe", "Digest " + 'a="' * 900, "Basic Og==", ","]
)
def test_quirk_014_an_authorization_that_makes_no_sense_is_challenged(talk: Talk, told: str) -> None:
    status, headers, body = talk.say(talk.inform(), f"Authorization: {told}")
    assert (status, body) == (401, b"")
    assert headers["www-authenticate"].startswith("Digest ")


def test_quirk_015_basic_without_being_asked(server: Server, zygote: Zygote, tmp_path: Path, talk: Talk) -> None:
    told = f"Authorization: {basic(*SHARED)}"
    status, headers, _ = talk.say(talk.inform(), told)
    assert (status, headers["www-authenticate"].partition(" ")[0]) == (401, "Digest")  # never in the clear by default
    other = Server(zygote, tmp_path, ACS_CPE_AUTH="basic")
    other.start()
    try:
        plain = Talk(other)
        assert plain.say(plain.inform(), told)[0] == 200
    finally:
        other.close()


@pytest.mark.parametrize("user", ["", "dps", "cr-user"])
def test_quirk_016_the_wrong_user_is_refused_and_told_in_the_log(talk: Talk, user: str) -> None:
    body = talk.inform()
    assert talk.say(body)[0] == 401
    told = digest(fields(talk.challenge), user, "x", "/acs", 1)
    assert talk.say(body, f"Authorization: {told}")[0] == 401
    assert "credentials from 127.0.0.1 were not taken" in talk.server.log()
    assert not rows(talk.server, talk.phone.serial)


def test_quirk_164_both_ways_are_offered_and_a_network_may_be_let_in_without(zygote: Zygote, tmp_path: Path) -> None:
    other = Server(zygote, tmp_path, ACS_CPE_OPEN_NETWORKS="127.0.9.0/24")
    other.start()
    try:
        silent = Talk(other)
        assert silent.say(silent.inform())[0] == 401
        silent.line.close()
        silent.line = Line(other.cwmp_port, "127.0.9.7")
        status, headers, _ = silent.say(silent.inform())
        assert status == 200
        silent.cookie = headers["set-cookie"].partition(";")[0]
        assert method(silent.say()) == "SetParameterValues"
        proven = Phone(other, next(_numbers)).call()
        assert begin(proven).status == 200  # with the pair that it was given
        thief = Line(other.cwmp_port, "127.0.9.8")
        thief.send(post(proven._envelope("1", "Inform", proven._inform_body())))
        assert thief.answer()[0] == 401  # a phone with credentials of its own needs them from everywhere
        thief.close()
    finally:
        other.close()


def test_quirk_197_shared_credentials_once_then_its_own_and_again_after_a_reset(server: Server) -> None:
    phone = Phone(server, next(_numbers)).call()
    own = phone.read("ManagementServer.Username"), phone.read("ManagementServer.Password")
    assert own[0].startswith("cpe-")
    assert own[1] != SHARED[1]
    assert begin(phone).status == 200
    talk = Talk(server)
    talk.phone = phone
    for events, status in (("2 PERIODIC",), 401), (("0 BOOTSTRAP", "1 BOOT"), 200):
        body = talk.inform(*events)
        talk.say(body, cookie="")
        assert talk.say(body, f"Authorization: {authorization(talk.challenge)}", cookie="")[0] == status
    talk.line.close()


def test_quirk_201_a_401_says_how_the_better_way_first(server: Server, talk: Talk) -> None:
    for told in ("", "Authorization: Digest nonsense", f"Authorization: {basic('a', 'b')}"):
        status, headers, _ = talk.say(talk.inform(), *([told] if told else []))
        assert status == 401
        assert headers["www-authenticate"].startswith('Digest realm="acs", nonce="')


def test_quirk_202_a_nonce_fits_into_32_characters(talk: Talk) -> None:
    talk.say(talk.inform())
    told = fields(talk.challenge)
    assert len(told["nonce"]) <= 32
    assert len(told["realm"]) <= 128
    assert len(talk.challenge) < 511


def test_quirk_203_rfc_2069_with_an_empty_uri(talk: Talk) -> None:
    body = talk.inform()
    talk.say(body)
    told, (user, password) = fields(talk.challenge), SHARED
    ha1 = md5(f"{user}:{told['realm']}:{password}")
    response = md5(f"{ha1}:{told['nonce']}:{md5('POST:')}")
    start = f'Digest username="{user}", realm="{told["realm"]}", nonce="{told["nonce"]}", uri=""'
    assert talk.say(body, f'Authorization: {start}, response="{response}"')[0] == 200


def test_quirk_204_an_empty_post_fetches_the_challenge(talk: Talk) -> None:
    assert talk.say(b"")[0] == 401
    assert talk.say(talk.inform(), f"Authorization: {authorization(talk.challenge)}")[0] == 200


# Messages -------------------------------------------------------------------------------------------------------------


def test_quirk_019_answers_are_never_chunked(server: Server) -> None:
    before = len(server.wire)
    Phone(server, next(_numbers)).call()
    for exchange in server.wire[before:]:
        assert exchange.header("transfer-encoding") is None
        assert exchange.header("content-length") == (None if exchange.status == 204 else str(len(exchange.body)))


@pytest.mark.parametrize("told", ["", '""', "cwmp:Inform", '"http://www.broadband-forum.org/cwmp"', "#Inform"])
def test_quirk_027_soapaction_says_nothing(talk: Talk, told: str) -> None:
    talk.begin(f"SOAPAction: {told}")


def test_quirk_033_the_connection_ends_with_the_session_where_a_phone_waits_for_that(server: Server) -> None:
    _, exchanges = quirky(server, close_connection=True)
    assert [each.header("connection") for each in exchanges] == [None, "close"]
    _, exchanges = quirky(server)
    assert [each.header("connection") for each in exchanges] == [None, None]


def test_quirk_034_an_empty_200_ends_the_session_where_a_phone_wants_it(server: Server) -> None:
    phone = settled(server)
    with database(server) as connection:
        told = (json.dumps({"end_status": 200}), phone.serial)
        connection.execute("update device set quirks_set = ? where serial_number = ?", told)
    talk = Talk(server)
    talk.phone = phone
    body = talk.inform("2 PERIODIC")
    talk.say(body)
    user = phone.read("ManagementServer.Username"), phone.read("ManagementServer.Password")
    status, headers, _ = talk.say(body, f"Authorization: {digest(fields(talk.challenge), *user, '/acs', 1)}")
    assert status == 200
    talk.cookie = headers["set-cookie"].partition(";")[0]
    for _ in range(2):
        status, headers, body = talk.say()
        assert (status, headers["content-length"], body) == (200, "0", b"")
    talk.line.close()


def test_quirk_035_an_empty_post_after_our_204_gets_another(server: Server) -> None:
    phone = settled(server)
    assert begin(phone).status == 200
    assert [say(phone, "").status for _ in range(3)] == [204, 204, 204]


def test_quirk_078_a_new_inform_supersedes_the_open_session(server: Server) -> None:
    phone = settled(server)
    task = server.task(phone.serial, "get_parameter_values", names=["Device.DeviceInfo.SoftwareVersion"])
    begin(phone)
    first = asked(say(phone, ""))
    assert first.method == "GetParameterValues"
    phone.call("1 BOOT")
    server.succeeded(task)


def test_quirk_079_the_same_inform_twice_is_answered_twice(talk: Talk) -> None:
    talk.begin()
    body = talk.inform()
    again = talk.say(body, f"Authorization: {authorization(talk.challenge)}")
    assert method(again) == "InformResponse"
    cookie = again[1]["set-cookie"].partition(";")[0]
    assert method(talk.say(b"", cookie=cookie)) == "SetParameterValues"
    assert len(rows(talk.server, talk.phone.serial)) == 1


def test_quirk_080_an_empty_post_twice_repeats_what_was_asked(talk: Talk) -> None:
    talk.begin()
    first, second = talk.say(), talk.say()
    assert (method(first), method(second)) == ("SetParameterValues", "SetParameterValues")


def test_quirk_081_an_empty_post_in_place_of_an_answer(server: Server) -> None:
    phone = settled(server)
    task = server.task(phone.serial, "get_parameter_values", names=["Device.DeviceInfo.SoftwareVersion"])
    begin(phone)
    assert [asked(say(phone, "")).method for _ in range(2)] == ["GetParameterValues"] * 2
    for _ in range(4):
        if say(phone, "").status == 204:
            break
    else:
        pytest.fail("asks without end")
    assert server.state(task)["state"] != "succeeded"


def test_quirk_101_no_session_is_ever_redirected(server: Server) -> None:
    Phone(server, next(_numbers)).call()
    assert not [exchange for exchange in server.wire if 300 <= exchange.status < 400]


def test_quirk_199_a_session_has_only_statuses_that_every_stack_takes(server: Server) -> None:
    before = len(server.wire)
    Phone(server, next(_numbers)).call()
    assert {exchange.status for exchange in server.wire[before:]} == {200, 204, 401}


def test_quirk_200_a_session_ends_with_204_and_nothing_else(server: Server) -> None:
    before = len(server.wire)
    Phone(server, next(_numbers)).call()
    last = server.wire[-1]
    assert (last.status, last.body, last.header("content-length"), last.header("content-type")) == (
        204,
        b"",
        None,
        None,
    )
    assert all(exchange.body for exchange in server.wire[before:] if exchange.status == 200)


def test_quirk_205_a_phone_that_reads_just_content_length_bytes(talk: Talk) -> None:
    for _ in range(3):  # Line reads exactly that many; anything more would spoil the next answer
        assert talk.say(talk.inform(), cookie="")[0] == 401
    talk.begin()
    assert talk.line.left == b""


def test_quirk_206_the_whole_set_cookie_comes_back(talk: Talk) -> None:
    whole = talk.begin()[1]["set-cookie"]
    assert len(whole) < 100
    talk.reconnect()
    assert method(talk.say(b"", cookie=f"{whole}; HttpOnly")) == "SetParameterValues"


def test_quirk_218_answers_come_long_before_a_phone_gives_up(server: Server) -> None:
    phone = Phone(server, next(_numbers))
    longest, before = 0.0, time.monotonic()
    for when, _ in phone.life("0 BOOTSTRAP"):
        if when == "after":
            longest = max(longest, time.monotonic() - before)
        before = time.monotonic()
    assert longest < 5


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("Content-Type: text/xml; charset=utf-8", "SOAPAction: "),
        ("Content-Type: application/x-www-form-urlencoded",),
        ('SOAPAction: ""',),
    ],
)
@pytest.mark.parametrize("body", [b"", b"\r\n"])
def test_quirk_221_an_empty_post_in_every_dress(talk: Talk, headers: tuple[str, ...], body: bytes) -> None:
    talk.begin()
    assert method(talk.say(body, *headers)) == "SetParameterValues"


def test_quirk_221_an_empty_post_without_a_length(talk: Talk) -> None:
    talk.begin()
    talk.line.send(f"POST /acs HTTP/1.1\r\nHost: a\r\nCookie: {talk.cookie}\r\n\r\n".encode())
    assert method(talk.line.answer()) == "SetParameterValues"


def test_quirk_222_neither_informs_nor_files_are_redirected(server: Server, talk: Talk) -> None:
    for target in ("/", "/acs/", "//acs", "/x/../y"):
        assert talk.say(talk.inform(), target=target)[0] == 401


@pytest.mark.parametrize(
    ("coding", "pack", "status"),
    [
        ("gzip", gzip.compress, 401),
        ("deflate", zlib.compress, 401),
        ("br", bytes, 415),
        ("compress", bytes, 415),
        ("gzip", bytes, 415),
    ],
)
def test_quirk_223_a_coding_is_undone_or_told_by_415(talk: Talk, coding: str, pack: Any, status: int) -> None:
    assert talk.say(pack(talk.inform()), f"Content-Encoding: {coding}")[0] == status
    assert talk.say(talk.inform())[0] == 401  # it comes again without


# Who may speak for whom -----------------------------------------------------------------------------------------------


def test_a_valid_user_of_another_phone_is_not_in_this_session(server: Server, talk: Talk) -> None:
    other = Phone(server, next(_numbers)).call()
    own = other.read("ManagementServer.Username"), other.read("ManagementServer.Password")
    assert begin(other).status == 200
    talk.begin()
    talk.say(talk.inform(), cookie="")
    stranger = digest(fields(talk.challenge), *own, "/acs", 7)
    status, _, body = talk.say(b"", f"Authorization: {stranger}")
    assert status in (204, 401)
    assert body == b""


def test_a_cookie_that_the_phone_chose_is_not_made_a_session(talk: Talk) -> None:
    chosen = "acs=" + "Z" * 24
    body = talk.inform()
    talk.say(body, cookie=chosen)
    status, headers, _ = talk.say(body, f"Authorization: {authorization(talk.challenge)}", cookie=chosen)
    assert status == 200
    assert chosen not in headers["set-cookie"]


def test_guessing_is_slowed_down_by_source_and_phones_there_are_not(server: Server) -> None:
    def guess(line: Line, challenge: str, user: str) -> float:
        told = digest(fields(challenge), user, "guessed", "/acs", 1)
        begun = time.monotonic()
        line.send(post(body, f"Authorization: {told}"))
        assert line.answer()[0] == 401
        return time.monotonic() - begun

    body = inform(server)
    guesser = Line(server.cwmp_port, "127.0.5.1")
    guesser.send(post(body))
    challenge = guesser.answer()[1]["www-authenticate"]
    times = [guess(guesser, challenge, SHARED[0] if number % 2 else "nobody") for number in range(9)]
    assert times[0] < 0.5
    assert times[-1] > 0.7
    assert times[-1] > times[-3]
    # The same user from elsewhere, and a right password from here, wait for nothing.
    elsewhere = Line(server.cwmp_port, "127.0.5.2")
    assert guess(elsewhere, challenge, SHARED[0]) < 0.5
    begun = time.monotonic()
    assert Phone(server, next(_numbers), address="127.0.5.1").call().asked["GetParameterValues"]
    assert time.monotonic() - begun < 2
    guesser.close()
    elsewhere.close()


def test_basic_of_base64_with_odd_padding_is_only_wrong(talk: Talk) -> None:
    told = base64.b64encode(b"acs:wrong").decode().rstrip("=")
    assert talk.say(talk.inform(), f"Authorization: Basic {told}")[0] == 401
