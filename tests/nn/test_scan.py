"""The scan kernel against float64: ragged, reversed, complex; the same bits however it is cut; any instruction set."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from unrolled import kernels
from unrolled.arrays import NUMPY, Layout
from unrolled.cells import LRU, MINGRU, MINLSTM, SSRU, run
from unrolled.cells.base import run_by_steps
from unrolled.cells.linear import scan_by_steps
from unrolled.errors import InputError
from unrolled.nn import TORCH
from unrolled.nn.raw import CALLS
from unrolled.nn.scan import scan

B, T = 5, 11
LENGTHS = torch.tensor([4, 11, 0, 7, 1])
WIDTHS = (1, 7, 8, 16, 33)
LINEAR = [MINGRU, MINLSTM, LRU, SSRU]


def arrays(width, parts, constant=False, dtype=torch.float32, seed=0):
    """a, b and a state; |a| is below 1."""
    generator = torch.Generator().manual_seed(seed)
    a = torch.rand((parts * width,) if constant else (B, T, parts * width), generator=generator) - 0.5
    b = torch.randn((B, T, parts * width), generator=generator)
    state = torch.randn((parts, B, width), generator=generator)
    return [t.to(dtype).requires_grad_() for t in (a, b, *state)]


def fold(a, b, state, lengths, reverse):
    """One number at a time, as complex128 or float64 numbers of Python's."""
    parts = len(state)
    h = state[0] if parts == 1 else state[0] + 1j * state[1]
    a, b = (v if parts == 1 else v[..., : v.shape[-1] // 2] + 1j * v[..., v.shape[-1] // 2 :] for v in (a, b))
    y, h = np.zeros(b.shape, b.dtype), h.astype(b.dtype)
    for row in range(B):
        steps = range(T if lengths is None else int(lengths[row]))
        for t in reversed(steps) if reverse else steps:
            h[row] = (a if a.ndim == 1 else a[row, t]) * h[row] + b[row, t]
            y[row, t] = h[row]
    return np.concatenate([y.real, y.imag][:parts], -1), [h.real, h.imag][:parts]


def gradients(tensors, results):
    weights = torch.linspace(-1, 1.5, sum(r.numel() for r in results), dtype=results[0].dtype)
    total = torch.cat([r.flatten() for r in results]) @ weights
    return torch.autograd.grad(total, tensors, materialize_grads=True)


def same_bits(left, right):
    assert len(left) == len(right)
    assert all(torch.equal(a, b) for a, b in zip(left, right, strict=True))


every_kind = pytest.mark.parametrize(
    ("parts", "constant"),
    [(1, False), (1, True), (2, False), (2, True)],
    ids=["real", "real-a", "complex", "complex-a"],
)
both_ways = pytest.mark.parametrize("reverse", [False, True], ids=["ahead", "back"])


@every_kind
@both_ways
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_kernel_equals_the_recurrence_in_float64(parts, constant, reverse, lengths, width):
    a, b, *state = arrays(width, parts, constant)
    before = CALLS["scan"], CALLS["scan_backward"]
    y, last = scan(a, b, tuple(state), Layout(lengths, reverse))
    found = gradients([a, b, *state], [y, *last])
    assert (CALLS["scan"], CALLS["scan_backward"]) == (before[0] + 1, before[1] + 1)
    exact = [t.detach().double() for t in (a, b, *state)]
    expected, end = fold(exact[0].numpy(), exact[1].numpy(), [s.numpy() for s in exact[2:]], lengths, reverse)
    np.testing.assert_allclose(y.detach(), expected, atol=2e-6)
    for left, right in zip(last, end, strict=True):
        np.testing.assert_allclose(left.detach(), right, atol=2e-6)
    exact = [t.requires_grad_() for t in exact]
    slow, slow_last = scan_by_steps(TORCH, exact[0], exact[1], tuple(exact[2:]), Layout(lengths, reverse))
    np.testing.assert_allclose(slow.detach(), expected, atol=1e-12)
    for left, right in zip(found, gradients(exact, [slow, *slow_last]), strict=True):
        torch.testing.assert_close(left.double(), right, rtol=1e-5, atol=1e-5)


@every_kind
@both_ways
def test_numpy_and_torch_give_the_same_bits(parts, constant, reverse):
    a, b, *state = (t.detach() for t in arrays(33, parts, constant))
    before = kernels.CALLS["scan"]
    for lengths in (None, LENGTHS):
        y, last = scan(a, b, tuple(state), Layout(lengths, reverse))
        given = a.numpy(), b.numpy(), tuple(s.numpy() for s in state)
        found, end = NUMPY.scan(*given, Layout(None if lengths is None else lengths.numpy(), reverse))
        same_bits((y, *last), [torch.from_numpy(v) for v in (found, *end)])
    assert kernels.CALLS["scan"] == before + 2
    assert NUMPY.scan(a.double().numpy(), *given[1:], Layout(None, reverse)) is None


@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("cut", [0, 1, 6, T])
def test_cut_anywhere_in_time_the_bits_are_the_same(parts, cut):
    a, b, *state = leaves = arrays(33, parts)
    whole, last = scan(a, b, tuple(state), Layout())
    first, middle = scan(a[:, :cut], b[:, :cut], tuple(state), Layout())
    rest, end = scan(a[:, cut:], b[:, cut:], middle, Layout())
    same_bits((whole, *last), (torch.cat([first, rest], 1), *end))
    same_bits(gradients(leaves, [whole, *last]), gradients(leaves, [torch.cat([first, rest], 1), *end]))


@every_kind
@pytest.mark.parametrize("width", [16, 33, 100])
def test_company_order_and_threads_change_no_bit(parts, constant, width):
    a, b, *state = leaves = arrays(width, parts, constant)
    y, last = scan(a, b, tuple(state), Layout(LENGTHS))
    found = gradients(leaves, [y])
    threads = torch.get_num_threads()
    try:
        for n in (1, 2, 3, 7, 16):  # more than rows: a row is cut into parts
            torch.set_num_threads(n)
            again, end = scan(a, b, tuple(state), Layout(LENGTHS))
            same_bits((y, *last), (again, *end))
            same_bits(found, gradients(leaves, [again]))
    finally:
        torch.set_num_threads(threads)
    order = torch.tensor([3, 0, 4, 2, 1])
    mixed, end = scan(a if constant else a[order], b[order], tuple(s[order] for s in state), Layout(LENGTHS[order]))
    same_bits((mixed, *end), (y[order], *(s[order] for s in last)))
    for row, steps in enumerate(LENGTHS.tolist()):
        own = a if constant else a[row : row + 1, :steps]
        alone, end = scan(own, b[row : row + 1, :steps], tuple(s[row : row + 1] for s in state), Layout())
        same_bits((alone, *end), (y[row : row + 1, :steps], *(s[row : row + 1] for s in last)))


@both_ways
def test_padding_is_never_read(reverse):
    a, b, h = arrays(9, 1)
    padding = (torch.arange(T) >= LENGTHS[:, None])[..., None]
    y, (last,) = scan(a, b, (h,), Layout(LENGTHS, reverse))
    expected = gradients([a, b, h], [y, last])
    spoilt = [t.detach().masked_fill(padding, float("nan")).requires_grad_() for t in (a, b)]
    found, (end,) = scan(*spoilt, (h,), Layout(LENGTHS, reverse))
    same_bits((y, last, *expected), (found, end, *gradients([*spoilt, h], [found, end])))
    assert not any(t.masked_select(padding).any() for t in (y, *expected[:2]))
    assert torch.equal(last[2], h[2])


def test_views_and_nothing_to_do():
    a, b, h = arrays(24, 1)
    expected, _ = scan(a, b, (h,), Layout())
    for view in (lambda t: t.transpose(0, 1).contiguous().transpose(0, 1), lambda t: torch.cat([t, t], -1)[..., :24]):
        same_bits([scan(view(a), view(b), (h,), Layout())[0]], [expected])
    same_bits([scan(a, b.transpose(1, 2).contiguous().transpose(1, 2), (h,), Layout())[0]], [expected])
    y, (last,) = scan(a[:, :0], b[:, :0], (h,), Layout())
    assert y.shape == (B, 0, 24)
    same_bits([last, *gradients([h], [last])], [h, torch.linspace(-1, 1.5, B * 24).view(B, 24)])
    y, (last,) = scan(a[:0], b[:0], (h[:0],), Layout(LENGTHS[:0], True))
    assert y.shape == (0, T, 24)
    assert last.shape == (0, 24)
    with pytest.raises(ValueError, match="length"):
        scan(a, b, (h,), Layout(LENGTHS + 5))


def test_second_derivatives():
    for parts, constant in ((1, False), (2, True)):
        tensors = arrays(2, parts, constant)
        small = [t[:2, :3].detach().requires_grad_() if t.dim() == 3 else t for t in tensors]
        small[2:] = [s[:2].detach().requires_grad_() for s in small[2:]]

        def penalty(run_scan, leaves):
            y, _ = run_scan(leaves[0], leaves[1], tuple(leaves[2:]), Layout(torch.tensor([3, 1])))
            first = torch.autograd.grad((y**2).sum(), leaves, create_graph=True)
            return torch.autograd.grad(sum((g**2).sum() for g in first), leaves)

        exact = [t.detach().double().requires_grad_() for t in small]
        for left, right in zip(
            penalty(scan, small), penalty(lambda *given: scan_by_steps(TORCH, *given), exact), strict=True
        ):
            torch.testing.assert_close(left.double(), right, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("cell", LINEAR, ids=lambda cell: cell.name)
def test_zoneout_is_folded_into_the_coefficients(cell):
    rng = np.random.default_rng(0)
    params = cell.initial(rng, 4, 6)
    x, state = rng.normal(size=(B, T, 4)), cell.state(*(rng.normal(size=(B, 6)) for _ in cell.state._fields))
    masks = rng.integers(0, 2, (B, T, 6)).astype(float)
    keep = [masks * k for k in (1.0, 0.3)[: len(state)]] if len(state) == 1 else [masks, masks]
    for lengths in (None, LENGTHS.numpy()):
        y, last = run(NUMPY, cell, params, x, state, Layout(lengths), keep)
        _, end = run_by_steps(NUMPY, cell, params, x, state, Layout(lengths), keep)
        for left, right in zip(last, end, strict=True):
            np.testing.assert_allclose(left, right, atol=1e-12)
        held = [
            s.copy() for s in run(NUMPY, cell, params, x, state, Layout(lengths), [np.ones_like(masks)] * len(state))[1]
        ]
        assert all(np.array_equal(a, b) for a, b in zip(held, state, strict=True))
        nothing = run(NUMPY, cell, params, x, state, Layout(lengths), [np.zeros_like(masks)] * len(state))[0]
        np.testing.assert_allclose(nothing, run(NUMPY, cell, params, x, state, Layout(lengths))[0], atol=1e-12)
        assert np.abs(nothing - y).max() > 0.01


@pytest.mark.parametrize("cell", LINEAR, ids=lambda cell: cell.name)
def test_a_layer_in_float32_is_within_1e_5_of_its_step(cell):
    rng = np.random.default_rng(1)
    params, x = cell.initial(rng, 6, 16), rng.normal(size=(B, T, 6))
    state = cell.state(*(rng.normal(size=(B, 16)) for _ in cell.state._fields))
    names = list(params)

    def tensors(dtype):
        return [torch.tensor(v, dtype=dtype, requires_grad=True) for v in (x, *params.values(), *state)]

    def results(by, given, lengths, reverse):
        weights = type(params)(zip(names, given[1:], strict=False))
        y, last = by(TORCH, cell, weights, given[0], cell.state(*given[1 + len(names) :]), Layout(lengths, reverse))
        return [y, *last, *gradients(given, [y, *last])]

    for lengths, reverse in ((None, False), (LENGTHS, False), (LENGTHS, True)):
        before = CALLS["scan_backward"]
        fast = results(run, tensors(torch.float32), lengths, reverse)
        assert CALLS["scan_backward"] == before + 1
        for left, right in zip(fast, results(run_by_steps, tensors(torch.float64), lengths, reverse), strict=True):
            size = right.abs().max().clamp(min=1)
            assert (left.double() - right).abs().max() <= 3e-5 * size  # sums over the batch and time among them


class Layer(torch.nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell
        for name, value in cell.initial(np.random.default_rng(0), 4, 6).items():
            self.register_parameter(name, torch.nn.Parameter(torch.tensor(value, dtype=torch.float32)))

    def forward(self, x, *state):
        params = type("Params", (), dict(self.named_parameters()))
        y, last = run(TORCH, self.cell, params, x, self.cell.state(*state))
        return y, *last


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")  # dynamo's own
@pytest.mark.parametrize("cell", [MINGRU, LRU], ids=lambda cell: cell.name)
def test_torch_compile_and_export_see_one_operator(cell):
    layer, x = Layer(cell), torch.randn(B, T, 4, generator=torch.Generator().manual_seed(0))
    given = (x, *(torch.ones(B, 6) for _ in cell.state._fields))
    expected = layer(*given)
    exported = torch.export.export(layer, given)
    assert "unrolled.scan" in str(exported.graph)
    for left, right in zip(exported.module()(*given), expected, strict=True):
        torch.testing.assert_close(left, right)
    compiled = torch.compile(layer, backend="aot_eager")(*given)
    weights = list(layer.parameters())
    for left, right in zip(gradients(weights, compiled), gradients(weights, expected), strict=True):
        torch.testing.assert_close(left, right)


def test_lengths_that_do_not_fit_are_refused():
    params = MINGRU.initial(np.random.default_rng(0), 4, 6)
    x, state = np.zeros((B, T, 4)), MINGRU.state(np.zeros((B, 6)))
    for lengths in (np.full(B, T + 1), np.zeros(B - 1, int)):
        with pytest.raises(InputError, match="lengths"):
            run(NUMPY, MINGRU, params, x, state, Layout(lengths))


WORKER = """
import sys
import numpy as np
from unrolled import kernels
folder = sys.argv[1]
given = dict(np.load(folder + "/given.npz"))
results = {"isa": kernels.info()["instruction_set"]}
for name in ("real", "complex"):
    state = (given["re"],) if name == "real" else (given["re"][:, ::2].copy(), given["im"][:, ::2].copy())
    for reverse in (False, True):
        y, last = kernels.scan(given["a"], given["b"], state, kernels.Layout(given["lengths"], reverse))
        results[f"{name}-{reverse}"] = np.concatenate([y.ravel(), *(s.ravel() for s in last)])
np.savez(folder + "/found.npz", **results)
"""


@pytest.mark.parametrize("name", kernels.info()["available"])
def test_every_instruction_set(name: str, tmp_path: Path) -> None:
    a, b, re, im = (t.detach().numpy() for t in (*arrays(34, 1), arrays(34, 1, seed=1)[2]))
    np.savez(tmp_path / "given.npz", a=a, b=b, re=re, im=im, lengths=LENGTHS.numpy())
    environment = {**os.environ, "UNROLLED_ISA": name}
    subprocess.run([sys.executable, "-c", WORKER, str(tmp_path)], env=environment, check=True)
    with np.load(tmp_path / "found.npz") as found:
        assert found["isa"] == name
        for parts, kind in ((1, "real"), (2, "complex")):
            for reverse in (False, True):
                state = [re] if parts == 1 else [re[:, ::2], im[:, ::2]]
                exact = [v.astype(np.float64) for v in (a, b, *state)]
                y, last = fold(exact[0], exact[1], exact[2:], LENGTHS, reverse)
                expected = np.concatenate([y.ravel(), *(s.ravel() for s in last)])
                np.testing.assert_allclose(found[f"{kind}-{reverse}"], expected, atol=2e-6)
