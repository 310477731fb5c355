"""A kernel in eager torch: one autograd.Function for all of them, and one rule for second derivatives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Generic, TypeAlias, TypeVar

import torch
from torch import Tensor

from unrolled.errors import InputError
from unrolled.nn.eligibility import batched
from unrolled.nn.raw import Tensors, check_memory

__all__ = ["Kernel", "by_reference"]

Call = TypeVar("Call")
"""What a kernel needs to know beside tensors."""


@dataclass(frozen=True)
class Kernel(Generic[Call]):
    """One computation in three forms; ``fixed`` are tensors it is not differentiated by, ``inputs`` all others.

    The first of ``fixed`` are lengths or targets, of which the backward pass has a copy of its own, or None.

    ``forward(call, fixed, inputs, needs)`` → outputs, and what is kept for the backward pass. ``needs`` says of each
    input whether its gradient will be wanted.
    ``backward(call, fixed, inputs, kept, grads, needs)`` → the gradients of the inputs, None for those that are None;
    ``grads`` are those of the outputs, None where they are zero.
    ``reference(call, fixed, inputs)`` → the outputs by torch's elementary operations, for further derivatives.
    """

    name: str
    forward: Callable[[Call, Tensors, Tensors, Sequence[bool]], tuple[tuple[Tensor, ...], Tensors]]
    backward: Callable[[Call, Tensors, Tensors, Tensors, Tensors, Sequence[bool]], Tensors]
    reference: Callable[[Call, Tensors, Tensors], tuple[Tensor, ...]]
    native: bool = True  # whether ``backward`` is native code, which looks at all that it reads itself

    def __call__(self, call: Call, fixed: Tensors, inputs: Tensors) -> tuple[Tensor, ...]:
        """The outputs, known to autograd where one of the inputs asks for gradients."""
        if torch.is_grad_enabled():
            for t in inputs:
                if t is not None and t.requires_grad:
                    return self._function.apply((self, call, fixed), *inputs)  # type: ignore[no-untyped-call, no-any-return]
        return self.forward(call, fixed, inputs, (False,) * len(inputs))[0]

    @cached_property
    def _function(self) -> type[torch.autograd.Function]:
        """By its name the graph and the profiler show it."""
        return type(self.name, (_Differentiated,), {})


class _Differentiated(torch.autograd.Function):
    """What is no tensor comes and goes as one argument, and as one attribute: each costs its time at each call."""

    @staticmethod
    def forward(ctx: Any, whole: tuple[Kernel[Call], Call, Tensors], *inputs: Any) -> Any:
        kernel, call, (numbers, *others) = whole
        if numbers is not None:
            numbers = numbers.clone()
        outputs, kept = kernel.forward(call, (numbers, *others), inputs, ctx.needs_input_grad[1:])
        saved = (*inputs, *others, *kept)
        ctx.save_for_backward(*saved)
        ctx.whole = kernel, call, numbers, len(others), inputs[0].shape if kernel.native else _forms(saved)
        ctx.set_materialize_grads(False)
        return outputs

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> Any:
        needs = ctx.needs_input_grad[1:]
        saved = ctx.saved_tensors
        for g in grads:
            if g is not None:
                break
        else:
            return (None,) * (1 + len(needs))
        try:
            return None, *_gradients(ctx.whole, saved, grads, needs)
        except (ValueError, IndexError) as error:
            raise InputError(
                f"what was saved for the backward pass has changed: {error}. Hooks of saved tensors must give them "
                "back as they were, and their memory must stay"
            ) from error


_Form: TypeAlias = tuple[torch.dtype, torch.Size, torch.device] | None


def _forms(tensors: Tensors) -> list[_Form]:
    return [None if t is None else (t.dtype, t.shape, t.device) for t in tensors]


def _gradients(
    whole: tuple[Kernel[Call], Call, Tensor | None, int, torch.Size | list[_Form]],
    saved: Tensors,
    grads: Tensors,
    needs: Sequence[bool],
) -> Tensors:
    """Those of the inputs, by the kernel or, for further derivatives, by its reference."""
    kernel, call, numbers, others, forms = whole
    first, last = len(needs), len(needs) + others
    inputs, fixed, kept = saved[:first], (numbers, *saved[first:last]), saved[last:]
    further = torch.is_grad_enabled() or batched(grads)
    if further or not kernel.native:
        check_memory(saved)
    # Native code compares all others with the first; torch's operations would convert and broadcast them.
    if forms != (inputs[0].shape if kernel.native else _forms(saved)):
        raise InputError("a tensor has another type, shape or device")
    if further:
        return by_reference(partial(kernel.reference, call, fixed), inputs, grads, needs)
    return kernel.backward(call, fixed, inputs, kept, grads, needs)


def by_reference(
    reference: Callable[[Tensors], tuple[Tensor, ...]], inputs: Tensors, grads: Tensors, needs: Sequence[bool]
) -> Tensors:
    """The gradients of the inputs that need one, as differentiable operations of ``reference``; else None."""
    with torch.enable_grad():
        # Aliases, so that a path from one input to another is not followed here as well as by the caller.
        aliases = [None if t is None else t.view_as(t) for t in inputs]
        outputs = reference(aliases)
        pairs = [(o, g) for o, g in zip(outputs, grads, strict=True) if g is not None and o.requires_grad]
        gradients = iter(
            torch.autograd.grad(
                [output for output, _ in pairs],
                [t for t, need in zip(aliases, needs, strict=True) if need and t is not None],
                [gradient for _, gradient in pairs],
                create_graph=True,
                allow_unused=True,
                materialize_grads=True,
            )
        )
    return [next(gradients) if need and t is not None else None for t, need in zip(aliases, needs, strict=True)]
