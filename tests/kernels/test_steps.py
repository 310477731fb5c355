"""The native step of a frozen model: scores, the best of them, and a stack of layers, with every instruction set."""

import os
import subprocess
import sys

import numpy as np
import pytest

from unrolled import kernels
from unrolled.errors import InputError
from unrolled.kernels import steps as stepping

pytestmark = pytest.mark.skipif(not kernels.NATIVE, reason="there is no native step")

WORKER = """
import sys
import numpy as np
from unrolled import kernels
from unrolled.kernels import steps as stepping
with np.load(sys.argv[1] + "/given.npz") as given:
    x, weights, bias = (given[name] for name in ("x", "weights", "bias"))
scores = stepping.scores(x, weights, bias)
found = {"isa": kernels.info()["instruction_set"], "scores": scores, "shares": kernels.softmax(scores)}
found["alone"] = np.concatenate([stepping.scores(x[b : b + 1], weights, bias) for b in range(len(x))])
kernels.set_threads(2)
found["threads"] = stepping.scores(x, weights, bias)
output = stepping.Output(weights, bias)
found["output"], found["end"] = output.scores(x), output.scores_of(x, 777)
found["best"], found["log_probabilities"], found["total"] = output.best(x, 9)
kernels.set_threads(1)
alone = [output.best(x[b : b + 1], 9) for b in range(len(x))]
for name, parts in zip(("best_alone", "log_probabilities_alone", "total_alone"), zip(*alone)):
    found[name] = np.concatenate(parts)
best = [stepping.top(row, 7, (0, 5)) for row in scores]
found["ids"], found["top"] = np.stack([ids for ids, _ in best]), np.stack([shares for _, shares in best])
np.savez(sys.argv[1] + "/found.npz", **found)
"""


def given() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    x, weights, bias = rng.normal(size=(7, 203)), rng.normal(size=(1009, 203)) / 8, rng.normal(size=1009)
    return {name: a.astype(np.float32) for name, a in (("x", x), ("weights", weights), ("bias", bias))}


@pytest.fixture(scope="module", params=kernels.info()["available"])
def forced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """What a process forced to one instruction set computes."""
    folder = tmp_path_factory.mktemp(request.param)
    np.savez(folder / "given.npz", **given())
    command = [sys.executable, "-c", WORKER, str(folder)]
    environment = {**os.environ, "UNROLLED_ISA": request.param}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    with np.load(folder / "found.npz") as found:
        assert found["isa"] == request.param
        return dict(found)


def test_scores_agree_with_float64(forced) -> None:
    x, weights, bias = (a.astype(np.float64) for a in given().values())
    np.testing.assert_allclose(forced["scores"], x @ weights.T + bias, atol=1e-5)


def test_a_row_of_scores_is_the_same_in_any_company_and_by_two_threads(forced) -> None:
    assert np.array_equal(forced["scores"], forced["alone"])
    assert np.array_equal(forced["scores"], forced["threads"])


def test_the_best_are_those_of_a_stable_sort_and_their_shares_softmaxs(forced) -> None:
    for row, shares, ids, top in zip(*(forced[name] for name in ("scores", "shares", "ids", "top")), strict=True):
        order = [i for i in np.argsort(-row, kind="stable") if i not in (0, 5)]
        assert ids.tolist() == order[:7]
        assert np.array_equal(top, shares[ids])


def test_a_packed_output_layer_gives_scores_the_best_and_their_log_probabilities(forced) -> None:
    x, weights, bias = (a.astype(np.float64) for a in given().values())
    expected = x @ weights.T + bias
    np.testing.assert_allclose(forced["output"], expected, atol=1e-5)
    assert np.array_equal(forced["best"], np.argsort(-expected, axis=-1)[:, :9])
    total = np.log(np.exp(expected).sum(-1))
    np.testing.assert_allclose(forced["total"], total, atol=1e-5)
    assert np.array_equal(forced["end"], forced["output"][:, 777])
    log_softmax = expected - total[:, None]
    best = np.take_along_axis(log_softmax, forced["best"], -1)
    np.testing.assert_allclose(forced["log_probabilities"], best, atol=1e-5)


def test_the_best_of_a_row_are_the_same_bits_in_any_company_and_by_two_threads(forced) -> None:
    assert np.array_equal(forced["best"], forced["best_alone"])
    assert np.array_equal(forced["log_probabilities"], forced["log_probabilities_alone"])
    assert np.array_equal(forced["total"], forced["total_alone"])


def test_of_equal_scores_the_lower_id_is_best_and_nan_is_told() -> None:
    weights, bias = np.zeros((200, 3), np.float32), np.random.default_rng(0).integers(0, 3, 200).astype(np.float32)
    output = stepping.Output(weights, bias)
    for rows in (np.ones((5, 3), np.float32), np.ones((2, 3))):  # the second by numpy
        ids, log_probabilities, _ = output.best(rows, 64)
        assert ids[0].tolist() == np.argsort(-bias, kind="stable")[:64].tolist()
        assert np.allclose(log_probabilities, bias[ids] - np.log(np.exp(bias).sum()), atol=1e-5)
    rows = np.ones((5, 3), np.float32)
    rows[1] = np.nan
    ids, log_probabilities, _ = output.best(rows, 4)
    assert np.isnan(log_probabilities[1]).all()
    assert np.isfinite(log_probabilities[[0, 2, 3, 4]]).all()
    bias[:] = [1e4] * 100 + [-1e4] * 100
    assert np.allclose(output.best(rows[:1], 1).log_probabilities, -np.log(100), atol=1e-5)


