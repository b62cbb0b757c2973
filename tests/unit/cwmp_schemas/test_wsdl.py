import subprocess
import sys

import pytest
from lxml import etree

from cwmp_schemas.acs_rpcs import Inform
from cwmp_schemas.envelope import write
from cwmp_schemas.namespaces import NAMESPACE_OF, VERSIONS
from cwmp_schemas.registry import RPCS, Callee
from cwmp_schemas.wsdl import schema_documents, wsdl
from tests.unit.cwmp_schemas.strategies import examples

_XS = "{http://www.w3.org/2001/XMLSchema}"
_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"


def _schema(version: str) -> etree._Element:
    ((name, document),) = schema_documents(version).items()
    assert name == f"cwmp-{version.replace('.', '-')}.xsd"
    return etree.fromstring(document)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_published_schema_accepts_what_we_write(version: str) -> None:
    schema = etree.XMLSchema(_schema(version))
    for full in (False, True):
        for message in examples(version, full=full):
            envelope = etree.fromstring(write(message, cwmp_namespace=NAMESPACE_OF[version], id="1"))
            body = envelope[1][0]
            found = body[-1][0] if str(body.tag).endswith("}Fault") else body
            schema.assertValid(found)


def test_the_published_schema_refuses_mistakes() -> None:
    schema = etree.XMLSchema(_schema("1.4"))
    inform = next(message for message in examples("1.4", full=True) if isinstance(message, Inform))
    body = etree.fromstring(write(inform, cwmp_namespace=NAMESPACE_OF["1.4"], id="1"))[1][0]
    body.remove(body[2])
    assert not schema.validate(body)


@pytest.mark.parametrize("version", VERSIONS)
def test_only_messages_are_elements_and_children_are_unqualified(version: str) -> None:
    schema = _schema(version)
    assert schema.get("targetNamespace") == NAMESPACE_OF[version]
    assert schema.get("elementFormDefault") == "unqualified"
    names = {name for rpc in RPCS if rpc.in_version(version) for name in (rpc.name, rpc.response.__name__)}
    assert {child.get("name") for child in schema if child.tag == f"{_XS}element"} == names | {"Fault"}


def test_notification_has_the_values_of_its_version() -> None:
    def values(version: str) -> list[str | None]:
        (found,) = [
            node for node in _schema(version) if node.get("name") == "ParameterAttributeStruct_NotificationType"
        ]
        return [node.get("value") for node in found.iter(f"{_XS}enumeration")]

    assert values("1.1") == ["0", "1", "2"]
    assert values("1.2") == ["0", "1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize("version", ["1.0", "1.4"])
@pytest.mark.parametrize("callee", ["ACS", "CPE"])
def test_the_wsdl_lists_the_methods_of_a_side(version: str, callee: Callee) -> None:
    document = etree.fromstring(wsdl(version, callee))
    assert document.get("targetNamespace") == NAMESPACE_OF[version]
    (port_type,) = document.iter(f"{_WSDL}portType")
    assert [operation.get("name") for operation in port_type] == [
        rpc.name for rpc in RPCS if rpc.callee == callee and rpc.in_version(version)
    ]
    (types,) = document.iter(f"{_WSDL}types")
    etree.XMLSchema(etree.fromstring(etree.tostring(types[0])))


def test_a_foreign_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"CWMP 1\.5 is not known"):
        schema_documents("1.5")
    with pytest.raises(ValueError, match=r"CWMP 2 is not known"):
        wsdl("2")


def test_publishing_leaves_no_trace_and_gives_the_same_bytes() -> None:
    first = schema_documents("1.0"), wsdl("1.4", "CPE")
    assert Inform.__namespace__ == ""  # type: ignore[attr-defined]
    schema_documents("1.2")
    assert (schema_documents("1.0"), wsdl("1.4", "CPE")) == first
    code = "import sys; from cwmp_schemas import wsdl; sys.stdout.buffer.write(wsdl.wsdl('1.4', 'CPE'))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert other.stdout == first[1]
    assert other.stderr == b""
