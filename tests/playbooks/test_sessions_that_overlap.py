"""Lost answers, repeated Informs, restarts in the middle, and stragglers after the end."""

from acs.protocols.cwmp.commands import Abandoned, Ask, Close, Deliver, NeedWork, Note, Refuse, Reply
from acs.protocols.cwmp.events import CpeRequest, EmptyPost, WorkDone, WorkOffered
from acs.protocols.cwmp.states import State
from cwmp_schemas.cpe_rpcs import GetParameterValues, GetRPCMethods, GetRPCMethodsResponse
from cwmp_schemas.registry import method_names
from tests.playbooks.playbook import ACKNOWLEDGED, Playbook, inform

ASK = GetParameterValues(ParameterNames=("Device.",))


def test_a_lost_inform_response_is_said_again() -> None:
    """Quirk 79; an id of its own does not make it another Inform."""
    talk = Playbook()
    assert talk >> inform("1 BOOT") << Reply(ACKNOWLEDGED, "1")
    assert talk >> inform("1 BOOT", id="2") << Note("repeated_inform", 79, "2") << Reply(ACKNOWLEDGED, "2")
    assert talk >> EmptyPost() << NeedWork()
    assert talk >> inform("1 BOOT", id="3") << Note("repeated_inform", 79, "3") << Reply(ACKNOWLEDGED, "3")
    assert talk >> EmptyPost() << NeedWork() >> WorkDone() << Close()


def test_another_inform_is_another_session() -> None:
    """Quirk 78: new events, or another phone behind the same cookie."""
    for other in (inform("1 BOOT", "4 VALUE CHANGE"), inform("1 BOOT", serial="0C383E000002")):
        talk = Playbook()
        assert talk >> inform("1 BOOT") << Reply(ACKNOWLEDGED, "1")
        assert talk >> other << Refuse("superseded")
        assert talk.state is State.CLOSED


def test_an_inform_after_we_asked_gives_the_work_back() -> None:
    talk = Playbook()
    assert talk >> inform() << Reply(ACKNOWLEDGED, "1") >> EmptyPost() << NeedWork()
    assert talk >> WorkOffered(ASK, "r", "task") << Ask(ASK, "r", "task")
    assert talk >> inform() << Abandoned("task") << Refuse("superseded")
    assert talk >> inform() << Refuse("superseded")


def test_an_inform_after_our_204_is_a_new_session() -> None:
    talk = Playbook()
    assert talk >> inform() << Reply(ACKNOWLEDGED, "1") >> EmptyPost() << NeedWork() >> WorkDone() << Close()
    assert talk >> inform() << Refuse("superseded")


def test_an_empty_post_too_many_is_no_error() -> None:
    """Quirks 35, 80 and 220."""
    talk = Playbook()
    assert talk >> inform() << Reply(ACKNOWLEDGED, "1")
    assert talk >> EmptyPost() << NeedWork() >> EmptyPost() << NeedWork()
    assert talk >> WorkDone() << Close()
    assert talk >> EmptyPost() << Close() >> EmptyPost() << Close()
    assert talk.state is State.CLOSING


def test_a_method_list_is_given_even_after_the_end() -> None:
    """Quirk 219."""
    talk = Playbook()
    assert talk >> inform() << Reply(ACKNOWLEDGED, "1") >> EmptyPost() << NeedWork() >> WorkDone() << Close()
    methods = GetRPCMethodsResponse(MethodList=method_names("ACS", "1.2"))
    asked = CpeRequest(GetRPCMethods(), "GetRPCMethods", "9")
    assert talk >> asked << Deliver(GetRPCMethods()) << Reply(methods, "9")
    assert talk >> EmptyPost() << Close()


def test_a_node_lost_while_it_looked_for_work_is_replaced() -> None:
    """The turn is still ours when the phone, having had no answer, posts again."""
    talk = Playbook()
    assert talk >> inform() << Reply(ACKNOWLEDGED, "1") >> EmptyPost() << NeedWork()
    assert talk >> WorkOffered(ASK, "r", "task") << Ask(ASK, "r", "task")
    assert talk >> EmptyPost() << NeedWork(repeat="task") >> EmptyPost() << NeedWork(repeat="task")
    assert talk >> WorkOffered(ASK, "r2", "task") << Ask(ASK, "r2", "task")
