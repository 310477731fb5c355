"""`layers.Recurrent` against torch.nn.RNN, LSTM and GRU: outputs, final states and every gradient."""

import copy
from typing import NamedTuple

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from unrolled.arrays import Tree, flatten, map_tree, unflatten
from unrolled.cells import CELLS
from unrolled.layers import Recurrent
from unrolled.nn import TORCH
from unrolled.nn.raw import CALLS

B, T, D, H = 4, 7, 5, 6
TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5}
LAYERS = {
    "rnn": nn.RNN,
    "rnn-relu": lambda *sizes, **options: nn.RNN(*sizes, nonlinearity="relu", **options),
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


class Pair(NamedTuple):
    """One of torch's layers and ours with the same weights; ``weights`` are the leaves of ours by name."""

    theirs: nn.RNNBase
    ours: Recurrent
    weights: dict


def pair(name, layers, both, dtype):
    torch.manual_seed(layers + 10 * both)
    theirs = LAYERS[name](D, H, num_layers=layers, bidirectional=both, batch_first=True, dtype=dtype)
    tree = Tree()
    for i in range(layers):
        directions = [_direction(theirs, name, f"l{i}{end}") for end in (("", "_reverse") if both else ("",))]
        tree[str(i)] = Tree(ahead=directions[0], back=directions[1]) if both else directions[0]
    tree = map_tree(lambda w: w.detach().clone().requires_grad_(), tree)
    ours = Recurrent(CELLS[name], D, (H,) * layers, both)
    assert map_tree(lambda w: tuple(w.shape), tree) == ours.shapes()
    return Pair(theirs, ours, flatten(tree))


def _direction(layer, name, end):
    u, w, b, b_h = (getattr(layer, f"{kind}_{end}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    if name != "gru":
        return Tree(U=u, W=w, b=b + b_h)  # ours is one bias where both act alike
    outside = torch.cat([b_h[: 2 * H], torch.zeros_like(b_h[2 * H :])])
    return Tree(U=u, W=w, b=b + outside, b_n=b_h[2 * H :])


def gradients_by_our_names(at, name):
    """The gradients of torch's weights under the names of ours; both of its biases share that of our one."""
    found = {}
    for i in range(at.theirs.num_layers):
        for branch, end in (("ahead.", ""), ("back.", "_reverse")) if at.theirs.bidirectional else (("", ""),):
            get = lambda kind, end=f"l{i}{end}": getattr(at.theirs, f"{kind}_{end}").grad  # noqa: E731
            prefix = f"{i}.{branch}"
            found |= {prefix + "U": get("weight_ih"), prefix + "W": get("weight_hh"), prefix + "b": get("bias_ih")}
            if name == "gru":
                found[prefix + "b_n"] = get("bias_hh")[2 * H :]
    return found


def states(name, at, dtype):
    """A random state, in torch's form (layers · directions, B, H) and in ours."""
    count = at.theirs.num_layers * (2 if at.ours.bidirectional else 1)
    entries = [torch.randn(count, B, H, dtype=dtype, requires_grad=True) for _ in CELLS[name].state._fields]
    each = [CELLS[name].state(*(e[i] for e in entries)) for i in range(count)]
    ours = tuple(zip(each[::2], each[1::2], strict=True)) if at.ours.bidirectional else tuple(each)
    return entries, (tuple(entries) if len(entries) == 2 else entries[0]), ours


def in_torchs_form(state, both):
    each = [entry for layer in state for entry in layer] if both else state
    return tuple(torch.stack(entries) for entries in zip(*each, strict=True))


def results(name, at, x, state, ours):
    """(y, *final state), of ours or of theirs, with ours in torch's form."""
    if ours:
        y, last = at.ours.forward(TORCH, unflatten(at.weights), x, state)
        return (y, *in_torchs_form(last, at.ours.bidirectional))
    y, last = at.theirs(x, state)
    return (y, *(last if name == "lstm" else (last,)))


def weighted(results):
    flat = torch.cat([r.flatten() for r in results])
    return flat @ torch.linspace(-1, 1, len(flat), dtype=flat.dtype)


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("with_state", [False, True], ids=["zero state", "state"])
@pytest.mark.parametrize("both", [False, True], ids=["one direction", "two directions"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("name", LAYERS)
def test_equals_torch(name, layers, both, with_state, dtype):
    at, tolerance = pair(name, layers, both, dtype), TOLERANCE[dtype]
    x = torch.randn(B, T, D, dtype=dtype, requires_grad=True)
    entries, their_state, our_state = states(name, at, dtype)
    expected = results(name, at, x, their_state if with_state else None, ours=False)
    found = results(name, at, x, our_state if with_state else None, ours=True)
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)
    leaves = [x, *entries] if with_state else [x]
    weighted(expected).backward(retain_graph=True)
    theirs = gradients_by_our_names(at, name) | dict(zip("xhc", [leaf.grad for leaf in leaves], strict=False))
    names = [*at.weights, *"xhc"[: len(leaves)]]
    ours = dict(zip(names, torch.autograd.grad(weighted(found), [*at.weights.values(), *leaves]), strict=True))
    torch.testing.assert_close(
        ours, theirs, rtol=tolerance, atol=10 * tolerance if dtype == torch.float32 else tolerance
    )


@pytest.mark.parametrize("lengths", [[7, 5, 5, 2], [1, 7, 3, 6], [2, 2, 2, 2]], ids=str)
@pytest.mark.parametrize("both", [False, True], ids=["one direction", "two directions"])
@pytest.mark.parametrize("name", LAYERS)
def test_lengths_equal_packed_sequences(name, both, lengths):
    at = pair(name, 2, both, torch.float64)
    lengths = torch.tensor(lengths)
    x = torch.randn(B, T, D, dtype=torch.float64, requires_grad=True)
    _, their_state, our_state = states(name, at, torch.float64)
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    y, last = at.theirs(packed, their_state)
    assert isinstance(y, PackedSequence)
    y, _ = pad_packed_sequence(y, batch_first=True, total_length=T)
    expected = (y, *(last if name == "lstm" else (last,)))
    out, state = at.ours.forward(TORCH, unflatten(at.weights), x, our_state, lengths)
    found = (out, *in_torchs_form(state, both))
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    weighted(expected).backward(retain_graph=True)
    theirs = gradients_by_our_names(at, name) | {"x": x.grad}
    ours = torch.autograd.grad(weighted(found), [*at.weights.values(), x])
    torch.testing.assert_close(dict(zip([*at.weights, "x"], ours, strict=True)), theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", LAYERS)
def test_any_order_of_rows(name):
    at = pair(name, 2, True, torch.float64)
    x, lengths = torch.randn(B, T, D, dtype=torch.float64), torch.tensor([0, 7, 3, 5])
    order = torch.tensor([2, 0, 3, 1])
    _, _, state = states(name, at, torch.float64)
    permuted = tuple(tuple(type(e)(*(a[order] for a in e)) for e in layer) for layer in state)
    params = unflatten(at.weights)
    y, last = at.ours.forward(TORCH, params, x, state, lengths)
    other, end = at.ours.forward(TORCH, params, x[order], permuted, lengths[order])
    torch.testing.assert_close(other, y[order], rtol=1e-12, atol=1e-12)
    for found, expected in zip(in_torchs_form(end, True), in_torchs_form(last, True), strict=True):
        torch.testing.assert_close(found, expected[:, order], rtol=1e-12, atol=1e-12)


def test_the_kernels_run_wherever_there_is_something_to_run():
    at, x = pair("lstm", 1, False, torch.float32), torch.randn(B, T, D)
    for given, runs in (((x,), 1), ((x, None, torch.full((B,), T)), 1), ((x[:, :0],), 0), ((x[:0],), 0)):
        before = CALLS["forward"]
        at.ours.forward(TORCH, unflatten(at.weights), *given)
        assert CALLS["forward"] - before == runs


def test_no_gradient_mode_gives_the_same():
    at = pair("lstm", 2, False, torch.float32)
    x = torch.randn(B, T, D)
    y, _ = at.ours.forward(TORCH, unflatten(at.weights), x)
    with torch.no_grad():
        quiet, _ = at.ours.forward(TORCH, copy.deepcopy(unflatten(at.weights)), x)
    torch.testing.assert_close(quiet, y, rtol=1e-6, atol=1e-6)
