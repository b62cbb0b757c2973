"""Which keys a section of the settings becomes, in both generations: one function per section, writing what was said.

The names are literal, misspellings included (`Periodix Interval`, `Save DHCP Opion`): they are the phones' own.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from acs.domain.phones import codes
from acs.domain.phones.config import DssKey, Line, PhoneConfig
from acs.domain.phones.server_url import split
from acs.domain.phones.sheet import Sheet

GLOBAL: Final = "GLOBAL CONFIG MODULE"
NET: Final = "NET CONFIG MODULE"
SIP: Final = "SIP CONFIG MODULE"
PHONE: Final = "PHONE FEATURE MODULE"
QOS: Final = "QOS CONFIG MODULE"
MMI: Final = "MMI CONFIG MODULE"
TR069: Final = "TR069 CONFIG MODULE"
AUTOUPDATE: Final = "AUTOUPDATE CONFIG MODULE"

T = TypeVar("T")

_LINE: tuple[tuple[str, str, Callable[[Line, int], str | int | None]], ...] = (
    ("user", "Phone Number", lambda line, _: line.user),
    ("display_name", "Display Name", lambda line, _: line.display_name),
    ("server", "Register Addr", lambda line, _: line.server),
    ("port", "Register Port", lambda line, _: line.port),
    ("auth_user", "Register User", lambda line, _: line.auth_user),
    ("password", "Register Pswd", lambda line, _: line.password),
    ("expires", "Register TTL", lambda line, _: line.expires),
    ("enabled", "Enable Reg", lambda line, _: None if line.enabled is None else int(line.enabled)),
    ("outbound_proxy", "Proxy Addr", lambda line, _: line.outbound_proxy),
    ("outbound_proxy_port", "Proxy Port", lambda line, _: line.outbound_proxy_port),
    ("srtp", "Media Crypto", lambda line, _: line.srtp and codes.SRTP[line.srtp]),
    ("dtmf", "DTMF Mode", lambda line, _: line.dtmf and codes.DTMF[line.dtmf]),
    ("transport", "Transport", lambda line, _: line.transport and codes.TRANSPORT[line.transport]),
    ("voicemail", "MWI Num", lambda line, _: line.voicemail),
    ("codecs", "VoiceCodecMap", lambda line, generation: _codecs(line, generation)),
)
"""Field of a line, the key behind ``SIPn``, and how the value is written; in the order of exports."""


def _codecs(line: Line, generation: int) -> str | None:
    if line.codecs is None:
        return None
    return ",".join(dict.fromkeys(codes.codec(name, generation=generation) for name in line.codecs))


def _numbered(entries: Mapping[str, T | None] | None) -> Iterator[tuple[str, T]]:
    for number in sorted(entries or {}, key=int):
        entry = (entries or {})[number]
        if entry is not None:
            yield number, entry


def sip(sheet: Sheet, config: PhoneConfig) -> None:
    """SIP of the phone and its lines."""
    if config.sip is None:
        return
    if config.sip.port is not None:
        sheet.put(SIP, "SIP  Port", config.sip.port, "sip", "port")
    for number, line in _numbered(config.sip.lines):
        if int(number) > sheet.model.lines:
            raise sheet.refuse(f"the phone has {sheet.model.lines} lines", "sip", "lines", number)
        written = ((key, value(line, sheet.generation), name) for name, key, value in _LINE)
        rows = [(key, str(value), name) for key, value, name in written if value is not None]
        sheet.put_entry(SIP, "SIP Line List", f"SIP{number}", ("sip", "lines", number), rows)


def network(sheet: Sheet, config: PhoneConfig) -> None:
    """Addresses, name and VLAN."""
    net = config.network
    if net is None:
        return
    first = sheet.generation == 1
    module = GLOBAL if first else NET
    if net.mode is not None:
        if first:
            sheet.put(module, "WAN Mode", net.mode.upper(), "network", "mode")
        sheet.put(module, "Enable DHCP", int(net.mode == "dhcp"), "network", "mode")
        if not first:
            sheet.put(module, "Enable PPPoE", int(net.mode == "pppoe"), "network", "mode")
    for name, key in (("address", "WAN IP"), ("netmask", "WAN Subnet Mask"), ("gateway", "WAN Gateway")):
        value = getattr(net, name)
        if value is not None:
            sheet.put(module, key, value, "network", name)
    if net.dns is not None:
        # Without this the phone takes the servers of the DHCP answer and leaves ours aside.
        sheet.put(module, "DHCP Auto DNS", int(not net.dns), "network", "dns")
        for key, server in zip(("Primary DNS", "Secondary DNS"), net.dns, strict=False):
            sheet.put(module, key, server, "network", "dns")
    if net.hostname is not None:
        place = (GLOBAL, "") if first else (PHONE, "Display Input")
        sheet.put(place[0], "Host Name", net.hostname, "network", "hostname", section=place[1])
    if net.vlan is not None:
        if net.vlan.enabled is not None:
            sheet.put(QOS, "Enable VLAN", int(net.vlan.enabled), "network", "vlan", "enabled")
        if net.vlan.id is not None:
            sheet.put(QOS, "VLAN ID", net.vlan.id, "network", "vlan", "id")


def time(sheet: Sheet, config: PhoneConfig) -> None:
    """Time server, zone and daylight saving."""
    said = config.time
    if said is None:
        return
    module, section = (GLOBAL, "") if sheet.generation == 1 else (PHONE, "DateTime Config")
    if said.ntp_server is not None:
        sheet.put(module, "Enable SNTP", int(bool(said.ntp_server)), "time", "ntp_server", section=section)
        sheet.put(module, "SNTP Server", said.ntp_server, "time", "ntp_server", section=section)
    if said.timezone is not None:
        offset, name = codes.time_zone(said.timezone)
        sheet.put(module, "Time Zone", offset, "time", "timezone", section=section)
        sheet.put(module, "Time Zone Name", name, "time", "timezone", section=section)
    if said.dst is not None:
        key = "Enable DST" if sheet.generation == 1 else "DST Type"
        sheet.put(module, key, codes.DST[said.dst], "time", "dst", section=section)


def locale(sheet: Sheet, config: PhoneConfig) -> None:
    """Language of the screen, country of the tones."""
    said = config.locale
    if said is None:
        return
    if said.language is not None:
        if sheet.generation == 1:
            number = codes.LANGUAGES_1.get(said.language, said.language)
            if not number.isdecimal():
                raise sheet.refuse(
                    f"generation 1 numbers its languages, and the number of {said.language!r} differs from series to "
                    f"series; known: {', '.join(codes.LANGUAGES_1)}; or give the number",
                    "locale",
                    "language",
                )
            sheet.put(GLOBAL, "Language", number, "locale", "language")
        else:
            sheet.put(PHONE, "Default Language", said.language, "locale", "language", section="Display Input")
    if said.tone is not None:
        module, key = (
            ("DSP CONFIG MODULE", "Signal Standard")
            if sheet.generation == 1
            else ("MM CONFIG MODULE", "Select Your Tone")
        )
        sheet.put(module, key, codes.tone(said.tone), "locale", "tone")


def web(sheet: Sheet, config: PhoneConfig) -> None:
    """Accounts of the phone's own web pages."""
    for number, account in _numbered(config.web.accounts if config.web else None):
        values = (
            ("name", "Name", account.name),
            ("password", "Password", account.password),
            ("level", "Level", account.level and codes.LEVEL[account.level]),
        )
        rows = [(key, value, name) for name, key, value in values if value is not None]
        sheet.put_entry(MMI, "MMI Account", f"Account{number}", ("web", "accounts", number), rows)


