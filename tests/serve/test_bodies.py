"""The server learns a new input and a new answer from their own properties: nothing is entered in `unrolled.serve`."""

from typing import Any, ClassVar, NamedTuple

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from unrolled.inputs.numbers import Numbers
from unrolled.inputs.text import Text
from unrolled.serve.app import create_app
from unrolled.serve.bodies import Bodies


class Count(NamedTuple):
    """How many words there are."""

    words: int
    exact: bool
    score: float


class Words(Text):
    """A list of words."""

    kind = "words"
    raw_type = list[str]
    raw_example: ClassVar[Any] = ["the", "sky"]
    noun = "list of words"


class Counter:
    """A model of an input and with an answer that are not registered."""

    name = "count"
    answer = Count
    parameters = 0
    input_ = Words("word", 3)

    def describe(self) -> str:
        return "counts words"

    def metadata(self) -> dict[str, Any]:
        return {"reads": "words", "card": "count", "most": 9}

    def predict_many(self, inputs: Any, n: int) -> list[list[Count]]:
        return [[Count(len(words), True, 1.0)][:n] for words in inputs]


@pytest.fixture(scope="module")
def client():
    with TestClient(create_app({"counter": Counter()})) as opened:
        yield opened


def test_an_input_and_an_answer_of_ones_own_are_served(client) -> None:
    count = {"words": 2, "exact": True, "score": 1.0}
    answer = client.post("/v1/models/counter/predict", json={"input": ["a", "b"]})
    assert answer.json() == {"predictions": [count]}
    answers = client.post("/v1/models/counter/predict", json={"inputs": [["a", "b"], []]})
    assert answers.json() == {"replies": [{"predictions": [count]}, {"predictions": [{**count, "words": 0}]}]}
    refused = client.post("/v1/models/counter/predict", json={"input": "a b"})
    assert refused.status_code == 422
    assert refused.json()["error"].endswith("expected input (list of words) or inputs, and n")


def test_metadata_of_a_tasks_own_is_listed(client) -> None:
    listed = client.get("/v1/models/counter").json()
    assert (listed["reads"], listed["card"], listed["most"]) == ("words", "count", 9)
    assert listed["example"] is None


def test_the_schema_describes_them_beside_the_registered_ones(client) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["ListOfWordsQuestion"]["properties"]["input"]["examples"] == [["the", "sky"]]
    assert schemas["Count"]["properties"].keys() == {"words", "exact", "score"}
    assert "input" not in schemas["CountReply"]["properties"]
    assert {"TextQuestion", "RowsOfNumbersQuestion", "LabelFileReply", "PredictionReply"} <= schemas.keys()


def test_each_type_of_raw_input_has_one_question_and_each_answer_its_replies() -> None:
    bodies = Bodies([])
    assert {kind.__name__ for kind in bodies.questions.values()} == {"TextQuestion", "RowsOfNumbersQuestion"}
    assert {answer.__name__ for answer in bodies.replies} == {"Prediction", "Label", "Completion"}
    assert bodies.media_types == ("audio/wav", "audio/flac", "audio/ogg", "audio/mpeg", "audio/aiff", "audio/basic")


@pytest.mark.parametrize(
    ("input", "body", "place"),
    [
        (Text, {"inputs": [1] * 1_000}, ("inputs", 0)),
        (Text, {"inputs": ["a"] * 1_000 + [None, None]}, ("inputs", 1_000)),
        (Numbers, {"input": [[]] * 1_000 + [[1, "1", True]]}, ("input", 1_000, 1)),
        (Numbers, {"inputs": [[[1]], [["1"]] * 1_000]}, ("inputs", 1, 0, 0)),
    ],
)
def test_the_first_wrong_item_ends_the_check(input, body, place) -> None:
    question = Bodies([]).questions[input.raw_type]
    with pytest.raises(ValidationError) as caught:
        question.model_validate(body)
    assert [error["loc"] for error in caught.value.errors()] == [place]
