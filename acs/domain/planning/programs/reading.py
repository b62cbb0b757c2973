"""Reading many parameters with GetParameterValues: in batches, halved on 9004, bisected on a bad name.

One bad name fails a whole call (TR-069 A.3.2.2), and not every phone says which, or says so with 9005 (quirk 117). So a
failing batch is cut in two until the culprits stand alone. The state is plain JSON, kept in a task's progress. Empty
lists are never asked for: some agents fault or crash (quirk 186).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from acs.domain.parameters.names import is_like
from acs.domain.parameters.values import kept
from acs.domain.planning.steps import Ask, Lesson, Phone
from cwmp_schemas.cpe_rpcs import GetParameterValues, GetParameterValuesResponse
from cwmp_schemas.faults import Fault

_BISECT = {9001, 9002, 9003, 9005, 9007}
_BAD_NAME = {9003, 9005, 9007}
MAX_SILENCES = 4
"""How often a batch is halved because nothing came back: 100 names are 7 then, and it is not the length."""


def begin(names: Iterable[str], batch: int) -> dict[str, Any]:
    """Plan the reading of ``names``, at most ``batch`` at a time."""
    return {"todo": _batches(list(names), batch), "values": {}, "missing": {}}


def _batches(names: list[str], batch: int) -> list[list[str]]:
    return [names[i : i + batch] for i in range(0, len(names), batch)]


def plan(names: Iterable[str], phone: Phone) -> dict[str, Any]:
    """Plan the reading of what an operator names, as the phone knows and takes it.

    A path may come with its last dot or without (quirk 169); an object of a phone that answers no partial paths is read
    by its parameters (quirk 116), and so is one with a parameter below that it must not be asked for, which is left out
    (quirk 166).
    """
    wanted: dict[str, None] = {}
    unasked: dict[str, str] = {}
    for name in names:
        name = _as_known(name, phone)
        if name.endswith(".") and _holds_forbidden(name, phone):
            asked = leaves(name, phone)
            wanted.update(dict.fromkeys(asked))
            if not asked:
                unasked[name] = "never_read"
        elif name.endswith(".") and not phone.quirks.partial_paths:
            wanted.update(dict.fromkeys(leaves(name, phone)))
        elif is_like(name, phone.quirks.never_read):
            unasked[name] = "never_read"
        else:
            wanted[name] = None
    return {**begin(wanted, phone.gpv_batch), "missing": unasked}


def _holds_forbidden(path: str, phone: Phone) -> bool:
    """Say whether asking for all of an object would ask for what the phone must not be asked for."""
    never = phone.quirks.never_read
    if not never:
        return False
    return any(pattern.startswith(path) for pattern in never) or any(
        is_like(name, never) for name in phone.parameters.under(path)
    )


def leaves(path: str, phone: Phone) -> list[str]:
    """Give the known parameters below an object that may be asked for."""
    return [
        name
        for name in phone.parameters.under(path)
        if not name.endswith(".") and not is_like(name, phone.quirks.never_read)
    ]


def _as_known(name: str, phone: Phone) -> str:
    if name in phone.parameters:
        return name
    other = name[:-1] if name.endswith(".") else f"{name}."
    if other.endswith("."):
        return other if next(phone.parameters.under(other), None) is not None else name
    known = phone.parameters.get(other)
    return other if known is not None and known.value is not None else name


def ask(reading: Mapping[str, Any]) -> Ask | None:
    """Give the next request, or None when everything was read."""
    if not reading["todo"]:
        return None
    return Ask(GetParameterValues(ParameterNames=tuple(reading["todo"][0])))


def answered(reading: dict[str, Any], message: GetParameterValuesResponse) -> dict[str, Any]:
    """Take in an answer. Names that the phone left out read as missing unless they were partial paths (quirk 114)."""
    asked, *rest = reading["todo"]
    found = {item.Name: [kept(item.Name, item.Value.text), item.Value.type] for item in message.ParameterList}
    missing = {name: "9005" for name in asked if name not in found and not name.endswith(".")}
    after = {
        **reading,
        "todo": rest,
        "values": {**reading["values"], **found},
        "missing": {**reading["missing"], **missing},
    }
    if "cut" in reading and found:
        after["cut"] = "good"
    after.pop("silences", None)
    return after


def faulted(reading: dict[str, Any], fault: Fault) -> dict[str, Any] | None:
    """Take in a fault; None if it is not about the names."""
    asked, *rest = reading["todo"]
    code = fault.FaultCode
    if code == 9004 and len(asked) > 1:
        return {**reading, "todo": _smaller(reading)}
    if code in _BISECT and len(asked) > 1:
        half = len(asked) // 2
        cut = reading.get("cut") or ("good" if reading["values"] else "begun")
        return {**reading, "todo": [asked[:half], asked[half:], *rest], "cut": cut}
    if code in _BAD_NAME:
        return _without(reading, code)
    if code in _BISECT and "cut" in reading:
        # A lone name that fails where others are read is the culprit, whatever the fault says; as long as none was
        # read, it may be the phone that fails.
        if reading["cut"] == "good":
            return _without(reading, code)
        late = reading.get("late", [])
        if rest and asked[0] not in late:
            return {**reading, "todo": [*rest, asked], "late": [*late, asked[0]]}
    return None


def silent(reading: dict[str, Any]) -> dict[str, Any] | None:
    """Nothing came back: ask for less (quirk 165); None if there is no less."""
    silences = reading.get("silences", 0)
    if len(reading["todo"][0]) < 2 or silences >= MAX_SILENCES:
        return None
    return {**reading, "todo": _smaller(reading), "silences": silences + 1}


def _smaller(reading: Mapping[str, Any]) -> list[list[str]]:
    """Cut everything that is still to read into batches of half the length: the next one would fail as well."""
    names = [name for batch in reading["todo"] for name in batch]
    return _batches(names, len(reading["todo"][0]) // 2)


def _without(reading: dict[str, Any], code: int) -> dict[str, Any]:
    asked, *rest = reading["todo"]
    return {**reading, "todo": rest, "missing": {**reading["missing"], asked[0]: str(code)}}


def lessons(before: Mapping[str, Any], phone: Phone, fault: Fault | None = None) -> tuple[Lesson, ...]:
    """Give what a fault to a reading, or an answer after silence, teaches about the phone: how many names it takes."""
    asked = before["todo"][0]
    length = len(asked) // 2 if fault is not None else len(asked)
    if any(name.endswith(".") for name in asked) or not 0 < length < phone.quirks.gpv_batch:
        return ()  # a whole branch is not measured in names
    if fault is not None and fault.FaultCode == 9004:
        return (Lesson("gpv_batch", length, f"9004 to {len(asked)} names"),)
    if fault is None and before.get("silences"):
        return (Lesson("gpv_batch", length, f"no answer to more than {length} names"),)
    return ()


def vanished(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the names that the phone said it does not have (any more): they are forgotten (quirks 117, 161)."""
    return tuple(n for n, code in after["missing"].items() if code == "9005" and n not in before["missing"])


def triples(message: GetParameterValuesResponse) -> tuple[tuple[str, str, str], ...]:
    """Give what an answer teaches: (path, value, type); never a secret."""
    return tuple((item.Name, kept(item.Name, item.Value.text), item.Value.type) for item in message.ParameterList)
