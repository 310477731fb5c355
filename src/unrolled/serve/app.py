"""The application: what each address answers. docs/serving.md describes them."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.routing import Match

from unrolled.errors import InputError, MissingExtra
from unrolled.serve.asking import add_asking
from unrolled.serve.composing import add_composing
from unrolled.serve.engine import Busy, Engine
from unrolled.serve.forecast_bodies import ForecastRequest, PlanRequest
from unrolled.serve.forecasting import add_forecasting
from unrolled.serve.guard import Guard
from unrolled.serve.limits import Limits
from unrolled.serve.metrics import Metrics
from unrolled.serve.models import Served
from unrolled.serve.schemas import ComposeRequest, Failure, Health, refusal
from unrolled.serve.served import Servable, parted
from unrolled.serve.sessions import Sessions
from unrolled.serve.turns import Turns
from unrolled.serve.writing import add_writing
from unrolled.serve.writing_bodies import AlignRequest, FormRequest, WriteRequest
from unrolled.version import __version__

__all__ = ["create_app"]

PAGE = Path(__file__).parent / "page"
REQUESTS = (ComposeRequest, ForecastRequest, PlanRequest, WriteRequest, AlignRequest, FormRequest)


def create_app(
    models: Mapping[str, Servable],
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
        title="unrolled",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=life,
        redirect_slashes=False,
    )
    app.state.draining = False
    served = Served(models, limits, engine)
    served.add(app)
    add_asking(app, served, limits)
    add_composing(app, served, limits)
    add_forecasting(app, served, limits)
    add_writing(app, served, limits)
    _add_service(app, metrics)
    turns = Turns()
    readers, forecasters, writers = parted(models)
    sessions = Sessions(readers, limits, engine, metrics, turns)
    app.add_api_websocket_route("/v1/models/{name}/stream", sessions.serve)
    _describe_bodies(app, [*served.bodies.questions.values(), *REQUESTS])
    app.mount("/", StaticFiles(directory=PAGE, html=True), name="page")
    _add_errors(app, limits, metrics)
    files = [name for name, model in readers.items() if model.input_.media_types]
    sizes = {f"/v1/models/{name}/predict": limits.clip for name in files}
    sizes |= {f"/v1/models/{name}/{end}": limits.table for name in forecasters for end in ("forecast", "plan")}
    looking = [name for name, model in writers.items() if model.media_types]
    sizes |= {f"/v1/models/{name}/{end}": limits.picture for name in looking for end in ("predict", "align", "write")}
    return Guard(app, limits, metrics, hosts, token, sizes, turns)


def _describe_bodies(app: FastAPI, bodies: Sequence[type[BaseModel]]) -> None:
    """Bodies are read by hand, within limits: what they hold is entered in the schema here."""
    describe = app.openapi

    @cache  # it takes a tenth of a second
    def openapi() -> dict[str, Any]:
        document = describe()
        _, definitions = models_json_schema(
            [(body, "validation") for body in bodies], ref_template="#/components/schemas/{model}"
        )
        schemas = document["components"]["schemas"]
        schemas |= definitions["$defs"]
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        for path in document["paths"].values():
            for operation in path.values():
                if "HTTPValidationError" in str(operation["responses"].get("422")):
                    del operation["responses"]["422"]  # FastAPI's own; a path of text has none
        return document

    @cache
    def written() -> bytes:
        return json.dumps(openapi(), separators=(",", ":"), ensure_ascii=False).encode()

    @app.get("/openapi.json", include_in_schema=False)
    async def describe_addresses() -> Response:
        ready = written.cache_info().currsize
        return Response(written() if ready else await asyncio.to_thread(written), media_type="application/json")

    app.openapi = openapi  # type: ignore[method-assign]


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
        text = await asyncio.to_thread(metrics.text)  # it takes milliseconds
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

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

    @app.exception_handler(MissingExtra)
    async def missing(request: Request, error: MissingExtra) -> Response:
        return refusal(501, str(error))

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
