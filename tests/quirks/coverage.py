"""Which field quirks are held by which tests: writes ``acs/docs/reference/quirks.md``, and is checked by a test.

A test covers quirk 83 by its name: ``test_quirk_083_...``. What no test can or need cover stands in ``elsewhere.toml``
with the reason. Run as ``python -m tests.quirks.coverage`` it prints the page; ``./run docs`` does that.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from acs.domain.devices.field_quirks import titles

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "acs/docs/reference/quirks.md"
_NAME: Final = re.compile(r"test_quirk_(\d{3})_\w+")

_HEAD: Final = """\
# Field quirks

<!-- Written from the tests by "./run docs": tests/quirks/coverage.py. -->

What real phones and gateways do, and the tests that hold this server to bearing it. {covered} of {all} are covered by
tests; the others say why not. Numbers are those of notes on devices and of `acs decode`.

| | a phone that … | held by |
|---|---|---|
"""


def held_by() -> dict[int, list[str]]:
    """Give ``path::name`` of every test that names a quirk, by its number."""
    found: dict[int, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (match := _NAME.fullmatch(node.name)):
                found.setdefault(int(match[1]), []).append(f"{path.relative_to(ROOT)}::{node.name}")
    return found


def elsewhere() -> Mapping[int, str]:
    """Give the reason of every quirk that no test covers."""
    text = (Path(__file__).parent / "elsewhere.toml").read_text(encoding="utf-8")
    return {int(number): reason for number, reason in tomllib.loads(text).items()}


def page() -> str:
    """Give the documentation page."""
    tests, reasons = held_by(), elsewhere()
    rows = []
    for number, title in titles().items():
        held = "<br>".join(f"`{name.rpartition('::')[2]}`" for name in tests.get(number, ()))
        rows.append(f"| {number} | {title} | {held or 'not by a test: ' + reasons[number]} |")
    return _HEAD.format(covered=len(tests), all=len(titles())) + "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
