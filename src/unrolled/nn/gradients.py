"""What autograd says of a memory: how far back its gradient reaches, what each step adds, which inputs count.

All in float64, by the cells' own steps. S is a layer's whole state, its entries side by side; n is how many numbers it
has. The norm of a Jacobian J is ‖J‖_F / √n, the factor by which a gradient of any direction shrinks on average: 1 for
the identity. Large states are measured along some random orthonormal directions v, of which ‖vᵀJ‖² is the mean.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unrolled.arrays import Array, Namespace, State, Tree, map_tree
from unrolled.cells import Cell, zero_state
from unrolled.errors import InputError
from unrolled.layers.watched import Step, watched
from unrolled.models import Model
from unrolled.nn.namespace import TORCH

__all__ = [
    "Attributions",
    "Verdict",
    "directions",
    "integrated_gradients",
    "jacobian_products",
    "log_odds",
    "state_gradients",
    "verdict",
    "weight_gradients",
]

Floats = NDArray[np.floating]
MOST_DIRECTIONS = 64
GRADIENT_NUMBERS = 2**27  # of the gradients of all steps together: a GiB
NODES = 64  # points of the path from vectors of zeros to the input
NODES_AT_ONCE = 16


class Verdict(NamedTuple):
    """``reach``: the farthest distance, in steps, up to which at least a hundredth of the gradient arrives."""

    word: str  # vanishing, healthy or exploding
    reach: int


def verdict(norms: Floats) -> Verdict:
    """Norms (T,) of a gradient by distance, from 0. Exploding: somewhere it is a hundred times that of distance 0."""
    relative = norms / norms[0] if norms[0] > 0 else np.zeros(len(norms))
    below = np.flatnonzero(~(relative >= 0.01))
    reach = int(below[0]) - 1 if len(below) else len(norms) - 1
    word = "exploding" if np.nanmax(relative) > 100 or np.isnan(relative).any() else "healthy"
    return Verdict("vanishing" if len(below) and word == "healthy" else word, max(reach, 0))


def directions(cell: Cell, hidden: int, most: int = MOST_DIRECTIONS, seed: int = 0) -> Floats:
    """Orthonormal rows (P, n) along which a layer's Jacobians are measured: all n, or ``most`` at most."""
    state = zero_state(TORCH, cell, 1, hidden, torch.zeros(1))
    size = sum(entry.numel() for entry in state)
    count = min(size, most, max(4, 2**18 // size))
    if count == size:
        return np.eye(size)
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(size, count)))[0].T


def state_gradients(cell: Cell, params: Tree, x: Floats, rows: Floats) -> Floats:
    """The norm of ∂S_T/∂S_t for the distances T - t = 0 … T - 1, back-propagated through the whole sequence x (T, D).

    Each row of the batch reads the same sequence, and stands for one of the directions ``rows`` (P, n) of S_T.
    """
    now, states = _start(cell, params, rows), []
    tree, steps = map_tree(_tensor, params), _tensor(x)
    for step in steps:
        _, after = cell.step(TORCH, tree, step.expand(len(rows), -1), now)
        now = cell.state(*(entry.clone() for entry in after))  # a state apart: one of its entries may make another
        states.append(now)
    total = (_flat(now) * _tensor(rows)).sum()
    leaves = [entry for state in states for entry in state]
    entries = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
    width = len(now)
    norms = [_norm(_flat(entries[i : i + width])) for i in range(0, len(entries), width)]
    return np.array(norms[::-1])


def jacobian_products(cell: Cell, params: Tree, x: Floats, rows: Floats) -> Floats:
    """The same norms predicted: the product of the Jacobians dS_t/dS_{t-1} of single steps, from the last one back."""
    tree, steps, now = map_tree(_tensor, params), _tensor(x), _start(cell, params, rows)
    before = []
    with torch.no_grad():
        for step in steps:
            before.append(now)
            _, now = cell.step(TORCH, tree, step.expand(len(rows), -1), now)
    product, norms = _tensor(rows), [1.0]
    for step, state in zip(reversed(steps[1:]), reversed(before[1:]), strict=True):
        leaf = cell.state(*(entry.detach().requires_grad_() for entry in state))
        _, after = cell.step(TORCH, tree, step.expand(len(rows), -1), leaf)
        total = (_flat(after) * product).sum()
        product = _flat(torch.autograd.grad(total, list(leaf), allow_unused=True, materialize_grads=True))
        norms.append(_norm(product))
    return np.array(norms)


