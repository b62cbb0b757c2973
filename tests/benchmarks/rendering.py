"""What rendering one full phone costs: an X7 with 127 keys and 20 lines, in every dialect.

    python -m tests.benchmarks.rendering [--repeat 200]

Times are the least, the middle and the ninth of ten, in milliseconds of one thread, from the layers to the bytes. The
ratio is to writing and reading the same settings as JSON with the standard library, measured in the same run.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from time import perf_counter
from typing import Any

from acs import formats
from acs.domain.phones.catalogue import BUILT_IN
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import render
from acs.formats import CODECS, Dialect


def full_phone(lines: int = 20, keys: int = 127) -> dict[str, Any]:
    """Give settings that say something of everything."""
    return {
        "sip": {
            "port": 5060,
            "lines": {
                str(number): {
                    "enabled": True,
                    "display_name": f"Desk {number}",
                    "user": f"{1000 + number}",
                    "auth_user": f"{1000 + number}",
                    "password": f"Secret-{number:04}",
                    "server": "pbx.example.net",
                    "port": 5060,
                    "transport": "tls",
                    "outbound_proxy": "edge.example.net",
                    "outbound_proxy_port": 5061,
                    "expires": 3600,
                    "dtmf": "rfc2833",
                    "srtp": "optional",
                    "codecs": ["PCMA/8000", "PCMU/8000", "G722"],
                    "voicemail": "*97",
                }
                for number in range(1, lines + 1)
            },
        },
        "network": {
            "hostname": "desk-7",
            "mode": "static",
            "address": "192.0.2.20",
            "netmask": "255.255.255.0",
            "gateway": "192.0.2.1",
            "dns": ["192.0.2.53", "192.0.2.54"],
            "vlan": {"enabled": True, "id": 20},
        },
        "time": {"ntp_server": "ntp.example.net", "timezone": "Europe/Berlin", "dst": "auto"},
        "locale": {"language": "en", "tone": "DE"},
        "web": {"accounts": {"1": {"name": "admin", "password": "web-secret", "level": "admin"}}},
        "keys": {
            str(number): {
                "type": "blf",
                "line": 1 + number % lines,
                "value": f"{2000 + number}",
                "label": f"Key {number}",
            }
            for number in range(1, keys + 1)
        },
        "tr069": {"enabled": True, "acs_url": "https://acs.example.net/", "periodic_interval": 3600},
        "autoprovision": {"mode": "interval", "interval_hours": 24, "server_url": "https://acs.example.net/p/$mac.cfg"},
    }


def layers_of(document: dict[str, Any]) -> list[Layer]:
    """Give the settings as they usually lie: a few for all, some for the model, most for the phone itself."""
    everyone = {name: document[name] for name in ("time", "tr069", "autoprovision")}
    own = {name: document[name] for name in ("sip", "keys", "network", "web")}
    return [Layer("global", everyone), Layer("models/X7", {"locale": document["locale"]}), Layer("devices/1", own)]


def measured(work: Callable[[], object], repeat: int) -> tuple[float, float, float]:
    """Give the least, the middle and the ninth of ten, in milliseconds."""
    times = []
    for _ in range(repeat):
        began = perf_counter()
        work()
        times.append((perf_counter() - began) * 1000)
    times.sort()
    return times[0], times[repeat // 2], times[repeat * 9 // 10]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=200)
    repeat = parser.parse_args().repeat
    model = BUILT_IN.named("X7")
    assert model is not None
    document = full_phone(model.lines, model.dss_keys)
    layers = layers_of(document)
    json_ms = measured(lambda: json.loads(json.dumps(document)), repeat)[1]
    for dialect in CODECS:

        def once(dialect: Dialect = dialect) -> bytes:
            return formats.write(
                render(resolve(layers), model=model, dialect=dialect).with_version("2.0003000000"), dialect
            )

        least, middle, ninth = measured(once, repeat)
        print(
            f"{dialect:8} {len(once()):6} bytes  {least:5.2f} {middle:5.2f} {ninth:5.2f} ms"
            f"  {middle / json_ms:5.1f} x JSON there and back"
        )


if __name__ == "__main__":
    main()
