"""Phones that were all given "spread" call at different times, each always at its own."""

from acs.domain.planning.spreading import periodic_inform_time, spread

PATH = "Device.ManagementServer.PeriodicInformTime"


def test_quirk_098_every_phone_has_a_time_of_its_own() -> None:
    times = [periodic_inform_time(f"device{number}") for number in range(1000)]
    assert times == [periodic_inform_time(f"device{number}") for number in range(1000)]
    assert len(set(times)) > 950
    per_hour = [sum(time[11:13] == f"{hour:02}" for time in times) for hour in range(24)]
    assert min(per_hour) > 15  # 1000 phones over 24 hours: 42 each, give or take


def test_only_the_word_for_only_this_parameter_is_replaced() -> None:
    values = [
        {"name": PATH, "value": "spread", "type": None},
        {"name": PATH, "value": "2024-01-01T00:00:00Z", "type": None},
        {"name": "Device.Time.NTPServer1", "value": "spread", "type": None},
    ]
    first, *rest = spread(values, "d1")
    assert first == {"name": PATH, "value": periodic_inform_time("d1"), "type": "xsd:dateTime"}
    assert rest == values[1:]
