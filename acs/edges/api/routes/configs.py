"""The configurations of many phones at once."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from acs.edges.api.dependencies import By, Caller, Parts, Reveal, allow, demand, revealed
from acs.errors import BadRequest
from acs.formats import CODECS
from acs.services import bulk
from acs.services.bulk import Selection

router = APIRouter(prefix="/configs", tags=["configs"], dependencies=[allow("read")])

Filter = Annotated[str | None, Query(max_length=256)]
NDJSON = "application/x-ndjson"


@router.get(
    "",
    response_class=StreamingResponse,
    responses={200: {"description": "One JSON object a line", "content": {NDJSON: {}}}},
)
async def render_configs(
    parts: Parts,
    caller: Caller,
    by: By,
    model: Filter = None,
    group: Filter = None,
    tag: Filter = None,
    dialect: Annotated[str | None, Query(max_length=16, description="Without: as each phone gets it.")] = None,
    content: Annotated[bool, Query(description="With the files themselves.")] = False,
    reveal: Reveal = False,
) -> StreamingResponse:
    """Render the configuration of every phone that matches, as it would be made now.

    The first line is `{"total": N}`; then comes a line for each phone, as soon as it is rendered: `device_id`, `mac`,
    `model`, `version`, `dialect`, `size`, `sha256`, `changed`, `error`. A phone that cannot be rendered says why in
    `error` and does not hold up the others.
    """
    if reveal:
        demand(caller, "secrets")
    if dialect is not None and dialect not in CODECS:
        raise BadRequest(f"dialect must be one of: {', '.join(CODECS)}", field="dialect")
    selection = Selection(model, group, tag)
    ids = await parts.database.read_long(lambda uow: bulk.selected(uow, selection))
    if reveal:
        chosen = {"model": model, "group": group, "tag": tag}
        facts = {name: value for name, value in chosen.items() if value is not None}
        await revealed(parts, by, "configs", what="configs", phones=len(ids), **facts)

    async def lines() -> AsyncIterator[str]:
        yield json.dumps({"total": len(ids)}) + "\n"
        for start in range(0, len(ids), bulk.BATCH):
            batch = ids[start : start + bulk.BATCH]
            rows = await parts.database.read_long(
                lambda uow, batch=batch: bulk.render_batch(  # type: ignore[misc]
                    uow, parts.context, batch, dialect=dialect, content=content, reveal=reveal
                )
            )
            yield "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

    return StreamingResponse(lines(), media_type=NDJSON)
