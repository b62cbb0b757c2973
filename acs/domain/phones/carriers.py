"""What Chinese carriers ask of an ACS beyond TR-069: one row each (cwmp.md 5.1 to 5.4).

A phone says with a vendor event that somebody entered a logical identifier (LOID) and its password. The ACS answers by
writing ``Status`` (who you are) and ``Result`` (what became of your order) into the same object.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Status(IntEnum):
    """``UserInfo.Status``: whether the LOID is good."""

    OK = 0
    PASSWORD_UNKNOWN = 1
    LOID_UNKNOWN = 2
    MISMATCH = 3
    TIMEOUT = 4
    REGISTERED = 5
    """Already registered with another device, or no new work order."""
    INITIAL = 99


class Result(IntEnum):
    """``UserInfo.Result``: how far the order got."""

    DELIVERING = 0
    DONE = 1
    FAILED = 2
    INITIAL = 99


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier's names for the same things."""

    name: str
    title: str
    vendor: str
    """As parameters spell it: ``X_CT-COM``."""
    passwords: tuple[str, ...]
    """Leaves of the user-info object that hold the LOID's password, the first that says something counts."""
    account: str
    """The web page's maintenance password, below the root."""
    account_name: str
    """Its user name, and the beginning of a new password: eight digits follow (cwmp.md 5.3)."""

    @property
    def user_info(self) -> str:
        """The object that carries the LOID, below the root."""
        return f"{self.vendor}_UserInfo."


CARRIERS: Final = (
    Carrier(
        "ct",
        "China Telecom",
        "X_CT-COM",
        ("UserId",),
        "DeviceInfo.X_CT-COM_TeleComAccount.Password",
        "telecomadmin",
    ),
    Carrier("cu", "China Unicom", "X_CU", ("UserId",), "X_CU_Function.Web.AdminPassword", "cuadmin"),
    Carrier(
        "cmcc",
        "China Mobile",
        "X_CMCC",
        ("Password", "UserId"),
        "DeviceInfo.X_CMCC_TeleComAccount.Password",
        "CMCCAdmin",
    ),
)
BY_NAME: Final = {carrier.name: carrier for carrier in CARRIERS}

_BIND: Final = re.compile(r"X[ _](CT-COM|CU|CMCC)[ _]BIND[12]?")
_OWN_EVENT: Final = re.compile(r"(?:M )?X[ _](?:CT-COM|CTC|CU|CMCC)[ _]\S|M CTC\b")
_OWN_PARAMETER: Final = re.compile(r"(?:\A|\.)(X_CT-COM|X_CU|X_CMCC)_")
_BY_VENDOR: Final = {carrier.vendor.removeprefix("X_"): carrier for carrier in CARRIERS}


def _tidy(code: str) -> str:
    """Devices put two blanks into event codes, or write them in small letters (cwmp.md 2.5)."""
    return " ".join(code.upper().split())


def binding(events: Iterable[str]) -> Carrier | None:
    """Give the carrier whose BIND event is among these codes; ``BIND1`` and ``BIND2`` mean the same."""
    found = (_BIND.fullmatch(_tidy(code)) for code in events)
    return next((_BY_VENDOR[match[1]] for match in found if match), None)


def speaks_carrier(events: Iterable[str]) -> bool:
    """Say whether any of these event codes is a carrier's own."""
    return any(_OWN_EVENT.match(_tidy(code)) for code in events)


def is_carrier_parameter(path: str) -> bool:
    """Say whether a parameter is a carrier's own, as ``X_CT-COM_UserInfo.UserName``."""
    return "X_" in path and _OWN_PARAMETER.search(path) is not None
