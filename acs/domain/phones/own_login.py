"""The credentials by which a phone and this server know each other are the server's to change, not a file's.

Settings, and imported exports above all, may hold user names and passwords of TR-069. A phone that stays with this
server and took them would be a stranger at its next call, and could not be woken.
"""

from urllib.parse import urlsplit

from acs.domain.phones.writers import TR069
from acs.formats import ConfigDocument, Module
from acs.formats.document import fold

_LOGIN = frozenset(map(fold, ("ACS UserName", "ACS Password", "CPE UserName", "CPE Password")))
_NOWHERE = ("", "0.0.0.0")


def keep_login(document: ConfigDocument, *, acs_url: str) -> ConfigDocument:
    """Leave the user names and passwords of TR-069 out of a file, unless the file sends the phone to another server.

    Args:
        document: what the phone would be handed.
        acs_url: where phones reach this server.
    """
    said = document.get(TR069, "ACS URL", "") or ""
    if said.strip() not in _NOWHERE and _place(said) != _place(acs_url):
        return document
    modules = []
    for module in document.modules:
        if fold(module.name) != fold(TR069):
            modules.append(module)
            continue
        left = tuple(item for item in module.items if item.index or fold(item.key) not in _LOGIN)
        if left:
            modules.append(Module(module.name, left))
    return ConfigDocument(tuple(modules), document.version)


def _place(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url.strip())
        return (parts.hostname or "").lower(), parts.port
    except ValueError:
        return url, None
