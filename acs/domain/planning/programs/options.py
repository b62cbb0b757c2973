"""``set_vouchers`` and ``get_options``: paid options of a phone, as TR-069 had them until 1.2 (A.4.1.3, A.4.1.4)."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.steps import Ask, Done, Job, Outcome, Phone, Step
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import GetOptions, GetOptionsResponse, SetVouchers
from cwmp_schemas.faults import Fault

MAX_VOUCHERS: Final = 64
MAX_OPTIONS: Final = 256
MAX_VOUCHER: Final = 64 * 1024
"""Characters of one voucher; a signed one has a few thousand."""


class SetVouchersProgram:
    """Hand vouchers over."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``vouchers``: each in Base64."""
        arg.only(arguments, "vouchers")
        value = arg.listed(arguments, "vouchers", MAX_VOUCHERS, f"1 to {MAX_VOUCHERS} texts in Base64")
        return {"vouchers": [_voucher(each, f"vouchers.{index}") for index, each in enumerate(value)]}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask once."""
        if job.progress.get("set"):
            return Done({"vouchers": len(job.arguments["vouchers"])})
        return Ask(SetVouchers(VoucherList=tuple(job.arguments["vouchers"])))

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """They are set."""
        return Outcome({"set": True})

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Left to the rules of ``retries``."""
        return None


class GetOptionsProgram:
    """Ask for the state of one option, or of all."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``option_name``: empty or missing for all."""
        arg.only(arguments, "option_name")
        return {"option_name": arg.text(arguments, "option_name", "", longest=64)}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask once."""
        if "options" in job.progress:
            return Done({"options": job.progress["options"]})
        return Ask(GetOptions(OptionName=job.arguments["option_name"]))

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Keep the list."""
        assert isinstance(message, GetOptionsResponse)
        return Outcome(
            {
                "options": [
                    {
                        "option_name": each.OptionName,
                        "voucher_sn": each.VoucherSN,
                        "state": each.State,
                        "mode": each.Mode,
                        "start_date": each.StartDate,
                        "expiration_date": each.ExpirationDate,
                        "is_transferable": bool(each.IsTransferable),
                    }
                    for each in message.OptionList[:MAX_OPTIONS]
                ]
            }
        )

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Left to the rules of ``retries``."""
        return None


def _voucher(value: Any, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadRequest(f"{field} must be a text in Base64", field=field)
    if len(value) > MAX_VOUCHER:
        raise BadRequest(f"{field} is longer than {MAX_VOUCHER} characters", field=field)
    bare = "".join(value.split())
    try:
        base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(f"{field} is not Base64", field=field) from None
    return bare
