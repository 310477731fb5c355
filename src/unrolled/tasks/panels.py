"""Tasks that learn from a panel of series and say how each of them goes on: what the command line asks of them."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from unrolled.inference.forecasts import Paths
from unrolled.metrics.evaluation import Evaluation
from unrolled.planning import Orders
from unrolled.sources.panel import PanelFormat
from unrolled.tasks.base import L_co, Task

__all__ = ["PanelTask", "Updated"]


class Updated(NamedTuple):
    """How much an update read: ``rows`` of so many ``series``."""

    rows: int
    series: int


class PanelTask(Task[L_co]):
    """A task that forecasts the series of a panel: ``data`` is None for those that it knows, or a table to go on from.

    A table is a frame of pandas or polars, a path, several, or "sample:NAME". Answers are frames of the library that
    the data came in, or else columns by name (`unrolled.inference.forecast_tables.Columns`).
    """

    updated_: Updated
    """What the last `update` read."""

    @property
    @abstractmethod
    def format(self) -> PanelFormat:
        """How its tables are read, and what their columns are called."""

    @abstractmethod
    def predict(
        self, data: Any = None, *, level: Sequence[float] | None = None, quantiles: Sequence[float] | None = None
    ) -> Any:
        """Forecast the next periods of each series: a table with a row for each; ``level`` in percent.

        ``data`` holds the history of known or of new series, covariates that are known ahead, or both.
        """

    @abstractmethod
    def simulate(self, n_paths: int = 1000, data: Any = None, seed: int = 0, ids: Sequence[str] | None = None) -> Paths:
        """Joint sample paths of the next periods of all series, or of ``ids``."""

    @abstractmethod
    def cross_validation(
        self,
        data: Any,
        n_windows: int = 1,
        step_size: int | None = None,
        refit: bool = False,
        level: Sequence[float] | None = None,
    ) -> Any:
        """Forecasts of the last windows of ``data``, each from what was known before it, beside what came."""

    @abstractmethod
    def evaluate(
        self, data: Any, windows: int = 1, step: int | None = None, *, stock: Any = None, show: bool | None = None
    ) -> Evaluation:
        """Measure forecasts of the last ``windows`` of ``data`` beside classical ones.

        With a ``stock`` of articles, how the orders made of the forecasts would have done is measured, too.
        """

    @abstractmethod
    def unseen(self, data: Any, windows: int = 1, step: int | None = None, show: bool | None = None) -> Self:
        """This model where it has seen nothing of the last ``windows`` of ``data``, else one fitted on what was before.

        It may be measured on them several times; `evaluate` does so by itself.
        """

    @abstractmethod
    def update(self, rows: Any) -> Self:
        """Read further rows of the series and move the state on; nothing is fitted. Returns self; see `updated_`."""

    @abstractmethod
    def plan(self, stock: Any, n_paths: int = 1000, seed: int = 0, data: Any = None) -> Orders:
        """How much to order of each article of a ``stock`` now, and why; `Orders.frame` is a table of it.

        ``stock`` is whatever `unrolled.planning.read_stock` reads.
        """

    @abstractmethod
    def plot(
        self, path: str | Path, data: Any = None, *, level: Sequence[float] = (80, 95), dark: bool = False
    ) -> None:
        """Write a picture, .png or .svg, of the series' last values and their forecasts."""

    @abstractmethod
    def plot_residuals(
        self, path: str | Path, data: Any, windows: int = 1, step: int | None = None, *, dark: bool = False
    ) -> None:
        """Write a picture of what the forecasts of the last ``windows`` of ``data`` missed."""

    @abstractmethod
    def plot_calibration(
        self, path: str | Path, data: Any, windows: int = 1, step: int | None = None, *, dark: bool = False
    ) -> None:
        """Write a picture of how often the last ``windows`` of ``data`` fell within the forecasts' intervals."""
