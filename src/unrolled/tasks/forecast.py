"""Forecast every series of a table, and say how much to build."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from unrolled.cells import CELLS
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.forecast_tables import forecast_table
from unrolled.inference.forecasts import Forecasts, Paths
from unrolled.models.likelihoods import LIKELIHOODS
from unrolled.planning import Orders, plan, read_stock
from unrolled.settings import documented, option
from unrolled.sources.panel import PanelFormat, PanelLayout
from unrolled.tasks.ahead import forecast_from, paths_from
from unrolled.tasks.backtest import Backtested, ends_of
from unrolled.tasks.forecasting import Forecasting
from unrolled.tasks.panel_learnt import LearntPanel
from unrolled.tasks.panels import Updated
from unrolled.tasks.rolled import at_levels
from unrolled.tasks.standing import Standing, read_anew, stand
from unrolled.tasks.updating import SeriesStream, settle, updated

__all__ = ["Forecaster"]

SHOWN = (0.025, 0.1, 0.5, 0.9, 0.975)


@documented
@dataclass(eq=False, repr=False)
class Forecaster(Backtested):
    """Learns from all series of a table together, and forecasts the next ``horizon`` periods of each.

    >>> from unrolled import Forecaster
    >>> model = Forecaster(horizon=28, frequency="D")
    >>> model
    <Forecaster(horizon=28, frequency='D'), not fitted>

    ``model.fit(sales)`` learns from a frame of pandas or polars, or a file; ``model.predict(level=[80, 95])`` is a
    frame of the same kind, ``model.simulate(1000)`` draws joint sample paths, ``model.plan(stock)`` says what to order.
    """

    horizon: int = option(0, "how many periods ahead to forecast", 1, 100_000, required=True)
    frequency: str | None = option(
        None, "h, D, W, MS, ... as pandas writes it; found in the data where not given", metavar="NAME"
    )
    columns: str = option("unique_id,ds,y", "the columns of the identifier, the time and the value", metavar="NAMES")
    static: str | None = option(None, "columns that are constant within a series", metavar="NAMES")
    past: str | None = option(None, "columns that are known of the past alone", metavar="NAMES")
    future: str | None = option(None, "columns that are known ahead, such as promotions", metavar="NAMES")
    holidays: str | None = option(None, "take in the public holidays of a country, DE or US-CA", metavar="COUNTRY")
    available: str | None = option(
        None, "the column of what could be sold: sales that were cut by it count as such", metavar="COLUMN"
    )
    fill: str = option("missing", "what a period without a row is", choices=("missing", "zero"))
    season: str | None = option(
        None, "periods of the seasons, as in 24,168; from the frequency where not given", metavar="PERIODS"
    )
    model: str = option(
        "hybrid",
        "hybrid: exponential smoothing and a dilated recurrent stack; direct: a recurrent encoder alone; "
        "autoregressive: one period at a time, by sampled paths; dense: a network over a window",
        choices=("hybrid", "direct", "autoregressive", "dense"),
    )
    likelihood: str | None = option(
        None, "what the head answers with; quantiles, or negative-binomial for sparse counts, where not given",
        choices=tuple(LIKELIHOODS),
    )  # fmt: skip
    cell: str = option("lstm", "the recurrence", choices=tuple(CELLS))
    width: int = option(64, "hidden units of a layer", 1, 65_536)
    layers: int = option(2, "recurrent layers", 1, 64)
    members: int = option(3, "networks that start from different weights and answer together", 1, 100)
    dropout: float = option(0.1, "share of features dropped while training", 0.0, 1.0)
    context: int | None = option(None, "last values that the head sees; two seasons where not given", 1, 100_000)
    name: ClassVar[str] = "forecast"
    card: ClassVar[str] = "forecast"
    reads: ClassVar[str] = (
        "A table with a row for each period of each series, or a column for each series; sample:shop."
    )
    examples: ClassVar[tuple[str, ...]] = (
        "sales.csv --horizon 28 -o demand",
        "sales.csv --horizon 28 --frequency D -o demand",
        "sample:shop --horizon 28 -o shop",
    )
    adjustable: ClassVar[tuple[str, ...]] = ("dropout",)
    takes_valid: ClassVar[bool] = False

    def recipe(self) -> Forecasting:
        """See `Task`."""
        return Forecasting(self)

    def layout(self) -> PanelLayout:
        """How its table is read."""
        static, past, future = (_names(text) for text in (self.static, self.past, self.future))
        return PanelLayout(
            self.columns, self.frequency, static, past, future, self.holidays, self.available, self.fill, self.horizon
        )

    def fit(self, data: Any, /, **how: Any) -> Self:
        """See `Task.fit`; a frame that is given makes `predict` answer with one of the same library."""
        super().fit(data, **how)
        self._like = data
        return self

    # Answering --------------------------------------------------------------------------------------------------------

    def predict(
        self, data: Any = None, *, level: Sequence[float] | None = None, quantiles: Sequence[float] | None = None
    ) -> Any:
        """The next periods as a table: unique_id, ds, Forecaster, and the ends of the intervals, or quantiles.

        ``data``: the history of these or of other series, with rows without a value for covariates that are known
        ahead; None goes on with the series that were learnt from. ``level``: intervals in percent, ``quantiles``
        between 0 and 1. A frame of the library that was given; else the columns by name.
        """
        levels = {0.5} | {_share(one) for one in quantiles or ()}
        for one in level or ():
            levels |= set(ends_of(one))
        told = self.forecasts(data, sorted(levels))
        like = getattr(self, "_like", None) if data is None else data
        return forecast_table(told, self.learnt_.format, level or (), quantiles or (), like)

    def forecasts(
        self, data: Any = None, levels: Sequence[float] = SHOWN, ids: Sequence[str] | None = None
    ) -> Forecasts:
        """What `predict` tells, as arrays: quantiles at these levels, rising, of all series or of ``ids``."""
        standing = self._standing(data, ids)
        return at_levels(self._told(standing), sorted(levels), standing.nonnegative)

    def simulate(self, n_paths: int = 1000, data: Any = None, seed: int = 0, ids: Sequence[str] | None = None) -> Paths:
        """Joint sample paths of the next periods, of all series or of ``ids``: each is one way in which they may go."""
        standing = self._standing(data, ids)
        return paths_from(standing, self.learnt_, self._network(), n_paths, seed)

    def plan(self, stock: Any, n_paths: int = 1000, seed: int = 0, data: Any = None) -> Orders:
        """How much of each article to order now; see docs/planning.md for the columns of ``stock``."""
        articles = read_stock(stock, self.learnt_.ids if data is None else None)
        return plan(self.simulate(n_paths, data, seed, [article.unique_id for article in articles.articles]), articles)

    def update(self, rows: Any) -> Self:
        """Read further values of its series: its state moves on, nothing is fitted anew. Returns self.

        ``rows``: a frame, a file, one row as a dictionary, or several, in any order; those without a value bring what
        is known ahead. InputError, and nothing is read, for a row that is not after its series' last value.
        """
        self._check_fitted()
        panel = self.learnt_.format.read(rows, further=True)
        updated(self.learnt_, self._network(), panel, self._streams)
        self.updated_ = Updated(len(panel.y), int((panel.lengths > 0).sum()))
        return self

    def stream(self, unique_id: str) -> SeriesStream:
        """One of its series, whose values `SeriesStream.feed` takes as numbers: the quickest update."""
        self._check_fitted()
        row = self.learnt_.rows([unique_id]).item()
        if row < 0:
            raise InputError(f"unique_id {unique_id!r} is no series of this model; expected one that it learnt from")
        streams = self._streams
        if row not in streams:
            streams[row] = SeriesStream(self.learnt_, self._network(), row)
        return streams[row]

    @property
    def _streams(self) -> dict[int, SeriesStream]:
        """Those of what is learnt now, by row."""
        learnt, streams = getattr(self, "_known_streams", (None, {}))
        if learnt is not self.learnt_:
            self._known_streams: tuple[LearntPanel, dict[int, SeriesStream]] = (self.learnt_, {})
            streams = self._known_streams[1]
        return streams

    def save(self, folder: str | Path, overwrite: bool = False) -> None:
        """See `Task.save`."""
        self._check_fitted()
        settle(self.learnt_, self._network())
        super().save(folder, overwrite)

    @property
    def format(self) -> PanelFormat:
        """How its tables are read, and what their columns are called."""
        self._check_fitted()
        return self.learnt_.format

    @property
    def ids(self) -> Sequence[str]:
        """The series that it has learnt from."""
        self._check_fitted()
        return self.learnt_.ids

    def recent(self, ids: Sequence[str] | None = None) -> Panel:
        """The last values of its series, or of those of ``ids``, as many as are kept."""
        return self._standing(None, ids).history(self.learnt_)

    def metadata(self) -> dict[str, Any]:
        """What a client should know of the model: that it ``reads`` a table, with which columns, and its horizon."""
        form = self.format
        beside = [covariate.name for covariate in (*form.past, *form.future)]
        about = {"reads": "table", "horizon": self.horizon, "frequency": form.frequency.name, "columns": form.columns}
        about |= {"covariates": beside}
        return super().metadata() | about | ({} if self.model == "dense" else {"cell": self.cell})

    # Shared -----------------------------------------------------------------------------------------------------------

    def _standing(self, data: Any, ids: Sequence[str] | None = None) -> Standing:
        """Where all series stand, or those of ``ids``."""
        self._check_fitted()
        settle(self.learnt_, self._network())
        if data is None:
            standing = stand(self.learnt_)
            return standing if ids is None else standing.only(ids)
        panel = self._panel(data)
        return read_anew(self.learnt_, self._network(), panel if ids is None else panel.only(ids))

    def _told(self, standing: Standing) -> Forecasts:
        """Forecasts at `LEVELS`."""
        return forecast_from(standing, self.learnt_, self._network())

    def plot(
        self, path: str | Path, data: Any = None, *, level: Sequence[float] = (80, 95), dark: bool = False
    ) -> None:
        """Write a picture, .png or .svg, of the series' last values and their forecasts."""
        from unrolled.inspection.figures import check_picture, write_picture
        from unrolled.inspection.forecast_picture import draw_forecasts

        check_picture(str(path))
        standing = self._standing(data)
        levels = sorted({0.5}.union(*(ends_of(one) for one in level)))
        told = at_levels(self._told(standing), levels, standing.nonnegative)
        history = standing.history(self.learnt_)
        title = f"{self.horizon} periods ahead"
        write_picture(str(path), lambda look: draw_forecasts(look, history, told, title), dark)

    def describe(self) -> str:
        """One line on what the model is."""
        learnt = self.learnt_
        every = learnt.format.frequency.name
        body = "a dense network over a window" if self.model == "dense" else f"{self.layers} × {self.width} {self.cell}"
        return (
            f"{self.model}: {len(learnt.ids):,} series, {self.horizon} periods of {every} ahead; "
            f"{body}, {self.members} members, answers with {learnt.likelihood}"
        )

    @property
    def baseline_name(self) -> str:
        """See `Task`."""
        return "the exponential smoothing"

    @property
    def example(self) -> str:
        """See `Task`."""
        return "--level 80 95"


def _share(quantile: float) -> float:
    if not 0 < quantile < 1:
        raise InputError(f"quantiles: {quantile:g}; expected numbers between 0 and 1, as in .9", "quantiles")
    return float(quantile)


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip()) if text else ()
