"""Vouchers go out as they came in; options come back in our words."""

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.planning.programs.options import MAX_VOUCHER, MAX_VOUCHERS, GetOptionsProgram, SetVouchersProgram
from acs.domain.planning.steps import Ask, Done, Job, Phone
from acs.errors import BadRequest
from cwmp_schemas.cpe_rpcs import GetOptions, GetOptionsResponse, SetVouchers, SetVouchersResponse
from cwmp_schemas.envelope import write
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import OptionStruct
from tests.reference import needs_xsd

PHONE = Phone()
VOUCHERS, OPTIONS = SetVouchersProgram(), GetOptionsProgram()
TEXT = "PFZvdWNoZXIvPg=="


def test_vouchers_are_set_once() -> None:
    job = Job("t", "set_vouchers", VOUCHERS.check({"vouchers": [TEXT, f" {TEXT[:4]}\n{TEXT[4:]} "]}), {})
    assert VOUCHERS.next(job, PHONE) == Ask(SetVouchers(VoucherList=(TEXT, TEXT)))
    outcome = VOUCHERS.answered(job, PHONE, SetVouchersResponse())
    assert VOUCHERS.next(replace(job, progress=outcome.progress), PHONE) == Done({"vouchers": 2})
    assert VOUCHERS.faulted(job, PHONE, Fault(FaultCode=9000)) is None


def test_options_in_our_words() -> None:
    job = Job("t", "get_options", OPTIONS.check({}), {})
    assert OPTIONS.next(job, PHONE) == Ask(GetOptions(OptionName=""))
    option = OptionStruct(OptionName="Video", VoucherSN=7, State=1, Mode=2, StartDate="S", IsTransferable=1)
    outcome = OPTIONS.answered(job, PHONE, GetOptionsResponse(OptionList=(option,)))
    told = {
        "option_name": "Video",
        "voucher_sn": 7,
        "state": 1,
        "mode": 2,
        "start_date": "S",
        "expiration_date": None,
        "is_transferable": True,
    }
    assert OPTIONS.next(replace(job, progress=outcome.progress), PHONE) == Done({"options": [told]})
    assert OPTIONS.faulted(job, PHONE, Fault(FaultCode=9003)) is None


@needs_xsd
@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_what_is_asked_satisfies_the_schema(version: str) -> None:
    from tests.unit.cwmp_schemas.official import problems

    for message in (SetVouchers(VoucherList=(TEXT,)), GetOptions(OptionName="Video")):
        data = write(message, cwmp_namespace=f"urn:dslforum-org:cwmp-{version.replace('.', '-')}", id="1")
        assert not problems(data, version)


@pytest.mark.parametrize(
    ("program", "arguments", "field"),
    [
        (VOUCHERS, {}, "vouchers"),
        (VOUCHERS, {"vouchers": TEXT}, "vouchers"),
        (VOUCHERS, {"vouchers": []}, "vouchers"),
        (VOUCHERS, {"vouchers": [TEXT] * (MAX_VOUCHERS + 1)}, "vouchers"),
        (VOUCHERS, {"vouchers": [TEXT, "no base64!"]}, "vouchers.1"),
        (VOUCHERS, {"vouchers": [" "]}, "vouchers.0"),
        (VOUCHERS, {"vouchers": [7]}, "vouchers.0"),
        (VOUCHERS, {"vouchers": ["A" * (MAX_VOUCHER + 4)]}, "vouchers.0"),
        (OPTIONS, {"option_name": "x" * 65}, "option_name"),
        (OPTIONS, {"x": 1}, "x"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(program: Any, arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        program.check(arguments)
    assert refused.value.field == field
