"""Quirks: the settings there are, rules for kinds of phones, and how one phone is treated."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from acs.edges.api.dependencies import LIMIT, Cursor, DeviceName, JsonObject, Limit, Parts, allow
from acs.edges.api.schemas import DeviceQuirks, Page, QuirkChange, QuirkKnobs, QuirkRule, QuirkRuleBody, body
from acs.services import devices, quirks
from acs.services.paging import Page as PageOf

router = APIRouter(tags=["quirks"])
READ = allow("read")
WRITE = allow("write")

RuleId = Annotated[str, Path(max_length=64)]
MERGE = ("application/merge-patch+json", "application/json")


@router.get("/quirks", response_model=QuirkKnobs, dependencies=[READ])
async def list_quirks() -> dict[str, Any]:
    """List every quirk setting: its type, default and meaning, and the numbers of the quirks it answers."""
    return quirks.list_knobs()


@router.get("/quirks/rules", response_model=Page[QuirkRule], dependencies=[READ])
async def list_quirk_rules(parts: Parts, limit: Limit = LIMIT, cursor: Cursor = None) -> PageOf:
    """List the rules for kinds of phones: those that come with the program, and the operators' own."""
    return await parts.database.read(lambda uow: quirks.list_rules(uow, limit=limit, cursor=cursor))


@router.post(
    "/quirks/rules",
    response_model=QuirkRule,
    status_code=201,
    dependencies=[WRITE],
    openapi_extra=body(QuirkRuleBody),
)
async def create_quirk_rule(parts: Parts, given: JsonObject, response: Response) -> dict[str, Any]:
    """Make a rule; it holds from the next Inform of each phone that falls under it."""
    made = await parts.database.write(lambda uow: quirks.create_rule(uow, given))
    response.headers["Location"] = f"/api/v1/quirks/rules/{made['id']}"
    return made


@router.get("/quirks/rules/{rule_id}", response_model=QuirkRule, dependencies=[READ])
async def get_quirk_rule(parts: Parts, rule_id: RuleId) -> dict[str, Any]:
    """Give one rule."""
    return await parts.database.read(lambda uow: quirks.get_rule(uow, rule_id))


@router.put(
    "/quirks/rules/{rule_id}", response_model=QuirkRule, dependencies=[WRITE], openapi_extra=body(QuirkRuleBody)
)
async def put_quirk_rule(parts: Parts, rule_id: RuleId, given: JsonObject) -> dict[str, Any]:
    """Replace one rule of an operator."""
    return await parts.database.write(lambda uow: quirks.put_rule(uow, rule_id, given))


@router.delete("/quirks/rules/{rule_id}", status_code=204, dependencies=[WRITE])
async def delete_quirk_rule(parts: Parts, rule_id: RuleId) -> None:
    """Delete one rule of an operator."""
    await parts.database.write(lambda uow: quirks.delete_rule(uow, rule_id))


@router.get("/devices/{device_id}/quirks", response_model=DeviceQuirks, dependencies=[READ])
async def get_device_quirks(parts: Parts, device_id: DeviceName) -> dict[str, Any]:
    """Give how a phone is treated: every setting with its value and where it comes from."""
    return await parts.database.read(lambda uow: quirks.device_quirks(uow, devices.find(uow, device_id)))


@router.patch(
    "/devices/{device_id}/quirks",
    response_model=DeviceQuirks,
    dependencies=[WRITE],
    openapi_extra=body(QuirkChange, media_types=MERGE),
)
async def patch_device_quirks(parts: Parts, device_id: DeviceName, given: JsonObject) -> dict[str, Any]:
    """Set quirks of one phone; they win over rules and over what was learnt. null removes what was set."""
    return await parts.database.write(lambda uow: quirks.patch_device_quirks(uow, devices.find(uow, device_id), given))


@router.delete("/devices/{device_id}/quirks/learnt", status_code=204, dependencies=[WRITE])
async def reset_device_quirks(
    parts: Parts,
    device_id: DeviceName,
    name: Annotated[str | None, Query(max_length=64, description="One setting; all without.")] = None,
) -> None:
    """Forget what was learnt of a phone; it is learnt again if it is still so."""
    await parts.database.write(lambda uow: quirks.reset_learnt(uow, devices.find(uow, device_id), name))
