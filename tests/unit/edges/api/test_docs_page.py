"""The page at /docs: every operation, without a token, without asking anyone else."""

import re

from acs.edges.api.problems import STATUSES

from .conftest import Api


async def test_lists_every_operation_and_needs_nothing_from_elsewhere(api: Api) -> None:
    answer = await api.call("GET", "/docs", token=None)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"(?:src|href)=|@import|url\(|<script", answer.text)
    document = (await api.call("GET", "/openapi.json")).json()
    for path, operations in document["paths"].items():
        assert f"<code>{path}</code>" in answer.text
        for operation in operations.values():
            assert operation["description"]
    for _, name, _ in STATUSES.values():
        assert f'id="problem-{name}"' in answer.text
    assert "set_parameter_values" in answer.text
