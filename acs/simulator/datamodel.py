"""One phone's parameters: what a TR-069 data model lets an ACS read, write, add, delete and watch.

A phone starts with its model's shared, frozen ``Schema`` and keeps only what differs from it, so that thousands of
phones fit into one process. Adding or deleting an instance gives the phone a schema of its own.

Every rule here is TR-069's (A.3.2.1 to A.3.2.7), read from the CPE's side. What goes wrong raises ``CwmpFault``.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from acs.errors import AcsError
from acs.simulator.persona import Parameter, Schema, Table, make_schema, tree_order

OFF: Final = 0
PASSIVE: Final = 1
ACTIVE: Final = 2

_FORCED_ACTIVE: Final = frozenset({"DeviceInfo.SoftwareVersion", "DeviceInfo.ProvisioningCode"})
"""The BBF data models mark these ``forceEnabled``: their active notification cannot be switched off."""

_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "int": (-(2**31), 2**31 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "long": (-(2**63), 2**63 - 1),
    "unsignedLong": (0, 2**64 - 1),
}
_LEAST: Final[Mapping[str, int]] = {"ManagementServer.PeriodicInformInterval": 1}
_BOOLEANS: Final[Mapping[str, str]] = {"0": "0", "1": "1", "false": "0", "true": "1"}
_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


class CwmpFault(AcsError):  # noqa: N818 - TR-069's word for it
    """The phone answers a request with this fault. ``parameters``: name, code and text of each bad one (SPV)."""

    def __init__(self, code: int, text: str, parameters: tuple[tuple[str, int, str], ...] = ()) -> None:
        super().__init__(text)
        self.code = code
        self.parameters = parameters


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the ACS asked to be told about a parameter, and who else may write it."""

    notification: int
    access_list: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter as it reads: ``type`` is an XSD name without prefix."""

    name: str
    text: str
    type: str


class DataModel:
    """The parameters of one phone."""

    __slots__ = ("_attributes", "_factory", "_instance_step", "_live", "_next", "_schema", "_values", "changed")

    def __init__(
        self,
        schema: Schema,
        factory: Mapping[str, str],
        live: Mapping[str, Callable[[], str]] | None = None,
        *,
        instance_step: int = 1,
    ) -> None:
        """Args.

        schema: the shared tree.
        factory: values that are this phone's own from birth (its serial number, its ACS), by full path.
        live: values that are asked for each time (clock, uptime), by full path.
        instance_step: how far the numbers of new instances lie apart.
        """
        self._factory = dict(factory)
        self._live = dict(live or {})
        self._instance_step = max(instance_step, 1)
        self._schema = schema
        self._values = dict(factory)
        self._attributes: dict[str, Attributes] = {}
        self._next: dict[str, int] = {}
        self.changed: dict[str, int] = {}
        """Parameters that changed by something else than the ACS since the last Inform, with their notification."""

    @property
    def schema(self) -> Schema:
        """The tree as it is now."""
        return self._schema

    def path(self, below_root: str) -> str:
        """The full path of ``ManagementServer.URL`` and the like."""
        return self._schema.root + below_root

    def reset(self, schema: Schema) -> None:
        """Back to what the factory made."""
        self._schema = schema
        self._values = dict(self._factory)
        self._attributes.clear()
        self._next.clear()
        self.changed.clear()

    # --- the phone's own reading and writing -------------------------------------------------------------------------

    def get(self, below_root: str, default: str = "") -> str:
        """The true value of a parameter, hidden or not; ``default`` where the tree has none."""
        path = self.path(below_root)
        parameter = self._schema.parameters.get(path)
        return default if parameter is None else self._text(path, parameter)

    def has(self, below_root: str) -> bool:
        """Whether the tree has that parameter."""
        return self.path(below_root) in self._schema.parameters

    def put(self, below_root: str, text: str) -> bool:
        """Change a parameter by something else than the ACS; whether it changed. Unknown names are ignored.

        The ACS is told where it asked to be (A.3.2.4); its own changes never come this way.
        """
        path = self.path(below_root)
        parameter = self._schema.parameters.get(path)
        if parameter is None or self._text(path, parameter) == text:
            return False
        self._values[path] = text
        if notification := self._notification(path, parameter):
            self.changed[path] = notification
        return True

    def store(self, below_root: str, text: str) -> None:
        """Write down something the ACS itself brought about; it is not notified."""
        path = self.path(below_root)
        if path in self._schema.parameters:
            self._values[path] = text

    def inform_values(self) -> tuple[Value, ...]:
        """What goes into an Inform: forced parameters, then those that changed and are watched."""
        forced = self._schema.forced
        watched = [path for path in self.changed if path in self._schema.parameters and path not in forced]
        return tuple(self._value(path) for path in (*forced, *watched))

    # --- what an ACS may ask -----------------------------------------------------------------------------------------

    def values(self, names: Sequence[str]) -> tuple[Value, ...]:
        """GetParameterValues: whole paths, or partial ones that end in a dot (empty: everything).

        Raises:
            CwmpFault: 9005 for the first name that is not there.
        """
        return tuple(self._value(path) for name in names for path in self._below(name))

    def names(self, path: str, next_level: bool) -> tuple[tuple[str, bool], ...]:
        """GetParameterNames: name and writability; objects end in a dot.

        Raises:
            CwmpFault: 9005 for an unknown path, 9003 for the next level of a parameter.
        """
        schema = self._schema
        if path in schema.parameters:
            if next_level:
                raise CwmpFault(9003, f"{path} is a parameter and has no next level")
            return ((path, schema.parameters[path].writable),)
        if path not in schema.objects and path not in ("", "."):
            raise CwmpFault(9005, f"no such parameter or object: {path}")
        path = path.removeprefix(".")
        if path == "" and next_level:
            return ((schema.root, schema.objects[schema.root]),)
        found = [(name, writable) for name, writable in schema.objects.items() if name.startswith(path)]
        found += [(name, it.writable) for name, it in schema.parameters.items() if name.startswith(path)]
        if next_level:
            depth = path.count(".")
            found = [each for each in found if each[0] != path and each[0].rstrip(".").count(".") == depth]
        return tuple(sorted(found, key=lambda each: tree_order(each[0])))

    def set_values(self, writes: Sequence[tuple[str, str, str]], *, commit: bool = True) -> None:
        """SetParameterValues: (name, text, XSD type), all of them or none; without ``commit`` they are only checked.

        An empty type goes for any.

        Raises:
            CwmpFault: 9003, with one entry per bad parameter.
        """
        bad: list[tuple[str, int, str]] = []
        good: dict[str, str] = {}
        seen: set[str] = set()
        for name, text, type_name in writes:
            if name in seen:
                bad.append((name, 9003, "named twice"))
                continue
            seen.add(name)
            try:
                good[name] = self._checked(name, text, type_name)
            except CwmpFault as fault:
                bad.append((name, fault.code, fault.message))
        if bad:
            raise CwmpFault(9003, "Invalid arguments", tuple(bad))
        if commit:
            self._values.update(good)

    def attributes(self, names: Sequence[str]) -> tuple[tuple[str, Attributes], ...]:
        """GetParameterAttributes.

        Raises:
            CwmpFault: 9005.
        """
        return tuple((path, self._attributes_of(path)) for name in names for path in self._below(name))

    def set_attributes(self, changes: Sequence[tuple[str, int | None, tuple[str, ...] | None]]) -> None:
        """SetParameterAttributes: (name, notification or None, access list or None), in order, all or none.

        Raises:
            CwmpFault: 9005, 9003 for an unknown notification, 9009 where active notification is refused.
        """
        new = dict(self._attributes)
        for name, notification, access_list in changes:
            for path in self._below(name):
                before = new.get(path) or self._attributes_of(path)
                if notification is not None:
                    self._may_notify(path, notification, exact=path == name)
                    kept = ACTIVE if self._is_forced_active(path) else notification
                    before = replace(before, notification=kept)
                if access_list is not None:
                    before = replace(before, access_list=access_list)
                new[path] = before
        self._attributes = new

    def add_object(self, table_path: str) -> int:
        """AddObject: the new instance's number, which no instance of this table has had since the factory.

        Raises:
            CwmpFault: 9005 where there is no such table, 9003 for a malformed name, 9004 when it is full.
        """
        if not table_path.endswith("."):
            raise CwmpFault(9003, f"an object's name ends in a dot: {table_path}")
        table = self._schema.tables.get(table_path)
        if table is None:
            raise CwmpFault(9005, f"instances cannot be added to {table_path}")
        present = self._instances(table_path)
        if len(present) >= table.most:
            raise CwmpFault(9004, f"{table_path} holds {table.most} instances already")
        number = max(self._next.get(table_path, 1), max(present, default=0) + 1) + self._instance_step - 1
        self._next[table_path] = number + 1
        instance = f"{table_path}{number}."
        parameters = dict(self._schema.parameters)
        parameters |= {instance + below: parameter for below, parameter in table.template}
        first = f"{table_path}1."
        tables = dict(self._schema.tables)
        tables |= {
            instance + path.removeprefix(first): Table(inner.most, inner.template)
            for path, inner in self._schema.tables.items()
            if path.startswith(first)
        }
        self._restructure(parameters, tables)
        self._count(table_path)
        return number

    def delete_object(self, instance: str) -> None:
        """DeleteObject: the instance and all below it.

        Raises:
            CwmpFault: 9005 where there is no such instance, 9003 for a malformed name.
        """
        match = re.fullmatch(r"(.+\.)(\d+)\.", instance)
        if match is None:
            raise CwmpFault(9003, f"an instance's name ends in its number and a dot: {instance}")
        table_path = match[1]
        if table_path not in self._schema.tables or instance not in self._schema.objects:
            raise CwmpFault(9005, f"no such instance: {instance}")
        self._next[table_path] = max(self._next.get(table_path, 1), max(self._instances(table_path)) + 1)
        self._restructure(
            {path: it for path, it in self._schema.parameters.items() if not path.startswith(instance)},
            {path: it for path, it in self._schema.tables.items() if not path.startswith(instance)},
        )
        for kept in (self._values, self._attributes, self.changed):
            for path in [path for path in kept if path.startswith(instance)]:
                del kept[path]
        self._count(table_path)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _text(self, path: str, parameter: Parameter) -> str:
        live = self._live.get(path)
        return live() if live is not None else self._values.get(path, parameter.default)

    def _value(self, path: str) -> Value:
        parameter = self._schema.parameters[path]
        return Value(path, "" if parameter.hidden else self._text(path, parameter), parameter.type)

    def _below(self, name: str) -> Iterable[str]:
        """The parameters that a whole or partial path names."""
        if name in self._schema.parameters:
            return (name,)
        if name not in ("", ".") and name not in self._schema.objects:
            raise CwmpFault(9005, f"no such parameter: {name}")
        prefix = name.removeprefix(".")
        return [path for path in self._schema.parameters if path.startswith(prefix)]

    def _notification(self, path: str, parameter: Parameter) -> int:
        attributes = self._attributes.get(path)
        return parameter.notification if attributes is None else attributes.notification

    def _attributes_of(self, path: str) -> Attributes:
        return self._attributes.get(path) or Attributes(self._schema.parameters[path].notification)

    def _is_forced_active(self, path: str) -> bool:
        return path.removeprefix(self._schema.root) in _FORCED_ACTIVE

    def _may_notify(self, path: str, notification: int, *, exact: bool) -> None:
        if notification not in (OFF, PASSIVE, ACTIVE):
            raise CwmpFault(9003, f"notification {notification} of {path} is not supported")
        if notification == ACTIVE and self._schema.parameters[path].deny_active and exact:
            raise CwmpFault(9009, f"active notification of {path} is refused")

    def _checked(self, name: str, text: str, type_name: str) -> str:
        parameter = self._schema.parameters.get(name)
        if parameter is None:
            raise CwmpFault(9005, "no such parameter")
        if not parameter.writable:
            raise CwmpFault(9008, "not writable")
        if type_name and type_name != parameter.type and {type_name, parameter.type} not in _SAME_TYPE:
            raise CwmpFault(9006, f"is {parameter.type}, not {type_name}")
        return _canonical(name.removeprefix(self._schema.root), text, parameter)

    def _instances(self, table_path: str) -> list[int]:
        depth = table_path.count(".")
        return [
            int(name.rstrip(".").rpartition(".")[2])
            for name in self._schema.objects
            if name.startswith(table_path) and name.count(".") == depth + 1
        ]

    def _restructure(self, parameters: Mapping[str, Parameter], tables: Mapping[str, Table]) -> None:
        self._schema = make_schema(self._schema.root, parameters, tables)

    def _count(self, table_path: str) -> None:
        """Keep ``FooNumberOfEntries`` beside the table true (TR-104 calls that of lines ``NumberOfLines``)."""
        parent, _, name = table_path.rstrip(".").rpartition(".")
        for counter in (f"{parent}.{name}NumberOfEntries", f"{parent}.NumberOf{name}s"):
            if counter in self._schema.parameters:
                self._values[counter] = str(len(self._instances(table_path)))


_SAME_TYPE: Final = ({"base64", "base64Binary"},)


def _canonical(below_root: str, text: str, parameter: Parameter) -> str:
    """The value as the phone stores it.

    Raises:
        CwmpFault: 9007.
    """
    match parameter.type:
        case "boolean":
            if text.strip().lower() not in _BOOLEANS:
                raise CwmpFault(9007, "not a boolean")
            return _BOOLEANS[text.strip().lower()]
        case "int" | "unsignedInt" | "long" | "unsignedLong":
            if not re.fullmatch(r"[+-]?\d{1,20}", text.strip()):
                raise CwmpFault(9007, "not a whole number")
            number = int(text)
            low, high = _RANGES[parameter.type]
            if not max(low, _LEAST.get(below_root, low)) <= number <= high:
                raise CwmpFault(9007, "out of range")
            return str(number)
        case "dateTime":
            if not _DATE_TIME.fullmatch(text.strip()):
                raise CwmpFault(9007, "not a date and time")
            return text.strip()
    if parameter.length and len(text) > parameter.length:
        raise CwmpFault(9007, f"longer than {parameter.length} characters")
    if parameter.allowed and text not in parameter.allowed:
        raise CwmpFault(9007, f"not one of {', '.join(sorted(parameter.allowed))}")
    return text
