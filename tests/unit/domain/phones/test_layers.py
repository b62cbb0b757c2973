from typing import Any

import pytest

from acs.domain.phones.layers import Layer, merge, raw_section, resolve, validate
from acs.errors import BadSettings


@pytest.mark.parametrize(
    ("document", "field", "why"),
    [
        ({"sip": {"lines": {"1": {"port": 70000}}}}, "sip.lines.1.port", "65535"),
        ({"sip": {"lines": {"1": {"port": "5060"}}}}, "sip.lines.1.port", '5060, not "5060"'),
        ({"sip": {"lines": {"1": {"prot": 1}}}}, "sip.lines.1.prot", "unknown name"),
        ({"sip": {"lines": {"0": {}}}}, "sip.lines.0", 'a number from "1"'),
        ({"sip": []}, "sip", "wanted an object"),
        ({"telephony": {}}, "telephony", "unknown name"),
        ({"sip": {"lines": {"1": {"codecs": ["PCMA", "MP3"]}}}}, "sip.lines.1.codecs.1", "MP3"),
        ({"keys": {"1": {"type": "disco"}}}, "keys.1.type", "'line'"),
        ({"certificates": [{"file_id": "a"}, {"url": "b"}]}, "certificates.1.url", "unknown name"),
        ({"raw": {"M": {"a:b": "x"}}}, "raw.M.a:b", "cannot be a key"),
        ({"sip": {"lines": {str(n): {} for n in range(1, 120)}}}, "sip.lines", "wanted at most 99 of them"),
        ({"raw": {"M": {"Host Name": "x\r\n<SIP CONFIG MODULE>"}}}, "raw.M.Host Name", "line break"),
        ({"raw": {"M": {"a": [1]}}}, "raw.M.a.0", "wanted a text"),
        ({"raw": {"M": {"a": 1.5}}}, "raw.M.a", "wanted a text"),
        ({"raw": {"M": {"--S--": {"e1": {"k": {"x": "y"}}}}}}, "raw.M.--S--.e1.k", "wanted a text"),
        ({"raw": {"M": {"a": "x" * 20_000}}}, "raw.M.a", "too long"),
        ({"raw": {"M" * 300: {"a": "x"}}}, f"raw.{'M' * 300}.a", "a name is too long"),
        ({"sip": {"lines": {"1": {"enabled": "true"}}}}, "sip.lines.1.enabled", "true or false"),
        ({"sip": {"lines": {"1": {"user": ""}}}}, "sip.lines.1.user", "wanted 1 to 128 characters"),
        ({"sip": {"lines": {"1": {"user": 1001}}}}, "sip.lines.1.user", "a text in quotation marks"),
        ({"web": {"accounts": {"1": {"name": ""}}}}, "web.accounts.1.name", "too short"),
        ({"network": {"hostname": "a" * 64}}, "network.hostname", "1 to 63"),
        ({"encryption": {"device_key": "abc"}}, "encryption.device_key", "64 hexadecimal"),
        ({"raw": {"<M>": {"a": "1"}}}, "raw.<M>.a", "name of a module"),
        ({"raw": {"M": {"--S--": {"k": "a\x00"}}}}, "raw.M.--S--.k", "control character"),
        ({"sip": {"lines": {"1": {"display_name": "x\n<<END OF FILE>>"}}}}, "sip.lines.1.display_name", "line break"),
        ([], "document", "wanted an object"),
    ],
)
def test_a_bad_layer_names_its_field(document: Any, field: str, why: str) -> None:
    with pytest.raises(BadSettings) as caught:
        validate(document, scope="groups/sales")
    assert caught.value.field == field
    assert why in caught.value.message
    assert caught.value.facts["layer"] == "groups/sales"


def test_all_problems_are_told() -> None:
    with pytest.raises(BadSettings, match="and 1 more") as caught:
        validate({"sip": {"port": 0}, "locale": {"tone": "XX"}})
    assert [problem["field"] for problem in caught.value.facts["problems"]] == ["sip.port", "locale.tone"]


