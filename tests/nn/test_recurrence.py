"""The recurrence as an operator of torch: derivatives, memory order, version counters, threads, forks, memory."""

import gc
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import unrolled.nn as twins
from unrolled.arrays import Layout
from unrolled.errors import InputError
from unrolled.kernels import KERNELS
from unrolled.nn import last_path
from unrolled.nn.recurrence import recurrence
from unrolled.nn.reference import Keep, Weights, reference

B, T, D, H = 3, 4, 2, 3
WITH_C = ("lstm", "cifg", "peephole")
LENGTHS = torch.tensor([2, 0, 4])
CELL = pytest.mark.parametrize("cell", KERNELS)
LAYOUT = pytest.mark.parametrize(
    "layout",
    [Layout(), Layout(reverse=True), Layout(LENGTHS), Layout(LENGTHS, True)],
    ids=["", "back", "len", "len-back"],
)


def tensors(cell, dtype):
    """x, h0, c0 and the weights, all non-zero; None where the cell has no such thing."""
    torch.manual_seed(11)
    rows = KERNELS[cell].gates * H
    shapes = [(B, T, D), (B, H), (B, H) if cell in WITH_C else None, (rows, D), (rows, H), (rows,), (rows,)]
    shapes.append((3 * H,) if cell == "peephole" else None)
    return [None if s is None else torch.randn(s, dtype=dtype, requires_grad=True) for s in shapes]


def call(run, cell, layout, keep, given):
    x, h0, c0, *weights = given
    y, final = run(cell, x, Weights(*weights), (h0, c0), layout, keep)
    return (y, *final)


def as_function(run, cell, layout, keep, given):
    """Of the tensors that are there alone."""

    def function(*present):
        left = iter(present)
        return call(run, cell, layout, keep, [None if t is None else next(left) for t in given])

    return function, [t for t in given if t is not None]


def zoneout(cell, dtype):
    rows = B * T
    generator = torch.Generator().manual_seed(4)
    made = [torch.rand(rows, H, generator=generator, dtype=dtype) for _ in range(2 if cell in WITH_C else 1)]
    return Keep(*made)


@CELL
@LAYOUT
def test_the_reference_has_right_first_and_second_derivatives(cell, layout):
    function, given = as_function(reference, cell, layout, Keep(), tensors(cell, torch.float64))
    assert torch.autograd.gradcheck(function, given, fast_mode=True)
    assert torch.autograd.gradgradcheck(function, given, fast_mode=True)


@CELL
@LAYOUT
@pytest.mark.parametrize("with_zoneout", [False, True])
def test_the_kernel_equals_the_reference_in_first_and_second_derivatives(cell, layout, with_zoneout):
    found = []
    for run, dtype in ((recurrence, torch.float32), (reference, torch.float64)):
        torch.manual_seed(0)
        given = tensors(cell, torch.float32)
        given = [None if t is None else t.detach().to(dtype).requires_grad_() for t in given]
        keep = zoneout(cell, torch.float32) if with_zoneout else Keep()
        keep = Keep(*(None if k is None else k.to(dtype) for k in keep))
        function, present = as_function(run, cell, layout, keep, given)
        outputs = function(*present)
        total = sum((o * torch.linspace(-1, 2, o.numel(), dtype=dtype).view(o.shape)).sum() for o in outputs)
        first = torch.autograd.grad(total, present, create_graph=True)
        plain = torch.autograd.grad(sum(o.sum() for o in function(*present)), present)
        second = torch.autograd.grad(sum(g.square().sum() for g in first), present)
        found.append([*outputs, *first, *plain, *second])
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-4, check_dtype=False)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_second_derivative_equals_torchs(kind):
    torch.manual_seed(0)
    theirs, ours = getattr(nn, kind)(D, H, 2, bidirectional=True), getattr(twins, kind)(D, H, 2, bidirectional=True)
    ours.load_state_dict(theirs.state_dict())
    x, found = torch.randn(T, B, D, requires_grad=True), []
    for module in (theirs, ours):
        y, _ = module(x)
        first = torch.autograd.grad(y.square().sum(), [x, *module.parameters()], create_graph=True)
        found.append(torch.autograd.grad(sum(g.square().sum() for g in first), [x, *module.parameters()]))
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-4)


