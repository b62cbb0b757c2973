"""The profiles: what a phone may be given, and how."""

from typing import Any

from fastapi import APIRouter

from acs.domain.phones.profiles import PROFILES, Profile
from acs.edges.api.dependencies import LIMIT, Cursor, Limit, allow
from acs.edges.api.schemas import Page
from acs.edges.api.schemas import Profile as ProfileView
from acs.services.paging import Page as PageOf
from acs.services.paging import page_of_list

router = APIRouter(prefix="/profiles", tags=["models"], dependencies=[allow("read")])


def profile_view(profile: Profile) -> dict[str, Any]:
    """The contract's profile."""
    return {
        "name": profile.name,
        "title": profile.title,
        "sip": list(profile.sip),
        "pushes": dict(profile.pushes),
        "dialects": {f"generation_{number}": dialect.value for number, dialect in profile.dialects.items()},
        "vendor_parameters": list(profile.vendor_parameters),
        "bind": profile.bind,
    }


@router.get("", response_model=Page[ProfileView])
async def list_profiles(limit: Limit = LIMIT, cursor: Cursor = None) -> PageOf:
    """List the profiles, and what each may push and how."""
    items = sorted((profile_view(each) for each in PROFILES.values()), key=lambda item: str(item["name"]))
    return page_of_list(items, key="name", limit=limit, cursor=cursor)
