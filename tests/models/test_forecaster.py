"""Forecasters: what their sizes depend on, and that they answer with the centre before they are trained."""

import math

import numpy as np
import pytest

from unrolled.arrays import NUMPY, flatten, map_tree
from unrolled.cells import CELLS
from unrolled.layers import Recurrent
from unrolled.models.forecaster import DirectForecaster, ForecastSizes
from unrolled.models.likelihoods import LIKELIHOODS


def forecaster(likelihood="quantiles", window=12, memory=True) -> DirectForecaster:
    law = LIKELIHOODS[likelihood]
    body = Recurrent(CELLS["gru"], 5, (8,)) if memory else None
    return DirectForecaster.of(ForecastSizes(5, 7, window, 3, law.parameters), body, 8, tuple(law.start()), 0.0)


def parameters(model: DirectForecaster) -> int:
    return sum(map(math.prod, flatten(model.shapes()).values()))


def test_the_dense_network_grows_with_the_window() -> None:
    """By a column of its dense layer for each value; of the recurrent one the linear function of the window alone."""
    dense = parameters(forecaster(window=60, memory=False)) - parameters(forecaster(window=10, memory=False))
    recurrent = parameters(forecaster(window=60)) - parameters(forecaster(window=10))
    assert recurrent == 50 * 3
    assert dense == recurrent + 50 * 8


@pytest.mark.parametrize("memory", [True, False])
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_untrained_it_answers_with_the_centre(likelihood, memory) -> None:
    model, rng = forecaster(likelihood, memory=memory), np.random.default_rng(0)
    params = map_tree(lambda leaf: leaf.astype(np.float32), model.initial(rng))
    x, window, targets = (rng.normal(size=shape).astype(np.float32) for shape in ((2, 6, 5), (2, 12), (2, 3, 7)))
    output, _ = model.read(NUMPY, params, x)
    assert output.shape == (2, 6, model.width)
    raw = model.raw(NUMPY, params, output[:, -1], window, targets)
    law, centre = LIKELIHOODS[likelihood], np.full((2, 3), 40.0)
    median = law.quantiles(raw, centre, np.full((2, 3), 2.0), (0.5,), np.ones((2, 3), bool))
    np.testing.assert_allclose(median[..., 0], centre, atol=1)
