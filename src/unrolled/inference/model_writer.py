"""An encoder–decoder that writes, by its own functions, on numpy or on torch: the reference of the frozen one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Array, Namespace, Tree, map_state
from unrolled.decoding.base import Stepped
from unrolled.layers import Memory
from unrolled.models.encoder_decoder import DecoderState, EncoderDecoder
from unrolled.models.pointer import with_copies

__all__ = ["ModelWriter", "memory_lengths"]

State = tuple[NDArray[np.int64], Memory, DecoderState]


class ModelWriter:
    """A `unrolled.decoding.base.Writer` of N sources (N, S, …), of which ``lengths`` (N,) steps count.

    A row's state holds its source and its memory, so that rows may be taken in any order. Of a model that copies,
    ``only_copied`` tokens are written where their source has them alone.
    """

    def __init__(
        self,
        xp: Namespace,
        model: EncoderDecoder,
        params: Tree,
        sources: Array,
        lengths: Array,
        only_copied: Sequence[int] = (),
    ) -> None:
        self._xp, self._model, self._params = xp, model, params
        self._sources, self._only_copied = np.asarray(sources), only_copied
        self._memory = model.read(xp, params, sources, lengths)
        self.lengths = memory_lengths(self._memory)

    def start(self) -> State:
        """See `Writer`."""
        rows = np.arange(len(self.lengths))
        return rows, self._memory, self._model.start(self._xp, self._params, self._memory)

    def step(self, ids: NDArray[np.int64], state: State) -> tuple[Stepped, State]:
        """See `Writer`."""
        xp, model, params = self._xp, self._model, self._params
        rows, memory, before = state
        tokens = xp.full_ids((len(ids), 1), 0)
        tokens[:, 0] = ids if isinstance(tokens, np.ndarray) else tokens.new_tensor(ids)
        features, attention, after = model.forward(xp, params, memory, tokens, before)
        scores = np.asarray(xp.log_softmax(model.output.scores(params, features[:, 0])))
        looked = np.asarray(attention[:, 0])
        if model.pointer is not None:
            gate = np.asarray(model.pointer.gate(params, features[:, 0]))
            scores = with_copies(scores, gate, looked, self._sources[rows], self._only_copied)
        return Stepped(scores, looked), (rows, memory, after)

    def select(self, state: State, rows: NDArray[np.int64]) -> State:
        """See `Writer`."""

        def taken(array: Any) -> Any:
            return array[rows]

        selected: State = map_state(taken, state)
        return selected


def memory_lengths(memory: Memory) -> NDArray[np.int64]:
    """How many steps of each of N memories count (N,)."""
    lengths: NDArray[np.int64] = np.asarray(memory.mask).sum(1).astype(np.int64)
    return lengths
