"""The only door to spyne: its import on every supported Python, the base of all models, and typed fields.

spyne 2.14 carries a copy of ``six`` whose importer has no ``find_spec``, so since Python 3.12 ``import spyne`` fails.
The copy is loaded here first, under its own name, and taught the modern protocol. Its compile and import warnings
stay in this file. Elsewhere a model is a class with annotated fields that mypy reads like a dataclass::

    class EventStruct(Struct):
        EventCode: str = string(64)
        CommandKey: str = string(32, default="")
"""

import importlib.machinery
import importlib.util
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple, NoReturn, dataclass_transform

from lxml import etree


def _find_spec(self: Any, fullname: str, path: object = None, target: object = None) -> Any:
    known = fullname in self.known_modules
    return importlib.machinery.ModuleSpec(fullname, self, is_package=self.is_package(fullname)) if known else None


def _create_module(self: Any, spec: importlib.machinery.ModuleSpec) -> ModuleType:
    module: ModuleType = self.load_module(spec.name)
    return module


def _exec_module(self: object, module: ModuleType) -> None:
    """Nothing to do: ``load_module`` has returned a finished module."""


def _load_six() -> None:
    """Load spyne's copy of six before spyne does, and give its importer ``find_spec`` (PEP 451)."""
    name = "spyne.util.six"
    package = importlib.util.find_spec("spyne")
    if name in sys.modules or package is None or not package.submodule_search_locations:
        return
    location = f"{package.submodule_search_locations[0]}/util/six.py"
    spec = importlib.util.spec_from_file_location(name, location)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    importer = module._SixMetaPathImporter
    if not hasattr(importer, "find_spec"):
        importer.find_spec = _find_spec
        importer.create_module = _create_module
        importer.exec_module = _exec_module


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what spyne's old code makes newer Pythons say (escape sequences, pkg_resources, find_module)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


with _quiet():
    _load_six()
    from spyne.model.complex import Array, ComplexModel, TypeInfo
    from spyne.model.primitive import Boolean, Integer32, Unicode, UnsignedInteger32

    sys.modules["spyne.util"].six = sys.modules["spyne.util.six"]  # type: ignore[attr-defined]

XSD_NS: Final = "http://www.w3.org/2001/XMLSchema"

Kind = Literal["string", "unsignedInt", "int", "boolean", "dateTime", "base64", "any", "struct", "array"]

_REQUIRED: Final = object()
"""Default of a field that the constructor insists on."""


class DateTimeText(Unicode):  # type: ignore[misc]
    """xsd:dateTime kept as its text: clocks of real devices say anything (quirk 57)."""

    __type_name__ = "dateTime"
    __namespace__ = XSD_NS


class Base64Text(Unicode):  # type: ignore[misc]
    """Base64 kept as its text."""

    __type_name__ = "base64Binary"
    __namespace__ = XSD_NS


class AnySimple(Unicode):  # type: ignore[misc]
    """xsd:anySimpleType; its native value is ``datatypes.TypedValue``."""

    __type_name__ = "anySimpleType"
    __namespace__ = XSD_NS


def _field(model: Any, kind: Kind, optional: bool, default: object, **facets: Any) -> Any:
    """A spyne type with our own marks beside spyne's: the codec's kind and the constructor's default."""
    if optional and default is _REQUIRED:
        default = None
    return model.customize(wire_kind=kind, initial=default, min_occurs=0 if optional else 1, nillable=False, **facets)


def string(
    max_length: int | None = None,
    *,
    pattern: str | None = None,
    values: tuple[str, ...] = (),
    optional: bool = False,
    default: object = _REQUIRED,
) -> Any:
    """xsd:string with a length limit, an XML Schema pattern and an enumeration, each where there is one."""
    facets: dict[str, Any] = {"values": list(values)} if values else {}
    if pattern is not None:
        facets["pattern"] = pattern
    if max_length is not None:
        facets["max_len"] = max_length
    return _field(Unicode, "string", optional, default, **facets)