def weight_gradients(model: Model, params: Tree, x: Floats, target: int | None = None) -> list[Floats]:
    """What each step adds to dLoss/dW while the model reads vectors x (T, D): per layer and direction (T, *W's shape).

    The loss is -log of the probability of ``target``, or of the model's own answer. Each step is given a W of its own;
    the gradients of these add up to that of the one W. Of a cell without W it is U. Raises InputError where these
    would fill the memory.
    """
    layers = model.layers
    assert layers is not None
    name = _shared_weight(layers.cell)
    sizes = [array.size for layer in params.layers.values() for array in _named(layer, name)]
    if max(sizes) * len(x) * len(sizes) > GRADIENT_NUMBERS:
        raise InputError(f"{len(x)} steps of {name} with {max(sizes):,} weights are too many; expected a shorter input")
    copies: list[Tensor] = []

    def watch(step: Step, xp: Namespace, p: Tree, now: Array, state: State) -> tuple[Array, State]:
        copies.append(p[name].clone())
        return step(xp, Tree({**p, name: copies[-1]}), now, state)

    tree = map_tree(lambda array: _tensor(array).requires_grad_(), params)
    scores = model.with_layers(watched(layers, watch)).scores(TORCH, tree, _tensor(x)[None], _lengths(x))[0]
    chosen = int(scores.argmax()) if target is None else target
    loss = -torch.log_softmax(scores, 0)[chosen]
    each_step = torch.autograd.grad(loss, copies, allow_unused=True, materialize_grads=True)
    groups = [torch.stack(each_step[i : i + len(x)]).numpy() for i in range(0, len(each_step), len(x))]
    back = (False, True) if layers.bidirectional else (False,)
    return [group[::-1] if back[i % len(back)] else group for i, group in enumerate(groups)]


class Attributions(NamedTuple):
    """``steps`` (T,): how much each step moved the log-odds of ``target``, from ``start`` (nothing read) to ``end``."""

    steps: Floats
    target: int
    start: float
    end: float


def integrated_gradients(model: Model, params: Tree, x: Floats, target: int | None = None) -> Attributions:
    """Which of the vectors x (T, D) drove the decision: a_t = x_t · ∫₀¹ ∂F/∂x_t (αx) dα (Sundararajan et al. 2017).

    F is the log-odds of ``target``, or of the model's own answer; α runs from vectors of zeros to x, by Gauss and
    Legendre's rule. The attributions add up to F(x) - F(0).
    """
    tree, whole = map_tree(_tensor, params), _tensor(x)

    def score(vectors: Tensor) -> Tensor:
        scores: Tensor = model.scores(TORCH, tree, vectors, _lengths(x, len(vectors)))
        return scores

    with torch.no_grad():
        ends = score(torch.stack([0 * whole, whole]))
    chosen = int(ends[1].argmax()) if target is None else target
    at, weights = (_tensor((a + b) / 2) for a, b in zip(np.polynomial.legendre.leggauss(NODES), (1, 0), strict=True))
    slope = torch.zeros_like(whole)
    for i in range(0, NODES, NODES_AT_ONCE):
        path = (at[i : i + NODES_AT_ONCE, None, None] * whole).requires_grad_()
        total = weights[i : i + NODES_AT_ONCE] @ log_odds(score(path), chosen)
        slope += torch.autograd.grad(total, path)[0].sum(0)
    start, end = log_odds(ends, chosen).tolist()
    return Attributions((slope * whole).sum(1).numpy(), chosen, start, end)


def log_odds(scores: Tensor, target: int) -> Tensor:
    """Scores (B, C), C at least 2 → log p / (1 - p) of class ``target``, (B,)."""
    others = torch.cat([scores[:, :target], scores[:, target + 1 :]], 1)
    return scores[:, target] - torch.logsumexp(others, 1)


def _tensor(array: Floats) -> Tensor:
    return torch.tensor(np.ascontiguousarray(array), dtype=torch.float64)


def _lengths(x: Floats, batch: int = 1) -> Tensor:
    return torch.full((batch,), len(x))


def _start(cell: Cell, params: Tree, rows: Floats) -> State:
    """The zero state of a batch of P, asking for gradients, so that a step that leaves it as it is can be measured."""
    entries = zero_state(TORCH, cell, len(rows), _hidden(cell, params), torch.zeros(1, dtype=torch.float64))
    return cell.state(*(entry.requires_grad_() for entry in entries))


def _hidden(cell: Cell, params: Tree) -> int:
    """H, from a parameter of which a dimension is H itself."""
    for name, spec in cell.params.items():
        for size, letter in zip(params[name].shape, spec.split(), strict=True):
            if letter == "H":
                return int(size)
            if letter.endswith("H"):
                return int(size) // int(letter[:-1])
    raise AssertionError(f"{cell.name} has no parameter of its width")


def _flat(state: State) -> Tensor:
    """(P, n)."""
    return torch.cat([entry.flatten(1) for entry in state], 1)


def _norm(rows: Tensor) -> float:
    """Root of the mean over directions of the squared length of vᵀJ."""
    return float(rows.square().sum(1).mean().sqrt())


def _shared_weight(cell: Cell) -> str:
    return "W" if "W" in cell.params else "U"


def _named(tree: Tree, name: str) -> Iterator[Floats]:
    """The arrays of this name in a layer's tree, one for each direction."""
    if name in tree:
        yield tree[name]
    else:
        yield from (tree[direction][name] for direction in ("ahead", "back"))
