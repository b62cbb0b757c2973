"""What must hold of any bytes: functions that a fuzzer calls with its inventions, and tests with what was once found.

They raise when something does not hold, and know nothing of who calls them.
"""

from __future__ import annotations

import contextlib

from lxml import etree

from acs import formats
from acs.errors import BadFile, BadSettings
from acs.protocols.cwmp import events as ev
from acs.protocols.cwmp.commands import Ask, Reply
from acs.protocols.cwmp.session import Session
from cwmp_schemas import envelope
from cwmp_schemas.acs_rpcs import Inform
from cwmp_schemas.cpe_rpcs import GetParameterValues
from cwmp_schemas.sanitize import Limits, Notes, Refused, parse
from cwmp_schemas.structs import DeviceIdStruct

LIMITS = Limits(max_bytes=64 * 1024)
CONTENT_TYPES = (
    "",
    "text/xml; charset=utf-8",
    "text/xml; charset=ISO-8859-1",
    "text/xml; charset='gb2312'",
    "text/xml; charset=utf-16",
    "text/xml; charset=utf-7",
    "text/xml; charset=shift_jis",
    "application/soap+xml;charset=\u00e4",
)


def _split(data: bytes) -> tuple[str, bytes]:
    """The first byte chooses the Content-Type, the rest is the body."""
    return (CONTENT_TYPES[data[0] % len(CONTENT_TYPES)], data[1:]) if data else ("", b"")


def sanitized(data: bytes) -> None:
    """``parse`` gives a harmless tree or ``Refused``: no document type, no entities, elements only, not too deep."""
    content_type, body = _split(data)
    notes = Notes(LIMITS)
    try:
        root = parse(body, content_type, notes)
    except Refused:
        return
    assert root.getroottree().docinfo.internalDTD is None
    assert len(notes.oddities) <= LIMITS.max_oddities
    for element in root.iter():
        assert isinstance(element.tag, str), type(element)
        text = (element.text or "") + (element.tail or "")
        assert "\0" not in text
        text.encode()  # no lone surrogates
        assert sum(1 for _ in element.iterancestors()) < LIMITS.max_depth


def read(data: bytes) -> None:
    """Whatever is read can be answered, in its namespace and with its ID, and the session core goes on."""
    content_type, body = _split(data)
    try:
        message = envelope.read(body, content_type, limits=LIMITS)
    except Refused:
        return
    hash(message.body)
    assert repr(message)
    event = ev.from_envelope(message)
    for session in _sessions():
        stepped, commands = session.step(event)
        assert Session.load(stepped.dump()) == stepped
        for command in commands:
            if isinstance(command, Reply):
                _answered(
                    envelope.write(command.message, cwmp_namespace=message.cwmp_namespace, id=message.id or ""), message
                )
    if message.body is not None and not isinstance(message.body, Inform):
        with contextlib.suppress(ValueError):  # a value's type may be none that we write
            again = envelope.write(message.body, cwmp_namespace=message.cwmp_namespace, id=message.id or "")
            etree.fromstring(again)


def _sessions() -> tuple[Session, ...]:
    """A session before, in the middle of, and after its requests."""
    new = Session.new("s")
    opened, _ = new.step(ev.InformReceived(_INFORM, "urn:dslforum-org:cwmp-1-0", "1"))
    ready, _ = opened.step(ev.EmptyPost())
    asked, commands = ready.step(ev.WorkOffered(GetParameterValues(ParameterNames=("Device.",)), "2", "task"))
    assert isinstance(commands[-1], Ask)
    closing, _ = ready.step(ev.WorkDone())
    return new, opened, asked, closing


def _answered(answer: bytes, message: envelope.Envelope) -> None:
    root = etree.fromstring(answer, etree.XMLParser(resolve_entities=False, no_network=True))
    (header, body) = list(root)
    assert (header[0].text or "") == (message.id or "")
    namespace = etree.QName(next(body.iterdescendants("{*}*"))).namespace
    if message.cwmp_namespace and not str(body[0].tag).endswith("}Fault"):
        assert namespace == message.cwmp_namespace


def phone_file(data: bytes) -> None:
    """A phone's file is a document or `BadFile`; a document is written or `BadSettings`, and then reads the same."""
    try:
        document = formats.read(data)
    except BadFile:
        return
    for dialect in formats.Dialect:
        with contextlib.suppress(BadSettings):
            written = formats.write(document, dialect)
            again = formats.read(written)
            assert formats.write(again, dialect) == formats.write(formats.read(formats.write(again, dialect)), dialect)


_INFORM = Inform(
    DeviceId=DeviceIdStruct(Manufacturer="Fanvil", OUI="0C383E", ProductClass="X5U", SerialNumber="1"),
    Event=(),
    CurrentTime="",
    ParameterList=(),
)

TARGETS = {"sanitize": sanitized, "codec": read, "phone": phone_file}
