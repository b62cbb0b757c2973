"""How a phone behind a NAT stays reachable: a STUN binding kept alive, and UDP connection requests on the same port.

TR-069 Annex G. ``Binding`` is the phone's side of the conversation without a socket; ``StunClient`` gives it one.
"""

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final, NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

from acs.simulator.digest_client import Credentials

_RETRY: Final = 2.0
"""Seconds after which an unanswered request is repeated."""
_REQUEST, _RESPONSE, _ERROR = 0x0001, 0x0101, 0x0111
_MAPPED, _USERNAME, _INTEGRITY, _ERROR_CODE = 0x0001, 0x0006, 0x0008, 0x0009
_BINDING, _CHANGE = 0xC001, 0xC002
_MARK: Final = b"dslforum.org/TR-111 "


class StunSettings(NamedTuple):
    """What the ACS has set."""

    host: str
    port: int
    username: str
    password: str
    period: float
    """Seconds between two requests."""


class Binding:
    """What a phone knows of its binding, and the messages it writes."""

    def __init__(self, make_token: Callable[[], str]) -> None:
        """``make_token`` gives hexadecimal text, at least 24 digits."""
        self._make_token = make_token
        self._transaction = b""
        self.mapped: tuple[str, int] | None = None
        """Where the server sees us."""
        self._changed = True
        self._last: tuple[int, str] = (0, "")
        """Time and number of the last connection request that counted."""

    def request(self, settings: StunSettings, *, authenticated: bool = False) -> bytes:
        """A Binding Request; authenticated only when the server asked for it."""
        self._transaction = hashlib.md5(self._make_token().encode(), usedforsecurity=False).digest()
        attributes = _attribute(_BINDING, _MARK)
        if settings.username:
            name = settings.username.encode()
            attributes += _attribute(_USERNAME, name + b" " * (-len(name) % 4))
        if self._changed:
            attributes += _attribute(_CHANGE, b"")
        length = len(attributes) + (24 if authenticated else 0)
        message = _REQUEST.to_bytes(2, "big") + length.to_bytes(2, "big") + self._transaction + attributes
        if authenticated:
            padded = message + b"\0" * (-len(message) % 64)
            message += _attribute(_INTEGRITY, hmac.digest(settings.password.encode(), padded, "sha1"))
        return message

    def answered(self, data: bytes) -> str:
        """Take an answer in: ``bound``, ``moved`` (another address than before), ``challenged`` or ``ignored``."""
        if len(data) < 20 or data[4:20] != self._transaction:
            return "ignored"
        kind, attributes = int.from_bytes(data[:2], "big"), _attributes(data[20:])
        if kind == _ERROR and attributes.get(_ERROR_CODE, b"")[2:4] == b"\x04\x01":
            return "challenged"
        value = attributes.get(_MAPPED, b"")
        if kind != _RESPONSE or len(value) not in (8, 20):
            return "ignored"
        address = IPv4Address(value[4:]) if len(value) == 8 else IPv6Address(value[4:])
        mapped = (str(address), int.from_bytes(value[2:4], "big"))
        moved = mapped != self.mapped
        self.mapped, self._changed = mapped, False
        return "moved" if moved else "bound"

    def is_connection_request(self, data: bytes, who: Credentials) -> bool:
        """Whether a datagram asks us to call: its signature, its user, and that it is a new one (G.2.2.3)."""
        try:
            method, target, version = data.split(b"\r\n", 1)[0].decode("ascii").split(" ")
            query = {name: values[0] for name, values in parse_qs(urlsplit(target).query, strict_parsing=True).items()}
            ts, number, user, cn, sig = (query[name] for name in ("ts", "id", "un", "cn", "sig"))
        except (ValueError, KeyError):
            return False
        right = hmac.new(who.password.encode(), f"{ts}{number}{user}{cn}".encode(), hashlib.sha1).hexdigest()
        if method != "GET" or not version.startswith("HTTP/1.") or user != who.username or right != sig.lower():
            return False
        if not ts.isdecimal() or int(ts) <= self._last[0] or number == self._last[1]:
            return False
        self._last = int(ts), number
        return True


class StunClient(asyncio.DatagramProtocol):
    """One phone's UDP port."""

    def __init__(
        self,
        binding: Binding,
        *,
        settings: Callable[[], StunSettings | None],
        credentials: Callable[[], Credentials],
        moved: Callable[[tuple[str, int], bool], None],
        wake: Callable[[], None],
    ) -> None:
        """Not listening yet.

        Args:
            binding: the conversation.
            settings: what the ACS has set; none while STUN is switched off.
            credentials: who may wake the phone.
            moved: told the public address and whether a NAT is in between, whenever it changes.
            wake: called for a good connection request.
        """
        self._binding = binding
        self._settings = settings
        self._credentials = credentials
        self._moved = moved
        self._wake = wake
        self._transport: asyncio.DatagramTransport | None = None
        self._answer = asyncio.Event()

    async def run(self, host: str, poll: float = 0.5) -> None:
        """Keep the binding alive while STUN is switched on, until cancelled."""
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self._transport = transport
        try:
            while True:
                settings = self._settings()
                if settings is None:
                    await asyncio.sleep(poll)
                    continue
                self._answer.clear()
                self._send(self._binding.request(settings), settings)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._answer.wait(), _RETRY)
                    await self._pause(settings, poll)
        finally:
            transport.close()

    async def _pause(self, settings: StunSettings, poll: float) -> None:
        """Wait for the next request; new settings end the wait."""
        for _ in range(max(1, round(settings.period / poll))):
            if self._settings() != settings:
                return
            await asyncio.sleep(min(poll, settings.period))

    def _send(self, data: bytes, settings: StunSettings) -> None:
        assert self._transport is not None
        with contextlib.suppress(OSError):
            self._transport.sendto(data, (settings.host, settings.port))

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """An answer of the server, a connection request, or neither."""
        if data[:1] == b"G":
            if self._binding.is_connection_request(data, self._credentials()):
                self._wake()
            return
        settings = self._settings()
        if settings is None:
            return
        match self._binding.answered(data):
            case "challenged" if settings.password:
                self._send(self._binding.request(settings, authenticated=True), settings)
            case "moved":
                assert self._transport is not None
                assert self._binding.mapped is not None
                local = cast(tuple[str, int], self._transport.get_extra_info("sockname"))
                self._answer.set()
                self._moved(self._binding.mapped, self._binding.mapped != local[:2])
            case "bound":
                self._answer.set()


def _attribute(kind: int, value: bytes) -> bytes:
    return kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


def _attributes(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while len(data) >= 4:
        length = int.from_bytes(data[2:4], "big")
        found.setdefault(int.from_bytes(data[:2], "big"), data[4 : 4 + length])
        data = data[4 + length + -length % 4 :]
    return found