def unsigned(
    *,
    values: tuple[int, ...] = (),
    earlier: Mapping[str, tuple[int, ...]] | None = None,
    minimum: int | None = None,
    optional: bool = False,
    default: object = _REQUIRED,
) -> Any:
    """xsd:unsignedInt. ``earlier`` maps a CWMP version to the enumeration that held up to and with it."""
    facets: dict[str, Any] = {"values": list(values)} if values else {}
    if minimum is not None:
        facets["ge"] = minimum
    return _field(UnsignedInteger32, "unsignedInt", optional, default, earlier=earlier or {}, **facets)


def integer(
    *,
    values: tuple[int, ...] = (),
    earlier: Mapping[str, tuple[int, ...]] | None = None,
    default: object = _REQUIRED,
) -> Any:
    """xsd:int, with an enumeration where there is one; ``earlier`` as in ``unsigned``."""
    facets: dict[str, Any] = {"values": list(values)} if values else {}
    return _field(Integer32, "int", False, default, earlier=earlier or {}, **facets)


def boolean(*, default: object = _REQUIRED) -> Any:
    """xsd:boolean."""
    return _field(Boolean, "boolean", False, default)


def date_time(*, optional: bool = False, default: object = _REQUIRED) -> Any:
    """xsd:dateTime, kept as text."""
    return _field(DateTimeText, "dateTime", optional, default)


def any_value(*, default: object = _REQUIRED) -> Any:
    """xsd:anySimpleType with its ``xsi:type``."""
    return _field(AnySimple, "any", False, default)


def struct(model: "type[Struct]", *, default: object = _REQUIRED) -> Any:
    """One nested structure."""
    return _field(model, "struct", False, default)


def repeated(model: "type[Struct]", *, minimum: int = 0, default: object = _REQUIRED) -> Any:
    """A structure that repeats under the field's own name, without a SOAP array around it."""
    field = _field(model, "struct", False, default)
    return field.customize(min_occurs=minimum, max_occurs="unbounded")


def array(
    type_name: str,
    member: Any,
    *,
    member_name: str | None = None,
    member_type: str | None = None,
    minimum: int = 0,
    maximum: int | None = None,
    default: object = _REQUIRED,
) -> Any:
    """A SOAP-encoded array (SOAP 1.1 section 5.4.2).

    Args:
        type_name: name of the schema type, such as ``EventList``.
        member: model or field of one member.
        member_name: element name of a member; by default the model's name.
        member_type: qualified type in ``soap-enc:arrayType``; by default ``cwmp:`` and the model's name.
        minimum: fewest members the schema allows.
        maximum: most members the schema allows; none means unbounded.
        default: the constructor's default.
    """
    model = _ARRAYS.get(type_name)
    if model is None:
        name = member_name or member.get_type_name()
        inner = member.customize(
            wire_kind=getattr(member.Attributes, "wire_kind", "struct"),
            min_occurs=minimum,
            max_occurs="unbounded" if maximum is None else maximum,
            nillable=False,
        )
        model = Array.customize(
            wire_kind="array",
            array_type=member_type or f"cwmp:{name}",
            min_occurs=1,
            max_occurs=1,
            nillable=False,
        )
        model._type_info = TypeInfo({name: inner})
        model.__type_name__ = type_name
        model.__namespace__ = ""
        _ARRAYS[type_name] = model
    return model.customize(initial=default)


_ARRAYS: Final[dict[str, Any]] = {}
"""Array types by name: several messages share one, and a schema has each once."""


class Beside:
    """A field of the Python value that is not an element of the message."""

    def __init__(self, factory: "Callable[[dict[str, Any]], object]") -> None:
        self.factory = factory


def beside(*, factory: "Callable[[dict[str, Any]], object]") -> Any:
    """A field beside the message; ``factory`` makes its default from the fields on the wire."""
    return Beside(factory)


