"""Both namespaces answer alike, in float32 and float64, empty arrays included."""

import inspect

import numpy as np
import pytest
import torch

from unrolled.arrays import NUMPY, Namespace
from unrolled.cells import CELLS
from unrolled.nn import TORCH

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(2, 4, 6)) * 3, RNG.normal(size=(2, 4, 6))
IDS = RNG.integers(0, 4, (2, 5))
WIDE = np.array([[-1e4, 0.0, 1e4], [-200.0, 88.0, 89.0]])
EMPTY = np.zeros((0, 6))
PICTURES, FILTERS = RNG.uniform(0, 2, (2, 5, 4, 6)), RNG.uniform(0, 0.2, (6, 3, 3, 6))  # sums that nothing cancels

CALLS = [
    ("chunk", (X, 3)),
    ("concat", ([X, Y],)),
    ("concat", ([X, Y[..., :0]],)),
    ("join_time", ([X, Y[:, :1], Y[:, :0]],)),
    ("join_time", ([IDS, IDS],)),
    ("stack_time", ([X[:, 0], Y[:, 0]],)),
    *(("log_softmax", (value,)) for value in (X, X[:0])),
    *((name, (value,)) for name in ("sigmoid", "log_sigmoid", "tanh", "relu", "softmax") for value in (X, WIDE, EMPTY)),
    *((name, (np.abs(value) + 0.5,)) for name in ("exp", "log", "log1p") for value in (X, X[:0])),
    *(("logaddexp", pair) for pair in ((X, Y), (WIDE, -WIDE), (EMPTY, EMPTY))),
    *(("clip", (value, -1.0, 2.0)) for value in (X, WIDE, EMPTY)),
    *(("cumsum", (value,)) for value in (X, EMPTY)),
    ("where", (X > 0, X, Y)),
    ("where", ((X > 0)[:, :1, :1], X, Y)),
    ("take", (Y[0], IDS)),
    ("take", (Y[0], IDS[:, :0])),
    ("reverse_time", (X,)),
    ("reverse_time", (X[:, :0],)),
    ("gather_time", (X, IDS)),
    ("gather_time", (X, IDS[:, :0])),
    ("max_time", (X,)),
    ("max_time", (X[:0],)),
    ("zeros", ((2, 0, 3), X)),
    ("zeros", ((2, 3), X)),
    ("full_ids", ((2, 3), 7)),
    ("arange", (5,)),
    *(("convolve", (picture, FILTERS, X[0, 0] ** 2, 2, 1, "relu6")) for picture in (PICTURES, PICTURES[:0])),
    *(("convolve", (picture, FILTERS[..., :1], X[0, 0] ** 2, 1, 6)) for picture in (PICTURES, PICTURES[:0])),
    ("cross_entropy", (Y[0], X[0], X[0, :, 0], IDS[0, :4])),
    ("cross_entropy", (Y[0, :0], X[0], X[0, :, 0], IDS[0, :0])),
    ("cross_entropy", (np.repeat(Y[0], 250, 0), X[0] * 100, X[0, :, 0], np.repeat(IDS[0, :4], 250))),
]


def _cast(argument, make):
    if isinstance(argument, list):
        return [_cast(entry, make) for entry in argument]
    return make(argument) if isinstance(argument, np.ndarray) else argument


def _listed(result):
    results = result if isinstance(result, (list, tuple)) else [result]
    return [np.asarray(r.detach() if isinstance(r, torch.Tensor) else r) for r in results]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "arguments"), CALLS, ids=[f"{name}-{i}" for i, (name, _) in enumerate(CALLS)])
def test_torch_agrees_with_numpy(name, arguments, dtype):
    arguments = [_cast(a, lambda v: v.astype(dtype) if v.dtype == np.float64 else v) for a in arguments]
    expected = _listed(getattr(NUMPY, name)(*arguments))
    found = _listed(getattr(TORCH, name)(*(_cast(a, torch.from_numpy) for a in arguments)))
    assert len(found) == len(expected)
    for left, right in zip(found, expected, strict=True):
        assert left.shape == right.shape
        if name != "cross_entropy":  # numpy sums in float64
            assert left.dtype == right.dtype
        np.testing.assert_allclose(left, right, rtol=1e-12 if dtype == np.float64 else 2e-6, atol=1e-37)


def test_every_function_of_the_namespace_is_compared():
    functions = {name for name, _ in inspect.getmembers(Namespace, inspect.isfunction) if not name.startswith("_")}
    assert functions - {name for name, _ in CALLS} == {"constant", "recurrent", "scan"}, (
        "compared below and by the contract of cells"
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_has_the_kind_of_the_array_beside_it(dtype):
    values, like = np.array([1.5, -2.0]), X.astype(dtype)
    found = TORCH.constant(values, torch.from_numpy(like))
    np.testing.assert_array_equal(found.numpy(), NUMPY.constant(values, like))
    assert found.numpy().dtype == NUMPY.constant(values, like).dtype == dtype


@pytest.mark.parametrize("xp", [NUMPY, TORCH], ids=["numpy", "torch"])
def test_there_is_a_sequencer_for_float32_and_every_kernel(xp):
    small, large = (np.zeros((1, 1, 1), dtype) for dtype in (np.float32, np.float64))
    if xp is TORCH:
        small, large = torch.from_numpy(small), torch.from_numpy(large)
    assert all((xp.recurrent(cell.kernel, small) is None) == (cell.kernel is None) for cell in CELLS.values())
    assert all(xp.recurrent(cell.kernel, large) is None for cell in CELLS.values())
    assert xp.recurrent("unheard-of", small) is None
