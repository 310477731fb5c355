"""The twins of torch.nn's recurrent layers and cells: the same outputs, final states and every gradient."""

import copy
import itertools

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import unrolled.nn as twins
from unrolled.nn import last_path
from unrolled.nn.raw import CALLS

B, T, D, H = 4, 7, 5, 6
TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5}
PATH = {torch.float64: "torch", torch.float32: "kernel"}
KINDS = {"rnn-tanh": "RNN", "rnn-relu": "RNN", "lstm": "LSTM", "gru": "GRU"}
FORMS = list(itertools.product((1, 2), (False, True), (True, False), (False, True)))
BOTH = pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
EACH = pytest.mark.parametrize("kind", KINDS)


def pair(kind, *sizes, cell=False, **options):
    """torch's module, and its twin with the same weights."""
    torch.manual_seed(3)
    if kind == "rnn-relu":
        options["nonlinearity"] = "relu"
    name = KINDS[kind] + ("Cell" if cell else "")
    theirs, ours = getattr(nn, name)(*sizes, **options), getattr(twins, name)(*sizes, **options)
    ours.load_state_dict(theirs.state_dict())
    assert isinstance(ours, getattr(nn, name))
    return theirs, ours


def random_state(kind, count, *batch, dtype=torch.float32, width=H):
    h = torch.randn(count, *batch, width, dtype=dtype, requires_grad=True)
    return (h, torch.randn(count, *batch, H, dtype=dtype, requires_grad=True)) if kind == "lstm" else h


def leaves(value):
    if isinstance(value, PackedSequence):
        return [value.data]
    return [value] if isinstance(value, torch.Tensor) else [leaf for v in value for leaf in leaves(v)]


def results(module, inputs, *arguments, **named):
    """Outputs, final states, and the gradients of ``inputs`` and parameters for a random weighting of all of them."""
    outputs = leaves(module(*arguments, **named))
    generator = torch.Generator().manual_seed(9)
    total = sum((o * torch.randn(o.shape, generator=generator, dtype=o.dtype)).sum() for o in outputs)
    return [*outputs, *torch.autograd.grad(total, [*inputs, *module.parameters()])]


