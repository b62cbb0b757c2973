"""SIP settings as parameters of a phone's VoiceService: which to read, and which to write with what (cwmp.md 4.5, 4.6).

Three back-ends, chosen from the names that the phone listed: TR-104 v1 under ``InternetGatewayDevice.`` or ``Device.``,
with all lines in one profile or a profile for each line, and TR-104 v2 under ``Device.``, where accounts and servers
stand apart from lines and are linked by paths. Only what the phone has, may be written and reads differently is
written: applying a plan makes the next one empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from acs.domain.parameters.tree import Parameter
from acs.domain.parameters.values import is_secret, same
from acs.domain.phones.voice_settings import Wanted
from acs.errors import BadSettings

Parameters = Mapping[str, Parameter]
"""Full path to what is known; what was just read holds its value, what was not holds None."""


@dataclass(frozen=True, slots=True)
class Service:
    """The VoiceService of a phone."""

    kind: str
    """``v1`` or ``v2``: the TR-104 that it follows."""
    path: str
    """``Device.Services.VoiceService.1.``"""


@dataclass(frozen=True, slots=True)
class Write:
    """One parameter that does not read as wanted."""

    name: str
    value: str
    old: str | None
    field: str
    """Dotted path of the setting that it is for."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that parameters cannot bring to this phone."""

    field: str
    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What it takes to make the VoiceService as wanted."""

    back_end: str
    """``v1`` or ``v2``; empty: the phone lists no VoiceService."""
    writes: tuple[Write, ...] = ()
    held: tuple[tuple[str, str, str], ...] = ()
    """(name, wanted, read) of parameters that are as wanted already."""
    skipped: tuple[Skipped, ...] = ()
    missing: Mapping[int, str] = field(default_factory=dict)
    """Lines that are wanted and that the phone does not have, with the reason."""
    passwords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Parameter that holds a password to the lines whose it is."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A wanted value of one parameter; ``accepts`` reads as well."""

    name: str
    value: str
    field: str
    line: int
    accepts: frozenset[str] = frozenset()
    optional: bool = False
    """Not worth telling where the phone does not have it."""


def service_of(names: Iterable[str], root: str) -> Service | None:
    """Find the VoiceService among a phone's names; the one with the lowest number, if there are several."""
    head = re.compile(re.escape(root) + r"Services\.VoiceService\.(\d{1,9})\.(VoiceProfile|SIP\.Client|CallControl)\.")
    found: dict[int, set[str]] = {}
    for name in names:
        if (match := head.match(name)) is not None:
            found.setdefault(int(match[1]), set()).add(match[2])
    for number in sorted(found):
        path = f"{root}Services.VoiceService.{number}."
        if {"SIP.Client", "CallControl"} <= found[number]:
            return Service("v2", path)
        if "VoiceProfile" in found[number]:
            return Service("v1", path)
    return None


_V1_PROFILE: Final = re.compile(
    r"VoiceProfile\.\d+\.(Enable|DTMFMethod|RTP\.SRTP\.Enable|SIP\.(((Proxy|Registrar)Server(Port|Transport)?)"
    r"|UserAgent(Domain|Port|Transport)|OutboundProxy(Port)?|RegistrationPeriod|RegisterExpires))"
)
_V1_LINE: Final = re.compile(
    r"VoiceProfile\.\d+\.Line\.\d+\.(Enable|DirectoryNumber|SIP\.(AuthUserName|URI)|CallingFeatures\.CallerIDName"
    r"|Codec\.List\.\d+\.(Codec|Enable|Priority))"
)
_V2: Final = re.compile(
    r"SIP\.Client\.\d+\.(Enable|AuthUserName|Network|RegisterURI)"
    r"|SIP\.Network\.\d+\.(Enable|((Proxy|Registrar)Server(Port|Transport)?)|UserAgent(Domain|Port|Transport)"
    r"|OutboundProxy(Port)?|RegistrationPeriod|RegisterExpires|VoIPProfile|CodecList)"
    r"|CallControl\.Line\.\d+\.(Enable|DirectoryNumber|Provider|CallingFeatures)"
    r"|CallControl\.CallingFeatures\.Set\.\d+\.CallerIDName"
    r"|VoIPProfile\.\d+\.(DTMFMethod|RTP\.SRTP\.Enable)|CodecProfile\.\d+\.Codec"
)


