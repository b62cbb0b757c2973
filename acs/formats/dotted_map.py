"""What dotted files name differently: their leaves beside those of ``<sysConf>``, as far as they are known.

The full map is not public. What is not listed has the path of ``<sysConf>`` with dots between its elements.
"""

from acs.formats.sysconf_map import Step

_SIP = "SIP CONFIG MODULE"
_NET = "NET CONFIG MODULE"
_PHONE = "PHONE FEATURE MODULE"
_AP = "AUTOUPDATE CONFIG MODULE"
_QOS = "QOS CONFIG MODULE"
_LINE: tuple[Step, ...] = (("line", 0),)
_DATE: tuple[Step, ...] = (("date", None),)
_PNP: tuple[Step, ...] = (("pnp", None),)
_OPT: tuple[Step, ...] = (("opt", None),)

RENAMED: tuple[tuple[str, tuple[Step, ...], str, str], ...] = (
    (_SIP, _LINE, "Register User", "RegUser"),
    (_SIP, _LINE, "Register Addr", "RegAddr"),
    (_SIP, _LINE, "Register Pswd", "RegPswd"),
    (_SIP, _LINE, "Enable Reg", "RegEnabled"),
    (_SIP, _LINE, "MWI Num", "MWICode"),
    (_SIP, _LINE, "Enable Hotline", "HotlineEnabled"),
    (_SIP, _LINE, "VoiceCodecMap", "AudioCodecSet"),
    (_NET, (), "Enable DHCP", "dhcp.Enabled"),
    (_NET, (), "DHCP Auto DNS", "dhcp.AutoDNS"),
    (_NET, (), "Enable PPPoE", "pppoe.Enabled"),
    (_PHONE, (), "Enable KeyLock", "KeyLockEnabled"),
    (_PHONE, _DATE, "Enable SNTP", "SNTPEnabled"),
    (_PHONE, _DATE, "SNTP Timeout", "SNTPInterval"),
    (_AP, (), "Check FailTimes", "FailedRetryTimes"),
    (_AP, _OPT, "DHCP Option", "^DHCPOption"),
    (_AP, _PNP, "PNP Enable", "Enabled"),
    (_AP, _PNP, "PNP IP", "IP"),
    (_AP, _PNP, "PNP Port", "Port"),
    (_AP, _PNP, "PNP Transport", "Transport"),
    (_AP, _PNP, "PNP Interval", "Interval"),
    (_QOS, (), "Enable VLAN", "VLANEnabled"),
    (_QOS, (), "Enable PVID", "PortVLanEnabled"),
    (_QOS, (), "PVID Value", "PortVLanID"),
)
"""Module, place in it (0 stands for any number), text key, and the path below the place; ``^`` goes up one element."""


def renamed(module: str, steps: tuple[Step, ...], key: str) -> tuple[tuple[Step, ...], str] | None:
    """Place and leaf that a text key has in a dotted file, where they are not those of ``<sysConf>``."""
    leaf = _LEAVES.get((module, _any(steps), key))
    if leaf is None:
        return None
    if leaf.startswith("^"):
        return steps[:-1], leaf[1:]
    *down, last = leaf.split(".")
    return (*steps, *((name, None) for name in down)), last


def original(module: str, steps: tuple[Step, ...], leaf: str) -> tuple[tuple[Step, ...], str] | None:
    """Place in ``<sysConf>`` and text key of a leaf that has its own name in dotted files: `renamed` read backwards."""
    found = _KEYS.get((module, _any(steps), leaf))
    if found is None:
        return None
    place, key = found
    # The numbers are those of the elements above.
    return tuple(steps[at] if number is not None else (name, None) for at, (name, number) in enumerate(place)), key


def _any(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple((name, None if number is None else 0) for name, number in steps)


_LEAVES = {(module, steps, key): leaf for module, steps, key, leaf in RENAMED}
_KEYS = {
    (module, *found): (steps, key)
    for module, steps, key, _ in RENAMED
    if (found := renamed(module, steps, key)) is not None
}
