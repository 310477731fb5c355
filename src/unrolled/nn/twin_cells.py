"""Twins of torch.nn's single-step cells (see `unrolled.nn.twins`): much of a small step is its call, so it is short."""

from typing import Any

from torch import Tensor, nn

from unrolled import kernels
from unrolled.nn.eligibility import unwatched, why_not
from unrolled.nn.paths import took
from unrolled.nn.plain import step
from unrolled.nn.tools import Twin, as_a_node

if kernels.NATIVE:
    import unrolled._native as native

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]

WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
PAIRS = (tuple, list)


class _Cell(Twin, nn.RNNCellBase):
    """What the twins of torch's single-step cells share."""

    _pair = False  # whether the state is h and c
    _zeros: tuple[None, ...] = (None,)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """As torch's: input (B, D) or (D) → the next h, or an LSTM's (h, c), each (B, H) or (H)."""
        # The native code looks at all that it is given. What it does not take is looked at here, for the reason.
        if type(input) is Tensor and hx is not None and kernels.NATIVE and unwatched():
            try:
                return self._quick(input, hx)
            except native.Unfit:
                pass
        kernel = self._kernel()
        states = () if hx is None else tuple(hx) if self._pair and isinstance(hx, PAIRS) else (hx,)
        if kernel is None or not self._fits(input, states):
            node = as_a_node(self, *((input,) if hx is None else (input, hx)))
            return super().forward(input, hx) if node is None else node  # torch's own checks say what is wrong
        weights = self._weights()
        reason = why_not(input, *weights, *states)
        if reason is not None:
            took(self, "torch", reason)
            return super().forward(input, hx)
        took(self, "kernel")
        if input.dim() == 2:
            final = step(kernel, input, weights, states or self._zeros)
        else:
            state = [s[None] for s in states] or self._zeros
            final = tuple([s[0] for s in step(kernel, input[None], weights, state)])
        return final if self._pair else final[0]

    def _quick(self, x: Tensor, hx: Any) -> Any:
        """The kernel on x (B, D) and a state, or native.Unfit."""
        kernel, states = self._kernel(), hx if self._pair else (hx,)
        if kernel is None or type(states) is not tuple or len(states) != len(self._zeros):
            raise native.Unfit
        for s in states:
            if type(s) is not Tensor:  # native code takes numpy's arrays too
                raise native.Unfit
        final = step(kernel, x, self._weights(), states)
        took(self, "kernel")
        return final if self._pair else final[0]

    def _weights(self) -> list[Any]:
        parameters = self._parameters
        return [parameters[n] if n in parameters else getattr(self, n) for n in WEIGHTS]

    def _fits(self, x: object, states: tuple[object, ...]) -> bool:
        """Whether input and state have the shapes that torch's own checks ask for."""
        if not isinstance(x, Tensor):
            return False
        sizes = x.shape
        if len(sizes) not in (1, 2) or sizes[-1] != self.input_size or len(states) not in (0, 1 + self._pair):
            return False
        expected = (sizes[0], self.hidden_size) if len(sizes) == 2 else (self.hidden_size,)
        return all([isinstance(s, Tensor) and s.shape == expected for s in states])  # noqa: C419  twice the time

    def _kernel(self) -> str | None:
        """The kernel's name; None where torch has no such cell."""
        raise NotImplementedError


class RNNCell(_Cell, nn.RNNCell):
    """torch.nn.RNNCell by the native kernels."""

    _twin_of = nn.RNNCell

    def _kernel(self) -> str | None:
        """By the nonlinearity."""
        return {"tanh": "rnn", "relu": "rnn-relu"}.get(self.nonlinearity)


class LSTMCell(_Cell, nn.LSTMCell):
    """torch.nn.LSTMCell by the native kernels."""

    _twin_of = nn.LSTMCell
    _pair, _zeros = True, (None, None)

    def _kernel(self) -> str:
        """There is one."""
        return "lstm"


class GRUCell(_Cell, nn.GRUCell):
    """torch.nn.GRUCell by the native kernels."""

    _twin_of = nn.GRUCell

    def _kernel(self) -> str:
        """There is one."""
        return "gru"
