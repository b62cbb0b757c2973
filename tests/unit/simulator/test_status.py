from acs.simulator.status import PhoneState, PhoneStatus, summarise


def test_a_summary_adds_the_phones_up() -> None:
    good = PhoneStatus(
        "a",
        "s",
        "X4",
        PhoneState.WAITING,
        1.0,
        sessions=3,
        config_digest="d",
        phonebook_entries=2,
        transfers=1,
        reboots=1,
        enrolment="bound",
    )
    bad = PhoneStatus("b", "t", "X4", PhoneState.WAITING, 1.0, failed_sessions=2, failed_transfers=1)
    found = summarise([good, bad], 1.23456)
    assert (found.phones, found.reached, found.configured, found.seconds) == (2, 1, 1, 1.235)
    assert (found.sessions, found.failed_sessions, found.transfers, found.failed_transfers) == (3, 2, 1, 1)
    assert (found.phonebook_entries, found.reboots) == (2, 1)
    assert found.bound == 1
