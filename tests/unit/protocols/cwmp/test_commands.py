from typing import get_args

import pytest

from acs.protocols.cwmp import commands


@pytest.mark.parametrize("command", get_args(commands.Command), ids=lambda each: each.__name__)
def test_commands_are_frozen_values_and_say_what_they_are_for(command: type) -> None:
    assert command.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert not hasattr(command, "__dict__") or "__slots__" in vars(command)
    assert (command.__doc__ or "").strip()[0].isupper()
