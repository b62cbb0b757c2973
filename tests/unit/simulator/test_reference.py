from pathlib import Path

from acs import docs
from acs.simulator.behaviours import BEHAVIOURS, WITH_ARGUMENT
from acs.simulator.reference import reference


def test_the_page_is_up_to_date() -> None:
    page = Path(docs.__file__).parent / "reference" / "behaviours.md"
    assert page.read_text(encoding="utf-8") == reference(), "run: ./run docs"


def test_every_behaviour_is_on_it() -> None:
    text = reference()
    for name in [each.name for each in BEHAVIOURS] + [f"{each.name}:{each.form}" for each in WITH_ARGUMENT]:
        assert f"| `{name}` |" in text