def readable(names: Iterable[str], root: str) -> list[str]:
    """Name what must be read before a plan can be made; never a password."""
    listed = [name for name in names if name.startswith(f"{root}Services.VoiceService.")]
    service = service_of(listed, root)
    if service is None:
        return []
    patterns = (_V1_PROFILE, _V1_LINE) if service.kind == "v1" else (_V2,)
    start = len(service.path)
    return [
        name
        for name in listed
        if name.startswith(service.path) and any(p.fullmatch(name, start) is not None for p in patterns)
    ]


LONGEST: Final[Mapping[str, int]] = {
    "DirectoryNumber": 32,
    "AuthUserName": 128,
    "AuthPassword": 128,
    "CallerIDName": 256,
    "ProxyServer": 256,
    "RegistrarServer": 256,
    "UserAgentDomain": 256,
    "OutboundProxy": 256,
    "URI": 389,
    "RegisterURI": 389,
}
"""Most characters of a parameter, by the last step of its name."""


def plan(wanted: Wanted, parameters: Parameters, root: str, *, passwords: Iterable[str] = ()) -> Plan:
    """Say what to write.

    Args:
        wanted: the settings.
        parameters: all that the phone has, with the values that were just read.
        root: ``Device.`` or ``InternetGatewayDevice.``.
        passwords: lines whose password has to be written: it reads back empty, so it is never compared.

    Raises:
        BadSettings: a value is longer than its parameter, or lines that share a parameter disagree on it; it names
            field, layer and parameter.
    """
    names = [name for name in parameters if name.startswith(f"{root}Services.VoiceService.")]
    service = service_of(names, root)
    if service is None:
        return Plan("")
    skipped = [Skipped(path, reason) for path, reason in wanted.unsaid]
    missing: dict[int, str] = {}
    found = _v1 if service.kind == "v1" else _v2
    targets = list(found(wanted, service, names, parameters, skipped, missing))
    merged = _agreed(targets, wanted, service)
    writes: list[Write] = []
    held: list[tuple[str, str, str]] = []
    places: dict[str, tuple[str, ...]] = {}
    due = frozenset(passwords)
    known_fields = {target.field for target in merged if target.name in parameters}
    told: set[str] = set()
    for target in merged:
        known = parameters.get(target.name)
        if known is None:
            if not target.optional and target.field not in known_fields | told:
                told.add(target.field)
                skipped.append(Skipped(target.field, "the phone has no such parameter", target.name))
            continue
        _fits(target, wanted)
        if is_secret(target.name):
            lines = tuple(dict.fromkeys(str(t.line) for t in targets if t.name == target.name))
            places[target.name] = lines
            if known.writable is False:
                skipped.append(Skipped(target.field, "the phone does not let it be written", target.name))
            elif due.intersection(lines):
                writes.append(Write(target.name, target.value, None, target.field))
            continue
        if known.value is None:
            if not target.optional:
                skipped.append(Skipped(target.field, "the phone does not let it be read", target.name))
        elif _reads_as(target, known):
            held.append((target.name, target.value, known.value))
        elif known.writable is False:
            if not target.optional:
                skipped.append(Skipped(target.field, "the phone does not let it be written", target.name))
        else:
            writes.append(Write(target.name, target.value, known.value, target.field))
    return Plan(service.kind, tuple(writes), tuple(held), tuple(skipped), missing, places)


def _agreed(targets: list[_Target], wanted: Wanted, service: Service) -> list[_Target]:
    """Give one target for each parameter. Lines that are off have no say where one that is on has."""
    by_name: dict[str, list[_Target]] = {}
    for target in targets:
        by_name.setdefault(target.name, []).append(target)
    merged = []
    for name, said in by_name.items():
        on = [t for t in said if not _is_off(wanted, t.line)]
        heard = on or said
        distinct = {t.value: t for t in reversed(heard)}
        if len(distinct) > 1 and (switch := _switch(heard)) is not None:
            distinct = {switch.value: switch}
        if len(distinct) > 1:
            raise _disagreement(name, heard, wanted, service)
        merged.append(next(iter(distinct.values())))
    return merged


