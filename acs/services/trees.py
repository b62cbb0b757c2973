"""A phone's parameter tree in the database: one JSON text per phone, written when something moved."""

from collections import OrderedDict

from acs.domain.parameters.tree import EMPTY, Change, Tree
from acs.domain.phones.carriers import is_carrier_parameter
from acs.domain.phones.profiles import acs_type_of
from acs.domain.planning.steps import Learnt
from acs.storage.tables import DeviceRow, ParameterChangeRow, ParameterTreeRow
from acs.storage.unit_of_work import UnitOfWork

HISTORY_PER_ANSWER = 500
"""Changed values kept of one answer; a phone that renumbers its whole tree does not fill the history."""

RECENT_TREES = 256
"""Trees kept in memory: about 100 KiB each for a phone."""
RECENT_TEXT = 1024 * 1024
"""Characters of a tree beyond which it is not kept: who invents devices must not fill the memory with them."""

MAX_KNOWN = 1024
"""Characters of a value that are copied into a column of its own; the tree holds the whole."""

_WELL_KNOWN = {
    "DeviceInfo.SoftwareVersion": "software_version",
    "DeviceInfo.HardwareVersion": "hardware_version",
    "ManagementServer.ConnectionRequestURL": "connection_request_url",
    "ManagementServer.UDPConnectionRequestAddress": "udp_address",
    "ManagementServer.ConnReqJabberID": "jabber_id",
    "ManagementServer.ParameterKey": "parameter_key",
}


_recent: OrderedDict[str, tuple[str, Tree]] = OrderedDict()
"""Trees of phones that were on the line just now, with the text they were read from: a session reads its phone's tree
with every answer, and reading the text costs more than comparing it."""


def load_tree(uow: UnitOfWork, device_id: str) -> Tree:
    """Give what is known of a phone's parameters."""
    row = uow.session.get(ParameterTreeRow, device_id)
    if row is None:
        return EMPTY
    known = _recent.get(device_id)
    if known is not None and known[0] == row.tree:
        return known[1]
    return _remember(device_id, row.tree, Tree.load(row.tree))


def _remember(device_id: str, text: str, tree: Tree) -> Tree:
    _recent.pop(device_id, None)  # and not move_to_end: another thread may have taken it out just now
    if len(text) <= RECENT_TEXT:
        _recent[device_id] = (text, tree)
    while len(_recent) > RECENT_TREES:
        _recent.popitem(last=False)
    return tree


def save_tree(uow: UnitOfWork, device_id: str, tree: Tree, changes: tuple[Change, ...] = ()) -> None:
    """Write a changed tree and the history of its changed values."""
    row = uow.session.get(ParameterTreeRow, device_id)
    if row is None:
        row = ParameterTreeRow(device_id=device_id, tree="{}")
    row.tree = tree.dump()
    _remember(device_id, row.tree, tree)
    row.updated_at = uow.now
    uow.session.add(row)
    for change in changes[:HISTORY_PER_ANSWER]:
        uow.session.add(
            ParameterChangeRow(device_id=device_id, path=change.path, old=change.old, new=change.new, at=uow.now)
        )


def learn(uow: UnitOfWork, device: DeviceRow, tree: Tree, learnt: Learnt) -> Tree:
    """Take in what an answer taught; write only what moved."""
    before = tree
    changes: tuple[Change, ...] = ()
    if learnt.names:
        tree = tree.with_names(learnt.names)
        if not device.carrier_sign and any(is_carrier_parameter(name) for name, _ in learnt.names):
            device.carrier_sign = "parameter"
    if learnt.values:
        tree, changes = tree.with_values(learnt.values, uow.now)
        know_values(device, learnt.values)
    if learnt.attributes:
        tree = tree.with_attributes(learnt.attributes)
    if learnt.removed:
        tree = tree.without(learnt.removed)
    for path in learnt.vanished:
        if path in tree:
            tree = tree.without(path)
    if learnt.methods is not None:
        device.methods = list(learnt.methods)
    if learnt.credentials_set and device.offered_password_sealed is not None and device.credentials == "shared":
        device.credentials = "offered"
    if tree is not before:
        save_tree(uow, device.id, tree, changes)
    return tree


def know_values(device: DeviceRow, values: tuple[tuple[str, str, str], ...]) -> None:
    """Copy the values that operators search by into the device's own columns."""
    for path, value, _ in values:
        root, _, rest = path.partition(".")
        column = _WELL_KNOWN.get(rest)
        if column is not None:
            known = value[:MAX_KNOWN]
            if getattr(device, column) != known:
                setattr(device, column, known)
        elif rest.startswith("DeviceInfo.VendorConfigFile.") and rest.endswith(".Version"):
            device.config_reported_version = value[:MAX_KNOWN]
        if not device.root and root in ("Device", "InternetGatewayDevice"):
            device.root = f"{root}."
        if (acs_type := acs_type_of(path, value)) is not None:
            device.acs_type = acs_type
        if not device.carrier_sign and is_carrier_parameter(path):
            device.carrier_sign = "parameter"
