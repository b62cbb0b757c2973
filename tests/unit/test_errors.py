"""Families of errors, and what each carries."""

from acs import errors


def test_an_error_tells_message_field_and_facts() -> None:
    error = errors.BadSettings("no such codec", field="sip.lines.1.codecs.0", layer="global")
    assert str(error) == error.message == "no such codec"
    assert error.field == "sip.lines.1.codecs.0"
    assert error.facts == {"layer": "global"}


def test_families_say_who_is_to_blame() -> None:
    assert all(issubclass(kind, errors.BadRequest) for kind in (errors.BadSettings, errors.BadFile))
    remote = (errors.BadRequest, errors.NotFound, errors.Conflict, errors.Denied)
    assert all(issubclass(kind, errors.Remote) for kind in remote)
    assert not issubclass(errors.Retriable, errors.Remote)
    assert not issubclass(errors.NeedsOperator, errors.Remote)


def test_a_retriable_error_says_when() -> None:
    assert errors.Retriable("busy", after=2.5).after == 2.5
