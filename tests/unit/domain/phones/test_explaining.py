"""Who said each setting, what lost to it, and which setting each line of the file is."""

from typing import Any

from acs.domain.phones import explaining
from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.explaining import Effective, Line, Removed, Said
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import Links, render_traced
from acs.formats import Dialect

SIP = "SIP CONFIG MODULE"


def layers(*said: tuple[str, dict[str, Any]]) -> list[Layer]:
    return [Layer(scope, document) for scope, document in said]


def lines(*said: tuple[str, dict[str, Any]], links: Links | None = None) -> list[Line]:
    model = MODELS["X6U"]
    document, sheet = render_traced(resolve(layers(*said)), model=model, dialect=Dialect.TEXT2, links=links or Links())
    return list(explaining.lines(document, sheet))


def test_a_value_tells_its_layer_and_what_lost() -> None:
    found = explaining.effective(
        layers(
            ("global", {"locale": {"language": "de", "tone": "DE"}}),
            ("groups/a", {"locale": {"language": None}}),
            ("devices/1", {"locale": {"language": "en"}, "network": {"dns": ["10.0.0.1"]}}),
        )
    )
    assert found == (
        Effective(("locale", "language"), "en", "devices/1", (Said("groups/a", None), Said("global", "de"))),
        Effective(("locale", "tone"), "DE", "global"),
        Effective(("network", "dns"), ["10.0.0.1"], "devices/1"),
    )


def test_what_was_taken_away_tells_by_whom() -> None:
    found = explaining.removed(
        layers(
            ("global", {"locale": {"language": "de"}, "time": {"dst": "auto"}, "sip": {"lines": {"2": {"user": "2"}}}}),
            ("groups/a", {"locale": {"language": None}, "network": {"hostname": None}}),
            ("devices/1", {"time": None, "sip": {"lines": {"2": None}}}),
        )
    )
    by_path = {each.path: each for each in found}
    assert by_path["locale", "language"] == Removed(("locale", "language"), "groups/a", (Said("global", "de"),))
    assert by_path["time", "dst"] == Removed(("time", "dst"), "devices/1", (Said("global", "auto"),))
    assert by_path["sip", "lines", "2", "user"].scope == "devices/1"
    assert by_path["network", "hostname"] == Removed(("network", "hostname"), "groups/a", ())


def test_every_line_tells_its_setting() -> None:
    found = lines(
        ("global", {"sip": {"lines": {"1": {"server": "10.1.2.3"}}}, "time": {"timezone": "Europe/Berlin"}}),
        (
            "devices/1",
            {
                "keys": {"1": {"type": "blf", "line": 1, "value": "12"}},
                "raw": {SIP: {"SIP1 Register Port": "5070"}, "PHONE FEATURE MODULE": {"--Power LED--": {"Any": "1"}}},
                "firmware": {"file_id": "f"},
            },
        ),
        links=Links(firmware="http://h/t/x/f.z"),
    )
    told = {line.name: (".".join(line.path), line.scope, line.kind) for line in found}
    assert told["SIP1 Register Addr"] == ("sip.lines.1.server", "global", "typed")
    assert told["SIP1 Register Port"] == (f"raw.{SIP}.SIP1 Register Port", "devices/1", "raw")
    assert told["Any"] == ("raw.PHONE FEATURE MODULE.--Power LED--.Any", "devices/1", "raw")
    assert told["Time Zone Name"] == ("time.timezone", "global", "typed")
    assert told["Fkey1 Value"] == ("keys.1", "devices/1", "typed")
    assert told["Auto Image Url"] == ("firmware.file_id", "devices/1", "link")


def test_what_nobody_said_is_the_servers_own() -> None:
    (line,) = lines(links=Links(phonebook="http://h/t/x/b.xml"))
    assert (line.path, line.scope, line.kind) == ((), "", "built_in")


def test_raw_keys_that_lost_are_not_in_the_file() -> None:
    said = (
        ("global", {"raw": {SIP: {"SIP1 Register Addr": "10.0.0.1", "SIP1 Any": "x"}}}),
        ("devices/1", {"sip": {"lines": {"1": {"server": "10.0.0.2"}}}, "keys": {"2": {"type": "none", "label": "a"}}}),
    )
    found = lines(*said)
    assert not explaining.used(explaining.shown(found), ("raw", SIP, "SIP1 Register Addr"))
    assert explaining.used(explaining.shown(found), ("raw", SIP, "SIP1 Any"))
    assert explaining.used(explaining.shown(found), ("keys", "2", "type"))
    _, sheet = render_traced(resolve(layers(*said)), model=MODELS["X6U"], dialect=Dialect.TEXT2)
    assert explaining.unused_raw(sheet) == (("raw", SIP, "SIP1 Register Addr"),)
