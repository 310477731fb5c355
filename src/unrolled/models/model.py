"""A model is a body that turns a sequence into features, and a head that turns features into scores."""

from dataclasses import dataclass, replace
from typing import Protocol

from unrolled.arrays import Array, Namespace, Noise, State, Tree
from unrolled.errors import InputError
from unrolled.layers import Dense, Embedding, Recurrent, dropout
from unrolled.layers.window import first_steps
from unrolled.models.base import Composite
from unrolled.models.bodies import Body, RecurrentBody
from unrolled.models.heads import Head, Softmax

__all__ = ["FirstSteps", "Model", "Pool", "rows_at_once", "steps_at_once"]

_NUMBERS = 2**25  # of the vectors in memory at once


class Pool(Protocol):
    """Makes one vector of the features of a sequence."""

    @property
    def outputs(self) -> int:
        """Features of that vector."""

    @property
    def streams(self) -> bool:
        """Whether it can continue step by step."""

    def forward(self, xp: Namespace, params: Tree, y: Array, lengths: Array) -> Array:
        """Features (B, T, E), lengths (B,) → (B, outputs)."""


@dataclass(frozen=True)
class FirstSteps(Composite):
    """The features of the first ``window`` steps side by side → tanh units: weights that grow with the window."""

    hidden: Dense
    window: int

    @property
    def outputs(self) -> int:
        """Hidden units."""
        return self.hidden.outputs

    @property
    def streams(self) -> bool:
        """False: the window does not move."""
        return False

    def forward(self, xp: Namespace, params: Tree, y: Array, lengths: Array) -> Array:
        """y (B, T, E), zero in the padding → (B, units)."""
        return xp.tanh(self.hidden.forward(params.hidden, first_steps(xp, y, self.window)))


@dataclass(frozen=True)
class Model(Composite):
    """A body, a head and, where the whole sequence has one answer, a pooling of its features.

    ``dropout`` acts on the features before the head; ``variational``: one mask for all steps of a sequence.
    """

    body: Body
    pool: Pool | None
    output: Head
    dropout: float = 0.0
    variational: bool = False

    def __post_init__(self) -> None:
        words: Embedding | None = getattr(self.body, "words", None)
        tied = isinstance(self.output, Softmax) and self.output.tied
        if tied and words is not None and self.body.outputs != words.width:
            units = self.body.outputs
            raise InputError(f"the last layer has {units} units; tied to the word vectors it has {words.width}")

    @property
    def layers(self) -> Recurrent | None:
        """The recurrent layers; None where nothing recurs."""
        return self.body.layers if isinstance(self.body, RecurrentBody) else None

    def with_layers(self, layers: Recurrent) -> "Model":
        """The same model with other recurrent layers, such as watched ones."""
        assert isinstance(self.body, RecurrentBody)
        return replace(self, body=replace(self.body, layers=layers))

    @property
    def streams(self) -> bool:
        """Whether it can continue from a state, step by step."""
        return self.body.streams and (self.pool is None or self.pool.streams)

    def forward(
        self,
        xp: Namespace,
        params: Tree,
        inputs: Array,
        state: State | None = None,
        lengths: Array | None = None,
        noise: Noise | None = None,
    ) -> tuple[Array, State]:
        """Inputs (B, T) or (B, T, D) → features (B, T, E) of each step, state."""
        x = self.body.embed(xp, params, inputs)
        y, state = self.body.forward(xp, params, x, state, lengths, noise)
        return dropout(y, self.dropout, noise, self.variational), state

    def summary(
        self, xp: Namespace, params: Tree, x: Array, lengths: Array | None = None, noise: Noise | None = None
    ) -> Array:
        """x as the body's `embed` gives it, lengths (B,) from 1 to T → features (B, E) of each whole sequence.

        Without pooling these are the features of its last step.
        """
        y, _ = self.body.forward(xp, params, x, None, lengths, noise)
        if self.pool is None:
            pooled = y[:, -1] if lengths is None else xp.gather_time(y, (lengths - 1)[:, None])[:, 0]
        else:
            ends = xp.full_ids((x.shape[0],), x.shape[1]) if lengths is None else lengths
            own: Tree = params if isinstance(self.pool, Composite) else params.get("pool", Tree())
            pooled = self.pool.forward(xp, own, y, ends)
        return dropout(pooled[:, None], self.dropout, noise, self.variational)[:, 0]

    def scores(
        self, xp: Namespace, params: Tree, x: Array, lengths: Array | None = None, noise: Noise | None = None
    ) -> Array:
        """The scores (B, K) of each whole sequence, or of what follows it."""
        return self.output.scores(params, self.summary(xp, params, x, lengths, noise))

    def zero_state(self, xp: Namespace, batch: int, like: Array) -> State:
        """The state before the first step; ``like`` gives the dtype."""
        return self.body.zero_state(xp, batch, like)


def rows_at_once(model: Model, longest: int, most: int) -> int:
    """How many rows of ``longest`` steps to read side by side: 1 to ``most``, by the memory that their vectors take."""
    return max(1, min(most, _NUMBERS // max(1, longest * model.body.inputs)))


def steps_at_once(model: Model) -> int:
    """How many steps of one row to read at once, by the memory that their vectors take."""
    return max(1, _NUMBERS // max(1, model.body.inputs))
