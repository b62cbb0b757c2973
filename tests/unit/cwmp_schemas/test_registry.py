import pytest

from cwmp_schemas.namespaces import VERSIONS
from cwmp_schemas.registry import MESSAGES, RPCS, by_name, method_names
from tests.reference import needs_xsd
from tests.unit.cwmp_schemas.official import field_list

_HEADERS = {"ID", "HoldRequests", "SessionTimeout", "SupportedCWMPVersions", "UseCWMPVersion"}


def test_every_response_is_named_after_its_request() -> None:
    assert len(RPCS) == 28
    for rpc in RPCS:
        assert rpc.request.__name__ == rpc.name
        assert rpc.response.__name__ == f"{rpc.name}Response"
        assert MESSAGES[rpc.name] is rpc.request
        assert rpc.request.__doc__
        assert rpc.response.__doc__


def test_by_name() -> None:
    found = by_name("Download")
    assert found is not None
    assert (found.callee, found.since) == ("CPE", "1.0")
    assert by_name("FormatDisk") is None
    shared = by_name("GetRPCMethods")
    assert shared is not None
    assert shared.callee == "CPE"


def test_method_names() -> None:
    assert method_names("ACS", "1.0") == ("GetRPCMethods", "Inform", "TransferComplete", "Kicked", "RequestDownload")
    assert "ChangeDUState" not in method_names("CPE", "1.1")
    assert "ChangeDUState" in method_names("CPE")


@needs_xsd
@pytest.mark.parametrize("version", VERSIONS)
def test_the_official_schema_has_the_same_messages(version: str) -> None:
    official = {row["element"] for row in field_list() if row["cwmp"] == version} - _HEADERS - {"Fault"}
    ours = {name for rpc in RPCS if rpc.in_version(version) for name in (rpc.name, rpc.response.__name__)}
    assert ours == official