def _switch(said: list[_Target]) -> _Target | None:
    """What several lines share is on as soon as one of them is."""
    if not all(t.field.endswith(".enabled") for t in said):
        return None
    return next((t for t in said if t.value.lower() in ("1", "true", "enabled")), said[0])


def _disagreement(name: str, said: list[_Target], wanted: Wanted, service: Service) -> BadSettings:
    values: dict[str, list[int]] = {}
    for target in said:
        values.setdefault("***" if is_secret(name) else target.value, []).append(target.line)
    listed = ", ".join(
        f"line{'s' if len(lines) > 1 else ''} {_and(lines)} {'***' if is_secret(name) else repr(value)}"
        for value, lines in values.items()
    )
    field = said[-1].field
    return BadSettings(
        f"{field.rpartition('.')[2]}: on this phone lines share {name}, and the settings differ: {listed}. Give these "
        'lines the same value, or send the settings by file with download {"kind": "config"}.',
        field=field,
        layer=wanted.layers.get(field, ""),
        parameter=name,
        back_end=service.kind,
    )


def _and(lines: list[int]) -> str:
    texts = [str(line) for line in dict.fromkeys(lines)]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _fits(target: _Target, wanted: Wanted) -> None:
    longest = LONGEST.get(target.name.rpartition(".")[2])
    if longest is not None and len(target.value) > longest:
        layer = wanted.layers.get(target.field, "")
        where = f", set in {layer}" if layer else ""
        raise BadSettings(
            f"{target.field}: {len(target.value)} characters, and {target.name} holds {longest}{where}; shorten it, or "
            'send the settings by file with download {"kind": "config"}',
            field=target.field,
            layer=layer,
            parameter=target.name,
        )


def _reads_as(target: _Target, known: Parameter) -> bool:
    read = known.value or ""
    if target.name.endswith(_EXACT):
        return read.strip() == target.value.strip()
    if target.name.endswith(_LINKS):
        return read.strip().rstrip(".") == target.value.rstrip(".")
    if target.name.endswith(".CodecList"):
        return _paths(read) == _paths(target.value)
    if target.name.endswith(_WORDS):
        return read.strip().lower() in {target.value.lower(), *target.accepts}
    if target.name.endswith(_FLAGS):
        return _flag(read) is not None and _flag(read) == _flag(target.value)
    if read.strip().lower() in target.accepts:
        return True
    kind = known.type or "xsd:string"
    if target.name.endswith(_COUNTS) and kind == "xsd:string":
        kind = "xsd:unsignedInt"  # a number, whatever type the phone gives it
    return same(target.value, read, kind)


_EXACT: Final = (".DirectoryNumber", ".AuthUserName", ".CallerIDName")
"""Names of people and accounts: in them letter case counts, and so do quotes."""
_LINKS: Final = (".Provider", ".Network", ".CallingFeatures", ".VoIPProfile")
_WORDS: Final = (".DTMFMethod", "Transport")
_FLAGS: Final = (".Enable",)
_COUNTS: Final = ("Port", ".RegistrationPeriod", ".RegisterExpires", ".Priority")

_FLAG_TEXTS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("1", "true", "enabled", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "disabled", "no", "off"), False),
}


def _flag(text: str) -> bool | None:
    """What a switch means; None for what is neither on nor off, as Quiescent is."""
    return _FLAG_TEXTS.get(text.strip().lower())


def _spelt(on: bool, name: str, parameters: Parameters, *, words: bool) -> str:
    """A switch as this phone spells it: TR-104 v1 has words, v2 a boolean, and phones mix them up."""
    known = parameters.get(name)
    read = (known.value or "").strip().lower() if known is not None else ""
    if read in ("enabled", "disabled", "quiescent"):
        words = True
    elif read in ("0", "1", "true", "false") or (known is not None and known.type == "xsd:boolean"):
        words = False
    if words:
        return "Enabled" if on else "Disabled"
    return "1" if on else "0"


