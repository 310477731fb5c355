from dataclasses import replace

import pytest
import torch

from unrolled.cells import CELLS, GRU, LSTM, RNN, unroll

from . import contract
from .contract import run_cell


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("unrolled_by", [run_cell, unroll], ids=["run", "unroll"])
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_cells(cell, unrolled_by, check):
    check(cell, unrolled_by)


def test_registry_names_each_cell_once():
    assert [cell.name for cell in CELLS.values()] == list(CELLS)
    assert CELLS.keys() >= {"rnn", "rnn-relu", "lstm", "gru"}


# The contract has to be able to fail: each of these cells has one fault of a kind found in real libraries.


def without_bias(xp, p, x, s):
    h = xp.tanh(x @ p.U.T + s.h @ p.W.T)
    return h, type(s)(h)


def swapped_states(xp, p, x, s):
    h, (_, c) = LSTM.step(xp, p, x, s)
    return h, type(s)(c, h)


def one_gate_for_two(xp, p, x, s):
    i, f, g, o = xp.chunk(x @ p.U.T + s.h @ p.W.T + p.b, 4)
    c = xp.sigmoid(f + i) * s.c + xp.sigmoid(i + f) * xp.tanh(g)
    h = xp.sigmoid(o) * xp.tanh(c)
    return h, type(s)(h, c)


def looks_at_other_rows(xp, p, x, s):
    return RNN.step(xp, p, x + x.sum(0), s)


def forgets(xp, p, x, s):
    h, _ = RNN.step(xp, p, x, s)
    return h, s


def cuts_the_gradient(xp, p, x, s):
    return RNN.step(xp, p, x, type(s)(s.h.detach() if xp is contract.TORCH else s.h))


def keeps_no_nan_out(xp, p, x, s):
    return RNN.step(xp, p, xp.tanh(x) / xp.tanh(x), s)


def old_gru(xp, p, x, s):
    x_r, x_z, x_n = xp.chunk(x @ p.U.T + p.b, 3)
    h_r, h_z, h_n = xp.chunk(s.h @ p.W.T, 3)
    r, z = xp.sigmoid(x_r + h_r), xp.sigmoid(x_z + h_z)
    h = (1 - z) * xp.tanh(x_n + r * h_n + p.b_n) + z * s.h
    return h, type(s)(h)


class Counter:
    """Keeps a memory that is not in the state."""

    def __init__(self):
        self.steps = 0

    def __call__(self, xp, p, x, s):
        self.steps += 1
        return RNN.step(xp, p, x + 0.1 * self.steps, s)


BROKEN = {
    "no bias": (replace(RNN, step=without_bias, kernel=None), "everything_declared"),
    "unused declaration": (replace(RNN, params={**RNN.params, "peephole": "H"}, kernel=None), "everything_declared"),
    "gradient cut": (replace(RNN, step=cuts_the_gradient, kernel=None), "everything_declared"),
    "never remembers": (replace(RNN, step=forgets, kernel=None), "everything_declared"),
    "h and c swapped": (replace(LSTM, step=swapped_states), "kernel_agree"),
    "reset gate elsewhere": (replace(GRU, step=old_gru), "kernel_agree"),
    "another kernel": (replace(RNN, kernel="rnn-relu"), "kernel_agree"),
    "one gate for two": (replace(LSTM, step=one_gate_for_two, kernel=None), "told_apart"),
    "other rows": (replace(RNN, step=looks_at_other_rows, kernel=None), "padding"),
    "hidden memory": (replace(RNN, step=Counter(), kernel=None), "fold_of_steps"),
    "gradient of 0 / 0": (replace(RNN, step=keeps_no_nan_out, kernel=None), "padding"),
}


@pytest.mark.parametrize(("cell", "check"), BROKEN.values(), ids=BROKEN)
def test_a_broken_cell_is_found(cell, check):
    (broken,) = (c for c in contract.CHECKS if check in c.__name__)
    with pytest.raises(AssertionError):
        broken(cell, run_cell)


def peeks_ahead(xp, cell, params, x, state, lengths=None):
    return run_cell(xp, cell, params, x + 0.1 * torch.roll(x, -1, 1), state, lengths)


def ignores_the_state(xp, cell, params, x, state, lengths=None):
    return run_cell(xp, cell, params, x, type(state)(*(torch.zeros_like(entry) for entry in state)), lengths)


def ignores_lengths(xp, cell, params, x, state, lengths=None):
    return run_cell(xp, cell, params, x, state)


def one_step_late(xp, cell, params, x, state, lengths=None):
    return run_cell(xp, cell, params, x, state, lengths)[0], run_cell(xp, cell, params, x[:, :-1], state, lengths)[1]


def masks_by_product(xp, cell, params, x, state, lengths=None):
    y, last = run_cell(xp, cell, params, x, state, lengths)
    return y + 0 * x.sum(-1, keepdim=True), last  # 0, unless there is a NaN


def state_of_the_last_step(xp, cell, params, x, state, lengths=None):
    y, last = run_cell(xp, cell, params, x, state, lengths)
    return y, last if lengths is None else type(last)(*run_cell(xp, cell, params, torch.nan_to_num(x), state)[1])


def first_derivative_only(xp, cell, params, x, state, lengths=None):
    return run_cell(xp, cell, params, FirstOnly.apply(x), state, lengths)


class FirstOnly(torch.autograd.Function):
    """The identity, whose gradient is a constant to a second differentiation."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient.detach()


def remembers_all(xp, cell, params, x, state, lengths=None):
    y, last = run_cell(xp, cell, params, x, state, lengths)
    return y, type(last)(torch.cat([*last, *y.unbind(1)], 1))


def moves_at_length_zero(xp, cell, params, x, state, lengths=None):
    return run_cell(xp, cell, params, x, state, None if lengths is None else lengths.clamp(min=1))


BROKEN_RUNS = {
    peeks_ahead: "causal",
    ignores_the_state: "no_state_is_zero",
    ignores_lengths: "padding",
    one_step_late: "split_anywhere",
    masks_by_product: "padding",
    state_of_the_last_step: "padding",
    first_derivative_only: "derivatives",
    remembers_all: "does_not_grow",
    moves_at_length_zero: "nothing_to_read",
}


@pytest.mark.parametrize(("broken_run", "check"), BROKEN_RUNS.items(), ids=[f.__name__ for f in BROKEN_RUNS])
def test_a_broken_run_is_found(broken_run, check):
    (broken,) = (c for c in contract.CHECKS if check in c.__name__)
    with pytest.raises((AssertionError, RuntimeError)):  # gradcheck's own is a RuntimeError
        broken(RNN, broken_run)


def test_a_layer_that_reverses_nothing_is_found(monkeypatch):
    monkeypatch.setattr("unrolled.cells.base.reverse_steps", lambda xp, x, lengths=None: x)
    with pytest.raises(AssertionError, match="backward direction"):
        contract.check_backward_direction_reads_from_the_end(RNN, run_cell)


def test_every_check_is_seen_to_fail():
    shown = {check for _, check in BROKEN.values()} | set(BROKEN_RUNS.values()) | {"backward_direction"}
    assert all(any(word in check.__name__ for word in shown) for check in contract.CHECKS)
