"""The manual holds together: links resolve, decisions are short and listed, commands shown exist."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, tracked_files

DECISIONS = ROOT / "acs" / "docs" / "decisions"
PAGES = sorted(path for path in tracked_files() if path.suffix == ".md")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
RECORD = re.compile(r"\d{4}-[a-z0-9-]+\.md")


def records() -> list[Path]:
    return sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")


def anchors(page: Path) -> set[str]:
    """The fragments that headings of a page can be linked by (GitHub's rule)."""
    headings = re.findall(r"^#+ +(.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, fragment = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (fragment and target.suffix == ".md" and fragment not in anchors(target)):
            broken.append(link)
    assert not broken, f"{page.relative_to(ROOT)} links to nothing: {broken}"


def test_there_are_decisions() -> None:
    assert len(records()) >= 3


@pytest.mark.parametrize("record", records(), ids=lambda record: record.name)
def test_a_decision_is_one_screen_and_listed(record: Path) -> None:
    body = record.read_text(encoding="utf-8")
    assert RECORD.fullmatch(record.name), "name it NNNN-what-was-decided.md"
    assert len(body.splitlines()) <= 70, "a decision record is one screen"
    assert re.match(rf"# {record.name[:4]}\b", body), "its title begins with its number"
    for heading in ("Context", "Decision", "Consequences", "Alternatives"):
        assert re.search(rf"^#+ {heading}", body, re.MULTILINE), f"no section {heading!r}"
    assert f"({record.name})" in (DECISIONS / "README.md").read_text(encoding="utf-8"), (
        "./run docs lists it in decisions/README.md"
    )


def test_decision_numbers_are_unique() -> None:
    numbers = [record.name[:4] for record in records()]
    assert len(numbers) == len(set(numbers))


def commands_of_run() -> set[str]:
    """What ``./run help`` lists."""
    shown = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True, cwd="/")
    return set(re.findall(r"^  ([a-z]+) ", shown.stdout, re.MULTILINE))


def test_run_lists_what_it_takes() -> None:
    script = (ROOT / "run").read_text(encoding="utf-8")
    branches = re.findall(r"^    ([a-z |\-]+)\)", script[script.index("case $command in") :], re.MULTILINE)
    taken = {word for branch in branches for word in branch.split(" | ") if not word.startswith("-")}
    assert commands_of_run() == taken


def test_run_refuses_what_it_does_not_know() -> None:
    refused = subprocess.run([ROOT / "run", "nonsense"], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert 'no command "nonsense"' in refused.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_shown_commands_of_run_exist(page: Path) -> None:
    shown = set(re.findall(r"\./run ([a-z]+)", page.read_text(encoding="utf-8")))
    assert shown <= commands_of_run()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_shown_commands_of_acs_exist(page: Path) -> None:
    """In code blocks: ``acs device list`` and ``./run acs device list``."""
    blocks = "\n".join(FENCE.findall(page.read_text(encoding="utf-8")))
    shown = set(re.findall(r"^(?:\./run )?acs ([a-z][a-z\-]*)", blocks, re.MULTILINE))
    if not shown:
        return
    import typer.main

    from acs.cli import app

    assert shown <= set(typer.main.get_group(app).commands)
