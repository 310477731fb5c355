"""The addresses of the models: what is served, and what each model says of an input."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi import Path as InPath

from unrolled.serve.engine import Engine
from unrolled.serve.limits import Limits
from unrolled.serve.schemas import (
    Failure,
    Growth,
    Heard,
    Label,
    Model,
    Models,
    Prediction,
    Problem,
    Question,
    Replies,
    Reply,
    Series,
    Verdict,
    Verdicts,
    media_type,
    read_count,
    read_json,
)
from unrolled.sources.audio import read_clip

__all__ = ["MOMENTS", "REFUSALS", "Name", "Served"]

MOMENTS = 64  # of a recording's growth, at most
Name = Annotated[str, InPath(description="the model's name, as /v1/models lists it")]
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text}
    for status, text in {
        400: "No strict JSON in UTF-8",
        404: "No such model",
        408: "The body came too slowly",
        413: "The body is too large",
        415: "Not of a type that the model reads",
        422: "Not what was expected",
        501: "What it needs is not installed with this server",
        503: "Busy: try again",
    }.items()
}
_CLIPS = ("audio/wav", "audio/flac", "audio/ogg")
_REFERENCES = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in (Question, Series)]
_BODY = {
    "parameters": [
        {
            "name": name,
            "in": "query",
            "description": f"of a recording: {text}",
            "schema": {"type": "integer", "minimum": low, "maximum": high, "default": default},
        }
        for name, text, low, high, default in (
            ("n", "how many answers", 1, 100, 3),
            ("moments", "show memory and decision at so many of its moments", 0, MOMENTS, 0),
        )
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"anyOf": _REFERENCES}},
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in _CLIPS},
        },
    },
}
Answer = Reply | Replies | Verdict | Verdicts | Heard


class Served:
    """The models by name, behind the engine."""

    def __init__(self, models: Mapping[str, Any], limits: Limits, engine: Engine) -> None:
        self._models, self._limits, self._engine = models, limits, engine
        self.listed = {
            name: Model(
                name=name,
                task=model.name,
                description=model.describe(),
                parameters=model.parameters,
                **{k: v for k, v in model.metadata().items() if k != "card"},
            )
            for name, model in models.items()
        }

    def find(self, name: str) -> Any:
        """A model; Failure 404."""
        if name not in self._models:
            raise Failure(404, f"there is no model {name[:80]!a}; there is {', '.join(self._models)}")
        return self._models[name]

    def add(self, app: FastAPI) -> None:
        """Add the addresses."""

        @app.get("/v1/models")
        async def list_models() -> Models:
            """What is served."""
            return Models(models=list(self.listed.values()))

        @app.get("/v1/models/{name}", responses={404: REFUSALS[404]})
        async def describe_model(name: Name) -> Model:
            """One model."""
            self.find(name)
            return self.listed[name]

        @app.post(
            "/v1/models/{name}/predict", responses=REFUSALS, openapi_extra=_BODY, response_model_exclude_none=True
        )
        async def predict(name: Name, request: Request) -> Answer:
            """Say what comes next, or which label an input has: text, DNA or numbers as JSON, a recording as itself."""
            model = self.find(name)
            n, moments = read_count(request, "n", 3, 1, 100), read_count(request, "moments", 0, 0, MOMENTS)
            if self.listed[name].reads == "sound":
                return await self._hear(name, model, await _clip(request), n, moments)
            return await self._read(name, model, request)

    async def ask(self, key: Any, answer: Any, items: list[Any]) -> list[Any]:
        """The engine's answer to each item; TimeoutError where it comes too late."""
        async with asyncio.timeout(self._limits.seconds):
            return await asyncio.gather(*(self._engine.ask(key, answer, item) for item in items))

    async def _read(self, name: str, model: Any, request: Request) -> Answer:
        numbers = self.listed[name].reads == "numbers"
        what = "rows of numbers" if numbers else "text"
        question = await read_json(request, Series if numbers else Question, f"input ({what}) or inputs, and n")
        if (question.input is None) == (question.inputs is None):
            raise Failure(422, f"expected either input, {what}, or inputs, a list of such")
        given = question.inputs if question.inputs is not None else [question.input]
        self._check(given)
        n = question.n
        found = await self.ask(("predict", name, n), lambda items: model.predict_many(items, n), given)
        answer = _verdicts if self.listed[name].labels else _replies
        return answer(given, found, question.inputs is not None)

    def _check(self, given: list[Any]) -> None:
        if len(given) > self._limits.inputs:
            raise Failure(422, f"{len(given)} inputs; expected at most {self._limits.inputs}", "inputs")
        for one in given:
            if isinstance(one, str) and len(one) > self._limits.text:
                raise Failure(422, f"a text has {len(one)} characters; expected at most {self._limits.text}", "text")

    async def _hear(self, name: str, model: Any, body: bytes, n: int, moments: int) -> Heard:
        longest = self._limits.clip_seconds

        def hear(items: list[bytes]) -> list[Heard]:
            return [_heard(model, read_clip(item, "the recording", longest), n, moments) for item in items]

        found: list[Heard] = await self.ask(("hear", name, n, moments), hear, [body])
        return found[0]


def _replies(given: list[Any], found: list[Any], several: bool) -> Reply | Replies:
    replies = [
        Reply(input=text, predictions=[Prediction(**one._asdict()) for one in answers])
        for text, answers in zip(given, found, strict=True)
    ]
    return Replies(replies=replies) if several else replies[0]


def _verdicts(given: list[Any], found: list[Any], several: bool) -> Verdict | Verdicts:
    verdicts = [
        Verdict(input=one if isinstance(one, str) else None, predictions=[Label(**each._asdict()) for each in answers])
        for one, answers in zip(given, found, strict=True)
    ]
    return Verdicts(replies=verdicts) if several else verdicts[0]


def _heard(model: Any, clip: Any, n: int, moments: int) -> Heard:
    samples, rate = clip
    answers = [Label(**one._asdict()) for one in model.predict(clip, n)]
    grown = Growth(**model.trace(clip, moments), labels=model.labels_) if moments else None
    return Heard(predictions=answers, seconds=round(len(samples) / rate, 3), growth=grown)


async def _clip(request: Request) -> bytes:
    """The body of a request to a model of sound; Failure 415 where it is said to be something else."""
    kind = media_type(request)
    if not kind.startswith("audio/"):
        raise Failure(415, f"content-type is {kind[:80]!a}; expected a recording: {', '.join(_CLIPS)}")
    return await request.body()


def _metadata(model: Any) -> dict[str, Any]:
    return {name: value for name, value in model.metadata().items() if name != "card"}
