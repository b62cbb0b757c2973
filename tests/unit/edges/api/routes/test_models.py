"""The catalogue by REST."""

from acs.domain.phones.catalogue import MODELS
from tests.unit.edges.api.conftest import Api

MODEL = {"model", "series", "general_file", "dialect", "root", "lines", "dss_keys", "supports"}


async def test_all_models_in_pages_and_one_by_any_name(api: Api) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        page = (await api.call("GET", "/models", params={"limit": 7, **({"cursor": cursor} if cursor else {})})).json()
        assert all(item.keys() >= MODEL for item in page["items"])
        seen += [item["model"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert seen == sorted(MODELS)
    for name in ("X4", "fanvil x4"):
        assert (await api.call("GET", f"/models/{name}")).json()["general_file"] == "f0X4hw1.100.cfg"
