"""What the arrays of a forecaster's folder must be like, so that a damaged one is refused when it is read."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unrolled.inference.panel_state import PanelState
from unrolled.inputs.outline import Outline
from unrolled.models.likelihoods import LEVELS, LIKELIHOODS
from unrolled.sources.panel import PanelFormat

if TYPE_CHECKING:
    from unrolled.tasks.panel_learnt import LearntPanel

__all__ = ["check_outline", "check_shapes"]

MOST = 2**20  # periods or columns that an outline may speak of: its arrays are made before they are compared
Shapes = dict[str, tuple[NDArray[Any], tuple[int, ...]]]


def check_outline(outline: Outline, form: PanelFormat) -> None:
    """ValueError for sizes that a fit does not give, or that do not belong to the format."""
    sizes = (*outline.seasons, outline.window, outline.horizon)
    if not sizes[:-2] or not all(type(size) is int and 1 <= size <= MOST for size in sizes):
        raise ValueError(f"{outline}: expected whole numbers between 1 and {MOST:,}")
    columns = (outline.calendar, outline.past, outline.future, outline.static)
    expected = (len(form.frequency.calendar_names), *(len(form.names(kind)) for kind in ("past", "future", "static")))
    if columns != expected:
        raise ValueError(f"{columns} columns of calendar and covariates; expected {expected}")


def check_shapes(learnt: "LearntPanel", state: PanelState) -> None:
    """ValueError for arrays that do not belong together."""
    if not all(isinstance(id, str) for id in learnt.ids) or len(set(learnt.ids)) < len(learnt.ids):
        raise ValueError("ids; expected texts, each once")
    assert learnt.correction is not None
    if learnt.likelihood not in LIKELIHOODS or learnt.correction.levels != LEVELS:
        raise ValueError(f"{learnt.likelihood!r}, {learnt.correction.levels}; expected a likelihood and its levels")
    share = learnt.correction.share
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError(f"share {share!r}; expected one between 0 and 1")
    for name, (array, shape) in (_of_bank(learnt, state) | _of_series(learnt, state)).items():
        if array.shape != shape:
            raise ValueError(f"{name} of shape {array.shape}; expected {shape}")
    for array in (learnt.last, state.bank.position, learnt.bank.seasons):
        if array.dtype != np.int64:
            raise ValueError(f"whole numbers of {array.dtype}; expected int64")


def _of_bank(learnt: "LearntPanel", state: PanelState) -> Shapes:
    bank, count = learnt.bank, len(learnt.ids)
    seasons = tuple(length for length in learnt.outline.seasons if length > 1)
    members = (count, bank.alpha.shape[-1])
    if bank.seasons.tolist() != list(seasons):
        raise ValueError(f"seasons {bank.seasons.tolist()}; expected {list(seasons)}")
    of_members = ("alpha", "beta", "phi", "weight", "level", "trend")
    shapes: Shapes = {name: (getattr(bank, name), members) for name in of_members}
    shapes |= {name: (getattr(bank, name), (count,)) for name in ("log", "floor", "spread")}
    shapes["gamma"] = bank.gamma, (*members, len(seasons))
    shapes["season"] = bank.season, (count, sum(seasons))
    shapes["smoothing_level"] = state.bank.level, members
    shapes["smoothing_trend"] = state.bank.trend, members
    shapes["smoothing_season"] = state.bank.season, (*members, sum(seasons))
    return shapes | {"smoothing_position": (state.bank.position, (count,))}


def _of_series(learnt: "LearntPanel", state: PanelState) -> Shapes:
    outline, count, correction = learnt.outline, len(learnt.ids), learnt.correction
    assert correction is not None
    answered = outline.horizon, len(LEVELS)
    kept = max(learnt.future.shape[1] if learnt.future.ndim == 3 else 0, outline.horizon)
    recent = learnt.recent.y.shape[-1] if learnt.recent.y.ndim else 0
    shapes: Shapes = {name: (getattr(learnt, name), (count,)) for name in ("last", "nonnegative", "cold")}
    shapes |= {"ring": (state.ring, (count, outline.ring)), "running": (state.running, (count,))}
    shapes |= {
        "future": (learnt.future, (count, kept, outline.future)),
        "static": (learnt.static, (count, outline.static)),
    }
    shapes |= {"recent": (learnt.recent.y, (count, recent)), "recent_cut": (learnt.recent.cut, (count, recent))}
    shapes |= {"spread of errors": (correction.spread, answered), "factors": (correction.conformal.factors, answered)}
    shapes["templates"] = learnt.templates, (len(learnt.templates), outline.horizon)
    for name in ("past", "future", "static"):
        shapes[f"covariates_{name}"] = getattr(learnt.covariates, name), (2, getattr(outline, name))
    return shapes
