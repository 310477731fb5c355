"""Bodies that are the same for every model, and how bodies are read; all errors have one form."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from unrolled.errors import InputError
from unrolled.inputs import INPUTS
from unrolled.storage.strict_json import parse_json

__all__ = [
    "AT_ONCE",
    "ComposeRequest",
    "Failure",
    "Health",
    "Model",
    "Models",
    "Music",
    "Note",
    "Problem",
    "Trace",
    "json_reply",
    "media_type",
    "read_body",
    "read_count",
    "read_object",
    "refusal",
    "validated",
]

AT_ONCE = 4_096  # bytes that the event loop itself reads or writes; what is longer is for the engine
Body = TypeVar("Body", bound=BaseModel)


class Problem(BaseModel):
    """What was received, and what was expected."""

    error: str


class Trace(BaseModel):
    """Memory and decision at some moments of an input, evenly spread."""

    words: list[str] = Field(description="the moments; of a recording, in seconds")
    rows: list[list[int]] = Field(description="the last layer's output at each, -127 to 127 for -1 to 1")
    decisions: list[list[float]] = Field(description="the probability of each label at each")
    labels: list[str] = Field(description="the labels, in the order of decisions")


class ComposeRequest(BaseModel):
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


class KeyboardLayout(BaseModel):
    """A keyboard over which one may swipe."""

    name: str
    keys: list[str] = Field(description="the letters of each key", examples=[["q", "w"]])
    centres: list[list[float]] = Field(
        description="the centre of each: x in widths of a key, y in rows, from the first key on",
        examples=[[[0, 0], [1, 0]]],
    )


class Model(BaseModel):
    """A model that is served. Its task may say more of it than is listed here."""

    model_config = ConfigDict(extra="allow")

    name: str
    task: str
    description: str
    parameters: int
    reads: str = Field(description="what its inputs are", json_schema_extra={"enum": [*INPUTS, "table", "picture"]})
    writes: str | None = Field(None, description="of a model that writes another text than it reads: text")
    card: str = Field("", description="the card of the page that shows it")
    example: str | None = Field(None, description="an input as one may write it, where inputs are texts")
    cell: str | None = Field(None, description="its recurrence")
    bidirectional: bool = Field(False, description="whether it reads from the end, too")
    labels: list[str] | None = Field(None, description="of a classifier: what it tells apart")
    letters: str | None = Field(
        None, description="of a keyboard: the letters of its words, most frequent first", examples=["etaoinshrdlu"]
    )
    strokes: list[KeyboardLayout] | None = Field(
        None, description="of a keyboard that reads strokes: the layouts over which one may swipe, its own first"
    )


class TextLimits(BaseModel):
    """How much may be sent; `unrolled serve` sets it."""

    text: int = Field(description="characters of a text", examples=[20_000])
    message: int = Field(description="bytes of a WebSocket message", examples=[65_536])
    beam: int | None = Field(None, description="hypotheses of a model that writes texts", examples=[20])
    picture: int | None = Field(None, description="bytes of a picture", examples=[8_388_608])


class Models(BaseModel):
    """All models that are served."""

    models: list[Model]
    limits: TextLimits | None = None  # earlier servers told none


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


def json_reply(text: str) -> Response:
    """The answer that is this JSON."""
    return Response(text, media_type="application/json")


def read_body(content_type: str, body: bytes, kind: type[Body], expected: str) -> Body:
    """A JSON body as ``kind``; Failure 400, 415 or 422, which says what is ``expected``."""
    return validated(read_object(content_type, body, expected), kind, expected)


def read_object(content_type: str, body: bytes, expected: str) -> dict[str, Any]:
    """The object that a JSON body is; Failure 400, 415 or 422."""
    if content_type != "application/json":
        raise Failure(415, f"content-type is {content_type[:80]!a}; expected application/json")
    try:
        value = parse_json(body, "the body")
    except InputError as error:
        raise Failure(400, str(error)) from error
    if not isinstance(value, dict):
        raise Failure(422, f"the body is {_shown(value)}; expected an object with {expected}")
    return value


def validated(value: Mapping[str, Any], kind: type[Body], expected: str) -> Body:
    """An object as ``kind``; Failure 422, which says what is wrong first."""
    known = {name: value[name] for name in kind.model_fields if name in value}
    unknown = next((name for name in value if name not in known), None)  # one is enough: there may be thousands
    try:
        return kind.model_validate(known if unknown is None else {**known, unknown: value[unknown]})
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))[:80]
        received = ascii(_beginning(first["input"]))[:80]
        raise Failure(422, f"{place} is {received}: {first['msg']}; expected {expected}") from error


def _shown(value: Any) -> str:
    return json.dumps(_beginning(value))[:80]


def _beginning(value: Any) -> Any:
    """As much of a value as is shown: all of it may be a hundred thousand items."""
    if isinstance(value, str):
        return value[:80]
    if isinstance(value, list):
        return [_beginning(item) for item in value[:40]]
    if isinstance(value, dict):
        return {name[:80]: _beginning(item) for name, item in list(value.items())[:20]}
    return value


def media_type(request: Request) -> str:
    """The content-type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_count(request: Request, name: str, default: int, low: int, high: int) -> int:
    """A whole number of the query; Failure 422."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
        raise Failure(422, f"{name} is {text[:80]!a}; expected a whole number from {low} to {high}")
    return int(text)
