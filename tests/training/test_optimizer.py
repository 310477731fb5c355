"""The numbers of torch.optim."""

from typing import Any

import pytest
import torch

from unrolled.training.optimizer import SGD, AdamW


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("kind", [AdamW, SGD])
def test_the_steps_are_those_of_torch_optim(kind: Any, decay: float) -> None:
    generator = torch.Generator().manual_seed(0)
    ours = {name: torch.nn.Parameter(torch.randn(7, 5, generator=generator)) for name in "abc"}
    theirs = [torch.nn.Parameter(weight.detach().clone()) for weight in ours.values()]
    optimizer = kind(ours, decay)
    options = {"betas": (0.9, 0.99), "fused": True} if kind is AdamW else {"momentum": 0.0}
    peer = getattr(torch.optim, kind.__name__)(theirs, lr=1.0, weight_decay=decay, **options)
    for rate in (0.1, 0.02, 0.3):
        for weight, other in zip(list(ours.values())[:2], theirs, strict=False):  # the last one has no gradient
            weight.grad = torch.randn(7, 5, generator=generator)
            other.grad = weight.grad.clone()
        peer.param_groups[0]["lr"] = rate
        optimizer.step(rate)
        peer.step()
    for weight, other in zip(ours.values(), theirs, strict=True):
        assert torch.equal(weight, other)