if TYPE_CHECKING:

    @dataclass_transform(
        kw_only_default=True,
        frozen_default=True,
        field_specifiers=(
            string,
            unsigned,
            integer,
            boolean,
            date_time,
            any_value,
            struct,
            repeated,
            array,
            beside,
        ),
    )
    class Struct:
        """A CWMP structure or message; what mypy sees of it."""

        wire_fields: ClassVar[dict[str, Any]]

        @classmethod
        def from_fields(cls, values: dict[str, Any]) -> "Struct":
            """Make one from a complete dictionary, unchecked; the dictionary is kept."""

        @classmethod
        def many_from_fields(cls, rows: list[dict[str, Any]]) -> list["Struct"]:
            """Make many, as ``from_fields`` does, without a call for each."""

        @classmethod
        def beside_fields(cls) -> dict[str, "Beside"]:
            """Fields that are not on the wire."""

else:
    _new = object.__new__
    _set_dict = next(vars(base)["__dict__"] for base in ComplexModel.__mro__ if "__dict__" in vars(base)).__set__

    class Struct(ComplexModel):
        """A CWMP structure or message: a spyne model whose instances are immutable values.

        Keyword-only constructor, equality and hash by value. The namespace is empty because children of a CWMP
        message are unqualified; only the message's own element is in the CWMP namespace of the session.
        """

        __namespace__ = ""
        wire_fields: ClassVar[dict[str, Any]] = {}
        """Fields on the wire, in order, with the inherited ones first."""

        def __init__(self, **values: Any) -> None:
            own = self.__dict__
            cls = type(self)
            for name, field in cls.wire_fields.items():
                if name in values:
                    own[name] = values.pop(name)
                    continue
                default = getattr(field.Attributes, "initial", _REQUIRED)
                if default is _REQUIRED:
                    raise TypeError(f"{cls.__name__}() needs {name}")
                own[name] = default
            for name, field in cls.beside_fields().items():
                own[name] = values.pop(name) if name in values else field.factory(own)
            if values:
                raise TypeError(f"{cls.__name__}() has no field {', '.join(sorted(values))}")

        def __init_subclass__(cls, **options: Any) -> None:
            super().__init_subclass__(**options)
            cls.wire_fields = dict(cls.get_flat_type_info(cls).items())

        @classmethod
        def from_fields(cls, values: dict[str, Any]) -> "Struct":
            """Make one from a complete dictionary, unchecked; the dictionary is kept."""
            new = _new(cls)
            _set_dict(new, values)
            return new

        @classmethod
        def many_from_fields(cls, rows: list[dict[str, Any]]) -> list["Struct"]:
            """Make many, as ``from_fields`` does, without a call for each."""
            made = list(map(_new, repeat(cls, len(rows))))
            deque(map(_set_dict, made, rows), maxlen=0)
            return made

        @classmethod
        def beside_fields(cls) -> dict[str, Beside]:
            """Fields that are not on the wire."""
            return {k: v for base in reversed(cls.__mro__) for k, v in vars(base).items() if isinstance(v, Beside)}

        def __setattr__(self, name: str, value: object) -> NoReturn:
            raise AttributeError(f"{type(self).__name__} is immutable")

        def __delattr__(self, name: str) -> NoReturn:
            raise AttributeError(f"{type(self).__name__} is immutable")

        def __eq__(self, other: object) -> bool:
            return type(self) is type(other) and self.__dict__ == other.__dict__

        def __hash__(self) -> int:
            return hash((type(self).__name__, *self.__dict__.values()))

        def __bool__(self) -> bool:
            return True  # spyne counts fields; a message without fields is still a message

        def __repr__(self) -> str:
            inside = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
            return f"{type(self).__name__}({inside})"