def assert_same(theirs, ours, tolerance):
    assert len(theirs) == len(ours)
    for a, b in zip(theirs, ours, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        torch.testing.assert_close(b, a, rtol=tolerance, atol=tolerance)


@EACH
@BOTH
def test_a_twin_equals_torchs_layer(kind, dtype):
    for layers, both, bias, batch_first in FORMS:
        options = {"num_layers": layers, "bidirectional": both, "bias": bias, "batch_first": batch_first}
        theirs, ours = pair(kind, D, H, **options, dtype=dtype)
        x = torch.randn(*((B, T) if batch_first else (T, B)), D, dtype=dtype, requires_grad=True)
        state = random_state(kind, layers * (1 + both), B, dtype=dtype)
        assert_same(results(theirs, [x], x), results(ours, [x], x), TOLERANCE[dtype])
        inputs = [x, *leaves(state)]
        assert_same(results(theirs, inputs, x, state), results(ours, inputs, x, state), TOLERANCE[dtype])
        assert last_path().name == PATH[dtype]


@EACH
@BOTH
def test_a_twin_equals_torchs_layer_on_a_single_sequence(kind, dtype):
    for layers, both, bias, batch_first in FORMS:
        options = {"num_layers": layers, "bidirectional": both, "bias": bias, "batch_first": batch_first}
        theirs, ours = pair(kind, D, H, **options, dtype=dtype)
        x, state = (
            torch.randn(T, D, dtype=dtype, requires_grad=True),
            random_state(kind, layers * (1 + both), dtype=dtype),
        )
        assert_same(results(theirs, [x], x), results(ours, [x], x), TOLERANCE[dtype])
        inputs = [x, *leaves(state)]
        assert_same(results(theirs, inputs, x, state), results(ours, inputs, x, state), TOLERANCE[dtype])
        assert last_path().name == PATH[dtype]


@EACH
@BOTH
@pytest.mark.parametrize("ordered", [True, False])
def test_a_twin_equals_torchs_layer_on_packed_sequences(kind, dtype, ordered):
    lengths = torch.tensor([7, 4, 4, 1] if ordered else [4, 1, 7, 4])
    for layers, both, bias, batch_first in FORMS:
        options = {"num_layers": layers, "bidirectional": both, "bias": bias, "batch_first": batch_first}
        theirs, ours = pair(kind, D, H, **options, dtype=dtype)
        x = torch.randn(*((B, T) if batch_first else (T, B)), D, dtype=dtype, requires_grad=True)
        state = random_state(kind, layers * (1 + both), B, dtype=dtype)
        packed = pack_padded_sequence(x, lengths, batch_first, enforce_sorted=ordered)
        inputs = [packed.data, *leaves(state)]
        assert_same(results(theirs, inputs, packed, state), results(ours, inputs, packed, state), TOLERANCE[dtype])
        assert_same(results(theirs, inputs[:1], packed), results(ours, inputs[:1], packed), TOLERANCE[dtype])
        found, expected = ours(packed)[0], theirs(packed)[0]
        for field in ("batch_sizes", "sorted_indices", "unsorted_indices"):
            a, b = getattr(found, field), getattr(expected, field)
            assert (a is None and b is None) or torch.equal(a, b)
        assert last_path().name == PATH[dtype]


@BOTH
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_projections_run_on_torchs_own_path(dtype):
    for layers, both, bias, batch_first in FORMS:
        options = {"num_layers": layers, "bidirectional": both, "bias": bias, "batch_first": batch_first}
        theirs, ours = pair("lstm", D, H, proj_size=3, **options, dtype=dtype)
        x, state = (
            torch.randn(T, B, D, dtype=dtype),
            random_state("lstm", layers * (1 + both), T if batch_first else B, dtype=dtype, width=3),
        )
        assert_same(results(theirs, leaves(state), x, state), results(ours, leaves(state), x, state), TOLERANCE[dtype])
        assert last_path() == ("torch", "projections")


@EACH
@BOTH
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch", [(B,), ()])
def test_a_cells_twin_equals_torchs_cell(kind, dtype, bias, batch):
    theirs, ours = pair(kind, D, H, cell=True, bias=bias, dtype=dtype)
    x, state = torch.randn(*batch, D, dtype=dtype, requires_grad=True), random_state(kind, 1, *batch, dtype=dtype)
    state = tuple(s[0] for s in state) if kind == "lstm" else state[0]
    inputs = [x, *leaves(state)]
    assert_same(results(theirs, [x], x), results(ours, [x], x), TOLERANCE[dtype])
    assert_same(results(theirs, inputs, x, state), results(ours, inputs, x, state), TOLERANCE[dtype])
    assert last_path().name == PATH[dtype]


@EACH
def test_a_cells_twin_takes_columns_and_no_rows_at_all(kind):
    theirs, ours = pair(kind, D, H, cell=True)
    x = torch.randn(D, B).T
    assert_same(leaves(theirs(x)), leaves(ours(x)), 1e-5)
    assert leaves(ours(torch.zeros(0, D)))[0].shape == (0, H)


@EACH
@pytest.mark.parametrize("cell", [False, True])
def test_state_dicts_load_both_ways(kind, cell):
    theirs, ours = pair(kind, D, H, cell=cell)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.add_(1)
    assert list(theirs.state_dict()) == list(ours.state_dict())
    theirs.load_state_dict(ours.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(theirs.parameters(), ours.parameters(), strict=True))


@EACH
def test_both_passes_run_in_the_kernel(kind):
    _, ours = pair(kind, D, H, num_layers=2, bidirectional=True)
    before = dict(CALLS)
    results(ours, [], torch.randn(T, B, D))
    assert CALLS["forward"] - before["forward"] == CALLS["backward"] - before["backward"] == 4
    with torch.no_grad():
        ours(torch.randn(T, B, D))
    assert CALLS["backward"] - before["backward"] == 4


@EACH
def test_dropout_between_layers_draws_torchs_own_masks(kind):
    for both, batch_first in itertools.product((False, True), (False, True)):
        theirs, ours = pair(kind, D, H, num_layers=3, bidirectional=both, batch_first=batch_first, dropout=0.4)
        x = torch.randn(T, B, D, requires_grad=True)
        found = []
        for module in (theirs, ours):
            torch.manual_seed(5)
            found.append(results(module, [x], x))
        assert_same(*found, 1e-5)


@EACH
def test_inputs_in_any_memory_order(kind):
    theirs, ours = pair(kind, D, H, batch_first=True)
    base = torch.randn(D, T, B)
    windows = torch.randn(B, T + D).unfold(1, D, 1)[:, :T]  # rows that overlap in memory
    for x in (base.permute(2, 1, 0), torch.randn(1, 1, D).expand(B, T, D), torch.randn(B, 2 * T, 2 * D)[:, ::2, ::2]):
        leaf = x.detach().requires_grad_()
        assert_same(results(theirs, [leaf], leaf), results(ours, [leaf], leaf), 1e-5)
    leaf = windows.detach().requires_grad_()
    assert_same(results(theirs, [leaf], leaf), results(ours, [leaf], leaf), 1e-5)


@EACH
def test_only_the_gradients_that_are_asked_for(kind):
    theirs, ours = pair(kind, D, H)
    for module in (theirs, ours):
        module.weight_hh_l0.requires_grad_(False)
    x = torch.randn(T, B, D)
    grads = []
    for module in (theirs, ours):
        module(x)[0].square().sum().backward()
        grads.append([p.grad for p in module.parameters()])
    assert grads[1][1] is None
    assert_same(*([g for g in each if g is not None] for each in grads), 1e-4)


@EACH
def test_a_gradient_of_the_final_state_alone(kind):
    theirs, ours = pair(kind, D, H)
    x = torch.randn(T, B, D)
    grads = [torch.autograd.grad(leaves(m(x)[1])[-1].sum(), list(m.parameters())) for m in (theirs, ours)]
    assert_same(*grads, 1e-5)


def test_a_list_of_two_states_is_a_pair():
    theirs, ours = pair("lstm", D, H)
    x, state = torch.randn(T, B, D), list(random_state("lstm", 1, B))
    assert_same(leaves(theirs(x, state)), leaves(ours(x, state)), 1e-5)
    assert_same(leaves(copy.deepcopy(ours)(x, state)), leaves(ours(x, state)), 0)
