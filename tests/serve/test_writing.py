"""Texts that models write, over HTTP: the best ones, their tokens and attention, and what else may follow a part."""

import json
from itertools import count

import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.serve.small_forecaster import RepeatsItself, shop
from tests.serve.small_translator import LONGEST, Reverses

from unrolled.serve.app import create_app
from unrolled.serve.limits import Limits

TEXT = "a man rides a bicycle"


@pytest.fixture(scope="module")
def model():
    return Reverses()


@pytest.fixture(scope="module")
def client(model):
    limits = Limits(text=400, inputs=3, beam=6, glossary=2, body=4_000)
    with TestClient(
        create_app({"reverse": model, "shop": RepeatsItself(shop())}, limits), base_url="http://127.0.0.1"
    ) as opened:
        yield opened


def ask(client, end, body):
    answer = client.post(f"/v1/models/reverse/{end}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_texts_are_written_at_the_address_of_all_predictions(client):
    about = client.get("/v1/models/reverse").json()
    assert (about["reads"], about["writes"], about["card"]) == ("text", "text", "translate")
    assert ask(client, "predict", {"input": TEXT, "n": 2}) == {
        "input": TEXT,
        "predictions": [
            {"text": "Bicycle a rides man a", "score": 0.9},
            {"text": "Bicycle a rides man", "score": 0.45},
        ],
    }
    several = ask(client, "predict", {"inputs": [TEXT, "one two"], "beam": 4, "glossary": {"man": "woman"}})
    texts = [[one["text"] for one in reply["predictions"]] for reply in several["replies"]]
    assert [best[0] for best in texts] == ["Bicycle a rides woman a", "Two one"]
    assert [*map(len, texts)] == [3, 3]


def test_answers_are_told_with_tokens_and_attention(client):
    (one,) = ask(client, "align", {"input": "a man rides"})["answers"]
    assert (one["text"], one["score"]) == ("Rides man a", 0.9)
    assert one["source"] == ["a", " man", " rides", ""]
    assert one["target"] == ["rides", " man", " a"]
    attention = np.array(one["attention"])
    assert attention.shape == (3, 4)
    assert attention.argmax(1).tolist() == [2, 1, 0]
    assert np.allclose(attention.sum(1), 1, atol=1e-3)
    assert len(ask(client, "align", {"input": "a man rides", "n": 3})["answers"]) == 3


def test_a_part_goes_on_as_before_or_otherwise(client):
    (whole,) = ask(client, "align", {"input": TEXT})["answers"]
    prefix = whole["ids"][:2]
    (same,) = ask(client, "align", {"input": TEXT, "prefix": prefix})["answers"]
    assert same == whole
    others = ask(client, "align", {"input": TEXT, "prefix": prefix, "n": 4, "differ": True})["answers"]
    assert len(others) == 4
    assert all(one["ids"][:2] == prefix for one in others)
    assert len({one["ids"][2] for one in others}) == 4
    assert others[0]["text"] == "Bicycle a one man a"


def lines(client, body):
    answer = client.post("/v1/models/reverse/write", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_text_is_read_as_it_forms(client):
    assert lines(client, {"input": "a man rides", "n": 2}) == [
        {"forming": "rides"},
        {"forming": "rides man"},
        {"forming": "Rides man a"},
        ask(client, "align", {"input": "a man rides", "n": 2}),
    ]
    assert lines(client, {"input": "it stumbles right now"}) == [
        {"forming": "now"},
        {"error": "it stumbles", "status": 422},
    ]
    assert lines(client, {"input": " "}) == [{"answers": []}]
    refused = client.post("/v1/models/reverse/write", json={"input": "a", "prefix": [10**6]})
    assert refused.status_code == 422


def test_a_text_that_forms_too_slowly_ends_with_an_error(client, monkeypatch):
    monkeypatch.setattr("unrolled.serve.writing.monotonic", count(0, 4).__next__)
    *begun, last = lines(client, {"input": TEXT})
    assert begun == [{"forming": "bicycle"}, {"forming": "bicycle a"}, {"forming": "bicycle a rides"}]
    assert last == {"error": "not ready within 10 s; try again", "status": 503}


def test_what_is_cut_is_said(client):
    long = " ".join(f"w{i}" for i in range(LONGEST + 2))
    for reply in (ask(client, "predict", {"input": long}), ask(client, "align", {"input": long})):
        assert reply["remark"].startswith(f"2 of {LONGEST + 2} tokens were cut off")
    assert "remark" not in ask(client, "predict", {"input": TEXT})


@pytest.mark.parametrize(
    ("end", "body", "status", "said"),
    [
        ("align", {}, 422, "expected input, text"),
        ("align", {"text": "a"}, 422, "expected n, beam, length, glossary, input, picture, prefix, differ"),
        ("align", {"input": 7}, 422, "input is 7"),
        ("align", {"input": "a", "n": 0}, 422, "n is 0"),
        ("align", {"input": "a", "n": 7}, 422, "n is 7; expected at most 6"),
        ("align", {"input": "a", "beam": 7}, 422, "beam is 7; expected at most 6"),
        ("align", {"input": "a", "prefix": [-1]}, 422, "prefix.0 is -1"),
        ("align", {"input": "a", "prefix": [10**6]}, 422, "the prefix has 1000000"),
        ("align", {"input": "a", "prefix": [1] * 1999 + [2, 2]}, 413, "the body has"),
        ("align", {"input": "a\0"}, 422, "the control character '\\x00'"),
        ("align", {"input": "a" * 401}, 422, "a text has 401 characters; expected at most 400"),
        ("align", {"input": "a", "glossary": {"": "b"}}, 422, "glossary"),
        ("align", {"input": "a", "glossary": {"a": " "}}, 422, "glossary has 'a' for ' '; expected no empty term"),
        ("align", {"input": "a", "glossary": dict.fromkeys("abc", "d")}, 422, "3 terms; expected at most 2"),
        ("predict", {"n": 1}, 422, "expected either input, text, or inputs"),
        ("predict", {"input": "a", "inputs": ["b"]}, 422, "expected either input, text, or inputs"),
        ("predict", {"inputs": ["a"] * 4}, 422, "4 inputs; expected at most 3"),
        ("predict", {"input": "a", "prefix": [1]}, 422, "prefix is [1]"),
        ("compose", {}, 422, "reverse writes texts; expected POST /v1/models/reverse/predict or align"),
        ("forecast", {}, 422, "reverse is a translate model; expected one that forecasts series"),
    ],
)
def test_what_is_not_expected_is_refused(client, end, body, status, said):
    answer = client.post(f"/v1/models/reverse/{end}", json=body)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["error"]


def test_other_models_write_no_texts(client):
    answer = client.post("/v1/models/shop/align", json={"input": "a"})
    assert answer.status_code == 422
    assert answer.json()["error"] == "shop is a forecast model; expected one that writes texts"
    assert client.post("/v1/models/none/align", json={"input": "a"}).status_code == 404


def test_the_schema_holds_for_what_is_answered(client):
    schemas = client.get("/openapi.json").json()
    body = schemas["paths"]["/v1/models/{name}/align"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/AlignRequest"}
    questions = schemas["paths"]["/v1/models/{name}/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert {"$ref": "#/components/schemas/WriteRequest"} in questions["schema"]["anyOf"]
    assert set(schemas["components"]["schemas"]["AlignedAnswer"]["required"]) == {
        "text", "score", "source", "target", "ids", "attention",
    }  # fmt: skip
