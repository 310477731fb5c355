"""Bodies of requests to models that forecast, and of their answers."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Asked", "Forecasted", "ForecastRequest", "Planned", "PlanRequest", "SeriesList", "body_of"]

Stamp = str | int
Level = Annotated[float, Field(ge=1, le=99.9)]

_CSV = "unique_id,ds,y\nbread,2026-01-01,12\nbread,2026-01-02,15"


class GivenSeries(BaseModel):
    """A series. Lists of further names are covariates at each stamp, single values hold for the whole series."""

    model_config = ConfigDict(extra="allow", strict=True)

    unique_id: str = Field(examples=["bread"])
    ds: list[Stamp] = Field(description="stamps as text, or whole numbers", examples=[["2026-01-01", "2026-01-02"]])
    y: list[float | None] = Field(
        description="null where there is none, as beyond the last value, where covariates alone are known",
        examples=[[12, 15]],
    )


class _Request(BaseModel):
    """What is forecast: series, a table as CSV, or neither: the model's own series."""

    model_config = ConfigDict(extra="forbid", strict=True)

    series: list[GivenSeries] | None = Field(None, min_length=1)
    csv: str | None = Field(None, description="a table as text, in place of series", examples=[_CSV])


class ForecastRequest(_Request):
    """Series to be forecast, and how far, with which intervals."""

    ids: list[str] | None = Field(None, description="those of the series that are asked for; else all", min_length=1)
    horizon: int | None = Field(None, ge=1, description="periods, at most the model's, which is taken else")
    level: list[Level] = Field([80, 95], max_length=9, description="intervals in per cent", examples=[[80, 95]])
    history: int | None = Field(None, ge=0, description="how many of the last values are sent back")


class PlanRequest(_Request):
    """Articles whose orders are asked for; the demand for them is forecast."""

    stock: list[dict[str, float | str | None]] = Field(
        min_length=1,
        description="on_hand, on_order, lead_time, review, and price, cost and salvage, or service_level, or "
        "fill_rate; pack, minimum, capacity and more as in docs/planning.md",
        examples=[
            [{"unique_id": "bread", "on_hand": 20, "on_order": 0, "lead_time": 1, "review": 1, "service_level": 0.95}]
        ],
    )
    seed: int = Field(0, ge=0, lt=2**32, description="another seed draws other paths")


Asked = TypeVar("Asked", bound=_Request)


class Interval(BaseModel):
    """A central interval: with so many per cent chance the value lies in it."""

    level: float = Field(examples=[80])
    lo: list[float]
    hi: list[float]


class History(BaseModel):
    """The last values."""

    ds: list[Stamp]
    y: list[float | None]
    cut: list[int] = Field(description="the places in y of values that were cut by what was available")


class SeriesForecast(BaseModel):
    """The next periods of a series."""

    unique_id: str = Field(examples=["bread"])
    ds: list[Stamp] = Field(examples=[["2026-01-03"]])
    forecast: list[float]
    intervals: list[Interval]
    history: History


class Forecasted(BaseModel):
    """The forecasts."""

    frequency: str = Field(examples=["D"])
    series: list[SeriesForecast]


class Demand(BaseModel):
    """A histogram of the demand that stock and order are for: the share of it between neighbouring edges."""

    edges: list[float] = Field(examples=[[0, 10, 20]])
    shares: list[float] = Field(examples=[[0.4, 0.6]])


class PlannedOrder(BaseModel):
    """What to order of an article, and what is to be expected then."""

    model_config = ConfigDict(extra="allow")

    unique_id: str = Field(examples=["bread"])
    order: float
    order_up_to: float
    expected_demand: float
    expected_lost: float
    expected_left: float
    expected_profit: float | None
    because: str = Field(description="why, in a sentence")
    position: float = Field(description="what is on hand and on order")
    demand: Demand


class Planned(BaseModel):
    """The orders."""

    frequency: str = Field(examples=["D"])
    orders: list[PlannedOrder]


class SeriesList(BaseModel):
    """The model's own series."""

    count: int
    ids: list[str] = Field(description="the first ten thousand of them", examples=[["bread"]])


def body_of(kind: type[BaseModel]) -> dict[str, Any]:
    """Says in the API's description that a request has this body."""
    reference = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": reference}}}}