def test_batched_gradients_go_through_the_reference():
    torch.manual_seed(0)
    ours, x = twins.GRU(D, H), torch.randn(T, B, D, requires_grad=True)
    y = ours(x)[0]
    many = torch.randn(3, *y.shape)
    together = torch.autograd.grad(y, [x, *ours.parameters()], many, is_grads_batched=True, retain_graph=True)
    alone = [torch.autograd.grad(y, [x, *ours.parameters()], one, retain_graph=True) for one in many]
    torch.testing.assert_close(together, tuple(torch.stack(g) for g in zip(*alone, strict=True)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("changed", ["weight", "input", "output"])
def test_a_saved_tensor_changed_in_place_raises(changed):
    ours, x = twins.LSTM(D, H, batch_first=True), torch.randn(B, T, D)
    y = ours(x)[0]
    if changed == "output":
        y.mul_(2)
    with torch.no_grad():
        {"weight": ours.weight_hh_l0, "input": x, "output": torch.ones(1)}[changed].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("grad", [True, False])
def test_outputs_and_states_may_be_changed_in_place_where_backward_does_not_need_them(batch_first, grad):
    ours = twins.GRU(D, H, batch_first=batch_first).requires_grad_(grad)
    y, h = ours(torch.randn(T, B, D))
    h.mul_(2)
    h.sum().backward() if grad else y.relu_()
    assert not h.detach_().requires_grad
    both = twins.LSTM(D, H, bidirectional=True, batch_first=batch_first).requires_grad_(grad)
    y, _ = both(torch.randn(T, B, D))
    y.relu_()
    assert (y >= 0).all()
    if grad:
        y.sum().backward()
        assert both.weight_hh_l0.grad.isfinite().all()


@pytest.mark.parametrize("name", ["weight_ih_l0", "weight_hh_l0", "bias_hh_l0"])
def test_weights_of_another_shape_raise(name):
    ours = twins.GRU(D, H)
    setattr(ours, name, nn.Parameter(getattr(ours, name)[:-1]))
    with pytest.raises(InputError, match=r"has shape \(8.*\); expected \(9"):
        ours(torch.randn(T, B, D))


def test_the_graph_is_freed_and_can_be_retained():
    ours, x = twins.GRU(D, H), torch.randn(T, B, D)
    total = ours(x)[0].square().sum()
    first = torch.autograd.grad(total, list(ours.parameters()), retain_graph=True)
    again = torch.autograd.grad(total, list(ours.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        torch.autograd.grad(total, list(ours.parameters()))


def test_checkpointing_recomputes_the_same():
    ours, x = twins.LSTM(D, H, 2), torch.randn(T, B, D)
    plain = torch.autograd.grad(ours(x)[0].square().sum(), list(ours.parameters()))
    y = checkpoint(lambda x: ours(x)[0], x, use_reentrant=False)
    again = torch.autograd.grad(y.square().sum(), list(ours.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(plain, again, strict=True))


def test_no_grad_and_inference_mode():
    ours, x = twins.LSTM(D, H), torch.randn(T, B, D)
    expected = ours(x)[0]
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            y = ours(x)[0]
        assert not y.requires_grad
        assert torch.equal(y, expected)
        assert last_path().name == "kernel"


def test_calls_from_several_threads_at_once_give_the_same_bits():
    torch.manual_seed(0)
    ours = twins.LSTM(16, 32, batch_first=True)
    batches = [torch.randn(4 + i, 10 + i, 16) for i in range(8)]

    def run(x):
        y = ours(x)[0]
        return y.detach(), torch.autograd.grad(y.square().sum(), list(ours.parameters()))

    expected, found = [run(x) for x in batches], [None] * len(batches)

    def work(i):
        for _ in range(5):
            found[i] = run(batches[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(batches))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (y, grads), (same_y, same_grads) in zip(expected, found, strict=True):
        assert torch.equal(y, same_y)
        assert all(torch.equal(a, b) for a, b in zip(grads, same_grads, strict=True))


FORK = """
import os, sys, torch
import unrolled.nn as twins
torch.set_num_threads(2)
layer, x = twins.LSTM(16, 32), torch.randn(20, 8, 16)
expected = layer(x)[0]
expected.sum().backward()
child = os.fork()
if child == 0:
    torch.set_num_threads(1)  # as a DataLoader's worker does
    same = torch.equal(layer(x)[0], expected)
    layer(x)[0].sum().backward()
    os._exit(0 if same else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_child_computes_the_same():
    run = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
def test_memory_does_not_grow_over_many_shapes():
    torch.manual_seed(0)
    ours, draw = twins.LSTM(4, 8, 2, batch_first=True), random.Random(0)

    def calls(count):
        for _ in range(count):
            batch, time = draw.randint(1, 24), draw.randint(1, 24)
            lengths = torch.randint(0, time + 1, (batch,)) if draw.random() < 0.5 else None
            ours(torch.randn(batch, time, 4), lengths=lengths)[0].sum().backward()
        gc.collect()
        return resident()

    before = calls(500)
    assert calls(2000) - before < 2  # MiB, less than is saved of 100 calls
