"""Rules as data: which kind of phone falls under which, and which of them has the last word."""

import itertools

import pytest

from acs.domain.devices.quirks import STANDARD, Quirks
from acs.domain.devices.rules import BUILTIN, MAX_KINDS, Registry, Rule, Subject, rule_of, version_key
from acs.errors import BadRequest

OURS = Registry(BUILTIN)


@pytest.mark.parametrize(
    "versions",
    [
        ("2.9", "2.12", "2.12.1", "2.12.10", "2.13", "10.0"),
        ("1.0", "1.0.1", "1.0b", "1.1"),
        ("V1.9", "v1.10", "Ver 1.11", "version_1.12"),
        ("2.12.1.4-T1", "2.12.1.4-T2", "2.12.1.4-T10"),
    ],
)
def test_versions_compare_as_versions_do(versions: tuple[str, ...]) -> None:
    keys = [version_key(version) for version in versions]
    if versions[1] == "1.0.1":  # a letter comes before a number in the same place
        assert version_key("1.0") < version_key("1.0b") < version_key("1.1")
        return
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_zeros_at_the_end_and_a_letter_in_front_say_nothing() -> None:
    assert version_key("2.0") == version_key("2") == version_key("V2.0.0 ") == version_key("ver.2")
    assert version_key("") == version_key("0") == ()
    assert version_key("9" * 5000) > version_key("1")  # whatever a phone shows


@pytest.mark.parametrize(
    ("version", "low", "high", "within"),
    [
        ("2.12", "", "", True),
        ("", "", "", True),
        ("2.12", "2.9", "", True),
        ("2.9", "2.12", "", False),
        ("2.12.1", "2.12", "2.12.1", True),
        ("2.12.2", "2.12", "2.12.1", False),
        ("", "", "9", False),
    ],
)
def test_a_range_holds_its_ends(version: str, low: str, high: str, within: bool) -> None:
    rule = Rule("r", {"blocked": True}, version_from=low, version_to=high, product_class="X4")
    assert rule.matches(Subject(product_class="X4", software_version=version)) is within


@pytest.mark.parametrize(
    ("subject", "matches"),
    [
        (Subject("Fanvil Technology", "0C383E", "X4"), True),
        (Subject(" FANVIL ", "0c383e", "x4g"), True),
        (Subject("Fanvil", "0C383E", "X%34U"), True),
        (Subject("Fanvil", "001565", "X4"), False),
        (Subject("Other", "0C383E", "X4"), False),
        (Subject("Fanvil", "0C383E", "H5"), False),
        (Subject(), False),
    ],
)
def test_words_match_in_any_case_and_patterns_any_part(subject: Subject, matches: bool) -> None:
    rule = Rule("r", {}, manufacturer="fanvil*", oui="0C383E", product_class="x4*")
    assert rule.matches(subject) is matches


def test_the_more_specific_rule_has_the_last_word() -> None:
    rules = [
        Rule("maker", {"gpv_batch": 1}, manufacturer="Fanvil"),
        Rule("oui", {"gpv_batch": 2}, oui="0C383E"),
        Rule("pattern", {"gpv_batch": 3}, product_class="X*"),
        Rule("class", {"gpv_batch": 4}, product_class="X4"),
        Rule("version", {"gpv_batch": 5}, product_class="X4", version_from="2"),
        Rule("range", {"gpv_batch": 6}, product_class="X4", version_from="2", version_to="3"),
    ]
    subject = Subject("Fanvil", "0C383E", "X4", "2.5")
    for length in range(1, len(rules) + 1):
        for order in itertools.permutations(rules[:length]):
            assert Registry(order).quirks(subject).gpv_batch == length


def test_an_operators_rule_wins_over_ours_and_leaves_the_rest_of_it() -> None:
    ours = Rule("builtin-x", {"gpv_batch": 1, "spv_batch": 2}, product_class="X4", builtin=True)
    mine = Rule("mine", {"gpv_batch": 9}, manufacturer="*")
    assert Registry([mine, ours]).quirks(Subject("A", "", "X4")) == Quirks(gpv_batch=9, spv_batch=2)
    assert Registry([mine, ours]).quirks(Subject("A", "", "X5")) == Quirks(gpv_batch=9)


