"""Servers for system tests: one per module where tests do not disturb each other, killed at the end."""

from collections.abc import Iterator

import pytest

from tests.reference import XSD
from tests.system.server import Server, Zygote
from tests.system.wire import Exchange


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    started = Zygote()
    yield started
    started.close()


@pytest.fixture(scope="module")
def server(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of a module share. At the end, all that it said must satisfy the official schemas."""
    started = Server(zygote, tmp_path_factory.mktemp("server"))
    started.start()
    yield started
    started.close()
    assert_official(started.wire)
    assert "Traceback" not in started.log(), started.log()[-6000:]


def assert_official(wire: list[Exchange]) -> None:
    """Validate every distinct envelope against the official schema of its version; nothing to do where it is absent."""
    if XSD is None:
        return
    from tests.unit.cwmp_schemas.official import problems

    wrong = []
    for body, namespace in {(each.body, each.namespace) for each in wire if each.status == 200}:
        version = namespace.rpartition("cwmp-")[2].replace("-", ".")
        known = {"1.0": "1.0", "1.1": "1.1"}.get(version, "1.4")
        # There is no namespace cwmp-1-3 or 1-4; phones that write it are answered in it (quirk 43).
        standard = body if known != "1.4" else body.replace(namespace.encode(), b"urn:dslforum-org:cwmp-1-2")
        wrong += [(problem, body) for problem in problems(standard, known)]
    assert not wrong, wrong[:3]
