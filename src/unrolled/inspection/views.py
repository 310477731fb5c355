"""The four views of a model that reads an input: their numbers, and what draws them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled import inspection
from unrolled.arrays import NUMPY, Tree, map_tree
from unrolled.cells import CELLS
from unrolled.errors import InputError
from unrolled.inference.answers import Answers
from unrolled.inference.frozen import checked_finite
from unrolled.inputs import Input
from unrolled.inputs.ruler import Ruler
from unrolled.layers import Pooling, Recurrent
from unrolled.models import Model, RecurrentBody
from unrolled.progress import remark

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["VIEWS", "Inspected", "inspect", "plain"]

MOST_STEPS = 200  # of which a picture can still be read
MOST_PLACES = 2_000  # along a ruler


class Inspectable(Protocol):
    """What a view asks of a task."""

    @property
    def input_(self) -> Input:
        """The fitted input."""

    def network(self) -> tuple[Model, Tree]:
        """The model and its parameters."""

    def answers(self) -> Answers:
        """What the model's scores stand for."""

    def describe(self) -> str:
        """One line on what the model is."""

    def steps(self, raw: Any) -> tuple[list[str], NDArray[np.float32]]:
        """What stands at each step of an input, and the vectors (T, D) that the layers read."""


@dataclass(frozen=True)
class Inspected:
    """A model and the steps that it reads; ``given`` is False where these are drawn at random."""

    model: Model
    params: Tree
    answers: Answers
    words: list[str]
    x: NDArray[np.floating]
    given: bool
    ruler: Ruler | None = None
    part: str = ""
    """Which of the steps of a long input these are."""

    @property
    def layers(self) -> Recurrent:
        """The recurrent layers; `inspect` lets no other model pass to the views that ask for them."""
        assert self.model.layers is not None
        return self.model.layers

    @property
    def read(self) -> NDArray[np.floating]:
        """What the recurrent layers read of the vectors x (T, ...): all of it, or what a convolution makes of them."""
        assert isinstance(self.model.body, RecurrentBody)
        read: NDArray[np.floating] = self.model.body.read(NUMPY, self.params, self.x[None])[0]
        return read

    @property
    def title(self) -> str:
        """The cell and its units."""
        units = " and ".join(f"{width} units" for width in self.layers.widths)
        return f"{self.layers.cell.name}, {units}" + (f"; {self.part}" if self.part else "")

    @property
    def calibrated(self) -> Tree:
        """The parameters behind the network's own answers: those of the head are divided by the temperature."""
        temperature = self.answers.temperature
        if temperature == 1.0:
            return self.params
        return Tree(self.params | {"output": map_tree(lambda weights: weights / temperature, self.params.output)})

    def decision(self, scores: NDArray[np.floating]) -> int:
        """The outcome with the largest of the scores (K,), among those that `predict` may answer with."""
        hidden = set(self.answers.hidden)
        return int(max((i for i in range(len(scores)) if i not in hidden), key=lambda i: scores[i]))

    def scores(self) -> NDArray[np.floating]:
        """The scores (K,) after the last step."""
        scores: NDArray[np.floating] = self.model.scores(NUMPY, self.params, self.x[None], np.array([len(self.x)]))[0]
        return checked_finite(scores)


AnyArray = dict[str, Any]
"""What --json prints."""
Draw = Callable[[inspection.Look], "Figure"]
View = Callable[[Inspected], tuple[AnyArray, Draw, str]]
"""What a view gives: its numbers, the function that draws them, and a line for standard error."""


def inspect(task: Inspectable, folder: str, raw: Any, view: str) -> Inspected:
    """A task's model, loaded from ``folder``, and what it reads of a raw input; InputError where this view has nothing
    to show."""
    model, params = task.network()
    whole = model.pool is not None and view == "words"  # which needs no memory
    if model.layers is None and not whole:
        raise InputError(f"{folder}: {task.describe()}. It has no memory to look into; expected a recurrent model")
    if raw is None and view in ("memory", "words"):
        raise InputError(f"--{view} shows what the model does with an input, and there is none; give a text, or @FILE")
    if raw is None:
        words, x = _random_steps(task, model, params, 5 if view == "unrolled" else 50)
        return Inspected(model, params, task.answers(), words, x, False)
    words, x = task.steps(raw)
    if len(words) != len(x):
        raise InputError(f"{folder}: {task.describe()}. It reads no step after another; expected a model that does")
    if not len(x):
        raise InputError(task.input_.empty(raw))
    ruler, steps, part = task.input_.ruler(raw), len(x), ""
    most = MOST_PLACES if ruler is not None and view in ("memory", "words") else MOST_STEPS
    if steps > most and view != "unrolled":
        words, x = words[-most:], x[-most:]
        ruler = None if ruler is None else ruler.after(steps - most)
        part = f"the last {most:,} of {steps:,} steps"
        remark(f"the input has {steps:,} steps; {part} are read and shown, the others left out")
    return Inspected(model, params, task.answers(), words, x, True, ruler, part)


