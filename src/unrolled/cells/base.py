"""A cell is a table and one pure function; `unroll` folds that function over a sequence."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Array, Layout, Namespace, State, Tree
from unrolled.errors import InputError

__all__ = [
    "Cell",
    "Start",
    "Zoneout",
    "check_lengths",
    "reverse_steps",
    "run",
    "run_by_steps",
    "uniform",
    "unroll",
    "zero_state",
]

Zoneout: TypeAlias = Sequence[Array] | None
"""How much of each entry of the state, (B, T, its columns) each, a step leaves as it was (Krueger et al. 2017)."""

Start = Callable[[np.random.Generator, tuple[int, ...], int], NDArray[np.float64]]
"""(generator, shape, H) → the values a parameter starts from."""


def uniform(rng: np.random.Generator, shape: tuple[int, ...], hidden: int) -> NDArray[np.float64]:
    """Uniform in ±1/√H, as torch.nn's recurrent layers start."""
    bound = hidden**-0.5
    return rng.uniform(-bound, bound, shape)


@dataclass(frozen=True)
class Cell:
    """One recurrence: the shapes of its parameters, the entries of its state, and one step.

    ``params`` maps a name to its shape in H (hidden) and D (inputs): ``{"U": "4H D"}`` is (4·H, D).
    ``state`` is a NamedTuple of arrays (B, H), or (B, ``columns``) where that names an entry ("HH": H·H, "1": one);
    the first has H. ``step(xp, params, x (B, D), state) → (y (B, H), state)``.
    ``kernel`` names the whole-sequence form a namespace may have; ``sequence`` is one of the cell's own (see
    `unrolled.cells.linear`), with the arguments of `run`; ``start`` overrides `uniform` by name. ``gates`` names the
    sigmoids and tanhs of a step in the order in which it computes them, for inspection; those beyond stay unnamed.
    """

    name: str
    params: Mapping[str, str]
    state: type[tuple[Array, ...]]
    step: Callable[[Namespace, Tree, Array, Any], tuple[Array, State]]
    kernel: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    start: Mapping[str, Start] = field(default_factory=dict)
    sequence: Callable[[Namespace, Tree, Array, Any, Layout, Zoneout], tuple[Array, State]] | None = None
    gates: tuple[str, ...] = ()

    def shapes(self, inputs: int, hidden: int) -> Tree:
        """The shape of each parameter for ``inputs`` features and ``hidden`` units."""
        sizes = {"H": hidden, "D": inputs}
        return Tree({name: tuple(_size(s, sizes) for s in spec.split()) for name, spec in self.params.items()})

    def initial(self, rng: np.random.Generator, inputs: int, hidden: int) -> Tree:
        """Parameters to start training from, as float64 numpy arrays."""
        shapes = self.shapes(inputs, hidden)
        return Tree({name: self.start.get(name, uniform)(rng, shape, hidden) for name, shape in shapes.items()})

    def state_sizes(self, hidden: int) -> tuple[int, ...]:
        """How many numbers each entry of the state has for one row."""
        names: tuple[str, ...] = self.state._fields  # type: ignore[attr-defined]
        return tuple(_size(self.columns.get(name, "H"), {"H": hidden}) for name in names)


def _size(spec: str, sizes: Mapping[str, int]) -> int:
    """ "4H" → 4·H, "HH" → H·H, "2" → 2."""
    letters = spec.lstrip("0123456789")
    return int(spec.removesuffix(letters) or 1) * math.prod(sizes[letter] for letter in letters)


def zero_state(xp: Namespace, cell: Cell, batch: int, hidden: int, like: Array) -> State:
    """A state of zeros, what ``state=None`` means everywhere."""
    return cell.state(*(xp.zeros((batch, size), like) for size in cell.state_sizes(hidden)))


