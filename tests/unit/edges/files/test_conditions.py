import pytest

from acs.edges.files.conditions import Decision, decide, http_date

SIZE = 1000
ETAG = '"abc"'
MODIFIED = 784111777.5  # Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"
LATER = "Sun, 06 Nov 1994 08:49:38 GMT"
WHOLE = Decision(200, 0, SIZE)


def ask(method: str = "GET", /, *, size: int = SIZE, **headers: str) -> Decision:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return decide(method, named, size=size, etag=ETAG, last_modified=MODIFIED)


def test_dates_are_written_as_the_specification_shows() -> None:
    assert http_date(MODIFIED) == DATE


@pytest.mark.parametrize(
    ("wanted", "start", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-499", 0, 500),
        ("bytes=500-", 500, 500),
        ("bytes=0-", 0, 1000),
        ("bytes=999-999", 999, 1),
        ("bytes=990-5000", 990, 10),
        ("bytes=-1", 999, 1),
        ("bytes=-5000", 0, 1000),
        ("BYTES = 5 - 9 ", 5, 5),
        ("bytes=5-" + "9" * 40, 5, 995),
    ],
)
def test_one_range(wanted: str, start: int, length: int) -> None:
    assert ask(range=wanted) == Decision(206, start, length)


@pytest.mark.parametrize("wanted", ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=99999999999999999999-"])
def test_a_range_outside(wanted: str) -> None:
    assert ask(range=wanted).status == 416


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-4",
        "bytes=0-1,5-6",
        "lines=0-1",
        "bytes=٣-",
        "bytes=1" * 99,
        "bytes=0-" + "9" * 5000,
    ],
)
def test_several_ranges_and_nonsense_give_the_whole(wanted: str) -> None:
    assert ask(range=wanted) == WHOLE


def test_ranges_of_an_empty_file() -> None:
    assert ask(size=0) == ask(size=0, range="bytes=-5") == Decision(200, 0, 0)
    assert ask(size=0, range="bytes=0-").status == 416


def test_head_has_no_ranges() -> None:
    assert ask("HEAD", range="bytes=0-1") == ask("HEAD", range="bytes=5000-") == WHOLE


@pytest.mark.parametrize(
    ("validator", "kept"),
    [
        (ETAG, True),
        ('W/"abc"', False),
        ('"other"', False),
        (DATE, True),
        (EARLIER, False),
        (LATER, False),
        ("x", False),
    ],
)
def test_if_range(validator: str, kept: bool) -> None:
    assert ask(range="bytes=0-9", if_range=validator) == (Decision(206, 0, 10) if kept else WHOLE)


@pytest.mark.parametrize(("tags", "status"), [(ETAG, 304), ('"x", W/"abc"', 304), ("*", 304), ('"x"', 200), ("", 200)])
def test_if_none_match(tags: str, status: int) -> None:
    assert ask(if_none_match=tags).status == ask("HEAD", if_none_match=tags).status == status


@pytest.mark.parametrize(
    ("when", "status"),
    [
        (DATE, 304),
        (LATER, 304),
        (EARLIER, 200),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 304),
        ("Sun Nov  6 08:49:37 1994", 304),
        ("yesterday", 200),
        ("", 200),
        ("Sun, 06 Nov 99999 08:49:37 GMT", 200),
    ],
)
def test_if_modified_since(when: str, status: int) -> None:
    assert ask(if_modified_since=when).status == status


def test_the_tag_outweighs_the_date() -> None:
    assert ask(if_none_match='"x"', if_modified_since=LATER) == WHOLE
    assert ask(if_match=ETAG, if_unmodified_since=EARLIER) == WHOLE


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_match": ETAG}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": '"x"'}, 412),
        ({"if_match": 'W/"abc"'}, 412),
        ({"if_unmodified_since": DATE}, 200),
        ({"if_unmodified_since": EARLIER}, 412),
        ({"if_unmodified_since": "never"}, 200),
    ],
)
def test_preconditions(headers: dict[str, str], status: int) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    assert decide("GET", named, size=SIZE, etag=ETAG, last_modified=MODIFIED).status == status


def test_a_304_comes_before_the_range() -> None:
    assert ask(if_none_match=ETAG, range="bytes=0-1").status == 304
