"""The documented task types are those that there are, and every example is good."""

from acs.domain.planning.programs import INTERNAL, PROGRAMS
from acs.edges.api.task_schemas import TASKS, schemas


def test_every_type_and_no_other() -> None:
    assert set(TASKS) == set(PROGRAMS) - INTERNAL


def test_every_example_passes_its_programs_check() -> None:
    for name, (_, arguments, required, example) in TASKS.items():
        PROGRAMS[name].check(example)
        assert set(required) <= set(example) <= set(arguments), name


def test_the_union_names_them_all() -> None:
    made = schemas()
    assert len(made["TaskRequest"]["oneOf"]) == len(TASKS) == len(made) - 1
