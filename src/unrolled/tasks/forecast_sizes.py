"""What the data themselves decide about a forecaster: its seasons, its window, and what is held out to validate on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.data.anchors import last_anchors
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inputs.outline import Outline
from unrolled.progress import remark

__all__ = [
    "HeldOut",
    "dilated_by",
    "drawn_series",
    "held_out",
    "least_history",
    "likelihood_for",
    "nonnegative",
    "outline_of",
    "sparse",
    "validation_anchors",
]

ANCHORS, WINDOWS = 300, 3  # to validate on, and windows of each series, where they are long enough,
VALIDATED = 0.2  # of their length at most
MOST_SERIES = 2000  # that a network learns from
SPARSE = 0.4  # share of zeros from which series count as sparse
SHORT_WINDOW = 6  # periods of series without a season


class HeldOut(NamedTuple):
    """``span`` (N,): how many of the last values of each series are for validation; the last ``windows`` horizons that
    end within them, ``step`` periods apart, are forecast."""

    span: NDArray[np.int64]
    windows: int
    step: int


def held_out(panel: Panel, horizon: int, season: int) -> HeldOut:
    """One horizon of each series, more where there are few series and they are long; none of those too short for it."""
    lengths = panel.lengths
    typical, count = _typical(lengths), max(1, int((lengths > horizon).sum()))
    wanted = max(WINDOWS, -(-ANCHORS // count))
    beyond = max(0, int(VALIDATED * typical) - horizon)  # the periods over which the windows may spread
    step = max(1, min(-(-horizon // 2), beyond // max(1, wanted - 1)))
    if step > 1 and step % season == 0 and season > 1:  # else all windows would begin at the same place of the season
        step -= 1
    windows = max(1, min(wanted, 1 + beyond // step))
    span = horizon + (windows - 1) * step
    return HeldOut(np.where(lengths >= span + max(3, min(season, horizon)), span, 0), windows, step)


def least_history(panel: Panel, outline: Outline) -> int:
    """How many values there are up to an anchor at least."""
    return max(2, min(max(outline.seasons), int(np.median(panel.lengths)) // 3))


def validation_anchors(panel: Panel, outline: Outline) -> NDArray[np.int64]:
    """The anchors of the windows held out; where all series are too short for that, of windows learnt from."""
    offsets, horizon = panel.offsets, outline.horizon
    held = held_out(panel, horizon, outline.seasons[0])
    anchors = last_anchors(offsets, horizon, held.windows, held.step, least_history(panel, outline))
    ends = offsets[1:] - held.span
    anchors = anchors[anchors >= ends[np.searchsorted(offsets, anchors, side="right") - 1] - 1]
    return anchors if len(anchors) else np.maximum(offsets[1:] - 1 - horizon, offsets[:-1])[panel.lengths > 1]


def _typical(lengths: NDArray[np.int64]) -> int:
    """The length that three quarters of the series have at least."""
    return int(np.quantile(lengths[lengths > 0], 0.25))


def outline_of(panel: Panel, horizon: int, season: str | None, window: int | None) -> Outline:
    """The sizes for a panel; InputError where it has no history to learn from."""
    lengths = panel.lengths
    if int(lengths.max(initial=0)) < 2:
        raise InputError("no series has two values; expected some history to learn from")
    typical = _typical(lengths)
    seasons = panel.frequency.seasons if season is None else _seasons(season)
    kept = tuple(length for length in seasons if 1 < 2 * length <= typical) or (1,)
    if season is not None and (dropped := sorted({length for length in seasons if length > 1} - set(kept))):
        remark(f"season {', '.join(map(str, dropped))}: left out, as most series have less than two of them")
    cycle = max(kept)
    usual = max(2 * cycle if cycle > 1 else SHORT_WINDOW, 1)
    calendar = len(panel.frequency.calendar_names)
    covariates = panel.past.shape[1], panel.future.shape[1], panel.static.shape[1]
    return Outline(kept, window or max(1, min(usual, typical // 2)), horizon, calendar, *covariates)


def dilated_by(seasons: tuple[int, ...], layers: int) -> tuple[int, ...]:
    """1 for the first layer, then part of a season and whole seasons, shortest first (Smyl 2020)."""
    season = seasons[0]
    steps = [1, *([max(2, season // 4), season] if season > 3 else [2, 4])]
    return tuple(steps[min(layer, len(steps) - 1)] for layer in range(layers))


def _seasons(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() and int(part) > 0 for part in parts):
        raise InputError(f"season is {text!r:.80}; expected periods, as in 12 or 24,168", "season")
    return tuple(sorted({int(part) for part in parts}))


def nonnegative(panel: Panel) -> NDArray[np.bool_]:
    """Which series have no value below 0 (N,); one without values is like all others."""
    below = np.concatenate([[0], np.cumsum(panel.y < 0)])
    counts = np.diff(below[panel.offsets])
    return np.where(panel.lengths > 0, counts == 0, not counts.any())


def sparse(panel: Panel) -> bool:
    """Whether the values are counts of which many are zero."""
    known = panel.y[np.isfinite(panel.y)]
    if not len(known) or (known < 0).any() or (known != np.round(known)).any():
        return False
    return float((known == 0).mean()) >= SPARSE


def likelihood_for(panel: Panel, asked: str | None, ancestral: bool) -> str:
    """The likelihood that was asked for, or what suits the data: a density where paths are sampled."""
    if asked is None:
        return "negative-binomial" if sparse(panel) else "student-t" if ancestral else "quantiles"
    if asked == "negative-binomial":
        _check_counts(panel)
    return asked


def _check_counts(panel: Panel) -> None:
    """Raise InputError, naming series and stamp, for a value below 0."""
    below = np.flatnonzero(panel.y < 0)
    if len(below):
        row = int(np.searchsorted(panel.offsets, below[0], side="right")) - 1
        period = panel.first[row] + below[0] - panel.offsets[row]
        where = f"{panel.ids[row]}, {panel.frequency.stamps(np.array([period]))[0]}: y is {panel.y[below[0]]:g}"
        raise InputError(f"{where}; expected counts for a likelihood of negative-binomial", "likelihood")


def drawn_series(panel: Panel, seed: int) -> Panel:
    """The series that a network learns from: all, or so many by chance as it can learn from in the time there is."""
    if len(panel) <= MOST_SERIES:
        return panel
    remark(f"the network learns from {MOST_SERIES:,} of the {len(panel):,} series, drawn by chance")
    rows = np.sort(np.random.default_rng(seed).permutation(len(panel))[:MOST_SERIES])
    return panel.rows(rows)
