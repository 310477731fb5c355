"""What a forecaster learns beside its weights, and how it stands in a model folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import map_state
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.conformal import Conformal
from unrolled.inference.correction import Correction
from unrolled.inference.panel_network import Memory
from unrolled.inference.panel_state import PanelState, Reading
from unrolled.inference.recent_values import RecentValues
from unrolled.inputs.covariates import Covariates
from unrolled.inputs.outline import Outline
from unrolled.smoothing.bank import Bank
from unrolled.smoothing.state import State
from unrolled.sources.panel import PanelFormat
from unrolled.storage.model_folder import ModelFolder
from unrolled.storage.strict_json import parse_json
from unrolled.tasks.panel_shapes import check_outline, check_shapes

__all__ = ["PANEL", "LearntPanel", "Waiting", "restored", "saved"]

PANEL = "panel.json"
_MISSING = "_missing"
Floats = NDArray[np.float64]
Tensors = dict[str, Mapping[str, NDArray[Any]]]


class Waiting(NamedTuple):
    """What the network's memory has yet to read of some series at a period, or of one as plain numbers.

    ``future`` and ``past``: their covariates as they came, None where there are none.
    """

    rows: Any
    periods: Any
    reading: Reading
    future: Floats | None
    past: Floats | None


@dataclass(frozen=True)
class LearntPanel:
    """All that a fit learns beside the weights; rows are those of its N series.

    ``last`` (N,): the period of the last value. ``nonnegative`` (N,): no value was below 0. ``templates`` (., H): the
    errors of past windows, in scales, by whose order joint paths are drawn. ``future`` (N, K, F): covariates known
    beyond the last value, of the horizon at least, NaN where unknown; ``static`` (N, S), both as they came. ``recent``:
    the last values as they came, for pictures. ``cold`` (N,): which began with few values, see
    `unrolled.tasks.cold_start`. ``measured``: errors of the validation windows, for people. ``waiting``: what the
    network's memory has yet to read before a forecast. ``panel``: all that was read, until the fit is over.
    """

    format: PanelFormat
    ids: Sequence[str]
    outline: Outline
    likelihood: str
    covariates: Covariates
    bank: Bank
    last: NDArray[np.int64]
    nonnegative: NDArray[np.bool_]
    state: PanelState | None
    correction: Correction | None
    templates: Floats
    future: Floats
    static: Floats
    recent: RecentValues
    cold: NDArray[np.bool_]
    panel: Panel | None = None
    remark: str = ""
    mixed_loss: float | None = None
    measured: Mapping[str, float] | None = None
    waiting: list[Waiting] = field(default_factory=list)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {id: row for row, id in enumerate(self.ids)}

    def rows(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """The row of each series, -1 for one that was not learnt from."""
        return np.array([self._places.get(id, -1) for id in ids], np.int64)


def saved(learnt: LearntPanel) -> tuple[Tensors, dict[str, str]]:
    """Tensors by file and texts by file name."""
    assert learnt.state is not None
    assert learnt.correction is not None
    assert not learnt.waiting
    state, correction = learnt.state, learnt.correction
    bank = {each.name: _plain(getattr(learnt.bank, each.name)) for each in fields(learnt.bank)}
    series = {
        "last": learnt.last,
        "nonnegative": _plain(learnt.nonnegative),
        "cold": _plain(learnt.cold),
        "future": learnt.future,
        "static": learnt.static,
        "ring": state.ring,
        "running": state.running,
        "output": state.memory.output,
    }
    series |= {f"smoothing_{name}": getattr(state.bank, name) for name in State._fields}
    series |= {f"hidden_{i}": leaf for i, leaf in enumerate(_leaves(state.memory.hidden))}
    beside = {"spread": correction.spread, "factors": correction.conformal.factors, "templates": learnt.templates}
    beside |= {f"covariates_{name}": getattr(learnt.covariates, name) for name in ("past", "future", "static")}
    panel = {
        "format": learnt.format.to_dict(),
        "ids": list(learnt.ids),
        "outline": {
            **{f.name: getattr(learnt.outline, f.name) for f in fields(Outline)},
            "seasons": list(learnt.outline.seasons),
        },
        "likelihood": learnt.likelihood,
        "levels": list(correction.levels),
        "share": correction.share,
        "measured": dict(learnt.measured or {}),
    }
    series |= {"recent": learnt.recent.y, "recent_cut": _plain(learnt.recent.cut)}
    return {"bank": bank, "series": _with_marks(series), "correction": beside}, {
        PANEL: json.dumps(panel, ensure_ascii=False, indent=1)
    }


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    """Files of tensors hold no booleans."""
    return array.astype(np.uint8) if array.dtype == bool else array


def _with_marks(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Files of tensors hold no NaN: it is 0 there, and marked beside it."""
    marks = {f"{name}{_MISSING}": np.isnan(values) for name, values in tensors.items() if np.isnan(values).any()}
    finite = {name: np.where(np.isnan(values), 0, values) for name, values in tensors.items()}
    return {**finite, **{name: _plain(mark) for name, mark in marks.items()}}


