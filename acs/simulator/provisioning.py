"""What a phone does with a file it fetched: decrypt, read, compare, cancel or apply, and look what else to fetch.

The steps are those of the vendor's auto provision manual, 1.2: download to the cache; compare with what is stored;
same content, cancel; different, apply; then fetch newly named items (firmware, phone book, certificates ...). The
digest of firmware is compared, so that no version is ever installed twice (4.4).

A phone that holds a key takes every configuration file for an encrypted one (4.1.3), and a file can give it a key,
another one or none. Nothing here does I/O: bytes come in, decisions go out.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final, Literal

from acs import formats
from acs.errors import BadFile, BadRequest
from acs.formats import certificates, packages, phonebook, pictures, tables
from acs.formats.document import ConfigDocument, Item, Module, fold

Decrypt = Callable[[bytes], bytes]
"""Takes the cached file and gives the plain one; phones without a key give it back as it is."""


class Kind(StrEnum):
    """What a fetched file is to the phone."""

    CONFIG = "config"
    FIRMWARE = "firmware"
    PHONEBOOK = "phonebook"
    CERTIFICATE = "certificate"
    BACKGROUND = "background"
    MMISET = "mmiset"
    DIALPEER = "dialpeer"
    ACCESS_LIST = "access_list"
    TONE = "tone"
    RINGER = "ringer"


_ITEM_KEYS: Final[Mapping[str, Kind]] = {
    "autoimageurl": Kind.FIRMWARE,
    "autopbookurl": Kind.PHONEBOOK,
    "autoetcurl": Kind.CERTIFICATE,
    "autologourl": Kind.BACKGROUND,
    "autommiseturl": Kind.MMISET,
    "autodpeerurl": Kind.DIALPEER,
    "autoalisturl": Kind.ACCESS_LIST,
}
"""Keys that are commands: a changed file that carries one makes the phone fetch what it names."""

_DSS_KEYS: Final = "dsskeyconfigmodule"

_FILE_KEYS: Final = frozenset({"configfilekey", "devicecfgfilekey"})
"""What the key of the phone's own file is called, in both generations."""

_NEEDS_REBOOT: Final = frozenset(
    {
        "wanmode",
        "wanip",
        "wansubnetmask",
        "wangateway",
        "primarydns",
        "secondarydns",
        "hostname",
        "enablevlan",
        "vlanid",
    }
)
"""Settings of the network interface come into force at a restart."""

HEAD: Final = 4096
"""Bytes of a firmware file in which its version is looked for."""

