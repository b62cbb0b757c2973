"""Every captured message parses, and what was odd about it stays what the golden list says.

Regenerate after a deliberate change, and read the difference before committing it::

    ACS_UPDATE_GOLDEN=1 pytest tests/golden/test_cwmp_corpus.py
"""

import json
import os
from collections import Counter
from pathlib import Path

from cwmp_schemas.envelope import Refused, read
from cwmp_schemas.registry import MESSAGES
from tests.reference import CORPUS, needs_corpus

GOLDEN = Path(__file__).parent / "cwmp" / "corpus.json"

pytestmark = needs_corpus


def _files() -> list[Path]:
    return sorted(CORPUS.glob("*.xml")) if CORPUS is not None else []


def _codes(path: Path) -> list[str]:
    try:
        return [oddity.code for oddity in read(path.read_bytes()).warnings]
    except Refused as refused:
        return [f"refused:{refused.reason}"]


def test_warnings_are_those_of_the_golden_list() -> None:
    found = {path.name: _codes(path) for path in _files()}
    if os.environ.get("ACS_UPDATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(found, indent=0) + "\n")
    assert found == json.loads(GOLDEN.read_text())


def test_nothing_of_the_corpus_is_refused() -> None:
    assert [path.name for path in _files() if any(code.startswith("refused:") for code in _codes(path))] == []


def test_the_method_is_the_one_that_the_file_name_says() -> None:
    for path in _files():
        envelope = read(path.read_bytes())
        assert envelope.method == path.stem.split("-")[-2], path.name
        assert envelope.body is not None, path.name
        assert type(envelope.body).__name__ == envelope.method
        assert envelope.method in MESSAGES or envelope.method == "Fault"


def test_no_device_is_read_empty() -> None:
    """Tolerance must not mean that everything reads as defaults: most Informs name their device and have parameters."""
    seen: Counter[str] = Counter()
    for path in _files():
        body = read(path.read_bytes()).body
        if type(body).__name__ == "Inform":
            seen["all"] += 1
            seen["identified"] += bool(body.DeviceId.OUI and body.DeviceId.SerialNumber)  # type: ignore[union-attr]
            seen["with parameters"] += bool(body.ParameterList)  # type: ignore[union-attr]
            seen["with events"] += bool(body.Event)  # type: ignore[union-attr]
    assert seen["identified"] > seen["all"] * 0.85
    assert seen["with parameters"] > seen["all"] * 0.9
    assert seen["with events"] > seen["all"] * 0.9
