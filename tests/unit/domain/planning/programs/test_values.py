"""Reading and writing values: types are learnt, writes are read back, and a phone's word alone is not believed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from acs.domain.devices.quirks import Quirks
from acs.domain.parameters.tree import EMPTY, Tree
from acs.domain.planning.programs.arguments import MAX_NAMES
from acs.domain.planning.programs.values import GetValues, SetValues, missing_fault
from acs.domain.planning.steps import Ask, Done, Failed, Job, Learnt, Phone, Program, Step
from acs.errors import BadRequest
from cwmp_schemas import envelope
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import (
    GetParameterValues,
    GetParameterValuesResponse,
    SetParameterValues,
    SetParameterValuesResponse,
)
from cwmp_schemas.faults import Fault, SetParameterValuesFault
from cwmp_schemas.structs import ParameterValueStruct, TypedValue

INTERVAL, ENABLE, URL = (f"Device.ManagementServer.{leaf}" for leaf in ("PeriodicInformInterval", "Enable", "URL"))


def stored(text: str) -> str:
    return text


@dataclass
class Telephone:
    """A phone in one screen: it has values with types, and its own ways to store and to show them."""

    values: dict[str, TypedValue]
    stores: Callable[[str], str] = stored
    shows: Callable[[str], str] = stored
    status: int = 0
    deaf: bool = False
    """Accepts everything and keeps nothing."""
    most: int = 1000
    refuses: Fault | None = None
    """Its answer to every SetParameterValues."""
    heard: list[Struct] = field(default_factory=list)

    def answer(self, message: Struct) -> Struct:
        self.heard.append(message)
        if isinstance(message, GetParameterValues):
            if not self.values.keys() >= set(message.ParameterNames):
                return Fault(FaultCode=9005)
            return GetParameterValuesResponse(
                ParameterList=tuple(
                    ParameterValueStruct(Name=name, Value=self.values[name]._replace(text=self.shown(name)))
                    for name in message.ParameterNames
                )
            )
        assert isinstance(message, SetParameterValues)
        if self.refuses is not None:
            return self.refuses
        if len(message.ParameterList) > self.most:
            return Fault(FaultCode=9004)
        for item in message.ParameterList:
            if not self.deaf and self.status == 0:
                self.values[item.Name] = self.values[item.Name]._replace(text=self.stores(item.Value.text))
        return SetParameterValuesResponse(Status=self.status)

    def shown(self, name: str) -> str:
        return self.shows(self.values[name].text)

    @property
    def asked(self) -> list[tuple[str, ...]]:
        """Names of each GetParameterValues."""
        return [message.ParameterNames for message in self.heard if isinstance(message, GetParameterValues)]

    @property
    def written(self) -> list[dict[str, TypedValue]]:
        """Names and values of each SetParameterValues."""
        return [
            {item.Name: item.Value for item in message.ParameterList}
            for message in self.heard
            if isinstance(message, SetParameterValues)
        ]


def telephone(**facts: Any) -> Telephone:
    return Telephone(
        {
            INTERVAL: TypedValue("3600", "xsd:unsignedInt"),
            ENABLE: TypedValue("0", "xsd:boolean"),
            URL: TypedValue("http://old/"),
        },
        **facts,
    )


def play(
    program: Program, arguments: Mapping[str, Any], phone: Telephone, *, known: Tree = EMPTY, batch: int = 100
) -> tuple[Step | None, Tree]:
    """Let a program talk with a phone to its end; None: a fault that is left to the rules of ``retries``."""
    job = Job("1", "", program.check(arguments), {})
    for _ in range(100):
        facts = Phone(parameters=known, quirks=Quirks(gpv_batch=batch, spv_batch=batch))
        step = program.next(job, facts)
        if not isinstance(step, Ask):
            return step, known
        envelope.write(step.message, cwmp_namespace="urn:dslforum-org:cwmp-1-0", id="1")
        message = phone.answer(step.message)
        if isinstance(message, Fault):
            outcome = program.faulted(job, facts, message)
            if outcome is None:
                return None, known
        else:
            outcome = program.answered(job, facts, message)
        known, _ = known.with_values(outcome.learnt.values, 1.0)
        job = replace(job, progress=json.loads(json.dumps(outcome.progress)))
    raise AssertionError("no end after 100 messages")


def write(phone: Telephone, values: Mapping[str, Any], *, known: Tree = EMPTY, batch: int = 100) -> Step | None:
    arguments = {"values": [{"name": name, "value": value} for name, value in values.items()]}
    return play(SetValues(), arguments, phone, known=known, batch=batch)[0]


# Reading ------------------------------------------------------------------------------------------------------------


def test_values_are_read_in_batches_and_learnt() -> None:
    phone = telephone()
    step, known = play(GetValues(), {"names": [URL, INTERVAL, ENABLE]}, phone, batch=2)
    assert phone.asked == [(URL, INTERVAL), (ENABLE,)]
    assert step == Done(
        {
            "values": [
                {"name": URL, "value": "http://old/", "type": "xsd:string"},
                {"name": INTERVAL, "value": "3600", "type": "xsd:unsignedInt"},
                {"name": ENABLE, "value": "0", "type": "xsd:boolean"},
            ]
        }
    )
    assert {name: entry.value for name, entry in known.items()} == {URL: "http://old/", INTERVAL: "3600", ENABLE: "0"}


def test_a_name_that_the_phone_lacks_fails_the_task_and_not_the_reading() -> None:
    step, _ = play(GetValues(), {"names": [URL, "Device.Nope", INTERVAL]}, telephone())
    assert isinstance(step, Failed)
    assert step.fault == missing_fault({"Device.Nope": "9005"})
    assert step.fault.parameters == ({"name": "Device.Nope", "code": "9005", "message": "Invalid parameter name"},)
    assert step.result is not None
    assert [item["name"] for item in step.result["values"]] == [URL, INTERVAL]


def test_a_fault_that_is_not_about_the_names_is_left_to_the_rules() -> None:
    job = Job("1", "", GetValues().check({"names": [URL]}), {})
    assert GetValues().faulted(job, Phone(), Fault(FaultCode=9002)) is None


def test_a_long_list_of_unknown_names_is_told_in_short() -> None:
    fault = missing_fault({"A.Bad": "never_read"})
    assert (fault.code, fault.message) == ("never_read", "Not asked, as the phone's quirks say never_read: A.Bad")
    assert missing_fault({"A.Bad": "never_read", "A.B": "9005"}).code == "9005"
    fault = missing_fault({f"A.{i}": "9005" for i in range(7)})
    assert fault.message == "The phone does not know 7 of the parameters: A.0, A.1, A.2, A.3, A.4, …"
    assert len(fault.parameters) == 7


# Writing ------------------------------------------------------------------------------------------------------------


def test_types_are_learnt_before_and_values_are_read_back_after() -> None:
    phone = telephone()
    step = write(phone, {INTERVAL: 600, ENABLE: True, URL: "http://new/"})
    assert [type(message).__name__ for message in phone.heard] == [
        "GetParameterValues",
        "SetParameterValues",
        "GetParameterValues",
    ]
    assert phone.written == [
        {
            INTERVAL: TypedValue("600", "xsd:unsignedInt"),
            ENABLE: TypedValue("1", "xsd:boolean"),
            URL: TypedValue("http://new/"),
        }
    ]
    assert step == Done(
        {"status": 0},
        {
            "read_back": [
                {"name": INTERVAL, "expected": "600", "read": "600"},
                {"name": ENABLE, "expected": "1", "read": "1"},
                {"name": URL, "expected": "http://new/", "read": "http://new/"},
            ]
        },
    )


def test_a_type_that_is_known_or_given_is_not_asked_for() -> None:
    known, _ = EMPTY.with_values([(INTERVAL, "3600", "xsd:int")], 1.0)
    phone = telephone()
    arguments = {
        "values": [
            {"name": INTERVAL, "value": 600},
            {"name": ENABLE, "value": "yes", "type": "boolean"},
            {"name": URL, "value": "u"},
        ],
        "parameter_key": "k1",
    }
    step, _ = play(SetValues(), arguments, phone, known=known)
    assert isinstance(step, Done)
    assert phone.asked[0] == (URL,)
    assert phone.written == [
        {INTERVAL: TypedValue("600", "xsd:int"), ENABLE: TypedValue("1", "xsd:boolean"), URL: TypedValue("u")}
    ]
    assert [message.ParameterKey for message in phone.heard if isinstance(message, SetParameterValues)] == ["k1"]


def test_a_parameter_that_is_named_but_was_never_read_is_asked_for() -> None:
    phone = telephone()
    assert isinstance(write(phone, {INTERVAL: 600}, known=EMPTY.with_names([(INTERVAL, True)])), Done)
    assert phone.asked == [(INTERVAL,), (INTERVAL,)]  # for its type, and read back
    assert phone.written == [{INTERVAL: TypedValue("600", "xsd:unsignedInt")}]


def test_an_unknown_parameter_fails_before_anything_is_written() -> None:
    phone = telephone()
    step = write(phone, {INTERVAL: 600, "Device.Nope": "1"})
    assert isinstance(step, Failed)
    assert [item["name"] for item in step.fault.parameters] == ["Device.Nope"]
    assert phone.written == []


@pytest.mark.parametrize("value", ["ten", "", "-1", str(2**32), "1.5", 1.5, "9" * 30, "1 0"])
def test_a_value_that_does_not_fit_the_type_is_not_sent(value: Any) -> None:
    phone = telephone()
    step = write(phone, {URL: "http://new/", INTERVAL: value})
    assert isinstance(step, Failed)
    assert step.fault.code == "9007"
    assert step.fault.parameters == (
        {"name": INTERVAL, "code": "9007", "message": "not a value of the type xsd:unsignedInt"},
    )
    assert phone.written == []


@pytest.mark.parametrize(
    ("kind", "fitting", "unfit"),
    [
        ("xsd:int", [-(2**31), 2**31 - 1], [-(2**31) - 1, 2**31]),
        ("xsd:unsignedInt", [0, 2**32 - 1], [-1, 2**32]),
        ("xsd:long", [-(2**63), 2**63 - 1], [-(2**63) - 1, 2**63]),
        ("xsd:unsignedLong", [0, 2**64 - 1], [-1, 2**64]),
        ("xsd:boolean", [True, "off", " Yes ", 1], [2, "maybe", ""]),
        ("xsd:string", ["", "x", 2**70], []),
    ],
)
def test_each_type_has_its_range(kind: str, fitting: list[Any], unfit: list[Any]) -> None:
    for value in fitting + unfit:
        phone = Telephone({"Device.a": TypedValue("0", kind)})
        step = write(phone, {"Device.a": value})
        assert isinstance(step, Done if value in fitting else Failed), value
        assert len(phone.written) == (value in fitting)


def test_a_phone_that_is_wrong_about_its_own_type_judges_for_itself() -> None:
    phone = Telephone({"Device.a": TypedValue("auto", "xsd:unsignedInt")})
    assert isinstance(write(phone, {"Device.a": "manual"}), Done)
    assert phone.values["Device.a"].text == "manual"


def test_many_values_are_written_in_batches_and_halved_for_a_phone_that_takes_few() -> None:
    names = [f"Device.p{i}" for i in range(10)]
    phone = Telephone({name: TypedValue("0", "xsd:int") for name in names}, most=2)
    step = write(phone, dict.fromkeys(names, 5), batch=8)
    assert isinstance(step, Done)
    assert [len(values) for values in phone.written] == [8, 4, 2, 2, 2, 2, 2]
    assert {value.text for value in phone.values.values()} == {"5"}


def test_a_later_batch_does_not_find_a_name_missing_when_the_first_one_is_written() -> None:
    """Also where the operator gave the types, so that there is nothing else to learn."""
    phone = Telephone({f"Device.p{i}": TypedValue("0", "xsd:int") for i in range(4)})
    values = [{"name": f"Device.p{i}", "value": 5, "type": "int"} for i in range(5)]
    step, _ = play(SetValues(), {"values": values}, phone, batch=3)
    assert isinstance(step, Failed)
    assert [item["name"] for item in step.fault.parameters] == ["Device.p4"]
    assert phone.written == []


def test_a_single_value_that_is_too_much_is_left_to_the_rules() -> None:
    assert write(telephone(most=0), {INTERVAL: 600}) is None


def test_a_phone_that_accepts_and_forgets_has_failed() -> None:
    step = write(telephone(deaf=True), {INTERVAL: 600, ENABLE: False, URL: "http://new/"})
    assert isinstance(step, Failed)
    assert step.fault.code == "not_applied"
    assert step.fault.parameters == (
        {"name": INTERVAL, "code": "not_applied", "message": "expected '600', read '3600'"},
        {"name": URL, "code": "not_applied", "message": "expected 'http://new/', read 'http://old/'"},
    )
    assert step.evidence is not None
    assert step.evidence["read_back"][1] == {"name": ENABLE, "expected": "0", "read": "0"}


@pytest.mark.parametrize("known_before", [False, True])
@pytest.mark.parametrize("mask", ["", "***", "********"])
def test_a_phone_that_hides_a_secret_is_not_said_to_have_forgotten_it(known_before: bool, mask: str) -> None:
    known, _ = EMPTY.with_values([(URL, mask, "xsd:string")] if known_before else [], 1.0)
    step = write(telephone(shows=lambda _: mask), {URL: "secret"}, known=known)
    assert isinstance(step, Done)
    assert step.evidence == {"read_back": [{"name": URL, "expected": "secret", "read": mask}]}


def test_a_phone_may_store_a_value_in_its_own_spelling() -> None:
    step = write(telephone(stores=lambda text: text.rstrip("/").upper()), {URL: "http://new/"})
    assert isinstance(step, Done)
    assert step.evidence == {"read_back": [{"name": URL, "expected": "http://new/", "read": "HTTP://NEW"}]}


def test_writing_what_is_there_already_is_a_success() -> None:
    assert isinstance(write(telephone(deaf=True), {URL: "http://old/", INTERVAL: "03600"}), Done)


def test_what_waits_for_a_reboot_is_not_read_back() -> None:
    phone = telephone(status=1)
    step = write(phone, {INTERVAL: 600})
    assert step == Done({"status": 1}, {"read_back": "after the next reboot: the phone only stored it"})
    assert len(phone.asked) == 1  # for the type


def test_one_batch_that_waits_for_a_reboot_speaks_for_all() -> None:
    arguments = SetValues().check(
        {"values": [{"name": name, "value": "1", "type": "string"} for name in ("Device.a", "Device.b")]}
    )
    known, _ = EMPTY.with_values([(name, "0", "xsd:string") for name in ("Device.a", "Device.b")], 1.0)
    job, facts = Job("1", "", arguments, {}), Phone(quirks=Quirks(gpv_batch=1, spv_batch=1), parameters=known)
    for status in (1, 0):
        assert isinstance(SetValues().next(job, facts), Ask)
        outcome = SetValues().answered(job, facts, SetParameterValuesResponse(Status=status))
        assert outcome.learnt == Learnt()  # what was written is believed when it was read
        job = replace(job, progress=outcome.progress)
    step = SetValues().next(job, facts)
    assert isinstance(step, Done)
    assert step.result == {"status": 1}


def test_a_fault_that_names_the_parameter_is_final() -> None:
    told = Fault(
        FaultCode=9003,
        SetParameterValuesFault=(SetParameterValuesFault(ParameterName=INTERVAL, FaultCode=9007),),
    )
    phone = telephone(refuses=told)
    assert write(phone, {INTERVAL: 600}) is None
    assert len(phone.asked) == 1


@pytest.mark.parametrize("code", [9002, 9003, 9005])
@pytest.mark.parametrize("named", [(), ("Device.",)])
def test_a_fault_that_names_no_parameter_makes_us_look_which_one_is_gone(code: int, named: tuple[str, ...]) -> None:
    known, _ = EMPTY.with_values([(INTERVAL, "1", "xsd:unsignedInt"), ("Device.Gone", "1", "xsd:string")], 1.0)
    phone = telephone(
        refuses=Fault(
            FaultCode=code,
            SetParameterValuesFault=tuple(SetParameterValuesFault(ParameterName=n, FaultCode=9002) for n in named),
        )
    )
    step = write(phone, {INTERVAL: 600, "Device.Gone": "x"}, known=known)
    assert isinstance(step, Failed)
    assert step.fault == missing_fault({"Device.Gone": "9005"})
    assert phone.asked == [(INTERVAL, "Device.Gone"), (INTERVAL,), ("Device.Gone",)]


def test_when_no_parameter_is_gone_the_fault_stays_what_it_was() -> None:
    step = write(telephone(refuses=Fault(FaultCode=9003, FaultString="Invalid arguments")), {INTERVAL: 600})
    assert isinstance(step, Failed)
    assert (step.fault.code, step.fault.message, step.fault.parameters) == ("9003", "Invalid arguments", ())


@pytest.mark.parametrize("code", [9001, 9007, 9008, 9800])
def test_other_faults_are_left_to_the_rules(code: int) -> None:
    phone = telephone(refuses=Fault(FaultCode=code))
    assert write(phone, {INTERVAL: 600, URL: "u"}) is None
    assert len(phone.written) == 1


# Arguments ----------------------------------------------------------------------------------------------------------


def test_arguments_have_one_canonical_form() -> None:
    assert SetValues().check(
        {
            "values": [
                {"name": " Device.a ", "value": "", "type": "string"},
                {"name": "Device.b", "value": False, "type": None},
                {"name": "Device.c", "value": "aGk=", "type": "base64"},
            ],
            "parameter_key": None,
        }
    ) == {
        "values": [
            {"name": "Device.a", "value": "", "type": "xsd:string"},
            {"name": "Device.b", "value": False},
            {"name": "Device.c", "value": "aGk=", "type": "soap-enc:base64"},
        ]
    }


@pytest.mark.parametrize("kind", ["base64", "xsd:base64", "base64Binary", "hexBinary", "dateTime", "decimal", "long"])
def test_whatever_type_is_taken_can_be_sent(kind: str) -> None:
    phone = Telephone({"Device.a": TypedValue("")})
    step, _ = play(SetValues(), {"values": [{"name": "Device.a", "value": "10", "type": kind}]}, phone)
    assert isinstance(step, Done)


def one(**item: Any) -> dict[str, Any]:
    return {"values": [{"name": "Device.a", "value": 1, **item}]}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({}, "values"),
        ({"values": []}, "values"),
        ({"values": {"Device.a": 1}}, "values"),
        ({"values": [{"name": "Device.a", "value": 1}] * (MAX_NAMES + 1)}, "values"),
        ({"values": ["Device.a"]}, "values.0"),
        (one(valeu=1), "values.0"),
        (one(name="Device."), "values.0.name"),
        (one(name="  "), "values.0.name"),
        (one(name=None), "values.0.name"),
        ({"values": [*one()["values"], *one(name=" Device.a")["values"]]}, "values.1.name"),
        (one(value=None), "values.0.value"),
        (one(value=[1]), "values.0.value"),
        (one(value={}), "values.0.value"),
        (one(value="a\x00b"), "values.0.value"),
        (one(value="\ufffe"), "values.0.value"),
        (one(type="text"), "values.0.type"),
        (one(type=7), "values.0.type"),
        ({**one(), "parameter_key": "k" * 33}, "parameter_key"),
        ({**one(), "key": "k"}, "key"),
    ],
)
def test_arguments_that_cannot_be_written_are_refused(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(BadRequest) as caught:
        SetValues().check(arguments)
    assert caught.value.field == named


@pytest.mark.parametrize(("arguments", "named"), [({}, "names"), ({"names": [""]}, "names.0"), ({"path": ""}, "path")])
def test_reading_needs_names(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(BadRequest) as caught:
        GetValues().check(arguments)
    assert caught.value.field == named
