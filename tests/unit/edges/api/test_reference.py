"""The written page is the one that the routes give."""

from pathlib import Path

from acs import docs
from acs.edges.api.reference import reference


def test_the_page_is_current() -> None:
    page = Path(docs.__file__).parent / "reference" / "rest-api.md"
    assert page.read_text(encoding="utf-8") == reference(), 'run "./run docs"'
