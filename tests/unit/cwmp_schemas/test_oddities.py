import re
from pathlib import Path

import pytest

import cwmp_schemas
from cwmp_schemas.envelope import read
from cwmp_schemas.oddities import MEANINGS, REFUSALS, quirk_of, text_of
from cwmp_schemas.sanitize import Oddity, Refused

SOURCES = [path.read_text(encoding="utf-8") for path in Path(cwmp_schemas.__file__).parent.glob("*.py")]


def codes(pattern: str) -> set[str]:
    return {code for source in SOURCES for code in re.findall(pattern, source)}


def test_every_code_is_explained_and_none_is_left_over() -> None:
    noted = codes(r'notes\.add\(\s*"([a-z_]+)"')
    assert len(noted) > 40
    assert noted == set(MEANINGS)
    refused = codes(r'Refused\(\s*"([a-z_]+)"')
    assert refused == set(REFUSALS)


@pytest.mark.parametrize("table", [MEANINGS, REFUSALS])
def test_explanations_are_one_line_each(table: dict[str, tuple[int | None, str]]) -> None:
    for code, (quirk, text) in table.items():
        assert 10 < len(text) < 110, code
        assert "\n" not in text
        assert quirk is None or 1 <= quirk <= 230


def test_the_reader_knows_best() -> None:
    assert quirk_of(Oddity("not_a_number", 75, "FaultCode: x")) == 75
    assert quirk_of(Oddity("recovered", None, "")) == 68
    assert quirk_of(Oddity("never_heard_of", None, "")) is None
    assert text_of(Oddity("never_heard_of", None, "")) == "never heard of"
    assert text_of(Oddity("order", None, "Inform")) == MEANINGS["order"].text


def test_reasons_are_those_of_the_reader() -> None:
    for data, reason in ((b"", "empty"), (b"<html/>", "not_an_envelope"), (b"<!DOCTYPE a><Envelope/>", "doctype")):
        with pytest.raises(Refused) as refused:
            read(data)
        assert refused.value.reason == reason
