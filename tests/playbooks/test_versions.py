"""Versions 1.0 to 1.4: how one is told, what it changes, and that every URI is answered with itself.

Over real ``Sessions`` with a database, as phones have it; see cwmp.md section 0.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from lxml import etree

from acs.protocols.cwmp import limits
from acs.services.devices import get_device
from acs.services.sessions import Request, Response
from cwmp_schemas import acs_rpcs, cpe_rpcs, envelope
from cwmp_schemas._spyne import Struct
from cwmp_schemas.headers import NONE, HeaderExtras
from cwmp_schemas.registry import method_names
from tests.conftest import World
from tests.phone import TestPhone

URN = "urn:dslforum-org:cwmp-1-"
SUPPORTED = ("1.0", "1.1", "1.2", "1.3", "1.4")

STANDARD = [
    pytest.param(URN + "0", NONE, "1.0", id="1.0"),
    pytest.param(URN + "1", NONE, "1.1", id="1.1"),
    pytest.param(URN + "2", NONE, "1.2", id="1.2"),
    pytest.param(URN + "2", HeaderExtras(session_timeout=60), "1.3", id="1.3"),
    pytest.param(URN + "2", HeaderExtras(session_timeout=60, supported_versions=SUPPORTED), "1.4", id="1.4"),
    pytest.param(URN + "2", HeaderExtras(supported_versions=("1.0", "1.1", "1.2", "1.3")), "1.3", id="highest common"),
    pytest.param(URN + "0", HeaderExtras(session_timeout=60), "1.0", id="SessionTimeout tells nothing below 1.2"),
]
ODD_URIS = {
    URN + "3": "1.3",
    URN + "4": "1.4",
    URN + "9": "1.4",
    URN + "42": "1.4",
    URN + "2/": "1.2",
    "URN:DSLFORUM-ORG:CWMP-1-1": "1.1",
    "urn:broadband-forum-org:cwmp-1-2": "1.2",
    "urn:vendor-example:cwmp": "1.0",
    "urn:vendor-example:remote-management": "1.0",
    "http://example.com/a?b=1&c='2'": "1.0",
}


@dataclass
class VersionedPhone(TestPhone):
    """A phone that writes a namespace and headers of its own; in answers perhaps another namespace."""

    namespace: str = URN + "2"
    answers_in: str = ""
    extras: HeaderExtras = NONE

    def post(self, message: Struct | None, id: str = "1") -> Request:
        request = super().post(message, id)
        if message is None:
            return request
        opens = isinstance(message, acs_rpcs.Inform)
        namespace = self.namespace if opens or not self.answers_in else self.answers_in
        body = envelope.write(message, cwmp_namespace=namespace, id=id, header=self.extras if opens else NONE)
        return replace(request, body=body)


def phone_of(world: World, namespace: str, extras: HeaderExtras = NONE, **more: Any) -> VersionedPhone:
    phone = VersionedPhone(world.sessions, namespace=namespace, extras=extras, **more)
    phone.username, phone.password = world.context.cpe_username, world.context.cpe_password
    phone.connection = "127.0.0.1|1"
    return phone


def namespace_of(answer: Response) -> str:
    """The namespace of the message, or of the fault's detail, by a parser that is not ours."""
    (child,) = etree.fromstring(answer.body, etree.XMLParser(recover=True))[1]  # names that are no URIs disturb lxml
    found = next((each for each in child.iter() if etree.QName(each).localname == "Fault" and each is not child), child)
    return str(etree.QName(found).namespace)


def used_version(answer: Response) -> str | None:
    found = re.search(rb'<cwmp:UseCWMPVersion soap-env:mustUnderstand="1">([^<]*)<', answer.body)
    return found.group(1).decode() if found else None


async def shown_version(world: World) -> str:
    device_id = await world.only_device()
    return str((await world.read(lambda uow: get_device(uow, device_id)))["cwmp_version"])


@pytest.mark.parametrize(("namespace", "extras", "version"), STANDARD)
async def test_a_version_is_told_by_header_and_namespace(
    world: World, namespace: str, extras: HeaderExtras, version: str
) -> None:
    phone = phone_of(world, namespace, extras)
    opened = await phone.send(phone.inform("1 BOOT"))
    assert opened.status == 200
    assert used_version(opened) == (version if extras.supported_versions else None)
    assert await shown_version(world) == version
    listed = envelope.read((await phone.send(cpe_rpcs.GetRPCMethods())).body).body
    assert isinstance(listed, cpe_rpcs.GetRPCMethodsResponse)
    assert tuple(listed.MethodList) == method_names("ACS", version)
    assert ("AutonomousTransferComplete" in listed.MethodList) == (version >= "1.1")
    assert ("DUStateChangeComplete" in listed.MethodList) == (version >= "1.2")
    assert await phone.call("1 BOOT")


@pytest.mark.parametrize(("namespace", "extras", "version"), STANDARD)
async def test_every_answer_is_in_the_uri_of_the_phone(
    world: World, namespace: str, extras: HeaderExtras, version: str
) -> None:
    await _whole_session_in(phone_of(world, namespace, extras), namespace)


