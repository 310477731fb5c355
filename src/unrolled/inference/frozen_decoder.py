"""An encoder–decoder whose parameters no longer change, prepared to write step by step on numpy.

Its steps are the model's own function, in which the parts with most work are replaced by ones that keep their weights
packed as the native code reads them, and attend to sources where they lie, without a copy for each row.
"""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.arrays import NUMPY, Tree, flatten, map_state
from unrolled.decoding.base import Stepped, Writer
from unrolled.inference.model_writer import ModelWriter
from unrolled.inference.packed_parts import (
    PackedAttention,
    PackedBridge,
    PackedDense,
    PackedLayers,
    SharedMemory,
    shared,
)
from unrolled.kernels import steps as native_steps
from unrolled.models.encoder_decoder import DecoderState, EncoderDecoder
from unrolled.text.tokens import END

__all__ = ["FrozenDecoder"]


class FrozenDecoder:
    """A model and its parameters; where its cells have kernels, a source's answers are the same bits in any company."""

    def __init__(self, model: EncoderDecoder, params: Tree) -> None:
        self.model, self.params = model, params
        self._output = native_steps.Output(*model.output.matrix(params))
        self._packed = _packed(model, params)

    def __reduce__(self) -> tuple[type["FrozenDecoder"], tuple[EncoderDecoder, Tree]]:
        return FrozenDecoder, (self.model, self.params)

    def read(self, sources: NDArray[np.int64], lengths: NDArray[np.int64]) -> Writer[Any]:
        """Sources (N, S), of which ``lengths`` (N,) steps count → what writes to them."""
        if self._packed is None:
            return ModelWriter(NUMPY, self.model, self.params, sources, lengths)
        lengths = np.asarray(lengths, np.int64)
        memory = self._packed.read(NUMPY, self.params, sources, lengths)
        start = self._packed.start(NUMPY, self.params, memory)
        own = shared(memory, lengths, np.arange(len(lengths)))
        return _FrozenWriter(self._packed, self.params, self._output, own, start)


def _inserted(rows: NDArray[Any], column: Any) -> NDArray[Any]:
    """(R, C) with one more column, where END is; numpy's own insertion takes as long as a product."""
    wider = np.empty((len(rows), rows.shape[1] + 1), rows.dtype)
    wider[:, :END], wider[:, END], wider[:, END + 1 :] = rows[:, :END], column, rows[:, END:]
    return wider


def _packed(model: EncoderDecoder, params: Tree) -> EncoderDecoder | None:
    """The model with packed parts in the place of its own; None where numpy has to do without them."""
    zoneout = model.decoder.zoneout or (model.upper is not None and model.upper.zoneout)
    if not kernels.NATIVE or zoneout or any(array.dtype != np.float32 for array in flatten(params).values()):
        return None
    attention = PackedAttention.of(model.attention, params.get("attention", Tree()))
    if attention is None:
        return None
    return dataclasses.replace(
        model,
        decoder=PackedLayers.of(model.decoder, params.decoder),
        upper=None if model.upper is None else PackedLayers.of(model.upper, params.upper),
        attention=attention,
        bridge=PackedBridge.of(model.bridge, params.bridge),
        readout=PackedDense.of(model.readout, params.readout),
    )


class _Rows(NamedTuple):
    """What R rows remember, and which source each of them reads."""

    source: NDArray[np.int64]
    decoder: DecoderState


class _FrozenWriter:
    """A `Writer` of N sources."""

    def __init__(
        self,
        model: EncoderDecoder,
        params: Tree,
        output: native_steps.Output,
        memory: SharedMemory,
        start: DecoderState,
    ) -> None:
        self._model, self._params, self._output = model, params, output
        self._memory, self._start = memory, start
        self.lengths = memory.lengths

    def start(self) -> _Rows:
        """See `Writer`."""
        return _Rows(self._memory.source, self._start)

    def step(self, ids: NDArray[np.int64], state: _Rows) -> tuple[Stepped, _Rows]:
        """See `Writer`."""
        features, attention, after = self._read(ids, state)
        scores = self._output.scores(features)
        scores -= kernels.log_sum_exp(scores)[:, None]
        return Stepped(np.asarray(scores, np.float32), attention), after

    def step_best(self, ids: NDArray[np.int64], state: _Rows, most: int) -> tuple[Stepped, _Rows]:
        """See `unrolled.decoding.base.RankingWriter`."""
        features, attention, after = self._read(ids, state)
        best = self._output.best(features, min(most + 1, len(self._output)))
        ends = self._output.scores_of(features, END) - best.total
        best.log_probabilities[best.ids == END] = -np.inf
        values, tokens = (_inserted(*pair) for pair in ((best.log_probabilities, ends), (best.ids, END)))
        return Stepped(values, attention, tokens), after

    def _read(self, ids: NDArray[np.int64], state: _Rows) -> tuple[NDArray[np.float32], NDArray[np.float32], _Rows]:
        """Tokens (R,) → features (R, E), attention (R, S), state."""
        memory = self._memory.among(state.source)
        features, attention, after = self._model.forward(NUMPY, self._params, memory, ids[:, None], state.decoder)
        return features[:, 0], attention[:, 0], _Rows(state.source, after)

    def select(self, state: _Rows, rows: NDArray[np.int64]) -> _Rows:
        """See `Writer`."""

        def taken(array: Any) -> Any:
            return array[rows]

        return _Rows(state.source[rows], map_state(taken, state.decoder))
