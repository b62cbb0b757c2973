"""Every behaviour of simulated phones against the server, and many together: nothing is lost, nothing goes on for ever.

A behaviour without an entry in ``EXPECTED`` must not keep the server from its work: both tasks have to succeed. What
does keep it has an entry that says what becomes of the tasks instead, and why.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import pytest

from acs.simulator.behaviours import BEHAVIOURS, WITH_ARGUMENT, Behaviour, traits
from tests.system import matrix
from tests.system.conftest import assert_official
from tests.system.matrix import Story
from tests.system.server import Server, Zygote

pytestmark = [pytest.mark.system, pytest.mark.slow]

SUCCEEDED = frozenset({"succeeded"})
NONE = frozenset({"none"})


@dataclass(frozen=True)
class Expected:
    """What becomes of the two tasks: their states, one of which must be reached; ``none``: the phone never gets in."""

    why: str
    values: frozenset[str] = SUCCEEDED
    config: frozenset[str] = SUCCEEDED
    code: str = ""
    """The code of a fault that must be on record with the task that does not succeed."""


EXPECTED = {
    "basic-auth": Expected("Basic is not taken over plain HTTP", NONE, NONE),
    "no-auth": Expected("who does not say who it is stays outside", NONE, NONE),
    "digest-uri-wrong": Expected("Digest's uri must name the resource that is asked for", NONE, NONE),
    "digest-folded": Expected(
        "an HTTP parser may refuse folded headers (RFC 9112 5.2), or unfold them", NONE | SUCCEEDED, NONE | SUCCEEDED
    ),
    "refuses-download": Expected("9001 may pass, so it is tried again later", config=frozenset({"waits"}), code="9001"),
    "refuses-values": Expected(
        "nothing can be read, so nothing can be proven",
        frozenset({"failed", "waits"}),
        frozenset({"failed", "waits", "verifying", "succeeded"}),
    ),
    "silent-on-values": Expected(
        "the phone hangs up on every reading",
        frozenset({"failed", "waits"}),
        frozenset({"failed", "waits", "verifying"}),
        "session_lost",
    ),
    "one-unreadable": Expected("one of the names is not there", frozenset({"failed"}), code="9005"),
    "fewer-values": Expected("one of the values never comes", frozenset({"failed", "waits"})),
    "lying": Expected("the phone does not show what it says", config=frozenset({"failed"}), code="not_applied"),
    "no-transfer-complete": Expected(
        "the phone may still be loading for an hour", config=frozenset({"transferring", "succeeded"})
    ),
    "unsupported:Download": Expected("the phone has no Download", config=frozenset({"failed"}), code="9000"),
    "fault:Download=9010": Expected("may pass, so it is tried again", config=frozenset({"waits"}), code="9010"),
    "fault:GetParameterValues=9001": Expected(
        "a denial may pass", frozenset({"waits", "failed"}), frozenset({"waits", "failed", "verifying", "succeeded"})
    ),
    "unreadable:SoftwareVersion": Expected("one of the names is not there", frozenset({"failed"}), code="9005"),
}
"""Behaviours that keep the server from its work, and how far."""

SMALLER = {"huge-tree": "huge-tree:3000"}
"""Rows whose full size has a test of its own."""
WITH_ARGUMENTS = (
    "namespace:urn:x",
    "event:8 DIAGNOSTICS COMPLETE",
    "retry-count:12",
    "soap-action:urn:x",
    "slow:2.5",
    "fault:Download=9010",
    "fault:GetParameterValues=9001",
    "fault:SetParameterValues=9001",
    "fault:GetParameterNames=9005",
    "fault:AddObject=9004",
    "unsupported:Download",
    "silent:FactoryReset",
    "batch:8",
    "unreadable:SoftwareVersion",
    "container:aes-256-ecb",
    "instances-jump:3",
    "ignores:RegistrarServer",
    "resets:DirectoryNumber",
)

SLOW_FIRST = ("one-at-a-time", "refuses-values", "silent-on-values", "no-transfer-complete")


def _rows() -> list[str]:
    every = [*(behaviour.name for behaviour in BEHAVIOURS), *WITH_ARGUMENTS]
    return sorted(every, key=lambda name: name not in SLOW_FIRST)


ROWS = _rows()


@pytest.fixture(scope="module")
def server(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the matrix's own: what is remembered of one crowd must not touch the next test module."""
    started = Server(zygote, tmp_path_factory.mktemp("matrix"))
    started.start()
    yield started
    started.close()