def test_nulls_and_nothing_are_fine() -> None:
    validate({})
    validate({"sip": None, "keys": {"1": None}, "raw": {"M": None, "N": {"a": None, "--S--": {"b": None}}}})
    validate({"sip": {"lines": {"1": None, "2": {"user": None, "codecs": None}}}, "certificates": None})


def test_the_most_specific_layer_wins_and_is_remembered() -> None:
    resolved = resolve(
        [
            Layer("global", {"sip": {"port": 5060, "lines": {"1": {"server": "a", "codecs": ["PCMA", "G722"]}}}}),
            Layer("groups/sales", {"sip": {"lines": {"1": {"server": "b"}}}}),
            Layer("devices/1", {"sip": {"lines": {"1": {"user": "1001", "codecs": ["PCMU"]}}}}),
        ]
    )
    assert resolved.document == {
        "sip": {"port": 5060, "lines": {"1": {"server": "b", "codecs": ["PCMU"], "user": "1001"}}}
    }
    assert resolved.origins == {
        "sip.port": "global",
        "sip.lines.1.server": "groups/sales",
        "sip.lines.1.codecs": "devices/1",
        "sip.lines.1.user": "devices/1",
    }
    assert resolved.rank("sip", "port") == 0
    assert resolved.rank("sip", "nothing") == -1
    assert resolved.scope("sip", "lines") == "devices/1"
    assert resolved.scope("time") == ""
    assert resolved.config.sip is not None


def test_null_removes_what_a_layer_above_said() -> None:
    layers = [
        Layer(
            "global",
            {"sip": {"port": 5060, "lines": {"1": {"user": "1"}, "2": {"user": "2"}}}, "raw": {"M": {"a": "1"}}},
        ),
        Layer("models/X4", {"sip": {"lines": {"2": None}}, "raw": {"M": {"a": None}}}),
        Layer("devices/1", {"sip": {"lines": {"2": {"server": "s"}}}}),
    ]
    resolved = resolve(layers)
    assert resolved.document == {
        "sip": {"port": 5060, "lines": {"1": {"user": "1"}, "2": {"server": "s"}}},
        "raw": {"M": {}},
    }
    assert set(resolved.origins) == {"sip.port", "sip.lines.1.user", "sip.lines.2.server"}


def test_merge_is_rfc_7396() -> None:
    cases: list[tuple[Any, Any, Any]] = [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "foo"}, {"b": {"c": None}}, {"a": "foo", "b": {}}),
        ("x", {"a": "b"}, {"a": "b"}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ]
    for target, patch, result in cases:
        assert merge(target, patch) == result


def test_merging_changes_neither_side() -> None:
    target: dict[str, Any] = {"a": {"b": 1}}
    patch: dict[str, Any] = {"a": {"c": 2}}
    assert merge(target, patch) == {"a": {"b": 1, "c": 2}}
    assert (target, patch) == ({"a": {"b": 1}}, {"a": {"c": 2}})


def test_raw_sections() -> None:
    assert raw_section("--Dsskey Config2--") == raw_section("Dsskey Config2") == "Dsskey Config2"


@pytest.mark.parametrize(
    ("books", "effective"),
    [
        ([{"file_id": "f"}, {"phonebook_id": "p"}], {"phonebook_id": "p"}),
        ([{"phonebook_id": "p", "format": "csv"}, {"file_id": "f"}], {"file_id": "f"}),
        ([{"phonebook_id": "p"}, {"format": "csv"}], {"phonebook_id": "p", "format": "csv"}),
        ([{"file_id": "f"}, {"phonebook_id": "p"}, {"file_id": "g"}], {"file_id": "g"}),
        ([{"phonebook_id": "p"}, {"phonebook_id": None}], {}),
        ([{"phonebook_id": "p", "format": "vcf"}, {"phonebook_id": "q"}], {"phonebook_id": "q", "format": "vcf"}),
    ],
)
def test_the_most_specific_way_to_name_a_phone_book_wins(
    books: list[dict[str, Any]], effective: dict[str, Any]
) -> None:
    layers = [Layer(f"groups/{number}", {"phonebook": book}) for number, book in enumerate(books)]
    resolved = resolve(layers)
    assert resolved.document["phonebook"] == effective
    assert {path[1] for path in resolved.paths} == set(effective)
    assert resolved.config.phonebook is not None