_DTMF_V1: Final = {"inband": "InBand", "rfc2833": "RFC2833", "info": "SIPInfo", "auto": "RFC2833"}
_DTMF_V2: Final = {"inband": "InBand", "rfc2833": "RFC4733", "info": "SIPInfo", "auto": "RFC4733"}
_DTMF_ALSO: Final[Mapping[str, frozenset[str]]] = {
    "rfc2833": frozenset({"rfc2833", "rfc4733"}),
    "auto": frozenset({"auto", "rfc2833", "rfc4733"}),
}
"""RFC 4733 is the newer RFC 2833. TR-104 has no word for "auto"; a phone that negotiates does so with RFC 2833."""

_SERVERS: Final[tuple[tuple[str, str], ...]] = (
    ("server", "RegistrarServer"),
    ("server", "ProxyServer"),
    ("server", "UserAgentDomain"),
    ("port", "RegistrarServerPort"),
    ("port", "ProxyServerPort"),
    ("transport", "RegistrarServerTransport"),
    ("transport", "ProxyServerTransport"),
    ("transport", "UserAgentTransport"),
    ("outbound_proxy", "OutboundProxy"),
    ("outbound_proxy_port", "OutboundProxyPort"),
    ("expires", "RegisterExpires"),
    ("expires", "RegistrationPeriod"),
)
"""Field of a line to what TR-104 calls it, in the profile's ``SIP.`` (v1) or in ``SIP.Network.{i}.`` (v2).

A phone's one SIP server is registrar, proxy and domain in one; TR-104 has them apart.
"""


def _servers(path: str, line: Mapping[str, str], number: int) -> Iterator[_Target]:
    for name, parameter in _SERVERS:
        if name in line:
            value = line[name].upper() if name == "transport" else line[name]
            yield _Target(path + parameter, value, _field(number, name), number)


def _field(number: int, name: str) -> str:
    return f"sip.lines.{number}.{name}"


def _is_off(wanted: Wanted, number: int) -> bool:
    return wanted.lines.get(str(number), {}).get("enabled") == "0"


# TR-104 v1 ------------------------------------------------------------------------------------------------------------


def lines_of(names: Iterable[str], service: Service) -> Callable[[int], tuple[int, int] | None]:
    """Give where the phone keeps its n-th line: profile and line, as its own names have them.

    ``VoiceProfile.1.Line.n``, or ``VoiceProfile.n.Line.1`` where every profile has one line; where several profiles
    have several lines, they are counted through.
    """
    pattern = re.compile(re.escape(service.path) + r"VoiceProfile\.(\d{1,9})\.Line\.(\d{1,9})\.")
    found = sorted({(int(m[1]), int(m[2])) for name in names if (m := pattern.match(name)) is not None})
    profiles = sorted({profile for profile, _ in found})
    if len(profiles) <= 1:
        by_number = {line: (profile, line) for profile, line in found}
    elif len(profiles) == len(found):
        by_number = {profile: (profile, line) for profile, line in found}
    else:
        by_number = dict(enumerate(found, 1))
    return by_number.get


