"""Draw the session's table into ``acs/docs/explanation/session.md``, between its two marks.

    python -m tests.playbooks.draw_states

``test_picture.py`` fails when the picture is older than the table.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Final

from acs.protocols.cwmp.events import EVENTS
from acs.protocols.cwmp.states import TRANSITIONS, Action, State

PAGE: Final = Path(__file__).resolve().parents[2] / "acs" / "docs" / "explanation" / "session.md"
BEGIN: Final = "<!-- drawn from TRANSITIONS by tests/playbooks/draw_states.py -->"
END: Final = "<!-- end of drawing -->"

_BETWEEN: Final = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
# They lead nowhere and would hide the rest; the table below the picture has them.
_NOT_DRAWN: Final = (Action.REFUSE, Action.DECLINE, Action.CLOSE_AGAIN)


def picture() -> str:
    """The state diagram in Mermaid's words."""
    arrows: dict[tuple[State, State], list[str]] = defaultdict(list)
    for (state, event), rule in TRANSITIONS.items():
        if rule.action in _NOT_DRAWN or state is State.CLOSED:
            continue
        for to in rule.to:
            arrows[state, to].append(event.__name__)
    lines = ["stateDiagram-v2", f"    [*] --> {State.NEW.name}"]
    lines += [f"    {at.name} --> {to.name}: {' / '.join(events)}" for (at, to), events in arrows.items()]
    lines.append(f"    {State.CLOSED.name} --> [*]")
    return "\n".join(lines)


def table() -> str:
    """Every pair: what is done, and where it leads if not to the same state."""
    names = [event.__name__ for event in EVENTS]
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for state in State:
        cells = []
        for event in EVENTS:
            rule = TRANSITIONS[state, event]
            leads = "" if rule.to == (state,) else " → " + " or ".join(to.name for to in rule.to)
            cells.append(f"{rule.action.value}{leads}")
        lines.append(f"| **{state.name}** | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def drawing() -> str:
    """What stands between the marks, marks included."""
    return f"{BEGIN}\n\n```mermaid\n{picture()}\n```\n\n{table()}\n\n{END}"


def drawn(page: str) -> str:
    """The page with a fresh drawing."""
    return _BETWEEN.sub(lambda _: drawing(), page)


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")
