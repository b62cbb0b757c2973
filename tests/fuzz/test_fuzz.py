"""The fuzzers run for some seconds, what they once found stays found, and their seeds are what they should be."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.seeds import LONGEST, dictionary, messages, phone_files, plant
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
SECONDS = int(os.environ.get("ACS_FUZZ_SECONDS", "5"))
"""How long each target is fuzzed; nightly runs may say more."""

FOUND = {
    "a method in the namespace of XML, which no answer can be written in": (
        b"\0<Envelope><Body><xml:GetRPCMethods/></Body></Envelope>"
    ),
    "a namespace that is no URI": (
        b'\0<Envelope><Body><c:GetRPCMethods xmlns:c="urn:dsl\\forum-org:cwmp-1-2"/></Body></Envelope>'
    ),
    "a fault in a namespace that is no URI": (
        b'\0<Envelope><Body><Fault><detail><c:Fault xmlns:c="urn:dsl\\f"><FaultCode>1</FaultCode></c:Fault></detail>'
        b"</Fault></Body></Envelope>"
    ),
    "a document type that mending uncovered": (
        b'\0<?xml version="1.0"?><&#0;!DOCTYPE x [<&#0;!ENTITY x "y">]><Envelope><Body>&x;</Body></Envelope>'
    ),
}
"""What broke a target once, without Content-Type."""


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("found", FOUND, ids=str)
def test_what_was_found_stays_found(target: str, found: str) -> None:
    TARGETS[target](FOUND[found])


@pytest.mark.parametrize("target", TARGETS)
def test_every_seed_holds(target: str) -> None:
    for number, message in enumerate(messages()):
        for content_type in (0, number):
            TARGETS[target](bytes([content_type % 8]) + message)


def test_phone_files_hold() -> None:
    for file in phone_files():
        for cut in range(0, len(file), 7):
            TARGETS["phone"](file[:cut] + file[cut + 5 :])
            TARGETS["phone"](file[:cut])


def test_seeds_and_words_are_written(tmp_path: Path) -> None:
    plant(tmp_path)
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) > 200
    assert max(sizes) <= LONGEST + 1
    dictionary(tmp_path / "words")
    assert (tmp_path / "words").read_text().startswith('"\\x3c\\x21')


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_the_fuzzer_finds_nothing(target: str, tmp_path: Path) -> None:
    """A child process, for libFuzzer ends its process."""
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed here; python -m pip install --group fuzz (it has wheels for Linux only)")
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        target,
        f"-max_total_time={SECONDS}",
        f"-artifact_prefix={tmp_path}/",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS + 120, check=False)
    kept = [path.read_bytes() for path in tmp_path.iterdir()]
    assert done.returncode == 0, (kept, done.stderr[-3000:])
    assert "Done " in done.stderr


def test_the_fuzzer_says_how_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "nothing"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "sanitize" in done.stderr
