"""schemathesis against the API as it describes itself: no answer of 5xx, and none that the schema does not know."""

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.serve.small_models import SMALL

OPERATIONS = [
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{name}"),
    ("GET", "/v1/models/{name}/predict"),
    ("POST", "/v1/models/{name}/predict"),
    ("POST", "/v1/models/{name}/compose"),
    ("POST", "/v1/models/{name}/compose.mid"),
    ("GET", "/v1/models/{name}/series"),
    ("POST", "/v1/models/{name}/forecast"),
    ("POST", "/v1/models/{name}/plan"),
    ("POST", "/v1/models/{name}/align"),
    ("POST", "/v1/models/{name}/write"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
]


@pytest.fixture(scope="module")
def api(many):
    return schemathesis.openapi.from_url(f"{many.url}/openapi.json")


def test_every_operation_is_tried(api) -> None:
    found = [(one.ok().method.upper(), one.ok().path) for one in api.get_all_operations()]
    assert sorted(found) == sorted(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_operation_keeps_to_its_schema(api, method: str, path: str) -> None:
    # of six media types for sound most bodies that are made up are filtered out
    many_are_filtered = [hypothesis.HealthCheck.filter_too_much, hypothesis.HealthCheck.too_slow]

    @hypothesis.settings(
        max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=many_are_filtered
    )
    @hypothesis.given(case=api[path][method].as_strategy(), name=strategies.sampled_from([None, *SMALL]))
    def attempt(case, name: str | None) -> None:
        if name is not None and "name" in case.path_parameters:  # else a name that there hardly is
            case.path_parameters["name"] = name
        # of what the schema allows a model reads its own kind alone
        case.call_and_validate(excluded_checks=[positive_data_acceptance] if name else [])

    attempt()