def test_an_output_layer_without_the_extension_and_with_more_than_the_kernel_finds(monkeypatch) -> None:
    x, weights, bias = given().values()
    ids, log_probabilities, _ = stepping.Output(weights, bias).best(x, 64)
    assert np.array_equal(stepping.Output(weights, bias).best(x, 65)[0][:, :64], ids)
    monkeypatch.setattr("unrolled.kernels.extension.NATIVE", False)
    again, by_numpy, _ = stepping.Output(weights, bias).best(x, 64)
    assert np.array_equal(ids, again)
    np.testing.assert_allclose(log_probabilities, by_numpy, atol=1e-5)


def test_an_output_layer_refuses_what_does_not_fit_it() -> None:
    x, weights, bias = given().values()
    output = stepping.Output(weights, bias)
    for wrong, says in ((x[0], "x is of 1 axes"), (x[:, 1:], r"x has shape \(7, 202\); expected \(B, 203\)")):
        with pytest.raises(InputError, match=says):
            output.best(wrong, 3)
    for k in (0, 1010):
        with pytest.raises(InputError, match=f"the best {k} of 1009"):
            output.best(x, k)
    with pytest.raises(InputError, match="weights and bias have shapes"):
        stepping.Output(weights, bias[1:])
    assert output.best(x[:0], 3)[0].shape == (0, 3)
    assert np.array_equal(output.scores(np.asfortranarray(x)), output.scores(x))


def attention_by_numpy(query, source, lengths, keys, values, v=None, scale=1.0):
    contexts, weights = [], np.zeros((len(query), values.shape[1]))
    for r, (q, n) in enumerate(zip(query, source, strict=True)):
        own, steps = keys[n, : lengths[n]], values[n, : lengths[n]]
        scores = (own @ q if v is None else np.tanh(q + own) @ v) * scale
        weights[r, : lengths[n]] = np.exp(scores) / np.exp(scores).sum()
        contexts.append(weights[r, : lengths[n]] @ steps)
    return np.stack(contexts), weights


@pytest.mark.parametrize("additive", [True, False])
def test_attention_of_rows_to_their_sources(additive: bool) -> None:
    rng = np.random.default_rng(0)
    query, keys, values, v = (rng.normal(size=s).astype(np.float32) for s in ((9, 21), (3, 7, 21), (3, 7, 37), (21,)))
    source, lengths, v = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2]), np.array([5, 7, 0]), v if additive else None
    context, weights = stepping.attend(query, source, lengths, (keys, values), v, 0.7)
    by_numpy = attention_by_numpy(query.astype(np.float64), source, lengths, keys, values, v, 0.7)
    np.testing.assert_allclose(context, by_numpy[0], atol=1e-5)
    np.testing.assert_allclose(weights, by_numpy[1], atol=1e-6)
    keys[0, 5:] = values[0, 5:] = np.nan  # never read
    alone = stepping.attend(query[1:2], source[:1], lengths[:1], (keys[:1, :5], values[:1, :5]), v, 0.7)
    assert np.array_equal(alone[0][0], context[1])
    assert np.array_equal(alone[1][0], weights[1, :5])
    for wrong, says in (
        ((query, source + 1, lengths, (keys, values)), "source is 3; expected 0 to 3 - 1"),
        ((query, source, lengths + 1, (keys, values)), "lengths is 8; expected 0 to 8 - 1"),
        ((query[:, 1:], source, lengths, (keys, values)), "keys has shape"),
        ((query, source, lengths, (keys, values), np.zeros(3, np.float32)), "v has shape"),
    ):
        with pytest.raises(InputError, match=says):
            stepping.attend(*wrong)