@pytest.fixture(scope="module")
def stories(server: Server) -> dict[str, Story]:
    """One phone of each kind, all at once, each with an address of its own; what became of them."""
    told = asyncio.run(
        matrix.run(server, [(SMALLER.get(name, name),) for name in ROWS], first=0x100000, own_address=True)
    )
    return dict(zip(ROWS, told, strict=True))


def _is_sound(story: Story) -> None:
    """What holds for every phone, however it behaves."""
    assert not story.trouble, (story.trouble, story.last_error)
    assert story.statuses <= {200, 204, 400, 401, 415, 503}, story.statuses
    if 503 in story.statuses:  # shedding says when to come again
        assert all(response.get("retry-after") for _, response in story.answers if response.status == 503)
    assert story.longest <= matrix.MOST_REQUESTS, story.longest
    assert not story.open, story.open


@pytest.mark.parametrize("name", ROWS)
def test_every_behaviour_is_served(stories: dict[str, Story], name: str) -> None:
    story, expected = stories[name], EXPECTED.get(name, Expected("nothing keeps the server from its work"))
    _is_sound(story)
    for task, states in (("values", expected.values), ("config", expected.config)):
        assert story.state(task) in states, (expected.why, story.state(task), story.tasks.get(task), story.last_error)
    if expected.code:
        faults = [task["fault"]["code"] for task in story.tasks.values() if task["fault"]]
        assert expected.code in faults, faults


def test_quirk_204_an_empty_post_first_fetches_the_challenge(stories: dict[str, Story]) -> None:
    story = stories["empty-post-first"]
    assert story.answers[0][1].status == 401
    assert story.answers[0][1].all("www-authenticate")[0].startswith("Digest ")
    assert [response.status for _, response in story.answers].count(401) == story.sessions
    assert story.sessions == len({id(transport) for transport, _ in story.answers})


def test_the_server_said_nothing_that_the_official_schemas_refuse(server: Server, stories: dict[str, Story]) -> None:
    assert sum(len(story.answers) for story in stories.values()) > len(stories)
    assert_official(server.wire)
    assert "Traceback" not in server.log(), server.log()[-6000:]


def test_the_next_phone_is_served_as_ever(server: Server, stories: dict[str, Story]) -> None:
    assert stories
    (story,) = asyncio.run(matrix.run(server, [()], first=0x1F0000, own_address=True))
    _is_sound(story)
    assert (story.state("values"), story.state("config")) == ("succeeded", "succeeded")
    assert story.longest < 30


def test_expectations_and_arguments_fit_the_table() -> None:
    assert set(EXPECTED) <= set(ROWS)
    for name in WITH_ARGUMENTS:
        traits((name,))
    tried = {name.partition(":")[0] for name in (*WITH_ARGUMENTS, *SMALLER.values())}
    assert tried == {behaviour.name for behaviour in WITH_ARGUMENT}


# --- behaviours together

OUTSIDE = frozenset(name for name, expected in EXPECTED.items() if "none" in expected.values)
"""These never get in, so that nothing can be learnt from them in company."""
CROWD = 40
SEED = 20691


