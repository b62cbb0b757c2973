"""A phone of a carrier for tests: it tells LOID and password in every Inform, and keeps what it is told."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cwmp_schemas import cpe_rpcs
from cwmp_schemas.acs_rpcs import Inform
from cwmp_schemas.structs import ParameterValueStruct, TypedValue
from tests.conftest import World
from tests.phone import TestPhone, transfer_complete, tree

ROOT = "InternetGatewayDevice."
INFO = f"{ROOT}X_CT-COM_UserInfo."
LOID, PASSWORD = "LG2078428108", "order-7781"


@dataclass
class Enrolling(TestPhone):
    """One phone. ``bare``: its Inform does not tell LOID and password."""

    __test__ = False
    bare: bool = False

    def inform(self, *events: str | tuple[str, str]) -> Inform:
        told = super().inform(*events)
        if self.bare:
            return told
        more = tuple(
            ParameterValueStruct(Name=name, Value=TypedValue(self.parameters[name]))
            for name in self.parameters
            if re.search(r"_UserInfo\.(UserName|UserId|Password)\Z", name)
        )
        return Inform(
            DeviceId=told.DeviceId,
            Event=told.Event,
            MaxEnvelopes=1,
            CurrentTime=told.CurrentTime,
            RetryCount=0,
            ParameterList=(*told.ParameterList, *more),
        )

    def written(self) -> list[ParameterValueStruct]:
        """Every value that it was told, in order."""
        return [
            item
            for message in self.asked
            if isinstance(message, cpe_rpcs.SetParameterValues)
            for item in message.ParameterList
        ]

    def writes(self) -> list[tuple[str, str]]:
        """What it was told of its order, in order."""
        return [
            (item.Name.removeprefix(INFO), item.Value.text) for item in self.written() if item.Name.startswith(INFO)
        ]

    def downloads(self) -> list[cpe_rpcs.Download]:
        return [message for message in self.asked if isinstance(message, cpe_rpcs.Download)]

    async def applied(self, version: str) -> None:
        """It has fetched its newest configuration, shows that version, and calls to say so."""
        self.parameters[f"{ROOT}DeviceInfo.VendorConfigFile.1.Version"] = version
        key = self.downloads()[-1].CommandKey
        await self.call("7 TRANSFER COMPLETE", ("M Download", key), requests=(transfer_complete(key),))


def enrolling(world: World, number: int = 1, *, loid: str = LOID, password: str = PASSWORD, **more: str) -> Enrolling:
    serial = f"00100400FV02001000000c383e{number:06x}"
    info = {"UserName": loid, "UserId": password, "Status": "99", "Result": "99", "ServiceName": "", "ServiceNum": "0"}
    parameters = tree(**{f"X_CT-COM_UserInfo.{name}": value for name, value in info.items()}, **more)
    return Enrolling(
        world.sessions,
        serial=serial,
        parameters=parameters,
        username=world.context.cpe_username,
        password=world.context.cpe_password,
    )