@pytest.mark.parametrize("cell", kernels.RECURRENT)
def test_a_stack_over_vectors_is_the_recurrent_kernel_with_its_state(cell: str) -> None:
    rng, D, widths = np.random.default_rng(1), 7, (5, 18)
    draw = lambda *shape: rng.normal(0, 0.3, shape).astype(np.float32)  # noqa: E731
    layers, x, states, after = [], draw(13, 4, D), [], []
    for inputs, H in zip((D, *widths), widths, strict=False):
        shapes = kernels.KERNELS[cell].weight_shapes(inputs, H)
        layers.append((*(draw(*s) for s in shapes[:4]), draw(*shapes[4]) if cell == "peephole" else None))
        states.append(tuple(draw(13, H) for _ in range(2 if kernels.KERNELS[cell].has_c else 1)))
    lengths, y = np.array([4, 1, 0, 3] * 3 + [2]), x
    for weights, state in zip(layers, states, strict=True):
        y, end = kernels.recurrent(cell, y, weights, state, kernels.Layout(lengths))
        after += end
    stack = stepping.Stack(cell, None, layers)
    flat = np.concatenate([entry for state in states for entry in state], axis=1)
    features, read = stack.read(x, lengths, flat)
    assert np.array_equal(read, np.concatenate(after, axis=1))
    assert np.array_equal(features, after[-2 if len(states[1]) == 2 else -1])
    for b in (0, 3, 12):  # alone, and step by step
        state = flat[b : b + 1]
        for t in range(lengths[b]):
            one, state = stack.read(x[b : b + 1, t : t + 1], None, state)
        assert np.array_equal(state[0], read[b])
        assert np.array_equal(one[0], features[b])


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("n", [0, 1, 4, 64, 65, 500])
def test_of_equals_the_lower_id_is_first_and_nan_is_never_among_them(monkeypatch, native: bool, n: int) -> None:
    monkeypatch.setattr("unrolled.kernels.extension.NATIVE", native)
    row = np.random.default_rng(n).integers(0, 5, 200).astype(np.float32)
    row[[3, 50]], row[7] = np.nan, -np.inf
    ids, shares = stepping.top(row, n, (1, 2))
    order = [i for i in np.argsort(-row, kind="stable") if i not in (1, 2, 3, 50)]
    assert ids.tolist() == order[:n]
    assert shares.shape == ids.shape


def test_numpy_stands_in_for_the_extension(monkeypatch) -> None:
    x, weights, bias = given().values()
    expected = stepping.scores(x, weights, bias)
    monkeypatch.setattr("unrolled.kernels.extension.NATIVE", False)
    np.testing.assert_allclose(stepping.scores(x, weights, bias), expected, atol=1e-5)
    assert stepping.scores(x[:0], weights, bias).shape == (0, 1009)


def test_arrays_need_not_be_contiguous() -> None:
    x, weights, bias = given().values()
    expected = stepping.scores(x, weights, bias)
    assert np.array_equal(stepping.scores(np.asfortranarray(x), np.asfortranarray(weights), bias[::-1][::-1]), expected)
    ids, _ = stepping.top(expected[0][::-1], 3)
    assert ids.tolist() == stepping.top(expected[0][::-1].copy(), 3)[0].tolist()


def test_shapes_that_do_not_fit_are_refused() -> None:
    x, weights, bias = given().values()
    for wrong in ((x[0], weights, bias), (x[:, 1:], weights, bias), (x, weights, bias[1:]), (x, weights[0], bias)):
        with pytest.raises(InputError, match="x, weights and bias have shapes"):
            stepping.scores(*wrong)
    with pytest.raises(InputError, match="expected \\(V,\\)"):
        stepping.top(x, 3)
    with pytest.raises(InputError, match="n is -1"):
        stepping.top(x[0], -1)


def test_a_stack_refuses_what_does_not_fit_it() -> None:
    rng = np.random.default_rng(0)
    words, U, W = (rng.normal(size=shape).astype(np.float32) for shape in ((9, 5), (12, 5), (12, 3)))
    stack = stepping.Stack("lstm", words, [(U, W, None, None, None)])
    ids, states = np.zeros((2, 4), np.int64), np.zeros((2, 6), np.float32)
    with pytest.raises(InputError, match="U has shape"):
        stepping.Stack("lstm", words[:, 1:], [(U, W, None, None, None)])
    for wrong, says in (
        ((ids[0], None, states), "ids is of 1 axes"),
        ((ids * 0.5, None, states), "ids are of type float64"),
        ((ids, None, states[:1]), r"states has shape \(1, 6\); expected \(2, 6\)"),
        ((ids, None, states.astype(np.float64)), "states is float64"),
        ((ids, None, None), "states is None"),
        ((ids, np.array([1]), states), "lengths has shape"),
        ((ids, np.array([5, 1]), states), "a length is 5; expected 0 to 4"),
        ((ids, np.array([-1, 1]), states), "a length is -1; expected 0 to 4"),
        ((ids + 9, None, states), "an id is 9; expected 0 to 9 - 1"),
        ((ids - 1, None, states), "an id is -1"),
    ):
        with pytest.raises(InputError, match=says):
            stack.read(*wrong)
    with pytest.raises(InputError, match="no layers"):
        stepping.Stack("lstm", words, [])
    with pytest.raises(InputError, match="W is None"):
        stepping.Stack("lstm", words, [(U, None, None, None, None)])
    with pytest.raises(InputError, match="the cell 'lst'"):
        stepping.Stack("lst", words, [(U, W, None, None, None)])
    of_vectors = stepping.Stack("lstm", None, [(U, W, None, None, None)])
    for vectors, says in ((ids, "x is of 2 axes"), (words[None, :, 1:], r"x has shape \(1, 9, 4\)")):
        with pytest.raises(InputError, match=says):
            of_vectors.read(vectors, None, states[:1])
    with pytest.raises(InputError, match="no layers"):
        stepping.Stack("lstm", None, [])
    features, after = stack.read(np.array([[1, 99], [2, 3]]), np.array([1, 0]), states)  # 99 is past the row's length
    assert np.array_equal(after[1], states[1])
    assert np.array_equal(features, after[:, :3])