_VERSION_LINE: Final = re.compile(rb"^[ \t]*Version[ \t]*=[ \t]*([!-~]{1,64})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_VERSION_IN_NAME: Final = re.compile(r"(?<![A-Za-z0-9.])\d+\.\d+(?:\.\d+)+(?![A-Za-z0-9])")
_TIME_STAMP: Final = re.compile(r"T\d{4}")


@dataclass(frozen=True, slots=True)
class NamedItem:
    """Something a configuration file tells the phone to fetch."""

    kind: Kind
    url: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a configuration file."""

    applied: bool
    document: ConfigDocument
    version: str
    """The header's, or the beginning of the digest where it names none; the phone's web page shows it."""
    items: tuple[NamedItem, ...] = ()
    needs_reboot: bool = False


@dataclass(slots=True)
class Storage:
    """A phone's flash memory: what it has taken so far."""

    config_digest: str = ""
    config_version: str = ""
    settings: dict[tuple[str, str, str], tuple[str, Item]] = field(default_factory=dict)
    """Every setting applied so far, with its module, by where it stands; files change only what they hold."""
    digests: dict[Kind, str] = field(default_factory=dict)
    certificates: dict[str, str] = field(default_factory=dict)
    """Digests of what came by ``Auto etc Url``, by file name: one does not take the place of another."""
    phonebook_entries: int = 0
    contacts: tuple[phonebook.Contact, ...] = ()
    """What its phone book says, from whichever kind of file."""
    next_firmware: str = ""
    """Version that the next boot will run."""
    installs: int = 0
    """Firmware images installed in this phone's life."""
    file_key: str = field(default="", repr=False)
    """What configuration files are decrypted with, 64 hexadecimal digits; empty: they are taken as they are. The phone
    never shows it, nor does a backup hold it."""

    def setting(self, module: str, key: str) -> str:
        """A setting applied so far, empty where there is none."""
        found = self.settings.get((fold(module), "", fold(key)))
        return "" if found is None else found[1].value

    def put(self, module: str, item: Item) -> None:
        """Change one setting, by a file or otherwise."""
        self.settings[_place(module, item)] = module, item

    def backup(self) -> ConfigDocument:
        """Everything applied so far as one configuration file."""
        modules: dict[str, list[Item]] = {}
        for module, item in self.settings.values():
            modules.setdefault(module, []).append(item)
        return ConfigDocument(
            tuple(Module(name, tuple(items)) for name, items in modules.items()), self.config_version or None
        )

    def factory_reset(self) -> None:
        """Forget everything but the firmware."""
        firmware = self.digests.get(Kind.FIRMWARE)
        self.config_digest = self.config_version = self.file_key = ""
        self.settings.clear()
        self.phonebook_entries = 0
        self.certificates = {}
        self.contacts = ()
        self.digests = {Kind.FIRMWARE: firmware} if firmware else {}


def _place(module: str, item: Item) -> tuple[str, str, str]:
    # Keys have names of their own in their module, but for the DSS keys: those of every page are Fkey1, Fkey2 ...
    page = fold(item.section) if fold(module) == _DSS_KEYS else ""
    return fold(module), page, fold(item.name)


def identity(data: bytes) -> bytes:
    """The decryption of a phone without a key."""
    return data


def digest(data: bytes) -> str:
    """What the phone compares files by."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def take_config(
    storage: Storage, data: bytes, *, decrypt: Decrypt = identity, compare: Literal["content", "version"] = "content"
) -> Taken:
    """Decide on a configuration file in the cache and, where it is new, store it.

    Args:
        storage: the phone's memory, changed in place when the file is applied.
        data: the file as it came.
        decrypt: what undoes the file's container.
        compare: ``content`` takes every file that differs; ``version`` only one whose version is higher than the
            stored one's (older firmware).

    Raises:
        BadFile: it cannot be read.
    """
    document = formats.read(decrypt(data))
    fingerprint = digest(data)
    version = document.version or fingerprint[:16]
    same = fingerprint == storage.config_digest
    if compare == "version" and storage.config_version:
        same = same or version_key(version) <= version_key(storage.config_version)
    if same:
        return Taken(False, document, version)
    before = dict(storage.settings)
    for module, item in document:
        if fold(item.name) in _FILE_KEYS:
            if not item.masked:
                storage.file_key = _file_key(item.value, storage.file_key)
        elif not item.masked and fold(item.key) not in _ITEM_KEYS:
            storage.put(module, item)
    storage.config_digest, storage.config_version = fingerprint, version
    changed = {key[-1] for key, setting in storage.settings.items() if before.get(key) != setting}
    return Taken(True, document, version, tuple(_named(document)), bool(changed & _NEEDS_REBOOT))


def _file_key(said: str, old: str) -> str:
    """The key after a file has named one; the phone ignores what is none."""
    said = said.strip().lower()
    return said if re.fullmatch(r"(?:[0-9a-f]{64})?", said) else old


def _named(document: ConfigDocument) -> Iterator[NamedItem]:
    for _, item in document:
        kind = _ITEM_KEYS.get(fold(item.key))
        if kind is not None and item.value.strip():
            yield NamedItem(kind, item.value.strip())


def take_item(storage: Storage, kind: Kind, data: bytes, *, name: str, model: str) -> bool:
    """Take a file other than a configuration; whether it was new. Firmware then waits for the next boot.

    Raises:
        BadFile: it is of no use.
    """
    if not data:
        raise BadFile(f"the {kind} file {name} is empty")
    fingerprint = digest(data)
    known = storage.certificates.get(name) if kind is Kind.CERTIFICATE else storage.digests.get(kind)
    if known == fingerprint:
        return False
    if kind is Kind.PHONEBOOK:
        storage.phonebook_entries = phonebook.count(data)
        storage.contacts = _contacts(data)
    elif (look := _LOOKS.get(kind)) is not None:
        look(name, data)
    if kind is Kind.FIRMWARE:
        storage.next_firmware = firmware_version(data, name, model)
        storage.installs += 1
    if kind is Kind.CERTIFICATE:
        storage.certificates[name] = fingerprint
    storage.digests[kind] = fingerprint
    return True


def _look_at_background(name: str, data: bytes) -> None:
    if name != "background.bmp":
        raise BadFile(f"a background is called background.bmp, not {name}")
    pictures.read_bitmap(data)


def _look_at_dial_peers(name: str, data: bytes) -> None:
    if name != "dialPeer.csv":
        raise BadFile(f"dial peers are called dialPeer.csv, not {name}")
    tables.read(data)


def _look_at_access_list(name: str, data: bytes) -> None:
    if name != "accessList.csv":
        raise BadFile(f"an access list is called accessList.csv, not {name}")
    tables.read(data)


_LOOKS: Final[Mapping[Kind, Callable[[str, bytes], object]]] = {
    Kind.BACKGROUND: _look_at_background,
    Kind.CERTIFICATE: certificates.read,
    Kind.MMISET: packages.check_mmiset,
    Kind.DIALPEER: _look_at_dial_peers,
    Kind.ACCESS_LIST: _look_at_access_list,
}
"""What a phone makes of a file before it takes it; one that it cannot use it drops."""


@lru_cache(maxsize=8)
def _contacts(data: bytes) -> tuple[phonebook.Contact, ...]:
    # A fleet fetches the same book again and again. Books that lead to a server's search have entries, but no contacts.
    try:
        return phonebook.read(data).book.contacts
    except BadRequest:
        return ()


def firmware_version(data: bytes, name: str, model: str) -> str:
    """The version a simulated firmware file is said to have.

    A line ``Version=...`` in its first 4 KiB says so; else the file's name, which holds it as real names do
    (``x42.14.0.7386T20210730173312.z`` is 2.14.0.7386 for the X4); else it is made of the digest.
    """
    if found := _VERSION_LINE.search(data[:HEAD]):
        return found[1].decode("ascii")
    # Older names begin with the model and nothing between it and the version.
    bare = name[len(model) :] if name.lower().startswith(model.lower()) else name
    if in_name := _VERSION_IN_NAME.search(_TIME_STAMP.split(bare, maxsplit=1)[0]):
        return in_name[0]
    fingerprint = digest(data)
    return f"0.{int(fingerprint[:4], 16)}.{int(fingerprint[4:8], 16)}"


def version_key(version: str) -> tuple[tuple[int, str], ...]:
    """For comparing versions: numbers as numbers, other text as text."""
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in re.findall(r"\d+|[^\d.]+", version))
