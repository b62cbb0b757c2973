"""Forms as phones send them, odd ones too: the file comes out byte for byte, and nothing else is lost."""

import io
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acs.edges.files import multipart
from acs.edges.files.multipart import boundary_of, file_in

FILE = b"<<VOIP CONFIG FILE>>Version:2.0002\r\n--not a boundary\r\n\r\n<<END OF FILE>>\n"
FORM = "multipart/form-data; boundary=mark"


def part(data: bytes, *headers: str) -> bytes:
    return b"--mark\r\n" + "".join(f"{each}\r\n" for each in headers).encode() + b"\r\n" + data + b"\r\n"


FIELD = part(b"config", 'Content-Disposition: form-data; name="type"')
NAMED = part(FILE, 'Content-Disposition: form-data; name="file"; filename="a.cfg"', "Content-Type: text/plain")
BARE = part(FILE, 'Content-Disposition: form-data; name="file"')
OTHER = part(b"y" * 500, 'content-disposition: form-data; name="second"; filename="b.bin"')
END = b"--mark--\r\n"


def taken(body: bytes, content_type: str = FORM) -> bytes:
    with file_in(io.BytesIO(body), content_type) as found:
        return found.read()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (NAMED + END, FORM),
        (FIELD + NAMED + END, FORM),
        (NAMED + OTHER + END, FORM),
        (FIELD + BARE + END, FORM),
        (FIELD + NAMED + END, 'Multipart/Form-Data; charset=utf-8; boundary="mark"'),
        (FIELD + NAMED + END, "multipart/form-data; boundary=another"),
        (FIELD + NAMED + END, "multipart/form-data"),
        (FIELD + NAMED + END, "application/octet-stream"),
        (FIELD + NAMED + END, ""),
        (b"\r\n" + FIELD + NAMED + END, FORM),
        (FIELD + NAMED + b"--mark--", FORM),
        (FIELD + NAMED + END + b"trailing rubbish", FORM),
        (b"This is a message in MIME format.\r\n" + FIELD + NAMED + END, FORM),
    ],
    ids=[
        "alone",
        "after a field",
        "the first of two files",
        "no file name: the largest",
        "quoted boundary, another case",
        "the header's boundary is not the body's",
        "no boundary in the header",
        "the header says it is no form",
        "no header",
        "an empty line first",
        "no line end at the end",
        "something after the end",
        "something before the beginning",
    ],
)
def test_quirk_141_the_file_of_a_form_is_taken(body: bytes, content_type: str) -> None:
    assert taken(body, content_type) == FILE


def test_quirk_141_a_form_without_its_last_boundary_still_has_a_file() -> None:
    assert taken(FIELD + NAMED.removesuffix(b"\r\n")).startswith(FILE[:-4])


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (FILE, "application/octet-stream"),
        (FILE, ""),
        (FILE, FORM),  # says so, but is none
        (b"", FORM),
        (b"--mark\r\nnothing like a header", "text/plain"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", ""),
        (b"--mark", FORM),
    ],
)
def test_what_is_no_form_stays_as_it_came(body: bytes, content_type: str) -> None:
    assert taken(body, content_type) == body


def test_a_form_of_nothing_but_parts_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "MAX_PARTS", 3)
    assert taken(FIELD * 3 + NAMED + END) == b"config"  # what came before the trouble


def test_headers_without_end_are_given_up() -> None:
    endless = b"--mark\r\nContent-Disposition: form-data\r\nX: " + b"y" * (multipart.MAX_HEADERS + 1)
    assert taken(endless) in (endless, b"")


def test_a_large_file_goes_by_way_of_the_disk() -> None:
    content = bytes(range(256)) * 8192  # 2 MiB
    body = tempfile.SpooledTemporaryFile(max_size=1024)  # noqa: SIM115 - file_in closes it
    body.write(FIELD + part(content, 'Content-Disposition: form-data; name="f"; filename="x"') + END)
    with file_in(body, FORM) as found:  # type: ignore[arg-type]
        assert found.read() == content
        assert found._rolled  # type: ignore[attr-defined]
    assert body.closed


def test_the_boundary_is_read_from_the_body() -> None:
    assert boundary_of(io.BytesIO(NAMED), "") == b"mark"
    assert boundary_of(io.BytesIO(FILE), FORM) is None


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from([FIELD, NAMED, BARE, OTHER, END, b"--mark", b"\r\n", b"\r\n\r\n"]), st.binary())
    ).map(b"".join),
    st.one_of(
        st.sampled_from([FORM, "", 'multipart/form-data; boundary="', "multipart/form-data; boundary*=x''%ff"]),
        st.text(st.characters(max_codepoint=255)),
    ),
)
def test_whatever_comes_is_taken_for_something(body: bytes, content_type: str) -> None:
    assert len(taken(body, content_type)) <= len(body)


@pytest.mark.parametrize("name", ["filename*=nobody's'%ff%fe", 'filename*="', "filename*0*=x''%41; filename*1=b"])
def test_odd_file_names_do_not_lose_the_file(name: str) -> None:
    odd = part(FILE, f'Content-Disposition: form-data; name="file"; {name}')
    found = taken(odd + END)
    assert found in (FILE, odd + END)
