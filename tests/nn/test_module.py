import copy

import numpy as np
import pytest
import torch

from unrolled.arrays import flatten
from unrolled.cells import CELLS
from unrolled.layers import Recurrent
from unrolled.nn import TORCH, Parameters, TreeModule

LAYER = Recurrent(CELLS["gru"], 3, (4, 2), bidirectional=True)
NAMES = [f"{i}.{way}.{name}" for i in (0, 1) for way in ("ahead", "back") for name in ("U", "W", "b", "b_n")]


def features(params, x):
    return LAYER.forward(TORCH, params, x)[0]


def module(dtype=torch.float32):
    return TreeModule(features, LAYER.initial(np.random.default_rng(0)), dtype)


def test_names_and_shapes_are_those_of_the_tree():
    made, shapes = module(), flatten(LAYER.shapes())
    assert list(made.state_dict()) == NAMES == list(shapes)
    assert {name: tuple(w.shape) for name, w in made.named_parameters()} == shapes
    assert list(flatten(made.tree())) == NAMES
    assert made.tree()["0"].ahead.U is dict(made.named_parameters())["0.ahead.U"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_calls_the_function_with_its_parameters(dtype):
    made, initial = module(dtype), LAYER.initial(np.random.default_rng(0))
    x = torch.randn(2, 5, 3, dtype=dtype)
    assert {w.dtype for w in made.parameters()} == {dtype}
    for name, value in flatten(initial).items():
        torch.testing.assert_close(made.state_dict()[name], torch.tensor(value, dtype=dtype), rtol=0, atol=0)
    y = made(x)
    assert y.dtype == dtype
    torch.testing.assert_close(y, features(made.tree(), x), rtol=0, atol=0)
    y.sum().backward()
    assert all(w.grad is not None and w.grad.any() for w in made.parameters())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_arrays_are_float32_copies(dtype):
    made = module(dtype)
    arrays = made.arrays()
    assert list(arrays) == NAMES
    assert {a.dtype for a in arrays.values()} == {np.dtype(np.float32)}
    before = made(torch.ones(1, 2, 3, dtype=dtype))
    for array in arrays.values():
        array[...] = 0
    torch.testing.assert_close(made(torch.ones(1, 2, 3, dtype=dtype)), before, rtol=0, atol=0)


def test_an_optimizer_changes_what_the_function_sees():
    made, x = module(), torch.randn(2, 5, 3)
    optimizer = torch.optim.AdamW(made.parameters(), lr=0.01)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = (made(x) - 0.5).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]
    torch.testing.assert_close(torch.from_numpy(made.arrays()["0.back.W"]), made.tree()["0"].back.W.detach())


def test_state_dict_loads_into_another():
    one, x = module(), torch.randn(1, 4, 3)
    other = TreeModule(features, LAYER.initial(np.random.default_rng(1)))
    assert not torch.equal(one(x), other(x))
    other.load_state_dict(one.state_dict())
    assert torch.equal(one(x), other(x))


def test_a_deep_copy_stands_on_its_own():
    made, x = module(), torch.randn(1, 4, 3)
    twin, before = copy.deepcopy(made), made(x)
    assert torch.equal(twin(x), before)
    with torch.no_grad():
        for weight in made.parameters():
            weight.zero_()
    assert torch.equal(twin(x), before)
    assert not made(x).any()


def test_named_arguments_reach_the_function():
    made = TreeModule(lambda params, x, factor=1.0: x @ params.W * factor, {"W": np.eye(2)}, torch.float64)
    x = torch.tensor([[1.0, 2.0]], dtype=torch.float64)
    assert made(x, factor=3.0).tolist() == [[3.0, 6.0]]


def test_a_name_that_torch_uses_itself_is_refused():
    with pytest.raises(KeyError, match="forward"):
        Parameters({"forward": {"W": np.zeros(2)}})


def test_converts_and_freezes_like_any_module():
    made = module().double().requires_grad_(False)
    assert made.tree()["1"].ahead.b_n.dtype == torch.float64
    assert not made(torch.randn(1, 2, 3, dtype=torch.float64)).requires_grad
