"""Where the official schemas and the captured messages are, and the marks that skip a test where they are absent.

They are not part of this repository (their licences differ). Point ``ACS_TEST_REFERENCE`` at a folder that holds
``reference/xsd/*.xsd`` and ``corpus/*.xml``; by default a ``shared`` folder beside the checkout is tried.
"""

import os
from pathlib import Path

import pytest

_ROOT = Path(os.environ.get("ACS_TEST_REFERENCE", Path(__file__).resolve().parents[2] / "shared"))


def _folder(*parts: str) -> Path | None:
    path = _ROOT.joinpath(*parts)
    return path if path.is_dir() else None


REFERENCE = _folder("reference")
XSD = _folder("reference", "xsd")
CORPUS = _folder("corpus")

_WHY = "not here: set ACS_TEST_REFERENCE to a folder with reference/xsd and corpus"
needs_reference = pytest.mark.skipif(REFERENCE is None, reason=f"reference texts {_WHY}")
needs_xsd = pytest.mark.skipif(XSD is None, reason=f"official CWMP schemas {_WHY}")
needs_corpus = pytest.mark.skipif(CORPUS is None, reason=f"captured messages {_WHY}")
