"""Linear recurrences h′ = a ⊙ h + b: coefficients of the input alone, so that a sequence is one product and a scan.

A state of one array is real; one of two is the real and the imaginary part of complex numbers, which stand in this
order in the last axis of a, of b and of what the scan gives. P below is the number of these arrays.
"""

from collections.abc import Callable, Mapping

from unrolled.arrays import Array, Layout, Namespace, State, Tree
from unrolled.cells.base import Cell, Start, Zoneout, reverse_steps

__all__ = ["linear_cell", "scan_by_steps"]

Coefficients = Callable[[Namespace, Tree, Array], tuple[Array, Array]]
"""(parameters, x (..., D)) → b's factor a (..., P·H), or (P·H) where it is the same at every step, and b (..., P·H)."""

Output = Callable[[Namespace, Tree, Array, Array], Array]
"""(parameters, x (..., D), h′ (..., P·H)) → y (..., H)."""


def shows_its_state(xp: Namespace, params: Tree, x: Array, h: Array) -> Array:
    """y = h′."""
    return h


def linear_cell(
    name: str,
    params: Mapping[str, str],
    state: type[State],
    coefficients: Coefficients,
    output: Output = shows_its_state,
    start: Mapping[str, Start] | None = None,
    gates: tuple[str, ...] = (),
) -> Cell:
    """A cell whose step and whose sequence both come from its coefficients, so that they cannot disagree.

    Zoneout keeps it linear: k ⊙ h + (1 - k) ⊙ (a ⊙ h + b). A complex unit keeps or changes both its parts: the
    first mask counts.
    """

    def step(xp: Namespace, p: Tree, x: Array, s: State) -> tuple[Array, State]:
        h = _advance(xp, *coefficients(xp, p, x), xp.concat(s), len(s))
        return output(xp, p, x, h), state(*xp.chunk(h, len(s)))

    def sequence(xp: Namespace, p: Tree, x: Array, s: State, layout: Layout, keep: Zoneout) -> tuple[Array, State]:
        if layout.lengths is not None:  # no product may see what stands in the padding
            alive = xp.arange(x.shape[1])[None, :] < layout.lengths[:, None]
            x = xp.where(alive[..., None], x, xp.zeros((1,), x))
        a, b = coefficients(xp, p, x)
        if keep is not None:
            k, off = xp.concat([keep[0]] * len(s)), xp.concat([keep[0], *(0 * k for k in keep[1:])])
            a, b = (1 - k) * a + off, (1 - k) * b
        h, last = xp.scan(a, b, s, layout) or scan_by_steps(xp, a, b, s, layout)
        return output(xp, p, x, h), state(*last)

    return Cell(name, params, state, step, start=start or {}, sequence=sequence, gates=gates)


def _advance(xp: Namespace, a: Array, b: Array, h: Array, parts: int) -> Array:
    """A ⊙ h + b."""
    if parts == 1:
        return a * h + b
    (a_re, a_im), (re, im) = xp.chunk(a, 2), xp.chunk(h, 2)
    return xp.concat([a_re * re - a_im * im, a_re * im + a_im * re]) + b


def scan_by_steps(
    xp: Namespace,
    a: Array,
    b: Array,
    state: State,
    layout: Layout = Layout(),  # noqa: B008  an immutable tuple
) -> tuple[Array, State]:
    """Fold h′ = a ⊙ h + b over b (B, T, P·H) → h at each step (B, T, P·H), state: the reference of the kernel.

    ``a`` is like b, or (P·H) where it is the same everywhere.
    """
    (lengths, reverse), constant, h, steps = layout, a.ndim == 1, xp.concat(state), []
    if reverse:
        a, b = a if constant else reverse_steps(xp, a, lengths), reverse_steps(xp, b, lengths)
    for t in range(b.shape[1]):
        after = _advance(xp, a if constant else a[:, t], b[:, t], h, len(state))
        if lengths is None:
            h, y = after, after
        else:
            alive = (lengths > t)[:, None]
            h, y = xp.where(alive, after, h), xp.where(alive, after, xp.zeros((1,), after))
        steps.append(y)
    y = xp.stack_time(steps) if steps else xp.zeros(b.shape, b)
    return (reverse_steps(xp, y, lengths) if reverse else y), tuple(xp.chunk(h, len(state)))
