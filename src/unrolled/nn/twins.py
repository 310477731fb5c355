"""Twins of torch.nn's recurrent layers: same constructor, parameters, call and results; run by the native kernels.

They subclass torch's and override `forward` alone, which also takes ``lengths``. What the kernels do not cover runs on
torch's own path, or, where that has no such thing (lengths in float64, zoneout), by the cell's own step; `last_path`
tells which it was and why.
"""

import logging
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from unrolled.errors import InputError
from unrolled.nn.operators import recurrence, why_not
from unrolled.nn.reference import Keep, Layout, Weights, reference

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "Path", "RNNCell", "last_path"]

CELL = {"RNN_TANH": "rnn", "RNN_RELU": "rnn-relu", "LSTM": "lstm", "GRU": "gru"}


class Path(NamedTuple):
    """How a twin computed: "kernel", "torch" (torch's own path) or "reference"; and why not by the kernel."""

    name: str
    reason: str | None = None


_last: Path | None = None
_told: set[str] = set()


def last_path() -> Path | None:
    """The path the last call of a twin in this process took; None where there was no call."""
    return _last


def _took(module: nn.Module, name: str, reason: str | None = None) -> None:
    """Remember the path; the first time a reason keeps a call from the kernel, say so."""
    global _last  # noqa: PLW0603  what the last call did is one thing for the process
    if torch.compiler.is_compiling():
        return
    _last = Path(name, reason)
    if reason is not None and reason not in _told:
        _told.add(reason)
        where = "torch's own path" if name == "torch" else "the slow reference"
        logging.getLogger("unrolled").warning("%s runs on %s: %s", type(module).__name__, where, reason)


