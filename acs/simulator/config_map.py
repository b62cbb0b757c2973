"""What a configuration file's settings mean in the data model: one flash memory, two views of it.

A phone that takes a file shows the new values through TR-069 as well. Only settings that have a parameter are here.
Lines are TR-104 v1's: all of them in ``VoiceProfile.1``, whose one set of servers is that of the file's first line; or
v2's, each with a client and a network of its own.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal

from acs.formats.document import ConfigDocument, Item, fold

Translate = Callable[[str], str | None]
"""From a file's value to the parameter's; ``None`` where it says nothing."""

PROFILE: Final = "Services.VoiceService.1.VoiceProfile.1."
_SIP: Final = PROFILE + "SIP."
_SERVER: Final = "ManagementServer."
_PHONE: Final = "X_FANVIL-COM_Phone."


def _same(value: str) -> str | None:
    return value


def _filled(value: str) -> str | None:
    return value or None


def _address(value: str) -> str | None:
    """Files write ``0.0.0.0`` where there is none."""
    return value if value not in ("", "0.0.0.0") else None


def _flag(value: str) -> str | None:
    return {"0": "0", "1": "1"}.get(value)


def _positive(value: str) -> str | None:
    return value if value.isdecimal() and int(value) > 0 else None


def _one_of(table: Mapping[str, str]) -> Translate:
    return lambda value: table.get(value)


_enabled: Final = _one_of({"0": "Disabled", "1": "Enabled"})
_transport: Final = _one_of({"0": "UDP", "1": "TCP", "3": "TLS"})
_dtmf: Final = _one_of({"0": "InBand", "1": "RFC2833", "2": "SIPInfo", "3": "RFC2833"})
_srtp: Final = _one_of({"0": "0", "1": "1", "2": "1"})
_language: Final = re.compile(r"[a-z]{2,3}")

LINE: Final[Mapping[str, tuple[str, Translate]]] = {
    "phonenumber": ("DirectoryNumber", _same),
    "displayname": ("CallingFeatures.CallerIDName", _same),
    "registeruser": ("SIP.AuthUserName", _same),
    "registerpswd": ("SIP.AuthPassword", _same),
    "registerpwd": ("SIP.AuthPassword", _same),
    "enablereg": ("Enable", _enabled),
}
"""Keys of one line, below ``Line.{i}.``."""

FIRST_LINE: Final[Mapping[str, tuple[tuple[str, Translate], ...]]] = {
    "registeraddr": (
        (_SIP + "RegistrarServer", _same),
        (_SIP + "ProxyServer", _same),
        (_SIP + "UserAgentDomain", _same),
    ),
    "registerport": ((_SIP + "RegistrarServerPort", _positive), (_SIP + "ProxyServerPort", _positive)),
    "transport": (
        (_SIP + "RegistrarServerTransport", _transport),
        (_SIP + "ProxyServerTransport", _transport),
        (_SIP + "UserAgentTransport", _transport),
    ),
    "proxyaddr": ((_SIP + "OutboundProxy", _same),),
    "proxyport": ((_SIP + "OutboundProxyPort", _positive),),
    "registerttl": ((_SIP + "RegisterExpires", _positive), (_SIP + "RegistrationPeriod", _positive)),
    "dtmfmode": ((PROFILE + "DTMFMethod", _dtmf),),
    "mediacrypto": ((PROFILE + "RTP.SRTP.Enable", _srtp),),
}
"""Keys of a line that TR-104 v1 keeps in the profile."""

_SERVICE: Final = "Services.VoiceService.1."
_dtmf_2: Final = _one_of({"0": "InBand", "1": "RFC4733", "2": "SIPInfo", "3": "RFC4733"})
_CODECS: Final[Mapping[str, int]] = {"pcma": 1, "g711a": 1, "pcmu": 2, "g711u": 2, "g729": 3, "g722": 4}


def _codec_list(value: str) -> str | None:
    numbers = [_CODECS[name] for name in value.lower().split(",") if name in _CODECS]
    return ",".join(f"Device.{_SERVICE}CodecProfile.{number}" for number in dict.fromkeys(numbers)) or None


LINE_2: Final[Mapping[str, tuple[tuple[str, Translate], ...]]] = {
    "phonenumber": (("CallControl.Line.{i}.DirectoryNumber", _same),),
    "displayname": (("CallControl.CallingFeatures.Set.{i}.CallerIDName", _same),),
    "registeruser": (("SIP.Client.{i}.AuthUserName", _same),),
    "registerpswd": (("SIP.Client.{i}.AuthPassword", _same),),
    "registerpwd": (("SIP.Client.{i}.AuthPassword", _same),),
    "enablereg": (("CallControl.Line.{i}.Enable", _flag), ("SIP.Client.{i}.Enable", _flag)),
    "registeraddr": tuple(
        (f"SIP.Network.{{i}}.{name}", _same) for name in ("RegistrarServer", "ProxyServer", "UserAgentDomain")
    ),
    "registerport": tuple((f"SIP.Network.{{i}}.{name}ServerPort", _positive) for name in ("Registrar", "Proxy")),
    "transport": tuple(
        (f"SIP.Network.{{i}}.{name}Transport", _transport) for name in ("RegistrarServer", "ProxyServer", "UserAgent")
    ),
    "proxyaddr": (("SIP.Network.{i}.OutboundProxy", _same),),
    "proxyport": (("SIP.Network.{i}.OutboundProxyPort", _positive),),
    "registerttl": tuple(
        (f"SIP.Network.{{i}}.{name}", _positive) for name in ("RegisterExpires", "RegistrationPeriod")
    ),
    "dtmfmode": (("VoIPProfile.{i}.DTMFMethod", _dtmf_2),),
    "mediacrypto": (("VoIPProfile.{i}.RTP.SRTP.Enable", _srtp),),
    "voicecodecmap": (("SIP.Network.{i}.CodecList", _codec_list),),
}
"""Keys of one line where the VoiceService is TR-104 v2: every line has a client, a network and a profile of its own."""

PLAIN: Final[Mapping[str, tuple[str, Translate]]] = {
    "sipport": (_SIP + "UserAgentPort", _positive),
    "sntpserver": ("Time.NTPServer1", _same),
    "secondsntpserver": ("Time.NTPServer2", _same),
    "enablesntp": ("Time.Enable", _flag),
    "language": ("UserInterface.CurrentLanguage", lambda value: value if _language.fullmatch(value) else None),
    "acsurl": (_SERVER + "URL", _address),
    "acsusername": (_SERVER + "Username", _filled),
    "acspassword": (_SERVER + "Password", _filled),
    "cpeusername": (_SERVER + "ConnectionRequestUsername", _filled),
    "cpepassword": (_SERVER + "ConnectionRequestPassword", _filled),
    "periodixinterval": (_SERVER + "PeriodicInformInterval", _positive),
    "enabletr069": (_SERVER + "EnableCWMP", _flag),
    "provisioningcode": ("DeviceInfo.ProvisioningCode", _same),
    "stunenable": (_SERVER + "STUNEnable", _flag),
    "stunserveraddr": (_SERVER + "STUNServerAddress", _address),
    "stunserverport": (_SERVER + "STUNServerPort", _positive),
    "stunmaxperiod": (_SERVER + "STUNMaximumKeepAlivePeriod", _positive),
    "stunminperiod": (_SERVER + "STUNMinimumKeepAlivePeriod", _positive),
    "stunlocalport": (_PHONE + "TR069.STUNLocalPort", _positive),
    "acsservertype": (_PHONE + "TR069.ServerType", _one_of({"0": "CTC", "1": "Common"})),
    "tr069tone": (_PHONE + "TR069.WarningTone", _flag),
    "tlsversion": (_PHONE + "TR069.TLSVersion", _one_of({"0": "TLS1.0", "1": "TLS1.1", "2": "TLS1.2"})),
    "acsbackupurl": (_PHONE + "TR069.BackupACSURL", _address),
    "downloadserverip": (_PHONE + "AutoProvision.ServerURL", _same),
    "flashserverip": (_PHONE + "AutoProvision.ServerURL", _same),
    "downloadmode": (
        _PHONE + "AutoProvision.UpdateMode",
        _one_of({"0": "Disabled", "1": "AfterReboot", "2": "Interval"}),
    ),
    "flashmode": (
        _PHONE + "AutoProvision.UpdateMode",
        _one_of({"0": "Disabled", "1": "AfterReboot", "2": "Interval"}),
    ),
    "enablesyslog": (_PHONE + "Syslog.Enable", _flag),
    "syslogaddress": (_PHONE + "Syslog.Server", _address),
    "webport": (_PHONE + "Web.Port", _positive),
    "enablevlan": (_PHONE + "VLAN.WANEnable", _flag),
    "vlanid": (_PHONE + "VLAN.WANID", _positive),
    "lldptransmit": (_PHONE + "LLDP.Enable", _flag),
}
"""Keys outside lists. Their names are the same in every module that has them."""

_LINE_INDEX: Final = re.compile(r"SIP(\d+)")


def writes(document: ConfigDocument, voice: Literal["v1", "v2"] = "v1", *, lines: int = 0) -> Iterator[tuple[str, str]]:
    """Parameters, below the root, that the file gives a value, in the file's order, on a phone with so many lines."""
    yield from _lines_1(document) if voice == "v1" else _lines_2(document, lines)
    for _, item in document:
        if not item.masked and not item.index and fold(item.key) in PLAIN:
            yield from _written([PLAIN[fold(item.key)]], item.value.strip())


