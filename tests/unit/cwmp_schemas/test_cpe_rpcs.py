from cwmp_schemas import cpe_rpcs
from cwmp_schemas.registry import RPCS


def test_every_message_of_the_module_is_registered() -> None:
    defined = {name for name, value in vars(cpe_rpcs).items() if getattr(value, "__module__", "") == cpe_rpcs.__name__}
    registered = {name for rpc in RPCS if rpc.callee == "CPE" for name in (rpc.name, rpc.response.__name__)}
    assert defined == registered


def test_a_download_needs_only_what_differs() -> None:
    download = cpe_rpcs.Download(
        CommandKey="k", FileType="3 Vendor Configuration File", URL="http://acs.example/t/x/001565113af8.cfg"
    )
    assert list(download.wire_fields) == [
        "CommandKey",
        "FileType",
        "URL",
        "Username",
        "Password",
        "FileSize",
        "TargetFileName",
        "DelaySeconds",
        "SuccessURL",
        "FailureURL",
    ]
    assert (download.FileSize, download.DelaySeconds, download.Username) == (0, 0, "")


def test_optional_arguments_are_none() -> None:
    assert cpe_rpcs.ChangeDUState(Operations=()).CommandKey is None
