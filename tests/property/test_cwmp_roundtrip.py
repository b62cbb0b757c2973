"""What we write, we read back equal; and the official schema of every version accepts it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import GetParameterNames, GetParameterValues, SetParameterValues
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.envelope import HeaderExtras, Style, read, write
from cwmp_schemas.faults import Fault
from cwmp_schemas.namespaces import NAMESPACE_OF, VERSIONS
from cwmp_schemas.registry import MESSAGES
from cwmp_schemas.structs import ParameterValueStruct
from tests.reference import needs_xsd
from tests.unit.cwmp_schemas.official import problems
from tests.unit.cwmp_schemas.strategies import any_text, messages

_SETTINGS = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
_STYLES = st.builds(Style, xml_declaration=st.booleans(), boolean_literals=st.booleans())


@pytest.mark.parametrize("version", ["1.0", "1.4"])
def test_read_gives_back_what_write_was_given(version: str) -> None:
    @_SETTINGS
    @given(messages(version), any_text, _STYLES)
    def check(message: Struct, identifier: str, style: Style) -> None:
        envelope = read(write(message, cwmp_namespace=NAMESPACE_OF[version], id=identifier, style=style))
        assert envelope.body == message
        assert envelope.method == type(message).__name__
        assert envelope.id == identifier
        assert envelope.cwmp_namespace == NAMESPACE_OF[version]

    check()


@given(
    st.builds(
        HeaderExtras,
        session_timeout=st.none() | st.integers(30, 3600),
        supported_versions=st.lists(st.sampled_from(VERSIONS), unique=True).map(tuple),
        use_version=st.none() | st.sampled_from(VERSIONS),
        hold_requests=st.none() | st.booleans(),
        no_more_requests=st.none() | st.booleans(),
    )
)
def test_headers_come_back(header: HeaderExtras) -> None:
    envelope = read(write(MESSAGES["InformResponse"](), cwmp_namespace=NAMESPACE_OF["1.4"], id="1", header=header))
    assert envelope.warnings == ()
    assert envelope.session_timeout == header.session_timeout
    assert envelope.supported_versions == header.supported_versions
    assert envelope.use_version == header.use_version
    assert envelope.hold_requests == bool(header.hold_requests)
    assert envelope.no_more_requests == bool(header.no_more_requests)


@needs_xsd
@pytest.mark.parametrize("version", VERSIONS)
def test_the_official_schema_accepts_every_message(version: str) -> None:
    @_SETTINGS
    @given(messages(version), any_text, _STYLES)
    def check(message: Struct, identifier: str, style: Style) -> None:
        header = _header(version)
        data = write(message, cwmp_namespace=NAMESPACE_OF[version], id=identifier, header=header, style=style)
        assert problems(data, version) == []

    check()


_ANYTHING = st.text(st.characters(), max_size=20) | st.text(
    st.sampled_from("\0\x01\x08\x0b\x1f\x7f\x85\ud800\udfff\ufffe\uffff\U0001f4de\U0010ffff<&>\"'\r\n\t ]")
)


@needs_xsd
@pytest.mark.parametrize("version", VERSIONS)
def test_any_text_at_all_is_written_validly_or_refused(version: str) -> None:
    """Control characters, halves of surrogates, characters beyond the first plane, in every place for a text."""

    @settings(_SETTINGS, max_examples=150)
    @given(_ANYTHING, _ANYTHING, _ANYTHING, _STYLES)
    def check(name: str, value: str, identifier: str, style: Style) -> None:
        texts = SetParameterValues(
            ParameterList=(ParameterValueStruct(Name=name, Value=TypedValue(value)),), ParameterKey=""
        )
        names = GetParameterValues(ParameterNames=(name,))
        fault = Fault(FaultCode=9003, FaultString=value)
        for message in (texts, names, fault):
            try:
                data = write(message, cwmp_namespace=NAMESPACE_OF[version], id=identifier, style=style)
            except ValueError:
                assert not all(map(_is_xml, name + value + identifier))
                continue
            assert problems(data, version) == []
            envelope = read(data)
            assert envelope.id == identifier
            if message is texts:
                assert isinstance(envelope.body, SetParameterValues)
                assert envelope.body.ParameterList[0].Value.text == value

    check()


def _is_xml(character: str) -> bool:
    """XML 1.0, production Char."""
    code = ord(character)
    return character in "\t\n\r" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


@needs_xsd
@pytest.mark.parametrize("version", VERSIONS)
def test_the_longest_and_most_that_the_standard_allows(version: str) -> None:
    """Names of 256 characters, a hundred of them, in characters that take four bytes each."""
    namespace = NAMESPACE_OF[version]
    name = "Device." + "\U0001f4de" * 249
    values = tuple(ParameterValueStruct(Name=name, Value=TypedValue("\U0001f4de" * 1000)) for _ in range(100))
    for message in (
        SetParameterValues(ParameterList=values, ParameterKey="k" * 32),
        GetParameterValues(ParameterNames=(name,) * 100),
        GetParameterNames(ParameterPath=name, NextLevel=True),
    ):
        assert len(name) == 256
        data = write(message, cwmp_namespace=namespace, id="i" * 32)
        assert problems(data, version) == []
        assert read(data).body == message


@needs_xsd
@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_of_nothing_is_invalid_where_the_schema_wants_one(version: str) -> None:
    """The writer writes what it is given; that nobody gives it such a list is held by the programs' tests."""
    data = write(GetParameterValues(ParameterNames=()), cwmp_namespace=NAMESPACE_OF[version], id="1")
    assert problems(data, version)


def _header(version: str) -> HeaderExtras:
    options: dict[str, Any] = {"hold_requests": False}
    if version >= "1.3":
        options["session_timeout"] = 60
    if version >= "1.4":
        options |= {"supported_versions": ("1.0", "1.4"), "use_version": "1.4"}
    return HeaderExtras(**options)
