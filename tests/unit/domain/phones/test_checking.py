from typing import Any

import pytest

from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.checking import problems, removed, without
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import Links
from acs.formats import Dialect


def found(
    *layers: tuple[str, dict[str, Any]], model: str = "X4", dialect: Dialect = Dialect.TEXT1, **options: Any
) -> list[dict[str, str]]:
    resolved = resolve([Layer(scope, document) for scope, document in layers])
    return [dict(problem) for problem in problems(resolved, model=MODELS[model], dialect=dialect, **options)]


def test_all_problems_of_all_layers_are_found() -> None:
    told = found(
        ("global", {"sip": {"lines": {"5": {"user": "5"}, "9": {"user": "9"}}}, "keys": {"1": {"type": "blf"}}}),
        (
            "groups/g",
            {"keys": {"99": {"type": "line"}, "2": {"type": "line", "line": 7}}, "locale": {"language": "xx"}},
        ),
    )
    assert {(each["field"], each["layer"]) for each in told} == {
        ("sip.lines.5", "global"),
        ("sip.lines.9", "global"),
        ("keys.1.value", "global"),
        ("keys.99", "groups/g"),
        ("keys.2.line", "groups/g"),
        ("locale.language", "groups/g"),
    }
    assert {each["model"] for each in told} == {"X4"}
    assert next(each["message"] for each in told if each["field"] == "sip.lines.5") == "the phone has 4 lines"


def test_what_is_missing_belongs_to_who_asked_for_it() -> None:
    told = found(("global", {"keys": {"1": {"label": "x"}}}), ("devices/1", {"keys": {"1": {"type": "dtmf"}}}))
    assert [(each["field"], each["layer"]) for each in told] == [("keys.1.value", "devices/1")]


@pytest.mark.parametrize(
    ("raw", "dialect", "path"),
    [
        ({"SIP CONFIG MODULE": {"Foo Bar": "1", "FooBar": "2"}}, Dialect.SYSCONF, "raw.SIP CONFIG MODULE.FooBar"),
        (
            {"sip config module": {"--SIP Line List--": {"SIP1 A B": "1", "SIP1 AB": "2"}}},
            Dialect.SYSCONF,
            "raw.sip config module.--SIP Line List--.SIP1 AB",
        ),
        ({"M": {"A name of nineteen one": "1", "A name of nineteen two": "2"}}, Dialect.TEXT1, ""),
    ],
)
def test_raw_keys_that_a_dialect_cannot_write(raw: dict[str, Any], dialect: Dialect, path: str) -> None:
    told = found(("global", {}), ("groups/g", {"raw": raw}), model="X6U", dialect=dialect)
    assert len(told) == 1
    assert told[0]["layer"] == "groups/g"
    assert told[0]["field"].startswith("raw.")
    assert told[0]["field"].endswith(path)


def test_files_that_the_model_does_not_take() -> None:
    links = Links(mmiset="http://h/x.z")
    told = found(("global", {"mmiset": {"file_id": "f"}}), model="V67", dialect=Dialect.TEXT2, links=links)
    assert [(each["field"], each["layer"], each["model"]) for each in told] == [("mmiset.file_id", "global", "V67")]


def test_what_is_right_has_no_problem() -> None:
    assert found(("global", {"sip": {"port": 5060}})) == []


def test_it_ends() -> None:
    lines = {str(number): {"user": "x"} for number in range(5, 100)}
    assert len(found(("global", {"sip": {"lines": lines}}), most=7)) == 7


def test_a_document_without_a_path() -> None:
    document = {"a": {"b": 1, "c": {"d": 2}}, "e": [1]}
    assert removed(document, ("a", "c", "d")) == {"a": {"b": 1}, "e": [1]}
    assert removed(document, ("e", "0")) == {"a": {"b": 1, "c": {"d": 2}}}
    assert removed(document, ("x", "y")) == document
    assert list(removed({"a": {"x": 1, "y": 1}, "b": 1}, ("a", "x"))) == ["a", "b"]
    assert document == {"a": {"b": 1, "c": {"d": 2}}, "e": [1]}
    resolved = without(resolve([Layer("global", document)]), ("a", "c"))
    assert resolved.document == {"a": {"b": 1}, "e": [1]}
    assert set(resolved.paths) == {("a", "b"), ("e",)}
