"""Every phone model as data: names, files, dialect, sizes and what it can be given.

The data is `models.toml`, read once. Look-ups do not care for letter case, nor for a maker's name in front.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from acs.errors import BadFile
from acs.formats import Dialect
from acs.formats.containers import DEFAULT, ENCRYPTING


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
    firmware_check: str = ""
    """The text file that it asks its upgrade server for; empty: not known."""
    profile: str = "common"
    root: str = "Device."
    aliases: tuple[str, ...] = ()
    other_general_files: tuple[str, ...] = ()
    """Other names of the file for all phones, as other sources have them."""
    ouis: tuple[str, ...] = ("0C383E", "00A859")
    """First six digits of its MAC addresses, upper case."""
    user_agent: str = ""
    """What it calls itself in HTTP and SIP, up to its version: ``Fanvil X4``."""
    container: str = DEFAULT
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


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return value


_KINDS = tuple(sorted(GENERIC.supports))
_DIALECTS = tuple(each.value for each in Dialect)


def _one_of(*known: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known:
            raise ValueError(f"wanted one of: {', '.join(known)}")
        return value

    return AfterValidator(check)


_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9 ._+-]{0,62}[A-Za-z0-9+])?$")]
_Alias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+/-]{0,63}$")]
_FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
_DialectName = Annotated[str, _one_of(*_DIALECTS)]
_Kinds = Annotated[list[Annotated[str, _one_of(*_KINDS)]], Field(max_length=len(_KINDS))]
_Ouis = Annotated[list[Annotated[str, Field(pattern=r"^[0-9A-F]{6}$")]], Field(max_length=64)]
_Pixels = Annotated[int, Field(ge=16, le=4096)]


class _Series(_Strict):
    """A table ``[series.NAME]`` of a data file."""

    title: Annotated[str, Field(min_length=1, max_length=128)]
    dialect: _DialectName
    supports: _Kinds


class _Row(_Strict):
    """A table ``[models."NAME"]`` of a data file."""

    series: Annotated[str, Field(min_length=1, max_length=64)]
    lines: Annotated[int, Field(ge=1, le=99)]
    dss_keys: Annotated[int, Field(ge=0, le=999)]
    side_keys: Annotated[int, Field(ge=0, le=99)] = 0
    page_keys: Annotated[int, Field(ge=0, le=999)] = 0
    general_file: _FileName | None = None
    other_general_files: Annotated[list[_FileName], Field(max_length=16)] = []
    dialect: _DialectName | None = None
    root: Annotated[str, _one_of("Device.", "InternetGatewayDevice.")] = GENERIC.root
    profile: Annotated[str, _one_of("common", "ctc")] = GENERIC.profile
    also: _Kinds = []
    without: _Kinds = []
    firmware: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_pattern)] = GENERIC.firmware
    firmware_check: _FileName | None = None
    aliases: Annotated[list[_Alias], Field(max_length=64)] = []
    ouis: _Ouis = list(GENERIC.ouis)
    user_agent: Annotated[str, Field(max_length=64, pattern=r"^[ -~]*$")] | None = None
    screen: Annotated[list[_Pixels], Field(min_length=2, max_length=2)] | None = None
    container: Annotated[str, _one_of(*ENCRYPTING)] = GENERIC.container


class _File(_Strict):
    """A whole data file."""

    series: Annotated[dict[str, _Series], Field(max_length=100)] = {}
    models: Annotated[dict[_Name, _Row], Field(max_length=1000)] = {}


@dataclass(frozen=True, slots=True)
class Described:
    """What one data file describes."""

    models: Mapping[str, Model]
    series: frozenset[str]


def read_models(text: str, *, source: str, known: Mapping[str, Any] = MappingProxyType({})) -> tuple[Described, Any]:
    """Read a data file in the shape of ``models.toml``; give its models, and its series for files that come after.

    Args:
        text: the file.
        source: what it is called; it becomes the models' ``source`` and stands in errors.
        known: series of files read before; a file may use them, and describe more.

    Raises:
        BadFile: it is no TOML, or something in it is off; the message names file, model and field.
    """
    try:
        data = _File.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadFile(f"{source}: no TOML: {error}") from None
    except ValidationError as error:
        raise BadFile(f"{source}: {'; '.join(_problems(error))}") from None
    series = {**known, **data.series}
    models = {}
    for name, row in data.models.items():
        if row.series not in series:
            raise BadFile(
                f"{source}: model {name}: series: there is no series {row.series!r}; known: {', '.join(series)}"
            )
        models[name] = _model(name, row, series[row.series], source)
    return Described(MappingProxyType(models), frozenset(data.series)), MappingProxyType(series)


def _model(name: str, row: _Row, series: _Series, source: str) -> Model:
    if name.casefold() == GENERIC.name:
        raise BadFile(f"{source}: model {name}: this name stands for phones that nobody has described")
    if row.side_keys > row.dss_keys:
        raise BadFile(f"{source}: model {name}: side_keys: {row.side_keys} of {row.dss_keys} DSS keys")
    return Model(
        name=name,
        series=row.series,
        general_file=row.general_file,
        other_general_files=tuple(row.other_general_files),
        dialect=Dialect(row.dialect or series.dialect),
        lines=row.lines,
        dss_keys=row.dss_keys,
        supports=frozenset((set(series.supports) | set(row.also)) - set(row.without)),
        side_keys=row.side_keys,
        page_keys=row.page_keys,
        firmware=row.firmware,
        firmware_check=row.firmware_check or "",
        profile=row.profile,
        root=row.root,
        aliases=tuple(row.aliases),
        ouis=tuple(row.ouis),
        user_agent=f"Fanvil {name}" if row.user_agent is None else row.user_agent,
        container=row.container,
        screen=(row.screen[0], row.screen[1]) if row.screen else None,
        source=source,
    )


def _problems(error: ValidationError) -> Iterator[str]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    for problem in found[:8]:
        place = [str(part) for part in problem["loc"] if part != "[key]"]
        match place:
            case ["models", name, *below]:
                where = f"model {name}" + (f": {'.'.join(below)}" if below else "")
            case ["series", name, *below]:
                where = f"series {name}" + (f": {'.'.join(below)}" if below else "")
            case _:
                where = ".".join(place) or "file"
        message = "unknown name" if problem["type"] == "extra_forbidden" else problem["msg"]
        yield f"{where}: {message.removeprefix('Value error, ')}"
    if len(found) > 8:
        yield f"and {len(found) - 8} more"


def _text() -> str:
    return files("acs.domain.phones").joinpath("models.toml").read_text(encoding="utf-8")


_BUILT_IN, SERIES = read_models(_text(), source=GENERIC.source)
"""The series that come with the program by name: what files of operators may refer to."""
MODELS: Mapping[str, Model] = _BUILT_IN.models
"""The models that come with the program by name, in the order of the data file."""

_MAKER = re.compile(r"^(?:fanvil|linkvil|digium)[ _-]+", re.IGNORECASE)


@dataclass(frozen=True)
class Catalogue:
    """All models that this server knows: those of the data file and those of the operator's own files."""

    models: Mapping[str, Model] = field(default_factory=lambda: MODELS)

    @cached_property
    def _by_name(self) -> Mapping[str, Model]:
        return {_squeezed(name): model for model in self.models.values() for name in (model.name, *model.aliases)}

    @cached_property
    def _by_file(self) -> Mapping[str, Model]:
        other = {name.casefold(): model for model in self.models.values() for name in model.other_general_files}
        return other | {model.general_file.casefold(): model for model in self.models.values() if model.general_file}

    def with_files(self, texts: Iterable[tuple[str, str]]) -> "Catalogue":
        """This catalogue and the models of more files, (name, text) each; a model of the same name takes the place.

        Raises:
            BadFile: a file is off, or two models claim one name or one general file; says which.
        """
        models, added, series = dict(self.models), dict[str, Model](), SERIES
        for source, text in texts:
            described, series = read_models(text, source=source, known=series)
            for name, model in described.models.items():
                if (twice := added.get(name.casefold())) is not None:
                    raise BadFile(f"{source}: model {name}: {twice.source} describes it too")
                added[name.casefold()] = model
                old = next((each for each in models if each.casefold() == name.casefold()), None)
                if old is not None:
                    del models[old]
                models[name] = model
        _check_unique(models.values())
        return Catalogue(MappingProxyType(models))

    def named(self, name: str) -> Model | None:
        """The model of that name or other name (``X4``, ``Fanvil X6U Pro``, ``x5u_v2``), or None."""
        name = name.strip()
        return self._by_name.get(_squeezed(name)) or self._by_name.get(_squeezed(_MAKER.sub("", name)))

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


def _check_unique(models: Iterable[Model]) -> None:
    names: dict[str, Model] = {}
    general: dict[str, Model] = {}
    for model in sorted(models, key=lambda each: each.source == GENERIC.source, reverse=True):
        for field_name, table, mine in (
            ("aliases", names, (model.name, *model.aliases)),
            ("general_file", general, (*filter(None, [model.general_file]), *model.other_general_files)),
        ):
            same = _squeezed if table is names else str.casefold
            for key, each in {same(name): name for name in reversed(mine)}.items():
                other = table.setdefault(key, model)
                if other is not model:
                    raise BadFile(
                        f"{model.source}: model {model.name}: {field_name}: {each} belongs to model {other.name} "
                        f"({other.source})"
                    )


@lru_cache(maxsize=4096)  # bounded: the argument comes from the network
def _model_in(user_agent: str) -> str:
    agent = re.match(r"(?:fanvil|linkvil|digium) (.+?) [0-9][\w.-]* ", user_agent + " ", re.IGNORECASE)
    return agent[1] if agent else ""


def _squeezed(name: str) -> str:
    return re.sub(r"[ _-]+", "", name).casefold()