def _random_steps(task: Inspectable, model: Model, params: Tree, steps: int) -> tuple[list[str], NDArray[np.floating]]:
    """Steps drawn at random, always the same: words of the vocabulary, or what else the input draws."""
    rng = np.random.default_rng(0)
    x: NDArray[np.floating]
    if "words" in params:
        vectors = params.words.vectors
        x = vectors[rng.integers(min(2, len(vectors) - 1), len(vectors), steps)]
    else:
        x = task.input_.random(rng, steps)
    return [f"x{i}".translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")) for i in range(1, steps + 1)], x


def _memory(at: Inspected) -> tuple[AnyArray, Draw, str]:
    memories = inspection.read_memory(at.layers, at.params.layers, at.read)
    numbers = [
        {
            "layer": memory.layer + 1,
            "direction": memory.direction,
            "change": inspection.state_changes(memory),
            "states": {name: _summary(values) for name, values in memory.states.items()},
            "gates": {name: _summary(values) for name, values in memory.gates.items()},
        }
        for memory in memories
    ]
    title = f"What it remembers while it reads ({at.title})"
    most = max(memories, key=lambda memory: float(inspection.state_changes(memory).max()))
    step = int(inspection.state_changes(most).argmax())
    told = f"{len(at.x)} steps; {at.words[step]!r} moves the memory most"
    return {"memory": numbers}, lambda look: inspection.draw_memory(look, memories, at.words, title, at.ruler), told


def _summary(values: NDArray[np.floating]) -> dict[str, Any]:
    """Over the units, at each step."""
    return {"units": values.shape[1], "mean": values.mean(1), "deviation": values.std(1), "largest": abs(values).max(1)}


def _gradients(at: Inspected) -> tuple[AnyArray, Draw, str]:
    from unrolled.nn import gradients

    layers = at.layers
    flows = inspection.gradient_flows(layers, at.params.layers, at.read)
    fresh = inspection.untrained_norms(CELLS, layers.widths[0], at.read)
    names = [flow.name for flow in flows]
    weight = "W" if "W" in layers.cell.params else "U"
    by_weight = gradients.weight_gradients(at.model, at.params, at.x, at.decision(at.scores()))
    parts = [
        (f"dLoss/d{weight}, {name}", inspection.gradient_shares(values))
        for name, values in zip(names, by_weight, strict=True)
    ]
    untrained = {name: {**gradients.verdict(norms)._asdict(), "norms": norms} for name, norms in fresh.items()}
    numbers = [
        {
            "name": flow.name,
            "cell": flow.cell,
            "verdict": flow.word,
            "reach": flow.reach,
            "factor_per_step": flow.per_step,
            "spectral_radii": flow.radii,
            "measured": flow.measured,
            "predicted": flow.predicted,
            "simplified": flow.simplified,
            "shares": share,
        }
        for flow, (_, share) in zip(flows, parts, strict=True)
    ]
    what = "" if at.given else f", over {len(at.x)} steps drawn at random"
    title = f"How far the gradient reaches ({at.title}{what})"
    remark = "".join(f"\n  {flow.name} ({flow.cell}): {flow.sentence()}" for flow in flows)
    return (
        {"layers": numbers, "started_anew": untrained},
        lambda look: inspection.draw_gradients(look, flows, fresh, parts, at.words, title),
        remark,
    )


def _words(at: Inspected) -> tuple[AnyArray, Draw, str]:
    from unrolled.nn import gradients

    integrated = gradients.integrated_gradients(at.model, at.calibrated, at.x, at.decision(at.scores()))
    decision = at.answers.names[integrated.target]
    share = 1 / (1 + np.exp(-integrated.end))
    before, after = f"{integrated.start:+.2f} before anything is read", f"{integrated.end:+.2f} after"
    below = f"log-odds: {before}, {after}; the bars add up to the rest"
    title = f"What drove the decision: {decision} ({share:.0%})" + (f", {at.part}" if at.part else "")
    order = np.argsort(-integrated.steps)[:3]
    remark = f"{decision} ({share:.1%}); most for it: {', '.join(repr(at.words[i]) for i in order)}"
    numbers = {
        "decision": decision,
        "probability": share,
        "log_odds": integrated.end,
        "log_odds_of_nothing": integrated.start,
        "attributions": integrated.steps,
    }
    return numbers, lambda look: inspection.draw_words(look, integrated.steps, at.words, title, below, at.ruler), remark


def _unrolled(at: Inspected) -> tuple[AnyArray, Draw, str]:
    layers, shapes, pool = at.layers, at.model.shapes(), at.model.pool
    pooled = pool.description if isinstance(pool, Pooling) else ""
    if pool is not None:
        scores = at.scores()[None]
    else:
        y, _ = layers.forward(NUMPY, at.params.layers, at.read[None])
        scores = at.model.output.scores(at.params, y[0])
    rows, columns = at.model.output.matrix(at.params)[0].shape
    outputs = [at.answers.names[at.decision(row)] for row in scores]
    if not at.given:
        outputs = ["decision"] if pooled else [word.replace("x", "y") for word in at.words]
    sketch = inspection.Sketch(layers, shapes.layers, (rows, columns), outputs, pooled)
    weights = dict(inspection.weight_shapes(layers, shapes.layers)) | {"O": (rows, columns)}
    sizes = ", ".join(f"{name} [{' × '.join(map(str, shape))}]" for name, shape in weights.items())
    numbers = {"weights": weights, "outputs": outputs}
    return numbers, lambda look: inspection.draw_unrolled(look, sketch, at.words), f"{sizes}, the same at every step"


VIEWS: dict[str, View] = {"memory": _memory, "gradients": _gradients, "words": _words, "unrolled": _unrolled}


def plain(value: Any) -> Any:
    """Arrays as lists, numbers with six digits, null where they are not finite."""
    if isinstance(value, dict):
        return {name: plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(entry) for entry in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return value