def _lines_1(document: ConfigDocument) -> Iterator[tuple[str, str]]:
    first: dict[str, int] = {}
    for number, key, _ in _line_items(document):
        first[key] = min(first.get(key, number), number)
    for number, key, value in _line_items(document):
        if key in LINE:
            below, translate = LINE[key]
            yield from _written([(f"{PROFILE}Line.{number}.{below}", translate)], value)
        if number == first[key]:
            yield from _written(FIRST_LINE.get(key, ()), value)


def _lines_2(document: ConfigDocument, lines: int) -> Iterator[tuple[str, str]]:
    addresses: dict[int, dict[str, str]] = {}
    for number, key, value in _line_items(document):
        targets = [(_SERVICE + below.replace("{i}", str(number)), how) for below, how in LINE_2.get(key, ())]
        yield from _written(targets, value)
        addresses.setdefault(number, {})[key] = value
    for number, known in addresses.items():
        if known.get("phonenumber") and known.get("registeraddr"):
            yield f"{_SERVICE}SIP.Client.{number}.RegisterURI", f"sip:{known['phonenumber']}@{known['registeraddr']}"
    for _, item in document:
        if not item.masked and not item.index and fold(item.key) == "sipport" and _positive(item.value.strip()):
            for number in range(1, lines + 1):
                yield f"{_SERVICE}SIP.Network.{number}.UserAgentPort", item.value.strip()