def unroll(
    xp: Namespace, cell: Cell, params: Tree, x: Array, state: State, lengths: Array | None = None
) -> tuple[Array, State]:
    """Fold ``cell.step`` over x (B, T, D) from ``state`` → y (B, T, H), state after each row's own last step.

    ``lengths`` (B,), whole numbers in any order, 0 allowed: steps at or past a row's length leave its state as it is
    and give y = 0; what stands in the padding, NaN included, reaches neither results nor gradients. Raises InputError
    for lengths of another shape, below 0 or above T.
    """
    if lengths is not None:
        check_lengths(lengths, *x.shape[:2])
    outputs = []
    # Steps are taken by iterating, of torch an unbind: the gradient of x[:, t] would fill all of x's at each step.
    for t, now in enumerate(x.swapaxes(0, 1)):
        if lengths is None:
            y, state = cell.step(xp, params, now, state)
        else:
            alive = (lengths > t)[:, None]
            y, after = cell.step(xp, params, xp.where(alive, now, xp.zeros(now.shape, now)), state)
            y = xp.where(alive, y, xp.zeros(y.shape, y))
            state = cell.state(*(xp.where(alive, new, old) for new, old in zip(after, state, strict=True)))
        outputs.append(y)
    if not outputs:
        return xp.zeros((x.shape[0], 0, state[0].shape[-1]), x), state
    return xp.stack_time(outputs), state


def check_lengths(lengths: Array, batch: int, time: int) -> None:
    """InputError unless lengths are (B,) numbers of steps from 0 to T."""
    if tuple(lengths.shape) != (batch,):
        raise InputError(f"lengths have shape {tuple(lengths.shape)}; expected ({batch},), one for each row of x")
    if bool(((lengths < 0) | (lengths > time)).any()):
        raise InputError(f"lengths go from {lengths.min()} to {lengths.max()}; expected 0 to {time}, the steps of x")


def run(
    xp: Namespace,
    cell: Cell,
    params: Tree,
    x: Array,
    state: State,
    layout: Layout = Layout(),  # noqa: B008  an immutable tuple
    keep: Zoneout = None,
) -> tuple[Array, State]:
    """`unroll`, by the cell's or the namespace's whole-sequence form of it where there is one for these arrays.

    ``layout`` says how many steps each row has and in which direction they are read. Raises InputError for lengths of
    another shape, below 0 or above T.
    """
    if layout.lengths is not None:
        check_lengths(layout.lengths, *x.shape[:2])
    if cell.sequence is not None:
        return cell.sequence(xp, params, x, state, layout, keep)
    sequencer = xp.recurrent(cell.kernel, x) if 0 not in x.shape else None
    if sequencer is not None:
        y, after = sequencer(params, x, state, layout, keep)
        return y, cell.state(*after)
    return run_by_steps(xp, cell, params, x, state, layout, keep)


def run_by_steps(
    xp: Namespace,
    cell: Cell,
    params: Tree,
    x: Array,
    state: State,
    layout: Layout = Layout(),  # noqa: B008
    keep: Zoneout = None,
) -> tuple[Array, State]:
    """`run` by the cell's own step: the reference of every kernel."""
    lengths, reverse = layout
    if reverse:
        x, keep = reverse_steps(xp, x, lengths), keep and [reverse_steps(xp, k, lengths) for k in keep]
    if keep is None:
        y, state = unroll(xp, cell, params, x, state, lengths)
    else:
        y, state = _with_zoneout(xp, cell, params, x, state, lengths, keep)
    return (reverse_steps(xp, y, lengths) if reverse else y), state


def reverse_steps(xp: Namespace, x: Array, lengths: Array | None = None) -> Array:
    """x (B, T, D) with the first ``lengths[b]`` steps of each row b in reverse order; padding stays where it is."""
    if lengths is None:
        return xp.reverse_time(x)
    steps, ends = xp.arange(x.shape[1])[None, :], lengths[:, None]
    return xp.gather_time(x, xp.where(steps < ends, ends - 1 - steps, steps))


def _with_zoneout(
    xp: Namespace, cell: Cell, params: Tree, x: Array, state: State, lengths: Array | None, keep: Sequence[Array]
) -> tuple[Array, State]:
    outputs = []
    for t in range(x.shape[1]):
        alive = (
            None
            if lengths is None
            else xp.where(lengths > t, xp.full_ids(lengths.shape, 1), xp.full_ids(lengths.shape, 0))
        )
        _, after = unroll(xp, cell, params, x[:, t : t + 1], state, alive)
        held = [k[:, t] * old + (1 - k[:, t]) * new for k, old, new in zip(keep, state, after, strict=True)]
        if alive is not None:
            held = [xp.where(alive[:, None] > 0, h, old) for h, old in zip(held, state, strict=True)]
        state = cell.state(*held)
        outputs.append(
            state[0] if alive is None else xp.where(alive[:, None] > 0, state[0], xp.zeros(state[0].shape, x))
        )
    if not outputs:
        return xp.zeros((x.shape[0], 0, state[0].shape[-1]), x), state
    return xp.stack_time(outputs), state
