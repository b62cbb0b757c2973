"""Two phones under one identity go to and fro; one phone moves and says why."""

import json

from acs.domain.devices.units import DAY, MAX_FACES, RETURNS, Face, are_several, face_of, met

A, B = face_of("http://192.0.2.1:7547/x", "1.0", "A"), face_of("http://192.0.2.2:7547/y", "1.0", "A")


def seen(*faces: str, explained: bool = False, every: float = 60.0) -> list[Face]:
    kept: list[Face] = []
    for number, face in enumerate(faces):
        kept = met(kept, face, number * every, explained=explained)
        kept = json.loads(json.dumps(kept))
    return kept


def test_a_face_is_where_it_listens_and_what_it_runs() -> None:
    assert A == "192.0.2.1|1.0|A"
    assert face_of("http://192.0.2.1:9/other", "1.0", "A") == A
    assert face_of("http://[", "1.0", "A") == "http://[|1.0|A"
    assert len(face_of("", "x" * 1000, "")) <= 200


def test_quirk_175_two_units_that_take_turns_are_told_apart() -> None:
    assert not are_several(seen(*[A, B] * (RETURNS // 2)))
    assert are_several(seen(*[A, B] * RETURNS))


def test_what_stays_the_same_changes_nothing() -> None:
    assert seen(A, A, A) == [[A, 0, 0]]
    assert not are_several(seen(*[A] * 50))


def test_moves_with_a_reason_are_one_phones() -> None:
    assert not are_several(seen(*[A, B] * 20, explained=True))


def test_versions_that_go_to_and_fro_have_no_good_reason() -> None:
    older = face_of("http://192.0.2.1:7547/x", "0.9", "A")
    assert are_several(seen(*[A, older] * RETURNS, explained=True))


def test_ever_new_addresses_are_no_returns() -> None:
    kept = seen(*(face_of(f"http://192.0.2.{n}/", "1.0", "A") for n in range(100)))
    assert not are_several(kept)
    assert len(kept) <= MAX_FACES


def test_what_was_days_ago_does_not_count() -> None:
    assert not are_several(seen(*[A, B] * 20, every=DAY + 1))
