"""The list of known departures."""

from acs.domain.devices.field_quirks import titles


def test_every_number_has_its_words() -> None:
    assert list(titles()) == list(range(1, 231))
    assert all(title == title.strip() and title for title in titles().values())
    assert len(set(titles().values())) == 230
