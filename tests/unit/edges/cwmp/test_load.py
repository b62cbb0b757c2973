"""Who has to come again later."""

from acs.edges.cwmp.load import LAG_SECONDS, LEAST_SHARE, MAX_WRITES, Budget, Load


def busy(most: int, **sources: int) -> Load:
    load = Load(most)
    for source, count in sources.items():
        for _ in range(count):
            load.begin(source)
    return load


def refuses(load: Load, source: str = "x", *, in_session: bool = False, writes: int = 0) -> bool:
    return load.refuses(source, in_session=in_session, writes=writes)


def test_below_its_limit_everybody_is_served() -> None:
    assert not refuses(busy(100, a=10, b=39), "a")


def test_at_the_limit_only_sessions_under_way_go_on() -> None:
    load = busy(100, **{f"s{number}": 1 for number in range(100)})
    assert refuses(load)
    assert not refuses(load, in_session=True)
    assert refuses(busy(100, **{f"s{number}": 1 for number in range(200)}), in_session=True)


def test_when_it_is_busy_the_source_with_most_requests_is_shed_first() -> None:
    load = busy(100, storm=45, b=3, c=2)
    assert refuses(load, "storm")
    assert not refuses(load, "storm", in_session=True)
    assert not refuses(load, "b")
    assert not refuses(load, "new")
    assert not refuses(busy(100, storm=45), "storm")  # alone it takes nothing from anybody
    assert not refuses(busy(20, few=LEAST_SHARE), "few")


def test_a_loop_or_a_database_that_is_behind_takes_nobody_new() -> None:
    load = Load(100)
    load.late(LAG_SECONDS * 2)
    assert refuses(load)
    assert not refuses(load, in_session=True)
    for _ in range(3):
        load.late(0.0)
    assert not refuses(load)
    assert refuses(load, writes=MAX_WRITES + 1)


def test_places_are_given_back() -> None:
    load = busy(10, a=2, b=1)
    for source in "aab":
        load.end(source)
    assert (load.under_way, load.by_source) == (0, {})


def test_memory_is_for_all_together_and_small_bodies_find_room() -> None:
    budget = Budget(most=100, small=10)
    assert budget.takes("a", 0, 50)
    assert not budget.takes("a", 50, 1)  # nobody alone fills it
    assert budget.takes("b", 0, 45)
    assert not budget.takes("c", 8, 20)
    assert budget.takes("c", 0, 10)
    assert all(budget.takes(f"d{number}", 0, 9) for number in range(5))
    assert not budget.takes("e", 0, 9)  # there is an end to small ones as well
    assert budget.held == 150
    for source, size in (("a", 50), ("b", 45), ("c", 10), *((f"d{number}", 9) for number in range(5))):
        budget.give_back(source, size)
    assert (budget.held, budget.by_source) == (0, {})


def test_a_phone_that_says_little_has_room_beside_the_one_at_its_address_that_took_all() -> None:
    budget = Budget(most=100, small=10)
    assert budget.takes("a", 0, 50)
    assert not budget.takes("a", 0, 11)
    assert budget.takes("a", 0, 10)
    assert budget.takes("a", 0, 10)
    assert budget.takes("a", 0, 5)
    assert not budget.takes("a", 0, 1)  # there is an end to it
    assert budget.takes("b", 0, 25)
