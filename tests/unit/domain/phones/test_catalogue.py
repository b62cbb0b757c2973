import pytest

from acs.domain.phones.catalogue import BUILT_IN, GENERIC, MODELS, SERIES, Model
from acs.errors import BadFile
from acs.formats import Dialect


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("X4", "X4"),
        ("x4", "X4"),
        ("Fanvil X6U", "X6U"),
        ("fanvil-x6u pro", "X6U Pro"),
        ("X5U_V2", "X5U-V2"),
        ("v62pro", "V62 Pro"),
        ("X5UV2", "X5U-V2"),
        ("V62 Pro", "V62 Pro"),
        ("H2U V2", "H2U-V2"),
        ("Linkvil W611W", "W611W"),
        ("BCM Serials", None),
        ("", None),
    ],
)
def test_names(name: str, model: str | None) -> None:
    found = BUILT_IN.named(name)
    assert (found.name if found else None) == model


def test_a_phone_is_known_by_the_best_evidence() -> None:
    agent = "Fanvil X6U Pro 2.4.5.1 0c383e047194"
    assert BUILT_IN.of_phone("X4", user_agent=agent).name == "X4"
    assert BUILT_IN.of_phone("X4", model="X5S", user_agent=agent).name == "X5S"
    assert BUILT_IN.of_phone("BCM Serials", user_agent=agent).name == "X6U Pro"
    assert BUILT_IN.of_phone("BCM Serials", user_agent="curl/8.0") is GENERIC
    assert BUILT_IN.of_phone("BCM Serials") is GENERIC


def test_general_files_whatever_the_case() -> None:
    found = BUILT_IN.of_general_file("f0i20svhw1.100.CFG")
    assert found is MODELS["i20S"]
    assert BUILT_IN.of_general_file("/prov/F0V00X600000.cfg") is MODELS["X6"]
    assert BUILT_IN.of_general_file("001565113af8.cfg") is None


def test_the_generic_model_refuses_nothing_that_some_phone_has() -> None:
    assert GENERIC.dialect is Dialect.TEXT2
    assert all(model.lines <= GENERIC.lines and model.dss_keys <= GENERIC.dss_keys for model in MODELS.values())
    assert all(model.supports <= GENERIC.supports for model in MODELS.values())


@pytest.mark.parametrize(
    ("model", "file", "fits"),
    [
        (MODELS["X4"], "x42.14.0.7386T20210730173312.z", True),
        (MODELS["X4"], "x4u-fanvil-release-ff01-6903-2.12.20.z", False),
        (MODELS["X4U Pro"], "x4upro-fanvil-release-ff01-6903-2.12.20-krnlvUT2024-07-16-04.42.26.z", True),
        (MODELS["X4U"], "x4upro-fanvil-release-ff01-6903-2.12.20-krnlvUT2024-07-16-04.42.26.z", False),
        (MODELS["X6U"], "anything.z", True),
        (MODELS["V67"], "v67_fanvil_2.6.10.1992_20241023_full.zip", True),
        (MODELS["X6U"], "anything.bin", False),
    ],
)
def test_firmware_names(model: Model, file: str, fits: bool) -> None:
    assert model.takes_firmware(file) is fits


OWN = """
[series.ours]
title = "Ours"
dialect = "text2"
supports = ["firmware", "phonebook"]

[models."Z9 Pro"]
series = "ours"
lines = 3
dss_keys = 12
side_keys = 2
page_keys = 5
general_file = "F0V0Z9000000.cfg"
other_general_files = ["f0Z9hw1.100.cfg"]
firmware = "z9-.*\\\\.z"
aliases = ["Z9P"]
ouis = ["00304F"]
user_agent = "Planet Z9"
screen = [480, 272]
container = "aes-256-ecb"
also = ["background"]
without = ["phonebook"]
root = "InternetGatewayDevice."
profile = "ctc"
"""


def test_an_operators_file_adds_a_model_and_a_series() -> None:
    catalogue = BUILT_IN.with_files([("ours.toml", OWN)])
    model = catalogue.models["Z9 Pro"]
    assert model == Model(
        name="Z9 Pro",
        series="ours",
        general_file="F0V0Z9000000.cfg",
        other_general_files=("f0Z9hw1.100.cfg",),
        dialect=Dialect.TEXT2,
        lines=3,
        dss_keys=12,
        side_keys=2,
        page_keys=5,
        supports=frozenset({"firmware", "background"}),
        firmware="z9-.*\\.z",
        aliases=("Z9P",),
        ouis=("00304F",),
        user_agent="Planet Z9",
        screen=(480, 272),
        container="aes-256-ecb",
        root="InternetGatewayDevice.",
        profile="ctc",
        source="ours.toml",
    )
    assert catalogue.named("z9p") is catalogue.of_general_file("F0Z9HW1.100.CFG") is model
    assert len(catalogue.models) == len(MODELS) + 1
    assert BUILT_IN.named("Z9 Pro") is None


