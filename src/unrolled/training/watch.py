"""How far back the gradient reaches while a model learns: ∂loss/∂S_t by distance, over one batch."""

from typing import Any

import torch
from torch import Tensor

from unrolled.arrays import Array, Namespace
from unrolled.errors import InputError
from unrolled.layers.watched import Step, watched
from unrolled.nn.gradients import verdict
from unrolled.training.problem import Problem, Watchable

__all__ = ["check_watchable", "watch_gradients"]


def check_watchable(problem: Problem) -> None:
    """Raise InputError where the problem's model has no memory, or none whose gradient it shows."""
    if not isinstance(problem, Watchable):
        raise InputError("watch_gradients means nothing for this kind of model; leave it out", "watch_gradients")
    if problem.model.layers is None:
        raise InputError("watch_gradients is True, but this model has no memory to watch; expected a recurrent model")


def watch_gradients(problem: Problem) -> list[dict[str, Any]]:
    """A problem's model as it stands → for each layer and direction a verdict, its reach and the norms by distance.

    The loss is that at the end of each row; the norm at distance d is that of ∂loss/∂S_t, t = d steps before the last
    that the direction reads, all entries of the state together, in the mean over the rows that are long enough.
    Neither weights nor their gradients nor any random number are touched.
    """
    assert isinstance(problem, Watchable)
    layers = problem.model.layers
    assert layers is not None
    states: list[tuple[Tensor, ...]] = []

    def watch(step: Step, xp: Namespace, params: Any, x: Array, state: Any) -> tuple[Array, Any]:
        y, after = step(xp, params, x, state)
        states.append(tuple(after))
        return y, after

    with torch.enable_grad():
        loss, lengths = problem.last_loss(problem.model.with_layers(watched(layers, watch)))
        entries = [entry for state in states for entry in state]
        gradients = torch.autograd.grad(loss, entries, allow_unused=True, materialize_grads=True)
    width, directions = len(states[0]), ("ahead", "back") if layers.bidirectional else ("ahead",)
    steps = len(states) // (len(layers.widths) * len(directions))
    squares = torch.stack([g.flatten(1).square().sum(1) for g in gradients]).view(-1, steps, width, len(lengths)).sum(2)
    reports = []
    for i, square in enumerate(squares):  # (T, B)
        norms = _by_distance(square.sqrt(), lengths)
        word, reach = verdict(norms.numpy())
        about = {"layer": i // len(directions) + 1, "direction": directions[i % len(directions)]}
        rounded = [float(f"{norm:.4g}") for norm in norms]
        reports.append({**about, "verdict": word, "reach": reach, "norms": rounded})
    return reports


def _by_distance(norms: Tensor, lengths: Tensor) -> Tensor:
    """Norms (T, B) by step → (T,) by distance from each row's own last step."""
    distances = torch.arange(len(norms))[:, None]
    long_enough = distances < lengths
    moved = norms.gather(0, (lengths - 1 - distances).clamp(min=0)) * long_enough
    return moved.sum(1) / long_enough.sum(1).clamp(min=1)
