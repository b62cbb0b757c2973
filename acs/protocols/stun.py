"""STUN as phones speak it: RFC 3489 with the attributes of TR-111 part 2, and enough of RFC 5389 to be understood.

``read`` takes a datagram apart, ``write`` puts one together, ``is_authentic`` checks MESSAGE-INTEGRITY, and
``answer`` says what a server answers. A phone keeps a binding alive from the port on which it waits for UDP connection
requests; CONNECTION-REQUEST-BINDING marks such a request, BINDING-CHANGE says that its public address is a new one
(cwmp.md 3.3).
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from typing import Final

from acs.protocols.addresses import canonical

BINDING_REQUEST: Final = 0x0001
BINDING_RESPONSE: Final = 0x0101
BINDING_ERROR: Final = 0x0111

MAPPED_ADDRESS: Final = 0x0001
RESPONSE_ADDRESS: Final = 0x0002
USERNAME: Final = 0x0006
MESSAGE_INTEGRITY: Final = 0x0008
ERROR_CODE: Final = 0x0009
XOR_MAPPED_ADDRESS: Final = 0x0020
CONNECTION_REQUEST_BINDING: Final = 0xC001
BINDING_CHANGE: Final = 0xC002

MARK: Final = b"dslforum.org/TR-111 "
"""Value of CONNECTION-REQUEST-BINDING."""
COOKIE: Final = b"\x21\x12\xa4\x42"
"""Begins the transaction identifier of RFC 5389 clients."""
MAX_MESSAGE: Final = 1280
HEADER: Final = 20
_INTEGRITY: Final = 24
_REASONS: Final = {400: "Bad Request", 401: "Unauthorized", 431: "Integrity Check Failure", 432: "Missing Username"}

Endpoint = tuple[str, int]
"""Address and port."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    type: int
    transaction_id: bytes
    """16 bytes; the first four are the magic cookie where the other side speaks RFC 5389."""
    attributes: tuple[tuple[int, bytes], ...] = ()
    """In order, without what follows MESSAGE-INTEGRITY."""
    signed: bytes = b""
    """What MESSAGE-INTEGRITY covers: everything before it; empty without one."""
    size: int = 0
    """Bytes of the datagram."""

    def get(self, kind: int) -> bytes | None:
        """Value of an attribute; the first one counts."""
        return next((value for each, value in self.attributes if each == kind), None)

    @property
    def is_modern(self) -> bool:
        """Whether the sender speaks RFC 5389."""
        return self.transaction_id[:4] == COOKIE

    @property
    def marks_connection_requests(self) -> bool:
        """Whether connection requests shall go where this message came from."""
        value = self.get(CONNECTION_REQUEST_BINDING)
        return value is not None and value.rstrip(b" \0") == MARK.rstrip(b" ")

    @property
    def username(self) -> str:
        """USERNAME without its padding; phones pad with blanks or zeros."""
        return (self.get(USERNAME) or b"").rstrip(b" \0").decode("utf-8", "replace")


def read(data: bytes) -> Message | None:
    """Take a datagram apart; none if it is no STUN message or a broken one."""
    if not HEADER <= len(data) <= MAX_MESSAGE or data[0] & 0xC0:
        return None
    if int.from_bytes(data[2:4], "big") != len(data) - HEADER:
        return None
    attributes: list[tuple[int, bytes]] = []
    at, signed = HEADER, b""
    while at < len(data):
        if len(data) - at < 4:
            return None
        kind, length = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
        value = data[at + 4 : at + 4 + length]
        if len(value) != length:
            return None
        if not signed:  # what follows MESSAGE-INTEGRITY is not covered by it
            attributes.append((kind, value))
        if kind == MESSAGE_INTEGRITY and not signed:
            if length != 20:
                return None
            signed = data[:at]
        at += 4 + length + -length % 4
    return Message(int.from_bytes(data[:2], "big"), data[4:HEADER], tuple(attributes), signed, len(data))


def write(
    kind: int,
    transaction_id: bytes,
    attributes: Sequence[tuple[int, bytes]] = (),
    *,
    password: str | None = None,
) -> bytes:
    """Put a message together; with a password it is signed.

    USERNAME is padded with a blank as RFC 3489 wants it (a value is a multiple of four long).
    """
    body = b""
    for each, value in attributes:
        padded = value + b" " * (-len(value) % 4)
        body += each.to_bytes(2, "big") + len(padded).to_bytes(2, "big") + padded
    length = len(body) + (0 if password is None else _INTEGRITY)
    message = kind.to_bytes(2, "big") + length.to_bytes(2, "big") + transaction_id + body
    if password is None:
        return message
    classic = transaction_id[:4] != COOKIE
    return message + b"\x00\x08\x00\x14" + integrity(message, password, padded=classic)


def integrity(covered: bytes, password: str, *, padded: bool = True) -> bytes:
    """HMAC-SHA1 over the message up to MESSAGE-INTEGRITY, padded with zeros to 64 bytes (RFC 3489 11.2.8).

    Args:
        covered: the message so far; the length in its header counts MESSAGE-INTEGRITY already.
        password: the shared secret.
        padded: false for RFC 5389, which pads no more.
    """
    if padded:
        covered += b"\0" * (-len(covered) % 64)
    return hmac.digest(password.encode(), covered, "sha1")


