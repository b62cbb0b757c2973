"""A phone's own file read back as typed settings: the writers turned round, key by key.

Nothing here has to be right in every case: what it proposes is written again and compared (`importing`), and whatever
does not give the file's own keys and values is taken back.
"""

import re
from collections.abc import Mapping
from typing import Any

from acs.domain.phones import codes
from acs.domain.phones.catalogue import GENERIC, Model
from acs.domain.phones.writers import AUTOUPDATE, GLOBAL, MMI, NET, PHONE, QOS, SIP, TR069

Place = tuple[str, str, str, str]
"""Module, section, entry and key of an item."""

_TRANSPORT = {code: name for name, code in codes.TRANSPORT.items()}
_DTMF = {code: name for name, code in codes.DTMF.items()}
_SRTP = {code: name for name, code in codes.SRTP.items()}
_DST = {code: name for name, code in codes.DST.items()}
_MODE = {code: name for name, code in codes.DOWNLOAD_MODE.items()}
_LEVEL = {code: name for name, code in codes.LEVEL.items()}
_TONES = {str(number): country for country, number in reversed(tuple(codes.TONES.items()))}
_LANGUAGES_1 = {number: name for name, number in codes.LANGUAGES_1.items()}
_PLAIN_TYPES = {code.type: name for name, code in codes.KEY_TYPES.items() if not code.memory}
_MEMORY = sorted(
    ((code.memory, name) for name, code in codes.KEY_TYPES.items() if code.memory), key=lambda each: -len(each[0])
)
_MEMORY_VALUE = re.compile(r"(.+)@([1-9][0-9]?)/([^@/]*)", re.DOTALL)
_PAGE = re.compile(r"Dsskey Config([1-9][0-9]{0,2})")


