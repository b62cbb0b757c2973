"""Signed download links, asked with curl as an outsider does."""

import re
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.system.cpe import Phone
from tests.system.server import Server
from tests.system.test_life import configured, settled

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("curl") is None, reason="the curl program is not installed"),
]


@dataclass
class Link:
    phone: Phone
    url: str
    size: int
    data: bytes


@pytest.fixture(scope="module")
def link(server: Server) -> Link:
    """What a phone was told to fetch and has not fetched yet."""
    phone = settled(server)
    configured(server, phone, "1001")
    for _ in phone.session("2 PERIODIC"):
        pass
    (transfer,) = phone.transfers.values()
    _, data = curl(transfer.url)
    return Link(phone, transfer.url, transfer.size, data)


def curl(url: str, *options: str) -> tuple[str, bytes]:
    """Headers in lower case and body."""
    done = subprocess.run(
        ["curl", "-s", "-i", "--path-as-is", "--max-time", "20", *options, url], capture_output=True, check=True
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    return head.decode().lower(), body


def status(head: str) -> int:
    return int(head.split(" ")[1])


def test_get(link: Link) -> None:
    head, body = curl(link.url)
    assert status(head) == 200
    assert len(body) == link.size
    assert f"content-length: {link.size}" in head
    assert "transfer-encoding" not in head
    assert link.url.endswith(f"/{link.phone.mac}.cfg")
    assert len(link.url) < 150


def test_head(link: Link) -> None:
    head, body = curl(link.url, "-I")
    assert (status(head), body) == (200, b"")
    assert f"content-length: {link.size}" in head


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("0-63", 0, 63), ("64-", 64, None), ("-17", -17, None), ("10-10", 10, 10)]
)
def test_range(link: Link, asked: str, first: int, last: int | None) -> None:
    head, body = curl(link.url, "-r", asked)
    assert status(head) == 206
    assert body == link.data[first : None if last is None else last + 1]
    assert re.search(rf"content-range: bytes \d+-\d+/{link.size}", head)


def test_a_range_beyond_the_end(link: Link) -> None:
    assert status(curl(link.url, "-r", "100000-")[0]) == 416


def test_http_1_0(link: Link) -> None:
    head, body = curl(link.url, "-0")
    assert (status(head), body) == (200, link.data)
    assert status(curl(link.url, "-0", "-H", "Host:")[0]) == 200, "HTTP/1.0 has no Host"


def not_found(url: str) -> tuple[str, bytes]:
    head, body = curl(url)
    return re.sub(r"date: [^\r]*", "", head), body


def expired(server: Server, link: Link) -> str:
    """A genuine link of the same phone whose time has passed: its row says so."""
    other = settled(server)
    configured(server, other, "1001")
    for _ in other.session("2 PERIODIC"):
        pass
    (transfer,) = other.transfers.values()
    assert status(curl(transfer.url)[0]) == 200
    with sqlite3.connect(Path(server.env["ACS_DATA_DIR"]) / "acs.sqlite3", timeout=20) as database:
        changed = database.execute(
            "update link set expires_at = 1 where name = ? and expires_at is not null", (f"{other.mac}.cfg",)
        )
        assert changed.rowcount == 1
    database.close()
    return transfer.url


def test_whatever_is_not_good_is_the_same_plain_404(server: Server, link: Link) -> None:
    head, _, name = link.url.rpartition("/")
    token = head.rpartition("/")[2]
    reference = not_found(f"http://127.0.0.1:{server.files_port}/nothing/here")
    assert status(reference[0]) == 404
    assert "content-type: text/plain" in reference[0]
    wrong = [link.url.replace(name, other) for other in ("other.cfg", f"{name}x", name.upper(), "%2e%2e")]
    wrong.append(f"{head}/")
    wrong.append(f"{link.url}/")
    for position in range(len(token)):
        changed = "B" if token[position] != "B" else "C"
        wrong.append(link.url.replace(token, token[:position] + changed + token[position + 1 :]))
    wrong += [link.url.replace(token, other) for other in (token[:-1], token + "A", token.swapcase(), "A")]
    wrong.append(expired(server, link))
    wrong.append(f"http://127.0.0.1:{server.files_port}/t/../../etc/passwd")
    done = subprocess.run(
        ["curl", "-s", "-i", "--path-as-is", "--max-time", "30", *wrong], capture_output=True, check=True
    ).stdout
    answers = re.split(rb"(?=HTTP/1.1 )", done)[1:]
    assert len(answers) == len(wrong)
    for url, answer in zip(wrong, answers, strict=True):
        said, _, body = answer.partition(b"\r\n\r\n")
        told = re.sub(r"date: [^\r]*", "", said.decode().lower()), body
        assert told == reference, url
    assert status(curl(link.url)[0]) == 200


def test_links_are_for_fetching_only(server: Server, link: Link) -> None:
    assert status(curl(link.url, "-X", "DELETE")[0]) in (404, 405)
    assert status(curl(link.url, "-T", "/dev/null")[0]) in (403, 404, 405)
    assert curl(link.url)[1] == link.data


def test_tokens_are_not_in_the_log(server: Server, link: Link) -> None:
    assert link.url.split("/")[-2] not in server.log()
