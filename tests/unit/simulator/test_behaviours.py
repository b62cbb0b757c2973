from dataclasses import fields
from typing import get_args

import pytest

from acs.errors import BadRequest
from acs.simulator.behaviours import (
    BEHAVIOURS,
    SECTIONS,
    WITH_ARGUMENT,
    DropAfter,
    Traits,
    WithArgument,
    by_subject,
    names,
    traits,
)


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


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(BadRequest, match="did you mean no-cookies") as caught:
        traits(["no-cookie"])
    assert caught.value.field == "behaviour"
    with pytest.raises(BadRequest, match="huge-tree"):
        traits(["hugetree"])


def test_arguments_are_read_and_add_up() -> None:
    both = traits(["fault:Download=9010", "fault:Reboot=9001,refuses-spv"])
    assert both.faults == {"SetParameterValues": 9002}
    both = traits(["refuses-spv,fault:Download=9010,fault:Reboot=9001"])
    assert both.faults == {"SetParameterValues": 9002, "Download": 9010, "Reboot": 9001}
    assert traits(["unsupported:Upload,unsupported:AddObject"]).unsupported == {"Upload", "AddObject"}
    assert traits(["huge-tree:5"]).extra_parameters == 5
    assert traits(["slow:2.5"]).answer_delay == 2.5
    assert traits(["event:8 DIAGNOSTICS COMPLETE"]).start_events == ("8 DIAGNOSTICS COMPLETE",)


@pytest.mark.parametrize("behaviour", WITH_ARGUMENT, ids=lambda behaviour: behaviour.name)
def test_every_example_is_of_use(behaviour: WithArgument) -> None:
    assert traits([f"{behaviour.name}:{behaviour.example}"]) != Traits()


@pytest.mark.parametrize("name", ["fault:Download", "fault:=9001", "slow:soon", "huge-tree:many", "silent:a b"])
def test_arguments_of_no_use_are_refused_with_an_example(name: str) -> None:
    with pytest.raises(BadRequest, match="cannot be read; write"):
        traits([name])


def test_a_missing_argument_is_asked_for() -> None:
    with pytest.raises(BadRequest, match="takes an argument: fault:RPC=CODE"):
        traits(["fault"])


def test_every_trait_and_every_row_has_a_subject() -> None:
    grouped = by_subject()
    assert list(grouped) == list(SECTIONS)
    assert all(grouped.values())
    assert sorted(each.name for rows in grouped.values() for each in rows) == sorted(each.name for each in BEHAVIOURS)
    assert next(each for each in BEHAVIOURS if each.name == "gzip").subject == "HTTP"


def test_every_trait_is_set_by_some_behaviour() -> None:
    """Data that no row uses would be a knob that nobody can turn."""
    set_by_rows = {trait for each in BEHAVIOURS for trait in each.traits}
    assert {each.name for each in fields(Traits)} - set_by_rows == {"late_by", "container"}


def test_every_step_of_a_session_can_lose_its_connection() -> None:
    steps = {each.traits["drop_after"] for each in BEHAVIOURS if "drop_after" in each.traits}
    assert steps == set(get_args(DropAfter)) - {""}
