"""The recipe of forecasts: from a panel of series to a network that goes on with each of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Tree
from unrolled.cells import CELLS
from unrolled.data.anchors import Chunks
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.ancestral import answers_at
from unrolled.inference.correction import Correction, mean_size
from unrolled.inference.panel_network import PanelNetwork
from unrolled.inference.recent_values import RecentValues
from unrolled.inputs.covariates import Covariates
from unrolled.inputs.history import History, fitted_bank, read_history
from unrolled.inputs.outline import Outline
from unrolled.layers import Recurrent
from unrolled.layers.dilated import Dilated
from unrolled.log import Log
from unrolled.models.forecaster import DirectForecaster, Ensemble, ForecastSizes
from unrolled.models.likelihoods import LEVELS, LIKELIHOODS
from unrolled.sources.panel import PanelFormat, PanelLayout, read_panel
from unrolled.sources.panel_ahead import future_beyond
from unrolled.sources.panel_checks import check_history
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.fitted import Fitted
from unrolled.tasks.forecast_sizes import (
    dilated_by,
    drawn_series,
    held_out,
    likelihood_for,
    nonnegative,
    outline_of,
    validation_anchors,
)
from unrolled.tasks.panel_learnt import LearntPanel, restored, saved
from unrolled.tasks.recipe import Prepared, Source, Tensors
from unrolled.tasks.standing import read_to_the_end

if TYPE_CHECKING:
    from unrolled.training import Problem
    from unrolled.training.forecasting import Forecasting as TrainingProblem

__all__ = ["ForecastSettings", "Forecasting", "KnownPanel"]

SECTIONS = (0.4, 0.7)  # shares of the history from which on it is learnt from, after the smoothing was fitted anew,
LONG, SECTIONS_OF_LONG = 10, (0.2, 0.6)  # and those of a series of so many seasons
RECENT = 2000  # values of a series that are kept for pictures, at most
LONGEST = 128  # periods of a piece that is learnt from
VALIDATED_WINDOWS, VALIDATED_PATHS = 256, 100  # of a model that forecasts by sampled paths
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

    def prepare(self, source: Source, log: Log) -> Prepared[LearntPanel]:
        """See `Recipe`."""
        return self._prepared(source, log, None)

    def _prepared(self, source: Source, log: Log, tuned: LearntPanel | None) -> Prepared[LearntPanel]:
        """``tuned``: what the model learnt whose weights are to go on; the data is then read and measured as its."""
        if source.valid is not None:
            raise InputError("valid: the last windows of the data are held out; leave it out", "valid")
        data = source.data if tuned is None else KnownPanel(tuned.format.read(source.data), tuned.format)
        panel, form = self.read(data, source.encoding)
        horizon = self.settings.horizon
        check_history(panel, horizon)
        outline = outline_of(panel, horizon, self.settings.season, self.settings.context)
        drawn = drawn_series(panel, source.training.seed)
        ends = drawn.offsets[1:] - held_out(drawn, horizon, outline.seasons[0]).span
        log.stage("smoothing")
        bank = fitted_bank(drawn.beginning(ends - drawn.offsets[:-1]), outline)
        covariates = Covariates.of(panel) if tuned is None else tuned.covariates
        history, _, _ = read_history(drawn, bank, outline, covariates)
        learnt = LearntPanel(
            format=form,
            ids=panel.ids,
            outline=outline,
            likelihood=likelihood_for(panel, (tuned or self.settings).likelihood, self._ancestral),
            covariates=covariates,
            bank=bank,
            last=panel.last,
            nonnegative=nonnegative(panel),
            state=None,
            correction=None,
            templates=np.zeros((0, horizon)),
            future=future_beyond(panel, horizon),
            static=panel.static,
            cold=np.zeros(len(panel), np.bool_),
            panel=panel,
            recent=RecentValues.of(panel, min(max(3 * horizon, 2 * max(outline.seasons), 48), RECENT)),
        )
        return self._problem(learnt, self._sections(drawn, ends, outline, covariates), history, source)

    def _sections(
        self, panel: Panel, ends: NDArray[np.int64], outline: Outline, covariates: Covariates
    ) -> list[tuple[History, Chunks]]:
        """Histories to learn from. In each the smoothing was fitted on what came before its anchors, as it will have
        been when the model is asked: fitted on all, it would look better than it is."""
        sections, begins = [], panel.offsets[:-1]
        long = ends - begins >= LONG * max(*outline.seasons, 20)
        shares = [np.where(long, *pair) for pair in zip((*SECTIONS_OF_LONG, 1.0), (*SECTIONS, 1.0), strict=True)]
        cuts = [begins + np.ceil(share * (ends - begins)).astype(np.int64) for share in shares]
        for begin, end in pairwise(cuts):
            bank = fitted_bank(panel.beginning(begin - panel.offsets[:-1]), outline)
            history, _, _ = read_history(panel, bank, self._answered(outline), covariates)
            sections.append((history, Chunks(panel.offsets, begin, end, LONGEST)))
        return sections

    def read(self, data: object, encoding: str = "utf-8") -> tuple[Panel, PanelFormat]:
        """Raw data as a panel, and the format in which further data is read."""
        if self.settings.horizon < 1:
            raise InputError("horizon is not given; expected how many periods ahead to forecast", "horizon")
        if isinstance(data, KnownPanel):
            return data
        return read_panel(data, replace(self.settings.layout(), encoding=encoding))

    def _problem(
        self, learnt: LearntPanel, sections: Sequence[tuple[History, Chunks]], history: History, source: Source
    ) -> Prepared[LearntPanel]:
        from unrolled.training.forecasting import Forecasting as TrainingProblem

        model, outline = self.model(learnt), self._answered(learnt.outline)
        batch_and_seed = (source.batch, source.training.seed)
        problem = TrainingProblem(
            model,
            LIKELIHOODS[learnt.likelihood],
            sections,
            replace(history, outline=outline),
            self._measured(history, outline.horizon),
            self._smoothed,
            nonnegative(history.panel),
            batch_and_seed,
        )
        assert learnt.panel is not None
        digest = hashlib.sha256(learnt.panel.y.tobytes() + learnt.panel.offsets.tobytes()).hexdigest()
        items = int(np.isfinite(learnt.panel.y).sum())
        return Prepared(problem, learnt, {"train": digest, "valid": digest}, items, problem.baseline())

    @staticmethod
    def _measured(history: History, horizon: int) -> NDArray[np.int64]:
        """The anchors to validate on: the windows' own, or of shorter horizons one somewhere in each window."""
        anchors = validation_anchors(history.panel, history.outline)
        inside = np.arange(len(anchors)) % (1 + history.outline.horizon - horizon)
        last = history.panel.offsets[1:] - 2
        measured: NDArray[np.int64] = np.minimum(anchors + inside, np.maximum(last[history.rows(anchors)], anchors))
        return measured

    def prepare_tuning(self, source: Source, learnt: LearntPanel, weights: Tree, log: Log) -> Prepared[LearntPanel]:
        """See `Recipe`."""
        prepared = self._prepared(source, log, learnt)
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

    @property
    def _ancestral(self) -> bool:
        return self.settings.model == "autoregressive"

    def _answered(self, outline: Outline) -> Outline:
        """The sizes of what the network answers at once: the horizon, or the next period alone."""
        return replace(outline, horizon=1) if self._ancestral else outline

    def model(self, learnt: LearntPanel) -> Ensemble:
        """See `Recipe`."""
        how, outline = self.settings, self._answered(learnt.outline)
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
        outline = self._answered(learnt.outline)
        return PanelNetwork(self.model(learnt), weights, likelihood, outline, self._smoothed, self._ancestral)

    def finish(self, problem: "Problem", learnt: LearntPanel, weights: Tree) -> LearntPanel:
        """Choose on the validation windows how the answers are corrected; then smooth and read all there is."""
        training = cast("TrainingProblem", problem)
        history = replace(training.history, outline=learnt.outline)
        anchors = self._windows(history)
        network = self.network(learnt, weights)
        moments = history.moments(anchors)
        positive = training.nonnegative[history.rows(anchors)]
        answers = answers_at(network, history, learnt.covariates, anchors, moments, positive, VALIDATED_PATHS)
        quantiles = answers.quantiles
        y, cut = history.outcomes(anchors)
        y = np.where(cut, np.nan, y)
        correction = Correction.fit(LEVELS, quantiles, moments, y, positive)
        told = correction.quantiles(quantiles, moments, positive)
        middle = told[..., LEVELS.index(0.5)]
        errors = (y - middle) / moments.spread
        templates = errors[np.isfinite(errors).all(1)][-TEMPLATES:]
        panel = learnt.panel
        assert panel is not None
        bank = fitted_bank(panel, learnt.outline)
        fitted = replace(
            learnt,
            panel=None,
            bank=bank,
            correction=correction,
            templates=templates,
            measured={"error": mean_size(errors), "smoothing": mean_size((y - moments.base) / moments.spread)},
        )
        return read_to_the_end(fitted, network, panel)

    def _windows(self, history: History) -> NDArray[np.int64]:
        """The anchors of the validation windows, of which paths are sampled from some alone."""
        anchors = validation_anchors(history.panel, history.outline)
        if self._ancestral and len(anchors) > VALIDATED_WINDOWS:
            anchors = anchors[np.linspace(0, len(anchors) - 1, VALIDATED_WINDOWS).astype(np.int64)]
        return anchors

    def summary(self, learnt: LearntPanel, fitted: Fitted) -> str:
        """See `Recipe`."""
        measured, correction = learnt.measured or {}, learnt.correction
        share = "" if correction is None else f", {correction.share:.0%} of the answer from the network"
        return (
            f"mean error {measured.get('error', 0):.3f} seasonal changes on the last windows (the smoothing alone "
            f"{measured.get('smoothing', 0):.3f}){share}; {fitted.steps:,} steps, {fitted.seconds:,.0f} s"
        )

    def saved(self, learnt: LearntPanel) -> tuple[Tensors, dict[str, str]]:
        """See `Recipe`."""
        return saved(learnt)

    def restore(self, folder: ModelFolder) -> LearntPanel:
        """See `Recipe`."""
        return restored(folder, lambda learnt: self.network(learnt, Tree()))
