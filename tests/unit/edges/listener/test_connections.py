"""Who goes when there are too many connections."""

import time
from random import Random

from acs.edges.listener.connections import Connections, Doing, Guest


class Hall:
    """A listener's connections; notes who was hung up on."""

    def __init__(self, most: int = 4, most_per_source: int = 100) -> None:
        self.connections = Connections(most, most_per_source)
        self.gone: list[str] = []

    def enter(self, name: str, doing: Doing = Doing.HEAD) -> Guest:
        guest = Guest(name[0], lambda: self.gone.append(name), doing)
        self.connections.enter(guest)
        return guest


def test_there_is_room_for_everybody_below_the_limit() -> None:
    hall = Hall()
    guests = [hall.enter(name) for name in ("a1", "a2", "b1", "c1")]
    assert (len(hall.connections), hall.connections.of("a"), hall.gone) == (4, 2, [])
    for guest in guests:
        hall.connections.leave(guest)
        hall.connections.leave(guest)  # twice is no matter
    assert (len(hall.connections), list(hall.connections)) == (0, [])


def test_the_source_with_the_most_gives_way_its_oldest_half_open_one_first() -> None:
    hall = Hall()
    for name in ("a1", "a2", "a3", "b1"):
        hall.enter(name)
    hall.enter("c1")
    hall.enter("d1")
    assert hall.gone == ["a1", "a2"]
    assert (len(hall.connections), hall.connections.shed) == (4, 2)


def test_half_open_before_idle_and_never_one_that_talks() -> None:
    hall = Hall()
    hall.enter("a1", Doing.TALKING)
    hall.enter("a2", Doing.IDLE)
    hall.enter("a3", Doing.HANDSHAKE)
    for name in ("b1", "c1", "d1"):
        hall.enter(name)
    assert hall.gone == ["a3", "a2"]
    hall.enter("e1")  # all have one, and the first of them talks
    assert hall.gone == ["a3", "a2", "b1"]


def test_where_all_talk_the_newest_has_to_come_again() -> None:
    hall = Hall(most=2)
    hall.enter("a1", Doing.TALKING)
    hall.enter("a2", Doing.TALKING)
    hall.enter("a3")
    assert hall.gone == ["a3"]
    assert len(hall.connections) == 2


def test_one_source_has_a_limit_of_its_own() -> None:
    hall = Hall(most=100, most_per_source=2)
    for name in ("b1", "a1", "a2", "a3", "b2"):
        hall.enter(name)
    assert hall.gone == ["a1"]


def test_who_has_the_most_is_known_whatever_comes_and_goes() -> None:
    random = Random(7)
    hall = Hall(most=1000, most_per_source=1000)
    there: list[Guest] = []
    for _ in range(500):
        if there and random.random() < 0.45:
            hall.connections.leave(there.pop(random.randrange(len(there))))
        else:
            there.append(hall.enter(random.choice("abcdef")))
        most = max((hall.connections.of(name) for name in "abcdef"), default=0)
        assert hall.connections._greatest == most
        assert not there or all(hall.connections.of(name) == most for name in hall.connections._having[most])


def test_many_sources_with_one_connection_each_cost_no_search() -> None:
    connections = Connections(20_000, 10)
    begun = time.perf_counter()
    for number in range(24_000):
        connections.enter(Guest(str(number), lambda: None))
    assert (len(connections), connections.shed) == (20_000, 4_000)
    assert time.perf_counter() - begun < 5  # looking at every source for each would take minutes