def _without_marks(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The inverse of `_with_marks`."""
    marked = dict(tensors)
    for name in tensors:
        if name.endswith(_MISSING):
            of = name.removesuffix(_MISSING)
            marked[of] = np.where(marked.pop(name) != 0, np.nan, tensors[of])
    return marked


def _leaves(state: Any) -> list[NDArray[Any]]:
    leaves: list[NDArray[Any]] = []
    map_state(leaves.append, state)
    return leaves


def restored(folder: ModelFolder, network: Any) -> LearntPanel:
    """The inverse of `saved`; ``network(learnt)`` makes the network without weights, whose memory has the shapes."""
    where = f"{folder.folder}/{PANEL}"
    panel = parse_json(folder.text(PANEL).encode(), where)
    try:
        outline = Outline(**{**panel["outline"], "seasons": tuple(panel["outline"]["seasons"])})
        form = PanelFormat.from_dict(panel["format"])
        check_outline(outline, form)
        bank_arrays = dict(folder.tensors("bank"))
        series, beside = _without_marks(folder.tensors("series")), folder.tensors("correction")
        bank_arrays["log"] = bank_arrays["log"].astype(bool)
        bank = Bank(**{each.name: bank_arrays[each.name] for each in fields(Bank)})
        levels = tuple(panel["levels"])
        correction = Correction(levels, panel["share"], beside["spread"], Conformal(levels, beside["factors"]))
        covariates = Covariates(*(beside[f"covariates_{name}"] for name in ("past", "future", "static")))
        learnt = LearntPanel(
            form,
            panel["ids"],
            outline,
            panel["likelihood"],
            covariates,
            bank,
            series["last"],
            series["nonnegative"].astype(bool),
            None,
            correction,
            beside["templates"],
            series["future"],
            series["static"],
            RecentValues(series["recent"], series["recent_cut"].astype(bool)),
            series["cold"].astype(bool),
            measured=panel["measured"],
        )
        zero = network(learnt).start(len(learnt.ids))
        leaves = iter([series[f"hidden_{i}"] for i in range(len(_leaves(zero.hidden)))])
        hidden = map_state(lambda leaf: _like(next(leaves), leaf), zero.hidden)
        memory = Memory(hidden, _like(series["output"], zero.output))
        smoothing = State(*(series[f"smoothing_{name}"] for name in State._fields))
        state = PanelState(smoothing, series["ring"], series["running"], memory)
        check_shapes(learnt, state)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InputError(
            f"{where}: {error!r:.200} is missing or wrong; expected a forecast model as it was saved"
        ) from error
    return replace(learnt, state=state)


def _like(array: NDArray[Any], zero: NDArray[Any]) -> NDArray[Any]:
    if array.shape != zero.shape or array.dtype != zero.dtype:
        raise ValueError(f"{array.dtype} of shape {array.shape}; expected {zero.dtype} of shape {zero.shape}")
    return array
