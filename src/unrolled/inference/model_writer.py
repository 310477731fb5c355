"""An encoder–decoder that writes, by its own functions, on numpy or on torch: the reference of the frozen one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Array, Namespace, Tree, map_state
from unrolled.decoding.base import Stepped
from unrolled.layers import Memory
from unrolled.models.encoder_decoder import DecoderState, EncoderDecoder

__all__ = ["ModelWriter"]

State = tuple[Memory, DecoderState]


class ModelWriter:
    """A `unrolled.decoding.base.Writer` of N sources (N, S), of which ``lengths`` (N,) steps count.

    A row's state holds its source's memory, so that rows may be taken in any order.
    """

    def __init__(self, xp: Namespace, model: EncoderDecoder, params: Tree, sources: Array, lengths: Array) -> None:
        self._xp, self._model, self._params = xp, model, params
        self._memory = model.read(xp, params, sources, lengths)
        self.lengths: NDArray[np.int64] = np.asarray(lengths, np.int64)

    def start(self) -> State:
        """See `Writer`."""
        return self._memory, self._model.start(self._xp, self._params, self._memory)

    def step(self, ids: NDArray[np.int64], state: State) -> tuple[Stepped, State]:
        """See `Writer`."""
        xp, model, params = self._xp, self._model, self._params
        memory, before = state
        tokens = xp.full_ids((len(ids), 1), 0)
        tokens[:, 0] = ids if isinstance(tokens, np.ndarray) else tokens.new_tensor(ids)
        features, attention, after = model.forward(xp, params, memory, tokens, before)
        scores = xp.log_softmax(model.output.scores(params, features[:, 0]))
        return Stepped(np.asarray(scores), np.asarray(attention[:, 0])), (memory, after)

    def select(self, state: State, rows: NDArray[np.int64]) -> State:
        """See `Writer`."""

        def taken(array: Any) -> Any:
            return array[rows]

        selected: State = map_state(taken, state)
        return selected