def _v1(
    wanted: Wanted,
    service: Service,
    names: list[str],
    parameters: Parameters,
    skipped: list[Skipped],
    missing: dict[int, str],
) -> Iterator[_Target]:
    place_of = lines_of(names, service)
    for text, line in wanted.lines.items():
        number = int(text)
        place = place_of(number)
        if place is None:
            _no_line(number, line, f"the phone lists no line {number}", skipped, missing)
            continue
        profile = f"{service.path}VoiceProfile.{place[0]}."
        at = f"{profile}Line.{place[1]}."
        yield from _servers(f"{profile}SIP.", line, number)
        if "dtmf" in line:
            also = _DTMF_ALSO.get(line["dtmf"], frozenset())
            yield _Target(f"{profile}DTMFMethod", _DTMF_V1[line["dtmf"]], _field(number, "dtmf"), number, also)
        if "srtp" in line:
            on = line["srtp"] != "off"
            name = f"{profile}RTP.SRTP.Enable"
            yield _Target(name, _spelt(on, name, parameters, words=False), _field(number, "srtp"), number)
        if "enabled" in line:
            on, field = line["enabled"] == "1", _field(number, "enabled")
            yield _Target(f"{at}Enable", _spelt(on, f"{at}Enable", parameters, words=True), field, number)
            if on:
                name = f"{profile}Enable"
                yield _Target(name, _spelt(True, name, parameters, words=True), field, number, optional=True)
        yield from _account(at, f"{at}SIP.", "URI", wanted, number, parameters, always=False)
        if "display_name" in line:
            name = f"{at}CallingFeatures.CallerIDName"
            yield _Target(name, line["display_name"], _field(number, "display_name"), number)
        if "codecs" in line:
            yield from _codecs_v1(at, line["codecs"], number, names, parameters, skipped)
        _voicemail(line, number, skipped)
    if wanted.port:
        for profile_number in _instances(names, f"{service.path}VoiceProfile."):
            yield _Target(f"{service.path}VoiceProfile.{profile_number}.SIP.UserAgentPort", wanted.port, "sip.port", 0)


def _account(
    at_line: str, at_account: str, uri: str, wanted: Wanted, number: int, parameters: Parameters, *, always: bool
) -> Iterator[_Target]:
    line = wanted.lines[str(number)]
    if "user" in line:
        yield _Target(f"{at_line}DirectoryNumber", line["user"], _field(number, "user"), number)
    if "auth_user" in line:
        yield _Target(f"{at_account}AuthUserName", line["auth_user"], _field(number, "auth_user"), number)
    if (password := wanted.passwords.get(str(number))) is not None:
        yield _Target(f"{at_account}AuthPassword", password, _field(number, "password"), number)
    if line.get("user") and line.get("server"):
        # Where it is empty a TR-104 v1 phone makes it of number and domain; an old one would belie them.
        known = parameters.get(at_account + uri)
        if always or (known is not None and known.value):
            bare = f"{line['user']}@{line['server']}"
            also = frozenset(f"{scheme}{bare}".lower() for scheme in ("", "sip:", "sips:"))
            yield _Target(at_account + uri, f"sip:{bare}", _field(number, "user"), number, also, optional=True)


def _codecs_v1(
    at: str, codecs: str, number: int, names: list[str], parameters: Parameters, skipped: list[Skipped]
) -> Iterator[_Target]:
    """Order by ``Priority``, 1 first, and switch off what is not wanted; what a phone offers is its own."""
    field = _field(number, "codecs")
    table = f"{at}Codec.List."
    offered: dict[str, list[int]] = {}
    for entry in _instances(names, table):
        known = parameters.get(f"{table}{entry}.Codec")
        if known is not None and known.value:
            offered.setdefault(codec_of(known.value), []).append(entry)
    if not offered:
        skipped.append(Skipped(field, "the phone has no such parameter", table))
        return
    order = list(dict.fromkeys(codec_of(name) for name in codecs.split(",")))
    lacking = [name for name in codecs.split(",") if codec_of(name) not in offered]
    if lacking:
        skipped.append(Skipped(field, f"the phone offers no {', '.join(lacking)}", table))
    kept = [entry for codec in order for entry in offered.get(codec, ())]
    if not kept:
        return  # no line without any codec
    others = [entry for codec, entries in offered.items() if codec not in order for entry in entries]
    others.sort(key=lambda entry: (_count(parameters.get(f"{table}{entry}.Priority")), entry))
    for position, entry in enumerate([*kept, *others], 1):
        switch = f"{table}{entry}.Enable"
        on = entry in kept
        yield _Target(switch, _spelt(on, switch, parameters, words=False), field, number, optional=True)
        if on or switch not in parameters:
            yield _Target(f"{table}{entry}.Priority", str(position), field, number, optional=True)


