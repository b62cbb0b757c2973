"""Habits that no linter knows: package promises, a test for every source file, nothing left to do, nothing private."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, sources, text, tracked_files

WITHOUT_OWN_TEST: dict[str, str] = {
    "acs/__main__.py": "two lines that call the CLI",
    **{
        f"acs/storage/tables/{name}.py": "declarations; tests/unit/storage/test_migrate.py compares them"
        for name in ("access", "devices", "enrolment", "files", "phonebooks", "settings", "tasks")
    },
}
"""Sources without a mirror test, each with its reason. Keep it short: an entry that is not needed any more fails."""

# Written in two pieces, so that this file does not contain what it forbids.
FORBIDDEN = {
    "/wo" + "rk/": "a path of someone's machine",
    ".libr" + "ary": "a path of someone's machine",
}
LEFT_TO_DO = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def mirror_of(source: Path) -> Path:
    """``acs/storage/blobs.py`` -> ``tests/unit/storage/test_blobs.py``; ``cwmp_schemas`` keeps its folder."""
    folder = source.parent.relative_to("acs") if source.parts[0] == "acs" else source.parent
    return Path("tests/unit", folder, f"test_{source.stem.lstrip('_')}.py")


def test_every_package_says_what_it_is() -> None:
    silent = [
        str(path)
        for path in sources()
        if path.name == "__init__.py" and not ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    ]
    assert not silent, f"packages without a docstring: {silent}"


def test_every_folder_with_sources_is_a_package() -> None:
    folders = {path.parent for path in sources()}
    missing = sorted(str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists())
    assert not missing, f"folders without __init__.py: {missing}"


def test_every_source_has_its_test() -> None:
    missing = [
        f"{source} -> {mirror_of(source)}"
        for source in sources()
        if source.name != "__init__.py"
        and str(source) not in WITHOUT_OWN_TEST
        and not (ROOT / mirror_of(source)).exists()
    ]
    assert not missing, "sources without their test (or a reason in WITHOUT_OWN_TEST):\n" + "\n".join(missing)


def test_exceptions_are_still_needed() -> None:
    stale = [name for name in WITHOUT_OWN_TEST if (ROOT / mirror_of(Path(name))).exists()]
    assert not stale, f"these have a test now, take them out of WITHOUT_OWN_TEST: {stale}"
    assert all(reason for reason in WITHOUT_OWN_TEST.values())


@pytest.mark.parametrize("words", FORBIDDEN)
def test_nothing_private_is_mentioned(words: str) -> None:
    found = [str(path.relative_to(ROOT)) for path in tracked_files() if words in (text(path) or "")]
    assert not found, f"{FORBIDDEN[words]}: {words!r} in {found}"


def test_nothing_is_left_to_do() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked_files()
        if path.suffix in {".py", ".md", ".yml", ".toml", ".html", ".sh"} or path.name in {"run", "Dockerfile"}
        for number, line in enumerate((text(path) or "").splitlines(), 1)
        if LEFT_TO_DO.search(line)
    ]
    assert not found, f"finish it or file an issue: {found}"
