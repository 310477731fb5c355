"""The recurrent kernels on numpy: the cells' equations, and the same bits however the work is cut and shared out.

Every test here runs once more in a fresh process for each other instruction set: see test_instruction_sets.py.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unrolled import kernels
from unrolled.arrays import NUMPY, Layout, Tree
from unrolled.cells import CELLS
from unrolled.cells.base import run_by_steps

GATES = {"rnn": 1, "rnn-relu": 1, "lstm": 4, "gru": 3, "cifg": 3, "peephole": 4}
WITH_C = ("lstm", "cifg", "peephole")

# B, T, D, H. Few rows of large weights and many of small ones are shared out differently, and a handful of steps in all
# reads the weights as they lie.
SHARED = [
    (64, 5, 20, 64),
    (64, 3, 200, 260),
    (20, 3, 200, 260),
    (3, 6, 120, 160),
    (2, 4, 1, 330),
    (1, 9, 150, 200),
    (17, 12, 33, 47),
]


class Case(NamedTuple):
    """A call: `kernels.recurrent`'s weights, x and state."""

    cell: str
    weights: tuple
    x: np.ndarray
    state: tuple

    def run(self, x=None, state=None, lengths=None, reverse=False, keep=None):
        """y, h and, where the cell has it, c."""
        x, state = self.x if x is None else x, self.state if state is None else state
        y, after = kernels.recurrent(self.cell, x, self.weights, state, Layout(lengths, reverse), keep)
        return (y, *after)

    def rows(self, which):
        """The same with some of the rows."""
        return self._replace(x=self.x[which], state=tuple(s[which] for s in self.state))

    def exact(self, lengths=None, reverse=False, keep=None):
        """The same by the cell's own step in float64."""
        U, W, b_x, b_h, p = (None if w is None else w.astype(float) for w in self.weights)
        b_x, b_h = (np.zeros(len(U)) if b is None else b for b in (b_x, b_h))
        tree = Tree(U=U, W=W, b=b_x + b_h, p=p)
        if self.cell == "gru":
            outside = np.arange(len(U)) < 2 * W.shape[1]
            tree = Tree(U=U, W=W, b=b_x + b_h * outside, b_n=b_h[~outside])
        cell = CELLS[self.cell]
        state = cell.state(*(s.astype(float) for s in self.state))
        keep = keep and [k.astype(float) for k in keep]
        y, after = run_by_steps(NUMPY, cell, tree, self.x.astype(float), state, Layout(lengths, reverse), keep)
        return (y, *after)


def case(cell, sizes, seed=0, biases=True):
    """Random and never zero; weights as large as training starts from, and more."""
    batch, time, inputs, hidden = sizes
    rng = np.random.default_rng(seed)
    rows = GATES[cell] * hidden

    def random(*shape, bound=1.0):
        return rng.uniform(-bound, bound, shape).astype(np.float32)

    bound = (hidden + 1) ** -0.5
    weights = (
        random(rows, inputs, bound=bound),
        random(rows, hidden, bound=bound),
        random(rows) if biases else None,
        random(rows) if biases else None,
        random(3 * hidden) if cell == "peephole" else None,
    )
    state = tuple(random(batch, hidden) for _ in range(1 + (cell in WITH_C)))
    return Case(cell, weights, random(batch, time, inputs), state)


