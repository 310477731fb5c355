"""The addresses of the models: what is served, and what each model says of an input."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi import Path as InPath
from pydantic import BaseModel

from unrolled.inputs import Input
from unrolled.serve.bodies import Bodies
from unrolled.serve.engine import AnswerBatch, Engine, Item, Result
from unrolled.serve.limits import Limits
from unrolled.serve.schemas import Failure, Model, Models, Problem, Trace, media_type, read_count, read_json
from unrolled.serve.served import ServedModel

__all__ = ["MOMENTS", "REFUSALS", "Name", "Served"]

MOMENTS = 64  # of a trace, at most
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


class Served:
    """The models by name, behind the engine."""

    def __init__(self, models: Mapping[str, ServedModel], limits: Limits, engine: Engine) -> None:
        self._models, self._limits, self._engine = models, limits, engine
        self.bodies = Bodies(models.values())
        self.listed = {name: _listed(name, model) for name, model in models.items()}

    def find(self, name: str) -> ServedModel:
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
            "/v1/models/{name}/predict",
            responses=REFUSALS,
            openapi_extra=_request(self.bodies),
            response_model=self.bodies.reply,
            response_model_exclude_none=True,
        )
        async def predict(name: Name, request: Request) -> BaseModel:
            """Answer an input or several in JSON, or, of a model that reads files, the file that the body is."""
            model = self.find(name)
            n, moments = read_count(request, "n", 3, 1, 100), read_count(request, "moments", 0, 0, MOMENTS)
            if model.input_.media_types:
                return await self._answer_file(name, model, request, n, moments)
            return await self._answer(name, model, request)

    async def ask(self, key: Hashable, answer: AnswerBatch[Item, Result], items: Sequence[Item]) -> list[Result]:
        """The engine's answer to each item; TimeoutError where it comes too late."""
        async with asyncio.timeout(self._limits.seconds):
            return await asyncio.gather(*(self._engine.ask(key, answer, item) for item in items))

    async def _answer(self, name: str, model: ServedModel, request: Request) -> BaseModel:
        """The reply to a question in JSON."""
        noun = model.input_.noun
        kind = self.bodies.questions[model.input_.raw_type]
        question = await read_json(request, kind, f"input ({noun}) or inputs, and n")
        if (question.input is None) == (question.inputs is None):
            raise Failure(422, f"expected either input, {noun}, or inputs, a list of such")
        inputs = [question.input] if question.inputs is None else question.inputs
        self._check(inputs)
        n = question.n
        answers = await self.ask(("predict", name, n), lambda items: model.predict_many(items, n), inputs)
        return self.bodies.replies[model.answer].to_inputs(inputs, answers, question.inputs is not None)

    def _check(self, inputs: Sequence[Any]) -> None:
        if len(inputs) > self._limits.inputs:
            raise Failure(422, f"{len(inputs)} inputs; expected at most {self._limits.inputs}", "inputs")
        for raw in inputs:
            if isinstance(raw, str) and len(raw) > self._limits.text:
                raise Failure(422, f"a text has {len(raw)} characters; expected at most {self._limits.text}", "text")

    async def _answer_file(self, name: str, model: ServedModel, request: Request, n: int, moments: int) -> BaseModel:
        """The reply to an input that is the request's body itself."""
        _check_media_type(media_type(request), model.input_)
        longest = self._limits.clip_seconds
        replies = self.bodies.replies[model.answer]

        def answer(contents: Sequence[bytes]) -> list[BaseModel]:
            return [reply(content) for content in contents]

        def reply(content: bytes) -> BaseModel:
            raw, seconds = model.input_.from_media(content, longest)
            trace = Trace(**model.trace(raw, moments), labels=list(model.answers().names)) if moments else None
            return replies.to_file(model.predict_many([raw], n)[0], round(seconds, 3), trace)

        bodies: list[BaseModel] = await self.ask(("file", name, n, moments), answer, [await request.body()])
        return bodies[0]


def _listed(name: str, model: ServedModel) -> Model:
    """What /v1/models says of a model."""
    example = model.input_.raw_example
    return Model(
        name=name,
        task=model.name,
        description=model.describe(),
        parameters=model.parameters,
        example=example if isinstance(example, str) else None,
        **model.metadata(),
    )


def _check_media_type(content_type: str, input: Input) -> None:
    """Failure 415 for a request whose body is of another sort than the input's, such as no sound at all."""
    if content_type.partition("/")[0] not in {name.partition("/")[0] for name in input.media_types}:
        expected = f"a {input.noun}: {', '.join(input.media_types)}"
        raise Failure(415, f"content-type is {content_type[:80]!a}; expected {expected}")


def _request(bodies: Bodies) -> dict[str, Any]:
    """What a request for predictions may hold, for the API's description."""
    questions = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in bodies.questions.values()]
    files = {name: {"schema": {"type": "string", "format": "binary"}} for name in bodies.media_types}
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "description": f"where the body is a file: {text}",
                "schema": {"type": "integer", "minimum": low, "maximum": high, "default": default},
            }
            for name, text, low, high, default in (
                ("n", "how many answers", 1, 100, 3),
                ("moments", "show memory and decision at so many of its moments", 0, MOMENTS, 0),
            )
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"anyOf": questions}}, **files},
        },
    }
