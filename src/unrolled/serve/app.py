"""The application: what each address answers. docs/serving.md describes them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.routing import Match

from unrolled import __version__
from unrolled.errors import InputError
from unrolled.serve.answers import (
    Failure,
    Health,
    Model,
    Models,
    Prediction,
    Problem,
    Question,
    Replies,
    Reply,
    read_question,
    refusal,
)
from unrolled.serve.engine import Busy, Engine
from unrolled.serve.guard import Guard
from unrolled.serve.limits import Limits
from unrolled.serve.metrics import Metrics
from unrolled.serve.sessions import Sessions

__all__ = ["create_app"]

PAGE = Path(__file__).parent / "page"
Name = Annotated[str, InPath(description="the model's name, as /v1/models lists it")]
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text}
    for status, text in {
        400: "No strict JSON in UTF-8",
        404: "No such model",
        408: "The body came too slowly",
        413: "The body is too large",
        415: "No JSON",
        422: "JSON, but not what was expected",
        503: "Busy: try again",
    }.items()
}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: _REFUSALS[404]}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Question"}}},
    }
}


def create_app(
    models: Mapping[str, Any],
    limits: Limits | None = None,
    hosts: frozenset[str] = frozenset(),
    token: str | None = None,
) -> Guard:
    """The ASGI application that serves ``models`` by name; ``hosts`` are the names it may be called by (none: any)."""
    limits, metrics = limits or Limits(), Metrics()
    engine = Engine(limits.waiting, limits.batch, metrics)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        engine.start()
        yield
        await asyncio.to_thread(engine.stop)

    app = FastAPI(
        title="unrolled", version=__version__, docs_url=None, redoc_url=None, lifespan=life, redirect_slashes=False
    )
    app.state.draining = False
    _add_models(app, models, limits, engine)
    _add_service(app, metrics)
    sessions = Sessions(models, limits, engine, metrics)
    app.add_api_websocket_route("/v1/models/{name}/stream", sessions.serve)
    app.mount("/", StaticFiles(directory=PAGE, html=True), name="page")
    _add_errors(app, limits, metrics)
    return Guard(app, limits, metrics, hosts, token)


def _add_models(app: FastAPI, models: Mapping[str, Any], limits: Limits, engine: Engine) -> None:
    listed = {
        name: Model(name=name, task=model.name, description=model.describe(), parameters=model.parameters)
        for name, model in models.items()
    }

    def find(name: str) -> Any:
        if name not in models:
            raise Failure(404, f"there is no model {name[:80]!a}; there is {', '.join(models)}")
        return models[name]

    @app.get("/v1/models")
    async def list_models() -> Models:
        """What is served."""
        return Models(models=list(listed.values()))

    @app.get("/v1/models/{name}", responses=_UNKNOWN)
    async def describe_model(name: Name) -> Model:
        """One model."""
        find(name)
        return listed[name]

    @app.post("/v1/models/{name}/predict", responses=_REFUSALS, openapi_extra=_BODY)
    async def predict(name: Name, request: Request) -> Reply | Replies:
        """Say what comes next: after one input, or after each of several."""
        model, question = find(name), await read_question(request)
        texts = question.texts
        _check_texts(texts, limits)
        asked = [
            engine.ask(("predict", name, question.n), lambda items: model.predict_many(items, question.n), text)
            for text in texts
        ]
        async with asyncio.timeout(limits.seconds):
            found = await asyncio.gather(*asked)
        replies = [
            Reply(input=text, predictions=[Prediction(text=one.text, score=one.score) for one in answers])
            for text, answers in zip(texts, found, strict=True)
        ]
        return replies[0] if question.inputs is None else Replies(replies=replies)

    schema = app.openapi

    def openapi() -> dict[str, Any]:
        found = schema()
        found["components"]["schemas"]["Question"] = Question.model_json_schema()
        found["components"]["schemas"].pop("HTTPValidationError", None)
        found["components"]["schemas"].pop("ValidationError", None)
        for path in found["paths"].values():
            for operation in path.values():
                if "HTTPValidationError" in str(operation["responses"].get("422")):
                    del operation["responses"]["422"]  # FastAPI's own; a path of text has none
        return found

    app.openapi = openapi  # type: ignore[method-assign]


def _check_texts(texts: list[Any], limits: Limits) -> None:
    if len(texts) > limits.inputs:
        raise Failure(422, f"{len(texts)} inputs; expected at most {limits.inputs}", "inputs")
    for text in texts:
        if len(text) > limits.text:
            raise Failure(422, f"a text has {len(text)} characters; expected at most {limits.text}", "text")


def _add_service(app: FastAPI, metrics: Metrics) -> None:
    @app.get("/healthz", responses={503: {"model": Health, "description": "The server is stopping"}})
    async def health() -> Health:
        """Whether requests are taken."""
        if app.state.draining:
            return JSONResponse({"status": "draining"}, 503)  # type: ignore[return-value]
        return Health(status="ready")

    @app.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def read_metrics() -> Response:
        """Numbers for Prometheus."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/docs", include_in_schema=False)
    async def documentation() -> FileResponse:
        return FileResponse(PAGE / "docs.html")


def _add_errors(app: FastAPI, limits: Limits, metrics: Metrics) -> None:
    @app.exception_handler(Failure)
    async def failed(request: Request, failure: Failure) -> Response:
        metrics.refuse(failure.limit)
        return refusal(failure.status, failure.message, failure.headers)

    @app.exception_handler(InputError)
    async def bad_input(request: Request, error: InputError) -> Response:
        return refusal(422, str(error))

    @app.exception_handler(Busy)
    async def busy(request: Request, error: Busy) -> Response:
        metrics.refuse("waiting")
        return refusal(503, f"{limits.waiting} questions wait already; try again", {"retry-after": "1"})

    @app.exception_handler(TimeoutError)
    async def late(request: Request, error: TimeoutError) -> Response:
        return refusal(503, f"no answer within {limits.seconds:g} s; try again", {"retry-after": "1"})

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        if error.status_code in (404, 405):
            known = any(route.matches(request.scope)[0] is Match.PARTIAL for route in app.routes)
            if known or error.status_code == 405:
                return refusal(405, f"{request.method} is not for this path", error.headers)
            return refusal(404, "there is nothing at this path")
        return refusal(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        return refusal(500, "an error of the server, which its log has")
