import asyncio
import socket
from ipaddress import ip_address
from typing import Any

import pytest

from acs.edges.connection_request import addresses
from acs.edges.connection_request.addresses import is_ours, resolve
from acs.errors import BadRequest


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9"])
def test_addresses_of_this_machine(address: str) -> None:
    assert is_ours(ip_address(address))


@pytest.mark.parametrize("address", ["192.0.2.77", "8.8.8.8", "2001:db8::77"])
def test_addresses_of_others(address: str) -> None:
    assert not is_ours(ip_address(address))


def test_a_machine_that_binds_to_anything_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_binds", lambda _: True)
    assert not is_ours(ip_address("10.0.0.5"))


async def test_literals_are_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", None)
    assert await resolve("10.0.0.5") == (ip_address("10.0.0.5"),)
    assert await resolve("::ffff:10.0.0.5") == (ip_address("10.0.0.5"),)


async def test_every_address_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*_: Any, **options: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", ("10.0.0.5", 0)), (socket.AF_INET6, 1, 6, "", ("fe80::1%eth0", 0, 0, 2))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
    assert await resolve("phone.example") == (ip_address("10.0.0.5"), ip_address("fe80::1"))


async def test_a_name_without_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any, **options: Any) -> list[Any]:
        return []

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", nothing)
    with pytest.raises(BadRequest, match="has no address"):
        await resolve("phone.example")


async def test_a_name_that_cannot_even_be_asked_for() -> None:
    with pytest.raises(BadRequest, match="cannot be resolved"):
        await resolve("x" * 70 + ".example")
