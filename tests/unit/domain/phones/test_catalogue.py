import pytest

from acs.domain.phones.catalogue import BUILT_IN, GENERIC, MODELS, Model
from acs.formats import Dialect


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("X4", "X4"),
        ("x4", "X4"),
        ("Fanvil X6U", "X6U"),
        ("fanvil-x6u pro", "X6U"),
        ("X5U_V2", "X5U-V2"),
        ("v62pro", None),
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
    assert BUILT_IN.of_phone("BCM Serials", user_agent=agent).name == "X6U"
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
        (MODELS["X6U"], "anything.z", True),
        (MODELS["V67"], "v67_fanvil_2.6.10.1992_20241023_full.zip", True),
        (MODELS["X6U"], "anything.bin", False),
    ],
)
def test_firmware_names(model: Model, file: str, fits: bool) -> None:
    assert model.takes_firmware(file) is fits