def same_bits(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    yield
    kernels.set_threads(1)


SIZES = st.tuples(*[st.sampled_from([1, 2, 3, 5, 8, 9, 16, 17, 33])] * 4)


@given(st.sampled_from(kernels.RECURRENT), SIZES, st.integers(0, 99), *[st.booleans()] * 4)
def test_within_1e_5_of_the_equation(cell, sizes, seed, ragged, reverse, zoneout, biases):
    at = case(cell, sizes, seed, biases)
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, sizes[1] + 1, sizes[0]) if ragged else None
    keep = [rng.uniform(0, 1, (*sizes[:2], sizes[3])).astype(np.float32) for _ in at.state] if zoneout else None
    found = at.run(lengths=lengths, reverse=reverse, keep=keep)
    for one, other in zip(found, at.exact(lengths, reverse, keep), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@given(st.sampled_from(kernels.RECURRENT), SIZES, st.lists(st.integers(1, 6), max_size=40))
@example("lstm", (40, 9, 65, 33), [])
@example("gru", (1, 33, 50, 200), [])
def test_cut_anywhere_gives_the_same_bits(cell, sizes, pieces):
    at = case(cell, sizes)
    whole, *last = at.run()
    ends, state, found = np.minimum(np.cumsum([0, *pieces, *[1] * sizes[1]]), sizes[1]), at.state, []
    for start, end in pairwise(ends):  # what no piece covers goes one step at a time
        if start < end:
            y, *after = at.run(at.x[:, start:end], tuple(state))
            state = after
            found.append(y)
    same_bits((np.concatenate(found, 1), *state), (whole, *last))


@pytest.mark.parametrize("cell", kernels.RECURRENT)
@pytest.mark.parametrize("sizes", SHARED, ids=str)
def test_neither_threads_nor_company_change_a_bit(cell, sizes):
    at = case(cell, sizes)
    expected = at.run()
    same_bits(at.run(), expected)
    for threads in (2, 3):
        kernels.set_threads(threads)
        same_bits(at.run(), expected)
        same_bits(at.run(), expected)
        for b in {0, sizes[0] // 2, sizes[0] - 1}:
            same_bits(at.rows([b]).run(), [e[[b]] for e in expected])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("cell", kernels.RECURRENT)
def test_any_order_of_lengths_permutes_the_result(cell, threads):
    kernels.set_threads(threads)
    at = case(cell, (40, 9, 20, 70))
    rng = np.random.default_rng(5)
    lengths, order = rng.integers(0, 10, 40), rng.permutation(40)
    for reverse in (False, True):
        expected = at.run(lengths=lengths, reverse=reverse)
        found = at.rows(order).run(lengths=lengths[order], reverse=reverse)
        same_bits(found, [e[order] for e in expected])
        alone = at.rows([3]).run(at.x[3:4, : lengths[3]], reverse=reverse)
        same_bits((alone[0][0], *alone[1:]), (expected[0][3, : lengths[3]], *(e[[3]] for e in expected[1:])))


@pytest.mark.parametrize("padding", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("cell", kernels.RECURRENT)
def test_padding_never_leaks(cell, padding):
    at = case(cell, (12, 7, 9, 17))
    lengths = np.random.default_rng(6).integers(0, 8, 12)
    outside = np.arange(7) >= lengths[:, None]
    keep = [np.full((12, 7, 17), 0.25, np.float32) for _ in at.state]
    dirty_x, dirty = at.x.copy(), [k.copy() for k in keep]
    for array in (dirty_x, *dirty):
        array[outside] = padding
    expected = at.run(lengths=lengths, keep=keep)
    same_bits(at.run(dirty_x, lengths=lengths, keep=dirty), expected)
    assert np.all(expected[0][outside] == 0)
    assert np.all(np.isfinite(expected[0]))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("cell", kernels.RECURRENT)
def test_what_has_no_steps_keeps_its_state(cell, threads):
    kernels.set_threads(threads)
    for sizes in ((3, 0, 4, 5), (0, 6, 4, 5), (0, 0, 4, 5), (3, 0, 0, 5)):
        at = case(cell, sizes)
        y, *last = at.run()
        assert y.shape == (*sizes[:2], 5)
        same_bits(last, at.state)
    at = case(cell, (4, 6, 4, 5))
    y, *last = at.run(lengths=np.zeros(4, np.int64))
    assert np.all(y == 0)
    same_bits(last, at.state)
    y, *last = at.run(lengths=np.array([0, 6, 0, 2]))
    same_bits([e[::2] for e in last], [s[::2] for s in at.state])
    no_inputs = case(cell, (3, 4, 0, 5))
    np.testing.assert_allclose(no_inputs.run()[0], no_inputs.exact()[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("cell", kernels.RECURRENT)
def test_any_strides_of_x(cell):
    at = case(cell, (6, 8, 9, 5))
    expected = at.run()
    for view in (
        np.asfortranarray(at.x),
        np.ascontiguousarray(at.x.transpose(1, 0, 2)).transpose(1, 0, 2),
        np.ascontiguousarray(at.x[:, ::-1])[:, ::-1],
        np.repeat(at.x, 2, axis=2)[..., ::2],
    ):
        same_bits(at.run(view), expected)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("cell", kernels.RECURRENT)
def test_a_number_that_is_not_finite_stays_in_its_row(cell, threads):
    kernels.set_threads(threads)
    for sizes in ((20, 6, 40, 70), (3, 6, 120, 160)):
        at = case(cell, sizes)
        expected = at.run()
        others = np.arange(sizes[0]) != 2
        for bad in (np.nan, np.inf):
            x = at.x.copy()
            x[2, 3, 1] = bad
            found = at.run(x)
            same_bits([f[others] for f in found], [e[others] for e in expected])
            same_bits([found[0][2, :3]], [expected[0][2, :3]])
            assert not np.isnan(bad) or all(np.isnan(f).all() for f in (found[0][2, 3:], found[1][2]))


def keeps_denormals():
    return np.float32(2.0**-126) * np.float32(0.5) != 0


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("cell", kernels.RECURRENT)
def test_denormals_give_finite_results_and_the_callers_mode_stays(cell, threads):
    kernels.set_threads(threads)
    at = case(cell, (24, 8, 40, 64))
    tiny = at._replace(
        x=at.x * np.float32(1e-39),
        state=tuple(s * np.float32(1e-39) for s in at.state),
        weights=tuple(None if w is None else w * np.float32(1e-3) for w in at.weights),
    )
    assert np.any((tiny.x != 0) & (np.abs(tiny.x) < 2.0**-126))
    for found, exact in zip(tiny.run(), tiny.exact(), strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-5, atol=1e-5)
    assert keeps_denormals()
