"""Forecasters with weights by chance in the place of learnt ones, and tables of sales for them."""

from typing import Any

import numpy as np

from unrolled import Forecaster
from unrolled.arrays import map_tree
from unrolled.inference.conformal import Conformal
from unrolled.inference.correction import Correction
from unrolled.inference.recent_values import RecentValues
from unrolled.inputs.covariates import Covariates
from unrolled.models.likelihoods import LEVELS
from unrolled.smoothing.fit import fit_bank
from unrolled.sources.panel_ahead import future_beyond
from unrolled.tasks.fitted import Fitted
from unrolled.tasks.forecast_sizes import nonnegative, outline_of
from unrolled.tasks.panel_learnt import LearntPanel
from unrolled.tasks.standing import read_to_the_end

__all__ = ["STEPS", "made_forecaster", "sales"]

STEPS = {"h": "h", "D": "D", "MS": "M"}
Row = dict[str, Any]


def sales(series: int, periods: int, frequency: str = "D", seed: int = 0, covariates: bool = False) -> list[Row]:
    """Rows of series with different ends, gaps, missing and cut values; promotions are known ahead of the last."""
    rng, rows = np.random.default_rng(seed), []
    step = STEPS[frequency]
    zero = np.datetime64("2024-01-01", step)
    for i in range(series):
        begin, end = int(rng.integers(0, 5)), periods - int(rng.integers(0, 5))
        level = 5 * rng.lognormal(0, 1)
        for t in range(begin, end):
            if begin < t < end - 14 and rng.random() < 0.05:
                continue
            y = level * (2 + np.sin(2 * np.pi * t / 7) + rng.normal(0, 0.3))
            row: Row = {"unique_id": f"article {i}", "ds": str((zero + t).astype("M8[s]")).replace("T", " "), "y": y}
            if covariates:
                row |= {"stock": y if rng.random() < 0.1 else y + 9, "visitors": 100 + 9 * rng.normal()}
                row |= {"price": 3.0 + (rng.random() < 0.2), "size": float(i), "colour": "rgb"[i % 3]}
            if begin < t < end - 1 and rng.random() < 0.05:
                row |= dict.fromkeys(row.keys() & {"y", "visitors", "stock"})
            rows.append(row)
    return rows


def made_forecaster(data: Any, seed: int = 0, **settings: Any) -> Forecaster:
    """A forecaster whose smoothing is fitted and whose network has weights by chance."""
    model = Forecaster(**{"members": 2, "width": 6, "horizon": 4, **settings})
    recipe = model.recipe()
    panel, form = recipe.read(data)
    outline = outline_of(panel, model.horizon, model.season, model.context)
    shape = (model.horizon, len(LEVELS))
    learnt = LearntPanel(
        format=form,
        ids=panel.ids,
        outline=outline,
        likelihood=model.likelihood or "quantiles",
        covariates=Covariates.of(panel),
        bank=fit_bank(panel.y, panel.offsets, panel.cut, outline.seasons, model.horizon),
        last=panel.last,
        nonnegative=nonnegative(panel),
        state=None,
        correction=Correction(LEVELS, 0.5, np.zeros(shape) + np.array(LEVELS) - 0.5, Conformal(LEVELS, np.ones(shape))),
        templates=np.random.default_rng(seed).normal(size=(20, model.horizon)),
        future=future_beyond(panel, model.horizon),
        static=panel.static,
        recent=RecentValues.of(panel, 50),
        cold=np.zeros(len(panel), bool),
    )
    initial = recipe.model(learnt).initial(np.random.default_rng(seed))
    model.weights_ = map_tree(lambda leaf: np.asarray(leaf + 0.1, np.float32), initial)
    model.learnt_ = read_to_the_end(learnt, recipe.network(learnt, model.weights_), panel)
    model.fitted_, model.log_ = Fitted(), ""
    return model
