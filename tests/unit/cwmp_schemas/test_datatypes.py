import pytest

from cwmp_schemas.datatypes import VALUE_TYPES, TypedValue, lenient_bool, normalise_type


@pytest.mark.parametrize("name", sorted(VALUE_TYPES))
def test_known_types_are_themselves(name: str) -> None:
    assert normalise_type(name) == (name, False)


@pytest.mark.parametrize(
    ("raw", "name", "odd"),
    [
        ("xs:string", "xsd:string", False),  # any prefix may be declared
        ("ns1:unsignedInt", "xsd:unsignedInt", False),
        ("SOAP-ENC:base64", "soap-enc:base64", False),
        ("xsd:base64", "soap-enc:base64", True),
        ("string", "xsd:string", True),
        ("xsd:string(64)", "xsd:string", True),
        ("xsd:unsignedint", "xsd:unsignedInt", True),
        ("xsd:unsigendInt", "xsd:unsignedInt", True),
        ("xsd:signedInt", "xsd:int", True),
        ("xsd:DateTime", "xsd:dateTime", True),
        (" xsd:boolean ", "xsd:boolean", True),
        ("xsd:ui4", "xsd:unsignedInt", True),
        ("nonsense", "xsd:string", True),
        ("", "xsd:string", True),
        (":", "xsd:string", True),
    ],
)
def test_odd_types(raw: str, name: str, odd: bool) -> None:
    assert normalise_type(raw) == (name, odd)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", True),
        ("TRUE", True),
        (" yes ", True),
        ("on", True),
        ("Enabled", True),
        ("30", True),
        ("0", False),
        ("00", False),
        ("False", False),
        ("no", False),
        ("off", False),
        ("", False),
        ("maybe", None),
        ("\u0661", None),
    ],
)
def test_lenient_bool(text: str, value: bool | None) -> None:
    assert lenient_bool(text) is value


def test_a_typed_value_is_a_string_unless_told_otherwise() -> None:
    assert TypedValue("a") == ("a", "xsd:string")
