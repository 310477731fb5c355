"""The addresses of the models: what is served, and what each model says of an input."""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi import Path as InPath
from fastapi.responses import Response

from unrolled.inputs import Input
from unrolled.serve.bodies import Bodies
from unrolled.serve.engine import AnswerBatch, Engine, Item, Result
from unrolled.serve.limits import Limits
from unrolled.serve.schemas import (
    AT_ONCE,
    Failure,
    Model,
    Models,
    Problem,
    TextLimits,
    Trace,
    json_reply,
    media_type,
    read_count,
    read_object,
    validated,
)
from unrolled.serve.served import AnyModel, Servable, ServedForecaster, ServedModel, ServedWriter, parted
from unrolled.serve.turns import client_of
from unrolled.serve.writing_bodies import WriteReplies, WriteReply, WriteRequest
from unrolled.serve.writing_requests import Sent, accepting, question
from unrolled.serve.written import Given, predict
from unrolled.storage.strict_json import to_json

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

    def __init__(self, models: Mapping[str, Servable], limits: Limits, engine: Engine) -> None:
        self._limits, self._engine = limits, engine
        self._models, self._forecasters, self._writers = parted(models)
        self.bodies = Bodies(self._models.values())
        examples = {name: model.input_.raw_example for name, model in self._models.items()}
        self.listed = {name: _listed(name, model, examples.get(name)) for name, model in models.items()}

    def find(self, name: str) -> ServedModel:
        """A model that answers inputs; Failure 404, or 422 for one that forecasts or writes texts."""
        self._check(name)
        if name in self._writers:
            raise Failure(422, f"{name} writes texts; expected POST /v1/models/{name}/predict or align")
        if name not in self._models:
            raise Failure(422, f"{name} forecasts series; expected POST /v1/models/{name}/forecast or plan")
        return self._models[name]

    def find_forecaster(self, name: str) -> ServedForecaster:
        """A model that forecasts; Failure 404, or 422 for another."""
        self._check(name)
        if name not in self._forecasters:
            raise Failure(422, f"{name} is a {self.listed[name].task} model; expected one that forecasts series")
        return self._forecasters[name]

    def find_writer(self, name: str) -> ServedWriter:
        """A model that writes texts; Failure 404, or 422 for another."""
        self._check(name)
        if name not in self._writers:
            raise Failure(422, f"{name} is a {self.listed[name].task} model; expected one that writes texts")
        return self._writers[name]

    @property
    def media_types(self) -> list[str]:
        """The content types of the files that models which write texts read."""
        return list(dict.fromkeys(kind for model in self._writers.values() for kind in model.media_types))

    def _check(self, name: str) -> None:
        if name not in self.listed:
            raise Failure(404, f"there is no model {name[:80]!a}; there is {', '.join(self.listed)}")

    def add(self, app: FastAPI) -> None:
        """Add the addresses."""

        @app.get("/v1/models")
        async def list_models() -> Models:
            """What is served."""
            limits = self._limits
            bounds = TextLimits(text=limits.text, message=limits.message, beam=limits.beam, picture=limits.picture)
            return Models(models=list(self.listed.values()), limits=bounds)

        @app.get("/v1/models/{name}", responses={404: REFUSALS[404]})
        async def describe_model(name: Name) -> Model:
            """One model."""
            self._check(name)
            return self.listed[name]

        @app.post(
            "/v1/models/{name}/predict",
            responses=REFUSALS,
            openapi_extra=_request(self.bodies, self.media_types),
            response_model=self.bodies.reply | WriteReply | WriteReplies,
        )
        async def answer(name: Name, request: Request) -> Response:
            """Answer an input or several in JSON, or, of a model that reads files, the file that the body is."""
            if name in self._writers:
                return await self._write(name, request)
            model = self.find(name)
            n, moments = read_count(request, "n", 3, 1, 100), read_count(request, "moments", 0, 0, MOMENTS)
            if model.input_.media_types:
                return await self._answer_file(name, model, request, n, moments)
            return await self._answer(name, model, request)

    async def ask(
        self,
        request: Request,
        kind: Hashable,
        answer: AnswerBatch[Item, Result],
        items: Sequence[Item],
        sizes: Sequence[int],
        alone: bool = False,
    ) -> list[Result]:
        """The engine's answer to each item; TimeoutError where it comes too late."""
        client = client_of(request.scope)
        asked = [
            asyncio.ensure_future(self._engine.ask((kind,), answer, item, size, client, alone))
            for item, size in zip(items, sizes, strict=True)
        ]
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await asyncio.gather(*asked)
        finally:
            for one in asked:
                one.cancel()  # where another failed, or all came too late
            asked.clear()  # an exception's traceback holds this frame, and these would hold the exception

    async def quickly(self, request: Request, kind: str, size: int, work: Callable[[], Result]) -> Result:
        """What ``work`` gives; in the engine where that takes long, so that the event loop goes on meanwhile."""
        return work() if size <= AT_ONCE else await self.alone(request, kind, size, work)

    async def alone(self, request: Request, kind: Hashable, size: int, work: Callable[[], Result]) -> Result:
        """What ``work`` gives, in the engine."""

        def answer(items: Sequence[None]) -> list[Result | Exception]:
            try:
                return [work()]
            except Failure as failure:
                return [failure]

        return (await self.ask(request, kind, answer, [None], [size], alone=True))[0]

    async def _answer(self, name: str, model: ServedModel, request: Request) -> Response:
        """The reply to a question in JSON."""
        content_type, body = media_type(request), await request.body()
        inputs, n, several = await self.quickly(
            request, "read", len(body), lambda: self._read(model.input_, content_type, body)
        )
        answers = await self.ask(
            request, ("predict", name, n), lambda items: model.predict_many(items, n), inputs, [*map(_size, inputs)]
        )
        replies = self.bodies.replies[model.answer]

        def render() -> Response:
            return json_reply(replies.to_inputs(inputs, answers, several))

        return await self.quickly(request, "render", n * len(inputs) * 40, render)

    async def _write(self, name: str, request: Request) -> Response:
        """The reply of a model that writes texts."""
        model, sent = self._writers[name], await Sent.by(request, self._limits)
        asked, inputs, several = await self.quickly(
            request, "read", len(sent.body), lambda: question(WriteRequest, model, sent, self._limits)
        )
        search, sizes = asked.search(self._limits), [*map(len, inputs)]

        def answer(questions: Sequence[Given]) -> list[dict[str, Any]]:
            return predict(model, questions, search)

        given = [Given(raw, asked.terms) for raw in inputs]
        replies = await self.ask(request, ("predict", name, search), answer, given, sizes)

        def render() -> Response:
            return json_reply(to_json({"replies": replies} if several else replies[0], "the answer", compact=True))

        return await self.quickly(request, "render", sum(sizes) * (search.n_best + 1), render)

    def _read(self, input: Input, content_type: str, body: bytes) -> tuple[Sequence[Any], int, bool]:
        """The inputs of a question, how many answers to each, and whether a list of inputs was sent."""
        expected = f"input ({input.noun}) or inputs, and n"
        received = read_object(content_type, body, expected)
        several = received.get("inputs")
        if isinstance(several, list) and len(several) > self._limits.inputs:
            raise Failure(422, f"{len(several)} inputs; expected at most {self._limits.inputs}", "inputs")
        question = validated(received, self.bodies.questions[input.raw_type], expected)
        if (question.input is None) == (question.inputs is None):
            raise Failure(422, f"expected either input, {input.noun}, or inputs, a list of such")
        inputs = [question.input] if question.inputs is None else question.inputs
        for raw in inputs:
            if isinstance(raw, str) and len(raw) > self._limits.text:
                raise Failure(422, f"a text has {len(raw)} characters; expected at most {self._limits.text}", "text")
        return inputs, question.n, question.inputs is not None

    async def _answer_file(self, name: str, model: ServedModel, request: Request, n: int, moments: int) -> Response:
        """The reply to an input that is the request's body itself."""
        _check_media_type(media_type(request), model.input_)
        longest = self._limits.clip_seconds
        replies = self.bodies.replies[model.answer]

        def answer(contents: Sequence[bytes]) -> list[Response]:
            return [reply(content) for content in contents]

        def reply(content: bytes) -> Response:
            raw, seconds = model.input_.from_media(content, longest)
            trace = Trace(**model.trace(raw, moments), labels=list(model.answers().names)) if moments else None
            return json_reply(replies.to_file(model.predict_many([raw], n)[0], round(seconds, 3), trace))

        body = await request.body()
        return (await self.ask(request, ("file", name, n, moments), answer, [body], [len(body)]))[0]


