"""What a phone is made of: its data model, its model's figures, its names. Read from the files in ``personas/``.

Every phone of one profile and model shares one frozen ``Schema``; see ``datamodel`` for what a single phone changes.
"""

import csv
import functools
import importlib.resources
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from acs.errors import BadRequest

Profile = Literal["common", "ctc"]
Voice = Literal["v1", "v2"]
"""The TR-104 that its VoiceService follows."""
ROOTS: Final[Mapping[Profile, str]] = {"common": "Device.", "ctc": "InternetGatewayDevice."}
"""The ``ACS Server Type`` of the phone's web page decides the root of its data model."""

CWMP_VERSIONS: Final[Mapping[Profile, str]] = {"common": "1.2", "ctc": "1.0"}
"""The one captured Fanvil-built unit has the carrier's root and speaks CWMP 1.0."""

SERIAL_PREFIX: Final = "00100400FV0200100000"
"""Fanvil serial numbers are this and the MAC address, 32 characters in all."""

EXTRA: Final = "X_FANVIL-COM_Extra."
"""Where the parameters of an enlarged tree are."""

_SERVICE: Final = "Services.VoiceService.1."
_LINE: Final = _SERVICE + "VoiceProfile.1.Line."


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as the factory made it. ``type`` is an XSD name without prefix; ``length`` 0 means unlimited."""

    type: str
    length: int = 0
    writable: bool = False
    notification: int = 0
    default: str = ""
    forced: bool = False
    """It travels in every Inform."""
    hidden: bool = False
    """It reads back as an empty string."""
    deny_active: bool = False
    """It changes all the time; active notification is refused with 9009."""
    allowed: frozenset[str] = frozenset()
    """The values it takes; empty for any."""


@dataclass(frozen=True, slots=True)
class Table:
    """An object ``Foo.`` whose instances the ACS may add and delete; it holds at most ``most`` of them."""

    most: int
    template: tuple[tuple[str, Parameter], ...]
    """Paths below an instance, and what a new instance gets there."""


@dataclass(frozen=True, slots=True)
class Model:
    """One row of ``models.csv``: a phone one can buy."""

    name: str
    lines: int
    generation: int
    software_version: str
    hardware_version: str


@dataclass(frozen=True, slots=True)
class Schema:
    """The tree all phones of one profile and model leave the factory with. Paths are full, in tree order."""

    root: str
    parameters: Mapping[str, Parameter]
    tables: Mapping[str, Table]
    objects: Mapping[str, bool]
    """Every object's path (ends in ``.``), and whether GetParameterNames calls it writable."""
    forced: tuple[str, ...]
    """The parameters that travel in every Inform."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who one phone is. ``mac`` is 12 lower-case hexadecimal digits."""

    mac: str
    model: Model
    profile: Profile
    ip_address: str
    manufacturer: str = "Fanvil"
    product_class: str = ""

    @property
    def oui(self) -> str:
        """The first six digits of the MAC address."""
        return self.mac[:6].upper()

    @property
    def serial_number(self) -> str:
        """The 32 characters of a Fanvil serial number."""
        return SERIAL_PREFIX + self.mac

    @property
    def mac_with_colons(self) -> str:
        """As the data model and the label write it: ``0C:38:3E:25:99:FE``."""
        return ":".join(self.mac[i : i + 2] for i in range(0, 12, 2)).upper()

    def user_agent(self, software_version: str) -> str:
        """What the phone calls itself in HTTP: ``Fanvil X4 2.10.2.6887 0c383e07e16c``."""
        return f"{self.manufacturer} {self.model.name} {software_version} {self.mac}"


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = importlib.resources.files(__package__).joinpath("personas", name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


@functools.cache
def models() -> Mapping[str, Model]:
    """Every phone model by its name in lower case."""
    return {
        row["model"].lower(): Model(
            row["model"], int(row["lines"]), int(row["generation"]), row["software_version"], row["hardware_version"]
        )
        for row in _rows("models.csv")
    }


def model(name: str) -> Model:
    """The model of that name in any case.

    Raises:
        BadRequest: there is none; the message lists those there are.
    """
    found = models().get(name.lower())
    if found is None:
        known = ", ".join(each.name for each in models().values())
        raise BadRequest(f"no simulated phone model {name!r}; choose one of {known}", field="model")
    return found


def schema(profile: Profile, of: Model, voice: Voice = "v1") -> Schema:
    """The factory's tree for that profile and model."""
    return _schema(profile, of, voice)


@functools.cache
def _schema(profile: Profile, of: Model, voice: Voice) -> Schema:
    root = ROOTS[profile]
    parameters: dict[str, Parameter] = {}
    limits: dict[str, int] = {}
    for row in _tree_rows(profile, voice):
        path = row["path"]
        if row["type"] == "table":
            limits[root + path] = of.lines if row["allowed"] == "lines" else int(row["allowed"])
            continue
        parameter = _parameter(row, of)
        if path.startswith(_SERVICE) and "{i}" in path:
            for number in range(1, of.lines + 1):
                default = parameter.default.replace("{root}", root).replace("{i}", str(number))
                each = parameter if default == parameter.default else replace(parameter, default=default)
                parameters[root + path.replace("{i}", str(number))] = each
        else:
            parameters[root + path] = parameter
    tables = {path: Table(most, _template(path + "1.", parameters)) for path, most in limits.items()}
    return make_schema(root, parameters, tables)


def _tree_rows(profile: Profile, voice: Voice) -> Iterator[dict[str, str]]:
    """The rows of a profile; the VoiceService is that of the other TR-104 where one is asked for."""
    for row in _rows(f"{profile}.csv"):
        if voice == "v1" or not row["path"].startswith(_SERVICE):
            yield row
    if voice == "v2":
        yield from _rows("voice_v2.csv")


@functools.cache
def enlarged(profile: Profile, of: Model, extra: int, voice: Voice = "v1") -> Schema:
    """The same tree with ``extra`` parameters more, in objects of a hundred."""
    tree = schema(profile, of, voice)
    if not extra:
        return tree
    parameter = Parameter(type="string", length=64, writable=True, default="unused")
    more = {f"{tree.root}{EXTRA}{number // 100 + 1}.P{number % 100}": parameter for number in range(extra)}
    return make_schema(tree.root, {**tree.parameters, **more}, tree.tables)


def make_schema(root: str, parameters: Mapping[str, Parameter], tables: Mapping[str, Table]) -> Schema:
    """Put the parameters in tree order and derive the rest."""
    ordered = dict(sorted(parameters.items(), key=lambda item: tree_order(item[0])))
    forced = tuple(path for path, parameter in ordered.items() if parameter.forced)
    return Schema(root, ordered, tables, _objects(ordered, tables), forced)


def _parameter(row: dict[str, str], of: Model) -> Parameter:
    kind = re.fullmatch(r"(\w+)(?:\((\d+)\))?", row["type"])
    if kind is None:
        raise ValueError(f"personas: {row['path']} has the odd type {row['type']!r}")
    default = row["default"]
    match row["path"].rpartition(".")[2]:
        case "SoftwareVersion":
            default = of.software_version
        case "HardwareVersion":
            default = of.hardware_version
        case "ModelName" | "ProductClass":
            default = of.name
        case "MaxLineCount" | "NumberOfLines" | "LineNumberOfEntries":
            default = str(of.lines)
    return Parameter(
        type=kind[1],
        length=int(kind[2] or 0),
        writable=row["writable"] == "1",
        notification=int(row["notification"] or 0),
        default=default,
        forced=bool(row["forced"]),
        hidden=bool(row["hidden"]),
        deny_active=bool(row["deny_active"]),
        allowed=frozenset(row["allowed"].split("|")) if row["allowed"] else frozenset(),
    )


def tree_order(path: str) -> tuple[tuple[int, str], ...]:
    """A sorting key that puts instance 10 after instance 9."""
    return tuple((int(step), "") if step.isdecimal() else (0, step) for step in path.split("."))


def _template(instance: str, parameters: Mapping[str, Parameter]) -> tuple[tuple[str, Parameter], ...]:
    """What lies below ``instance``, as paths relative to it."""
    return tuple(
        (path.removeprefix(instance), parameter) for path, parameter in parameters.items() if path.startswith(instance)
    )


def _objects(parameters: Mapping[str, Parameter], tables: Mapping[str, Table]) -> dict[str, bool]:
    """Every object on the way to a parameter, and every table.

    A table is writable (AddObject may be called), and so are its instances (DeleteObject may be called).
    """
    found: dict[str, bool] = {}
    for path in (*parameters, *tables):
        steps = path.split(".")
        for depth in range(1, len(steps)):
            name = ".".join(steps[:depth]) + "."
            if name not in found:
                parent = ".".join(steps[: depth - 1]) + "."
                found[name] = name in tables or (parent in tables and steps[depth - 1].isdecimal())
    return found
