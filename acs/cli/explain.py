"""Says in words what a CWMP message is: who sent it, what it asks, what is odd about it, what a server answers.

Values in, values out: ``acs decode`` prints what this gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from lxml import etree

from acs.domain.devices import redaction
from acs.domain.devices.identity import identify
from acs.domain.parameters.values import HIDDEN, is_secret
from acs.domain.phones.catalogue import BUILT_IN
from acs.errors import BadRequest
from acs.formats.http_capture import Captured
from acs.services.informs import identity_of
from cwmp_schemas import envelope, oddities, wsdl
from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import Inform
from cwmp_schemas.envelope import Envelope
from cwmp_schemas.events import EventCode
from cwmp_schemas.faults import CODES, Fault, FaultStruct, SetParameterValuesFault, soap_code_of, text_of
from cwmp_schemas.namespaces import SOAP_ENV, is_standard, version_of
from cwmp_schemas.registry import RPCS
from cwmp_schemas.sanitize import LIMITS, Notes, Refused, parse
from cwmp_schemas.structs import TypedValue

FROM_PHONE: Final = "phone to server"
TO_PHONE: Final = "server to phone"
MAX_PROBLEMS: Final = 5
_IN_BRACES: Final = re.compile(r"\{[^{}']*\}(?=\w)")

EVENTS: Final[Mapping[str, str]] = {
    "0": "first contact, or the first one after a factory reset or a new ACS address",
    "1": "it has started: power came back, or it restarted",
    "2": "its periodic interval is over",
    "3": "a ScheduleInform asked for this call",
    "4": "a watched parameter has another value than last told",
    "5": "a user was sent here from its web page",
    "6": "the server asked it to call",
    "7": "a transfer is over; TransferComplete follows",
    "8": "a diagnosis is finished; its results can be read",
    "9": "it wants a file; RequestDownload follows",
    "10": "a transfer that the server did not ask for is over",
    "11": "software modules were changed as asked",
    "12": "software modules were changed without being asked",
    "13": "it woke up from a sleep",
    "14": "a sign of life",
    "M Reboot": "it restarted because the server asked",
    "M ScheduleInform": "the call that a ScheduleInform asked for",
    "M Download": "a Download that the server asked for is over",
    "M ScheduleDownload": "a ScheduleDownload is over",
    "M Upload": "an Upload that the server asked for is over",
    "M ChangeDUState": "a ChangeDUState is over",
}
"""What the events of table 8 say, by number or method."""
_KEEPS: Final = {
    "always": "told again until then",
    "until_reboot": "told again until then or until a restart",
    "never": "told once",
    "optional": "told again if it likes",
}
_STATUS: Final = {
    200: "a message for the phone",
    204: "nothing more to say: the session is over",
    400: "refused: not understood, or outside a session",
    401: "credentials are wanted",
    403: "refused",
    404: "nothing here: the path is wrong",
    503: "busy: come again later",
}


def explain(captured: Captured, *, reveal: bool = False) -> dict[str, Any]:
    """Explain one message.

    Args:
        captured: the message, perhaps with its HTTP head.
        reveal: show secrets.
    """
    told: dict[str, Any] = {"what": ""}
    if captured.start:
        told["http"] = _http(captured, reveal)
    if not captured.body.strip(b" \t\r\n\0"):
        told["what"] = _nothing(captured)
        return told
    content_type = captured.header("content-type")
    try:
        found = envelope.read(captured.body, content_type)
    except Refused as refused:
        return {**told, **_refused(refused)}
    told |= _envelope(found, captured)
    told["schema"] = _validity(captured.body, content_type, found)
    if found.body is not None:
        told["items"] = list(_leaves(_shown(found.body, reveal), found.body))
    return told


def _http(captured: Captured, reveal: bool) -> dict[str, Any]:
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in captured.headers]
    headers = [[name, value] for name, value in captured.headers] if reveal else redaction.headers(pairs)
    told: dict[str, Any] = {
        "start": captured.start if reveal else redaction.target(captured.start),
        "headers": [{"name": name, "value": value} for name, value in headers],
        "notes": list(captured.notes),
    }
    if captured.status is not None:
        told["status"] = captured.status
        told["meaning"] = _STATUS.get(captured.status, "")
    return told


def _nothing(captured: Captured) -> str:
    if captured.status is not None:
        return f"An answer without a message: {_STATUS.get(captured.status, 'see its status')}"
    if captured.start.startswith("GET "):
        return "A fetch of a file"
    if captured.start:
        return "An empty POST: the phone has nothing to say, it is the server's turn"
    return "An empty message"


def _refused(refused: Refused) -> dict[str, Any]:
    meaning = oddities.REFUSALS.get(refused.reason)
    return {
        "what": "Refused",
        "refused": {
            "reason": refused.reason,
            "meaning": meaning.text if meaning is not None else "",
            "quirk": meaning.quirk if meaning is not None else None,
            "detail": refused.detail,
            "status": 400,
        },
    }


def _envelope(found: Envelope, captured: Captured) -> dict[str, Any]:
    kind, direction = _direction(found, captured)
    told: dict[str, Any] = {
        "what": "CWMP message",
        "method": found.method or "(empty body)",
        "kind": kind,
        "direction": direction,
        "id": found.id,
        "cwmp_version": found.version,
        "version_told_by": _told_by(found),
        "namespace": found.cwmp_namespace,
        "session_timeout": found.session_timeout,
        "supported_versions": list(found.supported_versions),
        "use_version": found.use_version,
        "hold_requests": found.hold_requests or None,
        "no_more_requests": found.no_more_requests or None,
    }
    rpc = next((each for each in RPCS if found.method in (each.name, f"{each.name}Response")), None)
    if rpc is not None:
        told["since_version"] = rpc.since
        told["deprecated_since"] = rpc.deprecated
    if isinstance(found.body, Inform):
        told["who"] = _who(found.body)
        told["events"] = [_event(each.EventCode, each.CommandKey) for each in found.body.Event]
        told["retries"] = found.body.RetryCount
    faults = list(_faults(found.body))
    if faults:
        told["faults"] = faults
    told["answer"] = _answered_with(found, kind, direction)
    told["warnings"] = [
        {
            "code": each.code,
            "quirk": oddities.quirk_of(each),
            "detail": each.detail,
            "meaning": oddities.text_of(each),
        }
        for each in found.warnings
    ]
    return told


def _direction(found: Envelope, captured: Captured) -> tuple[str, str]:
    """Say what kind of message this is, and who sends it to whom."""
    carried = TO_PHONE if captured.status is not None else FROM_PHONE if captured.start else ""
    if isinstance(found.body, Fault):
        code = found.body.FaultCode
        return "fault", TO_PHONE if 8000 <= code < 9000 else FROM_PHONE if 9000 <= code < 10000 else carried
    kind = "response" if found.method.endswith("Response") else "request"
    callees = {each.callee for each in RPCS if each.name == found.method.removesuffix("Response")}
    if len(callees) != 1:  # either side may ask for the other's methods
        return kind, carried or ("either way" if callees else "")
    to_server = ("ACS" in callees) == (kind == "request")
    return kind, FROM_PHONE if to_server else TO_PHONE


def _told_by(found: Envelope) -> str:
    if found.supported_versions and found.version in found.supported_versions:
        return "the highest common one of SupportedCWMPVersions"
    named = version_of(found.cwmp_namespace)
    if found.version != named and found.session_timeout is not None:
        return "namespace 1-2 with a SessionTimeout header"
    if named is None:
        return "nothing: no CWMP namespace, so the oldest version"
    return "its namespace" if is_standard(found.cwmp_namespace) else "its namespace, which is none of the standard's"


def _who(inform: Inform) -> dict[str, Any]:
    said = inform.DeviceId
    try:
        identity, nobody = identity_of(inform), None
    except BadRequest as error:  # the server answers it with 8003; what little it says is worth showing
        identity, nobody = identify(said.OUI, said.ProductClass, said.SerialNumber), error.message
    parameters = {item.Name.rpartition(".")[2]: item.Value.text for item in inform.ParameterList}
    names = (identity.product_class, parameters.get("ModelName", ""))
    model = next((found for name in names if name and (found := BUILT_IN.named(name)) is not None), None)
    return {
        "manufacturer": inform.DeviceId.Manufacturer,
        "oui": identity.oui,
        "product_class": identity.product_class,
        "serial_number": identity.serial_number,
        "refused": nobody and f"{nobody}; a server answers fault 8003",
        "mac": identity.mac,
        "mac_is": None if identity.mac is None else "certain" if identity.mac_is_certain else "a guess",
        "model": model.name if model is not None else None,
        "software_version": parameters.get("SoftwareVersion") or None,
        "hardware_version": parameters.get("HardwareVersion") or None,
    }


def _event(raw: str, command_key: str) -> dict[str, Any]:
    parsed = EventCode.parse(raw)
    told: dict[str, Any] = {"code": parsed.code, "command_key": command_key or None}
    if raw != parsed.code:
        told["as_sent"] = raw
    if parsed.event is None:
        told["meaning"] = "an event of the vendor" if parsed.code[:2] in ("X ", "M ") else "no event of the standard"
        return told
    event = parsed.event
    told["meaning"] = EVENTS[event.code if event.multiple else event.code.partition(" ")[0]]
    told["cleared_by"] = event.cleared_by
    told["kept"] = _KEEPS[event.keep]
    return told


def _faults(body: Any) -> Iterator[dict[str, Any]]:
    """Find the fault codes in a message, wherever they stand."""
    if isinstance(body, Fault | FaultStruct | SetParameterValuesFault) and body.FaultCode:
        yield _fault(body)
    if isinstance(body, Struct):
        for value in vars(body).values():
            yield from _faults(value)
    elif isinstance(body, tuple):
        for value in body:
            if not isinstance(value, str):
                yield from _faults(value)


def _fault(body: Fault | FaultStruct | SetParameterValuesFault) -> dict[str, Any]:
    code = body.FaultCode
    blamed = soap_code_of(code)
    told: dict[str, Any] = {
        "code": code,
        "standard": text_of(code),
        "said": body.FaultString or None,
        "class": blamed,
        "meaning": "the request was wrong" if blamed == "Client" else "whoever was asked could not do it",
    }
    if code not in CODES:
        told["meaning"] = "not one of the standard's codes; taken as the side that was asked could not do it"
    if isinstance(body, SetParameterValuesFault):
        told["parameter"] = body.ParameterName
    return told


def _answered_with(found: Envelope, kind: str, direction: str) -> str | None:
    """Say what a server answers."""
    if direction != FROM_PHONE and direction != "":
        return None
    if not found.method:
        return "taken as an empty POST: the server's next request, or 204"
    if kind != "request":
        return "within a session the server's next request, or 204 if there is none; outside of one 400"
    rpc = next((each for each in RPCS if each.name == found.method and each.callee == "ACS"), None)
    if rpc is None:
        return "200 with fault 8000, Method not supported; outside a session 400"
    if rpc.name == "Inform":
        return "200 with InformResponse once the phone has proved who it is; else 401"
    return f"200 with {rpc.name}Response; outside a session 400"


# Validity -------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _schema(version: str) -> etree.XMLSchema:
    (document,) = wsdl.schema_documents(version).values()
    return etree.XMLSchema(etree.fromstring(document))


def _validity(body: bytes, content_type: str, found: Envelope) -> dict[str, Any] | None:
    """Hold the message against the schema that this program publishes (``acs schema``)."""
    if not found.method or (found.body is None):
        return None
    against = {"against": f"the schema of CWMP {found.version} as this program publishes it"}
    if any(each.code == "recovered" for each in found.warnings):
        return {**against, "valid": False, "problems": ["the XML is not well-formed"]}
    try:
        root = parse(body, content_type, Notes(LIMITS))
    except Refused:
        return None
    message = _message_of(root)
    if message is None:
        return {**against, "valid": False, "problems": ["there is no message in a SOAP Body"]}
    schema, text = _schema(found.version), etree.tostring(message, with_tail=False)
    if not is_standard(found.cwmp_namespace) and "cwmp" in found.cwmp_namespace.lower():
        # There is no schema of 1-3 and 1-4: what stands in them is of 1-2.
        text = text.replace(f'"{found.cwmp_namespace}"'.encode(), b'"urn:dslforum-org:cwmp-1-2"')
        schema = _schema("1.4")
    try:
        document = etree.fromstring(text)
    except etree.XMLSyntaxError as error:
        return {**against, "valid": False, "problems": [_plain(error.msg or "the XML is not well-formed")]}
    if schema.validate(document):
        return {**against, "valid": True, "problems": []}
    problems = dict.fromkeys(_plain(entry.message) for entry in schema.error_log)
    return {**against, "valid": False, "problems": list(problems)[:MAX_PROBLEMS]}


def _message_of(root: etree._Element) -> etree._Element | None:
    body = next((child for child in root if etree.QName(child).localname == "Body"), None)
    first = next(iter(body), None) if body is not None else None
    if first is not None and first.tag == f"{{{SOAP_ENV}}}Fault":
        return next((each for each in first.iter() if each is not first and str(each.tag).endswith("}Fault")), None)
    return first


def _plain(message: str) -> str:
    """Say a problem without namespaces in braces."""
    return _IN_BRACES.sub("", message).strip()[:300]


# The message's own content --------------------------------------------------------------------------------------------


def _shown(value: Any, reveal: bool) -> Any:
    """Give a message as JSON: structures as objects, named values with their type, secrets hidden."""
    if isinstance(value, Struct):
        fields = {name: _shown(item, reveal) for name, item in vars(value).items()}
        for name, item in fields.items():
            named = is_secret(name) or (name == "Value" and is_secret(str(fields.get("Name", ""))))
            if named and not reveal and item not in (None, "", {"text": "", "type": "xsd:string"}):
                fields[name] = HIDDEN
        return fields
    if isinstance(value, TypedValue):
        return {"text": value.text if reveal else redaction.target(value.text), "type": value.type}
    if isinstance(value, Mapping):
        return {str(name): _shown(item, reveal) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(item, reveal) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value) if reveal else redaction.target(str(value))


def _nested(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)


def _leaves(value: Any, body: Any = None, path: str = "") -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"Name", "Value"} <= value.keys():
            shown = value["Value"]
            text = f"{shown['text']}  ({shown['type']})" if isinstance(shown, dict) else shown
            yield {"name": value["Name"], "value": text}
            return
        others = [item for name, item in value.items() if name != "Name"]
        if "Name" in value and not any(isinstance(item, dict) or _nested(item) for item in others):
            yield {"name": value["Name"], "value": {name: item for name, item in value.items() if name != "Name"}}
            return
        for name, item in value.items():
            if isinstance(body, Inform) and not path and name in ("DeviceId", "Event"):
                continue  # told apart
            yield from _leaves(item, None, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        if not value:
            yield {"name": path, "value": "(none)"}
        for index, item in enumerate(value):
            yield from _leaves(item, None, f"{path}[{index}]")
    else:
        yield {"name": path, "value": value}
