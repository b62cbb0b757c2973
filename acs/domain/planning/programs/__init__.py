"""Task types: each a program of RPCs. ``PROGRAMS`` lists them all; the API, the CLI and the docs read that list.

Begin at ``values.py``.
"""

from collections.abc import Mapping

from acs.domain.planning.programs.attributes import GetAttributes, SetAttributes
from acs.domain.planning.programs.binding import Bind
from acs.domain.planning.programs.credentials import ProvisionCredentials
from acs.domain.planning.programs.deployment_units import ChangeDuStateProgram
from acs.domain.planning.programs.discovery import Discover
from acs.domain.planning.programs.names import GetNames, GetRpcMethods
from acs.domain.planning.programs.objects import AddObjectProgram, DeleteObjectProgram
from acs.domain.planning.programs.options import GetOptionsProgram, SetVouchersProgram
from acs.domain.planning.programs.queued_transfers import (
    CancelTransferProgram,
    GetAllQueuedTransfersProgram,
    GetQueuedTransfersProgram,
)
from acs.domain.planning.programs.restarts import FactoryResetProgram, RebootProgram
from acs.domain.planning.programs.scheduled_downloads import ScheduleDownloadProgram
from acs.domain.planning.programs.scheduling import ScheduleInformProgram
from acs.domain.planning.programs.sip_settings import SetValuesOrSettings
from acs.domain.planning.programs.transfers import DownloadProgram, UploadProgram
from acs.domain.planning.programs.values import GetValues
from acs.domain.planning.steps import Program

PROGRAMS: Mapping[str, Program] = {
    "get_rpc_methods": GetRpcMethods(),
    "get_parameter_names": GetNames(),
    "get_parameter_values": GetValues(),
    "set_parameter_values": SetValuesOrSettings(),
    "get_parameter_attributes": GetAttributes(),
    "set_parameter_attributes": SetAttributes(),
    "add_object": AddObjectProgram(),
    "delete_object": DeleteObjectProgram(),
    "reboot": RebootProgram(),
    "factory_reset": FactoryResetProgram(),
    "download": DownloadProgram(),
    "upload": UploadProgram(),
    "schedule_inform": ScheduleInformProgram(),
    "schedule_download": ScheduleDownloadProgram(),
    "cancel_transfer": CancelTransferProgram(),
    "get_queued_transfers": GetQueuedTransfersProgram(),
    "get_all_queued_transfers": GetAllQueuedTransfersProgram(),
    "change_du_state": ChangeDuStateProgram(),
    "set_vouchers": SetVouchersProgram(),
    "get_options": GetOptionsProgram(),
    "discover": Discover(),
    "provision_credentials": ProvisionCredentials(),
    "bind": Bind(),
}

DOWNLOADS = frozenset({"download", "schedule_download"})
TRANSFERS = DOWNLOADS | {"upload"}
"""Tasks that end with a TransferComplete."""

INTERNAL = frozenset({"discover", "provision_credentials", "bind"})
"""Made by the server itself; not accepted from the API."""