def keys(sheet: Sheet, config: PhoneConfig) -> None:
    """DSS keys: type, value and label."""
    for number, key in _numbered(config.keys):
        if int(number) > sheet.model.dss_keys:
            raise sheet.refuse(f"the phone has {sheet.model.dss_keys} DSS keys", "keys", number)
        if key.line is not None and key.line > sheet.model.lines:
            raise sheet.refuse(f"line {key.line}, and the phone has {sheet.model.lines} lines", "keys", number, "line")
        _key(sheet, number, key)


def _key(sheet: Sheet, number: str, key: DssKey) -> None:
    module, section, position = _place(sheet, int(number))
    if key.type is not None:
        written = codes.key_value(key.type, line=key.line, value=key.value or "", pickup=key.pickup or "")
        wants = codes.KEY_TYPES[key.type].memory or key.type not in ("none", "line")
        if wants and not key.value:
            raise sheet.refuse(f"a key of type {key.type!r} wants a value", "keys", number, "value")
        # "": a key's value is made of several fields, and is as specific as the most specific of them.
        rows = [("Type", codes.KEY_TYPES[key.type].type, "type"), ("Value", written, "")]
    elif key.value is not None or key.line is not None or key.pickup is not None:
        raise sheet.refuse("a key with a value wants a type", "keys", number, "type")
    else:
        rows = []
    if key.label is not None:
        rows.append(("Title", key.label, "label"))
    sheet.put_entry(module, section, f"Fkey{position}", ("keys", number), rows)


