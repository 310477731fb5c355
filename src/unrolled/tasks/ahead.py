"""Forecasts and joint paths of series from where they stand."""

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inference.ancestral import Origin, ancestral_answers, ancestral_paths
from unrolled.inference.forecasts import Forecasts, Paths
from unrolled.inference.joint import joint_paths, paths_in_order_of
from unrolled.inference.panel_network import PanelNetwork
from unrolled.inputs.covariates import standard
from unrolled.inputs.history import Moments
from unrolled.models.likelihoods import LEVELS
from unrolled.tasks.panel_learnt import LearntPanel
from unrolled.tasks.rolled import point_of
from unrolled.tasks.standing import Standing

__all__ = ["forecast_from", "joint_from", "paths_from"]

Floats = NDArray[np.float64]


def forecast_from(standing: Standing, learnt: LearntPanel, network: PanelNetwork) -> Forecasts:
    """Forecasts at `LEVELS`."""
    assert learnt.correction is not None
    moments = standing.moments(learnt, network)
    if network.ancestral:
        answers = ancestral_answers(network, _origin(standing, learnt, moments))
    else:
        answers = network.answers(standing.state.memory.output, moments, standing.nonnegative)
    told = learnt.correction.quantiles(answers.quantiles, moments, standing.nonnegative)
    point = point_of(told, answers, moments, learnt.correction)
    return Forecasts(standing.ids, learnt.format.frequency, standing.last, point, LEVELS, told)


def paths_from(standing: Standing, learnt: LearntPanel, network: PanelNetwork, n_paths: int, seed: int) -> Paths:
    """Joint sample paths; where the network forecasts by paths these, with values as the forecasts have them."""
    _check_paths(n_paths)
    told = forecast_from(standing, learnt, network)
    if not network.ancestral:
        return joint_from(told, learnt, standing.nonnegative, n_paths, seed)
    moments, rng = standing.moments(learnt, network), np.random.default_rng(seed)
    drawn = ancestral_paths(network, _origin(standing, learnt, moments), n_paths, seed)
    values = paths_in_order_of(drawn, told.quantiles, LEVELS, rng, standing.nonnegative)
    return Paths(told.ids, told.frequency, told.last, values)


def joint_from(told: Forecasts, learnt: LearntPanel, nonnegative: NDArray[np.bool_], n_paths: int, seed: int) -> Paths:
    """Joint sample paths of forecasts at `LEVELS`, in the order of the errors of past windows."""
    _check_paths(n_paths)
    rng = np.random.default_rng(seed)
    values = joint_paths(told.quantiles, LEVELS, learnt.templates, n_paths, rng, nonnegative)
    return Paths(told.ids, told.frequency, told.last, values)


def _check_paths(n_paths: int) -> None:
    if n_paths < 1:
        raise InputError(f"n_paths is {n_paths}; expected at least 1", "n_paths")


def _origin(standing: Standing, learnt: LearntPanel, moments: Moments) -> Origin:
    static = standard(standing.static, learnt.covariates.static)
    return Origin(standing.bank, standing.state, moments.known, static, standing.nonnegative)
