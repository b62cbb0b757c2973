"""Which key a file is encrypted with, what it says of keys, and what the server makes of a phone's answer."""

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.file_keys import (
    NO_KEYS,
    Known,
    Plan,
    check,
    general_key,
    key_after,
    plan,
    unusable,
)
from acs.domain.phones.layers import Layer, Resolved, resolve
from acs.domain.phones.render import render
from acs.errors import BadSettings
from acs.formats import CODECS, Dialect, read, write
from acs.formats.containers import DEFAULT

A, B, C = "aa" * 32, "bb" * 32, "cc" * 32
X4, X6 = MODELS["X4"], MODELS["X6"]


def said(**encryption: Any) -> Resolved:
    return resolve([Layer("global", {"encryption": encryption, "locale": {"language": "de"}})])


@pytest.mark.parametrize(
    ("settings", "known", "expected"),
    [
        ({}, Known(), NO_KEYS),
        ({"enabled": False, "device_key": A}, Known(), NO_KEYS),
        ({"enabled": True, "device_key": A}, Known(), Plan(A, DEFAULT, by_word=True)),
        ({"enabled": True, "device_key": A.upper()}, Known(), Plan(A, DEFAULT, by_word=True)),
        ({"enabled": True, "device_key": B}, Known(A), Plan(B, DEFAULT, by_word=True)),
        ({"enabled": True, "device_key": A, "container": "aes-256-ecb"}, Known(), Plan(A, "aes-256-ecb", by_word=True)),
        ({"enabled": True, "deliver": True, "device_key": A}, Known(), Plan(carries={"device_key": A})),
        ({"enabled": True, "deliver": True, "device_key": A}, Known(A), Plan(A, DEFAULT, {"device_key": A})),
        ({"enabled": True, "deliver": True, "device_key": B}, Known(A), Plan(A, DEFAULT, {"device_key": B})),
        (
            {"enabled": True, "deliver": True, "device_key": A, "common_key": C},
            Known(A),
            Plan(A, DEFAULT, {"device_key": A, "common_key": C}),
        ),
        ({"enabled": False}, Known(A), Plan(A, DEFAULT, {"device_key": "", "common_key": ""})),
        ({}, Known(A), Plan(A, DEFAULT, {"device_key": "", "common_key": ""})),
    ],
)
def test_the_plan(settings: dict[str, Any], known: Known, expected: Plan) -> None:
    assert plan(said(**settings), known, model=X4) == expected


def test_the_model_says_how_it_is_wrapped_unless_settings_do() -> None:
    model = replace(X4, container="aes-256-cbc-zero-iv")
    assert plan(said(enabled=True, device_key=A), Known(), model=model).container == "aes-256-cbc-zero-iv"
    told = said(enabled=True, device_key=A, container="aes-256-ecb")
    assert plan(told, Known(), model=model).container == "aes-256-ecb"


def test_enabled_without_a_key_is_told_with_layer_and_model() -> None:
    resolved = resolve([Layer("global", {}), Layer("groups/sales", {"encryption": {"enabled": True}})])
    for look in (lambda: plan(resolved, Known(), model=X4), lambda: check(resolved, model=X4)):
        with pytest.raises(BadSettings) as caught:
            look()
        assert caught.value.field == "encryption.device_key"
        assert caught.value.facts == {"layer": "groups/sales", "model": "X4"}
    check(said(enabled=True, device_key=A), model=X4)
    check(said(), model=X4)


@pytest.mark.parametrize("dialect", [each for each in CODECS if each is not Dialect.DOTTED])
def test_the_lines_of_a_file(dialect: Dialect) -> None:
    model = X4 if dialect.generation == 1 else X6
    resolved = said(enabled=True, deliver=True, device_key=A, common_key=C)
    carries = plan(resolved, Known(), model=model).carries
    data = write(render(resolved, model=model, dialect=dialect, keys=carries).with_version("2.1"), dialect)
    without = write(render(resolved, model=model, dialect=dialect).with_version("2.1"), dialect)
    document = read(data)
    name = "Config File Key" if dialect.generation == 1 else "Device Cfg File Key"
    assert document.get("AUTOUPDATE CONFIG MODULE", name) == A
    assert document.get("AUTOUPDATE CONFIG MODULE", "Common Cfg File Key") == C
    assert key_after(document, "") == A
    assert A.encode() not in without
    assert key_after(read(without), B) == B
    cleared = plan(said(), Known(A), model=model).carries
    assert key_after(render(said(), model=model, dialect=dialect, keys=cleared), A) == ""


def test_a_changed_key_changes_its_line_alone() -> None:
    files = [
        write(
            render(resolved, model=X4, dialect=Dialect.TEXT1, keys=plan(resolved, Known(A), model=X4).carries),
            Dialect.TEXT1,
        )
        for resolved in (said(enabled=True, deliver=True, device_key=key) for key in (A, B))
    ]
    old, new = (each.decode().splitlines() for each in files)
    assert [(one, two) for one, two in zip(old, new, strict=True) if one != two] == [
        (f"Config File Key    :{A}", f"Config File Key    :{B}")
    ]


def test_a_raw_line_counts_as_well_and_nonsense_does_not() -> None:
    raw = {"raw": {"AUTOUPDATE CONFIG MODULE": {"Config File Key": B}}}
    assert key_after(render(resolve([Layer("global", raw)]), model=X4, dialect=Dialect.TEXT1), A) == B
    raw["raw"]["AUTOUPDATE CONFIG MODULE"]["Config File Key"] = "no key"
    assert key_after(render(resolve([Layer("global", raw)]), model=X4, dialect=Dialect.TEXT1), A) == A


def test_what_is_known_goes_with_what_the_phone_shows() -> None:
    fresh = Known()
    handed = fresh.offered(A)
    assert (handed.held, handed.other) == ("", A)
    assert handed.offered(A) == handed
    assert handed.proven(A) == Known(A)
    assert Known(A).offered(A) == Known(A)
    unsure = Known(A).offered(B)
    assert unsure.doubted() == Known(B, A)
    assert unsure.doubted().doubted() == unsure
    assert Known(A).doubted() == Known(A), "a proven key is not given up for a plain file"


@pytest.mark.parametrize("known", [Known(), Known(A), Known("", A), Known(A, ""), Known(A, B)])
def test_what_is_known_is_kept_as_text_and_shows_no_key(known: Known) -> None:
    assert Known.load(known.dump()) == known
    assert A not in repr(known)
    assert A not in repr(Plan(A, DEFAULT, {"device_key": A}))
    assert bool(known.dump()) == (known != Known())


def test_the_general_file_goes_by_the_common_key() -> None:
    assert general_key(said(enabled=True, device_key=A, common_key=C.upper()), model=X4) == Plan(C, DEFAULT)
    assert general_key(said(enabled=True, device_key=A), model=X4) == NO_KEYS
    assert general_key(said(common_key=C), model=X4) == NO_KEYS


def test_what_an_operator_reads_when_a_phone_could_not_use_a_file() -> None:
    sealed = unusable(DEFAULT, code="9018", message="File corrupted.")
    assert sealed.startswith("File corrupted. The file was encrypted (aes-256-cbc-iv-prefix)")
    assert "encryption.device_key" in sealed
    assert "not encrypted" in unusable("plain", code="9018", message="")
