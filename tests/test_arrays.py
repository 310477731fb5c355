import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.arrays import NUMPY, Tree, flatten, map_state, map_tree, unflatten
from unrolled.cells import LSTM
from unrolled.nn import TORCH

names = st.text("abcUW012_", min_size=1, max_size=4)
trees = st.recursive(st.integers(), lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3), max_leaves=12)


def test_tree_reads_like_an_object():
    tree = Tree(U=1, layers=Tree({"0": Tree(W=2)}))
    assert tree.U == 1
    assert tree.layers["0"].W == 2
    assert not hasattr(tree, "b")
    with pytest.raises(AttributeError, match=r"^b$"):
        _ = tree.b


def test_flat_names_are_paths():
    tree = {"layers": {"0": {"U": 1, "W": 2}, "1": {"U": 3}}, "b": 4}
    flat = {"layers.0.U": 1, "layers.0.W": 2, "layers.1.U": 3, "b": 4}
    assert flatten(tree) == flat
    assert list(flatten(tree)) == list(flat)
    back = unflatten(flat)
    assert back == tree
    assert isinstance(back.layers["0"], Tree)
    assert flatten({}) == {} == unflatten({})


@settings(deadline=None)
@given(st.dictionaries(names, trees, max_size=4))
def test_unflatten_is_the_inverse(tree):
    assert unflatten(flatten(tree)) == tree


def test_map_tree_keeps_names_and_order():
    mapped = map_tree(lambda leaf: leaf + 1, {"b": 1, "a": {"c": 2}})
    assert mapped == Tree(b=2, a=Tree(c=3))
    assert list(mapped) == ["b", "a"]
    assert isinstance(mapped.a, Tree)


def test_map_state_keeps_kinds():
    state = (LSTM.state(1, 2), (LSTM.state(3, 4), LSTM.state(5, 6)))
    mapped = map_state(lambda leaf: 10 * leaf, state)
    assert mapped == (LSTM.state(10, 20), (LSTM.state(30, 40), LSTM.state(50, 60)))
    assert isinstance(mapped[1][1], LSTM.state)
    assert map_state(lambda leaf: -leaf, 3) == -3
    assert map_state(lambda leaf: leaf, ()) == ()
    seen = []
    map_state(seen.append, state)
    assert seen == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_of_any_scores(dtype):
    scores = np.array([[1e4, 0, -1e4], [-1e4, -1e4, -1e4], [80, 81, 82], [-np.inf, 0, 0]], dtype)
    before = scores.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chances = NUMPY.softmax(scores)
    np.testing.assert_array_equal(scores, before)
    assert chances.dtype == dtype
    np.testing.assert_allclose(chances.sum(-1), 1, rtol=1e-6)
    np.testing.assert_allclose(chances[0], [1, 0, 0], atol=1e-30)
    np.testing.assert_allclose(chances[1], 1 / 3, rtol=1e-6)
    np.testing.assert_allclose(chances[3], [0, 0.5, 0.5])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations(dtype):
    x = np.linspace(-6, 6, 25, dtype=dtype)[::2]  # a view with strides
    close = {"rtol": 1e-6 if dtype == np.float32 else 1e-14}
    for found, expected in (
        (NUMPY.sigmoid(x), 1 / (1 + np.exp(-x.astype(np.float64)))),
        (NUMPY.tanh(x), np.tanh(x.astype(np.float64))),
        (NUMPY.relu(x), np.where(x > 0, x, 0)),
    ):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, **close)
    extremes = np.array([-np.inf, -1e30, 1e30, np.inf], dtype)
    assert NUMPY.sigmoid(extremes).tolist() == [0, 0, 1, 1]
    assert NUMPY.tanh(extremes).tolist() == [-1, -1, 1, 1]
    assert np.isnan(NUMPY.tanh(np.array([np.nan], dtype))).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_elementary_functions_are_the_same_in_torch(dtype):
    x = np.array([[0.5, 1e-7, 3.0], [2.0, 1e4, 1.0]], dtype)
    with_torch = torch.from_numpy(x)
    for call in (
        lambda xp, x: xp.exp(-x),
        lambda xp, x: xp.log(x),
        lambda xp, x: xp.log1p(x),
        lambda xp, x: xp.logaddexp(x, -x),
        lambda xp, x: xp.clip(x, 1.0, 2.0),
        lambda xp, x: xp.cumsum(x),
        lambda xp, x: xp.constant(np.array([1.0, 2.5]), x),
    ):
        found = call(NUMPY, x)
        assert found.dtype == dtype
        np.testing.assert_allclose(call(TORCH, with_torch), found, rtol=1e-6)
    assert NUMPY.cumsum(x)[1].tolist() == [2, 10002, 10003]


def test_chunks_are_equal_parts_of_the_last_axis():
    x = np.arange(24).reshape(2, 12)
    parts = NUMPY.chunk(x, 4)
    assert [p.tolist() for p in parts] == [x[:, i : i + 3].tolist() for i in (0, 3, 6, 9)]
    np.testing.assert_array_equal(NUMPY.concat(parts), x)


def test_time_is_the_second_axis():
    x = np.arange(24).reshape(2, 3, 4)
    np.testing.assert_array_equal(NUMPY.stack_time(list(x.swapaxes(0, 1))), x)
    np.testing.assert_array_equal(NUMPY.join_time([x[:, :1], x[:, 1:]]), x)
    np.testing.assert_array_equal(NUMPY.gather_time(x, np.array([[2, 2], [0, 1]])), [x[0, [2, 2]], x[1, [0, 1]]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [0, 1, 255, 256, 257, 600])
def test_cross_entropy_in_blocks(rows, dtype):
    rng = np.random.default_rng(rows)
    x, weights, bias = (rng.normal(size=shape).astype(dtype) for shape in ((rows, 4), (9, 4), 9))
    targets = rng.integers(0, 9, rows)
    scores = (x @ weights.T + bias).astype(np.float64)
    expected = (np.log(np.exp(scores).sum(-1)) - scores[np.arange(rows), targets]).sum()
    found = NUMPY.cross_entropy(x, weights, bias, targets)
    np.testing.assert_allclose(found, expected, rtol=1e-5 if dtype == np.float32 else 1e-12)


def test_cross_entropy_of_huge_scores_is_finite():
    x, bias = np.full((2, 1), 1e4, np.float32), np.zeros(2, np.float32)
    assert NUMPY.cross_entropy(x, np.array([[1.0], [-1.0]], np.float32), bias, np.array([0, 1])) == 2e4
