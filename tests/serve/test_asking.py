"""Predictions that are asked in the address, in the forms that autocompletes of web pages read."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.serve.conftest import Server


@pytest.fixture(scope="module")
def client(many: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=many.url, timeout=30) as opened:
        yield opened


def test_the_forms_of_an_answer(client: httpx.Client) -> None:
    where, asked = "/v1/models/mood/predict", {"input": "a fine & dull book", "n": "2"}
    posted = client.post(where, json={"input": "a fine & dull book", "n": 2}).json()
    assert client.get(where, params=asked).json() == posted
    labels = [prediction["label"] for prediction in posted["predictions"]]
    plain = client.get(where, params=asked | {"format": "list"})
    assert plain.json() == labels
    assert plain.headers["content-type"] == "application/json"
    browser = client.get(where, params=asked | {"format": "opensearch"})
    assert browser.json() == ["a fine & dull book", labels]
    assert browser.headers["content-type"] == "application/x-suggestions+json"


@pytest.mark.parametrize(
    ("model", "asked", "status", "said"),
    [
        ("mood", {}, 422, "no input; expected ?input="),
        ("mood", {"input": "a", "n": "0"}, 422, "n is '0'; expected a whole number from 1 to 100"),
        ("mood", {"input": "a", "format": "xml"}, 422, "format is 'xml'; expected json, list, opensearch"),
        ("mood", {"input": "a" * 21_000}, 431, ""),  # of the address, before the text itself is counted
        ("nothing", {"input": "a"}, 404, "there is no model 'nothing'"),
        ("tone", {"input": "a"}, 422, "tone reads no text"),
        ("demand", {"input": "a"}, 422, "demand forecasts series"),
    ],
)
def test_what_is_wrong_is_said(client: httpx.Client, model: str, asked: dict[str, Any], status: int, said: str) -> None:
    answer = client.get(f"/v1/models/{model}/predict", params=asked)
    assert answer.status_code == status
    assert said in answer.json()["error"]