def codec_of(name: str) -> str:
    """A codec by one name, however a phone or a file calls it: ``G.711ALaw``, ``PCMA``, ``G711A``."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    for short, spellings in _CODECS.items():
        if plain in spellings:
            return short
    return plain


_CODECS: Final[Mapping[str, frozenset[str]]] = {
    "pcma": frozenset({"pcma", "g711a", "g711alaw"}),
    "pcmu": frozenset({"pcmu", "g711u", "g711ulaw", "g711mulaw"}),
    "g729": frozenset({"g729", "g729a", "g729ab", "g729b"}),
    "g723": frozenset({"g723", "g7231"}),
    "g72632": frozenset({"g726", "g72632"}),
    "amrwb": frozenset({"amrwb", "g7222"}),
}


def _count(known: Parameter | None) -> int:
    text = (known.value or "").strip() if known is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0


def _voicemail(line: Mapping[str, str], number: int, skipped: list[Skipped]) -> None:
    if line.get("voicemail"):
        skipped.append(Skipped(_field(number, "voicemail"), "TR-104 has no parameter for it; it goes by file"))


def _no_line(number: int, line: Mapping[str, str], why: str, skipped: list[Skipped], missing: dict[int, str]) -> None:
    if line.get("enabled") == "0":
        skipped.append(Skipped(f"sip.lines.{number}", f"{why}, so it is off"))
    else:
        missing[number] = why


def _instances(names: Iterable[str], table: str) -> list[int]:
    pattern = re.compile(re.escape(table) + r"(\d{1,9})\.")
    return sorted({int(match[1]) for name in names if (match := pattern.match(name)) is not None})


# TR-104 v2 ------------------------------------------------------------------------------------------------------------


def _v2(
    wanted: Wanted,
    service: Service,
    names: list[str],
    parameters: Parameters,
    skipped: list[Skipped],
    missing: dict[int, str],
) -> Iterator[_Target]:
    links = _Links(service, names, parameters)
    for text, line in wanted.lines.items():
        number = int(text)
        at = f"{service.path}CallControl.Line.{number}."
        if number not in links.lines:
            _no_line(number, line, f"the phone lists no line {number}", skipped, missing)
            continue
        client = links.linked(f"{at}Provider", "SIP.Client.", number)
        if client is None:
            _no_line(number, line, f"no SIP.Client is free for line {number}", skipped, missing)
            continue
        field = f"sip.lines.{number}"
        yield _Target(f"{at}Provider", client, field, number, optional=True)
        at_client = f"{client}."
        network = links.linked(f"{at_client}Network", "SIP.Network.", number, shared=True)
        if network is not None:
            yield _Target(f"{at_client}Network", network, field, number, optional=True)
            yield from _network(f"{network}.", line, number, links, parameters, skipped)
        elif any(name in line for name, _ in _SERVERS):
            skipped.append(Skipped(field, "the phone has no SIP.Network, so no server can be set"))
        if "enabled" in line:
            on = line["enabled"] == "1"
            for name in (f"{at}Enable", f"{at_client}Enable"):
                value = _spelt(on, name, parameters, words=False)
                yield _Target(name, value, _field(number, "enabled"), number)
        yield from _account(at, at_client, "RegisterURI", wanted, number, parameters, always=True)
        if "display_name" in line:
            features = links.linked(f"{at}CallingFeatures", "CallControl.CallingFeatures.Set.", number)
            if features is None:
                skipped.append(Skipped(_field(number, "display_name"), "the phone has no CallingFeatures for the line"))
            else:
                name = _field(number, "display_name")
                yield _Target(f"{at}CallingFeatures", features, name, number, optional=True)
                yield _Target(f"{features}.CallerIDName", line["display_name"], name, number)
        _voicemail(line, number, skipped)
    if wanted.port:
        for network_number in _instances(names, f"{service.path}SIP.Network."):
            yield _Target(f"{service.path}SIP.Network.{network_number}.UserAgentPort", wanted.port, "sip.port", 0)


def _network(
    at: str, line: Mapping[str, str], number: int, links: _Links, parameters: Parameters, skipped: list[Skipped]
) -> Iterator[_Target]:
    """What TR-104 v2 keeps with the network: servers, codecs, and by way of its VoIPProfile DTMF and SRTP."""
    yield from _servers(at, line, number)
    if line.get("enabled") == "1":
        value = _spelt(True, f"{at}Enable", parameters, words=False)
        yield _Target(f"{at}Enable", value, _field(number, "enabled"), number, optional=True)
    if "dtmf" in line or "srtp" in line:
        profile = links.linked(f"{at}VoIPProfile", "VoIPProfile.", number, shared=True)
        if profile is None:
            skipped.extend(
                Skipped(_field(number, name), "the phone has no VoIPProfile for the line")
                for name in ("dtmf", "srtp")
                if name in line
            )
        else:
            said = _field(number, "dtmf" if "dtmf" in line else "srtp")
            yield _Target(f"{at}VoIPProfile", profile, said, number, optional=True)
            if "dtmf" in line:
                also = _DTMF_ALSO.get(line["dtmf"], frozenset())
                name = f"{profile}.DTMFMethod"
                yield _Target(name, _DTMF_V2[line["dtmf"]], _field(number, "dtmf"), number, also)
            if "srtp" in line:
                name = f"{profile}.RTP.SRTP.Enable"
                value = _spelt(line["srtp"] != "off", name, parameters, words=False)
                yield _Target(name, value, _field(number, "srtp"), number)
    if "codecs" in line:
        field = _field(number, "codecs")
        offered = links.codecs()
        order = dict.fromkeys(codec_of(name) for name in line["codecs"].split(","))
        chosen = [offered[codec] for codec in order if codec in offered]
        lacking = [name for name in line["codecs"].split(",") if codec_of(name) not in offered]
        if lacking:
            skipped.append(Skipped(field, f"the phone offers no {', '.join(lacking)}"))
        if chosen:
            yield _Target(f"{at}CodecList", ",".join(chosen), field, number)


class _Links:
    """The paths by which a TR-104 v2 phone ties its objects together, and which are free for those that are not."""

    def __init__(self, service: Service, names: list[str], parameters: Parameters) -> None:
        self.service, self.names, self.parameters = service, names, parameters
        self.lines = frozenset(_instances(names, f"{service.path}CallControl.Line."))
        self._taken: dict[str, set[str]] = {}
        self._chosen: dict[str, str | None] = {}
        for name in names:
            if name.endswith(_LINKS) and (path := self._said(name)):
                self._taken.setdefault(name.rpartition(".")[2], set()).add(path)

    def _said(self, name: str) -> str:
        known = self.parameters.get(name)
        text = (known.value or "").strip() if known is not None else ""
        path = text.partition(",")[0].strip().rstrip(".")
        # A path may be relative to the root, or to the service (TR-106 3.2.3)
        for prefix in ("", self.service.path.partition(".")[0] + ".", self.service.path):
            if path and any(each.startswith(f"{prefix}{path}.") for each in self.names):
                return prefix + path
        return ""

    def linked(self, name: str, table: str, number: int, *, shared: bool = False) -> str | None:
        """Give the object that a parameter names; where it names none, the object of that number or another free one.

        ``shared``: where none is free, the first one serves several lines.
        """
        if name not in self._chosen:
            self._chosen[name] = self._said(name) or self._free(name, table, number, shared)
        return self._chosen[name]

    def _free(self, name: str, table: str, number: int, shared: bool) -> str | None:
        prefix = self.service.path + table
        present = [f"{prefix}{each}" for each in _instances(self.names, prefix)]
        taken = self._taken.setdefault(name.rpartition(".")[2], set())
        free = [path for path in present if path not in taken]
        own = f"{prefix}{number}"
        chosen = own if own in free else free[0] if free else present[0] if shared and present else None
        if chosen is not None:
            taken.add(chosen)
        return chosen

    def codecs(self) -> dict[str, str]:
        """Give the phone's codec profiles: codec to path, the first of each."""
        prefix = f"{self.service.path}CodecProfile."
        found: dict[str, str] = {}
        for entry in _instances(self.names, prefix):
            known = self.parameters.get(f"{prefix}{entry}.Codec")
            if known is not None and known.value:
                found.setdefault(codec_of(known.value), f"{prefix}{entry}")
        return found


def _paths(text: str) -> list[str]:
    return [part.strip().rstrip(".") for part in text.split(",") if part.strip()]
