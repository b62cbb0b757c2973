import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import Inform, RequestDownloadResponse
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import AutonOpResultStruct, EventStruct, OpResultStruct

ROOT = Path(__file__).parents[3]

_PROBE = "import importlib.util as u, sys; sys.exit(0 if u.find_spec('spyne') and u.find_spec('lxml') else 3)"
_CHECK = """
from cwmp_schemas import cpe_rpcs, wsdl
from cwmp_schemas.envelope import read, write
reboot = cpe_rpcs.Reboot(CommandKey="k")
assert read(write(reboot, cwmp_namespace="urn:dslforum-org:cwmp-1-2", id="1")).body == reboot
assert b"Reboot" in wsdl.wsdl("1.4", "CPE")
"""


def _interpreters() -> dict[str, str]:
    """Python of each supported version: this one, ``ACS_TEST_PYTHONS`` (paths, colon between), and what PATH has."""
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
    candidates = [path for path in os.environ.get("ACS_TEST_PYTHONS", "").split(os.pathsep) if path]
    candidates += [f"python3.{minor}" for minor in (11, 12, 13)]
    for candidate in candidates:
        command = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        try:
            answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        except (OSError, subprocess.SubprocessError):
            continue
        found.setdefault(answer.stdout.strip(), candidate)
    return found


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_imports_and_works_without_a_warning(version: str) -> None:
    python = _interpreters().get(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    if subprocess.run([python, "-c", _PROBE], capture_output=True, timeout=60, check=False).returncode:
        pytest.skip(f"Python {version} has no spyne and lxml; set ACS_TEST_PYTHONS to one that has")
    # -B: the warnings of spyne's source appear only when it is compiled, so do not let it be cached
    answer = subprocess.run(
        [python, "-B", "-W", "error", "-c", _CHECK],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")


def test_constructor_wants_every_field_without_a_default() -> None:
    with pytest.raises(TypeError, match=r"EventStruct\(\) needs EventCode"):
        EventStruct()  # type: ignore[call-arg]


def test_constructor_refuses_what_is_no_field() -> None:
    with pytest.raises(TypeError, match="has no field CommandKeys"):
        EventStruct(EventCode="1 BOOT", CommandKeys="")  # type: ignore[call-arg]


def test_values_are_equal_by_content_and_hashable() -> None:
    one, same = EventStruct(EventCode="1 BOOT"), EventStruct(EventCode="1 BOOT", CommandKey="")
    assert one == same
    assert len({one, same}) == 1
    assert one != EventStruct(EventCode="1 BOOT", CommandKey="k")
    assert repr(one) == "EventStruct(EventCode='1 BOOT', CommandKey='')"


def test_values_are_immutable() -> None:
    event = EventStruct(EventCode="1 BOOT")
    with pytest.raises(AttributeError, match="EventStruct is immutable"):
        event.EventCode = "2 PERIODIC"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="EventStruct is immutable"):
        del event.EventCode


def test_values_can_be_pickled() -> None:
    event = EventStruct(EventCode="1 BOOT")
    assert pickle.loads(pickle.dumps(event)) == event


def test_a_message_without_fields_is_true() -> None:
    assert RequestDownloadResponse()
    assert RequestDownloadResponse() == RequestDownloadResponse()


def test_fields_of_the_base_come_first() -> None:
    assert list(AutonOpResultStruct.wire_fields) == [*OpResultStruct.wire_fields, "OperationPerformed"]


def test_fields_beside_the_message_are_not_on_the_wire() -> None:
    assert "soap_code" not in Fault.wire_fields
    assert Fault(FaultCode=9003).soap_code == "Client"
    assert Fault(FaultCode=9003, soap_code="Server").soap_code == "Server"


def test_models_have_no_namespace_of_their_own() -> None:
    assert Struct.__namespace__ == ""  # type: ignore[attr-defined]
    assert Inform.__namespace__ == ""  # type: ignore[attr-defined]
