"""What is said of gradients is what autograd, finite differences and brute force say."""

import numpy as np
import pytest
import torch
from tests.models.networks import recurrent_network

from unrolled.arrays import NUMPY, map_tree
from unrolled.cells import CELLS, zero_state
from unrolled.errors import InputError
from unrolled.nn import TORCH, gradients

T, D, H = 6, 3, 4


def start(cell, hidden=H, seed=0):
    rng = np.random.default_rng(seed)
    return map_tree(lambda a: a + 0.05, cell.initial(rng, D, hidden)), rng.normal(size=(T, D))


def states(cell, params, x, first=None):
    """The flat state after each step, from a flat first one, in numpy."""
    like = zero_state(NUMPY, cell, 1, H, x)
    sizes = np.cumsum([entry.size for entry in like])[:-1]
    state = like
    if first is not None:
        parts = np.split(first, sizes)
        state = cell.state(*(part.reshape(entry.shape) for part, entry in zip(parts, like, strict=True)))
    rows = []
    for step in x:
        _, state = cell.step(NUMPY, params, step[None], state)
        rows.append(np.concatenate([entry.ravel() for entry in state]))
    return rows


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_the_norms_are_those_of_finite_differences(cell):
    params, x = start(cell)
    rows = gradients.directions(cell, H)
    at = states(cell, params, x)
    size, small = len(at[0]), 1e-6
    if len(rows) < size:
        pytest.skip("a state this large is measured along some directions alone")
    expected = [1.0]
    for t in range(T - 2, -1, -1):
        nudged = [states(cell, params, x[t + 1 :], at[t] + s * small * e)[-1] for e in np.eye(size) for s in (1, -1)]
        jacobian = (np.array(nudged[::2]) - np.array(nudged[1::2])).T / (2 * small)
        expected.append(np.linalg.norm(jacobian) / size**0.5)
    np.testing.assert_allclose(gradients.state_gradients(cell, params, x, rows), expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("hidden", [H, 40])
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_the_product_of_single_steps_is_the_gradient_of_the_whole(cell, hidden):
    params, x = start(cell, hidden)
    rows = gradients.directions(cell, hidden)
    np.testing.assert_allclose(rows @ rows.T, np.eye(len(rows)), atol=1e-12)
    measured = gradients.state_gradients(cell, params, x, rows)
    np.testing.assert_allclose(measured, gradients.jacobian_products(cell, params, x, rows), rtol=1e-9)


def test_random_directions_estimate_the_norm_of_all():
    params, x = start(CELLS["rnn"], 200)
    some = gradients.directions(CELLS["rnn"], 200)
    assert some.shape == (gradients.MOST_DIRECTIONS, 200)
    whole, estimate = (gradients.state_gradients(CELLS["rnn"], params, x, rows) for rows in (np.eye(200), some))
    np.testing.assert_allclose(estimate, whole, rtol=0.1)


def language_model(cell, bidirectional=False):
    model = recurrent_network(7, D, (H, 5), cell, tied=False)
    return model, map_tree(lambda a: a + 0.05, model.initial(np.random.default_rng(1)))


@pytest.mark.parametrize("cell", CELLS)
def test_the_steps_shares_add_up_to_the_gradient_of_the_one_weight(cell):
    model, params = language_model(cell)
    x = np.random.default_rng(2).normal(size=(T, D))
    shares = gradients.weight_gradients(model, params, x)
    tree = map_tree(lambda a: torch.tensor(a, dtype=torch.float64, requires_grad=True), params)
    scores = model.scores(TORCH, tree, torch.tensor(x)[None])[0]
    (-torch.log_softmax(scores, 0).max()).backward()
    name = "W" if "W" in CELLS[cell].params else "U"
    assert len(shares) == 2
    for i, share in enumerate(shares):
        assert len(share) == T
        np.testing.assert_allclose(share.sum(0), tree.layers[str(i)][name].grad.numpy(), atol=1e-12)
    if name == "W":
        assert not shares[0][0].any()  # the first step's memory is empty


def test_a_step_adds_what_it_alone_adds():
    model, params = language_model("rnn")
    x = np.random.default_rng(2).normal(size=(T, D))
    shares = gradients.weight_gradients(model, params, x, target=3)[1]

    def loss(change):
        # the lower layer stays; the upper is nudged at t
        below = recurrent_network(7, D, (H,), "rnn", tied=False).layers.forward(
            NUMPY, {"0": params.layers["0"]}, x[None]
        )[0][0]
        p, h = params.layers["1"], np.zeros(5)
        for t in range(T):
            h = np.tanh(below[t] @ p.U.T + h @ (p.W + change[t]).T + p.b)
        scores = h @ params.output.W.T + params.output.b
        return np.log(np.exp(scores).sum()) - scores[3]

    for t in range(T):
        nudge = np.zeros((T, 5, 5))
        nudge[t, 2, 1] = 1e-6
        assert (loss(nudge) - loss(-nudge)) / 2e-6 == pytest.approx(shares[t, 2, 1], abs=1e-8)


def test_too_many_gradients_are_refused(monkeypatch):
    monkeypatch.setattr(gradients, "GRADIENT_NUMBERS", 10)
    model, params = language_model("rnn")
    with pytest.raises(InputError, match="6 steps of W with 25 weights are too many"):
        gradients.weight_gradients(model, params, np.zeros((T, D)))


@pytest.mark.parametrize("cell", CELLS)
def test_attributions_add_up_to_the_difference_of_scores(cell):
    model, params = language_model(cell)
    x = np.random.default_rng(2).normal(size=(T, D))
    attribution = gradients.integrated_gradients(model, params, x)
    tolerance = 1e-2 if cell in ("rnn-relu", "mlstm", "ssru") else 1e-8  # their slopes jump along the path
    assert attribution.steps.sum() == pytest.approx(attribution.end - attribution.start, abs=tolerance)
    scores = model.scores(NUMPY, params, x[None])[0]
    assert attribution.target == scores.argmax()
    p = np.exp(scores) / np.exp(scores).sum()
    assert attribution.end == pytest.approx(np.log(p[attribution.target] / (1 - p[attribution.target])))
    other = gradients.integrated_gradients(model, params, x, target=(attribution.target + 1) % 7)
    assert other.end < attribution.end


def test_a_step_that_is_not_read_drove_nothing():
    model, params = language_model("rnn")
    for layer in params.layers.values():
        layer["W"] = np.zeros_like(layer.W)  # no memory: the last step alone counts
    attribution = gradients.integrated_gradients(model, params, np.random.default_rng(2).normal(size=(T, D)))
    assert not attribution.steps[:-1].any()
    assert attribution.steps[-1] == pytest.approx(attribution.end - attribution.start)


@pytest.mark.parametrize(
    ("norms", "expected"),
    [
        ([1, 0.5, 0.02, 0.009, 0.5], ("vanishing", 2)),
        ([1, 1, 1], ("healthy", 2)),
        ([2, 0.1, 0.02], ("healthy", 2)),
        ([1, 20, 400], ("exploding", 2)),
        ([1, 0.001, 400], ("exploding", 0)),
        ([0, 0, 0], ("vanishing", 0)),
        ([1, np.inf, np.nan], ("exploding", 1)),
        ([1], ("healthy", 0)),
    ],
)
def test_verdicts(norms, expected):
    assert gradients.verdict(np.array(norms, float)) == expected