def spyne_encoding(message: Struct) -> bytes:
    """A message as spyne's own XmlDocument writes it: an independent opinion to hold the codec against.

    spyne knows no ``soap-enc:arrayType``, writes booleans as words, and cannot name the type of an OperationStruct.
    """
    with _quiet():
        from spyne.protocol.xml import XmlDocument

        def any_simple(ctx: Any, cls: Any, value: Any, parent: etree._Element, ns: str, name: str, **_: Any) -> None:
            element = etree.SubElement(parent, name)
            element.set("{http://www.w3.org/2001/XMLSchema-instance}type", value.type)
            element.text = value.text

        protocol = XmlDocument()
        protocol.serialization_handlers[AnySimple] = any_simple
        parent = etree.Element("message")
        protocol.to_parent(None, type(message), message, parent, "", type(message).__name__)
        return etree.tostring(parent[0])


class Published(NamedTuple):
    """What spyne writes about a set of operations."""

    schema: bytes
    wsdl: bytes


_PUBLISHING = threading.Lock()


def publish(
    namespace: str,
    name: str,
    operations: Sequence[tuple[str, type[Struct], type[Struct]]],
    further: Sequence[type[Struct]],
    address: str,
) -> Published:
    """Let spyne write the XML Schema and the WSDL of operations.

    Args:
        namespace: target namespace.
        name: name of the service.
        operations: name, request and response of each.
        further: models that no operation reaches.
        address: where the WSDL says the service is.
    """
    with _PUBLISHING, _quiet(), _unresolved(operations, further):
        from spyne import Application, Service, rpc
        from spyne.interface.wsdl import Wsdl11
        from spyne.interface.xml_schema import XmlSchema
        from spyne.protocol.soap import Soap11
        from spyne.util.appreg import unregister_application

        def method(operation: str, request: Any, response: Any) -> Any:
            def without(ctx: object) -> None:
                """Only described, never called."""

            def with_body(ctx: object, body: object) -> None:
                """Only described, never called."""

            # spyne makes an empty message itself, and refuses to be given one
            arguments = (request,) if request.wire_fields else ()
            function = with_body if arguments else without
            function.__name__ = operation
            options = {"_returns": response} if response.wire_fields else {}
            return rpc(
                *arguments,
                _body_style="bare",
                _operation_name=operation,
                _in_message_name=operation,
                _out_message_name=response.__name__,
                **options,
            )(function)

        for model in further:  # spyne does so itself for what operations reach
            model.resolve_namespace(model, namespace)  # type: ignore[attr-defined]
        service = type(name, (Service,), {operation[0]: method(*operation) for operation in operations})
        application = Application(
            [service], tns=namespace, name=name, in_protocol=Soap11(), out_protocol=Soap11(), classes=list(further)
        )
        unregister_application(application)  # or spyne keeps it for good and complains of the next
        schema = XmlSchema(application.interface, element_form_default="unqualified")
        schema.build_interface_document()
        node = schema.get_interface_document()[application.interface.get_namespace_prefix(namespace)]
        document = Wsdl11(application.interface)
        document.build_interface_document(address)
        return Published(etree.tostring(node), document.get_interface_document())


@contextmanager
def _unresolved(operations: Sequence[tuple[str, Any, Any]], further: Sequence[Any]) -> Iterator[None]:
    """Undo what publishing writes into the models: spyne fixes their namespaces and names for good, we need several."""
    seen: dict[Any, tuple[Any, Any]] = {}

    def visit(model: Any) -> None:
        if model is None or model in seen or not hasattr(model, "__type_name__"):
            return
        seen[model] = (model.__namespace__, model.__type_name__)
        visit(getattr(model, "__extends__", None))
        visit(getattr(model, "__orig__", None))
        for field in getattr(model, "_type_info", {}).values():
            visit(field)

    for model in further:
        visit(model)
    for _, request, response in operations:
        visit(request)
        visit(response)
    try:
        yield
    finally:
        for model, (namespace, type_name) in seen.items():
            model.__namespace__ = namespace
            model.__type_name__ = type_name
