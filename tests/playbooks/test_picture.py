"""The picture in the documentation is the table."""

from acs.protocols.cwmp.states import State
from tests.playbooks.draw_states import PAGE, drawing, drawn, picture, table


def test_the_picture_is_up_to_date() -> None:
    page = PAGE.read_text("utf-8")
    assert drawing() in page, "run: python -m tests.playbooks.draw_states"
    assert drawn(page) == page


def test_every_state_is_in_it() -> None:
    for state in State:
        assert f"{state.name} -->" in picture()
        assert f"| **{state.name}** |" in table()
