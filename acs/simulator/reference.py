"""``acs/docs/reference/behaviours.md``, written from the table of behaviours; a test holds the page to it."""

import sys
from typing import Final

from acs.simulator.behaviours import WITH_ARGUMENT, by_subject

_HEAD: Final = """# Behaviours of simulated phones

What `acs simulate --behaviour` takes; [how to use them](../how-to/simulate.md). They add up: where two set the same
trait of a phone, the later wins. This page is made from the table in `acs/simulator/behaviours.py`.
"""


def reference() -> str:
    """The whole page."""
    lines = [_HEAD]
    for subject, behaviours in by_subject().items():
        lines.append(f"\n## {subject}\n\n| behaviour | the phone |\n|---|---|\n")
        lines += [f"| `{each.name}` | {_cell(each.about)} |\n" for each in behaviours]
    lines.append("\n## With an argument\n\n| behaviour | the phone | for instance |\n|---|---|---|\n")
    lines += [
        f"| `{each.name}:{each.form}` | {_cell(each.about)} | `{each.name}:{each.example}` |\n"
        for each in WITH_ARGUMENT
    ]
    return "".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference())
