"""What we write, we read back equal; and the official schema of every version accepts it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cwmp_schemas._spyne import Struct
from cwmp_schemas.envelope import HeaderExtras, Style, read, write
from cwmp_schemas.namespaces import NAMESPACE_OF, VERSIONS
from cwmp_schemas.registry import MESSAGES
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
    @given(messages(version))
    def check(message: Struct) -> None:
        data = write(message, cwmp_namespace=NAMESPACE_OF[version], id="1", header=_header(version))
        assert problems(data, version) == []

    check()


def _header(version: str) -> HeaderExtras:
    options: dict[str, Any] = {"hold_requests": False}
    if version >= "1.3":
        options["session_timeout"] = 60
    if version >= "1.4":
        options |= {"supported_versions": ("1.0", "1.4"), "use_version": "1.4"}
    return HeaderExtras(**options)
