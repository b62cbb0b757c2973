"""Which settings are secret, how they are hidden from answers, and how they are taken apart for storage.

A path is a JSON Pointer (RFC 6901), as names in a document may hold dots.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from acs.domain.phones.layers import Document
from acs.errors import BadSettings
from acs.formats import ConfigDocument, Module

HIDDEN = "***"

SECRET_PATHS = (
    "sip.lines.*.password",
    "web.accounts.*.password",
    "autoprovision.password",
    "tr069.password",
    "encryption.device_key",
    "encryption.common_key",
)
"""Typed settings that are secret; ``*`` stands for any name. Raw keys are judged by `is_secret_key`."""

_SECRETS = tuple(tuple(path.split(".")) for path in SECRET_PATHS)
_SECRET_KEY = re.compile(
    r"pass(?:word|wd)|pswd(?!encryption)|\bpwd|(?:config|cfg)\s?file\s?key|crypto\s?key|menu\s?pwd", re.IGNORECASE
)

Path = tuple[str, ...]


def is_secret_key(name: str) -> bool:
    """Whether a key of a configuration file holds a secret, by its name, as ``SIP1 Register Pswd``."""
    return _SECRET_KEY.search(name.replace("_", " ").replace(" Encryption", "Encryption")) is not None


def is_secret(path: Path) -> bool:
    """Whether a path of a settings document holds a secret."""
    if path[:1] == ("raw",):
        return len(path) > 2 and is_secret_key(path[-1])
    return any(
        len(path) == len(pattern) and all(want in ("*", name) for want, name in zip(pattern, path, strict=True))
        for pattern in _SECRETS
    )


def redact(document: Document) -> dict[str, Any]:
    """The document with every secret that it holds as ``***``; nulls and empty texts hide nothing and stay."""
    return _replaced(document, lambda _, value: HIDDEN if value not in (None, "") else value)


def redact_config(document: ConfigDocument) -> ConfigDocument:
    """The configuration file with every secret in it as ``***``."""
    return ConfigDocument(
        tuple(
            Module(
                module.name,
                tuple(
                    replace(item, value=HIDDEN) if item.value and is_secret_key(item.name) else item
                    for item in module.items
                ),
            )
            for module in document.modules
        ),
        document.version,
    )


def split_secrets(document: Document) -> tuple[dict[str, Any], dict[str, str]]:
    """The document with ``***`` for its secrets, and the secrets by path, to be encrypted at rest."""
    secrets: dict[str, str] = {}

    def take(path: Path, value: Any) -> Any:
        if value in (None, ""):
            return value
        secrets[pointer(path)] = str(value)
        return HIDDEN

    return _replaced(document, take), secrets


def join_secrets(document: Document, secrets: Mapping[str, str]) -> dict[str, Any]:
    """What `split_secrets` took apart, whole again."""
    whole: dict[str, Any] = dict(document)
    copied: dict[str, dict[str, Any]] = {"": whole}
    for place, secret in secrets.items():
        here, at = whole, ""
        *parents, last = place.split("/")[1:]
        for part in parents:
            at += f"/{part}"
            name = _unescaped(part)
            if at not in copied:
                copied[at] = here[name] = dict(here[name])
            here = copied[at]
        here[_unescaped(last)] = secret
    return whole


def keep_secrets(new: Document, old: Document) -> dict[str, Any]:
    """A new document in which ``***`` at a secret's place, as `redact` shows it, means the old document's secret.

    Raises:
        BadSettings: there is no old secret at that place.
    """
    known = split_secrets(old)[1]

    def fill(path: Path, value: Any) -> Any:
        if value != HIDDEN:
            return value
        if pointer(path) not in known:
            name = ".".join(path)
            raise BadSettings(f"{name}: {HIDDEN} stands for a secret that is set, and none is", field=name)
        return known[pointer(path)]

    return _replaced(new, fill)


def pointer(path: Path) -> str:
    """The JSON Pointer of a path."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _replaced(document: Document, change: Callable[[Path, Any], Any]) -> dict[str, Any]:
    def walk(value: Any, path: Path) -> Any:
        if isinstance(value, Mapping):
            return {name: walk(below, (*path, name)) for name, below in value.items()}
        return change(path, value) if is_secret(path) else value

    return {name: walk(value, (name,)) for name, value in document.items()}


def secrets_in(document: Document) -> Iterator[str]:
    """Every secret text of a document, for a log filter to know."""
    yield from split_secrets(document)[1].values()
