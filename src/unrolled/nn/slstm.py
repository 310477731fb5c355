"""sLSTM over a sequence with its derivative written out: a dozen operations a step, where autograd would keep as many
graphs. A second derivative goes through the fold of single steps.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from unrolled.arrays import Layout, Tree
from unrolled.cells.base import Zoneout, reverse_steps, unroll
from unrolled.cells.slstm import STEPS, State
from unrolled.nn.eager import Kernel
from unrolled.nn.elementary import ELEMENTARY
from unrolled.nn.eligibility import plain, traced_by
from unrolled.nn.raw import Tensors

__all__ = ["slstm", "unwatched"]


def unwatched(x: Tensor) -> bool:
    """Whether a derivative written out may stand for x's path through torch's own operations."""
    return x.is_cpu and plain(x) and not torch.compiler.is_compiling() and traced_by() is None


def slstm(
    params: Tree, from_input: Tensor, state: Sequence[Tensor], layout: Layout, keep: Zoneout
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """As the fold of `unrolled.cells.slstm.STEPS` over what the inputs give (B, T, 4·H); no zoneout."""
    lengths, reverse = layout
    steps = torch.arange(from_input.shape[1])
    alive = None if lengths is None else steps[:, None, None] < lengths[:, None]  # (T, B, 1)
    if reverse:
        from_input = reverse_steps(ELEMENTARY, from_input, lengths)
    y, *after = _KERNEL(None, (lengths, alive), (params.W, from_input, *state))
    return (reverse_steps(ELEMENTARY, y, lengths) if reverse else y), tuple(after)


def _forward(call: None, fixed: Tensors, inputs: Tensors, needs: Sequence[bool]) -> tuple[tuple[Tensor, ...], Tensors]:
    alive, (W, from_input, *state) = fixed[1], inputs
    time, hidden = from_input.shape[1], W.shape[1]
    gates = from_input.transpose(0, 1).clone(memory_format=torch.contiguous_format)
    h, c, n, m = states = [s.new_empty((time + 1, *s.shape)) for s in state]
    for entry, first in zip(states, state, strict=True):
        entry[0] = first
    kept, wrote = from_input.new_empty((2, time, len(from_input), hidden)).unbind(0)
    began = (state[2] == 0).to(from_input.dtype)  # where i stands for m: n is 0 at the first step or never
    for t in range(time):
        i, f, z, o = gates[t].addmm_(h[t], W.T).chunk(4, -1)
        before = m[t] if t else torch.where(began > 0, i, m[t])
        log_kept = torch.nn.functional.logsigmoid(f).add_(before)
        torch.maximum(log_kept, i, out=m[t + 1])
        keep = torch.exp(log_kept.sub_(m[t + 1]), out=kept[t])
        write = torch.exp(i - m[t + 1], out=wrote[t])
        torch.addcmul(write * z.tanh_(), keep, c[t], out=c[t + 1])
        torch.addcmul(write, keep, n[t], out=n[t + 1])
        torch.mul(o.sigmoid_(), c[t + 1] / n[t + 1], out=h[t + 1])
        if alive is not None:
            for entry in states:
                torch.where(alive[t], entry[t + 1], entry[t], out=entry[t + 1])
    y = (h[1:] if alive is None else h[1:] * alive).transpose(0, 1)
    return (y.clone(), *(entry[-1].clone() for entry in states)), (began, gates, kept, wrote, *states)


def _backward(
    call: None, fixed: Tensors, inputs: Tensors, kept: Tensors, grads: Tensors, needs: Sequence[bool]
) -> Tensors:
    """Of W, what the inputs give, and the state. A step that a row does not have hands its gradients on."""
    alive, W, (began, gates, keep, write, h, c, n, m) = fixed[1], inputs[0], kept
    like = (h[1:].transpose(0, 1), h[0], c[0], n[0], m[0])
    grads = [torch.zeros_like(t) if g is None else g for g, t in zip(grads, like, strict=True)]
    i, f, z, o = gates.chunk(4, -1)  # z and o after their activations
    c_share, n_share = keep * c[:-1], keep * n[:-1]
    by_c, shown = o / n[1:], c[1:] / n[1:]
    by_n, by_z, by_o = -by_c * shown, write * (1 - z * z), shown * o * (1 - o)
    by_f, forgot = torch.sigmoid(-f), (i < m[1:]).to(i.dtype)  # m is the forget gate's or else the input gate's
    d_y = grads[0].transpose(0, 1)
    if alive is not None:
        for factor in (c_share, n_share, by_c, by_n, by_z, by_o, by_f):
            factor.mul_(alive)
        d_y, write, forgot = d_y * alive, write * alive, torch.where(alive, forgot, 1)
        keep = torch.where(alive, keep, 1)
    d_gates = torch.empty_like(gates)
    d_h, d_c, d_n, d_m = (g.clone() for g in grads[1:])
    for t in reversed(range(len(gates))):
        d_i, d_f, d_z, d_o = d_gates[t].chunk(4, -1)
        d_h = d_h + d_y[t]
        d_c.addcmul_(d_h, by_c[t])
        d_n.addcmul_(d_h, by_n[t])
        d_kept = torch.addcmul(d_c * c_share[t], d_n, n_share[t])
        torch.mul(torch.addcmul(d_n, d_c, z[t]), write[t], out=d_i)
        d_m.sub_(d_kept).sub_(d_i)
        d_kept.addcmul_(d_m, forgot[t])
        d_i.addcmul_(d_m, 1 - forgot[t])
        torch.mul(d_kept, by_f[t], out=d_f)
        torch.mul(d_c, by_z[t], out=d_z)
        torch.mul(d_h, by_o[t], out=d_o)
        d_c.mul_(keep[t]), d_n.mul_(keep[t])
        d_m = d_kept
        if t == 0:
            first = began if alive is None else began * alive[0]
            d_i.addcmul_(d_kept, first)
            d_m = d_kept * (1 - first)
        d_h = d_gates[t] @ W if alive is None else torch.addmm(d_h * ~alive[t], d_gates[t], W)
    d_W = d_gates.flatten(0, 1).T @ h[:-1].flatten(0, 1)
    return d_W, d_gates.transpose(0, 1), d_h, d_c, d_n, d_m


def _reference(call: None, fixed: Tensors, inputs: Tensors) -> tuple[Tensor, ...]:
    W, from_input, *state = inputs
    y, after = unroll(ELEMENTARY, STEPS, Tree(W=W), from_input, State(*state), fixed[0])
    return y, *after


_KERNEL = Kernel("SLSTM", _forward, _backward, _reference, native=False)
