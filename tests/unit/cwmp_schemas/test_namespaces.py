import pytest

from cwmp_schemas.namespaces import (
    CWMP_1_2,
    NAMESPACE_OF,
    SOAP_ENC,
    SOAP_ENV,
    VERSIONS,
    XSD,
    XSI,
    detected_version,
    is_foreign_service,
    is_standard,
    is_taken,
    version_of,
)


@pytest.mark.parametrize(
    ("uri", "version"),
    [
        ("urn:dslforum-org:cwmp-1-0", "1.0"),
        ("urn:dslforum-org:cwmp-1-1", "1.1"),
        ("urn:dslforum-org:cwmp-1-2", "1.2"),
        ("urn:dslforum-org:cwmp-1-3", "1.3"),  # quirk 43: not of the standard, but on the wire
        ("urn:dslforum-org:cwmp-1-4/", "1.4"),
        ("urn:dslforum-org:cwmp-1-9", "1.4"),
        ("URN:DSLFORUM-ORG:CWMP-1-1", "1.1"),
        ("urn:vendor:cwmp", "1.0"),
        ("http://schemas.xmlsoap.org/soap/envelope/", None),
        ("", None),
    ],
)
def test_version_of(uri: str, version: str | None) -> None:
    assert version_of(uri) == version


def test_1_3_and_1_4_keep_the_namespace_of_1_2() -> None:
    assert {version: NAMESPACE_OF[version][-1] for version in VERSIONS} == {
        "1.0": "0",
        "1.1": "1",
        "1.2": "2",
        "1.3": "2",
        "1.4": "2",
    }
    assert all(is_standard(uri) for uri in NAMESPACE_OF.values())
    assert not is_standard("urn:dslforum-org:cwmp-1-4")


@pytest.mark.parametrize(
    ("uri", "supported", "session_timeout", "version"),
    [
        ("urn:dslforum-org:cwmp-1-2", (), None, "1.2"),
        ("urn:dslforum-org:cwmp-1-2", (), 1, "1.3"),
        ("urn:dslforum-org:cwmp-1-2", ("1.0", "1.4", "1.5"), None, "1.4"),
        ("urn:dslforum-org:cwmp-1-2", ("1.5",), 60, "1.3"),
        ("urn:dslforum-org:cwmp-1-0", (), 60, "1.0"),
        ("urn:dslforum-org:cwmp-1-17", (), None, "1.4"),
        ("", (), None, "1.0"),
    ],
)
def test_a_version_is_told_by_headers_first(
    uri: str, supported: tuple[str, ...], session_timeout: int | None, version: str
) -> None:
    assert detected_version(uri, supported, session_timeout) == version


@pytest.mark.parametrize(
    ("uri", "foreign"),
    [
        ("urn:dslforum-org:service:Time:1", True),
        ("urn:schemas-upnp-org:service:WANIPConnection:1", True),
        ("URN:Schemas-UPnP-org:Device:1", True),
        (CWMP_1_2, False),
        ("urn:dslforum-org:cwmp-1-9", False),
        ("http://vendor.example/service/cwmp", False),
        ("", False),
    ],
)
def test_services_of_the_lan_side_are_known_as_such(uri: str, foreign: bool) -> None:
    assert is_foreign_service(uri) is foreign


def test_namespaces_that_mean_something_else_are_taken() -> None:
    assert all(map(is_taken, ("", SOAP_ENV, SOAP_ENC, XSD, XSI, "http://www.w3.org/XML/1998/namespace")))
    assert not any(map(is_taken, (*NAMESPACE_OF.values(), "urn:vendor:cwmp")))
