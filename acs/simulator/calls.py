"""What a phone asks of its ACS, or tells it, beside Inform and TransferComplete (TR-069 A.3.3, A.4.2).

A call waits, is announced by its events in an Inform, is made once in that session and is over when the ACS has
answered, be it with a fault: the phone has no use for the same fault again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from acs.simulator import events
from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import AutonomousTransferComplete, Kicked, RequestDownload
from cwmp_schemas.cpe_rpcs import GetRPCMethods
from cwmp_schemas.structs import ArgStruct, FaultStruct

VENDOR_RPC: Final = "X_0C383E_Hello"
"""A method that no specification has."""


@dataclass(eq=False, slots=True)
class Call:
    """One call. Times are seconds since the epoch."""

    message: Struct
    codes: tuple[str, ...] = ()
    """Events that announce it; none: it is made in any session."""
    command_key: str = ""
    not_before: float = 0.0
    foreign: bool = False
    """The message goes out under the name of a method that nobody knows."""
    announced: bool = False

    @property
    def name(self) -> str:
        """The method as the ACS reads it."""
        return VENDOR_RPC if self.foreign else type(self.message).__name__


def calls_of(names: tuple[str, ...], *, at: str) -> tuple[Call, ...]:
    """The calls that a phone makes after each start, by the names of ``Traits.calls``; ``at``: the time as a text."""
    made: Mapping[str, Call] = {
        "get-rpc-methods": Call(GetRPCMethods()),
        "vendor-rpc": Call(GetRPCMethods(), foreign=True),
        "request-config": Call(
            RequestDownload(FileType="3 Vendor Configuration File", FileTypeArg=()), (events.REQUEST_DOWNLOAD,)
        ),
        "request-firmware": Call(
            RequestDownload(FileType="1 Firmware Upgrade Image", FileTypeArg=(ArgStruct(Name="Version", Value="any"),)),
            (events.REQUEST_DOWNLOAD,),
        ),
        "kicked": Call(Kicked(Command="start", Referer="/", Arg="user=1", Next="/kicked.html"), (events.KICKED,)),
        "autonomous-transfer": Call(
            AutonomousTransferComplete(
                AnnounceURL="",
                TransferURL="http://192.0.2.80/f0C383E.cfg",
                IsDownload=True,
                FileType="3 Vendor Configuration File",
                FileSize=0,
                TargetFileName="",
                FaultStruct=FaultStruct(FaultCode=0, FaultString=""),
                StartTime=at,
                CompleteTime=at,
            ),
            (events.AUTONOMOUS_TRANSFER_COMPLETE,),
        ),
    }
    return tuple(made[name] for name in names)
