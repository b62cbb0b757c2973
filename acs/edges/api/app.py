"""The API as an ASGI application: routers, limits, errors, documentation."""

from functools import partial
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import HTMLResponse, JSONResponse

from acs.edges.api import docs_page, openapi, problems
from acs.edges.api.dependencies import ApiDependencies, authenticated
from acs.edges.api.limits import Limits
from acs.edges.api.routes import (
    audit,
    config_history,
    configs,
    devices,
    enrolment,
    files,
    models,
    operations,
    phonebooks,
    profiles,
    quirks,
    settings,
    tasks,
    tokens,
    traces,
)

TITLE: Final = "Open ACS"
ROUTERS: Final = (
    devices.router,
    config_history.router,
    configs.router,
    traces.router,
    quirks.router,
    tasks.router,
    files.router,
    phonebooks.router,
    settings.router,
    models.router,
    profiles.router,
    enrolment.router,
    tokens.router,
    audit.router,
)
"""What lives below ``/api/v1``; all of it asks for a token."""


def api_app(deps: ApiDependencies) -> FastAPI:
    """Make the application of the operators' listener."""
    app = FastAPI(
        title=TITLE,
        version=deps.version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.dependencies = deps
    add_routes(app)
    app.openapi = partial(openapi.document, app)  # type: ignore[method-assign]
    problems.install(app)
    app.add_middleware(
        Limits,
        max_body=deps.max_body_bytes,
        max_upload=deps.max_upload_bytes,
        counters=deps.counters,
    )
    return app


def add_routes(app: FastAPI) -> None:
    """Give an application every route of the API."""
    versioned = APIRouter(prefix="/api/v1", dependencies=[Depends(authenticated)])
    for router in ROUTERS:
        versioned.include_router(router)

    @versioned.get("/openapi.json", include_in_schema=False)
    async def _openapi() -> JSONResponse:
        return JSONResponse(openapi.document(app))

    app.include_router(versioned)
    app.include_router(operations.router)

    @app.get("/docs", include_in_schema=False)
    async def _docs() -> HTMLResponse:
        page = docs_page.page(openapi.document(app))
        return HTMLResponse(page, headers={"Content-Security-Policy": docs_page.POLICY})