def is_authentic(message: Message, password: str) -> bool:
    """Whether MESSAGE-INTEGRITY is right.

    Which length the header shall show, and whether it is padded, is read differently: any of the readings is taken.
    """
    given = message.get(MESSAGE_INTEGRITY)
    if given is None or not message.signed:
        return False
    counted = len(message.signed) - HEADER + _INTEGRITY  # RFC 5389: as if MESSAGE-INTEGRITY were the last one
    readings = {
        message.signed,
        message.signed[:2] + counted.to_bytes(2, "big") + message.signed[4:],
        message.signed[:2] + (counted - _INTEGRITY).to_bytes(2, "big") + message.signed[4:],
    }
    right = False
    for covered in readings:
        for padded in (True, False):
            right |= hmac.compare_digest(given, integrity(covered, password, padded=padded))
    return right


def address_value(endpoint: Endpoint, mask: bytes = b"") -> bytes:
    """Value of MAPPED-ADDRESS; with a mask (cookie and transaction identifier) that of XOR-MAPPED-ADDRESS."""
    host, port = ip_address(canonical(endpoint[0])), endpoint[1]
    packed, number = host.packed, port.to_bytes(2, "big")
    if mask:
        packed = bytes(a ^ b for a, b in zip(packed, mask, strict=False))
        number = bytes(a ^ b for a, b in zip(number, mask, strict=False))
    return b"\0" + (b"\x01" if isinstance(host, IPv4Address) else b"\x02") + number + packed


def endpoint_of(value: bytes, mask: bytes = b"") -> Endpoint | None:
    """Read a value of MAPPED-ADDRESS, RESPONSE-ADDRESS or (with its mask) XOR-MAPPED-ADDRESS; none if it is broken."""
    if len(value) not in (8, 20) or value[1] != (1 if len(value) == 8 else 2):
        return None
    number, packed = value[2:4], value[4:]
    if mask:
        number = bytes(a ^ b for a, b in zip(number, mask, strict=False))
        packed = bytes(a ^ b for a, b in zip(packed, mask, strict=False))
    return str(ip_address(packed)), int.from_bytes(number, "big")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server does with a request."""

    data: bytes
    """The answer; empty: none is given."""
    to: Endpoint
    binding: str = ""
    """The user whose authenticated binding this is; empty: nobody's."""
    challenged: bool = False
    """It was asked to prove who it is."""


def answer(
    request: Message,
    source: Endpoint,
    *,
    password_of: Callable[[str], str | None],
    may_challenge: bool,
) -> Answer:
    """Say what a server answers to a Binding Request.

    An answer to someone who did not authenticate is never larger than the request, so that nobody can have us flood
    another. A bare request of 20 bytes is therefore not answered; phones send 24 more to mark their binding.

    Args:
        request: what came.
        source: from where.
        password_of: secret of a user; none for an unknown one, which is answered like a wrong password.
        may_challenge: whether a binding that names a user of ours may be asked to authenticate now; one that names
            somebody else was set by hand, and could not.
    """
    to = source
    if (wanted := request.get(RESPONSE_ADDRESS)) is not None:
        there = endpoint_of(wanted)
        if there is None or not there[1] or not _same_host(there[0], source[0]):
            return Answer(b"", source)  # it would hit a third party
        to = (source[0], there[1])
    if request.get(MESSAGE_INTEGRITY) is not None:
        if not request.username:
            return _refused(request, source, 432)
        password = password_of(request.username)
        if password is None or not is_authentic(request, password):
            return _refused(request, source, 431)
        data = write(BINDING_RESPONSE, request.transaction_id, _mapped(request, source), password=password)
        return Answer(data, to, request.username if request.marks_connection_requests and to == source else "")
    asks = may_challenge and request.marks_connection_requests and to == source
    if asks and request.username and password_of(request.username) is not None:
        refusal = _refused(request, source, 401)
        return Answer(refusal.data, source, challenged=bool(refusal.data))
    data = write(BINDING_RESPONSE, request.transaction_id, _mapped(request, source))
    return Answer(data if len(data) <= request.size else b"", to)


def _mapped(request: Message, source: Endpoint) -> list[tuple[int, bytes]]:
    if request.is_modern:
        return [(XOR_MAPPED_ADDRESS, address_value(source, request.transaction_id))]
    return [(MAPPED_ADDRESS, address_value(source))]


def _refused(request: Message, source: Endpoint, code: int) -> Answer:
    """Give an error in full, or without its words if they would make it larger than the request, or none at all."""
    for words in (_REASONS[code], ""):
        value = b"\0\0" + bytes((code // 100, code % 100)) + words.encode()
        data = write(BINDING_ERROR, request.transaction_id, [(ERROR_CODE, value)])
        if len(data) <= request.size:
            return Answer(data, source)
    return Answer(b"", source)


def _same_host(one: str, other: str) -> bool:
    return canonical(one) == canonical(other)
