import pytest

from acs.simulator.cookies import CookieJar, Manner


@pytest.mark.parametrize(
    ("set_cookie", "sent"),
    [
        ("s=1; Path=/", "s=1"),
        ('s="1"; Path=/; HttpOnly', "s=1"),
        ("s=1", "s=1"),
        ("s=1; Path=/elsewhere", ""),
        ("s=1; Path=/acs", "s=1"),
        ("s=1; Path=/ac", ""),
        ("nonsense", ""),
    ],
)
def test_cookies_go_back_where_they_belong(set_cookie: str, sent: str) -> None:
    jar = CookieJar()
    jar.take("acs.test", "/acs?x=1", set_cookie)
    assert jar.header("acs.test", "/acs") == sent
    assert jar.header("other.test", "/acs") == ""


def test_cookies_are_replaced_deleted_and_limited() -> None:
    jar = CookieJar()
    jar.take("h", "/", "a=1")
    jar.take("h", "/", "a=2")
    jar.take("h", "/", "b=3")
    assert jar.header("h", "/") == "a=2; b=3"
    jar.take("h", "/", "a=; Max-Age=0")
    assert jar.header("h", "/") == "b=3"
    for number in range(100):
        jar.take("h", "/", f"c{number}=x")
    assert jar.header("h", "/").count("=") == 16


@pytest.mark.parametrize(
    ("manner", "first", "second", "third"),
    [
        ("all", "s=1", "s=2; t=3", "s=2; t=3"),
        ("none", "", "", ""),
        ("once", "s=1", "s=2; t=3", ""),
        ("first", "s=1", "s=1", "s=1"),
        ("rfc2109", '$Version="1"; s="1"; $Path="/"', '$Version="1"; s="2"; $Path="/"; t="3"; $Path="/"', None),
        ("whole", "s=1; Path=/; HttpOnly", "s=2; Path=/; t=3; Path=/", None),
    ],
)
def test_phones_return_them_in_their_manner(manner: Manner, first: str, second: str, third: str | None) -> None:
    jar = CookieJar(manner)
    jar.take("h", "/", "s=1; Path=/; HttpOnly")
    assert jar.header("h", "/") == first
    jar.take("h", "/", "s=2; Path=/")
    jar.take("h", "/", "t=3; Path=/")
    assert jar.header("h", "/") == second
    assert third is None or jar.header("h", "/") == third
