"""Publishes the models as XML Schema and WSDL, as spyne writes them, one set for each CWMP version.

The structures stand in the CWMP namespace with ``elementFormDefault="unqualified"``, as in the official schemas. Three
things are mended that spyne cannot say: arrays may carry ``soap-enc:arrayType``, operations extend the abstract
OperationStruct, and only messages are elements. Order is fixed, so that the same models give the same bytes.
"""

from collections.abc import Collection, Iterator
from typing import Final

from lxml import etree

from cwmp_schemas._spyne import Struct, publish
from cwmp_schemas.codec import OPERATIONS
from cwmp_schemas.cpe_rpcs import ChangeDUState
from cwmp_schemas.faults import Fault
from cwmp_schemas.namespaces import NAMESPACE_OF, SOAP_ENC, VERSIONS, XSD
from cwmp_schemas.registry import RPCS, Callee
from cwmp_schemas.structs import OperationStruct

_XS: Final = f"{{{XSD}}}"
_WSDL_NS: Final = "http://schemas.xmlsoap.org/wsdl/"


def schema_documents(version: str) -> dict[str, bytes]:
    """The XML Schema of a CWMP version: every message of both sides, and the fault.

    Returns:
        File name (``cwmp-1-2.xsd``) to document.

    Raises:
        ValueError: for a version that is none of ``namespaces.VERSIONS``.
    """
    _check(version)
    by_name = {rpc.name: (rpc.name, rpc.request, rpc.response) for rpc in RPCS if rpc.in_version(version)}
    operations = list(by_name.values())
    published = publish(NAMESPACE_OF[version], "CWMP", operations, _further([rpc[1] for rpc in operations]), _ADDRESS)
    schema = etree.fromstring(published.schema)
    _mend(schema, version)
    return {f"cwmp-{version.replace('.', '-')}.xsd": _serialise(schema)}


def wsdl(version: str, callee: Callee = "ACS") -> bytes:
    """The WSDL of the methods that one side offers in a CWMP version, with the schema in it.

    Raises:
        ValueError: for a version that is none of ``namespaces.VERSIONS``.
    """
    _check(version)
    operations = [
        (rpc.name, rpc.request, rpc.response) for rpc in RPCS if rpc.callee == callee and rpc.in_version(version)
    ]
    published = publish(NAMESPACE_OF[version], callee, operations, _further([rpc[1] for rpc in operations]), _ADDRESS)
    document = etree.fromstring(published.wsdl)
    schema = etree.fromstring(published.schema)
    _mend(schema, version)
    (types,) = document.iter(f"{{{_WSDL_NS}}}types")
    types[:] = [schema]
    return _serialise(document)


_ADDRESS: Final = "http://localhost:7547/"
"""Where the WSDL says that the service is; every ACS has its own address."""


def _check(version: str) -> None:
    if version not in VERSIONS:
        raise ValueError(f"CWMP {version} is not known; there are {', '.join(VERSIONS)}")


def _further(messages: Collection[type[Struct]]) -> list[type[Struct]]:
    """Models that no method's fields lead to: the fault, and the operations behind their abstract base."""
    return [Fault, *(OPERATIONS.values() if ChangeDUState in messages else ())]


def _mend(schema: etree._Element, version: str) -> None:
    for complex_type in schema.iter(f"{_XS}complexType"):
        name = complex_type.get("name", "")
        if name == OperationStruct.__name__:
            complex_type.set("abstract", "true")
        elif name in OPERATIONS:
            content = etree.Element(f"{_XS}complexContent")
            extension = etree.SubElement(content, f"{_XS}extension", {"base": f"tns:{OperationStruct.__name__}"})
            extension[:] = list(complex_type)
            complex_type[:] = [content]
        elif name in _ARRAYS:
            etree.SubElement(complex_type, f"{_XS}anyAttribute", {"namespace": SOAP_ENC, "processContents": "lax"})
    for name, values in _enumerations(version):
        for simple_type in schema.iter(f"{_XS}simpleType"):
            if simple_type.get("name") == name:
                for enumeration in list(simple_type.iter(f"{_XS}enumeration")):
                    if int(enumeration.get("value", "0")) not in values:
                        simple_type[0].remove(enumeration)
    messages = {rpc.request.__name__ for rpc in RPCS} | {rpc.response.__name__ for rpc in RPCS} | {"Fault"}
    kept = [child for child in schema if child.tag != f"{_XS}element" or child.get("name") in messages]
    schema[:] = sorted(kept, key=lambda child: (_ORDER.index(str(child.tag)), child.get("name", "")))


_ORDER: Final = [f"{_XS}import", f"{_XS}simpleType", f"{_XS}complexType", f"{_XS}element"]


def _arrays() -> Iterator[str]:
    for rpc in RPCS:
        for message in (rpc.request, rpc.response):
            yield from _arrays_in(message)


def _arrays_in(model: type[Struct]) -> Iterator[str]:
    for field in model.wire_fields.values():
        if field.Attributes.wire_kind == "array":
            yield field.get_type_name()
            ((_, member),) = field._type_info.items()
            inner = member.__orig__ or member
            if issubclass(inner, Struct):
                yield from _arrays_in(inner)


_ARRAYS: Final = frozenset(_arrays())


def _enumerations(version: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names of simple types whose enumeration was another in this version, and that enumeration."""
    for rpc in RPCS:
        for message in (rpc.request, rpc.response):
            for field in message.wire_fields.values():
                if field.Attributes.wire_kind != "array":
                    continue
                ((_, member),) = field._type_info.items()
                inner = member.__orig__ or member
                for name, child in getattr(inner, "wire_fields", {}).items():
                    for until, values in getattr(child.Attributes, "earlier", {}).items():
                        if VERSIONS.index(version) <= VERSIONS.index(until):
                            yield f"{inner.__name__}_{name}Type", values


def _serialise(document: etree._Element) -> bytes:
    etree.indent(document)
    etree.cleanup_namespaces(document, keep_ns_prefixes=["tns", "xs"])
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8")
