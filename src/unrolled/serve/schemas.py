"""Bodies and errors: JSON or a recording in, JSON out, one form of error."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json

__all__ = [
    "Failure",
    "Growth",
    "Health",
    "Heard",
    "Label",
    "Model",
    "Models",
    "Music",
    "Note",
    "Prediction",
    "Problem",
    "Question",
    "Replies",
    "Reply",
    "Series",
    "Verdict",
    "Verdicts",
    "Wish",
    "media_type",
    "read_count",
    "read_json",
    "refusal",
]


class Problem(BaseModel):
    """What was received, and what was expected."""

    error: str


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    n: int = Field(3, ge=1, le=100, description="how many answers")


class Question(_Asked):
    """A text (or DNA as a text), or several; and how many answers to each."""

    input: str | None = Field(None, description="the text")
    inputs: list[str] | None = Field(None, description="several texts, in place of input", min_length=1)


class Series(_Asked):
    """Numbers, a row for each step, or several such inputs; and how many answers to each."""

    input: list[list[float]] | None = Field(
        None, description="a row of numbers for each step", examples=[[[0.5, -1.2], [0.7, -0.9]]]
    )
    inputs: list[list[list[float]]] | None = Field(None, description="several, in place of input", min_length=1)


class Prediction(BaseModel):
    """One answer of a model that goes on with a text, and its probability."""

    text: str
    score: float


class Label(BaseModel):
    """One answer of a classifier, and its probability."""

    label: str
    score: float


class Reply(BaseModel):
    """How a text may go on, most probable first."""

    input: str
    predictions: list[Prediction]


class Replies(BaseModel):
    """Answers to several inputs, in their order."""

    replies: list[Reply]


class Verdict(BaseModel):
    """What an input is, most probable first."""

    input: str | None = Field(None, description="the text; numbers are not sent back")
    predictions: list[Label]


class Verdicts(BaseModel):
    """Answers to several inputs, in their order."""

    replies: list[Verdict]


class Growth(BaseModel):
    """Memory and decision at some moments of an input, evenly spread."""

    words: list[str] = Field(description="which moments: seconds")
    rows: list[list[int]] = Field(description="the last layer's output at each, -127 to 127 for -1 to 1")
    decisions: list[list[float]] = Field(description="the probability of each label at each")
    labels: list[str] = Field(description="the labels, in the order of decisions")


class Heard(BaseModel):
    """What a recording is, most probable first."""

    predictions: list[Label]
    seconds: float = Field(description="how long the recording lasts")
    growth: Growth | None = Field(None, description="where moments were asked for")


class Wish(BaseModel):
    """Music to be made: how it begins, how long it goes on, and how it is drawn from the model."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field("", description="notes or chords to begin with", examples=[""])
    seconds: float = Field(20.0, gt=0, description="how much to add", examples=[20])
    temperature: float = Field(1.0, ge=0, le=100, description="0 takes the most probable, above 1 dares")
    top: int = Field(0, ge=0, description="sample among this many most probable only; 0 for all")
    seed: int = Field(0, ge=0, lt=2**32, description="another seed makes another tune")


class Note(BaseModel):
    """A note that is played."""

    start: float = Field(description="seconds since the beginning")
    seconds: float = Field(description="how long it sounds")
    note: int = Field(description="its MIDI number; 60 is the middle C")
    velocity: int = Field(description="how loud, 1 to 127")


class Music(BaseModel):
    """Notes in the order of time."""

    tempo: float = Field(description="beats a minute, of a score")
    notes: list[Note]


class Model(BaseModel):
    """A model that is served."""

    name: str
    task: str
    description: str
    parameters: int
    reads: Literal["text", "dna", "sound", "numbers", "notes", "chords"] = Field(description="what its inputs are")
    cell: str | None = Field(None, description="its recurrence")
    bidirectional: bool = Field(False, description="whether it reads from the end, too")
    labels: list[str] | None = Field(None, description="of a classifier: what it tells apart")


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


async def read_json(request: Request, kind: type[BaseModel], expected: str) -> Any:
    """A JSON body as ``kind``; Failure 400, 415 or 422, which says what is ``expected``."""
    type_ = media_type(request)
    if type_ != "application/json":
        raise Failure(415, f"content-type is {type_[:80]!a}; expected application/json")
    try:
        value = parse_json(await request.body(), "the body")
    except InputError as error:
        raise Failure(400, str(error)) from error
    if not isinstance(value, dict):
        raise Failure(422, f"the body is {json.dumps(value)[:80]}; expected an object with {expected}")
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        received = f"{first['input']!a}"[:80]
        raise Failure(422, f"{place} is {received}: {first['msg']}; expected {expected}") from error


def media_type(request: Request) -> str:
    """The content-type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_count(request: Request, name: str, default: int, low: int, high: int) -> int:
    """A whole number of the query; Failure 422."""
    given = request.query_params.get(name, str(default))
    if not (given.isascii() and given.isdigit() and len(given) < 10 and low <= int(given) <= high):
        raise Failure(422, f"{name} is {given[:80]!a}; expected a whole number from {low} to {high}")
    return int(given)
