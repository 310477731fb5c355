"""The addresses of models that forecast: the next periods of series, and how much to order."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields
from threading import Lock
from typing import Any

import numpy as np
from fastapi import FastAPI, Request
from fastapi.responses import Response
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.inference.forecasts import Paths
from unrolled.inspection.orders_picture import demand_histogram
from unrolled.planning import Article, Order, plan, read_stock
from unrolled.serve.forecast_bodies import Asked, Forecasted, ForecastRequest, Planned, PlanRequest, SeriesList, body_of
from unrolled.serve.forecast_tables import ends_of, forecasts_as_json, rows_of_csv, rows_of_series
from unrolled.serve.limits import Limits
from unrolled.serve.models import REFUSALS, Name, Served
from unrolled.serve.schemas import Failure, json_reply, media_type, read_body
from unrolled.serve.served import ServedForecaster
from unrolled.storage.strict_json import to_json

__all__ = ["add_forecasting"]

PATHS = 1000  # of an article's demand
PERIODS = 20_000  # of all articles of a question together: paths take 160 MB at most
KEPT, LARGEST = 16, 2**22  # questions whose paths are kept for the next about the same articles, and bytes of paths
LISTED = 10_000  # series
HISTORY = (3, 48)  # values sent back: at least so many horizons, and so many


def add_forecasting(app: FastAPI, served: Served, limits: Limits) -> None:
    """Add them; of a model that does not forecast they answer 422."""
    drawn = _DrawnPaths()

    async def answer(
        name: str, request: Request, kind: type[Asked], work: Callable[[ServedForecaster, Asked], dict[str, Any]]
    ) -> Response:
        model = served.find_forecaster(name)
        content_type, body = media_type(request), await request.body()
        expected = ", ".join(kind.model_fields)

        def reply() -> Response:
            asked = read_body(content_type, body, kind, expected)
            return json_reply(to_json(work(model, asked), "the answer", compact=True))

        size = len(body) if kind is PlanRequest else len(body) + len(model.ids)
        return await served.alone(request, (kind, name), size, reply)

    def draw(name: str, model: ServedForecaster, asked: PlanRequest, ids: list[str]) -> Paths:
        key = hashlib.sha256(repr((name, asked.csv, asked.series, asked.seed, ids)).encode()).digest()
        return drawn.get(key, lambda: model.simulate(PATHS, _panel(model, asked, limits), asked.seed, ids))

    @app.get("/v1/models/{name}/series", responses={status: REFUSALS[status] for status in (404, 422)})
    async def list_series(name: Name) -> SeriesList:
        """The series that a model which forecasts has learnt from."""
        ids = served.find_forecaster(name).ids
        return SeriesList(count=len(ids), ids=list(ids[:LISTED]))

    @app.post(
        "/v1/models/{name}/forecast",
        responses=REFUSALS,
        openapi_extra=body_of(ForecastRequest),
        response_model=Forecasted,
    )
    async def forecast(name: Name, request: Request) -> Response:
        """Forecast series, those of the request or the model's own, with intervals."""
        return await answer(name, request, ForecastRequest, lambda model, asked: _forecast(model, asked, limits))

    @app.post("/v1/models/{name}/plan", responses=REFUSALS, openapi_extra=body_of(PlanRequest), response_model=Planned)
    async def order(name: Name, request: Request) -> Response:
        """Say how much to order of articles now, from joint sample paths of their demand, and why."""
        return await answer(
            name,
            request,
            PlanRequest,
            lambda model, asked: _plan(model, asked, limits, lambda ids: draw(name, model, asked, ids)),
        )


def _forecast(model: ServedForecaster, asked: ForecastRequest, limits: Limits) -> dict[str, Any]:
    if asked.horizon is not None and asked.horizon > model.horizon:
        raise Failure(422, f"horizon is {asked.horizon}; expected at most {model.horizon}, the model's")
    horizon = asked.horizon or model.horizon
    level = list(dict.fromkeys(asked.level))
    ids = None if asked.ids is None else list(dict.fromkeys(asked.ids))
    panel = _panel(model, asked, limits)
    count = len(ids) if ids else len(model.ids) if panel is None else len(panel)
    if count > limits.series:
        raise Failure(422, f"{count} series; expected at most {limits.series}: ask for some of them by ids", "series")
    recent = model.recent(ids) if panel is None else panel
    levels = sorted({0.5, *(end for one in level for end in ends_of(one))})
    history = max(HISTORY[0] * model.horizon, HISTORY[1]) if asked.history is None else asked.history
    return forecasts_as_json(model.forecasts(panel, levels, ids), recent, level, horizon, history)


def _panel(model: ServedForecaster, asked: ForecastRequest | PlanRequest, limits: Limits) -> Panel | None:
    """The series of a question; None for the model's own."""
    if asked.csv is not None and asked.series is not None:
        raise Failure(422, "both series and csv; expected one of them, or neither")
    if asked.csv is not None:
        return model.format.read(rows_of_csv(asked.csv, limits.points))
    if asked.series is not None:
        return model.format.read(rows_of_series(asked.series, model.format, limits.points))
    return None


def _plan(
    model: ServedForecaster, asked: PlanRequest, limits: Limits, simulate: Callable[[list[str]], Paths]
) -> dict[str, Any]:
    most = min(limits.inputs, max(1, PERIODS // model.horizon))
    if len(asked.stock) > most:
        raise Failure(422, f"{len(asked.stock)} articles; expected at most {most}", "inputs")
    known = [field.name for field in fields(Article)]
    for name in dict.fromkeys(name for row in asked.stock for name in row):
        if name not in known:
            raise Failure(422, f"stock has {name[:80]!r}; expected of {', '.join(known)}")
    own = asked.csv is None and asked.series is None
    stock = read_stock(asked.stock, model.ids if own else None)
    paths = simulate([article.unique_id for article in stock.articles])
    orders = plan(paths, stock)
    return {
        "frequency": paths.frequency.name,
        "orders": [
            _order_as_json(order, article, demand)
            for order, article, demand in zip(orders.rows, stock.articles, orders.demand, strict=True)
        ],
    }


def _order_as_json(order: Order, article: Article, demand: NDArray[np.float32]) -> dict[str, Any]:
    edges, shares = demand_histogram(demand.astype(np.float64), article.position + order.order)
    return {
        **order._asdict(),
        "position": article.position,
        "demand": {"edges": edges.tolist(), "shares": shares.tolist()},
    }


class _DrawnPaths:
    """Paths of the latest questions: while someone moves a price, the demand is the same."""

    def __init__(self) -> None:
        self._paths: OrderedDict[bytes, Paths] = OrderedDict()
        self._lock = Lock()

    def get(self, key: bytes, draw: Callable[[], Paths]) -> Paths:
        """Those that were drawn for this question, or else what ``draw`` gives."""
        with self._lock:
            if key in self._paths:
                self._paths.move_to_end(key)
                return self._paths[key]
        paths = draw()
        if paths.values.nbytes <= LARGEST:
            with self._lock:
                self._paths[key] = paths
                while len(self._paths) > KEPT:
                    self._paths.popitem(last=False)
        return paths
