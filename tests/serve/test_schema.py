"""schemathesis against the API as it describes itself: no answer of 5xx, and none that the schema does not know."""

import hypothesis
import pytest
import schemathesis

OPERATIONS = [
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{name}"),
    ("POST", "/v1/models/{name}/predict"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
]


@pytest.fixture(scope="module")
def api(server):
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json")


def test_every_operation_is_tried(api) -> None:
    found = [(one.ok().method.upper(), one.ok().path) for one in api.get_all_operations()]
    assert sorted(found) == sorted(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_operation_keeps_to_its_schema(api, method: str, path: str) -> None:
    @hypothesis.settings(max_examples=30, deadline=None, derandomize=True, database=None)
    @hypothesis.given(case=api[path][method].as_strategy())
    def attempt(case) -> None:
        case.call_and_validate()

    attempt()