def _place(sheet: Sheet, number: int) -> tuple[str, str, int]:
    """Module, section and position of a DSS key: beside the screen first, then page by page, each counted from 1."""
    if sheet.generation == 1:
        return "PHONE CONFIG MODULE", "Function Key", number
    model = sheet.model
    if number <= model.side_keys:
        return "DSSKEY CONFIG MODULE", "Sidekey Config1", number
    rest = number - model.side_keys - 1
    page, position = divmod(rest, model.page_keys) if model.page_keys else (0, rest)
    return "DSSKEY CONFIG MODULE", f"Dsskey Config{page + 1}", position + 1


def autoprovision(sheet: Sheet, config: PhoneConfig) -> None:
    """When and from where the phone fetches its files by itself."""
    said = config.autoprovision
    if said is None:
        return
    first = sheet.generation == 1
    at = "autoprovision"
    server = "Download" if first else "Flash"
    pnp, option = ("", "") if first else ("Sip Pnp List", "Net Option")
    account = "Download" if first else "Default"
    if said.username is not None:
        sheet.put(AUTOUPDATE, f"{account} Username", said.username, at, "username")
    if said.password is not None:
        sheet.put(AUTOUPDATE, f"{account} Password", said.password, at, "password")
    if said.server_url is not None:
        url = split(said.server_url)
        sheet.put(AUTOUPDATE, f"{server} Server IP", url.server, at, "server_url")
        sheet.put(AUTOUPDATE, "Config File Name" if first else "Flash File Name", url.file_name, at, "server_url")
        if url.scheme:
            sheet.put(AUTOUPDATE, f"{server} Protocol", codes.DOWNLOAD_PROTOCOL[url.scheme], at, "server_url")
    if said.mode is not None:
        sheet.put(AUTOUPDATE, f"{server} Mode", codes.DOWNLOAD_MODE[said.mode], at, "mode")
    if said.interval_hours is not None:
        sheet.put(AUTOUPDATE, f"{server} Interval", said.interval_hours, at, "interval_hours")
    if said.save_info is not None:
        sheet.put(AUTOUPDATE, "Save Provision Info", int(said.save_info), at, "save_info")
    if said.pnp is not None and said.pnp.enabled is not None:
        sheet.put(AUTOUPDATE, "PNP Enable", int(said.pnp.enabled), at, "pnp", "enabled", section=pnp)
    if said.dhcp_option is not None:
        sheet.put(AUTOUPDATE, "DHCP Option", said.dhcp_option, at, "dhcp_option", section=option)


def tr069(sheet: Sheet, config: PhoneConfig) -> None:
    """The phone's way to its ACS."""
    said = config.tr069
    if said is None:
        return
    values: list[tuple[str, str | int | None, tuple[str, ...]]] = [
        ("Enable TR069", None if said.enabled is None else int(said.enabled), ("enabled",)),
        ("ACS URL", said.acs_url, ("acs_url",)),
        ("ACS UserName", said.username, ("username",)),
        ("ACS Password", said.password, ("password",)),
        ("Periodix Interval", said.periodic_interval, ("periodic_interval",)),
    ]
    if said.stun is not None:
        enabled = None if said.stun.enabled is None else int(said.stun.enabled)
        values += [
            ("STUN Enable", enabled, ("stun", "enabled")),
            ("STUN Server Addr", said.stun.server, ("stun", "server")),
            ("STUN Server Port", said.stun.port, ("stun", "port")),
        ]
    for key, value, path in values:
        if value is not None:
            sheet.put(TR069, key, value, "tr069", *path)


WRITERS: tuple[Callable[[Sheet, PhoneConfig], None], ...] = (
    network,
    time,
    locale,
    sip,
    keys,
    web,
    tr069,
    autoprovision,
)
"""Every section's writer, in the order in which they write."""
