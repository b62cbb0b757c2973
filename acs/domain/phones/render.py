"""From settings to a configuration file of one phone.

Only what somebody said is written; a phone keeps what its file does not name. Raw keys win over the typed value of
their own layer and lose to a value, typed or raw, of a more specific one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from acs.domain.phones import file_keys
from acs.domain.phones.catalogue import GENERIC, Model
from acs.domain.phones.layers import Resolved
from acs.domain.phones.sheet import Sheet
from acs.domain.phones.writers import AUTOUPDATE, WRITERS
from acs.errors import BadSettings
from acs.formats import ConfigDocument, Dialect, Item, Module
from acs.formats.document import check

ITEM_KEYS: Mapping[str, str] = {
    "firmware": "Auto Image Url",
    "phonebook": "Auto Pbook Url",
    "certificate": "Auto etc Url",
    "background": "Auto Logo Url",
    "mmiset": "Auto Mmiset Url",
    "dialpeer": "Auto DPeer Url",
    "access_list": "Auto AList Url",
}
"""Kind of file to the key that makes a phone fetch it (the manual's section 4.4, its spelling)."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where the phone shall fetch what its settings name, chosen by the caller; empty: write no such key."""

    phonebook: str = ""
    firmware: str = ""
    background: str = ""
    certificates: tuple[str, ...] = ()
    """A file can carry one, the first; the others go by `item_document`."""
    mmiset: str = ""
    dialpeer: str = ""
    access_list: str = ""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Kind and URL of each, in the order of `ITEM_KEYS`."""
        for kind in ITEM_KEYS:
            url = next(iter(self.certificates), "") if kind == "certificate" else str(getattr(self, kind))
            if url:
                yield kind, url


NO_LINKS = Links()
_ANY_PHONE = replace(GENERIC, name="any", lines=999, dss_keys=999)


def render(
    resolved: Resolved,
    *,
    model: Model,
    dialect: Dialect,
    links: Links = NO_LINKS,
    keys: file_keys.Carried = file_keys.NO_KEYS.carries,
) -> ConfigDocument:
    """The configuration of one phone, without a version. ``keys``: what it says about keys of encrypted files.

    Raises:
        BadSettings: the model has no such line, key or item, or a value would break the file; it names field, layer
            and model.
    """
    return render_traced(resolved, model=model, dialect=dialect, links=links, keys=keys)[0]


def render_traced(
    resolved: Resolved,
    *,
    model: Model,
    dialect: Dialect,
    links: Links = NO_LINKS,
    keys: file_keys.Carried = file_keys.NO_KEYS.carries,
) -> tuple[ConfigDocument, Sheet]:
    """What `render` gives, and the sheet that it was written on, which knows the setting behind each item.

    Raises:
        BadSettings: as `render` does.
    """
    sheet = Sheet(resolved, model, dialect.generation)
    config = resolved.config
    for write in WRITERS:
        write(sheet, config)
    for kind, url in links:
        path = ("certificates",) if kind == "certificate" else (kind, "file_id")
        if resolved.rank(kind, "phonebook_id") >= 0:
            path = (kind, "phonebook_id")
        if kind not in model.supports:
            raise sheet.refuse(f"the phone takes no {kind}", *path)
        sheet.put(AUTOUPDATE, ITEM_KEYS[kind], url, *path)
    for name, value in keys.items():
        sheet.put(
            AUTOUPDATE, file_keys.LINES[dialect.generation][name], value, "encryption", name if value else "enabled"
        )
    sheet.put_raw()
    document = sheet.document()
    check(document)
    return document, sheet


def render_neutral(resolved: Resolved) -> ConfigDocument:
    """What the settings say whatever phone it is for, in the words of generation 2 and with any number of lines.

    Raises:
        BadSettings: the settings cannot be rendered at all.
    """
    return render(resolved, model=_ANY_PHONE, dialect=Dialect.TEXT2)


def item_document(kind: str, url: str, *, model: Model = GENERIC, dialect: Dialect = Dialect.TEXT1) -> ConfigDocument:
    """The small configuration file that makes a phone fetch one file, and changes nothing else.

    Raises:
        BadSettings: no such kind, the model does not take it, or the dialect has no way to say it.
    """
    if dialect is Dialect.DOTTED:
        raise BadSettings(f"dialect {dialect} has no key that makes a phone fetch a file", field="dialect")
    _supported(kind, model)
    document = ConfigDocument((Module(AUTOUPDATE, (Item(ITEM_KEYS[kind], url),)),))
    check(document)
    return document


def next_version(previous: str | None, dialect: Dialect) -> str:
    """The version after ``previous``: one more in its last place, so that phones that want a higher one update.

    The first one is above every factory version (``2.0002``, ``2.0000000000``), compared as decimals as well as digit
    by digit.
    """
    digits = (previous or "").replace(".", "", 1)
    if previous is None or not digits.isascii() or not digits.isdecimal():
        return "2.0003" if dialect.generation == 1 else "2.0003000000"
    _, dot, fraction = previous.partition(".")
    number = str(int(digits) + 1).zfill(len(digits))
    cut = len(number) - len(fraction)
    return f"{number[:cut]}{dot}{number[cut:]}"


def _supported(kind: str, model: Model) -> None:
    if kind not in ITEM_KEYS:
        raise BadSettings(f"no key makes a phone fetch {kind!r}; known: {', '.join(ITEM_KEYS)}", field="kind")
    if kind not in model.supports:
        raise BadSettings(f"{kind}: model {model.name} takes no such file", field=kind, model=model.name)
