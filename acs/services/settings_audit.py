"""Changes of settings layers with an entry in the audit log: which scope, which paths; never the values."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from acs.domain.phones.restoring import changes
from acs.services import audit, settings
from acs.services.audit import Actor
from acs.services.context import Context
from acs.storage.tables import SettingsLayerRow
from acs.storage.unit_of_work import UnitOfWork

T = TypeVar("T")

MAX_PATHS: Final = 50
"""Changed paths told of one change; the others are counted."""
MAX_PATH: Final = 128


def audited(
    ctx: Context, actor: Actor, action: str, scope: str, use_case: Callable[[UnitOfWork], T]
) -> Callable[[UnitOfWork], T]:
    """Give a use case that changes one layer and writes down at which paths; one that fails leaves no entry."""

    def run(uow: UnitOfWork) -> T:
        where = settings.parse_scope(uow, ctx, scope)
        before = _document(uow, ctx, where)
        result = use_case(uow)
        after = _document(uow, ctx, where)
        paths = [".".join(each.path) for each in changes(before, after)]
        audit.record(uow, actor, action, f"settings/{where}", **path_facts(paths))
        return result

    return run


def path_facts(paths: list[str]) -> dict[str, Any]:
    """Give changed paths as facts of an entry, so many as are kept."""
    shown = [path[:MAX_PATH] for path in paths[:MAX_PATHS]]
    return {"paths": shown, **({"more": len(paths) - len(shown)} if len(paths) > len(shown) else {})}


def _document(uow: UnitOfWork, ctx: Context, scope: str) -> dict[str, Any]:
    row = uow.session.get(SettingsLayerRow, scope)
    return settings.open_document(ctx, row) if row is not None else {}
