"""Carriers' names for the same things, and their events in any spelling."""

import pytest

from acs.domain.phones.carriers import CARRIERS, binding, is_carrier_parameter, speaks_carrier


@pytest.mark.parametrize(
    ("event", "carrier"),
    [
        ("X CT-COM BIND", "ct"),
        ("X CT-COM  BIND", "ct"),
        (" x ct-com bind ", "ct"),
        ("X CT-COM BIND1", "ct"),
        ("X CT-COM BIND2", "ct"),
        ("X_CT-COM_BIND", "ct"),
        ("X CU BIND", "cu"),
        ("X CMCC BIND", "cmcc"),
        ("X CT-COM STBBIND", None),
        ("X CT-COM BIND3", None),
        ("X CT-COM ACCOUNTCHANGE", None),
        ("X CT-COMBIND", None),
        ("0 BOOTSTRAP", None),
        ("", None),
    ],
)
def test_who_asks_to_be_bound(event: str, carrier: str | None) -> None:
    found = binding(["1 BOOT", event])
    assert (found.name if found else None) == carrier


@pytest.mark.parametrize(
    ("event", "own"),
    [
        ("X CT-COM ALARM", True),
        ("X CT-COM NAME CHANGE", True),
        ("X_CU_ADMINPASSWORDCHANGE", True),
        ("M X_CU_ALARM", True),
        ("M X CMCC  SHUTDOWN", True),
        ("X CTC ErrorCode", True),
        ("M CTC LOG_PERIODIC", True),
        ("M X_CTC_SHUT_DOWN", True),
        ("X 0C383E REGISTERED", False),
        ("X CUSTOM EVENT", False),
        ("M Download", False),
        ("4 VALUE CHANGE", False),
    ],
)
def test_whose_event_it_is(event: str, own: bool) -> None:
    assert speaks_carrier([event]) is own


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("InternetGatewayDevice.X_CT-COM_UserInfo.UserName", True),
        ("InternetGatewayDevice.X_CT-COM_UserInfo.", True),
        ("InternetGatewayDevice.WANDevice.1.X_CU_Function.Web", True),
        ("Device.X_CUSTOM_Thing", False),
        ("Device.X_FANVIL-COM_Phone.TR069.ServerType", False),
        ("Device.AX_CU_B", False),
    ],
)
def test_whose_parameter_it_is(path: str, own: bool) -> None:
    assert is_carrier_parameter(path) is own


def test_every_carrier_is_told_apart() -> None:
    for names in zip(*((each.name, each.vendor, each.account) for each in CARRIERS), strict=True):
        assert len(set(names)) == len(CARRIERS)
    assert CARRIERS[0].user_info == "X_CT-COM_UserInfo."
