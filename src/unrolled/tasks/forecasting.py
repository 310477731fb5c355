"""The recipe of forecasts: from a panel of series to a network that goes on with each of them."""

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Tree
from unrolled.cells import CELLS
from unrolled.data.anchors import Chunks, last_anchors
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.correction import Correction
from unrolled.inference.panel_network import PanelNetwork
from unrolled.inference.panel_state import state_after
from unrolled.inference.recent_values import RecentValues
from unrolled.inputs.covariates import Covariates
from unrolled.inputs.history import History, read_history
from unrolled.layers import Recurrent
from unrolled.layers.dilated import Dilated
from unrolled.log import Log
from unrolled.models.forecaster import DirectForecaster, Ensemble, ForecastSizes
from unrolled.models.likelihoods import LEVELS, LIKELIHOODS
from unrolled.smoothing.fit import fit_bank
from unrolled.sources.panel import PanelFormat, PanelLayout, read_panel
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.fitted import Fitted
from unrolled.tasks.forecast_sizes import held_out, nonnegative, outline_of, sparse
from unrolled.tasks.panel_learnt import LearntPanel, restored, saved
from unrolled.tasks.recipe import Prepared, Source, Tensors

if TYPE_CHECKING:
    from unrolled.training import Problem
    from unrolled.training.forecasting import Forecasting as TrainingProblem

__all__ = ["ForecastSettings", "Forecasting", "KnownPanel", "future_beyond"]

RECENT = 2000  # values of a series that are kept for pictures, at most
LONGEST = 128  # periods of a piece that is learnt from
TEMPLATES = 1000  # windows whose errors are kept for joint paths
SMOOTHED = ("hybrid", "autoregressive", "dense")  # models that answer from the smoothing's forecast


class KnownPanel(NamedTuple):
    """A panel that was read before, and its format: `prepare` takes it in the place of raw data."""

    panel: Panel
    format: PanelFormat


class ForecastSettings(Protocol):
    """What a forecaster's settings say."""

    horizon: int
    season: str | None
    model: str
    likelihood: str | None
    cell: str
    width: int
    layers: int
    members: int
    dropout: float
    context: int | None

    def layout(self) -> PanelLayout:
        """How its table is read."""


