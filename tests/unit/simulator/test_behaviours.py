from dataclasses import fields

import pytest

from acs.errors import BadRequest
from acs.simulator.behaviours import BEHAVIOURS, Traits, names, traits


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_every_behaviour_departs_from_the_letter_and_says_how(behaviour: object) -> None:
    assert isinstance(behaviour, type(BEHAVIOURS[0]))
    assert behaviour.about
    changed = traits([behaviour.name])
    assert changed != Traits()
    for trait, value in behaviour.traits.items():
        assert getattr(changed, trait) == value


def test_names_are_unique_and_traits_exist() -> None:
    assert len({behaviour.name for behaviour in BEHAVIOURS}) == len(BEHAVIOURS)
    known = {field.name for field in fields(Traits)}
    assert all(set(behaviour.traits) <= known for behaviour in BEHAVIOURS)


def test_behaviours_add_up_and_may_come_as_a_list() -> None:
    assert names(["slow, no-cookies", "lying", ""]) == ("slow", "no-cookies", "lying")
    both = traits(["slow,no-cookies", "lying"])
    assert (both.answer_delay, both.cookies, both.applies) == (0.5, "none", False)


def test_unknown_behaviours_are_refused() -> None:
    with pytest.raises(BadRequest, match="no behaviour 'polite'"):
        traits(["polite"])
