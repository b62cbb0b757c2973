"""Reading many parameters with GetParameterValues: in batches, halved on 9004, bisected on a bad name.

One bad name fails a whole call (TR-069 A.3.2.2), and not every phone says which, or says so with 9005 (quirk 117). So a
failing batch is cut in two until the culprits stand alone. The state is plain JSON, kept in a task's progress.
"""

from collections.abc import Iterable
from typing import Any

from acs.domain.parameters.values import kept
from acs.domain.planning.steps import Ask
from cwmp_schemas.cpe_rpcs import GetParameterValues, GetParameterValuesResponse
from cwmp_schemas.faults import Fault

_BISECT = {9001, 9002, 9003, 9005, 9007}


def begin(names: Iterable[str], batch: int) -> dict[str, Any]:
    """Plan the reading of ``names``, at most ``batch`` at a time."""
    names = list(names)
    return {"todo": [names[i : i + batch] for i in range(0, len(names), batch)], "values": {}, "missing": {}}


def ask(reading: dict[str, Any]) -> Ask | None:
    """Give the next request, or None when everything was read."""
    if not reading["todo"]:
        return None
    return Ask(GetParameterValues(ParameterNames=tuple(reading["todo"][0])))


def answered(reading: dict[str, Any], message: GetParameterValuesResponse) -> dict[str, Any]:
    """Take in an answer. Names that the phone left out read as missing unless they were partial paths (quirk 114)."""
    asked, *rest = reading["todo"]
    found = {item.Name: [kept(item.Name, item.Value.text), item.Value.type] for item in message.ParameterList}
    missing = {name: "9005" for name in asked if name not in found and not name.endswith(".")}
    return {
        "todo": rest,
        "values": {**reading["values"], **found},
        "missing": {**reading["missing"], **missing},
    }


def faulted(reading: dict[str, Any], fault: Fault) -> dict[str, Any] | None:
    """Take in a fault; None if it is not about the names."""
    asked, *rest = reading["todo"]
    if (fault.FaultCode == 9004 and len(asked) > 1) or (fault.FaultCode in _BISECT and len(asked) > 1):
        half = len(asked) // 2
        return {**reading, "todo": [asked[:half], asked[half:], *rest]}
    if fault.FaultCode in (9003, 9005, 9007):
        return {**reading, "todo": rest, "missing": {**reading["missing"], asked[0]: str(fault.FaultCode)}}
    return None


def triples(message: GetParameterValuesResponse) -> tuple[tuple[str, str, str], ...]:
    """Give what an answer teaches: (path, value, type); never a secret."""
    return tuple((item.Name, kept(item.Name, item.Value.text), item.Value.type) for item in message.ParameterList)
