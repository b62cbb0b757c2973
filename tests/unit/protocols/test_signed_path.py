import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs.protocols import signed_path

KEY = b"link key"
NOW = 1_700_000_000
REFERENCE = "0123456789abcdefGH_-"
NAME = "001565113af8.cfg"


def test_a_token_is_short_and_plain() -> None:
    token = signed_path.sign(KEY, REFERENCE, NAME, NOW + 60)
    assert len(token) == 50
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert signed_path.path(token, NAME) == f"/t/{token}/{NAME}"


def test_a_token_opens_until_it_expires() -> None:
    token = signed_path.sign(KEY, REFERENCE, NAME, NOW + 60)
    assert signed_path.open_token(KEY, token, NAME, NOW) == REFERENCE
    assert signed_path.open_token(KEY, token, NAME, NOW + 59.9) == REFERENCE
    assert signed_path.open_token(KEY, token, NAME, NOW + 60) is None


def test_a_token_without_expiry_stays_good() -> None:
    token = signed_path.sign(KEY, REFERENCE, NAME, None)
    assert signed_path.open_token(KEY, token, NAME, NOW * 2) == REFERENCE


def test_any_changed_character_closes_it() -> None:
    token = signed_path.sign(KEY, REFERENCE, NAME, NOW + 60)
    for place, old in enumerate(token):
        for new in {"A", "B", "0", "1", "_", "f"} - {old}:
            changed = token[:place] + new + token[place + 1 :]
            assert signed_path.open_token(KEY, changed, NAME, NOW) is None, changed
    for changed in (token[:-1], token[1:], token + "A", token + "=", token + "\n", "", "é" * 50, token[:30]):
        assert signed_path.open_token(KEY, changed, NAME, NOW) is None


def test_name_and_key_are_covered() -> None:
    token = signed_path.sign(KEY, REFERENCE, NAME, NOW + 60)
    assert signed_path.open_token(KEY, token, "other.cfg", NOW) is None
    assert signed_path.open_token(b"other", token, NAME, NOW) is None


def test_a_digit_moved_from_expiry_to_reference_closes_it() -> None:
    token = signed_path.sign(KEY, "abc", NAME, NOW + 60)
    assert signed_path.open_token(KEY, "abc0" + token[3:], NAME, NOW) is None


@pytest.mark.parametrize("reference", ["", "a b", "a/b", "é", "a" * 65, "a\n"])
def test_a_reference_of_other_characters_is_refused(reference: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        signed_path.sign(KEY, reference, NAME, None)


@pytest.mark.parametrize("expires", [0, -1, 2**32])
def test_an_expiry_that_does_not_fit_is_refused(expires: int) -> None:
    with pytest.raises(ValueError, match="expiry"):
        signed_path.sign(KEY, REFERENCE, NAME, expires)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b"])
def test_a_name_that_would_change_the_path_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="last part"):
        signed_path.path("token", name)


@pytest.mark.parametrize("path", ["/", "/t/", "/t/a", "/t/a/", "/t//a", "/t/a/b/c", "/x/a/b", "t/a/b"])
def test_other_paths_are_not_ours(path: str) -> None:
    assert signed_path.split(path) is None


@given(
    st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=40),
    st.one_of(st.none(), st.integers(NOW, 2**32 - 1)),
)
def test_what_is_signed_opens_again(reference: str, name: str, expires: int | None) -> None:
    if name in (".", ".."):
        return
    path = signed_path.path(signed_path.sign(KEY, reference, name, expires), name)
    assert quote(path, safe="/%") == path
    found = signed_path.split(path)
    assert found is not None
    assert found[1] == name
    assert signed_path.open_token(KEY, *found, NOW - 1) == reference


@given(st.text(max_size=120), st.text(max_size=20))
def test_no_token_raises(token: str, name: str) -> None:
    assert signed_path.open_token(KEY, token, name, NOW) is None
