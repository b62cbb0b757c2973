import pytest

from acs.domain.phones import codes


@pytest.mark.parametrize(
    ("zone", "quarters", "name"),
    [
        ("Europe/Berlin", "4", "UTC+1"),
        ("UTC", "0", "UTC"),
        ("Europe/London", "0", "UTC"),
        ("America/New_York", "-20", "UTC-05"),
        ("Asia/Kolkata", "22", "UTC+5:30"),
        ("America/St_Johns", "-14", "UTC-03:30"),
        ("Asia/Kathmandu", "23", "UTC+5:45"),
        ("Australia/Sydney", "40", "UTC+10"),
        ("Europe/Dublin", "0", "UTC"),
        ("Pacific/Auckland", "48", "UTC+12"),
    ],
)
def test_time_zones_count_quarter_hours_of_winter_time(zone: str, quarters: str, name: str) -> None:
    assert codes.time_zone(zone) == (quarters, name)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "Berlin", "\x00"])
def test_no_such_zone(zone: str) -> None:
    with pytest.raises(ValueError, match="IANA"):
        codes.time_zone(zone)


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [("PCMA/8000", "G711A", "PCMA"), ("pcmu", "G711U", "PCMU"), ("G711A", "G711A", "PCMA"), ("iLBC", "iLBC", "iLBC")]
    + [(name, name, name) for name in ("G722", "G729", "G723", "G726-32", "AMR-WB")]
    + [("opus/48000/2", "OPUS", "OPUS")],
)
def test_codecs_by_generation(name: str, first: str, second: str) -> None:
    assert codes.codec(name, generation=1) == first
    assert codes.codec(name, generation=2) == second


@pytest.mark.parametrize("name", ["MP3", "", "PCMA/44100", "PCMA,PCMU"])
def test_no_such_codec(name: str) -> None:
    with pytest.raises(ValueError, match="unknown codec"):
        codes.codec(name, generation=2)


def test_tones() -> None:
    assert codes.tone("DE") == "2"
    assert codes.tone("UK") == codes.tone("GB") == "13"
    with pytest.raises(ValueError, match="XX"):
        codes.tone("XX")


@pytest.mark.parametrize(
    ("kind", "line", "value", "pickup", "written"),
    [
        ("none", None, "left", "", ""),
        ("line", 3, "", "", "SIP3"),
        ("line", None, "", "", "SIP1"),
        ("speed_dial", None, "112", "", "112@1/f"),
        ("blf", 2, "200", "*8200", "200@2/bc*8200"),
        ("blf_video", 1, "200", "", "200@1/bcV"),
        ("memory", None, "200@1/ba*8200", "", "200@1/ba*8200"),
        ("key_event", None, "dnd", "", "F_DND"),
        ("key_event", None, "F_PREFIX:9", "", "F_PREFIX:9"),
        ("multicast", None, "239.0.0.1:4000/PCMU", "", "239.0.0.1:4000/PCMU"),
    ],
)
def test_key_values(kind: codes.KeyType, line: int | None, value: str, pickup: str, written: str) -> None:
    assert codes.key_value(kind, line=line, value=value, pickup=pickup) == written


def test_every_key_type_has_its_code() -> None:
    assert set(codes.KEY_TYPES) == set(codes.KeyType.__args__)  # type: ignore[attr-defined]
    memory = [code.memory for code in codes.KEY_TYPES.values() if code.memory]
    assert len(set(memory)) == len(memory)
    assert all(codes.KEY_TYPES[kind].type == "1" for kind, code in codes.KEY_TYPES.items() if code.memory)
