"""How a phone can be asked to call: where phones may be, which ways to try in which order, when it calls by itself.

An address comes from the phone, so it is held to where a phone can be (cwmp.md 3.2): never ours, never a metadata
service, never loopback or link-local, unless the phone itself calls from there or an operator says that phones are
there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from acs.protocols.addresses import Address, Network, plain

_METADATA: Final = frozenset(
    ip_address(each)
    for each in ("169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)
"""Where clouds keep the secrets of their machines."""
_NAT64: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_COMPATIBLE: Final = ip_network("::/96")
_PRIVATE: Final = tuple(
    ip_network(each)
    for each in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
"""Addresses that mean another host elsewhere (RFC 1918, 6598, 3927, 4193)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where phones may be, and what is ours."""

    networks: tuple[Network, ...] = ()
    """Where phones are; empty: anywhere but in the refused classes."""
    own_names: frozenset[str] = frozenset()
    """Hosts of our own URLs, in lower case."""
    own_ports: frozenset[int] = frozenset()
    """Ports that we listen on."""


class Why(StrEnum):
    """Why an address is not asked."""

    OURS = "it is this server itself"
    OUR_HOST = "it is this server's own address, and the phone does not call from there"
    LOOPBACK = "it is a loopback address, and the phone does not call from there"
    NOWHERE = "it is not an address where a phone can be"
    ELSEWHERE = "it is outside ACS_CPE_NETWORKS"


def why_not(
    address: Address, port: int, ground: Ground, *, ours: bool, called_from: str, caller_is_ours: bool = False
) -> Why | None:
    """Say why an address must not be asked; none if it may.

    Args:
        address: where to connect to.
        port: the port there.
        ground: where phones may be.
        ours: whether the address is one of this machine.
        called_from: source of the phone's last Inform.
        caller_is_ours: whether that source is an address of this machine.
    """
    caller = plain(called_from)
    for each in _meant(address):
        if each in _METADATA or each.is_multicast or each.is_unspecified or _reserved(each):
            return Why.NOWHERE
    ours = ours or str(address) in ground.own_names
    if ours and port in ground.own_ports:
        return Why.OURS
    named = [network for network in ground.networks if address in network]
    if ground.networks and not named:
        return Why.ELSEWHERE
    for each in _meant(address):
        # A wide range such as 0.0.0.0/0 opens none of these; one that lies within them does.
        if each.is_loopback and not (
            any(network.is_loopback for network in named) or (not named and caller is not None and caller.is_loopback)
        ):
            return Why.LOOPBACK
        if each.is_link_local and not (any(network.is_link_local for network in named) or each == caller):
            return Why.NOWHERE
    if not ours or address.is_loopback or caller_is_ours or address == caller:
        return None
    return None if any(network.num_addresses == 1 for network in named) else Why.OUR_HOST


def _meant(address: Address) -> Iterator[Address]:
    """The address, and those that hide in it: 6to4, Teredo, NAT64, IPv4-compatible."""
    yield address
    if not isinstance(address, IPv6Address):
        return
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _NAT64):
        inner.append(IPv4Address(address.packed[12:]))
    if address in _COMPATIBLE and int(address) > 1:
        inner.append(IPv4Address(address.packed[12:]))
    yield from (each for each in inner if each is not None)


def _reserved(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        return address.is_reserved and not address.is_loopback and not any(address in each for each in _NAT64)
    return address.is_reserved or address.packed[0] == 0


class Way(StrEnum):
    """How a phone is asked."""

    HTTP = "http"
    UDP = "udp"
    XMPP = "xmpp"


def ways(
    *, http_host: str | None, called_from: str, nat_detected: bool = False, udp: bool = False, xmpp: bool = False
) -> tuple[Way, ...]:
    """Give the ways in the order in which they are tried.

    HTTP comes first: it is the only one that answers. Behind a NAT it comes last, because then the private address in
    the phone's URL is nobody's or, worse, somebody else's.

    Args:
        http_host: host of its ConnectionRequestURL; none where there is none that can be used.
        called_from: source of its last Inform.
        nat_detected: it says so itself (``NATDetected``).
        udp: we can send from a STUN socket, and know where to.
        xmpp: we are logged in to an XMPP server, and know its Jabber identifier.
    """
    others = [way for way, known in ((Way.UDP, udp), (Way.XMPP, xmpp)) if known]
    if http_host is None:
        return tuple(others)
    if nat_detected or is_behind_nat(http_host, called_from):
        return (*others, Way.HTTP)
    return (Way.HTTP, *others)


def is_behind_nat(http_host: str, called_from: str) -> bool:
    """Whether a phone tells a private address and calls from a public one."""
    told, seen = plain(http_host), plain(called_from)
    return told is not None and seen is not None and told != seen and _private(told) and not _private(seen)


def _private(address: Address) -> bool:
    return any(address in network for network in _PRIVATE)


def seconds_to_next_contact(
    *, enabled: bool, interval: int | None, last_inform_at: float | None, now: float
) -> int | None:
    """Say in how many seconds a phone will call by itself; none if that is not known (quirk 184).

    PeriodicInformTime would tell it exactly, but few phones keep to it; they count from their last call.
    """
    if not enabled or not interval or last_inform_at is None:
        return None
    return max(1, round(interval - (now - last_inform_at) % interval))