def test_a_name_that_differs_from_a_built_in_one_by_hyphens_only() -> None:
    with pytest.raises(BadFile, match="X5U V2 belongs to model X5U-V2"):
        BUILT_IN.with_files([("mine.toml", '[models."X5U V2"]\n' + ROW)])


def test_a_name_may_begin_with_the_makers() -> None:
    catalogue = BUILT_IN.with_files([("mine.toml", '[models."Fanvil Q7"]\n' + ROW)])
    found = catalogue.named("fanvil q7")
    assert found is not None
    assert found.name == "Fanvil Q7"


def test_an_operators_model_takes_the_place_of_a_built_in_one() -> None:
    text = '[models."x4"]\nseries = "low"\nlines = 6\ndss_keys = 40\ngeneral_file = "f0X4hw1.100.cfg"'
    catalogue = BUILT_IN.with_files([("a.toml", text)])
    found = catalogue.named("X4")
    assert found is not None
    assert (found.name, found.lines, found.source) == ("x4", 6, "a.toml")
    assert len(catalogue.models) == len(MODELS)


ROW = 'series = "low"\nlines = 2\ndss_keys = 2\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[models", "no TOML"),
        ('[models."Z9"]\n' + ROW + "colour = 1", "model Z9: colour: unknown name"),
        ('[models."Z9"]\nseries = "low"\ndss_keys = 1', "model Z9: lines: Field required"),
        ('[models."Z9"]\n' + ROW.replace("lines = 2", 'lines = "2"'), "model Z9: lines: Input should be a valid int"),
        ('[models."Z9"]\n' + ROW.replace("lines = 2", "lines = 0"), "model Z9: lines: "),
        ('[models."Z9"]\n' + ROW.replace("low", "nobody"), "model Z9: series: there is no series 'nobody'"),
        ('[models."Z9"]\n' + ROW + 'firmware = "("', "model Z9: firmware: no regular expression"),
        ('[models."Z9"]\n' + ROW + 'dialect = "yaml"', "model Z9: dialect: wanted one of: text1"),
        ('[models."Z9"]\n' + ROW + 'container = "plain"', "model Z9: container: wanted one of"),
        ('[models."Z9"]\n' + ROW + 'also = ["songs"]', "model Z9: also.0: wanted one of"),
        ('[models."Z9"]\n' + ROW + 'general_file = "../x.cfg"', "model Z9: general_file: "),
        ('[models."Z9"]\n' + ROW + 'ouis = ["0c383e"]', "model Z9: ouis.0: "),
        ('[models."Z9"]\n' + ROW + "side_keys = 3", "model Z9: side_keys: 3 of 2"),
        ('[models."Z9"]\n' + ROW + "screen = [1]", "model Z9: screen"),
        ('[models."Z/9"]\n' + ROW, "model Z/9: "),
        ('[models."generic"]\n' + ROW, "model generic: "),
        (f'[models."{"z" * 65}"]\n' + ROW, "model zzz"),
        ('[models."Z9"]\n' + ROW + 'aliases = ["X4"]', "model Z9: aliases: X4 belongs to model X4 (built-in)"),
        ('[models."Z9"]\n' + ROW + 'general_file = "F0X4HW1.100.cfg"', "general_file: F0X4HW1.100.cfg belongs to"),
        ('[series.low]\ntitle = ""\ndialect = "text1"\nsupports = []', "series low: title: "),
        ("[phones]", "phones: unknown name"),
    ],
)
def test_what_is_off_is_told_with_file_model_and_field(text: str, words: str) -> None:
    with pytest.raises(BadFile) as caught:
        BUILT_IN.with_files([("mine.toml", text)])
    assert caught.value.message.startswith("mine.toml: ")
    assert words in caught.value.message


def test_two_files_cannot_describe_one_model() -> None:
    with pytest.raises(BadFile, match=r"b\.toml: model z9: a\.toml describes it too"):
        BUILT_IN.with_files([("a.toml", '[models."Z9"]\n' + ROW), ("b.toml", '[models."z9"]\n' + ROW)])


def test_series_of_an_earlier_file_can_be_used() -> None:
    first = '[series.ours]\ntitle = "x"\ndialect = "sysconf"\nsupports = []'
    catalogue = BUILT_IN.with_files([("a.toml", first), ("b.toml", '[models."Z9"]\n' + ROW.replace("low", "ours"))])
    assert catalogue.models["Z9"].dialect is Dialect.SYSCONF
    assert "ours" not in SERIES
