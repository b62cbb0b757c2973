"""Whatever the bytes, ``read`` gives an envelope or ``Refused``, and nothing else."""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import Inform
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.envelope import Envelope, Limits, Refused, read, write
from cwmp_schemas.namespaces import CWMP_1_2
from cwmp_schemas.structs import DeviceIdStruct, EventStruct, ParameterValueStruct
from tests.unit.cwmp_schemas.strategies import messages

_SETTINGS = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])

INFORM = write(
    Inform(
        DeviceId=DeviceIdStruct(Manufacturer="Fanvil", OUI="0C383E", ProductClass="X5U", SerialNumber="1"),
        Event=(EventStruct(EventCode="1 BOOT"),),
        CurrentTime="2024-01-01T00:00:00Z",
        ParameterList=(
            ParameterValueStruct(Name="Device.DeviceInfo.UpTime", Value=TypedValue("1", "xsd:unsignedInt")),
        ),
    ),
    cwmp_namespace=CWMP_1_2,
    id="1",
)
_PIECES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        b"& < ]]> \0 \xff\xfe <!DOCTYPE &#0; &#xD800; <![CDATA[ <?x?> <a> </SOAP:Envelope> \xef\xbb\xbf".split(b" ")
        + b'encoding="utf-7" xsi:type [99999999999] - \x02'.split(b" ")
    ),
)


def _try(data: bytes, content_type: str = "") -> Envelope | None:
    try:
        return read(data, content_type, limits=Limits(max_bytes=100_000))
    except Refused:
        return None


@_SETTINGS
@given(st.binary(max_size=300), st.text(max_size=40))
@example(b"<", "")
@example(b"\xff\xfe", "")
@example(b"<?xml version='1.0' encoding='utf-16'?><a/>", "text/xml; charset=utf-16")
@example(b"\xfe\xff\xd8\x00", "")
def test_any_bytes(data: bytes, content_type: str) -> None:
    _try(data, content_type)


@_SETTINGS
@given(st.integers(0, len(INFORM)), st.integers(0, 40), _PIECES)
def test_a_mutilated_inform(at: int, cut: int, piece: bytes) -> None:
    _try(INFORM[:at] + piece + INFORM[at + cut :])


@_SETTINGS
@given(messages("1.4"), st.data())
def test_a_message_in_pieces(message: Struct, data: st.DataObject) -> None:
    whole = write(message, cwmp_namespace=CWMP_1_2, id="1")
    first = data.draw(st.integers(0, len(whole)))
    second = data.draw(st.integers(0, len(whole)))
    _try(whole[:first] + whole[second:])


@_SETTINGS
@given(messages("1.4"), st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "gb18030", "latin-1"]))
def test_other_charsets_read_the_same_or_are_noted(message: Struct, charset: str) -> None:
    whole = write(message, cwmp_namespace=CWMP_1_2, id="1").decode()
    try:
        data = whole.replace("UTF-8", charset.replace("utf-8-sig", "utf-8")).encode(charset)
    except UnicodeEncodeError:
        return
    envelope = _try(data, f"text/xml; charset={charset}")
    assert envelope is not None
    assert envelope.body == message


@_SETTINGS
@given(
    st.lists(st.sampled_from(["Header", "Body", "Fault", "detail", "FaultCode", "Inform", "Event", "ID"]), max_size=8)
)
def test_any_nesting_of_known_names(names: list[str]) -> None:
    inside = "".join(f"<{name}>" for name in names) + "x" + "".join(f"</{name}>" for name in reversed(names))
    _try(f"<Envelope>{inside}</Envelope>".encode())
    _try(f"<Envelope><Body>{inside}</Body></Envelope>".encode())
