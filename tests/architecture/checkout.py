"""The checkout as the tests of this folder see it: its root, its tracked files, its Python sources."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("acs", "cwmp_schemas")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Files under version control; in an exported tree without git, every file that is not made by tools."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in ROOT.rglob("*") if not {".venv", ".git", "__pycache__"} & set(path.parts)]
    return tuple(path for path in found if path.is_file())


@cache
def sources() -> tuple[Path, ...]:
    """Python files of the two packages, relative to the root."""
    found = (path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return tuple(sorted(found))


def text(path: Path) -> str | None:
    """The file as text, or None when it is no UTF-8 (a captured firmware, a picture)."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