class _Layer(nn.RNNBase):
    """What the three twins share."""

    zoneout: float = 0.0
    variational: bool = False

    def __init__(self, *args: Any, zoneout: float = 0.0, variational: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not 0 <= zoneout <= 1:
            raise InputError(f"zoneout is {zoneout}; expected a probability, 0 to 1")
        self.zoneout, self.variational = float(zoneout), bool(variational)

    def forward(self, input: Any, hx: Any = None, *, lengths: Tensor | None = None) -> Any:  # type: ignore[override]
        """As torch's. ``lengths`` (B,), 0 to T in any order: past a row's length y is 0 and costs nothing."""
        packed = isinstance(input, PackedSequence)
        x = input.data if packed else input
        weights = self._weights()
        own = lengths is not None or self.zoneout > 0 or self.variational  # what torch's layers do not have
        reason = "projections" if self.proj_size else self._misfit(x, packed, hx)
        if reason is None:
            reason = why_not(x, *weights, *(hx if isinstance(hx, tuple) else (hx,)))
        elif own and reason == "projections":
            raise InputError("proj_size goes without lengths, zoneout and variational dropout; expected proj_size=0")
        if lengths is not None and (packed or (isinstance(x, Tensor) and x.dim() == 2)):
            raise InputError("lengths go with a padded batch (3-D); a PackedSequence and a single sequence have theirs")
        if reason is not None and (not own or reason == "misfit"):
            if reason != "misfit":  # torch's own path says what is wrong with the arguments
                _took(self, "torch", reason)
            return super().forward(input, hx)
        _took(self, "kernel" if reason is None else "reference", reason)
        return self._run(recurrence if reason is None else reference, input, x, hx, weights, lengths)

    def _weights(self) -> list[Tensor | None]:
        """In torch's order, read at each call: parametrizations compute theirs."""
        parameters = self._parameters
        return [parameters[n] if n in parameters else getattr(self, n) for n in self._flat_weights_names]

    def _misfit(self, x: Any, packed: bool, hx: Any) -> str | None:
        """ "misfit" where torch's own checks have something to say."""
        if not isinstance(x, Tensor) or x.dim() not in ((2,) if packed else (2, 3)) or x.shape[-1] != self.input_size:
            return "misfit"
        if hx is None:
            return None
        states = hx if self.mode == "LSTM" else (hx,)
        if not isinstance(states, tuple | list) or len(states) != (2 if self.mode == "LSTM" else 1):
            return "misfit"
        count = self.num_layers * (2 if self.bidirectional else 1)
        if packed:
            fits = all(
                isinstance(s, Tensor) and s.dim() == 3 and s.shape[::2] == (count, self.hidden_size) for s in states
            )
            return None if fits else "misfit"
        batch = () if x.dim() == 2 else (x.shape[0 if self.batch_first else 1],)
        expected = (count, *batch, self.hidden_size)
        return None if all(isinstance(s, Tensor) and tuple(s.shape) == expected for s in states) else "misfit"

    def _run(self, run: Any, input: Any, x: Tensor, hx: Any, weights: list[Any], lengths: Tensor | None) -> Any:
        """Every layer and direction by ``run``, from and to the form of ``input``."""
        if isinstance(input, PackedSequence):
            sizes = input.batch_sizes
            lengths = (sizes[None, :] > torch.arange(int(sizes[0]) if len(sizes) else 0)[:, None]).sum(1)
            if hx is not None and any(s.shape[1] != len(lengths) for s in (hx if isinstance(hx, tuple) else (hx,))):
                return super().forward(input, hx)
            if hx is not None:
                hx = self.permute_hidden(hx, input.sorted_indices)
            y, final = self._layers(run, x, hx, weights, lengths, packed=True)
            final = self.permute_hidden(final, input.unsorted_indices)
            return PackedSequence(y, sizes, input.sorted_indices, input.unsorted_indices), final
        single = x.dim() == 2
        if single:
            x, hx = (
                x[None],
                hx if hx is None else tuple(s[:, None] for s in hx) if isinstance(hx, tuple) else hx[:, None],
            )
        elif not self.batch_first:
            x = x.transpose(0, 1)
        y, final = self._layers(run, x, hx, weights, lengths, packed=False)
        if single:
            return y[0], tuple(s[:, 0] for s in final) if isinstance(final, tuple) else final[:, 0]
        return (y if self.batch_first else y.transpose(0, 1)), final

    def _layers(
        self, run: Any, x: Tensor, hx: Any, weights: list[Any], lengths: Tensor | None, packed: bool
    ) -> tuple[Tensor, Any]:
        """x (B, T, D), or packed (N, D), through the stack → y, final states (layers · directions, B, H)."""
        states = () if hx is None else hx if isinstance(hx, tuple | list) else (hx,)
        directions, finals, cell = (2 if self.bidirectional else 1), [], CELL[self.mode]
        each = len(weights) // (self.num_layers * directions)
        for layer in range(self.num_layers):
            if layer:
                x = self._dropped(x, packed)
            outputs = []
            for back in range(directions):
                i = layer * directions + back
                state = tuple([s[i] for s in states]) or (None, None)
                layout = Layout(lengths, back == 1, packed)
                given = Weights(*weights[i * each : (i + 1) * each])
                y, final = run(cell, x, given, state, layout, self._keep(x, lengths))
                outputs.append(y)
                finals.append(final)
            x = outputs[0] if directions == 1 else _side_by_side(outputs)
        entries = [torch.stack(entry) if len(finals) > 1 else entry[0][None] for entry in zip(*finals, strict=True)]
        return x, (tuple(entries) if len(entries) == 2 else entries[0])

    def _dropped(self, x: Tensor, packed: bool) -> Tensor:
        """Dropout between layers, by torch's own masks; variational: one mask for all steps of a sequence."""
        if not self.training or self.dropout == 0:
            return x
        if not self.variational:
            return nn.functional.dropout(x, self.dropout)
        if packed:
            raise InputError(
                "variational dropout has one mask a sequence: pass a padded batch with lengths, not packed data"
            )
        return x * nn.functional.dropout(x.new_ones(x.shape[0], 1, x.shape[2]), self.dropout)

    def _keep(self, x: Tensor, lengths: Tensor | None) -> Keep:
        """Zoneout: while training each unit keeps its state with that probability, else in that proportion."""
        if self.zoneout == 0:
            return Keep()
        rows = x.shape[0] * x.shape[1] if lengths is None else int(lengths.sum())
        rates = x.new_full((rows, self.hidden_size), self.zoneout)
        entries = [torch.bernoulli(rates) if self.training else rates for _ in range(2 if self.mode == "LSTM" else 1)]
        return Keep(*entries)


def _side_by_side(outputs: list[Tensor]) -> Tensor:
    """Both directions, time-major in memory like each of them, as torch's own are."""
    if outputs[0].dim() == 2:
        return torch.cat(outputs, -1)
    return torch.cat([y.transpose(0, 1) for y in outputs], -1).transpose(0, 1)


class RNN(_Layer, nn.RNN):
    """torch.nn.RNN by the native kernels."""


class LSTM(_Layer, nn.LSTM):
    """torch.nn.LSTM by the native kernels."""


class GRU(_Layer, nn.GRU):
    """torch.nn.GRU by the native kernels."""


class _Cell(nn.RNNCellBase):
    """What the twins of torch's single-step cells share."""

    def forward(self, input: Any, hx: Any = None) -> Any:  # type: ignore[override]
        """As torch's."""
        states = () if hx is None else hx if isinstance(self, nn.LSTMCell) else (hx,)
        weights = (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        fits = isinstance(input, Tensor) and input.dim() in (1, 2) and input.shape[-1] == self.input_size
        shape = (*input.shape[:-1], self.hidden_size) if fits else ()
        fits = (
            fits
            and isinstance(states, tuple | list)
            and all(isinstance(s, Tensor) and s.shape == shape for s in states)
        )
        reason = why_not(input, *weights, *states) if fits else None
        if not fits or reason is not None:
            if fits:
                _took(self, "torch", reason)
            return super().forward(input, hx)
        _took(self, "kernel")
        single = input.dim() == 1
        x, state = input.view(1 if single else len(input), 1, -1), tuple(s[None] if single else s for s in states)
        _, final = recurrence(self._kernel(), x, Weights(*weights), state or (None, None))
        final = tuple(s[0] for s in final) if single else final
        return final if isinstance(self, nn.LSTMCell) else final[0]

    def _kernel(self) -> str:
        if isinstance(self, nn.RNNCell):
            return "rnn" if self.nonlinearity == "tanh" else "rnn-relu"
        return "lstm" if isinstance(self, nn.LSTMCell) else "gru"


class RNNCell(_Cell, nn.RNNCell):
    """torch.nn.RNNCell by the native kernels."""


class LSTMCell(_Cell, nn.LSTMCell):
    """torch.nn.LSTMCell by the native kernels."""


class GRUCell(_Cell, nn.GRUCell):
    """torch.nn.GRUCell by the native kernels."""
