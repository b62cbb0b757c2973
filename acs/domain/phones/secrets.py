"""Which settings are secret, how they are hidden from answers, and how they are taken apart for storage.

A path is a JSON Pointer (RFC 6901), as names in a document may hold dots.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from acs.domain.phones.layers import Document
from acs.errors import BadSettings
from acs.formats import ConfigDocument, Item, Module

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
    r"pass(?:word|wd|phrase)|pswd(?!encryption)|\bpwd|(?:config|cfg)\s?file\s?key|(?:crypto|shared|private)\s?key|menu\s?pwd"
    r"|psk\b|secret|token\b|\bpin(?:\s?code)?\b",
    re.IGNORECASE,
)

Path = tuple[str, ...]

_USER_INFO = re.compile(r"(?<=://)[^\s/@]{1,512}(?=@)")
_SIGNED = re.compile(r"(?<=/t/)[A-Za-z0-9_-]{31,}(?=/)")
"""Our own links: whoever has the path may fetch the file."""
_QUERY = re.compile(
    r"(?<=[?&])([^\s=&#]{0,64}(?:pass|pwd|pswd|token|secret|key|auth|sig)[^\s=&#]{0,64}=)[^\s&#]+", re.IGNORECASE
)


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


def in_url(text: str) -> str:
    """A text with ``***`` for what opens doors in the URLs in it: user and password, signed links, secret queries."""
    if "/" not in text and "?" not in text and "&" not in text:
        return text
    return _QUERY.sub(rf"\g<1>{HIDDEN}", _SIGNED.sub(HIDDEN, _USER_INFO.sub(HIDDEN, text)))


def hidden(path: Path, value: Any) -> Any:
    """A value of a settings document as it may be shown; nulls and empty texts hide nothing and stay."""
    if value in (None, ""):
        return value
    if is_secret(path):
        return HIDDEN
    if isinstance(value, list):
        return [in_url(each) if isinstance(each, str) else each for each in value]
    return in_url(value) if isinstance(value, str) else value


def hidden_item(item: Item) -> Item:
    """An item of a configuration file as it may be shown."""
    if not item.value:
        return item
    shown = HIDDEN if is_secret_key(item.name) else in_url(item.value)
    return item if shown == item.value else item._replace(value=shown)


def redact(document: Document) -> dict[str, Any]:
    """The document with every secret that it holds as ``***``."""
    return _replaced(document, hidden)


def redact_config(document: ConfigDocument) -> ConfigDocument:
    """The configuration file with every secret in it as ``***``."""
    return ConfigDocument(
        tuple(Module(module.name, tuple(map(hidden_item, module.items))) for module in document.modules),
        document.version,
    )


def split_secrets(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document with ``***`` for its secrets, and the secrets by path, to be encrypted at rest.

    A secret is a text, or a list of texts for a raw key that stands in the file more than once.
    """
    secrets: dict[str, Any] = {}

    def take(path: Path, value: Any) -> Any:
        shown = hidden(path, value)
        if shown is not value and shown != value:
            secrets[pointer(path)] = list(value) if isinstance(value, list) else str(value)
        return shown

    return _replaced(document, take), secrets


def join_secrets(document: Document, secrets: Mapping[str, Any]) -> dict[str, Any]:
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
    shown, known = split_secrets(old)
    before = {pointer(path): value for path, value in _leaves(shown, ()) if pointer(path) in known}

    def fill(path: Path, value: Any) -> Any:
        where = pointer(path)
        if where in known and value == before[where]:
            return known[where]
        if (value == HIDDEN and is_secret(path)) or (isinstance(value, str) and _stands_in(value)):
            name = ".".join(path)
            raise BadSettings(f"{name}: {HIDDEN} stands for a secret that is set, and none is", field=name)
        return value

    return _replaced(new, fill)


def _stands_in(text: str) -> bool:
    """Whether a text is a URL as `in_url` shows it."""
    return HIDDEN in text and in_url(text.replace(HIDDEN, "x" * 40)) == text


def pointer(path: Path) -> str:
    """The JSON Pointer of a path."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _replaced(document: Document, change: Callable[[Path, Any], Any]) -> dict[str, Any]:
    def walk(value: Any, path: Path) -> Any:
        if isinstance(value, Mapping):
            return {name: walk(below, (*path, name)) for name, below in value.items()}
        return change(path, value)

    return {name: walk(value, (name,)) for name, value in document.items()}


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _leaves(below, (*path, name))
    else:
        yield path, value


def secrets_in(document: Document) -> Iterator[str]:
    """Every secret text of a document, for a log filter to know."""
    for secret in split_secrets(document)[1].values():
        yield from map(str, secret) if isinstance(secret, list) else (secret,)
