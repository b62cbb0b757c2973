import dataclasses
import json

import pytest

from acs.protocols.cwmp.events import EmptyPost, InformReceived, WorkOffered
from acs.protocols.cwmp.session import Pending, Session
from acs.protocols.cwmp.states import State
from cwmp_schemas.acs_rpcs import Inform
from cwmp_schemas.cpe_rpcs import Reboot
from cwmp_schemas.structs import DeviceIdStruct

INFORM = Inform(
    DeviceId=DeviceIdStruct(Manufacturer="", OUI="", ProductClass="\udcff", SerialNumber="é"),
    Event=(),
    CurrentTime="",
    ParameterList=(),
)


def asked() -> Session:
    session = Session.new("s")
    for event in (
        InformReceived(INFORM, "urn:x", "1", ("1.3",), 60),
        EmptyPost(),
        WorkOffered(Reboot(CommandKey="k"), "r1", "tag"),
    ):
        session, _ = session.step(event)
    return session


def test_a_session_is_a_value() -> None:
    before = Session.new("s")
    after, _ = before.step(InformReceived(INFORM, "urn:x", "1"))
    assert before == Session.new("s") != after
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.state = State.CLOSED  # type: ignore[misc]


def test_a_dump_holds_the_name_of_what_is_pending_and_not_the_message() -> None:
    session = asked()
    assert session.pending == Pending("r1", "Reboot", "tag", lone=True)
    assert session.version == "1.3"
    dumped = session.dump()
    assert "CommandKey" not in dumped
    assert Session.load(dumped) == session


@pytest.mark.parametrize(
    "dumped",
    ["", "{}", "[]", "null", "[2]", json.dumps([99, *[None] * 10]), json.dumps([1, "s", "nowhere", *[None] * 8])],
)
def test_what_is_no_dump_is_refused(dumped: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Session.load(dumped)
