"""Every phone model as data: names, files, dialect, sizes and what it can be given.

The data is `models.toml`, read once. Look-ups do not care for letter case, nor for a maker's name in front.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from acs.formats import Dialect


@dataclass(frozen=True, slots=True)
class Model:
    """One phone model."""

    name: str
    series: str
    general_file: str | None
    """Name of the file for all phones of the model; None where nobody has seen the phone ask for it."""
    dialect: Dialect
    lines: int
    dss_keys: int
    supports: frozenset[str]
    """Kinds of item that the phone fetches by an ``Auto ... Url``."""
    side_keys: int = 0
    page_keys: int = 0
    """DSS keys per page on generation 2; 0 where all stand on one page."""
    firmware: str = r".*\.(z|zip)"
    """Pattern of the file name of its firmware."""
    profile: str = "common"
    root: str = "Device."
    aliases: tuple[str, ...] = ()
    ouis: tuple[str, ...] = ("0C383E", "00A859")
    """First six digits of its MAC addresses, upper case."""
    user_agent: str = ""
    """What it calls itself in HTTP and SIP, up to its version: ``Fanvil X4``."""
    container: str = "aes-256-cbc-iv-prefix"
    """How its encrypted files are wrapped: a name of `acs.formats.containers`."""
    screen: tuple[int, int] | None = None
    """Width and height of a background in pixels; None: not known."""
    source: str = "built-in"
    """Where it is described: ``built-in``, or the name of an operator's file."""

    def takes_firmware(self, file_name: str) -> bool:
        """Whether a firmware file's name looks like this model's."""
        return re.fullmatch(self.firmware, file_name, re.IGNORECASE) is not None


GENERIC = Model(
    name="generic",
    series="generic",
    general_file=None,
    dialect=Dialect.TEXT2,
    lines=20,
    dss_keys=127,
    supports=frozenset({"firmware", "phonebook", "certificate", "background", "mmiset", "dialpeer", "access_list"}),
)
"""Stands for a model that nobody has described. Every phone of the last years is of generation 2, and the limits are
those of the largest phone: it is better to write a line that the phone does not have than to refuse one that it has."""


def _load(data: Mapping[str, Any]) -> Mapping[str, Model]:
    models = {}
    for name, row in data["models"].items():
        series = data["series"][row["series"]]
        supports = (set(series["supports"]) | set(row.get("also", ()))) - set(row.get("without", ()))
        models[name] = Model(
            name=name,
            series=row["series"],
            general_file=row.get("general_file"),
            dialect=Dialect(row.get("dialect", series["dialect"])),
            lines=row["lines"],
            dss_keys=row["dss_keys"],
            supports=frozenset(supports),
            side_keys=row.get("side_keys", 0),
            page_keys=row.get("page_keys", 0),
            firmware=row.get("firmware", GENERIC.firmware),
            profile=row.get("profile", GENERIC.profile),
            root=row.get("root", GENERIC.root),
            aliases=tuple(row.get("aliases", ())),
        )
    return MappingProxyType(models)


def _text() -> str:
    return files("acs.domain.phones").joinpath("models.toml").read_text(encoding="utf-8")


MODELS: Mapping[str, Model] = _load(tomllib.loads(_text()))
"""The models that come with the program by name, in the order of the data file."""

_MAKER = re.compile(r"^(?:fanvil|linkvil)[ _-]+", re.IGNORECASE)


@dataclass(frozen=True)
class Catalogue:
    """All models that this server knows: those of the data file and those of the operator's own files."""

    models: Mapping[str, Model] = field(default_factory=lambda: MODELS)

    @cached_property
    def _by_name(self) -> Mapping[str, Model]:
        return {name.casefold(): model for model in self.models.values() for name in (model.name, *model.aliases)}

    @cached_property
    def _by_file(self) -> Mapping[str, Model]:
        return {model.general_file.casefold(): model for model in self.models.values() if model.general_file}

    def named(self, name: str) -> Model | None:
        """The model of that name or other name (``X4``, ``Fanvil X6U Pro``, ``x5u_v2``), or None."""
        plain = _MAKER.sub("", name.strip()).casefold()
        return next((self._by_name[spelling] for spelling in _spellings(plain) if spelling in self._by_name), None)

    def of_phone(self, product_class: str, *, model: str = "", user_agent: str = "") -> Model:
        """The model of a phone by what it says of itself, best evidence first; `GENERIC` if nothing is known.

        Args:
            product_class: ``DeviceId.ProductClass``; usually the model, but some units say ``BCM Serials``.
            model: what an operator or ``DeviceInfo.ModelName`` says; it goes before the product class.
            user_agent: ``Fanvil X6U Pro 2.4.5 0c383e047194``, from HTTP or SIP.
        """
        for name in (model, product_class, _model_in(user_agent)):
            if name and (found := self.named(name)):
                return found
        return GENERIC

    def of_general_file(self, file_name: str) -> Model | None:
        """The model that asks for this general file (phones' own letter case differs from the manual's), or None."""
        return self._by_file.get(file_name.rpartition("/")[2].casefold())


BUILT_IN = Catalogue()
"""The models that come with the program."""


@lru_cache(maxsize=4096)  # bounded: the argument comes from the network
def _model_in(user_agent: str) -> str:
    agent = re.match(r"(?:fanvil|linkvil) (.+?) [0-9][\w.-]* ", user_agent + " ", re.IGNORECASE)
    return agent[1] if agent else ""


def _spellings(name: str) -> tuple[str, ...]:
    spaced = re.sub(r"[ _-]+", " ", name)
    return name, spaced, spaced.replace(" ", "-"), spaced.replace(" ", "")
