"""What a file is wrapped in on its way to the phone: nothing, or encryption. A container is a row of the registry.

Plain is the only one so far. An encrypting container takes its randomness as an argument, so that equal input gives
equal bytes here too, and says by its name exactly how it wraps: the maker's own way is not public.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from acs.errors import BadRequest


class Container(Protocol):
    """A way to wrap a file. ``key`` is the phone's, ``nonce`` fresh random bytes; plain takes neither."""

    name: str
    encrypts: bool

    def seal(self, data: bytes, *, key: bytes = b"", nonce: bytes = b"") -> bytes:
        """The bytes that the phone gets."""
        ...

    def open(self, data: bytes, *, key: bytes = b"") -> bytes:
        """The file back. Raises `acs.errors.BadFile` if the key does not fit."""
        ...


class Plain:
    """No wrapping at all."""

    name = "plain"
    encrypts = False

    def seal(self, data: bytes, *, key: bytes = b"", nonce: bytes = b"") -> bytes:
        """The very bytes. Raises `BadRequest` when given a key: a phone with a key takes no plain file."""
        if key:
            raise BadRequest("a phone that has a key takes only encrypted files", field="encryption.device_key")
        return data

    def open(self, data: bytes, *, key: bytes = b"") -> bytes:
        """The very bytes."""
        return data


CONTAINERS: Mapping[str, Container] = MappingProxyType({container.name: container for container in (Plain(),)})
"""Containers by name."""


def container(name: str) -> Container:
    """The container of that name. Raises `BadRequest` if there is none."""
    if name not in CONTAINERS:
        raise BadRequest(f"no container {name!r}; known: {', '.join(CONTAINERS)}", field="container")
    return CONTAINERS[name]
