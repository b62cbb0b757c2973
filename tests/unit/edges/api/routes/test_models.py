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
    for name in ("X4", "fanvil x4", "F0x4HW1.100.cfg"):
        assert (await api.call("GET", f"/models/{name}")).json()["general_file"] == "f0X4hw1.100.cfg"


async def test_what_is_said_of_a_model(api: Api) -> None:
    told = (await api.call("GET", "/models/x3s")).json()
    assert told == {
        "model": "X3S",
        "series": "low",
        "general_file": "f0X3Shw1.100.cfg",
        "other_general_files": [],
        "dialect": "text1",
        "root": "Device.",
        "profile": "common",
        "lines": 2,
        "dss_keys": 2,
        "side_keys": 0,
        "page_keys": 0,
        "supports": ["background", "certificate", "firmware", "mmiset", "phonebook"],
        "aliases": [],
        "firmware": "x3s[0-9].*\\.z",
        "firmware_check": "fanvil_x3s_hw3_1_1.txt",
        "ouis": ["0C383E", "00A859"],
        "user_agent": "Fanvil X3S",
        "screen": {"width": 320, "height": 240},
        "container": "aes-256-cbc-iv-prefix",
        "source": "built-in",
    }
    assert (await api.call("GET", "/models/nothing")).status_code == 404