class Understanding:
    """The typed settings that a file's items propose."""

    def __init__(self, values: Mapping[Place, str], *, generation: int, model: Model) -> None:
        self.layer: dict[str, Any] = {}
        self._values = values
        self._first = generation == 1
        self._model = model
        self._network()
        self._time()
        self._locale()
        self._sip()
        self._keys()
        self._web()
        self._tr069()
        self._autoprovision()

    def _get(self, module: str, key: str, section: str = "", index: str = "") -> str | None:
        return self._values.get((module, section, index, key))

    def _set(self, value: Any, *path: str) -> None:
        if value is None:
            return
        here = self.layer
        for name in path[:-1]:
            here = here.setdefault(name, {})
        here[path[-1]] = value

    def _entries(self, module: str, section: str, prefix: str) -> list[str]:
        found = {
            index.removeprefix(prefix): None
            for where, inside, index, _ in self._values
            if (where, inside) == (module, section) and re.fullmatch(f"{prefix}[1-9][0-9]{{0,2}}", index)
        }
        return list(found)

    def _network(self) -> None:
        module = GLOBAL if self._first else NET
        dhcp = self._get(module, "Enable DHCP")
        if self._first:
            self._set((self._get(module, "WAN Mode") or "").lower() or None, "network", "mode")
        else:
            modes = {("1", "0"): "dhcp", ("0", "1"): "pppoe", ("0", "0"): "static"}
            self._set(modes.get((dhcp or "", self._get(module, "Enable PPPoE") or "")), "network", "mode")
        for name, key in (("address", "WAN IP"), ("netmask", "WAN Subnet Mask"), ("gateway", "WAN Gateway")):
            self._set(self._get(module, key), "network", name)
        if (automatic := self._get(module, "DHCP Auto DNS")) is not None:
            servers = [self._get(module, key) for key in ("Primary DNS", "Secondary DNS")]
            self._set([server for server in servers if server] if automatic == "0" else [], "network", "dns")
        place = (GLOBAL, "Host Name", "") if self._first else (PHONE, "Host Name", "Display Input")
        self._set(self._get(*place), "network", "hostname")
        self._set(_flag(self._get(QOS, "Enable VLAN")), "network", "vlan", "enabled")
        self._set(_number(self._get(QOS, "VLAN ID")), "network", "vlan", "id")

    def _time(self) -> None:
        module, section = (GLOBAL, "") if self._first else (PHONE, "DateTime Config")
        self._set(self._get(module, "SNTP Server", section), "time", "ntp_server")
        zone = (self._get(module, "Time Zone", section), self._get(module, "Time Zone Name", section))
        self._set(codes.zone_of(*zone), "time", "timezone")
        dst = self._get(module, "Enable DST" if self._first else "DST Type", section)
        self._set(_DST.get(dst or ""), "time", "dst")

    def _locale(self) -> None:
        if self._first:
            number = self._get(GLOBAL, "Language")
            self._set(_LANGUAGES_1.get(number or "", number), "locale", "language")
            tone = self._get("DSP CONFIG MODULE", "Signal Standard")
        else:
            self._set(self._get(PHONE, "Default Language", "Display Input"), "locale", "language")
            tone = self._get("MM CONFIG MODULE", "Select Your Tone")
        self._set(_TONES.get(tone or ""), "locale", "tone")

    def _sip(self) -> None:
        self._set(_number(self._get(SIP, "SIP  Port")), "sip", "port")
        for number in self._entries(SIP, "SIP Line List", "SIP"):
            if int(number) <= self._model.lines:
                self._line(number)

    def _line(self, number: str) -> None:
        def get(key: str) -> str | None:
            return self._get(SIP, key, "SIP Line List", f"SIP{number}")

        codecs = get("VoiceCodecMap")
        said: dict[str, Any] = {
            "enabled": _flag(get("Enable Reg")),
            "display_name": get("Display Name"),
            "user": get("Phone Number"),
            "auth_user": get("Register User"),
            "password": get("Register Pswd"),
            "server": get("Register Addr"),
            "port": _number(get("Register Port")),
            "transport": _TRANSPORT.get(get("Transport") or ""),
            "outbound_proxy": get("Proxy Addr"),
            "outbound_proxy_port": _number(get("Proxy Port")),
            "expires": _number(get("Register TTL")),
            "dtmf": _DTMF.get(get("DTMF Mode") or ""),
            "srtp": _SRTP.get(get("Media Crypto") or ""),
            "codecs": [codes.codec_name(name) for name in codecs.split(",")] if codecs else None,
            "voicemail": get("MWI Num"),
        }
        for name, value in said.items():
            self._set(value, "sip", "lines", number, name)

    def _keys(self) -> None:
        if self._first:
            for number in self._entries("PHONE CONFIG MODULE", "Function Key", "Fkey"):
                self._key(int(number), "PHONE CONFIG MODULE", "Function Key", f"Fkey{number}")
            return
        if self._model.name == GENERIC.name:
            # Where a key stands depends on the model: without one, places cannot become numbers.
            return
        module = "DSSKEY CONFIG MODULE"
        side, page_keys = self._model.side_keys, self._model.page_keys
        for place in dict.fromkeys((section, index) for where, section, index, _ in self._values if where == module):
            section, index = place
            position = re.fullmatch(r"Fkey([1-9][0-9]{0,2})", index)
            page = _PAGE.fullmatch(section)
            if position is None:
                continue
            at = int(position[1])
            if section == "Sidekey Config1":
                if at <= side:
                    self._key(at, module, section, index)
            elif page is not None and (at <= page_keys if page_keys else page[1] == "1"):
                self._key(side + (int(page[1]) - 1) * page_keys + at, module, section, index)

    def _key(self, number: int, module: str, section: str, index: str) -> None:
        if number > self._model.dss_keys:
            return
        kind, value = (self._get(module, key, section, index) for key in ("Type", "Value"))
        if kind is None or value is None:
            return
        said = _dss_key(kind, value)
        if said is None:
            return
        for name, each in {**said, "label": self._get(module, "Title", section, index)}.items():
            self._set(each, "keys", str(number), name)

    def _web(self) -> None:
        for number in self._entries(MMI, "MMI Account", "Account"):
            place = ("MMI Account", f"Account{number}")
            at = ("web", "accounts", number)
            self._set(self._get(MMI, "Name", *place) or None, *at, "name")
            self._set(self._get(MMI, "Password", *place) or None, *at, "password")
            self._set(_LEVEL.get(self._get(MMI, "Level", *place) or ""), *at, "level")

    def _tr069(self) -> None:
        self._set(_flag(self._get(TR069, "Enable TR069")), "tr069", "enabled")
        for name, key in (("acs_url", "ACS URL"), ("username", "ACS UserName"), ("password", "ACS Password")):
            self._set(self._get(TR069, key), "tr069", name)
        self._set(_number(self._get(TR069, "Periodix Interval")), "tr069", "periodic_interval")
        self._set(_flag(self._get(TR069, "STUN Enable")), "tr069", "stun", "enabled")
        self._set(self._get(TR069, "STUN Server Addr"), "tr069", "stun", "server")
        self._set(_number(self._get(TR069, "STUN Server Port")), "tr069", "stun", "port")

    def _autoprovision(self) -> None:
        at, server = "autoprovision", "Download" if self._first else "Flash"
        pnp, option = ("", "") if self._first else ("Sip Pnp List", "Net Option")
        account = "Download" if self._first else "Default"
        self._set(self._get(AUTOUPDATE, f"{account} Username"), at, "username")
        self._set(self._get(AUTOUPDATE, f"{account} Password"), at, "password")
        address = self._get(AUTOUPDATE, f"{server} Server IP")
        name = self._get(AUTOUPDATE, "Config File Name" if self._first else "Flash File Name")
        if address is not None and name is not None:
            self._set(f"{address}/{name}" if name else address, at, "server_url")
        self._set(_MODE.get(self._get(AUTOUPDATE, f"{server} Mode") or ""), at, "mode")
        self._set(_number(self._get(AUTOUPDATE, f"{server} Interval")), at, "interval_hours")
        self._set(_flag(self._get(AUTOUPDATE, "Save Provision Info")), at, "save_info")
        self._set(_flag(self._get(AUTOUPDATE, "PNP Enable", pnp)), at, "pnp", "enabled")
        self._set(_number(self._get(AUTOUPDATE, "DHCP Option", option)), at, "dhcp_option")


def _dss_key(kind: str, value: str) -> dict[str, Any] | None:
    """The typed fields of a key from what the phone has in ``Type`` and ``Value``."""
    if kind != codes.KEY_TYPES["memory"].type:
        name = _PLAIN_TYPES.get(kind)
        if name == "none":
            return {"type": name} if not value else None
        if name == "line":
            line = re.fullmatch(r"SIP([1-9][0-9]?)", value)
            return {"type": name, "line": int(line[1])} if line else None
        return {"type": name, "value": value} if name and value else None
    if found := _MEMORY_VALUE.fullmatch(value):
        for letters, name in _MEMORY:
            if found[3].startswith(letters):
                said = {"type": name, "line": int(found[2]), "value": found[1]}
                pickup = found[3].removeprefix(letters)
                return {**said, "pickup": pickup} if pickup else said
    return {"type": "memory", "value": value} if value else None


def _flag(value: str | None) -> bool | None:
    return {"0": False, "1": True}.get(value or "")


def _number(value: str | None) -> int | None:
    # "05060" would be written as 5060: another text.
    return int(value) if value and re.fullmatch(r"0|[1-9][0-9]{0,9}", value) else None
