from cwmp_schemas.cpe_rpcs import GetRPCMethods
from cwmp_schemas.envelope import write
from cwmp_schemas.headers import MUST_UNDERSTAND, NONE, HeaderExtras
from cwmp_schemas.namespaces import CWMP_1_2

_ALL = HeaderExtras(
    session_timeout=60,
    supported_versions=("1.0", "1.4"),
    use_version="1.4",
    hold_requests=True,
    no_more_requests=False,
)


def test_every_header_has_its_must_understand() -> None:
    text = write(GetRPCMethods(), cwmp_namespace=CWMP_1_2, id="i", header=_ALL).decode()
    content = {
        "ID": "i",
        "HoldRequests": "1",
        "NoMoreRequests": "0",
        "SessionTimeout": "60",
        "SupportedCWMPVersions": "1.0,1.4",
        "UseCWMPVersion": "1.4",
    }
    assert content.keys() == MUST_UNDERSTAND.keys()
    for name, value in content.items():
        assert f'<cwmp:{name} soap-env:mustUnderstand="{MUST_UNDERSTAND[name]}">{value}</cwmp:{name}>' in text


def test_nothing_but_the_id_by_default() -> None:
    text = write(GetRPCMethods(), cwmp_namespace=CWMP_1_2, id="i", header=NONE).decode()
    assert '<soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">i</cwmp:ID></soap-env:Header>' in text
