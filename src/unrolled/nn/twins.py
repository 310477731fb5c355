"""Twins of torch.nn's recurrent layers: same constructor, parameters, call and results; run by the native kernels.

They subclass torch's and override `forward` alone, which also takes ``lengths``. The kernels take float32 on the CPU;
all else (other types and devices, projections, autocast, torch.func, torch.jit) runs on torch's own path, or, where
that has no such thing (lengths, zoneout, variational dropout), by the cell's own step; `last_path` tells which it was
and why. As with torch's own LSTM, backward raises where y was changed in place after the forward pass.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch._C._dynamo.eval_frame import get_eval_frame_callback
from torch.nn.utils.rnn import PackedSequence

from unrolled.arrays import Layout
from unrolled.errors import InputError
from unrolled.nn.eligibility import why_not
from unrolled.nn.paths import Path, last_path, took
from unrolled.nn.plain import layer as plain_layer
from unrolled.nn.recurrence import recurrence
from unrolled.nn.reference import Keep, Lengths, Weights, checked_lengths, reference
from unrolled.nn.tools import Twin, as_a_node, uncompiled
from unrolled.nn.twin_cells import GRUCell, LSTMCell, RNNCell

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "Path", "RNNCell", "last_path"]

CELL = {"RNN_TANH": "rnn", "RNN_RELU": "rnn-relu", "LSTM": "lstm", "GRU": "gru"}


TorchState: TypeAlias = Tensor | tuple[Tensor, ...]
"""As torch has it: h, or an LSTM's (h, c)."""

_Recurrence: TypeAlias = Callable[
    [str, Tensor, Weights, tuple[Tensor | None, ...], Layout, Keep], tuple[Tensor, tuple[Tensor, ...]]
]
_Stack: TypeAlias = Callable[[Tensor, tuple[Tensor, ...], Tensor | None], tuple[Tensor, list[Tensor]]]


