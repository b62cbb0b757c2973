"""The official schemas as validators, and their field list. Use only under ``needs_xsd``."""

import csv
from functools import cache
from typing import Any

from lxml import etree

from tests.reference import XSD

_LOCAL = {
    "http://schemas.xmlsoap.org/soap/envelope/": "soap-envelope.xsd",
    "http://schemas.xmlsoap.org/soap/encoding/": "soap-encoding.xsd",
}


class _Resolver(etree.Resolver):
    """Imports and includes come from the folder, never from the network."""

    def resolve(self, system_url: str | None, public_id: str | None, context: object) -> Any:
        assert XSD is not None
        assert system_url is not None
        name = _LOCAL.get(system_url) or system_url.rpartition("/")[2]
        assert (XSD / name).is_file(), system_url
        return self.resolve_filename(str(XSD / name), context)


@cache
def official_schema(version: str) -> etree.XMLSchema:
    """The schema of one CWMP version; it knows the SOAP envelope too."""
    assert XSD is not None
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    parser.resolvers.add(_Resolver())
    return etree.XMLSchema(etree.parse(str(XSD / f"cwmp-{version.replace('.', '-')}.xsd"), parser))


def problems(data: bytes, version: str) -> list[str]:
    """What the official schema finds wrong with a message; it must be nothing."""
    schema = official_schema(version)
    document = etree.fromstring(data)
    return [] if schema.validate(document) else [str(entry) for entry in schema.error_log]


@cache
def field_list() -> tuple[dict[str, str], ...]:
    """Rows of ``rpc_fields.csv``."""
    assert XSD is not None
    with (XSD / "rpc_fields.csv").open(newline="") as file:
        return tuple(csv.DictReader(file))
