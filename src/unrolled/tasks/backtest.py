"""Forecasters measured in the past: from several origins, each time by what was known there."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.cross_validation import cross_validation_table
from unrolled.inference.forecasts import Forecasts
from unrolled.inference.panel_network import PanelNetwork
from unrolled.metrics.evaluation import Evaluation
from unrolled.metrics.forecasts import Window as ForecastWindow
from unrolled.planning import PolicyComparison, Window, compare_policies, read_stock, review_step
from unrolled.progress import remark
from unrolled.sources.panel import PanelFormat
from unrolled.sources.panel_checks import check_known
from unrolled.storage.files import check_new_file
from unrolled.tasks.ahead import joint_from
from unrolled.tasks.forecasting import Forecasting, KnownPanel
from unrolled.tasks.panel_learnt import LearntPanel
from unrolled.tasks.panels import PanelTask
from unrolled.tasks.rolled import actual_after, at_levels, before, roll
from unrolled.tasks.rolling import NETWORK, origins, rolling_evaluation

__all__ = ["Backtested", "ends_of"]

MOST_SAMPLES = 2**26  # values of sample paths that are held at once, half a GB


@dataclass(eq=False, repr=False)
class Backtested(PanelTask[LearntPanel]):
    """The half of a forecaster that looks at the past."""

    horizon: int

    @abstractmethod
    def recipe(self) -> Forecasting:
        """See `Task`."""

    def evaluate(
        self, data: Any, windows: int = 1, step: int | None = None, *, stock: Any = None, show: bool | None = None
    ) -> Evaluation:
        """Forecasts from ``windows`` origins in the past of ``data`` beside classical ones, and a verdict in words.

        No forecast sees what comes after its origin: a model that has learnt from it is fitted anew on what was before.
        """
        panel = self._panel(data)
        last = origins(panel, self.horizon, windows, step)
        model = self._before(panel, self.learnt_.format, last[0], show)
        told = {id(each): one for each, one in zip(last, model._roll(panel, last), strict=True)}
        season = self.learnt_.outline.seasons[0]
        result = rolling_evaluation(panel, last, lambda each: told[id(each)], self.horizon, season, show)
        if stock is None:
            return result
        plans = model.compare_plans(stock, panel, windows)
        return replace(result, remark=f"{result.remark}\n\n{plans}", planning=plans.to_json())

    def unseen(self, data: Any, windows: int = 1, step: int | None = None, show: bool | None = None) -> Self:
        """This model where it has seen nothing of the last ``windows`` of ``data``, else one fitted on what was before.

        It may be measured on them several times; `evaluate` does so by itself.
        """
        panel = self._panel(data)
        return self._before(panel, self.learnt_.format, origins(panel, self.horizon, windows, step)[0], show)

    def cross_validation(
        self,
        data: Any,
        n_windows: int = 1,
        step_size: int | None = None,
        refit: bool = False,
        level: Sequence[float] | None = None,
    ) -> Any:
        """Forecasts from ``n_windows`` origins beside what came: unique_id, ds, cutoff, y, Forecaster, its intervals,
        as `utilsforecast.evaluation.evaluate` reads it.

        Before it is fitted, or where it has seen what comes after the first origin, the model is fitted on what was
        before that; with ``refit`` at each origin anew.
        """
        panel, form = self._read(data)
        last = origins(panel, self.horizon, n_windows, step_size)
        if refit:
            models = [self._anew(before(panel, each), form, None) for each in last]
            told = [model._roll(panel, [each])[0] for model, each in zip(models, last, strict=True)]
        else:
            told = self._before(panel, form, last[0], None)._roll(panel, last)
        level = [80, 95] if level is None else list(level)
        wanted = sorted({0.5}.union(*(ends_of(one) for one in level)))
        windows = [
            ForecastWindow(each, {NETWORK: at_levels(one, wanted)}) for each, one in zip(last, told, strict=True)
        ]
        return cross_validation_table(panel, windows, form, level, data)

    def compare_plans(
        self,
        stock: Any,
        data: Any,
        windows: int = 5,
        n_paths: int = 1000,
        seed: int = 0,
        show: bool | None = None,
    ) -> PolicyComparison:
        """What planning by these forecasts costs over the last ``windows`` horizons of ``data``, beside the textbook's
        formula and one who knows the future.

        Each review has forecasts of its own; of very many, several that follow each other share one.
        """
        panel, form = self._read(data)
        articles = read_stock(stock, panel.ids)
        span = (windows - 1) * self.horizon
        most = max(MOST_SAMPLES // (len(articles) * n_paths * self.horizon), 1)
        step = review_step(articles, self.horizon, max(-(-span // most), 1))
        last = origins(panel, self.horizon, span // step + 1, step)
        model = self._before(panel, form, last[0], show)
        ids = [article.unique_id for article in articles.articles]
        places = {id: row for row, id in enumerate(panel.ids)}
        rows = np.array([places[id] for id in ids])
        if model._network().ancestral:
            paths = (model.simulate(n_paths, before(panel, each), seed, ids) for each in last)
        else:
            told = (_only(one, rows) for one in model._roll(panel, last))
            positive = np.ones(len(rows), bool)
            paths = (joint_from(one, model.learnt_, positive, n_paths, seed) for one in told)
        held_out = [
            Window(drawn, actual_after(panel, each, self.horizon)[rows])
            for each, drawn in zip(last, paths, strict=True)
        ]
        starts = panel.offsets[:-1] + np.clip(last[0] + 1 - panel.first, 0, panel.lengths)  # of what is held out
        cut = sum(int(panel.cut[starts[row] : panel.offsets[row + 1]].sum()) for row in rows)
        return replace(compare_policies(before(panel, last[0]), held_out, articles), cut=cut)

    def _read(self, data: Any) -> tuple[Panel, PanelFormat]:
        if hasattr(self, "learnt_"):
            return self._panel(data), self.learnt_.format
        return self.recipe().read(data)

    def _panel(self, data: Any) -> Panel:
        self._check_fitted()
        if isinstance(data, Panel):
            return data
        panel = self.learnt_.format.read(data)
        check_known(panel, self.learnt_.ids)
        return panel

    def _before(self, panel: Panel, form: PanelFormat, first: NDArray[np.int64], show: bool | None) -> Self:
        """This model where it has seen nothing after the periods ``first`` (N,), else one that is fitted on the values
        before."""
        if hasattr(self, "learnt_"):
            known = dict(zip(self.learnt_.ids, self.learnt_.last.tolist(), strict=True))
            if not any(known.get(id, end) > end for id, end in zip(panel.ids, first.tolist(), strict=True)):
                return self
            remark("this model has learnt from these windows: another is fitted on the values before them")
        return self._anew(before(panel, first), form, show)

    def _anew(self, panel: Panel, form: PanelFormat, show: bool | None) -> Self:
        return replace(self).fit(KnownPanel(panel, form), show=show)

    def _roll(self, panel: Panel, last: Sequence[NDArray[np.int64]]) -> list[Forecasts]:
        return roll(self.learnt_, self._network(), panel, last)

    def _network(self) -> PanelNetwork:
        return self.recipe().network(self.learnt_, self.weights_)

    def plot_residuals(
        self, path: str | Path, data: Any, windows: int = 1, step: int | None = None, *, dark: bool = False
    ) -> None:
        """Write a picture of what the forecasts of the last ``windows`` of ``data`` missed: actual less forecast."""
        from unrolled.inspection.figures import write_picture
        from unrolled.inspection.residuals_picture import draw_residuals

        check_new_file(path, True)
        panel, told = self._held_out(data, windows, step)
        ahead = np.arange(1, self.horizon + 1)
        periods = np.concatenate([one.last[:, None] + ahead for one in told], 1)
        missed = np.concatenate([actual_after(panel, one.last, self.horizon) - one.point for one in told], 1)
        title = f"Residuals of {len(told):,} windows"
        write_picture(
            str(path), lambda look: draw_residuals(look, panel.ids, panel.frequency, periods, missed, title), dark
        )

    def plot_calibration(
        self, path: str | Path, data: Any, windows: int = 1, step: int | None = None, *, dark: bool = False
    ) -> None:
        """Write a picture of how often the last ``windows`` of ``data`` fell within the forecasts' intervals."""
        from unrolled.inspection.calibration_picture import draw_calibration
        from unrolled.inspection.figures import write_picture

        check_new_file(path, True)
        panel, told = self._held_out(data, windows, step)
        actual = np.concatenate([actual_after(panel, one.last, self.horizon) for one in told])
        quantiles = np.concatenate([one.quantiles for one in told])
        title = f"Calibration of {len(told):,} windows"
        write_picture(str(path), lambda look: draw_calibration(look, told[0].levels, quantiles, actual, title), dark)

    def _held_out(self, data: Any, windows: int, step: int | None) -> tuple[Panel, list[Forecasts]]:
        """The data, and forecasts of its last ``windows`` by a model that has not seen them."""
        panel, form = self._read(data)
        last = origins(panel, self.horizon, windows, step)
        return panel, self._before(panel, form, last[0], None)._roll(panel, last)


def _only(told: Forecasts, rows: NDArray[np.int64]) -> Forecasts:
    """The forecasts of some series."""
    ids = [told.ids[row] for row in rows]
    return Forecasts(ids, told.frequency, told.last[rows], told.point[rows], told.levels, told.quantiles[rows])


def ends_of(level: float) -> tuple[float, float]:
    """An interval in percent → the levels of its ends; InputError unless it is between 0 and 100."""
    if not 0 < level < 100:
        raise InputError(f"level is {level:g}; expected percent between 0 and 100, as in 80", "level")
    return round(0.5 - level / 200, 10), round(0.5 + level / 200, 10)
