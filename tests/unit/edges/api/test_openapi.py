"""The OpenAPI document: made once, bodies by name, and for each call the errors that it can end with."""

from fastapi import FastAPI

from acs.edges.api.app import add_routes
from acs.edges.api.openapi import document
from acs.edges.api.schemas import BODIES


def test_errors_follow_from_what_a_call_takes() -> None:
    app = FastAPI(title="t", version="1")
    add_routes(app)
    made = document(app)
    assert document(app) is made
    paths = made["paths"]
    assert set(paths["/healthz"]["get"]["responses"]) == {"200"}
    assert set(paths["/metrics"]["get"]["responses"]) == {"200", "401", "403"}
    assert set(paths["/api/v1/tasks/{task_id}"]["get"]["responses"]) == {"200", "401", "403", "404", "422"}
    assert set(paths["/api/v1/tasks/{task_id}"]["delete"]["responses"]) == {"200", "401", "403", "404", "409", "422"}
    assert {"400", "413", "415"} <= set(paths["/api/v1/files"]["post"]["responses"])
    for model in BODIES:
        assert made["components"]["schemas"][model.__name__]["type"] == "object"