def combinations(seed: int, count: int) -> list[tuple[str, ...]]:
    """So many sets of two to four behaviours that set different traits; the first of each come in turn."""
    random = Random(seed)
    rows = [behaviour for behaviour in BEHAVIOURS if behaviour.name not in OUTSIDE]
    random.shuffle(rows)
    found = []
    for number in range(count):
        first = rows[number % len(rows)]
        chosen, used = [first.name], _sets(first)
        size = random.randint(2, 4)
        for behaviour in random.sample(rows, len(rows)):
            if len(chosen) < size and not used & _sets(behaviour):
                chosen.append(behaviour.name)
                used |= _sets(behaviour)
        found.append(tuple(SMALLER.get(name, name) for name in chosen))
    return found


def _sets(behaviour: Behaviour) -> set[str]:
    """What only one behaviour of a set may decide: each trait, and whether a session takes long."""
    long = behaviour.name in SLOW_FIRST or "answer_delay" in behaviour.traits
    return {*behaviour.traits, *(["length"] if long else [])}


def _can_be_told_apart(behaviours: Sequence[str]) -> bool:
    """Whether a request shows whose it is where many phones share one address and one account (decision 4).

    Who begins with a wrong answer to a challenge may be braked there on behalf of all.
    """
    of = traits(behaviours)
    if of.digest_nonce == "made-up":
        return False
    keeps_connections = not of.connection_per_request and of.http_version != "1.0"
    return of.cookies not in ("none", "once") or keeps_connections


def _allowed(behaviours: Sequence[str], task: str) -> frozenset[str]:
    """The states that any one of the behaviours explains."""
    known = [EXPECTED[name] for name in behaviours if name in EXPECTED]
    states = [each.values if task == "values" else each.config for each in known]
    return SUCCEEDED.union(*states)


def test_behaviours_together_are_served_too(server: Server) -> None:
    """Behind one address, as behind a router, but for those that show by nothing else who they are."""
    crowd = combinations(SEED, CROWD)
    together = [each for each in crowd if _can_be_told_apart(each)]
    apart = [each for each in crowd if not _can_be_told_apart(each)]
    told = asyncio.run(matrix.run(server, together, first=0x200000, own_address=False))
    told += asyncio.run(matrix.run(server, apart, first=0x210000, own_address=True))
    wrong = []
    for story in told:
        try:
            _is_sound(story)
            for task in ("values", "config"):
                assert story.state(task) in _allowed(story.behaviours, task), (task, story.state(task), story.tasks)
        except AssertionError as error:
            wrong.append((story.behaviours, str(error)[:600], story.last_error))
    assert not wrong, wrong
    assert_official(server.wire)


def test_combinations_are_the_same_every_time_and_leave_no_row_out() -> None:
    assert combinations(7, 5) == combinations(7, 5)
    many = combinations(SEED, len(BEHAVIOURS))
    assert {name.partition(":")[0] for each in many for name in each} >= {
        behaviour.name for behaviour in BEHAVIOURS if behaviour.name not in OUTSIDE
    }


def test_a_tree_of_a_hundred_thousand_parameters_is_taken_in(server: Server) -> None:
    (story,) = asyncio.run(matrix.run(server, [("huge-tree",)], first=0x300000, own_address=True))
    _is_sound(story)
    assert (story.state("values"), story.state("config")) == ("succeeded", "succeeded")
    assert_official(server.wire)


FAULTS = (*range(9000, 9021), 9800, 9899, 9999, 8005)
"""Every code of the table, vendors' own, one that means nothing and one that only an ACS may say."""


@pytest.mark.parametrize(
    "rpc", ["GetParameterNames", "GetParameterValues", "SetParameterValues", "SetParameterAttributes", "Download"]
)
def test_every_fault_code_of_every_rpc_leaves_no_task_hanging(server: Server, rpc: str) -> None:
    first = 0x400000 + 0x1000 * (sum(rpc.encode()) % 251)
    phones = [(f"fault:{rpc}={code}",) for code in FAULTS]
    for story in asyncio.run(matrix.run(server, phones, first=first, own_address=True)):
        _is_sound(story)
        assert story.known, story.behaviours
        for task in ("values", "config"):
            assert story.state(task) in ("succeeded", "failed", "waits"), (story.behaviours, task, story.tasks[task])
    assert_official(server.wire)