async def _whole_session_in(phone: VersionedPhone, namespace: str) -> None:
    """Inform, a request of each kind, a refused one, and all that the server asks: each answer in this namespace."""
    seen: list[Response] = [await phone.send(phone.inform("1 BOOT"))]
    seen.append(await phone.send(cpe_rpcs.GetRPCMethods(), "a"))
    refused = await phone.send(cpe_rpcs.FactoryReset(), "b")
    assert b"<FaultCode>8000</FaultCode>" in refused.body
    seen.append(refused)
    response = await phone.send(None)
    while response.status == 200:
        seen.append(response)
        response = await phone.answer(response)
    assert response.status == 204
    assert len(seen) > 4, "the server asked something"
    assert {namespace_of(answer) for answer in seen} == {namespace}


@pytest.mark.parametrize("uri", ODD_URIS)
async def test_quirk_043_odd_uris_are_answered_with_themselves(world: World, uri: str) -> None:
    await _whole_session_in(phone_of(world, uri), uri)
    assert await shown_version(world) == ODD_URIS[uri]


async def test_quirk_044_the_inform_alone_says_how_to_talk(world: World) -> None:
    phone = phone_of(world, URN + "0", answers_in=URN + "2")
    await _whole_session_in(phone, URN + "0")
    assert await shown_version(world) == "1.0"


async def test_quirk_044_requests_of_the_phone_in_another_namespace_do_not_change_the_version(world: World) -> None:
    phone = phone_of(world, URN + "0", answers_in=URN + "4")
    await phone.send(phone.inform("1 BOOT"))
    answer = await phone.send(cpe_rpcs.GetRPCMethods(), "a")
    listed = envelope.read(answer.body).body
    assert isinstance(listed, cpe_rpcs.GetRPCMethodsResponse)
    assert tuple(listed.MethodList) == method_names("ACS", "1.0")
    assert namespace_of(answer) == URN + "0"


@pytest.mark.parametrize(("announced", "seconds"), [(0, 60), (1, 60), (29, 60), (200, 200), (86400, 300)])
async def test_quirk_049_session_timeout_is_1_3_and_honoured_within_limits(
    world: World, announced: int, seconds: int
) -> None:
    now = [world.sessions.clock()]
    world.sessions.clock = lambda: now[0]
    phone = phone_of(world, URN + "2", HeaderExtras(session_timeout=announced))
    assert (await phone.send(phone.inform("1 BOOT"))).status == 200
    assert await shown_version(world) == "1.3"
    now[0] += seconds - 1
    assert await world.sessions.sweep() == 0
    assert (await phone.send(None)).status == 200
    now[0] += seconds + 1
    assert await world.sessions.sweep() == 1


def test_quirk_049_nobody_keeps_a_session_for_ever() -> None:
    assert limits.patience(60.0, 2**31) == limits.MAX_TIMEOUT
    assert limits.patience(400.0, 10) == 400.0


@pytest.mark.parametrize(
    "uri",
    ["", "urn:", "\N{SNOWMAN}", "no uri", "cwmp-1-", "cwmp-99-99", "urn:dslforum-org:cwmp-1-2\N{NO-BREAK SPACE}"],
)
async def test_quirk_160_no_uri_is_an_exception(world: World, uri: str, caplog: pytest.LogCaptureFixture) -> None:
    phone = phone_of(world, URN + "2")
    body = phone.post(phone.inform("1 BOOT")).body
    spelt = body.replace((URN + "2").encode(), uri.encode()) if uri else _without_namespace(body)
    phone.post = lambda message, id="1": Request("127.0.0.1|1", "127.0.0.1", "/acs", spelt)  # type: ignore[method-assign]
    answer = await phone.send(None)
    assert answer.status == 200
    # What is no URI cannot stand in an answer that a strict parser reads; CWMP 1.0's does no harm then.
    assert namespace_of(answer) == (uri if uri.isascii() and uri and " " not in uri else URN + "0")
    assert not [record for record in caplog.records if record.exc_info]


def _without_namespace(body: bytes) -> bytes:
    return body.replace(f' xmlns:cwmp="{URN}2"'.encode(), b"").replace(b"cwmp:", b"")


@pytest.mark.parametrize(
    ("supported", "used"),
    [
        (("1.0", "1.1", "1.2", "1.3", "1.4", "1.5"), "1.4"),
        (("1.5", "2.0", "nonsense"), None),
        (("1.0",), "1.0"),
    ],
)
async def test_quirk_229_unknown_versions_are_harmless(
    world: World, supported: Sequence[str], used: str | None
) -> None:
    phone = phone_of(world, URN + "2", HeaderExtras(supported_versions=tuple(supported)))
    opened = await phone.send(phone.inform("1 BOOT"))
    assert (opened.status, used_version(opened), namespace_of(opened)) == (200, used, URN + "2")
    assert await shown_version(world) == (used or "1.2")


async def test_quirk_229_a_phone_that_falls_back_is_followed(world: World) -> None:
    for digit in ("1", "0"):
        phone = phone_of(world, URN + digit)
        await _whole_session_in(phone, URN + digit)
        assert await shown_version(world) == f"1.{digit}"


async def test_a_session_that_was_restored_keeps_its_version(world: World) -> None:
    """A session outlives the process, and its version with it."""
    from acs.protocols.cwmp.session import Session

    phone = phone_of(world, URN + "2", HeaderExtras(session_timeout=60))
    await phone.send(phone.inform("1 BOOT"))
    (live,) = world.sessions.store
    again = Session.load(live.session.dump())
    assert (again, again.version) == (live.session, "1.3")
