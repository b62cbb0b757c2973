"""The typed settings document: what an operator may say about a phone, neutral of dialect and model.

The fields are the contract's ("Settings document"); everything is optional and null means "not said here". Types are
strict, names are closed, and a text that a configuration file cannot carry is refused.
"""

import ipaddress
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from acs.domain.phones import codes
from acs.formats.containers import ENCRYPTING
from acs.formats.document import unwritable


def unfit(value: str) -> str | None:
    """Why a value cannot stand in any configuration file, without a word of the value: it may be a secret."""
    why = unwritable(value)
    if why is None or "U+" in why:
        return why
    return "holds what a phone could take for the frame of the file: the header of a module, or of the file itself"


def _writable(value: str) -> str:
    if why := unfit(value):
        raise ValueError(why)
    return value


def _address(value: str) -> str:
    if value:
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise ValueError("wanted an IPv4 or IPv6 address, as 192.0.2.1 or 2001:db8::1") from None
    return value


def _ipv4(value: str) -> str:
    if value:
        try:
            ipaddress.IPv4Address(value)
        except ValueError:
            raise ValueError("wanted an IPv4 address, as 192.0.2.1") from None
    return value


def _netmask(value: str) -> str:
    if value:
        try:
            bits = int(ipaddress.IPv4Address(value))
        except ValueError:
            raise ValueError("wanted a netmask in four numbers, as 255.255.255.0") from None
        if (bits | (bits - 1)) & 0xFFFFFFFF != 0xFFFFFFFF:
            raise ValueError("wanted a netmask whose ones stand together on the left, as 255.255.255.0")
    return value


def _host(value: str) -> str:
    if not value or re.fullmatch(r"[A-Za-z0-9_.-]{1,255}", value):
        return value
    plain = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    try:
        ipaddress.IPv6Address(plain)
    except ValueError:
        raise ValueError("wanted a host name or an address, without scheme and port") from None
    return value


def _hostname(value: str) -> str:
    if value and not re.fullmatch(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)", value):
        raise ValueError("wanted 1 to 63 letters, digits and hyphens")
    return value


def _url(value: str) -> str:
    if value:
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError:
            raise ValueError("wanted a URL: https://host[:port]/path, the port from 1 to 65535") from None
        if parts.scheme not in ("http", "https", "ftp", "tftp") or not parts.hostname or re.search(r"\s", value):
            raise ValueError("wanted http, https, ftp or tftp, and a host: https://host[:port]/path")
        if parts.username is not None or parts.password is not None:
            raise ValueError("wanted a URL without user and password; there are fields of their own for these")
    return value


def _acs_url(value: str) -> str:
    if value and not re.match(r"https?://", value, re.IGNORECASE):
        raise ValueError("an ACS is reached by http or https")
    return _url(value)


def _codec(value: str) -> str:
    codes.codec(value, generation=2)
    return value


def _timezone(value: str) -> str:
    codes.standard_offset(value)
    return value


def _tone(value: str) -> str:
    codes.tone(value)
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}|[0-9]{1,2}", value):
        raise ValueError("wanted the phone's short name, as 'en' or 'de', or its number")
    return value


def _dhcp_option(value: int) -> int:
    if value not in (0, 43, 66) and not 128 <= value <= 254:
        raise ValueError("wanted 66, 43, 128 to 254, or 0 for none")
    return value


def _container(value: str) -> str:
    if value not in ENCRYPTING:
        raise ValueError(f"wanted one of: {', '.join(ENCRYPTING)}")
    return value


Text = Annotated[str, Field(max_length=256), AfterValidator(_writable)]
Name = Annotated[str, Field(max_length=128), AfterValidator(_writable)]
Given = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_writable)]
"""A name that cannot be nothing."""
Host = Annotated[str, AfterValidator(_host)]
Port = Annotated[int, Field(ge=1, le=65535)]
FileId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_writable)]
Key = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{64}$")]
Codec = Annotated[str, AfterValidator(_codec)]
Number = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}$")]
"""Lines, keys and accounts are named by their number, from "1"."""
MAX_LINES = 99
MAX_ACCOUNTS = 99
MAX_CODECS = 32
MAX_CERTIFICATES = 32


class Section(BaseModel):
    """A part of the document: closed names, strict types, and null for "not said"."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Line(Section):
    """One SIP account."""

    enabled: bool | None = None
    display_name: Name | None = None
    user: Name | None = None
    auth_user: Name | None = None
    password: Name | None = None
    server: Host | None = None
    port: Port | None = None
    transport: Literal["udp", "tcp", "tls"] | None = None
    outbound_proxy: Host | None = None
    outbound_proxy_port: Port | None = None
    expires: Annotated[int, Field(ge=30, le=86400)] | None = None
    dtmf: Literal["inband", "rfc2833", "info", "auto"] | None = None
    srtp: Literal["off", "optional", "mandatory"] | None = None
    codecs: Annotated[list[Codec], Field(min_length=1, max_length=MAX_CODECS)] | None = None
    voicemail: Name | None = None

    @field_validator("user")
    @classmethod
    def _somebody(cls, user: str | None, info: ValidationInfo) -> str | None:
        # Exports name the unused lines too, as switched off and without a user.
        if user == "" and info.data.get("enabled") is not False:
            raise ValueError("wanted 1 to 128 characters; only a line that is not enabled has no user")
        return user


class Sip(Section):
    """SIP of the whole phone, and its lines by number."""

    port: Port | None = None
    lines: Annotated[dict[Number, Line | None], Field(max_length=MAX_LINES)] | None = None


class Vlan(Section):
    """The VLAN of the phone's own packets."""

    enabled: bool | None = None
    id: Annotated[int, Field(ge=0, le=4094)] | None = None


