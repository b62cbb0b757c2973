"""What a phone must report once it has applied its file: the proof behind "succeeded".

Only parameters that the phone really has (by the names that it listed), that the file really sets, and that can be
read: passwords read back empty, and a proxy is reported under names that differ from firmware to firmware.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Set

from acs.domain.phones.writers import SIP
from acs.formats import ConfigDocument

_LINE = (("Phone Number", "DirectoryNumber", 32), ("Register User", "SIP.AuthUserName", 128))
_PROFILE = (("Register Addr", "SIP.RegistrarServer", 256),)
"""Key of a line, the TR-104 name for it, and the longest value that the parameter can hold."""


def expectations(document: ConfigDocument, *, parameter_names: Collection[str], root: str) -> Mapping[str, str]:
    """Parameter names with the values that must read back after the file of these settings was applied.

    A phone lists its lines as ``VoiceProfile.1.Line.n`` or as ``VoiceProfile.n.Line.1``; its own names decide. Where
    all lines share one profile, the profile's server is only expected if all lines of the file agree on it.

    Args:
        document: `render_neutral` of the settings that were rendered.
        parameter_names: all names that the phone has (leaves; as a set, if they are many).
        root: ``Device.`` or ``InternetGatewayDevice.``.
    """
    names = parameter_names if isinstance(parameter_names, Set) else frozenset(parameter_names)
    service = f"{root}Services.VoiceService.1."
    return {name: value for name, value in _expected(document, service, names) if name in names}


def _expected(document: ConfigDocument, service: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
    lines = sorted({int(item.index[3:]) for module, item in document if module == SIP and item.index.startswith("SIP")})
    shared = not any(name.startswith(f"{service}VoiceProfile.2.") for name in names)
    if not shared and any(re.match(r"VoiceProfile\.\d+\.Line\.(?!1\.)", name.removeprefix(service)) for name in names):
        return  # several lines in several profiles: nobody knows which of them the phone's third line is
    for line in lines:
        profile = f"{service}VoiceProfile.{1 if shared else line}."
        at_line = f"{profile}Line.{line if shared else 1}."
        for key, parameter, longest in _LINE:
            value = document.get(SIP, f"SIP{line} {key}")
            if value is not None and len(value) <= longest:
                yield at_line + parameter, value
                if parameter == "DirectoryNumber":  # of TR-104 v2 it stands with the line; the rest is behind links
                    yield f"{service}CallControl.Line.{line}.{parameter}", value
        for key, parameter, longest in _PROFILE:
            said = {document.get(SIP, f"SIP{other} {key}") for other in (lines if shared else [line])}
            value = said.pop() if len(said) == 1 else None
            if value is not None and len(value) <= longest:
                yield profile + parameter, value
