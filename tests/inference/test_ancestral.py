"""Ancestral sampling: paths of a network that answers one period ahead."""

import numpy as np
import pytest

from unrolled.arrays import map_tree
from unrolled.cells import CELLS
from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel
from unrolled.inference.ancestral import Origin, ancestral_answers, ancestral_paths, answers_at
from unrolled.inference.panel_network import PanelNetwork
from unrolled.inference.panel_state import state_after
from unrolled.inputs.covariates import Covariates
from unrolled.inputs.history import read_history
from unrolled.inputs.outline import Outline
from unrolled.layers import Recurrent
from unrolled.models.forecaster import DirectForecaster, Ensemble, ForecastSizes
from unrolled.models.likelihoods import LIKELIHOODS
from unrolled.smoothing.fit import fit_bank

LENGTHS, HORIZON = (60, 40, 50), 9


def panel(lengths=LENGTHS) -> Panel:
    rng, count = np.random.default_rng(3), len(lengths)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    y = np.concatenate([np.cumsum(rng.normal(size=n)) + 50 for n in lengths])
    none = np.zeros((len(y), 0))
    return Panel(
        [str(i) for i in range(count)], Frequency.named("MS"), np.zeros(count, np.int64), offsets, y,
        np.zeros(len(y), bool), none, np.zeros(count + 1, np.int64), np.zeros((0, 0)), np.zeros((count, 0)),
    )  # fmt: skip


def read(likelihood: str, members: int = 2, data: Panel | None = None):
    """A network that has learnt nothing, and where the series of a panel stand."""
    data = panel() if data is None else data
    whole = Outline((12,), 12, HORIZON, len(data.frequency.calendar_names))
    one = Outline((12,), 12, 1, whole.calendar)
    law, body = LIKELIHOODS[likelihood], Recurrent(CELLS["gru"], one.inputs, (4,))
    sizes = ForecastSizes(one.inputs, one.targets, one.window, 1, law.parameters)
    model = Ensemble(DirectForecaster.of(sizes, body, 4, tuple(law.start().tolist()), 0.0), members)
    weights = map_tree(lambda leaf: np.asarray(leaf, np.float32), model.initial(np.random.default_rng(1)))
    network = PanelNetwork(model, weights, law, one, True, True)
    bank = fit_bank(data.y, data.offsets, data.cut, whole.seasons, HORIZON)
    history, state, running = read_history(data, bank, whole, Covariates.of(data))
    return network, history, state_after(network, history, state, running)


def paths(network, history, state, n_paths, seed=0, horizon=HORIZON):
    ends = history.panel.offsets[1:] - 1
    known, positive = history.moments(ends).known[:, :horizon], np.ones(len(ends), bool)
    return ancestral_paths(network, Origin(history.bank, state, known, history.static, positive), n_paths, seed)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_paths_are_around_the_smoothing_and_spread_as_they_go(likelihood) -> None:
    network, history, state = read(likelihood)
    drawn = paths(network, history, state, 300)
    assert drawn.shape == (3, 300, HORIZON)
    assert np.isfinite(drawn).all()
    assert (drawn >= 0).all()
    centre = history.moments(history.panel.offsets[1:] - 1).base
    scale = drawn.std(1)
    assert (np.abs(np.median(drawn, 1) - centre) < 1.2 * scale + 1).all()
    assert (scale[:, -1] > scale[:, 0]).all()


def test_the_first_step_is_the_likelihoods() -> None:
    network, history, state = read("quantiles", members=1)
    ends = history.panel.offsets[1:] - 1
    positive = np.ones(3, bool)
    whole = history.moments(ends)
    origin = Origin(history.bank, state, whole.known[:, :1], history.static, positive)
    first = ancestral_answers(network, origin, 4000).quantiles
    moments = whole._replace(base=whole.base[:, :1], known=whole.known[:, :1])
    levels = (0.1, 0.5, 0.9)
    exact = network.quantiles(state.memory.output, moments, levels, positive)
    np.testing.assert_allclose(first[..., [2, 6, 10]], exact, atol=0.15 * moments.scale.max())


def test_where_series_stand_is_not_moved() -> None:
    network, history, state = read("student-t")
    before = [leaf.copy() for leaf in (state.ring, state.running, state.bank.level, state.memory.output)]
    first = paths(network, history, state, 20)
    np.testing.assert_array_equal(first, paths(network, history, state, 20))
    assert not np.array_equal(first, paths(network, history, state, 20, seed=1))
    for kept, leaf in zip(before, (state.ring, state.running, state.bank.level, state.memory.output), strict=True):
        np.testing.assert_array_equal(kept, leaf)


def test_an_anchor_knows_nothing_of_what_comes_after() -> None:
    data = panel()
    network, history, _ = read("normal", data=data)
    anchors = data.offsets[:-1] + 30
    positive = np.ones(3, bool)
    told, _ = answers_at(network, history, Covariates.of(data), anchors, history.moments(anchors), positive, 20)
    changed = data.y.copy()
    within = np.arange(len(changed)) - np.repeat(data.offsets[:-1], data.lengths)
    changed[within > 30] += 1000
    other, _, _ = read_history(
        Panel(**{**vars(data), "y": changed}), history.bank, history.outline, Covariates.of(data)
    )
    again, _ = answers_at(network, other, Covariates.of(data), anchors, other.moments(anchors), positive, 20)
    np.testing.assert_array_equal(told, again)
    assert (np.diff(told, axis=-1) >= 0).all()