def test_answers_are_kept_and_bounded() -> None:
    registry = Registry(BUILTIN)
    known = registry.quirks(Subject("MikroTik"))
    assert registry.quirks(Subject("MikroTik")) is known
    for number in range(MAX_KINDS + 1):
        registry.quirks(Subject(software_version=str(number)))
    assert registry.quirks(Subject("MikroTik")) == known


def test_every_rule_of_ours_says_what_for_and_changes_or_pins_something() -> None:
    assert len({rule.id for rule in BUILTIN}) == len(BUILTIN)
    for rule in BUILTIN:
        assert rule.note.endswith(".")
        assert rule.quirks == tuple(sorted(rule.quirks))
        assert rule.manufacturer or rule.product_class or rule.oui
        assert rule.settings


def test_a_rule_with_a_setting_that_does_not_exist_is_no_rule() -> None:
    entry = {"name": "x", "settings": {"fly": True}, "quirks": [1], "note": "x"}
    with pytest.raises(BadRequest) as refused:
        rule_of(entry)
    assert refused.value.field == "settings.fly"


def test_a_fanvil_phone_follows_the_letter() -> None:
    assert OURS.quirks(Subject("Fanvil", "0C383E", "X4", "2.12.1")) == STANDARD
    assert OURS.quirks(Subject("Of nobody", "112233", "Anything")) == STANDARD


def test_quirk_087_the_model_that_reboots_after_its_transfer_gets_no_more_work() -> None:
    assert OURS.quirks(Subject("MikroTik", "000C42", "RB951")).end_after_transfer_complete


def test_quirk_107_the_model_with_a_broken_next_level_is_listed_by_whole_branches() -> None:
    zhone = OURS.quirks(Subject("Zhone", "000271", "ZNID-GPON-2426"))
    assert (zhone.next_level, zhone.discovery) == (False, "by_root")


def test_quirk_123_the_models_that_keep_no_parameter_key_are_known() -> None:
    for product_class in ("SpeedTouch 780", "P-2602HW-F3"):
        assert not OURS.quirks(Subject("", "", product_class)).parameter_key


def test_quirk_167_the_model_that_rolls_back_credentials_is_known() -> None:
    assert OURS.quirks(Subject("ZTE", "", "F670L V9")).one_object_per_write


def test_quirk_176_the_model_that_repeats_its_inform_gets_the_least_answer() -> None:
    assert OURS.quirks(Subject("TP-LINK", "", "TD-W8980")).minimal_inform_response


def test_quirk_177_the_model_that_rejects_the_empty_path_is_never_asked_so() -> None:
    assert OURS.quirks(Subject("Sagemcom", "", "F@ST 2764")).discovery == "by_root"


def test_quirk_171_a_rule_finds_a_product_class_in_either_spelling() -> None:
    rule = Rule("r", {"blocked": True}, product_class="ZXHN H198A V3.0")
    for spelling in ("ZXHN H198A V3.0", "ZXHN%20H198A%20V3%2E0", "zxhn h198a v3.0"):
        assert rule.matches(Subject(product_class=spelling))


def test_quirk_192_only_the_model_that_knows_nothing_else_is_sent_basic() -> None:
    assert OURS.quirks(Subject("Unify", "001AE8", "OpenScape Desk Phone CP400")).connection_request_basic
    assert not any(rule.settings.get("connection_request_basic") for rule in BUILTIN if rule.id != "builtin-unify-cp")
    assert not STANDARD.connection_request_basic


def test_quirk_208_the_agent_that_refuses_the_declaration_gets_none() -> None:
    assert not OURS.quirks(Subject("Orange", "", "")).xml_declaration


def test_quirk_217_the_agent_that_refuses_128_parameters_gets_100() -> None:
    rdk = OURS.quirks(Subject("RDK Central", "", "RDKB"))
    assert (rdk.spv_batch, rdk.end_status) == (100, 204)