class Network(Section):
    """How the phone reaches the network."""

    hostname: Annotated[str, AfterValidator(_hostname)] | None = None
    mode: Literal["dhcp", "static", "pppoe"] | None = None
    address: Annotated[str, AfterValidator(_ipv4)] | None = None
    netmask: Annotated[str, AfterValidator(_netmask)] | None = None
    gateway: Annotated[str, AfterValidator(_ipv4)] | None = None
    dns: Annotated[list[Annotated[str, AfterValidator(_address)]], Field(max_length=2)] | None = None
    vlan: Vlan | None = None


class Time(Section):
    """Where the phone gets the time, and which it shows."""

    ntp_server: Host | None = None
    timezone: Annotated[str, AfterValidator(_timezone)] | None = None
    dst: Literal["off", "auto", "manual"] | None = None


class Locale(Section):
    """Language of the screen and country of the tones."""

    language: Annotated[str, AfterValidator(_language)] | None = None
    tone: Annotated[str, AfterValidator(_tone)] | None = None


class Account(Section):
    """One account of the phone's own web pages."""

    name: Given | None = None
    password: Given | None = None
    level: Literal["admin", "user"] | None = None


class Web(Section):
    """The phone's own web pages."""

    accounts: Annotated[dict[Number, Account | None], Field(max_length=MAX_ACCOUNTS)] | None = None


class DssKey(Section):
    """One DSS key. ``value`` is the number, or what its type wants (`codes.KEY_TYPES`)."""

    type: codes.KeyType | None = None
    line: Annotated[int, Field(ge=1, le=99)] | None = None
    value: Text | None = None
    label: Name | None = None
    pickup: Name | None = None


class File(Section):
    """A file of the server's own store, that the phone shall fetch."""

    file_id: FileId | None = None


class Phonebook(Section):
    """The phone book: a file of the store, or a book that is kept as data and written in one of the phones' forms."""

    file_id: FileId | None = None
    phonebook_id: FileId | None = None
    format: Literal["xml", "vcf", "csv"] | None = None
    """How a book that is kept as data is written; XML where nothing is said."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "Phonebook":
        if self.file_id is not None and self.phonebook_id is not None:
            raise ValueError("name either file_id or phonebook_id, and set the other one to null")
        if self.file_id is not None and self.format is not None:
            raise ValueError("format goes with phonebook_id; a file is handed over as it is")
        return self


class Pnp(Section):
    """Search for a provisioning server by SIP multicast."""

    enabled: bool | None = None


class AutoProvision(Section):
    """When and from where the phone fetches its files by itself."""

    mode: Literal["off", "reboot", "interval"] | None = None
    interval_hours: Annotated[int, Field(ge=1, le=8760)] | None = None
    dhcp_option: Annotated[int, AfterValidator(_dhcp_option)] | None = None
    pnp: Pnp | None = None
    server_url: Annotated[Text, AfterValidator(_url)] | None = None
    username: Name | None = None
    password: Name | None = None
    save_info: bool | None = None


class Stun(Section):
    """Reaching the phone behind NAT (TR-111)."""

    enabled: bool | None = None
    server: Host | None = None
    port: Port | None = None


class Tr069(Section):
    """The phone's way to its ACS."""

    enabled: bool | None = None
    acs_url: Annotated[Text, AfterValidator(_acs_url)] | None = None
    username: Name | None = None
    password: Name | None = None
    periodic_interval: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    stun: Stun | None = None


class Encryption(Section):
    """Keys of encrypted files, 64 hexadecimal digits each (`acs.domain.phones.file_keys` says what follows)."""

    enabled: bool | None = None
    """The phone holds ``device_key`` and gets encrypted files only."""
    deliver: bool | None = None
    """Hand the key to a phone that is not known to have one, in a file that is not encrypted yet."""
    container: Annotated[str, Field(max_length=64), AfterValidator(_container)] | None = None
    """How files are wrapped, in place of what the model takes: a name of ``acs.formats.containers``."""
    device_key: Key | None = None
    common_key: Key | None = None


RawValue = str | int | Annotated[list[str], Field(min_length=1)] | None
"""A list says a key that stands in the file more than once; null holds the key's place and says nothing of it."""
RawSection = dict[str, RawValue | dict[str, RawValue]]
"""Keys of a sub-section; an object in it holds the keys of the list entry of that name."""
RawModule = dict[str, RawValue | RawSection]


class PhoneConfig(Section):
    """One layer of settings, or all of them merged."""

    sip: Sip | None = None
    network: Network | None = None
    time: Time | None = None
    locale: Locale | None = None
    web: Web | None = None
    keys: dict[Number, DssKey | None] | None = None
    phonebook: Phonebook | None = None
    firmware: File | None = None
    certificates: Annotated[list[File], Field(max_length=MAX_CERTIFICATES)] | None = None
    background: File | None = None
    mmiset: File | None = None
    dialpeer: File | None = None
    access_list: File | None = None
    autoprovision: AutoProvision | None = None
    tr069: Tr069 | None = None
    encryption: Encryption | None = None
    raw: dict[str, RawModule | None] | None = None
