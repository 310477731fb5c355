"""Bodies and errors: JSON in, JSON out, one form of error."""

import json
from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from unrolled.errors import InputError
from unrolled.strict_json import parse_json

__all__ = [
    "Failure",
    "Health",
    "Model",
    "Models",
    "Prediction",
    "Problem",
    "Question",
    "Replies",
    "Reply",
    "read_question",
    "refusal",
]


class Problem(BaseModel):
    """What was received, and what was expected."""

    error: str


class Question(BaseModel):
    """A text, or several; and how many answers to each."""

    model_config = ConfigDict(extra="forbid", strict=True)

    input: str | None = Field(None, description="the text")
    inputs: list[str] | None = Field(None, description="several texts, in place of input", min_length=1)
    n: int = Field(3, ge=1, le=100, description="how many answers")

    @property
    def texts(self) -> list[str]:
        """All inputs."""
        return [self.input] if self.input is not None else self.inputs or []


class Prediction(BaseModel):
    """One answer and its probability."""

    text: str
    score: float


class Reply(BaseModel):
    """Answers to one input, most probable first."""

    input: str
    predictions: list[Prediction]


class Replies(BaseModel):
    """Answers to several inputs, in their order."""

    replies: list[Reply]


class Model(BaseModel):
    """A model that is served."""

    name: str
    task: str
    description: str
    parameters: int


class Models(BaseModel):
    """All models that are served."""

    models: list[Model]


class Health(BaseModel):
    """Whether the server takes requests: ready, or draining."""

    status: str


class Failure(Exception):
    """A refusal with its status; its message is the answer."""

    def __init__(self, status: int, message: str, limit: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.limit, self.headers = status, message, limit, dict(headers or {})


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer that is an error."""
    return JSONResponse({"error": message}, status, dict(headers or {}))


async def read_question(request: Request) -> Question:
    """The body of a request for a prediction; Failure 400, 415 or 422."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Failure(415, f"content-type is {kind[:80]!a}; expected application/json")
    try:
        value = parse_json(await request.body(), "the body")
    except InputError as error:
        raise Failure(400, str(error)) from error
    if not isinstance(value, dict):
        raise Failure(422, f"the body is {json.dumps(value)[:80]}; expected an object with input or inputs")
    try:
        question = Question.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        received = f"{first['input']!a}"[:80]
        raise Failure(422, f"{place} is {received}: {first['msg']}; expected input (text) or inputs, and n") from error
    if (question.input is None) == (question.inputs is None):
        raise Failure(422, "expected either input, a text, or inputs, a list of texts")
    return question
