"""An encoder–decoder whose parameters no longer change, prepared to write step by step on numpy.

Its steps are the model's own function, in which the parts with most work are replaced by ones that keep their weights
packed as the native code reads them, and attend to sources where they lie, without a copy for each row.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.arrays import NUMPY, Tree, flatten, map_state
from unrolled.decoding.base import Stepped, Writer
from unrolled.inference.model_writer import ModelWriter, memory_lengths
from unrolled.inference.packed_parts import (
    KINDS,
    PackedAttention,
    PackedLayers,
    PackedMatrix,
    SharedMemory,
    packed,
    shared,
)
from unrolled.kernels import steps as native_steps
from unrolled.layers import Recurrent
from unrolled.models.encoder_decoder import DecoderState, EncoderDecoder, TextEncoder
from unrolled.models.pointer import with_copies
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

    def read(self, sources: NDArray[Any], lengths: NDArray[np.int64], only_copied: Sequence[int] = ()) -> Writer[Any]:
        """Sources (N, S, …), of which ``lengths`` (N,) steps count → what writes to them.

        Of a model that copies, ``only_copied`` tokens are written where their source has them alone.
        """
        if self._packed is None:
            return ModelWriter(NUMPY, self.model, self.params, sources, lengths, only_copied)
        lengths = np.asarray(lengths, np.int64)
        model, params = self._packed
        memory = model.read(NUMPY, params, sources, lengths)
        start = model.start(NUMPY, params, memory)
        own = shared(memory, memory_lengths(memory), np.arange(len(lengths)))
        if model.pointer is not None:
            return _CopyingWriter(model, params, self._output, own, start, sources, only_copied)
        return _RankingWriter(model, params, self._output, own, start)


def _inserted(rows: NDArray[Any], column: Any) -> NDArray[Any]:
    """(R, C) with one more column, where END is; numpy's own insertion takes as long as a product."""
    wider = np.empty((len(rows), rows.shape[1] + 1), rows.dtype)
    wider[:, :END], wider[:, END], wider[:, END + 1 :] = rows[:, :END], column, rows[:, END:]
    return wider


def _packed(model: EncoderDecoder, params: Tree) -> tuple[EncoderDecoder, Tree] | None:
    """The model with packed parts and parameters in the place of its own; None where numpy has to do without them."""
    zoneout = model.decoder.zoneout or (model.upper is not None and model.upper.zoneout)
    float32 = all(array.dtype == np.float32 for array in flatten(params).values())
    if not kernels.NATIVE or zoneout or not float32 or type(model.attention) not in KINDS:
        return None
    attention = PackedAttention(model.attention.queries, model.attention.memory, model.attention)
    decoder, upper = _steps(model.decoder, params.decoder), model.upper and _steps(model.upper, params.upper)
    frozen: EncoderDecoder = dataclasses.replace(model, attention=attention, decoder=decoder, upper=upper)
    encoder = model.encoder.encoder if isinstance(model.encoder, TextEncoder) else None
    with_kernels = {"encoder": encoder, "decoder": model.decoder, "upper": model.upper}
    plain = {"source", "words", "output"} | {n for n, layers in with_kernels.items() if layers and _has_kernel(layers)}
    tree = Tree({name: one if name in plain else packed(one) for name, one in params.items()})
    if model.pointer is not None:  # a single row, which numpy would multiply in another order with other rows
        tree["pointer"] = Tree(W=PackedMatrix(params.pointer.W), b=params.pointer.b)
    return frozen, tree


def _has_kernel(layers: Recurrent) -> bool:
    return layers.cell.kernel in kernels.RECURRENT


def _steps(layers: Recurrent, params: Tree) -> Recurrent:
    """Layers that step by the native code, where their cell has a kernel."""
    return PackedLayers.of(layers, params) if _has_kernel(layers) else layers


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
        return Stepped(np.asarray(self._log_probabilities(features), np.float32), attention), after

    def _log_probabilities(self, features: NDArray[np.float32]) -> NDArray[np.floating]:
        """Features (R, E) → log p of each token of the vocabulary (R, V)."""
        scores = self._output.scores(features)
        scores -= kernels.log_sum_exp(scores)[:, None]
        return scores

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


class _RankingWriter(_FrozenWriter):
    """One that need not score all tokens."""

    def step_best(self, ids: NDArray[np.int64], state: _Rows, most: int) -> tuple[Stepped, _Rows]:
        """See `unrolled.decoding.base.RankingWriter`."""
        features, attention, after = self._read(ids, state)
        best = self._output.best(features, min(most + 1, len(self._output)))
        ends = self._output.scores_of(features, END) - best.total
        best.log_probabilities[best.ids == END] = -np.inf
        values, tokens = (_inserted(*pair) for pair in ((best.log_probabilities, ends), (best.ids, END)))
        return Stepped(values, attention, tokens), after


class _CopyingWriter(_FrozenWriter):
    """One of a model that copies from ``sources`` (N, S)."""

    def __init__(
        self,
        model: EncoderDecoder,
        params: Tree,
        output: native_steps.Output,
        memory: SharedMemory,
        start: DecoderState,
        sources: NDArray[np.int64],
        only_copied: Sequence[int],
    ) -> None:
        super().__init__(model, params, output, memory, start)
        self._sources, self._only_copied = sources, only_copied

    def step(self, ids: NDArray[np.int64], state: _Rows) -> tuple[Stepped, _Rows]:
        """See `Writer`."""
        assert self._model.pointer is not None
        features, attention, after = self._read(ids, state)
        gate = self._model.pointer.gate(self._params, features)
        generated, sources = self._log_probabilities(features), self._sources[state.source]
        mixed = with_copies(generated, gate, attention, sources, self._only_copied)
        return Stepped(mixed, attention), after
