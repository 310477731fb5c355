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
    features, after = stack.read(np.array([[1, 99], [2, 3]]), np.array([1, 0]), states)  # 99 is past the row's length
    assert np.array_equal(after[1], states[1])
    assert np.array_equal(features, after[:, :3])