_BACK: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "DirectoryNumber": ("Phone Number", {}),
    "CallerIDName": ("Display Name", {}),
    "AuthUserName": ("Register User", {}),
    "AuthPassword": ("Register Pswd", {}),
    "Line.Enable": ("Enable Reg", {"Enabled": "1", "Disabled": "0", "Quiescent": "0"}),
    "RegistrarServer": ("Register Addr", {}),
    "RegistrarServerPort": ("Register Port", {}),
    "RegistrarServerTransport": ("Transport", {"UDP": "0", "TCP": "1", "TLS": "3"}),
    "OutboundProxy": ("Proxy Addr", {}),
    "OutboundProxyPort": ("Proxy Port", {}),
    "RegisterExpires": ("Register TTL", {}),
    "DTMFMethod": ("DTMF Mode", {"InBand": "0", "RFC2833": "1", "RFC4733": "1", "SIPInfo": "2"}),
    "SRTP.Enable": ("Media Crypto", {}),
}
"""Last steps of a parameter's name to the key of a line that a backup of the settings shows it under."""

_OF_LINE: Final = re.compile(
    r"Services\.VoiceService\.1\.(?:VoiceProfile\.1\.Line|CallControl\.Line|CallControl\.CallingFeatures\.Set|SIP\.Client"
    r"|SIP\.Network|VoIPProfile)\.(\d+)\."
)


def settings_of(below: str, text: str, lines: int) -> Iterator[Item]:
    """What a parameter of the VoiceService, below the root, is in a file: one setting, or one for each line."""
    leaf = below.rpartition(".")[2]
    if leaf == "UserAgentPort":
        yield Item("SIP  Port", text)
        return
    names = [leaf, ".".join(below.split(".")[-2:]), "Line.Enable" if re.search(r"Line\.\d+\.Enable$", below) else ""]
    found = next((_BACK[name] for name in names if name in _BACK), None)
    one = _OF_LINE.match(below)
    if found is None or (one is None and not below.startswith(PROFILE)):
        return
    key, words = found
    for number in (int(one[1]),) if one is not None else range(1, lines + 1):
        yield Item(key, words.get(text, text), "SIP Line List", f"SIP{number}")


def _line_items(document: ConfigDocument) -> Iterator[tuple[int, str, str]]:
    for _, item in document:
        if not item.masked and (line := _LINE_INDEX.fullmatch(item.index)):
            yield int(line[1]), fold(item.key), item.value.strip()


def _written(targets: Iterable[tuple[str, Translate]], value: str) -> Iterator[tuple[str, str]]:
    for path, translate in targets:
        translated = translate(value)
        if translated is not None:
            yield path, translated