def _listed(name: str, model: AnyModel, example: object) -> Model:
    """What /v1/models says of a model."""
    return Model(
        name=name,
        task=model.name,
        description=model.describe(),
        parameters=model.parameters,
        example=example if isinstance(example, str) else None,
        **model.metadata(),
    )


def _size(raw: Any) -> int:
    """How long an input is: characters of a text, numbers of a series."""
    if isinstance(raw, list) and raw and isinstance(raw[0], list):
        return len(raw) * len(raw[0])
    return len(raw) if isinstance(raw, str | list) else 0


def _check_media_type(content_type: str, input: Input) -> None:
    """Failure 415 for a request whose body is of another sort than the input's, such as no sound at all."""
    if content_type.partition("/")[0] not in {name.partition("/")[0] for name in input.media_types}:
        expected = f"a {input.noun}: {', '.join(input.media_types)}"
        raise Failure(415, f"content-type is {content_type[:80]!a}; expected {expected}")


def _request(bodies: Bodies, pictures: Sequence[str]) -> dict[str, Any]:
    """What a request for predictions may hold, for the API's description."""
    request = accepting(WriteRequest, pictures)
    content = request["requestBody"]["content"]
    questions = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in bodies.questions.values()]
    content["application/json"] = {"schema": {"anyOf": [*questions, content["application/json"]["schema"]]}}
    content |= {name: {"schema": {"type": "string", "format": "binary"}} for name in bodies.media_types}
    n = {"type": "integer", "minimum": 1, "maximum": 100, "default": 3}
    moments = {"type": "integer", "minimum": 0, "maximum": MOMENTS, "default": 0}
    written = {parameter["name"]: parameter for parameter in request.get("parameters", ())}
    parameters = written | {
        name: {"name": name, "in": "query", "description": f"where the body is a file: {text}", "schema": schema}
        for name, text, schema in (
            ("n", "how many answers", n),
            ("moments", "show memory and decision at so many of its moments", moments),
        )
    }
    return request | {"parameters": list(parameters.values())}
