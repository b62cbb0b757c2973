"""Health, readiness and metrics, at the root of the listener."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from acs.edges.api.dependencies import ApiDependencies, Parts, allow
from acs.edges.api.metrics import prometheus
from acs.edges.api.schemas import Health
from acs.errors import AcsError, NeedsOperator

router = APIRouter(tags=["operations"])
CHECK_SECONDS = 5.0
MIN_FREE = 64 * 1024 * 1024
"""Bytes below which the database may soon be unable to commit."""


@router.get("/healthz", response_model=Health)
async def healthz(parts: Parts) -> dict[str, Any]:
    """Say that the program runs."""
    return {"status": "ok", "version": parts.version}


@router.get("/readyz", response_model=Health, responses={503: {"model": Health, "description": "Not ready"}})
async def readyz(parts: Parts) -> Response:
    """Say whether the program can do its work: 200, or 503 with what is missing."""
    checks = {"database": await _outcome(_database(parts))}
    if parts.data_dir is not None:
        checks["disk"] = await _outcome(asyncio.to_thread(_disk, parts.data_dir))
    for name, check in parts.checks.items():
        checks[name] = await _outcome(check())
    ready = all(outcome == "ok" for outcome in checks.values())
    answer = {"status": "ready" if ready else "not ready", "version": parts.version, "checks": checks}
    return JSONResponse(answer, status_code=200 if ready else 503)


@router.get(
    "/metrics",
    dependencies=[allow("read")],
    response_class=PlainTextResponse,
    responses={200: {"description": "Prometheus text format", "content": {"text/plain": {}}}},
)
async def metrics(parts: Parts) -> Response:
    """Give the counters of this process for Prometheus."""
    text = prometheus(
        parts.counters.snapshot(),
        {"acs_database_commits_total": parts.database.commits, "acs_database_writes_total": parts.database.writes},
    )
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _database(parts: ApiDependencies) -> None:
    await parts.database.read(lambda uow: uow.connection.exec_driver_sql("SELECT 1").fetchone())


def _disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE:
        raise NeedsOperator(f"only {free // 2**20} MiB are free in {folder}; free some space")


async def _outcome(check: Any) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check
    except AcsError as error:
        return error.message
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001 - a check that breaks is a check that failed
        return type(error).__name__
    return "ok"
