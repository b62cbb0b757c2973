"""The catalogue of phone models."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from acs.domain.phones.catalogue import Model
from acs.edges.api.dependencies import LIMIT, Cursor, Limit, Parts, allow
from acs.edges.api.schemas import Page, PhoneModel
from acs.errors import NotFound
from acs.services.paging import Page as PageOf
from acs.services.paging import page_of_list

router = APIRouter(prefix="/models", tags=["models"], dependencies=[allow("read")])


def model_view(model: Model) -> dict[str, Any]:
    """The contract's model."""
    return {
        "model": model.name,
        "series": model.series,
        "general_file": model.general_file,
        "dialect": model.dialect.value,
        "root": model.root,
        "lines": model.lines,
        "dss_keys": model.dss_keys,
        "supports": sorted(model.supports),
        "aliases": list(model.aliases),
        "other_general_files": list(model.other_general_files),
        "side_keys": model.side_keys,
        "page_keys": model.page_keys,
        "profile": model.profile,
        "firmware": model.firmware,
        "firmware_check": model.firmware_check or None,
        "ouis": list(model.ouis),
        "user_agent": model.user_agent or None,
        "screen": {"width": model.screen[0], "height": model.screen[1]} if model.screen else None,
        "container": model.container,
        "source": model.source,
    }


@router.get("", response_model=Page[PhoneModel])
async def list_models(parts: Parts, limit: Limit = LIMIT, cursor: Cursor = None) -> PageOf:
    """List the phone models that are known by name."""
    items = sorted(
        (model_view(model) for model in parts.context.catalogue.models.values()), key=lambda item: str(item["model"])
    )
    return page_of_list(items, key="model", limit=limit, cursor=cursor)


@router.get("/{model}", response_model=PhoneModel)
async def get_model(parts: Parts, model: Annotated[str, Path(max_length=128)]) -> dict[str, Any]:
    """Give one model, by its name, one of its other names, or the name of its general file, in any letter case."""
    catalogue = parts.context.catalogue
    found = catalogue.named(model) or catalogue.of_general_file(model)
    if found is None:
        raise NotFound(f"There is no model {model!r} in the catalogue.")
    return model_view(found)