@dataclass(frozen=True)
class Forecasting:
    """A task that forecasts each series of a panel; see `unrolled.tasks.recipe.Recipe`."""

    settings: ForecastSettings

    @property
    def unit(self) -> str:
        """Values that are forecast."""
        return "values"

    # Learning ---------------------------------------------------------------------------------------------------------

    def prepare(self, source: Source, log: Log) -> Prepared[LearntPanel]:
        """See `Recipe`."""
        panel, form = self.read(source.data)
        horizon = self.settings.horizon
        outline = outline_of(panel, horizon, self.settings.season, self.settings.context)
        held = held_out(panel, horizon, outline.seasons[0])
        ends = panel.offsets[1:] - held.span
        log.stage("smoothing")
        bank = fit_bank(*_before(panel, ends), outline.seasons, horizon)
        covariates = Covariates.of(panel)
        history, _, _ = read_history(panel, bank, outline, covariates)
        learnt = LearntPanel(
            format=form,
            ids=panel.ids,
            outline=outline,
            likelihood=self.settings.likelihood or ("negative-binomial" if sparse(panel) else "quantiles"),
            covariates=covariates,
            bank=bank,
            last=panel.last,
            nonnegative=nonnegative(panel),
            state=None,
            correction=None,
            templates=np.zeros((0, horizon)),
            future=future_beyond(panel, horizon),
            static=panel.static,
            recent=RecentValues.of(panel, min(max(3 * horizon, 2 * max(outline.seasons), 48), RECENT)),
        )
        least = max(2, min(max(outline.seasons), int(np.median(panel.lengths)) // 3))
        chunks = Chunks(panel.offsets, ends, LONGEST, least)
        anchors = last_anchors(panel.offsets, horizon, held.windows, held.step, least)
        anchors = anchors[anchors >= ends[history.rows(anchors)] - 1]
        return self._problem(learnt, history, chunks, anchors, source)

    def read(self, data: object) -> tuple[Panel, PanelFormat]:
        """Raw data as a panel, and the format in which further data is read."""
        if self.settings.horizon < 1:
            raise InputError("horizon is not given; expected how many periods ahead to forecast", "horizon")
        return data if isinstance(data, KnownPanel) else read_panel(data, self.settings.layout())

    def _problem(
        self, learnt: LearntPanel, history: History, chunks: Chunks, anchors: NDArray[np.int64], source: Source
    ) -> Prepared[LearntPanel]:
        from unrolled.training.forecasting import Forecasting as TrainingProblem

        if not len(anchors):  # too short for any to be held out: measured on what is learnt from
            panel = history.panel
            anchors = (np.maximum(panel.offsets[1:] - 1 - self.settings.horizon, panel.offsets[:-1]))[panel.lengths > 1]
        model = self.model(learnt)
        batch_and_seed = (source.training.batch, source.training.seed)
        problem = TrainingProblem(
            model,
            LIKELIHOODS[learnt.likelihood],
            history,
            chunks,
            anchors,
            self._smoothed,
            learnt.nonnegative,
            batch_and_seed,
        )
        digest = hashlib.sha256(history.panel.y.tobytes() + history.panel.offsets.tobytes()).hexdigest()
        items = int(np.isfinite(history.panel.y).sum())
        return Prepared(problem, learnt, {"train": digest, "valid": digest}, items, problem.baseline())

    def prepare_tuning(self, source: Source, learnt: LearntPanel, weights: Tree, log: Log) -> Prepared[LearntPanel]:
        """See `Recipe`."""
        prepared = self.prepare(source, log)
        if prepared.learnt.outline != learnt.outline:
            raise InputError(
                f"this data needs a model of {prepared.learnt.outline}; the one to be tuned has {learnt.outline}"
            )
        problem = cast("TrainingProblem", prepared.problem)
        problem.start_from(weights)
        return prepared

    @property
    def _smoothed(self) -> bool:
        return self.settings.model in SMOOTHED

    def model(self, learnt: LearntPanel) -> Ensemble:
        """See `Recipe`."""
        how, outline = self.settings, learnt.outline
        likelihood = LIKELIHOODS[learnt.likelihood]
        sizes = ForecastSizes(outline.inputs, outline.targets, outline.window, outline.horizon, likelihood.parameters)
        widths = (how.width,) * how.layers
        body: Recurrent | Dilated | None
        if how.model == "dense":
            body = None
        elif how.model == "hybrid" and how.layers > 1:
            dilations = dilated_by(outline.seasons, how.layers)
            body = Dilated(CELLS[how.cell], outline.inputs, widths, dilations, True, how.dropout)
        else:
            body = Recurrent(CELLS[how.cell], outline.inputs, widths, dropout=how.dropout)
        start = tuple(likelihood.start().tolist())
        return Ensemble(DirectForecaster.of(sizes, body, how.width, start, how.dropout), how.members)

    def network(self, learnt: LearntPanel, weights: Tree) -> PanelNetwork:
        """The network on numpy."""
        likelihood = LIKELIHOODS[learnt.likelihood]
        return PanelNetwork(self.model(learnt), weights, likelihood, learnt.outline, self._smoothed)

    def finish(self, problem: "Problem", learnt: LearntPanel, weights: Tree) -> LearntPanel:
        """Choose on the validation windows how the answers are corrected; then smooth and read all there is."""
        training = cast("TrainingProblem", problem)
        history, anchors = training.history, training.valid
        network = self.network(learnt, weights)
        _, output = network.read(history, anchors)
        moments = history.moments(anchors)
        positive = learnt.nonnegative[history.rows(anchors)]
        quantiles = network.quantiles(output, moments, LEVELS, positive)
        y, cut = history.outcomes(anchors)
        y = np.where(cut, np.nan, y)
        correction = Correction.fit(LEVELS, quantiles, moments, y, positive)
        told = correction.quantiles(quantiles, moments, positive)
        middle = told[..., LEVELS.index(0.5)]
        errors = (y - middle) / moments.scale[:, None]
        templates = errors[np.isfinite(errors).all(1)][-TEMPLATES:]
        bank = fit_bank(
            history.panel.y, history.panel.offsets, history.panel.cut, learnt.outline.seasons, learnt.outline.horizon
        )
        whole, state, running = read_history(history.panel, bank, learnt.outline, learnt.covariates)
        return replace(
            learnt,
            bank=bank,
            state=state_after(network, whole, state, running),
            correction=correction,
            templates=templates,
            measured={
                "error": float(np.nanmean(np.abs(errors))),
                "smoothing": float(np.nanmean(np.abs(y - moments.base) / moments.scale[:, None])),
            },
        )

    def summary(self, learnt: LearntPanel, fitted: Fitted) -> str:
        """See `Recipe`."""
        measured, correction = learnt.measured or {}, learnt.correction
        share = "" if correction is None else f", {correction.share:.0%} of the answer from the network"
        return (
            f"mean error {measured.get('error', 0):.3f} seasonal changes on the last windows (the smoothing alone "
            f"{measured.get('smoothing', 0):.3f}){share}; {fitted.steps:,} steps, {fitted.seconds:,.0f} s"
        )

    # Saved and restored -----------------------------------------------------------------------------------------------

    def saved(self, learnt: LearntPanel) -> tuple[Tensors, dict[str, str]]:
        """See `Recipe`."""
        return saved(learnt)

    def restore(self, folder: ModelFolder) -> LearntPanel:
        """See `Recipe`."""
        return restored(folder, lambda learnt: self.network(learnt, Tree()))


def dilated_by(seasons: tuple[int, ...], layers: int) -> tuple[int, ...]:
    """1 for the first layer, then part of a season and whole seasons, shortest first (Smyl 2020)."""
    season = seasons[0]
    steps = [1, *([max(2, season // 4), season] if season > 3 else [2, 4])]
    return tuple(steps[min(layer, len(steps) - 1)] for layer in range(layers))


def _before(panel: Panel, ends: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Values, offsets and cuts of each series up to ``ends`` (N,)."""
    kept = np.arange(len(panel.y)) < np.repeat(ends, panel.lengths)
    offsets = np.concatenate([[0], np.cumsum(ends - panel.offsets[:-1])]).astype(np.int64)
    return panel.y[kept], offsets, panel.cut[kept]


def future_beyond(panel: Panel, horizon: int) -> NDArray[np.float64]:
    """The covariates of the ``horizon`` periods after each series' last value (N, H, F), NaN where unknown."""
    within = panel.lengths[:, None] + np.arange(horizon)
    there = within < np.diff(panel.future_offsets)[:, None]
    places = np.where(there, panel.future_offsets[:-1, None] + within, 0)
    if not len(panel.future):
        return np.full((len(panel), horizon, panel.future.shape[1]), np.nan)
    return np.where(there[..., None], panel.future[places], np.nan)