class _Layer(Twin, nn.RNNBase):
    """What the three twins share."""

    OPTIONS = ("zoneout", "variational")
    _zeros: tuple[None, ...] = (None,)  # the state where none is given
    zoneout: float = 0.0
    variational: bool = False

    def __init__(self, *args: Any, zoneout: float = 0.0, variational: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not 0 <= zoneout <= 1:
            raise InputError(f"zoneout is {zoneout}; expected a probability, 0 to 1")
        self.zoneout, self.variational = float(zoneout), bool(variational)

    def forward(self, input: Any, hx: Any = None, *, lengths: Lengths | None = None) -> Any:
        """As torch's: input (T, B, D), with batch_first (B, T, D), or (T, D), or packed → y like it with H features
        (2·H in both directions), and the final state (layers · directions, B, H), of which an LSTM has a pair.

        ``lengths`` (B,), whole numbers 0 to T in any order, say how far each row of a 3-D input goes: past it y is 0,
        input is never read, and the final state is the one after the row's own last step (``hx`` where it has none).
        Raises InputError for lengths of another shape or type, below 0 or above T, or beside packed or 2-D input, and
        for what does not go together (projections or packed data with what torch does not have); torch's own errors
        for all else.
        """
        # Between two graphs of torch.compile, which would make graphs of each function called from here.
        if not torch.compiler.is_compiling() and callable(get_eval_frame_callback()):
            return uncompiled(_Layer.forward)(self, input, hx, lengths=lengths)
        packed = isinstance(input, PackedSequence)
        x, batch = (input.data, input.batch_sizes[:1].tolist()) if packed else (input, None)
        states = () if hx is None else tuple(hx) if self.mode == "LSTM" and isinstance(hx, tuple | list) else (hx,)
        own = lengths is not None or self.zoneout > 0 or (self.variational and self.training and self.dropout > 0)
        if not self._fits(x, batch, states):
            given = (input,) if hx is None else (input, hx)
            if (node := as_a_node(self, *given, **({} if lengths is None else {"lengths": lengths}))) is not None:
                return node
            result = super().forward(input, hx)  # torch's own checks say what is wrong
            if own:
                raise InputError("these arguments go without lengths, zoneout and variational dropout")
            return result
        if lengths is not None:
            if packed or x.dim() == 2:
                raise InputError("lengths go with a padded batch (3-D); packed and single sequences have their own")
            lengths = checked_lengths(lengths, *(x.shape[:2] if self.batch_first else (x.shape[1], x.shape[0])))
        weights = self._weights()
        reason = "projections" if self.proj_size else why_not(x, *weights, *states)
        if own and reason == "projections":
            raise InputError("proj_size goes without lengths, zoneout and variational dropout; expected proj_size=0")
        if reason is not None and not own:
            took(self, "torch", reason)
            return super().forward(input, hx)
        took(self, "kernel" if reason is None else "reference", reason)
        if (
            self._alone
            and reason is None
            and not (own or packed)
            and x.dim() == 3
            and not torch.compiler.is_compiling()
        ):
            y, *after = plain_layer(CELL[self.mode], x, weights, states or self._zeros, self.batch_first)
            return y, self._as_torch_gives(after)
        run = partial(self._layers, recurrence if reason is None else reference, weights)
        return self._packed(run, input, states) if packed else self._padded(run, x, states, lengths)

    @property
    def _alone(self) -> bool:
        """Whether there is one layer in one direction."""
        return self.num_layers == 1 and not self.bidirectional

    def _fits(self, x: object, packed_batch: list[int] | None, states: tuple[object, ...]) -> bool:
        """Whether input and state have the shapes that torch's own checks ask for."""
        ranks = (2, 3) if packed_batch is None else (2,)
        if not isinstance(x, Tensor) or x.dim() not in ranks or x.shape[-1] != self.input_size:
            return False
        if self.proj_size:
            return True  # h and c differ in width there: torch's own path looks at both
        batch = packed_batch
        if batch is None:
            batch = [] if x.dim() == 2 else [x.shape[0 if self.batch_first else 1]]
        expected = (self.num_layers * (2 if self.bidirectional else 1), *batch, self.hidden_size)
        return len(states) in (0, 2 if self.mode == "LSTM" else 1) and all(
            isinstance(s, Tensor) and tuple(s.shape) == expected for s in states
        )

    def _weights(self) -> Sequence[Tensor | None]:
        """In torch's order, read at each call; what a parametrization computes, by torch's own reading: several times,
        so that one that counts its evaluations or draws random numbers (spectral_norm) gives what it gives torch."""
        parameters, names = self._parameters, self._flat_weights_names
        if all(name in parameters for name in names):
            return [parameters[name] for name in names]
        if torch.compiler.is_compiling():
            return [getattr(self, name) for name in names]
        self._update_flat_weights()
        return self._flat_weights

    def _packed(
        self, run: _Stack, input: PackedSequence, states: tuple[Tensor, ...]
    ) -> tuple[PackedSequence, TorchState]:
        sizes, order = input.batch_sizes, input.sorted_indices
        rows = torch.arange(int(sizes[0]))
        lengths = len(sizes) - torch.searchsorted(sizes.flip(0), rows, right=True)
        if int(sizes.sum()) != len(input.data) or bool((sizes[1:] > sizes[:-1]).any()):
            raise InputError(f"batch_sizes {sizes.tolist()} do not go with {len(input.data)} packed rows")
        states = states if order is None else tuple(s.index_select(1, order) for s in states)
        y, final = run(input.data, states, lengths)
        if input.unsorted_indices is not None:
            final = [s.index_select(1, input.unsorted_indices) for s in final]
        return PackedSequence(y, sizes, order, input.unsorted_indices), self._as_torch_gives(final)

    def _padded(
        self, run: _Stack, x: Tensor, states: tuple[Tensor, ...], lengths: Tensor | None
    ) -> tuple[Tensor, TorchState]:
        if x.dim() == 2:
            y, final = run(x[None], tuple(s[:, None] for s in states), None)
            return y[0], self._as_torch_gives([s[:, 0] for s in final])
        y, final = run(x if self.batch_first else x.transpose(0, 1), states, lengths)
        return (y if self.batch_first else y.transpose(0, 1)), self._as_torch_gives(final)

    def _as_torch_gives(self, final: list[Tensor]) -> TorchState:
        return tuple(final) if self.mode == "LSTM" else final[0]

    def _layers(
        self,
        run: _Recurrence,
        weights: Sequence[Any],
        x: Tensor,
        states: tuple[Tensor, ...],
        lengths: Tensor | None,
    ) -> tuple[Tensor, list[Tensor]]:
        """x (B, T, D), or packed (N, D), through the stack → y, each entry of the state (layers · directions, B, H)."""
        directions, finals, cell = (2 if self.bidirectional else 1), [], CELL[self.mode]
        count = len(weights) // (self.num_layers * directions)
        for layer in range(self.num_layers):
            if layer:
                x = self._dropped(x)
            outputs = []
            for back in range(directions):
                i = layer * directions + back
                state = tuple([s[i] for s in states]) or (None, None)
                own = Weights(*weights[i * count : (i + 1) * count])
                y, final = run(cell, x, own, state, Layout(lengths, reverse=back == 1), self._keep(x))
                outputs.append(y)
                finals.append(final)
            x = outputs[0] if directions == 1 else _side_by_side(outputs)
        return x, [torch.stack(entry) for entry in zip(*finals, strict=True)]

    def _dropped(self, x: Tensor) -> Tensor:
        """Dropout between layers, by torch's own masks; variational: one mask for all steps of a sequence."""
        if not self.training or self.dropout == 0:
            return x
        if not self.variational:
            return nn.functional.dropout(x, self.dropout)
        if x.dim() == 2:
            raise InputError(
                "variational dropout has one mask a sequence: pass a padded batch with lengths, not packed data"
            )
        return x * nn.functional.dropout(x.new_ones(x.shape[0], 1, x.shape[2]), self.dropout)

    def _keep(self, x: Tensor) -> Keep:
        """Zoneout: while training each unit keeps its state with that probability, else in that proportion.

        A row for each step, padding included, of which the kernel reads as many as there are: so nothing here depends
        on the lengths' values.
        """
        if self.zoneout == 0:
            return Keep()
        shape, entries = (x.shape[:-1].numel(), self.hidden_size), range(2 if self.mode == "LSTM" else 1)
        if not self.training:
            return Keep(*(x.new_full(shape, self.zoneout) for _ in entries))
        return Keep(*(x.new_empty(shape).bernoulli_(self.zoneout) for _ in entries))


def _side_by_side(outputs: list[Tensor]) -> Tensor:
    """Both directions, time-major in memory like each of them, as torch's own are."""
    if outputs[0].dim() == 2:
        return torch.cat(outputs, -1)
    return torch.cat([y.transpose(0, 1) for y in outputs], -1).transpose(0, 1)


class RNN(_Layer, nn.RNN):
    """torch.nn.RNN by the native kernels: RNN(input_size, hidden_size, ...), and two options that torch does not have.

    ``zoneout`` (0 to 1): while training each unit keeps its state for a step with that probability, else in that
    proportion (Krueger et al. 2017). ``variational``: dropout between layers has one mask for all steps of a sequence
    (Gal & Ghahramani 2016). Called as ``layer(input, hx, lengths=lengths)``. Raises InputError for a zoneout that is no
    probability, torch's own errors for its arguments.
    """

    _twin_of = nn.RNN


class LSTM(_Layer, nn.LSTM):
    """torch.nn.LSTM by the native kernels; ``zoneout`` (on h and c), ``variational`` and ``lengths`` as `RNN` has."""

    _twin_of = nn.LSTM
    _zeros = (None, None)


class GRU(_Layer, nn.GRU):
    """torch.nn.GRU by the native kernels; ``zoneout``, ``variational`` and ``lengths`` as `RNN` has them."""

    _twin_of = nn.GRU
